package portal

import (
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
}

// peek looks at a ticket; looking is limited like signing in.
func (p *Portal) peek(c echo.Context, code string, kind registrar.TicketKind) (registrar.Ticket, error) {
	if err := ui.Charge(p.signInAddress, ratelimit.Client(c.RealIP())); err != nil {
		return registrar.Ticket{}, err
	}
	return p.engine.PeekTicket(c.Request().Context(), code, kind)
}
