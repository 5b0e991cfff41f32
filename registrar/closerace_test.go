package registrar_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
)

// between is a store that does something once in the middle of somebody else's
// work: before a transaction begins, or before it changes a name.
type between struct {
	registrar.Store
	once     sync.Once
	before   func()
	onUpdate func()
}

func (b *between) InTx(ctx context.Context, fn func(registrar.Tx) error) error {
	if b.before != nil {
		b.once.Do(b.before)
	}
	return b.Store.InTx(ctx, func(tx registrar.Tx) error { return fn(betweenTx{tx, b}) })
}

type betweenTx struct {
	registrar.Tx
	b *between
}

func (t betweenTx) UpdateDomain(ctx context.Context, d registrar.Domain) error {
	if t.b.onUpdate != nil {
		t.b.once.Do(t.b.onUpdate)
	}
	return t.Tx.UpdateDomain(ctx, d)
}

// TestFreeOrderMeetsClosing: an account is closed after an order that costs
// nothing was checked and before it is written.
func TestFreeOrderMeetsClosing(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		s := w.store
		ctx := t.Context()
		free := price("free", registrar.ActionRegister, 0)
		free.Cost.Minor = 0
		err := w.engine.ApplyCatalogue(ctx, registrar.System("test"), []registrar.TLD{{Name: "free", Registry: "mem", MinYears: 1, MaxYears: 1, MaxNameServers: 13, Active: true}}, []registrar.Price{free})
		if err != nil {
			t.Fatal(err)
		}
		bob, usr, err := w.engine.SignUp(ctx, registrar.Actor{}, registrar.SignUp{Name: "Bob", Email: "bob@example.org", Password: "correct horse"})
		if err != nil {
			t.Fatal(err)
		}
		by := registrar.Actor{Kind: registrar.ActorCustomer, ID: usr.ID}
		meets := w.newEngine(&between{Store: s, before: func() {
			if err := w.engine.CloseAccount(ctx, by, bob.ID); err != nil {
				t.Errorf("closing: %v", err)
			}
		}}, "second")
		req := w.registration("garden.free", 1)
		req.CustomerID = bob.ID
		_, _, err = meets.PlaceOrder(ctx, by, req)
		wantKind(t, err, registrar.KindForbidden, "account_closed")
		names, err := s.Domains(ctx, registrar.DomainFilter{CustomerID: bob.ID}, registrar.Page{Limit: 10})
		if err != nil || len(names) != 0 {
			t.Errorf("names of a closed account: %+v, %v", names, err)
		}
	})
}

// TestMoveMeetsClosing: the receiving account can't be closed while a name is on
// its way into it.
func TestMoveMeetsClosing(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		s := w.store
		hedy := member(t, s, registrar.RoleStaffOwner, "hedy")
		ctx := t.Context()
		w.work(w.engine)
		d := w.own("garden.shop")
		bob, usr, err := w.engine.SignUp(ctx, registrar.Actor{}, registrar.SignUp{Name: "Bob", Email: "bob@example.org", Password: "correct horse"})
		if err != nil {
			t.Fatal(err)
		}
		a, err := w.engine.AskDomainMove(ctx, staff, d.ID, bob.ID, "sold")
		if err != nil {
			t.Fatal(err)
		}
		tried := false
		meets := w.newEngine(&between{Store: s, onUpdate: func() {
			short, cancel := context.WithTimeout(ctx, 300*time.Millisecond) // it has to wait for the move
			defer cancel()
			tried = true
			if err := w.engine.CloseAccount(short, registrar.Actor{Kind: registrar.ActorCustomer, ID: usr.ID}, bob.ID); err == nil {
				t.Error("the account was closed under the name")
			}
		}}, "second")
		if _, err := meets.Approve(ctx, hedy, a.ID, ""); err != nil {
			t.Fatal(err)
		}
		cus, err := s.Customer(ctx, bob.ID)
		if err != nil || cus.ClosedAt != nil || !tried {
			t.Errorf("customer %+v, %v, tried %t", cus, err, tried)
		}
		wantKind(t, w.engine.CloseAccount(ctx, registrar.Actor{Kind: registrar.ActorCustomer, ID: usr.ID}, bob.ID), registrar.KindConflict, "names_live")
	})
}
