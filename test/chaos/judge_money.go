package main

// cost compares what the registry took with what we booked as its cost.
func (b *books) cost(v *verdict, r registryFacts) {
	var took, booked int64
	for _, c := range r.Charges {
		took += c.Minor
	}
	for _, a := range b.accounts {
		if a.Kind == "registry_cost" && a.Owner == r.Name {
			booked += a.Entries
		}
	}
	if took != booked {
		v.add(faultCost, took-booked, "registry "+r.Name, "took %d, booked are %d", took, booked)
	}
}

// postings proves that each paid line was charged once, at its price, and each
// executed command's cost booked once.
func (b *books) postings(v *verdict) {
	sales, costs := map[string]int{}, map[string]int{}
	for _, p := range b.facts.postings {
		switch p.Kind {
		case "sale":
			sales[p.Ref]++
		case "registry_cost":
			costs[p.Ref]++
		}
	}
	for _, l := range b.lines {
		want := 0
		if l.State == "done" {
			want = 1
		}
		if n := sales[l.ID]; n > want {
			v.add(faultDouble, int64(n-want), "order line "+l.ID, "%s %s is %s and was charged %d times", l.Action, l.Domain, l.State, n)
		}
		delete(sales, l.ID)
	}
	for ref, n := range sales {
		v.add(faultDouble, int64(n), "sale "+ref, "charges for no order line")
	}
	for _, c := range b.commands {
		want := 0
		if c.Billable && c.State == "done" {
			want = 1
		}
		if n := costs[c.ID]; n != want {
			v.add(faultCost, int64(n-want), "command "+c.ID, "%s %s is %s and its cost was booked %d times", c.Verb, c.Object, c.State, n)
		}
	}
}

// ledger recomputes every cached figure, and what the customers paid from the
// lines that were done.
func (b *books) ledger(v *verdict, problems []string) {
	for _, a := range b.accounts {
		if a.Balance != a.Entries {
			v.add(faultLedger, a.Balance-a.Entries, "account "+a.ID, "%s %s: balance %d, entries sum to %d", a.Kind, a.Owner, a.Balance, a.Entries)
		}
		if a.Held != a.Holding {
			v.add(faultLedger, a.Held-a.Holding, "account "+a.ID, "%s %s: held %d, open holds sum to %d", a.Kind, a.Owner, a.Held, a.Holding)
		}
	}
	var paid, due int64
	for _, p := range b.facts.postings {
		if p.Sum != 0 {
			v.add(faultLedger, p.Sum, "posting "+p.ID, "%s: its entries sum to %d", p.Kind, p.Sum)
		}
		if p.Kind == "sale" {
			paid -= p.Customer
		}
	}
	for _, l := range b.lines {
		if l.State == "done" {
			due += l.Price
		}
	}
	if paid != due {
		v.add(faultLedger, paid-due, "customers", "paid %d, the lines that are done cost %d", paid, due)
	}
	for _, p := range problems {
		v.add(faultLedger, 1, "ledger check", "%s", p)
	}
}

// stuck lists everything that is not final although nothing disturbs any more.
func (b *books) stuck(v *verdict) {
	final := func(state string, states ...string) bool {
		for _, s := range states {
			if s == state {
				return true
			}
		}
		return false
	}
	for _, c := range b.commands {
		if !final(c.State, "done", "failed", "cancelled") {
			v.add(faultStuck, 1, "command "+c.ID, "%s %s is %s after %d attempts (code %d) %s", c.Verb, c.Object, c.State, c.Attempt, c.Code, c.Note)
		}
	}
	for _, o := range b.operations {
		if !final(o.State, "succeeded", "failed") {
			v.add(faultStuck, 1, "operation "+o.ID, "%s %s is %s", o.Kind, o.Domain, o.State)
		}
	}
	for _, l := range b.lines {
		if !final(l.State, "done", "failed") {
			v.add(faultStuck, 1, "order line "+l.ID, "%s %s is %s", l.Action, l.Domain, l.State)
		}
	}
	for _, o := range b.orders {
		if !final(o.State, "completed", "partly", "failed") {
			v.add(faultStuck, 1, "order "+o.ID, "is %s", o.State)
		}
	}
	for _, h := range b.holds {
		if !final(h.State, "captured", "released") {
			v.add(faultStuck, 1, "hold "+h.ID, "for %s is %s", h.Ref, h.State)
		}
	}
	for _, d := range b.domains {
		if !final(d.State, "active", "failed") || d.NeedsInfo {
			v.add(faultStuck, 1, "domain "+d.Name, "is %s, to be read again: %v", d.State, d.NeedsInfo)
		}
	}
}

// moving reports whether something may still change by itself. What needs
// review does not: it is stuck, and waiting longer proves nothing.
func (f facts) moving() bool {
	for _, o := range f.operations {
		if o.State == "running" {
			return true
		}
	}
	for _, d := range f.domains {
		if d.NeedsInfo {
			return true
		}
	}
	for _, m := range f.mails {
		if m.State == "queued" {
			return true
		}
	}
	return false
}
