package verisign

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/verisign"
	"github.com/indera/indera/registrar"
)

// routes says which sub-product the objects of an ending live behind. It is
// written while quirks are read, and only read from then on.
type routes struct {
	byEnding map[string]string // "com" → "dotCOM"
	first    string            // of the endings
	other    string            // for external hosts and contacts
}

func defaultRoutes() *routes {
	return &routes{byEnding: map[string]string{"com": "dotCOM", "net": "dotNET"}, first: "dotCOM"}
}

// quirk reads sub_products ("com=dotCOM,net=dotNET"), which replaces the default,
// and default_sub_product.
func (r *routes) quirk(name, value string) (known bool, err error) {
	switch name {
	case "sub_products":
		r.byEnding, r.first = map[string]string{}, ""
		for _, item := range strings.Split(value, ",") {
			ending, product, ok := strings.Cut(strings.TrimSpace(item), "=")
			ending, product = strings.Trim(strings.ToLower(strings.TrimSpace(ending)), "."), strings.TrimSpace(product)
			if !ok || ending == "" || product == "" || len(product) > 64 {
				return true, fmt.Errorf("%q is not an ending and its sub-product, such as com=dotCOM", item)
			}
			if _, twice := r.byEnding[ending]; twice {
				return true, fmt.Errorf("%q is named twice", ending)
			}
			if r.byEnding[ending] = product; r.first == "" {
				r.first = product
			}
		}
		return true, nil
	case "default_sub_product":
		r.other = value
		return true, nil
	}
	return false, nil
}

// check sets the default and makes sure that it is one of the account's.
func (r *routes) check() error {
	if r.other == "" {
		r.other = r.first
	}
	for _, product := range r.byEnding {
		if product == r.other {
			return nil
		}
	}
	return fmt.Errorf("quirk default_sub_product: %q is none of sub_products", r.other)
}

// find returns the sub-product of the longest ending of a name, "" when none fits.
func (r *routes) find(name string) string {
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	for rest := name; rest != ""; {
		if product := r.byEnding[rest]; product != "" && rest != name {
			return product
		}
		_, rest, _ = strings.Cut(rest, ".")
	}
	return ""
}

var errSplit = errors.New("names of several sub-products in one command")

// product returns where a command goes, "" for what is no object of a sub-product.
func (r *routes) product(cmd epp.Command) (string, error) {
	d := cmd.Describe()
	switch d.Kind {
	case "contact":
		return r.other, nil
	case "host", "domain":
	default:
		return "", nil
	}
	out := ""
	for i, name := range strings.Split(d.Object, ",") {
		product := r.find(name)
		switch {
		case product == "" && d.Kind == "host":
			product = r.other
		case product == "":
			return "", fmt.Errorf("no sub-product is known for %s: the quirk sub_products names them", name)
		}
		if i > 0 && product != out {
			return "", errSplit
		}
		out = product
	}
	return out, nil
}

// extend is the hook that adds the sub-product.
func (r *routes) extend(uses epp.Services, cmd epp.Command) ([]epp.Extension, error) {
	if !uses.Has(verisign.NamestoreNamespace) {
		return nil, nil
	}
	product, err := r.product(cmd)
	if product == "" || err != nil {
		return nil, err
	}
	return []epp.Extension{verisign.Namestore{SubProduct: product}}, nil
}

// apart runs do for the items of each sub-product, and puts the results where the
// items were. Names without a sub-product are a group that the registry never sees:
// the hook refuses it.
func apart[Q, R any](r *routes, items []Q, name func(Q) string, do func([]Q) ([]R, error)) ([]R, error) {
	var products []string
	groups := map[string][]int{}
	for i, item := range items {
		product := r.find(name(item))
		if groups[product] == nil {
			products = append(products, product)
		}
		groups[product] = append(groups[product], i)
	}
	out := make([]R, len(items))
	for _, product := range products {
		at := groups[product]
		group := make([]Q, 0, len(at))
		for _, i := range at {
			group = append(group, items[i])
		}
		answers, err := do(group)
		if err != nil {
			return nil, err
		}
		if len(answers) != len(group) {
			return nil, &registrar.UnknownOutcomeError{Cause: fmt.Errorf("%d answers for %d names", len(answers), len(group))}
		}
		for k, i := range at {
			out[i] = answers[k]
		}
	}
	return out, nil
}

func itself(name string) string { return name }

// CheckDomains implements registrar.Registry.
func (a *Adapter) CheckDomains(ctx context.Context, names []string) ([]registrar.CheckResult, error) {
	return apart(a.routes, names, itself, func(group []string) ([]registrar.CheckResult, error) {
		return a.Adapter.CheckDomains(ctx, group)
	})
}

// CheckClaims implements registrar.Registry.
func (a *Adapter) CheckClaims(ctx context.Context, phase registrar.LaunchPhase, names []string) ([]registrar.Claim, error) {
	return apart(a.routes, names, itself, func(group []string) ([]registrar.Claim, error) {
		return a.Adapter.CheckClaims(ctx, phase, group)
	})
}

// Prices implements registrar.Registry.
func (a *Adapter) Prices(ctx context.Context, queries []registrar.PriceQuery) ([]registrar.RegistryPrice, error) {
	return apart(a.routes, queries, func(q registrar.PriceQuery) string { return q.Name }, func(group []registrar.PriceQuery) ([]registrar.RegistryPrice, error) {
		return a.Adapter.Prices(ctx, slices.Clone(group))
	})
}
