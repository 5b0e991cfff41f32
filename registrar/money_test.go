package registrar

import "testing"

func TestMoneyDecimal(t *testing.T) {
	for _, c := range []struct {
		m    Money
		want string
	}{
		{Money{1200, "USD"}, "12.00 USD"},
		{Money{5, "EUR"}, "0.05 EUR"},
		{Money{-5, "EUR"}, "-0.05 EUR"},
		{Money{0, "USD"}, "0.00 USD"},
		{Money{1200, "JPY"}, "1200 JPY"},  // no minor unit
		{Money{1200, "KWD"}, "1.200 KWD"}, // three decimals
	} {
		if got := c.m.String(); got != c.want {
			t.Errorf("%#v is %q, want %q", c.m, got, c.want)
		}
	}
}

func TestParseMoney(t *testing.T) {
	for _, c := range []struct {
		in, cur string
		want    int64
	}{
		{"12", "USD", 1200}, {"12.5", "USD", 1250}, {"0.05", "EUR", 5}, {"-3.10", "EUR", -310}, {"1200", "JPY", 1200}, {" 7 ", "USD", 700},
	} {
		got, err := ParseMoney(c.in, c.cur)
		if err != nil || got.Minor != c.want {
			t.Errorf("ParseMoney(%q, %s) = %v, %v; want %d", c.in, c.cur, got, err, c.want)
		}
	}
	for _, in := range []string{"", ".", "1.234", "1,20", "abc", "1e3", "--1", "99999999999999", "+1"} {
		if got, err := ParseMoney(in, "USD"); KindOf(err) != KindInvalid {
			t.Errorf("ParseMoney(%q) = %v, %v; want an invalid-input error", in, got, err)
		}
	}
	if _, err := ParseMoney("1", "usd"); KindOf(err) != KindInvalid {
		t.Errorf("lower case currency was accepted: %v", err)
	}
}

func FuzzParseMoney(f *testing.F) {
	for _, s := range []string{"12.00", "-0.01", "1e9", "٣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseMoney(s, "USD")
		if err != nil {
			return
		}
		again, err := ParseMoney(m.Decimal(), "USD")
		if err != nil || again != m {
			t.Errorf("%q reads as %v, which reads as %v, %v", s, m, again, err)
		}
	})
}
