package registrar

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// SendVerification mails a link that proves the user's address. An address that
// is proved already is left alone.
func (e *Engine) SendVerification(ctx context.Context, by Actor, user User) error {
	if user.EmailVerifiedAt != nil {
		return nil
	}
	if err := e.canMailSecrets(); err != nil {
		return err
	}
	err := e.store.InTx(ctx, func(tx Tx) error { return e.writeVerification(ctx, tx, user) })
	if err != nil {
		return fmt.Errorf("sending a verification: %w", err)
	}
	e.notice.publish()
	return nil
}

func (e *Engine) writeVerification(ctx context.Context, tx Tx, user User) error {
	letter, err := e.letterFor(ctx, tx, user, user.Email, "verify_email", nil)
	if err != nil {
		return err
	}
	return e.sendTicket(ctx, tx, Ticket{Kind: TicketVerify, UserID: user.ID, Email: user.Email}, letter)
}

// VerifyEmail proves an address by its ticket. The address must still be the
// user's.
func (e *Engine) VerifyEmail(ctx context.Context, by Actor, code string) (User, error) {
	var user User
	err := e.store.InTx(ctx, func(tx Tx) error {
		t, err := e.useTicket(ctx, tx, code, TicketVerify)
		if err != nil {
			return err
		}
		ok, err := tx.VerifyEmail(ctx, t.UserID, t.Email, e.Now())
		if err == nil && !ok {
			err = errTicket
		}
		if err != nil {
			return err
		}
		if by.ID == "" {
			by.ID = t.UserID
		}
		if user, err = tx.User(ctx, t.UserID); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.audit(by, "user.email_verified", "user", t.UserID, "", nil, map[string]string{"email": t.Email}))
	})
	if err != nil {
		return User{}, fmt.Errorf("verifying an address: %w", err)
	}
	return user, nil
}

// RequestEmailChange asks the new address to confirm and tells the old one, with
// a link for who did not ask for it.
// Whether somebody else has the new address does not show: then its owner is
// told by mail instead.
func (e *Engine) RequestEmailChange(ctx context.Context, by Actor, user User, email string) error {
	if err := e.canMailSecrets(); err != nil {
		return err
	}
	address, err := NormalizeEmail(email)
	if err != nil {
		return err
	}
	if address = strings.ToLower(address); address == user.Email {
		return InvalidField("email", "same_email", "This is your address already.")
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		if err := e.askNewAddress(ctx, tx, user, address); err != nil {
			return err
		}
		letter, err := e.letterFor(ctx, tx, user, user.Email, "email_change_asked", map[string]any{"New": address, "IP": by.IP})
		if err != nil {
			return err
		}
		if err := e.sendTicket(ctx, tx, Ticket{Kind: TicketDeny, UserID: user.ID, Email: user.Email}, letter); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.audit(by, "user.email_change_request", "user", user.ID, "", nil, map[string]string{"email": address}))
	})
	if err != nil {
		return fmt.Errorf("asking for a change of address: %w", err)
	}
	e.notice.publish()
	return nil
}

func (e *Engine) askNewAddress(ctx context.Context, tx Tx, user User, address string) error {
	owner, err := tx.UserByEmail(ctx, address)
	switch {
	case IsNotFound(err):
		letter, err := e.letterFor(ctx, tx, user, address, "email_change_confirm", map[string]any{"New": address})
		if err != nil {
			return err
		}
		return e.sendTicket(ctx, tx, Ticket{Kind: TicketMove, UserID: user.ID, Email: address}, letter)
	case err != nil:
		return err
	}
	return e.writeUserMail(ctx, tx, owner, owner.Email, "address_in_use", nil)
}

// ConfirmEmailChange moves a user to the address that the ticket was sent to
// and tells the old one.
func (e *Engine) ConfirmEmailChange(ctx context.Context, by Actor, code string) (User, error) {
	var user User
	err := e.store.InTx(ctx, func(tx Tx) error {
		t, err := e.useTicket(ctx, tx, code, TicketMove)
		if err != nil {
			return err
		}
		if user, err = tx.User(ctx, t.UserID); err != nil {
			return err
		}
		if user.DisabledAt != nil {
			return errTicket
		}
		if by.ID == "" {
			by.ID = user.ID
		}
		if err := tx.MoveEmail(ctx, user, t.Email, e.Now()); err != nil {
			return err
		}
		// A link to the old address must open nothing any more.
		for _, kind := range []TicketKind{TicketReset, TicketVerify, TicketDeny} {
			if err := tx.CancelTickets(ctx, user.ID, kind, e.Now()); err != nil {
				return err
			}
		}
		if err := e.writeUserMail(ctx, tx, user, user.Email, "email_changed", map[string]any{"New": t.Email}); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.audit(by, "user.email_change", "user", user.ID, "",
			map[string]string{"email": user.Email}, map[string]string{"email": t.Email}))
	})
	var known *Error
	if errors.As(err, &known) && known.Code == "email_taken" {
		return User{}, errTicket // whose it is now is not the asker's to know
	}
	if err != nil {
		return User{}, fmt.Errorf("changing an address: %w", err)
	}
	e.notice.publish()
	return user, nil
}
