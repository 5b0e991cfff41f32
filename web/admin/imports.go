package admin

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// importsView lists the files of domains that were brought in.
type importsView struct {
	list[importLine]
}

// importLine is one run with what became of it.
type importLine struct {
	registrar.ImportRun
	State string // done, running or cut_off
}

// importsPage shows what indera import csv did. Files are brought in by the
// command alone: they hold personal data that no form needs to carry.
func (a *Admin) importsPage(c echo.Context) error {
	ctx := c.Request().Context()
	runs, err := a.engine.Read().ImportRuns(ctx, nextPage(c))
	if err != nil {
		return fmt.Errorf("reading imports: %w", err)
	}
	held, err := a.engine.ImportRunning(ctx)
	if err != nil {
		return err
	}
	lines := make([]importLine, 0, len(runs))
	for i, r := range runs {
		l := importLine{r, "cut_off"}
		switch {
		case r.EndedAt != nil:
			l.State = "done"
		case held && i == 0 && c.QueryParam("after") == "": // the lease lets one at a time run: the newest
			l.State = "running"
		}
		lines = append(lines, l)
	}
	page := a.shell.Page(c, "Imports", nil)
	page.Crumbs = []ui.Crumb{{Label: "Domains", Href: "/admin/domains"}}
	page.Data = importsView{cut(lines, c.QueryParam("after"), func(l importLine) string { return l.ID }, "/admin/imports", nil)}
	return a.shell.Render(c, http.StatusOK, "imports", page)
}
