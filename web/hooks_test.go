package web_test

import (
	"context"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/plugins/webhook"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/webhooksign"
)

// testHooks sends to the test's own machine only.
var testHooks = func() *webhook.Sender {
	pool := x509.NewCertPool()
	s := httptest.NewTLSServer(http.NotFoundHandler())
	pool.AddCert(s.Certificate()) // the same for all servers of httptest
	s.Close()
	return webhook.New(webhook.Options{AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, RootCAs: pool})
}()

var hookSecret = regexp.MustCompile(`id="secret">(whsec_[^<]+)<`)

// sendHooks carries webhooks until the test ends.
func (h *house) sendHooks() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := registrar.NewWebhookPost(h.engine, registrar.WebhookOptions{Poll: 10 * time.Millisecond}).Run(ctx); err != nil {
			h.t.Errorf("webhook post: %v", err)
		}
	}()
	h.t.Cleanup(func() { cancel(); <-done })
}

// tried waits until a try to reach a webhook is noted.
func (h *house) tried(w registrar.WebhookEndpoint) {
	h.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(20 * time.Second)
	for {
		now, err := h.engine.Webhook(h.t.Context(), w.CustomerID, w.ID)
		h.must(err)
		if now.Failures > 0 {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			h.t.Fatal("no try is noted")
		}
	}
}

func TestWebhookPages(t *testing.T) {
	h := newHouse(t)
	ada, user := h.customer("ada@example.org", 10)
	got := make(chan error, 10)
	secret := ""
	target := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			got <- err
			return
		}
		got <- webhooksign.Verify(r.Header.Get, body, secret, time.Now())
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte("short and <stout>"))
	}))
	defer target.Close()
	ada.get("/security").has("Webhooks and their log")
	ada.get("/security/webhooks").is(http.StatusOK).has("There are no webhooks yet.", "domain.registered").hasNot("registry.no_funds")
	for address, says := range map[string]string{"http://a.example/": "must begin with https://", "https://10.0.0.1/": "public addresses only"} {
		ada.post("/security/webhooks", url.Values{"url": {address}, "which": {"all"}}).is(http.StatusUnprocessableEntity).has(says, address)
	}
	ada.post("/security/webhooks", url.Values{"url": {target.URL}, "which": {"some"}}).is(http.StatusUnprocessableEntity).has("choose at least one event", target.URL)
	page := ada.post("/security/webhooks", url.Values{"url": {target.URL}, "which": {"some"}, "events": {"domain.registered", "domain.renewed"}}).is(http.StatusOK).has("shown this one time", "2 types")
	found := hookSecret.FindStringSubmatch(page.Body)
	if found == nil {
		t.Fatal("no secret")
	}
	secret = strings.ReplaceAll(found[1], "&#43;", "+")
	ada.get("/security/webhooks").hasNot("whsec_")
	hooks, err := h.engine.Webhooks(t.Context(), user.CustomerID)
	h.must(err)
	path := "/security/webhooks/" + hooks[0].ID
	delivery := ada.post(path+"/test", nil).leadsTo(path + "/deliveries/whd_").Header.Get("Location")
	ada.get(delivery).is(http.StatusOK).has("Not tried yet", "webhook.ping", hooks[0].ID, "http-equiv=\"refresh\"", delivery+"/live?n=1")
	ada.get(delivery+"/live?n=3").is(http.StatusOK).has("Not tried yet", "delay:2s", "/live?n=4").hasNot("<html", "What is sent")
	h.sendHooks()
	if err := <-got; err != nil {
		t.Errorf("the signature: %v", err)
	}
	h.tried(hooks[0])
	ada.get(delivery).has("short and &lt;stout&gt;", "answered 418")
	ada.get(path).is(http.StatusOK).has("webhook.ping", "418", "failed in a row")
	ada.get(path + "?state=delivered").has("None. Events")
	ada.post(path+"/replay", url.Values{"days": {"1"}, "state": {"pending"}}).leadsTo(path)
	ada.get(path).has("Queued again: 1.")
	if err := <-got; err != nil {
		t.Error(err)
	}
	ada.post(path+"/replay", url.Values{"days": {"900"}}).is(http.StatusBadRequest)
	ada.post(path, url.Values{"url": {"http://x/"}, "which": {"all"}}).is(http.StatusUnprocessableEntity).has("must begin with https://")
	ada.post(path, url.Values{"url": {target.URL}, "which": {"all"}, "off": {"1"}}).leadsTo(path)
	ada.get(path).has("Turned off by hand").hasNot("Send a test")
	ada.get(delivery).hasNot("hx-get", "http-equiv=\"refresh\"") // nothing more happens by itself
	ada.post(path+"/secret", nil).is(http.StatusOK).has("whsec_", "the old secret, too")
	eve, _ := h.customer("eve@example.org", 0)
	eve.get(path).is(http.StatusNotFound)
	eve.get(delivery).is(http.StatusNotFound)
	eve.get(delivery + "/live").is(http.StatusNotFound)
	eve.post(path+"/remove", nil).is(http.StatusNotFound)
	ada.post(path+"/remove", nil).leadsTo("/security/webhooks")
	ada.get(path).is(http.StatusNotFound)
}

// TestWebhookPagesOfRole: who may not see money sees that an owner's webhook is
// there, nothing of its log and no control; removing one needs a proof.
func TestWebhookPagesOfRole(t *testing.T) {
	h := frozenHouse(t)
	ada, user := h.customer("ada@example.org", 10)
	ada.post("/security/webhooks", url.Values{"url": {"https://127.0.0.1:9443/ada/hush"}, "which": {"all"}}).is(http.StatusOK)
	hooks, err := h.engine.Webhooks(t.Context(), user.CustomerID)
	h.must(err)
	path := "/security/webhooks/" + hooks[0].ID
	delivery := ada.post(path+"/test", nil).leadsTo(path + "/deliveries/whd_").Header.Get("Location")
	h.clock.Advance(registrar.ProofLife)
	ada.post(path+"/remove", nil).is(http.StatusForbidden).has("Confirm that it is you")
	h.must(h.store.InTx(t.Context(), func(tx registrar.Tx) error { return tx.SetRole(t.Context(), user.ID, registrar.RoleTechnical) }))
	ada.get("/security/webhooks").is(http.StatusOK).has("https://127.0.0.1:9443/ada/…").hasNot("hush")
	ada.get(path).is(http.StatusOK).has("events that your role does not allow").hasNot("Deliveries", "Send a test", "Send again", "Remove…", "Save", "hush")
	ada.get(delivery).is(http.StatusForbidden)
	ada.post(delivery+"/replay", nil).is(http.StatusForbidden)
	ada.post(path+"/test", nil).is(http.StatusForbidden)
	ada.post(path+"/remove", url.Values{"_password": {goodPassword}}).is(http.StatusForbidden).has("your role does not allow")
	if _, err := h.engine.Webhook(t.Context(), user.CustomerID, hooks[0].ID); err != nil {
		t.Errorf("gone: %v", err)
	}
}

func TestWebhookPagesOfStaff(t *testing.T) {
	h := newHouse(t)
	ada, user := h.customer("ada@example.org", 0)
	ada.post("/security/webhooks", url.Values{"url": {"https://127.0.0.1:9443/ada/hush"}, "which": {"all"}}).is(http.StatusOK)
	hooks, err := h.engine.Webhooks(t.Context(), user.CustomerID)
	h.must(err)
	ada.get("/security/webhooks/"+hooks[0].ID).is(http.StatusOK).has("https://127.0.0.1:9443/ada/hush", "Remove…")
	ada.post("/security/webhooks/"+hooks[0].ID+"/test", nil).leadsTo("/security/webhooks/")
	staff := h.staff()
	staff.get("/admin/webhooks?state=pending").is(http.StatusOK).has("There are no webhooks yet", "registry.no_funds", "https://127.0.0.1:9443/ada/…", "webhook.ping", "1 event waits").hasNot("hush")
	staff.post("/admin/webhooks", url.Values{"url": {"https://127.0.0.1:9443/ours/hush"}, "which": {"all"}}).is(http.StatusOK).has("whsec_")
	ours, err := h.engine.Webhooks(t.Context(), "")
	h.must(err)
	staff.get("/admin/webhooks/"+ours[0].ID).is(http.StatusOK).has("https://127.0.0.1:9443/ours/hush", "Send a test", "Remove…")
	staff.get("/admin/webhooks/" + hooks[0].ID).is(http.StatusNotFound) // customers' are managed by customers
	ada.get("/security/webhooks/" + ours[0].ID).is(http.StatusNotFound)
	_, err = h.engine.CreateStaff(t.Context(), registrar.System("test"), "Sam", "sam@registrar.example", goodPassword, registrar.RoleStaffSupport)
	h.must(err)
	support := h.person()
	support.post("/admin/sign-in", url.Values{"email": {"sam@registrar.example"}, "password": {goodPassword}}).leadsTo("/admin")
	for _, page := range []string{"/admin/webhooks", "/admin/webhooks/" + ours[0].ID} {
		support.get(page).is(http.StatusOK).has("https://127.0.0.1:9443/ours/…").hasNot("hush", "Remove…")
	}
	staff.actFor(user)
	for _, page := range []string{"/security/webhooks", "/security/webhooks/" + hooks[0].ID} {
		staff.get(page).is(http.StatusOK).has("https://127.0.0.1:9443/ada/…").hasNot("hush", "Remove…", "Make the webhook")
	}
}

// TestStaffOpenAnybodysDelivery: staff see what became of a customer's event, not
// what is the customer's own; who may manage webhooks sends it again.
func TestStaffOpenAnybodysDelivery(t *testing.T) {
	h := newHouse(t)
	ada, user := h.customer("ada@example.org", 0)
	target := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte("their own words"))
	}))
	defer target.Close()
	ada.post("/security/webhooks", url.Values{"url": {target.URL + "/in?token=hush"}, "which": {"all"}}).is(http.StatusOK)
	hooks, err := h.engine.Webhooks(t.Context(), user.CustomerID)
	h.must(err)
	hook := hooks[0]
	d, err := h.engine.TestWebhook(t.Context(), registrar.Actor{Kind: registrar.ActorCustomer, ID: user.ID}, user.CustomerID, hook.ID, registrar.RoleOwner, nil)
	h.must(err)
	h.sendHooks()
	h.tried(hook)
	staff, path := h.staff(), "/admin/webhooks/deliveries/"+d.ID
	staff.get("/admin/webhooks?state=pending").has(path, target.URL+"/in?…").hasNot("hush")
	for _, page := range []string{path, path + "/live"} {
		staff.get(page).is(http.StatusOK).has(target.URL+"/in?…", "answered 418", "their own words").hasNot("hush", hook.Sealed)
	}
	staff.get(path).has("webhook.ping", "Send again", hook.ID)
	staff.post(path+"/replay", nil).leadsTo(path)
	staff.get("/admin/webhooks/deliveries/whd_none").is(http.StatusNotFound)
	audits, err := h.engine.Read().AuditOf(t.Context(), "webhook", hook.ID, registrar.Page{Limit: 10})
	h.must(err)
	if audits[0].Action != "webhook.replay" || audits[0].By.Kind != registrar.ActorStaff {
		t.Errorf("evidence %+v", audits[0])
	}

	_, err = h.engine.CreateStaff(t.Context(), registrar.System("test"), "Sam", "sam@registrar.example", goodPassword, registrar.RoleStaffSupport)
	h.must(err)
	support := h.person()
	support.post("/admin/sign-in", url.Values{"email": {"sam@registrar.example"}, "password": {goodPassword}}).leadsTo("/admin")
	support.get(path).is(http.StatusOK).has("answered 418").hasNot("their own words", "Send again", "hush")
	support.post(path+"/replay", nil).is(http.StatusForbidden)
	ada.get(path).hasNot("webhook.ping")

	ada.post("/security/webhooks/"+hook.ID+"/remove", nil).leadsTo("/security/webhooks")
	staff.get(path).is(http.StatusOK).has("was removed").hasNot("Send again", "hx-get")
	staff.post(path+"/replay", nil).is(http.StatusConflict)
}
