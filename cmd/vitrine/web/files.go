package web

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"
	"syscall"

	"vitrine/render/publish"
)

// file answers with a file of the public folder, or the index.html of one of its subfolders, through FileServer.
func (s *Server) file(w *response, r *http.Request, v *view) {
	name, ok := publicName(r.URL.Path)
	if !ok {
		sendDocument(w, r, http.StatusNotFound, v.notFound)
		return
	}
	found, err := openPublic(s.config.PublicDir, name)
	if err != nil {
		s.fileTrouble(w, r, v, name, err)
		return
	}
	defer found.close()
	s.describe(w.Header(), found)
	if len(r.Header["Range"]) > 0 {
		r = plainRange(r)
	}
	http.FileServer(found).ServeHTTP(w, r)
}

// fileTrouble answers 503 where this machine is at its limits; anything else is nothing to a visitor but a missing
// file.
func (s *Server) fileTrouble(w *response, r *http.Request, v *view, name string, err error) {
	for _, limit := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EIO} {
		if errors.Is(err, limit) {
			s.config.Log.Warn("file of the public folder not readable", "name", name, "error", err)
			sendUnavailable(w, r, v)
			return
		}
	}
	sendDocument(w, r, http.StatusNotFound, v.notFound)
}

// publicName turns the path of a URL, percent-decoded, into a name inside the public folder. Not allowed are empty
// parts, dot names (which includes "." and "..") but for a first .well-known (RFC 8615), backslashes, control
// characters, and the compressed forms of the page, which static hosts use. One trailing slash is dropped. The result
// is a valid io/fs name.
func publicName(urlPath string) (string, bool) {
	name, ok := strings.CutPrefix(urlPath, "/")
	name = strings.TrimSuffix(name, "/")
	if !ok || name == "" || name == "index.html.br" || name == "index.html.gz" {
		return "", false
	}
	if strings.ContainsFunc(name, func(c rune) bool { return c < ' ' || c == 0x7f || c == '\\' }) {
		return "", false
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(name, ".well-known/"), "/") {
		if part == "" || part[0] == '.' {
			return "", false
		}
	}
	return name, fs.ValidPath(name)
}

// publicFile is a file of the public folder, open, and the folder it is the index.html of, where the request named
// that. It is the http.FileSystem of one request.
type publicFile struct {
	file, folder *os.File // folder is nil for a plain file
	info         fs.FileInfo
	name         string
}

// openPublic opens name below dir, or its index.html if it is a folder. Symbolic links that lead out of dir, listings,
// and everything that is no regular file are errors. dir is opened anew each time, since os.Root stays with a folder
// that was replaced.
func openPublic(dir, name string) (*publicFile, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open public folder: %w", err)
	}
	defer root.Close()
	p := &publicFile{name: name}
	err = p.openIn(root)
	if err == nil && p.info.IsDir() {
		p.folder, p.name = p.file, path.Join(name, "index.html")
		err = p.openIn(root)
	}
	if err == nil && !p.info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file: %w", p.name, fs.ErrNotExist)
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// openIn opens the file without waiting, as a named pipe would have it.
func (p *publicFile) openIn(root *os.Root) (err error) {
	if p.file, err = root.OpenFile(p.name, os.O_RDONLY|syscall.O_NONBLOCK, 0); err == nil {
		p.info, err = p.file.Stat()
	}
	return err
}

// Open is http.FileSystem for the one request that the file was opened for.
func (p *publicFile) Open(name string) (http.File, error) {
	if p.folder != nil && path.Base(name) != "index.html" {
		return p.folder, nil
	}
	return p.file, nil
}

// close closes both; to close nil does nothing.
func (p *publicFile) close() {
	p.file.Close()
	p.folder.Close()
}

// describe sets the headers of a file. Names carry no version, so that caches may keep it for minutes, not for ever.
// The ETag names one state of it by second and size, as nginx does: the same on every machine that has the same files.
func (s *Server) describe(h http.Header, p *publicFile) {
	h.Set("Content-Type", publish.ContentType(p.name))
	h.Set("Etag", fmt.Sprintf(`"%x-%x"`, p.info.ModTime().Unix(), p.info.Size()))
	h.Set("Cache-Control", publish.CacheFiles)
	if s.config.Dev {
		h.Set("Cache-Control", "no-cache")
	}
	if strings.EqualFold(path.Ext(p.name), ".svg") {
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	}
}
