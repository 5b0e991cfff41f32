package rfc_test

import (
	"testing"

	"github.com/indera/indera/eppclient/adapter/rfc"
	"github.com/indera/indera/eppclient/ext/alloctoken"
	"github.com/indera/indera/eppclient/ext/launch"
	"github.com/indera/indera/eppclient/ext/rgp"
	"github.com/indera/indera/eppclient/ext/secdns"
	"github.com/indera/indera/eppclient/sandbox"
	"github.com/indera/indera/test/conformance"
)

func TestConformance(t *testing.T) {
	t.Run("core", func(t *testing.T) {
		conformance.Run(t, conformance.Case{Dialect: rfc.Generic, TLD: "example"})
	})
	t.Run("extensions", func(t *testing.T) {
		conformance.Run(t, conformance.Case{Dialect: rfc.Generic, TLD: "example", Frames: "testdata/frames", Server: func(c *sandbox.Config) {
			c.Extensions = []string{secdns.Namespace, rgp.Namespace, launch.Namespace, alloctoken.Namespace}
		}})
	})
	t.Run("keys and attributes", func(t *testing.T) {
		conformance.Run(t, conformance.Case{
			Dialect: rfc.Generic, TLD: "example", Quirks: map[string]string{"secdns": "key", "host_model": "hostAttr", "transfer": "immediate"},
			Server: func(c *sandbox.Config) {
				c.Extensions = []string{secdns.Namespace}
				c.TLDs[0].SecDNS, c.TLDs[0].HostAttributes, c.TLDs[0].TransferImmediate = "key", true, true
			},
		})
	})
}
