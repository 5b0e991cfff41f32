package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/registrar/store/storetest"
	"github.com/indera/indera/test/mariadb"
)

func TestInTxRollsBackAndPassesErrorsThrough(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		mine := errors.New("mine")
		runs := 0
		err := s.InTx(ctx, func(tx registrar.Tx) error {
			runs++
			if err := tx.InsertCustomer(ctx, aCustomer(1)); err != nil {
				return err
			}
			if _, err := tx.Customer(ctx, "cus_001"); err != nil { // sees its own writes
				return err
			}
			if _, err := s.Customer(ctx, "cus_001"); !registrar.IsNotFound(err) { // nobody else does
				t.Errorf("uncommitted data is seen outside: %v", err)
			}
			return fmt.Errorf("wrapped: %w", mine)
		})
		if !errors.Is(err, mine) || runs != 1 {
			t.Errorf("after %d runs: %v", runs, err)
		}
		_, err = s.Customer(ctx, "cus_001")
		wantError(t, err, registrar.KindNotFound, "not_found")
	})
}

func TestInTxAfterPanicAndCancel(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = s.InTx(ctx, func(tx registrar.Tx) error {
				if err := tx.InsertCustomer(ctx, aCustomer(1)); err != nil {
					return err
				}
				panic("boom")
			})
		}()
		stopped, cancel := context.WithCancel(ctx)
		err := s.InTx(stopped, func(tx registrar.Tx) error {
			if err := tx.InsertCustomer(ctx, aCustomer(2)); err != nil {
				return err
			}
			cancel()
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled transaction returned %v", err)
		}
		if err := s.InTx(stopped, func(registrar.Tx) error { t.Error("ran"); return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("begun after the end: %v", err)
		}
		if got := must[[]registrar.Customer](t)(s.Customers(ctx, "", registrar.Page{})); len(got) != 0 {
			t.Errorf("left behind: %v", got)
		}
		write(t, s, func(tx registrar.Tx) error { return tx.InsertCustomer(ctx, aCustomer(3)) }) // the connection is free again
	})
}

// TestDeadlock makes two transactions take two rows crosswise. swallow is a
// closure that ignores what it is told: MySQL would run the rest of it in
// autocommit mode.
func TestDeadlock(t *testing.T) {
	for _, swallow := range []bool{false, true} {
		t.Run(fmt.Sprintf("swallow %t", swallow), func(t *testing.T) {
			s := storetest.OpenMySQL(t, nil)
			ctx := t.Context()
			for n := 1; n <= 2; n++ {
				insertDomain(t, s, aDomain(n, fmt.Sprintf("%d.shop", n), registrar.DomainActive))
			}
			var meet sync.WaitGroup
			meet.Add(2)
			cross := func(first, second, mark int) error {
				met := false
				return s.InTx(ctx, func(tx registrar.Tx) error {
					if err := bump(ctx, tx, first); err != nil {
						return err
					}
					if !met { // only the first time: both hold one row now
						met = true
						meet.Done()
						meet.Wait()
					}
					err := bump(ctx, tx, second)
					if err != nil && !swallow {
						return err
					}
					if err := tx.InsertCustomer(ctx, aCustomer(mark)); err != nil && !swallow {
						return err
					}
					return nil
				})
			}
			errs := make([]error, 2)
			var wg sync.WaitGroup
			wg.Go(func() { errs[0] = cross(1, 2, 1) })
			wg.Go(func() { errs[1] = cross(2, 1, 2) })
			wg.Wait()
			if err := errors.Join(errs...); err != nil {
				t.Fatal(err)
			}
			if s.Retries() == 0 {
				t.Error("there was no deadlock: the test proves nothing")
			}
			for n := 1; n <= 2; n++ {
				if d := must[registrar.Domain](t)(s.Domain(ctx, fmt.Sprintf("dom_%03d", n))); d.Revision != 2 {
					t.Errorf("domain %d was changed %d times, want 2", n, d.Revision)
				}
				must[registrar.Customer](t)(s.Customer(ctx, fmt.Sprintf("cus_%03d", n)))
			}
		})
	}
}

func bump(ctx context.Context, tx registrar.Tx, n int) error {
	d, err := tx.Domain(ctx, fmt.Sprintf("dom_%03d", n))
	if err != nil {
		return err
	}
	return tx.UpdateDomain(ctx, d)
}

// TestLockTimeout: MySQL ends the statement but not the transaction, whose first
// half must not be committed alone.
func TestLockTimeout(t *testing.T) {
	ctx := t.Context()
	s, err := store.Open(ctx, store.Config{Driver: store.DriverMySQL, DSN: mariadb.Shared(t).NewDatabase(t), SessionVars: map[string]string{"innodb_lock_wait_timeout": "1"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	insertDomain(t, s, aDomain(1, "1.shop", registrar.DomainActive))
	blocker := must[*sql.Tx](t)(s.SQL().BeginTx(ctx, nil))
	if _, err := blocker.ExecContext(ctx, "UPDATE domains SET roid = 'x' WHERE id = 'dom_001'"); err != nil {
		t.Fatal(err)
	}
	runs := 0
	write(t, s, func(tx registrar.Tx) error {
		runs++
		if runs == 2 {
			if err := blocker.Commit(); err != nil {
				return err
			}
		}
		if err := tx.InsertCustomer(ctx, aCustomer(runs)); err != nil {
			return err
		}
		_ = bump(ctx, tx, 1) // swallowed
		return nil
	})
	got := must[[]registrar.Customer](t)(s.Customers(ctx, "", registrar.Page{}))
	if runs != 2 || len(got) != 1 || got[0].ID != "cus_002" {
		t.Errorf("after %d runs: %+v", runs, got)
	}
}

// lockSQLite takes the write lock as another process would, and makes the store
// impatient.
func lockSQLite(t *testing.T, s *store.Store) (unlock func()) {
	t.Helper()
	ctx := t.Context()
	var seq, name, file string
	if err := s.SQL().QueryRowContext(ctx, "PRAGMA database_list").Scan(&seq, &name, &file); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SQL().ExecContext(ctx, "PRAGMA busy_timeout = 5"); err != nil {
		t.Fatal(err)
	}
	other := must[*sql.DB](t)(sql.Open("sqlite", "file:"+file+"?_txlock=immediate"))
	t.Cleanup(func() { other.Close() })
	blocker := must[*sql.Tx](t)(other.BeginTx(ctx, nil))
	return func() {
		if err := blocker.Rollback(); err != nil {
			t.Error(err)
		}
	}
}

func TestBusySQLite(t *testing.T) {
	ctx := t.Context()
	s := storetest.OpenSQLite(t, nil)
	unlock := lockSQLite(t, s)
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for s.Retries() < 2 {
			<-tick.C
		}
		unlock()
	})
	write(t, s, func(tx registrar.Tx) error { return tx.InsertCustomer(ctx, aCustomer(1)) })
	wg.Wait()
}

func TestBusyForTooLong(t *testing.T) {
	s := storetest.OpenSQLite(t, nil)
	defer lockSQLite(t, s)()
	noRun := func(registrar.Tx) error { t.Error("ran"); return nil }
	wantError(t, s.InTx(t.Context(), noRun), registrar.KindUnavailable, "database_busy")
	if got := s.Retries(); got != store.MaxTries-1 {
		t.Errorf("%d retries, want %d", got, store.MaxTries-1)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := s.InTx(ctx, noRun); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the wait did not obey its context: %v", err)
	}
}

func TestDiskFull(t *testing.T) {
	ctx := t.Context()
	s := storetest.OpenSQLite(t, nil)
	if _, err := s.SQL().ExecContext(ctx, "PRAGMA max_page_count = 1"); err != nil { // SQLite takes the present size
		t.Fatal(err)
	}
	fill := func(tx registrar.Tx) error {
		tr := registrar.Transcript{ID: "tsc_1", StartedAt: noon, Request: strings.Repeat("x", 1<<20)}
		return tx.InsertTranscript(ctx, tr)
	}
	refused(t, s, registrar.KindUnavailable, "database_full", fill)
	if _, err := s.SQL().ExecContext(ctx, "PRAGMA max_page_count = 100000"); err != nil {
		t.Fatal(err)
	}
	write(t, s, fill)
}

func TestReadersCanNotWrite(t *testing.T) {
	s := storetest.OpenSQLite(t, nil)
	if _, err := s.ReadSQL().ExecContext(t.Context(), "DELETE FROM domains"); err == nil {
		t.Error("a reading connection wrote")
	}
}

func TestErrorsHoldNoStoredValues(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		u := registrar.User{ID: "usr_1", Email: "for key 'live_name'@example.org", CreatedAt: noon}
		insert := func(tx registrar.Tx) error { return tx.InsertUser(t.Context(), u) }
		write(t, s, insert)
		u.ID = "usr_2"
		err := s.InTx(t.Context(), insert)
		wantError(t, err, registrar.KindConflict, "email_taken")
		if strings.Contains(err.Error(), "example.org") {
			t.Errorf("the error tells an address: %v", err)
		}
	})
	s := storetest.OpenMySQL(t, nil)
	err := s.InTx(t.Context(), func(tx registrar.Tx) error {
		return tx.InsertDomain(t.Context(), aDomain(1, "geheim-ü.shop", registrar.DomainActive))
	})
	var m *mysql.MySQLError
	if !errors.As(err, &m) || strings.Contains(err.Error(), "geheim") {
		t.Errorf("the error tells a value, or hides its number: %v", err)
	}
}

// TestStaleRevision lets another transaction change a domain between the read
// and the write: what was read inside is read again, what came from outside
// stays a conflict.
func TestStaleRevision(t *testing.T) {
	ctx := t.Context()
	s := storetest.OpenMySQL(t, nil)
	insertDomain(t, s, aDomain(1, "1.shop", registrar.DomainActive))
	runs := 0
	write(t, s, func(tx registrar.Tx) error {
		runs++
		d, err := tx.Domain(ctx, "dom_001")
		if err != nil {
			return err
		}
		if runs == 1 {
			write(t, s, func(other registrar.Tx) error { return bump(ctx, other, 1) })
		}
		return tx.UpdateDomain(ctx, d)
	})
	d := must[registrar.Domain](t)(s.Domain(ctx, "dom_001"))
	if runs != 2 || d.Revision != 2 {
		t.Errorf("after %d runs: revision %d", runs, d.Revision)
	}
	d.Revision, runs = 0, 0
	refused(t, s, registrar.KindConflict, "domain_changed", func(tx registrar.Tx) error {
		runs++
		return tx.UpdateDomain(ctx, d)
	})
	if runs != store.MaxStale {
		t.Errorf("%d runs, want %d", runs, store.MaxStale)
	}
}
