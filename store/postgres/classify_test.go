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
	db := &DB{opt: Options{ConnectTimeout: time.Second}}
	write := &net.OpError{Op: "write", Net: "tcp", Err: os.ErrDeadlineExceeded}
	for _, err := range []error{write, errors.New(write.Error()), fmt.Errorf("connect: %w", write)} {
		class, sentence := db.explain(context.Background(), phaseAcquire, &connectError{errs: []error{err}, took: time.Second})
		if class != store.ConnectTimeout {
			t.Errorf("%v: %s, %s", err, class, sentence)
		}
	}
}
