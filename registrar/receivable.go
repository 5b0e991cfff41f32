package registrar

import (
	"context"
	"fmt"
	"time"
)

// PrefixReceivable is the prefix of ids of receivables; the postings of one are
// named by ids of their own.
const (
	PrefixReceivable = "rcv"
	prefixMovement   = "mov"
)

// ReceivableKind says what somebody owes us for.
type ReceivableKind string

// Kinds of receivables.
const (
	ReceivableReturned ReceivableKind = "returned" // ref: payment id; its money went back at the provider
)

// ReceivableState says what became of a receivable.
type ReceivableState string

// States of a receivable. One that is over opens again when its cause goes on,
// for example by a second refund of the same payment.
const (
	ReceivableOpen       ReceivableState = "open"
	ReceivableSettled    ReceivableState = "settled"     // from the balance
	ReceivableWrittenOff ReceivableState = "written_off" // given up, in whole or in part
	ReceivableTakenBack  ReceivableState = "taken_back"  // its cause is gone: a dispute was won
)

// Receivable is work that is ours and unpaid: what a customer owes because the
// money for it is gone. There is one row per cause, (Kind, Ref) is unique. The
// sum of what is open equals the customer's receivable account, negated.
type Receivable struct {
	ID         string
	CustomerID string
	Kind       ReceivableKind
	Ref        string
	Total      Money // what the cause took from us; covered by the balance, open or written off
	Open       int64 // minor units that are still owed
	WrittenOff int64 // minor units that were given up
	State      ReceivableState
	OpenedAt   time.Time  // when it became owed, the last time
	ClosedAt   *time.Time // when nothing of it was owed any more
	Revision   int        // of the row, from 1
}

// Owed returns what is still open.
func (r Receivable) Owed() Money { return Money{r.Open, r.Total.Currency} }

// Settled returns what the balance has covered.
func (r Receivable) Settled() Money {
	return Money{r.Total.Minor - r.Open - r.WrittenOff, r.Total.Currency}
}

// Lost returns what was written off.
func (r Receivable) Lost() Money { return Money{r.WrittenOff, r.Total.Currency} }

// ReceivableFilter narrows a list of receivables. Zero fields do not narrow.
type ReceivableFilter struct {
	CustomerID string
	State      ReceivableState
}

// ReceivableReader reads receivables.
type ReceivableReader interface {
	Receivable(ctx context.Context, id string) (Receivable, error)
	ReceivableOf(ctx context.Context, kind ReceivableKind, ref string) (Receivable, error)
	// Receivables lists them newest first.
	Receivables(ctx context.Context, f ReceivableFilter, page Page) ([]Receivable, error)
	// OpenReceivables lists what a customer owes, oldest first.
	OpenReceivables(ctx context.Context, customerID string, limit int) ([]Receivable, error)
	// CountReceivables counts those of a state, up to limit.
	CountReceivables(ctx context.Context, state ReceivableState, limit int) (int, error)
}

// ReceivableTx writes receivables.
type ReceivableTx interface {
	// PutReceivable inserts one of revision 0, else writes the changeable fields
	// over the revision that was read; KindConflict when that is gone.
	PutReceivable(ctx context.Context, r Receivable) error
}

// Owes returns what a customer owes us, zero for most.
func (e *Engine) Owes(ctx context.Context, customerID string) (Money, error) {
	cus, err := e.store.Customer(ctx, customerID)
	if err != nil {
		return Money{}, err
	}
	return owes(ctx, e.store, customerID, cus.Currency)
}

func owes(ctx context.Context, r Reader, customerID, currency string) (Money, error) {
	acc, err := r.Account(ctx, AccountKey{AccountReceivable, customerID, currency})
	if IsNotFound(err) {
		return Money{0, currency}, nil
	}
	return Money{-acc.Balance, currency}, err
}

// owesNothing refuses new orders while something is owed: what comes in settles
// that first.
func owesNothing(ctx context.Context, r Reader, customerID, currency string) error {
	owed, err := owes(ctx, r, customerID, currency)
	if err != nil || owed.Minor == 0 {
		return err
	}
	return Errorf(KindInsufficientFunds, "receivable_open", "%s is owed on this account, because money for earlier orders went back. Please add funds first.", owed)
}

// putReceivable writes a receivable with the state that its figures say.
func (e *Engine) putReceivable(ctx context.Context, tx Tx, was, r Receivable) (Receivable, error) {
	now := e.Now()
	if was.State == "" {
		r.OpenedAt = now
	}
	switch {
	case r.Open > 0:
		if r.State = ReceivableOpen; was.State != ReceivableOpen {
			r.OpenedAt, r.ClosedAt = now, nil
		}
	case r.WrittenOff > 0:
		r.State = ReceivableWrittenOff
	case r.Total.Minor == 0:
		r.State = ReceivableTakenBack
	default:
		r.State = ReceivableSettled
	}
	if r.State != ReceivableOpen && (was.State == ReceivableOpen || was.State == "") {
		r.ClosedAt = &now
	}
	return r, tx.PutReceivable(ctx, r)
}

// receivableAudit is the evidence of a step.
func (e *Engine) receivableAudit(by Actor, action string, was, now Receivable, more map[string]any) AuditEvent {
	figures := func(r Receivable) map[string]any {
		return map[string]any{"kind": r.Kind, "ref": r.Ref, "customer": r.CustomerID, "total": r.Total.String(), "open": r.Owed().String(),
			"written_off": r.Lost().String(), "state": r.State}
	}
	after := figures(now)
	for k, v := range more {
		after[k] = v
	}
	var before any
	if was.Revision > 0 {
		before = figures(was)
	}
	audit := e.audit(by, action, "receivable", now.ID, "", before, after)
	audit.Retention = RetainTransaction
	return audit
}

// maxCollected bounds how many receivables one credit settles; the next one goes on.
const maxCollected = 100

// collect settles what a customer owes from what is available, oldest first. It
// runs in the transaction of everything that makes a balance grow.
func (e *Engine) collect(ctx context.Context, tx Tx, customerID, currency string) error {
	if err := tx.SerializeCustomer(ctx, customerID); err != nil {
		return err
	}
	owed, err := owes(ctx, tx, customerID, currency)
	if err != nil || owed.Minor <= 0 {
		return err
	}
	acc, err := tx.Account(ctx, AccountKey{AccountCustomer, customerID, currency})
	if err != nil {
		return err
	}
	rows, err := tx.OpenReceivables(ctx, customerID, maxCollected)
	if err != nil {
		return err
	}
	left := acc.Available().Minor
	for _, r := range rows {
		part := min(left, r.Open)
		if part <= 0 {
			break
		}
		left -= part
		if err := e.settleReceivable(ctx, tx, r, part); err != nil {
			return err
		}
	}
	return nil
}

// settleReceivable pays a part of a receivable from the balance.
func (e *Engine) settleReceivable(ctx context.Context, tx Tx, was Receivable, part int64) error {
	paid := Money{part, was.Total.Currency}
	if err := e.postTransfer(ctx, tx, PostingSettlement, e.id(prefixMovement), "Settles what was owed",
		AccountKey{AccountCustomer, was.CustomerID, paid.Currency}, AccountKey{AccountReceivable, was.CustomerID, paid.Currency}, paid); err != nil {
		return err
	}
	next := was
	next.Open -= part
	next, err := e.putReceivable(ctx, tx, was, next)
	if err != nil {
		return err
	}
	if err := tx.InsertAudit(ctx, e.receivableAudit(System("collect"), "receivable.settle", was, next, map[string]any{"paid": paid.String()})); err != nil {
		return err
	}
	ev := Event{ID: e.id(PrefixEvent), Kind: EventReceivableSettled, CustomerID: was.CustomerID, Detail: paid.String(), At: e.Now()}
	if err := tx.InsertEvent(ctx, ev); err != nil {
		return err
	}
	return e.writeMoneyMail(ctx, tx, ev, "receivable_settled", map[string]any{"Paid": paid.String(), "Owed": owedWords(next.Owed())})
}

// owedWords is an amount for a mail, "" for none.
func owedWords(m Money) string {
	if m.Minor == 0 {
		return ""
	}
	return m.String()
}

// writeMoneyMail tells a customer's spokesman; nobody, once the account is closed.
func (e *Engine) writeMoneyMail(ctx context.Context, tx Tx, ev Event, template string, data map[string]any) error {
	if e.opt.Letters == nil {
		return nil
	}
	cus, err := tx.Customer(ctx, ev.CustomerID)
	if err != nil {
		return err
	}
	users, err := tx.UsersOf(ctx, cus.ID)
	if err != nil {
		return err
	}
	to, ok := spokesman(users)
	if !ok {
		return nil
	}
	data["Customer"] = cus.Name
	return e.insertMail(ctx, tx, ev, template, cus.Language, to.Email, to.Name, data)
}

// AskWriteOff asks a second person to give up what is owed of a receivable.
func (e *Engine) AskWriteOff(ctx context.Context, by Actor, id, reason string) (Approval, error) {
	a := Approval{Kind: ApproveWriteOff, SubjectID: id, Reason: reason}
	seen, err := e.store.Receivable(ctx, id)
	if err != nil {
		return a, err
	}
	a.Wish.Minor = seen.Open
	return e.askAlone(ctx, by, a, func(tx Tx) error {
		r, err := tx.Receivable(ctx, id)
		if err == nil && (r.Open == 0 || r.Open != seen.Open) {
			err = errOwedOther
		}
		return err
	})
}

var errOwedOther = Errorf(KindConflict, "amount_changed", "Another amount is owed by now than was asked about.")

// runWriteOff gives up what a second person has agreed to, and no more.
func (e *Engine) runWriteOff(ctx context.Context, tx Tx, by Actor, a Approval) ([]Event, error) {
	seen, err := tx.Receivable(ctx, a.SubjectID)
	if err != nil {
		return nil, err
	}
	if err := tx.SerializeCustomer(ctx, seen.CustomerID); err != nil {
		return nil, err
	}
	was, err := tx.Receivable(ctx, a.SubjectID)
	if err != nil {
		return nil, err
	}
	if was.Open == 0 || was.Open != a.Wish.Minor {
		return nil, errOwedOther
	}
	lost := was.Owed()
	if err := e.postTransfer(ctx, tx, PostingWriteOff, e.id(prefixMovement), "Written off",
		AccountKey{AccountLoss, "", lost.Currency}, AccountKey{AccountReceivable, was.CustomerID, lost.Currency}, lost); err != nil {
		return nil, err
	}
	next := was
	next.Open, next.WrittenOff = 0, was.WrittenOff+lost.Minor
	if next, err = e.putReceivable(ctx, tx, was, next); err != nil {
		return nil, err
	}
	audit := e.receivableAudit(by, "receivable.write_off", was, next, map[string]any{"reason": a.Reason, "asked_by": a.AskedBy})
	if err := tx.InsertAudit(ctx, audit); err != nil {
		return nil, fmt.Errorf("recording a write-off: %w", err)
	}
	ev := Event{ID: e.id(PrefixEvent), Kind: EventReceivableWrittenOff, CustomerID: was.CustomerID, Detail: lost.String(), At: e.Now()}
	return []Event{ev}, tx.InsertEvent(ctx, ev)
}
