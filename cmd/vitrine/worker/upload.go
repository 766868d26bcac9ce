package worker

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"vitrine/render/publish/object"
	"vitrine/render/status"
	"vitrine/store"
)

// How long all tries of one upload may take together, the time between two of them, and when the next upload begins
// after one that failed, unless a refresh comes first.
const (
	uploadTime  = 10 * time.Second
	uploadDelay = time.Second
	uploadAgain = 30 * time.Second
)

// uploads puts the page and the status into the object storage after every refresh, beside the worker's other work: it
// costs the local page nothing.
func (w *Worker) uploads(ctx context.Context) error {
	if w.cfg.Bucket == nil {
		return nil
	}
	for failed := false; ; {
		var again <-chan time.Time
		if failed {
			again = time.After(uploadAgain)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-w.uploadDue:
		case <-again:
		}
		_, err := w.Upload(ctx)
		failed = err != nil
	}
}

// Upload puts the page that is up into the object storage, and the status where that is the page that is up there, and
// tells how that ended. It is tried again for uploadTime unless it was refused; the first failure is in the status at
// once. The error is a *store.Error of class upload. Nothing happens where there is no storage or no page. It is for
// one caller at a time, and done by itself while Run runs.
func (w *Worker) Upload(ctx context.Context) (status.Upload, error) {
	ctx, cancel := context.WithTimeout(ctx, uploadTime)
	defer cancel()
	for {
		var up status.Upload
		err := guard(func() (err error) {
			up, err = w.upload(ctx)
			return err
		})
		if err == nil || !object.MayPass(err) {
			return up, err
		}
		select {
		case <-ctx.Done():
			return up, err
		case <-time.After(uploadDelay):
		}
	}
}

func (w *Worker) upload(ctx context.Context) (status.Upload, error) {
	page, ok := w.edition()
	if w.cfg.Bucket == nil || !ok {
		return status.Upload{}, nil
	}
	res, err := w.cfg.Bucket.Publish(ctx, page)
	up := w.noteUpload(ctx, page.ETag, res, err)
	if !res.Up {
		return up, err
	}
	shown := w.shown.Load()
	if shown.Page == nil || shown.Page.ETag != page.ETag { // its status would tell of a page that is not there yet
		wake(w.uploadDue)
		return up, err
	}
	if err := w.cfg.Bucket.SaveStatus(ctx, page, shown.StatusJSON.Body, shown.StatusHTML.Body); err != nil {
		return w.noteUpload(ctx, page.ETag, res, err), err
	}
	return up, err
}

// noteUpload makes how a try ended part of the status, unless it was the program's end that ended it.
func (w *Worker) noteUpload(ctx context.Context, etag string, res object.Result, err error) status.Upload {
	up := status.Upload{To: w.cfg.Bucket.String(), Status: status.Pass, Message: res.Note}
	if err == nil && res.Conflict {
		err = &store.Error{Class: store.Upload, Sentence: res.Note}
	}
	if err != nil {
		up.Status, up.ErrorClass, up.Message = status.Warn, store.ClassOf(err), store.Sentence(err)
	}
	if w.base.Err() != nil || context.Cause(ctx) == context.Canceled {
		return up
	}
	w.update(func(v *view) {
		if v.upload != nil {
			up.LastAt, up.ETag = v.upload.LastAt, v.upload.ETag
		}
		if res.Up {
			now := wallTime(w.now())
			up.LastAt, up.ETag = &now, etag
		}
		v.upload = &up
	})
	if news := w.note("upload", err); news || res.Up {
		w.show()
		w.saveStatus()
	}
	return up
}

// edition is the page that visitors see, as the storage is to have it; not ok where there is none.
func (w *Worker) edition() (page object.Page, ok bool) {
	w.mu.Lock()
	doc, up, set, stale := w.view.page, w.view.state.Page, w.view.set, w.stale
	if w.view.forced {
		stale = 0
	}
	w.mu.Unlock()
	if doc == nil || up == nil {
		return page, false
	}
	return object.Page{Body: doc.Body, Assets: set.ts.Assets(w.cfg.Pictures(up.Catalogue)),
		Age: max(0, w.now().Sub(up.Info.DataAt)), StaleAfter: stale,
		Edition: object.Edition{
			ETag: doc.ETag, Version: up.Info.DataVersion, DataAt: up.Info.DataAt, Program: w.cfg.Version,
			Database: up.Catalogue.Source.Database, Fingerprint: w.fingerprint(up.Catalogue.Source, set),
		}}, true
}

// fingerprint tells pages apart that are made from the same data: by other settings, templates or programs.
func (w *Worker) fingerprint(s store.Source, set templateSet) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%s|%s|%x", w.site, s.Settings, w.cfg.Version, set.fingerprint))
	return fmt.Sprintf("%x", sum[:8])
}
