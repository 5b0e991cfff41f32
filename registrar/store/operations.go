package store

import (
	"context"

	"github.com/indera/indera/registrar"
)

type operationRow struct {
	ID          string       `gorm:"column:id;primaryKey"`
	Kind        string       `gorm:"column:kind"`
	CustomerID  string       `gorm:"column:customer_id"`
	Domain      string       `gorm:"column:domain"`
	DomainID    string       `gorm:"column:domain_id"`
	OrderID     string       `gorm:"column:order_id"`
	LineID      string       `gorm:"column:line_id"`
	State       string       `gorm:"column:state"`
	FailureCode string       `gorm:"column:failure_code"`
	Failure     string       `gorm:"column:failure"`
	By          actorColumns `gorm:"embedded"`
	Created     instant      `gorm:"column:created_at"`
	Finished    *instant     `gorm:"column:finished_at"`
}

// TableName names the table.
func (operationRow) TableName() string { return "operations" }

func operationToRow(o registrar.Operation) operationRow {
	return operationRow{ID: o.ID, Kind: string(o.Kind), CustomerID: o.CustomerID, Domain: o.Domain, DomainID: o.DomainID, OrderID: o.OrderID,
		LineID: o.LineID, State: string(o.State), FailureCode: o.FailureCode, Failure: o.Failure, By: actorToColumns(o.By),
		Created: at(o.CreatedAt), Finished: optional(o.FinishedAt)}
}

func operationFromRow(r operationRow) registrar.Operation {
	return registrar.Operation{ID: r.ID, Kind: registrar.OperationKind(r.Kind), CustomerID: r.CustomerID, Domain: r.Domain, DomainID: r.DomainID,
		OrderID: r.OrderID, LineID: r.LineID, State: registrar.OperationState(r.State), FailureCode: r.FailureCode, Failure: r.Failure,
		By: actorFromColumns(r.By), CreatedAt: r.Created.Time, FinishedAt: timePtr(r.Finished)}
}

func (r reader) Operation(ctx context.Context, id string) (registrar.Operation, error) {
	row, err := one[operationRow](ctx, r, "operation", "id = ?", id)
	return operationFromRow(row), err
}

var allOperationStates = []registrar.OperationState{registrar.OpRunning, registrar.OpSucceeded, registrar.OpFailed, registrar.OpNeedsReview}

// Operations reads by domain when the filter names one (a name has few), else
// one index range per state.
func (r reader) Operations(ctx context.Context, f registrar.OperationFilter, page registrar.Page) ([]registrar.Operation, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	b := newest(branch{index: "PRIMARY"}, page)
	if len(f.States) > 0 {
		b.index = "ix_operations_state_id"
	}
	if f.CustomerID != "" {
		b.index = "ix_operations_customer_id_state_id"
		b = b.and("customer_id = ?", f.CustomerID)
	}
	var branches []branch
	switch {
	case f.DomainID != "":
		b.index = "ix_operations_domain_id_id"
		b = b.and("domain_id = ?", f.DomainID)
		if len(f.States) > 0 {
			b = b.and("state IN ?", values(f.States))
		}
		branches = []branch{b}
	case len(f.States) > 0:
		branches = b.each("state", values(f.States))
	case f.CustomerID != "":
		branches = b.each("state", values(allOperationStates))
	default:
		branches = []branch{b}
	}
	rows, err := listed[operationRow](ctx, r, branches, byIDDesc, page.Size())
	return convert(rows, operationFromRow), err
}

func (t *transaction) InsertOperation(ctx context.Context, o registrar.Operation) error {
	row := operationToRow(o)
	return t.insert(ctx, "operation", &row)
}

func (t *transaction) SetOperationState(ctx context.Context, o registrar.Operation) (bool, error) {
	return t.update(ctx, "operation", &operationRow{}, map[string]any{
		"state": string(o.State), "failure_code": o.FailureCode, "failure": o.Failure, "finished_at": optional(o.FinishedAt),
	}, "id = ? AND state NOT IN ?", o.ID, []string{string(registrar.OpSucceeded), string(registrar.OpFailed)})
}
