package store_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/registrar/store/storetest"
)

// onAll runs a benchmark on SQLite as production would set it up, on SQLite
// without waiting for the disk, and on MariaDB.
func onAll(b *testing.B, f func(b *testing.B, s *store.Store)) {
	b.Run("sqlite durable", func(b *testing.B) {
		s, err := store.Open(b.Context(), store.Config{Driver: store.DriverSQLite, Path: filepath.Join(b.TempDir(), "x.db")})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { s.Close() })
		if err := s.Migrate(b.Context()); err != nil {
			b.Fatal(err)
		}
		f(b, s)
	})
	b.Run("sqlite relaxed", func(b *testing.B) { f(b, storetest.OpenSQLite(b, nil)) })
	b.Run("mariadb", func(b *testing.B) { f(b, storetest.OpenMySQL(b, nil)) })
}

func BenchmarkCreateInOwnTx(b *testing.B) {
	onAll(b, func(b *testing.B, s *store.Store) {
		for i := 0; b.Loop(); i++ {
			write(b, s, func(tx registrar.Tx) error {
				return tx.InsertEvent(b.Context(), registrar.Event{ID: fmt.Sprintf("evt_%09d", i), DomainID: "dom_1", At: noon})
			})
		}
	})
}

// BenchmarkPlaceOrder writes what one paid registration does.
func BenchmarkPlaceOrder(b *testing.B) {
	onAll(b, func(b *testing.B, s *store.Store) {
		ctx := b.Context()
		var customer registrar.Account
		write(b, s, func(tx registrar.Tx) (err error) {
			if customer, err = tx.EnsureAccount(ctx, registrar.AccountKey{Kind: registrar.AccountCustomer, Owner: "cus_1", Currency: "EUR"}); err != nil {
				return err
			}
			clearing, err := tx.EnsureAccount(ctx, registrar.AccountKey{Kind: registrar.AccountClearing, Currency: "EUR"})
			if err != nil {
				return err
			}
			return tx.Post(ctx, registrar.Posting{ID: "pst_1", Kind: registrar.PostingTopUp, Ref: "1", At: noon,
				Entries: []registrar.Entry{{AccountID: clearing.ID, Minor: -1 << 50}, {AccountID: customer.ID, Minor: 1 << 50}}})
		})
		for i := 0; b.Loop(); i++ {
			write(b, s, func(tx registrar.Tx) error { return placeOne(ctx, tx, i, customer.ID) })
		}
	})
}

func placeOne(ctx context.Context, tx registrar.Tx, i int, account string) error {
	d := aDomain(i, fmt.Sprintf("n%09d.shop", i), registrar.DomainPendingCreate)
	o := anOrder(i)
	o.Lines = o.Lines[:1]
	steps := []func() error{
		func() error { return tx.InsertDomain(ctx, d) },
		func() error { return tx.InsertOrder(ctx, o) },
		func() error {
			return tx.InsertOperation(ctx, registrar.Operation{ID: fmt.Sprintf("op_%03d", i), State: registrar.OpRunning, CreatedAt: noon})
		},
		func() error {
			return tx.InsertCommands(ctx, []registrar.Command{aCommand(i, registrar.VerbDomainCreate, d.Name, registrar.CommandQueued)})
		},
		func() error {
			return tx.HoldFunds(ctx, registrar.Hold{ID: fmt.Sprintf("hld_%d", i), AccountID: account, Ref: o.Lines[0].ID, Minor: 1, CreatedAt: noon})
		},
		func() error { return tx.InsertAudit(ctx, anEvent(i)) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func BenchmarkRegistration(b *testing.B) {
	onAll(b, func(b *testing.B, s *store.Store) {
		fill(b, s)
		for i := 0; b.Loop(); i++ {
			if _, err := s.Registration(b.Context(), fmt.Sprintf("n%d.shop", 100001+50*(i%90))); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkMyDomains(b *testing.B) {
	onAll(b, func(b *testing.B, s *store.Store) {
		fill(b, s)
		for b.Loop() {
			if _, err := s.Domains(b.Context(), registrar.DomainFilter{CustomerID: "cus_big"}, registrar.Page{After: "n102500.shop"}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
