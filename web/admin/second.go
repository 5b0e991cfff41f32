package admin

import (
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
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
func (a *Admin) waitForSecond(c echo.Context, user registrar.User, next string) error {
	ctx := c.Request().Context()
	if err := a.shell.Sessions.Renew(ctx); err != nil {
		return err
	}
	a.shell.Sessions.Put(ctx, keyHalfWay, user.ID)
	a.shell.Sessions.Put(ctx, keyHalfWaySince, strconv.FormatInt(a.engine.Now().Unix(), 10))
	return a.shell.Redirect(c, "/admin/sign-in/second?next="+url.QueryEscape(next))
}

// halfWay returns whose second factor is waited for.
func (a *Admin) halfWay(c echo.Context) (registrar.User, bool, error) {
	ctx := c.Request().Context()
	id := a.shell.Sessions.Get(ctx, keyHalfWay)
	since, err := strconv.ParseInt(a.shell.Sessions.Get(ctx, keyHalfWaySince), 10, 64)
	if id == "" || err != nil || a.engine.Now().Sub(time.Unix(since, 0)) >= halfWayLife {
		return registrar.User{}, false, nil
	}
	user, err := a.engine.Read().User(ctx, id)
	if registrar.IsNotFound(err) || err == nil && (user.DisabledAt != nil || !user.IsStaff()) {
		return registrar.User{}, false, nil
	}
	if err != nil {
		return user, false, fmt.Errorf("reading user: %w", err)
	}
	return user, true, nil
}

// secondView is the second step of a sign-in.
type secondView struct{ Next, Field string }

func (a *Admin) secondPage(c echo.Context) error {
	next := adminPath(c.QueryParam("next"))
	_, waiting, err := a.halfWay(c)
	if err != nil {
		return err
	}
	if !waiting {
		return a.shell.Redirect(c, "/admin/sign-in?next="+url.QueryEscape(next))
	}
	return a.shown(c, "second", "Second step", secondView{Next: next}, nil)
}

func (a *Admin) secondDo(c echo.Context) error {
	ctx := c.Request().Context()
	view := secondView{Next: adminPath(c.FormValue("next"))}
	user, waiting, err := a.halfWay(c)
	if err != nil {
		return err
	}
	if !waiting {
		return a.shell.Redirect(c, "/admin/sign-in?next="+url.QueryEscape(view.Next))
	}
	if err := ui.Charge(a.prove, user.ID); err != nil {
		return err
	}
	by := registrar.Actor{Kind: registrar.ActorStaff, ID: user.ID, IP: c.RealIP(), RequestID: ui.RequestID(c)}
	method, err := a.engine.CheckSecond(ctx, by, user, c.FormValue("code"))
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		view.Field = ui.FieldOf(err)
		return a.shown(c, "second", "Second step", view, err)
	}
	for _, key := range []string{keyHalfWay, keyHalfWaySince} {
		a.shell.Sessions.Remove(ctx, key)
	}
	return a.enter(c, user, method, view.Next)
}

// shown renders a page, with the sentence of a problem when there is one.
func (a *Admin) shown(c echo.Context, name, title string, view any, problem error) error {
	page := a.shell.Page(c, title, view)
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return a.shell.Render(c, status, name, page)
}

// securityView is what one has beside the password, and where one is signed in.
type securityView struct {
	Factors  registrar.Factors
	Sessions []registrar.Session
	Current  string // id of this browser's session
	Required bool   // nothing else opens before a second factor is set up
}

func (a *Admin) securityPage(c echo.Context) error {
	ctx := c.Request().Context()
	v, _ := visitorOf(c)
	view := securityView{Current: v.Session.ID, Required: a.requireFactor}
	var err error
	if view.Factors, err = a.engine.Factors(ctx, v.User.ID); err != nil {
		return err
	}
	if view.Sessions, err = a.engine.Sessions(ctx, v.User.ID); err != nil {
		return err
	}
	return a.shown(c, "security", "Your security", view, nil)
}

// lacksFactor reports whether somebody must set a second factor up before
// anything else opens.
func (a *Admin) lacksFactor(c echo.Context, v visitor) (bool, error) {
	if !a.requireFactor {
		return false, nil
	}
	f, err := a.engine.Factors(c.Request().Context(), v.User.ID)
	return err == nil && !f.Second(), err
}

// totpView shows a seed while it is enrolled.
type totpView struct {
	Secret  string // in groups of four
	Picture template.URL
	Field   string
}

func (a *Admin) totpBegin(c echo.Context) error {
	v, _ := visitorOf(c)
	setup, err := a.engine.BeginTOTP(c.Request().Context(), v.User)
	if err != nil {
		return err
	}
	return a.showTOTP(c, setup, nil)
}

func (a *Admin) showTOTP(c echo.Context, setup registrar.TOTPSetup, problem error) error {
	picture, err := ui.KeyPicture(setup.URL)
	if err != nil {
		return err
	}
	return a.shown(c, "totp", "Set up an authenticator app", totpView{Secret: ui.InFours(setup.Secret), Picture: picture, Field: ui.FieldOf(problem)}, problem)
}

// totpConfirm shows recovery codes in this one answer: they are kept nowhere.
func (a *Admin) totpConfirm(c echo.Context) error {
	ctx := c.Request().Context()
	v, _ := visitorOf(c)
	if err := ui.Charge(a.prove, v.User.ID); err != nil {
		return err
	}
	codes, err := a.engine.ConfirmTOTP(ctx, actor(c), v.User, c.FormValue("code"), v.Session.ID)
	if err == nil {
		return a.shown(c, "recovery", "Recovery codes", codes, nil)
	}
	if ui.Mishap(err) {
		return err
	}
	setup, serr := a.engine.PendingTOTP(ctx, v.User)
	if serr != nil {
		return serr
	}
	return a.showTOTP(c, setup, err)
}

func (a *Admin) totpRemove(c echo.Context) error {
	v, _ := visitorOf(c)
	if err := a.engine.RemoveTOTP(c.Request().Context(), actor(c), v.User); err != nil {
		return err
	}
	a.shell.Sessions.Say(c.Request().Context(), "The authenticator app is removed.")
	return a.shell.Redirect(c, "/admin/security")
}

func (a *Admin) recoveryRenew(c echo.Context) error {
	v, _ := visitorOf(c)
	codes, err := a.engine.RenewRecovery(c.Request().Context(), actor(c), v.User)
	if err != nil {
		return err
	}
	return a.shown(c, "recovery", "Recovery codes", codes, nil)
}

// sessionEnd signs one browser of one's own out.
func (a *Admin) sessionEnd(c echo.Context) error {
	ctx := c.Request().Context()
	v, _ := visitorOf(c)
	if err := a.engine.EndSession(ctx, actor(c), v.User.ID, c.Param("id"), registrar.EndElsewhere); err != nil {
		return err
	}
	if c.Param("id") == v.Session.ID {
		return a.shell.Redirect(c, "/admin/sign-in")
	}
	a.shell.Sessions.Say(ctx, "That browser is signed out.")
	return a.shell.Redirect(c, "/admin/security")
}

// isSecurity reports whether a page belongs to one's own security, which opens
// before a second factor is there.
func isSecurity(path string) bool { return strings.HasPrefix(path, "/admin/security") }
