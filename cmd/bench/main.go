// Command bench races vitrine against what a shop would put in front of its homepage instead: nginx, Varnish, Caddy
// and net/http's plain FileServer, all serving the same published page on this machine. It prints the README's tables
// to standard output, and what it is doing to standard error. Parts of vitrine have their benchmarks beside their
// code (go test -bench).
//
// Servers take turns (A B C, A B C, ...), so that other work on the machine falls on all of them. The figure to trust
// is the processor time that all of a server's processes take per request; requests/s and latency also depend on the
// load generator, which shares the machine.
//
// It reads /proc, and so runs on Linux.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) == 4 && os.Args[1] == plainCommand {
		fmt.Fprintln(os.Stderr, servePlain(os.Args[2], os.Args[3]))
		os.Exit(1)
	}
	// A reader of the tables that goes away, as head does, is no reason to leave servers behind.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// race is what both parts share.
type race struct {
	pairs, seconds  int
	vitrine         string            // path of the program
	dir             string            // temporary, removed at the end
	published       map[string]string // the page that everybody serves, by coding; "" is identity
	servers         []*server         // vitrine first, nginx second
	stdout, verbose io.Writer
}

// run is the whole program. It leaves nothing behind, whether it succeeds, fails or is interrupted.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	r := &race{stdout: stdout, verbose: stderr}
	part, err := r.parse(args, stderr)
	if err != nil {
		return err
	}
	if r.dir, err = os.MkdirTemp("", "vitrine-bench-"); err != nil {
		return err
	}
	defer func() {
		for _, s := range r.servers {
			s.stop()
		}
		err = errors.Join(err, os.RemoveAll(r.dir))
	}()
	if err := r.startAll(ctx); err != nil {
		return err
	}
	started := time.Now()
	r.print(heading(ctx, r.pairs, r.seconds))
	if part != "connections" {
		err = r.serving(ctx)
	}
	if part != "serving" && err == nil {
		err = r.connections(ctx)
	}
	r.say("done in %s", time.Since(started).Round(time.Second))
	return err
}

// parse reads the command line and looks whether everything that is needed is installed.
func (r *race) parse(args []string, stderr io.Writer) (part string, err error) {
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.IntVar(&r.pairs, "pairs", 5, "how often vitrine and each peer take turns")
	f.IntVar(&r.seconds, "seconds", 2, "length of one run")
	f.StringVar(&r.vitrine, "vitrine", "bin/vitrine", "vitrine program to race")
	f.StringVar(&part, "part", "all", "what to run: all, serving or connections")
	if err := f.Parse(args); err != nil {
		return "", err
	}
	switch {
	case r.pairs < 1 || r.seconds < 1 || f.NArg() > 0:
		return "", errors.New("-pairs and -seconds are at least 1, and there are no arguments beside flags")
	case part != "all" && part != "serving" && part != "connections":
		return "", fmt.Errorf("there is no part %q; parts are all, serving, connections", part)
	}
	for _, program := range []string{r.vitrine, "wrk", "nginx", "varnishd", "caddy"} {
		if _, err := exec.LookPath(program); err != nil {
			return "", fmt.Errorf("%w: make bench builds vitrine and Caddy and, as root, installs the others", err)
		}
	}
	return part, nil
}

// say is one line of progress.
func (r *race) say(format string, args ...any) {
	fmt.Fprintf(r.verbose, "bench: "+format+"\n", args...)
}

// print is one piece of the result, in Markdown.
func (r *race) print(markdown string) { fmt.Fprintln(r.stdout, markdown) }
