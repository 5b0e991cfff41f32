package door

import (
	"html/template"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// totpView shows a seed while it is enrolled.
type totpView struct {
	Secret  string // in groups of four
	Picture template.URL
	Field   string
}

func (d *Door) totpBegin(c echo.Context) error {
	user, _ := d.Who(c)
	setup, err := d.Engine.BeginTOTP(c.Request().Context(), user)
	if err != nil {
		return err
	}
	return d.showTOTP(c, setup, nil)
}

func (d *Door) showTOTP(c echo.Context, setup registrar.TOTPSetup, problem error) error {
	picture, err := ui.KeyPicture(setup.URL)
	if err != nil {
		return err
	}
	view := totpView{Secret: ui.InFours(setup.Secret), Picture: picture, Field: ui.FieldOf(problem)}
	return d.Shell.Show(c, "totp", "Set up an authenticator app", view, problem)
}

// totpConfirm shows recovery codes in this one answer: they are kept nowhere.
func (d *Door) totpConfirm(c echo.Context) error {
	ctx := c.Request().Context()
	user, session := d.Who(c)
	if err := ui.Charge(d.Prove, user.ID); err != nil {
		return err
	}
	codes, err := d.Engine.ConfirmTOTP(ctx, d.Actor(c, user), user, c.FormValue("code"), session.ID)
	if err == nil {
		return d.showRecovery(c, codes)
	}
	if ui.Mishap(err) {
		return err
	}
	setup, serr := d.Engine.PendingTOTP(ctx, user)
	if serr != nil {
		return serr
	}
	return d.showTOTP(c, setup, err)
}

func (d *Door) showRecovery(c echo.Context, codes []string) error {
	return d.Shell.Show(c, "recovery", "Recovery codes", codes, nil)
}

func (d *Door) totpRemove(c echo.Context) error {
	user, _ := d.Who(c)
	if err := d.Engine.RemoveTOTP(c.Request().Context(), d.Actor(c, user), user, d.KeepFactor); err != nil {
		return err
	}
	return d.toSecurity(c, "", "The authenticator app is removed.")
}

func (d *Door) recoveryRenew(c echo.Context) error {
	user, _ := d.Who(c)
	codes, err := d.Engine.RenewRecovery(c.Request().Context(), d.Actor(c, user), user)
	if err != nil {
		return err
	}
	return d.showRecovery(c, codes)
}

// sessionEnd signs one browser of one's own out. When it is this one, the
// visitor goes home.
func (d *Door) sessionEnd(c echo.Context) error {
	user, session := d.Who(c)
	if err := d.Engine.EndSession(c.Request().Context(), d.Actor(c, user), user.ID, c.Param("id"), registrar.EndElsewhere); err != nil {
		return err
	}
	if c.Param("id") == session.ID {
		return d.Shell.Redirect(c, d.Shell.Home)
	}
	return d.toSecurity(c, "#sessions", "That browser is signed out.")
}

// sessionsEnd signs out everywhere else; this browser gets a new token, so that
// a copy of its cookie is worth nothing either.
func (d *Door) sessionsEnd(c echo.Context) error {
	ctx := c.Request().Context()
	user, session := d.Who(c)
	n, err := d.Engine.EndOtherSessions(ctx, d.Actor(c, user), user.ID, session.ID)
	if err != nil {
		return err
	}
	if err := d.Shell.Sessions.Renew(ctx); err != nil {
		return err
	}
	return d.toSecurity(c, "#sessions", "You are signed out in "+ui.Plural(n, "other browser", "other browsers")+".")
}
