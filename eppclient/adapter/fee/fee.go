// Package fee is the dialect of registries that sell names at prices of their own:
// the generic one with the fee extension (RFC 8748) in the version that the
// greeting offers, from 1.0 down to the draft 0.5. Other dialects take its hooks.
package fee

import (
	"context"
	"fmt"
	"slices"

	"github.com/indera/indera/eppclient/adapter/rfc"
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/fee"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/registrar"
)

// Dialect is the generic dialect with prices.
var Dialect = rfc.Dialect{
	Name: "fee", About: "registries with premium names and prices by the fee extension", Mappings: append(rfc.Mappings(), fee.Mappings()...),
	Prepare: func(settings map[string]string) (rfc.Open, error) {
		quirks, err := rfc.ParseQuirks(settings)
		if err != nil {
			return nil, err
		}
		return func(cfg rfc.Config) (registrar.Registry, error) {
			cfg.Quirks = quirks
			cfg.Hooks = With(rfc.Hooks{Dialect: "fee", Mappings: append(rfc.Mappings(), fee.Mappings()...)})
			return rfc.New(cfg)
		}, nil
	},
}

// With adds prices to the hooks of a dialect whose mappings hold fee.Mappings().
func With(h rfc.Hooks) rfc.Hooks {
	inner := h.Capabilities
	h.Capabilities = func(caps registrar.Capabilities) registrar.Capabilities {
		caps.FeeVersions = versions(caps.Extensions)
		caps.Prices = len(caps.FeeVersions) > 0
		if inner != nil {
			caps = inner(caps)
		}
		return caps
	}
	h.Check, h.Checked = check, checked
	h.Consent, h.Cost, h.Prices = consent, cost, prices
	return h
}

func versions(extensions []string) []string {
	var out []string
	for _, v := range fee.Versions {
		if slices.Contains(extensions, string(v)) {
			out = append(out, string(v))
		}
	}
	return out
}

// check asks with each availability check whether a name is premium: many
// registries answer that it is taken, or sell it at the list price, to who does
// not ask.
func check(uses epp.Services, names []string) []epp.Extension {
	v := fee.Choose(uses)
	if v == "" {
		return nil
	}
	return []epp.Extension{fee.Check{Version: v, Names: names, Commands: []fee.Command{{Operation: fee.Create}}}}
}

func checked(uses epp.Services, resp *epp.Response, results []registrar.CheckResult) {
	quotes := fee.Choose(uses).CheckData(resp)
	for i := range results {
		if q, ok := quotes.For(results[i].Name); ok && q.Premium() {
			results[i].Premium = true
		}
	}
}

var operations = map[registrar.PriceAction]fee.Operation{
	registrar.PriceCreate: fee.Create, registrar.PriceRenew: fee.Renew, registrar.PriceTransfer: fee.Transfer, registrar.PriceRestore: fee.Restore,
}

// consent writes fee.Charge. A restore is paid with the update that asks for it
// (RFC 8748 §5.2.5).
func consent(uses epp.Services, action registrar.PriceAction, price registrar.Money) (epp.Extension, error) {
	v, op := fee.Choose(uses), operations[action]
	if v == "" {
		return nil, fmt.Errorf("the registry offers no fee extension to agree to %s with", price)
	}
	if action == registrar.PriceRestore {
		op = fee.Update
	}
	return fee.Charge{Version: v, Command: op, Currency: price.Currency, Fees: []fee.Fee{
		{Amount: fee.FromMinor(price.Minor, registrar.Decimals(price.Currency))},
	}}, nil
}

func cost(uses epp.Services, resp *epp.Response) *registrar.Money {
	v := fee.Choose(uses)
	if v == "" {
		return nil
	}
	r, ok := v.Result(resp)
	if !ok || len(r.Fees)+len(r.Credits) == 0 {
		return nil
	}
	total, err := fee.Total(r.Fees, r.Credits, registrar.Decimals(r.Currency))
	if err != nil {
		return nil // said in a way that can't be booked
	}
	return &registrar.Money{Minor: total, Currency: r.Currency}
}

// prices asks by groups of one period, because most servers take each command
// once in a check.
func prices(ctx context.Context, a *rfc.Adapter, queries []registrar.PriceQuery) ([]registrar.RegistryPrice, error) {
	uses, err := a.Uses(ctx, pool.Customer)
	if err != nil {
		return nil, err
	}
	v := fee.Choose(uses)
	if v == "" {
		return nil, rfc.Refuse("", registrar.CodeUnimplemented, "prices to ask for")
	}
	out := make([]registrar.RegistryPrice, len(queries))
	for i, q := range queries {
		out[i].PriceQuery = q
	}
	for _, years := range periods(queries) {
		names, commands := group(queries, years)
		for part := range slices.Chunk(names, a.Capabilities().CheckBatch) {
			if err := ask(ctx, a, v, part, commands, out, years); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func periods(queries []registrar.PriceQuery) []int {
	var out []int
	for _, q := range queries {
		if !slices.Contains(out, q.Years) {
			out = append(out, q.Years)
		}
	}
	return out
}

// group puts the queries of one period together: all names with all commands that
// any of them is asked for.
func group(queries []registrar.PriceQuery, years int) (names []string, commands []fee.Command) {
	for _, q := range queries {
		if q.Years != years {
			continue
		}
		if !slices.Contains(names, q.Name) {
			names = append(names, q.Name)
		}
		cmd := fee.Command{Operation: operations[q.Action], Period: period(q)}
		if !slices.Contains(commands, cmd) {
			commands = append(commands, cmd)
		}
	}
	return names, commands
}

func period(q registrar.PriceQuery) epp.Period {
	if q.Years == 0 || q.Action == registrar.PriceRestore {
		return epp.Period{}
	}
	return epp.Period{Value: q.Years, Unit: "y"}
}

func ask(ctx context.Context, a *rfc.Adapter, v fee.Version, names []string, commands []fee.Command, out []registrar.RegistryPrice, years int) error {
	for _, check := range (fee.Check{Version: v, Names: names, Commands: commands}).Split() {
		resp, err := a.Read(ctx, pool.Customer, epp.DomainCheck{Names: names}, check)
		if err != nil {
			return err
		}
		quotes := v.CheckData(resp)
		for i := range out {
			if out[i].Years != years || out[i].Known {
				continue
			}
			if q, ok := quotes.For(out[i].Name); ok {
				take(&out[i], q)
			}
		}
	}
	return nil
}

// take reads the answer for one query.
func take(p *registrar.RegistryPrice, q fee.Quote) {
	p.Class, p.Premium, p.Reason = q.Class, q.Premium(), q.Reason
	price, ok := q.Price(operations[p.Action], period(p.PriceQuery))
	if !ok || !price.Available {
		if ok && price.Reason != "" {
			p.Reason = price.Reason
		}
		return
	}
	total, err := fee.Total(price.Fees, price.Credits, registrar.Decimals(q.Currency))
	if err != nil {
		p.Reason = err.Error()
		return
	}
	if price.Standard != nil {
		p.Premium = !*price.Standard
	}
	p.Known, p.Amount, p.NotAfter = true, registrar.Money{Minor: total, Currency: q.Currency}, price.NotAfter.Time
}
