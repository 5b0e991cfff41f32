//go:build unix

package demo

import (
	"errors"
	"os"
	"syscall"
)

var errLocked = errors.New("locked")

// lock takes the file for this process; the kernel gives it back when the
// process ends, however it ends.
func lock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errLocked
	}
	return err
}
