package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vitrine/store/storetest"
)

// TestNothingHangs guards I7: what an author's folder may hold that never ends costs the edit alone. It is told, the
// page is refreshed with the templates before, it heals when the cause is gone, and the program ends when asked, also
// while it tries what never ends.
func TestNothingHangs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder := filepath.Join(dir, "look")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	c := serve(t, dir, "TEMPLATES_DIR="+folder, "REFRESH_TOKEN=secret")
	c.page("</html>")
	told := func(part string) {
		t.Helper()
		c.until("the status says "+part, func() bool { return strings.Contains(c.status().Templates.Error, part) })
		c.refreshed(http.StatusOK)
	}
	footer := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, "footer.html"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const endless = "<footer>{{range 100000000000}}{{end}}</footer>"
	footer(endless) // it is tried for ten seconds
	told("without end")
	footer("<footer>mended</footer>")
	c.page("mended")
	pipe := filepath.Join(folder, "pipe.html")
	mkfifo(t, pipe)
	told("pipe.html")
	if err := os.Remove(pipe); err != nil {
		t.Fatal(err)
	}
	c.until("the templates are whole", func() bool { return c.status().Templates.Error == "" })

	footer(endless)
	time.Sleep(500 * time.Millisecond) // it is being tried
	if code := c.stop(syscall.SIGTERM); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

func mkfifo(t *testing.T, path string) {
	t.Helper()
	if out, err := exec.Command("mkfifo", path).CombinedOutput(); err != nil {
		t.Fatalf("mkfifo: %v %s", err, out)
	}
}

// TestPipesForFiles: a pipe in the place of a file that is read is told, and waited for never.
func TestPipesForFiles(t *testing.T) {
	t.Parallel()
	for _, f := range []struct{ name, variable, command, says string }{
		{".env", "", "render --demo", "regular file"},
		{"url", "DATABASE_URL_FILE=url", "render --demo", "regular file"},
		{"public/status.json", "", "status", "regular file"},
		{"public/status.json", "", "check", "cannot be read"},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, f.name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		mkfifo(t, path)
		c := command(t, dir, []string{f.variable}, strings.Fields(f.command)...)
		said, err := c.CombinedOutput()
		if code := c.ProcessState.ExitCode(); code != exitUsage || !strings.Contains(string(said), f.says) {
			t.Errorf("%s: exit code %d, %v, %s", f.command, code, err, said)
		}
	}
}

// TestRefreshOverHTTPIsAnswered guards I7: whoever waits for a refresh behind one that does not get on is told after
// REFRESH_TIMEOUT.
func TestRefreshOverHTTPIsAnswered(t *testing.T) {
	t.Parallel()
	url := ownShop(t, product("a", "Lamp", "Light", 1))
	unlock := lockProducts(t, url)
	c := serve(t, t.TempDir(), "DATABASE_URL="+url, "REFRESH_TOKEN=secret", "REFRESH_TIMEOUT=2000")
	c.until("the first refresh waits", func() bool {
		const waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'products'::regclass"
		return storetest.Value(t, url, waiting) != "0"
	})
	code, body, err := c.refresh(t.Context(), "")
	if err != nil || code != http.StatusGatewayTimeout || !strings.Contains(body, "status.json") {
		t.Errorf("%d %s %v", code, body, err)
	}
	unlock()
	c.page("Lamp")
}
