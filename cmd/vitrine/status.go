package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"vitrine/render/publish"
	"vitrine/render/status"
	"vitrine/store/regular"
)

// statusTimeout bounds a look at another machine's status; statusLimit bounds what is read of it.
const (
	statusTimeout = 10 * time.Second
	statusLimit   = 4 << 20
)

type statusCmd struct {
	URL  string `help:"${help_url}" placeholder:"URL"`
	JSON bool   `help:"Print the document itself."`
}

// Run prints how the page is doing. The exit code is 0 pass, 1 warn, 2 fail, also for a document that cannot be had.
func (s statusCmd) Run(ctx context.Context, p program) error {
	raw, err := s.read(ctx, p)
	if err != nil {
		return usage(err)
	}
	var st status.Status
	if err := json.Unmarshal(raw, &st); err != nil || st.Schema == 0 {
		return usage(errors.New("this is no status document of vitrine: is the address or PUBLIC_DIR right?"))
	}
	said, now := st.Summary, time.Now()
	if st = st.At(now); st.Summary != said {
		if raw, err = corrected(raw, st); err != nil {
			return fmt.Errorf("correct the status: %w", err)
		}
	}
	if !s.JSON {
		raw = []byte(statusText(st, now, colourful(isTerminal(p.stdout), p.environ)))
	}
	if _, err := p.stdout.Write(raw); err != nil {
		return fmt.Errorf("print the status: %w", err)
	}
	return statusCode(st.Status)
}

// corrected is a document with the verdict of st in place of its own. What else is in it stays, though this version of
// the program may not know it.
func corrected(raw []byte, st status.Status) ([]byte, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, err
	}
	for name, now := range map[string]string{"status": st.Status, "summary": st.Summary} {
		fields[name], _ = json.Marshal(now) // of a text, which cannot fail
	}
	text, err := json.MarshalIndent(fields, "", "  ")
	return append(text, '\n'), err
}

// statusCode is the Nagios habit.
func statusCode(status string) error {
	switch status {
	case "pass":
		return nil
	case "warn":
		return exitError{code: 1}
	}
	return exitError{code: 2}
}

func (s statusCmd) read(ctx context.Context, p program) ([]byte, error) {
	if s.URL != "" {
		return fetchStatus(ctx, s.URL)
	}
	c, err := p.load(false)
	if err != nil {
		return nil, err
	}
	raw, err := c.statusFile()
	if err != nil {
		return nil, fmt.Errorf("%s has no status.json yet (%s): run \"vitrine serve\" or \"vitrine render\", or give --url",
			c.PublicDir, pathErr(err))
	}
	return raw, nil
}

// statusFile is the text of the status document that a server has written.
func (c config) statusFile() ([]byte, error) {
	return regular.Read(filepath.Join(c.PublicDir, publish.StatusJSONFile), statusLimit)
}

// statusURL is what a person typed after --url as the address of a status document.
func statusURL(typed string) (*url.URL, error) {
	if !strings.Contains(typed, "://") {
		typed = "http://" + typed
	}
	u, err := url.Parse(typed)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, errors.New("--url should be the address of a running server, as in http://localhost:8080")
	}
	if !strings.HasSuffix(u.Path, ".json") {
		u.Path = strings.TrimRight(u.Path, "/") + "/status.json"
	}
	return u, nil
}

// fetchStatus asks a running server. Its errors say what to look at, and hold no password of the address.
func fetchStatus(ctx context.Context, typed string) ([]byte, error) {
	client := http.DefaultClient
	path, socket := socketPath(typed)
	if socket {
		client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true,
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "unix", path)
			}}}
		typed = "localhost"
	}
	u, err := statusURL(typed)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", u.Redacted(), err)
	}
	if socket {
		u = &url.URL{Scheme: "unix", Host: path} // for people
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, noAnswer(u, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s: is it vitrine's own address (LISTEN_ADDR)?", u.Redacted(), resp.Status)
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, statusLimit))
	if err != nil {
		return nil, noAnswer(u, err)
	}
	return raw, nil
}

// withoutAddress is the error of a request without its address, which may hold a password.
func withoutAddress(err error) error {
	if asked, ok := errors.AsType[*url.Error](err); ok {
		return asked.Err
	}
	return err
}

// noAnswer says why u gave no document.
func noAnswer(u *url.URL, err error) error {
	err = withoutAddress(err)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s did not answer within %s: does another program listen there, or does it hang?",
			u.Redacted(), statusTimeout)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("nothing listens at %s: does \"vitrine serve\" run, and is this its LISTEN_ADDR?", u.Host)
	}
	return fmt.Errorf("ask %s: %w", u.Redacted(), err)
}
