package admin

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ratelimit"
	"github.com/indera/indera/web/ui"
)

// passwordView is a form about one's password.
type passwordView struct {
	Email, Ticket, Field string
	Done, Alone          bool // Alone: a password alone opens the admin pages
}

// stranger is the actor of somebody who is not signed in: a mailed ticket will
// say who it is.
func stranger(c echo.Context) registrar.Actor {
	return registrar.Actor{Kind: registrar.ActorStaff, IP: c.RealIP(), RequestID: ui.RequestID(c)}
}

// shown renders a page, with the sentence of a problem when there is one.
func (a *Admin) shown(c echo.Context, name, title string, view any, problem error) error {
	return a.shell.Show(c, name, title, view, problem)
}

func (a *Admin) securityPage(c echo.Context) error {
	view, err := a.door.Security(c)
	return a.shown(c, "security", "Your security", view, err)
}

func (a *Admin) passwordPage(c echo.Context) error {
	return a.shown(c, "password", "Change the password", passwordView{}, nil)
}

// passwordDo changes the password. Every other browser is out, and so is a copy
// of this browser's cookie.
func (a *Admin) passwordDo(c echo.Context) error {
	ctx := c.Request().Context()
	v, _ := visitorOf(c)
	if err := ui.Charge(a.prove, v.User.ID); err != nil {
		return err
	}
	err := a.engine.ChangePassword(ctx, actor(c), v.User, c.FormValue("current"), c.FormValue("password"), v.Session.ID)
	if err != nil {
		return a.shown(c, "password", "Change the password", passwordView{Field: ui.FieldOf(err)}, err)
	}
	if err := a.shell.Sessions.Renew(ctx); err != nil {
		return err
	}
	a.shell.Sessions.Say(ctx, "The password is changed. All other browsers are signed out.")
	return a.shell.Redirect(c, "/admin/security")
}

func (a *Admin) resetPage(c echo.Context) error {
	return a.shown(c, "reset", "Choose a new password", passwordView{}, nil)
}

// resetDo answers the same for every address that is well formed.
func (a *Admin) resetDo(c echo.Context) error {
	view := passwordView{Email: strings.TrimSpace(c.FormValue("email")), Alone: !a.requireFactor}
	if err := ui.Charge(a.resetAddress, ratelimit.Client(c.RealIP())); err != nil {
		return err
	}
	if err := ui.Charge(a.resetAccount, strings.ToLower(view.Email)); err != nil {
		return err
	}
	err := a.engine.RequestStaffReset(c.Request().Context(), stranger(c), view.Email, !a.requireFactor)
	view.Done, view.Field = err == nil, ui.FieldOf(err)
	return a.shown(c, "reset", "Choose a new password", view, err)
}

// resetNewPage shows the form; the POST alone uses the ticket, so that a program
// that opens links in mails uses nothing up.
func (a *Admin) resetNewPage(c echo.Context) error {
	if err := ui.Charge(a.signInAddress, ratelimit.Client(c.RealIP())); err != nil {
		return err
	}
	view := passwordView{Ticket: c.QueryParam("ticket")}
	_, err := a.engine.PeekTicket(c.Request().Context(), view.Ticket, registrar.TicketStaffReset)
	if err != nil {
		view.Ticket = ""
	}
	return a.shown(c, "reset_new", "Choose a new password", view, err)
}

func (a *Admin) resetNewDo(c echo.Context) error {
	ctx := c.Request().Context()
	if err := ui.Charge(a.signInAddress, ratelimit.Client(c.RealIP())); err != nil {
		return err
	}
	view := passwordView{Ticket: c.FormValue("ticket")}
	if _, err := a.engine.ResetStaffPassword(ctx, stranger(c), view.Ticket, c.FormValue("password")); err != nil {
		if view.Field = ui.FieldOf(err); view.Field == "" {
			view.Ticket = "" // the ticket is the problem
		}
		return a.shown(c, "reset_new", "Choose a new password", view, err)
	}
	// The second factor is asked for at the sign-in.
	if err := a.shell.Sessions.SignOut(ctx); err != nil {
		return err
	}
	return a.shell.Redirect(c, "/admin/sign-in?reset=done&next=%2Fadmin%2Fsecurity") // which lists what else lets somebody in
}

// mountPassword adds the pages about one's password.
func (a *Admin) mountPassword(open, own func(method, path string, h echo.HandlerFunc)) {
	open(http.MethodGet, "/admin/reset", a.resetPage)
	open(http.MethodPost, "/admin/reset", a.resetDo)
	open(http.MethodGet, "/admin/reset/new", a.resetNewPage)
	open(http.MethodPost, "/admin/reset/new", a.resetNewDo)
	own(http.MethodGet, "/admin/security/password", a.passwordPage)
	own(http.MethodPost, "/admin/security/password", a.passwordDo)
}
