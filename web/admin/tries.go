package admin

import (
	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
)

// triesOf returns the failed tries of users and whose they are.
func (a *Admin) triesOf(c echo.Context, users []registrar.User) ([]registrar.FailedTries, map[string]string, error) {
	names, ids := make(map[string]string, len(users)), make([]string, 0, len(users))
	for _, u := range users {
		names[u.ID], ids = u.Name, append(ids, u.ID)
	}
	list, err := a.engine.FailedTries(c.Request().Context(), ids...)
	return list, names, err
}
