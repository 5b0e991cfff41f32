// Package storetest gives tests an empty, migrated store: on SQLite in a
// temporary folder, or on a MariaDB of the test's own.
package storetest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/test/mariadb"
)

// EnvMySQL makes Open use MariaDB when it is set to 1.
const EnvMySQL = "INDERA_TEST_MYSQL"

// Open returns an empty store on SQLite, or on MariaDB when INDERA_TEST_MYSQL=1.
func Open(tb testing.TB) *store.Store {
	tb.Helper()
	return OpenClock(tb, nil)
}

// OpenClock is Open with a clock for business time; nil is the real one.
func OpenClock(tb testing.TB, clock clockwork.Clock) *store.Store {
	tb.Helper()
	if os.Getenv(EnvMySQL) == "1" {
		return OpenMySQL(tb, clock)
	}
	return OpenSQLite(tb, clock)
}

// OpenSQLite returns an empty store on SQLite. The schema is built once per test
// binary and copied.
func OpenSQLite(tb testing.TB, clock clockwork.Clock) *store.Store {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "indera.db")
	image, err := template()
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, image, 0o600); err != nil {
		tb.Fatal(err)
	}
	return open(tb, store.Config{Driver: store.DriverSQLite, Path: path, Relaxed: true, Clock: clock})
}

// OpenMySQL returns an empty store on a MariaDB server that this test binary
// starts once; the test is skipped where MariaDB is not installed.
func OpenMySQL(tb testing.TB, clock clockwork.Clock) *store.Store {
	tb.Helper()
	s := open(tb, store.Config{Driver: store.DriverMySQL, DSN: mariadb.Shared(tb).NewDatabase(tb), MaxOpen: 16, Clock: clock})
	if err := s.Migrate(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return s
}

func open(tb testing.TB, cfg store.Config) *store.Store {
	tb.Helper()
	s, err := store.Open(tb.Context(), cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("closing the store: %v", err)
		}
	})
	return s
}

// template returns the bytes of a migrated, empty SQLite database.
var template = sync.OnceValues(func() (image []byte, err error) {
	dir, err := os.MkdirTemp("", "indera-template-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for the template: %w", err)
	}
	defer func() {
		if rmErr := os.RemoveAll(dir); err == nil && rmErr != nil {
			err = rmErr
		}
	}()
	path := filepath.Join(dir, "template.db")
	if err := build(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// build migrates a new file and closes it, so that everything is in that file.
func build(path string) (err error) {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{Driver: store.DriverSQLite, Path: path, Relaxed: true})
	if err != nil {
		return fmt.Errorf("building the template: %w", err)
	}
	defer func() {
		if closeErr := s.Close(); err == nil && closeErr != nil {
			err = closeErr
		}
	}()
	return s.Migrate(ctx)
}
