package web

import (
	"errors"
	"net"
	"syscall"
	"time"
)

// A socket's way between those that read it: from net/http, which takes it for ended (readOrLeave, leave), to rest, and back when something happened;
// or to a home and back.

// readOrLeave is Read without waiting. Where nothing is there it returns errLeft, and leave and rest may follow.
func (s *socket) readOrLeave(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, net.ErrClosed
	}
	s.input.ready, s.leaving = false, false
	n, err := s.attempt(func(fd int) (int, error) { return syscall.Read(fd, p) })
	if err == syscall.EAGAIN {
		s.leaving = true
		return 0, errLeft
	}
	s.until = time.Time{}
	return s.received(n, len(p), err)
}

// errLeft is what is said of a connection that goes to rest: to net/http a timeout, so that it sends and logs nothing.
var errLeft net.Error = leftError{}

type leftError struct{}

func (leftError) Error() string   { return "idle connection left to rest" }
func (leftError) Timeout() bool   { return true }
func (leftError) Temporary() bool { return true }

// leave is the close of a socket that readOrLeave said it would leave; false where it has to be a real one.
func (s *socket) leave() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.leaving || s.closed {
		return false
	}
	s.leaving, s.left = false, true
	return true
}

// rest makes a socket that was left wait without a goroutine, or, where that cannot be, closes it. Nothing but the lot may use it until it is handed out.
func (s *socket) rest() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.left || s.closed {
		return
	}
	s.left = false
	if s.input.ready { // something came since: have it told again
		s.out = false
		if s.lot.watch(s.fd, syscall.EPOLL_CTL_MOD, 0) != nil {
			s.closeNow()
			return
		}
	}
	if s.lot.closed.Load() {
		s.closeNow()
		return
	}
	s.resting, s.input.ready = true, false
	if s.until.IsZero() {
		s.until = s.input.deadline
	}
	s.input.deadline = s.until
}

// happened takes an event of the lot's epoll. It is true where the socket was at rest and now has something to say.
func (s *socket) happened(events uint32) bool {
	const ended = syscall.EPOLLHUP | syscall.EPOLLERR
	s.mu.Lock()
	defer s.mu.Unlock()
	if events&(syscall.EPOLLOUT|ended) != 0 {
		s.output.ready = true
		s.output.signal()
	}
	if events&(syscall.EPOLLIN|syscall.EPOLLRDHUP|ended) == 0 {
		return false
	}
	if s.resting && !s.closed {
		s.resting = false
		return true
	}
	s.input.ready = true
	s.input.signal()
	return false
}

// expire ends what has waited beyond its deadline by now, and the socket itself if that is at rest.
func (s *socket) expire(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, side := range []*side{&s.input, &s.output} {
		if side.over(now) {
			side.signal()
		}
	}
	if s.resting && s.input.over(now) {
		s.closeNow()
	}
}

// closeAtRest closes a socket if it is at rest.
func (s *socket) closeAtRest() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.resting {
		s.closeNow()
	}
}

// goHome makes the socket a net.TCPConn until leaveHome. Nothing may use it meanwhile but close.
func (s *socket) goHome() (*home, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, net.ErrClosed
	}
	h, err := newHome(s.fd)
	if err != nil {
		return nil, err
	}
	if err := s.lot.watch(s.fd, syscall.EPOLL_CTL_DEL, 0); err != nil {
		return nil, errors.Join(err, h.tcp.Close())
	}
	s.home, h.reads.want = h, s.input.deadline
	return h, nil
}

// leaveHome ends goHome. The socket's next read ends at the deadline.
func (s *socket) leaveHome(deadline time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	s.out = false
	if err := s.lot.watch(s.fd, syscall.EPOLL_CTL_ADD, 0); err != nil {
		return err
	}
	err := s.home.tcp.Close()
	s.home, s.input.deadline, s.output.deadline = nil, deadline, time.Time{}
	return err
}
