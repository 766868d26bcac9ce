package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// Names of the peers.
const (
	plain   = "plain net/http"
	nginx   = "nginx"
	varnish = "Varnish"
	caddy   = "Caddy"
	older   = "older vitrine"
)

// peer is a kind of server that can be raced: its name in tables, and on the command line. start returns it listening; vitrine is one that runs,
// for peers that stand in front of it.
type peer struct {
	name, flag string
	start      func(r *race, ctx context.Context, vitrine *server) (*server, error)
}

var peers = []peer{
	{plain, "plain", (*race).startPlain},
	{nginx, "nginx", (*race).startNginx},
	{varnish, "varnish", (*race).startVarnish},
	{caddy, "caddy", (*race).startCaddy},
}

// startPeer starts the peer of that name. Where it is not wanted, not installed or does not start it returns nil, the reason told.
func (r *race) startPeer(ctx context.Context, name string, vitrine *server) *server {
	i := slices.IndexFunc(peers, func(p peer) bool { return p.name == name })
	if !slices.Contains(r.peers, peers[i].flag) {
		return nil
	}
	s, err := peers[i].start(r, ctx, vitrine)
	if err != nil {
		r.print(fmt.Sprintf("%s is left out: %v.\n", name, err))
		return nil
	}
	return s
}

// serve starts a peer's program and waits until it listens.
func (r *race) serve(ctx context.Context, name, addr, dir, program string, args ...string) (*server, error) {
	c, err := r.launch(dir, baseEnv(dir), program, args...)
	if err != nil {
		return nil, err
	}
	return &server{child: c, name: name, addr: addr}, c.answers(ctx, addr)
}

// place gives a peer its folder and its address.
func (r *race) place(name string) (dir, addr string, err error) {
	if dir, err = r.folder(name); err != nil {
		return "", "", err
	}
	addr, err = freeAddr()
	return dir, addr, err
}

// plainCommand makes this program the plain FileServer: bench plain-server ADDR DIR.
const plainCommand = "plain-server"

// servePlain is what a Go program does first: FileServer over a folder. It returns only on failure.
func servePlain(addr, dir string) error {
	return http.ListenAndServe(addr, http.FileServer(http.Dir(dir)))
}

func (r *race) startPlain(ctx context.Context, _ *server) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, addr, err := r.place("plain")
	if err != nil {
		return nil, err
	}
	return r.serve(ctx, plain, addr, dir, self, plainCommand, addr, r.site.dir)
}

// startNginx has a worker per processor, no log, its cache of open files and files compressed beforehand.
func (r *race) startNginx(ctx context.Context, _ *server) (*server, error) {
	dir, addr, err := r.place("nginx")
	if err != nil {
		return nil, err
	}
	module, br := nginxBrotli(), "brotli_static on;"
	if module == "" {
		br = ""
	} else {
		module = "load_module " + module + ";"
	}
	conf := fmt.Sprintf(`%s
daemon off; worker_processes auto; worker_rlimit_nofile %d; pid %s/pid; error_log stderr;
events { worker_connections 8192; }
http {
  access_log off; types { text/html html; } charset utf-8; sendfile on; tcp_nopush on; open_file_cache max=64;
  keepalive_timeout 75; keepalive_requests 1000000000;
  gzip_static on; gzip_vary on; %s add_header Cache-Control "public, max-age=60";
  client_body_temp_path %[3]s/body; proxy_temp_path %[3]s/proxy; fastcgi_temp_path %[3]s/fastcgi; uwsgi_temp_path %[3]s/uwsgi; scgi_temp_path %[3]s/scgi;
  server { listen %[5]s backlog=4096; root %[6]s; }
}`, module, fileLimit, dir, br, addr, r.site.dir)
	path := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(path, []byte(conf), 0o644); err != nil {
		return nil, err
	}
	return r.serve(ctx, nginx, addr, dir, "nginx", "-e", "stderr", "-p", dir, "-c", path)
}

// nginxBrotli is the path of nginx's module for .br files, or "" where it is not installed.
func nginxBrotli() string {
	found, _ := filepath.Glob("/usr/lib*/nginx/modules/ngx_http_brotli_static_module.so")
	if len(found) == 0 {
		return ""
	}
	return found[0]
}

// startVarnish caches vitrine's own answers: all codings, by Vary.
func (r *race) startVarnish(ctx context.Context, vitrine *server) (*server, error) {
	dir, addr, err := r.place("varnish")
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(vitrine.addr)
	if err != nil {
		return nil, err
	}
	vcl := fmt.Sprintf("vcl 4.1;\nbackend default { .host = %q; .port = %q; }\n", host, port)
	path := filepath.Join(dir, "race.vcl")
	if err := os.WriteFile(path, []byte(vcl), 0o644); err != nil {
		return nil, err
	}
	work := filepath.Join(dir, "work")
	return r.serve(ctx, varnish, addr, dir, "varnishd", "-F", "-n", work, "-a", addr, "-f", path, "-s", "malloc,64m", "-T", "none",
		"-p", "http_gzip_support=off")
}

// startCaddy is file_server with files compressed beforehand.
func (r *race) startCaddy(ctx context.Context, _ *server) (*server, error) {
	program, err := caddyProgram()
	if err != nil {
		return nil, err
	}
	dir, addr, err := r.place("caddy")
	if err != nil {
		return nil, err
	}
	conf := fmt.Sprintf("{\n\tadmin off\n\tauto_https off\n\tpersist_config off\n}\nhttp://%s {\n\troot * %s\n\tfile_server {\n\t\tprecompressed br gzip\n\t}\n}\n",
		addr, r.site.dir)
	path := filepath.Join(dir, "Caddyfile")
	if err := os.WriteFile(path, []byte(conf), 0o644); err != nil {
		return nil, err
	}
	return r.serve(ctx, caddy, addr, dir, program, "run", "--config", path, "--adapter", "caddyfile")
}

// caddyProgram is the one that -install builds, else one on PATH.
func caddyProgram() (string, error) {
	if own, err := filepath.Abs(caddyPath); err == nil {
		if _, err := os.Stat(own); err == nil {
			return own, nil
		}
	}
	return exec.LookPath("caddy")
}
