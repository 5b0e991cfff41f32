package registrar

import (
	"context"
	"fmt"
	"strings"
)

// AskFactorReset asks a second member of staff to agree that a user's second
// factor ends: for who lost phone and recovery codes. It takes two, because it
// is what somebody asks for who knows a password and nothing else. The second
// factor of staff is for owners alone to ask for and agree to.
//
// Afterwards the password alone opens the account; staff set a new second factor
// up before anything else opens. The user is told by mail.
func (e *Engine) AskFactorReset(ctx context.Context, by Actor, userID, reason string) (Approval, error) {
	return e.askAlone(ctx, by, Approval{Kind: ApproveFactorReset, SubjectID: userID, Reason: reason}, func(tx Tx) error {
		_, err := e.mayResetFactor(ctx, tx, by, userID)
		return err
	})
}

// mayResetFactor returns whose second factor would end, or why it can't now.
func (e *Engine) mayResetFactor(ctx context.Context, tx Tx, by Actor, userID string) (User, error) {
	user, err := tx.User(ctx, userID)
	if err != nil {
		return user, err
	}
	if user.IsStaff() {
		if _, err := e.staffMay(ctx, tx, by, StaffUsers); err != nil {
			return user, err
		}
	}
	if user.ID == by.ID {
		return user, Errorf(KindForbidden, "second_person_needed", "Somebody else has to do this for you.")
	}
	return user, e.hasFactor(ctx, tx, user)
}

func (e *Engine) hasFactor(ctx context.Context, tx Tx, user User) error {
	if user.DisabledAt != nil {
		return Errorf(KindConflict, "user_disabled", "This login was taken away.")
	}
	f, err := e.factors(ctx, tx, user.ID)
	if err == nil && !f.Second() {
		err = Errorf(KindConflict, "no_second_factor", "This user has no second factor.")
	}
	return err
}

func (e *Engine) runFactorReset(ctx context.Context, tx Tx, by Actor, a Approval) ([]Event, error) {
	user, err := e.mayResetFactor(ctx, tx, by, a.SubjectID)
	if err != nil {
		return nil, err
	}
	if user.IsStaff() { // who asked may be an owner no more
		if _, err := e.staffMay(ctx, tx, Actor{Kind: ActorStaff, ID: a.AskedBy}, StaffUsers); err != nil {
			return nil, err
		}
	}
	return nil, e.resetFactor(ctx, tx, by, user, map[string]any{"approval": a.ID, "asked_by": a.AskedBy, "reason": a.Reason})
}

// ResetSecondFactor ends a user's second factor for the operator on the machine
// itself, where lost seal keys have made every authenticator app worthless or the
// only owner of the staff lost the phone.
func (e *Engine) ResetSecondFactor(ctx context.Context, by Actor, email, reason string) (User, error) {
	if by.Kind != ActorSystem {
		return User{}, Errorf(KindForbidden, "not_system", "On the pages this takes two people.")
	}
	if reason = tidy(reason); reason == "" || len([]rune(reason)) > maxReason {
		return User{}, InvalidField("reason", "required", "Please say why, in at most %d characters.", maxReason)
	}
	var user User
	err := e.store.InTx(ctx, func(tx Tx) (err error) {
		if user, err = tx.UserByEmail(ctx, strings.ToLower(strings.TrimSpace(email))); err != nil {
			return err
		}
		if err := e.hasFactor(ctx, tx, user); err != nil {
			return err
		}
		return e.resetFactor(ctx, tx, by, user, map[string]any{"reason": reason})
	})
	if err != nil {
		return User{}, fmt.Errorf("resetting a second factor: %w", err)
	}
	e.notice.publish()
	return user, nil
}

// resetFactor ends app, passkeys and recovery codes with all sessions. Open
// links for a new password end, too: one that a thief of the mailbox asked for
// would now be all it takes.
func (e *Engine) resetFactor(ctx context.Context, tx Tx, by Actor, user User, why map[string]any) error {
	for _, drop := range []func(context.Context, string) error{tx.DropTOTP, tx.DropPasskeys, tx.DropRecovery} {
		if err := drop(ctx, user.ID); err != nil {
			return err
		}
	}
	ended, err := e.shutOut(ctx, tx, user.ID, "", EndSecurity)
	if err != nil {
		return err
	}
	if err := e.cancelTickets(ctx, tx, user.ID, TicketReset, TicketStaffReset); err != nil {
		return err
	}
	why["sessions_ended"] = ended
	if err := tx.InsertAudit(ctx, e.audit(by, "user.second_factor_reset", "user", user.ID, "", nil, why)); err != nil {
		return err
	}
	return e.writeUserMail(ctx, tx, user, user.Email, "second_factor_changed", map[string]any{
		"What": "Our staff ended your second factor, with its recovery codes, and signed you out everywhere. The password alone opens the account until you set another one up.",
		"At":   e.Now(), "IP": "", // the address of staff is nobody's business
	})
}
