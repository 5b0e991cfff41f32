package portal

import (
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// mountLife adds the pages about what is done with a name from day to day.
func (p *Portal) mountLife(own func(method, path string, h func(echo.Context, visitor) error)) {
	own(http.MethodPost, "/domains/:name/lock", p.lockDo)
	own(http.MethodPost, "/domains/:name/transfer-code", p.transferCodeDo)
	own(http.MethodGet, "/domains/:name/delete", p.deletePage)
	own(http.MethodPost, "/domains/:name/delete", p.deleteDo)
	own(http.MethodGet, "/domains/:name/history", p.historyPage)
	own(http.MethodGet, "/domains/:name/hosts", p.hostsPage)
	own(http.MethodPost, "/domains/:name/hosts", p.hostSet)
	own(http.MethodPost, "/domains/:name/hosts/delete", p.hostDelete)
	own(http.MethodGet, "/domains/:name/contacts", p.domainContactsPage)
	own(http.MethodPost, "/domains/:name/contacts", p.domainContactsDo)
	own(http.MethodGet, "/contacts/:id", p.contactPage)
	own(http.MethodPost, "/contacts/:id", p.contactDo)
}

// ownDomain returns the name in the path; anybody else's is not found.
func (p *Portal) ownDomain(c echo.Context, v visitor) (registrar.Domain, error) {
	d, err := p.engine.OwnedDomain(c.Request().Context(), v.Customer.ID, c.Param("name"))
	if err != nil && ui.StatusOf(err) < 500 {
		err = registrar.Errorf(registrar.KindNotFound, "no_such_domain", "This domain is not in your account.")
	}
	return d, err
}

// formKey ties a form's key to what it asks for, so that a form sent twice acts
// once.
func formKey(c echo.Context, kind string, parts ...any) (*registrar.KeyRequest, error) {
	if uuid.Validate(c.FormValue("key")) != nil {
		return nil, echo.ErrBadRequest
	}
	return &registrar.KeyRequest{Key: kind + "-" + c.FormValue("key"), BodyDigest: digestOf(append([]any{kind}, parts...)...)}, nil
}

// lockLine is one lock with who holds it.
type lockLine struct {
	Lock     registrar.Lock
	Status   string
	On       bool
	Registry string // the registry's own status, "" when it has none
	Reason   string // of staff, "" when it is the customer's
}

func (p *Portal) locks(c echo.Context, d registrar.Domain) ([]lockLine, error) {
	staff, err := p.engine.Read().StaffLocks(c.Request().Context(), d.ID)
	if err != nil {
		return nil, err
	}
	var out []lockLine
	for _, l := range registrar.AllLocks {
		line := lockLine{Lock: l, Status: l.Status(), On: d.HasStatus(l.Status()) != ""}
		line.Registry = d.HasStatus("server" + strings.TrimPrefix(l.Status(), "client"))
		for _, s := range staff {
			if s.Status == line.Status {
				line.Reason = s.Reason
			}
		}
		out = append(out, line)
	}
	return out, nil
}

// lockDo sets or lifts one lock.
func (p *Portal) lockDo(c echo.Context, v visitor) error {
	view, err := p.domain(c, v)
	if err != nil {
		return err
	}
	lock, on := registrar.Lock(c.FormValue("lock")), c.FormValue("on") == "yes"
	key, err := formKey(c, "lock", view.Domain.Name, lock, on)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	_, err = p.engine.ChangeLocks(ctx, actor(c, v), v.Customer.ID, registrar.LockRequest{Name: view.Domain.Name, Locks: []registrar.Lock{lock}, On: on, Key: key})
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		return p.showDomain(c, view, err)
	}
	said := "The lock is on its way to the registry."
	if !on {
		said = "The registry is being asked to lift the lock."
	}
	p.shell.Sessions.Say(ctx, said)
	return p.shell.Redirect(c, "/domains/"+view.Domain.Name)
}

// codeView shows a transfer code this one time.
type codeView struct {
	Domain registrar.Domain
	Code   string // "" when the form was sent before: then nothing is left to show
	Days   int
	Done   bool // the registry has it
	State  registrar.OperationState
}

// codeWait is how long the page waits for the registry.
const codeWait = 8 * time.Second

// transferCodeDo makes a code and shows it in this one answer: it is kept
// nowhere, so no redirect follows.
func (p *Portal) transferCodeDo(c echo.Context, v visitor) error {
	view, err := p.domain(c, v)
	if err != nil {
		return err
	}
	key, err := formKey(c, "transfer-code", view.Domain.Name)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	code, err := p.engine.RenewTransferCode(ctx, actor(c, v), v.Customer.ID, view.Domain.Name, key)
	if err == nil {
		code.Operation, err = p.engine.WaitOperation(ctx, v.Customer.ID, code.Operation.ID, codeWait)
	}
	if err == nil && code.Operation.State == registrar.OpFailed {
		err = registrar.Errorf(registrar.KindConflict, code.Operation.FailureCode, "%s", code.Operation.Failure)
	}
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		return p.showDomain(c, view, err)
	}
	shown := codeView{Domain: view.Domain, Days: int(code.Life / (24 * time.Hour)), State: code.Operation.State, Done: code.Operation.State == registrar.OpSucceeded}
	if code.Code != "" {
		shown.Code = code.Code.Reveal()
	}
	page := p.shell.Page(c, "Transfer code of "+view.Domain.UName, shown)
	page.Crumbs = domainCrumbs(view.Domain)
	return p.shell.Render(c, http.StatusOK, "transfer_code", page)
}

func domainCrumbs(d registrar.Domain) []ui.Crumb {
	return []ui.Crumb{{Label: "My domains", Href: "/domains"}, {Label: d.UName, Href: "/domains/" + d.Name}}
}

// deleteView shows what a deletion would mean.
type deleteView struct {
	registrar.Deletion
	Why   string // it can't be deleted now
	Hosts []registrar.Host
	Typed string
	Field string
	Key   string
	API   string
}

func (p *Portal) deletePage(c echo.Context, v visitor) error {
	return p.showDeletion(c, v, "", nil)
}

func (p *Portal) showDeletion(c echo.Context, v visitor, typed string, problem error) error {
	ctx := c.Request().Context()
	d, err := p.ownDomain(c, v)
	if err != nil {
		return err
	}
	plan, err := p.engine.PlanDeletion(ctx, v.Customer.ID, d.Name)
	if err != nil {
		return err
	}
	view := deleteView{Deletion: plan, Typed: typed, Key: uuid.NewString(), Field: ui.FieldOf(problem), API: p.apiURL}
	if plan.Blocked != nil {
		view.Why = ui.Problem(plan.Blocked)
	}
	if view.Hosts, err = p.engine.Hosts(ctx, v.Customer.ID, d.Name); err != nil {
		return err
	}
	page := p.shell.Page(c, "Delete "+d.UName, view)
	page.Crumbs = domainCrumbs(d)
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return p.shell.Render(c, status, "delete", page)
}

// deleteDo wants the name typed once more: a deletion gives the name away.
func (p *Portal) deleteDo(c echo.Context, v visitor) error {
	d, err := p.ownDomain(c, v)
	if err != nil {
		return err
	}
	typed := strings.TrimSpace(c.FormValue("name"))
	if n, err := registrar.ParseName(typed); err != nil || n.A != d.Name {
		return p.showDeletion(c, v, typed, registrar.InvalidField("name", "not_confirmed", "Please type the name of the domain to confirm."))
	}
	key, err := formKey(c, "delete", d.Name)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	op, err := p.engine.DeleteDomain(ctx, actor(c, v), v.Customer.ID, d.Name, key)
	if err == nil {
		op, err = p.engine.WaitOperation(ctx, v.Customer.ID, op.ID, codeWait)
	}
	switch {
	case err != nil && ui.Mishap(err):
		return err
	case err != nil:
		return p.showDeletion(c, v, typed, err)
	case op.State == registrar.OpFailed:
		return p.showDeletion(c, v, typed, registrar.Errorf(registrar.KindConflict, op.FailureCode, "%s", op.Failure))
	case op.State != registrar.OpSucceeded:
		p.shell.Sessions.Say(ctx, "The registry is being asked to delete "+d.UName+".")
		return p.shell.Redirect(c, "/domains/"+d.Name)
	}
	p.shell.Sessions.Say(ctx, d.UName+" is deleted.")
	return p.shell.Redirect(c, "/domains")
}

// historyView is one page of what happened to a name.
type historyView struct {
	Domain registrar.Domain
	listView[happening]
}

func (p *Portal) historyPage(c echo.Context, v visitor) error {
	d, err := p.ownDomain(c, v)
	if err != nil {
		return err
	}
	after := c.QueryParam("after")
	rows, next, err := p.history(c, v, d, registrar.Page{After: after, Limit: pageSize})
	if err != nil {
		return err
	}
	view := historyView{Domain: d, listView: listView[happening]{Rows: rows}}
	path := "/domains/" + d.Name + "/history"
	if next != "" {
		view.Next = withAfter(path, nil, next)
	}
	if after != "" {
		view.First = path
	}
	page := p.shell.Page(c, "History of "+d.UName, view)
	page.Crumbs = domainCrumbs(d)
	return p.shell.Render(c, http.StatusOK, "history", page)
}

// history tells what happened in the customer's words.
func (p *Portal) history(c echo.Context, v visitor, d registrar.Domain, page registrar.Page) ([]happening, string, error) {
	list, next, err := p.engine.History(c.Request().Context(), d, false, page)
	if err != nil {
		return nil, "", err
	}
	rows := make([]happening, 0, len(list))
	for _, h := range list {
		row := happening{At: h.At, What: ui.Words(h.What), By: byWhom(h.By, v), Note: h.Note, State: h.State}
		if h.State == registrar.OpSucceeded {
			row.State = "" // goes without saying
		}
		if h.What == string(registrar.EventNeedsReview) {
			row.Note = ""
		}
		rows = append(rows, row)
	}
	return rows, next, nil
}
