// Package ext lists everything the EPP client implements beside the core: one
// line for each mapping. Adding an extension is one package and one line here.
package ext

import (
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/alloctoken"
	"github.com/indera/indera/eppclient/ext/changepoll"
	"github.com/indera/indera/eppclient/ext/fee"
	"github.com/indera/indera/eppclient/ext/fred"
	"github.com/indera/indera/eppclient/ext/idn"
	"github.com/indera/indera/eppclient/ext/launch"
	"github.com/indera/indera/eppclient/ext/loginsec"
	"github.com/indera/indera/eppclient/ext/maintenance"
	"github.com/indera/indera/eppclient/ext/org"
	"github.com/indera/indera/eppclient/ext/rgp"
	"github.com/indera/indera/eppclient/ext/secdns"
	"github.com/indera/indera/eppclient/ext/secureauth"
	"github.com/indera/indera/eppclient/ext/ttl"
	"github.com/indera/indera/eppclient/ext/uaepp"
	"github.com/indera/indera/eppclient/ext/verisign"
)

// All returns every mapping, the core first, versions of one extension together
// with the best first.
func All() []epp.Mapping {
	list := append(epp.Core(),
		secdns.Mapping,
		rgp.Mapping,
		launch.Mapping,
		changepoll.Mapping,
		loginsec.Mapping,
		alloctoken.Mapping,
		secureauth.Mapping,
		maintenance.Mapping,
		idn.Mapping,
		org.Mapping,
		org.ExtMapping,
		ttl.Mapping,
	)
	list = append(list, fee.Mappings()...)
	list = append(list, verisign.Mappings()...)
	list = append(list, fred.Mappings()...)
	return append(list, uaepp.Mappings()...)
}

// Services is what a client that uses everything logs in with; a session takes
// of it what the greeting offers.
func Services() epp.Services { return epp.ServicesOf(All()) }

// Without returns mappings but those of the URIs: a quirk of a registry that
// announces what it does not do.
func Without(mappings []epp.Mapping, uris ...string) []epp.Mapping {
	var out []epp.Mapping
	for _, m := range mappings {
		keep := true
		for _, uri := range uris {
			keep = keep && m.URI != uri
		}
		if keep {
			out = append(out, m)
		}
	}
	return out
}

// Unknown returns what a server announces and no mapping knows: for staff, who
// may want it, and for nobody else.
func Unknown(g epp.Greeting) []string {
	known := map[string]bool{}
	for _, m := range All() {
		known[m.URI] = true
	}
	var out []string
	for _, list := range [][]string{g.Objects, g.Extensions} {
		for _, uri := range list {
			if !known[uri] {
				out = append(out, uri)
			}
		}
	}
	return out
}
