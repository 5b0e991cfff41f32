package admin

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// narrowed returns the customer whose rows alone a list is to show, nil and "" for
// those of everybody.
func (a *Admin) narrowed(c echo.Context) (*registrar.Customer, string, error) {
	id := c.QueryParam("customer")
	if id == "" {
		return nil, "", nil
	}
	cus, err := a.engine.Read().Customer(c.Request().Context(), id)
	if err != nil {
		return nil, "", err
	}
	return &cus, cus.ID, nil
}

// customerListView is one list of a customer with pages of its own.
type customerListView[T any] struct {
	list[T]
	Customer registrar.Customer
	Currency string
}

// customerAuditPage is the whole audit trail of an account.
func (a *Admin) customerAuditPage(c echo.Context) error {
	return customerList(a, c, "audit", "Audit trail", func(cus registrar.Customer) ([]registrar.AuditEvent, error) {
		return a.engine.Read().AuditOf(c.Request().Context(), "customer", cus.ID, nextPage(c))
	}, func(e registrar.AuditEvent) string { return e.ID })
}

// customerAdjustmentsPage lists all credits and debits by staff.
func (a *Admin) customerAdjustmentsPage(c echo.Context) error {
	return customerList(a, c, "adjustments", "Credits and debits", func(cus registrar.Customer) ([]adjustmentView, error) {
		rows, err := a.engine.Read().Adjustments(c.Request().Context(), registrar.AdjustmentFilter{CustomerID: cus.ID}, nextPage(c))
		if err != nil {
			return nil, fmt.Errorf("reading adjustments: %w", err)
		}
		return a.adjustments(c, rows)
	}, func(v adjustmentView) string { return v.ID })
}

func customerList[T any](a *Admin, c echo.Context, name, title string, read func(registrar.Customer) ([]T, error), key func(T) string) error {
	cus, err := a.engine.Read().Customer(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	rows, err := read(cus)
	if err != nil {
		return fmt.Errorf("reading the list %s of a customer: %w", name, err)
	}
	path := "/admin/customers/" + cus.ID
	view := customerListView[T]{cut(rows, c.QueryParam("after"), key, path+"/"+name, nil), cus, cus.Currency}
	page := a.shell.Page(c, title, view)
	page.Crumbs = []ui.Crumb{{Label: "Customers", Href: "/admin/customers"}, {Label: cus.Name, Href: path}}
	return a.shell.Render(c, http.StatusOK, "customer_"+name, page)
}

// holdsView is what is set aside of an account.
type holdsView struct {
	list[registrar.Hold]
	Account registrar.Account
}

func (a *Admin) holdsPage(c echo.Context) error {
	ctx, read := c.Request().Context(), a.engine.Read()
	acc, err := read.AccountByID(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	rows, err := read.OpenHolds(ctx, acc.ID, nextPage(c))
	if err != nil {
		return fmt.Errorf("reading holds: %w", err)
	}
	path := "/admin/ledger/" + acc.ID
	view := holdsView{cut(rows, c.QueryParam("after"), func(h registrar.Hold) string { return h.ID }, path+"/holds", nil), acc}
	page := a.shell.Page(c, "Open holds", view)
	page.Crumbs = []ui.Crumb{{Label: "Ledger", Href: "/admin/ledger"}, {Label: ui.Words(acc.Kind), Href: path}}
	return a.shell.Render(c, http.StatusOK, "holds", page)
}
