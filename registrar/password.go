package registrar

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"

	"github.com/indera/indera/registrar/guess"
)

// UserWriter is the part of Tx that changes users.
type UserWriter interface {
	SetPassword(ctx context.Context, userID, hash string) error
	// VerifyEmail notes that a user reads the mail of an address, when it still is
	// the user's; ok is false when it is not.
	VerifyEmail(ctx context.Context, userID, email string, at time.Time) (ok bool, err error)
	// MoveEmail gives a user another, verified address; KindConflict email_taken
	// when somebody has it.
	MoveEmail(ctx context.Context, u User, email string, at time.Time) error
}

// hashPassword checks a new password and returns its hash. about is what
// somebody who knows the person would try first.
func (e *Engine) hashPassword(password string, about ...string) (string, error) {
	if n := len([]rune(password)); n < minPassword || n > maxPassword {
		return "", InvalidField("password", "bad_password", "Please choose a password of %d to %d characters.", minPassword, maxPassword)
	}
	bits, err := guess.Bits(password, append(about, e.opt.Issuer, "Indera")...)
	if err != nil {
		return "", fmt.Errorf("judging a password: %w", err)
	}
	if bits < minBits {
		return "", InvalidField("password", "weak_password", "This password is guessed soon: it is made of common words, rows of keys, repeats, or your own name. Three or four words that don't belong together are hard to guess.")
	}
	hash, err := argon2id.CreateHash(password, hashParams)
	if err != nil {
		return "", fmt.Errorf("hashing password: %w", err)
	}
	return hash, nil
}

// CheckPassword proves that a signed-in person knows the user's password;
// callers limit the rate.
func (e *Engine) CheckPassword(user User, password string) error {
	wrong := Errorf(KindUnauthenticated, "wrong_password", "The password is wrong.")
	wrong.Field = "current"
	if len(password) > maxGiven {
		return wrong
	}
	match, err := argon2id.ComparePasswordAndHash(password, user.PasswordHash)
	if err != nil {
		return fmt.Errorf("comparing password: %w", err)
	}
	if !match {
		return wrong
	}
	return nil
}

// ChangePassword sets a new password for somebody who knows the old one. All
// sessions but keep end; the user is told by mail.
func (e *Engine) ChangePassword(ctx context.Context, by Actor, user User, old, fresh, keep string) error {
	if err := e.failed(ctx, by, user, TryProof, e.CheckPassword(user, old)); err != nil {
		return err
	}
	hash, err := e.hashPassword(fresh, user.Name, user.Email)
	if err != nil {
		return err
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		return e.setPassword(ctx, tx, by, user, hash, keep, "user.password_change")
	})
	if err != nil {
		return fmt.Errorf("changing password: %w", err)
	}
	e.notice.publish()
	return nil
}

// setPassword is what every change of a password does. Whoever was in before may
// not have been the user: sessions end, and with them what they left open.
func (e *Engine) setPassword(ctx context.Context, tx Tx, by Actor, user User, hash, keep, action string) error {
	now := e.Now()
	if err := tx.SetPassword(ctx, user.ID, hash); err != nil {
		return err
	}
	ended, err := e.shutOut(ctx, tx, user.ID, keep, EndPassword)
	if err != nil {
		return err
	}
	if err := e.cancelTickets(ctx, tx, user.ID, TicketReset, TicketStaffReset); err != nil {
		return err
	}
	if err := tx.InsertAudit(ctx, e.sessionAudit(by, user.ID, action, map[string]any{"sessions_ended": ended})); err != nil {
		return err
	}
	return e.writeUserMail(ctx, tx, user, user.Email, "password_changed", map[string]any{"At": now, "IP": by.IP})
}

// RequestReset sends a link to choose a new password. Whether the address has
// an account does not show: the answer is the same, and for an unknown address
// the same work is done, but for queueing the mail. Callers limit the rate.
//
// Staff have a door of their own: RequestStaffReset.
func (e *Engine) RequestReset(ctx context.Context, by Actor, email string) error {
	return e.requestReset(ctx, by, email, TicketReset, func(u User) (bool, error) { return u.CustomerID != "", nil })
}

// RequestStaffReset is RequestReset at the admin door. Unless alone is true, which
// says that staff of this deployment come in by a password alone, only who has a
// second factor is sent a link: a mailbox must not open the admin pages.
func (e *Engine) RequestStaffReset(ctx context.Context, by Actor, email string, alone bool) error {
	return e.requestReset(ctx, by, email, TicketStaffReset, func(u User) (bool, error) {
		if !u.IsStaff() || alone {
			return u.IsStaff(), nil
		}
		f, err := e.Factors(ctx, u.ID)
		return f.Second(), err
	})
}

func (e *Engine) requestReset(ctx context.Context, by Actor, email string, kind TicketKind, may func(User) (bool, error)) error {
	if err := e.canMailSecrets(); err != nil {
		return err
	}
	address, err := NormalizeEmail(email)
	if err != nil {
		return err // tells about the form of the address alone
	}
	address = strings.ToLower(address)
	user, err := e.store.UserByEmail(ctx, address)
	if err != nil && !IsNotFound(err) {
		return fmt.Errorf("asking for a reset: %w", err)
	}
	known := err == nil && user.DisabledAt == nil
	if known {
		if known, err = may(user); err != nil {
			return fmt.Errorf("asking for a reset: %w", err)
		}
	}
	if !known {
		return e.decoyReset(ctx)
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		letter, err := e.letterFor(ctx, tx, user, user.Email, "password_reset", map[string]any{"IP": by.IP})
		if err != nil {
			return err
		}
		if err := e.sendTicket(ctx, tx, Ticket{Kind: kind, UserID: user.ID, Email: user.Email}, letter); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.sessionAudit(by, user.ID, "user.reset_request", nil))
	})
	if err != nil {
		return fmt.Errorf("asking for a reset: %w", err)
	}
	e.notice.publish()
	return nil
}

// decoyReset renders, seals and writes as a real request does, for nobody.
func (e *Engine) decoyReset(ctx context.Context) error {
	code, err := newSecret()
	if err != nil {
		return err
	}
	data := map[string]any{"Name": "", "Email": "", "IP": "", "Staff": false, "Ticket": secretMark}
	m := e.composeMail(Event{ID: e.id(PrefixEvent)}, "password_reset", "en", "", "", data)
	if _, err := e.opt.Seal.Seal(secretPlace(m.ID), []byte(code)); err != nil {
		return fmt.Errorf("sealing: %w", err)
	}
	now := e.Now()
	t := Ticket{Digest: digest(code), Kind: TicketReset, CreatedAt: now, ExpiresAt: now, UsedAt: &now}
	if err := e.store.InTx(ctx, func(tx Tx) error { return tx.InsertTicket(ctx, t) }); err != nil {
		return fmt.Errorf("asking for a reset: %w", err)
	}
	return nil
}

// ResetPassword sets a new password by a mailed ticket. Every session of the
// user ends. A second factor stays: the next sign-in asks for it.
func (e *Engine) ResetPassword(ctx context.Context, by Actor, code, fresh string) (User, error) {
	return e.resetPassword(ctx, by, code, fresh, TicketReset)
}

// ResetStaffPassword is ResetPassword at the admin door.
func (e *Engine) ResetStaffPassword(ctx context.Context, by Actor, code, fresh string) (User, error) {
	return e.resetPassword(ctx, by, code, fresh, TicketStaffReset)
}

func (e *Engine) resetPassword(ctx context.Context, by Actor, code, fresh string, kind TicketKind) (User, error) {
	t, err := e.ticket(ctx, e.store, code, kind)
	if err != nil {
		return User{}, err // before the costly hash
	}
	user, err := e.store.User(ctx, t.UserID)
	if err != nil {
		return User{}, fmt.Errorf("reading user: %w", err)
	}
	hash, err := e.hashPassword(fresh, user.Name, user.Email)
	if err != nil {
		return User{}, err
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		t, err := e.useTicket(ctx, tx, code, kind)
		if err != nil {
			return err
		}
		if user, err = tx.User(ctx, t.UserID); err != nil {
			return err
		}
		if user.DisabledAt != nil || user.Email != t.Email {
			return errTicket
		}
		if by.ID == "" {
			by.ID = user.ID
		}
		// Who got the ticket reads the mail of the address.
		if _, err := tx.VerifyEmail(ctx, user.ID, t.Email, e.Now()); err != nil {
			return err
		}
		return e.setPassword(ctx, tx, by, user, hash, "", "user.password_reset")
	})
	if err != nil {
		return User{}, fmt.Errorf("resetting password: %w", err)
	}
	e.notice.publish()
	return user, nil
}
