package admin

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// staffView is everybody who can sign in here, and the form that invites.
type staffView struct {
	Staff    []registrar.User
	Disabled []registrar.User
	Invited  []registrar.Ticket
	Roles    []registrar.Role
	Self     string
	Alone    bool            // the only owner
	Second   map[string]bool // who has a second factor

	Email, Reason, Field string // as typed
	Role                 registrar.Role
	Tried                string // "invite", or the form and id of a row that was refused
}

func (a *Admin) staffPage(c echo.Context) error { return a.showStaff(c, staffView{}, nil) }

func (a *Admin) showStaff(c echo.Context, view staffView, problem error) error {
	v, _ := visitorOf(c)
	view.Self, view.Roles = v.User.ID, registrar.StaffRoles
	if view.Role == "" {
		view.Role = registrar.RoleStaffSupport
	}
	var err error
	if view.Staff, view.Disabled, view.Invited, err = a.engine.Staff(c.Request().Context()); err != nil {
		return err
	}
	if view.Second, err = a.withFactor(c, view.Staff); err != nil {
		return err
	}
	if view.Alone, err = a.onlyOwner(c); err != nil {
		return err
	}
	view.Field = ui.FieldOf(problem)
	page := a.shell.Page(c, "Staff", view)
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return a.shell.Render(c, status, "staff", page)
}

const saidAsked = "Asked. It waits for a second person under Approvals."

// afterStaff says what was done, or shows the form again.
func (a *Admin) afterStaff(c echo.Context, view staffView, said string, err error) error {
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		return a.showStaff(c, view, err)
	}
	a.shell.Sessions.Say(c.Request().Context(), said)
	return a.shell.Redirect(c, "/admin/staff")
}

func (a *Admin) staffInvite(c echo.Context) error {
	view := staffView{Email: c.FormValue("email"), Role: registrar.Role(c.FormValue("role")), Reason: c.FormValue("reason"), Tried: "invite"}
	_, err := a.engine.AskStaffInvite(c.Request().Context(), actor(c), view.Email, view.Role, view.Reason)
	return a.afterStaff(c, view, saidAsked, err)
}

func (a *Admin) staffInviteCancel(c echo.Context) error {
	err := a.engine.CancelStaffInvitation(c.Request().Context(), actor(c), c.FormValue("email"))
	return a.afterStaff(c, staffView{}, "The invitation is cancelled.", err)
}

func (a *Admin) staffRole(c echo.Context) error {
	view := staffView{Reason: c.FormValue("reason"), Tried: "role-" + c.Param("id")}
	_, err := a.engine.AskStaffRole(c.Request().Context(), actor(c), c.Param("id"), registrar.Role(c.FormValue("role")), view.Reason)
	return a.afterStaff(c, view, saidAsked, err)
}

func (a *Admin) staffDisable(c echo.Context) error {
	view := staffView{Reason: c.FormValue("reason"), Tried: "disable-" + c.Param("id")}
	asked, err := a.engine.DisableStaff(c.Request().Context(), actor(c), c.Param("id"), view.Reason)
	said := "The login is taken away; its sessions have ended."
	if asked != nil {
		said = saidAsked
	}
	return a.afterStaff(c, view, said, err)
}

// invitationView is the form by which somebody joins the staff.
type invitationView struct{ Ticket, Email, Role, Name, Field string }

func (a *Admin) invitationPage(c echo.Context) error {
	return a.showInvitation(c, invitationView{Ticket: c.QueryParam("ticket")}, nil)
}

func (a *Admin) showInvitation(c echo.Context, view invitationView, problem error) error {
	t, err := a.engine.PeekTicket(c.Request().Context(), view.Ticket, registrar.TicketStaff)
	if err != nil {
		return err
	}
	view.Email, view.Role, view.Field = t.Email, registrar.StaffRoleName(t.Role), ui.FieldOf(problem)
	page := a.shell.Page(c, "Join the staff", view)
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return a.shell.Render(c, status, "invitation", page)
}

func (a *Admin) invitationDo(c echo.Context) error {
	ctx := c.Request().Context()
	view := invitationView{Ticket: c.FormValue("ticket"), Name: c.FormValue("name")}
	if err := ui.Charge(a.signInAddress, c.RealIP()); err != nil {
		return err
	}
	by := registrar.Actor{Kind: registrar.ActorStaff, IP: c.RealIP(), RequestID: ui.RequestID(c)}
	_, err := a.engine.AcceptStaffInvitation(ctx, by, view.Ticket, view.Name, c.FormValue("password"))
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		return a.showInvitation(c, view, err)
	}
	a.shell.Sessions.Say(ctx, "Your login is made. Please sign in.")
	return a.shell.Redirect(c, "/admin/sign-in")
}
