package store_test

import (
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func TestBaskets(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		line := registrar.BasketLine{ID: "bln_1", Basket: "cus_1", Name: "a.shop", Years: 1, NameServers: []string{"ns1.example.net"},
			Price: registrar.Money{Minor: 1200, Currency: "USD"}, QuotedAt: noon.UTC(), ChangedAt: noon.UTC(), Revision: 1}
		other := line
		other.ID, other.Basket = "bln_2", "bsk_2"
		again := line
		again.ID = "bln_3"
		write(t, s, func(tx registrar.Tx) error {
			for _, l := range []struct {
				registrar.BasketLine
				fresh bool
			}{{line, true}, {other, true}, {again, false}} {
				if fresh, err := tx.InsertBasketLine(ctx, l.BasketLine); err != nil || fresh != l.fresh {
					t.Errorf("%s: fresh %v, %v", l.ID, fresh, err)
				}
			}
			return nil
		})
		same(t, must[[]registrar.BasketLine](t)(s.BasketLines(ctx, "cus_1")), []registrar.BasketLine{line})

		changed := line
		changed.Years, changed.Revision, changed.NameServers, changed.ContactID = 3, 2, nil, "con_1"
		for _, want := range []bool{true, false} { // the second tab saw revision 1, too
			write(t, s, func(tx registrar.Tx) error {
				if ok, err := tx.ChangeBasketLine(ctx, changed, 1); err != nil || ok != want {
					t.Errorf("change: %v, %v; want %v", ok, err, want)
				}
				return nil
			})
		}
		same(t, must[[]registrar.BasketLine](t)(s.BasketLines(ctx, "cus_1")), []registrar.BasketLine{changed})
		write(t, s, func(tx registrar.Tx) error { return tx.DeleteBasketLines(ctx, "cus_1", []string{"a.shop", "b.shop"}) })
		same(t, must[[]registrar.BasketLine](t)(s.BasketLines(ctx, "cus_1")), []registrar.BasketLine{})
		write(t, s, func(tx registrar.Tx) error {
			n, err := tx.PurgeBaskets(ctx, noon.UTC().Add(time.Second), 10)
			if n != 1 {
				t.Errorf("%d lines purged", n)
			}
			return err
		})
		same(t, must[[]registrar.BasketLine](t)(s.BasketLines(ctx, "bsk_2")), []registrar.BasketLine{})
	})
}
