package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// domainLife is what is in force for a name beside its registration.
type domainLife struct {
	Locks    []lockLine
	Code     *registrar.CodeRecord // nil when no transfer code is in force or on its way
	Hosts    []registrar.Host
	People   []contactLine
	Tried    registrar.Lock // whose form was refused
	TriedAct string         // or "move", "delete", "end-code", "nameservers", "hosts", "hosts/delete"
	Host     hostTyped
	Field    string // that the refusal is about
	To       string // the customer as typed there
	Reason   string // as typed there
}

// lockLine is one lock with who holds it.
type lockLine struct {
	Lock     registrar.Lock
	Status   string
	On       bool
	Registry string               // the registry's own status, "" when it has none
	Staff    *registrar.StaffLock // nil when it is the customer's
}

func (a *Admin) life(ctx context.Context, d registrar.Domain) (domainLife, error) {
	var out domainLife
	read := a.engine.Read()
	staff, err := read.StaffLocks(ctx, d.ID)
	if err != nil {
		return out, fmt.Errorf("reading staff locks: %w", err)
	}
	for _, l := range registrar.AllLocks {
		line := lockLine{Lock: l, Status: l.Status(), On: d.HasStatus(l.Status()) != ""}
		line.Registry = d.HasStatus("server" + strings.TrimPrefix(l.Status(), "client"))
		for i := range staff {
			if staff[i].Status == line.Status {
				line.Staff = &staff[i]
			}
		}
		out.Locks = append(out.Locks, line)
	}
	record, err := read.CodeRecord(ctx, d.ID)
	if err == nil {
		record.Sealed = "" // nobody's to see
		out.Code = &record
	} else if !registrar.IsNotFound(err) {
		return out, fmt.Errorf("reading transfer code: %w", err)
	}
	if out.Hosts, err = read.HostsOf(ctx, d.ID); err != nil {
		return out, fmt.Errorf("reading hosts: %w", err)
	}
	out.People, err = a.people(ctx, d)
	return out, err
}

// lockDo sets or lifts a lock for staff, with a reason.
func (a *Admin) lockDo(c echo.Context) error {
	ctx := c.Request().Context()
	lock, on, reason := registrar.Lock(c.FormValue("lock")), c.FormValue("on") == "yes", c.FormValue("reason")
	op, err := a.engine.ChangeStaffLocks(ctx, actor(c), c.Param("id"), []registrar.Lock{lock}, on, reason)
	var problem *registrar.Error
	switch {
	case err == nil:
	case registrar.IsNotFound(err) || ui.Mishap(err) || !errors.As(err, &problem):
		return err
	default:
		view, verr := a.domain(c)
		if verr != nil {
			return verr
		}
		view.Life.Tried, view.Life.Reason = lock, reason
		return a.showDomain(c, view, err)
	}
	said := "The lock is on its way to the registry."
	switch {
	case !on && op.State == registrar.OpSucceeded:
		said = "The lock is lifted."
	case !on:
		said = "The registry is being asked to lift the lock."
	}
	a.shell.Sessions.Say(ctx, said)
	return a.shell.Redirect(c, "/admin/domains/"+op.DomainID)
}

// afterWish says what was asked for, or shows the page with the form again.
func (a *Admin) afterWish(c echo.Context, tried, said string, err error) error {
	if err == nil {
		a.shell.Sessions.Say(c.Request().Context(), said)
		return a.shell.Redirect(c, "/admin/domains/"+c.Param("id"))
	}
	if registrar.IsNotFound(err) || ui.Mishap(err) {
		return err
	}
	view, verr := a.domain(c)
	if verr != nil {
		return verr
	}
	view.Life.TriedAct, view.Life.Reason, view.Life.To = tried, c.FormValue("reason"), c.FormValue("customer")
	view.Life.Field = ui.FieldOf(err)
	view.Life.Host = hostTyped{c.FormValue("host"), c.FormValue("new_name"), c.FormValue("addresses")}
	if tried == "nameservers" {
		view.NameServers = ui.WithRoom(ui.Trimmed(c.Request().PostForm["nameservers"]))
	}
	return a.showDomain(c, view, err)
}

// moveDo asks for the move of a name to another customer.
func (a *Admin) moveDo(c echo.Context) error {
	_, err := a.engine.AskDomainMove(c.Request().Context(), actor(c), c.Param("id"), strings.TrimSpace(c.FormValue("customer")), c.FormValue("reason"))
	return a.afterWish(c, "move", saidAsked, err)
}

// deleteDo asks for the deletion of a name.
func (a *Admin) deleteDo(c echo.Context) error {
	_, err := a.engine.AskDomainDelete(c.Request().Context(), actor(c), c.Param("id"), c.FormValue("reason"))
	return a.afterWish(c, "delete", saidAsked, err)
}

// nameServersDo asks for a new delegation of a name.
func (a *Admin) nameServersDo(c echo.Context) error {
	values, err := c.FormParams()
	if err != nil {
		return echo.ErrBadRequest
	}
	_, err = a.engine.ChangeStaffNameServers(c.Request().Context(), actor(c), c.Param("id"), ui.Trimmed(values["nameservers"]), values.Get("reason"))
	return a.afterWish(c, "nameservers", "The new name servers are on their way to the registry.", err)
}

// endCodeDo has the transfer code unset at the registry.
func (a *Admin) endCodeDo(c echo.Context) error {
	_, err := a.engine.EndTransferCode(c.Request().Context(), actor(c), c.Param("id"), c.FormValue("reason"))
	return a.afterWish(c, "end-code", "The registry is being asked to forget the transfer code.", err)
}

// historyView is one page of everything that is known of a name.
type historyView struct {
	Domain registrar.Domain
	list[registrar.Happening]
}

func (a *Admin) historyPage(c echo.Context) error {
	ctx := c.Request().Context()
	d, err := a.engine.Read().Domain(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	after := c.QueryParam("after")
	rows, next, err := a.engine.History(ctx, d, true, registrar.Page{After: after, Limit: pageSize})
	if err != nil {
		return err
	}
	path := "/admin/domains/" + d.ID + "/history"
	view := historyView{Domain: d, list: list[registrar.Happening]{Rows: rows}}
	if next != "" {
		view.Next = path + "?after=" + next
	}
	if after != "" {
		view.First = path
	}
	page := a.shell.Page(c, "History of "+d.UName, view)
	page.Crumbs = []ui.Crumb{{Label: "Domains", Href: "/admin/domains"}, {Label: d.UName, Href: "/admin/domains/" + d.ID}}
	return a.shell.Render(c, http.StatusOK, "history", page)
}
