package store

import (
	"context"

	"github.com/indera/indera/registrar"
)

type receivableRow struct {
	ID         string   `gorm:"column:id;primaryKey"`
	CustomerID string   `gorm:"column:customer_id"`
	Kind       string   `gorm:"column:kind"`
	Ref        string   `gorm:"column:ref"`
	Currency   string   `gorm:"column:currency"`
	Total      int64    `gorm:"column:total_minor"`
	Open       int64    `gorm:"column:open_minor"`
	WrittenOff int64    `gorm:"column:written_off_minor"`
	State      string   `gorm:"column:state"`
	Opened     instant  `gorm:"column:opened_at"`
	Closed     *instant `gorm:"column:closed_at"`
	Revision   int      `gorm:"column:revision"`
}

// TableName names the table.
func (receivableRow) TableName() string { return "receivables" }

func receivableFromRow(r receivableRow) registrar.Receivable {
	return registrar.Receivable{ID: r.ID, CustomerID: r.CustomerID, Kind: registrar.ReceivableKind(r.Kind), Ref: r.Ref,
		Total: registrar.Money{Minor: r.Total, Currency: r.Currency}, Open: r.Open, WrittenOff: r.WrittenOff, State: registrar.ReceivableState(r.State),
		OpenedAt: r.Opened.Time, ClosedAt: timePtr(r.Closed), Revision: r.Revision}
}

func (r reader) Receivable(ctx context.Context, id string) (registrar.Receivable, error) {
	row, err := one[receivableRow](ctx, r, "receivable", "id = ?", id)
	return receivableFromRow(row), err
}

func (r reader) ReceivableOf(ctx context.Context, kind registrar.ReceivableKind, ref string) (registrar.Receivable, error) {
	row, err := one[receivableRow](ctx, r, "receivable", "kind = ? AND ref = ?", string(kind), ref)
	return receivableFromRow(row), err
}

func (r reader) Receivables(ctx context.Context, f registrar.ReceivableFilter, page registrar.Page) ([]registrar.Receivable, error) {
	rows, err := listedBy[receivableRow](ctx, r, f.CustomerID, string(f.State), page)
	return convert(rows, receivableFromRow), err
}

func (r reader) OpenReceivables(ctx context.Context, customerID string, limit int) ([]registrar.Receivable, error) {
	b := branch{index: "ix_receivables_customer_id_state_id"}.and("customer_id = ? AND state = ?", customerID, string(registrar.ReceivableOpen))
	rows, err := listed[receivableRow](ctx, r, []branch{b}, keyset{"id"}, registrar.Page{Limit: limit}.Size())
	return convert(rows, receivableFromRow), err
}

func (r reader) CountReceivables(ctx context.Context, state registrar.ReceivableState, limit int) (int, error) {
	return r.countUpTo(ctx, "receivables", branch{index: "ix_receivables_state_id", where: "state = ?", args: []any{string(state)}}, limit)
}

func (t *transaction) PutReceivable(ctx context.Context, r registrar.Receivable) error {
	if r.Revision == 0 {
		row := receivableRow{ID: r.ID, CustomerID: r.CustomerID, Kind: string(r.Kind), Ref: r.Ref, Currency: r.Total.Currency, Total: r.Total.Minor, Open: r.Open,
			WrittenOff: r.WrittenOff, State: string(r.State), Opened: at(r.OpenedAt), Closed: optional(r.ClosedAt), Revision: 1}
		return t.insert(ctx, "receivable", &row)
	}
	ok, err := t.update(ctx, "receivable", &receivableRow{}, map[string]any{"total_minor": r.Total.Minor, "open_minor": r.Open, "written_off_minor": r.WrittenOff,
		"state": string(r.State), "opened_at": at(r.OpenedAt), "closed_at": optional(r.ClosedAt), "revision": r.Revision + 1}, "id = ? AND revision = ?", r.ID, r.Revision)
	if err == nil && !ok {
		err = registrar.Errorf(registrar.KindConflict, "receivable_changed", "What is owed has changed meanwhile.")
	}
	return err
}

// checkReceivables proves that what customers owe by their accounts is what
// their receivables have open.
func (r reader) checkReceivables(ctx context.Context, after string, report func(registrar.LedgerProblem)) (string, error) {
	var rows []struct {
		ID      string
		Balance int64
		Open    int64
	}
	err := r.q(ctx).Raw("SELECT a.id, a.balance, "+
		"(SELECT COALESCE(SUM(v.open_minor), 0) FROM receivables AS v WHERE v.customer_id = a.owner AND v.state = ? AND v.currency = a.currency) AS open "+
		"FROM accounts AS a WHERE a.kind = ? AND a.id > ? ORDER BY a.id LIMIT ?",
		string(registrar.ReceivableOpen), string(registrar.AccountReceivable), after, checkPageSize).Scan(&rows).Error
	if err != nil {
		return "", r.d.wrap("checking receivables", err)
	}
	last := ""
	for _, a := range rows {
		if last = a.ID; a.Balance != -a.Open {
			report(registrar.LedgerProblem{Subject: "account " + a.ID, Detail: "what is owed by its entries is not what its receivables have open"})
		}
	}
	return last, nil
}
