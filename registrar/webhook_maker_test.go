package registrar_test

import (
	"slices"
	"testing"

	"github.com/indera/indera/registrar"
)

// mate adds a user of a role to the customer, who joins by an invitation.
func (h *hooks) mate(email string, role registrar.Role) registrar.User {
	h.t.Helper()
	now := h.clock.Now()
	u := registrar.User{ID: "usr_" + string(role), CustomerID: h.customer.ID, Name: "Mate", Email: email, Role: role, CreatedAt: h.clock.Now(), EmailVerifiedAt: &now}
	h.must(h.store.InTx(h.t.Context(), func(tx registrar.Tx) error { return tx.InsertUser(h.t.Context(), u) }))
	return u
}

func (h *hooks) hookOf(by registrar.Actor, role registrar.Role, url string) registrar.WebhookEndpoint {
	h.t.Helper()
	w, _, err := h.engine.CreateWebhook(h.t.Context(), by, registrar.WebhookRequest{CustomerID: h.customer.ID, Role: role, URL: url})
	h.must(err)
	return w
}

// TestWebhooksGoWithTheirMaker: nothing is sent on to what a user made who was
// removed, or lost the right, by page or by token; what others made goes on.
func TestWebhooksGoWithTheirMaker(t *testing.T) {
	h := newHooks(t)
	h.post()
	ctx := t.Context()
	off := func(w registrar.WebhookEndpoint) registrar.WebhookOff { t.Helper(); return h.reread(w).OffWhy }
	bob := h.mate("bob@example.org", registrar.RoleOwner)
	bobs := h.hookOf(registrar.Actor{Kind: registrar.ActorCustomer, ID: bob.ID}, registrar.RoleOwner, "https://bob.example/")
	h.mail("webhook_made", "ada@example.org")
	_, token, err := h.engine.IssueToken(ctx, h.by, bob, "ci", []registrar.Scope{registrar.ScopeWebhooks}, nil)
	h.must(err)
	byToken := h.hookOf(registrar.Actor{Kind: registrar.ActorToken, ID: token.ID}, registrar.RoleOwner, "https://token.example/")
	adas, _ := h.hook("https://ada.example/")
	names, err := h.engine.WebhookMakers(ctx, h.customer.ID, bobs, byToken, adas)
	if err != nil || names[bobs.ID] != "Mate" || names[byToken.ID] != "Mate" || names[adas.ID] != h.user.Name {
		t.Errorf("made by %v, %v", names, err)
	}

	// A technical user may have webhooks, but none that tell of money.
	h.must(h.engine.ChangeRole(ctx, h.by, h.customer.ID, bob.ID, registrar.RoleTechnical))
	if off(bobs) != registrar.OffMaker || off(byToken) != registrar.OffMaker || off(adas) != "" {
		t.Errorf("after another role: %q, %q, %q", off(bobs), off(byToken), off(adas))
	}
	h.mail("webhook_off", "ada@example.org")
	technical := h.hookOf(registrar.Actor{Kind: registrar.ActorCustomer, ID: bob.ID}, registrar.RoleTechnical, "https://tech.example/")
	h.must(h.engine.RemoveUser(ctx, h.by, h.customer.ID, bob.ID))
	if off(technical) != registrar.OffMaker || off(adas) != "" {
		t.Errorf("after removal: %q, %q", off(technical), off(adas))
	}
	h.happen("money")
	if n := len(h.deliveries(adas, "")); n != 1 {
		t.Errorf("the owner's got %d", n)
	}
	if names, err = h.engine.WebhookMakers(ctx, h.customer.ID, bobs); err != nil || names[bobs.ID] != "" {
		t.Errorf("made by %v, %v", names, err)
	}
	audits, err := h.store.AuditOf(ctx, "webhook", technical.ID, registrar.Page{Limit: 10})
	if err != nil || !slices.ContainsFunc(audits, func(a registrar.AuditEvent) bool { return a.Action == "webhook.off" }) {
		t.Errorf("%+v, %v", audits, err)
	}
}
