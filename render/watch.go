package render

import (
	"context"
	"log/slog"
)

// Watch calls changed after the files below dir have changed, once per burst of changes (within 100-500 ms of its first), until
// ctx ends; then it returns nil. changed runs in Watch's own goroutine and should only pass the news on.
func Watch(ctx context.Context, dir string, log *slog.Logger, changed func()) error {
	<-ctx.Done()
	return nil
}
