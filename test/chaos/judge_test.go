package main

import (
	"testing"
	"time"
)

var (
	born  = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	later = born.Add(time.Minute)
)

// sound is a small run in which every promise was kept: one name registered,
// renewed and delegated, one registration refused.
func sound() (facts, registryFacts) {
	f := facts{
		lines: []line{
			{ID: "l1", OrderID: "o1", OperationID: "op1", HoldID: "h1", Action: "register", Domain: "a.one", Registry: "alpha", State: "done", Years: 1, Price: 1200, Cost: 800},
			{ID: "l2", OrderID: "o2", OperationID: "op2", HoldID: "h2", Action: "renew", Domain: "a.one", Registry: "alpha", State: "done", Years: 2, Price: 2400, Cost: 1600},
			{ID: "l3", OrderID: "o3", OperationID: "op3", HoldID: "h3", Action: "register", Domain: "b.one", Registry: "alpha", State: "failed", Years: 1, Price: 1200, Cost: 800},
		},
		orders: []order{{"o1", "completed"}, {"o2", "completed"}, {"o3", "failed"}},
		operations: []operation{
			{"op1", "register", "a.one", "succeeded"}, {"op2", "renew", "a.one", "succeeded"},
			{"op3", "register", "b.one", "failed"}, {"op4", "nameservers", "a.one", "succeeded"},
		},
		commands: []command{
			{ID: "c1", OperationID: "op1", Registry: "alpha", Verb: "domain:create", Object: "a.one", State: "done", ClTRID: "x1", Billable: true, Finished: born, Spec: `{"NameServers":["ns1.net"]}`},
			{ID: "c2", OperationID: "op2", Registry: "alpha", Verb: "domain:renew", Object: "a.one", State: "done", ClTRID: "x2", Billable: true, Finished: later, Spec: `{}`},
			{ID: "c3", OperationID: "op3", Registry: "alpha", Verb: "domain:create", Object: "b.one", State: "failed", ClTRID: "x3", Billable: true, Finished: later, Spec: `{}`},
			{ID: "c4", OperationID: "op4", Registry: "alpha", Verb: "domain:update", Object: "a.one", State: "done", ClTRID: "x4", Finished: later, Spec: `{"Want":["ns2.net"]}`},
		},
		domains: []domain{
			{ID: "d1", Name: "a.one", Registry: "alpha", State: "active", Handle: "i1", NameServers: []string{"ns2.net"}, Expires: born.AddDate(3, 0, 0)},
			{ID: "d2", Name: "b.one", Registry: "alpha", State: "failed"},
		},
		holds:    []hold{{"h1", "l1", "captured"}, {"h2", "l2", "captured"}, {"h3", "l3", "released"}},
		accounts: []account{{ID: "acc1", Kind: "customer", Balance: 6400, Entries: 6400}, {ID: "acc2", Kind: "registry_cost", Owner: "alpha", Balance: 2400, Entries: 2400}},
		postings: []posting{
			{"p0", "top_up", "pay1", 0, 10000, 0},
			{"p1", "sale", "l1", 0, -1200, 0}, {"p2", "registry_cost", "c1", 0, 0, 800},
			{"p3", "sale", "l2", 0, -2400, 0}, {"p4", "registry_cost", "c2", 0, 0, 1600},
		},
	}
	r := registryFacts{
		Name: "alpha", Account: "us",
		Domains: map[string]registryDomain{
			"a.one":     {"a.one", "us", "i1", born, born.AddDate(3, 0, 0), []string{"ns2.net"}},
			"other.one": {"other.one", "them", "i9", born, born.AddDate(1, 0, 0), nil},
		},
		Executed: []transform{
			{"x1", "s1", "create", "domain", "a.one"}, {"x2", "s2", "renew", "domain", "a.one"}, {"x4", "s4", "update", "domain", "a.one"},
		},
		Charges: []charge{{"x1", "create", "a.one", 800}, {"x2", "renew", "a.one", 1600}},
	}
	return f, r
}

func TestSoundRunIsClean(t *testing.T) {
	f, r := sound()
	if v := judge(f, []registryFacts{r}, nil); !v.clean() {
		t.Errorf("findings in a sound run: %+v", v.findings)
	}
}

// TestJudgeSeesEachBreak breaks one promise at a time: the judge must name it
// and, where only one promise is broken, nothing else.
func TestJudgeSeesEachBreak(t *testing.T) {
	tests := []struct {
		name   string
		fault  fault
		amount int64
		also   fault // what the same break does as well
		do     func(f *facts, r *registryFacts)
	}{
		{"renewed twice at the registry", faultDouble, 1, faultLost, func(_ *facts, r *registryFacts) {
			r.Executed = append(r.Executed, transform{"x9", "s9", "renew", "domain", "a.one"})
			d := r.Domains["a.one"]
			d.Expires = born.AddDate(5, 0, 0)
			r.Domains["a.one"] = d
		}},
		{"renewed twice, seen in the journal of the registry alone", faultDouble, 1, "", func(_ *facts, r *registryFacts) {
			r.Executed = append(r.Executed, transform{"x9", "s9", "renew", "domain", "a.one"})
		}},
		{"failed line executed", faultDouble, 1, "", func(_ *facts, r *registryFacts) {
			r.Executed = append(r.Executed, transform{"x3", "s3", "create", "domain", "b.one"})
		}},
		{"executed for nobody", faultDouble, 1, "", func(_ *facts, r *registryFacts) {
			r.Executed = append(r.Executed, transform{"x7", "s7", "create", "domain", "c.one"})
		}},
		{"free command executed twice", faultDouble, 1, "", func(_ *facts, r *registryFacts) {
			r.Executed = append(r.Executed, transform{"x4", "s8", "update", "domain", "a.one"})
		}},
		{"charged twice by the registry", faultDouble, 1, faultCost, func(_ *facts, r *registryFacts) {
			r.Charges = append(r.Charges, charge{"x1", "create", "a.one", 800})
		}},
		{"failed line charged to the customer", faultDouble, 1, faultLedger, func(f *facts, _ *registryFacts) {
			f.postings = append(f.postings, posting{"p9", "sale", "l3", 0, -1200, 0})
		}},
		{"line charged twice", faultDouble, 1, faultLedger, func(f *facts, _ *registryFacts) {
			f.postings = append(f.postings, posting{"p9", "sale", "l1", 0, -1200, 0})
		}},
		{"sale without a line", faultDouble, 1, faultLedger, func(f *facts, _ *registryFacts) {
			f.postings = append(f.postings, posting{"p9", "sale", "l9", 0, -1, 0})
		}},
		{"done but never executed", faultLost, 1, faultCost, func(_ *facts, r *registryFacts) {
			r.Executed, r.Charges = r.Executed[:1], r.Charges[:1]
		}},
		{"name not at the registry", faultLost, 1, "", func(_ *facts, r *registryFacts) { delete(r.Domains, "a.one") }},
		{"name of somebody else", faultLost, 1, "", func(_ *facts, r *registryFacts) {
			d := r.Domains["a.one"]
			d.Sponsor = "them"
			r.Domains["a.one"] = d
		}},
		{"name at the registry that is not active here", faultLost, 1, "", func(f *facts, _ *registryFacts) { f.domains[0].State = "failed" }},
		{"another expiry", faultLost, 1, "", func(f *facts, _ *registryFacts) { f.domains[0].Expires = born.AddDate(2, 0, 0) }},
		{"other name servers", faultLost, 1, "", func(f *facts, _ *registryFacts) { f.domains[0].NameServers = []string{"ns1.net"} }},
		{"name servers asked for are nowhere", faultLost, 1, "", func(f *facts, _ *registryFacts) { f.commands[3].Spec = `{"Want":["ns3.net"]}` }},
		{"another registrant", faultLost, 1, "", func(f *facts, _ *registryFacts) { f.domains[0].Handle = "i2" }},
		{"years paid for are missing on both sides", faultLost, 1, "", func(f *facts, r *registryFacts) {
			f.domains[0].Expires = born.AddDate(2, 0, 0)
			d := r.Domains["a.one"]
			d.Expires = f.domains[0].Expires
			r.Domains["a.one"] = d
		}},
		{"command in review", faultStuck, 1, "", func(f *facts, _ *registryFacts) { f.commands[2].State = "needs_review" }},
		{"command queued", faultStuck, 1, "", func(f *facts, _ *registryFacts) { f.commands[2].State = "queued" }},
		{"operation running", faultStuck, 1, "", func(f *facts, _ *registryFacts) { f.operations[3].State = "running" }},
		{"line open", faultStuck, 1, "", func(f *facts, _ *registryFacts) { f.lines[2].State = "open" }},
		{"order paid", faultStuck, 1, "", func(f *facts, _ *registryFacts) { f.orders[0].State = "paid" }},
		{"hold open", faultStuck, 1, "", func(f *facts, _ *registryFacts) { f.holds[2].State = "open" }},
		{"name pending", faultStuck, 1, "", func(f *facts, _ *registryFacts) { f.domains[1].State = "pending_create" }},
		{"balance is not the sum", faultLedger, 7, "", func(f *facts, _ *registryFacts) { f.accounts[0].Balance -= 7 }},
		{"held is not the sum", faultLedger, 5, "", func(f *facts, _ *registryFacts) { f.accounts[0].Held = 5 }},
		{"posting out of balance", faultLedger, 3, "", func(f *facts, _ *registryFacts) { f.postings[1].Sum = 3 }},
		{"done line not paid", faultLedger, 1200, "", func(f *facts, _ *registryFacts) { f.postings[1].Customer = 0 }},
		{"cost not booked", faultCost, 2, "", func(f *facts, _ *registryFacts) { // its posting and the sum
			f.postings = f.postings[:4]
			f.accounts[1].Entries, f.accounts[1].Balance = 2399, 2399
		}},
		{"cost booked for a failed command", faultCost, 1, "", func(f *facts, _ *registryFacts) {
			f.postings = append(f.postings, posting{"p9", "registry_cost", "c3", 0, 0, 0})
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, r := sound()
			tt.do(&f, &r)
			v := judge(f, []registryFacts{r}, nil)
			if got := v.figure(tt.fault); got != tt.amount {
				t.Errorf("%s is %d, want %d: %+v", tt.fault, got, tt.amount, v.findings)
			}
			for _, other := range allFaults {
				if got := v.figure(other); other != tt.fault && (got != 0) != (other == tt.also) {
					t.Errorf("%s is %d: %+v", other, got, v.findings)
				}
			}
		})
	}
}

func TestLedgerCheckCounts(t *testing.T) {
	f, r := sound()
	if got := judge(f, []registryFacts{r}, []string{"account acc_1: off", "hold h: off"}).figure(faultLedger); got != 2 {
		t.Errorf("ledger difference is %d, want 2", got)
	}
}

func TestMoving(t *testing.T) {
	for what, tt := range map[string]struct {
		do   func(*facts)
		want bool
	}{
		"settled":   {func(*facts) {}, false},
		"running":   {func(f *facts) { f.operations[0].State = "running" }, true},
		"to read":   {func(f *facts) { f.domains[0].NeedsInfo = true }, true},
		"in review": {func(f *facts) { f.operations[0].State, f.commands[0].State = "needs_review", "needs_review" }, false},
	} {
		f, _ := sound()
		tt.do(&f)
		if f.moving() != tt.want {
			t.Errorf("%s: moving is %v", what, f.moving())
		}
	}
}

func TestMomentReadsBothDrivers(t *testing.T) {
	want := time.Date(2026, 11, 23, 12, 0, 0, 5e6, time.UTC)
	for _, src := range []any{want, "2026-11-23T12:00:00.005Z", []byte("2026-11-23 12:00:00.005"), "2026-11-23 13:00:00.005+01:00"} {
		var m moment
		if err := m.Scan(src); err != nil || !m.Equal(want) {
			t.Errorf("%v reads as %s, %v", src, m.Time, err)
		}
	}
	var m moment
	if err := m.Scan(nil); err != nil || !m.IsZero() {
		t.Errorf("NULL reads as %s, %v", m.Time, err)
	}
	if err := m.Scan("yesterday"); err == nil {
		t.Error("nonsense is read as a time")
	}
	if err := m.Scan(5); err == nil {
		t.Error("a number is read as a time")
	}
}
