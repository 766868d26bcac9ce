package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// server is a running peer, or vitrine itself.
type server struct {
	*child
	name        string
	addr, admin string // admin is vitrine's only
	dir         string // vitrine's only: where public/ and state/ are
}

func (s *server) url() string { return "http://" + s.addr + "/" }

// token is vitrine's REFRESH_TOKEN here.
const token = "a-token-for-the-race-on-loopback-only"

// never is a schedule that does not fall due during a race.
const never = "0 5 1 1 *"

// vitrineOptions are where one vitrine differs from another.
type vitrineOptions struct {
	program   string // empty: the one that is raced
	dir       string // an existing folder with public/ and state/; empty: a new one
	templates string // TEMPLATES_DIR
	env       []string
}

// startVitrine starts vitrine with the demo shop and waits until it has the page in all codings.
func (r *race) startVitrine(ctx context.Context, o vitrineOptions) (*server, error) {
	s, err := r.launchVitrine(o)
	if err != nil {
		return nil, err
	}
	if err := s.answers(ctx, s.addr); err != nil {
		return nil, err
	}
	return s, s.ready(ctx)
}

// launchVitrine starts vitrine and does not wait for anything.
func (r *race) launchVitrine(o vitrineOptions) (s *server, err error) {
	s = &server{name: "vitrine", dir: o.dir}
	if o.program == "" {
		o.program = r.vitrine
	}
	if s.dir == "" {
		if s.dir, err = r.folder("vitrine"); err != nil {
			return nil, err
		}
	}
	if s.addr, err = freeAddr(); err != nil {
		return nil, err
	}
	if s.admin, err = freeAddr(); err != nil {
		return nil, err
	}
	env := append(vitrineEnv(s.dir, o.templates), "LISTEN_ADDR="+s.addr, "ADMIN_ADDR="+s.admin)
	s.child, err = r.launch(s.dir, append(env, o.env...), o.program, "serve", "--demo")
	return s, err
}

// vitrineEnv is the environment of vitrine's commands over the folders in dir.
func vitrineEnv(dir, templates string) []string {
	return append(baseEnv(dir), "PUBLIC_DIR="+filepath.Join(dir, "public"), "STATE_DIR="+filepath.Join(dir, "state"),
		"TEMPLATES_DIR="+templates, "REFRESH_TOKEN="+token, "REFRESH_SCHEDULE="+never)
}

// baseEnv is what every child gets: no setting of the user's shell changes the race.
func baseEnv(home string) []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + os.TempDir(), "LANG=C"}
}

// ready waits until the page is there in its smallest coding: vitrine serves identity until the others are made.
func (s *server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	for {
		a, err := ask(ctx, s.url(), http.Header{"Accept-Encoding": {"br"}})
		if err == nil && a.status == http.StatusOK && a.coding == "br" {
			return nil
		}
		if err := s.pause(ctx, 10*time.Millisecond); err != nil {
			return fmt.Errorf("wait for the page: %w", err)
		}
	}
}
