package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the demo shop's engine
)

// shop is the demo shop of one vitrine, to be changed under it as a shop's own program would.
type shop struct{ db *sql.DB }

// openShop opens the demo shop of s, which must have made it.
func openShop(s *server) (*shop, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.dir, "state", "demo.sqlite")+"?_pragma=busy_timeout(5000)&mode=rw")
	if err != nil {
		return nil, err
	}
	return &shop{db}, nil
}

func (s *shop) close() { _ = s.db.Close() } // nothing is pending

// sell changes what every card shows, so that the next refresh publishes a new page.
func (s *shop) sell(ctx context.Context) error {
	_, err := s.db.ExecContext(ctx, "UPDATE products SET num_reviews = num_reviews + 1")
	return err
}

// refreshNow asks s to refresh and returns when it has; anything but a new page is an error.
func (s *server) refreshNow(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.admin+"/refresh", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := plainClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	var doc struct{ Result string }
	if err := json.Unmarshal(text, &doc); err != nil || doc.Result != "published" {
		return fmt.Errorf("refresh: status %d, not published: %s", resp.StatusCode, text)
	}
	return nil
}

// keepRefreshing changes the shop and refreshes, as often as vitrine lets anyone: once a second. The function that it returns ends that and
// tells how many refreshes there were.
func (s *server) keepRefreshing(ctx context.Context, goods *shop) (stop func() (int, error)) {
	ctx, cancel := context.WithCancel(ctx)
	type end struct {
		n   int
		err error
	}
	out := make(chan end, 1)
	go func() {
		n := 0
		for {
			err := goods.sell(ctx)
			if err == nil {
				err = s.refreshNow(ctx)
			}
			if err == nil {
				n++
				err = s.pause(ctx, 1010*time.Millisecond)
			}
			if err != nil {
				if ctx.Err() != nil {
					err = nil
				}
				out <- end{n, err}
				return
			}
		}
	}()
	return func() (int, error) {
		cancel()
		e := <-out
		return e.n, e.err
	}
}

// tag is the ETag of the page that s serves, without the part that tells the coding.
func (s *server) tag(ctx context.Context, client *http.Client) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, s.url(), nil)
	if err != nil {
		return "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	_ = resp.Body.Close() // HEAD has none
	tag, _, _ := strings.Cut(strings.Trim(resp.Header.Get("Etag"), `"`), "-")
	if resp.StatusCode != http.StatusOK || tag == "" {
		return "", errors.New("no page: " + resp.Status)
	}
	return tag, nil
}

// untilNew waits until s serves another page than old, looking every half millisecond over one connection.
func (s *server) untilNew(ctx context.Context, old string) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for {
		now, err := s.tag(ctx, client)
		if err != nil {
			return fmt.Errorf("wait for a new page: %w", err)
		}
		if now != old {
			return nil
		}
		if err := s.pause(ctx, 500*time.Microsecond); err != nil {
			return err
		}
	}
}
