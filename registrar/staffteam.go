package registrar

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// staffTeam stands for the customer in tickets of staff, who have none.
const staffTeam = "staff"

// StaffTx is the part of Tx about staff users.
type StaffTx interface {
	// DisableUser ends a login but keeps the name, which evidence refers to; its
	// address is free again.
	DisableUser(ctx context.Context, userID string, at time.Time) error
}

// Staff returns who can sign in at the admin door, the first one first, who no
// longer can, and the open invitations.
func (e *Engine) Staff(ctx context.Context) (active, disabled []User, invited []Ticket, err error) {
	all, err := e.store.UsersOf(ctx, "")
	if err != nil {
		return nil, nil, nil, fmt.Errorf("listing staff: %w", err)
	}
	slices.SortStableFunc(all, func(a, b User) int { return a.CreatedAt.Compare(b.CreatedAt) })
	for _, u := range all {
		switch {
		case u.DisabledAt != nil:
			disabled = append(disabled, u)
		case u.IsStaff():
			active = append(active, u)
		}
	}
	if invited, err = e.store.OpenTickets(ctx, staffTeam, TicketStaff, e.Now()); err != nil {
		return nil, nil, nil, fmt.Errorf("listing invitations: %w", err)
	}
	return active, disabled, invited, nil
}

// AskStaffInvite asks a second owner to agree that somebody joins the staff. The
// invitation is mailed with the agreement. Every new login takes two, whatever
// its role: one person with two logins would be two pairs of eyes on paper.
func (e *Engine) AskStaffInvite(ctx context.Context, by Actor, email string, role Role, reason string) (Approval, error) {
	address, err := NormalizeEmail(email)
	if err != nil {
		return Approval{}, err
	}
	if err := orElse(checkStaffRole(role), e.canMailSecrets()); err != nil {
		return Approval{}, err
	}
	a := Approval{Kind: ApproveStaffInvite, Wish: ApprovalWish{Role: role, Email: strings.ToLower(address)}, Reason: reason}
	return e.askAlone(ctx, by, a, func(tx Tx) error { return e.mayInviteStaff(ctx, tx, a.Wish) })
}

func (e *Engine) mayInviteStaff(ctx context.Context, r Reader, w ApprovalWish) error {
	_, err := r.UserByEmail(ctx, w.Email)
	if err == nil {
		return InvalidField("email", "email_taken", "This address belongs to a user already.")
	}
	if !IsNotFound(err) {
		return err
	}
	return checkStaffRole(w.Role)
}

func (e *Engine) runStaffInvite(ctx context.Context, tx Tx, by Actor, a Approval) ([]Event, error) {
	if err := tx.SerializeStaff(ctx); err != nil {
		return nil, err
	}
	if err := e.mayInviteStaff(ctx, tx, a.Wish); err != nil {
		return nil, err
	}
	asker, err := tx.User(ctx, a.AskedBy)
	if err != nil {
		return nil, err
	}
	if _, err := tx.CancelInvitation(ctx, staffTeam, a.Wish.Email, e.Now()); err != nil {
		return nil, err
	}
	letter := letterTo{to: a.Wish.Email, language: "en", template: "staff_invitation", data: map[string]any{
		"Email": a.Wish.Email, "Inviter": asker.Name, "Role": StaffRoleName(a.Wish.Role),
	}}
	err = e.sendTicket(ctx, tx, Ticket{Kind: TicketStaff, UserID: asker.ID, CustomerID: staffTeam, Email: a.Wish.Email, Role: a.Wish.Role}, letter)
	if err != nil {
		return nil, err
	}
	return nil, tx.InsertAudit(ctx, e.audit(by, "staff.invite", "approval", a.ID, "", nil, map[string]any{"email": a.Wish.Email, "role": a.Wish.Role, "asked_by": a.AskedBy}))
}

// CancelStaffInvitation ends an invitation that was not used yet.
func (e *Engine) CancelStaffInvitation(ctx context.Context, by Actor, email string) error {
	err := e.store.InTx(ctx, func(tx Tx) error {
		if _, err := e.staffMay(ctx, tx, by, StaffUsers); err != nil {
			return err
		}
		ok, err := tx.CancelInvitation(ctx, staffTeam, email, e.Now())
		if err != nil || !ok {
			return orElse(err, Errorf(KindNotFound, "not_found", "There is no such invitation."))
		}
		return tx.InsertAudit(ctx, e.audit(by, "staff.invite_cancel", "user", by.ID, "", nil, map[string]string{"email": email}))
	})
	if err != nil {
		return fmt.Errorf("cancelling an invitation: %w", err)
	}
	return nil
}

// AcceptStaffInvitation makes the login that a ticket invites to, while who asked
// for it may still invite.
func (e *Engine) AcceptStaffInvitation(ctx context.Context, by Actor, code, name, password string) (User, error) {
	t, err := e.ticket(ctx, e.store, code, TicketStaff)
	if err != nil {
		return User{}, err // before the costly hash
	}
	name, _, hash, err := e.credentials(name, t.Email, password)
	if err != nil {
		return User{}, err
	}
	now := e.Now()
	user := User{ID: e.id(PrefixUser), Name: name, PasswordHash: hash, CreatedAt: now, EmailVerifiedAt: &now}
	by.Kind, by.ID = ActorStaff, user.ID
	err = e.store.InTx(ctx, func(tx Tx) error {
		if err := tx.SerializeStaff(ctx); err != nil {
			return err
		}
		t, err := e.useTicket(ctx, tx, code, TicketStaff)
		if err != nil {
			return err
		}
		if err := inviterMay(ctx, tx, t, StaffUsers); err != nil {
			return err
		}
		user.Email, user.Role = t.Email, t.Role
		if err := tx.InsertUser(ctx, user); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.audit(by, "staff.join", "user", user.ID, "", nil, map[string]any{"email": user.Email, "role": user.Role}))
	})
	var known *Error
	if errors.As(err, &known) && known.Code == "email_taken" {
		return User{}, Errorf(KindConflict, "email_taken", "There is an account with this address already. Please ask for an invitation to another address.")
	}
	if err != nil {
		return User{}, fmt.Errorf("accepting an invitation: %w", err)
	}
	return user, nil
}

// errLastStaffOwner keeps the deployment in somebody's hands.
var errLastStaffOwner = Errorf(KindConflict, "last_owner", "Somebody has to be an owner. Make somebody else an owner first.")

// staffMate returns a member of staff for a change, inside a serialised
// transaction; losing says that the change takes an owner away.
func (e *Engine) staffMate(ctx context.Context, tx Tx, userID string, losing bool) (User, error) {
	if err := tx.SerializeStaff(ctx); err != nil {
		return User{}, err
	}
	users, err := tx.UsersOf(ctx, "")
	if err != nil {
		return User{}, err
	}
	var found User
	owners := 0
	for _, u := range users {
		switch {
		case u.DisabledAt != nil:
		case u.ID == userID && u.IsStaff():
			found = u
		case u.Role == RoleStaffOwner:
			owners++
		}
	}
	switch {
	case found.ID == "":
		return found, Errorf(KindNotFound, "not_found", "There is no such member of staff.")
	case losing && found.Role == RoleStaffOwner && owners == 0:
		return found, errLastStaffOwner
	}
	return found, nil
}

// AskStaffRole asks a second owner to agree to another role of a member of
// staff. Every change takes two: a role gives the right to agree to what others
// ask.
func (e *Engine) AskStaffRole(ctx context.Context, by Actor, userID string, role Role, reason string) (Approval, error) {
	if err := checkStaffRole(role); err != nil {
		return Approval{}, err
	}
	a := Approval{Kind: ApproveStaffRole, SubjectID: userID, Wish: ApprovalWish{Role: role}, Reason: reason}
	return e.askAlone(ctx, by, a, func(tx Tx) error {
		user, err := e.staffMate(ctx, tx, userID, role != RoleStaffOwner)
		if err == nil && user.Role == role {
			err = InvalidField("role", "same_role", "This is the role already.")
		}
		return err
	})
}

func (e *Engine) runStaffRole(ctx context.Context, tx Tx, by Actor, a Approval) ([]Event, error) {
	user, err := e.staffMate(ctx, tx, a.SubjectID, a.Wish.Role != RoleStaffOwner)
	if err != nil {
		return nil, err
	}
	if err := tx.SetRole(ctx, user.ID, a.Wish.Role); err != nil {
		return nil, err
	}
	if !a.Wish.Role.May(StaffUsers) {
		if err := e.endInvitations(ctx, tx, user.ID); err != nil {
			return nil, err
		}
	}
	if err := e.stopWebhooksOf(ctx, tx, by, user, a.Wish.Role); err != nil {
		return nil, err
	}
	return nil, tx.InsertAudit(ctx, e.audit(by, "staff.role", "user", user.ID, "", map[string]any{"role": user.Role},
		map[string]any{"role": a.Wish.Role, "approval": a.ID, "asked_by": a.AskedBy, "reason": a.Reason}))
}

// DisableStaff takes a login away. That of an owner takes two and is asked for;
// any other ends at once, because a lost laptop can't wait.
func (e *Engine) DisableStaff(ctx context.Context, by Actor, userID, reason string) (asked *Approval, err error) {
	user, err := e.store.User(ctx, userID)
	if err != nil {
		return nil, err
	}
	if user.Role == RoleStaffOwner {
		a, err := e.askAlone(ctx, by, Approval{Kind: ApproveStaffDisable, SubjectID: userID, Reason: reason}, func(tx Tx) error {
			_, err := e.staffMate(ctx, tx, userID, true)
			return err
		})
		return &a, err
	}
	if reason = tidy(reason); reason == "" || len([]rune(reason)) > maxReason {
		return nil, InvalidField("reason", "required", "Please say why, in at most %d characters.", maxReason)
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		user, err := e.staffMate(ctx, tx, userID, true)
		if err != nil {
			return err
		}
		if user.Role == RoleStaffOwner { // since a moment ago
			return Errorf(KindConflict, "is_owner", "This is an owner now. Please try again.")
		}
		if _, err := e.staffMay(ctx, tx, by, StaffUsers); err != nil {
			return err
		}
		return e.disableStaff(ctx, tx, by, user, map[string]any{"reason": reason})
	})
	if err != nil {
		return nil, fmt.Errorf("disabling a member of staff: %w", err)
	}
	return nil, nil
}

func (e *Engine) runStaffDisable(ctx context.Context, tx Tx, by Actor, a Approval) ([]Event, error) {
	user, err := e.staffMate(ctx, tx, a.SubjectID, true)
	if err != nil {
		return nil, err
	}
	return nil, e.disableStaff(ctx, tx, by, user, map[string]any{"approval": a.ID, "asked_by": a.AskedBy, "reason": a.Reason})
}

func (e *Engine) disableStaff(ctx context.Context, tx Tx, by Actor, user User, why map[string]any) error {
	now := e.Now()
	if _, err := tx.EndSessions(ctx, user.ID, "", now, EndRemoved); err != nil {
		return err
	}
	if err := e.cancelTickets(ctx, tx, user.ID, TicketStaffReset, TicketVerify, TicketMove, TicketStaff); err != nil {
		return err
	}
	if err := tx.DropTOTP(ctx, user.ID); err != nil {
		return err
	}
	if err := tx.DropPasskeys(ctx, user.ID); err != nil {
		return err
	}
	if err := tx.DropRecovery(ctx, user.ID); err != nil {
		return err
	}
	if err := tx.DisableUser(ctx, user.ID, now); err != nil {
		return err
	}
	if err := e.stopWebhooksOf(ctx, tx, by, user, ""); err != nil {
		return err
	}
	return tx.InsertAudit(ctx, e.audit(by, "staff.disable", "user", user.ID, "", map[string]any{"email": user.Email, "name": user.Name, "role": user.Role}, why))
}
