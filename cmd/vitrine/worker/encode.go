package worker

import (
	"context"

	"vitrine/render/publish"
)

// encode makes the compressed representations of the page in the background, shows them and then saves the status; it
// reports whether it has begun to. A newer page ends the work on an older one. Nothing is encoded unless the worker
// runs: a command serves nobody.
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
		defer w.saveStatus()
		err := guard(func() error {
			done, err := w.encodings(ctx, page)
			if err == nil {
				w.replace(page, done)
			}
			return err
		})
		if err != nil && ctx.Err() == nil {
			w.cfg.Log.Error("encode the page", "error", err)
		}
	})
	return true
}

// replace puts the encoded document in the place of the one it was made from, if that is still up.
func (w *Worker) replace(page, done *publish.Document) {
	stillUp := false
	w.update(func(v *view) {
		if stillUp = v.page == page; stillUp {
			v.page, v.encoded = done, done
		}
	})
	if stillUp {
		w.show()
	}
}
