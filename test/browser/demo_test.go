package browser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// demo is what demo.json tells.
type demo struct {
	Portal, Mailbox string
	Customer, Staff struct{ Email, Password string }
	Registries      []struct{ TLDs []string }

	dir string // its data
}

// startDemo builds the product and runs its demo in a folder of its own until
// the test ends.
func startDemo(t *testing.T) demo {
	t.Helper()
	if path := os.Getenv("INDERA_DEMO_JSON"); path != "" {
		return readDemo(t, path)
	}
	dir := t.TempDir()
	binary := filepath.Join(dir, "indera")
	build := exec.Command("go", "build", "-o", binary, "./cmd/indera")
	build.Dir = filepath.Join("..", "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the product: %v\n%s", err, out)
	}
	data := filepath.Join(dir, "data")
	cmd := exec.Command(binary, "demo", "--data", data, "--port-base", fmt.Sprint(freeBase(t)))
	var out safeBuffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() { stopDemo(t, cmd, ended, &out) })
	path := filepath.Join(data, "demo.json")
	deadline := time.After(time.Minute)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := os.Stat(path); err == nil {
			return readDemo(t, path)
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("the demo ended: %v\n%s", err, out.String())
		case <-deadline:
			t.Fatalf("the demo is not ready after a minute\n%s", out.String())
		case <-tick.C:
		}
	}
}

// stopDemo asks the demo to end, which it must do cleanly.
func stopDemo(t *testing.T, cmd *exec.Cmd, ended chan error, out *safeBuffer) {
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Logf("stopping the demo: %v", err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("the demo ended with %v\n%s", err, out.String())
		}
	case <-time.After(30 * time.Second):
		t.Errorf("the demo did not stop\n%s", out.String())
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
	}
}

func readDemo(t *testing.T, path string) demo {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var d demo
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	if d.Portal == "" || len(d.Registries) == 0 || len(d.Registries[0].TLDs) == 0 {
		t.Fatalf("demo.json lacks something: %s", raw)
	}
	d.dir = filepath.Dir(path)
	return d
}

// freeBase returns a port base whose doors are all free right now.
func freeBase(t *testing.T) int {
	t.Helper()
	for range 50 {
		base := 20000 + 1000*rand.IntN(38)
		if free(base) {
			return base
		}
	}
	t.Fatal("there is no free range of ports")
	return 0
}

func free(base int) bool {
	for _, offset := range []int{25, 43, 80, 81, 90, 700, 701, 702, 703, 750, 751, 752, 753} {
		ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", base+offset))
		if err != nil {
			return false
		}
		if ln.Close() != nil {
			return false
		}
	}
	return true
}

// safeBuffer collects output of a running process.
type safeBuffer struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
