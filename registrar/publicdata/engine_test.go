package publicdata_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/publicdata"
	"github.com/indera/indera/registrar/registrytest"
	"github.com/indera/indera/registrar/store/storetest"
)

// TestNewNameIsPublicAtOnce runs the real engine and store. The service's clock
// stands still, so only the engine's events can refresh its answers.
func TestNewNameIsPublicAtOnce(t *testing.T) {
	ctx := t.Context()
	engine, err := registrar.New(registrar.Options{Store: storetest.Open(t), Holder: "test", Sandbox: true,
		Registries: map[string]registrar.Registry{"mem": registrytest.NewMemory(clockwork.NewRealClock())}})
	if err != nil {
		t.Fatal(err)
	}
	s := service(t, engine.Read(), func(o *publicdata.Options) { o.Feed = engine })
	done := make(chan registrar.Event, 100) // told after the service, which subscribed first
	engine.Subscribe(func(ev registrar.Event) { done <- ev })
	customer := sell(t, engine)
	work(t, engine)

	if _, err := s.Lookup(ctx, name(t, "brand.shop")); !registrar.IsNotFound(err) {
		t.Fatalf("before the order: %v", err)
	}
	by := registrar.Actor{Kind: registrar.ActorCustomer, ID: customer}
	_, _, err = engine.PlaceOrder(ctx, by, registrar.OrderRequest{
		CustomerID: customer, Agreement: registrar.Agreement{Version: engine.AgreementVersion(), Language: "en"},
		Lines: []registrar.LineRequest{{Action: registrar.ActionRegister, Name: "brand.shop", Years: 1, Registrant: registrar.ContactChoice{Data: &registrar.ContactData{
			Name: "Ada Lovelace", Street: []string{"12 St James's Square"}, City: "London", CountryCode: "GB", Phone: "+44.2079460123", Email: "ada@example.org"}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	await(t, done, registrar.EventDomainRegistered)
	v, err := s.Lookup(ctx, name(t, "brand.shop"))
	if err != nil {
		t.Fatalf("after the registration: %v", err)
	}
	if v.Created == nil || v.Expires == nil || v.Registrant.CountryCode != "GB" || v.Statuses[0] == "" {
		t.Fatalf("%+v", v)
	}
	if _, err := engine.ChangeNameServers(ctx, by, customer, "brand.shop", []string{"ns1.example.net"}, nil); err != nil {
		t.Fatal(err)
	}
	await(t, done, registrar.EventNameServersChanged)
	if v, err = s.Lookup(ctx, name(t, "brand.shop")); err != nil || len(v.NameServers) != 1 {
		t.Fatalf("after the change: %v, %v", v.NameServers, err)
	}
}

// sell opens the shop and returns a customer with funds.
func sell(t *testing.T, e *registrar.Engine) string {
	t.Helper()
	usd := func(minor int64) registrar.Money { return registrar.Money{Minor: minor, Currency: "USD"} }
	err := e.ApplyCatalogue(t.Context(), registrar.System("test"),
		[]registrar.TLD{{Name: "shop", Registry: "mem", MinYears: 1, MaxYears: 10, MaxNameServers: 13, Active: true}},
		[]registrar.Price{{TLD: "shop", Action: registrar.ActionRegister, Years: 1, Sale: usd(1200), Cost: usd(900), ValidFrom: time.Unix(0, 0).UTC()}})
	if err != nil {
		t.Fatal(err)
	}
	cus, _, err := e.SignUp(t.Context(), registrar.System("test"), registrar.SignUp{Name: "Ada", Email: "ada@example.org", Password: "correct horse"})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.TestTopUp(t.Context(), registrar.System("test"), cus.ID, usd(5000), "opening"); err != nil {
		t.Fatal(err)
	}
	return cus.ID
}

func work(t *testing.T, e *registrar.Engine) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		if err := registrar.NewWorker(e, registrar.WorkerOptions{Poll: 10 * time.Millisecond}).Run(ctx); err != nil {
			t.Errorf("worker: %v", err)
		}
	})
	t.Cleanup(func() { cancel(); done.Wait() })
}

func await(t *testing.T, events <-chan registrar.Event, kind registrar.EventKind) {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		select {
		case ev := <-events:
			if ev.Kind == kind {
				return
			}
		case <-limit:
			t.Fatalf("no event %s", kind)
		}
	}
}
