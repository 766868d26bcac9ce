package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// contender is a server with the load that it gets: the same for both of a duel but for what differs by server, such as its own ETag.
type contender struct {
	server *server
	load   load
}

// duel runs ours and theirs in turn, pair after pair, after a second of warming up each.
func (r *race) duel(ctx context.Context, what string, ours, theirs contender, watch bool) ([]pair, error) {
	run := func(c contender) (result, error) {
		if !watch {
			return c.load.throw(ctx, c.server)
		}
		peak := c.server.watchMemory()
		res, err := c.load.throw(ctx, c.server)
		res.memory = peak()
		return res, err
	}
	for _, c := range []contender{ours, theirs} {
		warm := c.load
		warm.seconds = 1
		if _, err := warm.throw(ctx, c.server); err != nil && !errors.Is(err, errUnanswered) {
			return nil, err
		}
	}
	var pairs []pair
	for n := range r.pairs {
		r.say("%s, %s and %s: pair %d of %d", what, ours.server.name, theirs.server.name, n+1, r.pairs)
		a, err := run(ours)
		if err != nil {
			return nil, err
		}
		b, err := run(theirs)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, pair{a, b})
	}
	return pairs, nil
}

// watchMemory samples a server's memory until the function that it returns is called; that returns the highest.
func (c *child) watchMemory() (peak func() memory) {
	stop, out := make(chan struct{}), make(chan memory)
	go func() {
		var highest memory
		beat := time.NewTicker(200 * time.Millisecond)
		defer beat.Stop()
		for {
			if m, err := c.memory(); err == nil && m.pss > highest.pss {
				highest = m
			}
			select {
			case <-stop:
				out <- highest
				return
			case <-beat.C:
			}
		}
	}()
	return func() memory {
		close(stop)
		return <-out
	}
}

// failures is a sentence on the requests of pairs that failed; "" where none did.
func failures(what string, pairs []pair) string {
	var ours, theirs, all int64
	for _, p := range pairs {
		ours, theirs = ours+p.ours.errors, theirs+p.theirs.errors
		all += p.ours.requests + p.theirs.requests
	}
	if ours+theirs == 0 {
		return ""
	}
	return fmt.Sprintf("%s: of %d requests, %d failed at vitrine and %d at the other.", what, all, ours, theirs)
}
