package registrar

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// TOTP is a user's authenticator app (RFC 6238: SHA-1, six digits, 30 seconds,
// what every app knows).
type TOTP struct {
	UserID      string
	Sealed      string // the seed, for the place "user_totp.sealed/<user id>"
	LastStep    int64  // of the last code that was taken; older ones are refused
	CreatedAt   time.Time
	ConfirmedAt *time.Time // nil: shown, but not proved yet
}

// FactorReader is the part of Reader about second factors.
type FactorReader interface {
	TOTPOf(ctx context.Context, userID string) (TOTP, error)
	// RecoveryLeft counts the recovery codes that still work.
	RecoveryLeft(ctx context.Context, userID string) (int, error)
}

// FactorTx is the part of Tx about second factors.
type FactorTx interface {
	// PutTOTP writes a new app, replacing one that was not confirmed; KindConflict
	// when a confirmed one is there.
	PutTOTP(ctx context.Context, t TOTP) error
	// ConfirmTOTP ends the enrolment; ok is false when there is nothing to confirm.
	ConfirmTOTP(ctx context.Context, userID string, at time.Time) (ok bool, err error)
	// TakeTOTPStep notes that the code of a step was used; ok is false when that or
	// a later one was before.
	TakeTOTPStep(ctx context.Context, userID string, step int64) (ok bool, err error)
	DropTOTP(ctx context.Context, userID string) error
	// PutRecovery replaces all recovery codes of a user.
	PutRecovery(ctx context.Context, userID string, digests []string, at time.Time) error
	// UseRecovery takes a code; ok is false when it is unknown or was used.
	UseRecovery(ctx context.Context, userID, digest string, at time.Time) (ok bool, err error)
	DropRecovery(ctx context.Context, userID string) error
}

// Factors is what a user has beside the password.
type Factors struct {
	TOTPSince *time.Time // nil: no authenticator app
	Recovery  int        // recovery codes that still work
	Passkeys  int
}

// Second reports whether a second factor is asked for.
func (f Factors) Second() bool { return f.Count() > 0 }

// Count is how many second factors there are. Recovery codes only stand in for
// them.
func (f Factors) Count() int {
	if f.TOTPSince != nil {
		return f.Passkeys + 1
	}
	return f.Passkeys
}

// Factors returns what a user has beside the password.
func (e *Engine) Factors(ctx context.Context, userID string) (Factors, error) {
	return e.factors(ctx, e.store, userID)
}

func (e *Engine) factors(ctx context.Context, r Reader, userID string) (Factors, error) {
	var f Factors
	app, err := r.TOTPOf(ctx, userID)
	if err != nil && !IsNotFound(err) {
		return f, fmt.Errorf("reading second factors: %w", err)
	}
	if err == nil {
		f.TOTPSince = app.ConfirmedAt
	}
	if f.Recovery, err = r.RecoveryLeft(ctx, userID); err != nil {
		return f, fmt.Errorf("counting recovery codes: %w", err)
	}
	keys, err := r.PasskeysOf(ctx, userID)
	if err != nil {
		return f, fmt.Errorf("counting passkeys: %w", err)
	}
	f.Passkeys = len(keys)
	return f, nil
}

const (
	totpPeriod = 30 // seconds
	totpSkew   = 1  // steps before and after (RFC 6238 §5.2)
	totpSeed   = 20 // bytes (RFC 4226 §4 R6: 160 bits)
)

func totpPlace(userID string) string { return "user_totp.sealed/" + userID }

// TOTPSetup is shown while an authenticator app is enrolled.
type TOTPSetup struct {
	Secret string // base32, for typing
	URL    string // otpauth://…, for the picture
}

// BeginTOTP makes a seed for an authenticator app and returns it. It counts only
// once a code of it was given; calling again makes another. KindForbidden
// address_not_confirmed before the user has proved the address.
func (e *Engine) BeginTOTP(ctx context.Context, user User) (TOTPSetup, error) {
	if e.opt.Seal == nil {
		return TOTPSetup{}, e.canMailSecrets()
	}
	seed := make([]byte, totpSeed)
	if _, err := rand.Read(seed); err != nil {
		return TOTPSetup{}, fmt.Errorf("making a seed: %w", err)
	}
	sealed, err := e.opt.Seal.Seal(totpPlace(user.ID), seed)
	if err != nil {
		return TOTPSetup{}, fmt.Errorf("sealing a seed: %w", err)
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		if err := e.addressConfirmed(ctx, tx, user.ID); err != nil {
			return err
		}
		return tx.PutTOTP(ctx, TOTP{UserID: user.ID, Sealed: sealed, CreatedAt: e.Now()})
	})
	if err != nil {
		return TOTPSetup{}, fmt.Errorf("enrolling an authenticator app: %w", err)
	}
	return e.totpSetup(user, seed), nil
}

var base32Plain = base32.StdEncoding.WithPadding(base32.NoPadding)

func (e *Engine) totpSetup(user User, seed []byte) TOTPSetup {
	secret := base32Plain.EncodeToString(seed)
	issuer := e.opt.Issuer
	if issuer == "" {
		issuer = "Indera"
	}
	// Key URI format of the authenticator apps.
	url := fmt.Sprintf("otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=SHA1&digits=6&period=%d",
		escapeLabel(issuer), escapeLabel(user.Email), secret, escapeLabel(issuer), totpPeriod)
	return TOTPSetup{Secret: secret, URL: url}
}

// escapeLabel percent-encodes all but unreserved characters (RFC 3986 §2.3);
// apps read "+" literally, so query escaping would not do.
func escapeLabel(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// PendingTOTP returns the seed of an enrolment that is under way.
func (e *Engine) PendingTOTP(ctx context.Context, user User) (TOTPSetup, error) {
	app, seed, err := e.totpSeed(ctx, e.store, user.ID)
	if err != nil {
		return TOTPSetup{}, err
	}
	if app.ConfirmedAt != nil {
		return TOTPSetup{}, Errorf(KindConflict, "totp_there", "An authenticator app is set up already.")
	}
	return e.totpSetup(user, seed), nil
}

func (e *Engine) totpSeed(ctx context.Context, r Reader, userID string) (TOTP, []byte, error) {
	app, err := r.TOTPOf(ctx, userID)
	if err != nil {
		return app, nil, err
	}
	if e.opt.Seal == nil {
		return app, nil, e.canMailSecrets()
	}
	seed, err := e.opt.Seal.Open(totpPlace(userID), app.Sealed)
	if err != nil {
		return app, nil, fmt.Errorf("opening the seed of %s: %w", userID, err)
	}
	return app, seed, nil
}

// errCode is the one answer for every code that does not work.
func errCode() *Error {
	err := Errorf(KindUnauthenticated, "wrong_code", "This code is wrong or was used already. Codes change every 30 seconds; check the clock of your device.")
	err.Field = "code"
	return err
}

// takeTOTP checks a code and takes it, so that it works once: a code that was
// seen over the shoulder or on the wire can't be sent again.
func (e *Engine) takeTOTP(ctx context.Context, tx Tx, userID, code string, confirmed bool) error {
	app, seed, err := e.totpSeed(ctx, tx, userID)
	if IsNotFound(err) || err == nil && (app.ConfirmedAt != nil) != confirmed {
		return errCode()
	}
	if err != nil {
		return err
	}
	step := e.Now().Unix() / totpPeriod
	for s := step - totpSkew; s <= step+totpSkew; s++ {
		want, err := hotp.GenerateCodeCustom(base32Plain.EncodeToString(seed), uint64(s), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return fmt.Errorf("computing a code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) != 1 {
			continue
		}
		ok, err := tx.TakeTOTPStep(ctx, userID, s)
		if err == nil && !ok {
			err = errCode().Because(errReplayed)
		}
		return err
	}
	return errCode()
}

// recoveryCodes is how many are given out at once.
const recoveryCodes = 10

// newRecovery makes codes of 80 random bits: no slow hash is needed.
func newRecovery(userID string) (codes, digests []string, err error) {
	for range recoveryCodes {
		raw := make([]byte, 10)
		if _, err := rand.Read(raw); err != nil {
			return nil, nil, fmt.Errorf("making recovery codes: %w", err)
		}
		c := strings.ToLower(base32Plain.EncodeToString(raw))
		codes = append(codes, c[:4]+"-"+c[4:8]+"-"+c[8:12]+"-"+c[12:])
		digests = append(digests, recoveryDigest(userID, c))
	}
	return codes, digests, nil
}

func recoveryDigest(userID, code string) string { return digest("recovery " + userID + " " + code) }

// tidyCode reads a code as people type it.
func tidyCode(code string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(strings.TrimSpace(code)))
}

// ConfirmTOTP ends the enrolment by a code of the app and returns recovery
// codes, which are shown once. Sessions but keep end: they never gave a second
// factor.
func (e *Engine) ConfirmTOTP(ctx context.Context, by Actor, user User, code, keep string) ([]string, error) {
	codes, digests, err := newRecovery(user.ID)
	if err != nil {
		return nil, err
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		now := e.Now()
		if err := e.takeTOTP(ctx, tx, user.ID, tidyCode(code), false); err != nil {
			return err
		}
		if ok, err := tx.ConfirmTOTP(ctx, user.ID, now); err != nil || !ok {
			return orElse(err, errCode())
		}
		if err := tx.PutRecovery(ctx, user.ID, digests, now); err != nil {
			return err
		}
		if _, err := e.shutOut(ctx, tx, user.ID, keep, EndSecurity); err != nil {
			return err
		}
		return e.factorChanged(ctx, tx, by, user, "user.totp_add", "An authenticator app was set up. From now on it is asked for at each sign-in.")
	})
	if err != nil {
		return nil, fmt.Errorf("confirming an authenticator app: %w", err)
	}
	e.notice.publish()
	return codes, nil
}

// orElse returns err, or other when err is nil.
func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// factorChanged audits a change of the second factors and tells the user.
func (e *Engine) factorChanged(ctx context.Context, tx Tx, by Actor, user User, action, what string) error {
	if err := tx.InsertAudit(ctx, e.sessionAudit(by, user.ID, action, nil)); err != nil {
		return err
	}
	return e.writeUserMail(ctx, tx, user, user.Email, "second_factor_changed", map[string]any{"What": what, "At": e.Now(), "IP": by.IP})
}

// RemoveTOTP gives the authenticator app up. Recovery codes go with the last
// second factor. keepOne says that the last one must stay: KindConflict.
func (e *Engine) RemoveTOTP(ctx context.Context, by Actor, user User, keepOne bool) error {
	err := e.store.InTx(ctx, func(tx Tx) error {
		app, err := tx.TOTPOf(ctx, user.ID)
		if IsNotFound(err) || err == nil && app.ConfirmedAt == nil {
			return Errorf(KindConflict, "no_totp", "There is no authenticator app.")
		}
		if err != nil {
			return err
		}
		if err := e.mayDropFactor(ctx, tx, user, keepOne); err != nil {
			return err
		}
		if err := tx.DropTOTP(ctx, user.ID); err != nil {
			return err
		}
		if err := e.dropIdleRecovery(ctx, tx, user.ID); err != nil {
			return err
		}
		return e.factorChanged(ctx, tx, by, user, "user.totp_remove", "The authenticator app was removed.")
	})
	if err != nil {
		return fmt.Errorf("removing an authenticator app: %w", err)
	}
	e.notice.publish()
	return nil
}

// mayDropFactor keeps the last second factor where one is asked for. Staff are
// serialised, so that of two removals at once one sees the other.
func (e *Engine) mayDropFactor(ctx context.Context, tx Tx, user User, keepOne bool) error {
	if !keepOne {
		return nil
	}
	if err := tx.SerializeStaff(ctx); err != nil {
		return err
	}
	f, err := e.factors(ctx, tx, user.ID)
	if err == nil && f.Count() == 1 {
		err = Errorf(KindConflict, "last_factor", "This is your only second factor, and you need one here. Please add another one first.")
	}
	return err
}

func (e *Engine) dropIdleRecovery(ctx context.Context, tx Tx, userID string) error {
	f, err := e.factors(ctx, tx, userID)
	if err != nil || f.Second() {
		return err
	}
	return tx.DropRecovery(ctx, userID)
}

// RenewRecovery makes new recovery codes; the old ones end.
func (e *Engine) RenewRecovery(ctx context.Context, by Actor, user User) ([]string, error) {
	codes, digests, err := newRecovery(user.ID)
	if err != nil {
		return nil, err
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		f, err := e.factors(ctx, tx, user.ID)
		if err != nil {
			return err
		}
		if !f.Second() {
			return Errorf(KindConflict, "no_second_factor", "Recovery codes stand in for a second factor. Please set one up first.")
		}
		if err := tx.PutRecovery(ctx, user.ID, digests, e.Now()); err != nil {
			return err
		}
		return e.factorChanged(ctx, tx, by, user, "user.recovery_renew", "New recovery codes were made; the old ones work no more.")
	})
	if err != nil {
		return nil, fmt.Errorf("making recovery codes: %w", err)
	}
	e.notice.publish()
	return codes, nil
}

// CheckSecond checks a code of the authenticator app, or a recovery code, and
// takes it: each works once. Callers limit the rate.
func (e *Engine) CheckSecond(ctx context.Context, by Actor, user User, code string) (SignInMethod, error) {
	code = tidyCode(code)
	method := ByTOTP
	err := e.store.InTx(ctx, func(tx Tx) error {
		if len(code) == 6 {
			return e.takeTOTP(ctx, tx, user.ID, code, true)
		}
		method = ByRecovery
		ok, err := tx.UseRecovery(ctx, user.ID, recoveryDigest(user.ID, code), e.Now())
		if err != nil || !ok {
			return orElse(err, errCode())
		}
		left, err := tx.RecoveryLeft(ctx, user.ID)
		if err != nil {
			return err
		}
		return e.factorChanged(ctx, tx, by, user, "user.recovery_use", fmt.Sprintf("A recovery code was used; %d are left.", left))
	})
	if err != nil {
		return "", fmt.Errorf("checking a second factor: %w", e.failed(ctx, by, user, TryCode, err))
	}
	e.notice.publish()
	return method, nil
}

// Proof is what a signed-in person gives before a sensitive act: the code of a
// second factor, or the password where there is none.
type Proof struct {
	Password string
	Code     string
}

// Prove checks a proof and notes it in the session, where it counts for
// ProofLife. Callers limit the rate.
func (e *Engine) Prove(ctx context.Context, by Actor, user User, session Session, p Proof) error {
	f, err := e.Factors(ctx, user.ID)
	if err != nil {
		return err
	}
	if f.Second() {
		_, err = e.CheckSecond(ctx, by, user, p.Code)
	} else {
		err = e.failed(ctx, by, user, TryProof, e.CheckPassword(user, p.Password))
	}
	if err != nil {
		return err
	}
	return e.noteProof(ctx, session)
}

func (e *Engine) noteProof(ctx context.Context, session Session) error {
	if session.Method == Impersonated {
		return errImpersonated
	}
	err := e.store.InTx(ctx, func(tx Tx) error {
		ok, err := tx.ProveSession(ctx, session.ID, e.Now())
		if err == nil && !ok {
			err = errSignedOut
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("noting a proof: %w", err)
	}
	return nil
}
