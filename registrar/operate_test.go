package registrar_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
)

func (w *world) inReview() registrar.Command {
	w.t.Helper()
	w.registry.Put(registrar.DomainInfo{Name: "example.shop", Ours: true, Created: time.Now().Add(-24 * time.Hour)})
	stop := w.work(w.engine)
	defer stop()
	op := w.finish(w.place(w.registration("example.shop", 1)).ID)
	if op.State != registrar.OpNeedsReview {
		w.t.Fatalf("operation: %+v", op)
	}
	return w.command(op, registrar.VerbDomainCreate)
}

func (w *world) audits(kind, id, action string) []registrar.AuditEvent {
	w.t.Helper()
	events, err := w.store.AuditOf(w.t.Context(), kind, id, registrar.Page{})
	if err != nil {
		w.t.Fatal(err)
	}
	var out []registrar.AuditEvent
	for _, ev := range events {
		if ev.Action == action {
			out = append(out, ev)
		}
	}
	return out
}

// TestResolutionIsAuditedWhenItHappens keeps evidence of what was done, not of
// what was tried in vain.
func TestResolutionIsAuditedWhenItHappens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.inReview()
	wantKind(t, w.engine.ResolveCommand(t.Context(), staff, c.ID, "maybe", "x"), registrar.KindInvalid, "bad_resolution")
	w.registry.SetDown(true)
	wantKind(t, w.engine.ResolveCommand(t.Context(), staff, c.ID, registrar.ResolveDone, "x"), registrar.KindUnavailable, "registry_unavailable")
	w.registry.SetDown(false)
	if n := len(w.audits("command", c.ID, "command.resolve")); n != 0 {
		t.Errorf("%d resolutions are in evidence, none happened", n)
	}
	var (
		wg   sync.WaitGroup
		errs = make(chan error, 6)
	)
	for i := range cap(errs) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			as := registrar.ResolveDone
			if i%2 == 0 {
				as = registrar.ResolveFailed
			}
			errs <- w.engine.ResolveCommand(t.Context(), staff, c.ID, as, "race")
		}()
	}
	wg.Wait()
	close(errs)
	won := 0
	for err := range errs {
		if err == nil {
			won++
		} else if registrar.KindOf(err) != registrar.KindConflict {
			t.Errorf("the loser of the race was told %v", err)
		}
	}
	if n := len(w.audits("command", c.ID, "command.resolve")); won != 1 || n != 1 {
		t.Errorf("%d resolved it, %d are in evidence", won, n)
	}
	if acc, err := w.engine.Balance(t.Context(), w.customer.ID); err != nil || acc.Held != 0 {
		t.Errorf("balance: %+v, %v", acc, err)
	}
}

// TestRetryDoesNotShortenSettling looks again at once when staff ask, but counts
// absence only after the registry's settling time.
func TestRetryDoesNotShortenSettling(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.own("example.shop")
	// Something odd is seen at once, so it goes to review; then the registry
	// shows the old state again, while our renewal is still on its way.
	at := w.registry.Domain("example.shop")
	odd := *at
	odd.ExpiresRaw = "2099-01-01T00:00:00Z"
	h := w.hook(nil, settling(time.Hour))
	w.registry.Put(odd)
	w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainRenew, Kind: registrytest.FaultLate})
	op := w.place(w.renewal("example.shop", 1)) // before the odd date can be read
	w.work(w.engine)
	if op = w.finish(op.ID); op.State != registrar.OpNeedsReview {
		t.Fatalf("operation: %+v", op)
	}
	w.registry.Put(*at)
	c := w.command(op, registrar.VerbDomainRenew)
	reads := h.count("info")
	if err := w.engine.RetryCommand(t.Context(), staff, c.ID, "look again"); err != nil {
		t.Fatal(err)
	}
	w.until("a look", func() bool { return h.count("info") > reads })
	for i := range 4 { // staff are impatient
		reads = h.count("info")
		w.until("it rests", func() bool {
			return w.engine.RetryCommand(t.Context(), staff, c.ID, fmt.Sprintf("again %d", i)) == nil
		})
		w.until("another look", func() bool { return h.count("info") > reads })
	}
	if c, _ = w.store.Command(t.Context(), c.ID); c.Attempt != 1 || h.count(string(registrar.VerbDomainRenew)) != 1 {
		t.Errorf("sent again within the settling time: %+v", c)
	}
	w.registry.RunLate()
	w.until("it rests", func() bool { return w.engine.RetryCommand(t.Context(), staff, c.ID, "now") == nil })
	if op = w.finish(op.ID); op.State != registrar.OpSucceeded {
		t.Errorf("operation: %+v", op)
	}
	w.balanced(registerPrice+renewPrice, 2*costPerYear)
}
