package mariadb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
)

// StartTest starts a server of the test's own and removes it afterwards. Without
// MariaDB the test is skipped, or fails when CI=true.
func StartTest(tb testing.TB, opt Options) *Server {
	tb.Helper()
	s, err := Start(tb.Context(), opt)
	need(tb, err)
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("removing the MariaDB server: %v", err)
		}
	})
	return s
}

func need(tb testing.TB, err error) {
	tb.Helper()
	if errors.Is(err, ErrNotInstalled) && os.Getenv("CI") != "true" {
		tb.Skipf("skipped: %v", err)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

var shared = sync.OnceValues(func() (*Server, error) { return Start(context.Background(), Options{}) })

// Shared returns the one server of this test binary. It ends with the binary;
// call Main from TestMain to remove its data at once, else the next start does.
func Shared(tb testing.TB) *Server {
	tb.Helper()
	sharedUsed.Store(true)
	s, err := shared()
	need(tb, err)
	return s
}

var sharedUsed atomic.Bool

// Main runs the tests and removes the shared server. Use it as
//
//	func TestMain(m *testing.M) { os.Exit(mariadb.Main(m)) }
func Main(m *testing.M) int {
	code := m.Run()
	if !sharedUsed.Load() {
		return code
	}
	s, err := shared()
	if err != nil {
		return code // the tests have told
	}
	if err := s.Close(); err != nil {
		fmt.Fprintln(os.Stderr, "removing the shared MariaDB server:", err)
		return max(code, 1)
	}
	return code
}

var databases atomic.Int64

// NewDatabase makes an empty database and returns its DSN.
func (s *Server) NewDatabase(tb testing.TB) string {
	tb.Helper()
	name := fmt.Sprintf("t%d", databases.Add(1))
	if err := s.CreateDatabase(tb.Context(), name); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if _, err := s.root.ExecContext(context.Background(), "DROP DATABASE `"+name+"`"); err != nil && !s.proc.Exited() {
			tb.Errorf("dropping database %s: %v", name, err)
		}
	})
	return s.DSN(name)
}
