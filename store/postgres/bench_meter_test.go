package postgres

import (
	"net"
	"sync/atomic"
)

// traffic is what crosses the wire between a pool and its server: bytes, and round trips, which are reads that follow a
// write.
type traffic struct{ bytes, trips atomic.Int64 }

// meter is one connection that counts into traffic.
type meter struct {
	net.Conn
	*traffic
	asked atomic.Bool
}

// Write counts and sends.
func (m *meter) Write(p []byte) (int, error) {
	m.asked.Store(true)
	n, err := m.Conn.Write(p)
	m.bytes.Add(int64(n))
	return n, err
}

// Read counts what comes.
func (m *meter) Read(p []byte) (int, error) {
	if m.asked.Swap(false) {
		m.trips.Add(1)
	}
	n, err := m.Conn.Read(p)
	m.bytes.Add(int64(n))
	return n, err
}
