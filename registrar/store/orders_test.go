package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func anOrder(n int) registrar.Order {
	eur := func(minor int64) registrar.Money { return registrar.Money{Minor: minor, Currency: "EUR"} }
	id := fmt.Sprintf("ord_%03d", n)
	return registrar.Order{ID: id, CustomerID: "cus_001", State: registrar.OrderPaid, Total: eur(2700), PlacedAt: noon.UTC(),
		Agreement: registrar.Agreement{Version: "2026-1", Language: "de", IP: "2001:db8::1", At: noon.UTC()},
		PlacedBy:  registrar.Actor{Kind: registrar.ActorCustomer, ID: "usr_1", IP: "2001:db8::1", RequestID: "req-1"},
		Lines: []registrar.OrderLine{
			{ID: id + "_b", OrderID: id, Action: registrar.ActionRegister, Domain: "b.shop", DomainID: "dom_2", Years: 2, Price: eur(2400),
				Cost: registrar.Money{Minor: 1800, Currency: "USD"}, State: registrar.LineOpen, HoldID: "hld_2", OperationID: "op_2"},
			{ID: id + "_a", OrderID: id, Action: registrar.ActionRenew, Domain: "a.shop", DomainID: "dom_1", Years: 1, Price: eur(300),
				Cost: registrar.Money{Minor: 200, Currency: "USD"}, State: registrar.LineOpen, HoldID: "hld_1", OperationID: "op_1"},
		}}
}

func TestOrders(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		for n := 1; n <= 3; n++ {
			o := anOrder(n)
			if n == 3 {
				o.CustomerID, o.Agreement, o.Lines = "cus_002", registrar.Agreement{}, nil
			}
			write(t, s, func(tx registrar.Tx) error { return tx.InsertOrder(ctx, o) })
		}
		want := anOrder(1)
		same(t, must[registrar.Order](t)(s.Order(ctx, "ord_001")), want) // lines in their order
		same(t, must[[]registrar.Order](t)(s.Orders(ctx, "cus_001", registrar.Page{})), []registrar.Order{anOrder(2), want})
		key := func(o registrar.Order) string { return o.ID }
		same(t, walk(t, 1, func(p registrar.Page) ([]registrar.Order, error) { return s.Orders(ctx, "", p) }, key), []string{"ord_003", "ord_002", "ord_001"})

		end := func(to registrar.LineState, why string) (ok bool) {
			write(t, s, func(tx registrar.Tx) (err error) {
				ok, err = tx.EndLine(ctx, "ord_001_a", to, why)
				return err
			})
			return ok
		}
		if !end(registrar.LineFailed, "Der Name ist vergeben.") || end(registrar.LineDone, "") {
			t.Error("a line ends once")
		}
		write(t, s, func(tx registrar.Tx) error { return tx.SetOrderState(ctx, "ord_001", registrar.OrderPartly) })
		want.State, want.Lines[1].State, want.Lines[1].Failure = registrar.OrderPartly, registrar.LineFailed, "Der Name ist vergeben."
		same(t, must[registrar.Order](t)(s.Order(ctx, "ord_001")), want)
		refused(t, s, registrar.KindNotFound, "not_found", func(tx registrar.Tx) error { return tx.SetOrderState(ctx, "ord_9", registrar.OrderPartly) })
		refused(t, s, registrar.KindConflict, "duplicate", func(tx registrar.Tx) error { return tx.InsertOrder(ctx, want) })
	})
}

func TestOperations(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		op := func(n int) registrar.Operation {
			return registrar.Operation{ID: fmt.Sprintf("op_%03d", n), Kind: registrar.OpRegister, CustomerID: "cus_001", Domain: "a.shop", DomainID: "dom_1",
				OrderID: "ord_1", LineID: "lin_1", State: registrar.OpRunning, By: registrar.Actor{Kind: registrar.ActorToken, ID: "tok_1", IP: "192.0.2.1"}, CreatedAt: noon.UTC()}
		}
		states := []registrar.OperationState{registrar.OpRunning, registrar.OpSucceeded, registrar.OpFailed, registrar.OpNeedsReview, registrar.OpRunning}
		for i, st := range states {
			o := op(i + 1)
			o.State = st
			if i == 4 {
				o.CustomerID, o.DomainID = "cus_002", "dom_2"
			}
			write(t, s, func(tx registrar.Tx) error { return tx.InsertOperation(ctx, o) })
		}
		same(t, must[registrar.Operation](t)(s.Operation(ctx, "op_001")), op(1))
		final := []registrar.OperationState{registrar.OpSucceeded, registrar.OpFailed}
		for _, c := range []struct {
			filter registrar.OperationFilter
			want   []string
		}{
			{registrar.OperationFilter{}, []string{"op_005", "op_004", "op_003", "op_002", "op_001"}},
			{registrar.OperationFilter{CustomerID: "cus_001"}, []string{"op_004", "op_003", "op_002", "op_001"}},
			{registrar.OperationFilter{CustomerID: "cus_001", States: final}, []string{"op_003", "op_002"}},
			{registrar.OperationFilter{States: []registrar.OperationState{registrar.OpRunning}}, []string{"op_005", "op_001"}},
			{registrar.OperationFilter{DomainID: "dom_1", States: final}, []string{"op_003", "op_002"}},
			{registrar.OperationFilter{DomainID: "dom_2"}, []string{"op_005"}},
			{registrar.OperationFilter{DomainID: "dom_2", CustomerID: "cus_001"}, nil},
		} {
			got := walk(t, 1, func(p registrar.Page) ([]registrar.Operation, error) { return s.Operations(ctx, c.filter, p) },
				func(o registrar.Operation) string { return o.ID })
			same(t, got, c.want)
		}
		set := func(o registrar.Operation) (ok bool) {
			write(t, s, func(tx registrar.Tx) (err error) {
				ok, err = tx.SetOperationState(ctx, o)
				return err
			})
			return ok
		}
		o := op(1)
		o.State, o.FailureCode, o.Failure, o.FinishedAt = registrar.OpFailed, "refused", "Nein.", utc(noon.Add(time.Second))
		if !set(o) {
			t.Error("a running operation did not end")
		}
		same(t, must[registrar.Operation](t)(s.Operation(ctx, "op_001")), o)
		again := o
		again.State = registrar.OpSucceeded
		if set(again) {
			t.Error("a final operation changed")
		}
		same(t, must[registrar.Operation](t)(s.Operation(ctx, "op_001")), o)
	})
}
