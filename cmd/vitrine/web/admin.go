package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	_ "net/http/pprof"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"vitrine/render/publish"
	"vitrine/render/status"
)

// maxRefreshBody is how much of the body of POST /refresh is read, and ignored: hooks of content systems send the
// changed record along.
const maxRefreshBody = 64 << 10

// AdminHandler returns what operators reach: metrics, refresh, profiles, and the two probes. It answers to the hosts
// that isAdminHost knows.
func (s *Server) AdminHandler() http.Handler {
	read := http.NewServeMux()
	read.HandleFunc("/livez", s.livez)
	read.HandleFunc("/readyz", s.readyz)
	read.Handle("/metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}))
	read.Handle("/debug/pprof/", http.DefaultServeMux) // where package pprof puts itself
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		setCommon(h)
		h.Set("Cache-Control", publish.CacheNever)
		switch {
		case !s.isAdminHost(r.Host):
			h.Set("Connection", "close")
			sendLine(w, r, http.StatusMisdirectedRequest,
				"This address answers to localhost, to IP addresses, and to the names in ADMIN_HOSTS.")
		case r.URL.Path == "/refresh":
			s.refresh(w, r)
		case validate(w, r):
			read.ServeHTTP(w, r)
		}
	})
}

// isAdminHost reports whether a Host header names the admin side: by an address, a loopback name or one of
// Config.AdminHosts. The page of a stranger that lets its own name lead to this machine (DNS rebinding) has none of
// these. A client without any Host is no browser.
func (s *Server) isAdminHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	_, err := netip.ParseAddr(host)
	return err == nil || host == "" || host == "localhost" || strings.HasSuffix(host, ".localhost") ||
		slices.Contains(s.config.AdminHosts, host)
}

// refresh is POST /refresh. It answers when the refresh has ended.
func (s *Server) refresh(w http.ResponseWriter, r *http.Request) {
	if code := s.mayRefresh(w, r); code != 0 {
		w.Header().Set("Connection", "close") // there may be a body that nobody reads
		sendLine(w, r, code, "")
		return
	}
	liftWriteTimeout(w)
	if !readAndIgnore(w, r) {
		return
	}
	result := s.config.Refresh(r.Context(), r.URL.Query().Get("force") == "1")
	if result.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(result.RetryAfter.Seconds()))))
		sendLine(w, r, http.StatusTooManyRequests, result.Message)
		return
	}
	s.sendJSON(w, r, result.code(), result)
}

// mayRefresh returns the status to refuse with, or 0.
func (s *Server) mayRefresh(w http.ResponseWriter, r *http.Request) int {
	switch {
	case s.config.Token == "":
		return http.StatusNotFound
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		return http.StatusMethodNotAllowed
	case !s.authorized(r.Header.Get("Authorization")):
		w.Header().Set("WWW-Authenticate", `Bearer realm="refresh"`)
		return http.StatusUnauthorized
	}
	return 0
}

// authorized compares in a time that depends neither on the token nor on its length.
func (s *Server) authorized(header string) bool {
	scheme, token, _ := strings.Cut(header, " ")
	given, want := sha256.Sum256([]byte(strings.TrimSpace(token))), sha256.Sum256([]byte(s.config.Token))
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(given[:], want[:]) == 1
}

// liftWriteTimeout lifts the server's write timeout, for what has a deadline of its own. It fails where the connection
// is gone, as the next write will.
func liftWriteTimeout(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
}

// readAndIgnore reads the body, so that the connection can go on. A larger one than allowed is answered 413, one that
// breaks off 400.
func readAndIgnore(w http.ResponseWriter, r *http.Request) bool {
	_, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, maxRefreshBody))
	if err == nil {
		return true
	}
	code := http.StatusBadRequest
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		code = http.StatusRequestEntityTooLarge
	}
	w.Header().Set("Connection", "close")
	sendLine(w, r, code, "")
	return false
}

func (r RefreshResult) code() int {
	switch r.Result {
	case status.Published, status.Unchanged:
		return http.StatusOK
	case status.Rejected:
		return http.StatusConflict
	case ResultDeadline:
		return http.StatusGatewayTimeout
	}
	return http.StatusBadGateway
}
