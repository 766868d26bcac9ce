package web

import (
	"net/http"
	"strings"

	"github.com/go-openapi/runtime/server-middleware/negotiate/header"
)

// coding is a content coding that we can send. The order is that of preference among equals.
type coding int

const (
	br coding = iota
	gzip
	identity
	codings // how many there are
)

var codingNames = [codings]string{"br", "gzip", "identity"}

const acceptEncoding = "Accept-Encoding"

// choose returns the coding to answer with (RFC 9110 section 12.5.3) for the Accept-Encoding field lines of a request,
// among those in have; identity is always there. Never nothing: where no coding is acceptable it is identity,
// which is kinder than 406.
func choose(lines []string, have [codings]bool) coding {
	if len(lines) == 0 {
		return identity // RFC 9110: anything would be acceptable; what was not asked for may not be understood
	}
	if len(lines) == 1 {
		if c, ok := chooseKnown(lines[0], have); ok {
			return c
		}
	}
	return chooseByWeight(lines, have)
}

// chooseKnown answers for the values that browsers, proxies and tools really send, without parsing or allocating. A
// test holds it equal to chooseByWeight.
func chooseKnown(line string, have [codings]bool) (coding, bool) {
	switch line {
	case "gzip, deflate, br, zstd", "gzip, deflate, br", "br, gzip, deflate", "br, gzip", "gzip, br":
		if have[br] {
			return br, true
		}
	case "br":
		if have[br] {
			return br, true
		}
		return identity, true
	case "gzip, deflate", "gzip,deflate", "gzip":
	case "identity", "":
		return identity, true
	default:
		return identity, false
	}
	if have[gzip] {
		return gzip, true
	}
	return identity, true
}

func chooseByWeight(lines []string, have [codings]bool) coding {
	q := weights(lines)
	best, bestQ := identity, 0.0
	for c := br; c < codings; c++ {
		if (have[c] || c == identity) && q[c] > bestQ {
			best, bestQ = c, q[c]
		}
	}
	return best
}

// weights gives each coding its quality, 0 for those not acceptable or not asked for. An exact name beats "*"; the last
// of several mentions counts; identity that nobody mentioned gets 0, below anything that was asked for.
func weights(lines []string) (q [codings]float64) {
	var named [codings]bool
	star := 0.0
	// One list element per value: a broken one then spoils only itself, and empty ones are passed over (RFC 9110
	// section 5.6.1.2).
	elements := strings.Split(strings.ToLower(strings.Join(lines, ",")), ",")
	for i := range elements {
		elements[i] = strings.TrimSpace(elements[i])
	}
	for _, spec := range header.ParseAccept(http.Header{acceptEncoding: elements}, acceptEncoding) {
		if spec.Value == "*" {
			star = spec.Q
		}
		for c, name := range codingNames {
			if spec.Value == name {
				q[c], named[c] = spec.Q, true
			}
		}
	}
	for c := range q {
		if !named[c] {
			q[c] = star
		}
	}
	return q
}
