//go:build unix

package storetest

import (
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"sync"
	"syscall"
)

// account is the user that servers run as: PostgreSQL refuses to run as root, so that root's tests use the account
// postgres.
var account = sync.OnceValue(func() *syscall.Credential {
	if os.Getuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			uid, _ := strconv.Atoi(u.Uid)
			gid, _ := strconv.Atoi(u.Gid)
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		}
	}
	return nil
})

// asAccount lets cmd run as the servers' account, in a process group of its own.
func asAccount(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: account(), Setpgid: true}
}

// ownSession lets cmd run in a session of its own.
func ownSession(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// giveToAccount makes a file or folder that of the servers' account.
func giveToAccount(path string) error {
	if a := account(); a != nil {
		return os.Chown(path, int(a.Uid), int(a.Gid))
	}
	return nil
}

// listen is listen(2).
func listen(fd uintptr, backlog int) error { return syscall.Listen(int(fd), backlog) }
