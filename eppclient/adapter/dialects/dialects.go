// Package dialects lists the registry dialects. A new one is a package of its own
// and one line here.
package dialects

import (
	"slices"

	"github.com/indera/indera/eppclient/adapter/fee"
	"github.com/indera/indera/eppclient/adapter/fred"
	"github.com/indera/indera/eppclient/adapter/minimal"
	"github.com/indera/indera/eppclient/adapter/rfc"
	"github.com/indera/indera/eppclient/adapter/ua"
	"github.com/indera/indera/eppclient/adapter/verisign"
)

// All returns the dialects, the generic one first.
func All() []rfc.Dialect {
	return []rfc.Dialect{
		rfc.Generic,
		fee.Dialect,
		minimal.Dialect,
		fred.Dialect,
		verisign.Dialect,
		ua.Dialect,
	}
}

// Names returns their names.
func Names() []string {
	var out []string
	for _, d := range All() {
		out = append(out, d.Name)
	}
	return out
}

// Named returns the dialect of a name.
func Named(name string) (rfc.Dialect, bool) {
	all := All()
	i := slices.IndexFunc(all, func(d rfc.Dialect) bool { return d.Name == name })
	if i < 0 {
		return rfc.Dialect{}, false
	}
	return all[i], true
}
