package registrar

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/text/currency"
)

// Money is an amount in minor units of an ISO 4217 currency: {1200, "USD"} is
// twelve dollars, {1200, "JPY"} twelve hundred yen.
type Money struct {
	Minor    int64
	Currency string // ISO 4217 alphabetic code, upper case
}

// scale returns the number of decimals of the currency (ISO 4217 exponent).
func scale(code string) int {
	unit, err := currency.ParseISO(code)
	if err != nil {
		return 2
	}
	n, _ := currency.Standard.Rounding(unit)
	return n
}

// Decimals returns the number of decimals of a currency (ISO 4217 exponent), 2 for
// one that is unknown.
func Decimals(code string) int { return scale(code) }

// ValidCurrency reports whether code is an ISO 4217 code.
func ValidCurrency(code string) bool {
	_, err := currency.ParseISO(code)
	return err == nil && code == strings.ToUpper(code)
}

// Decimal returns the amount as a plain decimal, for example "12.00".
func (m Money) Decimal() string {
	digits := scale(m.Currency)
	sign, abs := "", m.Minor
	if abs < 0 {
		sign, abs = "-", -abs
	}
	s := strconv.FormatInt(abs, 10)
	if digits == 0 {
		return sign + s
	}
	for len(s) <= digits {
		s = "0" + s
	}
	return sign + s[:len(s)-digits] + "." + s[len(s)-digits:]
}

// String returns amount and code, for example "12.00 USD".
func (m Money) String() string { return m.Decimal() + " " + m.Currency }

// Times returns n times the amount.
func (m Money) Times(n int) Money { return Money{m.Minor * int64(n), m.Currency} }

// Add returns the sum; the currencies must agree.
func (m Money) Add(o Money) (Money, error) {
	if m.Currency != o.Currency {
		return Money{}, fmt.Errorf("adding %s to %s", o.Currency, m.Currency)
	}
	return Money{m.Minor + o.Minor, m.Currency}, nil
}

// ParseMoney reads a decimal such as "12", "12.5" or "12.00".
func ParseMoney(decimal, code string) (Money, error) {
	if !ValidCurrency(code) {
		return Money{}, InvalidField("currency", "bad_currency", "%q is not an ISO 4217 currency code.", code)
	}
	digits := scale(code)
	s := strings.TrimSpace(decimal)
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	whole, frac, _ := strings.Cut(s, ".")
	bad := InvalidField("amount", "bad_amount", "%q is not an amount in %s.", decimal, code)
	if whole == "" || len(frac) > digits || len(whole) > 12 {
		return Money{}, bad
	}
	n, err := strconv.ParseUint(whole+frac+strings.Repeat("0", digits-len(frac)), 10, 63)
	if err != nil {
		return Money{}, bad
	}
	if neg {
		return Money{-int64(n), code}, nil
	}
	return Money{int64(n), code}, nil
}
