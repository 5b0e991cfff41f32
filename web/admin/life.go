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
	Contacts map[string]string // role → contact id
	Tried    registrar.Lock    // whose form was refused
	Reason   string            // as typed there
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
	if out.Contacts, err = a.engine.ContactsOf(ctx, d); err != nil {
		return out, fmt.Errorf("reading contacts: %w", err)
	}
	return out, nil
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
	if !on {
		said = "The registry is being asked to lift the lock."
	}
	a.shell.Sessions.Say(ctx, said)
	return a.shell.Redirect(c, "/admin/domains/"+op.DomainID)
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
