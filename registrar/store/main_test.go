package store_test

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/indera/indera/registrar"
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

// noon is a business time with all of its microseconds, in a zone that is not
// UTC: what comes back must be the same instant in UTC.
var noon = time.Date(2026, 3, 29, 12, 0, 0, 123456000, time.FixedZone("east", 5*3600+1800))

func utc(t time.Time) *time.Time {
	u := t.UTC()
	return &u
}

// write runs fn in a transaction that must succeed.
func write(t testing.TB, s *store.Store, fn func(tx registrar.Tx) error) {
	t.Helper()
	if err := s.InTx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// refused runs fn in a transaction that must fail with kind and code.
func refused(t testing.TB, s *store.Store, kind registrar.Kind, code string, fn func(tx registrar.Tx) error) {
	t.Helper()
	wantError(t, s.InTx(t.Context(), fn), kind, code)
}

func wantError(t testing.TB, err error, kind registrar.Kind, code string) {
	t.Helper()
	var e *registrar.Error
	if !errors.As(err, &e) || e.Kind != kind || e.Code != code {
		t.Fatalf("error %v, want kind %s code %s", err, kind, code)
	}
}

func same(t testing.TB, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Fatalf("difference (-want +got):\n%s", diff)
	}
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ids[T any](rows []T, id func(T) string) []string {
	out := make([]string, 0, len(rows))
	for _, r := range rows {
		out = append(out, id(r))
	}
	return out
}

// walk reads a list page by page and fails when it does not end.
func walk[T any](t testing.TB, size int, read func(registrar.Page) ([]T, error), key func(T) string) []string {
	t.Helper()
	var out []string
	page := registrar.Page{Limit: size}
	for range 1000 {
		rows, err := read(page)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) > size {
			t.Fatalf("a page of %d holds %d", size, len(rows))
		}
		if len(rows) == 0 {
			return out
		}
		out = append(out, ids(rows, key)...)
		page.After = key(rows[len(rows)-1])
	}
	t.Fatal("the list does not end")
	return nil
}

func aCustomer(n int) registrar.Customer {
	return registrar.Customer{ID: fmt.Sprintf("cus_%03d", n), Name: fmt.Sprintf("Customer %d", n), Currency: "EUR", Language: "de", CreatedAt: noon}
}

func aDomain(n int, name string, state registrar.DomainState) registrar.Domain {
	return registrar.Domain{
		ID: fmt.Sprintf("dom_%03d", n), Name: name, UName: name, TLD: "shop", Registry: "mem", CustomerID: "cus_001",
		OwnerSystem: registrar.OwnerEngine, State: state, OrderedAt: noon.UTC(),
	}
}

func aCommand(n int, verb registrar.Verb, object string, state registrar.CommandState) registrar.Command {
	return registrar.Command{
		ID: fmt.Sprintf("cmd_%03d", n), OperationID: fmt.Sprintf("op_%03d", n), Seq: 1, Registry: "mem", Verb: verb, Object: object,
		DomainID: "dom_001", Spec: []byte(`{"Name":"x"}`), State: state, CreatedAt: noon.UTC(),
	}
}

func TestPing(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		for range 2 {
			if err := s.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		before := time.Now()
		now := must[time.Time](t)(s.Now(t.Context()))
		if d := now.Sub(before); d < -2*time.Second || d > 30*time.Second || now.Location() != time.UTC {
			t.Errorf("the database's clock says %s, ours %s", now, before)
		}
	})
}
