package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
)

// listeners are open before anything slow, so that a taken port is an error at once and no visitor is refused.
type listeners struct{ public, admin net.Listener }

// listen takes the sockets that systemd hands over, and makes those that it does not.
func listen(ctx context.Context, c config) (l listeners, err error) {
	if l, err = inherited(); err != nil {
		return l, err
	}
	var taken []string
	for _, one := range []struct {
		name, addr string
		to         *net.Listener
	}{{"LISTEN_ADDR", c.ListenAddr, &l.public}, {"ADMIN_ADDR", c.AdminAddr, &l.admin}} {
		if one.addr == "" || *one.to != nil {
			continue
		}
		var failed error
		*one.to, failed = listenOn(ctx, one.addr)
		switch {
		case errors.Is(failed, syscall.EADDRINUSE):
			taken = append(taken, one.name+" "+one.addr)
		case failed != nil:
			err = errors.Join(err, listenError(one.name, one.addr, failed))
		}
	}
	if len(taken) > 0 {
		err = errors.Join(err, fmt.Errorf("%s: in use by another program (a vitrine that "+
			"runs already?). Stop it, or set another address", strings.Join(taken, " and ")))
	}
	if err != nil {
		l.close()
	}
	return l, err
}

func listenError(name, addr string, err error) error {
	var dns *net.DNSError
	switch {
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%s %s is not an address of this machine: :PORT alone listens on all that it has", name, addr)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%s %s may not be used by this user: take a port from 1024 on, or allow it "+
			"(AmbientCapabilities=CAP_NET_BIND_SERVICE under systemd)", name, addr)
	case errors.As(err, &dns):
		return fmt.Errorf("%s %s: the host name cannot be resolved: is it spelt right?", name, addr)
	}
	return fmt.Errorf("listen on %s %s: %w", name, addr, err)
}

func (l listeners) close() {
	for _, one := range []net.Listener{l.public, l.admin} {
		if one != nil {
			_ = one.Close() // also closed by its server; a second close has nothing to say
		}
	}
}

// log tells the addresses to machines; greet tells them to people.
func (l listeners) log(log *slog.Logger) {
	admin := "off"
	if l.admin != nil {
		admin = l.admin.Addr().String()
	}
	log.Info("listening", "public", l.public.Addr().String(), "admin", admin)
	if info, err := os.Stat(l.public.Addr().String()); err == nil && l.public.Addr().Network() == "unix" {
		log.Info("who may connect to the socket", "mode", info.Mode().Perm().String())
	}
}

// browserURL is an address that is listened on as a person would type it; a Unix socket stays as it is.
func browserURL(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if host == "" || net.ParseIP(host).IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port) + "/"
}

// inherited are the sockets that systemd has handed over: public and admin, by FileDescriptorName; a single one of
// another name is public.
func inherited() (l listeners, err error) {
	named, err := activation.ListenersWithNames()
	if err != nil {
		return l, fmt.Errorf("take the sockets that systemd hands over: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		to := map[string]*net.Listener{"public": &l.public, "admin": &l.admin}[name]
		if to == nil && len(named) == 1 {
			to = &l.public
		}
		if to == nil || len(named[name]) != 1 {
			return l, fmt.Errorf("systemd hands over %s by the name %q: "+
				"FileDescriptorName= should be public or admin, one socket each",
				plural(len(named[name]), "socket", "sockets"), name)
		}
		*to = named[name][0]
	}
	return l, nil
}

// socketMode lets every program of the machine connect, as a port on 127.0.0.1 does; the folder may say otherwise.
const socketMode = 0o666

// socketPath is the path of an address that is a Unix socket: unix:/run/vitrine.sock, or the path alone.
func socketPath(addr string) (path string, ok bool) {
	path, _ = strings.CutPrefix(addr, "unix:")
	return path, strings.HasPrefix(path, "/")
}

// listenOn listens on a TCP address, or on a Unix socket, in the place of one that nobody listens on any more.
func listenOn(ctx context.Context, addr string) (net.Listener, error) {
	var lc net.ListenConfig
	path, unix := socketPath(addr)
	if !unix {
		return lc.Listen(ctx, "tcp", addr)
	}
	if err := removeStale(ctx, path); err != nil {
		return nil, err
	}
	ln, err := lc.Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, socketMode); err != nil {
		_ = ln.Close()
		return nil, fmt.Errorf("let others connect to it: %w", err)
	}
	return ln, nil
}

// removeStale removes a socket that a program has left behind. One that somebody answers on is in use; what is no
// socket stays.
func removeStale(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() != os.ModeSocket {
		return nil // what is wrong, listening will say
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	c, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err == nil {
		_ = c.Close()
	}
	if !errors.Is(err, syscall.ECONNREFUSED) { // somebody listens, or it is not ours to ask
		return syscall.EADDRINUSE
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("remove the socket that was left there: %w", err)
	}
	return nil
}
