package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/caarlos0/env/v11"

	"vitrine/render"
	"vitrine/store"
	"vitrine/store/regular"
)

// millis is a duration that people write as whole milliseconds.
type millis time.Duration

func (m millis) duration() time.Duration { return time.Duration(m) }

// config is every variable that the program reads. A bound is lo..hi inclusive; the tag right says what would be right
// where bound and oneof do not say it.
type config struct {
	DatabaseURL       store.Secret `env:"DATABASE_URL" secret:"yes"`
	PoolMin           int          `env:"DATABASE_POOL_MIN" envDefault:"1" bound:"0..100"`
	PoolMax           int          `env:"DATABASE_POOL_MAX" envDefault:"10" bound:"1..100"`
	ConnectionTimeout millis       `env:"DATABASE_CONNECTION_TIMEOUT" envDefault:"30000" bound:"100..600000"`
	AcquireTimeout    millis       `env:"DATABASE_ACQUIRE_TIMEOUT" envDefault:"30000" bound:"100..600000"`
	QueryTimeout      millis       `env:"DATABASE_QUERY_TIMEOUT" envDefault:"10000" bound:"100..600000"`
	SlowQuery         millis       `env:"DATABASE_SLOW_QUERY" envDefault:"1000" bound:"1..600000"`

	Categories  string `env:"CATEGORIES"`
	PerCategory int    `env:"PRODUCTS_PER_CATEGORY" envDefault:"8" bound:"1..100"`
	Schema      string `env:"CATALOG_SCHEMA" envDefault:"auto" oneof:"auto vitrine prisma custom"`
	QueryFile   string `env:"CATALOG_QUERY_FILE"`
	PriceUnit   string `env:"PRICE_UNIT" oneof:"major minor"`
	Store       string `env:"CATALOG_STORE"`
	Discount    string `env:"CATALOG_DISCOUNT" oneof:"percent amount ignore"`
	Ignore      string `env:"CATALOG_IGNORE"`

	Schedule       string       `env:"REFRESH_SCHEDULE" envDefault:"*/5 * * * *"`
	RefreshTimeout millis       `env:"REFRESH_TIMEOUT" envDefault:"60000" bound:"100..3600000"`
	RefreshJitter  millis       `env:"REFRESH_JITTER" envDefault:"0" bound:"0..3600000"`
	RefreshToken   store.Secret `env:"REFRESH_TOKEN" secret:"yes"`
	HeartbeatURL   store.Secret `env:"HEARTBEAT_URL" secret:"yes"`
	NotifyChannel  string       `env:"NOTIFY_CHANNEL"`
	MinProducts    int          `env:"MIN_PRODUCTS" envDefault:"1" bound:"0..10000"`
	MaxShrink      int          `env:"MAX_SHRINK" envDefault:"50" bound:"0..100" right:"a whole percentage from 0 to 100 (100 turns the rule off)"`
	StaleAfter     millis       `env:"STALE_AFTER" bound:"1000..2592000000" right:"whole milliseconds from 1000 to 2592000000, or empty for two intervals"`

	ListenAddr string `env:"LISTEN_ADDR" envDefault:":8080"`
	Port       string `env:"PORT" right:"a port number from 0 to 65535"`
	AdminAddr  string `env:"ADMIN_ADDR"`
	AdminHosts string `env:"ADMIN_HOSTS"`
	Replay     string `env:"REPLAY" envDefault:"on" oneof:"on off"`
	DrainDelay millis `env:"DRAIN_DELAY" envDefault:"0" bound:"0..600000"`

	PublicDir    string `env:"PUBLIC_DIR" envDefault:"public"`
	StateDir     string `env:"STATE_DIR" envDefault:".vitrine"`
	TemplatesDir string `env:"TEMPLATES_DIR"`

	PublishTo     string       `env:"PUBLISH_TO"`
	Endpoint      string       `env:"AWS_ENDPOINT_URL"`
	Region        string       `env:"AWS_REGION"`
	DefaultRegion string       `env:"AWS_DEFAULT_REGION"`
	PathStyle     string       `env:"AWS_S3_FORCE_PATH_STYLE"`
	KeyID         store.Secret `env:"AWS_ACCESS_KEY_ID" secret:"yes"`
	SecretKey     store.Secret `env:"AWS_SECRET_ACCESS_KEY" secret:"yes"`
	SessionToken  store.Secret `env:"AWS_SESSION_TOKEN" secret:"yes"`
	PurgeURL      store.Secret `env:"PURGE_URL" secret:"yes"`
	PurgeToken    store.Secret `env:"PURGE_TOKEN" secret:"yes"`

	SiteName     string `env:"SITE_NAME"`
	SiteURL      string `env:"SITE_URL"`
	SiteLang     string `env:"SITE_LANG" envDefault:"en"`
	Currency     string `env:"CURRENCY" envDefault:"USD"`
	ProductURL   string `env:"PRODUCT_URL" envDefault:"/product/{slug}"`
	CategoryURL  string `env:"CATEGORY_URL" envDefault:"/search?category={category}"`
	ImageBaseURL string `env:"IMAGE_BASE_URL"`
	SiteLogo     string `env:"SITE_LOGO"`
	SearchURL    string `env:"SEARCH_URL"`
	HeaderLinks  string `env:"HEADER_LINKS"`
	FooterLinks  string `env:"FOOTER_LINKS"`
	CSP          string `env:"CONTENT_SECURITY_POLICY"`

	LogLevel  slog.Level `env:"LOG_LEVEL" envDefault:"info" right:"debug, info, warn or error"`
	LogFormat string     `env:"LOG_FORMAT" envDefault:"auto" oneof:"auto text json"`

	logo *render.Logo // SITE_LOGO, read
	// categories is Categories, parsed; explicit names the DATABASE_* variables that were set, which beat the URL's
	// parameters; logLevelSet tells that LOG_LEVEL was set; urlFile is DATABASE_URL_FILE; doubts are sentences on what
	// was set and has no effect, or not the one that was meant.
	categories  []string
	explicit    map[string]bool
	logLevelSet bool
	urlFile     string
	doubts      []string
}

// adminAddrDefault stands apart, since ADMIN_ADDR set to nothing means off.
const adminAddrDefault = "127.0.0.1:8081"

// secretFiles are the variables that may also be given as the path of a file that holds the value.
var secretFiles = []string{"DATABASE_URL", "REFRESH_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
	"AWS_SESSION_TOKEN", "PURGE_URL", "PURGE_TOKEN"}

// variableNames are the variables that the program reads.
func variableNames() []string {
	var names []string
	for f := range reflect.TypeFor[config]().Fields() {
		if name := f.Tag.Get("env"); name != "" {
			names = append(names, name)
		}
	}
	for _, name := range secretFiles {
		names = append(names, name+"_FILE")
	}
	return names
}

// mistake is one variable that cannot be used: what it is, and what would be right.
type mistake struct{ name, value, right string }

// configError is every mistake of a configuration at once.
type configError struct{ mistakes []mistake }

func (e configError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the configuration has %s:", plural(len(e.mistakes), "mistake", "mistakes"))
	for _, m := range e.mistakes {
		fmt.Fprintf(&b, "\n  %s", m.name)
		if m.value != "" {
			fmt.Fprintf(&b, "=%s", m.value)
		}
		fmt.Fprintf(&b, ": %s", m.right)
	}
	return b.String()
}

// parseConfig reads the configuration from vars (environment and .env merged). All mistakes come back in one
// configError.
func parseConfig(vars map[string]string) (config, error) {
	var c config
	var bad []mistake
	bad = append(bad, readSecretFiles(vars)...)
	bad = append(bad, refuseOtherEncodings(vars)...)
	err := env.ParseWithOptions(&c, env.Options{
		Environment: vars,
		FuncMap:     map[reflect.Type]env.ParserFunc{reflect.TypeFor[millis](): parseMillis},
	})
	wrong := map[string]bool{}
	for _, name := range failedFields(err) {
		wrong[name] = true
	}
	bad = append(bad, checkFields(&c, vars, wrong)...)
	bad = append(bad, c.finish(vars)...)
	bad = append(bad, c.checkDatabaseURL()...)
	bad = append(bad, c.checkBucket(vars)...)
	if len(bad) > 0 {
		return config{}, configError{bad}
	}
	return c, nil
}

func parseMillis(s string) (any, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n > int64(1<<62)/int64(time.Millisecond) {
		return nil, errors.New("not whole milliseconds")
	}
	return millis(time.Duration(n) * time.Millisecond), nil
}

// failedFields names the struct fields whose text could not be parsed at all.
func failedFields(err error) []string {
	var names []string
	var all env.AggregateError
	if errors.As(err, &all) {
		for _, e := range all.Errors {
			var pe env.ParseError
			if errors.As(e, &pe) {
				names = append(names, pe.Name)
			}
		}
	}
	return names
}

// checkFields holds every field against its tags and reports those in wrong.
func checkFields(c *config, vars map[string]string, wrong map[string]bool) []mistake {
	var bad []mistake
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name := f.Tag.Get("env")
		if name == "" || vars[name] == "" {
			continue
		}
		if wrong[f.Name] || !within(v.Field(i), f.Tag) {
			value := strconv.Quote(vars[name])
			if f.Tag.Get("secret") != "" {
				value = "[hidden]"
			}
			bad = append(bad, mistake{name, value, "should be " + rightValue(f)})
		}
	}
	return bad
}

// rightValue says what a field takes: "whole milliseconds from 1 to 600000", "auto, text or json".
func rightValue(f reflect.StructField) string {
	if right := f.Tag.Get("right"); right != "" {
		return right
	}
	if choices := strings.Fields(f.Tag.Get("oneof")); len(choices) > 1 {
		last := len(choices) - 1
		return strings.Join(choices[:last], ", ") + " or " + choices[last]
	}
	what := "a whole number"
	if f.Type == reflect.TypeFor[millis]() {
		what = "whole milliseconds"
	}
	return what + " from " + strings.Replace(f.Tag.Get("bound"), "..", " to ", 1)
}

// within reports whether the value keeps to the bound and oneof tags of its field.
func within(v reflect.Value, tag reflect.StructTag) bool {
	if choices := tag.Get("oneof"); choices != "" {
		return slices.Contains(strings.Fields(choices), v.String())
	}
	lo, hi, ok := strings.Cut(tag.Get("bound"), "..")
	if !ok {
		return true
	}
	n := v.Int()
	if v.Type() == reflect.TypeFor[millis]() {
		n /= int64(time.Millisecond)
	}
	low, _ := strconv.ParseInt(lo, 10, 64)
	high, _ := strconv.ParseInt(hi, 10, 64)
	return low <= n && n <= high
}

// refuseOtherEncodings reports variables that are not UTF-8, and counts them as not set.
func refuseOtherEncodings(vars map[string]string) []mistake {
	var bad []mistake
	for _, name := range variableNames() {
		if !utf8.ValidString(vars[name]) {
			bad = append(bad, mistake{name, "", "is not UTF-8"})
			delete(vars, name)
		}
	}
	return bad
}

// readSecretFiles puts the content of NAME_FILE in the place of NAME.
func readSecretFiles(vars map[string]string) []mistake {
	var bad []mistake
	for _, name := range secretFiles {
		path := vars[name+"_FILE"]
		if path == "" {
			continue
		}
		if vars[name] != "" {
			bad = append(bad, mistake{name + "_FILE", strconv.Quote(path), "give either this or " + name + ", not both"})
			continue
		}
		text, err := readSecretFile(path)
		if err != nil {
			bad = append(bad, mistake{name + "_FILE", strconv.Quote(path), err.Error()})
			continue
		}
		vars[name] = text.Reveal()
	}
	return bad
}

// readSecretFile is the one line of a file.
func readSecretFile(path string) (store.Secret, error) {
	text, err := regular.Read(path, maxSmallFile)
	if err != nil {
		return "", fmt.Errorf("the file cannot be read: %s", pathErr(err))
	}
	line := strings.TrimSpace(string(text))
	if line == "" {
		return "", errors.New("the file is empty")
	}
	return store.Secret(line), nil
}

// maxSmallFile bounds .env and the files of secrets.
const maxSmallFile = 1 << 20

// pathErr is the reason of a file error without its path.
func pathErr(err error) string {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

func (c config) demo() bool { return c.DatabaseURL.Reveal() == demoURL }

// site is what the page shows of the configuration.
func (c config) site() render.Site {
	return render.Site{
		Name: c.siteName(), URL: c.SiteURL, Lang: c.SiteLang, Currency: c.Currency,
		ProductURL: c.ProductURL, CategoryURL: c.CategoryURL, ImageBaseURL: c.ImageBaseURL,
		Logo: c.logo, SearchURL: c.SearchURL, HeaderLinks: c.HeaderLinks, FooterLinks: c.FooterLinks,
		CSP: c.CSP, Demo: c.demo(),
	}
}

// siteName is SITE_NAME, else the host of SITE_URL, else the program's own name.
func (c config) siteName() string {
	if c.SiteName != "" {
		return c.SiteName
	}
	if u, err := url.Parse(c.SiteURL); err == nil && u.Host != "" {
		return u.Hostname()
	}
	return "Vitrine"
}

// plural is how every command counts.
var plural = render.Plural
