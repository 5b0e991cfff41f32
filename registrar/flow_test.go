package registrar_test

import (
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
)

func TestRegisterRenewAndChangeNameServers(t *testing.T) {
	w := newWorld(t)
	d := w.own("example.shop")
	if d.State != registrar.DomainActive || d.ExpiresAt == nil || d.CustomerID != w.customer.ID {
		t.Errorf("domain after registration: %+v", d)
	}
	w.work(w.engine)
	if op := w.finish(w.place(w.renewal("example.shop", 2)).ID); op.State != registrar.OpSucceeded {
		t.Errorf("renewal: %+v", op)
	}
	op, err := w.engine.ChangeNameServers(t.Context(), w.by, w.customer.ID, "example.shop", []string{"ns2.example.net", "ns9.example.net"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if op = w.finish(op.ID); op.State != registrar.OpSucceeded {
		t.Errorf("name servers: %+v", op)
	}
	at := w.registry.Domain("example.shop")
	if !registrar.SameHosts(at.NameServers, []string{"ns9.example.net", "ns2.example.net"}) {
		t.Errorf("registry has name servers %v", at.NameServers)
	}
	d, err = w.store.DomainByName(t.Context(), "example.shop")
	if err != nil || !d.ExpiresAt.Equal(at.Expires.Truncate(time.Microsecond)) && !d.ExpiresAt.Equal(at.Expires) {
		t.Errorf("our expiry %v, the registry's %v, %v", d.ExpiresAt, at.Expires, err)
	}
	w.balanced(registerPrice+2*renewPrice, 3*costPerYear)
}

func TestRegistrationReusesContactAndHosts(t *testing.T) {
	w := newWorld(t)
	first := w.own("one.shop")
	req := w.registration("two.shop", 1)
	req.Lines[0].Registrant = registrar.ContactChoice{ContactID: first.Registrant.ContactID}
	w.work(w.engine)
	op := w.finish(w.place(req).ID)
	cmds, err := w.store.CommandsOf(t.Context(), op.ID)
	if err != nil || len(cmds) != 1 || cmds[0].Verb != registrar.VerbDomainCreate {
		t.Errorf("second registration sent %d commands (%v), want the domain create alone", len(cmds), err)
	}
}

func TestOrdersRefused(t *testing.T) {
	w := newWorld(t)
	w.own("example.shop")
	change := func(fn func(*registrar.OrderRequest)) registrar.OrderRequest {
		r := w.registration("new.shop", 1)
		fn(&r)
		return r
	}
	for name, c := range map[string]struct {
		req  registrar.OrderRequest
		kind registrar.Kind
		code string
	}{
		"no lines":         {change(func(r *registrar.OrderRequest) { r.Lines = nil }), registrar.KindInvalid, "empty_order"},
		"old agreement":    {change(func(r *registrar.OrderRequest) { r.Agreement.Version = "1999" }), registrar.KindInvalid, "agreement_not_accepted"},
		"bad name":         {change(func(r *registrar.OrderRequest) { r.Lines[0].Name = "-.shop" }), registrar.KindInvalid, "bad_name"},
		"unknown ending":   {change(func(r *registrar.OrderRequest) { r.Lines[0].Name = "a.nowhere" }), registrar.KindUnsupported, "tld_not_sold"},
		"ending not sold":  {change(func(r *registrar.OrderRequest) { r.Lines[0].Name = "a.old" }), registrar.KindUnsupported, "tld_not_sold"},
		"too many years":   {change(func(r *registrar.OrderRequest) { r.Lines[0].Years = 11 }), registrar.KindInvalid, "bad_period"},
		"no years":         {change(func(r *registrar.OrderRequest) { r.Lines[0].Years = 0 }), registrar.KindInvalid, "bad_period"},
		"price moved":      {change(func(r *registrar.OrderRequest) { r.Lines[0].Expect = &registrar.Money{Minor: 1, Currency: "USD"} }), registrar.KindPriceChanged, "price_changed"},
		"registry missing": {change(func(r *registrar.OrderRequest) { r.Lines[0].Name = "a.gone" }), registrar.KindUnavailable, "registry_not_configured"},
		"no registrant":    {change(func(r *registrar.OrderRequest) { r.Lines[0].Registrant = registrar.ContactChoice{} }), registrar.KindInvalid, "required"},
		"foreign contact":  {change(func(r *registrar.OrderRequest) { r.Lines[0].Registrant = registrar.ContactChoice{ContactID: "con_x"} }), registrar.KindInvalid, "unknown_contact"},
		"host in the name": {change(func(r *registrar.OrderRequest) { r.Lines[0].NameServers = []string{"ns1.new.shop"} }), registrar.KindInvalid, "subordinate_host"},
		"name is live":     {w.registration("example.shop", 1), registrar.KindConflict, "name_taken"},
		"renew not ours":   {w.renewal("other.shop", 1), registrar.KindNotFound, "no_such_domain"},
		"renew past cap":   {w.renewal("example.shop", 10), registrar.KindInvalid, "period_cap"},
		"not enough money": {change(func(r *registrar.OrderRequest) { r.Lines = many(r.Lines[0], 9) }), registrar.KindInsufficientFunds, "insufficient_funds"},
		"action not sold":  {change(func(r *registrar.OrderRequest) { r.Lines[0].Action = registrar.ActionRestore }), registrar.KindUnsupported, "no_price"},
		"unknown customer": {change(func(r *registrar.OrderRequest) { r.CustomerID = "cus_x" }), registrar.KindNotFound, "not_found"},
		"same name twice":  {change(func(r *registrar.OrderRequest) { r.Lines = append(r.Lines, r.Lines[0]) }), registrar.KindConflict, "name_taken"},
		"two renewals":     {registrar.OrderRequest{CustomerID: w.customer.ID, Agreement: w.renewal("example.shop", 1).Agreement, Lines: append(w.renewal("example.shop", 1).Lines, w.renewal("example.shop", 1).Lines...)}, registrar.KindConflict, "operation_open"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := w.engine.PlaceOrder(t.Context(), w.by, c.req)
			wantKind(t, err, c.kind, c.code)
		})
	}
	w.balanced(registerPrice, costPerYear) // nothing half-done
	orders, err := w.store.Orders(t.Context(), w.customer.ID, registrar.Page{})
	if err != nil || len(orders) != 1 {
		t.Errorf("%d orders are left, %v", len(orders), err)
	}
}

func many(l registrar.LineRequest, n int) []registrar.LineRequest {
	var out []registrar.LineRequest
	for i := range n {
		l.Name, l.Years = string(rune('a'+i))+".shop", 10
		out = append(out, l)
	}
	return out
}

func TestRefusalsByTheRegistryCostNothing(t *testing.T) {
	for _, c := range []struct {
		name, code string
		fault      registrytest.Fault
	}{
		{"policy", "registry_policy", registrytest.Fault{Verb: registrar.VerbDomainCreate, Kind: registrytest.FaultCode, Code: 2306}},
		{"contact refused", "registry_refused_data", registrytest.Fault{Verb: registrar.VerbContactCreate, Kind: registrytest.FaultCode, Code: 2005}},
		{"host refused", "registry_policy", registrytest.Fault{Verb: registrar.VerbHostCreate, Kind: registrytest.FaultCode, Code: 2306}},
		{"unknown code", "registry_refused", registrytest.Fault{Verb: registrar.VerbDomainCreate, Kind: registrytest.FaultCode, Code: 2999}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.registry.Inject(c.fault)
			w.work(w.engine)
			op := w.finish(w.place(w.registration("example.shop", 1)).ID)
			if op.State != registrar.OpFailed || op.FailureCode != c.code || op.Failure == "" {
				t.Errorf("operation: %+v", op)
			}
			w.balanced(0, 0)
			o, err := w.store.Order(t.Context(), op.OrderID)
			if err != nil || o.State != registrar.OrderFailed || o.Lines[0].State != registrar.LineFailed {
				t.Errorf("order: %+v, %v", o, err)
			}
			// Staff try again for the customer: the name is free, the money is back.
			cmds, err := w.store.Commands(t.Context(), registrar.CommandFilter{States: []registrar.CommandState{registrar.CommandFailed}}, registrar.Page{})
			if err != nil || len(cmds) != 1 {
				t.Fatalf("failed commands: %v, %v", cmds, err)
			}
			for range 2 { // a second click is harmless
				if err := w.engine.RetryCommand(t.Context(), staff, cmds[0].ID, "registry was wrong"); err != nil {
					t.Fatal(err)
				}
			}
			orders, err := w.store.Orders(t.Context(), w.customer.ID, registrar.Page{})
			if err != nil || len(orders) != 2 {
				t.Fatalf("%d orders, %v", len(orders), err)
			}
			for _, o := range orders {
				w.finish(o.Lines[0].OperationID)
			}
			w.balanced(registerPrice, costPerYear)
		})
	}
}

func TestNameTakenBySomebodyElse(t *testing.T) {
	w := newWorld(t)
	w.registry.Put(registrar.DomainInfo{Name: "example.shop", Sponsor: "them", Created: time.Now()})
	w.work(w.engine)
	op := w.finish(w.place(w.registration("example.shop", 1)).ID)
	if op.State != registrar.OpFailed || op.FailureCode != "name_taken" {
		t.Errorf("operation: %+v", op)
	}
	w.balanced(0, 0)
}

func TestNameAlreadyOursIsForPeople(t *testing.T) {
	w := newWorld(t)
	w.registry.Put(registrar.DomainInfo{Name: "example.shop", Ours: true, Created: time.Now().Add(-24 * time.Hour)})
	w.work(w.engine)
	op := w.finish(w.place(w.registration("example.shop", 1)).ID)
	if op.State != registrar.OpNeedsReview {
		t.Fatalf("operation: %+v", op)
	}
	cmds, err := w.store.Commands(t.Context(), registrar.CommandFilter{States: []registrar.CommandState{registrar.CommandNeedsReview}}, registrar.Page{})
	if err != nil || len(cmds) != 1 {
		t.Fatalf("review list: %v, %v", cmds, err)
	}
	wantKind(t, w.engine.ResolveCommand(t.Context(), staff, cmds[0].ID, registrar.ResolveFailed, " "), registrar.KindInvalid, "required")
	if err := w.engine.ResolveCommand(t.Context(), staff, cmds[0].ID, registrar.ResolveFailed, "not from this order"); err != nil {
		t.Fatal(err)
	}
	if op = w.finish(op.ID); op.State != registrar.OpFailed {
		t.Errorf("after resolving: %+v", op)
	}
	w.balanced(0, 0)
	wantKind(t, w.engine.ResolveCommand(t.Context(), staff, cmds[0].ID, registrar.ResolveFailed, "again"), registrar.KindConflict, "not_in_review")
}

func TestReviewCanBeRetriedAndResolvedAsDone(t *testing.T) {
	w := newWorld(t)
	d := w.own("example.shop")
	at := w.registry.Domain("example.shop")
	// The registry shows an expiry that no command of ours explains.
	at.Expires = at.Expires.AddDate(3, 0, 0)
	at.ExpiresRaw = at.Expires.Format(time.RFC3339)
	w.registry.Put(*at)
	w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainRenew, Kind: registrytest.FaultBefore})
	op := w.place(w.renewal("example.shop", 1)) // before the new date can be read
	w.work(w.engine)
	op = w.finish(op.ID)
	if op.State != registrar.OpNeedsReview {
		t.Fatalf("operation: %+v", op)
	}
	cmds, err := w.store.CommandsOf(t.Context(), op.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.engine.RetryCommand(t.Context(), staff, cmds[0].ID, "look again"); err != nil {
		t.Fatal(err)
	}
	w.waitCommand(cmds[0].ID, registrar.CommandNeedsReview)
	if err := w.engine.ResolveCommand(t.Context(), staff, cmds[0].ID, registrar.ResolveDone, "the registry confirmed it by phone"); err != nil {
		t.Fatal(err)
	}
	w.balanced(registerPrice+renewPrice, 2*costPerYear)
	d, err = w.store.Domain(t.Context(), d.ID)
	if err != nil || d.ExpiresRaw != at.ExpiresRaw {
		t.Errorf("expiry %q, want the registry's %q, %v", d.ExpiresRaw, at.ExpiresRaw, err)
	}
}

// waitCommand waits until a command is in a state.
func (w *world) waitCommand(id string, state registrar.CommandState) registrar.Command {
	w.t.Helper()
	deadline := time.Now().Add(20 * pace * time.Second)
	for time.Now().Before(deadline) {
		c, err := w.store.Command(w.t.Context(), id)
		if err != nil {
			w.t.Fatal(err)
		}
		if c.State == state {
			return c
		}
		<-time.After(5 * time.Millisecond)
	}
	w.t.Fatalf("command %s did not become %s", id, state)
	return registrar.Command{}
}

func TestNoFundsAtTheRegistryFailsNobody(t *testing.T) {
	w := newWorld(t)
	w.registry.Inject(
		registrytest.Fault{Verb: registrar.VerbDomainCreate, Kind: registrytest.FaultCode, Code: registrar.CodeBillingFailure},
		registrytest.Fault{Verb: registrar.VerbDomainCreate, Kind: registrytest.FaultCode, Code: registrar.CodeBillingFailure},
	)
	events := make(chan registrar.Event, 100)
	w.engine.Subscribe(func(ev registrar.Event) { events <- ev })
	w.work(w.engine)
	a, b := w.place(w.registration("a.shop", 1)), w.place(w.registration("b.shop", 1))
	for _, op := range []registrar.Operation{a, b} {
		if op = w.finish(op.ID); op.State != registrar.OpSucceeded {
			t.Errorf("operation: %+v", op)
		}
	}
	for ev := range events {
		if ev.Kind == registrar.EventRegistryFundsBack {
			break
		}
	}
	state, err := w.store.RegistryState(t.Context(), "mem")
	if err != nil || state.NoFundsSince != nil {
		t.Errorf("registry state: %+v, %v", state, err)
	}
	w.balanced(2*registerPrice, 2*costPerYear)
}

func TestRegistryGoneAndBack(t *testing.T) {
	w := newWorld(t)
	w.registry.SetDown(true)
	w.work(w.engine)
	op := w.place(w.registration("example.shop", 1))
	cmds, err := w.store.CommandsOf(t.Context(), op.ID)
	if err != nil {
		t.Fatal(err)
	}
	for {
		c, err := w.store.Command(t.Context(), cmds[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		if c.ResultMsg != "" { // it was tried
			break
		}
	}
	w.registry.SetDown(false)
	if op = w.finish(op.ID); op.State != registrar.OpSucceeded {
		t.Errorf("operation: %+v", op)
	}
	w.balanced(registerPrice, costPerYear)
}

func TestIdempotencyKeys(t *testing.T) {
	w := newWorld(t)
	w.work(w.engine)
	req := w.registration("example.shop", 1)
	req.Key = &registrar.KeyRequest{Key: "k1", BodyDigest: "aa"}
	first := w.place(req)
	if again := w.place(req); again.ID != first.ID {
		t.Errorf("while running: got %s, want %s", again.ID, first.ID)
	}
	w.finish(first.ID)
	if again := w.place(req); again.ID != first.ID {
		t.Errorf("after success: got %s, want %s", again.ID, first.ID)
	}
	req.Key = &registrar.KeyRequest{Key: "k1", BodyDigest: "bb"}
	_, _, err := w.engine.PlaceOrder(t.Context(), w.by, req)
	wantKind(t, err, registrar.KindIdempotencyReuse, "idempotency_key_reused")
	w.balanced(registerPrice, costPerYear)

	// A failure is executed again under the same key.
	w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainCreate, Kind: registrytest.FaultCode, Code: 2306})
	req = w.registration("other.shop", 1)
	req.Key = &registrar.KeyRequest{Key: "k2", BodyDigest: "cc"}
	failed := w.finish(w.place(req).ID)
	second := w.place(req)
	if failed.State != registrar.OpFailed || second.ID == failed.ID {
		t.Errorf("failed %+v was answered again: %+v", failed, second)
	}
	if op := w.finish(second.ID); op.State != registrar.OpSucceeded {
		t.Errorf("second try: %+v", op)
	}
	w.balanced(2*registerPrice, 2*costPerYear)
}

func TestOneOrderMakesOneContactPerHolder(t *testing.T) {
	w := newWorld(t)
	req := w.registration("one.shop", 1)
	second, third := req.Lines[0], req.Lines[0]
	second.Name, third.Name = "two.shop", "three.shop"
	other := adaLovelace()
	other.Name = "Grace Hopper"
	third.Registrant = registrar.ContactChoice{Data: other}
	req.Lines = append(req.Lines, second, third)
	w.work(w.engine)
	_, ops, err := w.engine.PlaceOrder(t.Context(), w.by, req)
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range ops {
		if op = w.finish(op.ID); op.State != registrar.OpSucceeded {
			t.Errorf("operation: %+v", op)
		}
	}
	contacts, err := w.store.Contacts(t.Context(), w.customer.ID, registrar.Page{})
	if err != nil || len(contacts) != 2 {
		t.Errorf("%d contacts, want 2, %v", len(contacts), err)
	}
	w.balanced(3*registerPrice, 3*costPerYear)
}
