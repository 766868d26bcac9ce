package object

import (
	"context"
	"net/http"

	"github.com/minio/minio-go/v7"

	"vitrine/render/publish"
	"vitrine/store"
)

// probeFile is written by storage that does not look at conditions, and by no other.
const probeFile = publish.AssetsDir + "/conditional-writes.txt"

// noSuchETag is the condition that nothing meets.
const noSuchETag = "00000000000000000000000000000000"

// probe finds out, once, whether the storage looks at conditions: it asks to replace an object that is not there.
func (b *Bucket) probe(ctx context.Context) error {
	if b.probed {
		return nil
	}
	opts := b.options(probeFile, nil)
	opts.SetMatchETag(noSuchETag)
	err := b.write(ctx, probeFile, []byte("This storage does not know conditional writes (If-Match).\n"), opts)
	switch answer := answerOf(err); {
	case err == nil, answer.StatusCode == http.StatusNotImplemented:
		b.unconditional.Store(true)
		b.log.Warn(b.Notices()[0])
	case answer.StatusCode == http.StatusPreconditionFailed, answer.Code == minio.NoSuchKey:
	default:
		return err
	}
	b.probed = true
	return nil
}

// Check looks whether a page could be published, and changes nothing where the storage knows conditional writes. What
// is up is empty where there is none.
func (b *Bucket) Check(ctx context.Context) (up Edition, err error) {
	seen, _, err := b.look(ctx)
	if err != nil {
		return Edition{}, err
	}
	if seen.foreign(b.lastETag) {
		return Edition{}, &store.Error{Class: store.Upload, Sentence: b.foreignPage()}
	}
	return seen.Edition, b.probe(ctx)
}
