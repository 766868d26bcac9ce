package worker

import (
	"os"
	"runtime"
	"sync"
	"syscall"
)

// encodeNice is the priority of the encoder's thread: about a tenth of a visitor's share of a busy core.
const encodeNice = 10

// aside counts the goroutines that have stepped back.
var aside struct {
	sync.Mutex
	n, before int
}

// stepBack gives the calling goroutine a thread of its own at low priority, so that encoding does not keep visitors waiting; the thread ends with
// the goroutine. Until the returned function is called there is one P more: the one that the slow thread holds would be lost to visitors.
func stepBack() (forward func()) {
	runtime.LockOSThread()
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, syscall.Gettid(), encodeNice) // where that is not allowed, it is as it was
	aside.Lock()
	defer aside.Unlock()
	if aside.n++; aside.n == 1 {
		aside.before = runtime.GOMAXPROCS(0)
		runtime.GOMAXPROCS(aside.before + 1)
	}
	return forwards
}

// forwards takes the P away again when the last one is done.
func forwards() {
	aside.Lock()
	defer aside.Unlock()
	if aside.n--; aside.n > 0 {
		return
	}
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.SetDefaultGOMAXPROCS() // which goes on following the container's limit
		return
	}
	runtime.GOMAXPROCS(aside.before)
}
