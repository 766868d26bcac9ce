package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
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
