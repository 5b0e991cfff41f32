package portal

import (
	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
)

func (p *Portal) signOutDo(c echo.Context) error {
	if v, ok := visitorOf(c); ok {
		if v.Session.Acting != nil {
			return p.endActing(c, v)
		}
		if err := p.engine.EndSession(c.Request().Context(), actor(c, v), v.User.ID, v.Session.ID, registrar.EndSignedOut); err != nil {
			return err
		}
	}
	if err := p.shell.Sessions.SignOut(c.Request().Context()); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/")
}
