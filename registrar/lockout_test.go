package registrar_test

import (
	"testing"

	"github.com/indera/indera/registrar"
)

// TestStolenSessionMovesNothing: a change of address that a thief asked for ends
// with every act by which the user shuts the thief out.
func TestStolenSessionMovesNothing(t *testing.T) {
	for name, shut := range map[string]func(d *desk, thief registrar.Session){
		"reset of the password": func(d *desk, _ registrar.Session) {
			d.must(d.engine.RequestReset(d.t.Context(), registrar.Actor{}, "ada@example.org"))
			_, err := d.engine.ResetPassword(d.t.Context(), registrar.Actor{}, d.ticket("password_reset", "ada@example.org"), "another horse battery")
			d.must(err)
		},
		"change of the password": func(d *desk, _ registrar.Session) {
			d.must(d.engine.ChangePassword(d.t.Context(), d.by, d.user, "correct horse", "another horse battery", ""))
		},
		"sign out everywhere else": func(d *desk, _ registrar.Session) {
			_, err := d.engine.EndOtherSessions(d.t.Context(), d.by, d.user.ID, "")
			d.must(err)
		},
		"sign out that browser": func(d *desk, thief registrar.Session) {
			d.must(d.engine.EndSession(d.t.Context(), d.by, d.user.ID, thief.ID, registrar.EndElsewhere))
		},
		"this was not me": func(d *desk, _ registrar.Session) {
			d.must(d.engine.DenyEmailChange(d.t.Context(), registrar.Actor{}, d.ticket("email_change_asked", "ada@example.org")))
		},
		"an older mail: this was not me": func(d *desk, _ registrar.Session) {
			first := d.ticket("email_change_asked", "ada@example.org")
			d.must(d.engine.RequestEmailChange(d.t.Context(), d.by, d.user, "mallory@example.org"))
			d.ticket("email_change_asked", "ada@example.org")
			d.must(d.engine.DenyEmailChange(d.t.Context(), registrar.Actor{}, first))
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			thief := d.enter("thief")
			d.must(d.engine.RequestEmailChange(t.Context(), d.by, d.user, "mallory@example.org"))
			code := d.ticket("email_change_confirm", "mallory@example.org")
			shut(d, thief)
			wantKind(t, d.open(thief), registrar.KindUnauthenticated, "signed_out")
			_, err := d.engine.ConfirmEmailChange(t.Context(), registrar.Actor{}, code)
			wantKind(t, err, registrar.KindInvalid, "bad_ticket")
			user, err := d.store.User(t.Context(), d.user.ID)
			d.must(err)
			if user.Email != "ada@example.org" {
				t.Errorf("the account is now of %s", user.Email)
			}
		})
	}
}

// TestDenyOnce: the link works once, is put on record, and opens nothing after
// the address has changed.
func TestDenyOnce(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	d.must(d.engine.RequestEmailChange(ctx, d.by, d.user, "ada@new.example"))
	deny := d.ticket("email_change_asked", "ada@example.org")
	d.must(d.engine.DenyEmailChange(ctx, registrar.Actor{IP: "192.0.2.9"}, deny))
	wantKind(t, d.engine.DenyEmailChange(ctx, registrar.Actor{}, deny), registrar.KindInvalid, "bad_ticket")
	events, err := d.store.AuditOf(ctx, "user", d.user.ID, registrar.Page{Limit: 50})
	d.must(err)
	seen := false
	for _, a := range events {
		seen = seen || a.Action == "user.email_change_deny" && a.By.IP == "192.0.2.9" && a.By.ID == d.user.ID
	}
	if !seen {
		t.Errorf("nothing on record: %+v", events)
	}
	d.must(d.engine.RequestEmailChange(ctx, d.by, d.user, "ada@new.example"))
	deny = d.ticket("email_change_asked", "ada@example.org")
	d.box.take("email_change_confirm", "ada@new.example") // the first one, stopped
	d.flush()
	_, err = d.engine.ConfirmEmailChange(ctx, d.by, d.ticket("email_change_confirm", "ada@new.example"))
	d.must(err)
	wantKind(t, d.engine.DenyEmailChange(ctx, registrar.Actor{}, deny), registrar.KindInvalid, "bad_ticket")
}
