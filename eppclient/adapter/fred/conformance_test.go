package fred_test

import (
	"testing"

	"github.com/indera/indera/eppclient/adapter/fred"
	"github.com/indera/indera/eppclient/epptest"
	"github.com/indera/indera/eppclient/sandbox"
	"github.com/indera/indera/test/conformance"
)

func TestConformance(t *testing.T) {
	conformance.Run(t, conformance.Case{
		Dialect: fred.Dialect, TLD: "example", Quirks: map[string]string{"currency": "USD", "zone": "example"}, Valid: epptest.ValidFRED,
		Server: func(c *sandbox.Config) { c.Dialect = sandbox.DialectFRED },
	})
}
