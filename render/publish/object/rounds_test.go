package object

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vitrine/store"
	"vitrine/store/storetest"
)

// What a process of this test binary is told that publishes until it is killed.
const (
	childTo      = "OBJECT_TEST_ENDPOINT"
	childVersion = "OBJECT_TEST_VERSION"
)

// publishAndDie is the life of that process: it says when it begins to publish.
func publishAndDie() bool {
	if os.Getenv(childTo) == "" {
		return false
	}
	version, err := strconv.ParseInt(os.Getenv(childVersion), 10, 64)
	if err != nil {
		panic(err)
	}
	b, err := Open(Options{To: "s3://shop/site", Endpoint: os.Getenv(childTo),
		KeyID: "storetest", Secret: "storetest-secret", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		panic(err)
	}
	fmt.Println("publishing")
	_, err = b.Publish(context.Background(), edition(version))
	fmt.Println(err)
	return true
}

// crowd is five publishers over one bucket, each with trouble of its own.
type crowd struct {
	t       *testing.T
	storage *storetest.Storage
	wires   []*storetest.Wire
	next    int64 // data version
	counts  map[string]int
	busy    atomic.Int64 // of a hundred requests, so many are answered with 503
	front   string       // the address that throttles
}

const publishers = 5

// TestFivePublishers: whatever happens to publishers of different data versions, what is up is always one whole page,
// and never an older one than was up before; when they are left alone, the newest is up. 20 rounds, or 1,000 with
// VITRINE_LONG=1.
func TestFivePublishers(t *testing.T) {
	t.Parallel()
	rounds := 20
	if os.Getenv("VITRINE_LONG") != "" {
		rounds = 1000
	}
	c := &crowd{t: t, storage: storetest.S3(t), next: 2, counts: map[string]int{}}
	c.front = between(t, c.storage, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if rand.Int64N(100) >= c.busy.Load() {
			next.ServeHTTP(w, r)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, "<Error><Code>SlowDown</Code></Error>")
	})
	for range publishers {
		c.wires = append(c.wires, storetest.Proxy(t, strings.TrimPrefix(c.front, "http://")))
	}
	published(t, open(t, c.storage), edition(1), uploaded)
	stop, newest := make(chan struct{}), make(chan int64)
	go func() { newest <- c.watch(stop) }()
	for range rounds {
		c.round()
	}
	close(stop)
	if last, want := <-newest, c.next-1; last != want {
		t.Errorf("version %d was the last to be seen, want %d", last, want)
	}
	for name, n := range c.counts {
		fmt.Printf("| object storage: %s, five publishers at once | %d | %d | the same round |\n", name, n, n)
	}
}

// watch reads the page again and again, as a CDN does, and returns the version that was seen last.
func (c *crowd) watch(stop chan struct{}) (seen int64) {
	for last := false; !last && !c.t.Failed(); {
		select {
		case <-stop:
			last = true
		default:
		}
		body, head := c.storage.Get(c.t, "site/index.html")
		version := versionOf(c.t, body)
		if version < seen {
			c.t.Errorf("version %d is up, after version %d was", version, seen)
		}
		if coding := head.Get("Content-Encoding"); coding != "" {
			c.t.Errorf("stored in the coding %q", coding)
		}
		seen = version
	}
	return seen
}

// round lets all five publish at once, each a version of its own, in random order, under one kind of trouble; what was
// newest among those who were not stopped must be up in the end.
func (c *crowd) round() {
	troubles := []string{"none", "killed", "connection cut", "throttled", "clock wrong", "denied", "silent"}
	trouble := troubles[rand.N(len(troubles))]
	c.counts[trouble]++
	c.busy.Store(map[string]int64{"throttled": 40}[trouble])
	order := rand.Perm(publishers)
	var group sync.WaitGroup
	for i, wire := range c.wires {
		page := edition(c.next + int64(order[i]))
		hit := i == 0 && page.Version != c.next+publishers-1 // the newest of all gets through
		o := func(o *Options) { o.Endpoint = "http://" + wire.Addr() }
		b := open(c.t, c.storage, o)
		switch {
		case trouble == "clock wrong":
			page.DataAt = page.DataAt.Add(time.Duration(rand.Int64N(int64(48*time.Hour))) - 24*time.Hour)
		case hit && trouble == "denied":
			b = open(c.t, c.storage, o, func(o *Options) { o.Secret = "wrong" })
		case hit && trouble == "killed":
			group.Go(func() { c.kill(wire, page.Version) })
			continue
		case hit && trouble == "connection cut":
			group.Go(func() { time.Sleep(rand.N(20 * time.Millisecond)); wire.RST() })
		case hit && trouble == "silent":
			wire.FreezeAfter(rand.N(2000))
		}
		group.Go(func() { c.publish(b, page, hit) })
	}
	group.Wait()
	for _, wire := range c.wires {
		wire.Thaw()
	}
	c.next += publishers
	body, _ := c.storage.Get(c.t, "site/index.html")
	if got := versionOf(c.t, body); got != c.next-1 {
		c.t.Errorf("after a round with trouble %q version %d is up, want %d", trouble, got, c.next-1)
	}
}

// publish tries until it has an answer, as the worker does; who was hit may fail.
func (c *crowd) publish(b *Bucket, page Page, hit bool) {
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	if hit {
		cancel()
		ctx, cancel = context.WithTimeout(c.t.Context(), 200*time.Millisecond)
	}
	defer cancel()
	for {
		_, err := b.Publish(ctx, page)
		if err == nil || hit {
			return
		}
		if ctx.Err() != nil {
			c.t.Errorf("version %d: %s", page.Version, store.Sentence(err))
			return
		}
	}
}

// kill publishes in a process of its own, which is killed in the middle of it.
func (c *crowd) kill(wire *storetest.Wire, version int64) {
	self, err := os.Executable()
	if err != nil {
		c.t.Error(err)
		return
	}
	cmd := exec.Command(self)
	cmd.Env = []string{childTo + "=http://" + wire.Addr(), childVersion + "=" + strconv.FormatInt(version, 10),
		"GORACE=atexit_sleep_ms=0"}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		c.t.Error(err)
		return
	}
	_, _ = out.Read(make([]byte, 1))
	time.Sleep(rand.N(40 * time.Millisecond)) // any moment of it
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}
