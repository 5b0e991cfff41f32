package registrar

import (
	"context"
	"fmt"
)

// Balance returns a customer's account in its own currency.
func (e *Engine) Balance(ctx context.Context, customerID string) (Account, error) {
	cus, err := e.store.Customer(ctx, customerID)
	if err != nil {
		return Account{}, err
	}
	acc, err := e.store.Account(ctx, AccountKey{AccountCustomer, customerID, cus.Currency})
	if IsNotFound(err) {
		return Account{Kind: AccountCustomer, Owner: customerID, Currency: cus.Currency}, nil
	}
	return acc, err
}

// maxTestTopUp bounds one test top-up, in minor units.
const maxTestTopUp = 1_000_000

// TestTopUp adds play money. It exists only where Sandbox is set; ref makes a
// repeated request harmless: the second books nothing and is no error.
func (e *Engine) TestTopUp(ctx context.Context, by Actor, customerID string, amount Money, ref string) error {
	if !e.opt.Sandbox {
		return Errorf(KindForbidden, "not_sandbox", "Test money exists in the sandbox only.")
	}
	if amount.Minor <= 0 || amount.Minor > maxTestTopUp {
		return InvalidField("amount", "bad_amount", "Please choose an amount up to %s.", Money{maxTestTopUp, amount.Currency})
	}
	cus, err := e.store.Customer(ctx, customerID)
	if err != nil {
		return err
	}
	if amount.Currency != cus.Currency {
		return InvalidField("amount", "bad_currency", "Your account is kept in %s.", cus.Currency)
	}
	ev := Event{ID: e.id(PrefixEvent), Kind: EventBalanceToppedUp, CustomerID: customerID, Detail: amount.String(), At: e.Now()}
	err = e.store.InTx(ctx, func(tx Tx) error {
		if _, err := e.openCustomer(ctx, tx, customerID); err != nil {
			return err
		}
		if err := e.postTransfer(ctx, tx, PostingTopUp, ref, "Test top-up",
			AccountKey{AccountClearing, "test", amount.Currency}, AccountKey{AccountCustomer, customerID, amount.Currency}, amount); err != nil {
			return err
		}
		audit := e.audit(by, "balance.test_top_up", "customer", customerID, "", nil, map[string]any{"amount": amount.String(), "ref": ref})
		audit.Retention = RetainTransaction
		if err := tx.InsertAudit(ctx, audit); err != nil {
			return err
		}
		return tx.InsertEvent(ctx, ev)
	})
	if isDuplicate(err) {
		return nil // (kind, ref) was booked before
	}
	if err != nil {
		return fmt.Errorf("topping up: %w", err)
	}
	e.notice.publish(ev)
	return nil
}

// postTransfer books amount from one account to another.
func (e *Engine) postTransfer(ctx context.Context, tx Tx, kind PostingKind, ref, memo string, from, to AccountKey, amount Money) error {
	src, err := tx.EnsureAccount(ctx, from)
	if err != nil {
		return err
	}
	dst, err := tx.EnsureAccount(ctx, to)
	if err != nil {
		return err
	}
	p := Posting{ID: e.id(PrefixPosting), Kind: kind, Ref: ref, Memo: memo, At: e.Now()}
	p.Entries = []Entry{
		{ID: e.id(PrefixEntry), PostingID: p.ID, AccountID: src.ID, Minor: -amount.Minor, At: p.At},
		{ID: e.id(PrefixEntry), PostingID: p.ID, AccountID: dst.ID, Minor: amount.Minor, At: p.At},
	}
	if err := tx.Post(ctx, p); err != nil || to.Kind != AccountCustomer {
		return err
	}
	return e.collect(ctx, tx, to.Owner, to.Currency) // what is owed goes first
}
