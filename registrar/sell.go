package registrar

import (
	"context"
	"fmt"
	"sort"
	"strings"
)

// Catalogue returns what is sold, at most CatalogueTTL old.
func (e *Engine) Catalogue(ctx context.Context) (*Catalogue, error) {
	e.catalogueMu.Lock()
	defer e.catalogueMu.Unlock()
	if e.catalogue != nil && e.opt.Clock.Since(e.catalogueAt) < e.opt.CatalogueTTL {
		return e.catalogue, nil
	}
	c, err := readCatalogue(ctx, e.store)
	if err != nil {
		return nil, err
	}
	e.catalogue, e.catalogueAt = c, e.opt.Clock.Now()
	return c, nil
}

func readCatalogue(ctx context.Context, r Reader) (*Catalogue, error) {
	tlds, err := r.TLDs(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading TLDs: %w", err)
	}
	prices, err := r.Prices(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading prices: %w", err)
	}
	return NewCatalogue(tlds, prices), nil
}

// ApplyCatalogue makes TLDs and prices as given; rows that are equal already
// are left alone, rows not named stay. Each change is audited.
func (e *Engine) ApplyCatalogue(ctx context.Context, by Actor, tlds []TLD, prices []Price) error {
	for _, t := range tlds {
		if err := checkTLD(t); err != nil {
			return err
		}
	}
	err := e.store.InTx(ctx, func(tx Tx) error {
		old, err := readCatalogue(ctx, tx)
		if err != nil {
			return err
		}
		for _, t := range tlds {
			if err := e.applyTLD(ctx, tx, by, old, t); err != nil {
				return err
			}
		}
		for _, p := range prices {
			if err := e.applyPrice(ctx, tx, by, old, p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("applying catalogue: %w", err)
	}
	e.catalogueMu.Lock()
	e.catalogue = nil
	e.catalogueMu.Unlock()
	return nil
}

func checkTLD(t TLD) error {
	switch {
	case t.Name == "" || t.Registry == "":
		return Errorf(KindInvalid, "bad_tld", "A TLD needs a name and a registry.")
	case len(t.IDNTables) > maxIDNTables:
		return Errorf(KindInvalid, "bad_tld", "TLD %s: its tables take more than %d bytes.", t.Name, maxIDNTables)
	case t.MinYears < 1 || t.MaxYears < t.MinYears || t.MaxYears > 99:
		return Errorf(KindInvalid, "bad_tld", "TLD %s: years must satisfy 1 ≤ min ≤ max ≤ 99 (RFC 5731 pLimitType).", t.Name)
	case t.MinNameServers < 0 || t.MaxNameServers < t.MinNameServers:
		return Errorf(KindInvalid, "bad_tld", "TLD %s: name servers must satisfy 0 ≤ min ≤ max.", t.Name)
	}
	if _, err := ParseIDNTables(strings.Fields(t.IDNTables)); err != nil {
		return fmt.Errorf("TLD %s: %w", t.Name, err)
	}
	return nil
}

// maxIDNTables is what the column holds, in bytes.
const maxIDNTables = 2000

func (e *Engine) applyTLD(ctx context.Context, tx Tx, by Actor, old *Catalogue, t TLD) error {
	was, known := old.TLD(t.Name)
	if known && was == t {
		return nil
	}
	if err := tx.PutTLD(ctx, t); err != nil {
		return err
	}
	ev := e.audit(by, "catalogue.tld", "tld", t.Name, t.Name, nil, t)
	if known {
		ev.Before = was
	}
	return tx.InsertAudit(ctx, ev)
}

// maxPrice bounds a price row, in minor units: times 99 years and 50 lines it
// stays below 2^53, what the ledger books in one entry.
const maxPrice = 1 << 40

func (e *Engine) applyPrice(ctx context.Context, tx Tx, by Actor, old *Catalogue, p Price) error {
	if p.Class == "" {
		p.Class = ClassStandard
	}
	if p.Sale.Minor < 0 || p.Cost.Minor < 0 || p.Sale.Minor > maxPrice || p.Cost.Minor > maxPrice || !ValidCurrency(p.Sale.Currency) || !ValidCurrency(p.Cost.Currency) || p.Years < 1 {
		return Errorf(KindInvalid, "bad_price", "Price of %s %s is not valid.", p.TLD, p.Action)
	}
	var before any
	for _, was := range old.prices[priceKey{p.TLD, p.Action, p.Class, p.Sale.Currency}] {
		if was.Years == p.Years && was.ValidFrom.Equal(p.ValidFrom) {
			if was.Sale == p.Sale && was.Cost == p.Cost && sameTime(was.ValidUntil, p.ValidUntil) {
				return nil
			}
			before = was
		}
	}
	if err := tx.PutPrice(ctx, p); err != nil {
		return err
	}
	name := fmt.Sprintf("%s %s %d", p.TLD, p.Action, p.Years)
	return tx.InsertAudit(ctx, e.audit(by, "catalogue.price", "price", p.TLD, name, before, p))
}

// OneYearPrices returns today's price of one year of each action that is sold.
func (e *Engine) OneYearPrices(c *Catalogue, t TLD, currency string) map[Action]Money {
	out := make(map[Action]Money)
	now := e.Now()
	for _, a := range []Action{ActionRegister, ActionRenew, ActionTransfer, ActionRestore} {
		if p, ok := c.Price(t.Name, a, 1, currency, now); ok {
			out[a] = p.Sale
		}
	}
	return out
}

// PriceList returns all active endings with their one-year prices, by name.
func (e *Engine) PriceList(ctx context.Context, currency string) ([]PriceLine, error) {
	c, err := e.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	var out []PriceLine
	for _, t := range c.TLDs() {
		if t.Active {
			out = append(out, PriceLine{TLD: t, Prices: e.OneYearPrices(c, t, currency)})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].TLD.Name < out[j].TLD.Name })
	return out, nil
}

// PriceLine is one row of the public price list.
type PriceLine struct {
	TLD    TLD
	Prices map[Action]Money // one year each; a missing action is not sold
}
