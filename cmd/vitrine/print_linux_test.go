package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// TestPrintedImage runs the program as the printed Dockerfile has it, without Docker: in a root of its own that is
// mounted read-only and holds what the file copies there and no more, as its user, with its variables and commands.
func TestPrintedImage(t *testing.T) {
	needRoot(t, "a root of the test's own")
	t.Parallel()
	file := printed(t, "docker")
	line := func(pattern string) []string {
		m := regexp.MustCompile("(?m)^" + pattern + "$").FindStringSubmatch(file)
		if m == nil {
			t.Fatalf("no %s in the Dockerfile", pattern)
		}
		return m[1:]
	}
	words := func(list string) []string { return strings.Split(strings.ReplaceAll(list, `"`, ""), ", ") }
	root := t.TempDir()
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", root+line("COPY vitrine (/.*)")[0], ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	data := line("VOLUME (/.*)")[0]
	for _, dir := range []string{data, data + "/public", data + "/state"} {
		if err := os.Mkdir(root+dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(root+dir, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	bind := func(dir string, flags uintptr) {
		for _, f := range []uintptr{syscall.MS_BIND, syscall.MS_BIND | syscall.MS_REMOUNT | flags} {
			if err := syscall.Mount(dir, dir, "", f, ""); err != nil {
				t.Fatal(err)
			}
		}
		t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	}
	bind(root, syscall.MS_RDONLY)
	bind(root+data, 0)
	inside := func(c *exec.Cmd) {
		c.Path, c.Dir = c.Args[0], line("WORKDIR (.*)")[0]
		c.Err = nil // the program is looked for inside
		c.Env = append(strings.Fields(line("ENV (.*)")[0]), "ADMIN_ADDR=127.0.0.1:0", "LISTEN_ADDR=127.0.0.1:0",
			"DATABASE_URL=demo:", "REFRESH_SCHEDULE=0 0 1 1 *")
		if user := line("USER (.*)")[0]; user != "65534:65534" {
			t.Fatalf("USER %s", user)
		}
		c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Chroot: root,
			Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	entry := append(words(line(`ENTRYPOINT \[(.*)\]`)[0]), words(line(`CMD \[(.*)\]`)[0])...)
	cmd := exec.Command(entry[0], entry[1:]...)
	inside(cmd)
	c := follow(t, cmd)
	c.listening()
	c.page("</html>")
	health := words(line(`HEALTHCHECK .* CMD \[(.*)\]`)[0])
	c.until("it is healthy", func() bool {
		check := exec.Command(health[0], health[1:]...)
		inside(check)
		return check.Run() == nil
	})
	c.until("the page is compressed", func() bool {
		_, err := os.Stat(filepath.Join(root, data, "public/index.html.br"))
		return err == nil
	})
	for _, name := range []string{"public/index.html", "public/index.html.br", "state/state.json"} {
		info, err := os.Stat(filepath.Join(root, data, name))
		if err != nil || info.Sys().(*syscall.Stat_t).Uid != 65534 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if code := c.stop(syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
