package sandbox_test

import (
	"strings"
	"testing"
)

const xsi = `xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`

// Frames a strict registry must refuse, and a few odd ones it must take.
func TestStrictness(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	c.want(1000, createContact("con-1"))
	check := `<check><o:check xmlns:o="` + domainNS + `"><o:name>a.example</o:name></o:check></check>`
	cases := []struct {
		name, frame string
		code        int
		text        string // must appear in the answer
	}{
		// XML itself
		{"not XML", "hello", 2001, ""},
		{"empty document", "<!-- nothing -->", 2001, ""},
		{"cut off", epp("<command>")[:60], 2001, ""},
		{"DTD", `<!DOCTYPE epp [<!ENTITY x "y">]>` + epp("<command>"+check+"</command>"), 2001, "DTD"},
		{"undeclared entity", epp("<command>" + strings.Replace(check, "a.example", "&x;", 1) + "</command>"), 2001, ""},
		{"processing instruction", `<?pi x?>` + epp("<command>"+check+"</command>"), 2001, ""},
		{"second root", epp("<hello/>") + "<epp/>", 2001, ""},
		{"text after the root", epp("<hello/>") + "x", 2001, ""},
		{"attribute twice", epp(`<command><poll op="req" op="req"/></command>`), 2001, ""},
		{"no space between attributes", epp(`<command><poll op="ack"msgID="1"/></command>`), 2001, "space"},
		{"prefix bound to nothing", epp(`<command xmlns:p="">` + check + `</command>`), 2001, ""},
		{"unbound prefix", epp("<command><p:check/></command>"), 2000, ""},
		{"quotes in quotes", epp("<command>" + strings.Replace(check, "xmlns:o=", `xmlns:p='a"b' xmlns:o=`, 1) + "</command>"), 1000, ""},
		{"latin-1", `<?xml version="1.0" encoding="ISO-8859-1"?>` + helloFrame, 2001, ""},
		{"invalid UTF-8", strings.Replace(epp("<command>"+check+"</command>"), "a.example", "\xff.example", 1), 2001, ""},
		{"deep nesting", epp(strings.Repeat("<x>", 100) + strings.Repeat("</x>", 100)), 2001, ""},
		{"byte order mark", "\xEF\xBB\xBF" + epp("<command>"+check+"</command>"), 1000, ""},
		{"comments and CDATA", epp("<command><!-- c -->" + strings.Replace(check, "a.example", "<![CDATA[a.example]]>", 1) + "</command>"), 1000, ""},
		{"schemaLocation", `<epp xmlns="urn:ietf:params:xml:ns:epp-1.0" ` + xsi + ` xsi:schemaLocation="urn:ietf:params:xml:ns:epp-1.0 epp-1.0.xsd"><command>` + check + `</command></epp>`, 1000, ""},
		{"schemaLocation of three", `<epp xmlns="urn:ietf:params:xml:ns:epp-1.0" ` + xsi + ` xsi:schemaLocation="a b c"><command>` + check + `</command></epp>`, 2001, ""},
		{"xsi:type", `<epp xmlns="urn:ietf:params:xml:ns:epp-1.0" ` + xsi + `><command xsi:type="x">` + check + `</command></epp>`, 2001, ""},
		{"prefix instead of default namespace", `<e:epp xmlns:e="urn:ietf:params:xml:ns:epp-1.0"><e:command><e:check><check xmlns="` + domainNS + `"><name>a.example</name></check></e:check></e:command></e:epp>`, 1000, ""},

		// the envelope
		{"wrong root namespace", `<epp xmlns="urn:x:y"><hello/></epp>`, 2001, ""},
		{"empty epp", epp(""), 2003, ""},
		{"hello with content", epp("<hello>x</hello>"), 2001, ""},
		{"greeting from a client", epp("<greeting/>"), 2001, ""},
		{"protocol extension", epp(`<extension><x xmlns="urn:x:y"/></extension>`), 2103, ""},
		{"two commands", epp("<command>" + check + "</command><command>" + check + "</command>"), 2001, ""},
		{"empty command", epp("<command/>"), 2003, ""},
		{"unknown command", epp("<command><destroy/></command>"), 2000, "destroy"},
		{"command of another namespace", epp(`<command><check xmlns="urn:x:y"/></command>`), 2000, ""},
		{"clTRID before extension", epp("<command>" + check + `<clTRID>ABC-1</clTRID><extension><x xmlns="urn:x:y"/></extension></command>`), 2001, "extension"},
		{"clTRID too short", epp("<command>" + check + "<clTRID>AB</clTRID></command>"), 2005, "clTRID"},
		{"clTRID too long", epp("<command>" + check + "<clTRID>" + strings.Repeat("x", 65) + "</clTRID></command>"), 2005, "clTRID"},
		{"clTRID twice", epp("<command>" + check + "<clTRID>ABC-1</clTRID><clTRID>ABC-2</clTRID></command>"), 2001, ""},
		{"text in command", epp("<command>x" + check + "</command>"), 2001, ""},
		{"unknown extension", epp("<command>" + check + `<extension><s:create xmlns:s="urn:ietf:params:xml:ns:secDNS-1.1"/></extension></command>`), 2103, "secDNS"},
		{"extension of our own namespace", epp("<command>" + check + `<extension><x/></extension></command>`), 2001, ""},
		{"empty extension", epp("<command>" + check + `<extension/></command>`), 2003, ""},
		{"attribute on a verb", command(strings.Replace(check, "<check>", `<check op="x">`, 1)), 2001, ""},
		{"no object", command("<check/>"), 2003, ""},
		{"two objects", command(strings.Replace(check, "</check>", strings.TrimPrefix(check, "<check>"), 1)), 2001, ""},
		{"object of another verb", command(strings.NewReplacer("o:check", "o:info").Replace(check)), 2001, ""},
		{"unknown object service", named("check", "urn:ietf:params:xml:ns:nothing-1.0", "a"), 2307, "nothing-1.0"},
		{"verb the object lacks", named("renew", hostNS, "ns1.a.example"), 2001, ""},
		{"transfer of a host", command(`<transfer op="query"><o:transfer xmlns:o="` + hostNS + `"><o:name>a</o:name></o:transfer></transfer>`), 2001, ""},
		{"transfer without op", command(`<transfer><o:transfer xmlns:o="` + domainNS + `"><o:name>a.example</o:name></o:transfer></transfer>`), 2003, "op"},
		{"transfer with a strange op", command(`<transfer op="steal"><o:transfer xmlns:o="` + domainNS + `"><o:name>a.example</o:name></o:transfer></transfer>`), 2005, ""},
		{"logout with content", command("<logout><x/></logout>"), 2001, ""},

		// domain
		{"check nothing", object("check", domainNS, ""), 2003, "name"},
		{"check something else", object("check", domainNS, "<o:id>x</o:id>"), 2003, ""},
		{"check, element of another namespace", object("check", domainNS, `<name>x</name>`), 2003, ""},
		{"check, trailing element", object("check", domainNS, `<o:name>a.example</o:name><o:period unit="y">1</o:period>`), 2001, "period"},
		{"check an overlong name", named("check", domainNS, strings.Repeat("a", 256)), 2005, ""},
		{"check an empty name", named("check", domainNS, ""), 2005, ""},
		{"element inside a name", named("check", domainNS, "a<o:b/>"), 2001, ""},
		{"create without authInfo", object("create", domainNS, "<o:name>s1.example</o:name>"), 2003, "authInfo"},
		{"create with empty authInfo", object("create", domainNS, "<o:name>s1.example</o:name><o:authInfo/>"), 2003, "pw"},
		{"create with null authInfo", object("create", domainNS, "<o:name>s1.example</o:name><o:authInfo><o:null/></o:authInfo>"), 2003, "pw"},
		{"create with ext authInfo", object("create", domainNS, `<o:name>s1.example</o:name><o:authInfo><o:ext><x xmlns="urn:x:y"/></o:ext></o:authInfo>`), 2103, ""},
		{"create, authInfo before period", object("create", domainNS, "<o:name>s1.example</o:name>"+authInfo+`<o:period unit="y">1</o:period>`), 2001, "period"},
		{"create, ns before period", createDomain("s1.example", `<o:ns><o:hostObj>h.com</o:hostObj></o:ns><o:period unit="y">1</o:period>`), 2001, "period"},
		{"create, contact before registrant", createDomain("s1.example", `<o:contact type="admin">con-1</o:contact><o:registrant>con-1</o:registrant>`), 2001, "registrant"},
		{"create, name after period", object("create", domainNS, `<o:period unit="y">1</o:period><o:name>s1.example</o:name>`+authInfo), 2001, "period"},
		{"create, name twice", object("create", domainNS, `<o:name>s1.example</o:name><o:name>s2.example</o:name>`+authInfo), 2001, "name"},
		{"create, unknown element", createDomain("s1.example", `<o:colour>red</o:colour>`), 2001, ""},
		{"create, period without unit", createDomain("s1.example", `<o:period>1</o:period>`), 2003, "unit"},
		{"create, period in days", createDomain("s1.example", `<o:period unit="d">1</o:period>`), 2005, ""},
		{"create, period zero", createDomain("s1.example", `<o:period unit="y">0</o:period>`), 2004, "0"},
		{"create, period hundred", createDomain("s1.example", `<o:period unit="y">100</o:period>`), 2004, ""},
		{"create, period not a number", createDomain("s1.example", `<o:period unit="y">one</o:period>`), 2005, "one"},
		{"create, period negative", createDomain("s1.example", `<o:period unit="y">-1</o:period>`), 2005, ""},
		{"create, empty ns", createDomain("s1.example", `<o:ns/>`), 2003, "hostObj"},
		{"create, hostObj and hostAttr", createDomain("s1.example", `<o:ns><o:hostObj>h.com</o:hostObj><o:hostAttr><o:hostName>h.com</o:hostName></o:hostAttr></o:ns>`), 2001, ""},
		{"create, hostAttr", createDomain("s1.example", `<o:ns><o:hostAttr><o:hostName>h.com</o:hostName></o:hostAttr></o:ns>`), 2306, ""},
		{"create, contact of unknown type", createDomain("s1.example", `<o:contact type="boss">con-1</o:contact>`), 2005, ""},
		{"create, contact without type", createDomain("s1.example", `<o:contact>con-1</o:contact>`), 2003, "type"},
		{"create, registrant too short", createDomain("s1.example", `<o:registrant>ab</o:registrant>`), 2005, ""},
		{"create, malformed roid", object("create", domainNS, `<o:name>s1.example</o:name><o:authInfo><o:pw roid="x">secret-1</o:pw></o:authInfo>`), 2005, ""},
		{"info, unknown hosts value", object("info", domainNS, `<o:name hosts="some">a.example</o:name>`), 2005, ""},
		{"info, unknown attribute", object("info", domainNS, `<o:name x="1">a.example</o:name>`), 2001, "x"},
		{"renew without date", object("renew", domainNS, `<o:name>a.example</o:name>`), 2003, "curExpDate"},
		{"renew, instant instead of date", renewDomain("a.example", "2026-01-01T00:00:00Z", ""), 2005, ""},
		{"renew, impossible date", renewDomain("a.example", "2026-02-30", ""), 2005, ""},
		{"renew, period before date", object("renew", domainNS, `<o:name>a.example</o:name><o:period unit="y">1</o:period><o:curExpDate>2026-01-01</o:curExpDate>`), 2001, ""},
		{"update nothing", updateDomain("a.example", ""), 2003, ""},
		{"update, empty containers", updateDomain("a.example", "<o:add/><o:rem/><o:chg/>"), 2003, ""},
		{"update, rem before add", updateDomain("a.example", `<o:rem><o:status s="clientHold"/></o:rem><o:add><o:status s="clientHold"/></o:add>`), 2001, "add"},
		{"update, status before ns", updateDomain("a.example", `<o:add><o:status s="clientHold"/><o:ns><o:hostObj>h.com</o:hostObj></o:ns></o:add>`), 2001, "ns"},
		{"update, unknown status", updateDomain("a.example", `<o:add><o:status s="sleepy"/></o:add>`), 2005, ""},
		{"update, status without s", updateDomain("a.example", `<o:add><o:status/></o:add>`), 2003, "attribute s"},
		{"update, status in a strange language", updateDomain("a.example", `<o:add><o:status s="clientHold" lang="!">x</o:status></o:add>`), 2005, ""},
		{"update, authInfo before registrant", updateDomain("a.example", `<o:chg>`+authInfo+`<o:registrant>con-1</o:registrant></o:chg>`), 2001, ""},

		// contact
		{"contact create without postalInfo", object("create", contactNS, "<o:id>con-9</o:id><o:email>a@b.example</o:email>"+authInfo), 2003, "postalInfo"},
		{"contact, three postalInfo", object("create", contactNS, "<o:id>con-9</o:id>"+postalInt+postalInt+postalInt+"<o:email>a@b.example</o:email>"+authInfo), 2001, ""},
		{"contact, two of a type", object("create", contactNS, "<o:id>con-9</o:id>"+postalInt+postalInt+"<o:email>a@b.example</o:email>"+authInfo), 2306, ""},
		{"contact, postalInfo without type", contactWith(strings.Replace(postalInt, ` type="int"`, "", 1), ""), 2003, "type"},
		{"contact, umlaut in int", contactWith(strings.Replace(postalInt, "Dublin", "Zürich", 1), ""), 2005, "Zürich"},
		{"contact, city missing", contactWith(strings.Replace(postalInt, "<o:city>Dublin</o:city>", "", 1), ""), 2003, "city"},
		{"contact, cc before pc", contactWith(strings.Replace(postalInt, "<o:pc>D02</o:pc><o:cc>IE</o:cc>", "<o:cc>IE</o:cc><o:pc>D02</o:pc>", 1), ""), 2001, "pc"},
		{"contact, four streets", contactWith(strings.Replace(postalInt, "<o:city>", "<o:street/><o:street/><o:city>", 1), ""), 2001, "street"},
		{"contact, country of three letters", contactWith(strings.Replace(postalInt, "IE", "IRL", 1), ""), 2005, ""},
		{"contact, no such country", contactWith(strings.Replace(postalInt, "IE", "XX", 1), ""), 2004, "XX"},
		{"contact, country in lower case", contactWith(strings.Replace(postalInt, "IE", "ie", 1), ""), 2004, "ie"},
		{"contact, long postal code", contactWith(strings.Replace(postalInt, "D02", strings.Repeat("1", 17), 1), ""), 2005, "pc"},
		{"contact, phone without dot", contactWith(postalInt, "<o:voice>+35315550100</o:voice>"), 2005, "+35315550100"},
		{"contact, fax before voice", contactWith(postalInt, "<o:fax/><o:voice/>"), 2001, "voice"},
		{"contact, no mail address", strings.Replace(contactWith(postalInt, ""), "a@b.example", "nobody", 1), 2005, "nobody"},
		{"contact, disclose nothing", strings.Replace(contactWith(postalInt, ""), "</o:authInfo>", `</o:authInfo><o:disclose flag="1"/>`, 1), 2003, ""},
		{"contact, disclose without flag", strings.Replace(contactWith(postalInt, ""), "</o:authInfo>", `</o:authInfo><o:disclose><o:email/></o:disclose>`, 1), 2003, "flag"},
		{"contact, disclose out of order", strings.Replace(contactWith(postalInt, ""), "</o:authInfo>", `</o:authInfo><o:disclose flag="0"><o:email/><o:voice/></o:disclose>`, 1), 2001, "voice"},
		{"contact update nothing", object("update", contactNS, "<o:id>con-1</o:id>"), 2003, ""},
		{"contact update, empty add", object("update", contactNS, "<o:id>con-1</o:id><o:add/>"), 2003, "status"},
		{"contact id of two", named("check", contactNS, "ab"), 2005, ""},

		// host
		{"host, address of the wrong family", object("create", hostNS, `<o:name>ns1.other.com</o:name><o:addr ip="v6">192.0.2.1</o:addr>`), 2005, "192.0.2.1"},
		{"host, not an address", object("create", hostNS, `<o:name>ns1.other.com</o:name><o:addr>192.0.2</o:addr>`), 2005, ""},
		{"host, loopback", object("create", hostNS, `<o:name>ns1.other.com</o:name><o:addr>127.0.0.1</o:addr>`), 2004, ""},
		{"host, private", object("create", hostNS, `<o:name>ns1.other.com</o:name><o:addr>10.0.0.1</o:addr>`), 2004, ""},
		{"host, unknown family", object("create", hostNS, `<o:name>ns1.other.com</o:name><o:addr ip="v5">192.0.2.1</o:addr>`), 2005, ""},
		{"host, addr before name", object("create", hostNS, `<o:addr>192.0.2.1</o:addr><o:name>ns1.other.com</o:name>`), 2001, ""},
		{"host update nothing", object("update", hostNS, `<o:name>ns1.other.com</o:name>`), 2003, ""},
		{"host update, empty chg", object("update", hostNS, `<o:name>ns1.other.com</o:name><o:chg/>`), 2003, "name"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			a := c.want(tc.code, tc.frame)
			a.has(t, tc.text)
			a.hasNot(t, "2fooBAR-x", "secret-1") // authInfo is never repeated
		})
	}
	// Nothing of all that left a trace.
	state, err := f.srv.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if state.Domains != 0 || state.Hosts != 0 || state.Contacts != 1 || state.Transforms != 1 {
		t.Fatalf("refused frames had effects: %+v", state)
	}
}

func contactWith(postal, phones string) string {
	return object("create", contactNS, "<o:id>con-9</o:id>"+postal+phones+"<o:email>a@b.example</o:email>"+authInfo)
}
