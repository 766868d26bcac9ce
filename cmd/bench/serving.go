package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
)

// form is one way to answer the homepage.
type form struct {
	name    string
	coding  string // Accept-Encoding; "" is none
	matches bool   // the client has the page already: 304
}

var forms = []form{
	{name: "identity"},
	{name: "gzip", coding: "gzip"},
	{name: "br", coding: "br"},
	{name: "304", matches: true},
}

// goals are what vitrine's processor time per request may at most be, as a multiple of a peer's: the project's own targets.
var goals = map[string]map[string]bound{
	"identity": {plain: 0.85},
	"gzip":     {plain: 0.6, caddy: 0.25, varnish: 0.85, nginx: 2.7},
	"br":       {plain: 0.6, caddy: 0.25, varnish: 0.85, nginx: 2.7},
	"304":      {plain: 0.75, caddy: 0.45, nginx: 3.2},
}

// serving is part 1: 64 keep-alive connections, every form of the answer, against every peer.
func (r *race) serving(ctx context.Context) error {
	ours, others, err := r.line(ctx)
	if err != nil {
		return err
	}
	t := table{
		title: "Serving: 64 keep-alive connections, vitrine / peer",
		head:  []string{"answer", "peer", "CPU µs a request", "ratio", "target", "1000 requests/s", "ratio", "p50 ms", "p99 ms"},
	}
	for _, f := range forms {
		for _, peer := range others {
			pairs, err := r.serveForm(ctx, f, ours, peer)
			if err != nil {
				if ctx.Err() != nil {
					return err
				}
				t.note("%s, %s is left out: %v.", f.name, peer.name, err)
				continue
			}
			c := compare(pairs, cost)
			t.add(f.name, peer.name, c.both("%.1f"), c.spread(), goals[f.name][peer.name].verdict(c.ratio),
				compare(pairs, rate).both("%.1f"), compare(pairs, rate).spread(), compare(pairs, p50).both("%.2f"), compare(pairs, p99).both("%.1f"))
			if s := failures(f.name, pairs); s != "" {
				t.note("%s", s)
			}
		}
	}
	t.note("Ratios are vitrine to peer, the median of the pairs' own ratios with the lowest and the highest: below 1 vitrine is better in CPU, above 1 in " +
		"requests/s. The plain FileServer has no gzip and no br and answers with identity. Varnish stands in front of vitrine, with its page cached.")
	r.print(t.String())
	for _, s := range append(others, ours) {
		r.end(s.child)
	}
	return nil
}

// line starts vitrine and every peer there is.
func (r *race) line(ctx context.Context) (ours *server, others []*server, err error) {
	r.say("starting vitrine and its peers")
	if ours, err = r.startVitrine(ctx, vitrineOptions{}); err != nil {
		return nil, nil, err
	}
	for _, p := range peers {
		if s := r.startPeer(ctx, p.name, ours); s != nil {
			others = append(others, s)
		}
	}
	if r.against != "" {
		s, err := r.startVitrine(ctx, vitrineOptions{program: r.against})
		if err != nil {
			return nil, nil, err
		}
		s.name = older
		others = append(others, s)
	}
	return ours, others, ctx.Err()
}

// serveForm races one form against one peer, having seen that both answer with the very page.
func (r *race) serveForm(ctx context.Context, f form, ours, theirs *server) ([]pair, error) {
	a, err := r.enter(ctx, f, ours)
	if err != nil {
		return nil, err
	}
	b, err := r.enter(ctx, f, theirs)
	if err != nil {
		return nil, err
	}
	return r.duel(ctx, f.name, a, b, false)
}

// enter makes a contender of s, with the header lines that get f from it.
func (r *race) enter(ctx context.Context, f form, s *server) (contender, error) {
	h := http.Header{}
	if f.coding != "" {
		h.Set("Accept-Encoding", f.coding)
	}
	a, err := ask(ctx, s.url(), h)
	if err != nil {
		return contender{}, err
	}
	if f.matches && a.etag != "" {
		h.Set("If-None-Match", a.etag)
	} else if f.matches {
		h.Set("If-Modified-Since", a.modified)
	}
	if f.matches {
		if a, err = ask(ctx, s.url(), h); err != nil {
			return contender{}, err
		}
	}
	if err := r.inspect(f, s, a); err != nil {
		return contender{}, err
	}
	c := contender{s, load{connections: 64, seconds: r.seconds}}
	for name := range h {
		c.load.header = append(c.load.header, name+": "+h.Get(name))
	}
	return c, nil
}

// inspect tells whether a is f of the published page, byte for byte.
func (r *race) inspect(f form, s *server, a answer) error {
	status, coding, body := http.StatusOK, f.coding, r.site.body[f.coding]
	switch {
	case f.matches:
		status, coding, body = http.StatusNotModified, a.coding, nil
	case s.name == plain:
		coding, body = "", r.site.body[""]
	case s.name == older:
		body = a.body // its templates may be older too
	}
	if a.status != status || a.coding != coding || !bytes.Equal(a.body, body) {
		return fmt.Errorf("%s does not serve the same page: status %d, coding %q, %d bytes", s.name, a.status, a.coding, len(a.body))
	}
	return nil
}
