package admin

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// noticeTab is a filter of the compliance list.
type noticeTab struct {
	Label, Key, Href string
	States           []registrar.DutyState
	N                int // as far as it is counted
	More             bool
	Counted          bool
	Active           bool
}

// countedUpTo bounds what a tab counts: beyond that a person reads no number.
const countedUpTo = 1000

// noticesView is the compliance list: what a policy asks and how far it is.
type noticesView struct {
	list[registrar.Duty]
	Tabs     []noticeTab
	Policies []string
	Policy   string
	State    string
	Name     string // as typed
	Braked   []registrar.Brake
	Export   string
}

// noticeFilter reads the filter of the list from the address.
func (a *Admin) noticeFilter(c echo.Context) (f registrar.DutyFilter, tabs []noticeTab, err error) {
	policies := a.engine.Policies()
	if len(policies) > 0 {
		f.Policy = policies[0]
	}
	if asked := c.QueryParam("policy"); slices.Contains(policies, asked) {
		f.Policy = asked
	}
	if typed := strings.TrimSpace(c.QueryParam("name")); typed != "" {
		name, err := registrar.ParseName(typed)
		if err != nil {
			return f, nil, err
		}
		f.Name = name.A
	}
	state := c.QueryParam("state")
	for _, s := range registrar.DutyStates {
		tabs = append(tabs, noticeTab{Label: ui.DutyWord(s), Key: string(s), States: []registrar.DutyState{s}, Active: state == string(s)})
	}
	tabs = append(tabs, noticeTab{Label: "All", Key: "all"})
	if !slices.ContainsFunc(tabs, func(t noticeTab) bool { return t.Active }) {
		tabs[len(tabs)-1].Active = true
	}
	for i := range tabs {
		if tabs[i].Active {
			f.States = tabs[i].States
		}
		tabs[i].Href = noticesPath("/admin/notices", f.Policy, tabs[i].Key, f.Name)
	}
	return f, tabs, nil
}

func noticesPath(path, policy, state, name string) string {
	q := url.Values{"policy": {policy}, "state": {state}}
	if name != "" {
		q.Set("name", name)
	}
	return path + "?" + q.Encode()
}

// countTabs fills in how many open duties and breaches there are.
func (a *Admin) countTabs(ctx context.Context, policy string, tabs []noticeTab) error {
	for i, t := range tabs {
		if len(t.States) != 1 || t.States[0] == registrar.DutyDone || t.States[0] == registrar.DutyEnded {
			continue
		}
		n, err := a.engine.Read().CountDuties(ctx, policy, t.States[0], countedUpTo+1)
		if err != nil {
			return fmt.Errorf("counting duties: %w", err)
		}
		tabs[i].Counted, tabs[i].N, tabs[i].More = true, min(n, countedUpTo), n > countedUpTo
	}
	return nil
}

func (a *Admin) noticesPage(c echo.Context) error {
	ctx := c.Request().Context()
	filter, tabs, problem := a.noticeFilter(c)
	view := noticesView{Tabs: tabs, Policies: a.engine.Policies(), Policy: filter.Policy, Name: strings.TrimSpace(c.QueryParam("name"))}
	page := a.shell.Page(c, "Notices", view)
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
		return a.shell.Render(c, status, "notices", page)
	}
	for _, t := range tabs {
		if t.Active {
			view.State = t.Key
		}
	}
	if filter.Policy != "" {
		if err := a.countTabs(ctx, filter.Policy, tabs); err != nil {
			return err
		}
		rows, err := a.engine.Read().Duties(ctx, filter, nextPage(c))
		if err != nil {
			return fmt.Errorf("reading duties: %w", err)
		}
		view.list = cut(rows, c.QueryParam("after"), func(d registrar.Duty) string { return d.ID }, "/admin/notices",
			url.Values{"policy": {filter.Policy}, "state": {view.State}, "name": {filter.Name}})
	}
	var err error
	if view.Braked, err = a.braked(ctx); err != nil {
		return err
	}
	view.Export = noticesPath("/admin/notices.csv", filter.Policy, view.State, filter.Name)
	page.Data = view
	return a.shell.Render(c, status, "notices", page)
}

// braked lists the mass runs that wait for release.
func (a *Admin) braked(ctx context.Context) ([]registrar.Brake, error) {
	var out []registrar.Brake
	stopped := slices.Clone(a.engine.Policies())
	for _, system := range a.engine.Mirrors() {
		stopped = append(stopped, "mirror/"+system)
	}
	for _, policy := range stopped {
		b, err := a.engine.Read().EngagedBrake(ctx, policy)
		if registrar.IsNotFound(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading brakes: %w", err)
		}
		out = append(out, b)
	}
	return out, nil
}

// dutyView is one duty with each mail as it was sent and the evidence of it.
type dutyView struct {
	Duty    registrar.Duty
	Domain  *registrar.Domain
	Notices []noticeView
	Audit   []registrar.AuditEvent
}

type noticeView struct {
	registrar.Notice
	Intact bool // the text still has the digest that the audit trail carries
	Last   bool
}

func (a *Admin) dutyPage(c echo.Context) error {
	ctx, read := c.Request().Context(), a.engine.Read()
	duty, err := read.Duty(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	view := dutyView{Duty: duty}
	if duty.SubjectKind == "domain" {
		d, err := read.Domain(ctx, duty.SubjectID)
		if err != nil {
			return fmt.Errorf("reading domain: %w", err)
		}
		view.Domain = &d
	}
	notices, err := read.Notices(ctx, []string{duty.ID})
	if err != nil {
		return fmt.Errorf("reading notices: %w", err)
	}
	for i, n := range notices {
		view.Notices = append(view.Notices, noticeView{n, registrar.NoticeDigest(n) == n.Digest, i == len(notices)-1})
	}
	if view.Audit, err = read.AuditOf(ctx, "duty", duty.ID, registrar.Page{Limit: 100}); err != nil {
		return fmt.Errorf("reading audit trail: %w", err)
	}
	page := a.shell.Page(c, ui.StageWord(duty.Policy, duty.Stage)+": "+ui.UName(duty.SubjectName), view)
	page.Crumbs = []ui.Crumb{{Label: "Notices", Href: "/admin/notices"}}
	return a.shell.Render(c, http.StatusOK, "notice", page)
}

// brakesView is every mass run that was stopped, newest first.
type brakesView struct{ list[registrar.Brake] }

func (a *Admin) brakesPage(c echo.Context) error {
	rows, err := a.engine.Read().Brakes(c.Request().Context(), nextPage(c))
	if err != nil {
		return fmt.Errorf("reading brakes: %w", err)
	}
	view := brakesView{cut(rows, c.QueryParam("after"), func(b registrar.Brake) string { return b.ID }, "/admin/notices/brakes", nil)}
	page := a.shell.Page(c, "Mass runs that were stopped", view)
	page.Crumbs = []ui.Crumb{{Label: "Notices", Href: "/admin/notices"}}
	return a.shell.Render(c, http.StatusOK, "brakes", page)
}

// brakeView is one stopped run and the form that releases it.
type brakeView struct {
	Brake  registrar.Brake
	Audit  []registrar.AuditEvent
	Reason string // as typed
}

func (a *Admin) brakePage(c echo.Context) error { return a.showBrake(c, "", nil) }

func (a *Admin) showBrake(c echo.Context, reason string, problem error) error {
	ctx, read := c.Request().Context(), a.engine.Read()
	b, err := read.Brake(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	view := brakeView{Brake: b, Reason: reason}
	if view.Audit, err = read.AuditOf(ctx, "brake", b.ID, registrar.Page{Limit: 20}); err != nil {
		return fmt.Errorf("reading audit trail: %w", err)
	}
	page := a.shell.Page(c, "Stopped: "+ui.Words(b.Policy), view)
	page.Crumbs = []ui.Crumb{{Label: "Notices", Href: "/admin/notices"}, {Label: "Stopped runs", Href: "/admin/notices/brakes"}}
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return a.shell.Render(c, status, "brake", page)
}

// releaseDo lets a stopped policy go on, with a reason.
func (a *Admin) releaseDo(c echo.Context) error {
	reason := c.FormValue("reason")
	err := a.engine.ReleaseBrake(c.Request().Context(), actor(c), c.Param("id"), reason)
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		return a.showBrake(c, reason, err)
	}
	a.shell.Sessions.Say(c.Request().Context(), "Released: the notices go out with the next run of the job.")
	return a.shell.Redirect(c, "/admin/notices/brakes/"+c.Param("id"))
}
