package registrar_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
)

// frozen is a process that stops between its mark in the journal and the first
// byte, and goes on when thawed, whatever its time limits said.
type frozen struct {
	*registrytest.Memory
	verb  registrar.Verb
	asked chan struct{} // closed when it stands still
	thaw  chan struct{}
	once  sync.Once
}

func (f *frozen) stop(verb registrar.Verb, s registrar.Send) registrar.Send {
	mark := s.BeforeSend
	s.BeforeSend = func(ctx context.Context) error {
		if err := mark(ctx); err != nil {
			return err
		}
		if verb == f.verb {
			f.once.Do(func() { close(f.asked); <-f.thaw })
		}
		return nil
	}
	return s
}

func (f *frozen) CreateDomain(ctx context.Context, s registrar.Send, d registrar.DomainCreate) (registrar.DomainCreated, error) {
	return f.Memory.CreateDomain(ctx, f.stop(registrar.VerbDomainCreate, s), d)
}

func (f *frozen) RenewDomain(ctx context.Context, s registrar.Send, r registrar.DomainRenew) (registrar.DomainRenewed, error) {
	return f.Memory.RenewDomain(ctx, f.stop(registrar.VerbDomainRenew, s), r)
}

// TestFrozenProcess lets a process sleep over its lease while another one
// reconciles and sends again; what the sleeper does when it wakes settles
// nothing and happens nowhere twice.
func TestFrozenProcess(t *testing.T) {
	t.Parallel()
	for _, verb := range []registrar.Verb{registrar.VerbDomainCreate, registrar.VerbDomainRenew} {
		w := newWorld(t)
		spent, cost := int64(registerPrice), int64(costPerYear)
		req := w.registration("example.shop", 1)
		if verb == registrar.VerbDomainRenew {
			w.own("example.shop")
			req, spent, cost = w.renewal("example.shop", 1), registerPrice+renewPrice, 2*costPerYear
		}
		f := &frozen{Memory: w.registry, verb: verb, asked: make(chan struct{}), thaw: make(chan struct{})}
		sleeper, err := registrar.New(options(w.store, f, "sleeper"))
		if err != nil {
			t.Fatal(err)
		}
		stop := w.work(sleeper)
		op := w.place(req)
		<-f.asked
		w.engine = w.newEngine(w.store, "awake")
		w.work(w.engine)
		if op = w.finish(op.ID); op.State != registrar.OpSucceeded {
			t.Errorf("%s: operation: %+v", verb, op)
		}
		close(f.thaw)
		stop()
		if n := w.registry.Executed(verb, "example.shop"); n != 1 {
			t.Errorf("%s was executed %d times", verb, n)
		}
		if c := w.command(op, verb); c.State != registrar.CommandDone || c.Attempt != 2 {
			t.Errorf("%s: command: %+v", verb, c)
		}
		w.balanced(spent, cost)
	}
}

// TestDrainFinishesWhatIsUnderWay stops a worker in the middle of an exchange:
// the answer is waited for and written down, nothing new is begun.
func TestDrainFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := &frozen{Memory: w.registry, verb: registrar.VerbDomainCreate, asked: make(chan struct{}), thaw: make(chan struct{})}
	e, err := registrar.New(options(w.store, f, "draining"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := registrar.NewWorker(e, registrar.WorkerOptions{Poll: 10 * time.Millisecond}).Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	op := w.place(w.registration("example.shop", 1))
	<-f.asked
	cancel()
	late := w.place(w.registration("late.shop", 1))
	select {
	case <-ended:
		t.Error("the worker left an exchange behind")
	default:
	}
	close(f.thaw)
	<-ended
	if op, err = w.store.Operation(t.Context(), op.ID); err != nil || op.State != registrar.OpSucceeded {
		t.Errorf("operation: %+v, %v", op, err)
	}
	cmds, err := w.store.CommandsOf(t.Context(), late.ID)
	if err != nil || cmds[0].State != registrar.CommandQueued || cmds[0].Attempt != 0 {
		t.Errorf("begun while draining: %+v, %v", cmds, err)
	}
}

// TestCancelledRequest gives up an order at every moment: what was answered
// with an error was not ordered, what was ordered is whole.
func TestCancelledRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	placed := 0
	for i := range 40 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*150*time.Microsecond)
		_, _, err := w.engine.PlaceOrder(ctx, w.by, w.registration(fmt.Sprintf("n%d.shop", i), 1))
		cancel()
		if err == nil {
			placed++
		}
	}
	orders, err := w.store.Orders(t.Context(), w.customer.ID, registrar.Page{Limit: 100})
	if err != nil || len(orders) != placed {
		t.Errorf("%d orders were accepted, %d exist, %v", placed, len(orders), err)
	}
	w.work(w.engine)
	for _, o := range orders {
		if op := w.finish(o.Lines[0].OperationID); op.State != registrar.OpSucceeded {
			t.Errorf("operation: %+v", op)
		}
	}
	w.balanced(int64(placed)*registerPrice, int64(placed)*costPerYear)
}

// TestOrdersShareObjects has two orders create the same contact and hosts while
// answers get lost and one of them fails.
func TestOrdersShareObjects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.place(w.registration("a.shop", 1))
	d := w.domain("a.shop")
	var ops []registrar.Operation
	for _, name := range []string{"b.shop", "c.shop", "d.shop"} {
		req := w.registration(name, 1)
		req.Lines[0].Registrant = registrar.ContactChoice{ContactID: d.Registrant.ContactID}
		ops = append(ops, w.place(req))
	}
	w.registry.Inject(
		registrytest.Fault{Verb: registrar.VerbContactCreate, Kind: registrytest.FaultAfter},
		registrytest.Fault{Verb: registrar.VerbHostCreate, Kind: registrytest.FaultAfter},
		registrytest.Fault{Verb: registrar.VerbDomainCreate, Kind: registrytest.FaultCode, Code: registrar.CodeObjectDoesNotExist},
	)
	w.work(w.engine)
	failed := 0
	for _, op := range append(ops, first) {
		if op = w.finish(op.ID); op.State == registrar.OpFailed {
			failed++
		}
	}
	if failed != 1 {
		t.Errorf("%d orders failed, one was refused", failed)
	}
	req := w.registration("e.shop", 1)
	req.Lines[0].Registrant = registrar.ContactChoice{ContactID: d.Registrant.ContactID}
	if op := w.finish(w.place(req).ID); op.State != registrar.OpSucceeded {
		t.Errorf("after the objects were forgotten: %+v", op)
	}
	w.balanced(4*registerPrice, 4*costPerYear)
}

// TestProbeUnderLoad has funds return while more free commands wait than there
// are slots: the one billable try per interval gets its turn.
func TestProbeUnderLoad(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.own("owned.shop")
	w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainRenew, Kind: registrytest.FaultCode, Code: registrar.CodeBillingFailure})
	one := registrar.WorkerOptions{Concurrency: 1, Poll: 10 * time.Millisecond}
	ctx, cancel := context.WithCancel(t.Context())
	w.engine.Subscribe(func(ev registrar.Event) {
		if ev.Kind == registrar.EventRegistryNoFunds {
			cancel()
		}
	})
	renewal := w.place(w.renewal("owned.shop", 1))
	if err := registrar.NewWorker(w.engine, one).Run(ctx); err != nil { // until the funds run out
		t.Fatal(err)
	}
	var last registrar.Operation
	for i := range 40 {
		last = w.place(w.registration(fmt.Sprintf("n%d.shop", i), 1))
	}
	w.workWith(w.engine, one)
	if op := w.finish(renewal.ID); op.State != registrar.OpSucceeded {
		t.Errorf("operation: %+v", op)
	}
	if c := w.command(last, registrar.VerbContactCreate); c.State == registrar.CommandDone {
		t.Error("the probe waited until everything else was done")
	}
}

// TestFlappingFundsAlarmOnce sends one alarm, not one per change.
func TestFlappingFundsAlarmOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.withLetters(letters{}, "noc@registrar.example")
	w.work(e)
	for i := range 3 {
		w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainCreate, Kind: registrytest.FaultCode, Code: registrar.CodeBillingFailure})
		if op := w.finish(w.place(w.registration(fmt.Sprintf("n%d.shop", i), 1)).ID); op.State != registrar.OpSucceeded {
			t.Errorf("operation: %+v", op)
		}
	}
	mails, err := w.store.DueMails(t.Context(), 100)
	alarms := 0
	for _, m := range mails {
		if m.Template == "registry_no_funds" {
			alarms++
		}
	}
	if err != nil || alarms != 1 {
		t.Errorf("%d alarms, %v", alarms, err)
	}
}

// TestSecretsStayOut looks for password, token and hash in logs and evidence.
func TestSecretsStayOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var log bytes.Buffer
	opt := options(w.store, w.registry, "secrets")
	opt.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	e, err := registrar.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	const password = "Tr0ub4dor and three"
	cus, usr, err := e.SignUp(t.Context(), w.by, registrar.SignUp{Name: "Eve", Email: "eve@example.org", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	bearer, tok, err := e.IssueToken(t.Context(), w.by, usr, "ci", []registrar.Scope{registrar.ScopeDomainsRead}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, wrong := e.SignIn(t.Context(), "eve@example.org", password+"!")
	_, bad := e.Token(t.Context(), bearer+"x")
	seen := log.String() + fmt.Sprint(wrong, bad)
	for kind, id := range map[string]string{"customer": cus.ID, "user": usr.ID, "token": tok.ID} {
		events, err := w.store.AuditOf(t.Context(), kind, id, registrar.Page{})
		if err != nil {
			t.Fatal(err)
		}
		for _, ev := range events {
			seen += fmt.Sprintf("%s %s", ev.Before, ev.After)
		}
	}
	for _, secret := range []string{password, bearer, tok.Digest, usr.PasswordHash} {
		if strings.Contains(seen, secret) {
			t.Errorf("%q is in a log, an error or the evidence", secret)
		}
	}
}
