package main

import (
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"unicode/utf8"
)

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
