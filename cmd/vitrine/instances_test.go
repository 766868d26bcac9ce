package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vitrine/render/status"
	"vitrine/store/storetest"
)

// What the instances of TestManyInstances are set to.
const (
	instances         = 5
	instancesInterval = 2 * time.Second
	instancesJitter   = time.Second
)

// fleet is several instances over one database, with nginx before them.
type fleet struct {
	t           *testing.T
	url         string   // of nginx
	vars        []string // of every instance
	dirs, addrs []string

	all []*child
}

// TestManyInstances: five instances are killed and started again at random behind nginx, while visitors come and the
// catalogue changes: no request fails, and within one interval plus jitter all have the same page. VITRINE_LONG=1 does
// it for minutes.
func TestManyInstances(t *testing.T) {
	t.Parallel()
	kills := 4
	if longForm() {
		kills = 100
	}
	db := storetest.Server(t).NewDatabase(t)
	initialised(t, db, product("lamp", "Lamp 0", "Lamps", 1), product("rug", "Rug", "Rugs", 2))
	f := newFleet(t, db)
	ctx, stop := context.WithCancel(t.Context())
	var visitors sync.WaitGroup
	var answers atomic.Int64
	for range 4 { // some hundred visits a second
		visitors.Go(func() { f.visit(ctx, &answers) })
	}
	for n := range kills {
		storetest.Exec(t, db, fmt.Sprintf("UPDATE products SET name = 'Lamp %d' WHERE slug = 'lamp'", n+1))
		f.killOne()
		time.Sleep(rand.N(instancesInterval / 2)) // any moment of the interval
	}
	storetest.Exec(t, db, "UPDATE products SET name = 'The last lamp' WHERE slug = 'lamp'")
	changed := time.Now()
	f.agree("The last lamp")
	took := time.Since(changed)
	stop()
	visitors.Wait()
	if limit := instancesInterval + instancesJitter + recoverySlack; longForm() && took > limit {
		t.Errorf("all agree after %s", took)
	}
	f.spread()
	fmt.Printf("| one of five instances killed under load behind nginx, %d answers | %d | %d | all agree in %.1f s |\n",
		answers.Load(), kills, kills, took.Seconds())
}

// TestManyInstancesNotified: instances that the database notifies have the same new page after a commit. VITRINE_LONG=1
// has five of them, and 20 commits, and demands that it takes no more than 2 s, which a busy machine may not hold.
func TestManyInstancesNotified(t *testing.T) {
	t.Parallel()
	count, commits := 2, 1
	if longForm() {
		count, commits = instances, 20
	}
	db := notifyingDatabase(t)
	f := &fleet{t: t}
	for range count {
		f.all = append(f.all, serve(t, t.TempDir(), "DATABASE_URL="+db, "NOTIFY_CHANNEL=vitrine"))
	}
	for _, c := range f.all {
		c.listens()
	}
	var worst time.Duration
	for n := range commits {
		name := fmt.Sprintf("Lamp %d.", n)
		storetest.Exec(t, db, "UPDATE products SET name = '"+name+"'")
		committed := time.Now()
		f.agree(name)
		worst = max(worst, time.Since(committed))
	}
	if longForm() && worst > 2*time.Second {
		t.Errorf("all agree after %s", worst)
	}
	fmt.Printf("| edit committed, %d instances notified | %d | %d | all agree in %.1f s |\n",
		count, commits, commits, worst.Seconds())
}

// newFleet starts the instances, waits until all have a page, and puts nginx before them.
func newFleet(t *testing.T, db string) *fleet {
	f := &fleet{t: t, vars: []string{"DATABASE_URL=" + db, "REFRESH_SCHEDULE=@every " + instancesInterval.String(),
		fmt.Sprintf("REFRESH_JITTER=%d", instancesJitter.Milliseconds())}}
	upstream := ""
	for i := range instances {
		f.dirs, f.addrs = append(f.dirs, t.TempDir()), append(f.addrs, freeAddr(t))
		f.all = append(f.all, serve(t, f.dirs[i], append(f.vars, "LISTEN_ADDR="+f.addrs[i])...))
		upstream += "\t\tserver " + f.addrs[i] + " max_fails=0;\n" // it is back within a second
	}
	for _, c := range f.all {
		c.page("Lamp 0")
	}
	listen := freeAddr(t)
	f.url = "http://" + listen + "/"
	runServer(t, t.TempDir(), listen, nginxHead+`
	upstream vitrine {
`+upstream+`		keepalive 16;
	}
	server {
		listen `+listen+`;
		location / {
			proxy_pass http://vitrine;
			proxy_http_version 1.1; # an answer to a plain visit is one write then: whole, or not begun
			proxy_set_header Connection "";
			proxy_connect_timeout 1s;
			proxy_next_upstream error timeout http_502 http_503;
		}
	}
}
`, nginxArgs...)
	return f
}

// freeAddr is an address of this machine that nobody listens on.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// runServer runs a server over the configuration conf in dir until the test ends, and waits until it listens.
func runServer(t *testing.T, dir, listen, conf string, argv ...string) {
	t.Helper()
	path, err := exec.LookPath(argv[0])
	if err != nil {
		storetest.Missing(t, argv[0], argv[0])
	}
	if err := os.WriteFile(filepath.Join(dir, "conf"), []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	said, err := os.Create(filepath.Join(dir, "said"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, argv[1:]...)
	cmd.Dir, cmd.Stderr, cmd.Env = dir, said, append(os.Environ(), "HOME="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Signal(os.Interrupt); _ = cmd.Wait(); said.Close() })
	for end := time.Now().Add(settle); ; time.Sleep(5 * time.Millisecond) {
		if c, err := net.Dial("tcp", listen); err == nil {
			c.Close()
			return
		}
		if time.Now().After(end) {
			text, _ := os.ReadFile(said.Name())
			t.Fatalf("%s does not listen: %s", argv[0], text)
		}
	}
}

// visit asks for the page through nginx until ctx ends; every answer must be the whole page.
func (f *fleet) visit(ctx context.Context, answers *atomic.Int64) {
	client := &http.Client{Transport: &http.Transport{}, Timeout: settle}
	defer client.CloseIdleConnections()
	for ctx.Err() == nil && !f.t.Failed() {
		resp, err := client.Get(f.url)
		if err != nil {
			f.t.Errorf("a visit: %v", err)
			return
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || !strings.HasSuffix(strings.TrimSpace(string(body)), "</html>") {
			f.t.Errorf("a visit: %d, %d bytes, %v", resp.StatusCode, len(body), err)
		}
		answers.Add(1)
		time.Sleep(5 * time.Millisecond)
	}
}

// killOne kills an instance as a crash does, and starts it again over the same folders and address.
func (f *fleet) killOne() {
	f.t.Helper()
	i := rand.N(instances)
	_ = f.all[i].cmd.Process.Kill()
	f.all[i].wait()
	f.all[i] = serve(f.t, f.dirs[i], append(f.vars, "LISTEN_ADDR="+f.addrs[i])...)
}

// agree waits until all instances show text, with the same bytes under the same ETag.
func (f *fleet) agree(text string) {
	f.t.Helper()
	page, tag := f.all[0].page(text), f.all[0].status().Page.ETag
	for _, c := range f.all[1:] {
		if other, otherTag := c.page(text), c.status().Page.ETag; other != page || otherTag != tag {
			f.t.Errorf("two pages: %d and %d bytes, %s and %s", len(page), len(other), tag, otherTag)
		}
	}
}

// spread guards that instances do not ask the database in one moment although their schedules have the same ticks.
func (f *fleet) spread() {
	f.t.Helper()
	var late []time.Duration // after the tick
	for _, c := range f.all {
		for _, h := range c.status().History {
			if h.Trigger == status.TriggerSchedule {
				late = append(late, h.At.Sub(h.At.Truncate(time.Second)))
			}
		}
	}
	if len(late) < instances || slices.Max(late)-slices.Min(late) < instancesJitter/5 {
		f.t.Errorf("the instances ask at the same moment: %s after their ticks", late)
	}
}
