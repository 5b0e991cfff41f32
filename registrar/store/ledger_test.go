package store_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

// books is a small ledger: a customer with funds and the accounts around.
type books struct {
	t                           *testing.T
	s                           *store.Store
	customer, clearing, revenue registrar.Account
	foreign                     registrar.Account
}

func openBooks(t *testing.T, s *store.Store, funds int64) *books {
	t.Helper()
	b := &books{t: t, s: s}
	write(t, s, func(tx registrar.Tx) error {
		for _, a := range []struct {
			into *registrar.Account
			key  registrar.AccountKey
		}{
			{&b.customer, registrar.AccountKey{Kind: registrar.AccountCustomer, Owner: "cus_001", Currency: "EUR"}},
			{&b.clearing, registrar.AccountKey{Kind: registrar.AccountClearing, Currency: "EUR"}},
			{&b.revenue, registrar.AccountKey{Kind: registrar.AccountRevenue, Currency: "EUR"}},
			{&b.foreign, registrar.AccountKey{Kind: registrar.AccountRevenue, Currency: "USD"}},
		} {
			var err error
			if *a.into, err = tx.EnsureAccount(t.Context(), a.key); err != nil {
				return err
			}
		}
		return nil
	})
	if funds > 0 {
		write(t, s, func(tx registrar.Tx) error {
			return tx.Post(t.Context(), b.posting(1, registrar.PostingTopUp, b.clearing, b.customer, funds))
		})
	}
	return b
}

// posting moves minor from one account to another.
func (b *books) posting(n int, kind registrar.PostingKind, from, to registrar.Account, minor int64) registrar.Posting {
	id := fmt.Sprintf("pst_%03d", n)
	return registrar.Posting{ID: id, Kind: kind, Ref: fmt.Sprintf("ref_%03d", n), Memo: "für Ünal", At: noon,
		Entries: []registrar.Entry{{ID: fmt.Sprintf("ent_%03d_a", n), AccountID: from.ID, Minor: -minor}, {ID: fmt.Sprintf("ent_%03d_b", n), AccountID: to.ID, Minor: minor}}}
}

func (b *books) hold(n int, minor int64) registrar.Hold {
	return registrar.Hold{ID: fmt.Sprintf("hld_%03d", n), AccountID: b.customer.ID, Ref: fmt.Sprintf("lin_%03d", n), Minor: minor, CreatedAt: noon.UTC()}
}

func (b *books) holdFunds(h registrar.Hold) func(registrar.Tx) error {
	return func(tx registrar.Tx) error { return tx.HoldFunds(b.t.Context(), h) }
}

func (b *books) want(balance, held int64) {
	b.t.Helper()
	a := must[registrar.Account](b.t)(b.s.AccountByID(b.t.Context(), b.customer.ID))
	if a.Balance != balance || a.Held != held {
		b.t.Fatalf("balance %d held %d, want %d and %d", a.Balance, a.Held, balance, held)
	}
}

func (b *books) problems() []string {
	b.t.Helper()
	out := []string{}
	err := b.s.CheckLedger(b.t.Context(), func(p registrar.LedgerProblem) { out = append(out, p.Subject+": "+p.Detail) })
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

func TestAccounts(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		b := openBooks(t, s, 1000)
		key := registrar.AccountKey{Kind: registrar.AccountCustomer, Owner: "cus_001", Currency: "EUR"}
		want := b.customer
		want.Balance = 1000
		same(t, must[registrar.Account](t)(s.Account(ctx, key)), want)
		write(t, s, func(tx registrar.Tx) error {
			again, err := tx.EnsureAccount(ctx, key)
			same(t, again, want)
			return err
		})
		key.Currency = "USD"
		_, err := s.Account(ctx, key)
		wantError(t, err, registrar.KindNotFound, "not_found")
		refused(t, s, registrar.KindInvalid, "bad_account", func(tx registrar.Tx) error {
			_, err := tx.EnsureAccount(ctx, registrar.AccountKey{Kind: registrar.AccountCustomer, Owner: "x", Currency: "eur"})
			return err
		})
		id := func(a registrar.Account) string { return a.ID }
		revenue := walk(t, 1, func(p registrar.Page) ([]registrar.Account, error) {
			return s.Accounts(ctx, registrar.AccountRevenue, p)
		}, id)
		all := walk(t, 3, func(p registrar.Page) ([]registrar.Account, error) { return s.Accounts(ctx, "", p) }, id)
		if len(revenue) != 2 || len(all) != 4 {
			t.Errorf("%d revenue accounts of %d", len(revenue), len(all))
		}
	})
}

func TestEnsureAccountRace(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		const n = 8
		got := make([]registrar.Account, n)
		errs := make([]error, n)
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				errs[i] = s.InTx(t.Context(), func(tx registrar.Tx) (err error) {
					got[i], err = tx.EnsureAccount(t.Context(), registrar.AccountKey{Kind: registrar.AccountRevenue, Currency: "EUR"})
					return err
				})
			})
		}
		wg.Wait()
		for i := range n {
			if errs[i] != nil || got[i].ID != got[0].ID || got[i].ID == "" {
				t.Errorf("%d: %+v, %v", i, got[i], errs[i])
			}
		}
	})
}

func TestHolds(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		b := openBooks(t, s, 1000)
		write(t, s, b.holdFunds(b.hold(1, 600)))
		refused(t, s, registrar.KindInsufficientFunds, "insufficient_funds", b.holdFunds(b.hold(2, 401)))
		write(t, s, b.holdFunds(b.hold(2, 400)))
		refused(t, s, registrar.KindInsufficientFunds, "insufficient_funds", b.holdFunds(b.hold(3, 1)))
		write(t, s, b.holdFunds(b.hold(3, 0))) // what costs nothing is always possible
		b.want(1000, 1000)
		refused(t, s, registrar.KindInvalid, "bad_amount", b.holdFunds(b.hold(4, -1)))
		stranger := b.hold(4, 1)
		stranger.AccountID = "acc_none"
		refused(t, s, registrar.KindNotFound, "not_found", b.holdFunds(stranger))
		twice := b.hold(4, 0)
		twice.Ref = "lin_001"
		refused(t, s, registrar.KindConflict, "duplicate", b.holdFunds(twice))

		end := func(id string, to registrar.HoldState) (h registrar.Hold, ok bool) {
			write(t, s, func(tx registrar.Tx) (err error) {
				h, ok, err = tx.EndHold(ctx, id, to, noon)
				return err
			})
			return h, ok
		}
		h, ok := end("hld_001", registrar.HoldReleased)
		want := b.hold(1, 600)
		want.State, want.EndedAt = registrar.HoldReleased, utc(noon)
		same(t, h, want)
		if !ok {
			t.Error("an open hold did not end")
		}
		if h, ok = end("hld_001", registrar.HoldCaptured); ok || h.State != registrar.HoldReleased {
			t.Errorf("a hold ended twice: %+v", h)
		}
		b.want(1000, 400)
		refused(t, s, registrar.KindNotFound, "not_found", func(tx registrar.Tx) error {
			_, _, err := tx.EndHold(ctx, "hld_none", registrar.HoldReleased, noon)
			return err
		})
		refused(t, s, registrar.KindInvalid, "bad_state", func(tx registrar.Tx) error {
			_, _, err := tx.EndHold(ctx, "hld_002", registrar.HoldOpen, noon)
			return err
		})
		open := walk(t, 1, func(p registrar.Page) ([]registrar.Hold, error) { return s.OpenHolds(ctx, b.customer.ID, p) },
			func(h registrar.Hold) string { return h.ID })
		same(t, open, []string{"hld_003", "hld_002"})
		same(t, b.problems(), []string{})
	})
}

func TestCaptureInEitherOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		b := openBooks(t, s, 1000)
		write(t, s, b.holdFunds(b.hold(1, 700)))
		write(t, s, b.holdFunds(b.hold(2, 300)))
		write(t, s, func(tx registrar.Tx) error { // posting first
			if err := tx.Post(ctx, b.posting(2, registrar.PostingSale, b.customer, b.revenue, 700)); err != nil {
				return err
			}
			_, _, err := tx.EndHold(ctx, "hld_001", registrar.HoldCaptured, noon)
			return err
		})
		write(t, s, func(tx registrar.Tx) error { // hold first
			if _, _, err := tx.EndHold(ctx, "hld_002", registrar.HoldCaptured, noon); err != nil {
				return err
			}
			return tx.Post(ctx, b.posting(3, registrar.PostingSale, b.customer, b.revenue, 300))
		})
		b.want(0, 0)
		same(t, b.problems(), []string{})
	})
}

func TestPostRefuses(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		b := openBooks(t, s, 1000)
		write(t, s, b.holdFunds(b.hold(1, 400)))
		good := func() registrar.Posting { return b.posting(2, registrar.PostingSale, b.customer, b.revenue, 600) }
		for what, c := range map[string]struct {
			kind   registrar.Kind
			code   string
			change func(*registrar.Posting)
		}{
			"one entry":       {registrar.KindInvalid, "bad_posting", func(p *registrar.Posting) { p.Entries = p.Entries[:1] }},
			"unbalanced":      {registrar.KindInvalid, "bad_posting", func(p *registrar.Posting) { p.Entries[0].Minor-- }},
			"two currencies":  {registrar.KindInvalid, "bad_posting", func(p *registrar.Posting) { p.Entries[1].AccountID = b.foreign.ID }},
			"overflow":        {registrar.KindInvalid, "bad_posting", func(p *registrar.Posting) { p.Entries[0].Minor, p.Entries[1].Minor = -1<<62, 1<<62 }},
			"unknown account": {registrar.KindNotFound, "not_found", func(p *registrar.Posting) { p.Entries[1].AccountID = "acc_none" }},
			"spends what is held": {registrar.KindInsufficientFunds, "insufficient_funds", func(p *registrar.Posting) {
				p.Entries[0].Minor, p.Entries[1].Minor = -601, 601
			}},
			"same fact again": {registrar.KindConflict, "duplicate", func(p *registrar.Posting) { p.Kind, p.Ref = registrar.PostingTopUp, "ref_001" }},
		} {
			p := good()
			c.change(&p)
			t.Run(what, func(t *testing.T) {
				refused(t, s, c.kind, c.code, func(tx registrar.Tx) error { return tx.Post(ctx, p) })
			})
		}
		b.want(1000, 400)
		write(t, s, func(tx registrar.Tx) error { return tx.Post(ctx, good()) })
		b.want(400, 400)
		entries := must[[]registrar.Entry](t)(s.Entries(ctx, b.customer.ID, registrar.Page{Limit: 1}))
		want := registrar.Entry{ID: "ent_002_a", PostingID: "pst_002", AccountID: b.customer.ID, Minor: -600, At: noon.UTC(), Kind: registrar.PostingSale, Ref: "ref_002", Memo: "für Ünal"}
		same(t, entries, []registrar.Entry{want})
		rest := must[[]registrar.Entry](t)(s.Entries(ctx, b.customer.ID, registrar.Page{After: "ent_002_a"}))
		same(t, ids(rest, func(e registrar.Entry) string { return e.ID }), []string{"ent_001_b"})
		same(t, b.problems(), []string{})
	})
}

// TestSpendingRace lets many orders race for funds that suffice for ten.
func TestSpendingRace(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		b := openBooks(t, s, 1000)
		const orders = 30
		errs := make([]error, orders)
		var wg sync.WaitGroup
		for i := range orders {
			wg.Go(func() {
				if errs[i] = s.InTx(ctx, b.holdFunds(b.hold(i, 100))); errs[i] != nil {
					return
				}
				errs[i] = s.InTx(ctx, func(tx registrar.Tx) error {
					if _, _, err := tx.EndHold(ctx, b.hold(i, 100).ID, registrar.HoldCaptured, noon); err != nil {
						return err
					}
					return tx.Post(ctx, b.posting(100+i, registrar.PostingSale, b.customer, b.revenue, 100))
				})
			})
		}
		wg.Wait()
		done := 0
		for _, err := range errs {
			if err == nil {
				done++
				continue
			}
			wantError(t, err, registrar.KindInsufficientFunds, "insufficient_funds")
		}
		if done != 10 {
			t.Errorf("%d orders were paid with funds for 10", done)
		}
		b.want(0, 0)
		same(t, b.problems(), []string{})
	})
}

func TestCheckLedgerFindsEachFault(t *testing.T) {
	faults := []struct{ what, sql, want string }{
		{"balance", "UPDATE accounts SET balance = balance + 1 WHERE kind = 'customer'", "balance is 1001 but its entries sum to 1000"},
		{"held", "UPDATE accounts SET held = held - 1 WHERE kind = 'customer'", "held is 399 but its open holds sum to 400"},
		{"overdrawn", "UPDATE holds SET minor = 2000", "held is 400 but its open holds sum to 2000"},
		{"spent what is held", "UPDATE accounts SET held = 1001 WHERE kind = 'customer'", "balance 1000 is less than held 1001"},
		{"entry changed", "UPDATE entries SET minor = 999 WHERE minor = 1000", "its entries in EUR sum to -1"},
		{"entries gone", "DELETE FROM entries", "has no entries"},
		{"posting gone", "DELETE FROM postings", "has no posting"},
		{"account gone", "DELETE FROM accounts WHERE kind = 'clearing'", "has an entry on an unknown account"},
		{"account of hold gone", "DELETE FROM accounts WHERE kind = 'customer'", "has no account"},
	}
	onBoth(t, func(t *testing.T, s *store.Store) {
		b := openBooks(t, s, 1000)
		write(t, s, b.holdFunds(b.hold(1, 400)))
		same(t, b.problems(), []string{})
		for _, f := range faults {
			t.Run(f.what, func(t *testing.T) {
				undo := copyLedger(t, s)
				if _, err := s.SQL().ExecContext(t.Context(), f.sql); err != nil {
					t.Fatal(err)
				}
				if got := strings.Join(b.problems(), "\n"); !strings.Contains(got, f.want) {
					t.Errorf("problems:\n%s\nwant: %s", got, f.want)
				}
				undo()
				same(t, b.problems(), []string{})
			})
		}
	})
}

// copyLedger keeps the ledger's tables aside and returns what puts them back.
func copyLedger(t *testing.T, s *store.Store) (undo func()) {
	t.Helper()
	run := func(query string) {
		t.Helper()
		if _, err := s.SQL().ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	tables := []string{"accounts", "postings", "entries", "holds"}
	for _, table := range tables {
		run("CREATE TABLE copy_" + table + " AS SELECT * FROM " + table)
	}
	return func() {
		t.Helper()
		for _, table := range tables {
			run("DELETE FROM " + table)
			run("INSERT INTO " + table + " SELECT * FROM copy_" + table)
			run("DROP TABLE copy_" + table)
		}
	}
}

// TestCheckLedgerReadsAllPages spreads a fault beyond the first page.
func TestCheckLedgerReadsAllPages(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		b := openBooks(t, s, 1000)
		write(t, s, func(tx registrar.Tx) error {
			for i := range 450 {
				if err := tx.Post(ctx, b.posting(1000+i, registrar.PostingTopUp, b.clearing, b.customer, 1)); err != nil {
					return err
				}
			}
			return nil
		})
		same(t, b.problems(), []string{})
		if _, err := s.SQL().ExecContext(ctx, "DELETE FROM entries WHERE posting_id = 'pst_1449'"); err != nil {
			t.Fatal(err)
		}
		got := strings.Join(b.problems(), "\n")
		for _, want := range []string{"posting pst_1449: has no entries", "balance is 1450 but its entries sum to 1449"} {
			if !strings.Contains(got, want) {
				t.Errorf("problems:\n%s\nwant: %s", got, want)
			}
		}
	})
}
