package publish

import (
	"crypto/sha256"
	"encoding/hex"

	"vitrine/render/status"
)

// Snapshot is everything the web server needs at one instant (invariant I5). It is immutable once handed out: whoever
// wants another one makes a copy, changes that, and swaps the pointer.
type Snapshot struct {
	// Page is the homepage; nil while there is none of this shop.
	Page *Document
	// StatusJSON and StatusHTML are the status document and its page for people.
	StatusJSON, StatusHTML *Document
	// NotFound and Unavailable are the bodies of 404 and 503.
	NotFound, Unavailable *Document
	// Status is what StatusJSON was written from.
	Status status.Status
	// TemplateLine is the line that Status.Templates.Error names, as its author wrote it: for dev mode, never
	// published.
	TemplateLine string
}

// Document is one body with all that belongs to it. It is immutable; readers may keep its slices but not write to them.
type Document struct {
	// Body is the identity representation.
	Body []byte
	// BR and Gzip are the compressed representations; nil until Encode has made them, and where they would be no
	// smaller.
	BR, Gzip []byte
	// ETag is the strong validator of Body, quoted (RFC 9110 section 8.8.3). Those of the codings are given by ETagOf.
	ETag        string
	ContentType string
	// CSP is the Content-Security-Policy to send with it; empty for none.
	CSP string
}

// Content codings, as in Content-Encoding; the identity representation is the empty string.
const (
	CodingBR   = "br"
	CodingGzip = "gzip"
)

// NewDocument returns a document without compressed representations. It keeps body.
func NewDocument(body []byte, contentType, csp string) *Document {
	return &Document{Body: body, ETag: ETag(body), ContentType: contentType, CSP: csp}
}

// ETag is the strong validator of a body: the first 128 bits of its SHA-256 in hex, quoted.
func ETag(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}

// ETagOf returns the validator of one coding of the document: that of the identity representation, marked -br or -gz,
// since a strong validator must differ wherever the bytes do (RFC 9110 section 8.8.3.3).
func (d *Document) ETagOf(coding string) string {
	mark := map[string]string{CodingBR: "-br", CodingGzip: "-gz"}[coding]
	return d.ETag[:len(d.ETag)-1] + mark + `"`
}
