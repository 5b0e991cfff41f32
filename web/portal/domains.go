package portal

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
)

// domainsView is the list "my domains" with its filters, which live in the
// address.
type domainsView struct {
	listView[domainRow]
	Prefix string
	State  string // "", "active", "pending_create" or "failed"
	Any    bool   // a filter is set
}

// domainRow is a domain with how much of its paid time is left.
type domainRow struct {
	registrar.Domain
	Left int // percent of the last year before expiry, 0-100
	Days int // until expiry
	Soon bool
}

// stateFilters are the choices of the list; names that never became the
// customer's are shown only when asked for.
var stateFilters = map[string][]registrar.DomainState{
	"":                                    {registrar.DomainActive, registrar.DomainPendingCreate, registrar.DomainPendingDelete},
	string(registrar.DomainActive):        {registrar.DomainActive},
	string(registrar.DomainPendingCreate): {registrar.DomainPendingCreate},
	string(registrar.DomainFailed):        {registrar.DomainFailed},
	string(registrar.DomainPendingDelete): {registrar.DomainPendingDelete},
	string(registrar.DomainDeleted):       {registrar.DomainDeleted},
	string(registrar.DomainTransferred):   {registrar.DomainTransferred},
}

func (p *Portal) domainsPage(c echo.Context, v visitor) error {
	after := c.QueryParam("after")
	view := domainsView{Prefix: strings.ToLower(strings.TrimSpace(c.QueryParam("q"))), State: c.QueryParam("state")}
	states, ok := stateFilters[view.State]
	if !ok {
		view.State, states = "", stateFilters[""]
	}
	view.Any = view.Prefix != "" || view.State != ""
	domains, err := p.engine.Read().Domains(c.Request().Context(), registrar.DomainFilter{
		CustomerID: v.Customer.ID, States: states, Prefix: asciiPrefix(view.Prefix),
	}, registrar.Page{After: after, Limit: pageSize + 1})
	if err != nil {
		return fmt.Errorf("reading domains: %w", err)
	}
	rows := make([]domainRow, len(domains))
	for i, d := range domains {
		rows[i] = p.row(d)
	}
	params := url.Values{}
	if view.Prefix != "" {
		params.Set("q", view.Prefix)
	}
	if view.State != "" {
		params.Set("state", view.State)
	}
	view.listView = cutPage(rows, after, func(d domainRow) string { return d.Name },
		func(k string) string { return withAfter("/domains", params, k) })
	return p.shell.Render(c, http.StatusOK, "domains", p.shell.Page(c, "My domains", view))
}

// soonDays is when an expiry starts to look urgent.
const soonDays = 30

func (p *Portal) row(d registrar.Domain) domainRow {
	row := domainRow{Domain: d}
	if d.ExpiresAt == nil {
		return row
	}
	left := d.ExpiresAt.Sub(p.engine.Now())
	row.Days = int(left.Hours() / 24)
	row.Left = min(100, max(0, row.Days*100/365))
	row.Soon = row.Days <= soonDays
	return row
}

// asciiPrefix turns the start of a name as typed into the start of an A-label,
// which is what the list is ordered by. A half-typed internationalised label
// has no A-label that starts the same way: then it must be whole.
func asciiPrefix(typed string) string {
	if typed == "" {
		return ""
	}
	if name, err := registrar.ParseName(typed); err == nil {
		return name.A
	}
	if name, err := registrar.ParseName(typed + ".x"); err == nil {
		return strings.TrimSuffix(name.A, ".x")
	}
	return typed
}

// withAfter builds the address of a page of a list.
func withAfter(path string, params url.Values, after string) string {
	q := url.Values{}
	for k, v := range params {
		q[k] = v
	}
	if after != "" {
		q.Set("after", after)
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}
