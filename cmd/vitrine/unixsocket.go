package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

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
