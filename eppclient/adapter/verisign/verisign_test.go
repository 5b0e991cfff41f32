package verisign_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/eppclient/adapter/verisign"
	ext "github.com/indera/indera/eppclient/ext/verisign"
	"github.com/indera/indera/registrar"
)

func TestChecksAreSplitBySubProduct(t *testing.T) {
	w := newWorld(t, nil)
	w.mustCreate("taken.net")
	names := []string{"free.com", "taken.net", "also-free.com", "free.net"}
	got, err := w.CheckDomains(t.Context(), names)
	if err != nil || len(got) != len(names) {
		t.Fatalf("%+v, %v", got, err)
	}
	for i, want := range []registrar.Availability{registrar.Available, registrar.Registered, registrar.Available, registrar.Available} {
		if got[i].Name != names[i] || got[i].Status != want {
			t.Errorf("%+v, want %s %s", got[i], names[i], want)
		}
	}
	checks := w.sent("<domain:check")
	if len(checks) != 2 || !strings.Contains(checks[0], "dotCOM<") || !strings.Contains(checks[1], "dotNET<") {
		t.Errorf("checks %q", checks)
	}
	if _, err := w.CheckDomains(t.Context(), []string{"a.org"}); registrar.ResultCode(err) != 2005 || !strings.Contains(err.Error(), "sub_products") {
		t.Errorf("a name of no sub-product: %v", err)
	}
	if len(w.sent("a.org")) != 0 {
		t.Error("it was sent")
	}
}

func TestHostsGoToTheirZone(t *testing.T) {
	w := newWorld(t, map[string]string{"default_sub_product": "dotNET"})
	w.mustCreate("a.com")
	for name, h := range map[string]registrar.HostCreate{
		"dotCOM": {Name: "ns1.a.com", Addresses: []string{"192.0.2.1"}}, "dotNET": {Name: "ns1.dns.test"},
	} {
		if _, err := w.CreateHost(t.Context(), w.send(), h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.HostInfo(t.Context(), h.Name); err != nil {
			t.Error(err)
		}
		for _, frame := range w.sent(h.Name) {
			if !strings.Contains(frame, "<namestoreExt:subProduct>"+name+"<") {
				t.Errorf("%s: %s", h.Name, frame)
			}
		}
	}
	if _, err := w.ContactInfo(t.Context(), "c-0001"); registrar.ResultCode(err) != registrar.CodeObjectDoesNotExist {
		t.Errorf("a contact: %v", err)
	}
}

func TestLanguageOfAnIDN(t *testing.T) {
	w := newWorld(t, nil)
	const name = "xn--mnchen-3ya.com"
	for what, tt := range map[string]struct {
		d    registrar.DomainCreate
		code int
		sent bool
	}{
		"no language":   {registrar.DomainCreate{Name: name}, 2005, false},
		"no IDN":        {registrar.DomainCreate{Name: "plain.com", IDNTable: "GER"}, 2005, false},
		"no tag":        {registrar.DomainCreate{Name: name, IDNTable: "German, please"}, 2005, false},
		"unknown there": {registrar.DomainCreate{Name: name, IDNTable: "FRE"}, 2306, true},
		"right":         {registrar.DomainCreate{Name: "xn--bcher-kva.com", IDNTable: "GER"}, 0, true},
		"fields":        {registrar.DomainCreate{Name: "plain.com", Fields: map[string]string{"x": "y"}}, registrar.CodeUnimplementedOption, false},
	} {
		before := len(w.sent("<create>"))
		_, err := w.create(tt.d)
		if registrar.ResultCode(err) != tt.code || tt.code == 0 && err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if sent := len(w.sent("<create>")) > before; sent != tt.sent {
			t.Errorf("%s: sent %v", what, sent)
		}
	}
	if !w.Capabilities().IDNTables {
		t.Error("it takes no languages")
	}
}

func TestBalanceAndWarnings(t *testing.T) {
	w := newWorld(t, nil)
	b, err := w.Balance(t.Context())
	if err != nil || b.Available != usd(1_000_000) || *b.CreditLimit != usd(1_000_000) || *b.Balance != usd(0) || *b.Threshold != usd(990_000) {
		t.Errorf("%+v, %v", b, err)
	}
	if _, err := w.create(registrar.DomainCreate{Name: "a.com", Years: 10}); err != nil {
		t.Fatal(err)
	}
	if b, err = w.Balance(t.Context()); err != nil || b.Available != usd(1_000_000-10_260) || *b.Balance != usd(-10_260) {
		t.Errorf("%+v, %v", b, err)
	}
	events := w.drain()
	if len(events) != 1 || events[0].Kind != registrar.ToldLowBalance || *events[0].LowBalance != (registrar.LowBalance{Available: "9897.40", CreditLimit: "10000.00", Threshold: "99 %"}) {
		t.Errorf("%+v", events)
	}
}

func usd(minor int64) registrar.Money { return registrar.Money{Minor: minor, Currency: "USD"} }

func TestRestoreTellsWhenTheReportIsDue(t *testing.T) {
	w := newWorld(t, nil)
	w.mustCreate("a.com")
	w.clock.Advance(10 * 24 * time.Hour)
	if r, err := w.DeleteDomain(t.Context(), w.send(), "a.com"); err != nil || !r.Pending {
		t.Fatalf("%+v, %v", r, err)
	}
	if r, err := w.Restore(t.Context(), w.send(), registrar.DomainRestore{Name: "a.com"}); err != nil || !slices.Contains(r.Graces, "pendingRestore") {
		t.Fatalf("%+v, %v", r, err)
	}
	now := w.clock.Now()
	events := w.drain()
	if len(events) != 1 || events[0].Kind != registrar.ToldRestoreDue || events[0].Object.ID != "a.com" ||
		*events[0].RestoreDue != (registrar.RestoreDue{Status: "pendingRestore", Requested: now, ReportDue: now.Add(7 * 24 * time.Hour)}) {
		t.Errorf("%+v", events)
	}
}

// TestPremiumWithoutFees: with premiumdomain the registry takes no consent, so
// the adapter compares it with the price of the moment.
func TestPremiumWithoutFees(t *testing.T) {
	w := newWorld(t, nil, ext.PremiumNamespace)
	got, err := w.CheckDomains(t.Context(), []string{"gold.com", "free.com"})
	if err != nil || !got[0].Premium || got[0].Status != registrar.Available || got[1].Premium {
		t.Fatalf("%+v, %v", got, err)
	}
	queries := []registrar.PriceQuery{
		{Name: "gold.com", Action: registrar.PriceCreate, Years: 1}, {Name: "gold.net", Action: registrar.PriceRenew, Years: 3},
		{Name: "gold.com", Action: registrar.PriceCreate, Years: 2}, {Name: "gold.com", Action: registrar.PriceTransfer, Years: 1},
		{Name: "free.com", Action: registrar.PriceCreate, Years: 1},
	}
	prices, err := w.Prices(t.Context(), queries)
	if err != nil || len(prices) != len(queries) {
		t.Fatalf("%+v, %v", prices, err)
	}
	for i, want := range []int64{99_900, 29_700, 0, 0, 0} {
		p := prices[i]
		if p.PriceQuery != queries[i] || p.Known != (want > 0) || p.Known && p.Amount != usd(want) || p.Premium != (i < 4) {
			t.Errorf("%d: %+v, want %d", i, p, want)
		}
	}
	price, less := usd(99_900), usd(99_899)
	for what, d := range map[string]registrar.DomainCreate{
		"no consent": {Name: "gold.com"}, "for less": {Name: "gold.com", Consent: &less}, "for two years": {Name: "gold.com", Years: 2, Consent: &price},
		"no premium name": {Name: "free.com", Consent: &price},
	} {
		if _, err := w.create(d); registrar.ResultCode(err) != 2004 {
			t.Errorf("%s: %v", what, err)
		}
	}
	if len(w.sent("<create>")) != 0 {
		t.Error("a create was sent")
	}
	created, err := w.create(registrar.DomainCreate{Name: "gold.com", Consent: &price})
	if err != nil {
		t.Fatal(err)
	}
	renewal := usd(9_900)
	renew := registrar.DomainRenew{Name: "gold.com", CurExpiry: created.ExpiresRaw[:10], Years: 1, Consent: &less}
	if _, err := w.RenewDomain(t.Context(), w.send(), renew); registrar.ResultCode(err) != 2004 {
		t.Errorf("a renewal for another price: %v", err)
	}
	renew.Consent = &renewal
	if _, err := w.RenewDomain(t.Context(), w.send(), renew); err != nil {
		t.Error(err)
	}
}

func TestFeesArePreferred(t *testing.T) {
	w := newWorld(t, nil, withFee...)
	price := usd(99_900)
	made, err := w.create(registrar.DomainCreate{Name: "gold.com", Consent: &price})
	if err != nil || made.Cost == nil || *made.Cost != price {
		t.Errorf("%+v, %v", made, err)
	}
	if len(w.sent("<fee:create")) != 1 || len(w.sent("<premiumdomain:check")) != 0 {
		t.Error("premiumdomain is used although fees are offered")
	}
}

func TestQuirks(t *testing.T) {
	for name, quirks := range map[string]map[string]string{
		"form":         {"sub_products": "com"},
		"no product":   {"sub_products": "com="},
		"twice":        {"sub_products": "com=dotCOM,.COM=dotNET"},
		"default":      {"default_sub_product": "dotCC"},
		"contacts":     {"contacts": "thick"},
		"too long":     {"auth_info_length": "33"},
		"unknown":      {"colour": "red"},
		"of all of it": {"restore": "never"},
	} {
		if _, err := verisign.Dialect.Prepare(quirks); err == nil {
			t.Errorf("%s: %v is taken", name, quirks)
		}
	}
	if _, err := verisign.Dialect.Prepare(map[string]string{"sub_products": "cc=dotCC, tv=dotTV", "default_sub_product": "dotTV", "contacts": "optional", "auth_info_length": "32"}); err != nil {
		t.Error(err)
	}
}

// TestCapabilitiesFollowTheGreeting: what is not offered is not stated.
func TestCapabilitiesFollowTheGreeting(t *testing.T) {
	w := newWorld(t, nil)
	if _, err := w.CheckDomains(t.Context(), []string{"a.com"}); err != nil {
		t.Fatal(err)
	}
	caps := w.Capabilities()
	if !caps.Thin || !caps.Balance || caps.Prices || caps.Launch || caps.SecDNS != registrar.SecDNSDS || caps.Restore != registrar.RestoreReports {
		t.Errorf("%+v", caps)
	}
}
