package object

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/semver"
)

// Edition is what decides whether a page may take the place of another. It is kept with the page as metadata.
type Edition struct {
	// ETag is that of the page's bytes, quoted: equal ones are the same page.
	ETag string
	// Version is the data version that the page shows; 0 where the database does not tell.
	Version int64
	// DataAt is when the data was read.
	DataAt time.Time
	// Database is the identity of the database: versions of two databases cannot be compared.
	Database string
	// Fingerprint is that of everything else the bytes come from: settings, templates, program.
	Fingerprint string
	// Program is the version of the program.
	Program string
}

// Names of the metadata. Storage adds x-amz-meta- before them.
const (
	metaETag        = "Vitrine-Etag"
	metaVersion     = "Vitrine-Data-Version"
	metaDataAt      = "Vitrine-Data-At"
	metaConfirmed   = "Vitrine-Confirmed-At"
	metaDatabase    = "Vitrine-Database"
	metaFingerprint = "Vitrine-Fingerprint"
	metaProgram     = "Vitrine-Program"
)

func (e Edition) metadata() map[string]string {
	return map[string]string{metaETag: strings.Trim(e.ETag, `"`), metaVersion: strconv.FormatInt(e.Version, 10),
		metaDataAt: timeText(e.DataAt), metaDatabase: e.Database, metaFingerprint: e.Fingerprint, metaProgram: e.Program}
}

func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// editionOf reads metadata back. What is no page of ours has no ETag.
func editionOf(meta map[string]string) Edition {
	e := Edition{Database: meta[metaDatabase], Fingerprint: meta[metaFingerprint], Program: meta[metaProgram]}
	if tag := meta[metaETag]; tag != "" {
		e.ETag = `"` + tag + `"`
	}
	e.Version, _ = strconv.ParseInt(meta[metaVersion], 10, 64) // 0: not known
	e.DataAt, _ = time.Parse(time.RFC3339Nano, meta[metaDataAt])
	return e
}

// newest returns e with the newer version and time of another edition of the same page.
func (e Edition) newest(other Edition) Edition {
	e.Version, e.DataAt = max(e.Version, other.Version), later(e.DataAt, other.DataAt)
	return e
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// comparable reports whether the data versions of two pages tell which is newer.
func (e Edition) comparable(other Edition) bool {
	return e.Database == other.Database && e.Version > 0 && other.Version > 0
}

// olderThan reports whether e shows older data than another page of the same database: by version, and within one
// version, or where it is not known, by the clock.
func (e Edition) olderThan(other Edition) bool {
	if e.comparable(other) && e.Version != other.Version {
		return e.Version < other.Version
	}
	return e.Database == other.Database && e.DataAt.Before(other.DataAt)
}

type verdict int

const (
	write   verdict = iota // it takes the place of what is up
	same                   // it is up
	older                  // newer data is up
	other                  // the page of a program with other settings is up, and stays
	foreign                // what is up is not known to be a page of ours, and stays
)

// judge decides what becomes of our page, given what is up; lastETag is the page that this machine published last, and
// now the storage's clock. A page whose data nobody has had for longer than StaleAfter gives way to one whose data is
// not as old.
func judge(ours Page, up remote, lastETag string, now time.Time) verdict {
	switch {
	case up.tag == "":
		return write
	case up.ETag == ours.ETag:
		return same
	case ours.StaleAfter == 0:
		return write
	case up.foreign(lastETag):
		return foreign
	case now.Sub(up.confirmed) > ours.StaleAfter && ours.Age <= ours.StaleAfter:
		return write
	case ours.olderThan(up.Edition):
		return older
	case ours.Fingerprint == up.Fingerprint && ours.Database == up.Database || up.ETag == lastETag:
		return write
	case ours.comparable(up.Edition) && ours.Version > up.Version:
		return write
	case newerProgram(ours.Program, up.Program):
		return write
	}
	return other
}

// newerProgram reports whether a is a higher version than b. What is no version is lower than all.
func newerProgram(a, b string) bool {
	return semver.Compare("v"+strings.TrimPrefix(a, "v"), "v"+strings.TrimPrefix(b, "v")) > 0
}

// conflict says that two programs with other settings publish to one place.
func conflict(to string, ours, up Edition) string {
	name := func(e Edition) string { return fmt.Sprintf("%.8s by vitrine %s", e.Fingerprint, e.Program) }
	return fmt.Sprintf("two programs with different settings, templates or databases publish to %s: "+
		"%s is up, and this is %s; give them the same, or a place each", to, name(up), name(ours))
}
