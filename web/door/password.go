package door

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ratelimit"
	"github.com/indera/indera/web/ui"
)

// Reset is how a forgotten password is chosen anew at a face.
type Reset struct {
	Ticket registrar.TicketKind
	Ask    func(ctx context.Context, by registrar.Actor, email string) error
	Do     func(ctx context.Context, by registrar.Actor, ticket, password string) (registrar.User, error)
	Check  string // path of the page that lists what else lets somebody in

	Address, Account *ratelimit.Limiter // mails that a stranger can cause
}

// mountPassword adds the pages about one's password.
func (d *Door) mountPassword(open, own func(method, path string, h echo.HandlerFunc)) {
	base := d.Shell.Base
	open(http.MethodGet, base+"/reset", d.resetPage)
	open(http.MethodPost, base+"/reset", d.resetDo)
	open(http.MethodGet, base+"/reset/new", d.resetNewPage)
	open(http.MethodPost, base+"/reset/new", d.resetNewDo)
	own(http.MethodGet, base+"/security/password", d.passwordPage)
	own(http.MethodPost, base+"/security/password", d.passwordDo)
}

// passwordView is a form about one's password.
type passwordView struct {
	Email, Ticket, Field string
	Done                 bool // a mail is on its way, if the address is known
	KeepFactor           bool // a password alone opens nothing here
	Stopped              bool // comes from the link that stops a change of address
}

func (d *Door) showPassword(c echo.Context, name string, view passwordView, problem error) error {
	title := "Choose a new password"
	if name == "password" {
		title = "Change the password"
	}
	view.KeepFactor = d.KeepFactor
	return d.Shell.Show(c, name, title, view, problem)
}

func (d *Door) passwordPage(c echo.Context) error {
	return d.showPassword(c, "password", passwordView{}, nil)
}

// passwordDo changes the password. Everybody else who is signed in as this user
// is out, and so is a copy of this browser's cookie.
func (d *Door) passwordDo(c echo.Context) error {
	ctx := c.Request().Context()
	user, session := d.Who(c)
	if err := ui.Charge(d.Prove, user.ID); err != nil {
		return err
	}
	err := d.Engine.ChangePassword(ctx, d.Actor(c, user), user, c.FormValue("current"), c.FormValue("password"), session.ID)
	if err != nil {
		return d.showPassword(c, "password", passwordView{Field: ui.FieldOf(err)}, err)
	}
	if err := d.Shell.Sessions.Renew(ctx); err != nil {
		return err
	}
	d.Shell.Sessions.Say(ctx, "The password is changed. All other browsers are signed out.")
	return d.Shell.Redirect(c, d.Reset.Check)
}

func (d *Door) resetPage(c echo.Context) error {
	return d.showPassword(c, "reset", passwordView{Stopped: c.QueryParam("stopped") == "yes"}, nil)
}

// resetDo answers the same for every address that is well formed.
func (d *Door) resetDo(c echo.Context) error {
	view := passwordView{Email: strings.TrimSpace(c.FormValue("email"))}
	if err := ui.Charge(d.Reset.Address, ratelimit.Client(c.RealIP())); err != nil {
		return err
	}
	if err := ui.Charge(d.Reset.Account, strings.ToLower(view.Email)); err != nil {
		return err
	}
	err := d.Reset.Ask(c.Request().Context(), d.Actor(c, registrar.User{}), view.Email)
	view.Done, view.Field = err == nil, ui.FieldOf(err)
	return d.showPassword(c, "reset", view, err)
}

// resetNewPage shows the form; the POST alone uses the ticket, so that a program
// that opens links in mails uses nothing up. Looking is limited like signing in.
func (d *Door) resetNewPage(c echo.Context) error {
	if err := ui.Charge(d.SignInAddress, ratelimit.Client(c.RealIP())); err != nil {
		return err
	}
	view := passwordView{Ticket: c.QueryParam("ticket")}
	_, err := d.Engine.PeekTicket(c.Request().Context(), view.Ticket, d.Reset.Ticket)
	if err != nil {
		view.Ticket = ""
	}
	return d.showPassword(c, "reset_new", view, err)
}

func (d *Door) resetNewDo(c echo.Context) error {
	ctx := c.Request().Context()
	if err := ui.Charge(d.SignInAddress, ratelimit.Client(c.RealIP())); err != nil {
		return err
	}
	view := passwordView{Ticket: c.FormValue("ticket")}
	if _, err := d.Reset.Do(ctx, d.Actor(c, registrar.User{}), view.Ticket, c.FormValue("password")); err != nil {
		if view.Field = ui.FieldOf(err); view.Field == "" {
			view.Ticket = "" // the ticket is the problem
		}
		return d.showPassword(c, "reset_new", view, err)
	}
	// The person proves the second factor, if there is one, at the sign-in.
	if err := d.Shell.Sessions.SignOut(ctx); err != nil {
		return err
	}
	return d.Shell.Redirect(c, d.Shell.Base+"/sign-in?reset=done&next="+url.QueryEscape(d.Reset.Check))
}
