package publish

import (
	"path"
	"strings"
)

// The Cache-Control values of what is served: the page, other files, and what must never be kept.
const (
	CachePage  = "public, max-age=60, stale-while-revalidate=300, stale-if-error=86400"
	CacheFiles = "public, max-age=600, stale-while-revalidate=86400"
	CacheNever = "no-store"
)

// ContentType is by extension from a table of our own: the system's differs from machine to machine, and content is
// never guessed at.
func ContentType(name string) string {
	if t, ok := contentTypes[strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))]; ok {
		return t
	}
	return "application/octet-stream"
}

const html = "text/html; charset=utf-8"

var contentTypes = map[string]string{
	"html": html, "htm": html, "xhtml": "application/xhtml+xml", "css": "text/css; charset=utf-8",
	"js": "text/javascript; charset=utf-8", "mjs": "text/javascript; charset=utf-8", "json": "application/json",
	"jsonld": "application/ld+json", "map": "application/json", "txt": "text/plain; charset=utf-8",
	"md": "text/markdown; charset=utf-8", "csv": "text/csv; charset=utf-8", "ics": "text/calendar; charset=utf-8",
	"vtt": "text/vtt; charset=utf-8", "xml": "application/xml", "rss": "application/rss+xml",
	"atom": "application/atom+xml", "webmanifest": "application/manifest+json", "wasm": "application/wasm",
	"pdf": "application/pdf", "zip": "application/zip", "gz": "application/gzip", "svg": "image/svg+xml",
	"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp",
	"avif": "image/avif", "jxl": "image/jxl", "bmp": "image/bmp", "ico": "image/x-icon", "glb": "model/gltf-binary",
	"woff": "font/woff", "woff2": "font/woff2", "ttf": "font/ttf", "otf": "font/otf",
	"eot": "application/vnd.ms-fontobject", "mp4": "video/mp4", "m4v": "video/mp4", "webm": "video/webm",
	"mov": "video/quicktime", "m3u8": "application/vnd.apple.mpegurl", "mp3": "audio/mpeg", "m4a": "audio/mp4",
	"ogg": "audio/ogg", "oga": "audio/ogg", "wav": "audio/wav",
}
