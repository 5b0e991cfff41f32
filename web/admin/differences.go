package admin

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// differencesView is the worklist of comparisons with registries, in one state.
type differencesView struct {
	list[registrar.Difference]
	Tabs     []noticeTab
	State    registrar.DifferenceState
	Registry string
	Runs     []registrar.SyncProgress
}

func (a *Admin) differencesPage(c echo.Context) error {
	ctx, read := c.Request().Context(), a.engine.Read()
	view := differencesView{State: registrar.DifferenceState(c.QueryParam("state")), Registry: c.QueryParam("registry")}
	if !slices.Contains(registrar.DifferenceStates, view.State) {
		view.State = registrar.DiffOpen
	}
	for _, s := range registrar.DifferenceStates {
		tab := noticeTab{Label: ui.DifferenceWord(s), Key: string(s), Href: pageLink("/admin/differences", "", url.Values{"state": {string(s)}, "registry": {view.Registry}}), Active: s == view.State}
		if s == registrar.DiffOpen || s == registrar.DiffCase {
			n, err := read.CountDifferences(ctx, s, countedUpTo+1)
			if err != nil {
				return fmt.Errorf("counting differences: %w", err)
			}
			tab.Counted, tab.N, tab.More = true, min(n, countedUpTo), n > countedUpTo
		}
		view.Tabs = append(view.Tabs, tab)
	}
	for _, name := range a.engine.RegistryNames() {
		run, err := read.SyncProgress(ctx, name)
		if registrar.IsNotFound(err) {
			run, err = registrar.SyncProgress{Registry: name}, nil
		}
		if err != nil {
			return fmt.Errorf("reading how far a comparison is: %w", err)
		}
		view.Runs = append(view.Runs, run)
	}
	rows, err := read.Differences(ctx, registrar.DifferenceFilter{State: view.State, Registry: view.Registry}, nextPage(c))
	if err != nil {
		return fmt.Errorf("listing differences: %w", err)
	}
	view.list = cut(rows, c.QueryParam("after"), func(d registrar.Difference) string { return d.ID }, "/admin/differences",
		url.Values{"state": {string(view.State)}, "registry": {view.Registry}})
	return a.shell.Render(c, http.StatusOK, "differences", a.shell.Page(c, "Differences", view))
}

// differenceView is one difference with what may be done about it.
type differenceView struct {
	Difference registrar.Difference
	Audit      []registrar.AuditEvent
	Tried      string // act that was refused
	Reason     string // as typed
}

func (a *Admin) differencePage(c echo.Context) error { return a.showDifference(c, "", nil) }

func (a *Admin) showDifference(c echo.Context, tried string, problem error) error {
	ctx, read := c.Request().Context(), a.engine.Read()
	d, err := read.Difference(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	view := differenceView{Difference: d, Tried: tried, Reason: c.FormValue("reason")}
	if view.Audit, err = read.AuditOf(ctx, "difference", d.ID, registrar.Page{Limit: 20}); err != nil {
		return fmt.Errorf("reading audit trail: %w", err)
	}
	page := a.shell.Page(c, registrar.Shown(d.Name), view)
	page.Crumbs = []ui.Crumb{{Label: "Domains", Href: "/admin/domains"}, {Label: "Differences", Href: "/admin/differences"}}
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return a.shell.Render(c, status, "difference", page)
}

// differenceAct runs one act on a difference.
func (a *Admin) differenceAct(name, said string, act func(ctx context.Context, by registrar.Actor, id, reason string) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := act(c.Request().Context(), actor(c), c.Param("id"), c.FormValue("reason"))
		if err == nil {
			a.shell.Sessions.Say(c.Request().Context(), said)
			return a.shell.Redirect(c, "/admin/differences/"+c.Param("id"))
		}
		if ui.Mishap(err) || registrar.IsNotFound(err) {
			return err
		}
		return a.showDifference(c, name, err)
	}
}
