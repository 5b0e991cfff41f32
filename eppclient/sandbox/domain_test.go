package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/eppclient/sandbox"
)

func years(n int) string { return fmt.Sprintf(`<o:period unit="y">%d</o:period>`, n) }

func nameServers(hosts ...string) string {
	return "<o:ns><o:hostObj>" + strings.Join(hosts, "</o:hostObj><o:hostObj>") + "</o:hostObj></o:ns>"
}

// funds is the balance of an account in minor units.
func (f *fixture) funds(clientID string) int64 {
	f.t.Helper()
	state, err := f.srv.State(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	for _, a := range state.Accounts {
		if a.ClientID == clientID {
			return a.BalanceMinor
		}
	}
	f.t.Fatalf("no account %s", clientID)
	return 0
}

func (f *fixture) wantFunds(clientID string, minor int64) {
	f.t.Helper()
	if got := f.funds(clientID); got != minor {
		f.t.Fatalf("%s has %d, want %d", clientID, got, minor)
	}
}

func TestDomainCheck(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	c.want(1000, createDomain("taken.example", ""))
	a := c.want(1000, named("check", domainNS, "free.example", "TAKEN.example", "gold.example", "nic.example",
		"a.b.example", "free.nowhere", "-bad.example", "xn--mnchen-3ya.example", "xn--zzzzzzzz99999.example", "example", "co.thin", "x.co.thin",
		"xn--e1afmkfd.example", "xn--mnchen-3ya.thin", "xn--hxajbheg2az3al.example", "xn--pypal-4ve.example"))
	for name, reason := range map[string]string{
		"free.example": "", "taken.example": "In use", "gold.example": "Premium name, fee required",
		"nic.example": "Reserved name", "a.b.example": "Zone not served", "free.nowhere": "Zone not served",
		"-bad.example": "Invalid name", "xn--mnchen-3ya.example": "", "xn--zzzzzzzz99999.example": "Invalid name",
		"example": "Invalid name", "co.thin": "Zone not served", "x.co.thin": "",
		"xn--e1afmkfd.example": "", "xn--mnchen-3ya.thin": "IDN not allowed here", // пример; no tables
		"xn--hxajbheg2az3al.example": "IDN not allowed here", "xn--pypal-4ve.example": "IDN not allowed here", // Greek; Latin with a Cyrillic a
	} {
		if reason == "" {
			a.has(t, `<domain:cd><domain:name avail="1">`+name+`</domain:name></domain:cd>`)
		} else {
			a.has(t, `<domain:cd><domain:name avail="0">`+name+`</domain:name><domain:reason>`+reason+`</domain:reason></domain:cd>`)
		}
	}
	var many []string
	for i := range 51 {
		many = append(many, fmt.Sprintf("n%d.example", i))
	}
	c.want(1000, named("check", domainNS, many[:50]...))
	c.want(1000, createDomain("xn--e1afmkfd.example", ""))
	c.want(2306, createDomain("xn--pypal-4ve.example", "")).has(t, "not in an IDN table")
	c.want(2306, named("check", domainNS, many...))
}

func TestDomainCreateAndInfo(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	c.want(1000, createContact("con-1"))
	c.want(1000, createContact("con-2"))
	c.want(1000, createHost("ns1.other.com"))
	c.want(1000, createHost("ns2.other.com"))
	c.want(1000, createDomain("New.Example", years(2)+nameServers("NS2.other.com", "ns1.other.com")+
		`<o:registrant>con-1</o:registrant><o:contact type="tech">con-2</o:contact><o:contact type="admin">con-1</o:contact>`)).
		has(t, "<domain:creData", "<domain:name>new.example</domain:name><domain:crDate>2026-01-15T10:30:00.123Z</domain:crDate><domain:exDate>2028-01-15T10:30:00.123Z</domain:exDate>")
	c.want(1000, createHost("ns1.new.example", "192.0.2.1", "2001:DB8::1"))
	f.wantFunds("alpha", 100_000-2*800)

	whole := []string{
		"<domain:name>new.example</domain:name><domain:roid>D", "-SANDBOXA</domain:roid>", `<domain:status s="ok"/>`,
		"<domain:registrant>con-1</domain:registrant>",
		`<domain:contact type="admin">con-1</domain:contact><domain:contact type="tech">con-2</domain:contact>`,
		"<domain:ns><domain:hostObj>ns1.other.com</domain:hostObj><domain:hostObj>ns2.other.com</domain:hostObj></domain:ns>",
		"<domain:host>ns1.new.example</domain:host>", "<domain:clID>alpha</domain:clID><domain:crID>alpha</domain:crID>",
		"<domain:exDate>2028-01-15T10:30:00.123Z</domain:exDate>", "<domain:authInfo><domain:pw>2fooBAR-x</domain:pw></domain:authInfo>",
	}
	own := c.want(1000, named("info", domainNS, "new.example"))
	own.has(t, whole...)
	own.hasNot(t, "upDate", "upID", "trDate")

	hosts := func(which string) answer {
		return c.want(1000, object("info", domainNS, `<o:name hosts="`+which+`">new.example</o:name>`))
	}
	hosts("all").has(t, "<domain:ns>", "<domain:host>")
	hosts("del").has(t, "<domain:ns>")
	hosts("del").hasNot(t, "<domain:host>")
	hosts("sub").has(t, "<domain:host>")
	hosts("sub").hasNot(t, "<domain:ns>")
	hosts("none").hasNot(t, "<domain:ns>", "<domain:host>")

	// The other registrar: a subset without authInfo, all but authInfo with it, 2202 with a wrong one.
	b := f.login("beta")
	withPW := func(pw string) string {
		return object("info", domainNS, "<o:name>new.example</o:name><o:authInfo>"+pw+"</o:authInfo>")
	}
	stranger := b.want(1000, named("info", domainNS, "new.example"))
	stranger.has(t, "<domain:name>new.example", "<domain:clID>alpha", "<domain:crDate>", "<domain:exDate>")
	stranger.hasNot(t, "con-1", "hostObj", "authInfo")
	knower := b.want(1000, withPW("<o:pw>2fooBAR-x</o:pw>"))
	knower.has(t, whole[:len(whole)-1]...)
	knower.hasNot(t, "authInfo")
	b.want(2202, withPW("<o:pw>2fooBAR-y</o:pw>"))
	b.want(2202, withPW("<o:pw/>"))
	c.want(2202, withPW("<o:pw>2fooBAR-y</o:pw>")) // also for the sponsor
	b.want(2303, named("info", domainNS, "absent.example"))

	// authInfo of a linked contact, named by its ROID.
	_, rest, _ := strings.Cut(c.want(1000, named("info", contactNS, "con-2")).xml, "<contact:roid>")
	roid, _, _ := strings.Cut(rest, "</contact:roid>")
	b.want(1000, withPW(`<o:pw roid="`+roid+`">2fooBAR-x</o:pw>`))
	b.want(2202, withPW(`<o:pw roid="`+roid+`">2fooBAR-y</o:pw>`))
	b.want(2202, withPW(`<o:pw roid="C999-SANDBOXA">2fooBAR-x</o:pw>`))
}

func TestDomainCreateRefusals(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	c.want(1000, createContact("con-1"))
	c.want(1000, createHost("ns1.other.com"))
	c.want(1000, createDomain("taken.example", ""))
	before := f.funds("alpha")
	full := `<o:registrant>con-1</o:registrant><o:contact type="admin">con-1</o:contact><o:contact type="tech">con-1</o:contact>`
	var fourteen []string
	for i := range 14 {
		fourteen = append(fourteen, fmt.Sprintf("n%d.other.com", i))
		c.want(1000, createHost(fourteen[i]))
	}
	cases := []struct {
		name, frame string
		code        int
	}{
		{"exists", createDomain("taken.example", ""), 2302},
		{"exists in capitals", createDomain("TAKEN.EXAMPLE", ""), 2302},
		{"not a name", createDomain("under_score.example", ""), 2005},
		{"label of 64", createDomain(strings.Repeat("a", 64)+".example", ""), 2005},
		{"not an A-label", createDomain("münchen.example", ""), 2005},
		{"hyphens in 3 and 4", createDomain("ab--cd.example", ""), 2005},
		{"zone not served", createDomain("a.nowhere", ""), 2306},
		{"too deep", createDomain("a.b.example", ""), 2306},
		{"a zone itself", createDomain("co.thin", ""), 2306},
		{"reserved", createDomain("nic.example", ""), 2306},
		{"premium", createDomain("gold.example", ""), 2306},
		{"11 years", createDomain("a.example", years(11)), 2004},
		{"months", createDomain("a.example", `<o:period unit="m">12</o:period>`), 2306},
		{"below the zone's minimum", createDomain("a.thick", years(1)+full), 2004},
		{"above the zone's maximum", createDomain("a.thick", years(6)+full), 2004},
		{"unknown host", createDomain("a.example", nameServers("ns9.other.com")), 2303},
		{"host twice", createDomain("a.example", nameServers("ns1.other.com", "NS1.other.com")), 2306},
		{"14 hosts", createDomain("a.example", nameServers(fourteen...)), 2306},
		{"unknown registrant", createDomain("a.example", `<o:registrant>con-9</o:registrant>`), 2303},
		{"unknown contact", createDomain("a.example", `<o:contact type="admin">con-9</o:contact>`), 2303},
		{"contact twice", createDomain("a.example", `<o:contact type="admin">con-1</o:contact><o:contact type="admin">con-1</o:contact>`), 2306},
		{"registrant missing", createDomain("a.thick", `<o:contact type="admin">con-1</o:contact><o:contact type="tech">con-1</o:contact>`), 2003},
		{"tech missing", createDomain("a.thick", `<o:registrant>con-1</o:registrant><o:contact type="admin">con-1</o:contact>`), 2003},
		{"contacts where there are none", createDomain("a.thin", full), 2306},
		{"weak authInfo", strings.Replace(createDomain("a.example", ""), "2fooBAR-x", "short", 1), 2202},
		{"authInfo of another object", strings.Replace(createDomain("a.example", ""), "<o:pw>", `<o:pw roid="C1-SANDBOXA">`, 1), 2306},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) { c.want(tc.code, tc.frame) })
	}
	f.wantFunds("alpha", before)
	c.want(1000, createDomain("a.thick", full)).has(t, "<domain:exDate>2028-01-15") // default = minimum
	c.want(1000, createDomain("a.thin", ""))
	c.want(1000, createDomain("a.co.thin", full)) // the longest zone decides
	c.want(1000, createDomain("ten.example", years(10)+nameServers(fourteen[:13]...)))
	f.wantFunds("alpha", before-10*800) // the others are free
	c.want(1000, object("create", domainNS, "<o:name>noauth.example</o:name><o:authInfo><o:pw/></o:authInfo>"))
	f.login("beta").want(2202, object("info", domainNS, "<o:name>noauth.example</o:name><o:authInfo><o:pw/></o:authInfo>"))
}

func TestLeapDay(t *testing.T) {
	f := start(t)
	f.clock.Advance(time.Date(2028, 2, 29, 23, 59, 59, 0, time.UTC).Sub(f.clock.Now()))
	c := f.login("alpha")
	c.want(1000, createDomain("leap.example", "")).has(t, "<domain:exDate>2029-02-28T23:59:59.000Z<")
	c.want(1000, createDomain("leap4.example", years(4))).has(t, "<domain:exDate>2032-02-29T23:59:59.000Z<")
	c.want(1000, renewDomain("leap4.example", "2032-02-29", years(1))).has(t, "<domain:exDate>2033-02-28T23:59:59.000Z<")
}

func TestDomainRenew(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	c.want(1000, createDomain("r.example", ""))
	c.want(1000, renewDomain("r.example", "2027-01-15", years(2))).
		has(t, "<domain:renData", "<domain:name>r.example</domain:name><domain:exDate>2029-01-15T10:30:00.123Z</domain:exDate>")
	f.wantFunds("alpha", 100_000-800-2*900)
	for name, tc := range map[string]struct {
		frame string
		code  int
	}{
		"the same renewal again":    {renewDomain("r.example", "2027-01-15", years(2)), 2004},
		"a day off":                 {renewDomain("r.example", "2029-01-16", ""), 2004},
		"right day in another zone": {renewDomain("r.example", "2029-01-15+02:00", ""), 2004},
		"beyond ten years":          {renewDomain("r.example", "2029-01-15", years(8)), 2105},
		"eleven years":              {renewDomain("r.example", "2029-01-15", years(11)), 2004},
		"months":                    {renewDomain("r.example", "2029-01-15", `<o:period unit="m">12</o:period>`), 2306},
		"absent":                    {renewDomain("absent.example", "2029-01-15", ""), 2303},
	} {
		t.Run(name, func(t *testing.T) { c.want(tc.code, tc.frame) })
	}
	f.login("beta").want(2201, renewDomain("r.example", "2029-01-15", ""))
	f.wantFunds("alpha", 100_000-800-2*900)
	c.want(1000, renewDomain("r.example", "2029-01-15Z", "")).has(t, "2030-01-15") // default one year
	c.want(1000, updateDomain("r.example", `<o:add><o:status s="clientRenewProhibited"/></o:add>`))
	c.want(2304, renewDomain("r.example", "2030-01-15", ""))
}

func TestDomainUpdate(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	for _, id := range []string{"con-1", "con-2"} {
		c.want(1000, createContact(id))
	}
	for _, h := range []string{"ns1.other.com", "ns2.other.com", "ns3.other.com"} {
		c.want(1000, createHost(h))
	}
	c.want(1000, createDomain("u.example", nameServers("ns1.other.com", "ns2.other.com")))
	f.clock.Advance(time.Hour)
	c.want(1000, updateDomain("u.example",
		"<o:add>"+nameServers("ns3.other.com")+`<o:contact type="admin">con-1</o:contact><o:status s="clientHold" lang="en-GB">Not paid &amp; late</o:status></o:add>`+
			"<o:rem>"+nameServers("ns1.other.com")+"</o:rem>"+
			"<o:chg><o:registrant>con-2</o:registrant><o:authInfo><o:pw>new&lt;secret&gt;</o:pw></o:authInfo></o:chg>"))
	info := c.want(1000, named("info", domainNS, "u.example"))
	info.has(t, `<domain:status s="clientHold" lang="en-GB">Not paid &amp; late</domain:status>`, "<domain:registrant>con-2<",
		`<domain:contact type="admin">con-1<`, "ns2.other.com", "ns3.other.com", "<domain:upID>alpha</domain:upID><domain:upDate>2026-01-15T11:30:00.123Z<",
		"<domain:pw>new&lt;secret&gt;</domain:pw>")
	info.hasNot(t, "ns1.other.com", `s="ok"`)

	cases := []struct {
		name, changes string
		code          int
	}{
		{"add unknown host", "<o:add>" + nameServers("ns9.other.com") + "</o:add>", 2303},
		{"add host that is there", "<o:add>" + nameServers("ns2.other.com") + "</o:add>", 2306},
		{"remove host that is not there", "<o:rem>" + nameServers("ns1.other.com") + "</o:rem>", 2306},
		{"add and remove the same", "<o:add>" + nameServers("ns2.other.com") + "</o:add><o:rem>" + nameServers("ns2.other.com") + "</o:rem>", 2306},
		{"add status that is there", `<o:add><o:status s="clientHold"/></o:add>`, 2306},
		{"remove status that is not there", `<o:rem><o:status s="clientRenewProhibited"/></o:rem>`, 2306},
		{"server status", `<o:add><o:status s="serverHold"/></o:add>`, 2306},
		{"computed status", `<o:rem><o:status s="ok"/></o:rem>`, 2306},
		{"unknown contact", `<o:add><o:contact type="tech">con-9</o:contact></o:add>`, 2303},
		{"unknown registrant", `<o:chg><o:registrant>con-9</o:registrant></o:chg>`, 2303},
		{"weak authInfo", `<o:chg><o:authInfo><o:pw>abc</o:pw></o:authInfo></o:chg>`, 2202},
		{"good and bad together", "<o:add>" + nameServers("ns1.other.com") + `<o:status s="clientHold"/></o:add>`, 2306},
	}
	before := c.want(1000, named("info", domainNS, "u.example")).xml
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) { c.want(tc.code, updateDomain("u.example", tc.changes)) })
	}
	after := c.want(1000, named("info", domainNS, "u.example")).xml
	cut := func(s string) string { s, _, _ = strings.Cut(s, "<trID>"); return s }
	if cut(before) != cut(after) {
		t.Fatalf("a refused update left a trace:\n%s\n%s", before, after)
	}
	f.login("beta").want(2201, updateDomain("u.example", "<o:rem>"+nameServers("ns2.other.com")+"</o:rem>"))
	c.want(2303, updateDomain("absent.example", "<o:rem>"+nameServers("ns2.other.com")+"</o:rem>"))

	// Registrant and authInfo can be taken away; without name servers it is inactive.
	c.want(1000, updateDomain("u.example", `<o:rem>`+nameServers("ns2.other.com", "ns3.other.com")+`<o:contact type="admin">con-1</o:contact><o:status s="clientHold"/></o:rem>`+
		`<o:chg><o:registrant/><o:authInfo><o:null/></o:authInfo></o:chg>`))
	bare := c.want(1000, named("info", domainNS, "u.example"))
	bare.has(t, `<domain:status s="inactive"/>`, "<domain:pw></domain:pw>")
	bare.hasNot(t, "con-", "hostObj", `s="ok"`)
}

func TestUpdateLock(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	c.want(1000, createDomain("l.example", ""))
	c.want(1000, updateDomain("l.example", `<o:add><o:status s="clientUpdateProhibited"/><o:status s="clientDeleteProhibited"/></o:add>`))
	c.want(2304, updateDomain("l.example", `<o:add><o:status s="clientHold"/></o:add>`))
	c.want(2304, updateDomain("l.example", `<o:rem><o:status s="clientDeleteProhibited"/></o:rem>`))
	c.want(2304, updateDomain("l.example", `<o:rem><o:status s="clientUpdateProhibited"/></o:rem><o:chg>`+authInfo+`</o:chg>`))
	c.want(2304, named("delete", domainNS, "l.example"))
	c.want(1000, updateDomain("l.example", `<o:rem><o:status s="clientUpdateProhibited"/></o:rem>`))
	c.want(1000, updateDomain("l.example", `<o:rem><o:status s="clientDeleteProhibited"/></o:rem>`))
	c.want(1000, named("delete", domainNS, "l.example"))
}

func TestRequiredContactsCannotBeRemoved(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	c.want(1000, createContact("con-1"))
	c.want(1000, createContact("con-2"))
	c.want(1000, createDomain("a.thick", `<o:registrant>con-1</o:registrant><o:contact type="admin">con-1</o:contact><o:contact type="tech">con-1</o:contact>`))
	c.want(2003, updateDomain("a.thick", `<o:rem><o:contact type="tech">con-1</o:contact></o:rem>`))
	c.want(2003, updateDomain("a.thick", `<o:chg><o:registrant/></o:chg>`))
	c.want(1000, updateDomain("a.thick", `<o:add><o:contact type="tech">con-2</o:contact></o:add><o:rem><o:contact type="tech">con-1</o:contact></o:rem>`))
}

func TestDeleteInAddGrace(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	c.want(1000, createDomain("d.example", years(2)))
	c.want(1000, renewDomain("d.example", "2028-01-15", ""))
	f.login("beta").want(2201, named("delete", domainNS, "d.example"))
	f.clock.Advance(5*24*time.Hour - time.Millisecond)
	c.want(1000, named("delete", domainNS, "d.example"))
	f.wantFunds("alpha", 100_000)
	c.want(2303, named("info", domainNS, "d.example"))
	c.want(2303, named("delete", domainNS, "d.example"))
	// Registered, lost without refund, and registered again: only the last one is refunded.
	c.want(1000, createDomain("d.example", ""))
	f.clock.Advance(5 * 24 * time.Hour)
	c.want(1001, named("delete", domainNS, "d.example"))
	f.clock.Advance(35 * 24 * time.Hour)
	c.want(1000, createDomain("d.example", ""))
	c.want(1000, named("delete", domainNS, "d.example"))
	f.wantFunds("alpha", 100_000-800)
}

func TestDeleteAfterAddGrace(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	c.want(1000, createHost("ns1.other.com"))
	c.want(1000, createDomain("d.example", nameServers("ns1.other.com")))
	c.want(1000, createHost("ns1.d.example", "192.0.2.1"))
	f.clock.Advance(5 * 24 * time.Hour)
	c.want(2305, named("delete", domainNS, "d.example")) // subordinate host
	c.want(1000, named("delete", hostNS, "ns1.d.example"))
	c.want(1001, named("delete", domainNS, "d.example"))
	f.wantFunds("alpha", 100_000-800)
	c.want(1000, named("info", domainNS, "d.example")).has(t, `<domain:status s="pendingDelete"/>`)
	for _, frame := range []string{
		named("delete", domainNS, "d.example"), renewDomain("d.example", "2027-01-15", ""),
		updateDomain("d.example", `<o:add><o:status s="clientHold"/></o:add>`), createHost("ns2.d.example", "192.0.2.1"),
	} {
		c.want(2304, frame)
	}
	c.want(2302, createDomain("d.example", ""))
	f.clock.Advance(35*24*time.Hour - time.Millisecond)
	c.want(1000, named("info", domainNS, "d.example"))
	c.want(2305, named("delete", hostNS, "ns1.other.com")) // still linked
	f.clock.Advance(time.Millisecond)
	c.want(2303, named("info", domainNS, "d.example"))
	c.want(1000, named("check", domainNS, "d.example")).has(t, `avail="1"`)
	c.want(1000, named("delete", hostNS, "ns1.other.com"))
	f.login("beta").want(1000, createDomain("d.example", ""))
}

func TestLedger2104(t *testing.T) {
	f := start(t, func(c *sandbox.Config) { c.Accounts[0].OpeningBalanceMinor = 1700 })
	c := f.login("alpha")
	c.want(2104, createDomain("m.example", years(3)))
	c.want(2303, named("info", domainNS, "m.example")) // nothing done
	c.want(1000, createDomain("m.example", ""))
	c.want(1000, renewDomain("m.example", "2027-01-15", "")) // to the last cent
	f.wantFunds("alpha", 0)
	c.want(2104, renewDomain("m.example", "2028-01-15", ""))
	c.want(1000, named("info", domainNS, "m.example")).has(t, "<domain:exDate>2028-01-15")
	c.want(1000, updateDomain("m.example", `<o:add><o:status s="clientHold"/></o:add>`)) // costs nothing
	if _, err := f.srv.AddFunds(t.Context(), "alpha", 900); err != nil {
		t.Fatal(err)
	}
	c.want(1000, renewDomain("m.example", "2028-01-15", ""))
	f.wantFunds("alpha", 0)
	f.wantFunds("beta", 100_000)
}
