package main

import (
	"bytes"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// Bounds of what waits for a slow reader, and how long the end of the program waits for one.
const (
	maxQueuedLines = 100
	maxQueuedBytes = 1 << 20
	flushPatience  = time.Second
)

// lineQueue is a writer of whole lines that never waits for its reader: what does not fit in the queue is dropped and
// counted, so that a log reader which stops can stop neither refreshes nor visits (invariant I7).
type lineQueue struct {
	to      io.Writer
	lines   chan []byte
	size    atomic.Int64 // bytes in lines
	dropped atomic.Int64 // lines, ever
	told    atomic.Int64 // of those, before the reader took one last
	tell    func(dropped int64)

	done chan struct{} // closed when the queue has ended
}

// newLineQueue returns a queue in front of to. tell is called with the number of dropped lines once the reader reads
// again; it may write to the queue.
func newLineQueue(to io.Writer, tell func(dropped int64)) *lineQueue {
	q := &lineQueue{to: to, lines: make(chan []byte, maxQueuedLines), tell: tell, done: make(chan struct{})}
	go q.pass()
	return q
}

// Write puts one line into the queue, or drops it. It always succeeds.
func (q *lineQueue) Write(line []byte) (int, error) {
	if q.size.Add(int64(len(line))) <= maxQueuedBytes {
		select {
		case q.lines <- bytes.Clone(line):
			return len(line), nil
		default:
		}
	}
	q.size.Add(-int64(len(line)))
	q.dropped.Add(1)
	return len(line), nil
}

// pass hands the lines on. A reader that has gone away has no use for them.
func (q *lineQueue) pass() {
	defer close(q.done)
	for line := range q.lines {
		if line == nil { // the end
			return
		}
		_, _ = q.to.Write(line)
		q.size.Add(-int64(len(line)))
		all := q.dropped.Load()
		if n := all - q.told.Swap(all); n > 0 {
			q.tell(n)
		}
	}
}

// close hands on what waits, for a moment at most. What is written after it is lost.
func (q *lineQueue) close() {
	patience := time.After(flushPatience)
	select {
	case q.lines <- nil:
	case <-patience:
		return
	}
	select {
	case <-q.done:
	case <-patience:
	}
}

// notices says that lines are lost now.
func (q *lineQueue) notices() []string {
	n := q.dropped.Load() - q.told.Load()
	if n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("whatever reads the log has stopped reading: %s dropped since",
		plural(int(n), "line was", "lines were"))}
}
