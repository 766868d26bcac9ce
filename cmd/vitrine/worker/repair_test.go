package worker

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
			must(t, os.RemoveAll(filepath.Join(w.dir, gone)))
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
			t.Errorf("it took %d queries, and the history got %d entries longer", s.count()-reads,
				len(w.statusNow().History)-history)
		}
		stop()
	})
}

// TestTamperedFiles: every file of ours in the public folder that is deleted, cut, overwritten or replaced under a
// running server is back within five seconds, whoever had changed it, without a query.
func TestTamperedFiles(t *testing.T) {
	ways := map[string]func(file string) error{
		"deleted":     os.Remove,
		"emptied":     func(file string) error { return os.Truncate(file, 0) },
		"overwritten": func(file string) error { return os.WriteFile(file, []byte("somebody's"), 0o644) },
		"a symlink": func(file string) error {
			return errors.Join(os.Remove(file), os.Symlink("/etc/hostname", file))
		},
	}
	for way, tamper := range ways {
		t.Run(way, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newShop(10)
				w := newStage(t, s)
				stop := w.run(t)
				settle(5 * time.Second)
				reads := s.count()
				for _, name := range []string{publish.PageFile, publish.PageBRFile, publish.PageGzipFile, publish.StatusJSONFile,
					publish.StatusHTMLFile, filepath.Join(publish.AssetsDir, "favicon.svg")} {
					file := filepath.Join(w.dir, name)
					good, err := os.ReadFile(file)
					must(t, err)
					must(t, tamper(file))
					settle(5 * time.Second)
					info, err := os.Lstat(file)
					if err != nil || !info.Mode().IsRegular() {
						t.Errorf("%s: %v, %v", name, info, err)
						continue
					}
					switch back, err := os.ReadFile(file); name {
					case publish.StatusJSONFile:
						w.disk(t) // it can be read
					case publish.StatusHTMLFile:
						contains(t, string(back), "</html>")
					default:
						if err != nil || !bytes.Equal(back, good) {
							t.Errorf("%s: %d bytes, want %d, %v", name, len(back), len(good), err)
						}
					}
				}
				if st := w.disk(t); st.Status != status.Pass || s.count() != reads {
					t.Errorf("%s %q, %d queries", st.Status, st.Summary, s.count()-reads)
				}
				stop()
			})
		})
	}
}

// TestRestoreByCommand: a refresh by a command puts back what was changed, by its content: size and time may be those
// of before.
func TestRestoreByCommand(t *testing.T) {
	s, root := newShop(10), folder(t)
	names := []string{publish.PageFile, publish.PageBRFile, publish.PageGzipFile, filepath.Join(publish.AssetsDir,
		"favicon.svg")}
	w := stageAt(t, s, root)
	w.must(t, Request{Trigger: status.TriggerCommand}, status.Published)
	good := map[string][]byte{}
	for _, name := range names {
		file := filepath.Join(w.dir, name)
		body, err := os.ReadFile(file)
		info, errInfo := os.Stat(file)
		must(t, errors.Join(err, errInfo))
		good[name] = body
		must(t, errors.Join(os.WriteFile(file, bytes.ToUpper(body), 0o644), os.Chtimes(file, info.ModTime(),
			info.ModTime())))
	}
	w.Close()
	stageAt(t, s, root).must(t, Request{Trigger: status.TriggerCommand}, status.Unchanged)
	for _, name := range names {
		if body, err := os.ReadFile(filepath.Join(w.dir, name)); err != nil || !bytes.Equal(body, good[name]) {
			t.Errorf("%s was not restored: %v", name, err)
		}
	}
}

// TestStateCannotBeWritten: where only the state folder takes nothing, pages go on being fresh; after a restart without
// the database the newest is up, and not the last whose state could be kept.
func TestStateCannotBeWritten(t *testing.T) {
	s, root := newShop(10), folder(t)
	w := stageAt(t, s, root)
	w.must(t, Request{}, status.Published)
	good, err := os.ReadFile(filepath.Join(root, "state", "state.json"))
	must(t, err)
	// Folders in the places of its files: as with a full disk, trying again may help.
	for _, name := range []string{"state.json", "state.json.kept-1"} {
		in := filepath.Join(root, "state", name)
		must(t, errors.Join(os.RemoveAll(in), os.MkdirAll(filepath.Join(in, "full"), 0o755)))
	}
	s.rename("Newer than the state")
	w.must(t, Request{}, status.Published)
	contains(t, w.page(), "Newer than the state")
	if st := w.statusNow(); st.Status != status.Warn {
		t.Errorf("%s: %s", st.Status, st.Summary)
	}
	s.rename("By a command")
	w.must(t, Request{Trigger: status.TriggerCommand}, status.Published)
	w.Close()

	must(t, errors.Join(os.RemoveAll(filepath.Join(root, "state", "state.json")),
		os.WriteFile(filepath.Join(root, "state", "state.json"), good, 0o600)))
	s.fail(store.ConnectRefused)
	again := stageAt(t, s, root)
	if page := again.first().Page; page == nil || !bytes.Contains(page.Body, []byte("By a command")) {
		t.Error("the newest page is not up after a restart")
	}
}

// TestTwoServers: two that run over the same folders leave each other's files alone where they agree; with other
// settings both say so, visitors of each keep their own page, and it is over when one ends.
func TestTwoServers(t *testing.T) {
	for _, other := range []string{"Shop", "Another", "Shop of other prices"} {
		t.Run(other, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				root, sentence := folder(t), "another vitrine with other settings publishes into the same folders"
				a := stageAt(t, newShop(10), root)
				settle(time.Second) // two processes do not start in one millisecond
				products := map[*stage]int{a: 10}
				b := stageAt(t, newShop(len(other)), root, func(c *Config) {
					c.Schedule = "1-59/5 * * * *"
					if c.Site.Name = other; other == "Shop of other prices" {
						c.Site.Name, c.Selection = "Shop", []string{"minor"}
					}
				})
				products[b] = len(other)
				stopA, stopB := a.run(t), b.run(t)
				settle(20*time.Minute + 15*time.Second)
				for _, w := range []*stage{a, b} {
					if told := strings.Contains(w.statusNow().Summary, sentence); told != (other != "Shop") {
						t.Errorf("%s: %s", w.cfg.Site.Name, w.statusNow().Summary)
					}
					if n := w.statusNow().Page.Products; other != "Shop" && n != products[w] {
						t.Errorf("%s: a page of %d products, its own has %d", w.cfg.Site.Name, n, products[w])
					}
					contains(t, string(w.last().Page.Body), "<title>"+w.cfg.Site.Name)
				}
				files := []string{publish.PageFile, publish.StatusJSONFile, publish.StatusHTMLFile}
				before := times(t, a.dir, files)
				settle(30 * time.Second) // no refresh
				if after := times(t, a.dir, files); !slices.Equal(before, after) {
					t.Errorf("they write files again and again: %v, %v", before, after)
				}
				stopB()
				settle(10 * time.Minute)
				if st := a.disk(t); st.Status != status.Pass || st.StoppedAt != nil {
					t.Errorf("alone again: %s %s", st.Status, st.Summary)
				}
				stopA()
				if st := a.disk(t); st.Status != status.Fail || !strings.HasPrefix(st.Summary, "Stopped at ") {
					t.Errorf("after the last has stopped: %s %s", st.Status, st.Summary)
				}
			})
		})
	}
}

// times are when files were last written.
func times(t *testing.T, dir string, names []string) (list []int64) {
	t.Helper()
	for _, name := range names {
		info, err := os.Stat(filepath.Join(dir, name))
		must(t, err)
		list = append(list, info.ModTime().UnixNano())
	}
	return list
}

// TestFirstPageWithoutDisk: a shop's first page goes up although nothing can be written, and reaches the disk by itself
// when that has been mended.
func TestFirstPageWithoutDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		root := folder(t)
		public := filepath.Join(root, "public")
		must(t, os.WriteFile(public, nil, 0o644)) // no folder can be made there
		w := stageAt(t, newShop(10), root)
		stop := w.run(t)
		settle(time.Second)
		whole(t, w.last())
		if st := w.statusNow(); w.last().Page == nil || st.Status != status.Warn ||
			st.LastRefresh.Result != status.Published {
			t.Errorf("without a disk: %s, %s", st.Status, st.Summary)
		}
		must(t, os.Remove(public))
		settle(repairEvery + watchdogEvery)
		if st := w.disk(t); w.page() != string(w.last().Page.Body) || st.Status != status.Pass ||
			w.statusNow().Status != status.Pass {
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
