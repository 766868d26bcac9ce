//go:build !linux

package worker

// stepBack does nothing here: threads have no priority of their own on other systems.
func stepBack() (forward func()) { return func() {} }
