package stripe

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/indera/indera/registrar"
)

// decimals lists how many decimals Stripe's amounts have where it is not two.
// They are not ISO 4217's: ISK and UGX have none there and two here.
// https://stripe.com/docs/currencies
var decimals = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "JPY": 0, "KMF": 0, "KRW": 0, "MGA": 0, "PYG": 0, "RWF": 0, "VND": 0, "VUV": 0,
	"XAF": 0, "XOF": 0, "XPF": 0, "BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3,
}

func digits(code string) int {
	if n, ok := decimals[code]; ok {
		return n
	}
	return 2
}

// maxAmount is Stripe's bound: eight digits.
const maxAmount = 99_999_999

// toStripe converts through the decimal form, so that neither side's idea of
// minor units is trusted for the other.
func toStripe(m registrar.Money) (int64, error) {
	refused := registrar.InvalidField("amount", "bad_amount", "%s can't be paid this way.", m)
	n := digits(m.Currency)
	whole, frac, _ := strings.Cut(m.Decimal(), ".")
	if extra := len(frac) - n; extra > 0 {
		if strings.Trim(frac[n:], "0") != "" {
			return 0, refused
		}
		frac = frac[:n]
	}
	amount, err := strconv.ParseInt(whole+frac+strings.Repeat("0", n-len(frac)), 10, 64)
	if err != nil || amount <= 0 || amount > maxAmount || n == 3 && amount%10 != 0 {
		return 0, refused
	}
	return amount, nil
}

// fromStripe reads an amount of Stripe, for example 1250 and "usd".
func fromStripe(amount int64, currency string) (registrar.Money, error) {
	code := strings.ToUpper(currency)
	if amount < 0 {
		return registrar.Money{}, fmt.Errorf("an amount below zero in %s", code)
	}
	decimal := strconv.FormatInt(amount, 10)
	if n := digits(code); n > 0 {
		if len(decimal) <= n {
			decimal = strings.Repeat("0", n+1-len(decimal)) + decimal
		}
		frac := strings.TrimRight(decimal[len(decimal)-n:], "0")
		decimal = decimal[:len(decimal)-n]
		if frac != "" {
			decimal += "." + frac
		}
	}
	m, err := registrar.ParseMoney(decimal, code)
	if err != nil {
		return registrar.Money{}, fmt.Errorf("an amount in %q that is none of ours", code)
	}
	return m, nil
}
