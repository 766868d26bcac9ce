# The program's own exit codes are told in the README; make itself turns every failure into 2.
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
.DEFAULT_GOAL := help

BIN         := bin/vitrine
VERSION     := $(shell git describe --tags --always --dirty 2>/dev/null)
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
CADDY       := v2.11.9
VERSITYGW   := v1.8.0
SOURCES     := $(shell find cmd render store templates -type f -not -name '*_test.go' -not -path '*/testdata/*') go.mod go.sum

# What the tests need beside Go.
PACKAGES = postgresql pgbouncer chromium strace nginx e2fsprogs libnginx-mod-http-brotli-static systemd prometheus $(if $(shell command -v npm),,npm)

# packages(who needs, names) installs the Debian packages that are missing as root, without starting their services, and else says how to.
define packages
@missing=; for p in $(2); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
		echo "$(1) more than Go: run  sudo apt-get install -y$$missing"; exit 0; \
	fi; \
	echo "$(1):$$missing; installing"; policy=/usr/sbin/policy-rc.d; \
	if [ ! -e $$policy ]; then trap "rm -f $$policy" EXIT; printf '#!/bin/sh\nexit 101\n' >$$policy; chmod 755 $$policy; fi; \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null
endef

# Tools of the web, by npm into bin/npm. They run on the Node.js of Debian 12 and later.
AXE   := 4.14.1
AUDIT := axe-core@$(AXE) lighthouse@12.8.2 html-validate@9.7.1 linkinator@6.3.0
NPM   := npm install --no-save --no-package-lock --no-audit --no-fund --silent --prefix bin/npm

.PHONY: run render fuzz faults build test bench lint screenshots audit release tools help

run: build ## serve the homepage on :8080 (a demo shop unless DATABASE_URL is set)
	exec $(BIN) serve --demo

render: build ## refresh the page once, now (ARGS=--dry-run, ARGS=--force)
	@$(BIN) render --demo $(ARGS)

build: $(BIN) ## compile bin/vitrine

# Go 1.21 and later fetch the version that go.mod asks for; Debian's do where they are told to.
export GOTOOLCHAIN ?= auto

$(BIN): $(SOURCES)
	@go version | grep -qE 'go(1\.(2[1-9]|[3-9][0-9])|[2-9])|devel' || \
		{ echo "Go 1.21 or later is needed, from https://go.dev/dl/ (that of Debian 12 is older): $$(go version 2>&1)"; exit 1; }
	@echo "building $(BIN) (the first time takes a minute or two)"
	@CGO_ENABLED=0 go build -trimpath -ldflags='-s -w -X main.version=$(VERSION)' -o $@ ./cmd/vitrine

# The race detector watches the packages that start goroutines. The whole program's tests start it hundreds of times, drive
# a browser and mostly wait: they run it as it is built, and under the race detector only those of its own goroutines.
RACED := ./cmd/vitrine/web ./cmd/vitrine/worker ./render/publish ./render/publish/object ./render/watch ./store/postgres
RACED_OF_PROGRAM := Heartbeat|LogReader|SecondSignal|Hangup|ServeDemo|RefreshBurst|StopWhile|Greeting

test: tools bin/versitygw lint ## install what the tests need, then format check, vet, staticcheck, all tests, and short fuzzing
	go test -timeout 30m -parallel 6 $$(go list ./... | grep -vxF "$$(go list $(RACED))")
	go test -race -timeout 30m -parallel 4 $$(printf '%s\n' $(RACED) | sort -r)
	go test -race -timeout 30m -run '$(RACED_OF_PROGRAM)' ./cmd/vitrine
	@$(MAKE) --no-print-directory fuzz FUZZTIME=2s

# Where strangers' bytes are parsed: folder:target. Go fuzzes one target at a time.
FUZZ     := cmd/vitrine/web:FuzzChoose cmd/vitrine/web:FuzzPublicName cmd/vitrine/web:FuzzReplay cmd/vitrine/worker:FuzzParseSchedule \
            render:FuzzSafeAddress store/postgres:FuzzParseURL store/postgres:FuzzGuard store/postgres:FuzzPassword store/postgres:FuzzCheckSelect store/postgres:FuzzImages
FUZZTIME ?= 60s

fuzz: ## fuzz every parser of strangers' bytes (FUZZTIME=60s each)
	@mkdir -p bin/fuzz; for d in $(sort $(foreach f,$(FUZZ),$(firstword $(subst :, ,$f)))); do \
		go test -c -fuzz . -o bin/fuzz/$${d//\//-} ./$$d || exit 1; \
	done; \
	for f in $(FUZZ); do \
		d=$${f%:*}; echo "fuzzing $$f for $(FUZZTIME)"; \
		(cd $$d && '$(CURDIR)'/bin/fuzz/$${d//\//-} -test.run '^$$' -test.fuzz "^$${f#*:}\$$" -test.fuzztime $(FUZZTIME) \
			-test.fuzzcachedir '$(CURDIR)/bin/fuzz/cache') || exit 1; \
	done

faults: tools bin/caddy bin/versitygw ## the long fault campaign, with a table of what was injected and survived (about a quarter of an hour)
	PATH="$(CURDIR)/bin:$$PATH" VITRINE_LONG=1 go test -timeout 80m -count 1 -v -run 'TestDatabaseFaults|TestPublishFaults|TestKilledAtAnyMoment|TestTwoPublishers|TestStaticHosts|TestPrintedCaddy|TestPrintedFormats|TestThroughPgBouncer|TestNoTornReads|TestCrowds|TestFivePublishers|TestManyInstances|TestFailover|TestRestartLosesNoRequest|TestMemoryIsBounded|TestNothingHangs|TestSoak|TestDay|TestRecovery|TestAlive' \
		./cmd/vitrine ./render/publish ./render/publish/object ./cmd/vitrine/web ./cmd/vitrine/worker ./store/postgres | \
		{ echo '| fault | injected | survived | worst recovery |'; echo '|---|---|---|---|'; grep -E '^\||^ *--- FAIL|_test.go:|^(ok|FAIL)' | grep -v 'rapid. OK'; }

bench: build bin/caddy ## race against nginx, Varnish, Caddy and a plain FileServer (ARGS="-pairs 5 -part serving"; some ten minutes)
	$(call packages,the race needs,nginx libnginx-mod-http-brotli-static varnish wrk)
	@ulimit -n $$(ulimit -Hn); PATH="$(CURDIR)/bin:$$PATH:/usr/sbin" go run ./cmd/bench -vitrine $(BIN) $(ARGS)

bin/caddy: # Debian's is years older
	@echo "building Caddy (once, some minutes)"
	@GOBIN='$(CURDIR)/bin' CGO_ENABLED=0 go install github.com/caddyserver/caddy/v2/cmd/caddy@$(CADDY)

bin/versitygw: # the S3 server of the tests; there is no package of it
	@echo "building versitygw, an S3 server for the tests (once, a minute or two)"
	@GOBIN='$(CURDIR)/bin' CGO_ENABLED=0 go install -trimpath -ldflags='-s -w' github.com/versity/versitygw/cmd/versitygw@$(VERSITYGW)

lint: ## gofmt, go vet (also for Windows and macOS), staticcheck
	@unformatted=$$(gofmt -l $$(git ls-files '*.go' 2>/dev/null || find . -name '*.go')); \
	if [ -n "$$unformatted" ]; then echo "not formatted, run gofmt -w on:"; echo "$$unformatted"; exit 1; fi
	go mod tidy -diff
	go vet ./...
	GOOS=windows go vet ./...
	GOOS=darwin go vet ./...
	go run $(STATICCHECK) ./...

screenshots: tools ## pictures of all pages at all widths in light, dark and right-to-left, into bin/screenshots; README's into .screenshots
	$(call packages,the pictures need,fonts-urw-base35 fonts-noto-core)
	go test ./cmd/vitrine -count=1 -timeout 30m -run '^TestBrowser$$/^Screenshots$$' -screenshots '$(CURDIR)/bin/screenshots'

audit: tools ## Lighthouse, html-validate and a link check over the served pages; figures and reports in bin/audit
	@[ "$$(cat bin/npm/node_modules/.audit 2>/dev/null)" = "$(AUDIT)" ] || \
		{ echo "installing $(AUDIT)"; $(NPM) $(AUDIT) && echo "$(AUDIT)" >bin/npm/node_modules/.audit; }
	@mkdir -p bin/audit; rm -f bin/audit/summary.txt; \
	go test ./cmd/vitrine -count=1 -timeout 30m -run '^TestBrowser$$/^Audit$$' -audit '$(CURDIR)/bin/audit' >bin/audit/test.log 2>&1; code=$$?; \
	cat bin/audit/summary.txt || tail -n 40 bin/audit/test.log; exit $$code

release: ## binaries for Linux and macOS with checksums, built twice and compared; into bin/release (needs a committed tree)
	@.ci/release '$(VERSION)'

tools: # what the tests need: Debian packages; axe-core by npm
	$(call packages,the tests need,$(PACKAGES))
	@grep -qs '"version": "$(AXE)"' bin/npm/node_modules/axe-core/package.json || $(NPM) axe-core@$(AXE) || \
		echo "axe-core $(AXE) could not be installed with npm: the browser tests cannot run, which they say, and fail where CI=true"

help: ## list these targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'
