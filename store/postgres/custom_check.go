package postgres

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is one lexical element of SQL (PostgreSQL manual, "Lexical Structure"); comments and space are none.
type token struct {
	text string // words in lower case; strings and quoted names as written
	pos  int    // byte offset
}

// tokens splits SQL. The error names what is not closed.
func tokens(sql string) ([]token, error) {
	var list []token
	for i := 0; i < len(sql); {
		rest := sql[i:]
		n, err := skipSpace(rest)
		if err != nil {
			return nil, fmt.Errorf("%w (%s)", err, place(sql, i))
		}
		if n > 0 {
			i += n
			continue
		}
		n, err = tokenLen(rest, len(list) > 0 && list[len(list)-1].text == "e" && list[len(list)-1].pos == i-1)
		if err != nil {
			return nil, fmt.Errorf("%w (%s)", err, place(sql, i))
		}
		text := rest[:n]
		if isWord(text) {
			text = strings.ToLower(text)
		}
		list = append(list, token{text, i})
		i += n
	}
	return list, nil
}

// skipSpace returns the length of the space or of the comment that s begins with. Block comments nest.
func skipSpace(s string) (int, error) {
	switch {
	case strings.HasPrefix(s, "--"):
		if n := strings.IndexByte(s, '\n'); n >= 0 {
			return n + 1, nil
		}
		return len(s), nil
	case strings.HasPrefix(s, "/*"):
		depth := 0
		for i := 0; i+1 < len(s); i++ {
			switch s[i : i+2] {
			case "/*":
				depth, i = depth+1, i+1
			case "*/":
				depth, i = depth-1, i+1
			}
			if depth == 0 {
				return i + 1, nil
			}
		}
		return 0, fmt.Errorf("a comment /* is not closed")
	}
	r, n := utf8.DecodeRuneInString(s)
	if unicode.IsSpace(r) {
		return n, nil
	}
	return 0, nil
}

// tokenLen returns the length of the token that s begins with. escapes says that a string follows E.
func tokenLen(s string, escapes bool) (int, error) {
	switch c := s[0]; {
	case c == '\'':
		return quotedLen(s, c, escapes, "a string")
	case c == '"':
		return quotedLen(s, c, false, "a quoted name")
	case c == '$':
		if n := len(s[1:]) - len(strings.TrimLeft(s[1:], "0123456789")); n > 0 {
			return 1 + n, nil
		}
		if end := strings.IndexByte(s[1:], '$'); end >= 0 && (end == 0 || isWord(s[1:1+end])) {
			tag := s[:end+2]
			if n := strings.Index(s[len(tag):], tag); n >= 0 {
				return n + 2*len(tag), nil
			}
			return 0, fmt.Errorf("a string %s is not closed", tag)
		}
		return 1, nil
	}
	n := strings.IndexFunc(s, func(r rune) bool { return !wordRune(r) })
	if n < 0 {
		n = len(s)
	}
	if n == 0 {
		_, n = utf8.DecodeRuneInString(s)
	}
	return n, nil
}

func quotedLen(s string, quote byte, escapes bool, what string) (int, error) {
	for i := 1; i < len(s); i++ {
		switch {
		case escapes && s[i] == '\\':
			i++
		case s[i] == quote && i+1 < len(s) && s[i+1] == quote:
			i++
		case s[i] == quote:
			return i + 1, nil
		}
	}
	return 0, fmt.Errorf("%s is not closed", what)
}

func wordRune(r rune) bool { return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r) }

func isWord(s string) bool {
	return s != "" && s[0] != '$' && strings.IndexFunc(s, func(r rune) bool { return !wordRune(r) }) < 0
}

// place says where in the file a byte offset is.
func place(sql string, pos int) string {
	before := sql[:min(pos, len(sql))]
	return fmt.Sprintf("line %d, column %d", 1+strings.Count(before, "\n"), 1+utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]))
}

// checkSelect refuses what is not exactly one SELECT without side effects. It returns the statement without a final semicolon, and
// which of $1 and $2 it uses. (The server refuses the same things once more, because the statement is sent as a subquery.)
func checkSelect(sql string) (body string, params []int, err error) {
	list, err := tokens(sql)
	if err != nil {
		return "", nil, err
	}
	if n := slices.IndexFunc(list, func(t token) bool { return t.text == ";" }); n >= 0 {
		if n+1 < len(list) {
			return "", nil, fmt.Errorf("more than one statement (%s): one SELECT is allowed", place(sql, list[n+1].pos))
		}
		sql, list = sql[:list[n].pos], list[:n]
	}
	if len(list) == 0 {
		return "", nil, fmt.Errorf("there is no statement in it")
	}
	if first := list[0]; first.text != "select" && first.text != "with" {
		return "", nil, fmt.Errorf("it begins with %q (%s): one SELECT is allowed, or WITH … SELECT", first.text, place(sql, first.pos))
	}
	depth := 0
	for i, t := range list {
		switch t.text {
		case "(":
			depth++
		case ")":
			depth--
		case "insert", "update", "delete", "merge", "into":
			if i > 0 && list[i-1].text != "." && list[i-1].text != "as" {
				return "", nil, fmt.Errorf("%s (%s): the statement may only read; if this is a column's name, put it in double quotes",
					strings.ToUpper(t.text), place(sql, t.pos))
			}
		}
		if depth < 0 {
			return "", nil, fmt.Errorf("a closing parenthesis too many (%s)", place(sql, t.pos))
		}
		if n, isParam := strings.CutPrefix(t.text, "$"); isParam {
			if k, err := strconv.Atoi(n); err == nil && !slices.Contains(params, k) {
				params = append(params, k)
			}
		}
	}
	if depth > 0 {
		return "", nil, fmt.Errorf("%d parentheses are not closed", depth)
	}
	for _, k := range params {
		if k != 1 && k != 2 {
			return "", nil, fmt.Errorf("$%d: there are $1, the text[] of CATEGORIES, and $2, PRODUCTS_PER_CATEGORY", k)
		}
	}
	return sql, params, nil
}
