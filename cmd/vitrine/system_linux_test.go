package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"vitrine/store/storetest"
)

// tie lets a child process end with the tests; with mounts it sees mounts of its own.
func tie(cmd *exec.Cmd, mounts bool) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if mounts {
		cmd.SysProcAttr.Unshareflags = syscall.CLONE_NEWNS
	}
}

// useResolver puts file in the place of /etc/resolv.conf, for this process alone.
func useResolver(file string) {
	if file == "" {
		return
	}
	err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "")
	if err == nil {
		err = syscall.Mount(file, "/etc/resolv.conf", "", syscall.MS_BIND, "")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "use another resolv.conf:", err)
		os.Exit(exitFailed)
	}
}

// limitDescriptors bounds what this process may open.
func limitDescriptors(to string) {
	if to == "" {
		return
	}
	n, err := strconv.ParseUint(to, 10, 32)
	if err == nil {
		err = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: n, Max: n})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "limit descriptors:", err)
		os.Exit(exitFailed)
	}
}

// A folder whose disk has no room for a page is told, not only one that cannot be written at all.
func TestCheckFindsFullDisk(t *testing.T) {
	needRoot(t, "a disk of the test's own")
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=128k"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	var f findings
	checkFolder(&f, "PUBLIC_DIR", dir)
	if len(f) != 1 || f[0].Level != "warn" || !strings.Contains(f[0].Sentence, "no space left") {
		t.Errorf("%+v", f)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestStuckDisk guards I7 on a disk that takes no write and gives no error: visitors notice nothing, whoever asks for a
// refresh is told after REFRESH_TIMEOUT, and the next refresh works when the disk does.
func TestStuckDisk(t *testing.T) {
	needRoot(t, "a disk of the test's own")
	t.Parallel()
	dir, image := t.TempDir(), filepath.Join(t.TempDir(), "disk")
	command := func(name string, args ...string) error {
		out, err := exec.Command(name, args...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s: %w %s", name, err, out)
		}
		return nil
	}
	if err := os.WriteFile(image, make([]byte, 16<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := command("mkfs.ext4", "-q", image); err != nil {
		t.Fatal(err)
	}
	if err := command("mount", "-o", "loop", image, dir); err != nil {
		storetest.Missing(t, "a loop device ("+err.Error()+")", "util-linux")
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	c := serve(t, dir, "REFRESH_TOKEN=secret", "REFRESH_TIMEOUT=2000")
	c.page(cardMark)
	if err := command("fsfreeze", "-f", dir); err != nil {
		t.Fatal(err)
	}
	thaw := sync.OnceValue(func() error { return command("fsfreeze", "-u", dir) })
	t.Cleanup(func() { _ = thaw() })
	code, body, err := c.refresh(t.Context(), "")
	if err != nil || code != http.StatusGatewayTimeout {
		t.Errorf("while the disk is stuck: %d %s %v", code, body, err)
	}
	if code, _, _ := c.get("/"); code != http.StatusOK {
		t.Errorf("a visitor gets %d", code)
	}
	if err := thaw(); err != nil {
		t.Fatal(err)
	}
	c.until("a refresh succeeds", func() bool {
		code, _, err := c.refresh(t.Context(), "")
		return err == nil && code == http.StatusOK
	})
}
