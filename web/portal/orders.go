package portal

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// pageSize is how many rows a list shows at once.
const pageSize = 50

// listView is a list with the way to its next page.
type listView[T any] struct {
	Rows  []T
	Next  string // address of the next page, "" at the end
	First string // address of the first page, "" when this is it
}

// cutPage turns the limit+1 rows that were read into a page. key gives the key
// of a row; link builds the address of the page after a key.
func cutPage[T any](rows []T, after string, key func(T) string, link func(after string) string) listView[T] {
	view := listView[T]{Rows: rows}
	if len(rows) > pageSize {
		view.Rows = rows[:pageSize]
		view.Next = link(key(view.Rows[pageSize-1]))
	}
	if after != "" {
		view.First = link("")
	}
	return view
}

func (p *Portal) ordersPage(c echo.Context, v visitor) error {
	after := c.QueryParam("after")
	orders, err := p.engine.Read().Orders(c.Request().Context(), v.Customer.ID, registrar.Page{After: after, Limit: pageSize + 1})
	if err != nil {
		return fmt.Errorf("reading orders: %w", err)
	}
	view := cutPage(orders, after, func(o registrar.Order) string { return o.ID }, func(k string) string { return withAfter("/orders", nil, k) })
	return p.shell.Render(c, http.StatusOK, "orders", p.shell.Page(c, "Orders", view))
}

// orderLineView is a line with what is happening to it.
type orderLineView struct {
	registrar.OrderLine
	Operation registrar.Operation
}

// orderView is an order as it is now.
type orderView struct {
	Order   registrar.Order
	Lines   []orderLineView
	Done    int
	Failed  int
	Charged registrar.Money
	Final   bool
	Poll    ui.Poll
}

func (p *Portal) orderPage(c echo.Context, v visitor) error {
	view, err := p.order(c, v)
	if err != nil {
		return err
	}
	page := p.shell.Page(c, "Order "+shortID(view.Order.ID), view)
	page.Crumbs = []ui.Crumb{{Label: "Orders", Href: "/orders"}}
	return p.shell.Render(c, http.StatusOK, "order", page)
}

// orderLive is the part of the order page that changes while workers work.
func (p *Portal) orderLive(c echo.Context, v visitor) error {
	view, err := p.order(c, v)
	if err != nil {
		return err
	}
	return p.shell.Fragment(c, "order", "live", view)
}

func (p *Portal) order(c echo.Context, v visitor) (orderView, error) {
	ctx := c.Request().Context()
	o, err := p.engine.Read().Order(ctx, c.Param("id"))
	if registrar.IsNotFound(err) || err == nil && o.CustomerID != v.Customer.ID {
		return orderView{}, registrar.Errorf(registrar.KindNotFound, "no_such_order", "There is no such order in your account.")
	}
	if err != nil {
		return orderView{}, fmt.Errorf("reading order: %w", err)
	}
	view := orderView{Order: o, Charged: registrar.Money{Currency: o.Total.Currency}, Final: o.State != registrar.OrderPaid}
	for _, l := range o.Lines {
		op, err := p.engine.Read().Operation(ctx, l.OperationID)
		if err != nil {
			return view, fmt.Errorf("reading operation: %w", err)
		}
		view.Lines = append(view.Lines, orderLineView{l, op})
		switch l.State {
		case registrar.LineDone:
			view.Done++
			view.Charged.Minor += l.Price.Minor
		case registrar.LineFailed:
			view.Failed++
		case registrar.LineOpen:
		}
	}
	view.Poll = ui.NextPoll(c, "/orders/"+o.ID+"/live")
	return view, nil
}

// shortID is the end of an id: enough for people to tell things apart.
func shortID(id string) string {
	if len(id) > 6 {
		return "…" + id[len(id)-6:]
	}
	return id
}
