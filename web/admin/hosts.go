package admin

import (
	"errors"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// hostTyped is the form of a host as it was typed.
type hostTyped struct{ Name, NewName, Addresses string }

// hostSetDo creates a host below a name, or changes or renames one.
func (a *Admin) hostSetDo(c echo.Context) error {
	ctx := c.Request().Context()
	d, err := a.engine.Read().Domain(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	_, err = a.engine.SetStaffHost(ctx, actor(c), d.ID, registrar.HostRequest{
		Host: ui.HostName(c.FormValue("host"), d.Name), NewName: ui.HostName(c.FormValue("new_name"), d.Name), Addresses: ui.Addresses(c.FormValue("addresses")),
	}, c.FormValue("reason"))
	return a.afterWish(c, "hosts", "The host is on its way to the registry.", onForm(err))
}

// hostDeleteDo deletes a host that no name uses.
func (a *Admin) hostDeleteDo(c echo.Context) error {
	_, err := a.engine.DeleteStaffHost(c.Request().Context(), actor(c), c.Param("id"), c.FormValue("host"), c.FormValue("reason"))
	return a.afterWish(c, "hosts/delete", "The registry is being asked to delete the host.", onForm(err))
}

// onForm makes an unknown host a fault of the form: the page itself is there.
func onForm(err error) error {
	var e *registrar.Error
	if errors.As(err, &e) && e.Code == "no_such_host" {
		return registrar.InvalidField("host", e.Code, "%s", e.Detail)
	}
	return err
}
