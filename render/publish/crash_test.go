package publish

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Some tests need a publisher that can be killed: this test binary once more, told by its environment to publish one
// edition.
const (
	envChildPublic  = "VITRINE_TEST_PUBLIC"
	envChildState   = "VITRINE_TEST_STATE"
	envChildEdition = "VITRINE_TEST_EDITION"
)

func init() {
	if os.Getenv(envChildPublic) == "" {
		return
	}
	runtime.LockOSThread() // one thread makes all calls, so that the n-th call is the same in every run
	n, err := strconv.Atoi(os.Getenv(envChildEdition))
	if err == nil {
		err = publishChild(n)
	}
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println("done")
	os.Exit(0)
}

// cycle is how many editions a child that goes on for ever takes in turn.
const cycle = 20

// publishChild publishes edition n, or, for a negative n, one edition after the other until it is killed: those of
// the cycle for -1, and for others those from -n on.
func publishChild(n int) error {
	p, err := Open(os.Getenv(envChildPublic), os.Getenv(envChildState), slog.New(slog.NewTextHandler(os.Stdout, nil)))
	if err != nil {
		return err
	}
	if n >= 0 {
		return p.publish(context.Background(), newEdition(n))
	}
	number := func(i int) int { return i - n }
	if n == -1 {
		number = func(i int) int { return (i+1)%cycle + 1 }
	}
	for i := 0; ; i++ {
		n := number(i)
		if err := p.publish(context.Background(), newEdition(n)); err != nil {
			return err
		}
		fmt.Println(n)
		time.Sleep(rand.N(2 * time.Millisecond)) // lets others have the lock
	}
}

// child is the command that publishes edition n, prefixed by words such as strace's.
func (f folders) child(t testing.TB, n int, prefix ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	must(t, err)
	words := append(prefix, exe)
	cmd := exec.CommandContext(t.Context(), words[0], words[1:]...)
	cmd.Env = append(os.Environ(), envChildPublic+"="+f.public, envChildState+"="+f.state,
		envChildEdition+"="+strconv.Itoa(n),
		"GOMAXPROCS=1", "GORACE=atexit_sleep_ms=0") // the race detector's second of sleep at the end finds nothing here
	return cmd
}

// everyEdition lists what a child that goes on for ever may have published.
func everyEdition() (out []int) {
	for n := 1; n <= cycle; n++ {
		out = append(out, n)
	}
	return out
}

// TestKilledAtAnyMoment needs no strace: publishers are killed at random moments, and what they leave is looked at and
// healed.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	rounds := 3
	if os.Getenv("VITRINE_LONG") != "" {
		rounds = 200
	}
	f := published(t, 1)
	for round := range rounds {
		cmd := f.child(t, -1)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		_, err = out.Read(make([]byte, 1)) // its first publish is done, it is in the midst of the next
		must(t, err)
		time.Sleep(rand.N(3 * time.Millisecond)) // the moment of the kill, nothing is awaited
		must(t, cmd.Process.Kill())
		_, _ = io.Copy(io.Discard, out)
		_ = cmd.Wait() // it was killed
		if problem := f.survey(everyEdition()...); problem != "" {
			t.Fatalf("round %d: %s", round, problem)
		}
		if problem := f.heal(t, round%cycle+1); problem != "" {
			t.Fatalf("round %d: %s", round, problem)
		}
	}
	fmt.Printf("| publisher killed at a random moment | %d | %d | next run |\n", rounds, rounds)
}

// TestTwoPublishers guards I5 with two processes and this one over one pair of folders: every reader sees whole
// editions, and what Load gives belongs together, with and without the lock.
func TestTwoPublishers(t *testing.T) {
	t.Parallel()
	f := published(t, 1)
	var said [2]atomic.Int64 // lines that the publishers wrote
	var lookers, listeners sync.WaitGroup
	var children []*exec.Cmd
	for i := range 2 {
		cmd := f.child(t, -1)
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		children = append(children, cmd)
		listeners.Go(func() {
			for lines := bufio.NewScanner(out); lines.Scan(); said[i].Add(1) {
				if strings.Contains(lines.Text(), "error") {
					t.Errorf("publisher %d: %s", i, lines.Text())
				}
			}
		})
	}
	whole := map[string]int{}
	for _, n := range everyEdition() {
		whole[string(newEdition(n).body)] = n
	}
	var reads, loads, own atomic.Int64
	enough := int64(4) // of each
	if os.Getenv("VITRINE_LONG") != "" {
		enough = 1000
	}
	done := func() bool {
		return t.Failed() || min(said[0].Load(), said[1].Load(), reads.Load(), loads.Load(), own.Load()) >= enough
	}
	reader := func(look func() error, count *atomic.Int64) {
		lookers.Go(func() {
			for !done() {
				if err := look(); err != nil {
					t.Error(err)
					return
				}
				count.Add(1)
			}
		})
	}
	reader(func() error {
		body, err := os.ReadFile(filepath.Join(f.public, PageFile))
		if err == nil && whole[string(body)] == 0 {
			err = fmt.Errorf("read no whole edition: %q", body)
		}
		return err
	}, &reads)
	p := f.open(t)
	reader(func() error {
		st, body, err := p.Load()
		if err == nil && (st.Page == nil || ETag(body) != st.Page.Info.ETag) {
			err = errors.New("loaded a page without the record that belongs to it")
		}
		return err
	}, &loads)
	reader(func() error { return f.open(t).publish(t.Context(), newEdition(1+rand.N(cycle))) }, &own)
	lookers.Wait()
	for _, cmd := range children {
		must(t, cmd.Process.Signal(syscall.SIGKILL))
	}
	listeners.Wait()
	for _, cmd := range children {
		_ = cmd.Wait() // it was killed
	}
	if problem := f.heal(t, 3); problem != "" || t.Failed() {
		t.Fatal(problem)
	}
	publishes := said[0].Load() + said[1].Load() + own.Load()
	fmt.Printf("| publish beside two other publishers (%d reads, none torn) | %d | %d | |\n", reads.Load()+loads.Load(),
		publishes, publishes)
}
