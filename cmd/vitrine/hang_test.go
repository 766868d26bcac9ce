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
	for name, variable := range map[string]string{".env": "", "url": "DATABASE_URL_FILE=url"} {
		dir := t.TempDir()
		if out, err := exec.Command("mkfifo", filepath.Join(dir, name)).CombinedOutput(); err != nil {
			t.Fatalf("mkfifo: %v %s", err, out)
		}
		c := start(t, dir, []string{variable}, "render", "--demo")
		if code := c.wait(); code != exitUsage || !strings.Contains(c.logText(), "regular file") {
			t.Errorf("%s: exit code %d, %s", name, code, c.logText())
		}
	}
}
