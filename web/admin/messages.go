package admin

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// messagesView is what registries wrote, in one state or about one name.
type messagesView struct {
	list[registrar.QueueMessage]
	Tabs     []noticeTab
	State    registrar.QueueMessageState // "" when the list is about one name
	Object   string
	Registry string
}

// messagesPage lists messages of registries: what waits for a person first.
func (a *Admin) messagesPage(c echo.Context) error {
	ctx, read := c.Request().Context(), a.engine.Read()
	view := messagesView{
		State: registrar.QueueMessageState(c.QueryParam("state")), Object: strings.ToLower(strings.TrimSpace(c.QueryParam("object"))),
		Registry: strings.TrimSpace(c.QueryParam("registry")),
	}
	f := registrar.QueueMessageFilter{State: view.State, Registry: view.Registry}
	switch {
	case view.Object != "":
		view.State, view.Registry, f = "", "", registrar.QueueMessageFilter{Object: view.Object}
	case !slices.Contains(registrar.QueueMessageStates, view.State):
		view.State, f.State = registrar.MessageWaiting, registrar.MessageWaiting
	}
	params := url.Values{"state": {string(view.State)}, "object": {view.Object}, "registry": {view.Registry}}
	for _, s := range registrar.QueueMessageStates {
		tab := noticeTab{Label: ui.MessageWord(s), Key: string(s), Href: pageLink("/admin/messages", "", url.Values{"state": {string(s)}, "registry": {view.Registry}}), Active: s == view.State}
		if s == registrar.MessageWaiting {
			n, err := read.CountQueueMessages(ctx, s, countedUpTo+1)
			if err != nil {
				return fmt.Errorf("counting messages: %w", err)
			}
			tab.Counted, tab.N, tab.More = true, min(n, countedUpTo), n > countedUpTo
		}
		view.Tabs = append(view.Tabs, tab)
	}
	rows, err := read.QueueMessages(ctx, f, nextPage(c))
	if err != nil {
		return fmt.Errorf("listing messages: %w", err)
	}
	view.list = cut(rows, c.QueryParam("after"), func(m registrar.QueueMessage) string { return m.ID }, "/admin/messages", params)
	return a.shell.Render(c, http.StatusOK, "messages", a.shell.Page(c, "Messages of registries", view))
}

// messageView is one message with what it was about.
type messageView struct {
	Message registrar.QueueMessage
	XML     string
	Domain  string // id of the name of ours, "" = none
	Audit   []registrar.AuditEvent
	Note    string // as typed
}

func (a *Admin) messagePage(c echo.Context) error { return a.showMessage(c, "", nil) }

func (a *Admin) showMessage(c echo.Context, note string, problem error) error {
	ctx, read := c.Request().Context(), a.engine.Read()
	m, err := read.QueueMessage(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	view := messageView{Message: m, XML: indentXML(string(m.Frame)), Note: note}
	if m.Object != "" {
		dom, err := read.DomainByName(ctx, m.Object)
		switch {
		case err == nil:
			view.Domain = dom.ID
		case !registrar.IsNotFound(err):
			return err
		}
	}
	if view.Audit, err = read.AuditOf(ctx, "registry_message", m.ID, registrar.Page{Limit: 20}); err != nil {
		return fmt.Errorf("reading audit trail: %w", err)
	}
	title := m.Text
	if title == "" {
		title = "Message " + m.MessageID
	}
	page := a.shell.Page(c, title, view)
	page.Crumbs = []ui.Crumb{{Label: "Messages", Href: "/admin/messages"}}
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return a.shell.Render(c, status, "message", page)
}

// settleMessageDo notes what a person did about a message.
func (a *Admin) settleMessageDo(c echo.Context) error {
	err := a.engine.SettleMessage(c.Request().Context(), actor(c), c.Param("id"), c.FormValue("note"))
	if err == nil {
		a.shell.Sessions.Say(c.Request().Context(), "The message is settled.")
		return a.shell.Redirect(c, "/admin/messages/"+c.Param("id"))
	}
	if ui.Mishap(err) || registrar.IsNotFound(err) {
		return err
	}
	return a.showMessage(c, c.FormValue("note"), err)
}
