package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vitrine/render/status"
	"vitrine/store/storetest"
)

// settle is how long a test waits for something that should happen within a second or so: far beyond it, since machines
// are shared.
const settle = time.Minute

// child is the program in a process of its own, in a folder of its own.
type child struct {
	t             testing.TB
	dir           string
	cmd           *exec.Cmd
	url, adminURL string
	done          chan error

	mu  sync.Mutex
	log []string
}

// start runs vitrine with args in dir; variables are NAME=value. It does not wait.
func start(t testing.TB, dir string, variables []string, args ...string) *child {
	t.Helper()
	return follow(t, command(t, dir, variables, args...))
}

// initialised makes vitrine's own tables in a database through the program itself, and runs statements there.
func initialised(t testing.TB, url string, statements ...string) {
	t.Helper()
	if code, said := output(t, "", []string{"DATABASE_URL=" + url}, "init", "--yes"); code != exitOK {
		t.Fatalf("vitrine init: exit code %d: %s", code, said)
	}
	storetest.Exec(t, url, statements...)
}

// output runs a command to its end in this process, over the folders in dir, and returns its exit code and all that it
// says.
func output(t testing.TB, dir string, variables []string, args ...string) (int, string) {
	t.Helper()
	said, err := os.Create(filepath.Join(t.TempDir(), "said"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	folders := []string{"PUBLIC_DIR=" + filepath.Join(dir, "public"), "STATE_DIR=" + filepath.Join(dir, ".vitrine")}
	code := run(t.Context(), args, program{stdout: said, stderr: said, environ: append(folders, variables...)})
	text, err := os.ReadFile(said.Name())
	if err != nil {
		t.Fatal(err)
	}
	return code, string(text)
}

// command is vitrine with args in dir, to be started.
func command(t testing.TB, dir string, variables []string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Dir = dir
	cmd.Env = append([]string{
		runMain + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + os.TempDir(), "LOG_FORMAT=json",
		"GORACE=atexit_sleep_ms=0", // the race detector's second at every exit
		"LISTEN_ADDR=127.0.0.1:0", "ADMIN_ADDR=127.0.0.1:0",
		"REFRESH_SCHEDULE=0 0 1 1 *", // or a tick falls into what a test counts
	}, variables...)
	tie(cmd, slices.ContainsFunc(variables, func(v string) bool { return strings.HasPrefix(v, resolvFile+"=") }))
	return cmd
}

// follow starts the program and keeps its log, unless that goes elsewhere.
func follow(t testing.TB, cmd *exec.Cmd) *child {
	t.Helper()
	c := &child{t: t, dir: cmd.Dir, cmd: cmd, done: make(chan error, 1)}
	var log io.Reader = strings.NewReader("")
	if cmd.Stderr == nil {
		pipe, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		log = pipe
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		c.readLog(log)
		c.done <- c.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		if t.Failed() {
			t.Logf("log of %s:\n%s", strings.Join(cmd.Args, " "), c.logText())
		}
	})
	return c
}

// serve starts "vitrine serve" and waits until it listens.
func serve(t testing.TB, dir string, variables ...string) *child {
	t.Helper()
	args := []string{"serve"}
	if !strings.Contains(strings.Join(variables, "\n"), "DATABASE_URL=") {
		args = append(args, "--demo")
	}
	c := start(t, dir, variables, args...)
	c.listening()
	return c
}

// listening waits until the program listens.
func (c *child) listening() {
	c.t.Helper()
	c.until("it listens", func() bool {
		for _, line := range c.lines() {
			var l struct{ Msg, Public, Admin string }
			if json.Unmarshal([]byte(line), &l) == nil && l.Msg == "listening" {
				c.url, c.adminURL = "http://"+l.Public, "http://"+l.Admin
				return true
			}
		}
		return false
	})
}

func (c *child) readLog(r io.Reader) {
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		c.mu.Lock()
		c.log = append(c.log, s.Text())
		c.mu.Unlock()
	}
}

func (c *child) lines() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.log...)
}

func (c *child) logText() string { return strings.Join(c.lines(), "\n") }

// until polls ok until it is true; the test fails if the program ends or time runs out first.
func (c *child) until(what string, ok func() bool) {
	c.t.Helper()
	for end := time.Now().Add(settle); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
		select {
		case err := <-c.done:
			c.done <- err
			if ok() {
				return
			}
			c.t.Fatalf("the program ended before %s: %v\n%s", what, err, c.logText())
		default:
		}
	}
	c.t.Fatalf("not within %s: %s\n%s", settle, what, c.logText())
}

// stop sends sig and returns the exit code.
func (c *child) stop(sig syscall.Signal) int {
	c.t.Helper()
	if err := c.cmd.Process.Signal(sig); err != nil {
		c.t.Fatal(err)
	}
	return c.wait()
}

func (c *child) wait() int {
	c.t.Helper()
	select {
	case err := <-c.done:
		c.done <- err
		return c.cmd.ProcessState.ExitCode()
	case <-time.After(settle):
		c.t.Fatalf("the program does not end\n%s", c.logText())
		return -1
	}
}

// get returns status code, header and body of a path.
func (c *child) get(path string) (int, http.Header, string) {
	c.t.Helper()
	return c.fetch(c.url + path)
}

func (c *child) fetch(url string) (int, http.Header, string) {
	c.t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		c.t.Fatalf("get %s: %v\n%s", url, err, c.logText())
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatalf("read %s: %v", url, err)
	}
	return resp.StatusCode, resp.Header, string(body)
}

// page is the homepage once it contains text.
func (c *child) page(text string) string {
	c.t.Helper()
	var body string
	c.until("the page shows "+text, func() bool {
		var code int
		code, _, body = c.get("/")
		return code == http.StatusOK && strings.Contains(body, text)
	})
	return body
}

// status is the status document as the server answers it.
func (c *child) status() status.Status {
	c.t.Helper()
	_, _, body := c.get("/status.json")
	var st status.Status
	if err := json.Unmarshal([]byte(body), &st); err != nil {
		c.t.Fatalf("status.json: %v\n%s", err, body)
	}
	return st
}

// refresh is POST /refresh with the token "secret"; it returns the status code and the body.
func (c *child) refresh(ctx context.Context, query string) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.adminURL+"/refresh"+query, nil)
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Authorization", "Bearer secret")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), err
}

// ask is refresh at the pace that the server allows.
func (c *child) ask() (code int, body string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*settle) // a refresh has a minute
	defer cancel()
	for {
		code, body, err := c.refresh(ctx, "")
		if err != nil {
			c.t.Fatal(err)
		}
		if code != http.StatusTooManyRequests {
			return code, body
		}
		time.Sleep(200 * time.Millisecond) // what Retry-After asks for, in parts
	}
}

// refreshed refreshes by hand and wants a status code.
func (c *child) refreshed(want int) {
	c.t.Helper()
	if code, body := c.ask(); code != want {
		c.t.Fatalf("refresh: %d %s, want %d", code, body, want)
	}
}

// leftOvers lists the program's temporary files under its folder.
func leftOvers(t testing.TB, dir string) []string {
	t.Helper()
	var found []string
	for _, pattern := range []string{"public/.vitrine-*", "public/_vitrine/.vitrine-*",
		"public/_vitrine/demo/.vitrine-*", ".vitrine/.vitrine-*"} {
		m, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, m...)
	}
	return found
}
