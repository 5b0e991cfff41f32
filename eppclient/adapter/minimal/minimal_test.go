package minimal_test

import (
	"testing"

	"github.com/indera/indera/eppclient/adapter/minimal"
	"github.com/indera/indera/eppclient/ext/fee"
	"github.com/indera/indera/eppclient/ext/rgp"
	"github.com/indera/indera/eppclient/ext/secdns"
	"github.com/indera/indera/eppclient/sandbox"
	"github.com/indera/indera/test/conformance"
)

func TestConformance(t *testing.T) {
	for frames, extensions := range map[string][]string{"": nil, "testdata/frames": {string(fee.V1), secdns.Namespace, rgp.Namespace}} {
		conformance.Run(t, conformance.Case{Dialect: minimal.Dialect, TLD: "example", Frames: frames, Server: func(c *sandbox.Config) {
			c.Extensions = extensions
			c.TLDs[0].Contacts = sandbox.ContactsProhibited
		}})
	}
}
