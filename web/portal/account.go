package portal

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ratelimit"
	"github.com/indera/indera/web/ui"
)

// signUpForm is what the form shows again; a password never is.
type signUpForm struct {
	Name, Email, Next string
	Field             string // the field that the problem is about
}

func (p *Portal) signUpPage(c echo.Context) error {
	next := ui.LocalPath(c.QueryParam("next"), "/")
	if _, ok := visitorOf(c); ok {
		return p.shell.Redirect(c, next)
	}
	return p.shell.Render(c, http.StatusOK, "sign_up", p.shell.Page(c, "Create an account", signUpForm{Next: next}))
}

func (p *Portal) signUpDo(c echo.Context) error {
	ctx := c.Request().Context()
	if err := ui.Charge(p.signUp, ratelimit.Client(c.RealIP())); err != nil {
		return err
	}
	form := signUpForm{
		Name: strings.TrimSpace(c.FormValue("name")), Email: strings.TrimSpace(c.FormValue("email")),
		Next: ui.LocalPath(c.FormValue("next"), "/"),
	}
	by := registrar.Actor{Kind: registrar.ActorCustomer, IP: c.RealIP(), RequestID: ui.RequestID(c)}
	_, user, err := p.engine.SignUp(ctx, by, registrar.SignUp{
		Name: form.Name, Email: form.Email, Password: c.FormValue("password"), Language: "en",
	})
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		form.Field = ui.FieldOf(err)
		page := p.shell.Page(c, "Create an account", form)
		page.Problem = ui.Problem(err)
		if registrar.KindOf(err) == registrar.KindConflict {
			form.Field = "email"
			page.Data = form
			page.Problem = "There is an account with this address already. Sign in instead, or use another address."
		}
		return p.shell.Render(c, ui.StatusOf(err), "sign_up", page)
	}
	if err := p.door.Enter(c, user, registrar.BySignUp); err != nil {
		return err
	}
	p.shell.Sessions.Say(ctx, "Your account is ready.")
	return p.shell.Redirect(c, form.Next)
}

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
