package registrar_test

import (
	"slices"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
)

func settling(d time.Duration) func(*registrar.Options) {
	return func(o *registrar.Options) { o.SettleAfter = d }
}

// change writes a domain row as another part of the system would.
func (w *world) change(name string, fn func(*registrar.Domain)) {
	w.t.Helper()
	ctx := w.t.Context()
	err := w.store.InTx(ctx, func(tx registrar.Tx) error {
		d, err := tx.DomainByName(ctx, name)
		if err != nil {
			return err
		}
		fn(&d)
		return tx.UpdateDomain(ctx, d)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) domain(name string) registrar.Domain {
	w.t.Helper()
	d, err := w.store.DomainByName(w.t.Context(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// TestLaggingInfoUndoesNothing reads the registry's own view while it still
// shows the time before a renewal.
func TestLaggingInfoUndoesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.own("example.shop")
	h := w.hook(nil, settling(time.Minute))
	w.work(w.engine)
	w.until("first reading", func() bool { return !w.domain("example.shop").NeedsInfo })
	w.registry.FreezeInfo()
	w.finish(w.place(w.renewal("example.shop", 1)).ID)
	reads := h.count("info")
	w.until("two readings", func() bool { return h.count("info") >= reads+3 })
	if got, want := w.domain("example.shop").ExpiresRaw, w.registry.Domain("example.shop").ExpiresRaw; got != want {
		t.Errorf("a lagging view took the renewal back: %s, want %s", got, want)
	}
	w.registry.Thaw()
	w.until("final reading", func() bool { return !w.domain("example.shop").NeedsInfo })
	if got, want := w.domain("example.shop").ExpiresRaw, w.registry.Domain("example.shop").ExpiresRaw; got != want {
		t.Errorf("expiry %s, want %s", got, want)
	}
}

// TestLaggingInfoOfANewName answers "no such domain" for a while.
func TestLaggingInfoOfANewName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.hook(nil, settling(time.Minute))
	w.registry.FreezeInfo()
	w.work(w.engine)
	w.finish(w.place(w.registration("example.shop", 1)).ID)
	w.until("two readings", func() bool { return h.count("info") >= 2 })
	w.registry.Thaw()
	w.until("the repository id", func() bool { return w.domain("example.shop").ROID != "" })
}

// TestNameServersBackAndForth must not take a lagging view for the wish: there
// and back again within seconds is two updates.
func TestNameServersBackAndForth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.own("example.shop")
	h := w.hook(nil, settling(time.Minute))
	w.work(w.engine)
	w.until("first reading", func() bool { return !w.domain("example.shop").NeedsInfo })
	first := w.domain("example.shop").NameServers
	w.registry.FreezeInfo() // shows the first delegation from here on
	ask := func(hosts []string) registrar.Operation {
		op, err := w.engine.ChangeNameServers(t.Context(), w.by, w.customer.ID, "example.shop", hosts, nil)
		if err != nil {
			t.Fatal(err)
		}
		return op
	}
	w.finish(ask([]string{"ns8.example.net"}).ID)
	back := ask(first)
	reads := h.count("info")
	w.until("looks at the registry", func() bool { return h.count("info") >= reads+3 })
	w.registry.Thaw()
	if op := w.finish(back.ID); op.State != registrar.OpSucceeded {
		t.Fatalf("operation: %+v", op)
	}
	if got := w.registry.Domain("example.shop").NameServers; !registrar.SameHosts(got, first) {
		t.Errorf("the registry has %v, we said done for %v", got, first)
	}
}

// TestOneSickNameStopsNobody has a registry that can't show one name: others
// are served at once.
func TestOneSickNameStopsNobody(t *testing.T) {
	t.Parallel()
	for code, failures := range map[int]int{2400: 4, 2201: 1} {
		w := newWorld(t)
		w.own("sick.shop")
		h := w.hook(nil, nil)
		w.registry.RefuseInfo("sick.shop", code)
		w.change("sick.shop", func(d *registrar.Domain) { d.NeedsInfo = true })
		stop := w.workWith(w.engine, registrar.WorkerOptions{Concurrency: 1, Poll: 10 * time.Millisecond, MaxPause: time.Minute})
		w.until("some failures", func() bool { return h.count("info") >= failures })
		op, err := w.engine.WaitOperation(t.Context(), "", w.place(w.registration("well.shop", 1)).ID, 3*pace*time.Second)
		if err != nil || op.State != registrar.OpSucceeded {
			t.Errorf("code %d: operation: %+v, %v", code, op, err)
		}
		w.until("the well name is read", func() bool { return !w.domain("well.shop").NeedsInfo })
		if n := h.count("info"); n > 40 {
			t.Errorf("code %d: the registry was asked %d times", code, n)
		}
		w.registry.RefuseInfo("sick.shop", 0)
		w.until("the sick name is read", func() bool { return !w.domain("sick.shop").NeedsInfo })
		stop()
	}
}

// TestRenewalOfWhatTheRegistryRenewedItself is refused by the old date; the new
// one is read, so that the next order succeeds.
func TestRenewalOfWhatTheRegistryRenewedItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.own("example.shop")
	w.work(w.engine)
	w.until("first reading", func() bool { return !w.domain("example.shop").NeedsInfo })
	at := w.registry.Domain("example.shop")
	at.Expires = at.Expires.AddDate(1, 0, 0)
	at.ExpiresRaw = at.Expires.Format(time.RFC3339)
	w.registry.Put(*at)
	if op := w.finish(w.place(w.renewal("example.shop", 1)).ID); op.State != registrar.OpFailed {
		t.Fatalf("operation: %+v", op)
	}
	w.balanced(registerPrice, costPerYear)
	w.until("the new date", func() bool { return w.domain("example.shop").ExpiresRaw == at.ExpiresRaw })
	if op := w.finish(w.place(w.renewal("example.shop", 1)).ID); op.State != registrar.OpSucceeded {
		t.Fatalf("operation: %+v", op)
	}
	w.balanced(registerPrice+renewPrice, 2*costPerYear)
}

// TestOtherOwnerSystem gives the name away between order and execution.
func TestOtherOwnerSystem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.own("example.shop")
	op := w.place(w.renewal("example.shop", 1))
	w.change("example.shop", func(d *registrar.Domain) { d.OwnerSystem = "mirror(whmcs)" })
	w.work(w.engine)
	if op = w.finish(op.ID); op.State != registrar.OpFailed || op.FailureCode != "other_owner_system" {
		t.Errorf("operation: %+v", op)
	}
	if n := w.registry.Executed(registrar.VerbDomainRenew, "example.shop"); n != 0 {
		t.Errorf("renewed %d times", n)
	}
	w.balanced(registerPrice, costPerYear)
}

// TestReadingIsAudited keeps before and after of what the registry's own view
// changed, and nothing when it changed nothing.
func TestReadingIsAudited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.own("example.shop")
	w.work(w.engine)
	w.until("first reading", func() bool { return !w.domain("example.shop").NeedsInfo })
	reads := func() int {
		events, err := w.store.AuditOf(t.Context(), "domain", w.domain("example.shop").ID, registrar.Page{})
		if err != nil {
			t.Fatal(err)
		}
		return len(slices.DeleteFunc(events, func(e registrar.AuditEvent) bool { return e.Action != "domain.read" }))
	}
	if n := reads(); n != 1 {
		t.Fatalf("%d audit events about the first reading", n)
	}
	w.change("example.shop", func(d *registrar.Domain) { d.NeedsInfo = true })
	w.until("second reading", func() bool { return !w.domain("example.shop").NeedsInfo })
	if n := reads(); n != 1 {
		t.Errorf("a reading that changed nothing was audited: %d events", n)
	}
	at := w.registry.Domain("example.shop")
	at.Statuses = []string{"serverHold"}
	w.registry.Put(*at)
	w.change("example.shop", func(d *registrar.Domain) { d.NeedsInfo = true })
	w.until("third reading", func() bool { return w.domain("example.shop").HasStatus("serverHold") != "" })
	if n := reads(); n != 2 {
		t.Errorf("%d audit events after the status changed", n)
	}
}
