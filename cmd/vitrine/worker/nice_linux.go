package worker

import (
	"runtime"
	"syscall"
)

// encodeNice is the priority of the encoder's thread: about a tenth of a visitor's share of a busy core.
const encodeNice = 10

// stepBack gives the calling goroutine a thread of its own at low priority, so that encoding does not keep visitors waiting. The thread
// ends with the goroutine.
func stepBack() {
	runtime.LockOSThread()
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, syscall.Gettid(), encodeNice) // where that is not allowed, it is as it was
}
