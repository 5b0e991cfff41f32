package sandbox

// priceOf is what an action costs in minor units: by the year, a restore as a
// whole. An absent price is free.
func (r *registry) priceOf(tld *TLD, name string, action Action, years int) int64 {
	price := tld.Prices[action]
	if tier := r.tierOf(tld, name); tier != nil {
		if p, ok := tier.Prices[action]; ok {
			price = p
		}
	}
	if action == ActionRestore {
		return price
	}
	return price * int64(years)
}

// chargeMinor books a charge on the caller's account; a free action leaves no
// ledger row.
func (w *work) chargeMinor(verb, domain, roid string, years int, amount int64) error {
	if amount == 0 {
		return nil
	}
	return w.book(entry{account: w.clientID, verb: verb, domain: domain, roid: roid, years: years, amount: -amount})
}
