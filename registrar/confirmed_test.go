package registrar_test

import (
	"testing"

	"github.com/indera/indera/registrar"
)

// TestUnconfirmedAddress: who has not proved the address gets nothing that
// outlives a session; the ticket of the mail opens all of it.
func TestUnconfirmedAddress(t *testing.T) {
	h := newHooks(t)
	ctx := t.Context()
	_, eve, err := h.engine.SignUp(ctx, registrar.Actor{Kind: registrar.ActorCustomer}, registrar.SignUp{Name: "Eve", Email: "eve@example.org", Password: "correct horse"})
	h.must(err)
	by := registrar.Actor{Kind: registrar.ActorCustomer, ID: eve.ID}
	token := ""
	acts := map[string]func() error{
		"authenticator app": func() error { _, err := h.engine.BeginTOTP(ctx, eve); return err },
		"passkey":           func() error { _, err := h.engine.AddPasskey(ctx, by, eve, passkeyOf(1), ""); return err },
		"API token": func() (err error) {
			token, _, err = h.engine.IssueToken(ctx, by, eve, "ci", []registrar.Scope{registrar.ScopeWebhooks}, nil)
			return err
		},
		"webhook": func() error {
			_, _, err := h.engine.CreateWebhook(ctx, by, registrar.WebhookRequest{CustomerID: eve.CustomerID, Role: eve.Role, URL: "https://eve.example/"})
			return err
		},
		"invitation": func() error {
			user, err := h.store.User(ctx, eve.ID)
			h.must(err)
			return h.engine.Invite(ctx, by, user, "bob@example.org", registrar.RoleReadOnly)
		},
	}
	for name, act := range acts {
		t.Run(name, func(t *testing.T) { wantKind(t, act(), registrar.KindForbidden, "address_not_confirmed") })
	}
	if token != "" {
		t.Error("a token was made")
	}
	if codes, err := h.store.RecoveryLeft(ctx, eve.ID); err != nil || codes != 0 {
		t.Errorf("recovery codes %d, %v", codes, err)
	}
	h.post()
	_, err = h.engine.VerifyEmail(ctx, by, h.ticket("verify_email", "eve@example.org"))
	h.must(err)
	for name, act := range acts {
		if err := act(); err != nil {
			t.Errorf("%s afterwards: %v", name, err)
		}
	}
}

// TestTokenOfUnconfirmed: a token from before an address had to be confirmed
// can't make webhooks either.
func TestTokenOfUnconfirmed(t *testing.T) {
	h := newHooks(t)
	ctx := t.Context()
	_, eve, err := h.engine.SignUp(ctx, registrar.Actor{Kind: registrar.ActorCustomer}, registrar.SignUp{Name: "Eve", Email: "eve@example.org", Password: "correct horse"})
	h.must(err)
	old := registrar.APIToken{ID: "tok_old", CustomerID: eve.CustomerID, UserID: eve.ID, Name: "old", Digest: "d", Scopes: registrar.AllScopes, CreatedAt: h.engine.Now()}
	h.must(h.store.InTx(ctx, func(tx registrar.Tx) error { return tx.InsertToken(ctx, old) }))
	req := registrar.WebhookRequest{CustomerID: eve.CustomerID, Role: eve.Role, URL: "https://eve.example/"}
	_, _, err = h.engine.CreateWebhook(ctx, registrar.Actor{Kind: registrar.ActorToken, ID: old.ID}, req)
	wantKind(t, err, registrar.KindForbidden, "address_not_confirmed")
	h.confirm(eve.ID, "eve@example.org")
	_, _, err = h.engine.CreateWebhook(ctx, registrar.Actor{Kind: registrar.ActorToken, ID: old.ID}, req)
	h.must(err)
}

// TestMadeByOperator: whom the operator made counts as confirmed and gets no mail.
func TestMadeByOperator(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	_, user, err := d.engine.SignUp(ctx, registrar.System("admin create-user"), registrar.SignUp{Name: "Eve", Email: "eve@example.org", Password: "correct horse"})
	d.must(err)
	stored, err := d.store.User(ctx, user.ID)
	d.must(err)
	if user.EmailVerifiedAt == nil || stored.EmailVerifiedAt == nil {
		t.Errorf("not confirmed: %+v", stored)
	}
	_, _, err = d.engine.IssueToken(ctx, d.by, user, "ci", []registrar.Scope{registrar.ScopeDomainsRead}, nil)
	d.must(err)
	d.noMail("verify_email", "eve@example.org")
}

// TestNoMailNoConfirmation: where nobody could prove an address, nobody must.
func TestNoMailNoConfirmation(t *testing.T) {
	w := newWorld(t) // has no letters
	user, err := w.store.User(t.Context(), w.by.ID)
	if err != nil || user.EmailVerifiedAt != nil {
		t.Fatalf("user %+v, %v", user, err)
	}
	if _, _, err := w.engine.IssueToken(t.Context(), w.by, user, "ci", []registrar.Scope{registrar.ScopeDomainsRead}, nil); err != nil {
		t.Error(err)
	}
}
