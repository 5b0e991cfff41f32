package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
	"github.com/indera/indera/web/api"
)

func TestLockAndUnlock(t *testing.T) {
	w := newWorld(t, nil)
	w.work()
	w.own("brand.shop")
	var d api.Domain
	w.call("POST", "/domains/brand.shop/lock", map[string]any{"locks": []string{"transfer", "update", "delete"}}).want(200, &d)
	if strings.Join(d.Locks, " ") != "transfer update delete" {
		t.Errorf("locks %v", d.Locks)
	}
	w.call("PUT", "/domains/brand.shop/nameservers", map[string]any{"nameservers": []string{"ns9.example.net"}}).problem(409, "prohibited", "status_prohibits")
	w.call("DELETE", "/domains/brand.shop/lock?locks=update,delete", nil, "Idempotency-Key", "u").want(200, &d)
	if strings.Join(d.Locks, " ") != "transfer" {
		t.Errorf("locks %v", d.Locks)
	}
	w.call("DELETE", "/domains/brand.shop/lock", nil, "Idempotency-Key", "u").problem(409, "idempotency-reuse", "")
	w.call("DELETE", "/domains/brand.shop/lock?locks=renewal", nil).problem(422, "invalid", "")
	w.call("POST", "/domains/brand.shop/lock", map[string]any{"locks": []string{}}).problem(422, "invalid", "")
	w.call("POST", "/domains/other.shop/lock", map[string]any{"locks": []string{"delete"}}).problem(404, "not-found", "no_such_domain")

	dom, err := w.engine.OwnedDomain(t.Context(), w.user.CustomerID, "brand.shop")
	if err != nil {
		t.Fatal(err)
	}
	op, err := w.engine.ChangeStaffLocks(t.Context(), registrar.System("test"), dom.ID, []registrar.Lock{registrar.LockTransfer}, true, "unpaid <b>invoice</b>")
	if err != nil {
		t.Fatal(err)
	}
	if op, err = w.engine.WaitOperation(t.Context(), "", op.ID, 10*time.Second); err != nil || op.State != registrar.OpSucceeded {
		t.Fatalf("%+v, %v", op, err)
	}
	p := w.call("DELETE", "/domains/brand.shop/lock", nil).problem(409, "prohibited", "staff_lock")
	if !strings.Contains(p.Detail, "unpaid <b>invoice</b>") {
		t.Errorf("the reason is missing: %q", p.Detail)
	}
}

// TestTransferCodeIsShownOnce: a repeated request gets the operation again, and
// never the code.
func TestTransferCodeIsShownOnce(t *testing.T) {
	w := newWorld(t, nil)
	w.work()
	w.own("brand.shop")
	var first, again, next api.TransferCode
	a := w.call("POST", "/domains/brand.shop/transfer-code", nil, "Idempotency-Key", "k").want(200, &first)
	if a.Header().Get("Cache-Control") != "no-store" || len(first.Code) < 22 || first.Code != w.registry.Code("brand.shop") || first.LifeDays != 14 {
		t.Errorf("%+v, Cache-Control %q", first, a.Header().Get("Cache-Control"))
	}
	a = w.call("POST", "/domains/brand.shop/transfer-code", nil, "Idempotency-Key", "k").want(200, &again)
	if again.Code != "" || again.Operation.ID != first.Operation.ID || strings.Contains(a.Body.String(), first.Code) {
		t.Errorf("%+v", again)
	}
	w.call("POST", "/domains/brand.shop/transfer-code", nil, "Idempotency-Key", "k2").want(200, &next)
	if next.Code == first.Code || next.Code != w.registry.Code("brand.shop") {
		t.Errorf("%+v", next)
	}
	for _, path := range []string{"/operations/" + next.Operation.ID, "/domains/brand.shop", "/domains/brand.shop/history"} {
		if got := w.call("GET", path, nil).want(200, nil); strings.Contains(got.Body.String(), next.Code) || strings.Contains(got.Body.String(), first.Code) {
			t.Errorf("%s shows the code", path)
		}
	}
	w.call("POST", "/domains/brand.shop/lock", map[string]any{"locks": []string{"transfer"}}).want(200, nil)
	w.call("POST", "/domains/brand.shop/transfer-code", nil).problem(409, "prohibited", "transfer_locked")
	w.call("DELETE", "/domains/brand.shop/lock", nil).want(200, nil)
	w.registry.Inject(registrytest.Fault{Verb: registrar.VerbDomainUpdate, Kind: registrytest.FaultCode, Code: 2202})
	w.call("POST", "/domains/brand.shop/transfer-code", nil).problem(409, "operation-failed", "code_refused")
}

// TestTransferCodeOfASlowRegistry is shown before the registry has confirmed it,
// because later nobody could show it.
func TestTransferCodeOfASlowRegistry(t *testing.T) {
	w := newWorld(t, func(o *api.Options) { o.WaitFor = time.Millisecond })
	w.work()
	w.call("POST", "/domains", registration("brand.shop"))
	w.until("registered", func() bool { return w.registry.Domain("brand.shop") != nil && w.settled() })
	w.registry.SetDown(true)
	var code api.TransferCode
	w.call("POST", "/domains/brand.shop/transfer-code", nil).want(202, &code)
	if len(code.Code) < 22 || code.Operation.State != "running" {
		t.Errorf("%+v", code)
	}
	w.registry.SetDown(false)
	w.until("set", func() bool { return w.registry.Code("brand.shop") == code.Code })
}

func (w *world) until(what string, cond func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !cond(); <-time.After(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatalf("waited in vain: %s", what)
		}
	}
}

// settled reports whether no operation of the account is under way.
func (w *world) settled() bool {
	w.t.Helper()
	ops, err := w.engine.Read().Operations(w.t.Context(), registrar.OperationFilter{CustomerID: w.user.CustomerID, States: []registrar.OperationState{registrar.OpRunning}}, page(10))
	if err != nil {
		w.t.Fatal(err)
	}
	return len(ops) == 0
}

func TestDelete(t *testing.T) {
	w := newWorld(t, nil)
	w.work()
	w.registry.Caps.AddGrace = time.Hour
	w.own("brand.shop")
	before, _ := w.balance()
	w.call("PUT", "/domains/brand.shop/hosts/ns1.brand.shop", map[string]any{"addresses": []string{"192.0.2.1"}}).want(200, nil)
	w.call("DELETE", "/domains/brand.shop", nil).problem(409, "conflict", "subordinate_hosts")
	w.call("DELETE", "/domains/brand.shop/hosts/ns1.brand.shop", nil).want(200, nil)
	var op api.Operation
	w.call("DELETE", "/domains/brand.shop", nil, "Idempotency-Key", "d").want(200, &op)
	w.call("DELETE", "/domains/brand.shop", nil, "Idempotency-Key", "d").want(200, &op)
	if op.Kind != "delete" || op.State != "succeeded" || w.registry.Executed(registrar.VerbDomainDelete, "brand.shop") != 1 {
		t.Errorf("%+v", op)
	}
	if after, held := w.balance(); after != before+1200 || held != 0 {
		t.Errorf("balance %d with %d held, was %d", after, held, before)
	}
	w.call("GET", "/domains/brand.shop", nil).problem(404, "not-found", "no_such_domain")
	w.call("DELETE", "/domains/brand.shop", nil).problem(404, "not-found", "no_such_domain")
}

func TestContacts(t *testing.T) {
	w := newWorld(t, nil)
	w.work()
	d := w.own("brand.shop")
	w.call("POST", "/domains", registration("two.shop", func(b map[string]any) { delete(b, "registrant"); b["contact_id"] = d.ContactID })).want(201, nil)
	var c api.Contact
	w.call("GET", "/contacts/"+d.ContactID, nil).want(200, &c)
	if c.Version != 1 || len(c.UsedBy) != 4 || c.Data.Name != "Ada Lovelace" {
		t.Errorf("%+v", c)
	}
	moved := ada()
	moved["city"] = "Paris"
	var edited api.EditedContact
	w.call("PUT", "/contacts/"+d.ContactID, map[string]any{"version": 1, "data": moved}).want(200, &edited)
	if edited.Contact.Version != 2 || edited.Contact.Data.City != "Paris" || len(edited.Operations) != 1 || edited.Operations[0].Kind != "contact" {
		t.Errorf("%+v", edited)
	}
	for _, name := range []string{"brand.shop", "two.shop"} {
		var got api.Domain
		if w.call("GET", "/domains/"+name, nil).want(200, &got); got.Registrant.City != "Paris" {
			t.Errorf("%s: %+v", name, got.Registrant)
		}
	}
	w.call("PUT", "/contacts/"+d.ContactID, map[string]any{"version": 1, "data": ada()}).problem(409, "conflict", "contact_changed")
	bad := ada()
	bad["email"] = "nobody"
	if p := w.call("PUT", "/contacts/"+d.ContactID, map[string]any{"data": bad}).problem(422, "invalid", "bad_email"); p.Errors[0].Location != "body.data.email" {
		t.Errorf("%+v", p)
	}
	if p := w.call("PUT", "/domains/brand.shop/contacts", map[string]any{"tech": map[string]any{"data": bad}}).problem(422, "invalid", "bad_email"); p.Errors[0].Location != "body.tech.data.email" {
		t.Errorf("%+v", p)
	}
	w.call("PUT", "/domains/brand.shop/contacts", map[string]any{}).problem(422, "invalid", "required")
	w.call("PUT", "/domains/brand.shop/contacts", map[string]any{"registrant": map[string]any{}}).problem(422, "invalid", "required")
	w.call("GET", "/contacts/con_none", nil).problem(404, "not-found", "no_such_contact")

	grace := ada()
	grace["name"] = "Grace Hopper"
	var got api.Domain
	w.call("PUT", "/domains/brand.shop/contacts", map[string]any{"registrant": map[string]any{"data": grace}}).want(200, &got)
	if got.Registrant.Name != "Grace Hopper" || got.ContactID == d.ContactID || len(got.Contacts) != 2 || got.Contacts[1].ContactID != d.ContactID {
		t.Errorf("%+v", got)
	}
	var other api.Domain
	if w.call("GET", "/domains/two.shop", nil).want(200, &other); other.Registrant.Name != "Ada Lovelace" {
		t.Errorf("the other name has changed: %+v", other.Registrant)
	}
	_, stranger := w.signUp("eve@example.org", 0)
	w.call("GET", "/contacts/"+d.ContactID, nil, "Authorization", "Bearer "+stranger).problem(404, "not-found", "no_such_contact")
	w.call("PUT", "/contacts/"+d.ContactID, map[string]any{"data": ada()}, "Authorization", "Bearer "+stranger).problem(404, "not-found", "no_such_contact")
}

// TestHistoryPages walks through what happened without missing or repeating.
func TestHistoryPages(t *testing.T) {
	w := newWorld(t, nil)
	w.work()
	w.own("brand.shop")
	for range 3 {
		w.call("POST", "/domains/brand.shop/lock", map[string]any{"locks": []string{"delete"}}).want(200, nil)
		w.call("DELETE", "/domains/brand.shop/lock", nil).want(200, nil)
	}
	var all []string
	cursor := ""
	for range 100 {
		var page api.History
		w.call("GET", "/domains/brand.shop/history?limit=4&cursor="+cursor, nil).want(200, &page)
		for _, h := range page.Happenings {
			all = append(all, h.What)
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	if got := strings.Join(all, " "); got != "unlock lock unlock lock unlock lock register" {
		t.Errorf("history: %s", got)
	}
	w.call("GET", "/domains/brand.shop/history?cursor=%C3%A9", nil).problem(422, "invalid", "")
	w.call("GET", "/domains/other.shop/history", nil).problem(404, "not-found", "no_such_domain")
}
