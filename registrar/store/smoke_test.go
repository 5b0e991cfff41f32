package store_test

import (
	"os"
	"testing"

	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/registrar/store/storetest"
	"github.com/indera/indera/test/mariadb"
)

func TestMain(m *testing.M) { os.Exit(mariadb.Main(m)) }

// onBoth runs a test on an empty store of each database.
func onBoth(t *testing.T, f func(t *testing.T, s *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, storetest.OpenSQLite(t, nil)) })
	t.Run("mariadb", func(t *testing.T) { f(t, storetest.OpenMySQL(t, nil)) })
}

func TestPing(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		for range 2 {
			if err := s.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		n, err := s.Pending(t.Context())
		if err != nil || n != 0 {
			t.Fatalf("pending = %d, %v", n, err)
		}
	})
}
