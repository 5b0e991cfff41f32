package portal

import (
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ratelimit"
	"github.com/indera/indera/web/ui"
)

// mailLink is a page behind a link in a mail: it asks once and acts by POST, so
// that a program that opens links in mails uses nothing up.
type mailLink struct {
	Title, Ask, Do, Path string
	Ticket, Email        string
}

var (
	verifyLink = mailLink{Title: "Confirm your address", Ask: "Is this your e-mail address?", Do: "Confirm the address", Path: "/verify"}
	moveLink   = mailLink{Title: "Confirm your new address", Ask: "From now on you sign in with this address.", Do: "Confirm the new address", Path: "/move"}
)

var denyLink = mailLink{Title: "This was not me", Ask: "The change of your address is stopped and every browser is signed out. Then choose a new password.", Do: "Stop the change", Path: "/not-me"}

// denyDo stops a change of address and leads to a new password: who asked for
// the change knew the old one, or sat at a browser that was signed in.
func (p *Portal) denyDo(c echo.Context) error {
	ctx := c.Request().Context()
	if err := ui.Charge(p.signInAddress, ratelimit.Client(c.RealIP())); err != nil {
		return err
	}
	if err := p.engine.DenyEmailChange(ctx, stranger(c), c.FormValue("ticket")); err != nil {
		return p.shown(c, "mail_link", denyLink.Title, denyLink, err)
	}
	if err := p.shell.Sessions.SignOut(ctx); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/reset?stopped=yes")
}

func (p *Portal) linkPage(link mailLink, kind registrar.TicketKind) echo.HandlerFunc {
	return func(c echo.Context) error {
		t, err := p.peek(c, c.QueryParam("ticket"), kind)
		view := link
		if err == nil {
			view.Ticket, view.Email = c.QueryParam("ticket"), t.Email
		}
		return p.shown(c, "mail_link", view.Title, view, err)
	}
}

// linkDo acts. Whoever clicks need not be signed in: the mail proves the address.
func (p *Portal) linkDo(link mailLink, said string, act func(c echo.Context, ticket string) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := ui.Charge(p.signInAddress, ratelimit.Client(c.RealIP())); err != nil {
			return err
		}
		if err := act(c, c.FormValue("ticket")); err != nil {
			return p.shown(c, "mail_link", link.Title, link, err)
		}
		p.shell.Sessions.Say(c.Request().Context(), said)
		if _, ok := visitorOf(c); ok {
			return p.shell.Redirect(c, "/security")
		}
		return p.shell.Redirect(c, "/sign-in")
	}
}

func (p *Portal) verifyAct(c echo.Context, ticket string) error {
	_, err := p.engine.VerifyEmail(c.Request().Context(), stranger(c), ticket)
	return err
}

func (p *Portal) moveAct(c echo.Context, ticket string) error {
	_, err := p.engine.ConfirmEmailChange(c.Request().Context(), stranger(c), ticket)
	return err
}

// verifySend mails the link once more.
func (p *Portal) verifySend(c echo.Context, v visitor) error {
	ctx := c.Request().Context()
	if err := ui.Charge(p.resetAccount, v.User.Email); err != nil {
		return err
	}
	if err := p.engine.SendVerification(ctx, actor(c, v), v.User); err != nil {
		return err
	}
	p.shell.Sessions.Say(ctx, "A mail is on its way to "+v.User.Email+".")
	return p.shell.Redirect(c, "/security")
}

func (p *Portal) emailPage(c echo.Context, v visitor) error {
	return p.shown(c, "email", "Change the e-mail address", fieldForm{}, nil)
}

// emailDo mails the new address. Its rule asks for a proof: who has the address
// has the account.
func (p *Portal) emailDo(c echo.Context, v visitor) error {
	ctx := c.Request().Context()
	form := fieldForm{Email: strings.TrimSpace(c.FormValue("email"))}
	if err := ui.Charge(p.resetAccount, "move "+v.User.ID); err != nil {
		return err
	}
	if err := p.engine.RequestEmailChange(ctx, actor(c, v), v.User, form.Email); err != nil {
		form.Field = ui.FieldOf(err)
		return p.shown(c, "email", "Change the e-mail address", form, err)
	}
	p.shell.Sessions.Say(ctx, "A mail is on its way to "+form.Email+". The address changes when you open its link.")
	return p.shell.Redirect(c, "/security")
}
