package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// Caddy is built by Go: Debian's is years older.
const (
	caddyModule = "github.com/caddyserver/caddy/v2/cmd/caddy@v2.11.9"
	caddyPath   = "bin/peers/caddy"
)

// tools are what the race wants from Debian; there tells whether it is installed already.
var tools = []struct {
	pkg, gives string
	there      func() bool
}{
	{"wrk", "the load", onPath("wrk")},
	{"nghttp2-client", "fixed rates", onPath("h2load")},
	{"nginx", "a peer", onPath("nginx")},
	{"libnginx-mod-http-brotli-static", "nginx with br", func() bool { return nginxBrotli() != "" }},
	{"varnish", "a peer", onPath("varnishd")},
}

func onPath(name string) func() bool {
	return func() bool {
		_, err := exec.LookPath(name)
		return err == nil
	}
}

// install puts in place what is missing, as far as this user may, and says what cannot be had. The race goes on without.
func install(ctx context.Context, stderr io.Writer) {
	say := func(format string, args ...any) { fmt.Fprintf(stderr, "bench: "+format+"\n", args...) }
	updated := false
	for _, t := range tools {
		if t.there() {
			continue
		}
		if os.Getuid() != 0 {
			say("%s (%s) is missing: sudo apt-get install -y %s", t.pkg, t.gives, t.pkg)
			continue
		}
		say("installing %s (%s)", t.pkg, t.gives)
		if !updated {
			updated = true
			if out, err := aptGet(ctx, "update"); err != nil {
				say("apt-get update: %v\n%s", err, out)
			}
		}
		if out, err := aptGet(ctx, "install", "-y", "--no-install-recommends", t.pkg); err != nil {
			say("%s cannot be had: %v\n%s", t.pkg, err, out)
		}
	}
	installCaddy(ctx, say)
}

// policy is Debian's way to keep packages from starting their services (invoke-rc.d(8)): the race starts servers of its own.
const policy = "/usr/sbin/policy-rc.d"

// aptGet runs without questions, and starts no services.
func aptGet(ctx context.Context, args ...string) ([]byte, error) {
	if f, err := os.OpenFile(policy, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755); err == nil {
		defer os.Remove(policy)
		_, err = f.WriteString("#!/bin/sh\nexit 101\n")
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
	}
	cmd := exec.CommandContext(ctx, "apt-get", append([]string{"-qq"}, args...)...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	return cmd.CombinedOutput()
}

// installCaddy builds it into a folder that git ignores, unless there is one.
func installCaddy(ctx context.Context, say func(string, ...any)) {
	if _, err := caddyProgram(); err == nil {
		return
	}
	folder, err := filepath.Abs(filepath.Dir(caddyPath))
	if err != nil {
		say("Caddy cannot be had: %v", err)
		return
	}
	say("building Caddy (once, some minutes)")
	cmd := exec.CommandContext(ctx, "go", "install", caddyModule)
	cmd.Env = append(os.Environ(), "GOBIN="+folder, "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		say("Caddy cannot be had: %v\n%s", err, out)
	}
}
