package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/plugins/stripe"
	"github.com/indera/indera/plugins/stripe/stripetest"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store/storetest"
)

// payingHouse is a house that takes money through a provider's account. Time is
// frozen and no worker runs.
func payingHouse(t *testing.T, change ...func(*registrar.Options)) (*house, *stripetest.Server) {
	t.Helper()
	clock := clockwork.NewFakeClockAt(time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC))
	h := &house{t: t, clock: clock, store: storetest.OpenClock(t, clock)}
	account := stripetest.New(t, clock)
	provider, err := stripe.New(stripe.Options{Key: stripetest.Key, WebhookSecret: stripetest.WebhookSecret, APIURL: account.URL, PageOrigin: account.URL, Timeout: 5 * time.Second})
	h.must(err)
	opt := registrar.Options{Store: h.store, Clock: clock, Holder: "test", Payments: []registrar.Payments{provider}}
	for _, f := range change {
		f(&opt)
	}
	h.engine, err = registrar.New(opt)
	h.must(err)
	h.serve(nil)
	return h, account
}

func (p *person) pay(amount string) answer {
	p.h.t.Helper()
	key := p.get("/wallet").is(http.StatusOK).value("key")
	return p.post("/wallet/payments", url.Values{"key": {key}, "amount": {amount}, "provider": {"stripe"}})
}

func send(t *testing.T, h *house, d stripetest.Delivery, want int) {
	t.Helper()
	status, err := d.Send(h.url + "/webhooks/stripe")
	if err != nil || status != want {
		t.Errorf("%s: status %d, %v, want %d", d.Type, status, err, want)
	}
}

func TestPayingFromStartToBalance(t *testing.T) {
	h, account := payingHouse(t)
	ada, user := h.customer("ada@example.org", 0)
	wallet := ada.get("/wallet").has("Add funds", "from $10.00 to $5,000.00", "Card, by Stripe").hasNot("test money", "not switched on")
	checkMarkup(t, "/wallet", wallet)
	ada.pay("25,50").leadsTo(account.URL + "/c/pay/cs_")
	made := account.Sessions()[0]
	back := strings.TrimPrefix(made.SuccessURL, h.url)
	if !strings.HasPrefix(back, "/wallet/payments/pay_") || made.Amount != 25_50 {
		t.Fatalf("session %+v", made)
	}
	// Coming back without having paid proves nothing.
	page := ada.get(back).has("Not paid yet", "Back to the payment page", "meta http-equiv=\"refresh\"").hasNot("was added")
	checkMarkup(t, back, page)
	ada.post(back+"/resume", nil).leadsTo(account.URL + "/c/pay/" + made.ID)
	grace := h.staff()
	grace.actFor(user)
	grace.get(back).has("Not paid yet").hasNot("/resume")
	grace.get("/wallet").has(onlyCustomer).hasNot(`action="/wallet/payments"`)
	account.Pay(made.ID)
	ada.get("/wallet").has("$0.00").hasNot("$25.50 </strong>")
	for range 3 {
		send(t, h, account.Delivery("checkout.session.completed", made.ID), http.StatusNoContent)
	}
	ada.get(back).has("Paid", "$25.50 was added to your balance", "You can now spend $25.50").hasNot("Back to the payment page")
	ada.get(back+"/live").has("$25.50 was added").hasNot("hx-get", "<html")
	ada.get("/wallet").has("$25.50", "Top-up", "All payments")
	checkMarkup(t, "/wallet/payments", ada.get("/wallet/payments").has("Paid", "$25.50"))
	ada.post(back+"/resume", nil).leadsTo(back)
	eve, _ := h.customer("eve@example.org", 0)
	for _, path := range []string{back, back + "/live"} {
		eve.get(path).is(http.StatusNotFound)
	}
	eve.post(back+"/resume", nil).is(http.StatusNotFound)
	eve.get("/wallet/payments").has("No payments yet")
}

// TestReturnPageFindsThePayment pays while the webhook is lost.
func TestReturnPageFindsThePayment(t *testing.T) {
	h, account := payingHouse(t)
	ada, user := h.customer("ada@example.org", 0)
	ada.pay("10").leadsTo(account.URL)
	made := account.Sessions()[0]
	account.Pay(made.ID)
	ada.get(strings.TrimPrefix(made.SuccessURL, h.url)).has("$10.00 was added to your balance")
	send(t, h, account.Delivery("checkout.session.completed", made.ID), http.StatusNoContent)
	if acc, err := h.engine.Balance(t.Context(), user.CustomerID); err != nil || acc.Balance != 10_00 {
		t.Errorf("balance %d, %v", acc.Balance, err)
	}
}

func TestPaymentPolicy(t *testing.T) {
	h, account := payingHouse(t)
	ada, _ := h.customer("ada@example.org", 0)
	policy := func(path string) string { return ada.get(path).Header.Get("Content-Security-Policy") }
	for _, path := range []string{"/wallet"} {
		if got := policy(path); !strings.Contains(got, "form-action 'self' "+account.URL+";") || strings.Count(got, "http") != 1 {
			t.Errorf("%s: %s", path, got)
		}
	}
	for _, path := range []string{"/domains", "/", "/wallet/payments"} {
		if got := policy(path); !strings.Contains(got, "form-action 'self';") || strings.Contains(got, "http") {
			t.Errorf("%s: %s", path, got)
		}
	}
}

func TestPayingRefused(t *testing.T) {
	h, account := payingHouse(t)
	ada, _ := h.customer("ada@example.org", 0)
	for amount, want := range map[string]string{"9.99": "between 10.00 USD and 5000.00 USD", "-50": "between", "": "is not an amount", "1e3": "is not an amount", "5000.01": "between"} {
		ada.pay(amount).is(http.StatusUnprocessableEntity).has(want)
	}
	if n := len(account.Sessions()); n != 0 {
		t.Errorf("%d sessions were made", n)
	}
	ada.post("/wallet/payments", url.Values{"key": {"x"}, "amount": {"20"}}).is(http.StatusBadRequest)
	bob, _ := h.customer("bob@example.org", 0)
	account.Break(stripetest.FaultPage)
	sorry := bob.pay("20").is(http.StatusServiceUnavailable).has("be reached just now. Please try again").hasNot(stripetest.ClientSecret)
	bob.post("/wallet/payments", url.Values{"key": {sorry.value("key")}, "amount": {"20"}}).leadsTo(account.URL)
	bob.get("/wallet/payments").has("$20.00")
	if n := strings.Count(bob.get("/wallet/payments").Body, `data-label="State"`); n != 1 {
		t.Errorf("trying again made %d payments", n)
	}
	for range 20 {
		if bob.pay("20").Status == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("cards can be tried without end")
}

func TestWebhookDoor(t *testing.T) {
	h, account := payingHouse(t)
	ada, _ := h.customer("ada@example.org", 0)
	ada.pay("20").leadsTo(account.URL)
	id := account.Sessions()[0].ID
	account.Pay(id)
	good := account.Delivery("checkout.session.completed", id)
	bent := func(f func(*stripetest.Delivery)) stripetest.Delivery { d := good; f(&d); return d }
	send(t, h, bent(func(d *stripetest.Delivery) { d.Secret = "whsec_guess" }), http.StatusBadRequest)
	send(t, h, bent(func(d *stripetest.Delivery) { d.At = d.At.Add(-time.Hour) }), http.StatusBadRequest)
	send(t, h, bent(func(d *stripetest.Delivery) { d.Version = "2099-01-01" }), http.StatusBadRequest)
	send(t, h, bent(func(d *stripetest.Delivery) { d.Object = map[string]any{"x": strings.Repeat("x", 300<<10)} }), http.StatusRequestEntityTooLarge)
	send(t, h, bent(func(d *stripetest.Delivery) { d.Type = "customer.created" }), http.StatusNoContent)
	if status, err := good.Send(h.url + "/webhooks/paypal"); err != nil || status != http.StatusNotFound {
		t.Errorf("another provider: %d, %v", status, err)
	}
	if n := account.Lookups(); n != 0 {
		t.Errorf("the provider was asked %d times", n)
	}
	account.Break(stripetest.FaultLimited)
	send(t, h, good, http.StatusServiceUnavailable)
	send(t, h, good, http.StatusNoContent)
	h.person().get("/webhooks/stripe").is(http.StatusNotFound)
	empty := h.person().do(h.person().request(http.MethodPost, "/webhooks/stripe", url.Values{})).is(http.StatusBadRequest)
	if empty.Body != "" {
		t.Errorf("a refusal says %q", empty.Body)
	}
}

func TestReviewByStaff(t *testing.T) {
	h, account := payingHouse(t)
	ada, user := h.customer("ada@example.org", 0)
	grace := h.staff()
	ada.pay("20").leadsTo(account.URL)
	made := account.Sessions()[0]
	account.Pay(made.ID)
	account.Change(made.ID, func(c *stripetest.Session) { c.Amount = 2_00 })
	send(t, h, account.Delivery("checkout.session.completed", made.ID), http.StatusNoContent)
	back := strings.TrimPrefix(made.SuccessURL, h.url)
	ada.get(back).has("Being looked at", "Your money is not lost").hasNot("2.00 USD was paid")
	path := "/admin/payments/" + strings.TrimPrefix(back, "/wallet/payments/")
	list := grace.get("/admin/payments").has("20.00 USD was started, but 2.00 USD was paid")
	checkMarkup(t, "/admin/payments", list)
	checkMarkup(t, path, grace.get(path).has("Why a person must look", made.ID))
	grace.post(path+"/recheck", nil).leadsTo(path)
	grace.get(path).has("The payment is: needs review.")
	grace.post(path+"/close", url.Values{"reason": {""}}).is(http.StatusUnprocessableEntity).has("Please say why")
	grace.post(path+"/close", url.Values{"reason": {"paid back by hand"}}).leadsTo(path)
	grace.get(path).has("Closed, not booked", "paid back by hand").hasNot("Ask the provider again")
	grace.get("/admin/payments?state=all").has("Closed, not booked")
	grace.get("/admin/customers/" + user.CustomerID).has("Closed, not booked")
	ada.get(back).has("without adding it to your balance").hasNot("paid back by hand")
	ada.get(path).leadsTo("/admin/sign-in")
}

func TestCreditsByStaff(t *testing.T) {
	h, _ := payingHouse(t)
	_, user := h.customer("ada@example.org", 0)
	grace := h.staff()
	_, err := h.engine.CreateStaff(t.Context(), registrar.System("test"), "Hedy", "hedy@registrar.example", goodPassword, registrar.RoleStaffOwner)
	h.must(err)
	hedy := h.person()
	hedy.post("/admin/sign-in", url.Values{"email": {"hedy@registrar.example"}, "password": {goodPassword}}).leadsTo("/admin")
	path := "/admin/customers/" + user.CustomerID
	form := func(direction, amount, reason string) url.Values {
		return url.Values{"key": {grace.get(path).value("key")}, "direction": {direction}, "amount": {amount}, "reason": {reason}}
	}
	first := form("credit", "150", "outage last week")
	for range 2 { // sent twice, booked once
		grace.post(path+"/adjust", first).leadsTo(path)
	}
	grace.get(path).has("Booked: $150.00.", "outage last week", "Booked").hasNot("$300.00")
	grace.post(path+"/adjust", form("debit", "30.00", "typing error")).leadsTo(path)
	grace.post(path+"/adjust", form("credit", "5", "")).is(http.StatusUnprocessableEntity).has("Please say why")
	grace.post(path+"/adjust", form("debit", "190", "too much")).leadsTo(path)
	checkMarkup(t, path, grace.get(path).has("It waits for somebody else", "Waits for a second person", "$120.00"))
	grace.get("/admin/approvals").has("You asked for this", "Withdraw").hasNot("Decide…")
	waiting := hedy.get("/admin/approvals").has("by Grace", "too much", "Debit of -$190.00", "Decide…")
	checkMarkup(t, "/admin/approvals", waiting)
	decide := "/admin/approvals/" + regexp.MustCompile(`/admin/approvals/(apr_[a-z0-9]+)`).FindStringSubmatch(waiting.Body)[1]
	grace.post(decide, url.Values{"as": {"approve"}}).is(http.StatusForbidden).has("Somebody else")
	hedy.post(decide, url.Values{"as": {"withdraw"}}).is(http.StatusForbidden).has("Only who asked")
	hedy.post(decide, url.Values{"as": {"approve"}}).is(http.StatusPaymentRequired)
	hedy.post(decide, url.Values{"as": {"perhaps"}}).is(http.StatusBadRequest)
	hedy.post(decide, url.Values{"as": {"refuse"}}).is(http.StatusUnprocessableEntity).has("Please say why")
	h.colleague("rosa", registrar.RoleStaffSupport).post(decide, url.Values{"as": {"approve"}}).is(http.StatusForbidden).has("Your role (support)")
	hedy.post(decide, url.Values{"as": {"refuse"}, "reason": {"there is not that much"}}).leadsTo("/admin/approvals")
	checkMarkup(t, "/admin/approvals", hedy.get("/admin/approvals?state=refused").has("there is not that much", "Refused", "by Hedy"))
	hedy.get(path).has("Declined", "there is not that much", "Hedy", "$120.00")
	acc, err := h.engine.Balance(t.Context(), user.CustomerID)
	if err != nil || acc.Balance != 120_00 {
		t.Errorf("balance %d, %v", acc.Balance, err)
	}
}

// TestWithoutProviders shows what a deployment has that takes no money itself.
func TestWithoutProviders(t *testing.T) {
	h, _ := payingHouse(t, func(o *registrar.Options) { o.Payments = nil })
	ada, _ := h.customer("ada@example.org", 0)
	ada.get("/wallet").has("not switched on yet").hasNot("Add funds")
	ada.post("/wallet/payments", url.Values{"key": {"6b3f7c54-6f0e-4f5e-9d0a-0a4a2f0c7d11"}, "amount": {"20"}}).is(http.StatusUnprocessableEntity).has("not switched on")
	sandbox, _ := payingHouse(t, func(o *registrar.Options) { o.Sandbox = true })
	bob, _ := sandbox.customer("bob@example.org", 5)
	bob.get("/wallet").has("Add funds", "only test cards work", "Top up with test money")
	if err := sandbox.engine.ReconcilePayments(context.Background()); err != nil {
		t.Error(fmt.Errorf("reconciling nothing: %w", err))
	}
}

// TestClosedCustomerInAdmin: staff see that an account is closed, and are
// offered no form that would be refused.
func TestClosedCustomerInAdmin(t *testing.T) {
	h, _ := payingHouse(t)
	_, user := h.customer("ada@example.org", 0)
	grace := h.staff()
	path := "/admin/customers/" + user.CustomerID
	grace.get(path).has("Credit or debit", path+"/adjust").hasNot("Closed")
	h.must(h.engine.CloseAccount(t.Context(), registrar.Actor{Kind: registrar.ActorCustomer, ID: user.ID}, user.CustomerID))
	page := grace.get(path).has("Closed", "The account is closed and takes no money.").hasNot(path + "/adjust")
	checkMarkup(t, path, page)
	grace.get("/admin/customers").has("Closed").hasNot("Ada ada")
	grace.post(path+"/adjust", url.Values{"key": {"6b3f7c54-6f0e-4f5e-9d0a-0a4a2f0c7d11"}, "direction": {"credit"}, "amount": {"5"}, "reason": {"late"}}).is(http.StatusForbidden).has("This account is closed.")
}
