package registrar

import (
	"context"
	"fmt"
	"time"
)

// AdjustmentState says what became of an adjustment.
type AdjustmentState string

// States of an adjustment.
const (
	AdjustmentPending  AdjustmentState = "pending" // waits for a second staff user
	AdjustmentBooked   AdjustmentState = "booked"
	AdjustmentDeclined AdjustmentState = "declined"
)

// Adjustment is a credit (positive) or debit (negative) of a customer's balance
// by staff.
type Adjustment struct {
	ID         string
	CustomerID string
	Amount     Money // negative: money is taken
	Reason     string
	State      AdjustmentState
	Key        string // digest of the form's idempotency key
	AskedBy    string // staff user id
	AskedAt    time.Time
	DecidedBy  string // the second staff user; "" when one sufficed
	DecidedAt  *time.Time
	Decision   string // what the second one said; may be ""
}

// AdjustmentFilter narrows a list of adjustments. Zero fields do not narrow.
type AdjustmentFilter struct {
	CustomerID string
	State      AdjustmentState
}

// AdjustRequest asks for a credit or debit.
type AdjustRequest struct {
	CustomerID string
	Amount     Money // negative: debit
	Reason     string
	Key        string // idempotency key of the form, 1-255 characters
}

const (
	maxReason     = 500
	maxAdjustment = 1_000_000_000 // minor units; a typing error, not a credit
)

// AdjustBalance credits or debits a customer. What exceeds the daily allowance
// of the staff user (MoneyLimits.Alone) waits as pending until another one
// approves it (ApproveAdjustment); splitting an amount does not avoid that.
func (e *Engine) AdjustBalance(ctx context.Context, by Actor, req AdjustRequest) (Adjustment, error) {
	staff, err := e.staffMay(ctx, e.store, by, StaffMoney)
	if err != nil {
		return Adjustment{}, err
	}
	cus, err := e.store.Customer(ctx, req.CustomerID)
	if err != nil {
		return Adjustment{}, err
	}
	if req.Reason = tidy(req.Reason); req.Reason == "" || len([]rune(req.Reason)) > maxReason {
		return Adjustment{}, InvalidField("reason", "required", "Please say why, in at most %d characters.", maxReason)
	}
	if err := checkAdjustment(cus, req); err != nil {
		return Adjustment{}, err
	}
	adj := Adjustment{
		ID: e.id(PrefixAdjustment), CustomerID: cus.ID, Amount: req.Amount, Reason: req.Reason, State: AdjustmentBooked,
		Key: digest("adjust\x00" + staff.ID + "\x00" + req.Key), AskedBy: staff.ID, AskedAt: e.Now(),
	}
	var ev Event
	err = e.store.InTx(ctx, func(tx Tx) (err error) {
		ev, err = e.askAdjustment(ctx, tx, by, &adj)
		return err
	})
	if isDuplicate(err) {
		return e.knownAdjustment(ctx, adj)
	}
	if err != nil {
		return Adjustment{}, fmt.Errorf("adjusting a balance: %w", err)
	}
	e.notice.publish(ev)
	return adj, nil
}

func checkAdjustment(cus Customer, req AdjustRequest) error {
	switch {
	case req.Key == "" || len(req.Key) > 255:
		return InvalidField("key", "bad_key", "The form has no key; please load the page again.")
	case req.Amount.Currency != cus.Currency:
		return InvalidField("amount", "bad_currency", "The account is kept in %s.", cus.Currency)
	case req.Amount.Minor == 0 || req.Amount.Minor > maxAdjustment || req.Amount.Minor < -maxAdjustment:
		return InvalidField("amount", "bad_amount", "Please give an amount up to %s.", Money{maxAdjustment, cus.Currency})
	}
	return nil
}

// askAdjustment books what the allowance covers, else leaves it pending.
func (e *Engine) askAdjustment(ctx context.Context, tx Tx, by Actor, adj *Adjustment) (Event, error) {
	if _, err := e.openCustomer(ctx, tx, adj.CustomerID); err != nil {
		return Event{}, err
	}
	limits, ok := e.MoneyLimits(adj.Amount.Currency)
	if ok {
		var err error
		day := adj.AskedAt.UTC().Format(time.DateOnly)
		if ok, err = tx.SpendAllowance(ctx, adj.AskedBy, adj.Amount.Currency, day, max(adj.Amount.Minor, -adj.Amount.Minor), limits.Alone); err != nil {
			return Event{}, err
		}
	}
	adj.State = AdjustmentBooked
	if !ok {
		adj.State = AdjustmentPending
	}
	if err := tx.InsertAdjustment(ctx, *adj); err != nil {
		return Event{}, err
	}
	if adj.State == AdjustmentPending {
		if _, err := e.ask(ctx, tx, by, Approval{Kind: ApproveAdjustment, SubjectID: adj.ID, Reason: adj.Reason}); err != nil {
			return Event{}, err
		}
		return e.noteAdjustment(ctx, tx, by, "adjustment.ask", EventAdjustmentAsked, *adj)
	}
	return e.bookAdjustment(ctx, tx, by, *adj)
}

// knownAdjustment answers a form that was sent twice.
func (e *Engine) knownAdjustment(ctx context.Context, adj Adjustment) (Adjustment, error) {
	known, err := e.store.AdjustmentByKey(ctx, adj.Key)
	if err != nil {
		return Adjustment{}, fmt.Errorf("reading the adjustment of a key: %w", err)
	}
	if known.CustomerID != adj.CustomerID || known.Amount != adj.Amount || known.Reason != adj.Reason {
		return Adjustment{}, Errorf(KindIdempotencyReuse, "key_reused", "This form was sent before, with other contents. Please load the page again.")
	}
	return known, nil
}

// bookAdjustment posts an adjustment; a debit beyond what is available is
// KindInsufficientFunds.
func (e *Engine) bookAdjustment(ctx context.Context, tx Tx, by Actor, adj Adjustment) (Event, error) {
	from := AccountKey{AccountClearing, "staff", adj.Amount.Currency}
	to := AccountKey{AccountCustomer, adj.CustomerID, adj.Amount.Currency}
	amount, memo := adj.Amount, "Credit by us"
	if amount.Minor < 0 {
		from, to, amount.Minor, memo = to, from, -amount.Minor, "Debit by us"
	}
	if err := e.postTransfer(ctx, tx, PostingAdjustment, adj.ID, memo, from, to, amount); err != nil {
		return Event{}, err
	}
	return e.noteAdjustment(ctx, tx, by, "adjustment.book", EventBalanceAdjusted, adj)
}

// noteAdjustment leaves the evidence of a step.
func (e *Engine) noteAdjustment(ctx context.Context, tx Tx, by Actor, action string, kind EventKind, adj Adjustment) (Event, error) {
	audit := e.audit(by, action, "customer", adj.CustomerID, "", nil, map[string]any{
		"adjustment": adj.ID, "amount": adj.Amount.String(), "reason": adj.Reason, "state": adj.State,
		"asked_by": adj.AskedBy, "decided_by": adj.DecidedBy, "decision": adj.Decision,
	})
	audit.Retention = RetainTransaction
	if err := tx.InsertAudit(ctx, audit); err != nil {
		return Event{}, err
	}
	ev := Event{ID: e.id(PrefixEvent), Kind: kind, CustomerID: adj.CustomerID, Detail: adj.Amount.String(), At: e.Now()}
	return ev, tx.InsertEvent(ctx, ev)
}

// runAdjustment books an adjustment that a second person has agreed to.
func (e *Engine) runAdjustment(ctx context.Context, tx Tx, by Actor, a Approval) ([]Event, error) {
	adj, err := e.decideAdjustment(ctx, tx, a, AdjustmentBooked)
	if err != nil {
		return nil, err
	}
	if _, err := e.openCustomer(ctx, tx, adj.CustomerID); err != nil {
		return nil, err
	}
	ev, err := e.bookAdjustment(ctx, tx, by, adj)
	return []Event{ev}, err
}

// dropAdjustment ends an adjustment that comes to nothing.
func (e *Engine) dropAdjustment(ctx context.Context, tx Tx, by Actor, a Approval) error {
	adj, err := e.decideAdjustment(ctx, tx, a, AdjustmentDeclined)
	if err != nil {
		return err
	}
	return e.noteDeclined(ctx, tx, by, adj)
}

func (e *Engine) decideAdjustment(ctx context.Context, tx Tx, a Approval, as AdjustmentState) (Adjustment, error) {
	adj, err := tx.Adjustment(ctx, a.SubjectID)
	if err != nil {
		return adj, err
	}
	adj.State, adj.DecidedBy, adj.DecidedAt, adj.Decision = as, a.DecidedBy, a.DecidedAt, a.Decision
	ok, err := tx.DecideAdjustment(ctx, adj)
	if err == nil && !ok {
		err = errDecided
	}
	return adj, err
}

func (e *Engine) noteDeclined(ctx context.Context, tx Tx, by Actor, adj Adjustment) error {
	audit := e.audit(by, "adjustment.decline", "customer", adj.CustomerID, "", nil,
		map[string]any{"adjustment": adj.ID, "amount": adj.Amount.String(), "reason": adj.Reason, "asked_by": adj.AskedBy, "decision": adj.Decision})
	audit.Retention = RetainTransaction
	return tx.InsertAudit(ctx, audit)
}
