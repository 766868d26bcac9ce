package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"vitrine/render/publish"
	"vitrine/store"
	"vitrine/store/postgres"
)

// startGoal is how many ms may pass from exec to the first 200.
const startGoal bound = 50

// start is part 6: from exec to the first whole page, with one on disk, whatever the database does.
func (r *race) start(ctx context.Context) error {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // lets clients connect and never says a word
	if err != nil {
		return err
	}
	defer silent.Close()
	refusing, err := freeAddr()
	if err != nil {
		return err
	}
	t := table{title: "Start: from exec to the first 200, the last page on disk", head: []string{"database", "median ms", "fastest – slowest", "target", "CPU ms", "times"}}
	for _, c := range []struct{ name, url string }{
		{"up (demo shop)", ""},
		{"down: connections refused", "postgresql://shop:secret@" + refusing + "/shop"},
		{"silent: connections taken, no word", "postgresql://shop:secret@" + silent.Addr().String() + "/shop"},
	} {
		r.say("start, database %s", c.name)
		waits, work, err := r.starts(ctx, c.url)
		if err != nil {
			return fmt.Errorf("database %s: %w", c.name, err)
		}
		t.add(c.name, fmt.Sprintf("%.1f", median(waits)), fmt.Sprintf("%.1f – %.1f", slices.Min(waits), slices.Max(waits)),
			startGoal.verdict(median(waits)), fmt.Sprintf("%.0f", median(work)), fmt.Sprint(len(waits)))
	}
	r.print(t.String())
	return nil
}

// starts publishes a page for the database at url, "" for the demo shop, and returns the ms that several starts over it took, and those that
// a processor worked for them.
func (r *race) starts(ctx context.Context, url string) (waits, work []float64, err error) {
	first, err := r.startVitrine(ctx, vitrineOptions{})
	if err != nil {
		return nil, nil, err
	}
	r.end(first.child)
	var env []string
	if url != "" {
		env = []string{"DATABASE_URL=" + url}
		if err := adopt(first.dir, store.Secret(url)); err != nil {
			return nil, nil, err
		}
	}
	for range 2 * r.pairs {
		began := time.Now()
		s, err := r.launchVitrine(vitrineOptions{dir: first.dir, env: env})
		if err != nil {
			return nil, nil, err
		}
		if err := s.firstPage(ctx); err != nil {
			return nil, nil, err
		}
		waits = append(waits, milliseconds(time.Since(began)))
		used, err := s.cpu()
		if err != nil {
			return nil, nil, err
		}
		work = append(work, milliseconds(used))
		r.end(s.child)
	}
	return waits, work, nil
}

// adopt says that the page in dir is of the database at url: a page of another database, the demo shop's too, is not served as the last one.
func adopt(dir string, url store.Secret) error {
	public, err := publish.Open(filepath.Join(dir, "public"), filepath.Join(dir, "state"), slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	st, _, err := public.Load()
	if err != nil {
		return err
	}
	if st.Page == nil {
		return errors.New("no page on disk")
	}
	db, err := postgres.Open(postgres.Options{URL: url, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer db.Close()
	st.Page.Catalogue.Source = db.Source()
	return public.SaveState(st)
}

// firstPage returns with the first 200.
func (s *server) firstPage(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	for {
		a, err := ask(ctx, s.url(), http.Header{"Accept-Encoding": {"br"}})
		if err == nil && a.status == http.StatusOK {
			return nil
		}
		if err == nil {
			return fmt.Errorf("the first answer is %d, not the last page", a.status)
		}
		if err := s.pause(ctx, 500*time.Microsecond); err != nil {
			return err
		}
	}
}
