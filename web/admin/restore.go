package admin

import (
	"context"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// restoreView is what a restored database waits for.
type restoreView struct {
	list[registrar.RestoreFinding]
	Run      *registrar.DatabaseRestore // the last one; nil when there never was one
	Running  bool
	Progress []registrar.RestoreProgress
	Open     int
	Reason   string // as typed
	Tried    string // the form that was refused: a finding's id or "all"
}

func (a *Admin) restorePage(c echo.Context) error {
	view, err := a.restore(c)
	if err != nil {
		return err
	}
	return a.showRestore(c, view, nil)
}

func (a *Admin) showRestore(c echo.Context, view restoreView, problem error) error {
	page := a.shell.Page(c, "After a restore", view)
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return a.shell.Render(c, status, "restore", page)
}

func (a *Admin) restore(c echo.Context) (restoreView, error) {
	ctx, read := c.Request().Context(), a.engine.Read()
	var view restoreView
	run, err := read.LastRestore(ctx)
	if registrar.IsNotFound(err) {
		return view, nil
	}
	if err != nil {
		return view, fmt.Errorf("reading the restore: %w", err)
	}
	view.Run, view.Running = &run, run.EndedAt == nil
	if view.Progress, err = read.RestoreProgress(ctx, run.ID); err != nil {
		return view, fmt.Errorf("reading restore progress: %w", err)
	}
	if view.Open, err = read.CountRestoreFindings(ctx, registrar.FindingOpen); err != nil {
		return view, fmt.Errorf("counting findings: %w", err)
	}
	rows, err := read.RestoreFindings(ctx, registrar.FindingOpen, nextPage(c))
	if err != nil {
		return view, fmt.Errorf("reading findings: %w", err)
	}
	view.list = cut(rows, c.QueryParam("after"), func(f registrar.RestoreFinding) string { return f.ID }, "/admin/restore", nil)
	return view, nil
}

// restoreNote is what the home page says of a restore; nil on a normal day.
type restoreNote struct {
	Running       bool
	Done, Total   int // registries
	Checked, Open int // names compared, findings
}

func (a *Admin) restoreNote(ctx context.Context) (*restoreNote, error) {
	read := a.engine.Read()
	run, on, err := read.RunningRestore(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the restore: %w", err)
	}
	note := &restoreNote{Running: on}
	if note.Open, err = read.CountRestoreFindings(ctx, registrar.FindingOpen); err != nil {
		return nil, fmt.Errorf("counting findings: %w", err)
	}
	if !on && note.Open == 0 {
		return nil, nil
	}
	progress, err := read.RestoreProgress(ctx, run.ID)
	if err != nil {
		return nil, fmt.Errorf("reading restore progress: %w", err)
	}
	note.Total = len(progress)
	for _, p := range progress {
		note.Checked += p.DomainsChecked + p.NamesChecked
		if p.Done() {
			note.Done++
		}
	}
	return note, nil
}

// releaseAllDo ends the reconciliation before its end, with a reason.
func (a *Admin) releaseAllDo(c echo.Context) error {
	err := a.engine.ReleaseRestore(c.Request().Context(), actor(c), c.FormValue("reason"))
	return a.afterRelease(c, err, "all", "Everything without an open difference is released.")
}

// releaseFindingDo lets one name go, with a reason.
func (a *Admin) releaseFindingDo(c echo.Context) error {
	err := a.engine.ReleaseFinding(c.Request().Context(), actor(c), c.Param("id"), c.FormValue("reason"))
	return a.afterRelease(c, err, c.Param("id"), "The difference is released.")
}

func (a *Admin) afterRelease(c echo.Context, err error, tried, said string) error {
	if err == nil {
		a.shell.Sessions.Say(c.Request().Context(), said)
		return a.shell.Redirect(c, "/admin/restore")
	}
	if ui.Mishap(err) || registrar.IsNotFound(err) {
		return err
	}
	view, verr := a.restore(c)
	if verr != nil {
		return verr
	}
	view.Reason, view.Tried = c.FormValue("reason"), tried
	return a.showRestore(c, view, err)
}
