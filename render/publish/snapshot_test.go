package publish

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"

	"vitrine/render"
)

func TestDocument(t *testing.T) {
	t.Parallel()
	body := []byte("<!doctype html>" + strings.Repeat("<p class=card>a product</p>", 500) + "</html>")
	d := NewDocument(body, "text/html; charset=utf-8", "default-src 'none'")
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])[:32]
	if d.ETag != `"`+hash+`"` || d.ETagOf("") != d.ETag || d.ETagOf(CodingBR) != `"`+hash+`-br"` ||
		d.ETagOf(CodingGzip) != `"`+hash+`-gz"` {
		t.Errorf("ETags %s %s %s, want the first 32 hex digits of %s", d.ETag, d.ETagOf(CodingBR), d.ETagOf(CodingGzip), hash)
	}
	one, err := d.Encode(t.Context())
	must(t, err)
	if d.BR != nil || d.Gzip != nil {
		t.Error("Encode changed the document that others are reading")
	}
	two, err := d.Encode(t.Context())
	must(t, err)
	if !bytes.Equal(one.BR, two.BR) || !bytes.Equal(one.Gzip, two.Gzip) {
		t.Error("two runs gave different bytes (I6)")
	}
	if one.ETag != d.ETag || one.ContentType != d.ContentType || one.CSP != d.CSP || !bytes.Equal(one.Body, body) {
		t.Error("Encode lost what belongs to the document")
	}
	if got := decode(t, brotli.NewReader(bytes.NewReader(one.BR))); !bytes.Equal(got, body) {
		t.Error("br does not decode to the body")
	}
	zr, err := gzip.NewReader(bytes.NewReader(one.Gzip))
	must(t, err)
	if got := decode(t, zr); !bytes.Equal(got, body) {
		t.Error("gzip does not decode to the body")
	}
	if zr.ModTime.Unix() != 0 || zr.Name != "" {
		t.Errorf("gzip header has time %v, name %q", zr.ModTime, zr.Name)
	}
	if len(one.BR) == 0 || len(one.BR) >= len(one.Gzip) {
		t.Errorf("%d bytes in br, %d in gzip: br should be the smaller", len(one.BR), len(one.Gzip))
	}
}

func TestEncodeLeavesOutWhatSavesNothing(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 2000)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	for name, body := range map[string][]byte{"empty": {}, "tiny": []byte("ok"), "noise": noise} {
		d, err := NewDocument(body, "text/plain", "").Encode(t.Context())
		must(t, err)
		if d.BR != nil && len(d.BR) >= len(body) || d.Gzip != nil {
			t.Errorf("%s: %d bytes became br %d, gzip %d", name, len(body), len(d.BR), len(d.Gzip))
		}
	}
}

// TestEncodeEnds shows that a shutdown need not wait for the compression of a big page (seconds at these levels).
func TestEncodeEnds(t *testing.T) {
	t.Parallel()
	body := make([]byte, 0, render.MaxPageBytes)
	for len(body) < render.MaxPageBytes-40 {
		body = append(body, "<p>"...)
		for range 30 {
			body = append(body, "etaoin shrdlu"[rand.IntN(13)])
		}
		body = append(body, "</p>"...)
	}
	ctx := &countdown{Context: t.Context(), left: 3}
	if d, err := NewDocument(body, "text/html", "").Encode(ctx); !errors.Is(err, context.Canceled) || d != nil {
		t.Fatalf("got %v, %v after the context ended", d, err)
	}
	if ctx.left < -2 {
		t.Errorf("went on for %d steps after the end", -ctx.left)
	}
}

// countdown is a context that ends at its n-th question.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

func decode(t *testing.T, r io.Reader) []byte {
	t.Helper()
	b, err := io.ReadAll(r)
	must(t, err)
	return b
}
