package main

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"vitrine/store/storetest"
)

// TestNothingHangs guards I7: what an author's folder may hold that never ends costs the edit alone. It is told, the
// page is refreshed with the templates before, it heals when the cause is gone, and the program ends when asked.
func TestNothingHangs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	folder := filepath.Join(dir, "look")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	c := serve(t, dir, "TEMPLATES_DIR="+folder, "REFRESH_TOKEN=secret", "REFRESH_TIMEOUT=4000")
	c.page("</html>")
	wrong := func(part string) {
		c.until("the status says "+part, func() bool { return strings.Contains(c.status().Templates.Error, part) })
		c.until("a refresh succeeds", func() bool {
			ctx, cancel := context.WithTimeout(context.Background(), settle)
			defer cancel()
			code, body, err := c.refresh(ctx, "")
			if err != nil || code != http.StatusOK && code != http.StatusTooManyRequests {
				t.Fatalf("refresh: %d %s %v", code, body, err)
			}
			return code == http.StatusOK
		})
	}
	home := filepath.Join(folder, "footer.html")
	write := func(text string) {
		if err := os.WriteFile(home, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("<footer>{{range 100000000000}}{{end}}</footer>")
	wrong("without end")
	write("<footer>mended</footer>")
	c.page("mended")

	pipe := filepath.Join(folder, "pipe.html")
	if out, err := exec.Command("mkfifo", pipe).CombinedOutput(); err != nil {
		t.Fatalf("mkfifo: %v %s", err, out)
	}
	wrong("pipe.html")
	if err := os.Remove(pipe); err != nil {
		t.Fatal(err)
	}
	c.until("the templates are whole", func() bool { return c.status().Templates.Error == "" })

	write("<footer>{{range 100000000000}}{{end}}</footer>")
	if code := c.stop(syscall.SIGTERM); code != exitOK {
		t.Errorf("exit code %d", code)
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
		if out, err := exec.Command("mkfifo", path).CombinedOutput(); err != nil {
			t.Fatalf("mkfifo: %v %s", err, out)
		}
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
	locked := storetest.Open(t, url)
	tx, err := locked.BeginTx(t.Context(), nil)
	if err == nil {
		_, err = tx.Exec("LOCK TABLE products IN ACCESS EXCLUSIVE MODE")
	}
	if err != nil {
		t.Fatal(err)
	}
	c := serve(t, t.TempDir(), "DATABASE_URL="+url, "REFRESH_TOKEN=secret", "REFRESH_TIMEOUT=4000")
	c.until("the first refresh waits", func() bool {
		return storetest.Value(t, url, "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'products'::regclass") != "0"
	})
	code, body, err := c.refresh(t.Context(), "")
	if err != nil || code != http.StatusGatewayTimeout || !strings.Contains(body, "status.json") {
		t.Errorf("%d %s %v", code, body, err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	c.page("Lamp")
}
