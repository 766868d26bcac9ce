// Command vitrine serves a shop's homepage that never waits for the database: a worker renders it into public/ every
// five minutes from one batched query, and net/http's FileServer hands it to every visitor. One file per subcommand;
// main.go turns arguments into a call and an error into one exit code, config.go holds every variable.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// Exit codes.
const (
	exitOK       = 0
	exitFailed   = 1  // the old page is kept
	exitUsage    = 2  // what was typed or set is wrong
	exitRejected = 3  // refused by the gate
	exitLocked   = 75 // another run holds the lock (EX_TEMPFAIL of sysexits.h)
	exitKilled   = 130
)

// demoURL is the DATABASE_URL of the demo shop.
const demoURL = "demo:"

// exitError is an error with the exit code that it stands for. An empty text prints nothing: all has been said.
type exitError struct {
	code int
	err  error
}

func (e exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e exitError) Unwrap() error { return e.err }

// usage wraps err as a mistake in what was typed or set.
func usage(err error) error { return exitError{exitUsage, err} }

// program is what a subcommand gets from the world.
type program struct {
	environ        []string
	stdin          *os.File
	stdout, stderr io.Writer
}

// cli is the command line; each field's type has a Run method in the file of its name.
type cli struct {
	Serve   serveCmd   `cmd:"" help:"Serve the homepage and refresh it on schedule."`
	Render  renderCmd  `cmd:"" help:"Refresh the page once, now, and say what happened."`
	Check   checkCmd   `cmd:"" help:"Check configuration, templates, folders and database, and say what to fix."`
	Status  statusCmd  `cmd:"" help:"Show how the page is doing, from status.json."`
	Init    initCmd    `cmd:"" help:"${help_init}"`
	Seed    seedCmd    `cmd:"" help:"Fill vitrine's own, empty tables with invented products."`
	Print   printCmd   `cmd:"" help:"Print a configuration file: nginx, Caddy, systemd, Docker ..."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// longHelp is what is too long for a tag.
var longHelp = kong.Vars{
	"help_force": "Accept this one result: fewer products than MAX_SHRINK or MIN_PRODUCTS allow, older data, " +
		"or over another page in the bucket.",
	"help_init": "Create the tables in an empty database, or only the index in your shop; make triggers; " +
		"write out statement or templates.",
	"help_query": "Write the SELECT that reads your shop to FILE, as a start for your own; " +
		"the database stays as it is.",
	"help_templates": "Write the default templates to DIR, as a start for your own; the database stays as it is.",
	"help_url": "Ask a running server, as in http://localhost:8080 or the path of its socket; " +
		"without it, the file PUBLIC_DIR/status.json is read.",
}

const description = `A shop's homepage that never waits for the database.

Set DATABASE_URL, in the environment or in a file .env, and run "vitrine serve"; or look at it first with
"vitrine serve --demo". Every variable is explained in env.example.

Exit codes: 0 done or unchanged, 1 failed (the old page is kept), 2 usage or configuration, 3 refused by the gate,
75 another run holds the lock, 130 second signal. For status and check: 0 pass, 1 warn, 2 fail. "vitrine help COMMAND"
has more about each.`

func main() {
	os.Exit(run(context.Background(), os.Args[1:], program{os.Environ(), os.Stdin, os.Stdout, os.Stderr}))
}

// run is the program: it parses args, calls the subcommand, prints its error and returns the exit code.
func run(ctx context.Context, args []string, p program) (code int) {
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("vitrine"), kong.Description(description), kong.Writers(p.stdout, p.stderr),
		kong.Exit(func(n int) { exited = n }), kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Bind(p), kong.BindTo(ctx, (*context.Context)(nil)), longHelp)
	if err != nil {
		fmt.Fprintln(p.stderr, "vitrine:", err)
		return exitFailed
	}
	switch {
	case len(args) == 0:
		args = []string{"--help"}
	case args[0] == "help":
		args = append(args[1:], "--help")
	case args[0] == "--version" || args[0] == "-v":
		args = []string{"version"}
	}
	call, err := parser.Parse(args)
	if exited >= 0 { // --help
		return exited
	}
	if err != nil {
		fmt.Fprintf(p.stderr, "vitrine: %s\n", typingMistake(args, err))
		return exitUsage
	}
	return exitCode(call.Run(), p.stderr)
}

// typingMistake is kong's error about args in words that name the cure.
func typingMistake(args []string, err error) string {
	text, hint := err.Error(), `"vitrine --help" lists the commands`
	if flag, found := strings.CutSuffix(text, `: expected string value but got "EOL" (<EOL>)`); found {
		text = flag + " needs a value after it"
	}
	if at, ok := errors.AsType[*kong.ParseError](err); ok && at.Context.Selected() != nil {
		hint = fmt.Sprintf(`"vitrine %s --help" lists the flags`, at.Context.Selected().Name)
	}
	for _, arg := range args {
		if strings.HasPrefix(text, "unknown flag") && len(arg) > 2 && arg[0] == '-' && arg[1] != '-' {
			text = fmt.Sprintf("unknown flag %s: flags begin with two hyphens, as in -%s", arg, arg)
		}
	}
	return text + "\nhint: " + hint
}

// exitCode prints err, if there is one with a text, and returns the code that it stands for.
func exitCode(err error, stderr io.Writer) int {
	if err == nil {
		return exitOK
	}
	if text := err.Error(); text != "" {
		said := newLineQueue(stderr, func(int64) {})
		fmt.Fprintln(said, "vitrine:", strings.TrimRight(text, "\n"))
		said.close()
	}
	if e, ok := errors.AsType[exitError](err); ok {
		return e.code
	}
	return exitFailed
}

// catchSignals delivers SIGTERM, SIGINT and SIGHUP until ctx ends. A second SIGTERM or SIGINT ends the process at once
// with 130, however many SIGHUPs there were. Where stdin is a terminal SIGHUP means that the terminal is gone, and ends
// the program like SIGTERM, unless nohup has it outlive that.
func catchSignals(ctx context.Context, p program) <-chan os.Signal {
	ends, hangups := make(chan os.Signal, 2), make(chan os.Signal, 1) // apart, so that none is lost for many of the other
	signal.Notify(ends, syscall.SIGTERM, syscall.SIGINT)
	if isTerminal(p.stdin) && !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(ends, syscall.SIGHUP)
	} else {
		signal.Notify(hangups, syscall.SIGHUP)
	}
	out := make(chan os.Signal, 2) // one of each kind
	go func() {
		defer signal.Stop(ends)
		defer signal.Stop(hangups)
		for stopping := false; ; {
			select {
			case <-ctx.Done():
				return
			case <-ends:
				if stopping {
					os.Exit(exitKilled)
				}
				stopping = true
				out <- syscall.SIGTERM
			case <-hangups:
				if !stopping && len(out) == 0 { // else one waits already
					out <- syscall.SIGHUP
				}
			}
		}
	}()
	return out
}

// cancelOnSignal is a context for a command that ends by itself: the first signal cancels it, a second one ends the
// process. A SIGHUP that was ignored at start, as nohup has it, stays so.
func cancelOnSignal(ctx context.Context, p program) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	nohup := signal.Ignored(syscall.SIGHUP) // catching it ends that
	signals := catchSignals(ctx, p)
	go func() {
		for ctx.Err() == nil {
			select {
			case s := <-signals:
				if s != syscall.SIGHUP || !nohup {
					cancel()
				}
			case <-ctx.Done():
			}
		}
	}()
	return ctx, cancel
}
