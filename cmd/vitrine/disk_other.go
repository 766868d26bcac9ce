//go:build !linux

package main

// disk is what a folder lies on.
type disk struct {
	kind    string
	free    uint64 // bytes
	noFiles bool   // out of inodes
}

func lookAtDisk(string) (disk, bool) { return disk{}, false }
