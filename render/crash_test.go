package render

import (
	"bytes"
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
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Some tests need a publisher that can be killed: this test binary once more, told by its environment to publish one edition.
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

// publishChild publishes edition n, or, for a negative n, one edition after the other until it is killed.
func publishChild(n int) error {
	p, err := OpenPublic(os.Getenv(envChildPublic), os.Getenv(envChildState), slog.New(slog.NewTextHandler(os.Stdout, nil)))
	if err != nil {
		return err
	}
	if n >= 0 {
		return p.publish(context.Background(), newEdition(n))
	}
	for n = 1; ; n++ {
		if err := p.publish(context.Background(), newEdition(n%cycle+1)); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// child is the command that publishes edition n, prefixed by words such as strace's.
func (f folders) child(t testing.TB, n int, prefix ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	words := append(prefix, exe)
	cmd := exec.CommandContext(t.Context(), words[0], words[1:]...)
	cmd.Env = append(os.Environ(), envChildPublic+"="+f.public, envChildState+"="+f.state, envChildEdition+"="+strconv.Itoa(n), "GOMAXPROCS=1")
	return cmd
}

// everyEdition lists what a child that goes on for ever may have published.
func everyEdition() (out []int) {
	for n := 1; n <= cycle; n++ {
		out = append(out, n)
	}
	return out
}

// TestKilledAtAnyMoment needs no strace: publishers are killed at random moments, and what they leave is looked at and healed.
func TestKilledAtAnyMoment(t *testing.T) {
	rounds := 15
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
	t.Logf("killed %d publishers at random moments, 0 bad states", rounds)
}

// TestTwoPublishers guards I5 with two processes and this one over one pair of folders: every reader sees whole editions, and
// what Load gives belongs together, with and without the lock.
func TestTwoPublishers(t *testing.T) {
	f := published(t, 1)
	var children []*exec.Cmd
	var said [2]bytes.Buffer
	for i := range 2 {
		cmd := f.child(t, -1)
		cmd.Stdout = &said[i]
		must(t, cmd.Start())
		children = append(children, cmd)
	}
	whole := map[string]int{}
	for _, n := range everyEdition() {
		whole[string(newEdition(n).body)] = n
	}
	var reads, loads atomic.Int64
	var readers sync.WaitGroup
	end := time.Now().Add(700 * time.Millisecond)
	if os.Getenv("VITRINE_LONG") != "" {
		end = time.Now().Add(20 * time.Second)
	}
	reader := func(look func() error, count *atomic.Int64) {
		readers.Go(func() {
			for time.Now().Before(end) {
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
	reader(func() error { return f.open(t).publish(t.Context(), newEdition(1+rand.N(cycle))) }, new(atomic.Int64))
	readers.Wait()
	for i, cmd := range children {
		must(t, cmd.Process.Signal(syscall.SIGKILL))
		_ = cmd.Wait() // it was killed
		if strings.Contains(said[i].String(), "error") || strings.Count(said[i].String(), "\n") < 3 {
			t.Errorf("publisher %d said %q", i, said[i].String())
		}
	}
	if problem := f.heal(t, 3); problem != "" {
		t.Error(problem)
	}
	t.Logf("%d publishes of two processes, %d reads, %d loads: none torn", bytes.Count(slices.Concat(said[0].Bytes(), said[1].Bytes()), []byte("\n")),
		reads.Load(), loads.Load())
}
