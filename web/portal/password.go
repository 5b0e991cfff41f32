package portal

import (
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ratelimit"
	"github.com/indera/indera/web/ui"
)

// stranger is the actor of somebody who is not signed in: a mailed ticket will
// say who it is.
func stranger(c echo.Context) registrar.Actor {
	return registrar.Actor{Kind: registrar.ActorCustomer, IP: c.RealIP(), RequestID: ui.RequestID(c)}
}

// shown puts a problem on the form it is about.
func (p *Portal) shown(c echo.Context, name, title string, form any, problem error) error {
	return p.shell.Show(c, name, title, form, problem)
}

// fieldForm is a small form: what was typed and where the problem is.
type fieldForm struct {
	Email, Ticket, Field string
	Done                 bool
	Stopped              bool // comes from the link that stops a change of address
}

func (p *Portal) passwordPage(c echo.Context, _ visitor) error {
	return p.shown(c, "password", "Change the password", fieldForm{}, nil)
}

// passwordDo changes the password. Everybody else who is signed in as this user
// is out, and so is a copy of this browser's cookie.
func (p *Portal) passwordDo(c echo.Context, v visitor) error {
	ctx := c.Request().Context()
	if err := ui.Charge(p.prove, v.User.ID); err != nil {
		return err
	}
	err := p.engine.ChangePassword(ctx, actor(c, v), v.User, c.FormValue("current"), c.FormValue("password"), v.Session.ID)
	if err != nil {
		return p.shown(c, "password", "Change the password", fieldForm{Field: ui.FieldOf(err)}, err)
	}
	if err := p.shell.Sessions.Renew(ctx); err != nil {
		return err
	}
	p.shell.Sessions.Say(ctx, "The password is changed. All other browsers are signed out.")
	return p.shell.Redirect(c, "/security/check")
}

func (p *Portal) resetPage(c echo.Context) error {
	return p.shown(c, "reset", "Choose a new password", fieldForm{Stopped: c.QueryParam("stopped") == "yes"}, nil)
}

// resetDo answers the same for every address that is well formed.
func (p *Portal) resetDo(c echo.Context) error {
	form := fieldForm{Email: strings.TrimSpace(c.FormValue("email"))}
	if err := ui.Charge(p.resetAddress, ratelimit.Client(c.RealIP())); err != nil {
		return err
	}
	if err := ui.Charge(p.resetAccount, strings.ToLower(form.Email)); err != nil {
		return err
	}
	err := p.engine.RequestReset(c.Request().Context(), stranger(c), form.Email)
	form.Done, form.Field = err == nil, ui.FieldOf(err)
	return p.shown(c, "reset", "Choose a new password", form, err)
}

// resetNewPage shows the form; the ticket is used by the POST alone, so that a
// program that opens links in mails uses nothing up.
func (p *Portal) resetNewPage(c echo.Context) error {
	form := fieldForm{Ticket: c.QueryParam("ticket")}
	_, err := p.peek(c, form.Ticket, registrar.TicketReset)
	if err != nil {
		form.Ticket = ""
	}
	return p.shown(c, "reset_new", "Choose a new password", form, err)
}

// peek looks at a ticket; looking is limited like signing in.
func (p *Portal) peek(c echo.Context, code string, kind registrar.TicketKind) (registrar.Ticket, error) {
	if err := ui.Charge(p.signInAddress, ratelimit.Client(c.RealIP())); err != nil {
		return registrar.Ticket{}, err
	}
	return p.engine.PeekTicket(c.Request().Context(), code, kind)
}

func (p *Portal) resetNewDo(c echo.Context) error {
	ctx := c.Request().Context()
	if err := ui.Charge(p.signInAddress, ratelimit.Client(c.RealIP())); err != nil {
		return err
	}
	form := fieldForm{Ticket: c.FormValue("ticket")}
	if _, err := p.engine.ResetPassword(ctx, stranger(c), form.Ticket, c.FormValue("password")); err != nil {
		if form.Field = ui.FieldOf(err); form.Field == "" {
			form.Ticket = "" // the ticket is the problem
		}
		return p.shown(c, "reset_new", "Choose a new password", form, err)
	}
	// The person proves the second factor, if there is one, at the sign-in.
	if err := p.shell.Sessions.SignOut(ctx); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/sign-in?reset=done&next=%2Fsecurity%2Fcheck")
}
