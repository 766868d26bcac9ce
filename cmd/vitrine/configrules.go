package main

import (
	"crypto/rand"
	"encoding/csv"
	"errors"
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
func (c *config) finish(vars map[string]string) []mistake {
	var bad []mistake
	say := func(name, right string) {
		bad = append(bad, mistake{name, strconv.Quote(vars[name]), right})
	}
	if _, set := vars["ADMIN_ADDR"]; !set {
		c.AdminAddr = adminAddrDefault
	}
	if c.Port != "" && vars["LISTEN_ADDR"] == "" {
		if n, err := strconv.ParseUint(c.Port, 10, 16); err == nil {
			c.ListenAddr = fmt.Sprintf(":%d", n)
		} else {
			say("PORT", "should be a port number from 0 to 65535")
		}
	} else if c.Port != "" && !strings.HasSuffix(c.ListenAddr, ":"+c.Port) {
		c.doubts = append(c.doubts, fmt.Sprintf("PORT=%s has no effect beside LISTEN_ADDR=%s: leave one of them out",
			c.Port, c.ListenAddr))
	}
	if right := checkHeartbeat(c.HeartbeatURL); right != "" {
		bad = append(bad, mistake{"HEARTBEAT_URL", "[hidden]", right})
	}
	if _, socket := socketPath(c.ListenAddr); !socket && !goodAddr(c.ListenAddr) {
		say("LISTEN_ADDR", `should be host:port or :port, as in ":8080", or the path of a Unix socket, `+
			"as in /run/vitrine/http.sock")
	}
	if c.AdminAddr != "" && !goodAddr(c.AdminAddr) {
		say("ADMIN_ADDR", `should be host:port, as in "127.0.0.1:8081", or empty to turn it off`)
	}
	if c.AdminAddr != "" && c.AdminAddr == c.ListenAddr && !strings.HasSuffix(c.AdminAddr, ":0") {
		say("ADMIN_ADDR", "is LISTEN_ADDR as well: the admin routes need an address of their own")
	}
	if c.PoolMin > c.PoolMax && vars["DATABASE_POOL_MAX"] != "" && vars["DATABASE_POOL_MIN"] != "" {
		say("DATABASE_POOL_MIN", fmt.Sprintf("should be at most DATABASE_POOL_MAX, which is %d", c.PoolMax))
	}
	for _, d := range [][2]string{{"PUBLIC_DIR", c.PublicDir}, {"STATE_DIR", c.StateDir}} {
		if c.TemplatesDir != "" && inside(d[1], c.TemplatesDir) {
			say(d[0], "lies in TEMPLATES_DIR, so that every refresh would count as an edit of the templates: keep them apart")
		}
	}
	if assets := filepath.Join(c.PublicDir, publish.AssetsDir); c.TemplatesDir != "" && inside(c.TemplatesDir, assets) {
		say("TEMPLATES_DIR", "lies in "+assets+", where files that no page needs are deleted: keep them apart")
	}
	if inside(c.StateDir, c.PublicDir) {
		bad = append(bad, mistake{"STATE_DIR", strconv.Quote(c.StateDir),
			"lies in PUBLIC_DIR, which everyone can read: choose a folder outside of it"})
	}
	if schedule, err := worker.ParseSchedule(c.Schedule); err != nil {
		say("REFRESH_SCHEDULE", err.Error())
	} else if c.StaleAfter > 0 {
		c.doubtStaleAfter(schedule.Interval(time.Now()))
	}
	if c.QueryFile != "" && c.Schema == "auto" {
		c.Schema = "custom"
	}
	if c.Schema == "custom" && c.QueryFile == "" {
		say("CATALOG_SCHEMA", "custom needs CATALOG_QUERY_FILE, the path of a file with your SELECT")
	}
	if c.QueryFile != "" && c.Schema != "custom" {
		say("CATALOG_QUERY_FILE", "is used with CATALOG_SCHEMA=custom or auto only")
	}
	if c.NotifyChannel != "" && !channelName.MatchString(c.NotifyChannel) {
		say("NOTIFY_CHANNEL", "should be a name of letters, digits and underscores, at most 63, as in vitrine")
	}
	c.finishSite(vars, say)
	return bad
}

// doubtStaleAfter tells of a STALE_AFTER that is less than the schedule's longest interval.
func (c *config) doubtStaleAfter(interval time.Duration) {
	if c.StaleAfter.duration() < interval {
		c.doubts = append(c.doubts, fmt.Sprintf("STALE_AFTER=%d is less than the %s between two ticks of "+
			"REFRESH_SCHEDULE, so that the status fails before the next refresh is due: leave it out for twice "+
			"that time, or set %d",
			c.StaleAfter.duration().Milliseconds(), interval, 2*interval.Milliseconds()))
	}
}

// finishSite checks what the page needs; say reports one variable.
func (c *config) finishSite(vars map[string]string, say func(name, right string)) {
	var err error
	c.SiteLang = strings.ReplaceAll(c.SiteLang, "_", "-") // as BCP 47 has it
	if c.categories, err = parseCategories(c.Categories); err != nil {
		say("CATEGORIES", "should be names with commas between them; a name that has a comma stands in double quotes: "+
			`Lamps,"Home, garden"`)
	}
	for name, pattern := range map[string]*string{"PRODUCT_URL": &c.ProductURL, "CATEGORY_URL": &c.CategoryURL} {
		if value, set := vars[name]; set && value == "" { // not the default: the shop has no such pages
			*pattern = ""
		}
	}
	if c.logo, err = render.LoadLogo(c.SiteLogo); err != nil {
		say("SITE_LOGO", err.Error())
	}
	c.site().Check(say)
	c.logLevelSet, c.urlFile = vars["LOG_LEVEL"] != "", vars["DATABASE_URL_FILE"]
	c.explicit = map[string]bool{}
	for name, value := range vars {
		if (strings.HasPrefix(name, "DATABASE_") || name == "SITE_LANG" || name == "CURRENCY") && value != "" {
			c.explicit[name] = true
		}
	}
}

// inside reports whether dir is parent or lies below it, by their names.
func inside(dir, parent string) bool {
	d, errDir := filepath.Abs(dir)
	p, errParent := filepath.Abs(parent)
	rel, err := filepath.Rel(p, d)
	return errors.Join(errDir, errParent, err) == nil && filepath.IsLocal(rel)
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
func (c config) checkDatabaseURL() []mistake {
	if c.DatabaseURL == "" || c.demo() {
		return nil
	}
	db, err := postgres.Open(postgres.Options{URL: c.DatabaseURL, PoolMax: 1, PerCategory: 1,
		Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		text := strings.TrimLeft(strings.TrimPrefix(err.Error(), "DATABASE_URL"), ": ")
		return []mistake{{"DATABASE_URL", "[hidden]", text}}
	}
	_ = db.Close() // no connection was made
	return nil
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
