//go:build !unix

package web

// connectionLimit is maxConnections: this system does not bound descriptors.
func connectionLimit() int { return maxConnections }
