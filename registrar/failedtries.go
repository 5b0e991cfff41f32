package registrar

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// FailedTries counts what went wrong for one user, in one way, within one hour:
// however many tries a stranger makes, they leave few rows.
type FailedTries struct {
	UserID   string // "" = addresses that have no account
	Kind     TryKind
	OpenedAt time.Time // when the hour began
	Tries    int
	LastAt   time.Time
	LastIP   string // of the last one
}

// ID is the same for all tries that count as one.
func (f FailedTries) ID() string {
	return f.UserID + " " + string(f.Kind) + " " + strconv.FormatInt(f.OpenedAt.Unix(), 10)
}

// TryKind says what was tried.
type TryKind string

// Kinds of tries.
const (
	TryPassword TryKind = "password"    // at the sign-in
	TryCode     TryKind = "code"        // of the second factor, at the sign-in or as proof
	TryProof    TryKind = "proof"       // the password, by somebody who is signed in
	TryReplayed TryKind = "code_replay" // a code of the authenticator app that was used before
)

// FailedTryReader is the part of Reader about failed tries.
type FailedTryReader interface {
	// FailedTries lists what failed for users since a time, newest first, at most
	// limit rows.
	FailedTries(ctx context.Context, userIDs []string, since time.Time, limit int) ([]FailedTries, error)
}

// FailedTryTx is the part of Tx about failed tries.
type FailedTryTx interface {
	// CountFailedTry adds one try at f.LastAt from f.LastIP to the row of f; first is
	// true when there was none.
	CountFailedTry(ctx context.Context, f FailedTries) (first bool, err error)
	// UnrecordedTries lists rows that were opened before a time and are not in the
	// audit trail yet, oldest first.
	UnrecordedTries(ctx context.Context, before time.Time, limit int) ([]FailedTries, error)
	// RecordTries notes that a row is in the audit trail; ok is false when it was.
	RecordTries(ctx context.Context, id string, at time.Time) (ok bool, err error)
	PurgeFailedTries(ctx context.Context, before time.Time, limit int) (int, error)
}

const (
	tryWindow  = time.Hour
	triesKept  = 90 * 24 * time.Hour
	triesShown = 30 * 24 * time.Hour
	maxTries   = 20 // rows of one answer
)

// NoteFailedSignIn counts a wrong password for an account. For an address without
// one user is zero: the same is written, so that the time of the answer tells
// nothing.
func (e *Engine) NoteFailedSignIn(ctx context.Context, by Actor, user User) error {
	return e.noteFailure(ctx, by, user, TryPassword)
}

// noteFailure counts a failed try. It writes in a transaction of its own: that of
// what failed is gone. Who used a code of the app again is told to the user once
// an hour (ASVS 2.8.5): somebody may have looked over the shoulder.
func (e *Engine) noteFailure(ctx context.Context, by Actor, user User, kind TryKind) error {
	now := e.Now()
	f := FailedTries{UserID: user.ID, Kind: kind, OpenedAt: now.Truncate(tryWindow), LastAt: now, LastIP: plainIP(by.IP)}
	err := e.store.InTx(ctx, func(tx Tx) error {
		first, err := tx.CountFailedTry(ctx, f)
		if err != nil || !first || kind != TryReplayed {
			return err
		}
		return e.writeUserMail(ctx, tx, user, user.Email, "code_replayed", map[string]any{"At": now, "IP": f.LastIP})
	})
	if err != nil {
		return fmt.Errorf("noting a failed try: %w", err)
	}
	if kind == TryReplayed {
		e.notice.publish()
	}
	return nil
}

// errReplayed is the cause of errCode for a code that was used before.
var errReplayed = errors.New("the code was used before")

// failed notes why somebody could not prove who they are and returns that error.
// Other errors are returned as they are.
func (e *Engine) failed(ctx context.Context, by Actor, user User, kind TryKind, err error) error {
	if err == nil || KindOf(err) != KindUnauthenticated {
		return err
	}
	if errors.Is(err, errReplayed) {
		kind = TryReplayed
	}
	if noted := e.noteFailure(ctx, by, user, kind); noted != nil {
		return noted
	}
	return err
}

// FailedTries lists what failed for users within the last thirty days, newest
// first, in a few rows.
func (e *Engine) FailedTries(ctx context.Context, userIDs ...string) ([]FailedTries, error) {
	list, err := e.store.FailedTries(ctx, userIDs, e.Now().Add(-triesShown), maxTries)
	if err != nil {
		return nil, fmt.Errorf("listing failed tries: %w", err)
	}
	return list, nil
}

// RecordFailedTries puts the hours that are over into the audit trail, one event
// for each user, kind and hour.
func (e *Engine) RecordFailedTries(ctx context.Context) error {
	for ctx.Err() == nil {
		var n int
		err := e.store.InTx(ctx, func(tx Tx) (err error) {
			n, err = e.recordTries(ctx, tx)
			return err
		})
		if err != nil {
			return fmt.Errorf("recording failed tries: %w", err)
		}
		if n < purgeBatch {
			return nil
		}
	}
	return ctx.Err()
}

func (e *Engine) recordTries(ctx context.Context, tx Tx) (int, error) {
	now := e.Now()
	list, err := tx.UnrecordedTries(ctx, now.Add(-tryWindow), purgeBatch)
	if err != nil {
		return 0, err
	}
	for _, f := range list {
		ok, err := tx.RecordTries(ctx, f.ID(), now)
		if err != nil {
			return 0, err
		}
		if !ok {
			continue // another replica did
		}
		by := System("failed-tries")
		by.IP = f.LastIP
		if err := tx.InsertAudit(ctx, e.sessionAudit(by, f.UserID, "user.failed_tries", map[string]any{
			"kind": f.Kind, "tries": f.Tries, "hour": f.OpenedAt, "last_at": f.LastAt, "last_ip": f.LastIP})); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}
