package worker

import (
	"errors"
	"fmt"

	"vitrine/render"
	"vitrine/render/publish"
	"vitrine/render/status"
	"vitrine/store"
)

// gate lets the new page through or refuses it, and describes what is to be up.
func (w *Worker) gate(a *attempt) error {
	if err := w.notOlder(a); err != nil {
		return err
	}
	sum := a.page.Summary()
	sum.LeftOut = render.SkippedWords(a.skipped)
	info := status.PageInfo{
		PublishedAt: wallTime(w.now()), DataAt: wallTime(a.catalogue.ReadAt), DataVersion: a.catalogue.DataVersion,
		ETag: a.doc.ETag, Bytes: len(a.doc.Body), Source: w.source(a.catalogue.Source),
		Categories: sum.Categories, Products: sum.Products, Skipped: a.skipped, Changes: render.NoChanges(),
	}
	up := w.view.state.Page
	if up != nil && up.Info.ETag == info.ETag { // what is up already is no worse than what is up
		info.PublishedAt, info.Changes = up.Info.PublishedAt, up.Info.Changes
		a.result, a.next = status.Unchanged, publish.StoredPage{Info: info, Catalogue: a.catalogue}
		return nil
	}
	if err := w.cfg.Gate.Check(a.doc.Body, sum, w.comparable(a.catalogue.Source), a.req.Force); err != nil {
		return w.ofWhich(a, err)
	}
	if up != nil && !up.Bare() {
		info.Changes = render.Diff(w.cards.of(w.cfg.Site, up), a.page)
		a.changes = &info.Changes
	}
	a.result, a.next = status.Published, publish.StoredPage{Info: info, Catalogue: a.catalogue}
	return nil
}

// notOlder refuses an answer that is older than the page that is up, be it the same page: it came from a standby that
// is behind, or from a database that was restored. Once nothing newer was had for StaleAfter it is the newest there is.
func (w *Worker) notOlder(a *attempt) error {
	up := w.view.state.Page
	if up == nil || a.req.Force || up.Catalogue.Source.Database != a.catalogue.Source.Database ||
		a.catalogue.DataVersion == 0 || a.catalogue.DataVersion >= up.Info.DataVersion ||
		status.TooOld(up.Info.DataAt, w.now(), w.stale) {
		return nil
	}
	return &render.Refusal{Rule: render.RuleOlder, Message: fmt.Sprintf("the database's answer is older than the page "+
		"that is up, as from a standby that is behind or a restored backup; it is taken once nothing newer was had for %s "+
		"(STALE_AFTER), or at once with `vitrine render --force`", w.stale)}
}

// comparable is the page that the next one must not fall short of; nil where there is none, or the owner has changed
// what is shown of the same database. Another database is a mistake until a person says otherwise.
func (w *Worker) comparable(s store.Source) *render.PageSummary {
	up := w.view.state.Page
	if up == nil || up.Catalogue.Source.Database == s.Database && up.Catalogue.Source.Settings != s.Settings {
		return nil
	}
	sum := up.Info.Summary()
	return &sum
}

// ofWhich adds to a refusal that the database is another one than that of the page that is up.
func (w *Worker) ofWhich(a *attempt, err error) error {
	refusal, ok := errors.AsType[*render.Refusal](err)
	up := w.view.state.Page
	if !ok || up == nil || up.Catalogue.Source.Database == a.catalogue.Source.Database {
		return err
	}
	names := a.catalogue.DatabaseName
	if was := up.Catalogue.DatabaseName; was != "" {
		names += ", was " + was
	}
	return &render.Refusal{Rule: refusal.Rule, Message: fmt.Sprintf("another database (%s): %s", names, refusal.Message)}
}
