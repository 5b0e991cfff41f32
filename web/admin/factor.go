package admin

import (
	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// customerFactorReset asks a second person to end the second factor of a user of
// the customer.
func (a *Admin) customerFactorReset(c echo.Context) error {
	ctx, customerID := c.Request().Context(), c.Param("id")
	user, err := a.engine.Read().User(ctx, c.FormValue("user"))
	if err != nil {
		return err
	}
	if user.CustomerID != customerID || user.IsStaff() {
		return registrar.Errorf(registrar.KindNotFound, "not_found", "The customer has no such user.")
	}
	if _, err := a.engine.AskFactorReset(ctx, actor(c), user.ID, c.FormValue("reason")); err != nil {
		if ui.Mishap(err) {
			return err
		}
		view, rerr := a.customer(c)
		if rerr != nil {
			return rerr
		}
		view.Adjust = a.newAdjustForm(view.Customer.Currency)
		return a.renderCustomer(c, view, err)
	}
	a.shell.Sessions.Say(ctx, saidAsked)
	return a.shell.Redirect(c, "/admin/customers/"+customerID)
}

// staffFactorReset asks a second owner to end the second factor of a member of
// staff.
func (a *Admin) staffFactorReset(c echo.Context) error {
	view := staffView{Reason: c.FormValue("reason"), Tried: "factor-" + c.Param("id")}
	ctx := c.Request().Context()
	user, err := a.engine.Read().User(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	if !user.IsStaff() {
		return registrar.Errorf(registrar.KindNotFound, "not_found", "There is no such member of staff.")
	}
	_, err = a.engine.AskFactorReset(ctx, actor(c), user.ID, view.Reason)
	return a.afterStaff(c, view, saidAsked, err)
}

// describeFactor says whose second factor would end.
func (a *Admin) describeFactor(c echo.Context, v *approvalView) error {
	user, err := a.engine.Read().User(c.Request().Context(), v.SubjectID)
	if registrar.IsNotFound(err) {
		v.What = v.SubjectID
		err = nil
	}
	if err != nil {
		return err
	}
	v.Change = "End the second factor and all sessions"
	if user.ID == "" {
		return nil
	}
	v.What, v.Href = user.Name+", "+user.Email, "/admin/customers/"+user.CustomerID
	if user.IsStaff() {
		v.Href = "/admin/staff"
	}
	return nil
}

// withFactor tells which users have a second factor.
func (a *Admin) withFactor(c echo.Context, users []registrar.User) (map[string]bool, error) {
	out := make(map[string]bool, len(users))
	for _, u := range users {
		f, err := a.engine.Factors(c.Request().Context(), u.ID)
		if err != nil {
			return nil, err
		}
		out[u.ID] = f.Second()
	}
	return out, nil
}
