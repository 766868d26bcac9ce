package main

import (
	"context"
	"embed"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// contender is a server to be raced: its command line and the files of conf that it reads. In all of them ${ADDR} is
// where it listens, ${DIR} its own working folder, ${WWW} the published files, and ${ORIGIN_HOST} with ${ORIGIN_PORT}
// where vitrine listens.
type contender struct {
	name string
	argv []string
	conf string
	env  []string
}

//go:embed conf
var confs embed.FS

// plainCommand makes this program the plain FileServer: bench plain-server ADDR DIR.
const plainCommand = "plain-server"

// servePlain is what a Go program does first: FileServer over a folder. It returns only on failure.
func servePlain(addr, dir string) error {
	return http.ListenAndServe(addr, http.FileServer(http.Dir(dir)))
}

// Names that more than the tables know.
const (
	nginx = "nginx"
	plain = "plain FileServer"
)

// vitrine has the demo shop and no refresh that falls due during a race.
var vitrine = contender{
	name: "vitrine", argv: []string{"${VITRINE}", "serve", "--demo"},
	env: []string{"LISTEN_ADDR=${ADDR}", "ADMIN_ADDR=", "PUBLIC_DIR=${DIR}/public", "STATE_DIR=${DIR}/state",
		"REFRESH_SCHEDULE=0 5 1 1 *"},
}

var peers = []contender{
	{
		name: nginx, conf: "nginx.conf",
		argv: []string{"nginx", "-e", "stderr", "-p", "${DIR}", "-c", "${DIR}/nginx.conf"},
	}, {
		name: "Varnish", conf: "varnish.vcl",
		argv: []string{"varnishd", "-F", "-n", "${DIR}/work", "-a", "${ADDR}", "-f", "${DIR}/varnish.vcl",
			"-s", "malloc,64m", "-T", "none", "-p", "http_gzip_support=off"},
	}, {
		name: "Caddy", conf: "Caddyfile",
		argv: []string{"caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"},
	}, {
		name: plain,
		argv: []string{"${SELF}", plainCommand, "${ADDR}", "${WWW}"},
	},
}

// startAll starts vitrine, saves the page that it publishes, and starts the peers over that.
func (r *race) startAll(ctx context.Context) error {
	r.say("starting vitrine and its peers")
	if err := os.Chmod(r.dir, 0o755); err != nil { // servers that root starts may work as other users
		return err
	}
	err := r.start(ctx, vitrine)
	if err == nil {
		err = r.publish(ctx)
	}
	for _, p := range peers {
		if err == nil {
			err = r.start(ctx, p)
		}
	}
	return err
}

// start starts a contender, whose output goes to a file in its own folder, adds it to the servers and waits until it
// listens. Its environment is its own: no setting of the user's shell changes the race.
func (r *race) start(ctx context.Context, c contender) error {
	dir := filepath.Join(r.dir, strings.ReplaceAll(c.name, " ", "-"))
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	addr, err := freeAddr()
	if err != nil {
		return err
	}
	expand := r.expander(dir, addr)
	if c.conf != "" {
		text, err := confs.ReadFile("conf/" + c.conf)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, c.conf), []byte(expand(string(text))), 0o644)
		}
		if err != nil {
			return err
		}
	}
	s := &server{name: c.name, addr: addr, log: filepath.Join(dir, "log"), ended: make(chan struct{})}
	log, err := os.Create(s.log)
	if err != nil {
		return err
	}
	defer log.Close()
	var argv []string
	for _, a := range c.argv {
		argv = append(argv, expand(a))
	}
	s.cmd = exec.Command(argv[0], argv[1:]...)
	s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr = dir, log, log
	s.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + os.TempDir(), "LANG=C"}
	for _, e := range c.env {
		s.cmd.Env = append(s.cmd.Env, expand(e))
	}
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", s.name, err)
	}
	r.servers = append(r.servers, s)
	go func() {
		_ = s.cmd.Wait() // whoever misses the server reads its log
		close(s.ended)
	}()
	return s.await(ctx, func() bool {
		conn, err := net.Dial("tcp", addr)
		return err == nil && conn.Close() == nil
	})
}

// expander fills in what contenders do not know beforehand.
func (r *race) expander(dir, addr string) func(string) string {
	values := map[string]string{"ADDR": addr, "DIR": dir, "WWW": filepath.Join(r.dir, "www")}
	values["VITRINE"], _ = filepath.Abs(r.vitrine) // each fails only where there is no working folder, and then
	values["SELF"], _ = os.Executable()            // the start fails with the true cause
	if len(r.servers) > 0 {
		values["ORIGIN_HOST"], values["ORIGIN_PORT"], _ = net.SplitHostPort(r.servers[0].addr)
	}
	return func(s string) string { return os.Expand(s, func(name string) string { return values[name] }) }
}

// publish waits until vitrine has its page in all codings, and saves that as the web root of the peers.
func (r *race) publish(ctx context.Context) error {
	v := r.servers[0]
	err := v.await(ctx, func() bool {
		_, _, err := v.ask(ctx, accept("br"), http.StatusOK, "br") // identity until the others are made
		return err == nil
	})
	if err != nil {
		return err
	}
	www := filepath.Join(r.dir, "www")
	if err := os.Mkdir(www, 0o755); err != nil {
		return err
	}
	r.published = map[string]string{}
	for coding, suffix := range map[string]string{"": "", "gzip": ".gz", "br": ".br"} {
		_, body, err := v.ask(ctx, accept(coding), http.StatusOK, coding)
		if err == nil {
			err = os.WriteFile(filepath.Join(www, "index.html"+suffix), []byte(body), 0o644)
		}
		if err != nil {
			return err
		}
		r.published[coding] = body
	}
	return nil
}
