package object

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"golang.org/x/sync/errgroup"

	"vitrine/render"
	"vitrine/render/publish"
)

// Page is a page on its way to the storage.
type Page struct {
	Edition
	Body []byte
	// Assets are the small files that it refers to.
	Assets render.Assets
	// Age is how old the page's data is, by the clock that DataAt is of.
	Age time.Duration
	// StaleAfter is how old the data of a page that must not be replaced may become; 0 replaces whatever is up.
	StaleAfter time.Duration
}

// Result is what became of a page.
type Result struct {
	// Up is true where the page's bytes are those that are up.
	Up bool
	// Uploaded is true where they are since now.
	Uploaded bool
	// Note says why they are not, or what else is to be known; empty for nothing. Conflict: somebody must do something.
	Note     string
	Conflict bool
}

// Publish puts the page up: first its small files, those that differ, then the page itself; neither where what is up
// must stay, somebody else's page too. Equal bytes are not written again. Nothing is ever deleted. The error is a
// *store.Error of class upload; with Result.Up it is that of the purge alone, which the next call tries again.
func (b *Bucket) Publish(ctx context.Context, page Page) (Result, error) {
	res, err := b.publishPage(ctx, page)
	if err != nil || !res.Up {
		return res, err
	}
	b.lastETag = page.ETag
	if b.purgeDue && b.purger != nil {
		if err := b.purger.call(ctx); err != nil {
			return res, err
		}
	}
	b.purgeDue = false
	return res, nil
}

// How often a file that somebody else changes meanwhile is written again, and how long after; and how often is looked,
// since two looks in a row that saw the same come before each write.
const (
	maxRounds  = 5
	maxLooks   = 2 * maxRounds
	roundPause = 100 * time.Millisecond
)

// publishPage looks, decides and writes, and again where somebody else has written meanwhile.
func (b *Bucket) publishPage(ctx context.Context, page Page) (res Result, err error) {
	var before remote
	for looks := range maxLooks {
		up, now, err := b.look(ctx)
		if err != nil {
			return Result{}, err
		}
		if up.ETag != b.lastETag { // whoever put that there, or took ours away, may have done so with its small files
			b.saved.Clear()
		}
		switch v := judge(page, up, b.lastETag, now); {
		case v == same:
			return Result{Up: true}, b.saveAssets(ctx, page.Assets)
		case v == older:
			return Result{Note: "newer data is up there than was read here"}, nil
		case v == other:
			return Result{Note: conflict(b.to, page.Edition, up.Edition), Conflict: true}, nil
		case v == foreign:
			return Result{Note: b.foreignPage(), Conflict: true}, nil
		case looks == 0 || up != before: // a file system behind S3 may answer one look from two moments
			before = up
			continue
		}
		if err := b.saveAssets(ctx, page.Assets); err != nil {
			return Result{}, err
		}
		b.purgeDue = true // even if the answer is lost on its way
		err = b.replace(ctx, publish.PageFile, page.Body, page.metadata(up, now), up.tag)
		if errors.Is(err, errChanged) {
			pause(ctx)
			continue
		}
		if err == nil && b.replaced(page.Edition, up.Edition) {
			res = Result{Note: conflict(b.to, page.Edition, up.Edition), Conflict: true}
		}
		res.Up, res.Uploaded = err == nil, err == nil
		return res, err
	}
	return Result{}, b.failure("write "+publish.PageFile, errChanged)
}

// pause lets the others come to an end.
func pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(roundPause):
	}
}

// foreignPage says that an object stands in the page's place that no vitrine is known to have put there.
func (b *Bucket) foreignPage() string {
	return fmt.Sprintf("%s/%s is there and is no page of vitrine's (or one whose metadata, x-amz-meta-vitrine-*, "+
		"was lost in a copy or by a gateway), so it stays: move it away, or let `vitrine render --force` replace it",
		b.to, publish.PageFile)
}

// replaced reports whether somebody with other settings has put a page in the place of ours since it was up.
func (b *Bucket) replaced(ours, up Edition) bool {
	return b.lastETag != "" && up.Fingerprint != "" && up.ETag != b.lastETag && up.Fingerprint != ours.Fingerprint
}

// SaveStatus puts the status of page up, unless the page that is up is another one: then it is that one's status. Its
// metadata tells how new the data is that is known to give the page.
func (b *Bucket) SaveStatus(ctx context.Context, page Page, json, html []byte) error {
	for range maxRounds {
		seen, _, err := b.stat(ctx, publish.StatusHTMLFile)
		if err != nil {
			return err
		}
		up, now, err := b.look(ctx)
		if err != nil || up.ETag != page.ETag {
			return err
		}
		meta := page.metadata(up, now)
		err = b.replace(ctx, publish.StatusJSONFile, json, meta, up.statusTag)
		if err == nil {
			err = b.replace(ctx, publish.StatusHTMLFile, html, meta, seen.ETag)
		}
		if !errors.Is(err, errChanged) {
			return err
		}
		pause(ctx)
	}
	return b.failure("write "+publish.StatusJSONFile, errChanged)
}

// remote is what the bucket holds.
type remote struct {
	Edition                  // of the page; without an ETag where there is none, and with it alone where no metadata tells
	tag, statusTag string    // the storage's own ETags of page and status; empty where they are not there
	confirmed      time.Time // when data was last read that gave the page, by the storage's clock
}

// foreign reports whether what is there is no page of ours: without metadata it is only where this machine put it
// there.
func (up remote) foreign(lastETag string) bool {
	return up.tag != "" && up.Fingerprint == "" && up.ETag != lastETag
}

// look asks what is up; now is the storage's clock. The status comes first: where it is still the same when it is
// replaced, nobody has put it beside a page that came later than the one that was seen.
func (b *Bucket) look(ctx context.Context) (up remote, now time.Time, err error) {
	status, _, err := b.stat(ctx, publish.StatusJSONFile)
	if err != nil {
		return remote{}, now, err
	}
	page, now, err := b.stat(ctx, publish.PageFile)
	if err != nil {
		return remote{}, now, err
	}
	up = remote{Edition: editionOf(page.UserMetadata), tag: page.ETag, statusTag: status.ETag,
		confirmed: confirmedAt(page)}
	if by := editionOf(status.UserMetadata); by.ETag == up.ETag {
		up.confirmed = later(up.confirmed, confirmedAt(status))
		up.Edition = up.Edition.newest(by)
	}
	if up.tag != "" && up.ETag == "" {
		up.ETag, err = b.readETag(ctx)
	}
	return up, now, err
}

// readETag is the ETag of the page's bytes, for a page without metadata.
func (b *Bucket) readETag(ctx context.Context) (string, error) {
	core := minio.Core{Client: b.client}
	body, _, _, err := core.GetObject(ctx, b.name, b.key(publish.PageFile), minio.GetObjectOptions{})
	if err != nil {
		return "", b.failure("read "+publish.PageFile, err)
	}
	defer body.Close()
	data, err := io.ReadAll(io.LimitReader(body, render.MaxPageBytes+1))
	if err != nil {
		return "", b.failure("read "+publish.PageFile, err)
	}
	return publish.ETag(data), nil
}

// metadata are those of page, beside what is up: the newest data that is known to give it, and when that was read, by
// the storage's clock. A machine that reads nothing any more renews nothing, however often it writes.
func (page Page) metadata(up remote, now time.Time) map[string]string {
	newest, at := page.Edition, now.Add(-page.Age)
	if up.ETag == page.ETag {
		newest, at = newest.newest(up.Edition), later(at, up.confirmed)
	}
	meta := newest.metadata()
	meta[metaConfirmed] = timeText(at)
	return meta
}

// confirmedAt is when the data was read that an object's metadata tell of; where they do not, or tell of a time after
// that, when it was written.
func confirmedAt(info minio.ObjectInfo) time.Time {
	at, err := time.Parse(time.RFC3339Nano, info.UserMetadata[metaConfirmed])
	if err == nil && at.Before(info.LastModified) {
		return at
	}
	return info.LastModified
}

// stat looks at one object; one that is not there is empty, and now this machine's clock, since its answer does not
// tell the storage's.
func (b *Bucket) stat(ctx context.Context, file string) (info minio.ObjectInfo, now time.Time, err error) {
	info, err = b.client.StatObject(ctx, b.name, b.key(file), minio.StatObjectOptions{})
	if answerOf(err).StatusCode == http.StatusNotFound {
		return minio.ObjectInfo{}, time.Now(), nil
	}
	if err != nil {
		return minio.ObjectInfo{}, now, b.failure("look at "+file, b.reason(ctx, file, err))
	}
	if now, err = http.ParseTime(info.Headers.Get("Date")); err != nil {
		now = time.Now()
	}
	return info, now, nil
}

// errChanged says that an object is no longer what was seen.
var errChanged = errors.New("changed meanwhile")

// replace writes a file in the place of the object that was seen with the storage's ETag seen, empty for none; it is
// errChanged where that is no longer so.
func (b *Bucket) replace(ctx context.Context, file string, data []byte, meta map[string]string, seen string) error {
	if err := b.probe(ctx); err != nil {
		return err
	}
	opts := b.options(file, meta)
	switch {
	case b.unconditional.Load():
	case seen == "":
		opts.SetMatchETagExcept("*")
	default:
		opts.SetMatchETag(seen)
	}
	err := b.write(ctx, file, data, opts)
	if answer := answerOf(err); answer.StatusCode == http.StatusPreconditionFailed ||
		answer.StatusCode == http.StatusConflict || answer.Code == minio.NoSuchKey && seen != "" {
		return errChanged
	}
	return err
}

// options are those of writing a file. What is stored is the plain representation, so that whoever asks for it can read
// it: compressing is the CDN's part. The checksum is a plain header, since the other ways of the library end up as a
// stored Content-Encoding, aws-chunked, with some storage.
func (b *Bucket) options(file string, meta map[string]string) minio.PutObjectOptions {
	return minio.PutObjectOptions{ContentType: publish.ContentType(file), CacheControl: cacheControl(file),
		UserMetadata: meta, SendContentMd5: true, DisableContentSha256: true, DisableMultipart: true}
}

// cacheControl is what our own server says of each file.
func cacheControl(file string) string {
	switch file {
	case publish.PageFile:
		return publish.CachePage
	case publish.StatusJSONFile, publish.StatusHTMLFile:
		return publish.CacheNever
	}
	return publish.CacheFiles
}

func (b *Bucket) write(ctx context.Context, file string, data []byte, opts minio.PutObjectOptions) error {
	_, err := b.client.PutObject(ctx, b.name, b.key(file), bytes.NewReader(data), int64(len(data)), opts)
	if err != nil {
		return b.failure("write "+file, err)
	}
	return nil
}

// assetsAtOnce is how many small files are on their way at once.
const assetsAtOnce = 8

// saveAssets writes the small files that are not known to be up with these bytes.
func (b *Bucket) saveAssets(ctx context.Context, assets render.Assets) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(assetsAtOnce)
	for name, read := range assets {
		group.Go(func() error {
			data, err := read()
			if err != nil {
				return b.failure("read "+name, err)
			}
			tag := publish.ETag(data)
			if known, _ := b.saved.Load(name); known == tag {
				return nil
			}
			err = b.saveAsset(ctx, publish.AssetsDir+"/"+name, data, tag)
			if err == nil {
				b.saved.Store(name, tag)
			}
			return err
		})
	}
	return group.Wait()
}

func (b *Bucket) saveAsset(ctx context.Context, file string, data []byte, tag string) error {
	up, _, err := b.stat(ctx, file)
	if err != nil || editionOf(up.UserMetadata).ETag == tag {
		return err
	}
	return b.write(ctx, file, data, b.options(file, map[string]string{metaETag: strings.Trim(tag, `"`)}))
}
