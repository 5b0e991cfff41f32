package demo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// lockFile marks a folder as a demo's and is locked while one runs.
const lockFile = "demo.lock"

// ErrInUse says that another demo has the folder.
var ErrInUse = errors.New("another demo uses this folder")

// takeFolder makes the folder when it is missing, takes it for this process and
// empties it when fresh. Only a folder that a demo made, or an empty one, is
// taken: --fresh must never delete what is not ours.
func takeFolder(dir string, fresh bool) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the data folder: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("reading the data folder: %w", err)
	}
	ours := len(entries) == 0
	for _, e := range entries {
		ours = ours || e.Name() == lockFile
	}
	if !ours {
		return nil, fmt.Errorf("%s is not empty and was not made by a demo: give --data another folder", dir)
	}
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the data folder: %w", err)
	}
	if err := lock(f); err != nil {
		return nil, errors.Join(inUse(dir, f, err), f.Close())
	}
	if fresh {
		err = empty(dir, entries)
	}
	if err == nil {
		err = writePID(f)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func inUse(dir string, f *os.File, cause error) error {
	if !errors.Is(cause, errLocked) {
		return fmt.Errorf("locking %s: %w", dir, cause)
	}
	who := make([]byte, 20)
	n, err := f.ReadAt(who, 0)
	if n == 0 && err != nil {
		return fmt.Errorf("%s: %w: stop it, or give --data another folder", dir, ErrInUse)
	}
	return fmt.Errorf("%s: %w (process %s): stop it, or give --data another folder", dir, ErrInUse, strings.TrimSpace(string(who[:n])))
}

func empty(dir string, entries []os.DirEntry) error {
	for _, e := range entries {
		if e.Name() == lockFile {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return fmt.Errorf("emptying the data folder: %w", err)
		}
	}
	return nil
}

func writePID(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return fmt.Errorf("writing the lock: %w", err)
	}
	if _, err := f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0); err != nil {
		return fmt.Errorf("writing the lock: %w", err)
	}
	return nil
}

// writeFile replaces a file by rename, mode 0600: readers see the old content
// or the new, never half of it.
func writeFile(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return fmt.Errorf("writing %s: %w", filepath.Base(path), err)
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("writing %s: %w", filepath.Base(path), err), os.Remove(f.Name()))
	}
	return nil
}
