package registrar

import (
	"strings"
	"time"
)

// TLD is one ending we sell and how its registry behaves.
type TLD struct {
	Name           string // A-label without leading dot, for example "com" or "co.uk"
	Registry       string // name of the registry account that serves it
	MinYears       int
	MaxYears       int // also the cap: expiry plus years may not pass now plus MaxYears
	MinNameServers int
	MaxNameServers int
	Active         bool   // false: no new registrations, existing names go on
	IDNTables      string // what ParseIDNTables reads, separated by spaces; "" = a to z, digits and hyphens only
}

// Action is something with a price.
type Action string

// Actions.
const (
	ActionRegister Action = "register"
	ActionRenew    Action = "renew"
	ActionTransfer Action = "transfer"
	ActionRestore  Action = "restore"
)

// Price is one dated row of the price list: what Years of Action cost the
// customer and us. A missing row means: not sold.
type Price struct {
	TLD        string
	Action     Action
	Class      string // "standard"; premium classes come with the fee extension
	Years      int
	Sale       Money
	Cost       Money // what the registry takes from our deposit
	ValidFrom  time.Time
	ValidUntil *time.Time // exclusive; nil = open
}

// ClassStandard is the price class of ordinary names.
const ClassStandard = "standard"

// Catalogue is a read-only snapshot of what is sold.
type Catalogue struct {
	tlds   map[string]TLD
	prices map[priceKey][]Price
}

type priceKey struct {
	tld      string
	action   Action
	class    string
	currency string
}

// NewCatalogue builds a snapshot.
func NewCatalogue(tlds []TLD, prices []Price) *Catalogue {
	c := &Catalogue{tlds: make(map[string]TLD), prices: make(map[priceKey][]Price)}
	for _, t := range tlds {
		c.tlds[t.Name] = t
	}
	for _, p := range prices {
		k := priceKey{p.TLD, p.Action, p.Class, p.Sale.Currency}
		c.prices[k] = append(c.prices[k], p)
	}
	return c
}

// TLDs returns all endings, unsorted.
func (c *Catalogue) TLDs() []TLD {
	out := make([]TLD, 0, len(c.tlds))
	for _, t := range c.tlds {
		out = append(out, t)
	}
	return out
}

// TLD returns an ending by its own name.
func (c *Catalogue) TLD(name string) (TLD, bool) {
	t, ok := c.tlds[name]
	return t, ok
}

// Find returns the ending that a name belongs to: the longest one sold here
// that leaves exactly one label before it. An ending itself belongs to nobody.
func (c *Catalogue) Find(name string) (TLD, bool) {
	if _, ending := c.tlds[name]; ending {
		return TLD{}, false
	}
	rest := name
	for {
		_, after, ok := strings.Cut(rest, ".")
		if !ok {
			return TLD{}, false
		}
		if t, found := c.tlds[after]; found {
			return t, rest == name
		}
		rest = after
	}
}

// Price returns what years of action cost at a moment. A row for that number of
// years wins over the one-year row times years; of rows in force at the same
// time the one that came into force last wins.
func (c *Catalogue) Price(tld string, action Action, years int, currency string, at time.Time) (Price, bool) {
	var own, perYear *Price
	newer := func(p Price, than *Price) bool { return than == nil || p.ValidFrom.After(than.ValidFrom) }
	for _, p := range c.prices[priceKey{tld, action, ClassStandard, currency}] {
		if at.Before(p.ValidFrom) || (p.ValidUntil != nil && !at.Before(*p.ValidUntil)) {
			continue
		}
		if p.Years == years && newer(p, own) {
			own = &p
		}
		if p.Years == 1 && newer(p, perYear) {
			perYear = &p
		}
	}
	if own != nil {
		return *own, true
	}
	if perYear == nil || years < 1 {
		return Price{}, false
	}
	p := *perYear
	p.Years, p.Sale, p.Cost = years, p.Sale.Times(years), p.Cost.Times(years)
	return p, true
}
