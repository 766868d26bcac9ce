package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/joho/godotenv"

	"vitrine/render"
	"vitrine/store/regular"
)

// environment merges the file .env of the working folder (absent is fine) with the process environment, which wins.
// environ is in the form of os.Environ. misspelt are sentences on names that are nearly one of ours. Errors name the
// line, never its value.
func environment(environ []string, envFile string) (vars map[string]string, misspelt []string, err error) {
	vars = map[string]string{}
	raw, err := regular.Read(envFile, maxSmallFile)
	if err == nil {
		vars, err = parseDotenv(string(raw))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("%s: %s", envFile, pathErr(err))
	}
	ours := variableNames()
	compare := func(where, name string) {
		if near := render.Nearest(name, ours); near != "" {
			misspelt = append(misspelt, fmt.Sprintf("%s sets %s, which is not known: should it be %s?", where, name, near))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		compare(envFile, name)
	}
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		vars[name] = unquote(value)
		if len(name) >= minNameOfOurs {
			compare("the environment", name)
		}
	}
	return vars, misspelt, nil
}

// minNameOfOurs is how long a name in the environment must be to be looked at: short ones are other programs'.
const minNameOfOurs = 8

// unquote takes one pair of quotes off, which `docker run --env-file` keeps, unless more of them stand within.
func unquote(value string) string {
	for _, quote := range []string{`"`, "'"} {
		inner, begins := strings.CutPrefix(value, quote)
		inner, ends := strings.CutSuffix(inner, quote)
		if begins && ends && !strings.Contains(inner, quote) {
			return inner
		}
	}
	return value
}

// While godotenv reads a file, a $ is written as one of these, since godotenv puts nothing in the place of a name that
// is not set: a password with a $ would lose text.
const (
	dollar        = "\ue000"
	escapedDollar = "\ue001" // what stands as \$
)

// parseDotenv reads the text of a .env file as dotenv tools do: export, quotes, backticks, comments, $NAME and ${NAME}
// of a variable set in the same file. It takes a byte order mark, and refuses a line without a name or an equals sign,
// and what is not UTF-8.
func parseDotenv(text string) (map[string]string, error) {
	for i, line := range strings.Split(text, "\n") {
		if !utf8.ValidString(line) || strings.Contains(line, "\x00") { // UTF-16 has a NUL beside every letter
			name := ""
			if m := envAssignment.FindStringSubmatch(line); m != nil {
				name = " (" + m[1] + ")"
			}
			return nil, fmt.Errorf("line %d%s is not UTF-8: save the file as UTF-8", i+1, name)
		}
	}
	text = strings.NewReplacer("\ufeff", "", `\$`, escapedDollar, "$", dollar).Replace(text)
	raw, err := godotenv.Unmarshal(text)
	if err != nil {
		return nil, fmt.Errorf("line %d cannot be read: write NAME=value, with quotes closed", badLine(text))
	}
	env := map[string]string{}
	for name, value := range raw {
		if !envName.MatchString(name) {
			return nil, errors.New("a line has no NAME= before its value: write NAME=value, one a line")
		}
		if inner, ok := strings.CutPrefix(value, "`"); ok { // a quote of Node's dotenv
			value = strings.TrimSuffix(inner, "`")
		}
		env[name] = strings.NewReplacer(dollar, "$", escapedDollar, "$").Replace(expand(value, raw, 0))
	}
	return env, nil
}

var (
	envName       = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)
	envAssignment = regexp.MustCompile(`^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*=`)
	envReference  = regexp.MustCompile(dollar + `(?:\w+|\{\w+\})`)
)

// maxDepth is how many references may lead on to one another.
const maxDepth = 8

// expand puts the values of vars in the place of references to them; other references stay.
func expand(value string, vars map[string]string, depth int) string {
	return envReference.ReplaceAllStringFunc(value, func(reference string) string {
		if other, set := vars[strings.Trim(reference, dollar+"{}")]; set && depth < maxDepth {
			return expand(other, vars, depth+1)
		}
		return reference
	})
}

// badLine finds the first line, from 1, that cannot be read on its own: a good guess at the mistake in a file that as a
// whole cannot.
func badLine(text string) int {
	for i, line := range strings.Split(text, "\n") {
		if _, err := godotenv.Unmarshal(line); err != nil {
			return i + 1
		}
	}
	return 1
}
