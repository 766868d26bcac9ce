package main

import (
	"crypto/rand"
	"encoding/csv"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"vitrine/cmd/vitrine/worker"
	"vitrine/render"
	"vitrine/render/publish"
	"vitrine/store/postgres"
)

// channelName is what may be the name of a channel of PostgreSQL's NOTIFY without any quoting.
var channelName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}$`)

// finish fills what depends on more than one variable and checks it.
func (r *reading) finish() {
	for name, field := range map[string]*string{"ADMIN_ADDR": &r.AdminAddr, "PRODUCT_URL": &r.ProductURL,
		"CATEGORY_URL": &r.CategoryURL} {
		if value, set := r.vars[name]; set && value == "" { // not the default: it is off, or the shop has no such pages
			*field = ""
		}
	}
	if r.Port != "" && r.vars["LISTEN_ADDR"] == "" {
		if n, err := strconv.ParseUint(r.Port, 10, 16); err == nil {
			r.ListenAddr = fmt.Sprintf(":%d", n)
		} else {
			r.say("PORT", "should be a port number from 0 to 65535")
		}
	} else if r.Port != "" && !strings.HasSuffix(r.ListenAddr, ":"+r.Port) {
		r.doubts = append(r.doubts, fmt.Sprintf("PORT=%s has no effect beside LISTEN_ADDR=%s: leave one of them out",
			r.Port, r.ListenAddr))
	}
	if right := checkHeartbeat(r.HeartbeatURL); right != "" {
		r.say("HEARTBEAT_URL", right)
	}
	if _, socket := socketPath(r.ListenAddr); !socket && !goodAddr(r.ListenAddr) {
		r.say("LISTEN_ADDR", `should be host:port or :port, as in ":8080", or the path of a Unix socket, `+
			"as in /run/vitrine/http.sock")
	}
	if r.AdminAddr != "" && !goodAddr(r.AdminAddr) {
		r.say("ADMIN_ADDR", `should be host:port, as in "127.0.0.1:8081", or empty to turn it off`)
	}
	if r.AdminAddr != "" && r.AdminAddr == r.ListenAddr && !strings.HasSuffix(r.AdminAddr, ":0") {
		r.say("ADMIN_ADDR", "is LISTEN_ADDR as well: the admin routes need an address of their own")
	}
	if r.PoolMin > r.PoolMax && r.vars["DATABASE_POOL_MAX"] != "" && r.vars["DATABASE_POOL_MIN"] != "" {
		r.say("DATABASE_POOL_MIN", fmt.Sprintf("should be at most DATABASE_POOL_MAX, which is %d", r.PoolMax))
	}
	for _, d := range [][2]string{{"PUBLIC_DIR", r.PublicDir}, {"STATE_DIR", r.StateDir}} {
		if r.TemplatesDir != "" && inside(d[1], r.TemplatesDir) {
			r.say(d[0], "lies in TEMPLATES_DIR, so that every refresh would count as an edit of the templates: keep them apart")
		}
	}
	assets := filepath.Join(r.PublicDir, publish.AssetsDir)
	if r.TemplatesDir != "" && inside(r.TemplatesDir, assets) {
		r.say("TEMPLATES_DIR", "lies in "+assets+", where files that no page needs are deleted: keep them apart")
	}
	if inside(r.StateDir, r.PublicDir) {
		r.bad = append(r.bad, fmt.Sprintf("STATE_DIR=%q: lies in PUBLIC_DIR, which everyone can read: "+
			"choose a folder outside of it", r.StateDir))
	}
	if schedule, err := worker.ParseSchedule(r.Schedule); err != nil {
		r.say("REFRESH_SCHEDULE", err.Error())
	} else if interval := schedule.Interval(time.Now()); r.StaleAfter > 0 && r.StaleAfter < interval {
		r.doubts = append(r.doubts, fmt.Sprintf("STALE_AFTER=%d is less than the %s between two ticks of "+
			"REFRESH_SCHEDULE, so that the status fails before the next refresh is due: leave it out for twice "+
			"that time, or set %d", r.StaleAfter.Milliseconds(), interval, 2*interval.Milliseconds()))
	}
	if r.QueryFile != "" && r.Schema == "auto" {
		r.Schema = "custom"
	}
	if r.Schema == "custom" && r.QueryFile == "" {
		r.say("CATALOG_SCHEMA", "custom needs CATALOG_QUERY_FILE, the path of a file with your SELECT")
	}
	if r.QueryFile != "" && r.Schema != "custom" {
		r.say("CATALOG_QUERY_FILE", "is used with CATALOG_SCHEMA=custom or auto only")
	}
	if r.NotifyChannel != "" && !channelName.MatchString(r.NotifyChannel) {
		r.say("NOTIFY_CHANNEL", "should be a name of letters, digits and underscores, at most 63, as in vitrine")
	}
	r.finishSite()
	r.urlFile = r.vars["DATABASE_URL_FILE"]
	r.explicit = map[string]bool{}
	for name, value := range r.vars {
		r.explicit[name] = value != ""
	}
}

// finishSite checks what the page needs.
func (r *reading) finishSite() {
	var err error
	r.SiteLang = strings.ReplaceAll(r.SiteLang, "_", "-") // as BCP 47 has it
	if r.categories, err = parseCategories(r.Categories); err != nil {
		r.say("CATEGORIES", "should be names with commas between them; a name that has a comma stands in double quotes: "+
			`Lamps,"Home, garden"`)
	}
	if r.logo, err = render.LoadLogo(r.SiteLogo); err != nil {
		r.say("SITE_LOGO", err.Error())
	}
	r.site().Check(r.say)
}

// inside reports whether dir is parent or lies below it, by their names.
func inside(dir, parent string) bool {
	d, _ := filepath.Abs(dir) // fails only where there is no working folder
	p, _ := filepath.Abs(parent)
	rel, err := filepath.Rel(p, d)
	return err == nil && filepath.IsLocal(rel)
}

func goodAddr(addr string) bool {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// parseCategories splits CATEGORIES at commas, as CSV, trims the names and drops empty and repeated ones.
func parseCategories(text string) ([]string, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	r := csv.NewReader(strings.NewReader(text))
	r.TrimLeadingSpace = true
	r.FieldsPerRecord = -1
	records, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("split CATEGORIES: %w", err)
	}
	var names []string
	for _, name := range slices.Concat(records...) {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// checkDatabaseURL lets the store read the address alone, with limits that are right whatever the other variables say,
// so that a mistake in it stands in the one report. The store's sentences hold no secret.
func (r *reading) checkDatabaseURL() {
	if r.DatabaseURL == "" || r.demo() {
		return
	}
	db, err := postgres.Open(postgres.Options{URL: r.DatabaseURL, PoolMax: 1, PerCategory: 1,
		Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		r.say("DATABASE_URL", strings.TrimLeft(strings.TrimPrefix(err.Error(), "DATABASE_URL"), ": "))
		return
	}
	_ = db.Close() // no connection was made
}

// minToken is how many characters of REFRESH_TOKEN nobody guesses.
const minToken = 16

// adminRisks are what is set so that strangers could reach the admin side. It works all the same.
func (c config) adminRisks() []finding {
	var list []finding
	if token := c.RefreshToken.Reveal(); token != "" && utf8.RuneCountInString(token) < minToken {
		list = append(list, finding{Level: "warn", Subject: "REFRESH_TOKEN", Fix: "REFRESH_TOKEN=" + rand.Text(),
			Sentence: fmt.Sprintf("it has %s, which can be guessed; take %d or more",
				plural(utf8.RuneCountInString(token), "character", "characters"), minToken)})
	}
	host, port, err := net.SplitHostPort(c.AdminAddr)
	if ip, _ := netip.ParseAddr(host); err == nil && (host == "" || ip.IsUnspecified()) {
		list = append(list, finding{Level: "warn", Subject: "ADMIN_ADDR", Fix: "ADMIN_ADDR=127.0.0.1:" + port,
			Sentence: fmt.Sprintf("%s is open to everyone who can reach this machine: metrics, profiles and memory. "+
				"Give one address, or let only a private network reach it", c.AdminAddr)})
	}
	return list
}

// adminHosts are the names that the admin side answers to: those of ADMIN_HOSTS, and the one in ADMIN_ADDR.
func (c config) adminHosts() []string {
	host, _, _ := net.SplitHostPort(c.AdminAddr)
	return strings.FieldsFunc(strings.ToLower(c.AdminHosts+","+host), func(r rune) bool { return r == ',' || r == ' ' })
}
