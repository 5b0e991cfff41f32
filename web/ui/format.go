package ui

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/indera/indera/registrar"
)

// symbols are written before the amount; other currencies show their code.
var symbols = map[string]string{"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}

// FormatMoney returns an amount as people read it: "$1,234.50", "-$3.00",
// "CHF 12.00". The currency always shows.
func FormatMoney(m registrar.Money) string {
	dec, sign := m.Decimal(), ""
	if strings.HasPrefix(dec, "-") {
		dec, sign = dec[1:], "-"
	}
	whole, frac, hasFrac := strings.Cut(dec, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if hasFrac {
		whole += "." + frac
	}
	if s, ok := symbols[m.Currency]; ok {
		return sign + s + whole
	}
	return sign + m.Currency + " " + whole
}

// Distance says how far a day is away, in words: "today", "in 112 days",
// "3 days ago", "in 4 years".
func Distance(t, now time.Time) string {
	days := int(t.Truncate(24*time.Hour).Sub(now.Truncate(24*time.Hour)) / (24 * time.Hour))
	switch {
	case days == 0:
		return "today"
	case days == 1:
		return "tomorrow"
	case days == -1:
		return "yesterday"
	case days > 800:
		return fmt.Sprintf("in %d years", days/365)
	case days > 0:
		return fmt.Sprintf("in %d days", days)
	case days < -800:
		return fmt.Sprintf("%d years ago", -days/365)
	}
	return fmt.Sprintf("%d days ago", -days)
}

// Age says how long ago a moment is: "just now", "4 min", "3 h", "12 days".
func Age(t, now time.Time) string {
	switch d := now.Sub(t); {
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	default:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	}
}

// moment returns the time behind t, which may be a time, a pointer or nil.
func moment(t any) (time.Time, bool) {
	switch v := t.(type) {
	case time.Time:
		return v.UTC(), !v.IsZero()
	case *time.Time:
		if v != nil {
			return v.UTC(), true
		}
	}
	return time.Time{}, false
}

func timeElement(t time.Time, text string) template.HTML {
	return template.HTML(fmt.Sprintf(`<time datetime="%s" title="%s">%s</time>`,
		t.Format(time.RFC3339), t.Format("2006-01-02 15:04:05 UTC"), template.HTMLEscapeString(text)))
}

// timeFuncs are the template functions that need to know what time it is.
func timeFuncs(now func() time.Time) template.FuncMap {
	show := func(text func(t, now time.Time) string) func(any) template.HTML {
		return func(v any) template.HTML {
			t, ok := moment(v)
			if !ok {
				return "–"
			}
			return timeElement(t, text(t, now()))
		}
	}
	return template.FuncMap{
		// 14 Mar 2027 (in 112 days)
		"when": show(func(t, now time.Time) string { return t.Format("2 Jan 2006") + " (" + Distance(t, now) + ")" }),
		// 14 Mar 2027
		"day": show(func(t, _ time.Time) string { return t.Format("2 Jan 2006") }),
		// 14 Mar 2027, 10:02 UTC
		"stamp": show(func(t, _ time.Time) string { return t.Format("2 Jan 2006, 15:04 UTC") }),
		// 15:04 UTC (25 min left)
		"clock": show(func(t, now time.Time) string {
			return fmt.Sprintf("%s (%d min left)", t.Format("15:04 UTC"), max(0, int(t.Sub(now).Minutes())))
		}),
		// 4 min
		"age": show(Age),
		// in 112 days
		"distance": show(Distance),
	}
}

// plural returns "1 domain", "3 domains".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// UName returns a name as people read it: in its own script where that can't
// mislead, else as A-label.
func UName(name string) string { return registrar.Shown(name) }

// shortID keeps of an id what tells it from others: kind and end, for example
// "ord_…x6r3w5k2". References that are no ids stay whole when they are short.
func shortID(id string) string {
	kind, rest, ok := strings.Cut(id, "_")
	if !ok || len(rest) <= 12 {
		kind, rest = "", id
	} else {
		kind += "_"
	}
	if len(rest) <= 16 {
		return kind + rest
	}
	return kind + "…" + rest[len(rest)-8:]
}

// Plural counts in words: "1 browser", "2 browsers".
func Plural(n int, one, many string) string { return plural(n, one, many) }
