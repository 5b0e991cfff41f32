package door

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/passkey"
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
func (d *Door) waitForSecond(c echo.Context, user registrar.User, next string) error {
	ctx := c.Request().Context()
	if err := d.Shell.Sessions.Renew(ctx); err != nil {
		return err
	}
	d.Shell.Sessions.Put(ctx, keyHalfWay, user.ID)
	d.Shell.Sessions.Put(ctx, keyHalfWaySince, strconv.FormatInt(d.Engine.Now().Unix(), 10))
	return d.Shell.Redirect(c, d.Shell.Base+"/sign-in/second?next="+url.QueryEscape(next))
}

// halfWay returns whose second factor is waited for.
func (d *Door) halfWay(c echo.Context) (registrar.User, bool, error) {
	ctx := c.Request().Context()
	id := d.Shell.Sessions.Get(ctx, keyHalfWay)
	since, err := strconv.ParseInt(d.Shell.Sessions.Get(ctx, keyHalfWaySince), 10, 64)
	if id == "" || err != nil || d.Engine.Now().Sub(time.Unix(since, 0)) >= halfWayLife {
		return registrar.User{}, false, nil
	}
	user, err := d.Engine.Read().User(ctx, id)
	if registrar.IsNotFound(err) || err == nil && (user.DisabledAt != nil || !d.Admits(user)) {
		return registrar.User{}, false, nil
	}
	if err != nil {
		return user, false, fmt.Errorf("reading user: %w", err)
	}
	return user, true, nil
}

// half lets those through whose second factor is waited for; others start anew.
func (d *Door) half(c echo.Context, next string, do func(user registrar.User) error) error {
	user, waiting, err := d.halfWay(c)
	if err != nil {
		return err
	}
	if !waiting {
		return d.Shell.Redirect(c, d.SignInPath(next))
	}
	ui.Concerns(c, user.ID)
	return do(user)
}

// secondView is the second step of a sign-in.
type secondView struct {
	Next, Field string
	Factors     registrar.Factors
	Passkey     PasskeyForm
}

func (d *Door) secondPage(c echo.Context) error {
	next := d.Local(c.QueryParam("next"))
	return d.half(c, next, func(user registrar.User) error { return d.showSecond(c, user, next, nil) })
}

func (d *Door) showSecond(c echo.Context, user registrar.User, next string, problem error) error {
	factors, err := d.Engine.Factors(c.Request().Context(), user.ID)
	if err != nil {
		return err
	}
	view := secondView{Next: next, Field: ui.FieldOf(problem), Factors: factors, Passkey: d.passkeyForm("/sign-in/second/passkey/begin", "/sign-in/second/passkey")}
	view.Passkey.Next = next
	return d.Shell.Show(c, "second", "Second step", view, problem)
}

func (d *Door) secondDo(c echo.Context) error {
	next := d.Local(c.FormValue("next"))
	return d.half(c, next, func(user registrar.User) error {
		if err := ui.Charge(d.Prove, user.ID); err != nil {
			return err
		}
		method, err := d.Engine.CheckSecond(c.Request().Context(), d.Actor(c, user), user, c.FormValue("code"))
		if err != nil {
			return d.showSecond(c, user, next, err)
		}
		return d.passSecond(c, user, method, next)
	})
}

func (d *Door) secondPasskeyBegin(c echo.Context) error {
	user, waiting, err := d.halfWay(c)
	if err != nil {
		return err
	}
	if !waiting {
		return echo.ErrUnauthorized
	}
	return d.useBegin(c, passkey.Second, user)
}

func (d *Door) secondPasskey(c echo.Context) error {
	ctx, next := c.Request().Context(), d.Local(c.FormValue("next"))
	return d.half(c, next, func(user registrar.User) error {
		use, err := d.passkeys.FinishUse(ctx, passkey.Second, user, c.FormValue(passkeyAnswer))
		if err == nil {
			err = d.Engine.UsePasskey(ctx, d.Actor(c, user), user, use)
		}
		if err != nil {
			d.refused(c, err)
			return d.showSecond(c, user, next, err)
		}
		return d.passSecond(c, user, registrar.BySecondPasskey, next)
	})
}

// passSecond signs somebody in whose second factor was good.
func (d *Door) passSecond(c echo.Context, user registrar.User, method registrar.SignInMethod, next string) error {
	for _, key := range []string{keyHalfWay, keyHalfWaySince} {
		d.Shell.Sessions.Remove(c.Request().Context(), key)
	}
	return d.enterTo(c, user, method, next)
}
