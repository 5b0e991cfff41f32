package registrar_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
)

func (w *world) contactsAt(name string) (registrant string, roles map[string]string) {
	w.t.Helper()
	d := w.registry.Domain(name)
	if d == nil {
		w.t.Fatalf("the registry has no %s", name)
	}
	roles = map[string]string{}
	for role, handles := range d.Contacts {
		roles[role] = strings.Join(handles, " ")
	}
	return d.Registrant, roles
}

func grace2() registrar.ContactData {
	g := *adaLovelace()
	g.Name, g.Email, g.Organization = "Grace Hopper", "grace@example.org", "Navy"
	return g
}

func (w *world) edit(v registrar.ContactVersion, data registrar.ContactData, key string) (registrar.ContactVersion, []registrar.Operation, error) {
	req := registrar.ContactEdit{ContactID: v.ContactID, Version: v.Version, Data: data}
	if key != "" {
		req.Key = &registrar.KeyRequest{Key: key, BodyDigest: key}
	}
	return w.engine.EditContact(w.t.Context(), w.by, w.customer.ID, req)
}

func (w *world) holder(name string) registrar.ContactVersion {
	w.t.Helper()
	v, err := w.store.ContactVersion(w.t.Context(), w.domain(name).Registrant)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// TestEditSharedContact changes one contact under two names: the object at the
// registry changes once, and both names follow.
func TestEditSharedContact(t *testing.T) {
	t.Parallel()
	w := settledWorld(t, "one.shop")
	w.work(w.engine)
	ada := w.holder("one.shop")
	two := w.registration("two.shop", 1)
	two.Lines[0].Registrant = registrar.ContactChoice{ContactID: ada.ContactID}
	w.done(w.place(two), nil)
	handle, _ := w.contactsAt("one.shop")
	uses, err := w.store.ContactUses(t.Context(), ada.ContactID, registrar.Page{})
	names := map[string][]string{}
	for _, u := range uses {
		names[u.Name] = append(names[u.Name], u.Role)
	}
	if err != nil || !slices.Equal(names["one.shop"], []string{"registrant", "tech"}) || len(names) != 2 {
		t.Errorf("uses: %v, %v", names, err)
	}

	moved := ada.ContactData
	moved.Street = []string{"1 New Street"}
	v, ops, err := w.edit(ada, moved, "move")
	if err != nil || v.Version != 2 || len(ops) != 1 || ops[0].Kind != registrar.OpContact {
		t.Fatalf("%+v, %+v, %v", v, ops, err)
	}
	w.done(ops[0], nil)
	if got := w.registry.Contact(handle); got == nil || !registrar.SameContact(*got, moved) {
		t.Errorf("the registry has %+v", got)
	}
	if w.holder("one.shop").Version != 2 || w.holder("two.shop").Version != 2 || w.registry.Executed(registrar.VerbContactUpdate, handle) != 1 {
		t.Error("the names did not follow")
	}
	if _, again, err := w.edit(ada, moved, "move"); err != nil || len(again) != 1 || again[0].ID != ops[0].ID {
		t.Errorf("repeated: %+v, %v", again, err)
	}
	_, _, err = w.edit(ada, grace2(), "")
	wantKind(t, err, registrar.KindConflict, "contact_changed")

	// Another name and address is a material change, and marked as one.
	_, ops, err = w.edit(v, grace2(), "")
	if err != nil || len(ops) != 1 || ops[0].Kind != registrar.OpContactMaterial {
		t.Fatalf("%+v, %v", ops, err)
	}
	w.done(ops[0], nil)
	if w.holder("two.shop").Name != "Grace Hopper" {
		t.Errorf("holder %+v", w.holder("two.shop"))
	}
	// A later order takes the object as it is.
	three := w.registration("three.shop", 1)
	three.Lines[0].Registrant = registrar.ContactChoice{ContactID: ada.ContactID}
	w.done(w.place(three), nil)
	if got, _ := w.contactsAt("three.shop"); got != handle {
		t.Errorf("registrant %s, want %s", got, handle)
	}
	w.balanced(3*registerPrice, 3*costPerYear)
}

// TestEditRefusedByTheRegistry keeps old data in force there, and takes the same
// data there again when it is asked for once more.
func TestEditRefusedByTheRegistry(t *testing.T) {
	t.Parallel()
	w := settledWorld(t, "one.shop")
	w.work(w.engine)
	ada := w.holder("one.shop")
	w.registry.Inject(registrytest.Fault{Verb: registrar.VerbContactUpdate, Kind: registrytest.FaultCode, Code: 2005})
	_, ops, err := w.edit(ada, grace2(), "")
	if err != nil {
		t.Fatal(err)
	}
	if op := w.finish(ops[0].ID); op.State != registrar.OpFailed || op.FailureCode != "registry_refused_data" {
		t.Errorf("operation: %+v", op)
	}
	if w.holder("one.shop").Version != 1 {
		t.Error("the name has data that the registry refused")
	}
	latest, ops, err := w.edit(registrar.ContactVersion{ContactID: ada.ContactID}, grace2(), "")
	if err != nil || latest.Version != 2 || len(ops) != 1 {
		t.Fatalf("%+v, %+v, %v", latest, ops, err)
	}
	w.done(ops[0], nil)
	if _, ops, err = w.edit(latest, grace2(), ""); err != nil || len(ops) != 0 {
		t.Errorf("no change: %+v, %v", ops, err)
	}
	if w.holder("one.shop").Version != 2 {
		t.Errorf("holder %+v", w.holder("one.shop"))
	}
}

func TestEditRefusals(t *testing.T) {
	t.Parallel()
	w := settledWorld(t, "one.shop")
	ada := w.holder("one.shop")
	bad := grace2()
	bad.Email = "nobody"
	_, _, err := w.edit(ada, bad, "")
	wantKind(t, err, registrar.KindInvalid, "bad_email")
	_, _, err = w.engine.EditContact(t.Context(), w.by, "cus_other", registrar.ContactEdit{ContactID: ada.ContactID, Data: grace2()})
	wantKind(t, err, registrar.KindNotFound, "no_such_contact")
	// One change of an object at a time.
	if _, _, err := w.edit(ada, grace2(), ""); err != nil {
		t.Fatal(err)
	}
	third := grace2()
	third.City = "Arlington"
	_, _, err = w.edit(registrar.ContactVersion{ContactID: ada.ContactID}, third, "")
	wantKind(t, err, registrar.KindConflict, "operation_open")
}

// TestChangeContacts gives one name another holder and tech contact; the other
// name of the old holder is left alone.
func TestChangeContacts(t *testing.T) {
	t.Parallel()
	w := settledWorld(t, "one.shop")
	w.work(w.engine)
	ada := w.holder("one.shop")
	old, _ := w.contactsAt("one.shop")
	data := grace2()
	change := func(req registrar.ContactsRequest) registrar.Operation {
		t.Helper()
		req.Name = "one.shop"
		return w.done(w.engine.ChangeContacts(t.Context(), w.by, w.customer.ID, req))
	}
	op := change(registrar.ContactsRequest{Registrant: &registrar.ContactChoice{Data: &data}})
	if op.Kind != registrar.OpRegistrant {
		t.Errorf("kind %s", op.Kind)
	}
	holder, roles := w.contactsAt("one.shop")
	if holder == old || roles["tech"] != old || w.holder("one.shop").Name != "Grace Hopper" || w.holder("one.shop").ContactID == ada.ContactID {
		t.Errorf("registrant %s, %v", holder, roles)
	}
	events, err := w.store.EventsOf(t.Context(), w.domain("one.shop").ID, registrar.Page{})
	if err != nil || events[0].Kind != registrar.EventRegistrantChanged {
		t.Errorf("events: %+v, %v", events, err)
	}
	op = change(registrar.ContactsRequest{Roles: map[string]registrar.ContactChoice{"tech": {ContactID: w.holder("one.shop").ContactID}}})
	if op.Kind != registrar.OpContacts {
		t.Errorf("kind %s", op.Kind)
	}
	if _, roles = w.contactsAt("one.shop"); roles["tech"] != holder {
		t.Errorf("%v", roles)
	}
	ours, err := w.engine.ContactsOf(t.Context(), w.domain("one.shop"))
	if err != nil || ours["tech"] != w.holder("one.shop").ContactID || ours["registrant"] != ours["tech"] {
		t.Errorf("we hold %v, %v", ours, err)
	}
	// The same person again is no material change.
	same := ada.ContactData
	same.Name, same.Email, same.Organization = "Grace Hopper", "grace@example.org", "Navy"
	same.City = "Arlington"
	if op = change(registrar.ContactsRequest{Registrant: &registrar.ContactChoice{Data: &same}}); op.Kind != registrar.OpContacts {
		t.Errorf("kind %s", op.Kind)
	}
	if uses, err := w.store.ContactUses(t.Context(), ada.ContactID, registrar.Page{}); err != nil || len(uses) != 0 {
		t.Errorf("the old holder is still in use: %+v, %v", uses, err)
	}
}

func TestChangeContactsRefusals(t *testing.T) {
	t.Parallel()
	w := settledWorld(t, "one.shop")
	ask := func(req registrar.ContactsRequest) error {
		req.Name = "one.shop"
		_, err := w.engine.ChangeContacts(t.Context(), w.by, w.customer.ID, req)
		return err
	}
	wantKind(t, ask(registrar.ContactsRequest{}), registrar.KindInvalid, "required")
	wantKind(t, ask(registrar.ContactsRequest{Registrant: &registrar.ContactChoice{ContactID: "con_none"}}), registrar.KindInvalid, "unknown_contact")
	wantKind(t, ask(registrar.ContactsRequest{Roles: map[string]registrar.ContactChoice{"owner": {ContactID: "x"}}}), registrar.KindInvalid, "bad_role")
	w.change("one.shop", func(d *registrar.Domain) { d.Statuses = []string{"clientUpdateProhibited"} })
	wantKind(t, ask(registrar.ContactsRequest{Registrant: &registrar.ContactChoice{ContactID: w.holder("one.shop").ContactID}}), registrar.KindProhibited, "status_prohibits")
}

// TestHolderKeptHere: a registry without contacts is not asked.
func TestHolderKeptHere(t *testing.T) {
	t.Parallel()
	w := settledWorld(t, "one.shop")
	w.registry.Caps.ContactModel = registrar.ContactsProhibited
	data := grace2()
	op, err := w.engine.ChangeContacts(t.Context(), w.by, w.customer.ID, registrar.ContactsRequest{Name: "one.shop", Registrant: &registrar.ContactChoice{Data: &data}})
	if err != nil || op.State != registrar.OpSucceeded || op.Kind != registrar.OpRegistrant || w.holder("one.shop").Name != "Grace Hopper" {
		t.Errorf("%+v, %v", op, err)
	}
}

func (w *world) setHost(host, newName string, addresses ...string) (registrar.Operation, error) {
	return w.engine.SetHost(w.t.Context(), w.by, w.customer.ID, registrar.HostRequest{Domain: "one.shop", Host: host, Addresses: addresses, NewName: newName})
}

// TestHosts follows a host from glue to delegation to its end.
func TestHosts(t *testing.T) {
	t.Parallel()
	w := settledWorld(t, "one.shop")
	w.work(w.engine)
	ns := func(hosts ...string) error {
		op, err := w.engine.ChangeNameServers(t.Context(), w.by, w.customer.ID, "one.shop", hosts, nil)
		if err == nil {
			w.done(op, nil)
		}
		return err
	}
	wantKind(t, ns("ns1.one.shop"), registrar.KindInvalid, "host_missing")
	w.done(w.setHost("NS1.one.shop.", "", "192.0.2.1", "2001:DB8::1"))
	if got, ok := w.registry.Host("ns1.one.shop"); !ok || !slices.Equal(got, []string{"192.0.2.1", "2001:db8::1"}) {
		t.Errorf("the registry has %v", got)
	}
	w.done(w.setHost("ns1.one.shop", "", "192.0.2.2"))
	if got, _ := w.registry.Host("ns1.one.shop"); !slices.Equal(got, []string{"192.0.2.2"}) {
		t.Errorf("the registry has %v", got)
	}
	if plan, err := w.engine.PlanDeletion(t.Context(), w.customer.ID, "one.shop"); err != nil || plan.Blocked == nil {
		t.Errorf("plan: %+v, %v", plan, err)
	}
	_, err := w.deletion(w.engine, "one.shop", "")
	wantKind(t, err, registrar.KindConflict, "subordinate_hosts")
	if err := ns("ns1.one.shop"); err != nil {
		t.Fatal(err)
	}
	_, err = w.engine.DeleteHost(t.Context(), w.by, w.customer.ID, "one.shop", "ns1.one.shop", nil)
	wantKind(t, err, registrar.KindConflict, "host_in_use")
	_, err = w.setHost("ns1.one.shop", "ns2.one.shop", "192.0.2.2")
	wantKind(t, err, registrar.KindConflict, "host_in_use")

	// Another name may use it, too, which only the registry knows for sure.
	w.own("two.shop")
	op, err := w.engine.ChangeNameServers(t.Context(), w.by, w.customer.ID, "two.shop", []string{"ns1.one.shop"}, nil)
	w.done(op, err)
	if err := ns("ns1.example.net"); err != nil {
		t.Fatal(err)
	}
	for _, ask := range []func() (registrar.Operation, error){
		func() (registrar.Operation, error) { return w.setHost("ns1.one.shop", "ns2.one.shop", "192.0.2.2") },
		func() (registrar.Operation, error) {
			return w.engine.DeleteHost(t.Context(), w.by, w.customer.ID, "one.shop", "ns1.one.shop", nil)
		},
	} {
		op, err := ask()
		if err != nil {
			t.Fatal(err)
		}
		if op = w.finish(op.ID); op.State != registrar.OpFailed || op.FailureCode != "host_in_use" {
			t.Errorf("operation: %+v", op)
		}
	}
	op, err = w.engine.ChangeNameServers(t.Context(), w.by, w.customer.ID, "two.shop", []string{"ns1.example.net"}, nil)
	w.done(op, err)
	w.done(w.setHost("ns1.one.shop", "ns2.one.shop", "192.0.2.3"))
	if got, ok := w.registry.Host("ns2.one.shop"); !ok || !slices.Equal(got, []string{"192.0.2.3"}) {
		t.Errorf("the registry has %v", got)
	}
	hosts, err := w.engine.Hosts(t.Context(), w.customer.ID, "one.shop")
	if err != nil || len(hosts) != 1 || hosts[0].Name != "ns2.one.shop" || hosts[0].ChangedAt == nil || !slices.Equal(hosts[0].Addresses, []string{"192.0.2.3"}) {
		t.Errorf("we hold %+v, %v", hosts, err)
	}
	_, err = w.engine.HostOf(t.Context(), w.customer.ID, "one.shop", "ns1.one.shop")
	wantKind(t, err, registrar.KindNotFound, "no_such_host")
	op, err = w.engine.DeleteHost(t.Context(), w.by, w.customer.ID, "one.shop", "ns2.one.shop", nil)
	w.done(op, err)
	if _, ok := w.registry.Host("ns2.one.shop"); ok {
		t.Error("the registry still has it")
	}
	w.done(w.deletion(w.engine, "one.shop", ""))
}

// TestHostThatWasThere: the registry has a host that we did not make.
func TestHostThatWasThere(t *testing.T) {
	t.Parallel()
	w := settledWorld(t, "one.shop")
	w.work(w.engine)
	w.done(w.setHost("ns1.one.shop", "", "192.0.2.1"))
	forget := func() {
		t.Helper()
		err := w.store.InTx(t.Context(), func(tx registrar.Tx) error { return tx.RemoveHost(t.Context(), "mem", "ns1.one.shop") })
		if err != nil {
			t.Fatal(err)
		}
	}
	forget()
	w.done(w.setHost("ns1.one.shop", "", "192.0.2.1"))
	forget()
	op, err := w.setHost("ns1.one.shop", "", "192.0.2.9")
	if err != nil {
		t.Fatal(err)
	}
	if op = w.finish(op.ID); op.State != registrar.OpFailed || op.FailureCode != "host_exists" {
		t.Errorf("operation: %+v", op)
	}
}

func TestHostRefusals(t *testing.T) {
	t.Parallel()
	w := settledWorld(t, "one.shop")
	for i, c := range []struct {
		host      string
		addresses []string
		kind      registrar.Kind
		code      string
	}{
		{"ns1.two.shop", []string{"192.0.2.1"}, registrar.KindInvalid, "not_below"},
		{"one.shop", []string{"192.0.2.1"}, registrar.KindInvalid, "not_below"},
		{"ns 1.one.shop", []string{"192.0.2.1"}, registrar.KindInvalid, "bad_host"},
		{"ns1.one.shop", nil, registrar.KindInvalid, "required"},
		{"ns1.one.shop", []string{"10.0.0.1"}, registrar.KindInvalid, "unreachable_address"},
		{"ns1.one.shop", []string{"100.64.0.1"}, registrar.KindInvalid, "unreachable_address"},
		{"ns1.one.shop", []string{"::1"}, registrar.KindInvalid, "unreachable_address"},
		{"ns1.one.shop", []string{"fe80::1%eth0"}, registrar.KindInvalid, "bad_address"},
		{"ns1.one.shop", []string{"ns.example.net"}, registrar.KindInvalid, "bad_address"},
		{"ns1.one.shop", []string{"192.0.2.1", "::ffff:192.0.2.1"}, registrar.KindInvalid, "duplicate_address"},
	} {
		_, err := w.setHost(c.host, "", c.addresses...)
		t.Log(i)
		wantKind(t, err, c.kind, c.code)
	}
	_, err := w.setHost("ns1.one.shop", "ns2.one.shop", "192.0.2.1")
	wantKind(t, err, registrar.KindNotFound, "no_such_host")
	// A host below a name is a part of it: one change at a time.
	if _, err := w.setHost("ns1.one.shop", "", "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	_, err = w.deletion(w.engine, "one.shop", "")
	wantKind(t, err, registrar.KindConflict, "operation_open")
	w.registry.Caps.HostModel = registrar.HostAttributes
	_, err = w.setHost("ns2.one.shop", "", "192.0.2.1")
	wantKind(t, err, registrar.KindUnsupported, "no_host_objects")
}

// peopleAndHosts edits a holder, gives the name another one, sets, changes and
// deletes a host.
func (w *world) peopleAndHosts(e *registrar.Engine, holder string, dead func() bool) {
	w.t.Helper()
	ctx, key := w.t.Context(), func(k string) *registrar.KeyRequest { return &registrar.KeyRequest{Key: k, BodyDigest: k} }
	grace, alan := grace2(), grace2()
	alan.Name = "Alan Turing"
	host := func(k, newName string, addresses ...string) func() (registrar.Operation, error) {
		return func() (registrar.Operation, error) {
			return e.SetHost(ctx, w.by, w.customer.ID, registrar.HostRequest{Domain: "one.shop", Host: "ns1.one.shop", Addresses: addresses, NewName: newName, Key: key(k)})
		}
	}
	steps := []func() (registrar.Operation, error){
		func() (registrar.Operation, error) {
			_, ops, err := e.EditContact(ctx, w.by, w.customer.ID, registrar.ContactEdit{ContactID: holder, Data: grace, Key: key("edit")})
			if err != nil {
				return registrar.Operation{}, err
			}
			return ops[0], nil
		},
		func() (registrar.Operation, error) {
			return e.ChangeContacts(ctx, w.by, w.customer.ID, registrar.ContactsRequest{Name: "one.shop", Registrant: &registrar.ContactChoice{Data: &alan}, Key: key("holder")})
		},
		host("make", "", "192.0.2.1"), host("change", "", "192.0.2.2", "2001:db8::2"), host("rename", "ns2.one.shop", "192.0.2.2"),
		func() (registrar.Operation, error) {
			return e.DeleteHost(ctx, w.by, w.customer.ID, "one.shop", "ns2.one.shop", key("drop"))
		},
	}
	for i, step := range steps {
		op, err := step()
		for err == nil && op.State == registrar.OpRunning && !dead() {
			op, err = e.WaitOperation(ctx, w.customer.ID, op.ID, 100*time.Millisecond)
		}
		if dead() {
			return
		}
		if err != nil || op.State != registrar.OpSucceeded {
			cmds, _ := w.store.CommandsOf(ctx, op.ID)
			w.t.Fatalf("step %d: %+v, %v\n%+v", i, op, err, cmds)
		}
	}
}

func (w *world) peopleAndHostsLived(oldHandle string) {
	w.t.Helper()
	if got := w.registry.Contact(oldHandle); got == nil || got.Name != "Grace Hopper" {
		w.t.Errorf("the old holder is %+v", got)
	}
	handle, _ := w.contactsAt("one.shop")
	if got := w.registry.Contact(handle); got == nil || got.Name != "Alan Turing" || w.holder("one.shop").Name != "Alan Turing" {
		w.t.Errorf("the holder is %+v, and %+v here", got, w.holder("one.shop"))
	}
	for _, h := range []string{"ns1.one.shop", "ns2.one.shop"} {
		if _, ok := w.registry.Host(h); ok {
			w.t.Errorf("the registry still has %s", h)
		}
	}
	if hosts, err := w.store.HostsOf(w.t.Context(), w.domain("one.shop").ID); err != nil || len(hosts) != 0 {
		w.t.Errorf("we still hold %+v, %v", hosts, err)
	}
	w.balanced(registerPrice, costPerYear)
}

func TestLostAnswersAboutPeopleAndHosts(t *testing.T) {
	for nth := range 7 {
		for _, fault := range []registrytest.Fault{
			{Kind: registrytest.FaultBefore}, {Kind: registrytest.FaultAfter}, {Kind: registrytest.FaultDown}, {Kind: registrytest.FaultCode, Code: 2400},
		} {
			t.Run(fmt.Sprintf("%d %s %d", nth, fault.Kind, fault.Code), func(t *testing.T) {
				t.Parallel()
				w := settledWorld(t, "one.shop")
				old, _ := w.contactsAt("one.shop")
				w.registry.InjectAfter(nth, fault)
				w.work(w.engine)
				w.peopleAndHosts(w.engine, w.holder("one.shop").ContactID, func() bool { return false })
				w.peopleAndHostsLived(old)
			})
		}
	}
}

func TestDeathAmongPeopleAndHosts(t *testing.T) {
	for _, before := range []bool{true, false} {
		for n := int64(0); n < 40; n++ {
			t.Run(fmt.Sprintf("before=%v/%d", before, n), func(t *testing.T) {
				t.Parallel()
				w := settledWorld(t, "one.shop")
				old, _ := w.contactsAt("one.shop")
				holder := w.holder("one.shop").ContactID
				m := &mortal{Store: w.store, before: before}
				m.left.Store(n)
				dying, err := registrar.New(options(m, mortalRegistry{w.registry, m}, "dying"))
				if err != nil {
					t.Fatal(err)
				}
				stop := w.work(dying)
				w.peopleAndHosts(dying, holder, m.dead)
				stop()
				heir := w.newEngine(w.store, "heir")
				w.engine = heir
				w.work(heir)
				w.peopleAndHosts(heir, holder, func() bool { return false })
				w.peopleAndHostsLived(old)
			})
		}
	}
}
