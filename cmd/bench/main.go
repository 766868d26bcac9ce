// Command bench races vitrine against what a shop would put in front of its homepage instead: net/http's plain FileServer, nginx, Varnish and
// Caddy, all serving the same published page on this machine. It prints Markdown tables of medians and ratios to standard output.
//
// Servers are compared in interleaved pairs (A B A B ...), so that a neighbour's load or a warm processor falls on both. The figure to trust is
// the processor time that all of a server's processes take per request; requests/s and latency also depend on the load generator, which shares
// the machine. A part of the race is a function from a [race] to tables; a [server] is a running peer, a [load] is what is thrown at it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// part is one subject of the race; it prints its tables as it goes.
type part struct {
	name string
	run  func(*race, context.Context) error
}

var parts = []part{
	{"serving", (*race).serving},
	{"connections", (*race).connections},
	{"refresh", (*race).refresh},
	{"freshness", (*race).freshness},
	{"start", (*race).start},
	{"weight", (*race).weight},
}

// options are the command line.
type options struct {
	parts          []string
	peers          []string
	pairs, seconds int
	vitrine        string // the program to race; empty: built for the occasion
	against        string // another build of it that joins the race
	install        bool
}

func main() {
	if len(os.Args) == 4 && os.Args[1] == plainCommand {
		fmt.Fprintln(os.Stderr, servePlain(os.Args[2], os.Args[3]))
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
	case interrupted:
		fmt.Fprintln(os.Stderr, "bench: stopped; everything started is ended and removed")
		os.Exit(130)
	default:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run is the whole program: it prints tables to stdout and what it is doing to stderr, and leaves nothing behind.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseOptions(args, stderr)
	if err != nil {
		return err
	}
	if o.install {
		install(ctx, stderr)
	}
	r, err := newRace(ctx, o, stdout, stderr)
	if err != nil {
		return err
	}
	defer r.close()
	started := time.Now()
	r.print(heading(ctx, o))
	for _, p := range parts {
		if !slices.Contains(o.parts, p.name) {
			continue
		}
		r.say("part %s", p.name)
		if err := p.run(r, ctx); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	r.print("Load average after the race: " + firstMatch(read("/proc/loadavg"), `^(\S+)`) + ".\n")
	r.say("done in %s", time.Since(started).Round(time.Second))
	return nil
}

func parseOptions(args []string, stderr io.Writer) (options, error) {
	var names, peerNames []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	for _, p := range peers {
		peerNames = append(peerNames, p.flag)
	}
	var o options
	var chosen, peers string
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&chosen, "part", "all", "what to run, with commas: all, "+strings.Join(names, ", "))
	f.StringVar(&peers, "peers", strings.Join(peerNames, ","), "whom to race, with commas")
	f.IntVar(&o.pairs, "pairs", 5, "interleaved pairs per comparison")
	f.IntVar(&o.seconds, "seconds", 2, "length of one run")
	f.StringVar(&o.vitrine, "vitrine", "", "vitrine program to race (default: build it)")
	f.StringVar(&o.against, "against", "", "an older vitrine program that joins the serving race")
	f.BoolVar(&o.install, "install", false, "install the peers that are missing first")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.parts, o.peers = strings.Split(chosen, ","), strings.Split(peers, ",")
	if chosen == "all" {
		o.parts = names
	}
	for _, name := range o.parts {
		if !slices.Contains(names, name) {
			return o, fmt.Errorf("there is no part %q; parts are all, %s", name, strings.Join(names, ", "))
		}
	}
	for _, name := range o.peers {
		if !slices.Contains(peerNames, name) {
			return o, fmt.Errorf("there is no peer %q; peers are %s", name, strings.Join(peerNames, ", "))
		}
	}
	if o.pairs < 1 || o.seconds < 1 || f.NArg() > 0 {
		return o, errors.New("-pairs and -seconds are at least 1, and there are no arguments beside flags")
	}
	return o, nil
}
