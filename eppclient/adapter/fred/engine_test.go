package fred

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/seal"
	"github.com/indera/indera/registrar/store/storetest"
)

// TestEngine is a customer's name at a FRED registry from the order on: bought,
// delegated elsewhere, renewed, compared.
func TestEngine(t *testing.T) {
	w := worldAt(t, clockwork.NewRealClock())
	ring, err := seal.New(seal.Key{ID: "test", Bytes: make([]byte, seal.KeySize)})
	w.ok(err)
	store := storetest.Open(t)
	engine, err := registrar.New(registrar.Options{
		Store: store, Registries: map[string]registrar.Registry{"cz": w.us}, Holder: "test", Sandbox: true, Seal: ring,
		CheckTimeout: 20 * time.Second, ExchangeTimeout: 10 * time.Second, LeaseMargin: time.Second, SettleAfter: 50 * time.Millisecond,
	})
	w.ok(err)
	ctx := t.Context()
	price := func(a registrar.Action) registrar.Price {
		usd := func(minor int64) registrar.Money { return registrar.Money{Minor: minor, Currency: "USD"} }
		return registrar.Price{TLD: "cz", Action: a, Class: registrar.ClassStandard, Years: 1, Sale: usd(1000), Cost: usd(500), ValidFrom: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}
	}
	w.ok(engine.ApplyCatalogue(ctx, registrar.System("test"),
		[]registrar.TLD{{Name: "cz", Registry: "cz", MinYears: 1, MaxYears: 10, MaxNameServers: 10, Active: true}},
		[]registrar.Price{price(registrar.ActionRegister), price(registrar.ActionRenew)}))
	customer, user, err := engine.SignUp(ctx, registrar.Actor{Kind: registrar.ActorCustomer, IP: "127.0.0.1"}, registrar.SignUp{Name: "Jan", Email: "jan@example.cz", Password: "correct horse battery"})
	w.ok(err)
	by := registrar.Actor{Kind: registrar.ActorCustomer, ID: user.ID, IP: "127.0.0.1"}
	w.ok(engine.TestTopUp(ctx, by, customer.ID, registrar.Money{Minor: 50_000, Currency: "USD"}, "opening"))

	running, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- registrar.NewWorker(engine, registrar.WorkerOptions{Poll: 10 * time.Millisecond, MaxPause: 20 * time.Millisecond}).Run(running)
	}()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("worker: %v", err)
		}
	})
	finish := func(op registrar.Operation, err error) {
		t.Helper()
		w.ok(err)
		op, err = engine.WaitOperation(ctx, "", op.ID, 60*time.Second)
		w.ok(err)
		if op.State != registrar.OpSucceeded {
			cmds, err := store.CommandsOf(ctx, op.ID)
			t.Fatalf("%+v\n%+v, %v", op, cmds, err)
		}
	}
	order := func(l registrar.LineRequest) (registrar.Operation, error) {
		_, ops, err := engine.PlaceOrder(ctx, by, registrar.OrderRequest{
			CustomerID: customer.ID, Agreement: registrar.Agreement{Version: engine.AgreementVersion(), Language: "en"}, Lines: []registrar.LineRequest{l},
		})
		if err != nil {
			return registrar.Operation{}, err
		}
		return ops[0], nil
	}
	finish(order(registrar.LineRequest{
		Action: registrar.ActionRegister, Name: "shop.cz", Years: 1, NameServers: two,
		Registrant: registrar.ContactChoice{Data: &registrar.ContactData{
			Name: "Jan Novák", Street: []string{"Ulice 1"}, City: "Praha", PostalCode: "130 00", CountryCode: "CZ", Phone: "+420.222745111", Email: "jan@example.cz",
		}},
	}))
	finish(order(registrar.LineRequest{Action: registrar.ActionRenew, Name: "shop.cz", Years: 2}))
	finish(engine.ChangeNameServers(ctx, by, customer.ID, "shop.cz", []string{"ns3.example.net", "ns4.example.net"}, nil))

	d, err := store.DomainByName(ctx, "shop.cz")
	for end := time.Now().Add(30 * time.Second); err == nil && d.NeedsInfo; d, err = store.DomainByName(ctx, "shop.cz") {
		if time.Now().After(end) {
			t.Fatalf("never read again: %+v", d)
		}
		<-time.After(5 * time.Millisecond)
	}
	w.ok(err)
	there, err := w.us.DomainInfo(ctx, "shop.cz")
	w.ok(err)
	if there.ExpiresRaw != d.ExpiresRaw || !slices.Equal(there.NameServers, []string{"ns3.example.net", "ns4.example.net"}) || len(there.Contacts[registrar.RoleAdmin]) != 1 {
		t.Errorf("here %+v\nthere %+v", d, there)
	}
	p, err := engine.SyncRegistry(ctx, "cz", registrar.SyncOptions{})
	w.ok(err)
	rows, err := store.Differences(ctx, registrar.DifferenceFilter{State: registrar.DiffOpen, Registry: "cz"}, registrar.Page{})
	if err != nil || p.Compared != 1 || len(rows) != 0 {
		t.Errorf("%+v, %+v, %v", p, rows, err)
	}
}
