package admin

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// commandTab is a filter of the queue.
type commandTab struct {
	Label, Key string
	States     []registrar.CommandState
	N          int // open commands in these states
	Counted    bool
	Active     bool
}

func commandTabs(counts map[registrar.CommandState]int, active string) []commandTab {
	tabs := []commandTab{
		{Label: "Needs review", Key: "needs_review", States: []registrar.CommandState{registrar.CommandNeedsReview}, Counted: true},
		{Label: "Failed", Key: "failed", States: []registrar.CommandState{registrar.CommandFailed}},
		{Label: "Sent", Key: "sent", States: []registrar.CommandState{registrar.CommandSent}, Counted: true},
		{Label: "Queued", Key: "queued", States: []registrar.CommandState{registrar.CommandQueued}, Counted: true},
		{Label: "Waiting", Key: "waiting", States: []registrar.CommandState{registrar.CommandWaiting}, Counted: true},
		{Label: "Done", Key: "done", States: []registrar.CommandState{registrar.CommandDone}},
		{Label: "Cancelled", Key: "cancelled", States: []registrar.CommandState{registrar.CommandCancelled}},
		{Label: "All", Key: "all"},
	}
	known := false
	for i := range tabs {
		for _, s := range tabs[i].States {
			tabs[i].N += counts[s]
		}
		tabs[i].Active = tabs[i].Key == active
		known = known || tabs[i].Active
	}
	if !known {
		tabs[0].Active = true
	}
	return tabs
}

type commandsView struct {
	list[registrar.Command]
	Tabs     []commandTab
	State    string
	Registry string
}

func (a *Admin) commandsPage(c echo.Context) error {
	ctx, read := c.Request().Context(), a.engine.Read()
	counts, err := read.OpenCommandCounts(ctx)
	if err != nil {
		return fmt.Errorf("counting commands: %w", err)
	}
	view := commandsView{Tabs: commandTabs(counts, c.QueryParam("state")), Registry: c.QueryParam("registry")}
	filter := registrar.CommandFilter{Registry: view.Registry}
	for _, t := range view.Tabs {
		if t.Active {
			filter.States, view.State = t.States, t.Key
		}
	}
	rows, err := read.Commands(ctx, filter, nextPage(c))
	if err != nil {
		return fmt.Errorf("reading commands: %w", err)
	}
	view.list = cut(rows, c.QueryParam("after"), func(c registrar.Command) string { return c.ID }, "/admin/commands",
		url.Values{"state": {view.State}, "registry": {view.Registry}})
	return a.shell.Render(c, http.StatusOK, "commands", a.shell.Page(c, "Commands", view))
}

// commandView is a command with what it is part of and what was said.
type commandView struct {
	Command     registrar.Command
	Operation   registrar.Operation
	Siblings    []registrar.Command
	Domain      *registrar.Domain
	Price       *registrar.Money // what goes back when it is resolved as failed
	Audit       []registrar.AuditEvent
	Transcripts []exchange
	CanRetry    bool
	CanResolve  bool
	CanCancel   bool
	Reason      string // as typed
	Tried       string // the form that was refused: "retry", "done" or "failed"
}

func (a *Admin) commandPage(c echo.Context) error {
	view, err := a.command(c)
	if err != nil {
		return err
	}
	return a.showCommand(c, view, nil)
}

func (a *Admin) showCommand(c echo.Context, view commandView, problem error) error {
	page := a.shell.Page(c, ui.Words(view.Command.Verb)+" "+ui.UName(view.Command.Object), view)
	page.Crumbs = []ui.Crumb{{Label: "Commands", Href: "/admin/commands"}}
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return a.shell.Render(c, status, "command", page)
}

func (a *Admin) command(c echo.Context) (commandView, error) {
	ctx, read := c.Request().Context(), a.engine.Read()
	cmd, err := read.Command(ctx, c.Param("id"))
	if err != nil {
		return commandView{}, err
	}
	view := commandView{Command: cmd}
	if view.Operation, err = read.Operation(ctx, cmd.OperationID); err != nil {
		return view, fmt.Errorf("reading operation: %w", err)
	}
	if view.Siblings, err = read.CommandsOf(ctx, cmd.OperationID); err != nil {
		return view, fmt.Errorf("reading commands: %w", err)
	}
	if cmd.DomainID != "" {
		d, err := read.Domain(ctx, cmd.DomainID)
		if err != nil {
			return view, fmt.Errorf("reading domain: %w", err)
		}
		view.Domain = &d
	}
	if view.Price, err = a.priceOf(c, view.Operation); err != nil {
		return view, err
	}
	few := registrar.Page{Limit: 20}
	if view.Audit, err = read.AuditOf(ctx, "command", cmd.ID, few); err != nil {
		return view, fmt.Errorf("reading audit trail: %w", err)
	}
	said, err := read.Transcripts(ctx, registrar.TranscriptFilter{CommandID: cmd.ID}, few)
	if err != nil {
		return view, fmt.Errorf("reading transcripts: %w", err)
	}
	view.Transcripts = exchanges(said)
	if len(view.Transcripts) > 0 {
		view.Transcripts[0].Open = true
	}
	view.CanResolve = cmd.State == registrar.CommandNeedsReview
	view.CanCancel = cmd.State == registrar.CommandQueued
	view.CanRetry = view.CanResolve || cmd.State == registrar.CommandQueued || cmd.State == registrar.CommandSent
	return view, nil
}

// priceOf returns what the order line behind an operation costs, nil when it
// costs nothing.
func (a *Admin) priceOf(c echo.Context, op registrar.Operation) (*registrar.Money, error) {
	if op.OrderID == "" {
		return nil, nil
	}
	o, err := a.engine.Read().Order(c.Request().Context(), op.OrderID)
	if err != nil {
		return nil, fmt.Errorf("reading order: %w", err)
	}
	for _, l := range o.Lines {
		if l.ID == op.LineID {
			return &l.Price, nil
		}
	}
	return nil, nil
}

// retryDo brings a command back to work, with a reason.
func (a *Admin) retryDo(c echo.Context) error {
	err := a.engine.RetryCommand(c.Request().Context(), actor(c), c.Param("id"), c.FormValue("reason"))
	return a.afterAct(c, err, "retry", "The command is set to be tried again.")
}

// resolveDo ends a command by a person's word, with a reason.
func (a *Admin) resolveDo(c echo.Context) error {
	as := registrar.Resolution(c.FormValue("as"))
	if as != registrar.ResolveDone && as != registrar.ResolveFailed {
		return echo.ErrBadRequest
	}
	err := a.engine.ResolveCommand(c.Request().Context(), actor(c), c.Param("id"), as, c.FormValue("reason"))
	return a.afterAct(c, err, string(as), "The command is resolved as "+string(as)+".")
}

// cancelDo ends a command that was not sent, with a reason.
func (a *Admin) cancelDo(c echo.Context) error {
	err := a.engine.CancelCommand(c.Request().Context(), actor(c), c.Param("id"), c.FormValue("reason"))
	return a.afterAct(c, err, "cancel", "The command is cancelled.")
}

func (a *Admin) afterAct(c echo.Context, err error, tried, said string) error {
	if err == nil {
		a.shell.Sessions.Say(c.Request().Context(), said)
		return a.shell.Redirect(c, "/admin/commands/"+c.Param("id"))
	}
	if ui.Mishap(err) {
		return err
	}
	view, verr := a.command(c)
	if verr != nil {
		return verr
	}
	view.Reason, view.Tried = c.FormValue("reason"), tried
	return a.showCommand(c, view, err)
}

// operationPage leads to the command of an operation that matters most.
func (a *Admin) operationPage(c echo.Context) error {
	cmds, err := a.engine.Read().CommandsOf(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	if len(cmds) == 0 {
		return registrar.Errorf(registrar.KindNotFound, "no_such_operation", "There is no such operation.")
	}
	pick := cmds[len(cmds)-1]
	for _, cmd := range cmds {
		if cmd.State == registrar.CommandNeedsReview || cmd.State == registrar.CommandFailed {
			pick = cmd
			break
		}
	}
	return a.shell.Redirect(c, "/admin/commands/"+pick.ID)
}
