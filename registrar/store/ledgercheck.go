package store

import (
	"context"
	"fmt"

	"github.com/indera/indera/registrar"
)

// checkPageSize is how many rows one statement of a check reads. Each statement
// sees one moment, so a check may run beside live postings.
const checkPageSize = 200

// CheckLedger implements registrar.Reader.
func (r reader) CheckLedger(ctx context.Context, report func(registrar.LedgerProblem)) error {
	checks := []func(context.Context, string, func(registrar.LedgerProblem)) (string, error){
		r.checkAccounts, r.checkPostings, r.checkEntries, r.checkHolds, r.checkLines, r.checkReceivables,
	}
	for _, check := range checks {
		for after := ""; ; {
			last, err := check(ctx, after, report)
			if err != nil {
				return err
			}
			if last == "" {
				break
			}
			after = last
		}
	}
	return nil
}

// checkAccounts compares cached figures with their parts, one page of accounts
// per statement, and returns the last id or "" at the end.
func (r reader) checkAccounts(ctx context.Context, after string, report func(registrar.LedgerProblem)) (string, error) {
	var rows []struct {
		ID      string
		Kind    string
		Balance int64
		Held    int64
		Entries int64
		Holds   int64
	}
	err := r.q(ctx).Raw("SELECT a.id, a.kind, a.balance, a.held, "+
		"(SELECT COALESCE(SUM(e.minor), 0) FROM entries AS e WHERE e.account_id = a.id) AS entries, "+
		"(SELECT COALESCE(SUM(h.minor), 0) FROM holds AS h WHERE h.account_id = a.id AND h.state = ?) AS holds "+
		"FROM accounts AS a WHERE a.id > ? ORDER BY a.id LIMIT ?", string(registrar.HoldOpen), after, checkPageSize).Scan(&rows).Error
	if err != nil {
		return "", r.d.wrap("checking accounts", err)
	}
	last := ""
	for _, a := range rows {
		last = a.ID
		tell := func(format string, args ...any) {
			report(registrar.LedgerProblem{Subject: "account " + a.ID, Detail: fmt.Sprintf(format, args...)})
		}
		if a.Balance != a.Entries {
			tell("balance is %d but its entries sum to %d", a.Balance, a.Entries)
		}
		if a.Held != a.Holds {
			tell("held is %d but its open holds sum to %d", a.Held, a.Holds)
		}
		if a.Kind == string(registrar.AccountCustomer) && a.Balance < a.Held {
			tell("balance %d is less than held %d", a.Balance, a.Held)
		}
	}
	return last, nil
}

// checkPostings proves that each posting sums to zero in each currency.
func (r reader) checkPostings(ctx context.Context, after string, report func(registrar.LedgerProblem)) (string, error) {
	var rows []struct {
		ID       string
		Currency *string // nil: no entries, or an entry on an unknown account
		N        int
		Total    int64
	}
	err := r.q(ctx).Raw("SELECT p.id, a.currency, COUNT(e.id) AS n, COALESCE(SUM(e.minor), 0) AS total "+
		"FROM (SELECT id FROM postings WHERE id > ? ORDER BY id LIMIT ?) AS p "+
		"LEFT JOIN entries AS e ON e.posting_id = p.id LEFT JOIN accounts AS a ON a.id = e.account_id "+
		"GROUP BY p.id, a.currency ORDER BY p.id", after, checkPageSize).Scan(&rows).Error
	if err != nil {
		return "", r.d.wrap("checking postings", err)
	}
	last := ""
	for _, p := range rows {
		last = p.ID
		tell := func(detail string) { report(registrar.LedgerProblem{Subject: "posting " + p.ID, Detail: detail}) }
		switch {
		case p.N == 0:
			tell("has no entries")
		case p.Currency == nil:
			tell("has an entry on an unknown account")
		case p.Total != 0:
			tell(fmt.Sprintf("its entries in %s sum to %d", *p.Currency, p.Total))
		}
	}
	return last, nil
}

// checkEntries finds entries without a posting.
func (r reader) checkEntries(ctx context.Context, after string, report func(registrar.LedgerProblem)) (string, error) {
	return r.orphans(ctx, "entry", "has no posting", report, "SELECT e.id, p.id AS parent FROM (SELECT id, posting_id FROM entries WHERE id > ? ORDER BY id LIMIT ?) AS e "+
		"LEFT JOIN postings AS p ON p.id = e.posting_id ORDER BY e.id", after)
}

// checkHolds finds holds without an account.
func (r reader) checkHolds(ctx context.Context, after string, report func(registrar.LedgerProblem)) (string, error) {
	return r.orphans(ctx, "hold", "has no account", report, "SELECT h.id, a.id AS parent FROM (SELECT id, account_id FROM holds WHERE id > ? ORDER BY id LIMIT ?) AS h "+
		"LEFT JOIN accounts AS a ON a.id = h.account_id ORDER BY h.id", after)
}

// lineBooks is what the books must hold of an order line in each state.
var lineBooks = map[registrar.LineState]struct {
	hold  registrar.HoldState
	sales int
	costs int
}{
	registrar.LineOpen:   {registrar.HoldOpen, 0, 0},
	registrar.LineDone:   {registrar.HoldCaptured, 1, 1},
	registrar.LineFailed: {registrar.HoldReleased, 0, 0},
}

// checkLines proves that each order line is held, charged and paid for as far as
// it is done, and no further.
func (r reader) checkLines(ctx context.Context, after string, report func(registrar.LedgerProblem)) (string, error) {
	var rows []struct {
		ID    string
		State string
		Price int64
		Hold  *string // nil: no hold
		Held  int64
		Sales int
		Costs int
	}
	err := r.q(ctx).Raw("SELECT l.id, l.state, l.price_minor AS price, h.state AS hold, COALESCE(h.minor, 0) AS held, "+
		"(SELECT COUNT(*) FROM postings AS p WHERE p.kind = ? AND p.ref = l.id) AS sales, "+
		"(SELECT COUNT(*) FROM commands AS c JOIN postings AS p ON p.kind = ? AND p.ref = c.id WHERE c.operation_id = l.operation_id) AS costs "+
		"FROM (SELECT id, state, price_minor, hold_id, operation_id FROM order_lines WHERE id > ? ORDER BY id LIMIT ?) AS l "+
		"LEFT JOIN holds AS h ON h.id = l.hold_id ORDER BY l.id",
		string(registrar.PostingSale), string(registrar.PostingRegistryCost), after, checkPageSize).Scan(&rows).Error
	if err != nil {
		return "", r.d.wrap("checking order lines", err)
	}
	last := ""
	for _, l := range rows {
		last = l.ID
		tell := func(format string, args ...any) {
			report(registrar.LedgerProblem{Subject: "order line " + l.ID, Detail: fmt.Sprintf(format, args...)})
		}
		want := lineBooks[registrar.LineState(l.State)]
		switch {
		case l.Hold == nil:
			tell("has no hold")
		case *l.Hold != string(want.hold):
			tell("is %s but its hold is %s", l.State, *l.Hold)
		case l.Held != l.Price:
			tell("costs %d but %d were held", l.Price, l.Held)
		}
		if l.Sales != want.sales {
			tell("is %s and charged %d times", l.State, l.Sales)
		}
		if l.Costs != want.costs {
			tell("is %s and its registry cost is booked %d times", l.State, l.Costs)
		}
	}
	return last, nil
}

func (r reader) orphans(ctx context.Context, noun, problem string, report func(registrar.LedgerProblem), query, after string) (string, error) {
	var rows []struct {
		ID     string
		Parent *string
	}
	if err := r.q(ctx).Raw(query, after, checkPageSize).Scan(&rows).Error; err != nil {
		return "", r.d.wrap("checking the ledger", err)
	}
	last := ""
	for _, row := range rows {
		last = row.ID
		if row.Parent == nil {
			report(registrar.LedgerProblem{Subject: noun + " " + row.ID, Detail: problem})
		}
	}
	return last, nil
}
