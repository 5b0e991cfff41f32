package registrar

import (
	"testing"
	"time"
)

func TestCatalogueFind(t *testing.T) {
	c := NewCatalogue([]TLD{{Name: "ua"}, {Name: "com.ua"}, {Name: "com"}}, nil)
	for _, x := range []struct {
		name, tld string
		ok        bool
	}{
		{"example.com", "com", true},
		{"example.com.ua", "com.ua", true}, // the longest ending wins
		{"example.ua", "ua", true},
		{"www.example.com", "com", false}, // a host, not a registrable name
		{"com.ua", "", false},             // an ending itself is not for sale
		{"example.net", "", false},
	} {
		got, ok := c.Find(x.name)
		if ok != x.ok || (ok && got.Name != x.tld) {
			t.Errorf("Find(%s) = %q, %v; want %q, %v", x.name, got.Name, ok, x.tld, x.ok)
		}
	}
}

func TestCataloguePrice(t *testing.T) {
	jan, jul := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	row := func(years int, minor int64, from time.Time, until *time.Time) Price {
		return Price{TLD: "com", Action: ActionRegister, Class: ClassStandard, Years: years, Sale: Money{minor, "USD"}, Cost: Money{minor / 2, "USD"}, ValidFrom: from, ValidUntil: until}
	}
	c := NewCatalogue(nil, []Price{row(1, 1000, jan, &jul), row(1, 1200, jul, nil), row(10, 9000, jan, nil)})
	for _, x := range []struct {
		years int
		at    time.Time
		want  int64
		sold  bool
	}{
		{1, jan, 1000, true},
		{1, jul.Add(-time.Microsecond), 1000, true},
		{1, jul, 1200, true},       // validity ends exclusively
		{3, jul, 3600, true},       // one-year row times years
		{10, jul, 9000, true},      // own row wins
		{1, jan.Add(-1), 0, false}, // not sold yet
		{0, jul, 0, false},
	} {
		p, ok := c.Price("com", ActionRegister, x.years, "USD", x.at)
		if ok != x.sold || p.Sale.Minor != x.want {
			t.Errorf("price of %d years at %s = %v, %v; want %d, %v", x.years, x.at, p.Sale, ok, x.want, x.sold)
		}
	}
	if _, ok := c.Price("com", ActionRegister, 1, "EUR", jul); ok {
		t.Error("sold in a currency without a price")
	}
	if _, ok := c.Price("com", ActionRenew, 1, "USD", jul); ok {
		t.Error("sold an action without a price")
	}
}

func TestNormalizeNameServers(t *testing.T) {
	got, err := NormalizeNameServers([]string{" NS1.Example.ORG. ", "ns2.example.org"}, 1, 13)
	if err != nil || !SameHosts(got, []string{"ns2.example.org", "ns1.example.org"}) || got[0] != "ns1.example.org" {
		t.Errorf("got %v, %v", got, err)
	}
	for name, in := range map[string][]string{
		"twice": {"ns1.example.org", "NS1.example.org."}, "none": {}, "empty entry": {"ns1.example.org", " "}, "too many": {"a.example.org", "b.example.org", "c.example.org"}, "bad": {"not a host"}, "an address": {"192.0.2.1"},
	} {
		if _, err := NormalizeNameServers(in, 1, 2); KindOf(err) != KindInvalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
