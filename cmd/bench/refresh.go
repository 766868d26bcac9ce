package main

import (
	"context"
	"errors"
	"fmt"
)

// refreshGoal is how much longer the slowest visits may take while refreshes run.
const refreshGoal bound = 1.5

// visit is a way of asking while refreshes run.
type visit struct {
	name  string
	throw func(context.Context, *server) (result, error)
}

// refresh is part 4: what visitors notice of refreshes that publish a new page each second.
func (r *race) refresh(ctx context.Context) error {
	s, err := r.startVitrine(ctx, vitrineOptions{})
	if err != nil {
		return err
	}
	defer r.end(s.child)
	goods, err := openShop(s)
	if err != nil {
		return err
	}
	defer goods.close()
	t := table{
		title: "Visits during refreshes: with a new page published each second / without",
		head:  []string{"load", "p50 ms", "p99 ms", "p99 ratio", "target", "1000 requests/s", "refreshes"},
	}
	seconds := max(2*r.seconds, 4) // several refreshes in each run
	visits := []visit{
		{"a rush hour: 1,000 requests/s", func(ctx context.Context, s *server) (result, error) {
			return steady{1000, seconds}.throw(ctx, r, s)
		}},
		{"all that 64 connections can", load{connections: 64, seconds: seconds, header: []string{"Accept-Encoding: br"}}.throw},
	}
	for _, v := range visits {
		pairs, refreshes, err := r.disturb(ctx, v, s, goods)
		if errors.Is(err, errNoH2load) {
			t.note("%s is left out: %v.", v.name, err)
			continue
		}
		if err != nil {
			return err
		}
		c := compare(pairs, p99)
		t.add(v.name, compare(pairs, p50).both("%.2f"), c.both("%.2f"), c.spread(), refreshGoal.verdict(c.ratio),
			compare(pairs, rate).both("%.1f"), fmt.Sprint(refreshes))
	}
	r.print(t.String())
	return nil
}

// disturb runs visits with and without refreshes in turn.
func (r *race) disturb(ctx context.Context, v visit, s *server, goods *shop) (pairs []pair, refreshes int, err error) {
	if _, err := v.throw(ctx, s); err != nil { // warming up
		return nil, 0, err
	}
	for n := range r.pairs {
		r.say("visits during refreshes, %s: pair %d of %d", v.name, n+1, r.pairs)
		stop := s.keepRefreshing(ctx, goods)
		with, err := v.throw(ctx, s)
		count, stopErr := stop()
		if err := errors.Join(err, stopErr); err != nil {
			return nil, 0, err
		}
		without, err := v.throw(ctx, s)
		if err != nil {
			return nil, 0, err
		}
		pairs, refreshes = append(pairs, pair{with, without}), refreshes+count
	}
	return pairs, refreshes, nil
}
