package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"vitrine/render/status"
)

// checkPorts sees whether the two addresses can be listened on, or are in use by this very shop's server.
func checkPorts(ctx context.Context, f *findings, c config) {
	ours := false
	for _, one := range [][2]string{{"LISTEN_ADDR", c.ListenAddr}, {"ADMIN_ADDR", c.AdminAddr}} {
		name, addr := one[0], one[1]
		if addr == "" {
			f.add("pass", name, "off")
			continue
		}
		ln, err := listenOn(ctx, addr)
		switch {
		case err == nil:
			f.add("pass", name, "%s is free", addr)
			_ = ln.Close() // nothing was accepted
		case errors.Is(err, syscall.EADDRINUSE) && (ours || isOurServer(ctx, c, addr)):
			ours = true
			f.add("pass", name, "%s is in use by this shop's own server", addr)
		case errors.Is(err, syscall.EADDRINUSE):
			f.add("fail", name, "%s is in use by another program: stop that one, or set another address",
				addr).Fix = otherAddr(name, addr, err)
		default:
			why := strings.TrimPrefix(listenError(name, addr, err).Error(), name+" ")
			f.add("fail", name, "%s", why).Fix = otherAddr(name, addr, err)
		}
	}
}

// isOurServer asks whoever listens for its status, and compares its process with that of the status file.
func isOurServer(ctx context.Context, c config, addr string) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	raw, err := fetchStatus(ctx, browserURL(addr))
	var theirs status.Status
	if err != nil || json.Unmarshal(raw, &theirs) != nil {
		return false
	}
	mine, err := readStatusFile(c)
	return err == nil && theirs.Schema > 0 && theirs.Process.PID == mine.Process.PID
}

// otherAddr is a setting that would work: the next port that is free, or all addresses of this machine.
func otherAddr(name, addr string, err error) string {
	host, port, splitErr := net.SplitHostPort(addr)
	n, _ := strconv.Atoi(port) // parseConfig has refused what is no number
	if splitErr != nil {       // a Unix socket
		return ""
	}
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
	case errors.Is(err, syscall.EACCES):
		n = max(n, 8079)
	default:
		host, n = map[string]string{"ADMIN_ADDR": "127.0.0.1"}[name], n-1
	}
	for range 100 {
		n++
		next := net.JoinHostPort(host, strconv.Itoa(n))
		if ln, err := net.Listen("tcp", next); err == nil {
			_ = ln.Close() // nothing was accepted
			return name + "=" + next
		}
	}
	return ""
}

// roomForPage is what checkFolder tries to write: a page of a few hundred products. Below scarce, free space is told.
const (
	roomForPage = 256 << 10
	scarce      = 64 << 20
)

// checkFolder sees whether a file of a page's size can be made in dir, or in the nearest folder above that is there.
func checkFolder(f *findings, name, dir string) {
	at := dir
	for _, err := os.Stat(at); err != nil && filepath.Dir(at) != at; _, err = os.Stat(at) {
		at = filepath.Dir(at)
	}
	probe, err := os.CreateTemp(at, ".vitrine-check-*")
	if err != nil {
		f.add("warn", name, "%s cannot be written (%s): the page would be served from memory and lost at a restart",
			dir, pathErr(err)).Fix = makeWritable(dir, at, err)
		return
	}
	_, err = probe.Write(make([]byte, roomForPage))
	err = errors.Join(err, probe.Sync(), probe.Close())
	removed := os.Remove(probe.Name())
	level, words := "pass", ""
	if d, ok := lookAtDisk(at); ok {
		level, words = d.words()
	}
	switch {
	case err != nil:
		f.add("warn", name, "%s has no room for a file of %d KB (%s): the last good page would stay up", dir,
			roomForPage>>10, pathErr(err))
	case removed != nil:
		f.add("warn", name, "a file made in %s cannot be removed (%s)", dir, pathErr(removed))
	default:
		f.add(level, name, "%s can be written%s", dir, words)
	}
}

// makeWritable is the command that makes a folder writable to whoever runs this.
func makeWritable(dir, at string, err error) string {
	switch {
	case errors.Is(err, syscall.ENOTDIR):
		return fmt.Sprintf("mv %s %s.kept", shellQuote(at), shellQuote(at))
	case errors.Is(err, os.ErrPermission):
		return fmt.Sprintf("sudo install -d -o %d -g %d %s", os.Getuid(), os.Getgid(), shellQuote(dir))
	}
	return ""
}

// shellQuote is text as one word of a shell.
func shellQuote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// disk is what a folder lies on.
type disk struct {
	kind string
	free uint64 // bytes
}

// words say on what a folder lies and how much is free; the level is warn where that is little.
func (d disk) words() (level, words string) {
	words = fmt.Sprintf(", on %s, %.1f GB free", d.kind, float64(d.free)/1e9)
	switch {
	case d.free < scarce:
		return "warn", words + ": when it is full, the page that is up stays and is not renewed. Make room there"
	case d.kind == "tmpfs":
		return "info", words + ": what lies in memory is gone after a restart of the machine"
	case d.kind == "overlay":
		return "info", words + ": a container's own layer is gone with " +
			"the container; mount a volume there to keep the last page"
	}
	return "pass", words
}

// readStatusFile is the status document that the server has written last.
func readStatusFile(c config) (st status.Status, err error) {
	raw, err := c.statusFile()
	if err == nil {
		err = json.Unmarshal(raw, &st)
	}
	return st, err
}

// checkStatusFile says how old the status is that a running server renews.
func checkStatusFile(f *findings, c config, now time.Time) {
	st, err := readStatusFile(c)
	switch {
	case errors.Is(err, os.ErrNotExist):
		f.add("info", "status", "no server has run here yet: there is no status.json in %s", c.PublicDir)
	case err != nil || st.Schema == 0:
		f.add("warn", "status", "status.json in %s cannot be read; a server that runs writes it anew",
			c.PublicDir).Fix = "vitrine render"
	case now.After(st.ValidUntil):
		f.add("warn", "status", "written %s ago, and not renewed since: no server runs here, or it is stuck",
			ago(now.Sub(st.GeneratedAt))).Fix = "vitrine serve"
	default:
		level := map[string]string{status.Pass: "pass"}[st.Status]
		f.add(cmp.Or(level, "info"), "status", "written %s ago: %s, %s", ago(now.Sub(st.GeneratedAt)), st.Status, st.Summary)
	}
}
