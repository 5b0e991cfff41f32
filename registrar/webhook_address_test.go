package registrar_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store/storetest"
)

func (h *hooks) change(by registrar.Actor, w registrar.WebhookEndpoint, role registrar.Role, url string, kinds ...registrar.EventKind) error {
	h.t.Helper()
	_, err := h.engine.ChangeWebhook(h.t.Context(), by, w.ID, registrar.WebhookRequest{CustomerID: h.customer.ID, Role: role, URL: url, Kinds: kinds})
	return err
}

// TestWebhookNarrowed: what waits of a kind that was taken out of the choice is
// not sent, nor by a replay, and its log says why; chosen again, it can be.
func TestWebhookNarrowed(t *testing.T) {
	h := newHooks(t)
	w, _ := h.hook("https://a.example/in")
	h.happen("one")
	h.must(h.change(h.by, w, registrar.RoleOwner, w.URL, registrar.EventDomainRegistered))
	ping, err := h.engine.TestWebhook(t.Context(), h.by, h.customer.ID, w.ID, registrar.RoleOwner, nil)
	h.must(err)
	stop := h.send(h.engine, quick)
	h.settled(w, registrar.DeliveryDelivered, 1)
	d := h.settled(w, registrar.DeliveryDropped, 1)[0]
	if d.Kind != registrar.EventBalanceToppedUp || d.LastError != registrar.DeliveryUnwanted || d.FinishedAt == nil || d.Attempt != 0 {
		t.Errorf("dropped: %+v", d)
	}
	_, _, err = h.engine.ReplayWebhook(t.Context(), h.by, h.customer.ID, w.ID, registrar.RoleOwner, registrar.ReplayRequest{DeliveryID: d.ID})
	h.must(err)
	h.settled(w, registrar.DeliveryDropped, 1)
	if got := h.out.messages(w.URL); len(got) != 1 || !strings.Contains(string(got[0].Body), ping.EventID) {
		t.Errorf("sent %d messages", len(got))
	}
	if r := h.reread(w); r.Failures != 0 || r.OffAt != nil {
		t.Errorf("the endpoint pays for it: %+v", r)
	}
	stop()
	h.must(h.change(h.by, w, registrar.RoleOwner, w.URL))
	n, _, err := h.engine.ReplayWebhook(t.Context(), h.by, h.customer.ID, w.ID, registrar.RoleOwner, registrar.ReplayRequest{State: registrar.DeliveryDropped})
	if err != nil || n != 1 {
		t.Fatalf("%d replayed, %v", n, err)
	}
	h.send(h.engine, quick)
	h.settled(w, registrar.DeliveryDelivered, 2)
}

// TestWebhookAddressOfLesserRole: an address that a technical user chose gets no
// money, neither by an owner's wider choice nor from the queue.
func TestWebhookAddressOfLesserRole(t *testing.T) {
	h := newHooks(t)
	tech := h.mate("tech@example.org", registrar.RoleTechnical)
	by := registrar.Actor{Kind: registrar.ActorCustomer, ID: tech.ID}
	money := []registrar.EventKind{registrar.EventBalanceToppedUp, registrar.EventDomainRegistered}

	// Made by the technical user; an owner can't widen it, but may enter the address.
	theirs := h.hookOf(by, registrar.RoleTechnical, "https://tech.example/in")
	wantKind(t, h.change(h.by, theirs, registrar.RoleOwner, theirs.URL, money...), registrar.KindConflict, "address_of_lesser_role")
	h.must(h.change(h.by, theirs, registrar.RoleOwner, "https://ours.example/in", money...))
	wantKind(t, h.change(by, theirs, registrar.RoleTechnical, "https://tech.example/in"), registrar.KindForbidden, "role")

	// An owner's, narrowed; the technical user leads it elsewhere while money waits.
	owners, _ := h.hook("https://owner.example/in")
	h.happen("one")
	h.must(h.change(h.by, owners, registrar.RoleOwner, owners.URL, registrar.EventDomainRegistered))
	h.must(h.change(by, owners, registrar.RoleTechnical, "https://tech.example/other", registrar.EventDomainRegistered))
	wantKind(t, h.change(h.by, owners, registrar.RoleOwner, "https://tech.example/other"), registrar.KindConflict, "address_of_lesser_role")
	// Whatever wrote it, the sender judges once more.
	w := h.reread(owners)
	w.Kinds = nil
	h.must(h.store.InTx(t.Context(), func(tx registrar.Tx) error { return tx.ChangeWebhookEndpoint(t.Context(), w) }))
	h.send(h.engine, quick)
	if d := h.settled(owners, registrar.DeliveryDropped, 1)[0]; d.LastError != registrar.DeliveryBeyondRole {
		t.Errorf("dropped: %+v", d)
	}
	h.settled(theirs, registrar.DeliveryDelivered, 1)
	if n := len(h.out.messages("https://tech.example/other")); n != 0 {
		t.Errorf("%d messages went to the technical user's", n)
	}
}

// TestWebhookAddressGoesWithItsUser: leading an owner's webhook elsewhere makes
// it that user's; an owner who turns it on again answers for it.
func TestWebhookAddressGoesWithItsUser(t *testing.T) {
	h := newHooks(t)
	tech := h.mate("tech@example.org", registrar.RoleTechnical)
	by := registrar.Actor{Kind: registrar.ActorCustomer, ID: tech.ID}
	w, _ := h.hook("https://owner.example/", registrar.EventDomainRegistered)
	h.must(h.change(by, w, registrar.RoleTechnical, "https://tech.example/", registrar.EventDomainRegistered))
	byHand, _ := h.hook("https://second.example/", registrar.EventDomainRegistered)
	h.must(h.change(by, byHand, registrar.RoleTechnical, "https://tech.example/2", registrar.EventDomainRegistered))
	_, err := h.engine.ChangeWebhook(t.Context(), h.by, byHand.ID, registrar.WebhookRequest{CustomerID: h.customer.ID, Role: registrar.RoleOwner,
		URL: "https://tech.example/2", Kinds: []registrar.EventKind{registrar.EventDomainRegistered}, Off: true})
	h.must(err)
	h.must(h.engine.RemoveUser(t.Context(), h.by, h.customer.ID, tech.ID))
	for _, x := range []registrar.WebhookEndpoint{w, byHand} {
		if x = h.reread(x); x.OffWhy != registrar.OffMaker || x.OffAt == nil {
			t.Errorf("%s is off for %q", x.URL, x.OffWhy)
		}
	}
	h.must(h.change(h.by, w, registrar.RoleOwner, "https://tech.example/"))
	if w = h.reread(w); w.AddressBy != h.user.ID || w.OffAt != nil || len(w.Kinds) != 0 {
		t.Errorf("turned on again: %+v", w)
	}
}

// TestWebhookMadeWhileItsMakerGoes: whichever comes first, nothing that is on is
// left of a user who was removed, or may not have it any more.
func TestWebhookMadeWhileItsMakerGoes(t *testing.T) {
	h := newHooks(t)
	h.mate("owner@example.org", registrar.RoleOwner)
	as := func(u registrar.User) registrar.Actor {
		return registrar.Actor{Kind: registrar.ActorCustomer, ID: u.ID}
	}
	// The request came in before, and is written after.
	gone := h.mate("a@example.org", registrar.RoleTechnical)
	secret, token, err := h.engine.IssueToken(t.Context(), h.by, gone, "ci", []registrar.Scope{registrar.ScopeWebhooks}, nil)
	if err != nil || secret == "" {
		t.Fatal(err)
	}
	mine := h.hookOf(as(gone), registrar.RoleTechnical, "https://mine.example/")
	h.must(h.engine.RemoveUser(t.Context(), h.by, h.customer.ID, gone.ID))
	req := registrar.WebhookRequest{CustomerID: h.customer.ID, Role: registrar.RoleTechnical, URL: "https://late.example/"}
	for name, by := range map[string]registrar.Actor{"page": as(gone), "token": {Kind: registrar.ActorToken, ID: token.ID}} {
		_, _, err := h.engine.CreateWebhook(t.Context(), by, req)
		wantKind(t, err, registrar.KindForbidden, "role")
		wantKind(t, h.change(by, mine, registrar.RoleTechnical, "https://late.example/"), registrar.KindForbidden, "role")
		if t.Failed() {
			t.Fatal(name)
		}
	}
	if list, err := h.engine.Webhooks(t.Context(), h.customer.ID); err != nil || len(list) != 1 || list[0].OffWhy != registrar.OffMaker {
		t.Errorf("left: %+v, %v", list, err)
	}
}

// TestWebhookRacesRemoval lets both happen at once, on both databases.
func TestWebhookRacesRemoval(t *testing.T) {
	for _, on := range []string{"sqlite", "mysql"} {
		t.Run(on, func(t *testing.T) {
			h := newHooks(t)
			if on == "mysql" {
				h.store = storetest.OpenMySQL(t, h.clock)
				h.engine = h.replica("desk")
				var err error
				h.customer, h.user, err = h.engine.SignUp(t.Context(), registrar.Actor{Kind: registrar.ActorCustomer, IP: "192.0.2.1"},
					registrar.SignUp{Name: "Ada", Email: "ada@example.org", Password: "correct horse"})
				h.must(err)
				h.by = registrar.Actor{Kind: registrar.ActorCustomer, ID: h.user.ID}
			}
			now := h.clock.Now()
			for i := range 10 {
				u := registrar.User{ID: fmt.Sprintf("usr_%02d", i), CustomerID: h.customer.ID, Name: "Mate", Email: fmt.Sprintf("m%d@example.org", i),
					Role: registrar.RoleTechnical, CreatedAt: now, EmailVerifiedAt: &now}
				h.must(h.store.InTx(t.Context(), func(tx registrar.Tx) error { return tx.InsertUser(t.Context(), u) }))
				var both sync.WaitGroup
				both.Go(func() {
					_, _, err := h.engine.CreateWebhook(t.Context(), registrar.Actor{Kind: registrar.ActorCustomer, ID: u.ID},
						registrar.WebhookRequest{CustomerID: h.customer.ID, Role: u.Role, URL: "https://race.example/"})
					if err != nil && registrar.KindOf(err) != registrar.KindForbidden {
						t.Errorf("making: %v", err)
					}
				})
				both.Go(func() {
					if err := h.engine.RemoveUser(t.Context(), h.by, h.customer.ID, u.ID); err != nil {
						t.Errorf("removing: %v", err)
					}
				})
				both.Wait()
			}
			list, err := h.engine.Webhooks(t.Context(), h.customer.ID)
			h.must(err)
			if i := slices.IndexFunc(list, func(w registrar.WebhookEndpoint) bool { return w.OffAt == nil }); i >= 0 {
				t.Errorf("%s lives on without its maker", list[i].ID)
			}
		})
	}
}

func TestMaskedWebhookAddress(t *testing.T) {
	for address, want := range map[string]string{
		"https://a.example":                          "https://a.example",
		"https://a.example/":                         "https://a.example/",
		"https://a.example:8443/in":                  "https://a.example:8443/in",
		"https://a.example/in/":                      "https://a.example/in/",
		"https://a.example/services/T0/B0/s3cret":    "https://a.example/services/…",
		"https://a.example/in?token=s3cret":          "https://a.example/in?…",
		"https://a.example?token=s3cret":             "https://a.example/?…",
		"https://a.example/in/s3cret?token=s3cret#x": "https://a.example/in/…",
		"%": "…",
	} {
		w := registrar.WebhookEndpoint{URL: address, Sealed: "s3cret", PreviousSealed: "s3cret"}.Masked()
		if w.URL != want || w.Sealed != "" || w.PreviousSealed != "" {
			t.Errorf("%s is shown as %s", address, w.URL)
		}
	}
}

// TestWebhookAddressStaysSecret: neither mails nor evidence hold what lies behind
// the first segment.
func TestWebhookAddressStaysSecret(t *testing.T) {
	h := newHooks(t)
	h.post()
	w, _ := h.hook("https://hooks.example/services/s3cret")
	if m := h.mail("webhook_made", "ada@example.org"); strings.Contains(m.Text+m.HTML, "s3cret") || !strings.Contains(m.Text, "https://hooks.example/services/…") {
		t.Errorf("mailed: %s", m.Text)
	}
	h.must(h.change(h.by, w, registrar.RoleOwner, "https://hooks.example/services/s3cret2"))
	audits, err := h.store.AuditOf(t.Context(), "webhook", w.ID, registrar.Page{Limit: 10})
	h.must(err)
	moved := func(a registrar.AuditEvent) bool { return strings.Contains(fmt.Sprintf("%s", a.After), `"moved":true`) }
	if len(audits) != 2 || !slices.ContainsFunc(audits, moved) {
		t.Errorf("%d pieces of evidence: %s", len(audits), audits[0].After)
	}
	for _, a := range audits {
		if strings.Contains(fmt.Sprintf("%s%s", a.Before, a.After), "s3cret") {
			t.Errorf("evidence: %s", a.After)
		}
	}
}
