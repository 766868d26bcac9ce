package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// serving is the first table: every form of the answer over 64 keep-alive connections, against every peer.
func (r *race) serving(ctx context.Context) error {
	head := []string{"answer", "vitrine, µs"}
	for _, s := range r.servers[1:] {
		head = append(head, s.name)
	}
	r.print("**Serving.** Processor time a request of all of a server's processes, vitrine / peer, 64 connections. " +
		"Varnish stands in front of vitrine, with its page cached; the plain FileServer sends identity for br and gzip:\n")
	r.print(row(append(head, "bound for nginx", "requests/s / nginx", "p99, nginx's")...) + rule(len(head)+3))
	for _, f := range forms {
		loads := make([]load, len(r.servers))
		for i, s := range r.servers {
			h, err := r.header(ctx, f, s)
			if err != nil {
				return err
			}
			loads[i] = load{64, r.seconds, h}
		}
		runs, err := r.takeTurns(ctx, f.name, r.servers, loads)
		if err != nil {
			return err
		}
		cells := []string{f.name, fmt.Sprintf("%.1f", median(runs[0], cpu))}
		for _, theirs := range runs[1:] {
			cells = append(cells, ratio(runs[0], theirs, cpu).String())
		}
		cells = append(cells, f.verdict(ratio(runs[0], runs[1], cpu)), ratio(runs[0], runs[1], rate).String(),
			medians("%.1f ms, %.1f", runs, p99))
		r.print(row(cells...))
		r.failures(f.name, runs)
	}
	r.print("")
	return nil
}

// verdict says what the ratio to nginx may be, and whether it is.
func (f form) verdict(s spread) string {
	if s.median > f.bound {
		return fmt.Sprintf("at most %.2f: **missed**", f.bound)
	}
	return fmt.Sprintf("at most %.2f: kept", f.bound)
}

// crowds are numbers of connections.
var crowds = []struct {
	name        string
	connections int
	close       bool // after each answer
}{
	{"1 connection", 1, false}, {"64", 64, false}, {"1,000", 1000, false}, {"5,000", 5000, false},
	{"a new one for each request", 64, true},
}

// connections is the second table: few and many of them, with br, against nginx and the plain FileServer.
func (r *race) connections(ctx context.Context) error {
	servers := slices.DeleteFunc(slices.Clone(r.servers), func(s *server) bool {
		return s.name == "Varnish" || s.name == "Caddy"
	})
	r.print("**Many connections**, br. Ratios are vitrine / nginx, vitrine / plain FileServer (which sends identity); " +
		"memory is the highest PSS of all of a server's processes:\n")
	r.print(row("load", "requests/s", "CPU a request", "p99, nginx's, plain's", "memory, nginx's, plain's") + rule(5))
	r.print(row("idle", "", "", "",
		fmt.Sprintf("%.0f MB, %.0f, %.0f", servers[0].memory(), servers[1].memory(), servers[2].memory())))
	for _, c := range crowds {
		h := http.Header{"Accept-Encoding": {"br"}}
		if c.close {
			h.Set("Connection", "close")
		}
		l := load{c.connections, r.seconds + c.connections/1000, h} // thousands take their time to be made
		runs, err := r.takeTurns(ctx, c.name, servers, []load{l, l, l})
		if err != nil {
			return err
		}
		against := func(f figure) string {
			return ratio(runs[0], runs[1], f).String() + ", " + ratio(runs[0], runs[2], f).String()
		}
		r.print(row(c.name, against(rate), against(cpu), medians("%.1f ms, %.1f, %.1f", runs, p99),
			medians("%.0f MB, %.0f, %.0f", runs, memory)))
		r.failures(c.name, runs)
	}
	r.print("")
	return nil
}

// failures says which servers failed to answer.
func (r *race) failures(what string, runs [][]figures) {
	for i, of := range runs {
		for _, f := range of {
			if f.errors > 0 {
				r.say("%s, server %d: %.0f of %.0f requests failed", what, i, f.errors, f.requests)
			}
		}
	}
}

// row and rule are lines of a Markdown table, each but the last with its line break.
func row(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |" }
func rule(columns int) string    { return "\n" + strings.Repeat("|---", columns) + "|" }
