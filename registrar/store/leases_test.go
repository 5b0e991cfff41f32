package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/registrar/store/storetest"
)

func TestLeases(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		token, ok, err := s.TryLease(ctx, "reconciler", "a", time.Minute)
		if err != nil || !ok || token == "" {
			t.Fatalf("%q %t %v", token, ok, err)
		}
		if other, ok, err := s.TryLease(ctx, "reconciler", "b", time.Minute); err != nil || ok || other != "" {
			t.Fatalf("a second holder: %q %t %v", other, ok, err)
		}
		renew := func(token string) bool { return must[bool](t)(s.RenewLease(ctx, "reconciler", token, time.Minute)) }
		if !renew(token) || renew("other") {
			t.Error("only the holder renews")
		}
		if err := s.ReleaseLease(ctx, "reconciler", "other"); err != nil {
			t.Fatal(err) // a lost lease is no error
		}
		if !renew(token) {
			t.Error("a stranger released the lease")
		}
		elapse(t, s, 2*time.Minute)
		if renew(token) {
			t.Error("a lease that ran out was renewed")
		}
		second, ok, err := s.TryLease(ctx, "reconciler", "b", time.Minute)
		if err != nil || !ok || second == token {
			t.Fatalf("an expired lease was not taken: %t %v", ok, err)
		}
		if err := s.ReleaseLease(ctx, "reconciler", token); err != nil {
			t.Fatal(err)
		}
		if !renew(second) {
			t.Error("the old holder released the new one's lease")
		}
		if err := s.ReleaseLease(ctx, "reconciler", second); err != nil {
			t.Fatal(err)
		}
		if _, ok, err = s.TryLease(ctx, "reconciler", "c", time.Minute); err != nil || !ok {
			t.Errorf("a released lease was not taken: %t %v", ok, err)
		}
	})
}

func TestLeaseRace(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		for round := range 5 { // the first round also races for the row itself
			var won atomic.Int32
			var wg sync.WaitGroup
			errs := make([]error, 8)
			for i := range errs {
				wg.Go(func() {
					_, ok, err := s.TryLease(t.Context(), "race", fmt.Sprint(i), time.Minute)
					errs[i] = err
					if ok {
						won.Add(1)
					}
				})
			}
			wg.Wait()
			for _, err := range errs {
				if err != nil {
					t.Fatal(err)
				}
			}
			if won.Load() != 1 {
				t.Errorf("round %d: %d holders", round, won.Load())
			}
			elapse(t, s, 2*time.Minute)
		}
	})
}

func TestSessions(t *testing.T) {
	clock := clockwork.NewFakeClockAt(noon)
	for name, open := range map[string]func(testing.TB, clockwork.Clock) *store.Store{"sqlite": storetest.OpenSQLite, "mariadb": storetest.OpenMySQL} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			st := open(t, clock)
			s := st.Sessions()
			find := func(token string) string {
				t.Helper()
				b, ok, err := s.FindCtx(ctx, token)
				if err != nil || ok != (b != nil) {
					t.Fatalf("%q %t %v", b, ok, err)
				}
				return string(b)
			}
			same(t, find("geheim"), "")
			for _, data := range []string{"\x00\xff one", "two"} {
				if err := s.CommitCtx(ctx, "geheim", []byte(data), clock.Now().Add(time.Hour)); err != nil {
					t.Fatal(err)
				}
				same(t, find("geheim"), data)
			}
			var kept string
			if err := st.SQL().QueryRowContext(ctx, "SELECT digest FROM sessions").Scan(&kept); err != nil {
				t.Fatal(err)
			}
			same(t, kept, "addb0f5e7826c857d7376d1bd9bc33c0c544790a2eac96144a8af22b1298c940") // SHA-256 of the token, not the token
			if err := s.Commit("other", []byte("x"), clock.Now().Add(2*time.Hour)); err != nil {
				t.Fatal(err)
			}
			if b, ok, err := s.Find("other"); string(b) != "x" || !ok || err != nil {
				t.Errorf("%q %t %v", b, ok, err)
			}
			if n, err := s.Purge(ctx, 10); n != 0 || err != nil {
				t.Errorf("purged %d, %v", n, err)
			}
			clock.Advance(time.Hour)
			same(t, find("geheim"), "") // expired
			if n, err := s.Purge(ctx, 10); n != 1 || err != nil {
				t.Errorf("purged %d, %v", n, err)
			}
			for range 2 {
				if err := s.Delete("other"); err != nil {
					t.Fatal(err)
				}
			}
			same(t, find("other"), "")
			clock.Advance(-time.Hour)
		})
	}
}
