package ua_test

import (
	"strings"
	"testing"

	"github.com/indera/indera/eppclient/adapter/ua"
	"github.com/indera/indera/eppclient/ext/uaepp/uaepptest"
	"github.com/indera/indera/eppclient/sandbox"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/test/conformance"
)

func server(change func(*sandbox.Config)) func(*sandbox.Config) {
	return func(c *sandbox.Config) {
		c.Dialect = sandbox.DialectUA
		for i := range c.Accounts {
			c.Accounts[i].Contract = "R12/999"
		}
		if change != nil {
			change(c)
		}
	}
}

// with are the quirks of an account whose sandbox reckons in dollars.
func with(more ...string) map[string]string {
	out := map[string]string{"contract": "R12/999", "currency": "USD"}
	for i := 0; i < len(more); i += 2 {
		out[more[i]] = more[i+1]
	}
	return out
}

func TestConformance(t *testing.T) {
	t.Run("public domain", func(t *testing.T) {
		conformance.Run(t, conformance.Case{
			Dialect: ua.Dialect, Quirks: with(), TLD: "com.ua", Frames: "testdata/frames", Server: server(nil), Schemas: uaepptest.Schemas(t),
		})
	})
	t.Run("licensed, with attributes", func(t *testing.T) {
		conformance.Run(t, conformance.Case{
			Dialect: ua.Dialect, Quirks: with("host_model", "hostAttr"), TLD: "ua", Schemas: uaepptest.Schemas(t),
			Server: server(func(c *sandbox.Config) { c.TLDs[0].HostAttributes = true }),
			Create: func(d *registrar.DomainCreate) {
				if strings.Count(d.Name, ".") == 1 {
					d.Fields = map[string]string{ua.FieldLicence: "UA 12345"}
				}
			},
		})
	})
}

func TestQuirks(t *testing.T) {
	for _, good := range []map[string]string{
		nil, with(), {"licence_zones": "none"}, {"licence_zones": "ua, gov.ua"}, {"delete_hosts_in_use": "on"}, {"restore": "report"}, {"auth_info": "generate"},
	} {
		if _, err := ua.Dialect.Prepare(good); err != nil {
			t.Errorf("%v: %v", good, err)
		}
	}
	for name, value := range map[string]string{
		"contract": "", "currency": "uah", "licence_zones": "com", "delete_hosts_in_use": "yes", "no_such": "x", "restore": "never",
	} {
		if _, err := ua.Dialect.Prepare(map[string]string{name: value}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%q: %v", name, value, err)
		}
	}
}
