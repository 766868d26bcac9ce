//go:build !linux

package web

import (
	"net"
	"net/http"

	"golang.org/x/net/netutil"
)

// conn does not exist on this system: every answer goes out as net/http sends it.
type conn struct{ net.Conn }

func (*conn) gather([]byte)          {}
func (*conn) release()               {}
func (*conn) changed(http.ConnState) {}
func (*conn) receiving()             {}

func serve(srv *http.Server, ln net.Listener, max int) error {
	return srv.Serve(netutil.LimitListener(ln, max))
}
