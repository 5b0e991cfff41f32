package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/indera/indera/registrar/store/storetest"
)

// TestLookingAtMigrationsTakesNoLock leaves behind the lock of a process that
// was killed: the next one must still start.
func TestLookingAtMigrationsTakesNoLock(t *testing.T) {
	s := storetest.OpenMySQL(t, nil)
	res, err := s.SQL().ExecContext(t.Context(), "UPDATE goose_lock SET locked = 1, locked_by = 'a dead process', lease_expires_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		t.Fatalf("%d locks, %v: goose keeps them elsewhere", n, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if pending, err := s.Pending(ctx); err != nil || pending != 0 {
		t.Errorf("%d pending, %v", pending, err)
	}
}
