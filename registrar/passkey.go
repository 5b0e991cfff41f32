package registrar

import (
	"context"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"
)

// Passkey is a credential record of WebAuthn (Level 3 §4): a key pair of which
// we keep the public half. It can stand beside the password as second factor
// or, when the authenticator verified the person, open the account alone.
//
// The engine keeps records and rules; what a browser says is checked by
// web/passkey, because origin, challenge and signature belong to the web.
type Passkey struct {
	ID             string
	UserID         string
	Name           string // given by the user
	CredentialID   []byte // at most 1023 bytes (WebAuthn §5.8.3)
	PublicKey      []byte // COSE_Key (RFC 9052 §7)
	SignCount      uint32 // of the last use; authenticators that keep none say 0
	Transports     []string
	BackupEligible bool // may live on several devices; never changes
	BackedUp       bool
	CreatedAt      time.Time
	LastUsedAt     *time.Time
}

// PasskeyReader is the part of Reader about passkeys.
type PasskeyReader interface {
	// PasskeysOf lists the passkeys of a user, oldest first.
	PasskeysOf(ctx context.Context, userID string) ([]Passkey, error)
	PasskeyByCredential(ctx context.Context, credentialID []byte) (Passkey, error)
}

// PasskeyTx is the part of Tx about passkeys.
type PasskeyTx interface {
	// InsertPasskey is KindConflict when the credential is known already.
	InsertPasskey(ctx context.Context, p Passkey) error
	// UsePasskey moves the counter and notes the use; ok is false when the counter
	// is not what it was read as.
	UsePasskey(ctx context.Context, id string, was, now uint32, backedUp bool, at time.Time) (ok bool, err error)
	// RenamePasskey and DropPasskey are false when the user has no such passkey.
	RenamePasskey(ctx context.Context, userID, id, name string) (ok bool, err error)
	DropPasskey(ctx context.Context, userID, id string) (ok bool, err error)
	DropPasskeys(ctx context.Context, userID string) error
}

// Limits of passkeys.
const (
	maxPasskeys      = 20   // of one user: all are named to the browser at the second step
	maxCredentialID  = 1023 // bytes
	maxPublicKey     = 2900 // bytes, as the column in base64
	maxPasskeyName   = 100  // characters, as the column
	maxTransports    = 10
	maxTransportName = 30
)

// PasskeyUse is an assertion whose challenge, origin and signature were found
// good for the public key of the record.
type PasskeyUse struct {
	CredentialID []byte
	SignCount    uint32
	BackedUp     bool
}

// BadPasskey is the one answer for every passkey that does not work; only logs
// show the cause.
func BadPasskey(cause error) error { return errPasskey().Because(cause) }

func errPasskey() *Error {
	return Errorf(KindUnauthenticated, "bad_passkey", "This passkey could not be used: it is not known for this account, or the time ran out. Please try again, or use another way.")
}

// Passkeys lists the passkeys of a user, oldest first.
func (e *Engine) Passkeys(ctx context.Context, userID string) ([]Passkey, error) {
	list, err := e.store.PasskeysOf(ctx, userID)
	if err != nil {
		return nil, fmt.Errorf("listing passkeys: %w", err)
	}
	return list, nil
}

// PasskeyOwner returns the record of a credential and its user, for a sign-in
// that begins with the passkey. KindUnauthenticated when there is none.
func (e *Engine) PasskeyOwner(ctx context.Context, credentialID []byte) (Passkey, User, error) {
	p, err := e.store.PasskeyByCredential(ctx, credentialID)
	if IsNotFound(err) {
		return Passkey{}, User{}, errPasskey()
	}
	if err != nil {
		return Passkey{}, User{}, fmt.Errorf("finding a passkey: %w", err)
	}
	user, err := e.store.User(ctx, p.UserID)
	if IsNotFound(err) || err == nil && user.DisabledAt != nil {
		return Passkey{}, User{}, errPasskey()
	}
	if err != nil {
		return Passkey{}, User{}, fmt.Errorf("reading the user of a passkey: %w", err)
	}
	return p, user, nil
}

// NoteChallenge remembers the challenge of a passkey ceremony: 32 random bytes
// in base64url. It works for five minutes. userID is "" where nobody is known
// yet.
func (e *Engine) NoteChallenge(ctx context.Context, challenge, userID string) error {
	now := e.Now()
	t := Ticket{Digest: digest(challenge), Kind: TicketPasskey, UserID: userID, CreatedAt: now, ExpiresAt: now.Add(ticketLife[TicketPasskey])}
	if err := e.store.InTx(ctx, func(tx Tx) error { return tx.InsertTicket(ctx, t) }); err != nil {
		return fmt.Errorf("noting a challenge: %w", err)
	}
	return nil
}

// TakeChallenge takes a challenge before its answer is looked at: right or
// wrong, one answer is all there is, on every replica.
func (e *Engine) TakeChallenge(ctx context.Context, challenge string) error {
	err := e.store.InTx(ctx, func(tx Tx) error {
		_, err := e.useTicket(ctx, tx, challenge, TicketPasskey)
		return err
	})
	if KindOf(err) == KindInvalid {
		return errPasskey()
	}
	if err != nil {
		return fmt.Errorf("taking a challenge: %w", err)
	}
	return nil
}

// AddPasskey keeps a new passkey, whose challenge and origin were found good.
// With the first second factor of a user come recovery codes, which are shown
// once, and all sessions but keep end: they never gave a second factor.
// KindForbidden address_not_confirmed before the user has proved the address.
func (e *Engine) AddPasskey(ctx context.Context, by Actor, user User, p Passkey, keep string) ([]string, error) {
	if err := checkPasskey(&p); err != nil {
		return nil, err
	}
	codes, digests, err := newRecovery(user.ID)
	if err != nil {
		return nil, err
	}
	p.ID, p.UserID, p.CreatedAt, p.LastUsedAt = e.id(PrefixPasskey), user.ID, e.Now(), nil
	first := false
	err = e.store.InTx(ctx, func(tx Tx) error {
		if err := e.addressConfirmed(ctx, tx, user.ID); err != nil {
			return err
		}
		f, err := e.factors(ctx, tx, user.ID)
		if err != nil {
			return err
		}
		if f.Passkeys >= maxPasskeys {
			return Errorf(KindConflict, "too_many_passkeys", "An account has at most %d passkeys. Remove one that you no longer use.", maxPasskeys)
		}
		if err := tx.InsertPasskey(ctx, p); err != nil {
			return err
		}
		if first = !f.Second(); first {
			if err := tx.PutRecovery(ctx, user.ID, digests, p.CreatedAt); err != nil {
				return err
			}
			if _, err := e.shutOut(ctx, tx, user.ID, keep, EndSecurity); err != nil {
				return err
			}
		}
		return e.passkeyChanged(ctx, tx, by, user, "user.passkey_add", p.ID, fmt.Sprintf("The passkey %q was added. It opens the account.", p.Name))
	})
	if err != nil {
		return nil, fmt.Errorf("adding a passkey: %w", err)
	}
	e.notice.publish()
	if !first {
		return nil, nil
	}
	return codes, nil
}

func checkPasskey(p *Passkey) error {
	var err error
	if p.Name, err = passkeyName(p.Name); err != nil {
		return err
	}
	if n := len(p.CredentialID); n == 0 || n > maxCredentialID || len(p.PublicKey) == 0 || len(p.PublicKey) > maxPublicKey {
		return Errorf(KindInvalid, "passkey_size", "This authenticator made a passkey of a size that we can't keep.")
	}
	transports := make([]string, 0, len(p.Transports))
	for _, t := range p.Transports { // hints from the browser: what is odd is left out
		if plainWord(t) && len(transports) < maxTransports {
			transports = append(transports, t)
		}
	}
	p.Transports = transports
	return nil
}

func plainWord(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= maxTransportName
}

func passkeyName(name string) (string, error) {
	name = tidy(name)
	if name == "" || utf8.RuneCountInString(name) > maxPasskeyName || hasControl(name) {
		return "", InvalidField("name", "required", "Please name the passkey, at most %d characters.", maxPasskeyName)
	}
	return name, nil
}

// passkeyChanged audits a change of the passkeys and tells the user.
func (e *Engine) passkeyChanged(ctx context.Context, tx Tx, by Actor, user User, action, id, what string) error {
	if err := tx.InsertAudit(ctx, e.sessionAudit(by, user.ID, action, map[string]any{"passkey": id})); err != nil {
		return err
	}
	return e.writeUserMail(ctx, tx, user, user.Email, "second_factor_changed", map[string]any{"What": what, "At": e.Now(), "IP": by.IP})
}

var errNoPasskey = Errorf(KindNotFound, "not_found", "There is no such passkey.")

// RenamePasskey gives a passkey of a user another name.
func (e *Engine) RenamePasskey(ctx context.Context, by Actor, user User, id, name string) error {
	name, err := passkeyName(name)
	if err != nil {
		return err
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		ok, err := tx.RenamePasskey(ctx, user.ID, id, name)
		if err != nil || !ok {
			return orElse(err, errNoPasskey)
		}
		return tx.InsertAudit(ctx, e.sessionAudit(by, user.ID, "user.passkey_rename", map[string]any{"passkey": id, "name": name}))
	})
	if err != nil {
		return fmt.Errorf("renaming a passkey: %w", err)
	}
	return nil
}

// RemovePasskey gives a passkey up. Recovery codes go with the last second
// factor. keepOne says that the last one must stay: KindConflict.
func (e *Engine) RemovePasskey(ctx context.Context, by Actor, user User, id string, keepOne bool) error {
	err := e.store.InTx(ctx, func(tx Tx) error {
		list, err := tx.PasskeysOf(ctx, user.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(p Passkey) bool { return p.ID == id })
		if i < 0 {
			return errNoPasskey
		}
		if err := e.mayDropFactor(ctx, tx, user, keepOne); err != nil {
			return err
		}
		ok, err := tx.DropPasskey(ctx, user.ID, id)
		if err != nil || !ok {
			return orElse(err, errNoPasskey)
		}
		if err := e.dropIdleRecovery(ctx, tx, user.ID); err != nil {
			return err
		}
		return e.passkeyChanged(ctx, tx, by, user, "user.passkey_remove", id, fmt.Sprintf("The passkey %q was removed.", list[i].Name))
	})
	if err != nil {
		return fmt.Errorf("removing a passkey: %w", err)
	}
	e.notice.publish()
	return nil
}

// UsePasskey notes a use whose signature was found good. A counter that does
// not go forward means that the key may exist twice (WebAuthn §6.1.1): the use
// is refused, put on record and told to the user.
func (e *Engine) UsePasskey(ctx context.Context, by Actor, user User, use PasskeyUse) error {
	copied := false
	err := e.store.InTx(ctx, func(tx Tx) error {
		copied = false
		p, err := tx.PasskeyByCredential(ctx, use.CredentialID)
		if IsNotFound(err) || err == nil && p.UserID != user.ID {
			return errPasskey()
		}
		if err != nil {
			return err
		}
		if copied = use.SignCount <= p.SignCount && (use.SignCount != 0 || p.SignCount != 0); copied {
			return e.passkeyChanged(ctx, tx, by, user, "user.passkey_copied", p.ID,
				fmt.Sprintf("The passkey %q was refused: its counter went back, so the key may have been copied. Remove it if you can't explain this.", p.Name))
		}
		ok, err := tx.UsePasskey(ctx, p.ID, p.SignCount, use.SignCount, use.BackedUp, e.Now())
		if err == nil && !ok {
			err = errPasskey() // used at the same moment elsewhere
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("using a passkey: %w", err)
	}
	if copied {
		e.notice.publish()
		return errPasskey()
	}
	return nil
}

// ProvePasskey is Prove by a passkey.
func (e *Engine) ProvePasskey(ctx context.Context, by Actor, user User, session Session, use PasskeyUse) error {
	if err := e.UsePasskey(ctx, by, user, use); err != nil {
		return err
	}
	return e.noteProof(ctx, session)
}
