package admin

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

type customersView struct {
	list[registrar.Customer]
	Query string
}

func (a *Admin) customersPage(c echo.Context) error {
	q := strings.TrimSpace(c.QueryParam("q"))
	rows, err := a.engine.Read().Customers(c.Request().Context(), q, nextPage(c))
	if err != nil {
		return fmt.Errorf("reading customers: %w", err)
	}
	view := customersView{cut(rows, c.QueryParam("after"), func(c registrar.Customer) string { return c.ID }, "/admin/customers", url.Values{"q": {q}}), q}
	return a.shell.Render(c, http.StatusOK, "customers", a.shell.Page(c, "Customers", view))
}

// customerView is a customer with everything that hangs on it.
type customerView struct {
	Customer registrar.Customer
	Users    []registrar.User
	Second   map[string]bool // users who have a second factor
	Tries    []registrar.FailedTries
	Names    map[string]string // of users, by id
	Account  registrar.Account
	Holds    excerpt[registrar.Hold]
	Entries  excerpt[registrar.Entry]
	Contacts excerpt[contactLine]
	Domains  excerpt[registrar.Domain]
	Orders   excerpt[registrar.Order]
	Tokens   []registrar.APIToken
	Audit    excerpt[registrar.AuditEvent]

	Payments    excerpt[registrar.Payment]
	Adjustments excerpt[adjustmentView]
	Adjust      adjustForm

	Act impersonateForm
}

func (a *Admin) customerPage(c echo.Context) error {
	view, err := a.customer(c)
	if err != nil {
		return err
	}
	view.Adjust = a.newAdjustForm(view.Customer.Currency)
	return a.renderCustomer(c, view, nil)
}

// showCustomer shows the page again after a form on it was refused.
func (a *Admin) showCustomer(c echo.Context, form adjustForm, problem error) error {
	view, err := a.customer(c)
	if err != nil {
		return err
	}
	view.Adjust = form
	return a.renderCustomer(c, view, problem)
}

func (a *Admin) renderCustomer(c echo.Context, view customerView, problem error) error {
	page := a.shell.Page(c, view.Customer.Name, view)
	page.Crumbs = []ui.Crumb{{Label: "Customers", Href: "/admin/customers"}}
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return a.shell.Render(c, status, "customer", page)
}

// customer reads a customer with everything that hangs on it.
func (a *Admin) customer(c echo.Context) (customerView, error) {
	ctx, read := c.Request().Context(), a.engine.Read()
	var view customerView
	cus, err := read.Customer(ctx, c.Param("id"))
	if err != nil {
		return view, err
	}
	view.Customer = cus
	if view.Users, err = read.UsersOf(ctx, cus.ID); err != nil {
		return view, fmt.Errorf("reading users: %w", err)
	}
	if view.Tries, view.Names, err = a.triesOf(c, view.Users); err != nil {
		return view, err
	}
	if view.Second, err = a.withFactor(c, view.Users); err != nil {
		return view, err
	}
	if err := a.customerContacts(c, &view); err != nil {
		return view, err
	}
	domains, err := read.Domains(ctx, registrar.DomainFilter{CustomerID: cus.ID}, excerptPage)
	if err != nil {
		return view, fmt.Errorf("reading domains: %w", err)
	}
	view.Domains = excerptOf(domains, "/admin/domains?customer="+cus.ID)
	orders, err := read.Orders(ctx, cus.ID, excerptPage)
	if err != nil {
		return view, fmt.Errorf("reading orders: %w", err)
	}
	view.Orders = excerptOf(orders, "/admin/orders?customer="+cus.ID)
	if view.Tokens, err = read.TokensOf(ctx, cus.ID); err != nil {
		return view, fmt.Errorf("reading tokens: %w", err)
	}
	audit, err := read.AuditOf(ctx, "customer", cus.ID, excerptPage)
	if err != nil {
		return view, fmt.Errorf("reading audit trail: %w", err)
	}
	view.Audit = excerptOf(audit, "/admin/customers/"+cus.ID+"/audit")
	if view.Account, err = a.engine.Balance(ctx, cus.ID); err != nil {
		return view, err
	}
	if view.Account.ID != "" {
		holds, err := read.OpenHolds(ctx, view.Account.ID, excerptPage)
		if err != nil {
			return view, fmt.Errorf("reading holds: %w", err)
		}
		view.Holds = excerptOf(holds, "/admin/ledger/"+view.Account.ID+"/holds")
		entries, err := read.Entries(ctx, view.Account.ID, excerptPage)
		if err != nil {
			return view, fmt.Errorf("reading entries: %w", err)
		}
		view.Entries = excerptOf(entries, "/admin/ledger/"+view.Account.ID)
	}
	if err := a.customerSupport(c, &view); err != nil {
		return view, err
	}
	return view, a.customerMoney(c, &view)
}

// customerMoney adds payments and adjustments.
func (a *Admin) customerMoney(c echo.Context, view *customerView) error {
	ctx, read := c.Request().Context(), a.engine.Read()
	payments, err := read.Payments(ctx, registrar.PaymentFilter{CustomerID: view.Customer.ID}, excerptPage)
	if err != nil {
		return fmt.Errorf("reading payments: %w", err)
	}
	view.Payments = excerptOf(payments, "/admin/payments?state=all&customer="+view.Customer.ID)
	rows, err := read.Adjustments(ctx, registrar.AdjustmentFilter{CustomerID: view.Customer.ID}, excerptPage)
	if err != nil {
		return fmt.Errorf("reading adjustments: %w", err)
	}
	adjustments, err := a.adjustments(c, rows)
	view.Adjustments = excerptOf(adjustments, "/admin/customers/"+view.Customer.ID+"/adjustments")
	return err
}

type ordersView struct {
	list[registrar.Order]
	Of *registrar.Customer // whose alone; nil = everybody's
}

func (a *Admin) ordersPage(c echo.Context) error {
	of, id, err := a.narrowed(c)
	if err != nil {
		return err
	}
	rows, err := a.engine.Read().Orders(c.Request().Context(), id, nextPage(c))
	if err != nil {
		return fmt.Errorf("reading orders: %w", err)
	}
	view := ordersView{cut(rows, c.QueryParam("after"), func(o registrar.Order) string { return o.ID }, "/admin/orders", url.Values{"customer": {id}}), of}
	return a.shell.Render(c, http.StatusOK, "orders", a.shell.Page(c, "Orders", view))
}

// orderView is an order with the operations behind its lines.
type orderView struct {
	Order    registrar.Order
	Customer registrar.Customer
	Lines    []orderLine
	Audit    []registrar.AuditEvent
}

type orderLine struct {
	registrar.OrderLine
	Operation registrar.Operation
}

func (a *Admin) orderPage(c echo.Context) error {
	ctx, read := c.Request().Context(), a.engine.Read()
	o, err := read.Order(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	view := orderView{Order: o}
	if view.Customer, err = read.Customer(ctx, o.CustomerID); err != nil {
		return fmt.Errorf("reading customer: %w", err)
	}
	for _, l := range o.Lines {
		op, err := read.Operation(ctx, l.OperationID)
		if err != nil {
			return fmt.Errorf("reading operation: %w", err)
		}
		view.Lines = append(view.Lines, orderLine{l, op})
	}
	if view.Audit, err = read.AuditOf(ctx, "order", o.ID, registrar.Page{Limit: 20}); err != nil {
		return fmt.Errorf("reading audit trail: %w", err)
	}
	page := a.shell.Page(c, "Order", view)
	page.Crumbs = []ui.Crumb{{Label: "Orders", Href: "/admin/orders"}}
	return a.shell.Render(c, http.StatusOK, "order", page)
}

// ledgerView is the accounts of one kind.
type ledgerView struct {
	list[registrar.Account]
	Kinds []registrar.AccountKind
	Kind  registrar.AccountKind
}

// accountKinds are the tabs of the ledger.
var accountKinds = []registrar.AccountKind{
	registrar.AccountCustomer, registrar.AccountRevenue, registrar.AccountCost, registrar.AccountDeposit, registrar.AccountClearing,
	registrar.AccountReceivable, registrar.AccountLoss,
}

func (a *Admin) ledgerPage(c echo.Context) error {
	view := ledgerView{Kinds: accountKinds, Kind: accountKinds[0]}
	for _, k := range accountKinds {
		if string(k) == c.QueryParam("kind") {
			view.Kind = k
		}
	}
	rows, err := a.engine.Read().Accounts(c.Request().Context(), view.Kind, nextPage(c))
	if err != nil {
		return fmt.Errorf("reading accounts: %w", err)
	}
	view.list = cut(rows, c.QueryParam("after"), func(acc registrar.Account) string { return acc.ID }, "/admin/ledger", url.Values{"kind": {string(view.Kind)}})
	return a.shell.Render(c, http.StatusOK, "ledger", a.shell.Page(c, "Ledger", view))
}

// accountView is one account with its entries.
type accountView struct {
	Account  registrar.Account
	Customer *registrar.Customer
	Entries  list[registrar.Entry]
	Holds    excerpt[registrar.Hold]
}

func (a *Admin) accountPage(c echo.Context) error {
	ctx, read := c.Request().Context(), a.engine.Read()
	acc, err := read.AccountByID(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	view := accountView{Account: acc}
	if acc.Kind == registrar.AccountCustomer {
		cus, err := read.Customer(ctx, acc.Owner)
		if err != nil {
			return fmt.Errorf("reading customer: %w", err)
		}
		view.Customer = &cus
	}
	entries, err := read.Entries(ctx, acc.ID, nextPage(c))
	if err != nil {
		return fmt.Errorf("reading entries: %w", err)
	}
	view.Entries = cut(entries, c.QueryParam("after"), func(e registrar.Entry) string { return e.ID }, "/admin/ledger/"+acc.ID, nil)
	holds, err := read.OpenHolds(ctx, acc.ID, excerptPage)
	if err != nil {
		return fmt.Errorf("reading holds: %w", err)
	}
	view.Holds = excerptOf(holds, "/admin/ledger/"+acc.ID+"/holds")
	page := a.shell.Page(c, ui.Words(acc.Kind), view)
	page.Crumbs = []ui.Crumb{{Label: "Ledger", Href: "/admin/ledger?kind=" + string(acc.Kind)}}
	return a.shell.Render(c, http.StatusOK, "account", page)
}
