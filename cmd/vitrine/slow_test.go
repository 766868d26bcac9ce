package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestCrowds guards I1 on the whole program. The crowds measure, so nothing else runs beside them; in the short form,
// where they mostly wait, they run side by side.
func TestCrowds(t *testing.T) {
	for name, crowd := range map[string]func(*testing.T){"Slow": slowCrowd, "Idle": idleCrowds} {
		t.Run(name, func(t *testing.T) {
			if !longForm() {
				t.Parallel()
			}
			crowd(t)
		})
	}
}

// slowCrowd: clients that send a byte of their header every five seconds and come back when they are cut off, and idle
// ones, take neither time from a good client, whose visits take 100 ms in the median, nor memory for good.
// VITRINE_LONG=1 does it for a minute with 2,000 slow and 1,000 idle ones.
func slowCrowd(t *testing.T) {
	slow, idle, load := 200, 100, 6*time.Second // longer than the server lets a header take
	if longForm() {
		slow, idle, load = 2000, 1000, time.Minute
	}
	c := serve(t, t.TempDir())
	c.page("</html>")
	for range 200 {
		visitOnce(t, c.url+"/")
	}
	before := c.memory()

	addr := strings.TrimPrefix(c.url, "http://")
	end := time.Now().Add(load)
	var crowd sync.WaitGroup
	for range slow {
		crowd.Go(func() {
			for time.Now().Before(end) {
				stall(t, addr, end, 5*time.Second)
			}
		})
	}
	for range idle {
		crowd.Go(func() { stall(t, addr, end, 0) })
	}
	var took []time.Duration
	late := 0
	for time.Now().Before(end) {
		took = append(took, visitOnce(t, c.url+"/"))
		if took[len(took)-1] > 100*time.Millisecond {
			late++
		}
		time.Sleep(5 * time.Millisecond)
	}
	slices.Sort(took)
	answers, median, worst := len(took), took[len(took)/2], took[len(took)-1]
	during := c.memory()
	crowd.Wait()
	if longForm() { // a short load says little of it
		for end := time.Now().Add(settle); c.memory() > before+before/10; visitOnce(t, c.url+"/") { // visitors go on coming
			if time.Now().After(end) {
				t.Fatalf("memory is not back within 10 %%: %d, %d, %d MB", before>>20, during>>20, c.memory()>>20)
			}
		}
	}
	fmt.Printf("| visit beside %d slow and %d idle connections for %s (slowest %d ms; memory %d, %d, then %d MB) | %d "+
		"| %d in 100 ms | |\n",
		slow, idle, load, worst.Milliseconds(), before>>20, during>>20, c.memory()>>20, answers, answers-late)
	if median > 100*time.Millisecond {
		t.Errorf("half of the visits took more than %s, the slowest %s", median, worst)
	}
}

// stall holds a connection until the server or the end cuts it off: silent, or with a byte of a header that never ends
// at each step.
func stall(t *testing.T, addr string, end time.Time, step time.Duration) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	if step == 0 {
		_ = conn.SetReadDeadline(end)
		_, _ = conn.Read(make([]byte, 1))
		return
	}
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
	for err == nil && time.Now().Before(end) {
		_, _ = conn.Write([]byte("a"))
		_ = conn.SetReadDeadline(time.Now().Add(min(step, time.Until(end))))
		if _, err = conn.Read(make([]byte, 1)); os.IsTimeout(err) {
			err = nil
		}
	}
}

// memory is the program's resident set in bytes (VmRSS, proc(5)).
func (c *child) memory() int {
	c.t.Helper()
	text, err := os.ReadFile("/proc/" + strconv.Itoa(c.cmd.Process.Pid) + "/status")
	if err != nil {
		c.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		c.t.Fatal(err)
	}
	return kb << 10
}
