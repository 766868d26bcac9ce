package web

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// socket is a TCP connection that its lot watches, where a net.TCPConn is watched by Go's own poller. So it can wait without a goroutine, is made by
// half the system calls, and leaves nothing behind, where the poller keeps 600 bytes for ever. Its system calls do not block: one that would waits for
// the lot to tell that it need not any more. A deadline may come up to sweepInterval late.
type socket struct {
	lot    *lot
	remote net.Addr

	mu      sync.Mutex
	fd      int
	users   int // calls that use fd just now: the last closes it if closed
	closed  bool
	leaving bool  // whoever reads it was told that it has ended, and is about to close it
	left    bool  // has been closed by them, and is about to rest
	resting bool  // waits without a goroutine, for the lot to hand it out again
	out     bool  // the lot watches for room to write, too
	home    *home // nil where it has none
	input   side
	output  side

	// until is the deadline of the rest, from then until something is received. So it stays what it was where the socket is handed out without need:
	// the lot may have heard of an event that is over by the time it tells of it.
	until time.Time
}

// side is one direction of a socket.
type side struct {
	deadline time.Time     // zero is none
	ready    bool          // something happened since the last try
	waiting  bool          // a call waits for wake
	wake     chan struct{} // made by the first that waits
}

// over tells whether the deadline has passed by now.
func (s *side) over(now time.Time) bool { return !s.deadline.IsZero() && !now.Before(s.deadline) }

// signal lets go on whoever waits. The socket's mu is held.
func (s *side) signal() {
	if s.waiting {
		s.waiting = false
		s.wake <- struct{}{}
	}
}

// use calls f with the descriptor, which stays open meanwhile, until it no longer says EAGAIN. It returns what f does, net.ErrClosed or
// os.ErrDeadlineExceeded, unlike net.Conn the latter only where it would have to wait. Each side may be used by one goroutine at a time.
func (s *socket) use(side *side, f func(fd int) (int, error)) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if s.closed {
			return 0, net.ErrClosed
		}
		if side.over(began) {
			return 0, os.ErrDeadlineExceeded
		}
		side.ready, s.leaving = false, false
		n, err := s.attempt(f)
		if err != syscall.EAGAIN {
			return n, err
		}
		if err := s.wait(side); err != nil {
			return 0, err
		}
	}
}

// attempt calls f once, without mu.
func (s *socket) attempt(f func(fd int) (int, error)) (n int, err error) {
	s.users++
	s.mu.Unlock()
	for {
		if n, err = f(s.fd); err != syscall.EINTR {
			break
		}
	}
	s.mu.Lock()
	s.users--
	s.closeUnused()
	return max(n, 0), err
}

// wait returns when another attempt may do better. mu is held, but while waiting.
func (s *socket) wait(side *side) error {
	if s.closed {
		return net.ErrClosed
	}
	if side == &s.output && !s.out {
		s.out = true
		if err := s.lot.watch(s.fd, syscall.EPOLL_CTL_MOD, syscall.EPOLLOUT); err != nil {
			return err
		}
	}
	for !side.ready {
		if side.over(time.Now()) {
			return os.ErrDeadlineExceeded
		}
		if side.wake == nil {
			side.wake = make(chan struct{}, 1)
		}
		side.waiting = true
		s.mu.Unlock()
		<-side.wake
		s.mu.Lock()
		if s.closed {
			return net.ErrClosed
		}
	}
	return nil
}

// close closes the socket and ends what uses it; false where it was closed before.
func (s *socket) close() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closeNow()
}

// closeNow is close with mu held.
func (s *socket) closeNow() bool {
	if s.closed {
		return false
	}
	s.closed = true
	if s.home != nil {
		_ = s.home.tcp.Close() // as in closeUnused
	}
	s.input.signal()
	s.output.signal()
	s.lot.forget(s.fd)
	s.closeUnused()
	return true
}

// closeUnused gives the descriptor back where nobody needs it. mu is held.
func (s *socket) closeUnused() {
	if s.closed && s.users == 0 && s.fd >= 0 {
		_ = syscall.Close(s.fd) // what was written is on its way, and nothing else could be done
		s.fd = -1
	}
}

// Read is net.Conn.
func (s *socket) Read(p []byte) (int, error) {
	n, err := s.use(&s.input, func(fd int) (int, error) { return syscall.Read(fd, p) })
	return s.received(n, len(p), err)
}

// received is the outcome of a read of at most max bytes.
func (s *socket) received(n, max int, err error) (int, error) {
	if n == 0 && err == nil && max > 0 {
		return 0, io.EOF
	}
	return n, s.explain("read", err)
}

// write sends all of the parts, as one system call where the connection has room for them.
func (s *socket) write(parts [][]byte) (int, error) {
	sent := 0
	for {
		for len(parts) > 0 && len(parts[0]) == 0 {
			parts = parts[1:]
		}
		if len(parts) == 0 {
			return sent, nil
		}
		n, err := s.use(&s.output, func(fd int) (int, error) {
			if len(parts) == 1 {
				return syscall.Write(fd, parts[0])
			}
			return unix.Writev(fd, parts)
		})
		if err != nil {
			return sent, s.explain("write", err)
		}
		sent += n
		for n > 0 {
			step := min(n, len(parts[0]))
			if parts[0] = parts[0][step:]; len(parts[0]) == 0 {
				parts = parts[1:]
			}
			n -= step
		}
	}
}

// sendFile sends up to n bytes of a file from where it is at, without copying them. Less is its end. errors.ErrUnsupported means that nothing was
// sent because the file cannot be sent in this way.
func (s *socket) sendFile(file *os.File, n int64) (int64, error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return 0, err
	}
	var sent int64
	for sent < n {
		step, err := s.use(&s.output, func(fd int) (step int, err error) {
			if failed := raw.Control(func(from uintptr) { step, err = syscall.Sendfile(fd, int(from), nil, int(n-sent)) }); failed != nil {
				return 0, failed
			}
			return step, err
		})
		sent += int64(step)
		switch {
		case sent == 0 && (err == syscall.EINVAL || err == syscall.ENOSYS): // sendfile(2): some file systems
			return 0, errors.ErrUnsupported
		case err != nil || step == 0:
			return sent, s.explain("sendfile", err)
		}
	}
	return sent, nil
}

// CloseWrite tells the other end that no more will come.
func (s *socket) CloseWrite() error {
	_, err := s.use(&s.output, func(fd int) (int, error) { return 0, syscall.Shutdown(fd, syscall.SHUT_WR) })
	return s.explain("close", err)
}

// explain makes an error of a system call a net.OpError, by which net/http knows that it is about the network.
func (s *socket) explain(op string, err error) error {
	if errno, ok := err.(syscall.Errno); ok {
		return &net.OpError{Op: op, Net: "tcp", Addr: s.remote, Err: os.NewSyscallError(op, errno)}
	}
	return err
}

// SetReadDeadline and SetWriteDeadline are net.Conn.
func (s *socket) SetReadDeadline(t time.Time) error  { return s.setDeadline(&s.input, t) }
func (s *socket) SetWriteDeadline(t time.Time) error { return s.setDeadline(&s.output, t) }

func (s *socket) setDeadline(side *side, t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	side.deadline = t
	if side.waiting && side.over(time.Now()) {
		side.signal()
	}
	return nil
}

// LocalAddr and RemoteAddr are net.Conn. The local address is that of the listener.
func (s *socket) LocalAddr() net.Addr  { return s.lot.addr }
func (s *socket) RemoteAddr() net.Addr { return s.remote }
