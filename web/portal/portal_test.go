package portal

import (
	"testing"
	"time"

	"github.com/indera/indera/registrar"
)

func TestASCIIPrefix(t *testing.T) {
	for typed, want := range map[string]string{"": "", "gar": "gar", "garden.sh": "garden.sh", "bücher.example": "xn--bcher-kva.example", "bücher": "xn--bcher-kva", "a b": "a b"} {
		if got := asciiPrefix(typed); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

func TestDigestTellsFormsApart(t *testing.T) {
	f := checkoutForm{Lines: []registrar.BasketLine{{Name: "a.shop", Years: 1}}, Holder: holderNew, NameServers: []string{"ns1.example.net", ""}, Agreed: "1"}
	same, other := f, f
	same.NameServers = []string{" ns1.example.net "}
	other.Lines = []registrar.BasketLine{{Name: "a.shop", Years: 2}}
	if f.digest() != same.digest() || f.digest() == other.digest() || len(f.digest()) != 64 {
		t.Error("digests do not follow what is asked")
	}
}

func TestTimeline(t *testing.T) {
	from, to := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	d := registrar.Domain{CreatedAt: &from, ExpiresAt: &to}
	for percent, now := range map[int]time.Time{0: from.AddDate(-1, 0, 0), 50: from.Add(to.Sub(from) / 2), 100: to.AddDate(1, 0, 0)} {
		if got := place(d, now); !got.Shown || got.Percent != percent {
			t.Errorf("%s: %+v, want %d %%", now, got, percent)
		}
	}
	if place(registrar.Domain{}, from).Shown || place(registrar.Domain{CreatedAt: &to, ExpiresAt: &from}, from).Shown {
		t.Error("a timeline without dates shows")
	}
	if !place(d, to.AddDate(0, 0, -29)).Soon || place(d, to.AddDate(0, 0, -31)).Soon {
		t.Error("soon is not thirty days")
	}
}
