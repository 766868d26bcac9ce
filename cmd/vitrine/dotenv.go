package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
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
	raw, err := os.ReadFile(envFile)
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

// parseDotenv reads the text of a .env file as dotenv tools do: export, quotes, comments, $NAME of a variable set in the same
// file. Unlike godotenv alone it keeps a dollar that names no such variable (a password with $ loses no text), takes a byte
// order mark, and refuses a line without a name or an equals sign.
func parseDotenv(text string) (map[string]string, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	env, err := godotenv.Unmarshal(keepDollars(plainQuotes(text)))
	if err != nil {
		return nil, fmt.Errorf("line %d cannot be read: write NAME=value, with quotes closed", badLine(text))
	}
	for name := range env {
		if !envName.MatchString(name) {
			return nil, errors.New("a line has no NAME= before its value: write NAME=value, one a line")
		}
	}
	return env, nil
}

var (
	envName      = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)
	envAssign    = regexp.MustCompile(`(?m)^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*[=:]\s*(.?)`)
	envBackticks = regexp.MustCompile("(?m)^(\\s*(?:export\\s+)?[A-Za-z_][A-Za-z0-9_.]*\\s*=[ \\t]*)`([^`\n]*)`")
	envDollar    = regexp.MustCompile(`\\?\$\{?([A-Z0-9_]+)\}?`)
)

// plainQuotes writes the backtick quotes of the dotenv of Node as quotes that godotenv knows. Where the value has both other kinds it
// stays as it is.
func plainQuotes(text string) string {
	return envBackticks.ReplaceAllStringFunc(text, func(line string) string {
		m := envBackticks.FindStringSubmatch(line)
		switch name, value := m[1], m[2]; {
		case !strings.Contains(value, "'"):
			return name + "'" + value + "'"
		case !strings.ContainsAny(value, "\"\\"):
			return name + `"` + strings.ReplaceAll(value, "$", `\$`) + `"`
		}
		return line
	})
}

// keepDollars escapes every $NAME whose NAME the file does not set, so that godotenv does not put nothing in its place.
func keepDollars(text string) string {
	set := map[string]bool{}
	for _, m := range envAssign.FindAllStringSubmatch(text, -1) {
		set[m[1]] = true
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if m := envAssign.FindStringSubmatch(line); m != nil && m[2] == "'" {
			continue // single quotes: taken literally
		}
		lines[i] = envDollar.ReplaceAllStringFunc(line, func(ref string) string {
			if strings.HasPrefix(ref, `\`) || set[envDollar.FindStringSubmatch(ref)[1]] {
				return ref
			}
			return `\` + ref
		})
	}
	return strings.Join(lines, "\n")
}

// badLine finds the first line, from 1, that cannot be read on its own: a good guess at the mistake in a file that as a whole cannot.
func badLine(text string) int {
	for i, line := range strings.Split(text, "\n") {
		if _, err := godotenv.Unmarshal(line); err != nil {
			return i + 1
		}
	}
	return 1
}
