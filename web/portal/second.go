package portal

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// Session keys of a sign-in whose second factor is still to come.
const (
	keyHalfWay      = "half_way"       // user id
	keyHalfWaySince = "half_way_since" // unix seconds
)

// halfWayLife is how long the first factor waits for the second.
const halfWayLife = 5 * time.Minute

// waitForSecond remembers that the password was right. The token changes, so
// that a planted one is worth nothing.
func (p *Portal) waitForSecond(c echo.Context, user registrar.User, next string) error {
	ctx := c.Request().Context()
	if err := p.shell.Sessions.Renew(ctx); err != nil {
		return err
	}
	p.shell.Sessions.Put(ctx, keyHalfWay, user.ID)
	p.shell.Sessions.Put(ctx, keyHalfWaySince, strconv.FormatInt(p.engine.Now().Unix(), 10))
	return p.shell.Redirect(c, "/sign-in/second?next="+url.QueryEscape(next))
}

// halfWay returns whose second factor is waited for.
func (p *Portal) halfWay(c echo.Context) (registrar.User, bool, error) {
	ctx := c.Request().Context()
	id := p.shell.Sessions.Get(ctx, keyHalfWay)
	since, err := strconv.ParseInt(p.shell.Sessions.Get(ctx, keyHalfWaySince), 10, 64)
	if id == "" || err != nil || p.engine.Now().Sub(time.Unix(since, 0)) >= halfWayLife {
		return registrar.User{}, false, nil
	}
	user, err := p.engine.Read().User(ctx, id)
	if registrar.IsNotFound(err) || err == nil && user.DisabledAt != nil {
		return registrar.User{}, false, nil
	}
	if err != nil {
		return user, false, fmt.Errorf("reading user: %w", err)
	}
	return user, true, nil
}

// secondView is the second step of a sign-in.
type secondView struct {
	Next, Field string
	Factors     registrar.Factors
	Passkey     passkeyForm
}

func (p *Portal) secondPage(c echo.Context) error {
	next := ui.LocalPath(c.QueryParam("next"), "/domains")
	user, waiting, err := p.halfWay(c)
	if err != nil {
		return err
	}
	if !waiting {
		return p.shell.Redirect(c, signInPath(next))
	}
	return p.showSecond(c, user, next, nil)
}

func (p *Portal) showSecond(c echo.Context, user registrar.User, next string, problem error) error {
	factors, err := p.engine.Factors(c.Request().Context(), user.ID)
	if err != nil {
		return err
	}
	view := secondView{Next: next, Field: ui.FieldOf(problem), Factors: factors, Passkey: p.passkeyForm("/sign-in/second/passkey/begin", "/sign-in/second/passkey")}
	view.Passkey.Next = next
	return p.shown(c, "second", "Second step", view, problem)
}

func (p *Portal) secondDo(c echo.Context) error {
	ctx := c.Request().Context()
	next := ui.LocalPath(c.FormValue("next"), "/domains")
	user, waiting, err := p.halfWay(c)
	if err != nil {
		return err
	}
	if !waiting {
		return p.shell.Redirect(c, signInPath(next))
	}
	if err := ui.Charge(p.prove, user.ID); err != nil {
		return err
	}
	method, err := p.engine.CheckSecond(ctx, actor(c, visitor{User: user}), user, c.FormValue("code"))
	if err != nil {
		return p.showSecond(c, user, next, err)
	}
	return p.passSecond(c, user, method, next)
}

// passSecond signs somebody in whose second factor was good.
func (p *Portal) passSecond(c echo.Context, user registrar.User, method registrar.SignInMethod, next string) error {
	ctx := c.Request().Context()
	for _, key := range []string{keyHalfWay, keyHalfWaySince} {
		p.shell.Sessions.Remove(ctx, key)
	}
	if err := p.enter(c, user, method); err != nil {
		return err
	}
	return p.shell.Redirect(c, next)
}

// totpView shows a seed while it is enrolled.
type totpView struct {
	Secret  string // in groups of four
	Picture template.URL
	Field   string
}

func (p *Portal) totpBegin(c echo.Context, v visitor) error {
	setup, err := p.engine.BeginTOTP(c.Request().Context(), v.User)
	if err != nil {
		return err
	}
	return p.showTOTP(c, setup, nil)
}

func (p *Portal) showTOTP(c echo.Context, setup registrar.TOTPSetup, problem error) error {
	picture, err := ui.KeyPicture(setup.URL)
	if err != nil {
		return err
	}
	view := totpView{Secret: ui.InFours(setup.Secret), Field: ui.FieldOf(problem), Picture: picture}
	return p.shown(c, "totp", "Set up an authenticator app", view, problem)
}

// totpConfirm shows recovery codes in this one answer: they are kept nowhere.
func (p *Portal) totpConfirm(c echo.Context, v visitor) error {
	ctx := c.Request().Context()
	if err := ui.Charge(p.prove, v.User.ID); err != nil {
		return err
	}
	codes, err := p.engine.ConfirmTOTP(ctx, actor(c, v), v.User, c.FormValue("code"), v.Session.ID)
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		setup, serr := p.engine.PendingTOTP(ctx, v.User)
		if serr != nil {
			return serr
		}
		return p.showTOTP(c, setup, err)
	}
	return p.showRecovery(c, codes)
}

func (p *Portal) showRecovery(c echo.Context, codes []string) error {
	return p.shell.Render(c, http.StatusOK, "recovery", p.shell.Page(c, "Recovery codes", codes))
}

func (p *Portal) totpRemove(c echo.Context, v visitor) error {
	ctx := c.Request().Context()
	if err := p.engine.RemoveTOTP(ctx, actor(c, v), v.User); err != nil {
		return err
	}
	p.shell.Sessions.Say(ctx, "The authenticator app is removed.")
	return p.shell.Redirect(c, "/security")
}

func (p *Portal) recoveryRenew(c echo.Context, v visitor) error {
	codes, err := p.engine.RenewRecovery(c.Request().Context(), actor(c, v), v.User)
	if err != nil {
		return err
	}
	return p.showRecovery(c, codes)
}
