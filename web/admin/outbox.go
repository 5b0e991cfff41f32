package admin

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// outboxView is the outgoing mail in one state.
type outboxView struct {
	list[registrar.Mail]
	Tabs  []noticeTab
	State registrar.MailState
}

// outboxPage lists outgoing mail: what failed first.
func (a *Admin) outboxPage(c echo.Context) error {
	ctx, read := c.Request().Context(), a.engine.Read()
	view := outboxView{State: registrar.MailState(c.QueryParam("state"))}
	if !slices.Contains(registrar.MailStates, view.State) {
		view.State = registrar.MailFailed
	}
	for _, s := range registrar.MailStates {
		tab := noticeTab{Label: ui.MailWord(s), Key: string(s), Href: "/admin/mail?state=" + string(s), Active: s == view.State}
		if s == registrar.MailFailed || s == registrar.MailQueued {
			n, err := read.CountMails(ctx, s, countedUpTo+1)
			if err != nil {
				return fmt.Errorf("counting mail: %w", err)
			}
			tab.Counted, tab.N, tab.More = true, min(n, countedUpTo), n > countedUpTo
		}
		view.Tabs = append(view.Tabs, tab)
	}
	rows, err := read.Mails(ctx, view.State, nextPage(c))
	if err != nil {
		return fmt.Errorf("listing mail: %w", err)
	}
	view.list = cut(rows, c.QueryParam("after"), registrar.Mail.DueKey, "/admin/mail", url.Values{"state": {string(view.State)}})
	page := a.shell.Page(c, "Outgoing mail", view)
	page.Crumbs = []ui.Crumb{{Label: "Notices", Href: "/admin/notices"}}
	return a.shell.Render(c, http.StatusOK, "outbox", page)
}

// mailView is one mail with what may be done about it.
type mailView struct {
	Mail   registrar.Mail
	Retry  bool   // it may be tried now
	Why    string // why a failed one can't be tried again
	Audit  []registrar.AuditEvent
	Reason string // as typed
}

func (a *Admin) mailPage(c echo.Context) error { return a.showMail(c, "", nil) }

func (a *Admin) showMail(c echo.Context, reason string, problem error) error {
	ctx, read := c.Request().Context(), a.engine.Read()
	m, err := read.Mail(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	view := mailView{Mail: m, Reason: reason}
	switch refused := a.engine.Retryable(ctx, m); {
	case refused == nil:
		view.Retry = true
	case ui.Mishap(refused):
		return refused
	default:
		view.Why = ui.Problem(refused)
	}
	if view.Audit, err = read.AuditOf(ctx, "mail", m.ID, registrar.Page{Limit: 20}); err != nil {
		return fmt.Errorf("reading audit trail: %w", err)
	}
	title := m.Subject
	if title == "" {
		title = "Mail without a text"
	}
	page := a.shell.Page(c, title, view)
	page.Crumbs = []ui.Crumb{{Label: "Notices", Href: "/admin/notices"}, {Label: "Outgoing mail", Href: "/admin/mail"}}
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return a.shell.Render(c, status, "mail", page)
}

// retryMailDo has a mail tried at once.
func (a *Admin) retryMailDo(c echo.Context) error {
	err := a.engine.RetryMail(c.Request().Context(), actor(c), c.Param("id"))
	return a.afterMail(c, err, "The mail is tried again now.")
}

// dropMailDo gives a failed mail up, with a reason.
func (a *Admin) dropMailDo(c echo.Context) error {
	err := a.engine.DropMail(c.Request().Context(), actor(c), c.Param("id"), c.FormValue("reason"))
	return a.afterMail(c, err, "The mail is given up.")
}

func (a *Admin) afterMail(c echo.Context, err error, said string) error {
	if err == nil {
		a.shell.Sessions.Say(c.Request().Context(), said)
		return a.shell.Redirect(c, "/admin/mail/"+c.Param("id"))
	}
	if ui.Mishap(err) || registrar.IsNotFound(err) {
		return err
	}
	return a.showMail(c, c.FormValue("reason"), err)
}
