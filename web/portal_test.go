package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
)

func TestBuyManageRenew(t *testing.T) {
	h := newHouse(t)
	h.post()
	p := h.person()
	p.get("/?q=Garden+https://www.roses.shop/x+b%C3%BCcher.example").is(http.StatusOK).
		has("garden.shop", "garden.studio", "garden.example", "roses.shop", "bücher.example", "Available", "$12.00", "then $15.00 a year")
	p.post("/basket/add", url.Values{"name": {"garden.shop"}, "next": {"/?q=garden"}}).leadsTo("/?q=garden")
	p.get("/?q=garden").has("In the basket")
	p.get("/checkout").leadsTo("/sign-in?next=%2Fcheckout")
	p.signUp("Ada", "ada@example.org", "/checkout").leadsTo("/checkout")
	p.get("/checkout").is(http.StatusOK).has("Missing", "Add $12.00 of test money", "ns1.indera.example.net", "Your account is ready.").
		hasNot(`name="agreement" value="` + h.engine.AgreementVersion() + `" checked`)
	form := p.checkout("garden.shop")
	p.post("/checkout/top-up", form).is(http.StatusOK).has("Balance afterwards", "$0.00", `value="Ada Lovelace"`)
	order := p.post("/checkout", form).leadsTo("/orders/").Header.Get("Location")
	if o := h.settled(strings.TrimPrefix(order, "/orders/")); o.State != registrar.OrderCompleted {
		t.Fatalf("order is %s", o.State)
	}
	p.get(order).is(http.StatusOK).has("Completed", "$12.00 was charged").hasNot("hx-trigger=\"load")
	p.get("/basket").has("The basket is empty")
	p.get("/domains/garden.shop").is(http.StatusOK).has("Active", "Paid until", "Ada Lovelace", "ns2.example.net", "Registration", "by you")

	// Name servers.
	page := p.get("/domains/garden.shop")
	change := url.Values{"key": {page.value("key")}, "nameservers": {"ns3.example.net", "ns4.example.net", "", " "}}
	p.post("/domains/garden.shop/nameservers", change).leadsTo("/domains/garden.shop")
	h.operations(t, "garden.shop")
	p.get("/domains/garden.shop").has("ns3.example.net", "Change of name servers").hasNot(`<li>ns1.example.net`)
	if got := h.first.Domain("garden.shop").NameServers; len(got) != 2 || got[0] != "ns3.example.net" {
		t.Errorf("the registry has %v", got)
	}

	// Renewal: asked once with its price, and twice sent is once done.
	h.topUp(p, "30.00")
	page = p.get("/domains/garden.shop/renew?years=2").is(http.StatusOK).has("Renew garden.shop for 2 years · $30.00", "New expiry")
	renew := url.Values{"expiry": {page.value("expiry")}, "key": {page.value("key")}, "years": {page.value("years")}, "price": {page.value("price")}, "agreement": {page.value("agreement")}}
	order = p.post("/domains/garden.shop/renew", renew).leadsTo("/orders/").Header.Get("Location")
	h.settled(strings.TrimPrefix(order, "/orders/"))
	if again := p.post("/domains/garden.shop/renew", renew).leadsTo("/orders/").Header.Get("Location"); again != order {
		t.Errorf("the form sent twice made %s and %s", order, again)
	}
	// A page that was left open shows yesterday's expiry: nothing is ordered.
	renew.Set("key", "6b3f7c54-6f0e-4f5e-9d0a-0a4a2f0c7d11")
	h.topUp(p, "30.00")
	p.post("/domains/garden.shop/renew", renew).is(http.StatusConflict).has("garden.shop expires on")
	if n := h.first.Executed(registrar.VerbDomainRenew, "garden.shop"); n != 1 {
		t.Errorf("renewed %d times", n)
	}
}

func (h *house) topUp(p *person, amount string) {
	h.t.Helper()
	p.post("/wallet/top-up", url.Values{"amount": {amount}, "key": {p.get("/wallet").value("key")}}).leadsTo("/wallet")
}

// operations waits until nothing is under way for a name.
func (h *house) operations(t *testing.T, name string) {
	t.Helper()
	d, err := h.engine.Read().DomainByName(t.Context(), name)
	h.must(err)
	ops, err := h.engine.Read().Operations(t.Context(), registrar.OperationFilter{DomainID: d.ID}, registrar.Page{})
	h.must(err)
	for _, op := range ops {
		_, err := h.engine.WaitOperation(t.Context(), "", op.ID, 20*time.Second)
		h.must(err)
	}
}

func TestDoubleSubmitOrdersOnce(t *testing.T) {
	h := newHouse(t)
	ada, user := h.customer("ada@example.org", 100)
	form := ada.checkout("twice.shop", "twice.example")
	var all sync.WaitGroup
	places := make([]string, 6)
	for i := range places {
		all.Add(1)
		go func() {
			defer all.Done()
			req := ada.request(http.MethodPost, "/checkout", form)
			res, err := ada.client.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() {
				if err := res.Body.Close(); err != nil {
					t.Error(err)
				}
			}()
			places[i] = res.Header.Get("Location")
			if res.StatusCode != http.StatusSeeOther && res.StatusCode != http.StatusConflict {
				t.Errorf("status %d", res.StatusCode)
			}
		}()
	}
	all.Wait()
	orders, err := h.engine.Read().Orders(t.Context(), user.CustomerID, registrar.Page{})
	h.must(err)
	if len(orders) != 1 {
		t.Fatalf("%d orders", len(orders))
	}
	for _, p := range places {
		if p != "" && p != "/orders/"+orders[0].ID {
			t.Errorf("leads to %q", p)
		}
	}
	h.settled(orders[0].ID)
	if n := h.first.Executed(registrar.VerbDomainCreate, "twice.shop"); n != 1 {
		t.Errorf("created %d times", n)
	}
	// The same key for something else is told, not executed.
	form["domain"], form["years"], form["price"] = []string{"other.shop"}, []string{"1"}, []string{"12.00"}
	ada.post("/checkout", form).is(http.StatusConflict).has("This form was sent before")
}

func TestCheckoutKeepsWhatWasTyped(t *testing.T) {
	h := newHouse(t)
	ada, _ := h.customer("ada@example.org", 100)
	base := ada.checkout("garden.shop")
	typed := []string{"Ada Lovelace", "12 St James's Square", "London", "SW1Y 4JH", "+44 20 7946 0123", "ada@example.org", "ns1.example.net"}
	for name, c := range map[string]struct {
		change func(url.Values)
		status int
		says   string
	}{
		"no name":      {func(v url.Values) { v.Set("name", "") }, 422, "Please give the name."},
		"bad phone":    {func(v url.Values) { v.Set("phone", "abc") }, 422, "Please give a phone number"},
		"bad country":  {func(v url.Values) { v.Set("country_code", "") }, 422, "Please give the country"},
		"bad email":    {func(v url.Values) { v.Set("email", "nobody") }, 422, "Please give an e-mail address"},
		"bad host":     {func(v url.Values) { v["nameservers"] = []string{"not a host"} }, 422, "is not a host name"},
		"same host":    {func(v url.Values) { v["nameservers"] = []string{"ns1.example.net", "NS1.example.net"} }, 422, "is listed twice"},
		"no agreement": {func(v url.Values) { v.Del("agreement") }, 422, "Please accept the registration agreement"},
		"old terms":    {func(v url.Values) { v.Set("agreement", "2019-01") }, 422, "Please accept the registration agreement"},
		"other's":      {func(v url.Values) { v.Set("holder", "con_01k9zq3v1c7p0e4v8n5j2x6r3w") }, 422, "There is no such contact in your account."},
	} {
		form := url.Values{}
		for k, v := range base {
			form[k] = append([]string(nil), v...)
		}
		c.change(form)
		res := ada.post("/checkout", form).is(c.status).has(c.says, "Reference", "garden.shop")
		kept := 0
		for _, text := range typed {
			if strings.Contains(html.UnescapeString(res.Body), `"`+text+`"`) {
				kept++
			}
		}
		if kept < len(typed)-1 {
			t.Errorf("%s: only %d of %d typed texts are kept", name, kept, len(typed))
		}
		if got := res.value("key"); got != base.Get("key") {
			t.Errorf("%s: the key changed", name)
		}
	}
	ada.post("/checkout", base).leadsTo("/orders/") // and in the end it works
}

func TestCheckoutRefusals(t *testing.T) {
	h := newHouse(t)
	ada, user := h.customer("ada@example.org", 10)
	form := ada.checkout("garden.shop")
	ada.post("/checkout", form).is(http.StatusPaymentRequired).has("Missing", "$2.00")

	// The price goes up between looking and paying.
	h.topUp(ada, "90.00")
	prices := testPrices()
	for i := range prices {
		if prices[i].TLD == "shop" && prices[i].Action == registrar.ActionRegister {
			prices[i].Sale.Minor = 1900
		}
	}
	h.must(h.engine.ApplyCatalogue(t.Context(), registrar.System("test"), nil, prices))
	res := ada.post("/checkout", form).is(http.StatusConflict).has("A price has changed since you saw it", "<s class=\"muted\">$12.00</s> $19.00", "Register garden.shop for 1 year · $19.00")
	if res.value("price") != "19.00" {
		t.Errorf("the form carries the price %s", res.value("price"))
	}
	orders, err := h.engine.Read().Orders(t.Context(), user.CustomerID, registrar.Page{})
	h.must(err)
	if len(orders) != 0 {
		t.Fatalf("%d orders were placed", len(orders))
	}
	form.Set("price", "19.00")
	ada.post("/checkout", form).leadsTo("/orders/")

	// What no browser sends.
	for name, bad := range map[string]url.Values{
		"no key": {"domain": {"a.shop"}, "years": {"1"}}, "bad years": {"key": {form.Get("key")}, "domain": {"a.shop"}, "years": {"x"}},
		"bad name": {"key": {form.Get("key")}, "domain": {".."}, "years": {"1"}}, "bad price": {"key": {form.Get("key")}, "domain": {"a.shop"}, "years": {"1"}, "price": {"1e9"}},
	} {
		if res := ada.post("/checkout", bad); res.Status != http.StatusBadRequest {
			t.Errorf("%s: status %d", name, res.Status)
		}
	}
}

func TestFailedLineIsExplainedAndFree(t *testing.T) {
	h := newHouse(t)
	ada, user := h.customer("ada@example.org", 100)
	h.first.Inject(registrytest.Fault{Verb: registrar.VerbDomainCreate, Kind: registrytest.FaultCode, Code: 2306})
	to := ada.post("/checkout", ada.checkout("fails.shop", "works.example")).leadsTo("/orders/").Header.Get("Location")
	if o := h.settled(strings.TrimPrefix(to, "/orders/")); o.State != registrar.OrderPartly {
		t.Fatalf("order is %s", o.State)
	}
	ada.get(to).is(http.StatusOK).has("1 of 2 lines are done", "$12.00 was charged", "Failed, not charged", "Not charged.")
	ada.get("/domains").has("works.example").hasNot("fails.shop")
	ada.get("/domains?state=failed").has("fails.shop", "Not registered").hasNot("works.example")
	ada.get("/wallet").has("$88.00")
	if acc, err := h.engine.Balance(t.Context(), user.CustomerID); err != nil || acc.Balance != 88_00 || acc.Held != 0 {
		t.Fatalf("account %+v, %v", acc, err)
	}
}

func TestOrderPageFollows(t *testing.T) {
	h := newHouse(t)
	h.stop() // nobody works: the order stays open
	ada, _ := h.customer("ada@example.org", 100)
	to := ada.post("/checkout", ada.checkout("slow.shop")).leadsTo("/orders/").Header.Get("Location")
	page := ada.get(to).is(http.StatusOK).has("Under way", `hx-get="`+to+`/live?n=1"`, "load delay:1s", `<noscript><meta http-equiv="refresh"`)
	page.has("Set aside from your balance")
	live := ada.get(to+"/live?n=6").is(http.StatusOK).has("load delay:8s", "/live?n=7").hasNot("<html")
	live.has("The registry is being asked")
	ada.get(to + "/live?n=99").has("load delay:30s")
	ada.get("/domains/slow.shop").is(http.StatusOK).has("Being registered", "load delay:1s")
	ada.get("/domains/slow.shop/renew").is(http.StatusOK).has("can't be renewed")
}

func TestOthersObjectsAreNotFound(t *testing.T) {
	h := newHouse(t)
	ada, adaUser := h.customer("ada@example.org", 100)
	order := ada.buy("hers.shop")
	secret, token, err := h.engine.IssueToken(t.Context(), registrar.System("test"), adaUser, "hers", []registrar.Scope{registrar.ScopeOrders}, nil)
	h.must(err)
	bob, _ := h.customer("bob@example.org", 100)
	for _, path := range []string{"/domains/hers.shop", "/domains/hers.shop/live", "/domains/hers.shop/renew", order, order + "/live"} {
		bob.get(path).is(http.StatusNotFound).hasNot("Lovelace", "ns1.example.net")
	}
	key := bob.get("/wallet").value("key")
	bob.post("/domains/hers.shop/nameservers", url.Values{"key": {key}, "nameservers": {"ns9.example.net"}}).is(http.StatusNotFound)
	bob.post("/domains/hers.shop/renew", url.Values{"key": {key}, "years": {"1"}, "price": {"15.00"}, "agreement": {h.engine.AgreementVersion()}}).is(http.StatusNotFound)
	bob.post("/security/tokens/"+token.ID+"/revoke", nil).is(http.StatusNotFound)
	if _, err := h.engine.Token(t.Context(), secret); err != nil {
		t.Errorf("somebody else revoked the token: %v", err)
	}
	for _, path := range []string{"/domains", "/orders", "/contacts", "/security"} {
		bob.get(path).is(http.StatusOK).hasNot("hers", "Lovelace")
	}
	if got := h.first.Domain("hers.shop").NameServers; got[0] != "ns1.example.net" {
		t.Errorf("somebody else changed the name servers to %v", got)
	}
	// What does not exist reads the same as what is somebody else's.
	if a, b := bob.get("/domains/hers.shop"), bob.get("/domains/free.shop"); stripReference(a) != stripReference(b) {
		t.Error("the page tells that the name is held by somebody else")
	}
}

func stripReference(a answer) string {
	text := textOf(a.Body)
	if i := strings.Index(text, "Reference"); i >= 0 {
		return text[:i]
	}
	return text
}

func TestTokens(t *testing.T) {
	h := newHouse(t)
	ada, _ := h.customer("ada@example.org", 0)
	page := ada.post("/security/tokens", url.Values{"name": {"billing"}, "scopes": {"domains:read", "orders"}, "days": {"30"}}).is(http.StatusOK).has("shown this one time")
	secret := tokenText.FindString(page.Body)
	tok, err := h.engine.Token(t.Context(), secret)
	if err != nil || !tok.Allows(registrar.ScopeOrders) || tok.Allows(registrar.ScopeDomainsWrite) || tok.ExpiresAt == nil {
		t.Fatalf("token %+v, %v", tok, err)
	}
	ada.get("/security").is(http.StatusOK).has("billing", tok.Hint).hasNot(secret)
	ada.post("/security/tokens", url.Values{"name": {"x"}, "days": {"30"}}).is(http.StatusUnprocessableEntity).has("Please choose at least one right.")
	ada.post("/security/tokens", url.Values{"name": {"x"}, "scopes": {"everything"}, "days": {"30"}}).is(http.StatusUnprocessableEntity)
	ada.post("/security/tokens", url.Values{"name": {"x"}, "scopes": {"orders"}, "days": {"99999"}}).is(http.StatusBadRequest)
	ada.post("/security/tokens/"+tok.ID+"/revoke", nil).leadsTo("/security")
	ada.get("/security").has("Revoked", "The token is revoked.")
	if _, err := h.engine.Token(t.Context(), secret); err == nil {
		t.Error("the token still works")
	}
}

func TestWallet(t *testing.T) {
	h := newHouse(t)
	ada, _ := h.customer("ada@example.org", 0)
	form := url.Values{"amount": {"20.00"}, "key": {ada.get("/wallet").value("key")}}
	ada.post("/wallet/top-up", form).leadsTo("/wallet")
	ada.post("/wallet/top-up", form).leadsTo("/wallet") // twice sent, once booked
	ada.get("/wallet").has("$20.00", "of test money was added").hasNot("$40.00")
	for _, amount := range []string{"0", "-5", "abc", "1.234", "99999999"} {
		ada.post("/wallet/top-up", url.Values{"amount": {amount}, "key": {form.Get("key")}}).is(http.StatusUnprocessableEntity).has(`value="` + amount + `"`)
	}
}

func TestBasket(t *testing.T) {
	h := newHouse(t)
	p := h.person()
	for _, n := range []string{"a.shop", "b.example", "a.shop"} {
		p.post("/basket/add", url.Values{"name": {n}}).leadsTo("/basket")
	}
	p.get("/basket").has("a.shop", "b.example", "$24.00")
	p.post("/basket", url.Values{"name": {"a.shop"}, "years": {"3"}, "revision": {"1"}}).leadsTo("/basket")
	p.get("/basket").has("$36.00", "$48.00")
	p.post("/basket", url.Values{"remove": {"a.shop"}}).leadsTo("/basket")
	p.get("/basket").has("$12.00").hasNot("a.shop")
	p.post("/basket/add", url.Values{"name": {"x.nope"}}).is(http.StatusUnprocessableEntity)
	p.post("/basket/add", url.Values{"name": {"???"}}).is(http.StatusUnprocessableEntity)
	p.post("/basket", url.Values{"name": {"b.example"}}).is(http.StatusBadRequest)
	p.post("/basket", url.Values{"name": {"b.example"}, "revision": {"1"}, "years": {"99"}}).is(http.StatusUnprocessableEntity).has("can be had for 1 to 10 years")
	req := p.request(http.MethodPost, "/basket/add", url.Values{"name": {"c.shop"}})
	req.Header.Set("HX-Request", "true")
	p.do(req).is(http.StatusOK).has("In the basket", `id="basket-count"`).hasNot("<html")
}

var (
	tokenText = regexp.MustCompile(`indera_[A-Za-z0-9_-]{43}`)
)
