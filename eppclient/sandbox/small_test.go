package sandbox_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/eppclient/sandbox"
)

const (
	loginSecNS    = "urn:ietf:params:xml:ns:epp:loginSec-1.0"
	tokenNS       = "urn:ietf:params:xml:ns:allocationToken-1.0"
	idnNS         = "urn:ietf:params:xml:ns:idn-1.0"
	maintenanceNS = "urn:ietf:params:xml:ns:epp:maintenance-1.0"
	longPassword  = "a pass phrase of more than sixteen characters"
)

func loginSec(inner string) string {
	return `<l:loginSec xmlns:l="` + loginSecNS + `">` + inner + `</l:loginSec>`
}

func TestLoginSec(t *testing.T) {
	f := start(t, offering(loginSecNS), func(c *sandbox.Config) {
		c.Accounts[0].Password, c.Accounts[0].PasswordExpires = longPassword, testStart.Add(10*day)
	})
	svcs := allObjects + "<svcExtension><extURI>" + loginSecNS + "</extURI></svcExtension>"
	frame := func(pw, newPW, ext string) string {
		base := loginWith("alpha", pw, newPW, "1.0", "en", svcs)
		if ext == "" {
			return base
		}
		return extended(base, loginSec(ext))
	}
	const held = "[LOGIN-SECURITY]"
	pw := "<l:pw>" + longPassword + "</l:pw>"
	for name, tt := range map[string]struct {
		frame string
		code  int
	}{
		"placeholder without password": {frame(held, "", ""), 2003},
		"password without placeholder": {frame("alpha-secret", "", pw), 2306},
		"wrong password":               {frame(held, "", "<l:pw>something else</l:pw>"), 2200},
		"short password":               {frame(held, "", "<l:pw>12345</l:pw>"), 2005},
		"order":                        {frame(held, "<newPW>"+held+"</newPW>", "<l:newPW>abcdefg</l:newPW>"+pw), 2001},
		"empty agent":                  {frame(held, "", "<l:userAgent/>"+pw), 2003},
		"not chosen":                   {extended(loginWith("alpha", held, "", "1.0", "en", allObjects), loginSec(pw)), 2103},
		"twice":                        {extended(loginWith("alpha", held, "", "1.0", "en", svcs), loginSec(pw)+loginSec(pw)), 2103},
	} {
		t.Run(name, func(t *testing.T) { f.dial("alpha").want(tt.code, tt.frame).hasNot(t, longPassword) })
	}
	c := f.dial("alpha")
	c.want(1000, frame(held, "<newPW>"+held+"</newPW>", "<l:userAgent><l:app>Indera</l:app><l:os>Linux</l:os></l:userAgent>"+pw+"<l:newPW>"+longPassword+" 2</l:newPW>")).
		has(t, `<extension><loginSec:loginSecData xmlns:loginSec="`+loginSecNS+`"><loginSec:event type="password" level="warning" exDate="2026-01-25T10:30:00.123Z" lang="en">`)
	f.dial("alpha").want(2200, frame(held, "", pw))
	f.dial("alpha").want(1000, frame(held, "", "<l:pw>"+longPassword+" 2</l:pw>"))
	f.clock.Advance(11 * day)
	f.dial("alpha").want(2200, frame(held, "", "<l:pw>"+longPassword+" 2</l:pw>")).has(t, `type="password" level="error"`, "Password has expired")
	// Who does not know the extension hears nothing of it.
	f.login("beta")
}

func TestAllocationToken(t *testing.T) {
	f := start(t, offering(tokenNS), func(c *sandbox.Config) {
		c.TLDs[0].Reserved = append(c.TLDs[0].Reserved, "vip.example")
		c.TLDs[0].Tokens = map[string]string{"vip.example": "open-sesame", "deal.example": "half-price"}
	})
	c := f.loginExt("alpha", tokenNS)
	token := func(v string) string {
		return `<a:allocationToken xmlns:a="` + tokenNS + `">` + v + `</a:allocationToken>`
	}
	check := named("check", domainNS, "vip.example", "free.example", "nic.example")
	c.want(1000, check).has(t, `avail="0">vip.example</domain:name><domain:reason>Reserved name`, `avail="1">free.example`)
	c.want(1000, extended(check, token("open-sesame"))).has(t, `avail="1">vip.example`, `avail="0">free.example</domain:name><domain:reason>Allocation Token mismatch`, `avail="0">nic.example</domain:name><domain:reason>Reserved name`)
	c.want(2306, createDomain("vip.example", ""))
	c.want(2201, extended(createDomain("vip.example", ""), token("wrong"))).hasNot(t, "open-sesame")
	c.want(2201, extended(createDomain("free.example", ""), token("open-sesame")))
	c.want(2005, extended(createDomain("vip.example", ""), token("")))
	c.want(1000, extended(createDomain("vip.example", ""), token("open-sesame")))
	info := func(name string) string {
		return extended(named("info", domainNS, name), `<a:info xmlns:a="`+tokenNS+`"/>`)
	}
	c.want(1000, info("vip.example")).has(t, `<allocationToken:allocationToken xmlns:allocationToken="`+tokenNS+`">open-sesame<`)
	c.want(1000, createDomain("free.example", ""))
	c.want(2303, info("free.example"))
	beta := f.loginExt("beta", tokenNS)
	beta.want(2201, info("vip.example"))
	beta.want(2201, extended(transfer("request", domainNS, "vip.example", rightAuth), token("wrong")))
	beta.want(1001, extended(transfer("request", domainNS, "vip.example", rightAuth), token("open-sesame")))
	c.want(2002, extended(named("info", domainNS, "vip.example"), token("open-sesame")))
	c.want(2002, extended(named("info", contactNS, "con-1"), token("open-sesame")))
}

func TestIDN(t *testing.T) {
	f := start(t, offering(idnNS), func(c *sandbox.Config) { c.TLDs[0].IDNTables = []string{"de", "uk"} })
	c := f.loginExt("alpha", idnNS)
	const name = "xn--mnchen-3ya.example"
	create := func(name, inner string) string {
		return extended(createDomain(name, ""), `<i:data xmlns:i="`+idnNS+`">`+inner+`</i:data>`)
	}
	c.want(2003, createDomain(name, ""))
	c.want(2306, create(name, "<i:table>fr</i:table>"))
	c.want(2306, create(name, "<i:table>de</i:table><i:uname>munchen.example</i:uname>"))
	c.want(2306, create("plain.example", "<i:table>de</i:table>"))
	c.want(2003, create(name, ""))
	c.want(2001, create(name, "<i:uname>münchen.example</i:uname><i:table>de</i:table>"))
	c.want(1000, create(name, "<i:table>de</i:table><i:uname>münchen.example</i:uname>"))
	c.want(1000, named("info", domainNS, name)).has(t, `<idn:data xmlns:idn="`+idnNS+`"><idn:table>de</idn:table><idn:uname>münchen.example</idn:uname></idn:data>`)
	f.login("alpha").want(1000, createDomain("xn--kln-sna.example", "")) // a session that does not know better
}

func TestMaintenance(t *testing.T) {
	f := start(t, offering(maintenanceNS, unhandledNS))
	c := f.dial("alpha")
	c.want(1000, loginWith("alpha", "alpha-secret", "", "1.0", "en", allObjects+"<objURI>"+maintenanceNS+"</objURI>"))
	list := command(`<info><m:info xmlns:m="` + maintenanceNS + `"><m:list/></m:info></info>`)
	info := func(id string) string {
		return command(`<info><m:info xmlns:m="` + maintenanceNS + `"><m:id>` + id + `</m:id></m:info></info>`)
	}
	c.want(1000, list).has(t, "<maint:list></maint:list>")
	m := sandbox.Maintenance{ID: "m-1", System: "EPP", Host: "epp.example", Impact: "full", Start: testStart.Add(day), End: testStart.Add(day + time.Hour), Reason: "planned", Description: "a < b", TLDs: []string{"example"}}
	announce := func(m sandbox.Maintenance) {
		t.Helper()
		if err := f.srv.Announce(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	announce(m)
	c.next("<maint:infData", "<maint:pollType>create</maint:pollType>", "<maint:impact>full</maint:impact>", "a &lt; b", "<maint:tld>example</maint:tld>")
	c.want(1000, list).has(t, "<maint:listItem><maint:id>m-1</maint:id><maint:start>2026-01-16T10:30:00.123Z</maint:start>")
	c.want(1000, info("m-1")).hasNot(t, "pollType")
	c.want(2303, info("m-2"))
	f.clock.Advance(time.Hour)
	m.Reason = "emergency"
	announce(m)
	c.next("<maint:pollType>update", "<maint:crDate>2026-01-15T10:30:00.123Z</maint:crDate><maint:upDate>2026-01-15T11:30:00.123Z</maint:upDate>")
	m.Withdraw = true
	announce(m)
	c.next("<maint:pollType>delete")
	c.want(2303, info("m-1"))
	if err := f.srv.Announce(t.Context(), m); !errors.Is(err, sandbox.ErrNotFound) {
		t.Errorf("withdrawn twice: %v", err)
	}
	for _, bad := range []sandbox.Maintenance{{}, {ID: "x", System: "EPP", Impact: "total", Reason: "planned", End: testStart}, {ID: "x", System: "EPP", Impact: "none", Reason: "planned"}} {
		if err := f.srv.Announce(t.Context(), bad); !errors.Is(err, sandbox.ErrInvalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	// beta did not log in with the mapping, but knows RFC 9038.
	f.loginExt("beta", unhandledNS).next("<extValue><value><maint:infData", maintenanceNS+" not in login services").hasNot(t, "<resData>")
	f.login("beta").want(2307, list)
}

// TestExtensionsAreOffered: the greeting lists what is configured, in both menus.
func TestExtensionsAreOffered(t *testing.T) {
	f := start(t, offering(sandbox.Extensions()...))
	c := f.dial("alpha")
	for _, uri := range sandbox.Extensions() {
		element := "extURI"
		if uri == maintenanceNS || slices.Contains(verisignObjects, uri) {
			element = "objURI"
		}
		if !strings.Contains(c.greeting, "<"+element+">"+uri+"</"+element+">") {
			t.Errorf("greeting lacks %s", uri)
		}
	}
	cfg, _ := testConfig(t)
	for _, bad := range [][]string{{"urn:x"}, {rgpNS, rgpNS}} {
		cfg.Extensions = bad
		if _, err := sandbox.New(cfg); err == nil {
			t.Errorf("%v accepted", bad)
		}
	}
}
