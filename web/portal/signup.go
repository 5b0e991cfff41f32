package portal

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ratelimit"
	"github.com/indera/indera/web/ui"
)

// keySignUpNext is the session's note where to go on after a sign-up.
const keySignUpNext = "sign_up_next"

// signUpView is the first step of a sign-up, and all of it where no mail can be
// sent. A password is never shown again.
type signUpView struct {
	Name, Email, Next, Field string
	AtOnce                   bool // no mail can be sent: everything is asked for here
	Sent                     bool
}

const signUpTitle = "Create an account"

func (p *Portal) signUpPage(c echo.Context) error {
	next := ui.LocalPath(c.QueryParam("next"), "/")
	if _, ok := visitorOf(c); ok {
		return p.shell.Redirect(c, next)
	}
	return p.showSignUp(c, signUpView{Next: next}, nil)
}

func (p *Portal) showSignUp(c echo.Context, view signUpView, problem error) error {
	view.AtOnce, view.Field = !p.engine.ConfirmsSignUps(), ui.FieldOf(problem)
	return p.shown(c, "sign_up", signUpTitle, view, problem)
}

// signUpDo mails a link and answers the same for every address that is well
// formed. Names that were chosen wait for the link.
func (p *Portal) signUpDo(c echo.Context) error {
	ctx := c.Request().Context()
	if err := ui.Charge(p.signUp, ratelimit.Client(c.RealIP())); err != nil {
		return err
	}
	view := signUpView{Name: strings.TrimSpace(c.FormValue("name")), Email: strings.TrimSpace(c.FormValue("email")), Next: ui.LocalPath(c.FormValue("next"), "/")}
	if !p.engine.ConfirmsSignUps() {
		return p.signUpAtOnce(c, view)
	}
	if err := ui.Charge(p.resetAccount, "sign-up "+strings.ToLower(view.Email)); err != nil {
		return err
	}
	if err := p.engine.RequestSignUp(ctx, stranger(c), view.Email, p.shell.Sessions.Get(ctx, keyBasket)); err != nil {
		return p.showSignUp(c, view, err)
	}
	if view.Next != "/" {
		p.shell.Sessions.Put(ctx, keySignUpNext, view.Next)
	}
	view.Sent = true
	return p.showSignUp(c, view, nil)
}

// signUpAtOnce makes the account without a mail.
func (p *Portal) signUpAtOnce(c echo.Context, view signUpView) error {
	_, user, err := p.engine.SignUp(c.Request().Context(), stranger(c), registrar.SignUp{
		Name: view.Name, Email: view.Email, Password: c.FormValue("password"), Language: "en",
	})
	if registrar.KindOf(err) == registrar.KindConflict {
		err = registrar.InvalidField("email", "email_taken", "There is an account with this address already. Sign in instead, or use another address.")
	}
	if err != nil {
		return p.showSignUp(c, view, err)
	}
	return p.welcome(c, user, view.Next)
}

// finishView is the last step of a sign-up.
type finishView struct {
	Ticket, Email, Name, Field string
	Chosen                     []string // names in the basket of who asked for the link
	Keep                       bool     // they become the account's
}

const finishTitle = "Your new account"

func (p *Portal) signUpFinishPage(c echo.Context) error {
	view, err := p.finishing(c, c.QueryParam("ticket"))
	return p.shown(c, "sign_up_finish", finishTitle, view, err)
}

func (p *Portal) finishing(c echo.Context, code string) (finishView, error) {
	t, err := p.peek(c, code, registrar.TicketSignUp)
	if err != nil {
		return finishView{}, err
	}
	view := finishView{Ticket: code, Email: t.Email}
	if t.Basket == "" {
		return view, nil
	}
	lines, err := p.engine.Basket(c.Request().Context(), t.Basket)
	if err != nil {
		return view, err
	}
	for _, l := range lines {
		view.Chosen = append(view.Chosen, registrar.Shown(l.Name))
	}
	// Anybody can ask for a link to a stranger's address: names that another
	// browser chose are taken only by who wants them.
	view.Keep = t.Basket == p.shell.Sessions.Get(c.Request().Context(), keyBasket)
	return view, nil
}

// signUpFinish makes the account and signs it in, with the names that were
// chosen before, in whatever browser that was. Whoever was signed in in this
// browser before is signed out of it.
func (p *Portal) signUpFinish(c echo.Context) error {
	ctx, code := c.Request().Context(), c.FormValue("ticket")
	if err := ui.Charge(p.signInAddress, ratelimit.Client(c.RealIP())); err != nil {
		return err
	}
	name := strings.TrimSpace(c.FormValue("name"))
	user, basket, err := p.engine.FinishSignUp(ctx, stranger(c), code, registrar.SignUp{Name: name, Password: c.FormValue("password"), Language: "en"})
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		view, verr := p.finishing(c, code)
		if verr != nil && ui.Mishap(verr) {
			return verr
		}
		view.Name, view.Field, view.Keep = name, ui.FieldOf(err), c.FormValue("keep") == "yes"
		return p.shown(c, "sign_up_finish", finishTitle, view, err)
	}
	if v, ok := visitorOf(c); ok {
		if err := p.engine.EndSession(ctx, actor(c, v), v.User.ID, v.Session.ID, registrar.EndSignedOut); err != nil {
			return err
		}
	}
	if c.FormValue("keep") == "yes" {
		if err := p.bringBasket(c, user, basket); err != nil {
			return err
		}
	}
	next := ui.LocalPath(p.shell.Sessions.Get(ctx, keySignUpNext), "/")
	p.shell.Sessions.Remove(ctx, keySignUpNext)
	return p.welcome(c, user, next)
}

// bringBasket makes the basket that was chosen before the mail the customer's.
func (p *Portal) bringBasket(c echo.Context, user registrar.User, basket string) error {
	ctx := c.Request().Context()
	cus, err := p.engine.Read().Customer(ctx, user.CustomerID)
	if err != nil {
		return fmt.Errorf("reading customer: %w", err)
	}
	left, err := p.engine.AdoptBasket(ctx, basket, cus)
	if err != nil {
		return err
	}
	p.sayLeftOut(c, left)
	return nil
}

// welcome signs a new user in. Who has names in the basket and comes from
// another browser is led to them.
func (p *Portal) welcome(c echo.Context, user registrar.User, next string) error {
	ctx := c.Request().Context()
	if err := p.door.Enter(c, user, registrar.BySignUp); err != nil {
		return err
	}
	if next == "/" {
		lines, err := p.engine.Basket(ctx, user.CustomerID)
		if err != nil {
			return err
		}
		if len(lines) > 0 {
			next = "/basket"
		}
	}
	p.shell.Sessions.Say(ctx, "Your account is ready.")
	return p.shell.Redirect(c, next)
}

// mountSignUp adds the pages that make an account.
func (p *Portal) mountSignUp(open func(method, path string, h echo.HandlerFunc)) {
	open(http.MethodGet, "/sign-up", p.signUpPage)
	open(http.MethodPost, "/sign-up", p.signUpDo)
	open(http.MethodGet, "/sign-up/finish", p.signUpFinishPage)
	open(http.MethodPost, "/sign-up/finish", p.signUpFinish)
}
