package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"strings"

	"github.com/joho/godotenv"
)

// environment merges the file .env of the working folder (absent is fine) with the process environment, which wins.
// environ is in the form of os.Environ. Errors name the line, never its value.
func environment(environ []string, envFile string) (map[string]string, error) {
	env := map[string]string{}
	for _, kv := range environ {
		if k, v, ok := strings.Cut(kv, "="); ok {
			env[k] = v
		}
	}
	raw, err := readRegular(envFile)
	if errors.Is(err, fs.ErrNotExist) {
		return env, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", envFile, err)
	}
	file, err := parseDotenv(string(raw))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", envFile, err)
	}
	maps.Copy(file, env)
	return file, nil
}

// While godotenv reads a file, a $ is written as one of these, since godotenv puts nothing in the place of a name that
// is not set: a password with a $ would lose text.
const (
	dollar        = "\ue000"
	escapedDollar = "\ue001" // what stands as \$
)

// parseDotenv reads the text of a .env file as dotenv tools do: export, quotes, backticks, comments, $NAME and ${NAME}
// of a variable set in the same file. It takes a byte order mark, and refuses a line without a name or an equals sign.
func parseDotenv(text string) (map[string]string, error) {
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
	envName      = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)
	envReference = regexp.MustCompile(dollar + `(?:\w+|\{\w+\})`)
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
