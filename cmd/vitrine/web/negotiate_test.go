package web

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var all = [codings]bool{br: true, gzip: true, identity: true}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		line string
		want coding
	}{
		{"", identity},
		{"br", br},
		{"gzip", gzip},
		{"identity", identity},
		{"gzip, deflate, br, zstd", br},
		{"gzip, deflate", gzip},
		{"deflate, zstd", identity},
		{"br;q=0.2, gzip;q=0.9", gzip},
		{"br;q=0, gzip", gzip},
		{"gzip;q=0", identity},
		{"br;q=0, gzip;q=0", identity},
		{"*", br},
		{"br;q=0, *", gzip},
		{"*;q=0", identity},
		{"*;q=0.5, gzip;q=0.3", br},
		{"br;q=0.3, *;q=0.5", gzip},
		{"GZIP", gzip},
		{"gzip;Q=0", identity},
		{"Br ; q=1.000", br},
		{"xbr", identity},
		{"x-gzip", identity},
		{"identity;q=0", identity},
		{"identity;q=0, gzip", gzip},
		{"identity, gzip;q=0.5", identity},
		{"identity;q=0.5, gzip;q=0.5", gzip},
		{"gzip;q=0.001", gzip},
		{", ,gzip,", gzip},
		{"gzip;q=2, br;q=x", identity},
		{"br\t;\tq=0.5,gzip;q=0.4", br},
		{"br;q=0.1, *;q=0, identity;q=0.05", br},
		{strings.Repeat("deflate,", 2000) + "br", br},
	} {
		if got := choose([]string{c.line}, all); got != c.want {
			t.Errorf("%.60q: %s, want %s", c.line, codingNames[got], codingNames[c.want])
		}
	}
	if got := choose(nil, all); got != identity {
		t.Errorf("no header: %s, want identity", codingNames[got])
	}
	if got := choose([]string{"br;q=0", "gzip"}, all); got != gzip {
		t.Errorf("two lines: %s, want gzip", codingNames[got])
	}
	for have, want := range map[[codings]bool]coding{{gzip: true}: gzip, {br: true}: br, {}: identity} {
		if got := choose([]string{"gzip;q=0.8, br;q=0.9"}, have); got != want {
			t.Errorf("have %v: %s, want %s", have, codingNames[got], codingNames[want])
		}
	}
}

// inventories are all sets of forms that an entity may have.
var inventories = [][codings]bool{all, {br: true, identity: true}, {gzip: true, identity: true}, {identity: true}}

// The values known by heart are answered as if they had been parsed.
func TestChooseKnown(t *testing.T) {
	known := 0
	for _, line := range []string{"gzip, deflate, br, zstd", "gzip, deflate, br", "br, gzip, deflate", "br, gzip",
		"gzip, br", "br", "gzip, deflate", "gzip,deflate", "gzip", "identity", ""} {
		for _, have := range inventories {
			got, ok := chooseKnown(line, have)
			if !ok {
				t.Errorf("%q is not known", line)
			}
			if want := chooseByWeight([]string{line}, have); got != want {
				t.Errorf("%q of %v: %s, by weight %s", line, have, codingNames[got], codingNames[want])
			}
			known++
		}
	}
	t.Logf("%d known answers equal to those by weight", known)
}

var element = regexp.MustCompile(`^([!#$%&'*+.^_|~0-9A-Za-z` + "`" + `-]+)` +
	`(?:[ \t]*;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?$`)

// oracle is RFC 9110 sections 12.4.2 and 12.5.3 by the letter, for well-formed values.
func oracle(value string, have [codings]bool) (best coding, wellFormed bool) {
	q, star := map[string]float64{}, 0.0
	for _, e := range strings.Split(value, ",") {
		if e = strings.Trim(e, " \t"); e == "" {
			continue
		}
		m := element.FindStringSubmatch(e)
		if m == nil {
			return 0, false
		}
		weight := 1.0
		if m[2] != "" {
			weight, _ = strconv.ParseFloat(m[2], 64)
		}
		if q[strings.ToLower(m[1])] = weight; m[1] == "*" {
			star = weight
		}
	}
	best, bestQ := identity, 0.0
	for c, name := range codingNames {
		weight, named := q[name]
		if !named {
			weight = star
		}
		if have[c] && weight > bestQ {
			best, bestQ = coding(c), weight
		}
	}
	return best, true
}

func FuzzChoose(f *testing.F) {
	for _, seed := range []string{"", "gzip, deflate, br, zstd", "br;q=0, *", "gzip;q=0.999,br;q=1.0", "*;q=0",
		"identity;q=0.5,*;q=0.1", "br;q=0.00000000000000000000001",
		"gzip;q=1;x=y", ";q=1", "br;q=", "br;q=-1", "a/b;q=1, gzip", "gzip\n, br;q=0", "BR;Q=0.7 , gzip;q=.8",
		"br;q=" + strings.Repeat("9", 70)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		lines := strings.Split(value, "\n")
		joined := strings.Join(lines, ",")
		for _, have := range inventories {
			got := choose(lines, have)
			if !have[got] {
				t.Fatalf("%q: chose %s, which is not there", value, codingNames[got])
			}
			want, wellFormed := oracle(joined, have)
			if wellFormed && got != want {
				t.Fatalf("%q of %v: %s, want %s", value, have, codingNames[got], codingNames[want])
			}
			named := strings.Contains(strings.ToLower(joined), codingNames[got]) || strings.Contains(joined, "*")
			if got != identity && !named {
				t.Fatalf("%q: chose %s, which nobody asked for", value, codingNames[got])
			}
		}
	})
}
