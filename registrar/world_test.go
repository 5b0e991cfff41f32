package registrar_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
	"github.com/indera/indera/registrar/seal"
	"github.com/indera/indera/registrar/store/storetest"
)

// world is a deployment in miniature: a store, one registry, a customer with
// funds. Time limits are short; nothing waits for them except through the
// worker's own schedule.
type world struct {
	t        *testing.T
	store    registrar.Store
	registry *registrytest.Memory
	engine   *registrar.Engine
	customer registrar.Customer
	by       registrar.Actor
	staff    registrar.Actor // of tests that need one
}

const (
	registerPrice = 1200
	renewPrice    = 1500
	costPerYear   = 900
	openingFunds  = 100_000
)

func options(store registrar.Store, reg registrar.Registry, holder string) registrar.Options {
	return registrar.Options{
		Store: store, Registries: map[string]registrar.Registry{"mem": reg}, Holder: holder, Sandbox: true,
		CheckTimeout: pace * time.Second, ExchangeTimeout: 300 * pace * time.Millisecond, LeaseMargin: 100 * pace * time.Millisecond,
		Seal: ring(), SettleAfter: 50 * time.Millisecond, ConfirmAfter: 20 * time.Millisecond, FundsProbe: 20 * time.Millisecond, RestoreRate: 1000,
	}
}

// ring is the one key of all test deployments.
var ring = sync.OnceValue(func() *seal.Ring {
	r, err := seal.New(seal.Key{ID: "test", Bytes: make([]byte, seal.KeySize)})
	if err != nil {
		panic(err)
	}
	return r
})

func newWorld(t *testing.T) *world {
	t.Helper()
	return worldOn(t, storetest.Open(t), registrytest.NewMemory(clockwork.NewRealClock()))
}

func worldOn(t *testing.T, s registrar.Store, reg *registrytest.Memory) *world {
	t.Helper()
	w := &world{t: t, store: s, registry: reg}
	w.engine = w.newEngine(w.store, "first")
	ctx := t.Context()
	err := w.engine.ApplyCatalogue(ctx, registrar.System("test"), []registrar.TLD{
		{Name: "shop", Registry: "mem", MinYears: 1, MaxYears: 10, MaxNameServers: 13, Active: true, IDNTables: "Latn"},
		{Name: "old", Registry: "mem", MinYears: 1, MaxYears: 10, MaxNameServers: 13},
		{Name: "gone", Registry: "unplugged", MinYears: 1, MaxYears: 10, MaxNameServers: 13, Active: true},
	}, []registrar.Price{price("shop", registrar.ActionRegister, registerPrice), price("shop", registrar.ActionRenew, renewPrice), price("gone", registrar.ActionRegister, 1)})
	if err != nil {
		t.Fatal(err)
	}
	cus, usr, err := w.engine.SignUp(ctx, registrar.Actor{Kind: registrar.ActorCustomer, IP: "127.0.0.1"}, registrar.SignUp{Name: "Ada", Email: "ada@example.org", Password: "correct horse"})
	if err != nil {
		t.Fatal(err)
	}
	w.customer, w.by = cus, registrar.Actor{Kind: registrar.ActorCustomer, ID: usr.ID, IP: "127.0.0.1"}
	staffUser := registrar.User{ID: staff.ID, Email: "staff@registrar.example", Name: "Grace", Role: registrar.RoleStaffOwner, PasswordHash: "-", CreatedAt: w.engine.Now()}
	if err := w.store.InTx(ctx, func(tx registrar.Tx) error { return tx.InsertUser(ctx, staffUser) }); err != nil {
		t.Fatal(err)
	}
	if err := w.engine.TestTopUp(ctx, w.by, cus.ID, registrar.Money{Minor: openingFunds, Currency: "USD"}, "opening"); err != nil {
		t.Fatal(err)
	}
	return w
}

func price(tld string, a registrar.Action, minor int64) registrar.Price {
	return registrar.Price{
		TLD: tld, Action: a, Class: registrar.ClassStandard, Years: 1, Sale: registrar.Money{Minor: minor, Currency: "USD"},
		Cost: registrar.Money{Minor: costPerYear, Currency: "USD"}, ValidFrom: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
	}
}

func (w *world) newEngine(store registrar.Store, holder string) *registrar.Engine {
	w.t.Helper()
	e, err := registrar.New(options(store, w.registry, holder))
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

// work runs a worker on e until the test ends or stop is called.
func (w *world) work(e *registrar.Engine) (stop func()) {
	return w.workWith(e, registrar.WorkerOptions{Poll: 10 * time.Millisecond, MaxPause: 20 * time.Millisecond})
}

func (w *world) workWith(e *registrar.Engine, opt registrar.WorkerOptions) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Add(1)
	go func() {
		defer done.Done()
		if err := registrar.NewWorker(e, opt).Run(ctx); err != nil {
			w.t.Errorf("worker: %v", err)
		}
	}()
	var once sync.Once
	stop = func() { once.Do(func() { cancel(); done.Wait() }) }
	w.t.Cleanup(stop)
	return stop
}

func adaLovelace() *registrar.ContactData {
	return &registrar.ContactData{
		Name: "Ada Lovelace", Street: []string{"12 St James's Square"}, City: "London", PostalCode: "SW1Y 4JH",
		CountryCode: "GB", Phone: "+44.2079460123", Email: "ada@example.org",
	}
}

func (w *world) registration(name string, years int) registrar.OrderRequest {
	return registrar.OrderRequest{
		CustomerID: w.customer.ID, Agreement: registrar.Agreement{Version: w.engine.AgreementVersion(), Language: "en"},
		Lines: []registrar.LineRequest{{
			Action: registrar.ActionRegister, Name: name, Years: years, Registrant: registrar.ContactChoice{Data: adaLovelace()},
			NameServers: []string{"ns1.example.net", "ns2.example.net"},
		}},
	}
}

func (w *world) renewal(name string, years int) registrar.OrderRequest {
	return registrar.OrderRequest{
		CustomerID: w.customer.ID, Agreement: registrar.Agreement{Version: w.engine.AgreementVersion(), Language: "en"},
		Lines: []registrar.LineRequest{{Action: registrar.ActionRenew, Name: name, Years: years}},
	}
}

func (w *world) place(req registrar.OrderRequest) registrar.Operation {
	w.t.Helper()
	_, ops, err := w.engine.PlaceOrder(w.t.Context(), w.by, req)
	if err != nil {
		w.t.Fatal(err)
	}
	return ops[0]
}

// finish waits until the operation is no longer running.
func (w *world) finish(id string) registrar.Operation {
	w.t.Helper()
	op, err := w.engine.WaitOperation(w.t.Context(), "", id, 20*pace*time.Second)
	if err != nil {
		w.t.Fatal(err)
	}
	if op.State == registrar.OpRunning {
		cmds, _ := w.store.CommandsOf(w.t.Context(), id)
		w.t.Fatalf("operation %s is still running; commands: %+v", id, cmds)
	}
	return op
}

// own registers a name and returns it, active.
func (w *world) own(name string) registrar.Domain {
	w.t.Helper()
	stop := w.work(w.engine)
	defer stop()
	if op := w.finish(w.place(w.registration(name, 1)).ID); op.State != registrar.OpSucceeded {
		w.t.Fatalf("registering %s: %+v", name, op)
	}
	d, err := w.store.DomainByName(w.t.Context(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// balanced checks what the customer paid and that the ledger holds together.
func (w *world) balanced(spent, cost int64) {
	w.t.Helper()
	ctx := w.t.Context()
	acc, err := w.engine.Balance(ctx, w.customer.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	if acc.Balance != openingFunds-spent || acc.Held != 0 {
		w.t.Errorf("customer has %d with %d held, want %d with nothing held", acc.Balance, acc.Held, openingFunds-spent)
	}
	dep, err := w.store.Account(ctx, registrar.AccountKey{Kind: registrar.AccountDeposit, Owner: "mem", Currency: "USD"})
	if err != nil && !registrar.IsNotFound(err) {
		w.t.Fatal(err)
	}
	if dep.Balance != -cost {
		w.t.Errorf("registry cost booked %d, want %d", -dep.Balance, cost)
	}
	if err := w.store.CheckLedger(ctx, func(p registrar.LedgerProblem) { w.t.Errorf("ledger: %s: %s", p.Subject, p.Detail) }); err != nil {
		w.t.Fatal(err)
	}
}

// wantKind fails unless err is of a kind and code.
func wantKind(t *testing.T, err error, kind registrar.Kind, code string) {
	t.Helper()
	var e *registrar.Error
	if !errors.As(err, &e) || e.Kind != kind || e.Code != code {
		t.Errorf("got %v, want %s/%s", err, kind, code)
	}
}
