package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of times in /proc/PID/stat: Linux shows them as 1/100 s on every architecture that Go runs on (USER_HZ, proc(5)).
const tick = 10 * time.Millisecond

// stat is what the race reads in /proc/PID/stat (proc(5)).
type stat struct {
	pid, parent int
	state       byte
	cpu         time.Duration // user and system, children not included
	started     uint64        // ticks after boot
}

// parseStat reads one line. The name, in parentheses, may itself hold spaces and parentheses.
func parseStat(line string) (stat, error) {
	open, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 0 || end < open {
		return stat{}, fmt.Errorf("parse stat: no name in %q", line)
	}
	f := strings.Fields(line[end+1:]) // f[0] is field 3 of proc(5)
	if len(f) < 20 {
		return stat{}, fmt.Errorf("parse stat: %d fields after the name", len(f))
	}
	pid, errPID := strconv.Atoi(strings.TrimSpace(line[:open]))
	parent, errParent := strconv.Atoi(f[1])
	user, errUser := strconv.ParseInt(f[11], 10, 64)
	system, errSystem := strconv.ParseInt(f[12], 10, 64)
	started, errStarted := strconv.ParseUint(f[19], 10, 64)
	if err := errors.Join(errPID, errParent, errUser, errSystem, errStarted); err != nil {
		return stat{}, fmt.Errorf("parse stat: %w", err)
	}
	return stat{pid, parent, f[0][0], time.Duration(user+system) * tick, started}, nil
}

func readStat(pid int) (stat, error) {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	return parseStat(string(line))
}

// lives says whether that very process is still there: a later one with the same number has started later, a zombie has ended.
func (s stat) lives() bool {
	now, err := readStat(s.pid)
	return err == nil && now.started == s.started && now.state != 'Z' && now.state != 'X'
}

// familyOf returns a living process and all its living descendants.
func familyOf(pid int) ([]stat, error) {
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	children := map[int][]stat{}
	var family []stat
	for _, path := range paths {
		line, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue // ended meanwhile
		}
		if err != nil {
			return nil, err
		}
		s, err := parseStat(string(line))
		if err != nil {
			return nil, err
		}
		if s.state == 'Z' {
			continue
		}
		children[s.parent] = append(children[s.parent], s)
		if s.pid == pid {
			family = append(family, s)
		}
	}
	for i := 0; i < len(family); i++ {
		family = append(family, children[family[i].pid]...)
	}
	if len(family) == 0 {
		return nil, fmt.Errorf("process %d has ended", pid)
	}
	return family, nil
}

// cpu is the processor time that a child and its descendants have used so far.
func (c *child) cpu() (time.Duration, error) {
	family, err := familyOf(c.cmd.Process.Pid)
	var sum time.Duration
	for _, s := range family {
		sum += s.cpu
	}
	return sum, err
}

// memory is what a child and its descendants take, in bytes: PSS shares pages that several processes have among them, RSS counts them for each.
type memory struct{ pss, rss int64 }

func (c *child) memory() (memory, error) {
	family, err := familyOf(c.cmd.Process.Pid)
	if err != nil {
		return memory{}, err
	}
	var sum memory
	for _, s := range family {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", s.pid))
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue
		}
		if err != nil {
			return memory{}, err
		}
		m, err := parseRollup(text)
		if err != nil {
			return memory{}, err
		}
		sum.pss, sum.rss = sum.pss+m.pss, sum.rss+m.rss
	}
	return sum, nil
}

// parseRollup reads /proc/PID/smaps_rollup: lines such as "Pss:  1234 kB".
func parseRollup(text []byte) (memory, error) {
	found := map[string]int64{}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if f := strings.Fields(lines.Text()); len(f) == 3 && f[2] == "kB" {
			n, err := strconv.ParseInt(f[1], 10, 64)
			if err != nil {
				return memory{}, fmt.Errorf("parse smaps_rollup: %w", err)
			}
			found[f[0]] = n << 10
		}
	}
	m := memory{pss: found["Pss:"], rss: found["Rss:"]}
	if m.pss == 0 || m.rss == 0 {
		return m, fmt.Errorf("parse smaps_rollup: no Pss or Rss in %q", text)
	}
	return m, nil
}
