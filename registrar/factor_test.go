package registrar_test

import (
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/indera/indera/registrar"
)

// app is an authenticator app.
type app struct {
	d      *desk
	secret string
}

func (a app) code() string {
	a.d.t.Helper()
	code, err := totp.GenerateCode(a.secret, a.d.clock.Now())
	a.d.must(err)
	return code
}

// enrol sets an app up and returns it with the recovery codes.
func (d *desk) enrol() (app, []string) {
	d.t.Helper()
	setup, err := d.engine.BeginTOTP(d.t.Context(), d.user)
	d.must(err)
	a := app{d, setup.Secret}
	codes, err := d.engine.ConfirmTOTP(d.t.Context(), d.by, d.user, a.code(), "")
	d.must(err)
	d.clock.Advance(30 * time.Second) // the next code
	return a, codes
}

func TestAuthenticatorApp(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	laptop, phone := d.enter("laptop"), d.enter("phone")
	setup, err := d.engine.BeginTOTP(ctx, d.user)
	d.must(err)
	u, err := url.Parse(setup.URL)
	d.must(err)
	if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Indera:ada@example.org" || u.Query().Get("secret") != setup.Secret || len(setup.Secret) != 32 {
		t.Errorf("URL %s", setup.URL)
	}
	again, err := d.engine.PendingTOTP(ctx, d.user)
	d.must(err)
	if again != setup {
		t.Errorf("pending %+v, want %+v", again, setup)
	}
	if f, err := d.engine.Factors(ctx, d.user.ID); err != nil || f.Second() {
		t.Errorf("factors before the proof: %+v, %v", f, err)
	}
	a := app{d, setup.Secret}
	_, err = d.engine.CheckSecond(ctx, d.by, d.user, a.code())
	wantKind(t, err, registrar.KindUnauthenticated, "wrong_code") // not confirmed yet
	_, err = d.engine.ConfirmTOTP(ctx, d.by, d.user, "000000", laptop.ID)
	wantKind(t, err, registrar.KindUnauthenticated, "wrong_code")
	codes, err := d.engine.ConfirmTOTP(ctx, d.by, d.user, a.code()[:3]+" "+a.code()[3:], laptop.ID)
	d.must(err)
	d.mail("second_factor_changed", "ada@example.org")
	d.must(d.open(laptop))
	wantKind(t, d.open(phone), registrar.KindUnauthenticated, "signed_out")
	f, err := d.engine.Factors(ctx, d.user.ID)
	d.must(err)
	if !f.Second() || f.Recovery != 10 || len(codes) != 10 || len(codes[0]) != 19 {
		t.Errorf("factors %+v, codes %v", f, codes)
	}
	_, err = d.engine.BeginTOTP(ctx, d.user)
	wantKind(t, err, registrar.KindConflict, "totp_there")
	_, err = d.engine.PendingTOTP(ctx, d.user)
	wantKind(t, err, registrar.KindConflict, "totp_there")

	_, err = d.engine.CheckSecond(ctx, d.by, d.user, a.code())
	wantKind(t, err, registrar.KindUnauthenticated, "wrong_code") // the enrolment used it
	d.clock.Advance(30 * time.Second)
	method, err := d.engine.CheckSecond(ctx, d.by, d.user, a.code())
	d.must(err)
	if method != registrar.ByTOTP {
		t.Errorf("method %s", method)
	}
	d.must(d.engine.RemoveTOTP(ctx, d.by, d.user, false))
	if f, err := d.engine.Factors(ctx, d.user.ID); err != nil || f.Second() || f.Recovery != 0 {
		t.Errorf("after removal: %+v, %v", f, err)
	}
}

// TestReplayedCode: each code works once, and none before it works afterwards.
func TestReplayedCode(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	a, _ := d.enrol()
	check := func(code string) error {
		_, err := d.engine.CheckSecond(ctx, d.by, d.user, code)
		return err
	}
	d.clock.Advance(time.Minute)
	older := a.code()
	d.clock.Advance(30 * time.Second)
	d.must(check(a.code()))
	wantKind(t, check(a.code()), registrar.KindUnauthenticated, "wrong_code")
	wantKind(t, check(older), registrar.KindUnauthenticated, "wrong_code")
	d.clock.Advance(30 * time.Second)
	late := a.code()
	d.clock.Advance(30 * time.Second)
	d.must(check(late)) // a clock half a minute behind is fine
	d.clock.Advance(30 * time.Second)
	late = a.code()
	d.clock.Advance(time.Minute)
	wantKind(t, check(late), registrar.KindUnauthenticated, "wrong_code") // more is not

	code := a.code()
	var all sync.WaitGroup
	wins := make(chan struct{}, 4)
	for range 4 {
		all.Go(func() {
			if check(code) == nil {
				wins <- struct{}{}
			}
		})
	}
	all.Wait()
	if len(wins) != 1 {
		t.Errorf("%d of 4 used one code", len(wins))
	}
}

func TestRecoveryCodes(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	_, err := d.engine.RenewRecovery(ctx, d.by, d.user)
	wantKind(t, err, registrar.KindConflict, "no_second_factor")
	_, codes := d.enrol()
	check := func(code string) error {
		method, err := d.engine.CheckSecond(ctx, d.by, d.user, code)
		if err == nil && method != registrar.ByRecovery {
			t.Errorf("method %s", method)
		}
		return err
	}
	d.mail("second_factor_changed", "ada@example.org")
	d.must(check(" " + strings.ToUpper(codes[0]) + " "))
	if m := d.mail("second_factor_changed", "ada@example.org"); !strings.Contains(m.Text, "9 are left") {
		t.Errorf("mail %q", m.Text)
	}
	wantKind(t, check(codes[0]), registrar.KindUnauthenticated, "wrong_code")
	wantKind(t, check(""), registrar.KindUnauthenticated, "wrong_code")
	_, other, err := d.engine.SignUp(ctx, registrar.Actor{}, registrar.SignUp{Name: "Eve", Email: "eve@example.org", Password: "correct horse"})
	d.must(err)
	_, err = d.engine.CheckSecond(ctx, d.by, other, codes[1])
	wantKind(t, err, registrar.KindUnauthenticated, "wrong_code") // somebody else's
	fresh, err := d.engine.RenewRecovery(ctx, d.by, d.user)
	d.must(err)
	wantKind(t, check(codes[1]), registrar.KindUnauthenticated, "wrong_code")
	d.must(check(fresh[9]))
}

func TestProof(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	s := d.enter("laptop")
	proved := func() bool {
		now, err := d.store.Session(ctx, s.ID)
		d.must(err)
		return d.engine.Proved(now)
	}
	if !proved() {
		t.Error("a fresh sign-in is a proof")
	}
	d.clock.Advance(10 * time.Minute)
	if proved() {
		t.Error("the proof never ends")
	}
	wantKind(t, d.engine.Prove(ctx, d.by, d.user, s, registrar.Proof{Password: "wrong horse"}), registrar.KindUnauthenticated, "wrong_password")
	if proved() {
		t.Error("a wrong password is a proof")
	}
	d.must(d.engine.Prove(ctx, d.by, d.user, s, registrar.Proof{Password: "correct horse"}))
	if !proved() {
		t.Error("the password is no proof")
	}
	d.clock.Advance(10 * time.Minute)
	setup, err := d.engine.BeginTOTP(ctx, d.user)
	d.must(err)
	a := app{d, setup.Secret}
	_, err = d.engine.ConfirmTOTP(ctx, d.by, d.user, a.code(), s.ID)
	d.must(err)
	d.clock.Advance(30 * time.Second)
	// Who has a second factor can't do with the password.
	wantKind(t, d.engine.Prove(ctx, d.by, d.user, s, registrar.Proof{Password: "correct horse"}), registrar.KindUnauthenticated, "wrong_code")
	d.must(d.engine.Prove(ctx, d.by, d.user, s, registrar.Proof{Code: a.code()}))
	if !proved() {
		t.Error("the code is no proof")
	}
	d.must(d.engine.EndSession(ctx, d.by, d.user.ID, s.ID, registrar.EndSignedOut))
	d.clock.Advance(30 * time.Second)
	wantKind(t, d.engine.Prove(ctx, d.by, d.user, s, registrar.Proof{Code: a.code()}), registrar.KindUnauthenticated, "signed_out")
}

// TestResetKeepsSecondFactor: the mailbox alone does not open the account.
func TestResetKeepsSecondFactor(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	d.enrol()
	d.must(d.engine.RequestReset(ctx, registrar.Actor{}, "ada@example.org"))
	_, err := d.engine.ResetPassword(ctx, registrar.Actor{}, d.ticket("password_reset", "ada@example.org"), "another horse battery")
	d.must(err)
	if f, err := d.engine.Factors(ctx, d.user.ID); err != nil || !f.Second() {
		t.Errorf("factors %+v, %v", f, err)
	}
}

// TestSeedIsSealed: the row shows no seed, and a seed copied to another user
// opens nothing.
func TestSeedIsSealed(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	a, _ := d.enrol()
	row, err := d.store.TOTPOf(ctx, d.user.ID)
	d.must(err)
	if !strings.HasPrefix(row.Sealed, "v1.test.") || strings.Contains(row.Sealed, a.secret) {
		t.Errorf("sealed %q", row.Sealed)
	}
	_, eve, err := d.engine.SignUp(ctx, registrar.Actor{}, registrar.SignUp{Name: "Eve", Email: "eve@example.org", Password: "correct horse"})
	d.must(err)
	row.UserID = eve.ID
	d.must(d.store.InTx(ctx, func(tx registrar.Tx) error { return tx.PutTOTP(ctx, row) }))
	if _, err := d.engine.CheckSecond(ctx, d.by, eve, a.code()); err == nil {
		t.Error("the seed of one user opened another")
	}
}
