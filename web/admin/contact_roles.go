package admin

import (
	"context"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// contactRoles are the roles in the order shown.
var contactRoles = []string{registrar.RoleRegistrant, registrar.RoleAdmin, registrar.RoleTech, registrar.RoleBilling}

// people lists who plays which role for a name, with the objects at its registry.
func (a *Admin) people(ctx context.Context, d registrar.Domain) ([]contactLine, error) {
	byRole, err := a.engine.ContactsOf(ctx, d)
	if err != nil {
		return nil, fmt.Errorf("reading contacts: %w", err)
	}
	var out []contactLine
	for _, role := range contactRoles {
		if byRole[role] == "" {
			continue
		}
		v, err := a.engine.Read().ContactVersion(ctx, registrar.ContactRef{ContactID: byRole[role]})
		if err != nil {
			return nil, fmt.Errorf("reading contact: %w", err)
		}
		objects, err := a.objectsOf(ctx, v, d.Registry)
		if err != nil {
			return nil, err
		}
		out = append(out, contactLine{Role: role, Contact: v, Objects: objects})
	}
	return out, nil
}

// domainContactsView gives one role of one name to another contact of the
// customer.
type domainContactsView struct {
	Domain   registrar.Domain
	Customer registrar.Customer
	People   []contactLine
	Role     string // that is to change
	Now      registrar.ContactVersion
	Chooser  ui.Chooser
	Others   map[string]bool // contact ids that would make the name somebody else's
	Chosen   string          // contact id
	Reason   string
	Field    string
	Ours     bool // active, and to be changed here
}

func (a *Admin) domainContactsPage(c echo.Context) error {
	return a.showDomainContacts(c, domainContactsView{Role: c.QueryParam("role")}, nil)
}

// domainContactsTurn shows the form again, with another page of contacts.
func (a *Admin) domainContactsTurn(c echo.Context) error {
	return a.showDomainContacts(c, typedContacts(c), nil)
}

func typedContacts(c echo.Context) domainContactsView {
	return domainContactsView{Role: c.FormValue("role"), Chosen: c.FormValue("contact"), Reason: c.FormValue("reason")}
}

func (a *Admin) showDomainContacts(c echo.Context, view domainContactsView, problem error) error {
	ctx, read := c.Request().Context(), a.engine.Read()
	var err error
	if view.Domain, err = read.Domain(ctx, c.Param("id")); err != nil {
		return err
	}
	if view.Customer, err = read.Customer(ctx, view.Domain.CustomerID); err != nil {
		return fmt.Errorf("reading customer: %w", err)
	}
	if view.People, err = a.people(ctx, view.Domain); err != nil {
		return err
	}
	known := false
	for _, p := range view.People {
		if p.Role == view.Role || !known && p.Role == registrar.RoleRegistrant {
			view.Now, known = p.Contact, p.Role == view.Role
		}
	}
	if !known {
		view.Role = registrar.RoleRegistrant
	}
	if view.Chosen == "" {
		view.Chosen = view.Now.ContactID
	}
	form, err := c.FormParams()
	if err != nil {
		return echo.ErrBadRequest
	}
	if view.Chooser, err = ui.NewChooser(ctx, read, view.Domain.CustomerID, ui.ChooserPage(form), view.Now.ContactID, view.Chosen); err != nil {
		return err
	}
	view.Others = map[string]bool{}
	for _, v := range view.Chooser.Contacts {
		view.Others[v.ContactID] = view.Role == registrar.RoleRegistrant && registrar.Material(view.Now.ContactData, v.ContactData)
	}
	view.Field, view.Ours = ui.FieldOf(problem), ours(view.Domain)
	page := a.shell.Page(c, "Contacts of "+view.Domain.UName, view)
	page.Crumbs = []ui.Crumb{{Label: "Domains", Href: "/admin/domains"}, {Label: view.Domain.UName, Href: "/admin/domains/" + view.Domain.ID}}
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return a.shell.Render(c, status, "domain_contacts", page)
}

// domainContactsDo gives the role to the chosen contact.
func (a *Admin) domainContactsDo(c echo.Context) error {
	ctx, view := c.Request().Context(), typedContacts(c)
	op, err := a.engine.ChangeStaffContacts(ctx, actor(c), registrar.StaffContactsRequest{
		DomainID: c.Param("id"), Roles: map[string]string{view.Role: view.Chosen}, Reason: view.Reason,
	})
	if err != nil {
		if registrar.IsNotFound(err) || ui.Mishap(err) {
			return err
		}
		return a.showDomainContacts(c, view, err)
	}
	a.shell.Sessions.Say(ctx, "The change of contacts is on its way to the registry.")
	return a.shell.Redirect(c, "/admin/domains/"+op.DomainID)
}
