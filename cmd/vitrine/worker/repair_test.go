package worker

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"vitrine/render/publish"
	"vitrine/render/status"
	"vitrine/store"
)

// TestDeletedFolder: what somebody deletes under a running server is back within two seconds, without a query, and the
// history does not tell of it.
func TestDeletedFolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(10)
		w := newStage(t, s)
		stop := w.run(t)
		settle(time.Second)
		page, reads, history := w.page(), s.count(), len(w.statusNow().History)
		for _, gone := range []string{".", publish.PageFile, publish.AssetsDir} {
			settle(repairEvery)
			if err := os.RemoveAll(filepath.Join(w.dir, gone)); err != nil {
				t.Fatal(err)
			}
			settle(2 * watchdogEvery)
			if w.page() != page || page == "" {
				t.Errorf("%s: the page is not back", gone)
			}
			if st := w.disk(t); st.Status != status.Pass {
				t.Errorf("%s: the status on the disk says %s: %s", gone, st.Status, st.Summary)
			}
			if _, err := os.Stat(filepath.Join(w.dir, publish.AssetsDir, "favicon.svg")); err != nil {
				t.Errorf("%s: %v", gone, err)
			}
		}
		if s.count() != reads || len(w.statusNow().History) != history {
			t.Errorf("it took %d queries, and the history got %d entries longer", s.count()-reads, len(w.statusNow().History)-history)
		}
		stop()
	})
}

// TestFirstPageWithoutDisk: a shop's first page goes up although nothing can be written, and reaches the disk by itself
// when that has been mended.
func TestFirstPageWithoutDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		root := folder(t)
		public := filepath.Join(root, "public")
		if err := os.WriteFile(public, nil, 0o644); err != nil { // no folder can be made there
			t.Fatal(err)
		}
		w := stageAt(t, newShop(10), root)
		stop := w.run(t)
		settle(time.Second)
		whole(t, w.last())
		if st := w.statusNow(); w.last().Page == nil || st.Status != status.Warn || st.LastRefresh.Result != status.Published {
			t.Errorf("without a disk: %s, %s", st.Status, st.Summary)
		}
		if err := os.Remove(public); err != nil {
			t.Fatal(err)
		}
		settle(repairEvery + watchdogEvery)
		if st := w.disk(t); w.page() != string(w.last().Page.Body) || st.Status != status.Pass || w.statusNow().Status != status.Pass {
			t.Errorf("with the disk back: %s, %s", st.Status, st.Summary)
		}
		stop()
	})
}

// TestFailureOfAnother: a command that fails over the same folders leaves its failure in the history; the server tries
// again at once, and the status is right soon.
func TestFailureOfAnother(t *testing.T) {
	for _, class := range []store.Class{store.ConnectRefused, store.Template} {
		t.Run(string(class), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, root := newShop(10), folder(t)
				w := stageAt(t, s, root)
				stop := w.run(t)
				settle(time.Second)
				s.fail(class)
				other := stageAt(t, s, root)
				other.must(t, Request{Trigger: status.TriggerCommand}, status.Failed)
				s.fail("")
				s.rename("Edited")
				other.must(t, Request{Trigger: status.TriggerCommand}, status.Published) // the server learns of it by the page
				s.fail(class)
				other.must(t, Request{Trigger: status.TriggerCommand}, status.Failed)
				s.fail("")
				settle(4 * time.Second)
				if st := w.statusNow(); st.Status != status.Pass || st.LastRefresh.Result == status.Failed {
					t.Errorf("%s: %s", st.Status, st.Summary)
				}
				stop()
			})
		})
	}
}
