package portal

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ratelimit"
	"github.com/indera/indera/web/ui"
)

func signInPath(next string) string {
	if next == "" || next == "/" {
		return "/sign-in"
	}
	return "/sign-in?next=" + url.QueryEscape(next)
}

// credentials is what the two forms show again; a password never is.
type credentials struct {
	Name, Email, Next string
	Field             string // the field that the problem is about
	Reset             bool   // a new password was just chosen
	Passkey           passkeyForm
}

func (p *Portal) signInPage(c echo.Context) error {
	next := ui.LocalPath(c.QueryParam("next"), "/domains")
	if _, ok := visitorOf(c); ok {
		return p.shell.Redirect(c, next)
	}
	return p.showSignIn(c, credentials{Next: next, Reset: c.QueryParam("reset") == "done"}, nil)
}

func (p *Portal) showSignIn(c echo.Context, form credentials, problem error) error {
	form.Passkey = p.passkeyForm("/sign-in/passkey/begin", "/sign-in/passkey")
	form.Passkey.Next = form.Next
	page, status := p.shell.Page(c, "Sign in", form), http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return p.shell.Render(c, status, "sign_in", page)
}

func (p *Portal) signInDo(c echo.Context) error {
	ctx := c.Request().Context()
	form := credentials{Email: strings.TrimSpace(c.FormValue("email")), Next: ui.LocalPath(c.FormValue("next"), "/domains")}
	if err := ui.Charge(p.signInAddress, ratelimit.Client(c.RealIP())); err != nil {
		return err
	}
	key, err := ui.SignInKey(ctx, form.Email, p.shell.Sessions.KnownDevice(c), p.engine.KnowsDevice)
	if err != nil {
		return err
	}
	if err := ui.Charge(p.signInAccount, key); err != nil {
		return err
	}
	user, err := p.engine.SignIn(ctx, form.Email, c.FormValue("password"))
	if err == nil && user.CustomerID == "" {
		// Staff have their own door; here their address is like any unknown one.
		err = registrar.Errorf(registrar.KindUnauthenticated, "wrong_credentials", "E-mail address or password is wrong.")
	}
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		return p.showSignIn(c, form, err)
	}
	factors, err := p.engine.Factors(ctx, user.ID)
	if err != nil {
		return err
	}
	if factors.Second() {
		return p.waitForSecond(c, user, form.Next)
	}
	if err := p.enter(c, user, registrar.ByPassword); err != nil {
		return err
	}
	return p.shell.Redirect(c, form.Next)
}

func (p *Portal) signUpPage(c echo.Context) error {
	next := ui.LocalPath(c.QueryParam("next"), "/")
	if _, ok := visitorOf(c); ok {
		return p.shell.Redirect(c, next)
	}
	return p.shell.Render(c, http.StatusOK, "sign_up", p.shell.Page(c, "Create an account", credentials{Next: next}))
}

func (p *Portal) signUpDo(c echo.Context) error {
	ctx := c.Request().Context()
	if err := ui.Charge(p.signUp, ratelimit.Client(c.RealIP())); err != nil {
		return err
	}
	form := credentials{
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
	if err := p.enter(c, user, registrar.BySignUp); err != nil {
		return err
	}
	p.shell.Sessions.Say(ctx, "Your account is ready.")
	return p.shell.Redirect(c, form.Next)
}

// enter signs this browser in as a user who has proved who they are.
func (p *Portal) enter(c echo.Context, user registrar.User, method registrar.SignInMethod) error {
	ctx := c.Request().Context()
	by := actor(c, visitor{User: user})
	session, err := p.engine.StartSession(ctx, by, user, registrar.SessionStart{
		Door: registrar.DoorPortal, Method: method, Device: p.shell.Sessions.Device(c), Agent: c.Request().UserAgent(), Life: life,
	})
	if err != nil {
		return err
	}
	if err := p.shell.Sessions.SignIn(ctx, session.ID); err != nil {
		return err
	}
	return p.adoptBasket(c, user.CustomerID)
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
