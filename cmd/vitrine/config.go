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

// config is every variable that the program reads. Durations are whole milliseconds; a bound is lo..hi inclusive.
type config struct {
	DatabaseURL       store.Secret  `env:"DATABASE_URL"`
	PoolMin           int           `env:"DATABASE_POOL_MIN" envDefault:"1" bound:"0..100"`
	PoolMax           int           `env:"DATABASE_POOL_MAX" envDefault:"10" bound:"1..100"`
	ConnectionTimeout time.Duration `env:"DATABASE_CONNECTION_TIMEOUT" envDefault:"30000" bound:"100..600000"`
	AcquireTimeout    time.Duration `env:"DATABASE_ACQUIRE_TIMEOUT" envDefault:"30000" bound:"100..600000"`
	QueryTimeout      time.Duration `env:"DATABASE_QUERY_TIMEOUT" envDefault:"10000" bound:"100..600000"`
	SlowQuery         time.Duration `env:"DATABASE_SLOW_QUERY" envDefault:"1000" bound:"1..600000"`

	Categories  string `env:"CATEGORIES"`
	PerCategory int    `env:"PRODUCTS_PER_CATEGORY" envDefault:"8" bound:"1..100"`
	Schema      string `env:"CATALOG_SCHEMA" envDefault:"auto" oneof:"auto vitrine prisma custom"`
	QueryFile   string `env:"CATALOG_QUERY_FILE"`
	PriceUnit   string `env:"PRICE_UNIT" oneof:"major minor"`
	Store       string `env:"CATALOG_STORE"`
	Discount    string `env:"CATALOG_DISCOUNT" oneof:"percent amount ignore"`
	Ignore      string `env:"CATALOG_IGNORE"`

	Schedule       string        `env:"REFRESH_SCHEDULE" envDefault:"*/5 * * * *"`
	RefreshTimeout time.Duration `env:"REFRESH_TIMEOUT" envDefault:"60000" bound:"100..3600000"`
	RefreshJitter  time.Duration `env:"REFRESH_JITTER" envDefault:"0" bound:"0..3600000"`
	RefreshToken   store.Secret  `env:"REFRESH_TOKEN"`
	HeartbeatURL   store.Secret  `env:"HEARTBEAT_URL"`
	NotifyChannel  string        `env:"NOTIFY_CHANNEL"`
	MinProducts    int           `env:"MIN_PRODUCTS" envDefault:"1" bound:"0..10000"`
	MaxShrink      int           `env:"MAX_SHRINK" envDefault:"50" bound:"0..100"`
	StaleAfter     time.Duration `env:"STALE_AFTER" bound:"1000..2592000000"`

	ListenAddr string        `env:"LISTEN_ADDR" envDefault:":8080"`
	Port       string        `env:"PORT"`
	AdminAddr  string        `env:"ADMIN_ADDR" envDefault:"127.0.0.1:8081"`
	AdminHosts string        `env:"ADMIN_HOSTS"`
	Replay     string        `env:"REPLAY" envDefault:"on" oneof:"on off"`
	DrainDelay time.Duration `env:"DRAIN_DELAY" envDefault:"0" bound:"0..600000"`

	PublicDir    string `env:"PUBLIC_DIR" envDefault:"public"`
	StateDir     string `env:"STATE_DIR" envDefault:".vitrine"`
	TemplatesDir string `env:"TEMPLATES_DIR"`

	PublishTo     string       `env:"PUBLISH_TO"`
	Endpoint      string       `env:"AWS_ENDPOINT_URL"`
	Region        string       `env:"AWS_REGION"`
	DefaultRegion string       `env:"AWS_DEFAULT_REGION"`
	PathStyle     string       `env:"AWS_S3_FORCE_PATH_STYLE"`
	KeyID         store.Secret `env:"AWS_ACCESS_KEY_ID"`
	SecretKey     store.Secret `env:"AWS_SECRET_ACCESS_KEY"`
	SessionToken  store.Secret `env:"AWS_SESSION_TOKEN"`
	PurgeURL      store.Secret `env:"PURGE_URL"`
	PurgeToken    store.Secret `env:"PURGE_TOKEN"`

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

	LogLevel  slog.Level `env:"LOG_LEVEL" envDefault:"info"`
	LogFormat string     `env:"LOG_FORMAT" envDefault:"auto" oneof:"auto text json"`

	logo       *render.Logo    // SITE_LOGO, read
	categories []string        // Categories, parsed
	explicit   map[string]bool // the variables that were set; those of the database beat the parameters of its URL
	urlFile    string          // DATABASE_URL_FILE
	doubts     []string        // sentences on what was set and has no effect, or not the one meant
}

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

// configError is every mistake of a configuration, a line each.
type configError []string

func (e configError) Error() string {
	return fmt.Sprintf("the configuration has %s:\n  %s", plural(len(e), "mistake", "mistakes"), strings.Join(e, "\n  "))
}

// reading is a configuration while it is read: the variables, and what is wrong so far.
type reading struct {
	config
	vars map[string]string
	bad  configError
}

// parseConfig reads the configuration from vars (environment and .env merged). All mistakes come back in one
// configError.
func parseConfig(vars map[string]string) (config, error) {
	r := &reading{vars: vars}
	r.readSecretFiles()
	r.refuseOtherEncodings()
	r.parse()
	r.finish()
	r.checkDatabaseURL()
	r.checkBucket()
	if len(r.bad) > 0 {
		return config{}, r.bad
	}
	return r.config, nil
}

// say reports a variable that cannot be used: its value, and what would be right.
func (r *reading) say(name, right string) {
	value := strconv.Quote(r.vars[name])
	for f := range reflect.TypeFor[config]().Fields() {
		if f.Tag.Get("env") == name && f.Type == reflect.TypeFor[store.Secret]() {
			value = "[hidden]"
		}
	}
	r.bad = append(r.bad, fmt.Sprintf("%s=%s: %s", name, value, right))
}

// parse fills the fields, and reports those that cannot be parsed or do not keep to their tags.
func (r *reading) parse() {
	err := env.ParseWithOptions(&r.config, env.Options{
		Environment: r.vars,
		FuncMap:     map[reflect.Type]env.ParserFunc{durationType: parseMillis},
	})
	wrong := map[string]bool{}
	all, _ := errors.AsType[env.AggregateError](err)
	for _, e := range all.Errors {
		if field, ok := errors.AsType[env.ParseError](e); ok {
			wrong[field.Name] = true
		}
	}
	for f, v := range reflect.ValueOf(r.config).Fields() {
		name := f.Tag.Get("env")
		if r.vars[name] != "" && (wrong[f.Name] || !within(v, f.Tag)) {
			r.say(name, "should be "+rightValue(f))
		}
	}
}

var durationType = reflect.TypeFor[time.Duration]()

func parseMillis(s string) (any, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n > int64(1<<62)/int64(time.Millisecond) {
		return nil, errors.New("not whole milliseconds")
	}
	return time.Duration(n) * time.Millisecond, nil
}

// rightValues are what is right where bound and oneof do not say it.
var rightValues = map[string]string{
	"MAX_SHRINK":  "a whole percentage from 0 to 100 (100 turns the rule off)",
	"STALE_AFTER": "whole milliseconds from 1000 to 2592000000, or empty for two intervals",
	"LOG_LEVEL":   "debug, info, warn or error",
}

// rightValue says what a field takes: "whole milliseconds from 1 to 600000", "auto, text or json".
func rightValue(f reflect.StructField) string {
	if right := rightValues[f.Tag.Get("env")]; right != "" {
		return right
	}
	if choices := strings.Fields(f.Tag.Get("oneof")); len(choices) > 1 {
		last := len(choices) - 1
		return strings.Join(choices[:last], ", ") + " or " + choices[last]
	}
	what := "a whole number"
	if f.Type == durationType {
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
	if v.Type() == durationType {
		n /= int64(time.Millisecond)
	}
	low, _ := strconv.ParseInt(lo, 10, 64)
	high, _ := strconv.ParseInt(hi, 10, 64)
	return low <= n && n <= high
}

// refuseOtherEncodings reports variables that are not UTF-8, and counts them as not set.
func (r *reading) refuseOtherEncodings() {
	for _, name := range variableNames() {
		if !utf8.ValidString(r.vars[name]) {
			r.bad = append(r.bad, name+": is not UTF-8")
			delete(r.vars, name)
		}
	}
}

// readSecretFiles puts the content of NAME_FILE in the place of NAME.
func (r *reading) readSecretFiles() {
	for _, name := range secretFiles {
		path := r.vars[name+"_FILE"]
		if path == "" {
			continue
		}
		if r.vars[name] != "" {
			r.say(name+"_FILE", "give either this or "+name+", not both")
			continue
		}
		text, err := readSecretFile(path)
		if err != nil {
			r.say(name+"_FILE", err.Error())
		}
		r.vars[name] = text.Reveal()
	}
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
	if inner, ok := errors.AsType[*os.PathError](err); ok {
		return inner.Err.Error()
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
