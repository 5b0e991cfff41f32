package registrar

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// ConfirmsSignUps reports whether accounts are opened by a link in a mail
// (RequestSignUp, FinishSignUp). Where no mail with secrets can be sent, SignUp
// makes them at once, and then tells when an address has one.
func (e *Engine) ConfirmsSignUps() bool { return e.canMailSecrets() == nil }

// RequestSignUp mails a link by which an account can be opened for the address.
// basket is what the visitor has chosen so far ("" = nothing); it comes along to
// whatever browser opens the link.
//
// Whether the address has an account does not show: the answer is the same and
// the same work is done. Then its owner gets the mail instead, which says so and
// leads to the sign-in. Nobody is asked for a password before the address is
// proved, so nobody can prepare an account for somebody else. Callers limit the
// rate.
func (e *Engine) RequestSignUp(ctx context.Context, by Actor, email, basket string) error {
	if err := e.canMailSecrets(); err != nil {
		return err
	}
	address, err := NormalizeEmail(email)
	if err != nil {
		return err // tells about the form of the address alone
	}
	address = strings.ToLower(address)
	err = e.store.InTx(ctx, func(tx Tx) error {
		owner, err := tx.UserByEmail(ctx, address)
		if IsNotFound(err) {
			letter := letterTo{to: address, language: "en", template: "sign_up", data: map[string]any{"Email": address, "IP": by.IP}}
			return e.sendTicket(ctx, tx, Ticket{Kind: TicketSignUp, Email: address, Basket: basket}, letter)
		}
		if err != nil {
			return err
		}
		return e.tellHolder(ctx, tx, by, owner)
	})
	if err != nil {
		return fmt.Errorf("asking for an account: %w", err)
	}
	e.notice.publish()
	return nil
}

// tellHolder tells who has the address. It writes as much as a real request does: a ticket that opens nothing,
// a mail, and the audit event in place of the sealed secret.
func (e *Engine) tellHolder(ctx context.Context, tx Tx, by Actor, owner User) error {
	code, err := newSecret()
	if err != nil {
		return err
	}
	if _, err := e.opt.Seal.Seal(secretPlace(code), []byte(code)); err != nil {
		return fmt.Errorf("sealing: %w", err)
	}
	now := e.Now()
	if err := tx.InsertTicket(ctx, Ticket{Digest: digest(code), Kind: TicketSignUp, CreatedAt: now, ExpiresAt: now, UsedAt: &now}); err != nil {
		return err
	}
	if owner.DisabledAt == nil {
		if err := e.writeUserMail(ctx, tx, owner, owner.Email, "sign_up_again", map[string]any{"IP": by.IP}); err != nil {
			return err
		}
	}
	return tx.InsertAudit(ctx, e.sessionAudit(by, owner.ID, "user.sign_up_again", nil))
}

// FinishSignUp makes the customer with its first user, whose address the ticket
// proves. It returns the basket that was chosen before, "" = none.
func (e *Engine) FinishSignUp(ctx context.Context, by Actor, code string, s SignUp) (User, string, error) {
	t, err := e.ticket(ctx, e.store, code, TicketSignUp)
	if err != nil {
		return User{}, "", err // before the costly hash
	}
	s.Email = t.Email
	cus, usr, err := e.newAccount(s)
	if err != nil {
		return User{}, "", err
	}
	usr.EmailVerifiedAt = &cus.CreatedAt
	err = e.openAccount(ctx, by, cus, usr, func(tx Tx) error {
		t, err = e.useTicket(ctx, tx, code, TicketSignUp)
		return err
	})
	var known *Error
	if errors.As(err, &known) && known.Code == "email_taken" {
		return User{}, "", errTicket // opened by another such link since
	}
	if err != nil {
		return User{}, "", err
	}
	return usr, t.Basket, nil
}
