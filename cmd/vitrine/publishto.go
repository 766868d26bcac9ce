package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"vitrine/render/publish/object"
)

// bucket prepares the object storage of PUBLISH_TO; nil where that is not set. The error is an *object.OptionError.
func (c config) bucket(log *slog.Logger) (*object.Bucket, error) {
	if c.PublishTo == "" {
		return nil, nil
	}
	return object.Open(object.Options{
		To: c.PublishTo, Endpoint: c.Endpoint, Region: cmp.Or(c.Region, c.DefaultRegion), PathStyle: c.PathStyle,
		KeyID: c.KeyID, Secret: c.SecretKey, Session: c.SessionToken,
		PurgeURL: c.PurgeURL, PurgeToken: c.PurgeToken, PageURL: c.SiteURL, Log: log,
	})
}

// checkBucket reports a mistake in the variables of the object storage.
func (r *reading) checkBucket() {
	b, err := r.bucket(slog.New(slog.DiscardHandler))
	if bad, ok := errors.AsType[*object.OptionError](err); ok {
		r.say(bad.Variable, bad.Right)
	} else if b == nil && r.PurgeURL != "" {
		r.say("PURGE_URL", "does nothing without PUBLISH_TO: the server here needs no purge")
	}
}

// storageTime is for how long check waits for the storage.
const storageTime = 10 * time.Second

// checkStorage sees whether the page could be put into the object storage.
func checkStorage(ctx context.Context, f *findings, c config) {
	b, err := c.bucket(slog.New(slog.DiscardHandler))
	if b == nil || err != nil { // parseConfig has refused it already
		return
	}
	defer b.Close()
	ctx, cancel := context.WithTimeout(ctx, storageTime)
	defer cancel()
	up, err := b.Check(ctx)
	if err != nil {
		f.addError("fail", "PUBLISH_TO", err)
		return
	}
	for _, n := range b.Notices() {
		f.add("warn", "PUBLISH_TO", "%s", n)
	}
	if up.ETag == "" {
		f.add("pass", "PUBLISH_TO", "%s can be written; no page is there yet", b)
		return
	}
	f.add("pass", "PUBLISH_TO", "%s can be written; the page there has data of %s UTC", b, up.DataAt.Format(time.DateTime))
}
