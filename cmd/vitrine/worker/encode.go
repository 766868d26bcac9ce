package worker

import (
	"context"

	"vitrine/render/publish"
)

// encode makes the compressed forms of the page in the background, shows them and saves the status again. A newer page ends
// the work on an older one. Nothing is encoded unless the worker runs: a command serves nobody.
func (w *Worker) encode() {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := &w.view
	if !v.live || v.page == nil || v.page == v.encoded || w.base.Err() != nil {
		return
	}
	if v.stopEncoding != nil {
		v.stopEncoding()
	}
	ctx, cancel := context.WithCancel(w.base)
	page := v.page
	v.encoded, v.stopEncoding = page, cancel
	w.tasks.Go(func() {
		defer cancel()
		err := guard(func() error {
			done, err := w.encodings(ctx, page)
			if err == nil && w.replace(page, done) {
				w.saveStatus()
			}
			return err
		})
		if err != nil && ctx.Err() == nil {
			w.cfg.Log.Error("encode the page", "error", err)
		}
	})
}

// replace puts the encoded form in the place of the page it was made from, if that is still up.
func (w *Worker) replace(page, done *publish.Document) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.view.page != page {
		return false
	}
	w.view.page, w.view.encoded = done, done
	w.swap()
	return true
}
