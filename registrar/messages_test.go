package registrar_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
)

// tell queues a message of the registry.
func (w *world) tell(id string, events ...registrar.RegistryEvent) {
	w.registry.Queue(registrar.RegistryMessage{
		ID: id, Queued: w.engine.Now(), Text: "message " + id, SvTRID: "sv-" + id, Raw: []byte("<epp/>"), Events: events,
	})
}

func (w *world) take() {
	w.t.Helper()
	w.registry.Caps.Messages = true
	if err := w.engine.TakeMessages(w.t.Context(), "mem"); err != nil {
		w.t.Fatal(err)
	}
}

// kept returns how each message stands, as "id state note", the oldest first.
func (w *world) kept() []string {
	w.t.Helper()
	rows, err := w.store.QueueMessages(w.t.Context(), registrar.QueueMessageFilter{}, registrar.Page{})
	if err != nil {
		w.t.Fatal(err)
	}
	byID := make(map[string]string)
	for _, m := range rows {
		byID[m.MessageID] = fmt.Sprint(m.MessageID, " ", m.State, " ", m.Note)
	}
	var out []string
	for i := range len(rows) {
		out = append(out, byID[fmt.Sprint(i+1)])
	}
	return out
}

func domainEvent(kind registrar.RegistryEventKind, name string) registrar.RegistryEvent {
	return registrar.RegistryEvent{Kind: kind, Object: registrar.ObjectRef{Kind: registrar.ObjectDomain, ID: name}}
}

func (w *world) wantKept(want ...string) {
	w.t.Helper()
	got := w.kept()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || !strings.HasPrefix(got[i], want[i]) {
			w.t.Fatalf("messages\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// TestMessages: what a message says of a name of ours makes the
// engine read it; what it says of others waits for a person.
func TestMessages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.own("one.shop")
	stop := w.work(w.engine)
	w.until("first reading", func() bool { return !w.domain("one.shop").NeedsInfo })
	stop()
	info := w.registry.Domain("one.shop")
	info.Expires = info.Expires.AddDate(1, 0, 0)
	info.ExpiresRaw = info.Expires.Format(time.RFC3339)
	w.registry.Put(*info)

	past := domainEvent(registrar.ToldState, "one.shop")
	past.State = &registrar.ObjectState{Past: true, Domain: &registrar.DomainInfo{Name: "one.shop"}}
	w.tell("1", past)
	w.take()
	if w.domain("one.shop").NeedsInfo {
		t.Error("a snapshot of the past made the name be read")
	}
	udrp := domainEvent(registrar.ToldChange, "one.shop")
	udrp.Change = &registrar.ObjectChange{Operation: "update", CaseID: "D2026-0001", CaseType: "udrp", Reason: "lock"}
	low := registrar.RegistryEvent{Kind: registrar.ToldLowBalance, LowBalance: &registrar.LowBalance{Available: "10.00", Threshold: "100.00"}}
	w.tell("2", domainEvent(registrar.ToldRenewed, "one.shop"))
	w.tell("3", domainEvent(registrar.ToldRenewed, "other.shop"))
	w.tell("4", udrp, domainEvent(registrar.ToldRenewed, "one.shop"))
	w.tell("5", registrar.RegistryEvent{Kind: registrar.ToldUnknown, Unknown: &registrar.UnknownData{Namespace: "urn:odd", Local: "data", Raw: []byte("<data/>")}})
	w.tell("6", low)
	w.tell("7", registrar.RegistryEvent{Kind: registrar.ToldText, Text: "hello"})
	w.take()
	w.take()
	w.wantKept("1 applied", "2 applied", "3 waiting The registry tells of other.shop, which is no name of ours.",
		"4 waiting The registry acted on the name because of case D2026-0001 (udrp): lock.", "5 waiting Nobody here knows",
		"6 waiting Our account runs low: 10.00 available", "7 waiting The registry wrote words")
	if n := w.registry.Queued(); n != 0 {
		t.Errorf("%d messages are still at the registry", n)
	}
	stop = w.work(w.engine)
	defer stop()
	w.until("the new expiry", func() bool { return w.domain("one.shop").ExpiresRaw == info.ExpiresRaw })
	n, err := w.store.CountQueueMessages(t.Context(), registrar.MessageWaiting, 100)
	if err != nil || n != 5 {
		t.Errorf("%d wait, %v", n, err)
	}
}

// TestMessageTwice: the answer to an ack is lost, so the same message comes again.
func TestMessageTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := registrar.RegistryMessage{ID: "1", Queued: w.engine.Now(), Raw: []byte("<epp/>"), Events: []registrar.RegistryEvent{{Kind: registrar.ToldText}}}
	later := m
	later.Queued = m.Queued.Add(time.Hour) // the registry counts from one again
	for range 2 {
		w.registry.Queue(m)
		w.take()
	}
	rows, err := w.store.QueueMessages(t.Context(), registrar.QueueMessageFilter{Registry: "mem"}, registrar.Page{})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%+v, %v", rows, err)
	}
	w.registry.Queue(later)
	w.take()
	if rows, err = w.store.QueueMessages(t.Context(), registrar.QueueMessageFilter{State: registrar.MessageWaiting}, registrar.Page{}); err != nil || len(rows) != 2 {
		t.Errorf("%+v, %v", rows, err)
	}
}

// TestPendingOutcome: panData ends what <info> can't: a refusal that nothing
// shows, and a success at once.
func TestPendingOutcome(t *testing.T) {
	t.Parallel()
	for _, yes := range []bool{true, false} {
		w := newWorld(t)
		w.own("one.shop")
		w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainRenew, Kind: registrytest.FaultHidden})
		stop := w.work(w.engine)
		op := w.place(w.renewal("one.shop", 1))
		w.until("1001", func() bool { return w.command(op, registrar.VerbDomainRenew).ResultCode == registrar.CodePending })
		stop()
		w.registry.Decide(yes)
		cmd := w.command(op, registrar.VerbDomainRenew)
		ev := domainEvent(registrar.ToldPending, "one.shop")
		ev.Pending = &registrar.PendingOutcome{Done: yes, ClTRID: cmd.ClTRID, SvTRID: cmd.SvTRID, At: w.engine.Now()}
		w.tell("1", ev)
		w.tell("2", ev) // sent twice
		w.take()
		want, charged := registrar.CommandFailed, int64(registerPrice)
		if yes {
			want, charged = registrar.CommandDone, registerPrice+renewPrice
		}
		if got := w.command(op, registrar.VerbDomainRenew); got.State != want {
			t.Errorf("decided %v: %s %s", yes, got.State, got.ResultMsg)
		}
		cost := int64(costPerYear)
		if yes {
			cost *= 2
		}
		w.balanced(charged, cost)
		w.wantKept("1 applied", "2 applied")
	}
}

// TestTransferredAway: a name is lost only when the registry itself shows it.
func TestTransferredAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.own("one.shop")
	asked := domainEvent(registrar.ToldTransfer, "one.shop")
	asked.Transfer = &registrar.Transfer{Object: asked.Object, Status: registrar.TransferPending, Side: registrar.TransferLosing, Gaining: "beta", Losing: "us", Requested: w.engine.Now()}
	w.tell("1", asked) // over by now: nobody is told
	w.take()
	dom := w.domain("one.shop")
	if got := w.audits("domain", dom.ID, "domain.transfer_asked"); len(got) != 0 || !dom.NeedsInfo {
		t.Errorf("%+v, read again %v", got, dom.NeedsInfo)
	}
	w.registry.AskedAway("one.shop", "beta")
	broken := domainEvent(registrar.ToldTransfer, "one.shop") // fails: the name is still ours
	broken.Transfer = &registrar.Transfer{Object: asked.Object, Status: registrar.TransferServerApproved, Side: registrar.TransferLosing}
	w.tell("2", asked)
	w.take()
	if got := w.audits("domain", dom.ID, "domain.transfer_asked"); len(got) != 1 {
		t.Errorf("asked for: %+v", got)
	}
	w.tell("3", asked, broken)
	for range 3 {
		_ = w.engine.TakeMessages(t.Context(), "mem") // told below by its state
		w.due()
	}
	if got := w.audits("domain", dom.ID, "domain.transfer_asked"); len(got) != 1 {
		t.Errorf("told %d times although its message is not over", len(got))
	}
	gone := asked
	approved := *asked.Transfer
	approved.Status = registrar.TransferServerApproved
	gone.Transfer = &approved
	w.tell("4", gone)
	w.registry.Caps.Messages = true
	if err := w.engine.TakeMessages(t.Context(), "mem"); err == nil {
		t.Error("the name was given up although the registry lists it as ours")
	}
	w.wantKept("1 applied", "2 applied", "3 new It could not be acted upon", "4 new It could not be acted upon")
	if w.domain("one.shop").State != registrar.DomainActive {
		t.Error("the name is gone")
	}
	info := w.registry.Domain("one.shop")
	info.Ours, info.Sponsor = false, "beta"
	w.registry.Put(*info)
	late := gone
	w.tell("5", late)
	w.take()
	if _, err := w.store.DomainByName(t.Context(), "one.shop"); !registrar.IsNotFound(err) {
		t.Errorf("the name is still ours: %v", err)
	}
	after, err := w.store.Domain(t.Context(), dom.ID)
	if err != nil || after.State != registrar.DomainTransferred {
		t.Errorf("%+v, %v", after, err)
	}
	if got := w.audits("domain", dom.ID, "domain.transferred_away"); len(got) != 1 {
		t.Errorf("evidence %+v", got)
	}
}

// due makes the messages that wait for another try due.
func (w *world) due() {
	w.t.Helper()
	rows, err := w.store.QueueMessages(w.t.Context(), registrar.QueueMessageFilter{State: registrar.MessageNew}, registrar.Page{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range rows {
		m.DueAt = w.engine.Now()
		if err := w.store.InTx(w.t.Context(), func(tx registrar.Tx) error { _, err := tx.ChangeQueueMessage(w.t.Context(), m); return err }); err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestLostPending: the answer 1001 never came, but the outcome did.
func TestLostPending(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.own("one.shop")
	w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainRenew, Kind: registrytest.FaultLate})
	w.hook(nil, settling(time.Hour))
	stop := w.work(w.engine)
	op := w.place(w.renewal("one.shop", 1))
	w.until("sent", func() bool {
		return w.command(op, registrar.VerbDomainRenew).State == registrar.CommandSent && w.command(op, registrar.VerbDomainRenew).Lease.Token == ""
	})
	stop()
	cmd := w.command(op, registrar.VerbDomainRenew)
	ev := domainEvent(registrar.ToldPending, "one.shop")
	ev.Pending = &registrar.PendingOutcome{Done: false, ClTRID: cmd.ClTRID, At: w.engine.Now()}
	w.tell("1", ev)
	w.take()
	if got := w.command(op, registrar.VerbDomainRenew); got.State != registrar.CommandFailed {
		t.Errorf("%s %d %s: the refusal was thrown away", got.State, got.ResultCode, got.ResultMsg)
	}
	w.balanced(registerPrice, costPerYear)
}

// TestPoisonMessage: one that can't be acted upon holds up nobody and ends with a
// person.
func TestPoisonMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.own("one.shop")
	poison := domainEvent(registrar.ToldTransfer, "one.shop")
	poison.Transfer = &registrar.Transfer{Object: poison.Object, Status: registrar.TransferServerApproved, Side: registrar.TransferLosing}
	w.registry.RefuseInfo("one.shop", 2400)
	w.tell("1", poison)
	w.tell("2", registrar.RegistryEvent{Kind: registrar.ToldText})
	w.registry.Caps.Messages = true
	var failed bool
	for range 30 {
		err := w.engine.TakeMessages(t.Context(), "mem")
		failed = failed || err != nil
		w.due()
	}
	if !failed {
		t.Error("the failure was not told")
	}
	w.wantKept("1 waiting It could not be acted upon", "2 waiting")
	id := ""
	rows, err := w.store.QueueMessages(t.Context(), registrar.QueueMessageFilter{Object: "one.shop"}, registrar.Page{})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%+v, %v", rows, err)
	}
	id = rows[0].ID
	if err := w.engine.SettleMessage(t.Context(), staff, id, " "); registrar.KindOf(err) != registrar.KindInvalid {
		t.Errorf("without a note: %v", err)
	}
	if err := w.engine.SettleMessage(t.Context(), w.by, id, "done"); registrar.KindOf(err) != registrar.KindForbidden {
		t.Errorf("by a customer: %v", err)
	}
	if err := w.engine.SettleMessage(t.Context(), staff, id, "Asked the registry."); err != nil {
		t.Fatal(err)
	}
	if err := w.engine.SettleMessage(t.Context(), staff, id, "again"); registrar.KindOf(err) != registrar.KindConflict {
		t.Errorf("settled twice: %v", err)
	}
	if got := w.audits("registry_message", id, "registry.message_settled"); len(got) != 1 {
		t.Errorf("evidence %+v", got)
	}
}

// TestQueueOfAnotherSystem: an account whose names another owner system keeps is
// left alone.
func TestQueueOfAnotherSystem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.own("one.shop")
	w.change("one.shop", func(d *registrar.Domain) { d.OwnerSystem = "fossbilling" })
	w.tell("1", registrar.RegistryEvent{Kind: registrar.ToldText})
	w.take()
	if w.registry.Queued() != 1 {
		t.Error("the message was taken away from the other system")
	}
	w.change("one.shop", func(d *registrar.Domain) { d.OwnerSystem = registrar.OwnerEngine })
	w.take()
	if w.registry.Queued() != 0 {
		t.Error("the message is still there")
	}
}

// TestNoMessageIsAcknowledgedUnkept: the store fails before the ack.
func TestNoMessageIsAcknowledgedUnkept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tell("1", registrar.RegistryEvent{Kind: registrar.ToldText})
	w.registry.Caps.Messages = true
	full := errors.New("disk full")
	broken := w.newEngine(failingTx{w.store, full}, "second")
	if err := broken.TakeMessages(t.Context(), "mem"); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
	if w.registry.Queued() != 1 {
		t.Error("the message was acknowledged and is lost")
	}
}

// failingTx is a store whose transactions fail.
type failingTx struct {
	registrar.Store
	cause error
}

func (f failingTx) InTx(context.Context, func(registrar.Tx) error) error { return f.cause }
