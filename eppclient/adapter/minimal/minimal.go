// Package minimal is the dialect of registries on the minimum data set: names
// without contacts, as ICANN's registration data policy allows. They sell by the
// fee extension where they offer it.
package minimal

import (
	"github.com/indera/indera/eppclient/adapter/fee"
	"github.com/indera/indera/eppclient/adapter/rfc"
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext"
	feeext "github.com/indera/indera/eppclient/ext/fee"
	"github.com/indera/indera/registrar"
)

func mappings() []epp.Mapping {
	return ext.Without(append(rfc.Mappings(), feeext.Mappings()...), epp.Standard.Contact)
}

// Dialect is the dialect without contacts.
var Dialect = rfc.Dialect{
	Name: "minimal", About: "registries on the minimum data set: no contacts", Mappings: mappings(),
	Prepare: func(settings map[string]string) (rfc.Open, error) {
		quirks, err := rfc.ParseQuirks(settings)
		if err != nil {
			return nil, err
		}
		return func(cfg rfc.Config) (registrar.Registry, error) {
			cfg.Quirks, cfg.ContactModel, cfg.ContactRoles = quirks, registrar.ContactsProhibited, nil
			cfg.Hooks = fee.With(rfc.Hooks{Dialect: "minimal", Mappings: mappings()})
			return rfc.New(cfg)
		}, nil
	},
}
