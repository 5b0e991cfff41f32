package errp_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/registrar/store/storetest"
)

// portfolio spreads names evenly over the year.
func portfolio(b *testing.B, s *store.Store, names int) {
	b.Helper()
	const batch = 500
	for from := 0; from < names; from += batch {
		err := s.InTx(b.Context(), func(tx registrar.Tx) error {
			for i := from; i < min(from+batch, names); i++ {
				expires := start.Add(time.Duration(i) * (365 * day / time.Duration(names))).Truncate(time.Microsecond)
				ref := registrar.ContactRef{ContactID: fmt.Sprintf("con_%07d", i), Version: 1}
				name := fmt.Sprintf("n%07d.shop", i)
				d := registrar.Domain{ID: fmt.Sprintf("dom_%07d", i), Name: name, UName: name, TLD: "shop", Registry: "mem", CustomerID: "cus_1", OwnerSystem: registrar.OwnerEngine,
					State: registrar.DomainActive, OrderedAt: start, ExpiresAt: &expires, Registrant: ref}
				v := registrar.ContactVersion{ContactID: ref.ContactID, Version: 1, CustomerID: "cus_1", CreatedAt: start, ContactData: registrar.ContactData{Name: "n", Email: "h@example.org"}}
				if err := tx.InsertContactVersion(b.Context(), v); err != nil {
					return err
				}
				if err := tx.InsertDomain(b.Context(), d); err != nil {
					return err
				}
			}
			return tx.InsertEvent(b.Context(), registrar.Event{ID: fmt.Sprintf("evt_%d", from), Kind: "bench", At: start})
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkQuietRun is a run that finds nothing due: it must not cost more the
// more names there are.
func BenchmarkQuietRun(b *testing.B) {
	for _, names := range []int{2_000, 40_000} {
		b.Run(fmt.Sprint(names), func(b *testing.B) {
			clock := clockwork.NewFakeClockAt(start)
			s := storetest.OpenSQLite(b, clock)
			portfolio(b, s, names)
			w := newWorld(b, clock, s)
			w.must(s.InTx(b.Context(), func(tx registrar.Tx) error {
				return tx.InsertCustomer(b.Context(), registrar.Customer{ID: "cus_1", Name: "n", Currency: "USD", Language: "en", CreatedAt: start})
			}))
			w.brake.Floor = names
			_, w.policy = w.replica("bench")
			w.work() // what is open on the first day
			b.ResetTimer()
			for range b.N {
				clock.Advance(time.Second)
				w.must(w.policy.Run(b.Context()))
			}
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.HeapInuse)/(1<<20), "heap-MiB")
		})
	}
}
