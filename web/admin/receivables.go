package admin

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// receivableTabs are the filters of the list.
var receivableTabs = []struct {
	Label string
	State registrar.ReceivableState
}{
	{"Owed", registrar.ReceivableOpen}, {"Settled", registrar.ReceivableSettled}, {"Written off", registrar.ReceivableWrittenOff},
	{"Came back", registrar.ReceivableTakenBack}, {"All", ""},
}

// receivablesView is what is ours and unpaid, or what became of it.
type receivablesView struct {
	list[receivableView]
	Tabs []paymentTab
	Open bool // the list of what is owed
}

// receivableView is a receivable with what a person must know to act on it.
type receivableView struct {
	registrar.Receivable
	Customer registrar.Customer
	Days     int                   // how long it is owed, in whole days
	Bought   []registrar.OrderLine // what the customer ordered last, names first of all
	Waiting  []approvalView        // a write-off that was asked for
	Audit    []registrar.AuditEvent
	Reason   string // as typed
}

func (a *Admin) receivablesPage(c echo.Context) error {
	var view receivablesView
	state, active := registrar.ReceivableOpen, c.QueryParam("state")
	for _, t := range receivableTabs {
		key := string(t.State)
		if key == "" {
			key = "all"
		}
		if key == active {
			state = t.State
		}
	}
	for _, t := range receivableTabs {
		key := string(t.State)
		if key == "" {
			key = "all"
		}
		view.Tabs = append(view.Tabs, paymentTab{t.Label, "/admin/receivables?state=" + key, t.State == state})
	}
	view.Open = state == registrar.ReceivableOpen
	rows, err := a.engine.Read().Receivables(c.Request().Context(), registrar.ReceivableFilter{State: state}, nextPage(c))
	if err != nil {
		return fmt.Errorf("reading receivables: %w", err)
	}
	page := cut(rows, c.QueryParam("after"), func(r registrar.Receivable) string { return r.ID }, "/admin/receivables", url.Values{"state": {active}})
	view.Next, view.First = page.Next, page.First
	for _, r := range page.Rows {
		one, err := a.receivable(c, r)
		if err != nil {
			return err
		}
		view.Rows = append(view.Rows, one)
	}
	return a.shell.Render(c, http.StatusOK, "receivables", a.shell.Page(c, "Ours, unpaid", view))
}

// receivable adds the customer and what was bought.
func (a *Admin) receivable(c echo.Context, r registrar.Receivable) (receivableView, error) {
	ctx, read := c.Request().Context(), a.engine.Read()
	view := receivableView{Receivable: r, Days: int(a.engine.Now().Sub(r.OpenedAt).Hours() / 24)}
	var err error
	if view.Customer, err = read.Customer(ctx, r.CustomerID); err != nil {
		return view, fmt.Errorf("reading customer: %w", err)
	}
	orders, err := read.Orders(ctx, r.CustomerID, registrar.Page{Limit: boughtOrders})
	if err != nil {
		return view, fmt.Errorf("reading orders: %w", err)
	}
	for _, o := range orders {
		for _, l := range o.Lines {
			if l.State == registrar.LineDone && len(view.Bought) < boughtLines {
				view.Bought = append(view.Bought, l)
			}
		}
	}
	return view, nil
}

// How much of what was bought is shown.
const (
	boughtOrders = 5
	boughtLines  = 10
)

func (a *Admin) receivablePage(c echo.Context) error { return a.showReceivable(c, "", nil) }

func (a *Admin) showReceivable(c echo.Context, reason string, problem error) error {
	ctx, read := c.Request().Context(), a.engine.Read()
	r, err := read.Receivable(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	view, err := a.receivable(c, r)
	if err != nil {
		return err
	}
	view.Reason = reason
	if view.Waiting, err = a.waitingFor(c, r.ID); err != nil {
		return err
	}
	if view.Audit, err = read.AuditOf(ctx, "receivable", r.ID, registrar.Page{Limit: 20}); err != nil {
		return fmt.Errorf("reading audit trail: %w", err)
	}
	page := a.shell.Page(c, ui.Words(r.Kind)+": "+ui.FormatMoney(r.Total), view)
	page.Crumbs = []ui.Crumb{{Label: "Ours, unpaid", Href: "/admin/receivables"}}
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return a.shell.Render(c, status, "receivable", page)
}

// writeOffDo asks a second person to give up what is owed.
func (a *Admin) writeOffDo(c echo.Context) error {
	ctx, id, reason := c.Request().Context(), c.Param("id"), c.FormValue("reason")
	if _, err := a.engine.AskWriteOff(ctx, actor(c), id, reason); err != nil {
		if ui.Mishap(err) {
			return err
		}
		return a.showReceivable(c, reason, err)
	}
	a.shell.Sessions.Say(ctx, "Asked for. It waits for somebody else under Approvals.")
	return a.shell.Redirect(c, "/admin/receivables/"+id)
}

// describeWriteOff says who owes what.
func (a *Admin) describeWriteOff(c echo.Context, v *approvalView) error {
	r, err := a.engine.Read().Receivable(c.Request().Context(), v.SubjectID)
	if err != nil {
		return fmt.Errorf("reading receivable: %w", err)
	}
	v.Href = "/admin/receivables/" + r.ID
	v.Change = "Write off " + ui.FormatMoney(registrar.Money{Minor: v.Wish.Minor, Currency: r.Total.Currency})
	v.What, err = a.customerName(c, r.CustomerID)
	return err
}
