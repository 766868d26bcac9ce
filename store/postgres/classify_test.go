package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"vitrine/store"
)

// lib/pq hides the cause of a write that failed; the time to connect is over all the same.
func TestConnectTimeoutInWords(t *testing.T) {
	db := &DB{opt: Options{ConnectTimeout: time.Second}, target: &target{}}
	write := &net.OpError{Op: "write", Net: "tcp", Err: os.ErrDeadlineExceeded}
	for _, err := range []error{write, errors.New(write.Error()), fmt.Errorf("connect: %w", write)} {
		e := db.explain(context.Background(), phaseAcquire, &connectError{errs: []error{err}, took: time.Second})
		if e.Class != store.ConnectTimeout {
			t.Errorf("%v: %v", err, e)
		}
	}
}
