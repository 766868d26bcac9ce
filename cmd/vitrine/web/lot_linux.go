package web

import (
	"errors"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// lot has all connections of one listener. It is a net.Listener twice: entrance accepts those that come, and the lot itself those that come back.
//
// An idle connection costs its socket and no more: to net/http it has ended, and it is accepted again when it has something to say. A goroutine with its
// buffers, which net/http keeps for each, would take 25 KB, and thousands of them would take turns on memory that no cache holds. Only those few that are
// busy stay (see home). It is always net/http that reads and answers requests.
type lot struct {
	addr     net.Addr
	slots    chan struct{} // one taken by every connection that is open
	done     chan struct{} // closed by Close
	crowd    crowd
	listener *os.File
	incoming syscall.RawConn // of listener

	// epoll (epoll(7)) tells which sockets something happened to. It is itself watched by Go's own poller, so that waiting for it takes no thread.
	epoll  *os.File
	raw    syscall.RawConn         // of epoll
	events [128]syscall.EpollEvent // of the last look, for Accept only, as are the next two
	left   []syscall.EpollEvent    // the part of events not seen to yet
	failed error

	closed atomic.Bool

	mu       sync.Mutex
	sweeping bool          // a sweep is due
	conns    map[int]*conn // by descriptor
}

// maxAtHome is up to how many connections busy ones stay with net/http. Beyond, where those at home would be served more often than the others, each
// leaves after its next request.
const maxAtHome = 128

// sweepInterval is how late a deadline of a connection may come.
const sweepInterval = time.Second

// newLot has room for max connections that come to ln, which it owns.
func newLot(ln *net.TCPListener, max int) (_ *lot, err error) {
	l := &lot{addr: ln.Addr(), slots: make(chan struct{}, max), done: make(chan struct{}), crowd: crowd{tidy: giveBack}, conns: map[int]*conn{}}
	l.listener, err = ln.File() // as a listener's own descriptor can be used for nothing but its Accept
	if err := errors.Join(err, ln.Close()); err != nil {
		return nil, err
	}
	if l.epoll, err = openEpoll(); err != nil {
		return nil, errors.Join(err, l.listener.Close())
	}
	if l.raw, err = l.epoll.SyscallConn(); err == nil {
		err = l.tune()
	}
	if err != nil {
		return nil, errors.Join(err, l.listener.Close(), l.epoll.Close())
	}
	return l, nil
}

func openEpoll() (*os.File, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	if err := syscall.SetNonblock(fd, true); err != nil { // or os.NewFile would not have it watched
		_ = syscall.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	return os.NewFile(uintptr(fd), "epoll"), nil
}

// tune sets what all connections inherit from the listener (tcp(7)), where net would set it for each: small answers leave at once, and whoever is gone
// without a word is found out, which matters where a handler waits without a deadline.
func (l *lot) tune() (err error) {
	if l.incoming, err = l.listener.SyscallConn(); err != nil {
		return err
	}
	failed := l.incoming.Control(func(fd uintptr) {
		for _, option := range [][3]int{
			{syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1},
			{syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1},
			{syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE, 15}, // seconds
			{syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL, 15},
			{syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT, 9},
		} {
			err = errors.Join(err, os.NewSyscallError("setsockopt", syscall.SetsockoptInt(int(fd), option[0], option[1], option[2])))
		}
	})
	return errors.Join(failed, err)
}

// crowded tells whether there are too many connections for any to be at home.
func (l *lot) crowded() bool { return l.crowd.size() > maxAtHome }

// watch has the epoll tell what happens to a descriptor from now on, and what has happened already.
func (l *lot) watch(fd, op int, more uint32) error {
	event := syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLRDHUP | epollET | more, Fd: int32(fd)}
	var err error
	if failed := l.raw.Control(func(epoll uintptr) { err = syscall.EpollCtl(int(epoll), op, fd, &event) }); failed != nil {
		return failed
	}
	return os.NewSyscallError("epoll_ctl", err)
}

// epollET is syscall.EPOLLET, whose sign is wrong there.
const epollET = 1 << 31

// forget takes a socket that is closed out of the lot.
func (l *lot) forget(fd int) {
	l.mu.Lock()
	delete(l.conns, fd)
	if len(l.conns) == 0 {
		l.conns = map[int]*conn{} // a map never shrinks
	}
	l.closeUnused()
	l.mu.Unlock()
	l.crowd.leave()
	<-l.slots
}

// Accept waits until a connection at rest has something to say.
func (l *lot) Accept() (net.Conn, error) {
	c, err := l.next()
	switch {
	case l.closed.Load():
		if c != nil {
			c.close()
		}
		return nil, net.ErrClosed
	case err != nil:
		return nil, err
	}
	return c, nil
}

// next returns the next connection at rest that has something to say. On the way it tells all others what happened to them.
func (l *lot) next() (*conn, error) {
	for {
		for len(l.left) > 0 {
			event := l.left[0]
			l.left = l.left[1:]
			if c := l.find(int(event.Fd)); c != nil && c.happened(event.Events) {
				runtime.Gosched() // have those served that were called before
				c.between = true
				return c, nil
			}
		}
		if err := l.raw.Read(l.look); err != nil {
			return nil, err
		}
		if l.failed != nil {
			return nil, os.NewSyscallError("epoll_wait", l.failed)
		}
	}
}

// finish does Accept's work for what is still open after its end, until that is closed too.
func (l *lot) finish() {
	for {
		c, err := l.next()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = l.epoll.SetReadDeadline(time.Time{}) // it was for Accept
		}
		if err != nil {
			return // the last one has gone
		}
		if c != nil {
			c.close()
		}
	}
}

// look takes events from the epoll; false where there are none.
func (l *lot) look(epoll uintptr) bool {
	for {
		n, err := syscall.EpollWait(int(epoll), l.events[:], 0)
		if err == syscall.EINTR {
			continue
		}
		l.left, l.failed = l.events[:max(n, 0)], err
		return n > 0 || err != nil
	}
}

func (l *lot) find(fd int) *conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conns[fd]
}

// sweepLater has deadlines looked at soon. mu is held.
func (l *lot) sweepLater() {
	if !l.sweeping {
		l.sweeping = true
		time.AfterFunc(sweepInterval, l.sweep)
	}
}

// sweep ends what has waited beyond its deadline, and comes back while there are connections.
func (l *lot) sweep() {
	all, now := l.all(), time.Now()
	for _, c := range all {
		c.expire(now)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweeping = false
	if len(l.conns) > 0 {
		l.sweepLater()
	}
}

func (l *lot) all() []*conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]*conn, 0, len(l.conns))
	for _, c := range l.conns {
		all = append(all, c)
	}
	return all
}

// Close ends both Accepts and closes the connections at rest; others stay, with their deadlines. Calling it again does nothing.
func (l *lot) Close() error {
	if l.closed.Swap(true) {
		return nil
	}
	close(l.done)
	for _, c := range l.all() {
		c.closeAtRest()
	}
	_ = l.epoll.SetReadDeadline(began) // ends Accept
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closeUnused()
	return l.listener.Close()
}

// closeUnused ends the epoll when nothing needs it any more. mu is held.
func (l *lot) closeUnused() {
	if l.closed.Load() && len(l.conns) == 0 {
		_ = l.epoll.Close() // nothing was written to it
	}
}

// Addr is net.Listener.
func (l *lot) Addr() net.Addr { return l.addr }
