package portal

import (
	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// sessionEnd signs one browser out. When it is this one, the visitor goes home.
func (p *Portal) sessionEnd(c echo.Context, v visitor) error {
	ctx, id := c.Request().Context(), c.Param("id")
	if err := p.engine.EndSession(ctx, actor(c, v), v.User.ID, id, registrar.EndElsewhere); err != nil {
		return err
	}
	if id == v.Session.ID {
		return p.shell.Redirect(c, "/")
	}
	p.shell.Sessions.Say(ctx, "That browser is signed out.")
	return p.shell.Redirect(c, "/security#sessions")
}

// sessionsEnd signs out everywhere else; this browser gets a new token, so that
// a copy of its cookie is worth nothing either.
func (p *Portal) sessionsEnd(c echo.Context, v visitor) error {
	ctx := c.Request().Context()
	n, err := p.engine.EndOtherSessions(ctx, actor(c, v), v.User.ID, v.Session.ID)
	if err != nil {
		return err
	}
	if err := p.shell.Sessions.Renew(ctx); err != nil {
		return err
	}
	p.shell.Sessions.Say(ctx, "You are signed out in "+ui.Plural(n, "other browser", "other browsers")+".")
	return p.shell.Redirect(c, "/security#sessions")
}
