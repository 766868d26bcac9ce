package worker

import (
	"context"

	"vitrine/render/publish"
)

// encode makes the compressed representations of the page in the background, shows them, saves the status and puts them
// beside the page; it reports whether it has begun to. A newer page ends the work on an older one. Nothing is encoded
// so unless the worker runs: a command has encodeNow.
func (w *Worker) encode() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := &w.view
	if !v.live || v.page == nil || v.page == v.encoded || w.base.Err() != nil {
		return false
	}
	if v.stopEncoding != nil {
		v.stopEncoding()
	}
	ctx, cancel := context.WithCancel(w.base)
	page := v.page
	v.encoded, v.stopEncoding = page, cancel
	w.tasks.Go(func() {
		defer cancel()
		err := w.replace(ctx, page)
		w.saveStatus()
		if err != nil {
			if ctx.Err() == nil {
				w.cfg.Log.Error("encode the page", "error", err)
			}
			return
		}
		if unlock, err := w.cfg.Public.Lock(ctx); err == nil { // a newer page ends the wait
			w.saveEncodings()
			unlock()
		}
	})
	return true
}

// replace makes the encodings of a page, and puts it with them in its place, if it is still up.
func (w *Worker) replace(ctx context.Context, page *publish.Document) error {
	return guard(func() error {
		done, err := w.encodings(ctx, page)
		if err != nil {
			return err
		}
		stillUp := false
		w.update(func(v *view) {
			if stillUp = v.page == page; stillUp {
				v.page, v.encoded = done, done
			}
		})
		if stillUp {
			w.show()
		}
		return nil
	})
}

// encodeNow makes the compressed representations of the page that is up and shows them.
func (w *Worker) encodeNow() {
	w.mu.Lock()
	page := w.view.page
	w.mu.Unlock()
	if page != nil && page.BR == nil {
		_ = w.replace(w.base, page) // stopped: whoever refreshes next makes them
	}
}

// saveEncodings puts the page's compressed representations, where they are made, beside it for static hosts. The caller
// holds the lock.
func (w *Worker) saveEncodings() {
	w.mu.Lock()
	page := w.view.page
	w.mu.Unlock()
	if page != nil && page.BR != nil {
		w.note("encodings", w.cfg.Public.SaveEncodings(page))
	}
}
