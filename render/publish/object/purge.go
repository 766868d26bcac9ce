package object

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"vitrine/store"
)

// purger tells a cache in front of the storage that the page has changed.
type purger struct {
	method string
	url    store.Secret // it may hold the token
	token  store.Secret
	body   []byte
	client *http.Client
}

// parsePurge understands PURGE_URL: an address, with a method before it where that is not POST, in which {url} is the
// page's address and {token} the token; nil where it is empty. The token goes as "Authorization: Bearer", and under the
// names that Fastly and bunny.net have for it; the body is Cloudflare's.
func parsePurge(o Options, transport http.RoundTripper) (*purger, error) {
	if o.PurgeURL == "" {
		return nil, nil
	}
	token, page := o.PurgeToken, o.PageURL
	method, rest, ok := strings.Cut(strings.TrimSpace(o.PurgeURL.Reveal()), " ")
	if !ok {
		method, rest = http.MethodPost, method
	}
	if page == "" && strings.Contains(rest, "{url}") {
		return nil, &OptionError{"PURGE_URL", "has {url} in it, the page's address, which needs SITE_URL"}
	}
	rest = strings.NewReplacer("{url}", url.QueryEscape(page), "{token}", url.QueryEscape(token.Reveal())).Replace(rest)
	u, err := url.Parse(strings.TrimSpace(rest))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.ContainsAny(rest, "{}") ||
		strings.ToUpper(method) != method {
		return nil, &OptionError{"PURGE_URL", "should be an address with {url} and {token} in it where they belong, " +
			"and the method before it where that is not POST, as in PURGE http://cache.internal/"}
	}
	body, err := json.Marshal(map[string][]string{"files": {page}})
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // the token is for nobody else
	}}
	return &purger{method, store.Secret(u.String()), token, body, client}, err
}

// call purges. The error is a *store.Error of class upload, without the address, which may hold the token.
func (p *purger) call(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, p.method, p.url.Reveal(), strings.NewReader(string(p.body)))
	if err != nil {
		return p.failure(errors.New("no request can be made of PURGE_URL"))
	}
	req.Header.Set("Content-Type", "application/json")
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token.Reveal())
		req.Header.Set("Fastly-Key", p.token.Reveal())
		req.Header.Set("AccessKey", p.token.Reveal())
	}
	resp, err := p.client.Do(req)
	if withAddress, ok := errors.AsType[*url.Error](err); ok {
		err = withAddress.Err
	}
	if err != nil {
		return p.failure(err)
	}
	resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return p.failure(answered(resp.StatusCode))
	}
	return nil
}

// answered is the HTTP status of a purge that was refused.
type answered int

func (a answered) Error() string {
	return fmt.Sprintf("it answers %d %s", int(a), http.StatusText(int(a)))
}

func (p *purger) failure(err error) error {
	return &store.Error{Class: store.Upload, Err: fmt.Errorf("purge: %w", err),
		Sentence: "the new page is in the object storage, but the cache before it was not purged (PURGE_URL): " +
			"visitors see it when its time there is over"}
}
