package registrar_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar"
)

// TestTabsDoNotLoseEachOther: names added in two windows at once are all there,
// and a change over a line that was changed meanwhile is refused.
func TestTabsDoNotLoseEachOther(t *testing.T) {
	w := newWorld(t)
	ctx, basket := t.Context(), w.engine.NewBasket()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if _, err := w.engine.AddToBasket(ctx, basket, "USD", []string{fmt.Sprintf("n%d.shop", i), "same.shop"}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	lines, err := w.engine.Basket(ctx, basket)
	if err != nil || len(lines) != 9 {
		t.Fatalf("%d names, %v", len(lines), err)
	}
	years := func(n, revision int) error {
		_, err := w.engine.ChangeBasketLine(ctx, basket, "", "USD", "same.shop", revision, registrar.BasketChange{Years: &n})
		return err
	}
	if err := years(2, 1); err != nil {
		t.Fatal(err)
	}
	wantKind(t, years(5, 1), registrar.KindConflict, "basket_changed")
	wantKind(t, years(11, 2), registrar.KindInvalid, "bad_period")
	servers := []string{"ns1.same.shop"}
	_, err = w.engine.ChangeBasketLine(ctx, basket, "", "USD", "same.shop", 2, registrar.BasketChange{NameServers: &servers})
	wantKind(t, err, registrar.KindInvalid, "subordinate_host")
	_, err = w.engine.ChangeBasketLine(ctx, basket, "", "USD", "gone.shop", 1, registrar.BasketChange{})
	wantKind(t, err, registrar.KindNotFound, "not_in_basket")
	// A contact of somebody else is none.
	mine, err := w.engine.AddContact(ctx, w.by, w.customer.ID, *adaLovelace())
	if err != nil {
		t.Fatal(err)
	}
	for customer, code := range map[string]string{"": "unknown_contact", "cus_other": "unknown_contact", w.customer.ID: ""} {
		_, err = w.engine.ChangeBasketLine(ctx, basket, customer, "USD", "same.shop", 0, registrar.BasketChange{ContactID: &mine.ContactID})
		if code != "" {
			wantKind(t, err, registrar.KindInvalid, code)
		} else if err != nil {
			t.Error(err)
		}
	}
}

func TestBasketBecomesTheCustomers(t *testing.T) {
	w := newWorld(t)
	ctx, visitor := t.Context(), w.engine.NewBasket()
	add := func(basket string, names ...string) []string {
		t.Helper()
		left, err := w.engine.AddToBasket(ctx, basket, "USD", names)
		if err != nil {
			t.Fatal(err)
		}
		return left
	}
	add(w.customer.ID, "a.shop")
	three := 3
	if _, err := w.engine.ChangeBasketLine(ctx, w.customer.ID, w.customer.ID, "USD", "a.shop", 1, registrar.BasketChange{Years: &three}); err != nil {
		t.Fatal(err)
	}
	add(visitor, "a.shop", "b.shop")
	if left, err := w.engine.AdoptBasket(ctx, visitor, w.customer); err != nil || left != nil {
		t.Fatalf("%v left out, %v", left, err)
	}
	lines, err := w.engine.Basket(ctx, w.customer.ID)
	if err != nil || len(lines) != 2 || lines[0].Years != 3 || lines[1].Name != "b.shop" || lines[1].Price.Minor != registerPrice {
		t.Errorf("%+v, %v", lines, err)
	}
	if left, err := w.engine.Basket(ctx, visitor); err != nil || len(left) != 0 {
		t.Errorf("the visitor still has %v, %v", left, err)
	}
	var many []string
	for i := range 60 {
		many = append(many, fmt.Sprintf("n%d.shop", i))
	}
	if left := add(w.customer.ID, many...); len(left) != 12 || left[0] != "n48.shop" || left[11] != "n59.shop" {
		t.Errorf("left out: %v", left)
	}
	add(visitor, "n0.shop", "late.shop", "later.shop")
	if left, err := w.engine.AdoptBasket(ctx, visitor, w.customer); err != nil || len(left) != 2 || left[0] != "late.shop" || left[1] != "later.shop" {
		t.Errorf("left out when adopted: %v, %v", left, err)
	}
	_, err = w.engine.AddToBasket(ctx, w.customer.ID, "USD", []string{"more.shop"})
	wantKind(t, err, registrar.KindInvalid, "basket_full")
	_, err = w.engine.AddToBasket(ctx, visitor, "USD", []string{"пример.shop"})
	wantKind(t, err, registrar.KindUnsupported, "not_in_table")
}

// TestQuoteHolds: within its time the price that was shown is charged, even when
// the list has another by then; afterwards nothing is ordered.
func TestQuoteHolds(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	now := w.engine.Now()
	dearer := price("shop", registrar.ActionRegister, registerPrice+500)
	dearer.ValidFrom = now.Add(-10 * time.Minute)
	if err := w.engine.ApplyCatalogue(ctx, registrar.System("test"), nil, []registrar.Price{dearer}); err != nil {
		t.Fatal(err)
	}
	order := func(name string, quoted time.Time, minor int64) (registrar.Order, error) {
		req := w.registration(name, 1)
		req.Lines[0].QuotedAt, req.Lines[0].Expect = quoted, &registrar.Money{Minor: minor, Currency: "USD"}
		o, _, err := w.engine.PlaceOrder(ctx, w.by, req)
		return o, err
	}
	if o, err := order("early.shop", now.Add(-20*time.Minute), registerPrice); err != nil || o.Total.Minor != registerPrice {
		t.Errorf("quoted before: %v, %v", o.Total, err)
	}
	_, err := order("late.shop", now.Add(-5*time.Minute), registerPrice)
	wantKind(t, err, registrar.KindPriceChanged, "price_changed")
	_, err = order("late.shop", now.Add(-registrar.QuoteLife-time.Minute), registerPrice)
	wantKind(t, err, registrar.KindPriceChanged, "quote_expired")
	_, err = order("late.shop", now.Add(time.Hour), registerPrice) // no quote comes from the future
	wantKind(t, err, registrar.KindPriceChanged, "price_changed")
}

func TestOldBasketsGo(t *testing.T) {
	clock := clockwork.NewFakeClockAt(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
	w := newWorld(t)
	ctx := t.Context()
	opt := options(w.store, w.registry, "later")
	opt.Clock = clock
	var err error
	if w.engine, err = registrar.New(opt); err != nil {
		t.Fatal(err)
	}
	if _, err := w.engine.AddToBasket(ctx, "bsk_old", "USD", []string{"a.shop"}); err != nil {
		t.Fatal(err)
	}
	clock.Advance(80 * 24 * time.Hour)
	left(t, w, 1)
	clock.Advance(11 * 24 * time.Hour)
	left(t, w, 0)
}

func left(t *testing.T, w *world, want int) {
	t.Helper()
	if err := w.engine.PurgeBaskets(t.Context()); err != nil {
		t.Fatal(err)
	}
	if lines, err := w.engine.Basket(t.Context(), "bsk_old"); err != nil || len(lines) != want {
		t.Errorf("%d lines left, %v; want %d", len(lines), err, want)
	}
}
