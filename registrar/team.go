package registrar

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// TeamTx is the part of Tx about the users of a customer.
type TeamTx interface {
	// SerializeCustomer makes transactions that change a customer's users wait for
	// each other: what is read after it stays true until the commit.
	SerializeCustomer(ctx context.Context, customerID string) error
	SetRole(ctx context.Context, userID string, role Role) error
	// RemoveUser ends a login for good: the row stays for the audit trail, name,
	// address and password go.
	RemoveUser(ctx context.Context, userID string, at time.Time) error
	// RevokeTokensOf ends all API tokens of a user.
	RevokeTokensOf(ctx context.Context, customerID, userID string, at time.Time) error
	// CancelInvitation ends an invitation that was not used; ok is false when there
	// is none.
	CancelInvitation(ctx context.Context, customerID, email string, at time.Time) (ok bool, err error)
	// CloseCustomer notes that an account is closed, puts its id in the place of its
	// name and forgets the words it was found by; ok is false when it was closed.
	CloseCustomer(ctx context.Context, customerID string, at time.Time) (ok bool, err error)
}

// maxTeam bounds users and open invitations of one customer.
const maxTeam = 50

// Team returns the users who can sign in, the first one first, and the open
// invitations.
func (e *Engine) Team(ctx context.Context, customerID string) ([]User, []Ticket, error) {
	users, err := e.team(ctx, e.store, customerID)
	if err != nil {
		return nil, nil, fmt.Errorf("listing users: %w", err)
	}
	open, err := e.store.OpenTickets(ctx, customerID, TicketInvite, e.Now())
	if err != nil {
		return nil, nil, fmt.Errorf("listing invitations: %w", err)
	}
	return users, open, nil
}

func (e *Engine) team(ctx context.Context, r Reader, customerID string) ([]User, error) {
	all, err := r.UsersOf(ctx, customerID)
	if err != nil {
		return nil, err
	}
	users := slices.DeleteFunc(all, func(u User) bool { return u.DisabledAt != nil })
	slices.SortStableFunc(users, func(a, b User) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return users, nil
}

// spokesman is whom we write to about a customer's affairs: the first owner who
// proved the address, else the first owner, else nobody.
func spokesman(users []User) (User, bool) {
	var out User
	for _, u := range users {
		if u.DisabledAt != nil || u.Role != RoleOwner {
			continue
		}
		better := out.ID == "" || out.EmailVerifiedAt == nil && u.EmailVerifiedAt != nil ||
			(out.EmailVerifiedAt == nil) == (u.EmailVerifiedAt == nil) && u.CreatedAt.Before(out.CreatedAt)
		if better {
			out = u
		}
	}
	return out, out.ID != ""
}

func checkRole(role Role) error {
	if !slices.Contains(CustomerRoles, role) {
		return InvalidField("role", "unknown_role", "Please choose a role.")
	}
	return nil
}

// Invite mails somebody a ticket to make a login of the inviter's customer. An
// earlier invitation to the same address ends.
func (e *Engine) Invite(ctx context.Context, by Actor, inviter User, email string, role Role) error {
	if err := e.canMailSecrets(); err != nil {
		return err
	}
	if err := checkRole(role); err != nil {
		return err
	}
	address, err := NormalizeEmail(email)
	if err != nil {
		return err
	}
	address = strings.ToLower(address)
	if err := e.AddressConfirmed(inviter); err != nil {
		return err
	}
	err = e.store.InTx(ctx, func(tx Tx) error { return e.invite(ctx, tx, by, inviter, address, role) })
	if err != nil {
		return fmt.Errorf("inviting: %w", err)
	}
	e.notice.publish()
	return nil
}

// invitesPerDay bounds the mail that an account can send to people who don't
// know it.
const invitesPerDay = 30

// linkLike finds what a program that shows mail makes a link of.
var linkLike = regexp.MustCompile(`(?i)[/@:]|www|\pL\.\pL`)

// mailName returns a name for a mail to a stranger: what people call themselves,
// unless that carries an address of its own or is long enough to be a message.
func mailName(name, instead string) string {
	if linkLike.MatchString(name) || utf8.RuneCountInString(name) > 80 {
		return instead
	}
	return name
}

func (e *Engine) invite(ctx context.Context, tx Tx, by Actor, inviter User, address string, role Role) error {
	if err := tx.SerializeCustomer(ctx, inviter.CustomerID); err != nil {
		return err
	}
	if _, err := tx.CancelInvitation(ctx, inviter.CustomerID, address, e.Now()); err != nil {
		return err
	}
	made, err := tx.TicketsMade(ctx, inviter.CustomerID, TicketInvite, e.Now().Add(-24*time.Hour))
	if err != nil {
		return err
	}
	if made >= invitesPerDay {
		return Errorf(KindConflict, "too_many_invitations", "An account sends at most %d invitations within 24 hours, cancelled ones included.", invitesPerDay)
	}
	users, err := e.team(ctx, tx, inviter.CustomerID)
	if err != nil {
		return err
	}
	open, err := tx.OpenTickets(ctx, inviter.CustomerID, TicketInvite, e.Now())
	if err != nil {
		return err
	}
	if len(users)+len(open) >= maxTeam {
		return Errorf(KindConflict, "team_full", "An account has at most %d users and open invitations.", maxTeam)
	}
	if !slices.ContainsFunc(users, func(u User) bool { return u.ID == inviter.ID && u.Role.May(MayUsers) }) {
		return Errorf(KindForbidden, "role", "Your role does not allow this.") // since a moment ago
	}
	if slices.ContainsFunc(users, func(u User) bool { return u.Email == address }) {
		return InvalidField("email", "already_here", "This address belongs to a user of your account already.")
	}
	cus, err := tx.Customer(ctx, inviter.CustomerID)
	if err != nil {
		return err
	}
	letter := letterTo{to: address, language: cus.Language, customer: cus.ID, template: "invitation", data: map[string]any{
		"Email": address, "Customer": mailName(cus.Name, "of "+inviter.Email), "Inviter": mailName(inviter.Name, inviter.Email), "Role": RoleName(role),
	}}
	if err := e.sendTicket(ctx, tx, Ticket{Kind: TicketInvite, UserID: inviter.ID, CustomerID: cus.ID, Email: address, Role: role}, letter); err != nil {
		return err
	}
	return tx.InsertAudit(ctx, e.audit(by, "user.invite", "customer", cus.ID, "", nil, map[string]any{"email": address, "role": role}))
}

// RoleName returns a role in words.
func RoleName(r Role) string {
	return strings.ReplaceAll(StaffRoleName(r), "_", "-")
}

// CancelInvitation ends an invitation that was not used yet.
func (e *Engine) CancelInvitation(ctx context.Context, by Actor, customerID, email string) error {
	err := e.store.InTx(ctx, func(tx Tx) error {
		ok, err := tx.CancelInvitation(ctx, customerID, email, e.Now())
		if err != nil || !ok {
			return orElse(err, Errorf(KindNotFound, "not_found", "There is no such invitation."))
		}
		return tx.InsertAudit(ctx, e.audit(by, "user.invite_cancel", "customer", customerID, "", nil, map[string]string{"email": email}))
	})
	if err != nil {
		return fmt.Errorf("cancelling an invitation: %w", err)
	}
	return nil
}

// AcceptInvitation makes the login that a ticket invites to. Who holds the
// ticket reads the mail of its address, so the address counts as proved. The
// inviter must still be somebody who may invite.
func (e *Engine) AcceptInvitation(ctx context.Context, by Actor, code, name, password string) (User, error) {
	t, err := e.ticket(ctx, e.store, code, TicketInvite)
	if err != nil {
		return User{}, err // before the costly hash
	}
	name = tidy(name)
	if name == "" || len([]rune(name)) > 255 || hasControl(name) {
		return User{}, InvalidField("name", "required", "Please give your name, at most 255 characters.")
	}
	hash, err := e.hashPassword(password, name, t.Email)
	if err != nil {
		return User{}, err
	}
	now := e.Now()
	user := User{ID: e.id(PrefixUser), Name: name, PasswordHash: hash, CreatedAt: now, EmailVerifiedAt: &now}
	if by.ID == "" {
		by.ID = user.ID
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		cus, err := e.openCustomer(ctx, tx, t.CustomerID)
		if errors.Is(err, errClosed) {
			return errTicket
		}
		if err != nil {
			return err
		}
		t, err := e.useTicket(ctx, tx, code, TicketInvite)
		if err != nil {
			return err
		}
		if err := inviterMay(ctx, tx, t, MayUsers); err != nil {
			return err
		}
		user.CustomerID, user.Email, user.Role = t.CustomerID, t.Email, t.Role
		if err := tx.InsertUser(ctx, user); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.audit(by, "user.join", "customer", cus.ID, "", nil, map[string]any{"user": user.ID, "email": user.Email, "role": user.Role}))
	})
	var known *Error
	if errors.As(err, &known) && known.Code == "email_taken" {
		// Who asks has proved to own the address, so this tells no secret.
		return User{}, Errorf(KindConflict, "email_taken", "There is an account with this address already. Please ask for an invitation to another address.")
	}
	if err != nil {
		return User{}, fmt.Errorf("accepting an invitation: %w", err)
	}
	return user, nil
}

// errLastOwner keeps every account in somebody's hands.
var errLastOwner = Errorf(KindConflict, "last_owner", "An account needs an owner. Make somebody else an owner first.")

// teamMate returns a user of a customer for a change, inside a serialised
// transaction; losing says that the change takes an owner away.
func (e *Engine) teamMate(ctx context.Context, tx Tx, customerID, userID string, losing bool) (User, error) {
	if err := tx.SerializeCustomer(ctx, customerID); err != nil {
		return User{}, err
	}
	users, err := e.team(ctx, tx, customerID)
	if err != nil {
		return User{}, err
	}
	var found User
	owners := 0
	for _, u := range users {
		if u.ID == userID {
			found = u
		} else if u.Role == RoleOwner {
			owners++
		}
	}
	switch {
	case found.ID == "":
		return found, Errorf(KindNotFound, "not_found", "There is no such user.")
	case losing && found.Role == RoleOwner && owners == 0:
		return found, errLastOwner
	}
	return found, nil
}

// ChangeRole gives a user of a customer another role. It counts at once, for
// sessions and API tokens alike.
func (e *Engine) ChangeRole(ctx context.Context, by Actor, customerID, userID string, role Role) error {
	if err := checkRole(role); err != nil {
		return err
	}
	err := e.store.InTx(ctx, func(tx Tx) error {
		user, err := e.teamMate(ctx, tx, customerID, userID, role != RoleOwner)
		if err != nil || user.Role == role {
			return err
		}
		if err := tx.SetRole(ctx, userID, role); err != nil {
			return err
		}
		if !role.May(MayUsers) {
			if err := e.endInvitations(ctx, tx, userID); err != nil {
				return err
			}
		}
		if err := e.stopWebhooksOf(ctx, tx, by, user, role); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.audit(by, "user.role", "customer", customerID, "",
			map[string]any{"user": userID, "role": user.Role}, map[string]any{"user": userID, "role": role}))
	})
	if err != nil {
		return fmt.Errorf("changing a role: %w", err)
	}
	return nil
}

// RemoveUser takes a login away: its sessions end, its tokens are revoked, its
// address is free again.
func (e *Engine) RemoveUser(ctx context.Context, by Actor, customerID, userID string) error {
	err := e.store.InTx(ctx, func(tx Tx) error {
		user, err := e.teamMate(ctx, tx, customerID, userID, true)
		if err != nil {
			return err
		}
		return e.removeUser(ctx, tx, by, user)
	})
	if err != nil {
		return fmt.Errorf("removing a user: %w", err)
	}
	return nil
}

func (e *Engine) removeUser(ctx context.Context, tx Tx, by Actor, user User) error {
	now := e.Now()
	if _, err := tx.EndSessions(ctx, user.ID, "", now, EndRemoved); err != nil {
		return err
	}
	if err := tx.RevokeTokensOf(ctx, user.CustomerID, user.ID, now); err != nil {
		return err
	}
	if err := e.cancelTickets(ctx, tx, user.ID, TicketReset, TicketVerify, TicketMove, TicketDeny, TicketInvite); err != nil {
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
	if err := tx.RemoveUser(ctx, user.ID, now); err != nil {
		return err
	}
	if err := e.stopWebhooksOf(ctx, tx, by, user, ""); err != nil {
		return err
	}
	// The audit payload keeps who it was, as long as its retention class says.
	return tx.InsertAudit(ctx, e.audit(by, "user.remove", "customer", user.CustomerID, "",
		map[string]any{"user": user.ID, "email": user.Email, "name": user.Name, "role": user.Role}, nil))
}
