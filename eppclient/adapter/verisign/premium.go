package verisign

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/indera/indera/eppclient/adapter/rfc"
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/fee"
	"github.com/indera/indera/eppclient/ext/verisign"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/registrar"
)

// byPremium reports whether a session learns prices by premiumdomain: the fee
// extension tells more and is preferred.
func byPremium(uses epp.Services) bool {
	return fee.Choose(uses) == "" && uses.Has(verisign.PremiumNamespace)
}

// withPremium adds premiumdomain for sessions without a fee extension.
func withPremium(h rfc.Hooks) rfc.Hooks {
	check, checked, prices := h.Check, h.Checked, h.Prices
	h.Check = func(uses epp.Services, names []string) []epp.Extension {
		if byPremium(uses) {
			return []epp.Extension{verisign.PremiumCheck{}}
		}
		return check(uses, names)
	}
	h.Checked = func(uses epp.Services, resp *epp.Response, results []registrar.CheckResult) {
		if !byPremium(uses) {
			checked(uses, resp, results)
			return
		}
		answers := verisign.PremiumData(resp)
		for i := range results {
			p, ok := premiumFor(answers, results[i].Name)
			results[i].Premium = results[i].Premium || ok && p.Premium
		}
	}
	h.Prices = func(ctx context.Context, a *rfc.Adapter, queries []registrar.PriceQuery) ([]registrar.RegistryPrice, error) {
		uses, err := a.Uses(ctx, pool.Customer)
		if err != nil {
			return nil, err
		}
		if byPremium(uses) {
			return premiumPrices(ctx, a, queries)
		}
		return prices(ctx, a, queries)
	}
	return h
}

func premiumFor(answers []verisign.PremiumName, name string) (verisign.PremiumName, bool) {
	i := slices.IndexFunc(answers, func(p verisign.PremiumName) bool { return strings.EqualFold(p.Name, name) })
	if i < 0 {
		return verisign.PremiumName{}, false
	}
	return answers[i], true
}

// premiumPrices asks for premium names. What the extension does not price (other
// names, transfers, restores) stays unknown: it costs what the contract says.
func premiumPrices(ctx context.Context, a *rfc.Adapter, queries []registrar.PriceQuery) ([]registrar.RegistryPrice, error) {
	out := make([]registrar.RegistryPrice, len(queries))
	var names []string
	for i, q := range queries {
		if out[i].PriceQuery = q; !slices.Contains(names, q.Name) {
			names = append(names, q.Name)
		}
	}
	for part := range slices.Chunk(names, a.Capabilities().CheckBatch) {
		resp, err := a.Read(ctx, pool.Customer, epp.DomainCheck{Names: part}, verisign.PremiumCheck{})
		if err != nil {
			return nil, err
		}
		answers := verisign.PremiumData(resp)
		for i := range out {
			if p, ok := premiumFor(answers, out[i].Name); ok {
				take(&out[i], p)
			}
		}
	}
	return out, nil
}

// take reads the answer for one query. Prices are for a year; what later years of a
// registration cost is not said.
func take(out *registrar.RegistryPrice, p verisign.PremiumName) {
	if !p.Premium {
		return
	}
	out.Premium, out.Class = true, "premium"
	amount := map[registrar.PriceAction]fee.Amount{registrar.PriceCreate: p.Price, registrar.PriceRenew: p.Renewal}[out.Action]
	if amount == "" {
		return
	}
	minor, err := amount.Minor(registrar.Decimals(p.Currency))
	if err != nil || !registrar.ValidCurrency(p.Currency) {
		out.Reason = fmt.Sprintf("the price %q in %q can't be read", amount, p.Currency)
		return
	}
	years := max(out.Years, 1)
	if out.Action == registrar.PriceCreate && years > 1 {
		out.Reason = "the registry tells the price of the first year only"
		return
	}
	if minor < 0 || minor > math.MaxInt64/int64(years) {
		out.Reason = fmt.Sprintf("the price %q is out of range", amount)
		return
	}
	out.Known, out.Amount = true, registrar.Money{Minor: minor * int64(years), Currency: p.Currency}
}

// agree compares a consent with the price where the registry takes none: with
// premiumdomain it sells at the price of the moment. It returns the consent that
// the command itself carries.
func (a *Adapter) agree(ctx context.Context, send registrar.Send, q registrar.PriceQuery, consent *registrar.Money) (*registrar.Money, error) {
	uses, err := a.Uses(ctx, pool.Customer)
	if err != nil {
		return nil, err
	}
	if !byPremium(uses) {
		return consent, nil
	}
	prices, err := a.Prices(ctx, []registrar.PriceQuery{q})
	if err != nil {
		if registrar.ResultCode(err) == 0 {
			err = &registrar.NotSentError{Cause: err}
		}
		return nil, err
	}
	switch p := prices[0]; {
	case !p.Premium && consent == nil:
		return nil, nil
	case !p.Premium:
		return nil, disagree(send, "%s is no premium name: nothing to agree to", q.Name)
	case consent == nil:
		return nil, disagree(send, "%s is a premium name: its price must be agreed to", q.Name)
	case !p.Known:
		return nil, disagree(send, "the price of %s is not known: %s", q.Name, p.Reason)
	case p.Amount != *consent:
		return nil, disagree(send, "%s costs %s, agreed was %s", q.Name, p.Amount, *consent)
	}
	return nil, nil
}

// disagree is a refusal in the registry's stead (RFC 8748 §4: 2004).
func disagree(send registrar.Send, format string, args ...any) error {
	return &registrar.ResultError{Code: epp.CodeValueRange, Msg: "not sent: " + fmt.Sprintf(format, args...), ClTRID: send.ClTRID}
}
