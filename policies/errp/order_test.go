package errp_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/policies/errp"
	"github.com/indera/indera/registrar"
)

// worker runs the engine's worker until the test ends.
func (w *world) worker() {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		if err := registrar.NewWorker(w.engine, registrar.WorkerOptions{Poll: 10 * time.Millisecond, MaxPause: 20 * time.Millisecond}).Run(ctx); err != nil {
			w.t.Errorf("worker: %v", err)
		}
	})
	w.t.Cleanup(func() { cancel(); done.Wait() })
}

// TestRenewalByOrder renews through the whole engine: the order's own
// transaction takes the reminder out of the queue.
func TestRenewalByOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		expires := start.Add(32 * day)
		created := expires.AddDate(-1, 0, 0)
		d := w.name(expires, func(d *registrar.Domain) { d.CreatedAt = &created })
		w.registry.Put(registrar.DomainInfo{Name: d.Name, ROID: "D1-MEM", Ours: true, Sponsor: "us", Created: created, Expires: expires, ExpiresRaw: d.ExpiresRaw})
		w.run()
		w.is(d, errp.StageMonth, registrar.DutyQueued)

		w.must(w.engine.TestTopUp(t.Context(), registrar.System("test"), w.customer.ID, registrar.Money{Minor: 10_000, Currency: "USD"}, "opening"))
		by := registrar.Actor{Kind: registrar.ActorCustomer, ID: w.user.ID}
		_, ops, err := w.engine.PlaceOrder(t.Context(), by, registrar.OrderRequest{
			CustomerID: w.customer.ID, Agreement: registrar.Agreement{Version: w.engine.AgreementVersion(), Language: "en"},
			Lines: []registrar.LineRequest{{Action: registrar.ActionRenew, Name: d.Name, Years: 1}},
		})
		w.must(err)
		w.worker()
		op, err := w.engine.WaitOperation(t.Context(), "", ops[0].ID, 20*time.Second)
		w.must(err)
		if op.State != registrar.OpSucceeded {
			t.Fatalf("%+v", op)
		}
		duty := w.is(d, errp.StageMonth, registrar.DutyEnded)
		if duty.Note != "The name has been renewed." || w.notices(duty)[0].State != registrar.NoticeWithdrawn {
			t.Errorf("%+v %+v", duty, w.notices(duty))
		}
		w.post(w.engine)
		if n := w.box.to("", "errp_month"); n != 0 {
			t.Errorf("%d reminders for a renewed name", n)
		}
		w.moveTo(expires.AddDate(1, 0, 0).Add(-32 * day))
		w.work()
		if n := w.box.to("", "errp_month"); n != 1 {
			t.Errorf("%d reminders in the next cycle", n)
		}
	})
}
