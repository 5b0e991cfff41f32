package badday

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/indera/indera/test/rig"
)

// TestDiskFull lets the disk under an SQLite database fill up and be freed
// again, with orders before, during and after.
func TestDiskFull(t *testing.T) {
	disk, elsewhere := smallDisk(t)
	if elsewhere {
		return
	}
	d := deploy(t, rig.Options{SQLite: filepath.Join(disk, "indera.db")})
	serve, api := d.Serves[0], d.API(d.Serves[0])
	registered(t, api, "before.one", "before")
	health(t, serve, http.StatusOK)

	filler := filepath.Join(disk, "filler")
	fill(t, filler)
	health(t, serve, http.StatusServiceUnavailable)
	a, err := api.Do(t.Context(), limit, http.MethodPost, "/domains", "during", order("during.one"))
	refusedAsUnavailable(t, a, err)
	if a, err = api.Do(t.Context(), limit, http.MethodGet, "/domains/before.one", "", nil); err != nil || a.Status != http.StatusOK {
		t.Errorf("reading on a full disk: %d %s, %v", a.Status, a.Body, err)
	}

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	health(t, serve, http.StatusOK)
	registered(t, api, "during.one", "during")
	registered(t, api, "after.one", "after")
	sound(t, d)
}

// diskSize holds a fresh database and little more.
const diskSize = "12m"

// smallDisk mounts a file system in memory, which takes the rights of root. An
// unprivileged user gets them inside namespaces of his own: there this test
// runs itself again, and elsewhere is true.
func smallDisk(t *testing.T) (dir string, elsewhere bool) {
	t.Helper()
	if testing.Short() {
		t.Skip("skipped: it runs the whole program (no -short)")
	}
	dir = t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+diskSize)
	if err == nil {
		t.Cleanup(func() {
			if err := syscall.Unmount(dir, 0); err != nil {
				t.Errorf("removing the small disk: %v", err)
			}
		})
		return dir, false
	}
	if os.Getenv("INDERA_BADDAY_NAMESPACE") == "1" {
		t.Fatalf("mounting in a namespace: %v", err)
	}
	again(t)
	return "", true
}

// again runs this test in a user and mount namespace and tells here what came
// out there.
func again(t *testing.T) {
	t.Helper()
	cmd := exec.Command("unshare", "--user", "--map-root-user", "--mount", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), "INDERA_BADDAY_NAMESPACE=1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	ran := strings.Contains(out.String(), "=== RUN")
	switch {
	case !ran && os.Getenv("CI") != "true":
		t.Skipf("skipped: a small disk takes root or user namespaces: %v: %s", err, out.String())
	case err != nil:
		t.Fatalf("in a namespace: %v: %s", err, out.String())
	case strings.Contains(out.String(), "--- SKIP") && os.Getenv("CI") == "true":
		t.Fatalf("skipped in its namespace: %s", out.String())
	case strings.Contains(out.String(), "--- SKIP"):
		t.Skipf("skipped in its namespace: %s", out.String())
	}
}

// fill writes until nothing more fits.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	err = writeAll(f)
	if closeErr := f.Close(); closeErr != nil {
		t.Fatal(closeErr)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("filling the disk: %v", err)
	}
}

// writeAll writes in smaller and smaller pieces, to the last byte.
func writeAll(f *os.File) error {
	var err error
	for size := 1 << 20; size > 0; size /= 2 {
		piece := make([]byte, size)
		for err = nil; err == nil; {
			_, err = f.Write(piece)
		}
	}
	return fmt.Errorf("writing: %w", err)
}
