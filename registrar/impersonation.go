package registrar

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Impersonation is a member of staff who sees the portal as a user of a customer
// does. Its id is that of the portal session made for it.
type Impersonation struct {
	ID           string
	CustomerID   string
	UserID       string // for whom
	StaffID      string // who
	StaffSession string // without which it is over
	Reason       string
	StartedAt    time.Time
}

// Acting is an impersonation that is going on.
type Acting struct {
	Impersonation
	StaffName string
}

const (
	// Impersonated is the method of sessions that staff opened for somebody else.
	Impersonated SignInMethod = "impersonated"
	// ImpersonationLife is how long such a session lives, whatever is done in it.
	ImpersonationLife = 30 * time.Minute
	// impersonationKept is how long the list of them goes back; the audit trail
	// keeps them longer.
	impersonationKept = 2 * 365 * 24 * time.Hour
)

// ImpersonationReader is the part of Reader about staff who act for users.
type ImpersonationReader interface {
	Impersonation(ctx context.Context, id string) (Impersonation, error)
	// Impersonations lists those of a customer, newest first.
	Impersonations(ctx context.Context, customerID string, page Page) ([]Impersonation, error)
}

// ImpersonationTx is the part of Tx about staff who act for users.
type ImpersonationTx interface {
	InsertImpersonation(ctx context.Context, i Impersonation) error
	// PurgeImpersonations removes those that started before a time.
	PurgeImpersonations(ctx context.Context, before time.Time, limit int) (int, error)
}

// errImpersonated is what everything answers that only the person may do.
var errImpersonated = Errorf(KindForbidden, "impersonated", "You act for somebody else. Only they can do this themselves.")

// Impersonate opens the portal for a member of staff as a user of a customer.
// staff is the session at the admin door; its person must have proved who they
// are within ProofLife. The new session ends after ImpersonationLife, with the
// session of staff, and when the staff user may no longer do it. It can prove
// nothing, so what asks for a proof is closed to it. Owners of the account and
// the user are told by mail.
func (e *Engine) Impersonate(ctx context.Context, by Actor, staff Session, customerID, userID, reason string) (Session, error) {
	if reason = tidy(reason); reason == "" || len([]rune(reason)) > maxReason {
		return Session{}, InvalidField("reason", "required", "Please say why, in at most %d characters.", maxReason)
	}
	now := e.Now()
	s := Session{ID: e.id(PrefixSession), UserID: userID, Door: DoorPortal, Method: Impersonated, CreatedAt: now, SeenAt: now, ProvedAt: now}
	i := Impersonation{ID: s.ID, CustomerID: customerID, UserID: userID, StaffID: by.ID, StaffSession: staff.ID, Reason: reason, StartedAt: now}
	err := e.store.InTx(ctx, func(tx Tx) error {
		if _, err := e.staffMay(ctx, tx, by, StaffImpersonate); err != nil {
			return err
		}
		door, err := e.doorOfStaff(ctx, tx, i)
		if err != nil {
			return err
		}
		if !e.Proved(door) {
			return Errorf(KindForbidden, "not_proved", "Please confirm first that it is you.")
		}
		if s.EndsAt = now.Add(ImpersonationLife); door.EndsAt.Before(s.EndsAt) {
			s.EndsAt = door.EndsAt
		}
		return e.startImpersonation(ctx, tx, by, s, i)
	})
	if err != nil {
		return Session{}, fmt.Errorf("acting for a user: %w", err)
	}
	e.notice.publish()
	return s, nil
}

func (e *Engine) startImpersonation(ctx context.Context, tx Tx, by Actor, s Session, i Impersonation) error {
	team, err := e.team(ctx, tx, i.CustomerID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(team, func(u User) bool { return u.ID == i.UserID && u.CustomerID == i.CustomerID && u.Role.May(MaySelf) })
	if i.CustomerID == "" || at < 0 {
		return InvalidField("user", "no_such_user", "There is no such user who could sign in.")
	}
	if err := tx.InsertSession(ctx, s); err != nil {
		return err
	}
	if err := tx.InsertImpersonation(ctx, i); err != nil {
		return err
	}
	by.For = i.UserID
	err = tx.InsertAudit(ctx, e.audit(by, "impersonation.start", "customer", i.CustomerID, "", nil,
		map[string]any{"user": i.UserID, "session": s.ID, "reason": i.Reason, "ends_at": s.EndsAt}))
	if err != nil {
		return err
	}
	for _, u := range team {
		if u.Role != RoleOwner && u.ID != i.UserID {
			continue
		}
		if err := e.writeUserMail(ctx, tx, u, u.Email, "impersonation", map[string]any{"At": i.StartedAt, "EndsAt": s.EndsAt, "User": team[at].Name, "Reason": i.Reason}); err != nil {
			return err
		}
	}
	return nil
}

// doorOfStaff returns the live session at the admin door that an impersonation
// hangs on, errSignedOut when there is none.
func (e *Engine) doorOfStaff(ctx context.Context, r Reader, i Impersonation) (Session, error) {
	door, err := r.Session(ctx, i.StaffSession)
	if IsNotFound(err) {
		return door, errSignedOut
	}
	if err != nil {
		return door, fmt.Errorf("reading session of staff: %w", err)
	}
	if door.Door != DoorAdmin || door.UserID != i.StaffID || door.EndedAt != nil || !e.Now().Before(door.EndsAt) {
		return door, errSignedOut
	}
	return door, nil
}

// acting returns what a session of staff in the portal hangs on, nil for every
// other session; errSignedOut when it is over.
func (e *Engine) acting(ctx context.Context, s Session) (*Acting, error) {
	if s.Method != Impersonated {
		return nil, nil
	}
	i, err := e.store.Impersonation(ctx, s.ID)
	if IsNotFound(err) {
		return nil, errSignedOut
	}
	if err != nil {
		return nil, fmt.Errorf("reading impersonation: %w", err)
	}
	if _, err := e.doorOfStaff(ctx, e.store, i); err != nil {
		return nil, err
	}
	staff, err := e.staffMay(ctx, e.store, Actor{Kind: ActorStaff, ID: i.StaffID}, StaffImpersonate)
	if KindOf(err) == KindForbidden {
		return nil, errSignedOut
	}
	if err != nil {
		return nil, err
	}
	return &Acting{Impersonation: i, StaffName: staff.Name}, nil
}

// EndImpersonation closes the portal session of a member of staff; one that is
// over is no error.
func (e *Engine) EndImpersonation(ctx context.Context, by Actor, s Session) error {
	i, err := e.store.Impersonation(ctx, s.ID)
	if err != nil {
		return err
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		ok, err := tx.EndSession(ctx, i.UserID, i.ID, e.Now(), EndSignedOut)
		if err != nil || !ok {
			return err
		}
		return tx.InsertAudit(ctx, e.audit(by, "impersonation.end", "customer", i.CustomerID, "", nil, map[string]any{"user": i.UserID, "session": i.ID}))
	})
	if err != nil {
		return fmt.Errorf("ending an impersonation: %w", err)
	}
	return nil
}

// PastImpersonation is an entry of the list of a customer.
type PastImpersonation struct {
	Impersonation
	Live    bool
	EndedAt time.Time // or when it ran out at the latest; zero: not known any more
}

// Impersonations lists when staff acted for users of a customer, newest first.
func (e *Engine) Impersonations(ctx context.Context, customerID string, page Page) ([]PastImpersonation, error) {
	rows, err := e.store.Impersonations(ctx, customerID, page)
	if err != nil {
		return nil, fmt.Errorf("listing impersonations: %w", err)
	}
	out := make([]PastImpersonation, 0, len(rows))
	for _, i := range rows {
		past := PastImpersonation{Impersonation: i}
		s, err := e.store.Session(ctx, i.ID)
		if err != nil && !IsNotFound(err) {
			return nil, fmt.Errorf("reading session: %w", err)
		}
		if err == nil {
			if past.Live, past.EndedAt, err = e.impersonationEnd(ctx, s); err != nil {
				return nil, err
			}
		}
		out = append(out, past)
	}
	return out, nil
}

func (e *Engine) impersonationEnd(ctx context.Context, s Session) (live bool, end time.Time, err error) {
	if s.EndedAt != nil {
		return false, *s.EndedAt, nil
	}
	if !e.Now().Before(s.EndsAt) {
		return false, s.EndsAt, nil
	}
	_, err = e.acting(ctx, s)
	if KindOf(err) == KindUnauthenticated {
		return false, s.SeenAt, nil // with the session of staff: after it was last seen
	}
	return err == nil, s.EndsAt, err
}
