package main

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"time"
)

// fault is a kind of finding; each is one figure of the report.
type fault string

const (
	faultDouble fault = "double effects"
	faultLost   fault = "lost effects"
	faultStuck  fault = "stuck"
	faultLedger fault = "ledger difference"        // minor units, plus findings of the ledger check
	faultCost   fault = "registry-cost difference" // minor units
	faultClient fault = "client differences"
	faultAudit  fault = "audit breaks"
	faultMail   fault = "mail differences"
	faultNotice fault = "notice differences"
	faultJob    fault = "slots run twice"
)

var allFaults = []fault{faultDouble, faultLost, faultStuck, faultLedger, faultCost, faultClient, faultAudit, faultMail, faultNotice, faultJob}

// finding is one broken promise.
type finding struct {
	Fault   fault
	Subject string
	Detail  string
	Amount  int64 // how much it adds to its figure, at least 1
}

// verdict is the outcome of a run.
type verdict struct{ findings []finding }

func (v *verdict) add(f fault, amount int64, subject, format string, args ...any) {
	if amount < 0 {
		amount = -amount
	}
	v.findings = append(v.findings, finding{f, subject, fmt.Sprintf(format, args...), amount})
}

// figure sums one kind of finding.
func (v *verdict) figure(f fault) int64 {
	var sum int64
	for _, one := range v.findings {
		if one.Fault == f {
			sum += one.Amount
		}
	}
	return sum
}

// clean reports whether nothing is wrong.
func (v *verdict) clean() bool { return len(v.findings) == 0 }

// judge compares the registrar's database with those of the registries.
// ledgerProblems are the findings of the product's own ledger check.
func judge(f facts, registries []registryFacts, ledgerProblems []string) *verdict {
	v := &verdict{}
	b := newBooks(f)
	for _, r := range registries {
		b.effects(v, r)
		b.names(v, r)
		b.cost(v, r)
	}
	b.postings(v)
	b.stuck(v)
	b.ledger(v, ledgerProblems)
	return v
}

// books is facts with the indexes that the rules need.
type books struct {
	facts
	byWish map[wish][]line // lines by registry, name and action
	wanted map[string][]string
}

// wish is a billable effect of one name.
type wish struct{ Registry, Domain, Verb string }

// verbOf is the EPP command that an order line pays for.
var verbOf = map[string]string{"register": "create", "renew": "renew"}

func newBooks(f facts) *books {
	b := &books{facts: f, byWish: map[wish][]line{}, wanted: map[string][]string{}}
	for _, l := range f.lines {
		w := wish{l.Registry, l.Domain, verbOf[l.Action]}
		b.byWish[w] = append(b.byWish[w], l)
	}
	b.findWanted()
	return b
}

// findWanted notes the delegation that the last finished command of each name
// asked for. One transform per name is open at a time, so they finish in order.
func (b *books) findWanted() {
	done := make([]command, 0, len(b.commands))
	for _, c := range b.commands {
		if c.State == "done" && (c.Verb == "domain:create" || c.Verb == "domain:update") {
			done = append(done, c)
		}
	}
	sort.SliceStable(done, func(i, j int) bool { return done[i].Finished.Before(done[j].Finished) })
	for _, c := range done {
		var spec struct{ NameServers, Want []string }
		if err := json.Unmarshal([]byte(c.Spec), &spec); err != nil {
			continue // an unreadable spec shows as a name server difference below
		}
		if c.Verb == "domain:create" {
			spec.Want = spec.NameServers
		}
		b.wanted[c.Registry+" "+c.Object] = spec.Want
	}
}

func doneLines(lines []line) (n, years int) {
	for _, l := range lines {
		if l.State == "done" {
			n, years = n+1, years+l.Years
		}
	}
	return n, years
}

// effects compares what the registry executed, and charged, with the lines
// that were paid for.
func (b *books) effects(v *verdict, r registryFacts) {
	executed, sent := map[wish][]string{}, map[string][]transform{}
	for _, t := range r.Executed {
		sent[t.ClTRID] = append(sent[t.ClTRID], t)
		if t.Object == "domain" && (t.Verb == "create" || t.Verb == "renew") {
			w := wish{r.Name, t.Name, t.Verb}
			executed[w] = append(executed[w], t.ClTRID)
		}
	}
	for id, ts := range sent {
		if len(ts) > 1 && !billable(ts[0]) { // billable ones are counted by name below
			v.add(faultDouble, int64(len(ts)-1), r.Name+" clTRID "+id, "%s %s %s was executed %d times", ts[0].Object, ts[0].Verb, ts[0].Name, len(ts))
		}
	}
	for w := range union(executed, b.byWish) {
		if w.Registry != r.Name {
			continue
		}
		done, _ := doneLines(b.byWish[w])
		if n := len(executed[w]); n > done {
			v.add(faultDouble, int64(n-done), w.String(), "executed %d times (%s) for %d paid lines: %s", n, strings.Join(executed[w], ", "), done, lineStates(b.byWish[w]))
		} else if n < done {
			v.add(faultLost, int64(done-n), w.String(), "executed %d times for %d paid lines: %s", n, done, lineStates(b.byWish[w]))
		}
	}
	b.charges(v, r, executed)
}

func billable(t transform) bool {
	return t.Object == "domain" && (t.Verb == "create" || t.Verb == "renew")
}

// charges proves that the registry took money once per execution.
func (b *books) charges(v *verdict, r registryFacts, executed map[wish][]string) {
	charged := map[wish]int{}
	for _, c := range r.Charges {
		charged[wish{r.Name, c.Domain, c.Verb}]++
	}
	for w, n := range charged {
		if w.Verb != "refund" && n > len(executed[w]) {
			v.add(faultDouble, int64(n-len(executed[w])), w.String(), "charged %d times for %d executions", n, len(executed[w]))
		}
	}
}

func (w wish) String() string { return fmt.Sprintf("%s domain:%s %s", w.Registry, w.Verb, w.Domain) }

func lineStates(lines []line) string {
	out := make([]string, 0, len(lines))
	for _, l := range lines {
		out = append(out, l.ID+" "+l.State)
	}
	return strings.Join(out, ", ")
}

func union[A, B any](a map[wish]A, b map[wish]B) map[wish]bool {
	out := map[wish]bool{}
	for k := range a {
		out[k] = true
	}
	for k := range b {
		out[k] = true
	}
	return out
}

// names compares each name as we believe it with the registry's row.
func (b *books) names(v *verdict, r registryFacts) {
	live := map[string]bool{}
	for _, d := range b.domains {
		if d.Registry != r.Name || d.State != "active" {
			continue
		}
		live[d.Name] = true
		there, ok := r.Domains[d.Name]
		switch {
		case !ok:
			v.add(faultLost, 1, d.Name, "active here, unknown at %s", r.Name)
		case there.Sponsor != r.Account:
			v.add(faultLost, 1, d.Name, "active here, but %s lists %s as its sponsor", r.Name, there.Sponsor)
		default:
			b.sameName(v, d, there, r.Name)
		}
	}
	for name, there := range r.Domains {
		if there.Sponsor == r.Account && !live[name] {
			v.add(faultLost, 1, name, "ours at %s, but not active here", r.Name)
		}
	}
}

func (b *books) sameName(v *verdict, d domain, there registryDomain, registry string) {
	if !sameMoment(d.Expires, there.Expires) {
		v.add(faultLost, 1, d.Name, "expires %s here and %s at %s", d.Expires, there.Expires, registry)
	}
	if d.Handle != there.Registrant {
		v.add(faultLost, 1, d.Name, "registrant is %q here and %q at %s", d.Handle, there.Registrant, registry)
	}
	if !sameSet(d.NameServers, there.Hosts) {
		v.add(faultLost, 1, d.Name, "name servers are %v here and %v at %s", d.NameServers, there.Hosts, registry)
	}
	if want := b.wanted[registry+" "+d.Name]; !sameSet(want, there.Hosts) {
		v.add(faultLost, 1, d.Name, "the last finished command asked for name servers %v, %s has %v", want, registry, there.Hosts)
	}
	_, first := doneLines(b.byWish[wish{registry, d.Name, "create"}])
	_, more := doneLines(b.byWish[wish{registry, d.Name, "renew"}])
	if paid := there.Created.AddDate(first+more, 0, 0); !near(paid, there.Expires, 48*time.Hour) {
		v.add(faultLost, 1, d.Name, "%d years are paid from %s, but it expires %s", first+more, there.Created, there.Expires)
	}
}

// sameMoment compares at the registry's precision, milliseconds.
func sameMoment(a, b time.Time) bool {
	return a.Truncate(time.Millisecond).Equal(b.Truncate(time.Millisecond))
}

// near allows for 29 February on the way.
func near(a, b time.Time, within time.Duration) bool {
	d := a.Sub(b)
	return -within <= d && d <= within
}

func sameSet(a, b []string) bool {
	x, y := append([]string(nil), a...), append([]string(nil), b...)
	sort.Strings(x)
	sort.Strings(y)
	return strings.Join(x, " ") == strings.Join(y, " ")
}
