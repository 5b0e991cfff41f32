// Package verisign is the dialect of Verisign's registries (.com, .net, .cc, .tv
// and others on the same platform). One session serves several endings: each
// command on an object names the sub-product it goes to. Names of .com and .net
// have no contacts.
package verisign

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/indera/indera/eppclient/adapter/fee"
	"github.com/indera/indera/eppclient/adapter/rfc"
	"github.com/indera/indera/eppclient/epp"
	feeext "github.com/indera/indera/eppclient/ext/fee"
	"github.com/indera/indera/eppclient/ext/idn"
	"github.com/indera/indera/eppclient/ext/verisign"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/registrar"
)

// mappings are what a session logs in with: what the port has no use for is left
// to the codecs.
func mappings() []epp.Mapping {
	own := []epp.Mapping{
		verisign.NamestoreMapping, verisign.IDNLangMapping, verisign.PremiumMapping,
		verisign.BalanceMapping, verisign.LowBalanceMapping, verisign.RGPPollMapping,
	}
	return slices.Concat(rfc.Mappings(), feeext.Mappings(), own)
}

// Dialect is the dialect of Verisign's registries.
var Dialect = rfc.Dialect{
	Name: "verisign", About: "Verisign: .com, .net and others, by sub-product", Mappings: mappings(),
	Prepare: func(settings map[string]string) (rfc.Open, error) {
		r, model := defaultRoutes(), registrar.ContactsProhibited
		quirks, err := rfc.ParseQuirks(settings, r.quirk, contactsQuirk(&model))
		if err == nil {
			err = errors.Join(r.check(), checkAuthInfo(quirks))
		}
		if err != nil {
			return nil, err
		}
		return func(cfg rfc.Config) (registrar.Registry, error) { return open(cfg, quirks, r, model) }, nil
	},
}

// contactsQuirk reads whether the zones of the account are thick.
func contactsQuirk(model *registrar.ContactModel) func(name, value string) (bool, error) {
	return func(name, value string) (bool, error) {
		if name != "contacts" {
			return false, nil
		}
		switch *model = registrar.ContactModel(value); *model {
		case registrar.ContactsProhibited, registrar.ContactsOptional, registrar.ContactsRequired:
			return true, nil
		}
		return true, fmt.Errorf("%q is none of prohibited, optional and required", value)
	}
}

// maxAuthInfo is the longest code that these registries take.
const maxAuthInfo = 32

func checkAuthInfo(q rfc.Quirks) error {
	if q.AuthInfoLength > maxAuthInfo {
		return fmt.Errorf("auth_info_length: these registries take %d characters at most", maxAuthInfo)
	}
	return nil
}

// Adapter is the generic one behind a switch for sub-products.
type Adapter struct {
	*rfc.Adapter
	routes *routes
}

func open(cfg rfc.Config, quirks rfc.Quirks, r *routes, model registrar.ContactModel) (registrar.Registry, error) {
	cfg.Quirks, cfg.ContactModel = quirks, model
	if model == registrar.ContactsProhibited {
		cfg.ContactRoles = nil
	}
	cfg.Hooks = hooks(r)
	inner, err := rfc.New(cfg)
	if err != nil {
		return nil, err
	}
	return &Adapter{Adapter: inner, routes: r}, nil
}

func hooks(r *routes) rfc.Hooks {
	h := fee.With(rfc.Hooks{
		Dialect: "verisign", Mappings: mappings(), Capabilities: capabilities, Extend: r.extend, Create: create, Balance: balance,
	})
	return withPremium(h)
}

// capabilities adds what the greeting offers of the dialect's own.
func capabilities(caps registrar.Capabilities) registrar.Capabilities {
	caps.Balance = slices.Contains(caps.Services, verisign.BalanceNamespace)
	caps.IDNTables = caps.IDNTables || slices.Contains(caps.Extensions, verisign.IDNLangNamespace)
	caps.Prices = caps.Prices || slices.Contains(caps.Extensions, verisign.PremiumNamespace)
	return caps
}

// create names the language of an IDN, without which none is registered.
func create(uses epp.Services, d registrar.DomainCreate, _ *epp.DomainCreate) ([]epp.Extension, error) {
	isIDN := strings.HasPrefix(d.Name, "xn--")
	switch {
	case !isIDN && d.IDNTable != "":
		return nil, fmt.Errorf("%s is no internationalised name: it has no language", d.Name)
	case !isIDN:
		return nil, nil
	case uses.Has(verisign.IDNLangNamespace) && d.IDNTable == "":
		return nil, errors.New("this registry wants the language tag of an internationalised name, for example GER")
	case uses.Has(verisign.IDNLangNamespace):
		return []epp.Extension{verisign.IDNLang{Tag: d.IDNTable}}, nil
	case d.IDNTable == "":
		return nil, nil
	case uses.Has(idn.Namespace):
		return []epp.Extension{idn.Data{Table: d.IDNTable}}, nil
	}
	return nil, errors.New("this registry takes no language of an internationalised name")
}

// CreateDomain implements registrar.Registry.
func (a *Adapter) CreateDomain(ctx context.Context, send registrar.Send, d registrar.DomainCreate) (registrar.DomainCreated, error) {
	if len(d.Fields) > 0 {
		return registrar.DomainCreated{}, rfc.Refuse(send.ClTRID, registrar.CodeUnimplementedOption, "fields of its own")
	}
	if !a.refuses(d) {
		var err error
		if d.Consent, err = a.agree(ctx, send, registrar.PriceQuery{Name: d.Name, Action: registrar.PriceCreate, Years: d.Years}, d.Consent); err != nil {
			return registrar.DomainCreated{}, err
		}
	}
	return a.Adapter.CreateDomain(ctx, send, d)
}

// refuses reports whether the create asks for what the account can't do: then
// nothing is asked for its sake, either.
func (a *Adapter) refuses(d registrar.DomainCreate) bool {
	caps := a.Capabilities()
	return d.SecDNS.Signed() && caps.SecDNS == registrar.SecDNSNone || d.Launch != nil && !caps.Launch || d.Token != "" && !caps.Tokens
}

// RenewDomain implements registrar.Registry.
func (a *Adapter) RenewDomain(ctx context.Context, send registrar.Send, r registrar.DomainRenew) (registrar.DomainRenewed, error) {
	if r.Consent != nil {
		var err error
		if r.Consent, err = a.agree(ctx, send, registrar.PriceQuery{Name: r.Name, Action: registrar.PriceRenew, Years: r.Years}, r.Consent); err != nil {
			return registrar.DomainRenewed{}, err
		}
	}
	return a.Adapter.RenewDomain(ctx, send, r)
}

// balance asks for the state of the account. The registry's own "balance" is what
// is used of the credit; the port wants what is there, so it is counted from what
// can be spent.
func balance(ctx context.Context, a *rfc.Adapter) (registrar.Balance, error) {
	uses, err := a.Uses(ctx, pool.Bulk)
	if err != nil {
		return registrar.Balance{}, err
	}
	if !uses.Has(verisign.BalanceNamespace) {
		return registrar.Balance{}, rfc.Refuse("", registrar.CodeUnimplemented, "balance to ask for")
	}
	resp, err := a.Read(ctx, pool.Bulk, verisign.BalanceInfo{})
	if err != nil {
		return registrar.Balance{}, err
	}
	data, err := verisign.BalanceData(resp)
	if err != nil {
		return registrar.Balance{}, &registrar.UnknownOutcomeError{Cause: err}
	}
	return readBalance(data)
}

// currency is what Verisign's accounts are kept in: the mapping names none.
const currency = "USD"

func readBalance(data verisign.Balance) (registrar.Balance, error) {
	amount := func(a feeext.Amount) (registrar.Money, error) {
		minor, err := a.Minor(registrar.Decimals(currency))
		return registrar.Money{Minor: minor, Currency: currency}, err
	}
	available, err := amount(data.Available)
	if err != nil {
		return registrar.Balance{}, &registrar.UnknownOutcomeError{Cause: fmt.Errorf("available credit: %w", err)}
	}
	out := registrar.Balance{Available: available}
	limit, err := amount(data.CreditLimit)
	if err != nil {
		return out, nil // the rest is for people; what can be spent is known
	}
	out.CreditLimit = &limit
	out.Balance = &registrar.Money{Minor: available.Minor - limit.Minor, Currency: currency}
	if fixed, err := amount(data.Threshold.Fixed); err == nil {
		out.Threshold = &fixed
	} else if p := data.Threshold.Percent; p > 0 && p <= 100 {
		out.Threshold = &registrar.Money{Minor: share(limit.Minor, p), Currency: currency}
	}
	return out, nil
}

// share is so many percent of an amount, without running over.
func share(minor int64, percent int) int64 {
	return minor/100*int64(percent) + minor%100*int64(percent)/100
}
