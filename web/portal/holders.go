package portal

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// roleLine is a role of a name with the contact that plays it.
type roleLine struct {
	Role    string
	Contact registrar.ContactVersion
}

// roleNames are how people call the roles, in the order shown.
var roleNames = []struct{ Role, Name string }{
	{registrar.RoleRegistrant, "Holder"}, {registrar.RoleAdmin, "Administrative contact"},
	{registrar.RoleTech, "Technical contact"}, {registrar.RoleBilling, "Billing contact"},
}

// roles lists who plays which role, the holder first.
func (p *Portal) roles(c echo.Context, v visitor, d registrar.Domain) ([]roleLine, error) {
	ctx := c.Request().Context()
	byRole, err := p.engine.ContactsOf(ctx, d)
	if err != nil {
		return nil, err
	}
	var out []roleLine
	for _, r := range roleNames {
		if byRole[r.Role] == "" {
			continue
		}
		contact, err := p.engine.OwnedContact(ctx, v.Customer.ID, byRole[r.Role])
		if registrar.IsNotFound(err) { // of an earlier account, which keeps its contacts
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading contact: %w", err)
		}
		out = append(out, roleLine{r.Role, contact})
	}
	return out, nil
}

// domainContactsView changes one role of one name.
type domainContactsView struct {
	Domain    registrar.Domain
	Roles     []roleLine
	Role      string // that is to change
	Chosen    string // contact id or holderNew
	Contact   registrar.ContactData
	Contacts  []registrar.ContactVersion
	Countries []ui.Country
	Uses      int // names that use the contact in that role now, this one included
	Field     string
	Key       string
	API       string
}

func (p *Portal) domainContactsPage(c echo.Context, v visitor) error {
	return p.showDomainContacts(c, v, domainContactsView{Role: c.QueryParam("role")}, nil)
}

func (p *Portal) showDomainContacts(c echo.Context, v visitor, view domainContactsView, problem error) error {
	var err error
	if view.Domain, err = p.ownDomain(c, v); err != nil {
		return err
	}
	if view.Roles, err = p.roles(c, v, view.Domain); err != nil {
		return err
	}
	if view.Contacts, err = p.contacts(c, v); err != nil {
		return err
	}
	now, ok := playing(view.Roles, view.Role)
	if !ok {
		view.Role = registrar.RoleRegistrant
		now, _ = playing(view.Roles, view.Role)
	}
	if view.Chosen == "" {
		view.Chosen, view.Contact = holderNew, now.ContactData
	}
	uses, err := p.usesOf(c, now.ContactID)
	if err != nil {
		return err
	}
	view.Uses, view.Countries, view.Key, view.Field, view.API = len(uses), ui.Countries(), uuid.NewString(), ui.FieldOf(problem), p.apiURL
	page := p.shell.Page(c, "Contacts of "+view.Domain.UName, view)
	page.Crumbs = domainCrumbs(view.Domain)
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return p.shell.Render(c, status, "domain_contacts", page)
}

func playing(roles []roleLine, role string) (registrar.ContactVersion, bool) {
	for _, r := range roles {
		if r.Role == role {
			return r.Contact, true
		}
	}
	return registrar.ContactVersion{}, false
}

// domainContactsDo gives one role of one name to another contact.
func (p *Portal) domainContactsDo(c echo.Context, v visitor) error {
	d, err := p.ownDomain(c, v)
	if err != nil {
		return err
	}
	data, err := readContact(c)
	if err != nil {
		return err
	}
	view := domainContactsView{Role: c.FormValue("role"), Chosen: c.FormValue("holder"), Contact: data}
	key, err := formKey(c, "contacts", d.Name, view.Role, view.Chosen, data)
	if err != nil {
		return err
	}
	choice := registrar.ContactChoice{ContactID: view.Chosen}
	if view.Chosen == holderNew || view.Chosen == "" {
		view.Chosen, choice = holderNew, registrar.ContactChoice{Data: &data}
	}
	req := registrar.ContactsRequest{Name: d.Name, Key: key}
	if view.Role == registrar.RoleRegistrant {
		req.Registrant = &choice
	} else {
		req.Roles = map[string]registrar.ContactChoice{view.Role: choice}
	}
	ctx := c.Request().Context()
	if _, err = p.engine.ChangeContacts(ctx, actor(c, v), v.Customer.ID, req); err != nil {
		if ui.Mishap(err) {
			return err
		}
		return p.showDomainContacts(c, v, view, err)
	}
	p.shell.Sessions.Say(ctx, "The change is on its way to the registry.")
	return p.shell.Redirect(c, "/domains/"+d.Name)
}

// readContact reads the fields of a contact as typed.
func readContact(c echo.Context) (registrar.ContactData, error) {
	values, err := c.FormParams()
	if err != nil {
		return registrar.ContactData{}, echo.ErrBadRequest
	}
	return ui.ContactOf(values), nil
}

// contactView edits a contact for all names that use it.
type contactView struct {
	Now       registrar.ContactVersion
	Contact   registrar.ContactData // as typed
	Version   int                   // that the form was made for
	Uses      []use
	More      bool // there are more uses than shown
	Behind    []registrar.RegistryContact
	Countries []ui.Country
	Field     string
	Key       string
	API       string
}

// use is a name with the roles that a contact plays for it.
type use struct {
	Name, UName string
	Roles       []string
}

// maxUses bounds what a page lists.
const maxUses = 100

// usesOf lists the names that use a contact, each once.
func (p *Portal) usesOf(c echo.Context, contactID string) ([]use, error) {
	if contactID == "" {
		return nil, nil
	}
	rows, err := p.engine.Read().ContactUses(c.Request().Context(), contactID, registrar.Page{Limit: 4 * maxUses})
	if err != nil {
		return nil, fmt.Errorf("reading uses of a contact: %w", err)
	}
	var out []use
	for _, r := range rows {
		if last := len(out) - 1; last >= 0 && out[last].Name == r.Name {
			out[last].Roles = append(out[last].Roles, roleName(r.Role))
			continue
		}
		out = append(out, use{r.Name, r.UName, []string{roleName(r.Role)}})
	}
	return out, nil
}

func roleName(role string) string {
	for _, r := range roleNames {
		if r.Role == role {
			return r.Name
		}
	}
	return role
}

func (p *Portal) contactPage(c echo.Context, v visitor) error {
	now, err := p.engine.OwnedContact(c.Request().Context(), v.Customer.ID, c.Param("id"))
	if err != nil {
		return err
	}
	return p.showContact(c, contactView{Now: now, Contact: now.ContactData, Version: now.Version}, nil)
}

func (p *Portal) showContact(c echo.Context, view contactView, problem error) error {
	uses, err := p.usesOf(c, view.Now.ContactID)
	if err != nil {
		return err
	}
	view.Uses = uses
	if len(uses) > maxUses {
		view.Uses, view.More = uses[:maxUses], true
	}
	objects, err := p.engine.Read().RegistryContactsOf(c.Request().Context(), view.Now.ContactID)
	if err != nil {
		return fmt.Errorf("reading contact objects: %w", err)
	}
	for _, rc := range objects {
		if rc.Created && rc.Ref.Version != view.Now.Version {
			view.Behind = append(view.Behind, rc)
		}
	}
	view.Countries, view.Key, view.Field, view.API = ui.Countries(), uuid.NewString(), ui.FieldOf(problem), p.apiURL
	page := p.shell.Page(c, view.Now.Name, view)
	page.Crumbs = []ui.Crumb{{Label: "Contacts", Href: "/contacts"}}
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return p.shell.Render(c, status, "contact", page)
}

// contactDo changes a contact for all names that use it.
func (p *Portal) contactDo(c echo.Context, v visitor) error {
	ctx := c.Request().Context()
	now, err := p.engine.OwnedContact(ctx, v.Customer.ID, c.Param("id"))
	if err != nil {
		return err
	}
	data, err := readContact(c)
	if err != nil {
		return err
	}
	version, err := strconv.Atoi(c.FormValue("version"))
	if err != nil || version < 1 {
		return echo.ErrBadRequest
	}
	key, err := formKey(c, "contact", now.ContactID, version, data)
	if err != nil {
		return err
	}
	_, ops, err := p.engine.EditContact(ctx, actor(c, v), v.Customer.ID, registrar.ContactEdit{ContactID: now.ContactID, Version: version, Data: data, Key: key})
	if err == nil {
		err = p.awaitEdit(c, v, ops)
	}
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		view := contactView{Now: now, Contact: data, Version: version}
		if registrar.KindOf(err) == registrar.KindConflict { // the form is for what is there now
			if view.Now, err = latest(p, c, v, now, err); view.Now.Version != now.Version {
				view.Version = view.Now.Version
			}
		}
		return p.showContact(c, view, err)
	}
	p.shell.Sessions.Say(ctx, "The contact is changed. "+atRegistries(len(ops)))
	return p.shell.Redirect(c, "/contacts/"+now.ContactID)
}

// latest reads the contact anew and passes problem on.
func latest(p *Portal, c echo.Context, v visitor, was registrar.ContactVersion, problem error) (registrar.ContactVersion, error) {
	now, err := p.engine.OwnedContact(c.Request().Context(), v.Customer.ID, was.ContactID)
	if err != nil {
		return was, err
	}
	return now, problem
}

// awaitEdit waits a little for the registries and tells the first refusal.
func (p *Portal) awaitEdit(c echo.Context, v visitor, ops []registrar.Operation) error {
	for _, op := range ops {
		op, err := p.engine.WaitOperation(c.Request().Context(), v.Customer.ID, op.ID, codeWait/4)
		if err != nil {
			return err
		}
		if op.State == registrar.OpFailed {
			return registrar.Errorf(registrar.KindConflict, op.FailureCode, "The contact is changed here, but a registry refused it: %s Correct it and save it again.", op.Failure)
		}
	}
	return nil
}

func atRegistries(n int) string {
	if n == 0 {
		return "No registry has it yet."
	}
	return "The registries that have it are told."
}
