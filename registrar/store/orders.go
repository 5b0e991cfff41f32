package store

import (
	"context"

	"github.com/indera/indera/registrar"
)

// actorColumns say who caused a row.
type actorColumns struct {
	Kind      string `gorm:"column:by_kind"`
	ID        string `gorm:"column:by_id"`
	IP        string `gorm:"column:by_ip"`
	RequestID string `gorm:"column:by_request_id"`
}

func actorToColumns(a registrar.Actor) actorColumns {
	return actorColumns{Kind: string(a.Kind), ID: a.ID, IP: a.IP, RequestID: a.RequestID}
}

func actorFromColumns(c actorColumns) registrar.Actor {
	return registrar.Actor{Kind: registrar.ActorKind(c.Kind), ID: c.ID, IP: c.IP, RequestID: c.RequestID}
}

type orderRow struct {
	ID                string       `gorm:"column:id;primaryKey"`
	CustomerID        string       `gorm:"column:customer_id"`
	State             string       `gorm:"column:state"`
	TotalMinor        int64        `gorm:"column:total_minor"`
	Currency          string       `gorm:"column:currency"`
	AgreementVersion  string       `gorm:"column:agreement_version"`
	AgreementLanguage string       `gorm:"column:agreement_language"`
	AgreementIP       string       `gorm:"column:agreement_ip"`
	AgreementAt       *instant     `gorm:"column:agreement_at"`
	Placed            instant      `gorm:"column:placed_at"`
	By                actorColumns `gorm:"embedded"`
}

// TableName names the table.
func (orderRow) TableName() string { return "orders" }

func orderToRow(o registrar.Order) orderRow {
	return orderRow{ID: o.ID, CustomerID: o.CustomerID, State: string(o.State), TotalMinor: o.Total.Minor, Currency: o.Total.Currency,
		AgreementVersion: o.Agreement.Version, AgreementLanguage: o.Agreement.Language, AgreementIP: o.Agreement.IP,
		AgreementAt: optional(&o.Agreement.At), Placed: at(o.PlacedAt), By: actorToColumns(o.PlacedBy)}
}

func orderFromRow(r orderRow) registrar.Order {
	o := registrar.Order{ID: r.ID, CustomerID: r.CustomerID, State: registrar.OrderState(r.State),
		Total:     registrar.Money{Minor: r.TotalMinor, Currency: r.Currency},
		Agreement: registrar.Agreement{Version: r.AgreementVersion, Language: r.AgreementLanguage, IP: r.AgreementIP},
		PlacedAt:  r.Placed.Time, PlacedBy: actorFromColumns(r.By)}
	if r.AgreementAt != nil {
		o.Agreement.At = r.AgreementAt.Time
	}
	return o
}

type orderLineRow struct {
	ID            string `gorm:"column:id;primaryKey"`
	OrderID       string `gorm:"column:order_id"`
	LineNo        int    `gorm:"column:line_no"`
	Action        string `gorm:"column:action"`
	Domain        string `gorm:"column:domain"`
	DomainID      string `gorm:"column:domain_id"`
	Years         int    `gorm:"column:years"`
	PriceMinor    int64  `gorm:"column:price_minor"`
	PriceCurrency string `gorm:"column:price_currency"`
	CostMinor     int64  `gorm:"column:cost_minor"`
	CostCurrency  string `gorm:"column:cost_currency"`
	State         string `gorm:"column:state"`
	HoldID        string `gorm:"column:hold_id"`
	OperationID   string `gorm:"column:operation_id"`
	Failure       string `gorm:"column:failure"`
}

// TableName names the table.
func (orderLineRow) TableName() string { return "order_lines" }

func lineToRow(l registrar.OrderLine, orderID string, no int) orderLineRow {
	return orderLineRow{ID: l.ID, OrderID: orderID, LineNo: no, Action: string(l.Action), Domain: l.Domain, DomainID: l.DomainID, Years: l.Years,
		PriceMinor: l.Price.Minor, PriceCurrency: l.Price.Currency, CostMinor: l.Cost.Minor, CostCurrency: l.Cost.Currency,
		State: string(l.State), HoldID: l.HoldID, OperationID: l.OperationID, Failure: l.Failure}
}

func lineFromRow(r orderLineRow) registrar.OrderLine {
	return registrar.OrderLine{ID: r.ID, OrderID: r.OrderID, Action: registrar.Action(r.Action), Domain: r.Domain, DomainID: r.DomainID,
		Years: r.Years, Price: registrar.Money{Minor: r.PriceMinor, Currency: r.PriceCurrency},
		Cost:  registrar.Money{Minor: r.CostMinor, Currency: r.CostCurrency},
		State: registrar.LineState(r.State), HoldID: r.HoldID, OperationID: r.OperationID, Failure: r.Failure}
}

func (r reader) Order(ctx context.Context, id string) (registrar.Order, error) {
	row, err := one[orderRow](ctx, r, "order", "id = ?", id)
	if err != nil {
		return registrar.Order{}, err
	}
	out, err := r.withLines(ctx, []orderRow{row})
	if err != nil {
		return registrar.Order{}, err
	}
	return out[0], nil
}

// Orders lists a customer's orders; an empty customer id means everybody's.
func (r reader) Orders(ctx context.Context, customerID string, page registrar.Page) ([]registrar.Order, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	b := newest(branch{index: "PRIMARY"}, page)
	if customerID != "" {
		b.index = "ix_orders_customer_id_id"
		b = b.and("customer_id = ?", customerID)
	}
	rows, err := listed[orderRow](ctx, r, []branch{b}, byIDDesc, page.Size())
	if err != nil {
		return nil, err
	}
	return r.withLines(ctx, rows)
}

func (r reader) withLines(ctx context.Context, rows []orderRow) ([]registrar.Order, error) {
	orders := convert(rows, orderFromRow)
	index := make(map[string]int, len(orders))
	ids := make([]string, 0, len(orders))
	for i, o := range orders {
		index[o.ID] = i
		ids = append(ids, o.ID)
	}
	if len(ids) == 0 {
		return orders, nil
	}
	lines, err := many[orderLineRow](ctx, r, "order lines", "order_id, line_no", "order_id IN ?", ids)
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		o := &orders[index[l.OrderID]]
		o.Lines = append(o.Lines, lineFromRow(l))
	}
	return orders, nil
}

func (t *transaction) InsertOrder(ctx context.Context, o registrar.Order) error {
	row := orderToRow(o)
	if err := t.insert(ctx, "order", &row); err != nil {
		return err
	}
	if len(o.Lines) == 0 {
		return nil
	}
	lines := make([]orderLineRow, 0, len(o.Lines))
	for i, l := range o.Lines {
		lines = append(lines, lineToRow(l, o.ID, i+1))
	}
	return t.insert(ctx, "order lines", &lines)
}

func (t *transaction) EndLine(ctx context.Context, lineID string, to registrar.LineState, failure string) (bool, error) {
	return t.update(ctx, "order line", &orderLineRow{}, map[string]any{"state": string(to), "failure": failure},
		"id = ? AND state = ?", lineID, string(registrar.LineOpen))
}

func (t *transaction) SetOrderState(ctx context.Context, orderID string, to registrar.OrderState) error {
	ok, err := t.update(ctx, "order", &orderRow{}, map[string]any{"state": string(to)}, "id = ?", orderID)
	if err == nil && !ok {
		return notFound("order")
	}
	return err
}
