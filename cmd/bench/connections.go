package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// crowd is one number of connections.
type crowd struct {
	name        string
	connections int
	header      []string
}

var crowds = []crowd{
	{name: "1 connection", connections: 1},
	{name: "64 connections", connections: 64},
	{name: "1,000 connections", connections: 1000},
	{name: "5,000 connections", connections: 5000},
	{name: "a new one for each request", connections: 64, header: []string{"Connection: close"}},
}

// Targets of the project for many connections; memory in MB of PSS.
const (
	idleGoal      bound = 30
	crowdedGoal   bound = 200
	settledGoal   bound = 1.1
	steadyP99Goal bound = 3
	steadyRate          = 10000
)

// connections is part 2: few and many of them, what they take, and a fixed rate.
func (r *race) connections(ctx context.Context) error {
	if err := r.memoryOverTime(ctx); err != nil {
		return err
	}
	ours, err := r.startVitrine(ctx, vitrineOptions{})
	if err != nil {
		return err
	}
	defer r.end(ours.child)
	t := table{
		title: "Connections: br, vitrine / peer (the plain FileServer answers with identity)",
		head:  []string{"load", "peer", "1000 requests/s", "ratio", "p50 ms", "p99 ms", "CPU µs a request", "ratio", "highest PSS MB"},
	}
	for _, name := range []string{nginx, plain} {
		peer := r.startPeer(ctx, name, ours)
		if peer == nil {
			continue
		}
		for _, c := range crowds {
			if err := r.crowd(ctx, &t, c, ours, peer); err != nil {
				return err
			}
		}
		if name == nginx {
			if err := r.steadyAgainst(ctx, ours, peer); err != nil {
				return err
			}
		}
		r.end(peer.child)
	}
	r.print(t.String())
	return nil
}

// crowd races one number of connections against one peer and adds the row.
func (r *race) crowd(ctx context.Context, t *table, c crowd, ours, peer *server) error {
	// Thousands of connections take their time to be made.
	l := load{connections: c.connections, seconds: r.seconds + c.connections/1000, header: append([]string{"Accept-Encoding: br"}, c.header...)}
	pairs, err := r.duel(ctx, c.name, contender{ours, l}, contender{peer, l}, true)
	if errors.Is(err, errUnanswered) {
		t.note("%s, %s is left out: %v.", c.name, peer.name, err)
		return nil
	}
	if err != nil {
		return err
	}
	t.add(c.name, peer.name, compare(pairs, rate).both("%.1f"), compare(pairs, rate).spread(), compare(pairs, p50).both("%.2f"),
		compare(pairs, p99).both("%.1f"), compare(pairs, cost).both("%.1f"), compare(pairs, cost).spread(), compare(pairs, pss).both("%.1f"))
	if s := failures(c.name+", "+peer.name, pairs); s != "" {
		t.note("%s", s)
	}
	return nil
}

// steadyAgainst compares waits at a fixed rate.
func (r *race) steadyAgainst(ctx context.Context, ours, peer *server) error {
	t := table{
		title: fmt.Sprintf("Fixed rate: %d requests/s over %d connections, br, vitrine / %s", steadyRate, steadyConnections, peer.name),
		head:  []string{"requests/s reached", "p50 ms", "p99 ms", "p99 ratio", "target", "CPU µs a request"},
	}
	l := steady{steadyRate, max(r.seconds, 3)}
	var pairs []pair
	for n := range r.pairs {
		r.say("fixed rate: pair %d of %d", n+1, r.pairs)
		a, err := l.throw(ctx, r, ours)
		if errors.Is(err, errNoH2load) {
			r.print(err.Error() + "; this table is left out.\n")
			return nil
		}
		if err != nil {
			return err
		}
		b, err := l.throw(ctx, r, peer)
		if err != nil {
			return err
		}
		pairs = append(pairs, pair{a, b})
	}
	c := compare(pairs, p99)
	t.add(compare(pairs, result.rate).both("%.0f"), compare(pairs, p50).both("%.2f"), c.both("%.2f"), c.spread(), steadyP99Goal.verdict(c.ratio),
		compare(pairs, cost).both("%.1f"))
	t.note("h2load paces by a timer that adds to every latency, the same for both.")
	r.print(t.String())
	return nil
}

// settlePatience is how long vitrine may take to give memory back: it clears up some seconds after a crowd.
const settlePatience = 30 * time.Second

// memoryOverTime measures a fresh vitrine: idle, under 5,000 connections, after them, and after 5,000 more, which shows whether what stays is a leak.
func (r *race) memoryOverTime(ctx context.Context) error {
	s, err := r.startVitrine(ctx, vitrineOptions{})
	if err != nil {
		return err
	}
	defer r.end(s.child)
	if err := s.pause(ctx, 2*time.Second); err != nil {
		return err
	}
	idle, err := s.memory()
	if err != nil {
		return err
	}
	full, after, err := r.comeAndGo(ctx, s, idle)
	if err != nil {
		return err
	}
	_, again, err := r.comeAndGo(ctx, s, after)
	if err != nil {
		return err
	}
	t := table{title: "Memory of vitrine with the demo page", head: []string{"when", "PSS MB", "RSS MB", "target"}}
	line := func(when string, m memory, verdict string) {
		t.add(when, fmt.Sprintf("%.1f", megabytes(m.pss)), fmt.Sprintf("%.1f", megabytes(m.rss)), verdict)
	}
	line("idle, 2 s after the start", idle, idleGoal.verdict(megabytes(idle.rss)))
	line("highest under 5,000 connections", full, crowdedGoal.verdict(megabytes(full.rss)))
	ratio := float64(after.pss) / float64(idle.pss)
	line("after them", after, fmt.Sprintf("%.2f of idle, %s", ratio, settledGoal.verdict(ratio)))
	ratio = float64(again.pss) / float64(after.pss)
	line("after 5,000 more", again, fmt.Sprintf("%.2f of after the first, %s", ratio, settledGoal.verdict(ratio)))
	r.print(t.String())
	return nil
}

// comeAndGo throws 5,000 connections at vitrine and waits until it is back near the memory of before, or has had settlePatience.
func (r *race) comeAndGo(ctx context.Context, s *server, before memory) (full, after memory, err error) {
	r.say("memory under 5,000 connections")
	peak := s.watchMemory()
	l := load{connections: 5000, seconds: max(r.seconds, 5), header: []string{"Accept-Encoding: br"}}
	if _, err := l.throw(ctx, s); err != nil {
		return full, after, err
	}
	full = peak()
	r.say("memory after them: waiting up to %s until it is given back", settlePatience)
	after = full
	for ended := time.Now(); time.Since(ended) < settlePatience && after.pss > before.pss*11/10; {
		if err := s.pause(ctx, time.Second); err != nil {
			return full, after, err
		}
		if after, err = s.memory(); err != nil {
			return full, after, err
		}
	}
	return full, after, nil
}
