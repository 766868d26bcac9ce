package publish

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
)

// encodeStep is how much is compressed between two looks at the context: about 100 ms of brotli at its highest level.
const encodeStep = 32 << 10

// Encode returns a copy of the document with both compressed representations, brotli 11 and gzip 9: the same bytes on
// every run. It takes about 2 s per MB of HTML and ends early, with the context's error, when ctx does; d itself stays
// as it is.
func (d *Document) Encode(ctx context.Context) (*Document, error) {
	var br, gz bytes.Buffer
	// A window that just covers the body loses nothing and keeps the encoder's tables, some 40 MB for the default
	// window, to a few MB.
	best := brotli.WriterOptions{Quality: brotli.BestCompression, LGWin: min(max(bits.Len(uint(len(d.Body))), 16), 22)}
	if err := compress(ctx, brotli.NewWriterOptions(&br, best), d.Body); err != nil {
		return nil, fmt.Errorf("encode brotli: %w", err)
	}
	w, _ := gzip.NewWriterLevel(&gz, gzip.BestCompression) // a level that there is
	// No time (RFC 1952 section 2.3.1); the zero value would be written as a date in 2042.
	w.ModTime = time.Unix(0, 0)
	if err := compress(ctx, w, d.Body); err != nil {
		return nil, fmt.Errorf("encode gzip: %w", err)
	}
	out := *d
	out.BR, out.Gzip = smaller(br.Bytes(), d.Body), smaller(gz.Bytes(), d.Body)
	return &out, nil
}

// compress writes body to w in steps, so that ctx can end it in between, and closes w.
func compress(ctx context.Context, w io.WriteCloser, body []byte) error {
	for part := range slices.Chunk(body, encodeStep) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return w.Close()
}

func smaller(coded, body []byte) []byte {
	if len(coded) >= len(body) {
		return nil
	}
	return coded
}

// pageEncodings are the files that static hosts serve in the page's place to whoever accepts their coding (nginx's
// gzip_static and brotli_static, Caddy's precompressed), with the document's bytes for each.
func pageEncodings(d *Document) map[string][]byte {
	return map[string][]byte{PageBRFile: d.BR, PageGzipFile: d.Gzip}
}

// SaveEncodings makes the compressed forms of page the files beside index.html, where index.html is that page and
// they differ; a page that another process has published meanwhile keeps its own. A form that the page does not have
// is removed. The caller holds the lock. The error is of class publish; the page itself is up whatever it says.
func (p *Public) SaveEncodings(page *Document) error {
	root, err := os.OpenRoot(p.dir)
	if err != nil {
		return nil // no folder, no page in it
	}
	defer root.Close()
	if _, same := holds(root, PageFile, page.Body, 0o644); !same {
		return nil
	}
	var errs []error
	for name, data := range pageEncodings(page) {
		if data == nil {
			if _, err := p.remove(root, name); err != nil {
				errs = append(errs, classify("remove", filepath.Join(p.dir, name), err))
			}
		} else if err := p.write(p.dir, name, data, nil); err != nil {
			errs = append(errs, err)
		}
	}
	return cmp.Or(errs...)
}

// removeEncodings removes the compressed forms of the page that is about to be replaced, and brings that to the disk:
// after a power cut, too, no form may be of an older page than index.html.
func (p *Public) removeEncodings(root *os.Root) error {
	removed := false
	for name := range pageEncodings(&Document{}) {
		gone, err := p.remove(root, name)
		if err != nil {
			return err
		}
		removed = removed || gone
	}
	if !removed {
		return nil
	}
	return syncFolder(root, ".")
}

func (p *Public) remove(root *os.Root, name string) (bool, error) {
	p.forget(name)
	err := root.Remove(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
