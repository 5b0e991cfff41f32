package admin

import (
	"fmt"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// Portal is where staff act for users.
type Portal interface {
	// ActAs ties the browser to a session of the portal and returns where it leads.
	ActAs(c echo.Context, by registrar.Actor, session registrar.Session) (string, error)
}

// impersonateForm is the form by which staff open the portal as a user.
type impersonateForm struct {
	Users  []registrar.User // who can sign in
	User   string           // as chosen
	Reason string           // as typed
	Field  string
	Past   []impersonationView
}

// impersonationView is when staff acted for a user.
type impersonationView struct {
	registrar.PastImpersonation
	Staff, User string // names
}

func (a *Admin) impersonateDo(c echo.Context) error {
	ctx := c.Request().Context()
	v, ok := visitorOf(c)
	if !ok {
		return a.door.ToSignIn(c)
	}
	form := impersonateForm{User: c.FormValue("user"), Reason: c.FormValue("reason")}
	session, err := a.engine.Impersonate(ctx, actor(c), v.Session, c.Param("id"), form.User, form.Reason)
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		return a.showImpersonate(c, form, err)
	}
	to, err := a.portal.ActAs(c, actor(c), session)
	if err != nil {
		return err
	}
	return a.shell.Redirect(c, to)
}

// showImpersonate shows the page again after the form on it was refused.
func (a *Admin) showImpersonate(c echo.Context, form impersonateForm, problem error) error {
	view, err := a.customer(c)
	if err != nil {
		return err
	}
	view.Adjust = a.newAdjustForm(view.Customer.Currency)
	view.Act.User, view.Act.Reason, view.Act.Field = form.User, form.Reason, ui.FieldOf(problem)
	return a.renderCustomer(c, view, problem)
}

// customerSupport adds who can be acted for, and when that was done.
func (a *Admin) customerSupport(c echo.Context, view *customerView) error {
	ctx := c.Request().Context()
	names := make(map[string]string)
	for _, u := range view.Users {
		names[u.ID] = u.Name
		if u.DisabledAt == nil {
			view.Act.Users = append(view.Act.Users, u)
		}
	}
	rows, err := a.engine.Impersonations(ctx, view.Customer.ID, registrar.Page{Limit: 20})
	if err != nil {
		return err
	}
	for _, row := range rows {
		if _, known := names[row.StaffID]; !known {
			staff, err := a.engine.Read().User(ctx, row.StaffID)
			if err != nil && !registrar.IsNotFound(err) {
				return fmt.Errorf("reading staff user: %w", err)
			}
			names[row.StaffID] = staff.Name
		}
		view.Act.Past = append(view.Act.Past, impersonationView{row, names[row.StaffID], names[row.UserID]})
	}
	return nil
}
