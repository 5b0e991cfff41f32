package registrar

import (
	"context"
	"fmt"
)

// shutOut ends a user's sessions but keep ("" = all) and what one of them may
// have begun that would go on working without it: a change of the address,
// which gives the account away, invitations, which bring somebody else in, and
// the challenge for a passkey.
func (e *Engine) shutOut(ctx context.Context, tx Tx, userID, keep string, why EndReason) (int, error) {
	now := e.Now()
	ended, err := tx.EndSessions(ctx, userID, keep, now, why)
	if err != nil {
		return 0, err
	}
	if err := e.endInvitations(ctx, tx, userID); err != nil {
		return 0, err
	}
	return ended, e.cancelTickets(ctx, tx, userID, TicketMove, TicketPasskey)
}

func (e *Engine) cancelTickets(ctx context.Context, tx Tx, userID string, kinds ...TicketKind) error {
	for _, kind := range kinds {
		if err := tx.CancelTickets(ctx, userID, kind, e.Now()); err != nil {
			return err
		}
	}
	return nil
}

// DenyEmailChange is for who is told of a change of address that was not theirs:
// the ticket in that mail stops the change while it is pending and signs every
// browser out. The user need not be able to sign in.
func (e *Engine) DenyEmailChange(ctx context.Context, by Actor, code string) error {
	err := e.store.InTx(ctx, func(tx Tx) error {
		t, err := e.useTicket(ctx, tx, code, TicketDeny)
		if err != nil {
			return err
		}
		if by.ID == "" {
			by.ID = t.UserID
		}
		ended, err := e.shutOut(ctx, tx, t.UserID, "", EndSecurity)
		if err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.sessionAudit(by, t.UserID, "user.email_change_deny", map[string]any{"sessions_ended": ended}))
	})
	if err != nil {
		return fmt.Errorf("stopping a change of address: %w", err)
	}
	return nil
}
