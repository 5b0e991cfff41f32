package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/indera/indera/registrar"
)

type accountRow struct {
	ID       string `gorm:"column:id;primaryKey"`
	Kind     string `gorm:"column:kind"`
	Owner    string `gorm:"column:owner"`
	Currency string `gorm:"column:currency"`
	Balance  int64  `gorm:"column:balance"`
	Held     int64  `gorm:"column:held"`
}

// TableName names the table.
func (accountRow) TableName() string { return "accounts" }

func accountFromRow(r accountRow) registrar.Account {
	return registrar.Account{ID: r.ID, Kind: registrar.AccountKind(r.Kind), Owner: r.Owner, Currency: r.Currency, Balance: r.Balance, Held: r.Held}
}

type postingRow struct {
	ID     string  `gorm:"column:id;primaryKey"`
	Kind   string  `gorm:"column:kind"`
	Ref    string  `gorm:"column:ref"`
	Memo   string  `gorm:"column:memo"`
	Booked instant `gorm:"column:booked_at"`
}

// TableName names the table.
func (postingRow) TableName() string { return "postings" }

type entryRow struct {
	ID        string `gorm:"column:id;primaryKey"`
	PostingID string `gorm:"column:posting_id"`
	AccountID string `gorm:"column:account_id"`
	Minor     int64  `gorm:"column:minor"`
}

// TableName names the table.
func (entryRow) TableName() string { return "entries" }

type holdRow struct {
	ID        string   `gorm:"column:id;primaryKey"`
	AccountID string   `gorm:"column:account_id"`
	Ref       string   `gorm:"column:ref"`
	Minor     int64    `gorm:"column:minor"`
	State     string   `gorm:"column:state"`
	Created   instant  `gorm:"column:created_at"`
	Ended     *instant `gorm:"column:ended_at"`
}

// TableName names the table.
func (holdRow) TableName() string { return "holds" }

func holdFromRow(r holdRow) registrar.Hold {
	return registrar.Hold{ID: r.ID, AccountID: r.AccountID, Ref: r.Ref, Minor: r.Minor, State: registrar.HoldState(r.State),
		CreatedAt: r.Created.Time, EndedAt: timePtr(r.Ended)}
}

func (r reader) Account(ctx context.Context, key registrar.AccountKey) (registrar.Account, error) {
	row, err := one[accountRow](ctx, r, "account", "kind = ? AND owner = ? AND currency = ?", string(key.Kind), key.Owner, key.Currency)
	return accountFromRow(row), err
}

func (r reader) AccountByID(ctx context.Context, id string) (registrar.Account, error) {
	row, err := one[accountRow](ctx, r, "account", "id = ?", id)
	return accountFromRow(row), err
}

// Accounts lists the accounts of a kind; an empty kind means all.
func (r reader) Accounts(ctx context.Context, kind registrar.AccountKind, page registrar.Page) ([]registrar.Account, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	b := newest(branch{index: "PRIMARY"}, page)
	if kind != "" {
		b.index = "ix_accounts_kind_id"
		b = b.and("kind = ?", string(kind))
	}
	rows, err := listed[accountRow](ctx, r, []branch{b}, byIDDesc, page.Size())
	return convert(rows, accountFromRow), err
}

// entryOfPosting is an entry with what its posting says.
type entryOfPosting struct {
	Entry   entryRow   `gorm:"embedded"`
	Posting postingRow `gorm:"embedded;embeddedPrefix:p_"`
}

func (r reader) Entries(ctx context.Context, accountID string, page registrar.Page) ([]registrar.Entry, error) {
	if err := checkPage(page); err != nil || !plain(accountID) {
		return nil, err
	}
	b := newest(branch{where: "account_id = ?", args: []any{accountID}}, page)
	query := fmt.Sprintf("SELECT e.id, e.posting_id, e.account_id, e.minor, p.kind AS p_kind, p.ref AS p_ref, p.memo AS p_memo, p.booked_at AS p_booked_at "+
		"FROM (SELECT id, posting_id, account_id, minor FROM entries%s WHERE %s ORDER BY id DESC LIMIT %d) AS e "+
		"JOIN postings AS p ON p.id = e.posting_id ORDER BY e.id DESC", r.d.force("ix_entries_account_id_id_minor"), b.where, page.Size())
	var rows []entryOfPosting
	if err := r.q(ctx).Raw(query, b.args...).Scan(&rows).Error; err != nil {
		return nil, r.d.wrap("listing entries", err)
	}
	return convert(rows, func(row entryOfPosting) registrar.Entry {
		return registrar.Entry{ID: row.Entry.ID, PostingID: row.Entry.PostingID, AccountID: row.Entry.AccountID, Minor: row.Entry.Minor,
			At: row.Posting.Booked.Time, Kind: registrar.PostingKind(row.Posting.Kind), Ref: row.Posting.Ref, Memo: row.Posting.Memo}
	}), nil
}

func (r reader) OpenHolds(ctx context.Context, accountID string, page registrar.Page) ([]registrar.Hold, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	b := newest(branch{index: "ix_holds_account_id_state_id_minor", where: "account_id = ? AND state = ?", args: []any{accountID, string(registrar.HoldOpen)}}, page)
	rows, err := listed[holdRow](ctx, r, []branch{b}, byIDDesc, page.Size())
	return convert(rows, holdFromRow), err
}

func (t *transaction) EnsureAccount(ctx context.Context, key registrar.AccountKey) (registrar.Account, error) {
	a, err := t.Account(ctx, key)
	if err == nil || !registrar.IsNotFound(err) {
		return a, err
	}
	if key.Kind == "" || !registrar.ValidCurrency(key.Currency) {
		return registrar.Account{}, registrar.Errorf(registrar.KindInvalid, "bad_account", "An account needs a kind and a currency.")
	}
	row := accountRow{ID: registrar.NewID(t.clock, registrar.PrefixAccount), Kind: string(key.Kind), Owner: key.Owner, Currency: key.Currency}
	if _, err := t.insertFresh(ctx, "account", &row); err != nil {
		return registrar.Account{}, err
	}
	return t.Account(ctx, key) // ours, or the one that was faster
}

func (t *transaction) HoldFunds(ctx context.Context, h registrar.Hold) error {
	if h.Minor < 0 {
		return registrar.Errorf(registrar.KindInvalid, "bad_amount", "Less than nothing can not be set aside.")
	}
	ok, err := t.update(ctx, "account", &accountRow{}, map[string]any{"held": gorm.Expr("held + ?", h.Minor)},
		"id = ? AND balance - held >= ?", h.AccountID, h.Minor)
	if err != nil {
		return err
	}
	if !ok {
		if _, err := t.AccountByID(ctx, h.AccountID); err != nil {
			return err
		}
		return insufficient()
	}
	row := holdRow{ID: h.ID, AccountID: h.AccountID, Ref: h.Ref, Minor: h.Minor, State: string(registrar.HoldOpen), Created: at(h.CreatedAt)}
	return t.insert(ctx, "hold", &row)
}

func insufficient() error {
	return registrar.Errorf(registrar.KindInsufficientFunds, "insufficient_funds", "The balance is too small for this.")
}

func (t *transaction) EndHold(ctx context.Context, holdID string, to registrar.HoldState, when time.Time) (registrar.Hold, bool, error) {
	if to != registrar.HoldCaptured && to != registrar.HoldReleased {
		return registrar.Hold{}, false, registrar.Errorf(registrar.KindInvalid, "bad_state", "A hold ends captured or released.")
	}
	ended := at(when)
	ok, err := t.update(ctx, "hold", &holdRow{}, map[string]any{"state": string(to), "ended_at": ended},
		"id = ? AND state = ?", holdID, string(registrar.HoldOpen))
	if err != nil {
		return registrar.Hold{}, false, err
	}
	row, err := one[holdRow](ctx, t.reader, "hold", "id = ?", holdID)
	if err != nil || !ok {
		return holdFromRow(row), false, err
	}
	found, err := t.update(ctx, "account", &accountRow{}, map[string]any{"held": gorm.Expr("held - ?", row.Minor)},
		"id = ? AND held >= ?", row.AccountID, row.Minor)
	if err != nil {
		return registrar.Hold{}, false, err
	}
	if !found {
		return registrar.Hold{}, false, fmt.Errorf("ending hold %s: account %s holds less than %d", holdID, row.AccountID, row.Minor)
	}
	return holdFromRow(row), true, nil
}

// maxMinor keeps every sum of a posting inside int64.
const maxMinor = 1 << 53

func (t *transaction) Post(ctx context.Context, p registrar.Posting) error {
	deltas, err := t.balanced(ctx, p)
	if err != nil {
		return err
	}
	posting := postingRow{ID: p.ID, Kind: string(p.Kind), Ref: p.Ref, Memo: p.Memo, Booked: at(p.At)}
	if err := t.insert(ctx, "posting", &posting); err != nil {
		return err
	}
	entries := make([]entryRow, 0, len(p.Entries))
	for _, e := range p.Entries {
		if e.ID == "" {
			e.ID = registrar.NewID(t.clock, registrar.PrefixEntry)
		}
		entries = append(entries, entryRow{ID: e.ID, PostingID: p.ID, AccountID: e.AccountID, Minor: e.Minor})
	}
	if err := t.insert(ctx, "entries", &entries); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(deltas)) { // a fixed order: no deadlock between postings
		if _, err := t.update(ctx, "account", &accountRow{}, map[string]any{"balance": gorm.Expr("balance + ?", deltas[id])}, "id = ?", id); err != nil {
			return err
		}
		if deltas[id] < 0 {
			if t.debited == nil {
				t.debited = make(map[string]bool)
			}
			t.debited[id] = true
		}
	}
	return nil
}

// balanced checks a posting and returns what each account changes by.
func (t *transaction) balanced(ctx context.Context, p registrar.Posting) (map[string]int64, error) {
	bad := func(detail string) error { return registrar.Errorf(registrar.KindInvalid, "bad_posting", "%s", detail) }
	if len(p.Entries) < 2 || len(p.Entries) > 1000 {
		return nil, bad("A posting has at least two entries.")
	}
	deltas := make(map[string]int64)
	for _, e := range p.Entries {
		if e.Minor > maxMinor || e.Minor < -maxMinor {
			return nil, bad("The amount is too large.")
		}
		deltas[e.AccountID] += e.Minor
	}
	accounts, err := many[accountRow](ctx, t.reader, "accounts", "id", "id IN ?", slices.Collect(maps.Keys(deltas)))
	if err != nil {
		return nil, err
	}
	if len(accounts) != len(deltas) {
		return nil, notFound("account")
	}
	sums := make(map[string]int64)
	for _, a := range accounts {
		sums[a.Currency] += deltas[a.ID]
	}
	for currency, sum := range sums {
		if sum != 0 {
			return nil, bad(fmt.Sprintf("The entries in %s sum to %d, not to zero.", currency, sum))
		}
	}
	return deltas, nil
}

// checkDebited runs before the commit of a transaction that took money from
// accounts: no customer may have spent more than was there beside the holds.
// Looking only at the end lets a hold be captured before or after its posting.
func (t *transaction) checkDebited(ctx context.Context) error {
	if len(t.debited) == 0 {
		return nil
	}
	rows, err := many[accountRow](ctx, t.reader, "accounts", "id", "id IN ? AND kind = ? AND balance < held",
		slices.Collect(maps.Keys(t.debited)), string(registrar.AccountCustomer))
	if err != nil {
		return err
	}
	if len(rows) > 0 {
		return insufficient()
	}
	return nil
}
