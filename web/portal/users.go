package portal

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ratelimit"
	"github.com/indera/indera/web/ui"
)

// usersView is who can sign in to the account, and who is invited.
type usersView struct {
	Users   []registrar.User
	Invited []registrar.Ticket
	Roles   []registrar.Role
	Self    string
	Email   string // as typed
	Role    registrar.Role
	Field   string
}

func (p *Portal) usersPage(c echo.Context, v visitor) error {
	return p.showUsers(c, v, usersView{Role: registrar.RoleReadOnly}, nil)
}

func (p *Portal) showUsers(c echo.Context, v visitor, view usersView, problem error) error {
	if problem != nil && ui.Mishap(problem) {
		return problem
	}
	var err error
	if view.Users, view.Invited, err = p.engine.Team(c.Request().Context(), v.Customer.ID); err != nil {
		return err
	}
	view.Roles, view.Self, view.Field = registrar.CustomerRoles, v.User.ID, ui.FieldOf(problem)
	return p.shown(c, "users", "Users", view, problem)
}

func (p *Portal) userInvite(c echo.Context, v visitor) error {
	ctx := c.Request().Context()
	view := usersView{Email: strings.TrimSpace(c.FormValue("email")), Role: registrar.Role(c.FormValue("role"))}
	if err := ui.Charge(p.resetAccount, "invite "+v.Customer.ID+" "+strings.ToLower(view.Email)); err != nil {
		return err
	}
	// Not by the invited address alone: that would let one account write to anybody.
	for _, who := range []string{v.Customer.ID, ratelimit.Client(c.RealIP())} {
		if err := ui.Charge(p.resetAddress, "invite "+who); err != nil {
			return err
		}
	}
	if err := p.engine.Invite(ctx, actor(c, v), v.User, view.Email, view.Role); err != nil {
		return p.showUsers(c, v, view, err)
	}
	p.shell.Sessions.Say(ctx, "An invitation is on its way to "+view.Email+".")
	return p.shell.Redirect(c, "/users")
}

func (p *Portal) invitationCancel(c echo.Context, v visitor) error {
	ctx := c.Request().Context()
	if err := p.engine.CancelInvitation(ctx, actor(c, v), v.Customer.ID, c.FormValue("email")); err != nil {
		return err
	}
	p.shell.Sessions.Say(ctx, "The invitation works no more.")
	return p.shell.Redirect(c, "/users")
}

func (p *Portal) userRole(c echo.Context, v visitor) error {
	ctx := c.Request().Context()
	if err := p.engine.ChangeRole(ctx, actor(c, v), v.Customer.ID, c.Param("id"), registrar.Role(c.FormValue("role"))); err != nil {
		return p.showUsers(c, v, usersView{Role: registrar.RoleReadOnly}, err)
	}
	p.shell.Sessions.Say(ctx, "The role is changed. It counts from now on.")
	if c.Param("id") == v.User.ID {
		return p.shell.Redirect(c, "/security")
	}
	return p.shell.Redirect(c, "/users")
}

func (p *Portal) userRemove(c echo.Context, v visitor) error {
	ctx := c.Request().Context()
	if err := p.engine.RemoveUser(ctx, actor(c, v), v.Customer.ID, c.Param("id")); err != nil {
		return p.showUsers(c, v, usersView{Role: registrar.RoleReadOnly}, err)
	}
	if c.Param("id") == v.User.ID {
		return p.shell.Redirect(c, "/")
	}
	p.shell.Sessions.Say(ctx, "The user is removed and signed out everywhere.")
	return p.shell.Redirect(c, "/users")
}

// invitationView is the form that makes a login.
type invitationView struct {
	Ticket, Email, Name, Role, Field string
}

func (p *Portal) invitationPage(c echo.Context) error {
	view, err := p.invitation(c, c.QueryParam("ticket"))
	return p.shown(c, "invitation", "Accept the invitation", view, err)
}

func (p *Portal) invitation(c echo.Context, code string) (invitationView, error) {
	t, err := p.peek(c, code, registrar.TicketInvite)
	if err != nil {
		return invitationView{}, err
	}
	return invitationView{Ticket: code, Email: t.Email, Role: registrar.RoleName(t.Role)}, nil
}

// invitationDo makes the login and signs it in. Whoever was signed in in this
// browser before is signed out of it.
func (p *Portal) invitationDo(c echo.Context) error {
	ctx := c.Request().Context()
	if err := ui.Charge(p.signUp, ratelimit.Client(c.RealIP())); err != nil {
		return err
	}
	user, err := p.engine.AcceptInvitation(ctx, stranger(c), c.FormValue("ticket"), c.FormValue("name"), c.FormValue("password"))
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		view, verr := p.invitation(c, c.FormValue("ticket"))
		if verr != nil && ui.Mishap(verr) {
			return verr
		}
		view.Name, view.Field = strings.TrimSpace(c.FormValue("name")), ui.FieldOf(err)
		return p.shown(c, "invitation", "Accept the invitation", view, err)
	}
	if v, ok := visitorOf(c); ok {
		if err := p.engine.EndSession(ctx, actor(c, v), v.User.ID, v.Session.ID, registrar.EndSignedOut); err != nil {
			return err
		}
	}
	if err := p.door.Enter(c, user, registrar.BySignUp); err != nil {
		return err
	}
	p.shell.Sessions.Say(ctx, "Welcome. Your role is "+registrar.RoleName(user.Role)+".")
	return p.shell.Redirect(c, "/domains")
}

// accountExport hands out the data of the account. An error in the
// middle cuts the connection, so that half a file is not taken for a whole one.
func (p *Portal) accountExport(c echo.Context, v visitor) error {
	ctx, res := c.Request().Context(), c.Response()
	if err := p.shell.Sessions.Save(c); err != nil {
		return err
	}
	res.Header().Set("Content-Type", "application/json")
	res.Header().Set("Content-Disposition", `attachment; filename="`+v.Customer.ID+`.json"`)
	err := p.engine.Export(ctx, actor(c, v), v.Customer.ID, res)
	if err != nil && res.Committed {
		p.log.ErrorContext(ctx, "export broke off", "error", err, "request_id", ui.RequestID(c))
		panic(http.ErrAbortHandler)
	}
	return err
}

// closeView says what stands in the way of closing the account.
type closeView struct {
	Obstacle string
	Name     string
	Field    string
}

func (p *Portal) closePage(c echo.Context, v visitor) error { return p.showClose(c, v, nil) }

func (p *Portal) showClose(c echo.Context, v visitor, problem error) error {
	view := closeView{Name: v.Customer.Name, Field: ui.FieldOf(problem)}
	if err := p.engine.CloseObstacle(c.Request().Context(), v.Customer.ID); err != nil {
		if ui.Mishap(err) {
			return err
		}
		view.Obstacle = ui.Problem(err)
	}
	return p.shown(c, "close", "Close the account", view, problem)
}

func (p *Portal) closeDo(c echo.Context, v visitor) error {
	ctx := c.Request().Context()
	if strings.TrimSpace(c.FormValue("name")) != v.Customer.Name {
		return p.showClose(c, v, registrar.InvalidField("name", "not_confirmed", "Please type the name of the account to confirm."))
	}
	if err := p.engine.CloseAccount(ctx, actor(c, v), v.Customer.ID); err != nil {
		return p.showClose(c, v, err)
	}
	if err := p.shell.Sessions.SignOut(ctx); err != nil {
		return err
	}
	c.Set(visitorKey, nil)
	return p.shell.Render(c, http.StatusOK, "closed", p.shell.Page(c, "The account is closed", nil))
}
