package registrar_test

import (
	"math"
	"testing"

	"github.com/indera/indera/registrar"
)

// TestPricesAreBounded keeps amounts far from where multiplication by years and
// sums over lines would wrap around.
func TestPricesAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, minor := range []int64{math.MaxInt64, math.MaxInt64/5 + 1, 1 << 41, -1} {
		for _, p := range []registrar.Price{price("shop", registrar.ActionRegister, minor), price("shop", registrar.ActionRegister, 1)} {
			if p.Sale.Minor == 1 {
				p.Cost.Minor = minor
			}
			wantKind(t, w.engine.ApplyCatalogue(t.Context(), staff, nil, []registrar.Price{p}), registrar.KindInvalid, "bad_price")
		}
	}
}

// TestPriceChangeIsAudited keeps what the price was before.
func TestPriceChangeIsAudited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.engine.ApplyCatalogue(t.Context(), staff, nil, []registrar.Price{price("shop", registrar.ActionRegister, 1300)}); err != nil {
		t.Fatal(err)
	}
	events := w.audits("price", "shop", "catalogue.price")
	if len(events) == 0 || events[0].Before == nil || events[0].After == nil {
		t.Errorf("audit of a changed price: %+v", events)
	}
}

// TestNewestPriceCounts has an open-ended row and a newer one: the newer counts
// for one year as for several.
func TestNewestPriceCounts(t *testing.T) {
	t.Parallel()
	old, newer := price("shop", registrar.ActionRegister, 1000), price("shop", registrar.ActionRegister, 1200)
	newer.ValidFrom = newer.ValidFrom.AddDate(1, 0, 0)
	for _, rows := range [][]registrar.Price{{old, newer}, {newer, old}} {
		cat := registrar.NewCatalogue([]registrar.TLD{{Name: "shop"}}, rows)
		for years := 1; years <= 3; years++ {
			p, ok := cat.Price("shop", registrar.ActionRegister, years, "USD", newer.ValidFrom)
			if want := 1200 * int64(years); !ok || p.Sale.Minor != want {
				t.Errorf("%d years cost %v, want %d", years, p.Sale, want)
			}
		}
	}
}
