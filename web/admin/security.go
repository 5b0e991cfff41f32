package admin

import "github.com/labstack/echo/v4"

// shown renders a page, with the sentence of a problem when there is one.
func (a *Admin) shown(c echo.Context, name, title string, view any, problem error) error {
	return a.shell.Show(c, name, title, view, problem)
}

func (a *Admin) securityPage(c echo.Context) error {
	view, err := a.door.Security(c)
	return a.shown(c, "security", "Your security", view, err)
}
