package door

import (
	"fmt"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ratelimit"
	"github.com/indera/indera/web/ui"
)

// signInView is what the form shows again; a password never is.
type signInView struct {
	Email, Next string
	Reset       bool // a new password was just chosen
	Passkey     PasskeyForm
}

func (d *Door) signInPage(c echo.Context) error {
	view := signInView{Next: d.Local(c.QueryParam("next")), Reset: c.QueryParam("reset") == "done"}
	if user, _ := d.Who(c); user.ID != "" {
		return d.Shell.Redirect(c, view.Next)
	}
	return d.showSignIn(c, view, nil)
}

func (d *Door) showSignIn(c echo.Context, view signInView, problem error) error {
	view.Passkey = d.passkeyForm("/sign-in/passkey/begin", "/sign-in/passkey")
	view.Passkey.Next = view.Next
	return d.Shell.Show(c, "sign_in", d.Title, view, problem)
}

func (d *Door) signInDo(c echo.Context) error {
	ctx := c.Request().Context()
	view := signInView{Email: strings.TrimSpace(c.FormValue("email")), Next: d.Local(c.FormValue("next"))}
	if err := ui.Charge(d.SignInAddress, ratelimit.Client(c.RealIP())); err != nil {
		return err
	}
	key, err := ui.SignInKey(ctx, view.Email, d.Shell.Sessions.KnownDevice(c), d.Engine.KnowsDevice)
	if err != nil {
		return err
	}
	if err := ui.Charge(d.SignInAccount, key); err != nil {
		return err
	}
	user, err := d.Engine.SignIn(ctx, view.Email, c.FormValue("password"))
	if err == nil && !d.Admits(user) {
		// Who belongs to the other door reads the same as a stranger.
		err = registrar.Errorf(registrar.KindUnauthenticated, "wrong_credentials", "E-mail address or password is wrong.")
	}
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		if noted := d.noteFailure(c, view.Email); noted != nil {
			return noted
		}
		return d.showSignIn(c, view, err)
	}
	ui.Concerns(c, user.ID)
	factors, err := d.Engine.Factors(ctx, user.ID)
	if err != nil {
		return err
	}
	if factors.Second() {
		return d.waitForSecond(c, user, view.Next)
	}
	return d.enterTo(c, user, registrar.ByPassword, view.Next)
}

// noteFailure counts a failed sign-in and tells the log whose account was tried;
// an address that has none costs the same.
func (d *Door) noteFailure(c echo.Context, email string) error {
	ctx := c.Request().Context()
	user, err := d.Engine.Read().UserByEmail(ctx, strings.ToLower(email))
	if err != nil && !registrar.IsNotFound(err) {
		return fmt.Errorf("looking whose sign-in failed: %w", err)
	}
	ui.Concerns(c, user.ID)
	return d.Engine.NoteFailedSignIn(ctx, d.Actor(c, user), user)
}

// signInPasskeyBegin hands a challenge to a stranger.
func (d *Door) signInPasskeyBegin(c echo.Context) error {
	if err := ui.Charge(d.SignInAddress, ratelimit.Client(c.RealIP())); err != nil {
		return err
	}
	options, err := d.passkeys.BeginSignIn(c.Request().Context())
	return d.challenge(c, options, err)
}

// signInPasskey lets somebody in by a passkey alone: the authenticator verified
// the person, which makes it both factors.
func (d *Door) signInPasskey(c echo.Context) error {
	ctx := c.Request().Context()
	view := signInView{Next: d.Local(c.FormValue("next"))}
	user, use, err := d.passkeys.FinishSignIn(ctx, c.FormValue(passkeyAnswer))
	if err == nil && !d.Admits(user) {
		err = registrar.BadPasskey(nil)
	}
	if err == nil {
		err = d.Engine.UsePasskey(ctx, d.Actor(c, user), user, use)
	}
	if err != nil {
		d.refused(c, err)
		return d.showSignIn(c, view, err)
	}
	return d.enterTo(c, user, registrar.ByPasskey, view.Next)
}

// Enter signs this browser in as a user who has shown who they are.
func (d *Door) Enter(c echo.Context, user registrar.User, method registrar.SignInMethod) error {
	ctx := c.Request().Context()
	session, err := d.Engine.StartSession(ctx, d.Actor(c, user), user, registrar.SessionStart{
		Door: d.Face.Door, Method: method, Device: d.Shell.Sessions.Device(c), Agent: c.Request().UserAgent(), Life: d.Life,
	})
	if err != nil {
		return err
	}
	if err := d.Shell.Sessions.SignIn(ctx, session.ID); err != nil || d.Entered == nil {
		return err
	}
	return d.Entered(c, user)
}

func (d *Door) enterTo(c echo.Context, user registrar.User, method registrar.SignInMethod, next string) error {
	if err := d.Enter(c, user, method); err != nil {
		return err
	}
	return d.Shell.Redirect(c, next)
}
