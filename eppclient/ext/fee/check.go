package fee

import (
	"slices"
	"strings"

	"github.com/indera/indera/eppclient/epp"
)

// Check asks for prices. It goes with a domain check of the same names.
type Check struct {
	Version  Version
	Names    []string // as in the domain check; written up to 0.10 only
	Currency string   // "" = the server's
	Commands []Command
}

// Split returns the checks that one version needs to ask for everything: 0.11
// takes one command at a time.
func (c Check) Split() []Check {
	if !c.Version.OneCommand() || len(c.Commands) < 2 {
		return []Check{c}
	}
	var out []Check
	for _, cmd := range c.Commands {
		one := c
		one.Commands = []Command{cmd}
		out = append(out, one)
	}
	return out
}

// EncodeExtension implements epp.Extension.
func (c Check) EncodeExtension(e *epp.Encoder) {
	switch {
	case !c.Version.known():
		e.Fail("fee", "unknown version %q", c.Version)
	case len(c.Commands) == 0:
		e.Fail("fee:command", "required")
	case c.Version.OneCommand() && len(c.Commands) > 1:
		e.Fail("fee:command", "version %s takes one at a time", c.Version.number())
	case c.Version.PerName() && len(c.Names) == 0:
		e.Fail("fee:name", "required")
	}
	e.Within("fee", string(c.Version), "check", func() {
		switch {
		case c.Version.PerName():
			c.perName(e)
		case c.Version.OneCommand():
			for _, cmd := range c.Commands {
				c.textCommand(e, cmd)
				c.currency(e)
				e.Period("fee:period", cmd.period(e))
			}
		default:
			c.currency(e)
			for _, cmd := range c.Commands {
				c.elementCommand(e, cmd)
			}
		}
	})
}

func (c Check) currency(e *epp.Encoder) {
	if c.Currency != "" {
		currency(e, c.Currency)
	}
}

// perName writes the form up to 0.10: a question per name and command.
func (c Check) perName(e *epp.Encoder) {
	outer, inner := "fee:domain", "fee:name"
	if c.Version == V09 || c.Version == V010 {
		outer, inner = "fee:object", "fee:objID"
	}
	for _, name := range c.Names {
		for _, cmd := range c.Commands {
			e.Start(outer)
			e.Token(inner, name, 1, 255)
			c.currency(e)
			c.textCommand(e, cmd)
			e.Period("fee:period", cmd.period(e))
			e.End(outer)
		}
	}
}

// textCommand writes the command as text, the form up to 0.11.
func (c Check) textCommand(e *epp.Encoder, cmd Command) {
	if cmd.Operation == Custom {
		e.Fail("fee:command", "version %s knows no custom commands", c.Version.number())
	}
	e.Token("fee:command", string(cmd.Operation), 3, 16, epp.A("phase", cmd.Phase), epp.A("subphase", cmd.SubPhase))
}

// elementCommand writes the command as an attribute, the form since 0.12.
func (c Check) elementCommand(e *epp.Encoder, cmd Command) {
	if c.Version == V012 {
		if cmd.CustomName != "" {
			e.Fail("fee:command@customName", "came after version 0.12")
		}
	} else {
		e.OneOf("fee:command@name", string(cmd.Operation), string(Create), string(Renew), string(Transfer),
			string(Restore), string(Update), string(Delete), string(Custom))
		if (cmd.Operation == Custom) != (cmd.CustomName != "") {
			e.Fail("fee:command@customName", "goes with custom")
		}
	}
	attrs := []epp.Attr{
		epp.A("name", string(cmd.Operation)), epp.A("customName", cmd.CustomName),
		epp.A("phase", cmd.Phase), epp.A("subphase", cmd.SubPhase),
	}
	if cmd.period(e) == (epp.Period{}) {
		e.Empty("fee:command", attrs...)
		return
	}
	e.Start("fee:command", attrs...)
	e.Period("fee:period", cmd.Period)
	e.End("fee:command")
}

// period returns the period to write; a restore has none (RFC 8748 §3.3).
func (cmd Command) period(e *epp.Encoder) epp.Period {
	if cmd.Operation == Restore && cmd.Period != (epp.Period{}) {
		e.Fail("fee:period", "a restore has none")
	}
	return cmd.Period
}

// Quote is the answer for one name.
type Quote struct {
	Name      string
	Available bool   // prices could be told; says nothing of the name itself
	Class     string // "" or "standard" = not premium; otherwise the tier's name
	Currency  string
	Prices    []Price
	Reason    string // when not Available
}

// Price is the answer for one command.
type Price struct {
	Command   Command
	Available bool // false: no price, see Reason
	// Standard says that it is the list price; nil = the server did not say.
	Standard *bool
	Fees     []Fee
	Credits  []Credit
	Reason   string
	NotAfter epp.Time // end of this price, 0.12 only
}

// Premium reports whether the name's class is another than the standard one.
func (q Quote) Premium() bool {
	class := strings.ToLower(strings.TrimSpace(q.Class))
	return class != "" && class != "standard"
}

// Price returns the answer for an operation and period; a zero period takes the
// first answer for the operation.
func (q Quote) Price(op Operation, period epp.Period) (Price, bool) {
	i := slices.IndexFunc(q.Prices, func(p Price) bool {
		return p.Command.Operation == op && (period == (epp.Period{}) || p.Command.Period == period)
	})
	if i < 0 {
		return Price{}, false
	}
	return q.Prices[i], true
}

// Quotes is the answer to a check.
type Quotes []Quote

// For returns the quote of a name, whatever its case.
func (q Quotes) For(name string) (Quote, bool) {
	i := slices.IndexFunc(q, func(x Quote) bool {
		return strings.EqualFold(strings.TrimSuffix(x.Name, "."), strings.TrimSuffix(name, "."))
	})
	if i < 0 {
		return Quote{}, false
	}
	return q[i], true
}

// CheckData reads the prices of a check's answer; nil when it holds none of this
// version. Answers for one name that came in pieces are put together.
func (v Version) CheckData(r *epp.Response) Quotes {
	data := r.Extension(string(v), "chkData")
	var out Quotes
	for _, cd := range data.All(string(v), "cd") {
		q := v.quote(data, cd, r.Objects().Domain)
		if q.Name == "" {
			continue
		}
		i := slices.IndexFunc(out, func(x Quote) bool { return strings.EqualFold(x.Name, q.Name) })
		if i < 0 {
			out = append(out, q)
			continue
		}
		out[i].Prices = append(out[i].Prices, q.Prices...)
		out[i].Available = out[i].Available || q.Available
		if out[i].Class == "" {
			out[i].Class = q.Class
		}
	}
	return out
}

// quote reads one cd of any version: the versions put the same facts in
// different places, and servers mix them.
func (v Version) quote(data, cd *epp.Element, domainNS string) Quote {
	ns := string(v)
	q := Quote{
		Available: flag(cd.Attr("avail"), true),
		Class:     cd.ChildValue(ns, "class"),
		Currency:  first(data.ChildValue(ns, "currency"), cd.ChildValue(ns, "currency")),
		Reason:    cd.ChildValue(ns, "reason"),
		Name: first(cd.ChildValue(ns, "objID"), cd.ChildValue(ns, "name"),
			cd.Child(ns, "object").ChildValue(domainNS, "name")),
	}
	for _, el := range cd.All(ns, "command") {
		p, class := v.price(cd, el)
		q.Prices = append(q.Prices, p)
		q.Class = first(q.Class, class)
	}
	return q
}

func (v Version) price(cd, el *epp.Element) (p Price, class string) {
	ns := string(v)
	p = Price{
		Command: Command{
			Operation:  Operation(strings.ToLower(first(el.Attr("name"), el.Value()))),
			CustomName: el.Attr("customName"), Phase: el.Attr("phase"), SubPhase: el.Attr("subphase"),
		},
		Available: flag(cd.Attr("avail"), true) && flag(el.Attr("avail"), true),
		Reason:    first(el.ChildValue(ns, "reason"), cd.ChildValue(ns, "reason")),
		NotAfter:  epp.ParseTime(el.ChildValue(ns, "notAfter")),
	}
	if standard, ok := epp.ParseBool(el.Attr("standard")); ok {
		p.Standard = &standard
	}
	source := el
	if v.PerName() || v.OneCommand() {
		source = cd
	}
	p.Command.Period = epp.ParsePeriod(source.Child(ns, "period"))
	p.Fees, p.Credits = v.amounts(source)
	// A command without fees is free, unless it says why there is no price.
	if len(p.Fees) == 0 && p.Reason != "" {
		p.Available = false
	}
	return p, el.ChildValue(ns, "class")
}

func (v Version) amounts(el *epp.Element) (fees []Fee, credits []Credit) {
	ns := string(v)
	for _, f := range el.All(ns, "fee") {
		fee := Fee{
			Amount: Amount(f.Value()), Description: f.Attr("description"),
			GracePeriod: f.Attr("grace-period"), Applied: f.Attr("applied"),
		}
		if refundable, ok := epp.ParseBool(f.Attr("refundable")); ok {
			fee.Refundable = &refundable
		}
		fees = append(fees, fee)
	}
	for _, c := range el.All(ns, "credit") {
		credits = append(credits, Credit{Amount: Amount(c.Value()), Description: c.Attr("description")})
	}
	return fees, credits
}

// Result is what a transform's answer says of the money.
type Result struct {
	Currency    string
	Period      epp.Period
	Fees        []Fee
	Credits     []Credit // refunds
	Balance     Amount   // of our account after the command; "" = not said
	CreditLimit Amount
}

// Result reads the answer to a create, renew, transfer, update or delete; ok is
// false when it says nothing of money.
func (v Version) Result(r *epp.Response) (result Result, ok bool) {
	ns := string(v)
	for _, local := range []string{"creData", "renData", "trnData", "updData", "delData", "infData"} {
		el := r.Extension(ns, local)
		if el == nil {
			continue
		}
		result = Result{
			Currency: el.ChildValue(ns, "currency"), Period: epp.ParsePeriod(el.Child(ns, "period")),
			Balance: Amount(el.ChildValue(ns, "balance")), CreditLimit: Amount(el.ChildValue(ns, "creditLimit")),
		}
		result.Fees, result.Credits = v.amounts(el)
		return result, true
	}
	return Result{}, false
}

func flag(value string, otherwise bool) bool {
	if b, ok := epp.ParseBool(value); ok {
		return b
	}
	return otherwise
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
