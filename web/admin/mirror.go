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

// mirrorView is one mirrored billing system: its imports and its worklist.
type mirrorView struct {
	list[registrar.MirrorIssue]
	Systems []string
	System  string
	Title   string
	Last    *registrar.MirrorRun // that ended with an import
	Runs    []registrar.MirrorRun
	Brake   *registrar.Brake
	Tabs    []noticeTab
	State   registrar.MirrorIssueState
	Kind    registrar.FlawKind
	Kinds   []kindLine
}

// kindLine is one kind of issue with how many are in the chosen state.
type kindLine struct {
	registrar.FlawInfo
	N        int
	Selected bool
}

const shownRuns = 10

func (a *Admin) mirrorPage(c echo.Context) error {
	ctx := c.Request().Context()
	view := mirrorView{Systems: a.engine.Mirrors(), State: registrar.MirrorIssueState(c.QueryParam("state")), Kind: registrar.FlawKind(c.QueryParam("kind"))}
	if len(view.Systems) > 0 {
		view.System = view.Systems[0]
		if asked := c.QueryParam("system"); slices.Contains(view.Systems, asked) {
			view.System = asked
		}
		view.Title = registrar.SystemTitle(view.System)
		if err := a.fillMirror(ctx, &view); err != nil {
			return err
		}
		if err := a.fillWorklist(c, &view); err != nil {
			return err
		}
	}
	return a.shell.Render(c, http.StatusOK, "mirror", a.shell.Page(c, "Mirror", view))
}

// fillMirror reads the latest imports and the brake.
func (a *Admin) fillMirror(ctx context.Context, view *mirrorView) error {
	read := a.engine.Read()
	runs, err := read.MirrorRuns(ctx, view.System, registrar.Page{Limit: 100})
	if err != nil {
		return fmt.Errorf("reading imports: %w", err)
	}
	for _, r := range runs {
		if view.Last == nil && r.Outcome == registrar.MirrorDone {
			view.Last = &r
		}
	}
	view.Runs = runs[:min(len(runs), shownRuns)]
	b, err := read.EngagedBrake(ctx, "mirror/"+view.System)
	if err == nil {
		view.Brake = &b
	} else if !registrar.IsNotFound(err) {
		return fmt.Errorf("reading the brake: %w", err)
	}
	return nil
}

// fillWorklist reads the issues of the chosen state and kind.
func (a *Admin) fillWorklist(c echo.Context, view *mirrorView) error {
	ctx, read := c.Request().Context(), a.engine.Read()
	if !slices.Contains(registrar.IssueStates, view.State) {
		view.State = registrar.IssueOpen
	}
	for _, s := range registrar.IssueStates {
		tab := noticeTab{Label: ui.IssueWord(s), Key: string(s), Active: s == view.State, Href: "/admin/mirror?" + url.Values{"system": {view.System}, "state": {string(s)}}.Encode()}
		counts, err := read.CountMirrorIssues(ctx, view.System, s)
		if err != nil {
			return fmt.Errorf("counting issues: %w", err)
		}
		tab.Counted, tab.N = s != registrar.IssueFixed, counts[""]
		view.Tabs = append(view.Tabs, tab)
		if !tab.Active {
			continue
		}
		for _, k := range registrar.FlawKinds {
			if counts[k.Kind] > 0 || k.Kind == view.Kind {
				view.Kinds = append(view.Kinds, kindLine{k, counts[k.Kind], k.Kind == view.Kind})
			}
		}
	}
	if !slices.ContainsFunc(view.Kinds, func(k kindLine) bool { return k.Selected }) {
		view.Kind = ""
	}
	rows, err := read.MirrorIssues(ctx, registrar.MirrorIssueFilter{System: view.System, State: view.State, Kind: view.Kind}, nextPage(c))
	if err != nil {
		return fmt.Errorf("reading the worklist: %w", err)
	}
	view.list = cut(rows, c.QueryParam("after"), func(i registrar.MirrorIssue) string { return i.ID }, "/admin/mirror",
		url.Values{"system": {view.System}, "state": {string(view.State)}, "kind": {string(view.Kind)}})
	return nil
}

// mirrorIssueView is one row of the worklist with what may be done about it.
type mirrorIssueView struct {
	Issue  registrar.MirrorIssue
	Info   registrar.FlawInfo
	Title  string // of the system
	Gone   bool   // the name may be removed
	Audit  []registrar.AuditEvent
	Reason string // as typed
	Tried  string // the form that was refused
}

func (a *Admin) mirrorIssuePage(c echo.Context) error { return a.showMirrorIssue(c, "", nil) }

func (a *Admin) showMirrorIssue(c echo.Context, tried string, problem error) error {
	ctx, read := c.Request().Context(), a.engine.Read()
	issue, err := read.MirrorIssue(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	view := mirrorIssueView{Issue: issue, Info: issue.Kind.Info(), Title: registrar.SystemTitle(issue.System), Tried: tried, Reason: c.FormValue("reason")}
	view.Gone = issue.Object == registrar.MirrorDomains && (issue.Kind == registrar.FlawVanished || issue.Kind == registrar.FlawEnded)
	if view.Audit, err = read.AuditOf(ctx, "mirror_issue", issue.ID, registrar.Page{Limit: 20}); err != nil {
		return fmt.Errorf("reading audit trail: %w", err)
	}
	page := a.shell.Page(c, view.Info.Title+": "+issue.Label, view)
	page.Crumbs = []ui.Crumb{{Label: "Mirror", Href: "/admin/mirror?system=" + issue.System}}
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return a.shell.Render(c, status, "mirror_issue", page)
}

// ignoreIssueDo and resolveIssueDo take an issue off the list, with a reason.
func (a *Admin) ignoreIssueDo(c echo.Context) error {
	err := a.engine.EndMirrorIssue(c.Request().Context(), actor(c), c.Param("id"), registrar.IssueIgnored, c.FormValue("reason"))
	return a.afterIssue(c, err, "ignore", "/admin/mirror/issues/"+c.Param("id"), "Ignored until what stands there changes.")
}

func (a *Admin) resolveIssueDo(c echo.Context) error {
	err := a.engine.EndMirrorIssue(c.Request().Context(), actor(c), c.Param("id"), registrar.IssueResolved, c.FormValue("reason"))
	return a.afterIssue(c, err, "resolve", "/admin/mirror/issues/"+c.Param("id"), "Resolved. It opens again when the next import still finds it.")
}

// removeMirroredDo ends a name that its billing system no longer lists.
func (a *Admin) removeMirroredDo(c echo.Context) error {
	err := a.engine.RemoveMirrored(c.Request().Context(), actor(c), c.Param("id"), c.FormValue("reason"))
	return a.afterIssue(c, err, "remove", "/admin/mirror", "The name is removed here. Nothing was sent to the registry.")
}

func (a *Admin) afterIssue(c echo.Context, err error, tried, to, said string) error {
	if err == nil {
		a.shell.Sessions.Say(c.Request().Context(), said)
		return a.shell.Redirect(c, to)
	}
	if ui.Mishap(err) || registrar.IsNotFound(err) {
		return err
	}
	return a.showMirrorIssue(c, tried, err)
}
