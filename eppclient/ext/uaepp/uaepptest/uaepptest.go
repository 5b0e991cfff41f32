// Package uaepptest has the schemas by which tests check frames of Hostmaster.ua.
package uaepptest

import (
	"path/filepath"
	"runtime"
	"testing"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/epptest"
	"github.com/indera/indera/eppclient/ext/rgp"
	"github.com/indera/indera/eppclient/ext/secdns"
	"github.com/indera/indera/eppclient/ext/uaepp"
)

// Schemas returns all of them: copies of the public ones and two of our own.
func Schemas(t *testing.T) []epptest.Schema {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	own := func(uri, file string) epptest.Schema {
		return epptest.Schema{Namespace: uri, File: filepath.Join(filepath.Dir(here), "..", "testdata", file)}
	}
	return append(epptest.Copies(t, map[string]epptest.Schema{
		epp.Standard.Domain:  {Namespace: uaepp.DomainNamespace, File: "domain-1.0.xsd"},
		epp.Standard.Contact: {Namespace: uaepp.ContactNamespace, File: "contact-1.0.xsd"},
		epp.Standard.Host:    {Namespace: uaepp.HostNamespace, File: "host-1.0.xsd"},
		secdns.Namespace:     {Namespace: uaepp.SecDNSNamespace, File: "secDNS-1.1.xsd"},
		rgp.Namespace:        {Namespace: uaepp.RGPNamespace, File: "rgp-1.0.xsd"},
	}), own(uaepp.Namespace, "uaepp-1.1.xsd"), own(uaepp.BalanceNamespace, "balance-1.0.xsd"))
}
