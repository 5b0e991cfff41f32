package registrar_test

import (
	"testing"
	"time"

	"github.com/indera/indera/registrar"
)

func account(name, password string) registrar.SignUp {
	return registrar.SignUp{Name: name, Password: password}
}

// TestSignUpByMail: an account begins with the link, which proves the address
// and brings the basket along; it works once and for a day.
func TestSignUpByMail(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	stranger := registrar.Actor{Kind: registrar.ActorCustomer, IP: "198.51.100.9"}
	d.must(d.engine.RequestSignUp(ctx, stranger, " Eve@Example.org ", "bsk_1"))
	if _, err := d.store.UserByEmail(ctx, "eve@example.org"); !registrar.IsNotFound(err) {
		t.Errorf("there is a user before the link: %v", err)
	}
	code := d.ticket("sign_up", "eve@example.org")
	_, _, err := d.engine.FinishSignUp(ctx, stranger, code, account("", "correct horse"))
	wantKind(t, err, registrar.KindInvalid, "required")
	_, _, err = d.engine.FinishSignUp(ctx, stranger, code, account("Eve", "short"))
	wantKind(t, err, registrar.KindInvalid, "bad_password") // and the link still works
	_, err = d.engine.ResetPassword(ctx, stranger, code, "another horse battery")
	wantKind(t, err, registrar.KindInvalid, "bad_ticket") // each kind opens its own door
	user, basket, err := d.engine.FinishSignUp(ctx, stranger, code, account("Eve", "correct horse"))
	d.must(err)
	stored, err := d.store.User(ctx, user.ID)
	d.must(err)
	if basket != "bsk_1" || stored.Email != "eve@example.org" || stored.Role != registrar.RoleOwner || stored.EmailVerifiedAt == nil || stored.CustomerID == "" {
		t.Errorf("basket %q, user %+v", basket, stored)
	}
	_, err = d.engine.SignIn(ctx, "eve@example.org", "correct horse")
	d.must(err)
	_, _, err = d.engine.FinishSignUp(ctx, stranger, code, account("Eve", "correct horse"))
	wantKind(t, err, registrar.KindInvalid, "bad_ticket")
	d.noMail("verify_email", "eve@example.org") // proved already

	d.must(d.engine.RequestSignUp(ctx, stranger, "late@example.org", ""))
	late := d.ticket("sign_up", "late@example.org")
	d.clock.Advance(24 * time.Hour)
	_, _, err = d.engine.FinishSignUp(ctx, stranger, late, account("Late", "correct horse"))
	wantKind(t, err, registrar.KindInvalid, "bad_ticket")
}

// TestTwoLinksOneAccount: who asked twice may open either mail; the other link
// then opens nothing, least of all the account that there is.
func TestTwoLinksOneAccount(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	d.must(d.engine.RequestSignUp(ctx, registrar.Actor{}, "eve@example.org", ""))
	first := d.ticket("sign_up", "eve@example.org")
	d.must(d.engine.RequestSignUp(ctx, registrar.Actor{}, "eve@example.org", ""))
	second := d.ticket("sign_up", "eve@example.org")
	_, _, err := d.engine.FinishSignUp(ctx, registrar.Actor{}, first, account("Eve", "correct horse"))
	d.must(err)
	_, _, err = d.engine.FinishSignUp(ctx, registrar.Actor{}, second, account("Mallory", "another horse battery"))
	wantKind(t, err, registrar.KindInvalid, "bad_ticket")
	_, err = d.engine.SignIn(ctx, "eve@example.org", "correct horse")
	d.must(err)
}

// TestSignUpTellsNothing: for an address that has an account the answer and the
// work are the same; its owner is told, and no link is sent.
func TestSignUpTellsNothing(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	d.must(d.engine.RequestSignUp(ctx, registrar.Actor{IP: "198.51.100.9"}, "ADA@example.org", ""))
	d.mail("sign_up_again", "ada@example.org")
	d.noMail("sign_up", "ada@example.org")
}
