package sandbox_test

import (
	"strings"
	"testing"

	"github.com/indera/indera/eppclient/sandbox"
)

const (
	uaNS        = "http://hostmaster.ua/epp/"
	uaDomainNS  = uaNS + "domain-1.1"
	uaContactNS = uaNS + "contact-1.1"
	uaHostNS    = uaNS + "host-1.1"
	uaServices  = "<objURI>" + uaDomainNS + "</objURI><objURI>" + uaContactNS + "</objURI><objURI>" + uaHostNS + "</objURI><svcExtension><extURI>" +
		uaNS + "secDNS-1.1</extURI><extURI>" + uaNS + "rgp-1.1</extURI><extURI>" + uaNS + "uaepp-1.1</extURI><extURI>" + uaNS + "balance-1.0</extURI></svcExtension>"
	uaPassword = "a-password-of-30-characters-xx"
)

func startUA(t *testing.T) (*fixture, *client) {
	f := start(t, func(c *sandbox.Config) {
		c.Dialect = sandbox.DialectUA
		c.TLDs = []sandbox.TLD{
			{Name: "ua", Currency: "USD"},
			{Name: "com.ua", Currency: "USD", Prices: map[sandbox.Action]int64{sandbox.ActionCreate: 800, sandbox.ActionRenew: 900, sandbox.ActionRestore: 4000}},
		}
		c.Accounts[0].Password, c.Accounts[0].Contract = uaPassword, "R12/999"
	})
	c := f.loginUA("alpha", uaPassword)
	c.want(1000, uaContact("taras-1"))
	return f, c
}

func (f *fixture) loginUA(clientID, password string) *client {
	f.t.Helper()
	c := f.dial(clientID)
	c.frames = &recorder{seen: map[string]bool{}} // the suite of the dialects checks them: there is no public schema
	c.want(1000, loginWith(clientID, password, "", "1.0", "en", uaServices))
	return c
}

func uaContact(id string) string {
	return object("create", uaContactNS, "<o:id>"+id+`</o:id><o:postalInfo type="loc"><o:name>Тарас</o:name><o:addr><o:city>Київ</o:city><o:cc>UA</o:cc></o:addr></o:postalInfo>`+
		"<o:email>t@example.ua</o:email><o:authInfo><o:pw/></o:authInfo>")
}

func uaDomain(name, inner string) string {
	return object("create", uaDomainNS, "<o:name>"+name+"</o:name>"+inner+"<o:authInfo><o:pw>ignored-code</o:pw></o:authInfo>")
}

func uaNamed(verb, ns, name string) string { return object(verb, ns, "<o:name>"+name+"</o:name>") }

func uaepp(element, inner string) string {
	return `<u:` + element + ` xmlns:u="` + uaNS + `uaepp-1.1">` + inner + `</u:` + element + `>`
}

const taras = "<o:registrant>taras-1</o:registrant>"

// TestUANamespaces: the registry speaks its own, and takes no others.
func TestUANamespaces(t *testing.T) {
	f, c := startUA(t)
	if strings.Contains(c.greeting, "urn:ietf:params:xml:ns:domain") || !strings.Contains(c.greeting, "<extURI>"+uaNS+"balance-1.0</extURI>") {
		t.Error(c.greeting)
	}
	c.want(1000, uaDomain("a.com.ua", taras)).has(t, `="`+uaDomainNS+`"`)
	c.want(1000, uaNamed("info", uaDomainNS, "a.com.ua")).hasNot(t, domainNS, "ignored-code")
	c.want(2307, uaNamed("info", domainNS, "a.com.ua")).has(t, `="`+domainNS+`"`)
	c.want(2307, object("info", uaNS+"balance-9", "<o:contract>R12/999</o:contract>"))
	c.want(2303, uaNamed("info", uaDomainNS, "b.com.ua")).has(t, uaDomainNS)
	d := f.dial("beta")
	d.want(2307, loginWith("beta", "beta-secret", "", "1.0", "en", allObjects)).has(t, ">"+domainNS+"<")
	d.want(2005, loginWith("beta", strings.Repeat("p", 31), "", "1.0", "en", uaServices))
}

// TestUARules: what the registry's pages say of objects, with the right codes.
func TestUARules(t *testing.T) {
	_, c := startUA(t)
	c.want(2005, uaContact("Taras-2"))
	c.want(2005, uaContact("1taras"))
	c.want(1000, uaContact("autonic")).has(t, "<contact:id>nic-")
	c.want(2003, uaDomain("a.com.ua", ""))
	c.want(2005, uaDomain("a_b.com.ua", taras))
	var contacts strings.Builder
	for range 9 {
		contacts.WriteString(`<o:contact type="admin">taras-1</o:contact>`)
	}
	c.want(2001, uaDomain("a.com.ua", taras+contacts.String()))
	licence := uaepp("create", "<u:license>UA 1</u:license>")
	c.want(2003, uaDomain("a.ua", taras))
	c.want(2306, extended(uaDomain("a.com.ua", taras), licence))
	c.want(2003, extended(uaDomain("a.ua", taras), uaepp("create", "")))
	c.want(2002, extended(uaNamed("check", uaDomainNS, "a.ua"), licence))
	c.want(1000, extended(uaDomain("a.ua", taras), licence))
	c.want(1000, uaNamed("info", uaDomainNS, "a.ua")).has(t, "<uaepp:license>UA 1<")
	c.want(1000, extended(uaNamed("update", uaDomainNS, "a.ua"), uaepp("update", "<u:license>UA 2</u:license>")))
	c.want(1000, extended(uaNamed("update", uaDomainNS, "a.ua"), uaepp("update", "<u:chg><u:license>UA 3</u:license></u:chg>")))
	c.want(1000, uaNamed("info", uaDomainNS, "a.ua")).has(t, "<uaepp:license>UA 3<")
	c.want(1000, uaDomain("a.com.ua", taras))
	c.want(2306, extended(uaNamed("update", uaDomainNS, "a.com.ua"), uaepp("update", "<u:license>UA 2</u:license>")))
	c.want(2101, command(`<transfer op="request"><o:transfer xmlns:o="`+uaContactNS+`"><o:id>taras-1</o:id></o:transfer></transfer>`))

	host := object("create", uaHostNS, "<o:name>ns1.a.com.ua</o:name><o:addr>192.0.2.1</o:addr>")
	c.want(2004, strings.Replace(host, "192.0.2.1", "10.0.0.1", 1))
	c.want(1000, host)
	c.want(2102, object("update", uaHostNS, "<o:name>ns1.a.com.ua</o:name><o:chg><o:name>ns2.a.com.ua</o:name></o:chg>"))
	c.want(1000, object("update", uaDomainNS, "<o:name>a.com.ua</o:name><o:add><o:ns><o:hostObj>ns1.a.com.ua</o:hostObj></o:ns></o:add>"))
	c.want(2305, uaNamed("delete", uaHostNS, "ns1.a.com.ua"))
	c.want(2005, extended(uaNamed("delete", uaHostNS, "ns1.a.com.ua"), uaepp("delete", `<u:deleteNS confirm="no"/>`)))
	c.want(1000, extended(uaNamed("delete", uaHostNS, "ns1.a.com.ua"), uaepp("delete", `<u:deleteNS confirm="yes"/>`)))
	c.want(1000, uaNamed("info", uaDomainNS, "a.com.ua")).hasNot(t, "hostObj")
}

// TestUABalance: of our own contract, and not of others.
func TestUABalance(t *testing.T) {
	_, c := startUA(t)
	ask := func(contract string) string {
		return object("info", uaNS+"balance-1.0", "<o:contract>"+contract+"</o:contract>")
	}
	c.want(1000, ask("R12/999")).has(t, "<balance:contract>R12/999<", `<balance:status s="1"/>`, ">1000.00<")
	c.want(1000, uaDomain("a.com.ua", taras))
	c.want(1000, ask("R12/999")).has(t, ">992.00<")
	c.want(2303, ask("beta"))
}

// TestUALife: renewable for 30 days, in redemption for 30, gone after 5; a restore is
// done at once and starts the name anew.
func TestUALife(t *testing.T) {
	f, c := startUA(t)
	restore := extended(object("update", uaDomainNS, "<o:name>a.com.ua</o:name><o:chg/>"), `<r:update xmlns:r="`+uaNS+`rgp-1.1"><r:restore op="request"/></r:update>`)
	report := strings.Replace(restore, `<r:restore op="request"/>`, `<r:restore op="report"><r:report><r:preData>x</r:preData><r:postData>x</r:postData><r:delTime>2026-11-24T12:00:00Z</r:delTime>`+
		`<r:resTime>2026-11-24T12:00:00Z</r:resTime><r:resReason>x</r:resReason><r:statement>x</r:statement><r:statement>x</r:statement></r:report></r:restore>`, 1)
	info := uaNamed("info", uaDomainNS, "a.com.ua")
	c.want(1000, uaDomain("a.com.ua", taras))
	c.want(1000, info).hasNot(t, "rgp:infData")
	c.want(1001, uaNamed("delete", uaDomainNS, "a.com.ua")) // there is no add grace period
	c.want(2304, object("update", uaDomainNS, "<o:name>a.com.ua</o:name><o:chg><o:registrant>taras-1</o:registrant></o:chg>"))
	c.want(2102, report)
	f.clock.Advance(20 * day)
	c.want(1000, restore).hasNot(t, "<extension>")
	c.want(2304, restore)
	now := testStart.Add(20 * day)
	c.want(1000, info).has(t, "<domain:crDate>"+now.UTC().Format("2006-01-02"), "<domain:exDate>"+now.AddDate(1, 0, 0).UTC().Format("2006-01-02"))

	f.clock.Advance(365*day + 29*day)
	c.want(1000, info).hasNot(t, "pendingDelete")
	f.clock.Advance(2 * day)
	c.want(1000, info).has(t, "pendingDelete", `="`+uaNS+`rgp-1.1"`, "redemptionPeriod")
	c.want(1301, command(`<poll op="req"/>`)).has(t, "in redemption", `infData xmlns:domain="`+uaDomainNS+`"`, "pendingDelete")
	f.clock.Advance(31 * day)
	c.want(1000, info).has(t, `s="pendingDelete"/></rgp:infData>`)
	c.want(2304, restore)
	f.clock.Advance(5 * day)
	c.want(2303, info)
}

// TestUATransfer: it waits until somebody decides, and the code is another one then.
func TestUATransfer(t *testing.T) {
	f, c := startUA(t)
	b := f.loginUA("beta", "beta-secret")
	c.want(1000, uaDomain("a.com.ua", taras))
	c.want(1000, object("update", uaDomainNS, "<o:name>a.com.ua</o:name><o:chg><o:authInfo><o:pw>Code-1234567</o:pw></o:authInfo></o:chg>"))
	move := func(op, inner string) string {
		return command(`<transfer op="` + op + `"><o:transfer xmlns:o="` + uaDomainNS + `"><o:name>a.com.ua</o:name>` + inner + `</o:transfer></transfer>`)
	}
	code := "<o:authInfo><o:pw>Code-1234567</o:pw></o:authInfo>"
	b.want(1001, move("request", `<o:period unit="y">1</o:period>`+code)).has(t, "<domain:trStatus>pending<")
	f.clock.Advance(60 * day)
	b.want(1000, move("query", "")).has(t, "<domain:trStatus>pending<")
	c.want(2304, object("update", uaDomainNS, "<o:name>a.com.ua</o:name><o:chg><o:registrant>taras-1</o:registrant></o:chg>"))
	c.want(1000, move("approve", "")).has(t, "<domain:trStatus>clientApproved<")
	b.want(1000, uaNamed("info", uaDomainNS, "a.com.ua")).hasNot(t, "Code-1234567", "<domain:pw></domain:pw>")
}

// TestUAConfig: the dialect offers its own extensions and no others.
func TestUAConfig(t *testing.T) {
	cfg, _ := testConfig(t)
	cfg.Dialect, cfg.Extensions = sandbox.DialectUA, []string{"urn:ietf:params:xml:ns:rgp-1.0"}
	if _, err := sandbox.New(cfg); err == nil {
		t.Error("a server of .UA with the namespaces of the RFCs")
	}
}
