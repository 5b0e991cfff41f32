package sandbox_test

import (
	"strings"
	"testing"

	"github.com/indera/indera/eppclient/sandbox"
)

const (
	feeNS   = "urn:ietf:params:xml:ns:epp:fee-1.0"
	fee07NS = "urn:ietf:params:xml:ns:fee-0.7"
)

func feeExt(ns, local, inner string) string {
	return `<f:` + local + ` xmlns:f="` + ns + `">` + inner + `</f:` + local + `>`
}

func charge(ns, local, currency, amount string) string {
	return feeExt(ns, local, "<f:currency>"+currency+"</f:currency><f:fee>"+amount+"</f:fee>")
}

// premium gives the first zone a tier, prices for everything and the extension.
func premium(c *sandbox.Config) {
	c.Extensions = append(c.Extensions, feeNS, fee07NS, rgpNS)
	c.TLDs[0].Prices[sandbox.ActionTransfer], c.TLDs[0].Prices[sandbox.ActionRestore] = 850, 4000
	c.TLDs[0].Tiers = []sandbox.Tier{{Class: "premium-1", Names: []string{"rich.example", "other.example"}, Prices: map[sandbox.Action]int64{sandbox.ActionCreate: 10_050, sandbox.ActionRenew: 5_000}}}
}

func TestFeeCheck(t *testing.T) {
	f := start(t, premium)
	c := f.loginExt("alpha", feeNS)
	plain := named("check", domainNS, "rich.example", "free.example", "gold.example", "a.nowhere")
	c.want(1000, plain).has(t, `<domain:name avail="0">rich.example</domain:name><domain:reason>Premium name, fee required</domain:reason>`, `avail="1">free.example`)
	ask := func(inner string) string { return extended(plain, feeExt(feeNS, "check", inner)) }
	a := c.want(1000, ask(`<f:currency>USD</f:currency><f:command name="create" phase="open"><f:period unit="y">2</f:period></f:command><f:command name="renew"/><f:command name="transfer"/><f:command name="restore"/><f:command name="update"/><f:command name="custom" customName="trade"/>`))
	a.has(t, `avail="1">rich.example`, `avail="0">gold.example`, `<fee:chkData xmlns:fee="`+feeNS+`"><fee:currency>USD</fee:currency>`,
		`<fee:cd avail="1"><fee:objID>rich.example</fee:objID><fee:class>premium-1</fee:class><fee:command name="create" phase="open" standard="0"><fee:period unit="y">2</fee:period><fee:fee description="create fee" refundable="1" grace-period="P5D">201.00</fee:fee></fee:command>`,
		`<fee:command name="renew" standard="0"><fee:period unit="y">1</fee:period>`, ">50.00<", `name="transfer"`, ">8.50<", `<fee:command name="restore" standard="0"><fee:fee`, ">40.00<", `name="update"`, ">0.00<", `customName="trade"`, "<fee:reason>no such command</fee:reason>",
		`<fee:objID>free.example</fee:objID><fee:class>standard</fee:class><fee:command name="create" phase="open" standard="1">`, ">16.00<",
		`<fee:cd avail="0"><fee:objID>a.nowhere</fee:objID><fee:reason>`)
	c.want(1000, ask(`<f:currency>EUR</f:currency><f:command name="create"/>`)).has(t, `<fee:cd avail="0"><fee:objID>rich.example</fee:objID><fee:reason>the currency is USD`)
	c.want(1000, ask(`<f:command name="create"><f:period unit="y">11</f:period></f:command>`)).has(t, "<fee:reason>not a period of this zone</fee:reason>")
	for name, tt := range map[string]struct {
		inner string
		code  int
	}{
		"no command": {"", 2003}, "unknown command": {`<f:command name="buy"/>`, 2005}, "no name": {`<f:command/>`, 2003}, "currency": {`<f:currency>usd</f:currency><f:command name="create"/>`, 2005},
		"order": {`<f:command name="create"/><f:currency>USD</f:currency>`, 2001}, "period": {`<f:command name="create"><f:period>1</f:period></f:command>`, 2003},
	} {
		t.Run(name, func(t *testing.T) { c.want(tt.code, ask(tt.inner)) })
	}
	c.want(2002, extended(plain, charge(feeNS, "create", "USD", "1")))
	c.want(2103, extended(plain, feeExt(fee07NS, "check", ""))) // not chosen at login
}

func TestFeeCheckByName(t *testing.T) {
	f := start(t, premium)
	c := f.loginExt("alpha", fee07NS)
	plain := named("check", domainNS, "rich.example", "a.nowhere")
	question := func(name, inner string) string {
		return "<f:domain><f:name>" + name + "</f:name>" + inner + "</f:domain>"
	}
	ask := func(inner string) string { return extended(plain, feeExt(fee07NS, "check", inner)) }
	c.want(1000, ask(question("rich.example", "<f:currency>USD</f:currency><f:command>create</f:command>")+question("rich.example", `<f:command phase="open">renew</f:command><f:period unit="y">2</f:period>`)+question("a.nowhere", "<f:command>create</f:command>"))).
		has(t, `<fee:cd><fee:name>rich.example</fee:name><fee:currency>USD</fee:currency><fee:command>create</fee:command><fee:period unit="y">1</fee:period><fee:fee description="create fee" refundable="1" grace-period="P5D">100.50</fee:fee><fee:class>premium-1</fee:class></fee:cd>`,
			"<fee:command>renew</fee:command><fee:period unit=\"y\">2</fee:period>", ">100.00<", "<fee:name>a.nowhere</fee:name><fee:currency>USD</fee:currency><fee:command>create</fee:command></fee:cd>")
	c.want(2306, ask(question("else.example", "<f:command>create</f:command>")))
	c.want(2003, ask(question("rich.example", "")))
	c.want(1000, extended(createDomain("rich.example", ""), charge(fee07NS, "create", "USD", "100.50"))).has(t, `<fee:creData xmlns:fee="`+fee07NS+`">`)
	c.want(2003, extended(createDomain("other.example", ""), feeExt(fee07NS, "create", "<f:fee>100.50</f:fee>"))) // the currency is mandatory there
}

func TestFeeTransforms(t *testing.T) {
	f := start(t, premium)
	c := f.loginExt("alpha", feeNS, rgpNS)
	create := func(ext string) string { return extended(createDomain("rich.example", ""), ext) }
	for name, tt := range map[string]struct {
		frame string
		code  int
	}{
		"without":      {createDomain("rich.example", ""), 2003},
		"too low":      {create(charge(feeNS, "create", "USD", "100.49")), 2004},
		"too high":     {create(charge(feeNS, "create", "USD", "100.51")), 2004},
		"currency":     {create(charge(feeNS, "create", "EUR", "100.50")), 2004},
		"negative":     {create(charge(feeNS, "create", "USD", "-1")), 2005},
		"no number":    {create(charge(feeNS, "create", "USD", "much")), 2005},
		"other verb":   {create(charge(feeNS, "renew", "USD", "100.50")), 2002},
		"no fee":       {create(feeExt(feeNS, "create", "<f:currency>USD</f:currency>")), 2003},
		"two years":    {strings.Replace(create(charge(feeNS, "create", "USD", "100.50")), "<o:authInfo>", years(2)+"<o:authInfo>", 1), 2004},
		"credit above": {create(feeExt(feeNS, "create", "<f:fee>100.50</f:fee><f:credit>1</f:credit>")), 2005},
	} {
		t.Run(name, func(t *testing.T) { c.want(tt.code, tt.frame) })
	}
	f.wantFunds("alpha", 100_000)
	c.want(1000, create(feeExt(feeNS, "create", `<f:fee description="a">101.00</f:fee><f:credit>-0.5</f:credit>`))).
		has(t, `<extension><fee:creData xmlns:fee="`+feeNS+`"><fee:currency>USD</fee:currency><fee:fee description="create fee">100.50</fee:fee><fee:balance>899.50</fee:balance></fee:creData></extension>`)
	c.want(2003, renewDomain("rich.example", "2027-01-15", ""))
	c.want(1000, extended(renewDomain("rich.example", "2027-01-15", ""), charge(feeNS, "renew", "USD", "50.00"))).has(t, "<fee:renData", "<fee:balance>849.50</fee:balance>")
	c.want(1000, createDomain("plain.example", "")).has(t, "<fee:creData", ">8.00<") // standard names need none
	c.want(2004, extended(renewDomain("plain.example", "2027-01-15", ""), charge(feeNS, "renew", "USD", "50.00")))
	c.want(1000, named("delete", domainNS, "rich.example")).has(t, "<fee:delData", "<fee:credit description=\"grace period credit\">-150.50</fee:credit>", "<fee:balance>992.00</fee:balance>")

	// Sessions without the extension cannot have premium names, and see no prices.
	without := f.login("alpha")
	without.want(2306, createDomain("rich.example", ""))
	without.want(1000, createDomain("free.example", "")).hasNot(t, "fee:")
}

func TestFeeTransferAndRestore(t *testing.T) {
	f := start(t, premium)
	alpha, beta := f.loginExt("alpha", feeNS, rgpNS), f.loginExt("beta", feeNS, rgpNS)
	alpha.want(1000, extended(createDomain("rich.example", ""), charge(feeNS, "create", "USD", "100.50")))
	f.clock.Advance(6 * day)
	beta.want(2003, transfer("request", domainNS, "rich.example", rightAuth))
	beta.want(1001, extended(transfer("request", domainNS, "rich.example", rightAuth), charge(feeNS, "transfer", "USD", "8.50"))).has(t, "<fee:trnData", "<fee:balance>991.50</fee:balance>")
	alpha.want(1000, transfer("approve", domainNS, "rich.example", ""))
	f.clock.Advance(6 * day)
	beta.want(1001, named("delete", domainNS, "rich.example")).hasNot(t, "delData")
	restore := restoreRequest("rich.example")
	beta.want(2003, restore)
	paid := strings.Replace(restore, "</extension>", charge(feeNS, "update", "USD", "40.00")+"</extension>", 1)
	beta.want(2004, strings.Replace(paid, "40.00", "39.00", 1))
	beta.want(1000, paid).has(t, "<rgp:upData", "<fee:updData", "<fee:balance>951.50</fee:balance>")
}
