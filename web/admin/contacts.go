package admin

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

func (a *Admin) mountContacts(own func(method, path string, h echo.HandlerFunc)) {
	own(http.MethodGet, "/admin/customers/:id/contacts", a.contactsPage)
	own(http.MethodGet, "/admin/contacts/:id", a.contactPage)
	own(http.MethodPost, "/admin/contacts/:id", a.contactDo)
	own(http.MethodGet, "/admin/domains/:id/contacts", a.domainContactsPage)
	own(http.MethodPost, "/admin/domains/:id/contacts", a.domainContactsDo)
	own(http.MethodPost, "/admin/domains/:id/contacts/page", a.domainContactsTurn)
}

// contactLine is a contact with its objects at the registries, and on the page
// of a name with the role that it plays.
type contactLine struct {
	Role    string
	Contact registrar.ContactVersion
	Objects []contactObject
}

// contactObject is a contact at one registry.
type contactObject struct {
	registrar.RegistryContact
	Behind bool // the registry has an older version
}

// objectsOf lists the objects of a contact at one registry, "" = at all.
func (a *Admin) objectsOf(ctx context.Context, v registrar.ContactVersion, registry string) ([]contactObject, error) {
	rows, err := a.engine.Read().RegistryContactsOf(ctx, v.ContactID)
	if err != nil {
		return nil, fmt.Errorf("reading contact objects: %w", err)
	}
	var out []contactObject
	for _, rc := range rows {
		if rc.Created && (registry == "" || rc.Registry == registry) {
			out = append(out, contactObject{rc, rc.Ref.Version != v.Version})
		}
	}
	return out, nil
}

// contactLines adds the objects at all registries.
func (a *Admin) contactLines(ctx context.Context, rows []registrar.ContactVersion) ([]contactLine, error) {
	out := make([]contactLine, len(rows))
	for i, v := range rows {
		objects, err := a.objectsOf(ctx, v, "")
		if err != nil {
			return nil, err
		}
		out[i] = contactLine{Contact: v, Objects: objects}
	}
	return out, nil
}

// contactsView is the contacts of a customer.
type contactsView struct {
	list[registrar.ContactVersion]
	Lines    []contactLine
	Customer registrar.Customer
}

func (a *Admin) contactsPage(c echo.Context) error {
	ctx, read := c.Request().Context(), a.engine.Read()
	cus, err := read.Customer(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	rows, err := read.Contacts(ctx, cus.ID, nextPage(c))
	if err != nil {
		return fmt.Errorf("reading contacts: %w", err)
	}
	path := "/admin/customers/" + cus.ID
	view := contactsView{
		list:     cut(rows, c.QueryParam("after"), func(v registrar.ContactVersion) string { return v.ContactID }, path+"/contacts", nil),
		Customer: cus,
	}
	if view.Lines, err = a.contactLines(ctx, view.Rows); err != nil {
		return err
	}
	page := a.shell.Page(c, "Contacts of "+cus.Name, view)
	page.Crumbs = []ui.Crumb{{Label: "Customers", Href: "/admin/customers"}, {Label: cus.Name, Href: path}}
	return a.shell.Render(c, http.StatusOK, "contacts", page)
}

// customerContacts adds the latest contacts to the page of a customer.
func (a *Admin) customerContacts(c echo.Context, view *customerView) error {
	ctx, id := c.Request().Context(), view.Customer.ID
	rows, err := a.engine.Read().Contacts(ctx, id, excerptPage)
	if err != nil {
		return fmt.Errorf("reading contacts: %w", err)
	}
	part := excerptOf(rows, "/admin/customers/"+id+"/contacts")
	view.Contacts.All = part.All
	view.Contacts.Rows, err = a.contactLines(ctx, part.Rows)
	return err
}

// contactView is one contact with what hangs on it, and the form that edits it.
type contactView struct {
	Now      registrar.ContactVersion
	Customer registrar.Customer
	Objects  []contactObject
	Uses     list[nameUse]
	Several  bool // more than one name uses the contact
	Holds    bool // it is the registrant of a name
	Mirrored bool // a billing system keeps it
	Audit    []registrar.AuditEvent

	Contact   registrar.ContactData // as typed
	Version   int                   // that the form was made for
	Shared    bool                  // ticked
	Reason    string
	Countries []ui.Country
	Field     string
}

// nameUse is a name with the roles that a contact plays for it.
type nameUse struct {
	DomainID, Name, UName string
	Roles                 []string
}

func (a *Admin) contactPage(c echo.Context) error {
	now, err := a.engine.Read().ContactVersion(c.Request().Context(), registrar.ContactRef{ContactID: c.Param("id")})
	if err != nil {
		return err
	}
	return a.showContact(c, contactView{Now: now, Contact: now.ContactData, Version: now.Version}, nil)
}

func (a *Admin) showContact(c echo.Context, view contactView, problem error) error {
	ctx, read := c.Request().Context(), a.engine.Read()
	var err error
	if view.Customer, err = read.Customer(ctx, view.Now.CustomerID); err != nil {
		return fmt.Errorf("reading customer: %w", err)
	}
	if view.Objects, err = a.objectsOf(ctx, view.Now, ""); err != nil {
		return err
	}
	if err := a.fillUses(c, &view); err != nil {
		return err
	}
	if view.Holds, err = read.HoldsNames(ctx, view.Now.ContactID); err != nil {
		return err
	}
	if view.Mirrored, err = read.IsMirroredContact(ctx, view.Now.ContactID); err != nil {
		return fmt.Errorf("looking for the contact's owner: %w", err)
	}
	if view.Audit, err = read.AuditOf(ctx, "contact", view.Now.ContactID, registrar.Page{Limit: 20}); err != nil {
		return fmt.Errorf("reading audit trail: %w", err)
	}
	view.Countries, view.Field = ui.Countries(), ui.FieldOf(problem)
	page := a.shell.Page(c, view.Now.Name, view)
	page.Crumbs = []ui.Crumb{
		{Label: "Customers", Href: "/admin/customers"}, {Label: view.Customer.Name, Href: "/admin/customers/" + view.Customer.ID},
		{Label: "Contacts", Href: "/admin/customers/" + view.Customer.ID + "/contacts"},
	}
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return a.shell.Render(c, status, "contact", page)
}

// usesSize is how many roles a page of names shows.
const usesSize = 200

// fillUses lists the names that use the contact, each once.
func (a *Admin) fillUses(c echo.Context, view *contactView) error {
	after := c.QueryParam("after")
	rows, err := a.engine.Read().ContactUses(c.Request().Context(), view.Now.ContactID, registrar.Page{After: after, Limit: usesSize + 1})
	if err != nil {
		return fmt.Errorf("reading uses of a contact: %w", err)
	}
	path := "/admin/contacts/" + view.Now.ContactID
	if len(rows) > usesSize {
		rows = rows[:usesSize]
		view.Uses.Next = pageLink(path, rows[usesSize-1].PageKey(), nil)
	}
	if after != "" {
		view.Uses.First = path
	}
	for _, r := range rows {
		if last := len(view.Uses.Rows) - 1; last >= 0 && view.Uses.Rows[last].DomainID == r.DomainID {
			view.Uses.Rows[last].Roles = append(view.Uses.Rows[last].Roles, r.Role)
			continue
		}
		view.Uses.Rows = append(view.Uses.Rows, nameUse{r.DomainID, r.Name, r.UName, []string{r.Role}})
	}
	view.Several = after != "" || len(view.Uses.Rows) > 1
	return nil
}

// contactDo corrects the data of a contact for all names that use it.
func (a *Admin) contactDo(c echo.Context) error {
	ctx := c.Request().Context()
	form, err := c.FormParams()
	if err != nil {
		return echo.ErrBadRequest
	}
	version, err := strconv.Atoi(form.Get("version"))
	if err != nil || version < 1 {
		return echo.ErrBadRequest
	}
	view := contactView{Contact: ui.ContactOf(form), Version: version, Shared: form.Get("shared") == "yes", Reason: form.Get("reason")}
	_, ops, err := a.engine.EditStaffContact(ctx, actor(c), registrar.StaffContactEdit{
		ContactID: c.Param("id"), Version: version, Data: view.Contact, Shared: view.Shared, Reason: view.Reason,
	})
	if err != nil {
		if registrar.IsNotFound(err) || ui.Mishap(err) {
			return err
		}
		now, rerr := a.engine.Read().ContactVersion(ctx, registrar.ContactRef{ContactID: c.Param("id")})
		if rerr != nil {
			return rerr
		}
		view.Now = now
		view.Version = now.Version // what is shown beside the form is what is there now
		return a.showContact(c, view, err)
	}
	said := "The contact is changed. No registry has it yet."
	if len(ops) > 0 {
		said = "The contact is changed and on its way to the registries that have it."
	}
	a.shell.Sessions.Say(ctx, said)
	return a.shell.Redirect(c, "/admin/contacts/"+c.Param("id"))
}
