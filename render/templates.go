package render

import (
	"bytes"
	"context"
	"errors"
	"html/template"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"vitrine/templates"
)

// The files of a set that mean something to the program, with one for each Page.Kind; all others are parts that these
// call.
const (
	homeFile  = "home.html"
	styleFile = "style.css"
	wordsFile = "words.json"
	assetsDir = "assets"
	statusDir = "status"
)

// Bounds of a set, in bytes: beyond them something is wrong, not big. maxOutput is above the gate's limit, so that the
// gate speaks first.
const (
	maxTemplateFile = 1_000_000
	maxOutput       = MaxPageBytes + 3_000_000
)

// TryTime is how long a set may take for the sample pages, which usually take some 20 ms.
const TryTime = 10 * time.Second

// Templates are one complete, tried set of templates. It is immutable and safe for use by several goroutines.
type Templates struct {
	// LoadedAt is when the set was read, Source whether it has files of an author: folder or embedded.
	LoadedAt time.Time
	Source   string

	parts   *template.Template // never executed, since an executed set cannot be cloned
	sources map[string]string
	words   words
	style   template.CSS
	assets  assetSet

	misspelt []string // see Warnings

	ctx context.Context // of one use of the set, see Within
}

// DefaultFiles are the files an author may start from, as `vitrine init --templates` writes them: paths as in a
// templates folder.
func DefaultFiles() fs.FS { return templates.Files }

// LoadTemplates reads the embedded templates and, over them, those of the folder dir ("" for none): a file there
// replaces the default of the same name, words.json replaces single words, assets/ adds small files. The set is
// returned only after it has rendered sample pages, empty and with everything, left to right and right to left. What is
// wrong comes back as a *TemplateError; so does a try that ctx or TryTime has ended.
func LoadTemplates(ctx context.Context, dir string) (*Templates, error) {
	ctx, cancel := context.WithTimeout(ctx, TryTime)
	defer cancel()
	return loadWithin(ctx, dir)
}

func loadWithin(ctx context.Context, dir string) (*Templates, error) {
	t := &Templates{LoadedAt: time.Now().UTC(), Source: "embedded", ctx: context.Background()}
	var err error
	if t.assets, err = newAssets(""); err != nil {
		return nil, err
	}
	sources, err := readSources(templates.Files)
	if err != nil {
		return nil, err
	}
	if t.words, err = parseWords(sources[wordsFile]); err != nil {
		return nil, err
	}
	if dir != "" {
		t.Source = "folder"
		if err := t.override(dir, sources); err != nil {
			return nil, err
		}
	}
	t.sources = sources
	if err := t.parse(); err != nil {
		return nil, err
	}
	return t, t.Within(ctx).try()
}

func (t *Templates) override(dir string, sources map[string]string) error {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return &TemplateError{File: dir, Message: "the templates folder is not there; TEMPLATES_DIR names it"}
	}
	folder := os.DirFS(dir)
	own, err := readSources(folder)
	if err != nil {
		return err
	}
	var w words
	ours, text := t.words, own[wordsFile]
	if text != "" {
		if w, err = parseWords(text); err != nil {
			return err
		}
		if err := w.validate(ours["en"], text); err != nil {
			return err
		}
		t.words = ours.merge(w)
	}
	shipped := slices.Sorted(maps.Keys(sources))
	maps.Copy(sources, own)
	t.sources = sources
	t.findMisspelt(own, shipped, w, ours, text)
	t.assets, err = newAssets(dir)
	return err
}

// readSources reads what belongs to a set: *.html at any depth, style.css and words.json. Names that begin with a dot
// (editors' files, a mounted volume's ..data), assets/ and status/ are passed over.
func readSources(folder fs.FS) (map[string]string, error) {
	sources := map[string]string{}
	err := fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		switch base := path.Base(name); {
		case err != nil:
			return &TemplateError{File: name, Message: "cannot be read"}
		case name == ".":
			return nil
		case strings.HasPrefix(base, "."), name == assetsDir, name == statusDir:
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case name != styleFile && name != wordsFile && path.Ext(name) != ".html":
			return nil
		}
		info, err := fs.Stat(folder, name) // follows links, as mounted volumes have them
		switch {
		case err != nil:
			return &TemplateError{File: name, Message: "cannot be read"}
		case info.IsDir():
			return nil
		case info.Size() > maxTemplateFile:
			return &TemplateError{File: name, Message: "is over 1 MB, too big for a template"}
		case !info.Mode().IsRegular(): // reading a pipe would wait for its writer
			return &TemplateError{File: name, Message: "is no regular file, but something like a pipe or a device; move it away"}
		}
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return &TemplateError{File: name, Message: "cannot be read"}
		}
		sources[name] = strings.TrimPrefix(string(text), "\ufeff")
		return checkUTF8(name, sources[name])
	})
	return sources, err
}

// checkUTF8 refuses what is written in another encoding. A NUL is what UTF-16 without a mark has between its letters.
func checkUTF8(name, text string) error {
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		if r == 0 || r == utf8.RuneError && size == 1 {
			line := 1 + strings.Count(text[:i], "\n")
			return newTemplateError(name, line, strings.ToValidUTF8(text, "?"), "is not UTF-8; save the file as UTF-8")
		}
	}
	return nil
}

func (t *Templates) parse() error {
	style := t.sources[styleFile]
	if i := strings.Index(strings.ToLower(style), "</style"); i >= 0 {
		return newTemplateError(styleFile, 1+strings.Count(style[:i], "\n"), style,
			"</style> would end the style in the middle of the page")
	}
	style, err := t.assets.inStyle(style)
	if err != nil {
		return err
	}
	t.style = template.CSS(MinifyCSS(style))
	t.parts = template.New("").Option("missingkey=error").Funcs(t.functions(localeOf("en"))).
		Funcs(template.FuncMap{onTime: t.checkTime})
	for _, name := range t.names() {
		if _, err := t.parts.New(name).Parse(strings.TrimRight(t.sources[name], "\n")); err != nil {
			return t.explain(name, err)
		}
	}
	interruptible(t.parts)
	return nil
}

func (t *Templates) try() error {
	for _, p := range samplePages() {
		if _, err := t.render(p); err != nil {
			return err
		}
	}
	return nil
}

// functions are what templates may call, beside html/template's own. README.md beside the templates documents them.
func (t *Templates) functions(l *locale) template.FuncMap {
	return template.FuncMap{
		"word":   func(key string, pairs ...any) (string, error) { return t.words.translate(l, key, pairs...) },
		"number": l.anyNumber,
		"asset":  t.assets.address,
		"style":  func() template.CSS { return t.style },
	}
}

// Render writes the homepage. An error is a *TemplateError.
func (t *Templates) Render(p Page) ([]byte, error) {
	p.Description = t.description(p)
	return t.render(p)
}

// NotFound writes the page for addresses that do not exist.
func (t *Templates) NotFound(s Site) ([]byte, error) { return t.render(newPage(s, "notfound")) }

// Unavailable writes the page that is shown while there is no homepage yet, with status 503.
func (t *Templates) Unavailable(s Site) ([]byte, error) { return t.render(newPage(s, "unavailable")) }

// Assets are the favicon, the status page's script, the shop's own assets/, and pictures, which give way to those.
func (t *Templates) Assets(pictures map[string][]byte) Assets {
	all := maps.Clone(t.assets.files)
	for name, svg := range pictures {
		if _, taken := all[name]; !taken {
			all[name] = func() ([]byte, error) { return svg, nil }
		}
	}
	return all
}

func (t *Templates) render(p Page) ([]byte, error) {
	file, l := p.Kind+".html", localeOf(p.Lang)
	if file != homeFile {
		title, _ := t.words.translate(l, p.Kind+"_title") // it ships, and has nothing to fill in
		p.Title = title + " · " + p.Name
	}
	parts := template.Must(t.parts.Clone()) // which was never executed
	out := &limited{}
	parts.Funcs(t.functions(l)).Funcs(template.FuncMap{onTime: t.checkTime})
	if err := parts.ExecuteTemplate(out, file, p); err != nil {
		return nil, t.explain(file, err)
	}
	return out.Bytes(), nil
}

// description is the sentence for search engines: the first categories by name.
func (t *Templates) description(p Page) string {
	var names []string
	length := 0
	for _, c := range p.Categories {
		if length += len([]rune(c.Name)); len(c.Cards) > 0 && len(names) < 5 && length < 90 {
			names = append(names, c.Name)
		}
	}
	if len(names) == 0 {
		return p.Name
	}
	l := localeOf(p.Lang)
	between, _ := t.words.translate(l, "list_comma") // both ship, and fill in no more than is given here
	text, _ := t.words.translate(l, "description", "site", p.Name, "categories", strings.Join(names, between))
	return text
}

// limited is a buffer that refuses to grow without end.
type limited struct{ bytes.Buffer }

var errTooBig = errors.New("the page grows without end")

func (b *limited) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxOutput {
		return 0, errTooBig
	}
	return b.Buffer.Write(p)
}
