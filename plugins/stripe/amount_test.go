package stripe

import (
	"strings"
	"testing"

	"github.com/indera/indera/registrar"
)

// TestAmounts goes through currencies whose minor units differ between ISO 4217
// and Stripe, there and back.
func TestAmounts(t *testing.T) {
	for _, tc := range []struct {
		decimal, currency string
		stripe            int64
	}{
		{"12.50", "USD", 1250}, {"0.50", "EUR", 50}, {"1200", "JPY", 1200}, {"500", "ISK", 50000}, {"5000", "UGX", 500000},
		{"1.250", "KWD", 1250}, {"999999.99", "USD", 99999999}, {"175", "HUF", 17500},
	} {
		m, err := registrar.ParseMoney(tc.decimal, tc.currency)
		if err != nil {
			t.Fatal(err)
		}
		got, err := toStripe(m)
		if err != nil || got != tc.stripe {
			t.Errorf("%s becomes %d, %v, want %d", m, got, err, tc.stripe)
		}
		if back, err := fromStripe(tc.stripe, strings.ToLower(tc.currency)); err != nil || back != m {
			t.Errorf("%d %s becomes %s, %v, want %s", tc.stripe, tc.currency, back, err, m)
		}
	}
	for _, m := range []registrar.Money{{Minor: 0, Currency: "USD"}, {Minor: -1, Currency: "USD"}, {Minor: 100_000_000, Currency: "USD"}, {Minor: 1251, Currency: "KWD"}} {
		if got, err := toStripe(m); err == nil {
			t.Errorf("%s becomes %d", m, got)
		}
	}
	// 500.50 ISK is more precise than our books: not an amount of ours.
	for currency, amount := range map[string]int64{"isk": 50050, "usd": -1, "zzz": 5, "": 5} {
		if m, err := fromStripe(amount, currency); err == nil {
			t.Errorf("%d %q becomes %s", amount, currency, m)
		}
	}
}
