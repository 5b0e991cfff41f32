package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func aPayment(n int, customer string, state registrar.PaymentState) registrar.Payment {
	return registrar.Payment{
		ID: fmt.Sprintf("pay_%03d", n), CustomerID: customer, Provider: "stripe", Amount: registrar.Money{Minor: 12_50, Currency: "EUR"}, State: state,
		Key: fmt.Sprintf("key%d", n), CreatedAt: noon.UTC(), LookAt: noon.UTC().Add(time.Duration(n) * time.Minute),
	}
}

func anAdjustment(n int, customer string, state registrar.AdjustmentState) registrar.Adjustment {
	return registrar.Adjustment{
		ID: fmt.Sprintf("adj_%03d", n), CustomerID: customer, Amount: registrar.Money{Minor: -700, Currency: "EUR"}, Reason: "zu viel bezahlt — ß",
		State: state, Key: fmt.Sprintf("key%d", n), AskedBy: "usr_one", AskedAt: noon.UTC(),
	}
}

func TestPayments(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var rows []registrar.Payment
		write(t, s, func(tx registrar.Tx) error {
			rows = nil
			for n := range 5 {
				p := aPayment(n, fmt.Sprintf("cus_%03d", n%2), registrar.PaymentStarted)
				rows = append(rows, p)
				if err := tx.InsertPayment(ctx, p); err != nil {
					return err
				}
			}
			return nil
		})
		same(t, must[registrar.Payment](t)(s.Payment(ctx, "pay_001")), rows[1])
		same(t, must[registrar.Payment](t)(s.PaymentByKey(ctx, "cus_001", "key1")), rows[1])
		_, err := s.PaymentByKey(ctx, "cus_000", "key1")
		wantError(t, err, registrar.KindNotFound, "not_found")
		_, err = s.PaymentByRef(ctx, "stripe", "")
		wantError(t, err, registrar.KindNotFound, "not_found")
		refused(t, s, registrar.KindConflict, "duplicate", func(tx registrar.Tx) error {
			p := aPayment(9, "cus_001", registrar.PaymentStarted)
			p.Key = "key1"
			return tx.InsertPayment(ctx, p)
		})
		id := func(p registrar.Payment) string { return p.ID }
		due := must[[]registrar.Payment](t)(s.DuePayments(ctx, noon.Add(2*time.Minute), 10))
		same(t, ids(due, id), []string{"pay_000", "pay_001", "pay_002"})
		for filter, want := range map[registrar.PaymentFilter][]string{
			{}:                                    {"pay_004", "pay_003", "pay_002", "pay_001", "pay_000"},
			{CustomerID: "cus_000"}:               {"pay_004", "pay_002", "pay_000"},
			{State: registrar.PaymentStarted}:     {"pay_004", "pay_003", "pay_002", "pay_001", "pay_000"},
			{State: registrar.PaymentNeedsReview}: {},
			{CustomerID: "cus_001", State: registrar.PaymentStarted}: {"pay_003", "pay_001"},
		} {
			got := walk(t, 2, func(p registrar.Page) ([]registrar.Payment, error) { return s.Payments(ctx, filter, p) }, id)
			if len(got)+len(want) > 0 {
				same(t, got, want)
			}
		}
	})
}

func TestChangePayment(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		p := aPayment(1, "cus_001", registrar.PaymentStarted)
		change := func(p registrar.Payment, from registrar.PaymentState) (ok bool) {
			write(t, s, func(tx registrar.Tx) (err error) { ok, err = tx.ChangePayment(ctx, p, from); return err })
			return ok
		}
		write(t, s, func(tx registrar.Tx) error { return tx.InsertPayment(ctx, p) })
		p.Ref = "cs_1"
		same(t, change(p, registrar.PaymentStarted), true)
		same(t, must[registrar.Payment](t)(s.PaymentByRef(ctx, "stripe", "cs_1")), p)
		other := p
		other.Ref = "cs_2"
		same(t, change(other, registrar.PaymentStarted), false) // a reference never changes
		p.State, p.Note, p.Processing, p.FinishedAt = registrar.PaymentNeedsReview, "zwölf statt zehn", true, utc(noon)
		same(t, change(p, registrar.PaymentFailed), false)
		same(t, change(p, registrar.PaymentStarted), true)
		same(t, change(p, registrar.PaymentStarted), false)
		same(t, must[registrar.Payment](t)(s.Payment(ctx, p.ID)), p)
		// The same reference can't belong to two payments.
		q := aPayment(2, "cus_001", registrar.PaymentStarted)
		write(t, s, func(tx registrar.Tx) error { return tx.InsertPayment(ctx, q) })
		q.Ref = "cs_1"
		refused(t, s, registrar.KindConflict, "duplicate", func(tx registrar.Tx) error {
			_, err := tx.ChangePayment(ctx, q, registrar.PaymentStarted)
			return err
		})
	})
}

func TestOneLookAtATime(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		p := aPayment(1, "cus_001", registrar.PaymentStarted)
		write(t, s, func(tx registrar.Tx) error { return tx.InsertPayment(ctx, p) })
		var mu sync.Mutex
		var wg sync.WaitGroup
		taken := 0
		for range 8 {
			wg.Go(func() {
				err := s.InTx(ctx, func(tx registrar.Tx) error {
					ok, err := tx.TakeLook(ctx, p, noon.Add(time.Hour), noon)
					if ok && err == nil {
						mu.Lock()
						taken++
						mu.Unlock()
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		same(t, taken, 1)
		got := must[registrar.Payment](t)(s.Payment(ctx, p.ID))
		if got.LookedAt == nil || !got.LookedAt.Equal(noon) || !got.LookAt.Equal(noon.Add(time.Hour)) {
			t.Errorf("looked %v, next %v", got.LookedAt, got.LookAt)
		}
	})
}

func TestAdjustments(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		a := anAdjustment(1, "cus_001", registrar.AdjustmentPending)
		write(t, s, func(tx registrar.Tx) error {
			if err := tx.InsertAdjustment(ctx, anAdjustment(2, "cus_002", registrar.AdjustmentBooked)); err != nil {
				return err
			}
			return tx.InsertAdjustment(ctx, a)
		})
		same(t, must[registrar.Adjustment](t)(s.Adjustment(ctx, "adj_001")), a)
		same(t, must[registrar.Adjustment](t)(s.AdjustmentByKey(ctx, "key1")), a)
		refused(t, s, registrar.KindConflict, "duplicate", func(tx registrar.Tx) error {
			b := anAdjustment(3, "cus_002", registrar.AdjustmentBooked)
			b.Key = "key1"
			return tx.InsertAdjustment(ctx, b)
		})
		id := func(a registrar.Adjustment) string { return a.ID }
		same(t, ids(must[[]registrar.Adjustment](t)(s.Adjustments(ctx, registrar.AdjustmentFilter{State: registrar.AdjustmentPending}, registrar.Page{})), id), []string{"adj_001"})
		same(t, ids(must[[]registrar.Adjustment](t)(s.Adjustments(ctx, registrar.AdjustmentFilter{CustomerID: "cus_002"}, registrar.Page{})), id), []string{"adj_002"})
		decide := func(by string, as registrar.AdjustmentState) (ok bool) {
			d := a
			d.State, d.DecidedBy, d.DecidedAt, d.Decision = as, by, utc(noon), "ja"
			write(t, s, func(tx registrar.Tx) (err error) { ok, err = tx.DecideAdjustment(ctx, d); return err })
			return ok
		}
		same(t, decide("usr_one", registrar.AdjustmentBooked), false) // who asked may not decide
		same(t, decide("usr_two", registrar.AdjustmentBooked), true)
		same(t, decide("usr_three", registrar.AdjustmentDeclined), false) // only once
		got := must[registrar.Adjustment](t)(s.Adjustment(ctx, "adj_001"))
		if got.State != registrar.AdjustmentBooked || got.DecidedBy != "usr_two" || got.Decision != "ja" {
			t.Errorf("decided: %+v", got)
		}
	})
}

// TestAllowanceHoldsAgainstWriters lets many spend at once: together never more
// than the limit.
func TestAllowanceHoldsAgainstWriters(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		spend := func(user, day string, minor int64) (ok bool, err error) {
			err = s.InTx(ctx, func(tx registrar.Tx) (err error) {
				ok, err = tx.SpendAllowance(ctx, user, "EUR", day, minor, 1000)
				return err
			})
			return ok, err
		}
		var mu sync.Mutex
		var wg sync.WaitGroup
		given := 0
		for range 12 {
			wg.Go(func() {
				ok, err := spend("usr_one", "2026-11-23", 150)
				if err != nil {
					t.Error(err)
				}
				if ok {
					mu.Lock()
					given++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		same(t, given, 6)
		for _, tc := range []struct {
			user, day string
			minor     int64
			want      bool
		}{{"usr_one", "2026-11-23", 100, true}, {"usr_one", "2026-11-23", 1, false}, {"usr_one", "2026-11-24", 1000, true}, {"usr_two", "2026-11-23", 1001, false}, {"usr_two", "2026-11-23", 1000, true}} {
			same(t, must[bool](t)(spend(tc.user, tc.day, tc.minor)), tc.want)
		}
	})
}
