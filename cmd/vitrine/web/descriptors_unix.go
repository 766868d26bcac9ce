//go:build unix

package web

import "syscall"

// connectionLimit is maxConnections, or fewer where this process may not open enough descriptors.
func connectionLimit() int {
	var r syscall.Rlimit
	err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r)
	if err != nil || uint64(r.Cur) >= maxConnections+spareDescriptors {
		return maxConnections
	}
	descriptors := int(r.Cur)
	return max(descriptors-spareDescriptors, descriptors/4)
}
