package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/eppclient/sandbox"
)

const (
	fredContactNS = "http://www.nic.cz/xml/epp/contact-1.6"
	fredDomainNS  = "http://www.nic.cz/xml/epp/domain-1.4"
	fredNssetNS   = "http://www.nic.cz/xml/epp/nsset-1.2"
	fredKeysetNS  = "http://www.nic.cz/xml/epp/keyset-1.3"
	enumvalNS     = "http://www.nic.cz/xml/epp/enumval-1.2"
	extraAddrNS   = "http://www.nic.cz/xml/epp/extra-addr-1.0"

	fredServices = "<objURI>" + fredContactNS + "</objURI><objURI>" + fredDomainNS + "</objURI><objURI>" + fredNssetNS + "</objURI><objURI>" +
		fredKeysetNS + "</objURI><svcExtension><extURI>" + enumvalNS + "</extURI><extURI>" + extraAddrNS + "</extURI></svcExtension>"
	zone     = "cz"
	enumZone = "0.2.4.e164.arpa"
)

func startFRED(t *testing.T, changes ...func(*sandbox.Config)) *fixture {
	return start(t, append([]func(*sandbox.Config){func(c *sandbox.Config) {
		c.Dialect = sandbox.DialectFRED
		c.LowCreditMinor = 99_000
		c.TLDs = []sandbox.TLD{
			{Name: zone, Currency: "USD", Reserved: []string{"nic.cz"}, Prices: map[sandbox.Action]int64{sandbox.ActionCreate: 100, sandbox.ActionRenew: 500}},
			{Name: enumZone, Currency: "USD"},
		}
	}}, changes...)...)
}

func (f *fixture) loginFRED(clientID string) *client {
	f.t.Helper()
	c := f.dial(clientID)
	c.want(1000, loginWith(clientID, clientID+"-secret", "", "1.0", "en", fredServices))
	return c
}

func fredContact(id string) string {
	return object("create", fredContactNS, "<o:id>"+id+"</o:id><o:postalInfo><o:name>Jan Novák</o:name><o:addr><o:street>Ulice 1</o:street>"+
		"<o:city>Praha</o:city><o:pc>130 00</o:pc><o:cc>CZ</o:cc></o:addr></o:postalInfo><o:email>jan@example.cz</o:email>")
}

func fredNsset(id string, inner string) string {
	return object("create", fredNssetNS, "<o:id>"+id+"</o:id>"+inner+"<o:tech>CID-1</o:tech>")
}

func servers(names ...string) string {
	return "<o:ns><o:name>" + strings.Join(names, "</o:name></o:ns><o:ns><o:name>") + "</o:name></o:ns>"
}

func fredDomain(name, links string) string {
	return object("create", fredDomainNS, "<o:name>"+name+"</o:name>"+links)
}

func fredID(verb, ns, id string) string { return object(verb, ns, "<o:id>"+id+"</o:id>") }

func fredName(verb, name string) string {
	return object(verb, fredDomainNS, "<o:name>"+name+"</o:name>")
}

func fredMove(ns, element, id, code string) string {
	return command(`<transfer op="request"><o:transfer xmlns:o="` + ns + `"><o:` + element + `>` + id + `</o:` + element + `><o:authInfo>` + code + `</o:authInfo></o:transfer></transfer>`)
}

func extcommand(body string) string {
	return epp(`<extension><f:extcommand xmlns:f="http://www.nic.cz/xml/epp/fred-1.5">` + body + `<f:clTRID>` + nextTRID() + `</f:clTRID></f:extcommand></extension>`)
}

// furnished is a session of alpha with a contact, an nsset and a keyset.
func (f *fixture) furnished() *client {
	f.t.Helper()
	c := f.loginFRED("alpha")
	c.want(1000, fredContact("cid-1")).has(f.t, "<contact:id>CID-1<")
	c.want(1000, fredNsset("NSS-1", servers("ns1.example.net", "ns2.example.net")))
	c.want(1000, object("create", fredKeysetNS, `<o:id>KEY-1</o:id><o:dnskey><o:flags>257</o:flags><o:protocol>3</o:protocol><o:alg>13</o:alg><o:pubKey>AQ==</o:pubKey></o:dnskey><o:tech>CID-1</o:tech>`))
	return c
}

// TestFREDGreeting: its own objects, none of the RFCs, and no command before login.
func TestFREDGreeting(t *testing.T) {
	f := startFRED(t)
	c := f.dial("alpha")
	answer{xml: c.greeting}.has(t, "<objURI>"+fredContactNS, fredDomainNS, fredNssetNS, fredKeysetNS, "<extURI>"+enumvalNS)
	answer{xml: c.greeting}.hasNot(t, domainNS)
	c.want(2002, extcommand("<f:creditInfo/>"))
	c.want(2307, loginWith("alpha", "alpha-secret", "", "1.0", "en", allObjects))
}

// TestFREDLife is a name's way through its registry.
func TestFREDLife(t *testing.T) {
	f := startFRED(t)
	c := f.furnished()
	check := object("check", fredDomainNS, "<o:name>Shop.cz</o:name><o:name>nic.cz</o:name><o:name>a.b.cz</o:name>")
	c.want(1000, check).has(t, `avail="1">shop.cz`, `avail="0">nic.cz`, "blacklisted", `avail="0">a.b.cz`)
	create := fredDomain("shop.cz", `<o:period unit="m">24</o:period><o:nsset>nss-1</o:nsset><o:keyset>KEY-1</o:keyset><o:registrant>CID-1</o:registrant><o:admin>CID-1</o:admin>`)
	c.want(1000, create).has(t, "<domain:exDate>2028-01-15<")
	c.want(2302, create)
	f.wantFunds("alpha", 100_000-100-2*500)
	c.want(1000, check).has(t, `avail="0">shop.cz`, "already registered")
	info := c.want(1000, fredName("info", "shop.cz"))
	info.has(t, `s="ok"`, "<domain:registrant>CID-1<", "<domain:admin>CID-1<", "<domain:nsset>NSS-1<", "<domain:keyset>KEY-1<", "<domain:crDate>2026-01-15T11:30:00+01:00<", "<domain:exDate>2028-01-15<")
	info.hasNot(t, "authInfo")
	c.want(1000, fredID("info", fredNssetNS, "NSS-1")).has(t, `s="linked"`, "ns1.example.net", "ns2.example.net", "<nsset:tech>CID-1<")

	renew := object("renew", fredDomainNS, "<o:name>shop.cz</o:name><o:curExpDate>2028-01-15</o:curExpDate>")
	c.want(1000, renew).has(t, "<domain:exDate>2029-01-15<")
	c.want(2004, renew)
	c.want(2105, object("renew", fredDomainNS, `<o:name>shop.cz</o:name><o:curExpDate>2029-01-15</o:curExpDate><o:period unit="y">8</o:period>`))
	for _, ns := range []string{fredContactNS, fredNssetNS, fredKeysetNS} {
		id := map[string]string{fredContactNS: "CID-1", fredNssetNS: "NSS-1", fredKeysetNS: "KEY-1"}[ns]
		c.want(2305, fredID("delete", ns, id))
	}
	unlink := object("update", fredDomainNS, "<o:name>shop.cz</o:name><o:chg><o:nsset/><o:keyset/></o:chg>")
	c.want(1000, unlink)
	c.want(1000, fredName("info", "shop.cz")).hasNot(t, "domain:nsset", "domain:keyset")
	c.want(1000, fredID("delete", fredKeysetNS, "KEY-1"))
	c.want(2303, fredID("delete", fredKeysetNS, "KEY-1"))
	c.want(1000, fredName("delete", "shop.cz"))
	c.want(2303, fredName("info", "shop.cz"))
}

// TestFREDRefusals: the right code for what schema or rules forbid.
func TestFREDRefusals(t *testing.T) {
	f := startFRED(t)
	c := f.furnished()
	c.want(1000, fredDomain("shop.cz", "<o:registrant>CID-1</o:registrant>"))
	other := f.loginFRED("beta")
	for _, tt := range []struct {
		name string
		code int
		xml  string
	}{
		{"order", 2001, fredDomain("a.cz", "<o:registrant>CID-1</o:registrant><o:nsset>NSS-1</o:nsset>")},
		{"RFC element", 2001, fredDomain("a.cz", "<o:ns><o:hostObj>x.net</o:hostObj></o:ns><o:registrant>CID-1</o:registrant>")},
		{"inner authInfo", 2001, fredDomain("a.cz", "<o:registrant>CID-1</o:registrant><o:authInfo><o:pw>x</o:pw></o:authInfo>")},
		{"no registrant", 2003, fredDomain("a.cz", "")},
		{"unknown contact", 2303, fredDomain("a.cz", "<o:registrant>CID-9</o:registrant>")},
		{"unknown nsset", 2303, fredDomain("a.cz", "<o:nsset>NSS-9</o:nsset><o:registrant>CID-1</o:registrant>")},
		{"months", 2004, fredDomain("a.cz", `<o:period unit="m">6</o:period><o:registrant>CID-1</o:registrant>`)},
		{"years", 2004, fredDomain("a.cz", `<o:period unit="y">11</o:period><o:registrant>CID-1</o:registrant>`)},
		{"blacklist", 2306, fredDomain("nic.cz", "<o:registrant>CID-1</o:registrant>")},
		{"admin twice", 2306, fredDomain("a.cz", "<o:registrant>CID-1</o:registrant><o:admin>CID-1</o:admin><o:admin>cid-1</o:admin>")},
		{"validation of a name", 2306, extended(fredDomain("a.cz", "<o:registrant>CID-1</o:registrant>"), `<e:create xmlns:e="`+enumvalNS+`"><e:valExDate>2026-05-01</e:valExDate></e:create>`)},
		{"statuses", 2001, object("update", fredDomainNS, `<o:name>shop.cz</o:name><o:add><o:status s="clientHold"/></o:add>`)},
		{"handle", 2005, fredContact("a--b")},
		{"contact again", 2302, fredContact("CID-1")},
		{"country", 2004, strings.Replace(fredContact("CID-2"), ">CZ<", ">XX<", 1)},
		{"mail", 2005, strings.Replace(fredContact("CID-2"), "jan@example.cz", "jan@example.cz, b@example.cz", 1)},
		{"postal type", 2001, strings.Replace(fredContact("CID-2"), "<o:postalInfo>", `<o:postalInfo type="int">`, 1)},
		{"one server", 2306, fredNsset("NSS-2", servers("ns1.example.net"))},
		{"server twice", 2306, fredNsset("NSS-2", servers("ns1.example.net", "NS1.example.net"))},
		{"no glue", 2003, fredNsset("NSS-2", servers("ns1.shop.cz", "ns1.example.net"))},
		{"glue elsewhere", 2306, fredNsset("NSS-2", "<o:ns><o:name>ns1.example.net</o:name><o:addr>192.0.2.1</o:addr></o:ns>"+servers("ns2.example.net"))},
		{"private glue", 2004, fredNsset("NSS-2", "<o:ns><o:name>ns1.shop.cz</o:name><o:addr>10.0.0.1</o:addr></o:ns>"+servers("ns2.example.net"))},
		{"no tech", 2003, object("create", fredNssetNS, "<o:id>NSS-2</o:id>"+servers("ns1.example.net", "ns2.example.net"))},
		{"last tech", 2306, object("update", fredNssetNS, "<o:id>NSS-1</o:id><o:rem><o:tech>CID-1</o:tech></o:rem>")},
		{"server that is not there", 2306, object("update", fredNssetNS, "<o:id>NSS-1</o:id><o:rem><o:name>ns9.example.net</o:name></o:rem>")},
		{"key flags", 2004, object("create", fredKeysetNS, `<o:id>KEY-2</o:id><o:dnskey><o:flags>1</o:flags><o:protocol>3</o:protocol><o:alg>13</o:alg><o:pubKey>AQ==</o:pubKey></o:dnskey><o:tech>CID-1</o:tech>`)},
		{"own name", 2106, fredMove(fredDomainNS, "name", "shop.cz", "abcdefgh")},
		{"approve", 2102, strings.Replace(fredMove(fredDomainNS, "name", "shop.cz", "abcdefgh"), `op="request"`, `op="approve"`, 1)},
		{"query", 2102, strings.Replace(fredMove(fredDomainNS, "name", "shop.cz", "abcdefgh"), `op="request"`, `op="query"`, 1)},
		{"short code", 2202, object("update", fredDomainNS, "<o:name>shop.cz</o:name><o:chg><o:authInfo>abc</o:authInfo></o:chg>")},
		{"RFC domain", 2307, named("info", domainNS, "shop.cz")},
		{"no such extcommand", 2000, extcommand("<f:listHosts/>")},
		{"other protocol extension", 2103, epp(`<extension><x:y xmlns:x="urn:x:z"/></extension>`)},
		{"test of a domain", 2001, extcommand(`<f:test><d:test xmlns:d="` + fredDomainNS + `"><d:name>shop.cz</d:name></d:test></f:test>`)},
		{"code to nobody", 2303, extcommand(`<f:sendAuthInfo><d:sendAuthInfo xmlns:d="` + fredDomainNS + `"><d:name>none.cz</d:name></d:sendAuthInfo></f:sendAuthInfo>`)},
	} {
		t.Run(tt.name, func(t *testing.T) { c.want(tt.code, tt.xml) })
	}
	other.want(2201, fredName("delete", "shop.cz"))
	other.want(2201, object("update", fredNssetNS, "<o:id>NSS-1</o:id><o:chg><o:reportlevel>1</o:reportlevel></o:chg>"))
	other.want(2202, fredMove(fredDomainNS, "name", "shop.cz", "not-the-code"))
}

// TestFREDTransfer: a mailed code moves a name at once, is spent then, and the loser
// is told; codes grow old.
func TestFREDTransfer(t *testing.T) {
	f := startFRED(t)
	c := f.furnished()
	c.want(1000, fredDomain("shop.cz", "<o:registrant>CID-1</o:registrant>"))
	other := f.loginFRED("beta")
	if none := f.srv.Mails(); none == nil || len(none) != 0 {
		t.Errorf("letters before any: %+v", none)
	}
	ask := extcommand(`<f:sendAuthInfo><d:sendAuthInfo xmlns:d="` + fredDomainNS + `"><d:name>shop.cz</d:name></d:sendAuthInfo></f:sendAuthInfo>`)
	other.want(1000, ask)
	mails := f.srv.Mails()
	if len(mails) != 1 || mails[0].To != "jan@example.cz" || mails[0].ID != "shop.cz" || mails[0].Code == "" {
		t.Fatalf("%+v", mails)
	}
	move := fredMove(fredDomainNS, "name", "shop.cz", mails[0].Code)
	f.clock.Advance(15 * 24 * time.Hour)
	other.want(2202, move) // too old
	other.want(1000, ask)
	move = fredMove(fredDomainNS, "name", "shop.cz", f.srv.Mails()[1].Code)
	other.want(1000, move).hasNot(t, "resData")
	other.want(2106, move)
	c.want(2202, move) // the code is spent
	c.want(1301, command(`<poll op="req"/>`)).has(t, "<domain:trnData", "<domain:name>shop.cz<", "<domain:clID>beta<")
	other.want(1000, fredName("info", "shop.cz")).has(t, "<domain:clID>beta<", "<domain:trDate>")

	c.want(1000, object("update", fredContactNS, "<o:id>CID-1</o:id><o:chg><o:authInfo>contact-code</o:authInfo></o:chg>"))
	c.want(1000, fredMove(fredDomainNS, "name", "shop.cz", "contact-code")) // the registrant's
	other.want(1000, fredMove(fredContactNS, "id", "CID-1", "contact-code"))
}

// TestFREDRunsOut: warnings, expiry, out of the zone, deletion; unused objects go.
func TestFREDRunsOut(t *testing.T) {
	f := startFRED(t)
	c := f.furnished()
	c.want(1000, fredDomain("shop.cz", "<o:nsset>NSS-1</o:nsset><o:registrant>CID-1</o:registrant>"))
	next := func(days int, want ...string) {
		t.Helper()
		f.clock.Advance(time.Duration(days) * 24 * time.Hour)
		a := c.want(1301, command(`<poll op="req"/>`))
		a.has(t, want...)
		_, rest, _ := strings.Cut(a.xml, ` id="`)
		id, _, _ := strings.Cut(rest, `"`)
		c.want(1000, command(`<poll op="ack" msgID="`+id+`"/>`))
	}
	next(62, "<keyset:idleDelData", "KEY-1")
	next(335-62, "<domain:impendingExpData", "2027-01-15")
	next(30, "<domain:expData")
	c.want(1000, fredName("info", "shop.cz")).has(t, `s="expired"`)
	next(30, "<domain:dnsOutageData")
	c.want(1000, fredName("info", "shop.cz")).has(t, `s="expired"`, `s="outzone"`)
	next(31, "<domain:delData")
	c.want(2303, fredName("info", "shop.cz"))
	next(62, "<nsset:idleDelData")
	next(62, "<contact:idleDelData")
	c.want(1300, command(`<poll op="req"/>`))
	if s, err := f.srv.State(t.Context()); err != nil || s.Domains+s.Contacts != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestFREDRenewalSaves: a renewal after the expiry ends the running out.
func TestFREDRenewalSaves(t *testing.T) {
	f := startFRED(t)
	c := f.furnished()
	c.want(1000, fredDomain("shop.cz", "<o:registrant>CID-1</o:registrant>"))
	f.clock.Advance(400 * 24 * time.Hour)
	c.want(1000, fredName("info", "shop.cz")).has(t, `s="outzone"`)
	c.want(1000, object("renew", fredDomainNS, "<o:name>shop.cz</o:name><o:curExpDate>2027-01-15</o:curExpDate>"))
	c.want(1000, fredName("info", "shop.cz")).has(t, `s="ok"`, "2028-01-15")
	d, err := f.srv.Domain(t.Context(), "shop.cz")
	if err != nil || d.ExDate != "2028-01-15" || d.Sponsor != "alpha" {
		t.Errorf("%+v, %v", d, err)
	}
}

// TestFREDEnum: the validation of a telephone number.
func TestFREDEnum(t *testing.T) {
	f := startFRED(t)
	c := f.furnished()
	number := "1.1.1.7.4.5.2.2.2." + enumZone
	val := func(element, date string) string {
		return `<e:` + element + ` xmlns:e="` + enumvalNS + `"><e:valExDate>` + date + `</e:valExDate><e:publish>true</e:publish></e:` + element + `>`
	}
	c.want(2306, fredDomain("shop."+enumZone, "<o:registrant>CID-1</o:registrant>"))
	c.want(2004, extended(fredDomain(number, "<o:registrant>CID-1</o:registrant>"), val("create", "2026-08-01")))
	c.want(1000, extended(fredDomain(number, "<o:registrant>CID-1</o:registrant>"), val("create", "2026-07-15")))
	c.want(1000, fredName("info", number)).has(t, "<enumval:infData", "<enumval:valExDate>2026-07-15<", "<enumval:publish>true<")
	f.clock.Advance(170 * 24 * time.Hour)
	c.want(1301, command(`<poll op="req"/>`)).has(t, "<keyset:idleDelData")
	c.want(1000, command(`<poll op="ack" msgID="msg-1"/>`))
	c.want(1000, command(`<poll op="ack" msgID="msg-2"/>`))
	c.want(1301, command(`<poll op="req"/>`)).has(t, "<enumval:impendingValExpData")
	c.want(1000, extended(fredName("update", number), `<e:update xmlns:e="`+enumvalNS+`"><e:chg><e:valExDate>2026-12-01</e:valExDate></e:chg></e:update>`))
	f.clock.Advance(160 * 24 * time.Hour)
	c.want(1000, fredName("info", number)).has(t, `s="notValidated"`, `s="outzone"`)
}

// TestFREDLists: two steps, one list for each account whatever the session.
func TestFREDLists(t *testing.T) {
	f := startFRED(t)
	c := f.furnished()
	for _, n := range []string{"a.cz", "b.cz"} {
		c.want(1000, fredDomain(n, "<o:nsset>NSS-1</o:nsset><o:registrant>CID-1</o:registrant>"))
	}
	second := f.loginFRED("alpha")
	for body, want := range map[string][]string{
		"<f:listDomains/>":  {"a.cz", "b.cz"},
		"<f:listContacts/>": {"CID-1"},
		"<f:listNssets/>":   {"NSS-1"},
		"<f:listKeysets/>":  {"KEY-1"},
		"<f:domainsByNsset><f:id>nss-1</f:id></f:domainsByNsset>":       {"a.cz", "b.cz"},
		"<f:domainsByKeyset><f:id>KEY-1</f:id></f:domainsByKeyset>":     nil,
		"<f:domainsByContact><f:id>CID-1</f:id></f:domainsByContact>":   {"a.cz", "b.cz"},
		"<f:nssetsByContact><f:id>CID-1</f:id></f:nssetsByContact>":     {"NSS-1"},
		"<f:keysetsByContact><f:id>CID-1</f:id></f:keysetsByContact>":   {"KEY-1"},
		"<f:nssetsByNs><f:name>ns1.example.net</f:name></f:nssetsByNs>": {"NSS-1"},
	} {
		c.want(1000, extcommand(body)).has(t, "<fred:count>"+string(rune('0'+len(want)))+"<")
		got := second.want(1000, extcommand("<f:getResults/>"))
		for _, item := range want {
			got.has(t, "<fred:item>"+item+"<")
		}
		c.want(1000, extcommand("<f:getResults/>")).hasNot(t, "<fred:item>")
	}
	c.want(1000, extcommand("<f:creditInfo/>")).has(t, "<fred:zone>cz<", "<fred:credit>988.00<")
	c.want(1301, command(`<poll op="req"/>`)).has(t, "<fred:lowCreditData", "<fred:credit>990.00<", "<fred:credit>988.00<")
	c.want(1000, command(`<poll op="ack" msgID="msg-1"/>`))
	c.want(1000, extcommand(`<f:test><n:test xmlns:n="`+fredNssetNS+`"><n:id>NSS-1</n:id><n:level>3</n:level></n:test></f:test>`))
	c.want(1301, command(`<poll op="req"/>`)).has(t, "<nsset:testData", "<nsset:status>true<")
}

// TestFREDContact: everything a contact can hold, hidden from others as wished.
func TestFREDContact(t *testing.T) {
	f := startFRED(t)
	c := f.loginFRED("alpha")
	full := strings.Replace(fredContact("CID-1"), "<o:email>", "<o:voice>+420.222745111</o:voice><o:email>", 1)
	full = strings.Replace(full, "</o:email>", `</o:email><o:disclose flag="0"><o:voice/><o:ident/></o:disclose><o:vat>CZ1</o:vat><o:ident type="ico">12345678</o:ident><o:notifyEmail>n@example.cz</o:notifyEmail>`, 1)
	mailing := `<x:mailing><x:addr><x:street>Box 1</x:street><x:city>Brno</x:city><x:pc>60200</x:pc><x:cc>CZ</x:cc></x:addr></x:mailing>`
	c.want(1000, extended(full, `<x:create xmlns:x="`+extraAddrNS+`">`+mailing+`</x:create>`))
	c.want(1000, fredID("info", fredContactNS, "cid-1")).has(t, "<contact:voice>", `<contact:disclose flag="0">`, "<contact:vat>CZ1<", `type="ico">12345678<`, "<contact:notifyEmail>", "<extra-addr:mailing>")
	seen := f.loginFRED("beta").want(1000, fredID("info", fredContactNS, "CID-1"))
	seen.has(t, "Jan Novák", "<contact:vat>")
	seen.hasNot(t, "voice", "12345678")
	c.want(1000, extended(object("update", fredContactNS, `<o:id>CID-1</o:id><o:chg><o:postalInfo><o:org>Firma</o:org></o:postalInfo><o:voice/><o:disclose flag="0"><o:addr/></o:disclose><o:vat/><o:ident/><o:notifyEmail/></o:chg>`),
		`<x:update xmlns:x="`+extraAddrNS+`"><x:rem><x:mailing/></x:rem></x:update>`))
	a := c.want(1000, fredID("info", fredContactNS, "CID-1"))
	a.has(t, "Jan Novák", "<contact:org>Firma<")
	a.hasNot(t, "voice", "vat", "ident>", "notifyEmail", "extra-addr")
}
