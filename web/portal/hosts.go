package portal

import (
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// hostsView lists the hosts below a name, each with its form, and one for a new
// host.
type hostsView struct {
	Domain registrar.Domain
	Hosts  []hostForm
	New    hostForm
	Busy   bool
	Field  string
	API    string
}

// hostForm is a host as it is, or as it was typed.
type hostForm struct {
	Name      string
	NewName   string
	Addresses string // separated by blanks or line breaks
	InUse     bool   // by the name itself
	Edit      bool   // the form is open
	Key       string
	DeleteKey string
}

func (p *Portal) hostsPage(c echo.Context, v visitor) error {
	return p.showHosts(c, v, hostForm{}, nil)
}

// showHosts renders the list; typed is the form that problem is about.
func (p *Portal) showHosts(c echo.Context, v visitor, typed hostForm, problem error) error {
	ctx := c.Request().Context()
	d, err := p.ownDomain(c, v)
	if err != nil {
		return err
	}
	hosts, err := p.engine.Hosts(ctx, v.Customer.ID, d.Name)
	if err != nil {
		return err
	}
	running, err := p.engine.Read().Operations(ctx, registrar.OperationFilter{DomainID: d.ID, States: []registrar.OperationState{registrar.OpRunning}}, registrar.Page{Limit: 1})
	if err != nil {
		return err
	}
	view := hostsView{Domain: d, Busy: len(running) > 0, Field: ui.FieldOf(problem), API: p.apiURL, New: hostForm{Key: uuid.NewString(), Name: typed.Name, Addresses: typed.Addresses}}
	for _, h := range hosts {
		form := hostForm{Name: h.Name, Addresses: strings.Join(h.Addresses, "\n"), InUse: slices.Contains(d.NameServers, h.Name), Key: uuid.NewString(), DeleteKey: uuid.NewString()}
		if typed.Name == h.Name {
			form.Addresses, form.NewName, form.Edit = typed.Addresses, typed.NewName, true
			view.New.Name, view.New.Addresses = "", ""
		}
		view.Hosts = append(view.Hosts, form)
	}
	page := p.shell.Page(c, "Hosts below "+d.UName, view)
	page.Crumbs = domainCrumbs(d)
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return p.shell.Render(c, status, "hosts", page)
}

// hostSet creates a host or changes one. A single label is completed.
func (p *Portal) hostSet(c echo.Context, v visitor) error {
	d, err := p.ownDomain(c, v)
	if err != nil {
		return err
	}
	form := hostForm{Name: ui.HostName(c.FormValue("host"), d.Name), NewName: ui.HostName(c.FormValue("new_name"), d.Name), Addresses: c.FormValue("addresses")}
	if form.NewName == form.Name {
		form.NewName = ""
	}
	key, err := formKey(c, "host", d.Name, form.Name, form.NewName, form.Addresses)
	if err != nil {
		return err
	}
	op, err := p.engine.SetHost(c.Request().Context(), actor(c, v), v.Customer.ID, registrar.HostRequest{
		Domain: d.Name, Host: form.Name, NewName: form.NewName, Addresses: ui.Addresses(form.Addresses), Key: key,
	})
	return p.afterHost(c, v, d, form, op, err, "The host is set.")
}

func (p *Portal) hostDelete(c echo.Context, v visitor) error {
	d, err := p.ownDomain(c, v)
	if err != nil {
		return err
	}
	host := c.FormValue("host")
	key, err := formKey(c, "host-delete", d.Name, host)
	if err != nil {
		return err
	}
	op, err := p.engine.DeleteHost(c.Request().Context(), actor(c, v), v.Customer.ID, d.Name, host, key)
	return p.afterHost(c, v, d, hostForm{}, op, err, "The host is deleted.")
}

// afterHost waits a little for the registry, so that the list shows the result.
func (p *Portal) afterHost(c echo.Context, v visitor, d registrar.Domain, form hostForm, op registrar.Operation, err error, done string) error {
	ctx := c.Request().Context()
	if err == nil {
		op, err = p.engine.WaitOperation(ctx, v.Customer.ID, op.ID, codeWait)
	}
	if err == nil && op.State == registrar.OpFailed {
		err = registrar.Errorf(registrar.KindConflict, op.FailureCode, "%s", op.Failure)
	}
	if err != nil {
		if ui.StatusOf(err) >= 500 {
			return err
		}
		return p.showHosts(c, v, form, err)
	}
	if op.State != registrar.OpSucceeded {
		done = "The registry is being asked."
	}
	p.shell.Sessions.Say(ctx, done)
	return p.shell.Redirect(c, "/domains/"+d.Name+"/hosts")
}
