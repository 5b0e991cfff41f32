package registrar

import (
	"context"
)

// errOvertaken says that something was booked as returned since the provider was
// asked, so that its answer may be the older one.
var errOvertaken = Errorf(KindUnavailable, "overtaken", "The payment provider was asked by somebody else meanwhile.")

// overtakenTries bounds how often a provider is asked again for that reason.
const overtakenTries = 5

// returnsKnown is the revision of what is booked as returned of a payment, 0
// when nothing ever was.
func (e *Engine) returnsKnown(ctx context.Context, pay Payment) (int, error) {
	r, err := e.store.ReceivableOf(ctx, ReceivableReturned, pay.ID)
	if err != nil && !IsNotFound(err) {
		return 0, err
	}
	return r.Revision, nil
}

// bookReturned brings what is booked as returned of a paid payment to what the
// provider reports. Nothing but the difference is booked, so a report may come
// any number of times.
func (e *Engine) bookReturned(ctx context.Context, tx Tx, by Actor, pay Payment, report PaymentReport) ([]Event, error) {
	if pay.State != PaymentSucceeded || report.Outcome != OutcomePaid || report.PaymentID != pay.ID {
		return nil, nil // what was never booked can't be taken back
	}
	if err := tx.SerializeCustomer(ctx, pay.CustomerID); err != nil {
		return nil, err
	}
	was, err := tx.ReceivableOf(ctx, ReceivableReturned, pay.ID)
	if err != nil && !IsNotFound(err) {
		return nil, err
	}
	if was.Revision == 0 {
		was = Receivable{CustomerID: pay.CustomerID, Kind: ReceivableReturned, Ref: pay.ID, Total: Money{0, pay.Amount.Currency}}
	}
	gone := report.Returned.Minor - was.Total.Minor
	switch {
	case gone == 0:
		return nil, nil
	case was.Revision != report.knew:
		return nil, errOvertaken
	case report.Returned.Minor != 0 && report.Returned.Currency != pay.Amount.Currency:
		return nil, Errorf(KindUnavailable, "other_currency", "The payment provider gave %s back of a payment of %s.", report.Returned, pay.Amount)
	case gone > 0:
		return e.bookGone(ctx, tx, by, pay, was, Money{gone, pay.Amount.Currency})
	}
	return e.bookRegained(ctx, tx, by, pay, was, Money{-gone, pay.Amount.Currency})
}

// part is one side of a posting with several.
type part struct {
	key   AccountKey
	minor int64
}

// postParts books several sides that sum to zero; sides of nothing are left out.
func (e *Engine) postParts(ctx context.Context, tx Tx, kind PostingKind, memo string, parts ...part) error {
	p := Posting{ID: e.id(PrefixPosting), Kind: kind, Ref: e.id(prefixMovement), Memo: memo, At: e.Now()}
	for _, side := range parts {
		if side.minor == 0 {
			continue
		}
		acc, err := tx.EnsureAccount(ctx, side.key)
		if err != nil {
			return err
		}
		p.Entries = append(p.Entries, Entry{ID: e.id(PrefixEntry), PostingID: p.ID, AccountID: acc.ID, Minor: side.minor, At: p.At})
	}
	return tx.Post(ctx, p)
}

// bookGone takes what went back from what is available; the rest is owed.
func (e *Engine) bookGone(ctx context.Context, tx Tx, by Actor, pay Payment, was Receivable, gone Money) ([]Event, error) {
	acc, err := tx.EnsureAccount(ctx, AccountKey{AccountCustomer, pay.CustomerID, gone.Currency})
	if err != nil {
		return nil, err
	}
	covered := max(0, min(gone.Minor, acc.Available().Minor))
	next := was
	next.Total.Minor += gone.Minor
	next.Open += gone.Minor - covered
	if err := e.postParts(ctx, tx, PostingReturn, "Payment went back at "+pay.Provider,
		part{AccountKey{AccountCustomer, pay.CustomerID, gone.Currency}, -covered},
		part{AccountKey{AccountReceivable, pay.CustomerID, gone.Currency}, covered - gone.Minor},
		part{AccountKey{AccountClearing, pay.Provider, gone.Currency}, gone.Minor}); err != nil {
		return nil, err
	}
	if next.ID == "" {
		next.ID = e.id(PrefixReceivable)
	}
	if next, err = e.putReceivable(ctx, tx, was, next); err != nil {
		return nil, err
	}
	owed := Money{gone.Minor - covered, gone.Currency}
	more := map[string]any{"payment": pay.ID, "provider": pay.Provider, "gone": gone.String(), "from_balance": Money{covered, gone.Currency}.String()}
	if err := tx.InsertAudit(ctx, e.receivableAudit(by, "payment.returned", was, next, more)); err != nil {
		return nil, err
	}
	ev := Event{ID: e.id(PrefixEvent), Kind: EventPaymentReturned, CustomerID: pay.CustomerID, Detail: gone.String(), At: e.Now()}
	events := []Event{ev}
	if owed.Minor > 0 {
		events = append(events, Event{ID: e.id(PrefixEvent), Kind: EventReceivableOpened, CustomerID: pay.CustomerID, Detail: owed.String(), At: e.Now()})
	}
	for _, ev := range events {
		if err := tx.InsertEvent(ctx, ev); err != nil {
			return nil, err
		}
	}
	data := map[string]any{"Paid": gone.String(), "Owed": owedWords(next.Owed())}
	if err := e.writeMoneyMail(ctx, tx, ev, "payment_returned", data); err != nil {
		return nil, err
	}
	return events, e.writeStaffMail(ctx, tx, ev, "payment_returned_staff", map[string]any{"Receivable": next.ID, "Provider": pay.Provider, "Ref": pay.Ref,
		"Payment": pay.ID, "Paid": gone.String(), "Owed": owedWords(next.Owed())})
}

// bookRegained takes money back that had gone: a dispute was won, a refund
// failed. It ends what is owed first, then what was written off; the rest is the
// customer's again.
func (e *Engine) bookRegained(ctx context.Context, tx Tx, by Actor, pay Payment, was Receivable, back Money) ([]Event, error) {
	open := min(back.Minor, was.Open)
	lost := min(back.Minor-open, was.WrittenOff)
	rest := back.Minor - open - lost
	next := was
	next.Total.Minor -= back.Minor
	next.Open -= open
	next.WrittenOff -= lost
	if err := e.postParts(ctx, tx, PostingReturn, "Payment came back from "+pay.Provider,
		part{AccountKey{AccountClearing, pay.Provider, back.Currency}, -back.Minor},
		part{AccountKey{AccountReceivable, pay.CustomerID, back.Currency}, open},
		part{AccountKey{AccountLoss, "", back.Currency}, lost},
		part{AccountKey{AccountCustomer, pay.CustomerID, back.Currency}, rest}); err != nil {
		return nil, err
	}
	next, err := e.putReceivable(ctx, tx, was, next)
	if err != nil {
		return nil, err
	}
	if err := tx.InsertAudit(ctx, e.receivableAudit(by, "payment.regained", was, next, map[string]any{"payment": pay.ID, "back": back.String()})); err != nil {
		return nil, err
	}
	ev := Event{ID: e.id(PrefixEvent), Kind: EventPaymentRegained, CustomerID: pay.CustomerID, Detail: back.String(), At: e.Now()}
	if err := tx.InsertEvent(ctx, ev); err != nil {
		return nil, err
	}
	if err := e.writeMoneyMail(ctx, tx, ev, "payment_regained", map[string]any{"Paid": back.String(), "Owed": owedWords(next.Owed())}); err != nil {
		return nil, err
	}
	return []Event{ev}, e.collect(ctx, tx, pay.CustomerID, back.Currency)
}
