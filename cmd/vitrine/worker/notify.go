package worker

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"vitrine/render/status"
)

// A notification is followed by a refresh once there has been none for notifyQuiet, and after notifyLimit at the
// latest.
const (
	notifyQuiet = 200 * time.Millisecond
	notifyLimit = 2 * time.Second
)

// notified refreshes when the database tells of changes. Many in a row are one refresh, and while one runs the next
// waits: the rest are in it.
func (w *Worker) notified(ctx context.Context) error {
	if w.cfg.Listen == nil {
		return nil
	}
	heard := make(chan struct{}, 1)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		return w.cfg.Listen(ctx, func() { wake(heard) })
	})
	group.Go(func() error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-heard:
			}
			waitForQuiet(ctx, heard)
			w.ask(ctx, dataJob, Request{Trigger: status.TriggerNotify}) // the outcome is in status and log
		}
	})
	return group.Wait()
}

func waitForQuiet(ctx context.Context, heard <-chan struct{}) {
	limit := time.After(notifyLimit)
	for {
		select {
		case <-heard:
		case <-time.After(notifyQuiet):
			return
		case <-limit:
			return
		case <-ctx.Done():
			return
		}
	}
}
