package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
)

// owner is a customer who owns a settled name.
func owner(t *testing.T, name string) (*house, *person, registrar.User) {
	t.Helper()
	h := newHouse(t)
	h.first.Caps.AddGrace = 120 * time.Hour
	p, user := h.customer("ada@example.org", 500)
	p.buy(name)
	return h, p, user
}

// calm waits until nothing is under way for a name.
func (h *house) calm(name string) {
	h.t.Helper()
	d, err := h.engine.Read().DomainByName(h.t.Context(), name)
	h.must(err)
	ops, err := h.engine.Read().Operations(h.t.Context(), registrar.OperationFilter{DomainID: d.ID, States: []registrar.OperationState{registrar.OpRunning}}, registrar.Page{})
	h.must(err)
	for _, op := range ops {
		op, err := h.engine.WaitOperation(h.t.Context(), "", op.ID, 20*time.Second)
		if err != nil || op.State == registrar.OpRunning {
			h.t.Fatalf("%+v, %v", op, err)
		}
	}
}

func (p *person) lock(name, lock, on string) answer {
	p.h.t.Helper()
	key := p.get("/domains/" + name).is(http.StatusOK).value("key")
	return p.post("/domains/"+name+"/lock", url.Values{"key": {key}, "lock": {lock}, "on": {on}})
}

func TestLockPages(t *testing.T) {
	h, ada, _ := owner(t, "garden.shop")
	ada.lock("garden.shop", "transfer", "yes").leadsTo("/domains/garden.shop")
	h.calm("garden.shop")
	ada.get("/domains/garden.shop").has("Against moving away", "Locked", "Unlock")
	if got := h.first.Domain("garden.shop").Statuses; !slices.Contains(got, "clientTransferProhibited") {
		t.Errorf("the registry has %v", got)
	}
	key := ada.get("/domains/garden.shop").value("key")
	ada.post("/domains/garden.shop/transfer-code", url.Values{"key": {key}}).is(http.StatusConflict).has("locked against transfers")
	ada.lock("garden.shop", "transfer", "no").leadsTo("/domains/garden.shop")
	h.calm("garden.shop")
	ada.lock("garden.shop", "renewal", "yes").is(http.StatusUnprocessableEntity)
	ada.post("/domains/garden.shop/lock", url.Values{"lock": {"transfer"}, "on": {"yes"}}).is(http.StatusBadRequest)

	// Staff lock it, with a reason that the customer reads and can't lift.
	d, err := h.engine.Read().DomainByName(t.Context(), "garden.shop")
	h.must(err)
	grace := h.staff()
	path := "/admin/domains/" + d.ID
	grace.post(path+"/lock", url.Values{"lock": {"delete"}, "on": {"yes"}, "reason": {" "}}).is(http.StatusUnprocessableEntity).has("Please say why.")
	grace.post(path+"/lock", url.Values{"lock": {"delete"}, "on": {"yes"}, "reason": {"court <order> 7"}}).leadsTo(path)
	h.calm("garden.shop")
	ada.get("/domains/garden.shop").has("Set by our staff: court &lt;order&gt; 7")
	ada.lock("garden.shop", "delete", "no").is(http.StatusConflict).has("Our staff have set clientDeleteProhibited")
	ada.get("/domains/garden.shop/delete").has("locked against deletion").hasNot("Type <strong>")
	grace.get(path).has("court &lt;order&gt; 7", "Lift clientDeleteProhibited")
	grace.post(path+"/lock", url.Values{"lock": {"delete"}, "on": {"no"}, "reason": {"lifted"}}).leadsTo(path)
	h.calm("garden.shop")
	grace.get(path).hasNot("court &lt;order&gt; 7</span>")
	grace.get(path+"/history").is(http.StatusOK).has("Unlock", "Lock asked for", "Locked", "Registration")
	ada.post(path+"/lock", url.Values{"lock": {"delete"}, "on": {"yes"}, "reason": {"x"}}).leadsTo("/admin/sign-in")
}

func TestTransferCodePage(t *testing.T) {
	h, ada, _ := owner(t, "garden.shop")
	key := ada.get("/domains/garden.shop").is(http.StatusOK).value("key")
	page := ada.post("/domains/garden.shop/transfer-code", url.Values{"key": {key}}).is(http.StatusOK).has("shown this one time", "for 14 days")
	code := h.first.Code("garden.shop")
	if len(code) < 22 || !strings.Contains(page.Body, code) || !strings.Contains(page.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("code of %d characters, Cache-Control %q", len(code), page.Header.Get("Cache-Control"))
	}
	checkMarkup(t, "transfer code", page)
	ada.post("/domains/garden.shop/transfer-code", url.Values{"key": {key}}).is(http.StatusOK).has("This form was sent before").hasNot(code)
	for _, path := range []string{"/domains/garden.shop", "/domains/garden.shop/history", "/orders"} {
		ada.get(path).is(http.StatusOK).hasNot(code)
	}
	ada.get("/domains/garden.shop").has("A code is out and good until", "New transfer code")
	d, err := h.engine.Read().DomainByName(t.Context(), "garden.shop")
	h.must(err)
	h.staff().get("/admin/domains/" + d.ID).has("in force until").hasNot(code)
	h.first.Inject(registrytest.Fault{Verb: registrar.VerbDomainUpdate, Kind: registrytest.FaultCode, Code: 2202})
	key = ada.get("/domains/garden.shop").value("key")
	ada.post("/domains/garden.shop/transfer-code", url.Values{"key": {key}}).is(http.StatusConflict).has("did not take this transfer code")
}

func TestDeletePage(t *testing.T) {
	h, ada, user := owner(t, "garden.shop")
	page := ada.get("/domains/garden.shop/delete").is(http.StatusOK).has("$12.00", "stop working", "It can't be undone")
	form := url.Values{"key": {page.value("key")}, "name": {"garden"}}
	ada.post("/domains/garden.shop/delete", form).is(http.StatusUnprocessableEntity).has("Please type the name")
	form.Set("name", "Garden.shop")
	ada.post("/domains/garden.shop/delete", form).leadsTo("/domains")
	ada.get("/domains").has("garden.shop is deleted.")
	ada.get("/domains?state=deleted").has("garden.shop", "Deleted")
	ada.get("/domains/garden.shop").is(http.StatusNotFound)
	acc, err := h.engine.Balance(t.Context(), user.CustomerID)
	h.must(err)
	if acc.Balance != 500_00 || h.first.Domain("garden.shop") != nil {
		t.Errorf("balance %d", acc.Balance)
	}
	ada.get("/wallet").has("garden.shop taken back")

	h.first.Caps.AddGrace = 0
	ada.buy("old.shop")
	page = ada.get("/domains/old.shop/delete").is(http.StatusOK).has("Nothing is refunded").hasNot("is credited")
	ada.post("/domains/old.shop/delete", url.Values{"key": {page.value("key")}, "name": {"old.shop"}}).leadsTo("/domains")
	ada.get("/domains/old.shop").is(http.StatusOK).has("Being deleted", "has been deleted").hasNot("Change the name servers", "Get a transfer code", "Lock<")
	ada.get("/domains/old.shop/delete").has("has been deleted")
}

func TestHostPages(t *testing.T) {
	h, ada, _ := owner(t, "garden.shop")
	h.calm("garden.shop")
	page := ada.get("/domains/garden.shop/hosts").is(http.StatusOK).has("A first host")
	checkMarkup(t, "hosts", page)
	form := url.Values{"key": {page.value("key")}, "host": {"NS1"}, "addresses": {"10.0.0.1"}}
	ada.post("/domains/garden.shop/hosts", form).is(http.StatusUnprocessableEntity).has("reached from the internet", `value="ns1.garden.shop"`, "10.0.0.1")
	form.Set("addresses", "192.0.2.1\r\n2001:db8::1, 192.0.2.2")
	ada.post("/domains/garden.shop/hosts", form).leadsTo("/domains/garden.shop/hosts")
	page = ada.get("/domains/garden.shop/hosts").has("ns1.garden.shop", "2001:db8::1", "Another host")
	if got, _ := h.first.Host("ns1.garden.shop"); len(got) != 3 {
		t.Errorf("the registry has %v", got)
	}
	ada.get("/domains/garden.shop/delete").has("has hosts below it", "Hosts below garden.shop")
	key := ada.get("/domains/garden.shop").value("key")
	ada.post("/domains/garden.shop/nameservers", url.Values{"key": {key}, "nameservers": {"ns1.garden.shop"}}).leadsTo("/domains/garden.shop")
	h.calm("garden.shop")
	ada.get("/domains/garden.shop/hosts").has("it can be neither renamed nor deleted").hasNot("Delete ns1.garden.shop")
	ada.post("/domains/garden.shop/hosts/delete", url.Values{"key": {page.value("key")}, "host": {"ns1.garden.shop"}}).is(http.StatusConflict).has("change its name servers first")
	ada.post("/domains/other.shop/hosts", form).is(http.StatusNotFound)
}

func TestContactPages(t *testing.T) {
	h, ada, user := owner(t, "garden.shop")
	d, err := h.engine.OwnedDomain(t.Context(), user.CustomerID, "garden.shop")
	h.must(err)
	form := ada.checkout("lawn.shop")
	form.Set("holder", d.Registrant.ContactID)
	to := ada.post("/checkout", form).leadsTo("/orders/").Header.Get("Location")
	h.settled(strings.TrimPrefix(to, "/orders/"))

	path := "/contacts/" + d.Registrant.ContactID
	page := ada.get(path).is(http.StatusOK).has("Used by 2 names", "garden.shop", "lawn.shop", "only for this domain", "Change it for 2 names")
	checkMarkup(t, "contact", page)
	edit := holder()
	edit.Set("key", page.value("key"))
	edit.Set("version", page.value("version"))
	edit.Set("email", "nobody")
	ada.post(path, edit).is(http.StatusUnprocessableEntity).has("Please give an e-mail address", `value="nobody"`)
	edit.Set("email", "ada@new.example")
	ada.post(path, edit).leadsTo(path)
	ada.get(path).has("The contact is changed.", "version 2").hasNot("do not have the latest version")
	for _, name := range []string{"garden.shop", "lawn.shop"} {
		ada.get("/domains/"+name).has("ada@new.example", "data changed by you")
	}
	// A form from before the change is refused, and shows what is there now.
	edit.Set("city", "Paris")
	edit.Set("key", ada.get(path).value("key"))
	ada.post(path, edit).is(http.StatusConflict).has("changed in the meantime", "version 2")

	// Only for one name: a new contact.
	page = ada.get("/domains/garden.shop/contacts?role=registrant").is(http.StatusOK).has("This changes garden.shop only", "2 names use the present contact", `value="ada@new.example"`)
	checkMarkup(t, "domain contacts", page)
	change := holder()
	change.Set("key", page.value("key"))
	change.Set("role", "registrant")
	change.Set("name", "Grace Hopper")
	change.Set("phone", "12")
	ada.post("/domains/garden.shop/contacts", change).is(http.StatusUnprocessableEntity).has("Please give a phone number", `value="Grace Hopper"`)
	change.Set("phone", "+44 20 7946 0123")
	ada.post("/domains/garden.shop/contacts", change).leadsTo("/domains/garden.shop")
	h.calm("garden.shop")
	ada.get("/domains/garden.shop").has("Grace Hopper", "Change of holder", "Technical contact: Ada Lovelace")
	ada.get("/domains/lawn.shop").has("Ada Lovelace").hasNot("Grace Hopper")
	ada.get("/domains/lawn.shop/contacts?role=owner").is(http.StatusOK).has("Holder of lawn.shop")

	eve, _ := h.customer("eve@example.org", 0)
	eve.get(path).is(http.StatusNotFound)
	eve.post(path, edit).is(http.StatusNotFound)
	eve.get("/domains/garden.shop/contacts").is(http.StatusNotFound)
	eve.post("/domains/garden.shop/lock", url.Values{"key": {page.value("key")}, "lock": {"transfer"}, "on": {"yes"}}).is(http.StatusNotFound)
}

func TestHistoryPage(t *testing.T) {
	h, ada, _ := owner(t, "garden.shop")
	for range 12 {
		ada.lock("garden.shop", "delete", "yes")
		h.calm("garden.shop")
		ada.lock("garden.shop", "delete", "no")
		h.calm("garden.shop")
	}
	ada.get("/domains/garden.shop").has("Whole history")
	page := ada.get("/domains/garden.shop/history").is(http.StatusOK).has("Lock", "Unlock", "by you", "Next page")
	checkMarkup(t, "history", page)
	next := page
	for range 10 {
		i := strings.Index(next.Body, `/history?after=`)
		if i < 0 {
			break
		}
		link := next.Body[i:]
		next = ada.get("/domains/garden.shop" + link[:strings.IndexByte(link, '"')]).is(http.StatusOK).has("Back to the start")
	}
	next.has("Registration")
}
