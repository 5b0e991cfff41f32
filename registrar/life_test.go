package registrar_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
)

var grace = 120 * time.Hour

// settledWorld has an owned name whose registry's view was read.
func settledWorld(t *testing.T, name string) *world {
	t.Helper()
	w := newWorld(t)
	w.registry.Caps.AddGrace = grace
	w.own(name)
	stop := w.work(w.engine)
	w.until("the first reading", func() bool { return !w.domain(name).NeedsInfo })
	stop()
	return w
}

func (w *world) locks(e *registrar.Engine, name, key string, on bool, locks ...registrar.Lock) (registrar.Operation, error) {
	req := registrar.LockRequest{Name: name, Locks: locks, On: on}
	if key != "" {
		req.Key = &registrar.KeyRequest{Key: key, BodyDigest: key}
	}
	return e.ChangeLocks(w.t.Context(), w.by, w.customer.ID, req)
}

// done waits for an operation that must succeed.
func (w *world) done(op registrar.Operation, err error) registrar.Operation {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	if op = w.finish(op.ID); op.State != registrar.OpSucceeded {
		w.t.Fatalf("operation: %+v", op)
	}
	return op
}

func (w *world) statuses(name string) []string {
	w.t.Helper()
	d := w.registry.Domain(name)
	if d == nil {
		w.t.Fatalf("the registry has no %s", name)
	}
	return slices.Sorted(slices.Values(d.Statuses))
}

// TestLocks sets and lifts locks in every order that clientUpdateProhibited
// makes hard.
func TestLocks(t *testing.T) {
	t.Parallel()
	w := settledWorld(t, "example.shop")
	w.work(w.engine)
	steps := []struct {
		on    bool
		locks []registrar.Lock
		want  string
		sent  int // updates at the registry
	}{
		{true, []registrar.Lock{registrar.LockTransfer}, "clientTransferProhibited", 1},
		{true, []registrar.Lock{registrar.LockTransfer}, "clientTransferProhibited", 0},
		{true, []registrar.Lock{registrar.LockUpdate}, "clientTransferProhibited clientUpdateProhibited", 1},
		{true, []registrar.Lock{registrar.LockDelete}, "clientDeleteProhibited clientTransferProhibited clientUpdateProhibited", 3},
		{false, []registrar.Lock{registrar.LockDelete}, "clientTransferProhibited clientUpdateProhibited", 3},
		{false, registrar.AllLocks, "ok", 2},
		{true, registrar.AllLocks, "clientDeleteProhibited clientTransferProhibited clientUpdateProhibited", 1},
		{true, registrar.AllLocks, "clientDeleteProhibited clientTransferProhibited clientUpdateProhibited", 2},
		{false, []registrar.Lock{registrar.LockUpdate}, "clientDeleteProhibited clientTransferProhibited", 1},
	}
	for i, s := range steps {
		before := w.registry.Executed(registrar.VerbDomainUpdate, "example.shop")
		w.done(w.locks(w.engine, "example.shop", "", s.on, s.locks...))
		if got := strings.Join(w.statuses("example.shop"), " "); got != s.want {
			t.Errorf("step %d: the registry has %q, want %q", i, got, s.want)
		}
		if got := strings.Join(slices.Sorted(slices.Values(w.domain("example.shop").Statuses)), " "); got != s.want {
			t.Errorf("step %d: we hold %q, want %q", i, got, s.want)
		}
		if n := w.registry.Executed(registrar.VerbDomainUpdate, "example.shop") - before; n != s.sent {
			t.Errorf("step %d: %d updates, want %d", i, n, s.sent)
		}
	}
	w.balanced(registerPrice, costPerYear)
}

// TestLocksOfOthers: what the registry or staff have set is not the customer's
// to lift, and the reason is told.
func TestLocksOfOthers(t *testing.T) {
	t.Parallel()
	w := settledWorld(t, "example.shop")
	w.work(w.engine)
	w.registry.SetStatuses("example.shop", "serverTransferProhibited")
	w.change("example.shop", func(d *registrar.Domain) { d.NeedsInfo = true })
	w.until("the registry's lock is read", func() bool { return w.domain("example.shop").HasStatus("serverTransferProhibited") != "" })
	_, err := w.locks(w.engine, "example.shop", "", false, registrar.LockTransfer)
	wantKind(t, err, registrar.KindProhibited, "registry_lock")

	d := w.domain("example.shop")
	_, err = w.engine.ChangeStaffLocks(t.Context(), staff, d.ID, []registrar.Lock{registrar.LockDelete}, true, " ")
	wantKind(t, err, registrar.KindInvalid, "required")
	w.done(w.engine.ChangeStaffLocks(t.Context(), staff, d.ID, []registrar.Lock{registrar.LockDelete, registrar.LockUpdate}, true, "court order 7"))
	_, err = w.locks(w.engine, "example.shop", "", false, registrar.LockDelete)
	wantKind(t, err, registrar.KindProhibited, "staff_lock")
	if err == nil || !strings.Contains(err.Error(), "court order 7") {
		t.Errorf("the reason is missing: %v", err)
	}
	// The customer's own lock stands beside it, and goes without touching it.
	w.done(w.locks(w.engine, "example.shop", "", true, registrar.LockTransfer))
	w.done(w.locks(w.engine, "example.shop", "", false, registrar.LockTransfer))
	if got := strings.Join(w.statuses("example.shop"), " "); got != "clientDeleteProhibited clientUpdateProhibited serverTransferProhibited" {
		t.Errorf("the registry has %q", got)
	}
	if locks, err := w.store.StaffLocks(t.Context(), d.ID); err != nil || len(locks) != 2 || locks[0].Reason != "court order 7" || locks[0].By.ID != staff.ID {
		t.Errorf("staff locks: %+v, %v", locks, err)
	}
	w.done(w.engine.ChangeStaffLocks(t.Context(), staff, d.ID, []registrar.Lock{registrar.LockDelete, registrar.LockUpdate}, false, "order lifted"))
	if locks, err := w.store.StaffLocks(t.Context(), d.ID); err != nil || len(locks) != 0 {
		t.Errorf("staff locks: %+v, %v", locks, err)
	}
	w.done(w.locks(w.engine, "example.shop", "", true, registrar.LockDelete))
	w.done(w.locks(w.engine, "example.shop", "", false, registrar.LockDelete))
}

func TestLockRefusals(t *testing.T) {
	t.Parallel()
	w := settledWorld(t, "example.shop")
	_, err := w.locks(w.engine, "example.shop", "", true)
	wantKind(t, err, registrar.KindInvalid, "required")
	_, err = w.locks(w.engine, "example.shop", "", true, "renewal")
	wantKind(t, err, registrar.KindInvalid, "bad_lock")
	_, err = w.locks(w.engine, "other.shop", "", true, registrar.LockDelete)
	wantKind(t, err, registrar.KindNotFound, "no_such_domain")
	_, err = w.engine.ChangeLocks(t.Context(), w.by, "cus_other", registrar.LockRequest{Name: "example.shop", Locks: registrar.AllLocks, On: true})
	wantKind(t, err, registrar.KindNotFound, "no_such_domain")
	w.registry.Caps.NoLocks = true
	_, err = w.locks(w.engine, "example.shop", "", true, registrar.LockDelete)
	wantKind(t, err, registrar.KindProhibited, "locks_not_offered")
	w.registry.Caps.NoLocks = false
	// One open transform per name, also for an operation of several commands.
	w.change("example.shop", func(d *registrar.Domain) { d.Statuses = []string{"clientUpdateProhibited"} })
	if _, err = w.locks(w.engine, "example.shop", "", true, registrar.LockDelete); err != nil {
		t.Fatal(err)
	}
	_, err = w.locks(w.engine, "example.shop", "", true, registrar.LockTransfer)
	wantKind(t, err, registrar.KindConflict, "operation_open")
}

// TestLockOfEndedName: it is lifted here, without the registry, so that the name's
// data need not be kept for good.
func TestLockOfEndedName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.own("example.shop")
	stop := w.work(w.engine)
	w.done(w.engine.ChangeStaffLocks(t.Context(), staff, d.ID, []registrar.Lock{registrar.LockTransfer}, true, "dispute"))
	w.until("the reading", func() bool { return !w.domain("example.shop").NeedsInfo })
	stop()
	w.change("example.shop", func(d *registrar.Domain) { d.State = registrar.DomainTransferred })
	if _, err := w.engine.ChangeStaffLocks(t.Context(), staff, d.ID, []registrar.Lock{registrar.LockDelete}, true, "more"); err == nil {
		t.Error("a name that has ended was locked")
	}
	op, err := w.engine.ChangeStaffLocks(t.Context(), staff, d.ID, []registrar.Lock{registrar.LockTransfer}, false, "dispute is over")
	if err != nil || op.State != registrar.OpSucceeded {
		t.Fatalf("%+v, %v", op, err)
	}
	if locks, err := w.store.StaffLocks(t.Context(), d.ID); err != nil || len(locks) != 0 {
		t.Errorf("%+v, %v", locks, err)
	}
	if got := w.audits("domain", d.ID, "domain.unlock"); len(got) != 1 {
		t.Errorf("evidence %+v", got)
	}
	if cmds, err := w.store.CommandsOf(t.Context(), op.ID); err != nil || len(cmds) != 0 {
		t.Errorf("the registry was told: %+v, %v", cmds, err)
	}
}

func (w *world) code(e *registrar.Engine, name, key string) (registrar.TransferCode, error) {
	var k *registrar.KeyRequest
	if key != "" {
		k = &registrar.KeyRequest{Key: key, BodyDigest: key}
	}
	return e.RenewTransferCode(w.t.Context(), w.by, w.customer.ID, name, k)
}

// TestTransferCode follows a code from its asking to its end: it is shown once,
// kept sealed while it is on its way, and then by nobody but the registry.
func TestTransferCode(t *testing.T) {
	t.Parallel()
	w := settledWorld(t, "example.shop")
	clock := clockwork.NewFakeClockAt(time.Now())
	opt := options(w.store, w.registry, "clocked")
	opt.Clock, opt.TransferCodeLife = clock, 14*24*time.Hour
	e, err := registrar.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	w.engine = e
	first, err := w.code(e, "example.shop", "k1")
	if err != nil || len(first.Code.Reveal()) < 22 {
		t.Fatalf("%+v, %v", first, err)
	}
	again, err := w.code(e, "example.shop", "k1")
	if err != nil || again.Code != "" || again.Operation.ID != first.Operation.ID {
		t.Errorf("a repeated request: %q of %s, %v", again.Code.Reveal(), again.Operation.ID, err)
	}
	d := w.domain("example.shop")
	record, err := w.store.CodeRecord(t.Context(), d.ID)
	if err != nil || record.Sealed == "" || strings.Contains(record.Sealed, first.Code.Reveal()) {
		t.Errorf("on its way: %+v, %v", record, err)
	}
	w.work(e)
	w.done(first.Operation, nil)
	if got := w.registry.Code("example.shop"); got != first.Code.Reveal() {
		t.Errorf("the registry has %q", got)
	}
	w.nowhere(d.ID, first.Code.Reveal())
	record, err = w.store.CodeRecord(t.Context(), d.ID)
	if err != nil || record.Sealed != "" || record.CommandID != "" || record.ExpiresAt == nil || !record.ExpiresAt.Equal(e.Now().Add(14*24*time.Hour)) {
		t.Errorf("at the registry: %+v, %v", record, err)
	}
	second, err := w.code(e, "example.shop", "k2")
	if err != nil || second.Code == first.Code || second.Code == "" {
		t.Fatalf("renewed: %+v, %v", second, err)
	}
	w.done(second.Operation, nil)

	if err := e.EndTransferCodes(t.Context()); err != nil || w.registry.Code("example.shop") != second.Code.Reveal() {
		t.Errorf("ended before its time: %v", err)
	}
	clock.Advance(14*24*time.Hour + time.Second)
	w.done(w.locks(e, "example.shop", "", true, registrar.LockUpdate)) // must not keep the code alive
	for range 2 {                                                      // a second run finds the first one's work
		if err := e.EndTransferCodes(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.until("the code is unset", func() bool {
		_, err := w.store.CodeRecord(t.Context(), d.ID)
		return registrar.IsNotFound(err)
	})
	w.until("the update lock is back", func() bool { return slices.Contains(w.statuses("example.shop"), "clientUpdateProhibited") })
	if got := w.registry.Code("example.shop"); got != "" {
		t.Errorf("the registry still has %q", got)
	}
}

// nowhere makes sure that no record of a domain holds a secret.
func (w *world) nowhere(domainID, secret string) {
	w.t.Helper()
	ctx, page := w.t.Context(), registrar.Page{Limit: 500}
	var kept []any
	add := func(v any, err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
		kept = append(kept, v)
	}
	add(w.store.Commands(ctx, registrar.CommandFilter{DomainID: domainID}, page))
	add(w.store.AuditOf(ctx, "domain", domainID, page))
	add(w.store.EventsOf(ctx, domainID, page))
	add(w.store.Operations(ctx, registrar.OperationFilter{DomainID: domainID}, page))
	add(w.store.CodeRecord(ctx, domainID))
	text, err := json.Marshal(kept)
	if err != nil {
		w.t.Fatal(err)
	}
	if len(text) < 500 || strings.Contains(string(text), secret) {
		w.t.Errorf("the code is in what we keep (%d bytes)", len(text))
	}
}

type sixtyDays struct{}

func (sixtyDays) MayLeave(_ context.Context, _ registrar.Reader, d registrar.Domain) error {
	return registrar.Errorf(registrar.KindProhibited, "sixty_days", "%s was registered less than 60 days ago.", d.UName)
}

func TestTransferCodeRefusals(t *testing.T) {
	t.Parallel()
	w := settledWorld(t, "example.shop")
	stop := w.work(w.engine)
	w.done(w.locks(w.engine, "example.shop", "", true, registrar.LockTransfer))
	_, err := w.code(w.engine, "example.shop", "")
	wantKind(t, err, registrar.KindProhibited, "transfer_locked")
	w.done(w.locks(w.engine, "example.shop", "", false, registrar.LockTransfer))

	w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainUpdate, Kind: registrytest.FaultCode, Code: 2202})
	refused, err := w.code(w.engine, "example.shop", "")
	if err != nil {
		t.Fatal(err)
	}
	if op := w.finish(refused.Operation.ID); op.State != registrar.OpFailed || op.FailureCode != "code_refused" {
		t.Errorf("operation: %+v", op)
	}
	if _, err := w.store.CodeRecord(t.Context(), w.domain("example.shop").ID); !registrar.IsNotFound(err) {
		t.Errorf("a refused code is still kept: %v", err)
	}
	stop()
	for code, change := range map[string]func(*registrar.Options){
		"sixty_days":     func(o *registrar.Options) { o.TransferPolicy = sixtyDays{} },
		"no_sealing_key": func(o *registrar.Options) { o.Seal = nil },
	} {
		w.hook(nil, change)
		_, err := w.code(w.engine, "example.shop", "")
		if err == nil || !strings.Contains(fmt.Sprint(err), map[string]string{"sixty_days": "60 days", "no_sealing_key": "no key"}[code]) {
			t.Errorf("%s: %v", code, err)
		}
	}
}

func (w *world) deletion(e *registrar.Engine, name, key string) (registrar.Operation, error) {
	var k *registrar.KeyRequest
	if key != "" {
		k = &registrar.KeyRequest{Key: key, BodyDigest: key}
	}
	return e.DeleteDomain(w.t.Context(), w.by, w.customer.ID, name, k)
}

// TestDeleteInGrace gives back everything that was paid for the name, once.
func TestDeleteInGrace(t *testing.T) {
	t.Parallel()
	w := settledWorld(t, "example.shop")
	w.work(w.engine)
	w.done(w.place(w.renewal("example.shop", 2)), nil)
	plan, err := w.engine.PlanDeletion(t.Context(), w.customer.ID, "example.shop")
	if err != nil || plan.Blocked != nil || plan.Refund == nil || plan.Refund.Minor != registerPrice+2*renewPrice {
		t.Errorf("plan: %+v, %v", plan, err)
	}
	d := w.domain("example.shop")
	w.done(w.deletion(w.engine, "example.shop", ""))
	if w.registry.Domain("example.shop") != nil {
		t.Error("the registry still has it")
	}
	w.balanced(0, 0)
	if d, err = w.store.Domain(t.Context(), d.ID); err != nil || d.State != registrar.DomainDeleted {
		t.Errorf("domain: %+v, %v", d, err)
	}
	if _, err := w.engine.OwnedDomain(t.Context(), w.customer.ID, "example.shop"); !registrar.IsNotFound(err) {
		t.Errorf("still in the account: %v", err)
	}
	// The name is free again, for anybody.
	w.own("example.shop")
	w.balanced(registerPrice, costPerYear)
}

// TestDeleteAfterGrace costs what it cost; the name stays ours until it is purged.
func TestDeleteAfterGrace(t *testing.T) {
	t.Parallel()
	w := settledWorld(t, "example.shop")
	w.registry.Caps.AddGrace = time.Nanosecond
	w.work(w.engine)
	plan, err := w.engine.PlanDeletion(t.Context(), w.customer.ID, "example.shop")
	if err != nil || plan.Blocked != nil || plan.Refund != nil {
		t.Errorf("plan: %+v, %v", plan, err)
	}
	d := w.domain("example.shop")
	w.done(w.deletion(w.engine, "example.shop", ""))
	if got := w.statuses("example.shop"); !slices.Contains(got, "pendingDelete") {
		t.Errorf("the registry has %v", got)
	}
	w.until("the registry's view is read", func() bool { d, _ = w.store.Domain(t.Context(), d.ID); return !d.NeedsInfo })
	if d.State != registrar.DomainPendingDelete || d.HasStatus("pendingDelete") == "" {
		t.Errorf("domain: %+v", d)
	}
	if reg, err := w.store.Registration(t.Context(), "example.shop"); err != nil || reg.Domain.ID != d.ID {
		t.Errorf("the directory has lost it: %v", err)
	}
	_, err = w.deletion(w.engine, "example.shop", "")
	wantKind(t, err, registrar.KindConflict, "domain_deleted")
	_, err = w.locks(w.engine, "example.shop", "", true, registrar.LockDelete)
	wantKind(t, err, registrar.KindConflict, "domain_deleted")
	w.balanced(registerPrice, costPerYear)

	w.registry.Purge("example.shop")
	if err := w.engine.FollowDeletions(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.until("the purge is noticed", func() bool { d, _ = w.store.Domain(t.Context(), d.ID); return d.State == registrar.DomainDeleted })
	events, err := w.store.EventsOf(t.Context(), d.ID, registrar.Page{})
	if err != nil || events[0].Kind != registrar.EventDomainGone {
		t.Errorf("events: %+v, %v", events, err)
	}
	w.balanced(registerPrice, costPerYear)
}

// TestDeletionTakenBack: the registry no longer deletes the name.
func TestDeletionTakenBack(t *testing.T) {
	t.Parallel()
	w := settledWorld(t, "example.shop")
	w.registry.Caps.AddGrace = 0
	w.work(w.engine)
	w.done(w.deletion(w.engine, "example.shop", ""))
	w.until("it is pending", func() bool {
		d := w.domain("example.shop")
		return d.State == registrar.DomainPendingDelete && !d.NeedsInfo
	})
	w.registry.SetStatuses("example.shop", "ok")
	if err := w.engine.FollowDeletions(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.until("it is active again", func() bool { return w.domain("example.shop").State == registrar.DomainActive })
}

func TestDeleteRefusals(t *testing.T) {
	t.Parallel()
	w := settledWorld(t, "example.shop")
	w.work(w.engine)
	w.done(w.locks(w.engine, "example.shop", "", true, registrar.LockDelete))
	_, err := w.deletion(w.engine, "example.shop", "")
	wantKind(t, err, registrar.KindProhibited, "delete_locked")
	if plan, err := w.engine.PlanDeletion(t.Context(), w.customer.ID, "example.shop"); err != nil || plan.Blocked == nil {
		t.Errorf("plan: %+v, %v", plan, err)
	}
	w.done(w.locks(w.engine, "example.shop", "", false, registrar.LockDelete))
	w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainDelete, Kind: registrytest.FaultCode, Code: 2305})
	op, err := w.deletion(w.engine, "example.shop", "")
	if err != nil {
		t.Fatal(err)
	}
	if op = w.finish(op.ID); op.State != registrar.OpFailed || op.FailureCode != "subordinate_hosts" {
		t.Errorf("operation: %+v", op)
	}
	if d := w.domain("example.shop"); d.State != registrar.DomainActive {
		t.Errorf("domain: %+v", d)
	}
	w.balanced(registerPrice, costPerYear)
}

// dailyLife locks and unlocks a name, takes a transfer code and deletes the
// name, repeating each request until it is answered.
func (w *world) dailyLife(e *registrar.Engine, name string, dead func() bool) {
	w.t.Helper()
	steps := []func() (registrar.Operation, error){
		func() (registrar.Operation, error) { return w.locks(e, name, "lock", true, registrar.AllLocks...) },
		func() (registrar.Operation, error) { return w.locks(e, name, "unlock", false, registrar.AllLocks...) },
		func() (registrar.Operation, error) {
			c, err := w.code(e, name, "code")
			return c.Operation, err
		},
		func() (registrar.Operation, error) { return w.deletion(e, name, "delete") },
	}
	for i, step := range steps {
		op, err := step()
		for err == nil && op.State == registrar.OpRunning && !dead() {
			op, err = e.WaitOperation(w.t.Context(), w.customer.ID, op.ID, 100*time.Millisecond)
		}
		if dead() {
			return
		}
		if err != nil || op.State != registrar.OpSucceeded {
			cmds, _ := w.store.CommandsOf(w.t.Context(), op.ID)
			w.t.Fatalf("step %d: %+v, %v\n%+v", i, op, err, cmds)
		}
	}
}

// livedDaily proves that a name was deleted with its money given back once.
func (w *world) livedDaily(name string) {
	w.t.Helper()
	if w.registry.Domain(name) != nil {
		w.t.Error("the registry still has it")
	}
	if n := w.registry.Executed(registrar.VerbDomainDelete, name); n != 1 {
		w.t.Errorf("deleted %d times", n)
	}
	w.balanced(0, 0)
}

// TestLostAnswersOfDailyLife cuts the wire before and after each command of the
// path.
func TestLostAnswersOfDailyLife(t *testing.T) {
	for nth := range 5 { // lock, unlock (two), code, delete
		for _, fault := range []registrytest.Fault{
			{Kind: registrytest.FaultBefore}, {Kind: registrytest.FaultAfter}, {Kind: registrytest.FaultDown},
			{Kind: registrytest.FaultCode, Code: 2400}, {Kind: registrytest.FaultCode, Code: 2500},
		} {
			t.Run(fmt.Sprintf("%d %s %d", nth, fault.Kind, fault.Code), func(t *testing.T) {
				t.Parallel()
				w := settledWorld(t, "example.shop")
				w.registry.InjectAfter(nth, fault)
				w.work(w.engine)
				w.dailyLife(w.engine, "example.shop", func() bool { return false })
				w.livedDaily("example.shop")
			})
		}
	}
}

// TestDeathInDailyLife kills the process at each transaction.
func TestDeathInDailyLife(t *testing.T) {
	for _, before := range []bool{true, false} {
		for n := int64(0); n < 44; n++ {
			t.Run(fmt.Sprintf("before=%v/%d", before, n), func(t *testing.T) {
				t.Parallel()
				w := settledWorld(t, "example.shop")
				m := &mortal{Store: w.store, before: before}
				m.left.Store(n)
				dying, err := registrar.New(options(m, mortalRegistry{w.registry, m}, "dying"))
				if err != nil {
					t.Fatal(err)
				}
				stop := w.work(dying)
				w.dailyLife(dying, "example.shop", m.dead)
				stop()
				heir := w.newEngine(w.store, "heir")
				w.engine = heir
				w.work(heir)
				w.dailyLife(heir, "example.shop", func() bool { return false })
				w.livedDaily("example.shop")
			})
		}
	}
}

// TestLockBackAndForth must not take a lagging view for the wish.
func TestLockBackAndForth(t *testing.T) {
	t.Parallel()
	w := settledWorld(t, "example.shop")
	h := w.hook(nil, settling(time.Minute))
	w.work(w.engine)
	w.registry.FreezeInfo() // shows the name without locks from here on
	w.done(w.locks(w.engine, "example.shop", "", true, registrar.LockTransfer))
	back, err := w.locks(w.engine, "example.shop", "", false, registrar.LockTransfer)
	if err != nil {
		t.Fatal(err)
	}
	reads := h.count("info")
	w.until("looks at the registry", func() bool { return h.count("info") >= reads+3 })
	w.registry.Thaw()
	w.done(back, nil)
	if got := w.statuses("example.shop"); !slices.Equal(got, []string{"ok"}) {
		t.Errorf("the registry has %v, we said done", got)
	}
}

// TestSecretsDoNotPrint goes through the ways in which a value gets out.
func TestSecretsDoNotPrint(t *testing.T) {
	s := registrar.Secret("hunter2")
	asJSON, err := json.Marshal(map[string]any{"a": s, "b": &s, "c": registrar.TransferCode{Code: s}})
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{string(asJSON), fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q", s, s, s, s, s), s.LogValue().String()} {
		if strings.Contains(out, "hunter2") {
			t.Errorf("%s", out)
		}
	}
	if s.Reveal() != "hunter2" {
		t.Error("the secret is lost")
	}
}
