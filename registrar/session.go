package registrar

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"
)

// Session is one browser that is signed in. It lives here and not in the
// browser's cookie, so that it can be seen and ended from elsewhere, at once and
// on every replica.
type Session struct {
	ID        string
	UserID    string
	Door      Door
	Method    SignInMethod
	Device    string // hex SHA-256 of the browser's device cookie
	Agent     string // what the browser called itself, shortened
	IP        string // at sign-in
	CreatedAt time.Time
	SeenAt    time.Time // last request, give or take seenGrain
	ProvedAt  time.Time // when the person last proved who they are
	EndsAt    time.Time // moves on while it is used, up to its whole life
	EndedAt   *time.Time
	EndReason EndReason

	Acting *Acting // staff who act for the user; nil: the user in person. OpenSession and Sessions fill it.
}

// Door is the face that a session belongs to.
type Door string

// Doors.
const (
	DoorPortal Door = "portal"
	DoorAdmin  Door = "admin"
)

// SignInMethod says how the person proved who they are.
type SignInMethod string

// Sign-in methods.
const (
	ByPassword SignInMethod = "password"
	BySignUp   SignInMethod = "sign_up" // the account or login was made in this browser
	ByTOTP     SignInMethod = "totp"    // password and a code of the authenticator app
	ByRecovery SignInMethod = "recovery"
	ByPasskey  SignInMethod = "passkey" // alone: the authenticator verified the person
	// BySecondPasskey is password and passkey.
	BySecondPasskey SignInMethod = "password_passkey"
)

// EndReason says why a session ended early.
type EndReason string

// End reasons. A session that ran out has none.
const (
	EndSignedOut EndReason = "signed_out"
	EndElsewhere EndReason = "elsewhere" // ended from another browser
	EndPassword  EndReason = "password"  // the password was changed or reset
	EndRemoved   EndReason = "removed"   // the user was removed or the account closed
	EndSecurity  EndReason = "security"  // a second factor was reset
)

// SessionLife is how long sessions of a door live.
type SessionLife struct {
	Whole time.Duration // in all
	Idle  time.Duration // without a request
}

// ends returns the end of a session made at and seen now.
func (l SessionLife) ends(made, seen time.Time) time.Time {
	whole, idle := made.Add(l.Whole), seen.Add(l.Idle)
	if idle.Before(whole) {
		return idle
	}
	return whole
}

// SessionStart describes a sign-in.
type SessionStart struct {
	Door   Door
	Method SignInMethod
	Device string // value of the browser's device cookie: random, kept by the browser alone
	Agent  string // User-Agent
	Life   SessionLife
}

const (
	// seenGrain keeps a busy session from being written at each request.
	seenGrain = time.Minute
	// sessionKept is how long ended sessions tell which devices are known.
	sessionKept = 180 * 24 * time.Hour
	maxAgent    = 200 // characters, as the column
)

// SessionReader is the part of Reader about sessions.
type SessionReader interface {
	Session(ctx context.Context, id string) (Session, error)
	// LiveSessions lists the sessions of a user that have not ended, newest first.
	LiveSessions(ctx context.Context, userID string, now time.Time) ([]Session, error)
	// DeviceKnown reports whether a user ever signed in with a device, and whether
	// the user ever signed in at all.
	DeviceKnown(ctx context.Context, userID, device string) (known, before bool, err error)
}

// SessionWriter is the part of Tx about sessions.
type SessionWriter interface {
	InsertSession(ctx context.Context, s Session) error
	// TouchSession moves SeenAt and EndsAt of a session that has not ended.
	TouchSession(ctx context.Context, id string, seen, ends time.Time) error
	// ProveSession moves ProvedAt of a session that has not ended; ok is false when
	// there is none.
	ProveSession(ctx context.Context, id string, at time.Time) (ok bool, err error)
	// EndSession ends one session of a user; ok is false when there was none live.
	EndSession(ctx context.Context, userID, id string, at time.Time, why EndReason) (ok bool, err error)
	// EndSessions ends all sessions of a user but one ("" = all) and returns how
	// many.
	EndSessions(ctx context.Context, userID, except string, at time.Time, why EndReason) (int, error)
	// PurgeUserSessions removes sessions that ran out before a time.
	PurgeUserSessions(ctx context.Context, before time.Time, limit int) (int, error)
}

// errSignedOut is what a session that is not (or no longer) valid answers.
var errSignedOut = Errorf(KindUnauthenticated, "signed_out", "Please sign in again.")

// StartSession signs a browser in. A device that this user never used before is
// told to the user by mail.
func (e *Engine) StartSession(ctx context.Context, by Actor, user User, start SessionStart) (Session, error) {
	now := e.Now()
	if by.ID == "" {
		by.ID = user.ID
	}
	s := Session{
		ID: e.id(PrefixSession), UserID: user.ID, Door: start.Door, Method: start.Method, Device: digest(start.Device),
		Agent: shortAgent(start.Agent), IP: plainIP(by.IP), CreatedAt: now, SeenAt: now, ProvedAt: now, EndsAt: start.Life.ends(now, now),
	}
	err := e.store.InTx(ctx, func(tx Tx) error {
		known, before, err := tx.DeviceKnown(ctx, user.ID, s.Device)
		if err != nil {
			return err
		}
		if err := tx.InsertSession(ctx, s); err != nil {
			return err
		}
		audit := e.audit(by, "user.sign_in", "user", user.ID, "", nil, map[string]any{"session": s.ID, "method": s.Method, "door": s.Door})
		audit.Retention = RetainOperational
		if err := tx.InsertAudit(ctx, audit); err != nil {
			return err
		}
		fresh := !before && now.Sub(user.CreatedAt) < sessionKept // the first sign-in of all
		if known || fresh || start.Method == BySignUp {
			return nil
		}
		return e.writeUserMail(ctx, tx, user, user.Email, "new_sign_in", map[string]any{"At": now, "Agent": AgentName(s.Agent), "IP": s.IP})
	})
	if err != nil {
		return Session{}, fmt.Errorf("starting a session: %w", err)
	}
	e.notice.publish()
	return s, nil
}

// shortAgent keeps valid, printable text of bounded length.
func shortAgent(agent string) string {
	agent = tidy(strings.ToValidUTF8(agent, ""))
	if hasControl(agent) {
		return ""
	}
	if utf8.RuneCountInString(agent) > maxAgent {
		return string([]rune(agent)[:maxAgent])
	}
	return agent
}

// OpenSession returns a live session of a door with its user and notes that it
// is used. KindUnauthenticated when it ran out, was ended, or its user may no
// longer sign in.
func (e *Engine) OpenSession(ctx context.Context, door Door, id string, life SessionLife) (Session, User, error) {
	s, err := e.store.Session(ctx, id)
	if IsNotFound(err) {
		return Session{}, User{}, errSignedOut
	}
	if err != nil {
		return Session{}, User{}, fmt.Errorf("reading session: %w", err)
	}
	now := e.Now()
	if s.Door != door || s.EndedAt != nil || !now.Before(s.EndsAt) {
		return Session{}, User{}, errSignedOut
	}
	user, err := e.store.User(ctx, s.UserID)
	if IsNotFound(err) || err == nil && user.DisabledAt != nil {
		return Session{}, User{}, errSignedOut
	}
	if err != nil {
		return Session{}, User{}, fmt.Errorf("reading user: %w", err)
	}
	if s.Door == DoorPortal && !user.Role.May(MaySelf) {
		return Session{}, User{}, errSignedOut
	}
	if s.Acting, err = e.acting(ctx, s); err != nil {
		return Session{}, User{}, err
	}
	if now.Sub(s.SeenAt) >= seenGrain {
		if s.SeenAt = now; s.Acting == nil {
			s.EndsAt = life.ends(s.CreatedAt, now)
		}
		err = e.store.InTx(ctx, func(tx Tx) error { return tx.TouchSession(ctx, s.ID, s.SeenAt, s.EndsAt) })
		if err != nil {
			return Session{}, User{}, fmt.Errorf("noting session use: %w", err)
		}
	}
	return s, user, nil
}

// Sessions lists where a user is signed in, newest first.
func (e *Engine) Sessions(ctx context.Context, userID string) ([]Session, error) {
	list, err := e.store.LiveSessions(ctx, userID, e.Now())
	if err != nil {
		return nil, fmt.Errorf("listing sessions: %w", err)
	}
	live := list[:0]
	for _, s := range list {
		s.Acting, err = e.acting(ctx, s)
		if KindOf(err) == KindUnauthenticated {
			continue // the session of staff that it hangs on is over
		}
		if err != nil {
			return nil, err
		}
		live = append(live, s)
	}
	return live, nil
}

// EndSession signs one browser of a user out. A session of somebody else is not
// found; one that has ended is no error.
func (e *Engine) EndSession(ctx context.Context, by Actor, userID, id string, why EndReason) error {
	s, err := e.store.Session(ctx, id)
	if err != nil {
		return err
	}
	if s.UserID != userID {
		return Errorf(KindNotFound, "not_found", "There is no such session.")
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		ok, err := tx.EndSession(ctx, userID, id, e.Now(), why)
		if err != nil || !ok {
			return err
		}
		if why == EndElsewhere { // perhaps a stolen one: what it began must not go on
			if err := e.cancelTickets(ctx, tx, userID, TicketMove, TicketInvite, TicketStaff); err != nil {
				return err
			}
		}
		return tx.InsertAudit(ctx, e.sessionAudit(by, userID, "session.end", map[string]any{"session": id, "why": why}))
	})
	if err != nil {
		return fmt.Errorf("ending a session: %w", err)
	}
	return nil
}

// EndOtherSessions signs a user out everywhere but in the session given ("" =
// everywhere) and returns how many sessions ended.
func (e *Engine) EndOtherSessions(ctx context.Context, by Actor, userID, except string) (int, error) {
	var n int
	err := e.store.InTx(ctx, func(tx Tx) (err error) {
		if n, err = e.shutOut(ctx, tx, userID, except, EndElsewhere); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.sessionAudit(by, userID, "session.end_all", map[string]any{"sessions": n}))
	})
	if err != nil {
		return 0, fmt.Errorf("ending sessions: %w", err)
	}
	return n, nil
}

func (e *Engine) sessionAudit(by Actor, userID, action string, after any) AuditEvent {
	a := e.audit(by, action, "user", userID, "", nil, after)
	a.Retention = RetainOperational
	return a
}

// ProofLife is how long a proof of identity counts for acts that ask for one.
const ProofLife = 10 * time.Minute

// Proved reports whether the person behind a session proved who they are
// recently enough for a sensitive act. Staff who act for a user never do.
func (e *Engine) Proved(s Session) bool {
	return s.Method != Impersonated && e.Now().Sub(s.ProvedAt) < ProofLife
}

// PurgeAccess puts failed tries of hours that are over into the audit trail and
// removes what the sign-in of users leaves behind: sessions that
// ended long ago and tickets that ran out.
func (e *Engine) PurgeAccess(ctx context.Context) error {
	purge := func(what string, remove func(tx Tx) (int, error)) error {
		for ctx.Err() == nil {
			var n int
			err := e.store.InTx(ctx, func(tx Tx) (err error) {
				n, err = remove(tx)
				return err
			})
			if err != nil {
				return fmt.Errorf("purging %s: %w", what, err)
			}
			if n < purgeBatch {
				return nil
			}
		}
		return ctx.Err()
	}
	if err := e.RecordFailedTries(ctx); err != nil {
		return err
	}
	if err := purge("failed tries", func(tx Tx) (int, error) { return tx.PurgeFailedTries(ctx, e.Now().Add(-triesKept), purgeBatch) }); err != nil {
		return err
	}
	before := e.Now().Add(-sessionKept)
	if err := purge("sessions", func(tx Tx) (int, error) { return tx.PurgeUserSessions(ctx, before, purgeBatch) }); err != nil {
		return err
	}
	long := e.Now().Add(-impersonationKept)
	if err := purge("impersonations", func(tx Tx) (int, error) { return tx.PurgeImpersonations(ctx, long, purgeBatch) }); err != nil {
		return err
	}
	return purge("tickets", func(tx Tx) (int, error) { return tx.PurgeTickets(ctx, e.Now().Add(-ticketKept), purgeBatch) })
}

// plainIP keeps what is an address and nothing else.
func plainIP(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	return addr.Unmap().WithZone("").String()
}
