package store_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/registrar/store"
)

func TestTell(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		told := func(prefix string) string {
			t.Helper()
			words, now, err := s.Told(ctx, prefix)
			if err != nil || now.IsZero() {
				t.Fatal(err)
			}
			var out []string
			for _, w := range words {
				out = append(out, w.Name+"="+w.Text)
			}
			return strings.Join(out, " ")
		}
		tell := func(prefix, name, text string) {
			t.Helper()
			if err := s.Tell(ctx, prefix, name, "holder", text, time.Minute); err != nil {
				t.Fatal(err)
			}
		}
		same(t, told("want/r/"), "")
		tell("want/r/", "b", "1.0")
		tell("want/r/", "a", "2.1")
		tell("want/r2/", "a", "9.9")
		same(t, told("want/r/"), "a=2.1 b=1.0")
		tell("want/r/", "a", "3.1")
		same(t, told("want/r/"), "a=3.1 b=1.0")
		tell("want/r/", "b", "")
		tell("want/r/", "b", "") // taken back already
		same(t, told("want/r/"), "a=3.1")
		elapse(t, s, 2*time.Minute)
		same(t, told("want/r/"), "")
		tell("want/r/", "c", "1.1")
		var rows int
		if err := s.SQL().QueryRowContext(ctx, "SELECT count(*) FROM leases WHERE name >= 'want/' AND name < 'want0'").Scan(&rows); err != nil || rows != 2 {
			t.Errorf("%d rows, %v: those of the dead stay", rows, err) // c, and that of r2
		}
		if _, ok, err := s.TryLease(ctx, "want/r/slot", "x", time.Minute); err != nil || !ok {
			t.Fatal(err)
		}
		words := must2(t)(s.Told(ctx, "want/r/"))
		if !slices.ContainsFunc(words, func(w store.Word) bool { return w.Name == "slot" }) {
			t.Errorf("a lease under the prefix is not told: %v", words)
		}
	})
}

func must2(t *testing.T) func([]store.Word, time.Time, error) []store.Word {
	return func(w []store.Word, _ time.Time, err error) []store.Word {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
}

func TestMove(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var first time.Time
		move := func(by time.Duration) (kept time.Time) {
			t.Helper()
			err := s.Move(ctx, "rate/r", func(now, k time.Time) time.Time {
				kept = k
				if k.IsZero() {
					first = now.Add(by)
					return first
				}
				return k.Add(by)
			})
			if err != nil {
				t.Fatal(err)
			}
			return kept
		}
		if !move(time.Hour).IsZero() || first.Before(time.Now()) {
			t.Error("a moment that was never kept is not zero")
		}
		same(t, move(time.Second).Equal(first), true)
		same(t, move(0).Equal(first.Add(time.Second)), true)
		same(t, move(0).Equal(first.Add(time.Second)), true)
		// Many at once: nothing is lost.
		var wg sync.WaitGroup
		errs := make([]error, 6)
		for i := range errs {
			wg.Go(func() {
				for range 5 {
					for { // the store gives up after some lost races
						err := s.Move(ctx, "rate/r", func(_, k time.Time) time.Time { return k.Add(time.Second) })
						if err == nil || !strings.Contains(fmt.Sprint(err), "too busy") {
							errs[i] = err
							break
						}
					}
				}
			})
		}
		wg.Wait()
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
		if got := move(0).Sub(first); got != 31*time.Second {
			t.Errorf("moved by %v", got)
		}
	})
}
