package web

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"syscall"
)

// serve has srv answer what comes to ln, which it owns.
func serve(srv *http.Server, ln net.Listener, max int) error {
	tcp, ok := ln.(*net.TCPListener)
	if !ok {
		return fmt.Errorf("%T is no TCP listener", ln)
	}
	l, err := newLot(tcp, max)
	if err != nil {
		return fmt.Errorf("watch connections: %w", err)
	}
	var both sync.WaitGroup
	var failed [2]error
	for i, from := range []net.Listener{entrance{l}, l} {
		both.Go(func() { failed[i] = srv.Serve(from) }) // which at its end closes the lot, and with that the other
	}
	both.Wait()
	go l.finish()
	if errors.Is(failed[0], net.ErrClosed) { // by the other, which has the reason
		return failed[1]
	}
	return failed[0]
}

// entrance is the net.Listener of new connections.
type entrance struct{ *lot }

// Accept waits for a free slot and a connection.
func (e entrance) Accept() (net.Conn, error) {
	select {
	case e.slots <- struct{}{}:
	case <-e.done:
		return nil, net.ErrClosed
	}
	c, err := e.admit()
	if err != nil {
		<-e.slots
		return nil, err
	}
	if e.crowded() {
		runtime.Gosched() // have those served that are in before letting more in
	}
	return c, nil
}

// admit waits for a connection.
func (l *lot) admit() (*conn, error) {
	for {
		fd, remote, err := l.accept()
		if err != nil {
			return nil, err
		}
		c, err := l.add(fd, remote)
		if err == nil || l.closed.Load() {
			return c, err
		}
		// The system cannot have it watched. Its client may try again; all others stay.
	}
}

// accept waits for a connection and returns its descriptor.
func (l *lot) accept() (fd int, remote net.Addr, err error) {
	var peer syscall.Sockaddr
	waited := l.incoming.Read(func(listener uintptr) bool {
		for {
			if fd, peer, err = syscall.Accept4(int(listener), syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC); err != syscall.EINTR {
				return err != syscall.EAGAIN
			}
		}
	})
	if waited != nil { // the listener is closed
		return 0, nil, net.ErrClosed
	}
	if err != nil {
		return 0, nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.addr, Err: os.NewSyscallError("accept4", err)}
	}
	return fd, peerAddr(peer), nil
}

// add makes a conn of a descriptor, which it owns.
func (l *lot) add(fd int, remote net.Addr) (*conn, error) {
	c := &conn{socket: socket{lot: l, fd: fd, remote: remote}, between: true}
	c.stream = &c.socket
	l.mu.Lock()
	defer l.mu.Unlock()
	err := error(net.ErrClosed)
	if !l.closed.Load() {
		err = l.watch(fd, syscall.EPOLL_CTL_ADD, 0)
	}
	if err != nil {
		_ = syscall.Close(fd)
		return nil, err
	}
	l.conns[fd] = c
	l.crowd.come()
	l.sweepLater()
	return c, nil
}

// peerAddr is the address of a connection's other end, made once for all of its requests.
func peerAddr(peer syscall.Sockaddr) net.Addr {
	switch a := peer.(type) {
	case *syscall.SockaddrInet4:
		return tcpAddr(netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port)).String())
	case *syscall.SockaddrInet6:
		return tcpAddr(netip.AddrPortFrom(netip.AddrFrom16(a.Addr).Unmap(), uint16(a.Port)).String())
	}
	return tcpAddr("unknown")
}

// tcpAddr is a net.Addr in words.
type tcpAddr string

func (a tcpAddr) Network() string { return "tcp" }
func (a tcpAddr) String() string  { return string(a) }
