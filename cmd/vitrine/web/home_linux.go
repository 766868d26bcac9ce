package web

import (
	"errors"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// home is a socket as a net.TCPConn, watched by Go's own poller, which wakes a waiting goroutine for less than the lot does where few connections are
// busy. It has a descriptor of its own.
type home struct {
	tcp           *net.TCPConn
	reads, writes deadline
	buffers       net.Buffers // kept here so that a write allocates nothing
}

// newHome makes a home of a socket's descriptor, which stays its owner's.
func newHome(fd int) (*home, error) {
	copied, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	file := os.NewFile(uintptr(copied), "connection")
	defer file.Close()
	c, err := net.FileConn(file) // which copies it again
	if err != nil {
		return nil, err
	}
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return nil, errors.Join(errors.ErrUnsupported, c.Close())
	}
	h := &home{tcp: tcp}
	h.reads.apply, h.writes.apply = tcp.SetReadDeadline, tcp.SetWriteDeadline
	return h, nil
}

// Read is net.Conn.
func (h *home) Read(p []byte) (int, error) {
	if !h.reads.begin() {
		return 0, os.ErrDeadlineExceeded
	}
	defer h.reads.end()
	return h.tcp.Read(p)
}

func (h *home) write(parts [][]byte) (int, error) {
	if !h.writes.begin() {
		return 0, os.ErrDeadlineExceeded
	}
	defer h.writes.end()
	if len(parts) == 1 {
		return h.tcp.Write(parts[0])
	}
	h.buffers = parts
	n, err := h.buffers.WriteTo(h.tcp)
	return int(n), err
}

func (h *home) sendFile(file *os.File, n int64) (int64, error) {
	if !h.writes.begin() {
		return 0, os.ErrDeadlineExceeded
	}
	defer h.writes.end()
	return h.tcp.ReadFrom(&io.LimitedReader{R: file, N: n})
}

// CloseWrite, SetReadDeadline and SetWriteDeadline are those of net.TCPConn, but for a deadline's coming up to deadlineGrain early.
func (h *home) CloseWrite() error                  { return h.tcp.CloseWrite() }
func (h *home) SetReadDeadline(t time.Time) error  { return h.reads.set(t) }
func (h *home) SetWriteDeadline(t time.Time) error { return h.writes.set(t) }
