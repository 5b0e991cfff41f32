package registrar_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
)

// hooked lets a test act right after a call to the registry.
type hooked struct {
	*registrytest.Memory
	mu        sync.Mutex
	calls     map[string]int
	afterCall func(call string, n int) // call is a verb or "info"
}

func (h *hooked) after(call string) {
	h.mu.Lock()
	if h.calls == nil {
		h.calls = map[string]int{}
	}
	h.calls[call]++
	n, fn := h.calls[call], h.afterCall
	h.mu.Unlock()
	if fn != nil {
		fn(call, n)
	}
}

func (h *hooked) count(call string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.calls[call]
}

func (h *hooked) DomainInfo(ctx context.Context, name string) (registrar.DomainInfo, error) {
	info, err := h.Memory.DomainInfo(ctx, name)
	h.after("info")
	return info, err
}

func (h *hooked) CreateDomain(ctx context.Context, s registrar.Send, d registrar.DomainCreate) (registrar.DomainCreated, error) {
	out, err := h.Memory.CreateDomain(ctx, s, d)
	h.after(string(registrar.VerbDomainCreate))
	return out, err
}

func (h *hooked) RenewDomain(ctx context.Context, s registrar.Send, r registrar.DomainRenew) (registrar.DomainRenewed, error) {
	out, err := h.Memory.RenewDomain(ctx, s, r)
	h.after(string(registrar.VerbDomainRenew))
	return out, err
}

// hook returns a registry with a hook and makes the world's engine use it;
// change may adapt the options.
func (w *world) hook(fn func(call string, n int), change func(*registrar.Options)) *hooked {
	w.t.Helper()
	h := &hooked{Memory: w.registry, afterCall: fn}
	opt := options(w.store, h, "hooked")
	if change != nil {
		change(&opt)
	}
	e, err := registrar.New(opt)
	if err != nil {
		w.t.Fatal(err)
	}
	w.engine = e
	return h
}

// until waits for a condition that something else brings about.
func (w *world) until(what string, cond func() bool) {
	w.t.Helper()
	deadline := time.Now().Add(15 * pace * time.Second)
	for !cond() {
		if time.Now().After(deadline) {
			w.t.Fatalf("waited in vain: %s", what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

func (w *world) command(op registrar.Operation, verb registrar.Verb) registrar.Command {
	w.t.Helper()
	cmds, err := w.store.CommandsOf(w.t.Context(), op.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range cmds {
		if c.Verb == verb {
			return c
		}
	}
	w.t.Fatalf("operation %s has no %s", op.ID, verb)
	return registrar.Command{}
}

var staff = registrar.Actor{Kind: registrar.ActorStaff, ID: "usr_staff"}

// TestRefusedBecauseItHappened loses the answer of an executed transform while
// the registry's <info> lags, so that it is sent again and refused: the effect
// of the first attempt is found and paid for.
func TestRefusedBecauseItHappened(t *testing.T) {
	for verb, second := range map[registrar.Verb][]registrytest.Fault{
		registrar.VerbDomainRenew:  nil, // refused by itself: curExpDate has moved
		registrar.VerbDomainCreate: {{Verb: registrar.VerbDomainCreate, Kind: registrytest.FaultCode, Code: 2306}},
	} {
		t.Run(string(verb), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if verb == registrar.VerbDomainRenew {
				w.own("example.shop")
			}
			w.hook(func(call string, n int) {
				if call == string(verb) && n == 2 {
					w.registry.Thaw()
				}
			}, nil)
			w.registry.FreezeInfo()
			w.registry.Inject(append([]registrytest.Fault{{Verb: verb, Kind: registrytest.FaultAfter}}, second...)...)
			w.work(w.engine)
			req, spent := w.registration("example.shop", 1), int64(registerPrice)
			cost := int64(costPerYear)
			if verb == registrar.VerbDomainRenew {
				req, spent, cost = w.renewal("example.shop", 1), registerPrice+renewPrice, 2*costPerYear
			}
			if op := w.finish(w.place(req).ID); op.State != registrar.OpSucceeded {
				t.Errorf("operation: %+v", op)
			}
			if n := w.registry.Executed(verb, "example.shop"); n != 1 {
				t.Errorf("executed %d times", n)
			}
			w.balanced(spent, cost)
		})
	}
}

// TestRefusedAfterAVanishedAttempt sends again what vanished and is refused for
// good: no effect, no charge.
func TestRefusedAfterAVanishedAttempt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.own("example.shop")
	w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainRenew, Kind: registrytest.FaultBefore},
		registrytest.Fault{Verb: registrar.VerbDomainRenew, Kind: registrytest.FaultCode, Code: 2105})
	w.work(w.engine)
	op := w.finish(w.place(w.renewal("example.shop", 1)).ID)
	if op.State != registrar.OpFailed || op.FailureCode != "not_renewable" {
		t.Errorf("operation: %+v", op)
	}
	w.balanced(registerPrice, costPerYear)
}

// TestPendingIsNeverSentAgain accepts with 1001 and shows nothing of it, as some
// registries do: the command goes to people, and never out again.
func TestPendingIsNeverSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.own("example.shop")
	w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainRenew, Kind: registrytest.FaultHidden})
	w.work(w.engine)
	op := w.place(w.renewal("example.shop", 1))
	c := w.command(op, registrar.VerbDomainRenew)
	w.until("accepted as pending", func() bool { c, _ := w.store.Command(t.Context(), c.ID); return c.ResultCode == registrar.CodePending })
	if err := w.engine.RetryCommand(t.Context(), staff, c.ID, "look now"); err != nil {
		t.Fatal(err)
	}
	if op = w.finish(op.ID); op.State != registrar.OpNeedsReview {
		t.Errorf("operation: %+v", op)
	}
	if c, _ = w.store.Command(t.Context(), c.ID); c.Attempt != 1 {
		t.Errorf("sent %d times", c.Attempt)
	}
	w.registry.Decide(true)
	if err := w.engine.RetryCommand(t.Context(), staff, c.ID, "the registry has decided"); err != nil {
		t.Fatal(err)
	}
	if op = w.finish(op.ID); op.State != registrar.OpSucceeded {
		t.Errorf("operation: %+v", op)
	}
	w.balanced(registerPrice+renewPrice, 2*costPerYear)
}

// TestPendingCreateDecidedHoursLater has a crDate far outside the exchange's
// window: the 1001 explains it.
func TestPendingCreateDecidedHoursLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainCreate, Kind: registrytest.FaultPending})
	w.work(w.engine)
	op := w.place(w.registration("example.shop", 1))
	c := w.command(op, registrar.VerbDomainCreate)
	w.until("accepted as pending", func() bool { c, _ := w.store.Command(t.Context(), c.ID); return c.ResultCode == registrar.CodePending })
	for range 2 { // looks while it is pending change nothing
		if err := w.engine.RetryCommand(t.Context(), staff, c.ID, "look now"); err != nil && registrar.KindOf(err) != registrar.KindConflict {
			t.Fatal(err)
		}
	}
	w.registry.Clock = clockwork.NewFakeClockAt(time.Now().Add(5 * time.Hour))
	w.registry.Decide(true)
	w.until("looked again", func() bool {
		now, _ := w.store.Command(t.Context(), c.ID) // a look that was due already may be first
		return now.State == registrar.CommandDone || w.engine.RetryCommand(t.Context(), staff, c.ID, "the registry has decided") == nil
	})
	if op = w.finish(op.ID); op.State != registrar.OpSucceeded {
		t.Errorf("operation: %+v", op)
	}
	w.balanced(registerPrice, costPerYear)
}

// TestWaitingForFundsIsNoAttempt counts only attempts whose outcome was unknown:
// an order that waited long for funds is not given up when an answer gets lost.
func TestWaitingForFundsIsNoAttempt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 12 {
		w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainCreate, Kind: registrytest.FaultCode, Code: registrar.CodeBillingFailure})
	}
	w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainCreate, Kind: registrytest.FaultBefore})
	w.work(w.engine)
	if op := w.finish(w.place(w.registration("example.shop", 1)).ID); op.State != registrar.OpSucceeded {
		t.Errorf("operation: %+v", op)
	}
	w.balanced(registerPrice, costPerYear)
}

// TestLongWordsOfARegistry must not keep a refusal from being written down.
func TestLongWordsOfARegistry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainCreate, Kind: registrytest.FaultCode, Code: 2306, Reason: strings.Repeat("no ", 2000)})
	w.work(w.engine)
	if op := w.finish(w.place(w.registration("example.shop", 1)).ID); op.State != registrar.OpFailed {
		t.Errorf("operation: %+v", op)
	}
	w.balanced(0, 0)
}

// TestInfoRefused has a registry that never shows the object in question: no
// machine can decide, so people see it.
func TestInfoRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.registry.RefuseInfo("example.shop", 2201)
	w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainCreate, Kind: registrytest.FaultBefore})
	w.work(w.engine)
	op := w.finish(w.place(w.registration("example.shop", 1)).ID)
	if op.State != registrar.OpNeedsReview {
		t.Errorf("operation: %+v", op)
	}
	w.registry.RefuseInfo("example.shop", 0)
	if err := w.engine.RetryCommand(t.Context(), staff, w.command(op, registrar.VerbDomainCreate).ID, "fixed"); err != nil {
		t.Fatal(err)
	}
	if op = w.finish(op.ID); op.State != registrar.OpSucceeded {
		t.Errorf("operation: %+v", op)
	}
	w.balanced(registerPrice, costPerYear)
}

// TestAdapterStumbles fails in a way that says nothing: nothing was sent, and
// trying for ever in silence would help nobody.
func TestAdapterStumbles(t *testing.T) {
	t.Parallel()
	for _, verb := range []registrar.Verb{registrar.VerbContactCreate, registrar.VerbDomainCreate} {
		w := newWorld(t)
		w.registry.Inject(registrytest.Fault{Verb: verb, Kind: registrytest.FaultPlain})
		w.work(w.engine)
		op := w.finish(w.place(w.registration("example.shop", 1)).ID)
		if op.State != registrar.OpNeedsReview {
			t.Errorf("operation: %+v", op)
		}
		if err := w.engine.RetryCommand(t.Context(), staff, w.command(op, verb).ID, "fixed"); err != nil {
			t.Fatal(err)
		}
		if op = w.finish(op.ID); op.State != registrar.OpSucceeded {
			t.Errorf("operation: %+v", op)
		}
		w.balanced(registerPrice, costPerYear)
	}
}

// TestHangingExchangeEnds has a registry that takes the frame and keeps silent:
// the exchange ends when the journal says that it has.
func TestHangingExchangeEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainCreate, Kind: registrytest.FaultHang})
	w.work(w.engine)
	op := w.place(w.registration("example.shop", 1))
	op, err := w.engine.WaitOperation(t.Context(), "", op.ID, 6*pace*time.Second)
	if err != nil || op.State != registrar.OpSucceeded {
		t.Errorf("operation: %+v, %v", op, err)
	}
	w.balanced(registerPrice, costPerYear)
}

// TestNotYetVisible renews a name so new that the registry's <info> does not
// know it yet, and loses the answer.
func TestNotYetVisible(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.hook(nil, settling(2*time.Second))
	w.registry.FreezeInfo()
	w.work(w.engine)
	w.finish(w.place(w.registration("example.shop", 1)).ID)
	w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainRenew, Kind: registrytest.FaultAfter})
	op := w.place(w.renewal("example.shop", 1))
	w.until("a lost answer", func() bool { return h.count(string(registrar.VerbDomainRenew)) == 1 })
	lost := time.Now()
	w.until("the first look is over", func() bool { return time.Since(lost) > 1100*time.Millisecond })
	w.registry.Thaw()
	if op = w.finish(op.ID); op.State != registrar.OpSucceeded {
		t.Errorf("operation: %+v", op)
	}
	w.balanced(registerPrice+renewPrice, 2*costPerYear)
}

// TestBooksAndJournalDisagree releases the hold of an order behind the engine's
// back: what the registry executed can't be charged, and people see it.
func TestBooksAndJournalDisagree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	op := w.place(w.registration("example.shop", 1))
	o, err := w.store.Order(t.Context(), op.OrderID)
	if err != nil {
		t.Fatal(err)
	}
	err = w.store.InTx(t.Context(), func(tx registrar.Tx) error {
		_, _, err := tx.EndHold(t.Context(), o.Lines[0].HoldID, registrar.HoldReleased, time.Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.work(w.engine)
	if op = w.finish(op.ID); op.State != registrar.OpNeedsReview {
		t.Errorf("operation: %+v", op)
	}
	if n := w.registry.Executed(registrar.VerbDomainCreate, "example.shop"); n != 1 {
		t.Errorf("created %d times", n)
	}
	if acc, err := w.engine.Balance(t.Context(), w.customer.ID); err != nil || acc.Balance != openingFunds {
		t.Errorf("charged without a hold: %+v, %v", acc, err)
	}
}

// TestUndecidedForADay hands over to people what the registry has not been able
// to show for a day.
func TestUndecidedForADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.hook(nil, nil)
	w.registry.RefuseInfo("example.shop", 2400)
	w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainCreate, Kind: registrytest.FaultBefore})
	stop := w.work(w.engine)
	op := w.place(w.registration("example.shop", 1))
	w.until("a look", func() bool { return h.count("info") >= 1 })
	stop()
	c := w.command(op, registrar.VerbDomainCreate)
	if c.State != registrar.CommandSent {
		t.Fatalf("command: %+v", c)
	}
	past := c.SettleAt.Add(-25 * time.Hour)
	c.SettleAt = &past
	err := w.store.InTx(t.Context(), func(tx registrar.Tx) error {
		_, err := tx.ChangeCommand(t.Context(), c, registrar.CommandSent, "", registrar.DueChange{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.work(w.engine)
	if op = w.finish(op.ID); op.State != registrar.OpNeedsReview {
		t.Errorf("operation: %+v", op)
	}
}
