package rfc

import (
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/registrar"
)

// Dialect is one way of speaking to registries. Each dialect's package has one;
// package dialects lists them.
type Dialect struct {
	Name     string // as configuration names it
	About    string // whom it is for, in a few words
	Mappings []epp.Mapping
	Objects  epp.Objects // own namespaces of the three object mappings; zero = epp.Standard
	// PasswordMax is the longest login password; 0 = that of RFC 5730.
	PasswordMax int
	// Prepare reads the quirks of one account and returns what makes its adapter.
	Prepare func(settings map[string]string) (Open, error)
}

// Open makes the adapter of an account. It sets Quirks and Hooks of cfg itself.
type Open func(cfg Config) (registrar.Registry, error)

// Services is what sessions of the dialect log in with.
func (d Dialect) Services() epp.Services { return epp.ServicesOf(d.Mappings) }

// Generic is the dialect of this package.
var Generic = Dialect{
	Name: "rfc", About: "registries that follow the RFCs", Mappings: Mappings(),
	Prepare: func(settings map[string]string) (Open, error) {
		quirks, err := ParseQuirks(settings)
		if err != nil {
			return nil, err
		}
		return func(cfg Config) (registrar.Registry, error) {
			cfg.Quirks = quirks
			return New(cfg)
		}, nil
	},
}
