package verisign_test

import (
	"testing"

	"github.com/indera/indera/eppclient/adapter/verisign"
	"github.com/indera/indera/eppclient/ext/alloctoken"
	"github.com/indera/indera/eppclient/ext/fee"
	"github.com/indera/indera/eppclient/ext/launch"
	"github.com/indera/indera/eppclient/ext/rgp"
	"github.com/indera/indera/eppclient/ext/secdns"
	ext "github.com/indera/indera/eppclient/ext/verisign"
	"github.com/indera/indera/eppclient/sandbox"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/test/conformance"
)

// platform is what such a registry offers always.
var platform = []string{
	ext.NamestoreNamespace, ext.IDNLangNamespace, ext.SyncNamespace, ext.BalanceNamespace, ext.LowBalanceNamespace, ext.RGPPollNamespace,
	secdns.Namespace, rgp.Namespace,
}

// offer makes the sandbox a registry of Verisign's that takes contacts or not.
func offer(contacts sandbox.ContactPolicy, more ...string) func(*sandbox.Config) {
	return func(c *sandbox.Config) {
		c.Extensions = append(append(c.Extensions, platform...), more...)
		t := &c.TLDs[0]
		t.Contacts = contacts
		t.Tiers = []sandbox.Tier{{Class: "premium-1", Names: []string{"gold." + t.Name}, Prices: map[sandbox.Action]int64{
			sandbox.ActionCreate: 99_900, sandbox.ActionRenew: 9_900,
		}}}
		if second := *t; t.Name == "com" {
			second.Name, second.Reserved, second.Tiers = "net", nil, nil
			c.TLDs = append(c.TLDs, second)
		}
		for i := range c.Accounts {
			c.Accounts[i].WarnPercent = 50
		}
	}
}

func TestConformance(t *testing.T) {
	t.Run("thin with fees", func(t *testing.T) {
		conformance.Run(t, conformance.Case{
			Dialect: verisign.Dialect, TLD: "com", Premium: "gold.com",
			Server: offer(sandbox.ContactsProhibited, string(fee.V1), ext.PremiumNamespace, launch.Namespace, alloctoken.Namespace, ext.WhoisInfoNamespace, ext.RelatedNamespace),
		})
	})
	t.Run("thin with premiumdomain", func(t *testing.T) {
		conformance.Run(t, conformance.Case{
			Dialect: verisign.Dialect, TLD: "com", Premium: "gold.com", PremiumOnly: true, Server: offer(sandbox.ContactsProhibited, ext.PremiumNamespace),
		})
	})
	t.Run("thick", func(t *testing.T) {
		conformance.Run(t, conformance.Case{
			Dialect: verisign.Dialect, TLD: "name", Server: offer(sandbox.ContactsRequired),
			Quirks: map[string]string{"contacts": string(registrar.ContactsRequired), "sub_products": "name=dotNAME"},
		})
	})
	t.Run("nothing of its own", func(t *testing.T) {
		conformance.Run(t, conformance.Case{Dialect: verisign.Dialect, TLD: "com"})
	})
}
