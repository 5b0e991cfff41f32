package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/indera/indera/registrar"
)

type paymentRow struct {
	ID         string   `gorm:"column:id;primaryKey"`
	CustomerID string   `gorm:"column:customer_id"`
	Provider   string   `gorm:"column:provider"`
	Ref        *string  `gorm:"column:ref"` // NULL: not known yet
	Minor      int64    `gorm:"column:minor"`
	Currency   string   `gorm:"column:currency"`
	State      string   `gorm:"column:state"`
	Processing bool     `gorm:"column:processing"`
	Note       string   `gorm:"column:note"`
	ClientKey  string   `gorm:"column:client_key"`
	Created    instant  `gorm:"column:created_at"`
	Finished   *instant `gorm:"column:finished_at"`
	LookAt     instant  `gorm:"column:look_at"`
	Looked     *instant `gorm:"column:looked_at"`
}

// TableName names the table.
func (paymentRow) TableName() string { return "payments" }

func paymentToRow(p registrar.Payment) paymentRow {
	return paymentRow{ID: p.ID, CustomerID: p.CustomerID, Provider: p.Provider, Ref: orNull(p.Ref), Minor: p.Amount.Minor, Currency: p.Amount.Currency,
		State: string(p.State), Processing: p.Processing, Note: p.Note, ClientKey: p.Key, Created: at(p.CreatedAt), Finished: optional(p.FinishedAt),
		LookAt: at(p.LookAt), Looked: optional(p.LookedAt)}
}

func paymentFromRow(r paymentRow) registrar.Payment {
	return registrar.Payment{ID: r.ID, CustomerID: r.CustomerID, Provider: r.Provider, Ref: fromNull(r.Ref),
		Amount: registrar.Money{Minor: r.Minor, Currency: r.Currency}, State: registrar.PaymentState(r.State), Processing: r.Processing, Note: r.Note,
		Key: r.ClientKey, CreatedAt: r.Created.Time, FinishedAt: timePtr(r.Finished), LookAt: r.LookAt.Time, LookedAt: timePtr(r.Looked)}
}

func (r reader) Payment(ctx context.Context, id string) (registrar.Payment, error) {
	row, err := one[paymentRow](ctx, r, "payment", "id = ?", id)
	return paymentFromRow(row), err
}

func (r reader) PaymentByRef(ctx context.Context, provider, ref string) (registrar.Payment, error) {
	row, err := one[paymentRow](ctx, r, "payment", "provider = ? AND ref = ?", provider, ref)
	return paymentFromRow(row), err
}

func (r reader) PaymentByKey(ctx context.Context, customerID, key string) (registrar.Payment, error) {
	row, err := one[paymentRow](ctx, r, "payment", "customer_id = ? AND client_key = ?", customerID, key)
	return paymentFromRow(row), err
}

func (r reader) Payments(ctx context.Context, f registrar.PaymentFilter, page registrar.Page) ([]registrar.Payment, error) {
	rows, err := listedBy[paymentRow](ctx, r, f.CustomerID, string(f.State), page)
	return convert(rows, paymentFromRow), err
}

// listedBy lists rows of a customer, of a state, of both or of all, newest
// first. The rows of one customer in one state are picked from his rows.
func listedBy[R interface{ TableName() string }](ctx context.Context, r reader, customerID, state string, page registrar.Page) ([]R, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	var zero R
	b := newest(branch{index: "PRIMARY"}, page)
	if state != "" {
		b.index = "ix_" + zero.TableName() + "_state_id"
		b = b.and("state = ?", state)
	}
	if customerID != "" {
		b.index = "ix_" + zero.TableName() + "_customer_id_id"
		b = b.and("customer_id = ?", customerID)
	}
	return listed[R](ctx, r, []branch{b}, byIDDesc, page.Size())
}

var byLookAt = keyset{"look_at", "id"}

func (r reader) DuePayments(ctx context.Context, now time.Time, limit int) ([]registrar.Payment, error) {
	b := branch{index: "ix_payments_state_look_at_id", where: "state = ? AND look_at <= ?", args: []any{string(registrar.PaymentStarted), at(now)}}
	rows, err := listed[paymentRow](ctx, r, []branch{b}, byLookAt, registrar.Page{Limit: limit}.Size())
	return convert(rows, paymentFromRow), err
}

func (t *transaction) InsertPayment(ctx context.Context, p registrar.Payment) error {
	row := paymentToRow(p)
	return t.insert(ctx, "payment", &row)
}

func (t *transaction) ChangePayment(ctx context.Context, p registrar.Payment, from registrar.PaymentState) (bool, error) {
	return t.update(ctx, "payment", &paymentRow{}, map[string]any{
		"ref": orNull(p.Ref), "state": string(p.State), "processing": p.Processing, "note": p.Note, "finished_at": optional(p.FinishedAt),
	}, "id = ? AND state = ? AND (ref IS NULL OR ref = ?)", p.ID, string(from), p.Ref)
}

func (t *transaction) TakeLook(ctx context.Context, p registrar.Payment, next, now time.Time) (bool, error) {
	return t.update(ctx, "payment", &paymentRow{}, map[string]any{"look_at": at(next), "looked_at": at(now)},
		"id = ? AND state = ? AND look_at = ?", p.ID, string(registrar.PaymentStarted), at(p.LookAt))
}

type adjustmentRow struct {
	ID         string   `gorm:"column:id;primaryKey"`
	CustomerID string   `gorm:"column:customer_id"`
	Minor      int64    `gorm:"column:minor"`
	Currency   string   `gorm:"column:currency"`
	Reason     string   `gorm:"column:reason"`
	State      string   `gorm:"column:state"`
	ClientKey  string   `gorm:"column:client_key"`
	AskedBy    string   `gorm:"column:asked_by"`
	Asked      instant  `gorm:"column:asked_at"`
	DecidedBy  string   `gorm:"column:decided_by"`
	Decided    *instant `gorm:"column:decided_at"`
	Decision   string   `gorm:"column:decision"`
}

// TableName names the table.
func (adjustmentRow) TableName() string { return "adjustments" }

func adjustmentToRow(a registrar.Adjustment) adjustmentRow {
	return adjustmentRow{ID: a.ID, CustomerID: a.CustomerID, Minor: a.Amount.Minor, Currency: a.Amount.Currency, Reason: a.Reason, State: string(a.State),
		ClientKey: a.Key, AskedBy: a.AskedBy, Asked: at(a.AskedAt), DecidedBy: a.DecidedBy, Decided: optional(a.DecidedAt), Decision: a.Decision}
}

func adjustmentFromRow(r adjustmentRow) registrar.Adjustment {
	return registrar.Adjustment{ID: r.ID, CustomerID: r.CustomerID, Amount: registrar.Money{Minor: r.Minor, Currency: r.Currency}, Reason: r.Reason,
		State: registrar.AdjustmentState(r.State), Key: r.ClientKey, AskedBy: r.AskedBy, AskedAt: r.Asked.Time, DecidedBy: r.DecidedBy,
		DecidedAt: timePtr(r.Decided), Decision: r.Decision}
}

func (r reader) Adjustment(ctx context.Context, id string) (registrar.Adjustment, error) {
	row, err := one[adjustmentRow](ctx, r, "adjustment", "id = ?", id)
	return adjustmentFromRow(row), err
}

func (r reader) AdjustmentByKey(ctx context.Context, key string) (registrar.Adjustment, error) {
	row, err := one[adjustmentRow](ctx, r, "adjustment", "client_key = ?", key)
	return adjustmentFromRow(row), err
}

func (r reader) Adjustments(ctx context.Context, f registrar.AdjustmentFilter, page registrar.Page) ([]registrar.Adjustment, error) {
	rows, err := listedBy[adjustmentRow](ctx, r, f.CustomerID, string(f.State), page)
	return convert(rows, adjustmentFromRow), err
}

func (t *transaction) InsertAdjustment(ctx context.Context, a registrar.Adjustment) error {
	row := adjustmentToRow(a)
	return t.insert(ctx, "adjustment", &row)
}

// DecideAdjustment lets the asker give up, but not book.
func (t *transaction) DecideAdjustment(ctx context.Context, a registrar.Adjustment) (bool, error) {
	where, args := "id = ? AND state = ?", []any{a.ID, string(registrar.AdjustmentPending)}
	if a.State == registrar.AdjustmentBooked {
		where, args = where+" AND asked_by <> ?", append(args, a.DecidedBy)
	}
	return t.update(ctx, "adjustment", &adjustmentRow{}, map[string]any{
		"state": string(a.State), "decided_by": a.DecidedBy, "decided_at": optional(a.DecidedAt), "decision": a.Decision,
	}, where, args...)
}

type allowanceRow struct {
	UserID   string `gorm:"column:user_id;primaryKey"`
	Currency string `gorm:"column:currency;primaryKey"`
	Day      string `gorm:"column:day;primaryKey"`
	Spent    int64  `gorm:"column:spent"`
}

// TableName names the table.
func (allowanceRow) TableName() string { return "staff_allowances" }

func (t *transaction) SpendAllowance(ctx context.Context, userID, currency, day string, minor, limit int64) (bool, error) {
	if minor < 0 || minor > limit {
		return false, nil
	}
	if _, err := t.insertFresh(ctx, "allowance", &allowanceRow{UserID: userID, Currency: currency, Day: day}); err != nil {
		return false, err
	}
	return t.update(ctx, "allowance", &allowanceRow{}, map[string]any{"spent": gorm.Expr("spent + ?", minor)},
		"user_id = ? AND currency = ? AND day = ? AND spent <= ?", userID, currency, day, limit-minor)
}
