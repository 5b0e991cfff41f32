package registrar_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
)

// TestRemoveNoApp: removing an app that is not there changes, records and tells
// nothing.
func TestRemoveNoApp(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	wantKind(t, d.engine.RemoveTOTP(ctx, d.by, d.user, false), registrar.KindConflict, "no_totp")
	_, err := d.engine.BeginTOTP(ctx, d.user) // shown, not confirmed
	d.must(err)
	wantKind(t, d.engine.RemoveTOTP(ctx, d.by, d.user, false), registrar.KindConflict, "no_totp")
	d.noMail("second_factor_changed", "ada@example.org")
	events, err := d.store.AuditOf(ctx, "user", d.user.ID, registrar.Page{})
	d.must(err)
	for _, a := range events {
		if a.Action == "user.totp_remove" {
			t.Errorf("on record: %+v", a)
		}
	}
	d.enrol()
	d.must(d.engine.RemoveTOTP(ctx, d.by, d.user, false))
}

// TestRevokeOthersToken: a lesser user can't put the owner's programs out of
// order.
func TestRevokeOthersToken(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	bob := d.join("bob@example.org", registrar.RoleTechnical)
	byBob := registrar.Actor{Kind: registrar.ActorCustomer, ID: bob.ID}
	token := func(by registrar.Actor, u registrar.User) string {
		_, tok, err := d.engine.IssueToken(ctx, by, u, "billing", []registrar.Scope{registrar.ScopeDomainsRead}, nil)
		d.must(err)
		return tok.ID
	}
	adas, bobs, more := token(d.by, d.user), token(byBob, bob), token(byBob, bob)
	wantKind(t, d.engine.RevokeToken(ctx, byBob, d.customer.ID, adas), registrar.KindForbidden, "not_yours")
	d.must(d.engine.RevokeToken(ctx, byBob, d.customer.ID, bobs))
	d.must(d.engine.RevokeToken(ctx, d.by, d.customer.ID, more)) // an owner
	tokens, err := d.store.TokensOf(ctx, d.customer.ID)
	d.must(err)
	for _, tok := range tokens {
		if (tok.RevokedAt == nil) != (tok.ID == adas) {
			t.Errorf("%+v", tok)
		}
	}
}

// TestInvitationsPerDay: cancelling makes no room for more mail to strangers.
func TestInvitationsPerDay(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	d.verified()
	for i := range 30 {
		email := fmt.Sprintf("stranger-%d@example.org", i)
		d.must(d.engine.Invite(ctx, d.by, d.user, email, registrar.RoleReadOnly))
		d.must(d.engine.CancelInvitation(ctx, d.by, d.customer.ID, email))
	}
	wantKind(t, d.engine.Invite(ctx, d.by, d.user, "one-more@example.org", registrar.RoleReadOnly), registrar.KindConflict, "too_many_invitations")
	d.clock.Advance(24*time.Hour + time.Second)
	d.must(d.engine.Invite(ctx, d.by, d.user, "one-more@example.org", registrar.RoleReadOnly))
}

// TestNamesInInvitations: what goes to strangers carries no link of the sender.
func TestNamesInInvitations(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	d.verified()
	for i, name := range []string{"You won: https://evil.example", "visit evil.example now", "www evil", strings.Repeat("buy ", 30)} {
		d.user.Name = name
		email := fmt.Sprintf("stranger-%d@example.org", i)
		d.must(d.engine.Invite(ctx, d.by, d.user, email, registrar.RoleReadOnly))
		m := d.mail("invitation", email)
		if strings.Contains(m.Text+m.Subject, strings.TrimSpace(name)) || !strings.Contains(m.Text, "ada@example.org") {
			t.Errorf("%q: %s", name, m.Text)
		}
	}
	d.user.Name = "Dr. Ada King-Noel"
	d.must(d.engine.Invite(ctx, d.by, d.user, "friend@example.org", registrar.RoleReadOnly))
	if m := d.mail("invitation", "friend@example.org"); !strings.Contains(m.Text, d.user.Name) {
		t.Errorf("%s", m.Text)
	}
}
