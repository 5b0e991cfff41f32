package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/eppclient/sandbox"
)

const (
	namestoreNS  = "http://www.verisign-grs.com/epp/namestoreExt-1.1"
	idnLangNS    = "http://www.verisign.com/epp/idnLang-1.0"
	syncNS       = "http://www.verisign.com/epp/sync-1.0"
	premiumNS    = "http://www.verisign.com/epp/premiumdomain-1.0"
	whoisInfNS   = "http://www.verisign.com/epp/whoisInf-1.0"
	relatedNS    = "http://www.verisign.com/epp/relatedDomain-1.0"
	balanceNS    = "http://www.verisign.com/epp/balance-1.0"
	lowBalanceNS = "http://www.verisign.com/epp/lowbalance-poll-1.0"
	rgpPollNS    = "http://www.verisign.com/epp/rgp-poll-1.0"
)

var verisignObjects = []string{balanceNS, lowBalanceNS, rgpPollNS}

// startVerisign serves .com and .net as Verisign does.
func startVerisign(t *testing.T, changes ...func(*sandbox.Config)) *fixture {
	t.Helper()
	return start(t, append([]func(*sandbox.Config){func(c *sandbox.Config) {
		c.Extensions = append([]string{namestoreNS, idnLangNS, syncNS, premiumNS, whoisInfNS, relatedNS, secDNSNS, rgpNS}, verisignObjects...)
		zone := func(name string) sandbox.TLD {
			return sandbox.TLD{Name: name, Currency: "USD", Contacts: sandbox.ContactsProhibited, IDN: []string{"Latin", "Cyrillic"}, Languages: []string{"GER", "UKR"},
				Prices: map[sandbox.Action]int64{sandbox.ActionCreate: 1026, sandbox.ActionRenew: 1026, sandbox.ActionRestore: 4000},
				Tiers:  []sandbox.Tier{{Class: "premium", Names: []string{"gold." + name}, Prices: map[sandbox.Action]int64{sandbox.ActionCreate: 5000}}}}
		}
		c.TLDs = []sandbox.TLD{zone("com"), zone("net")}
	}}, changes...)...)
}

// loginVerisign logs in with everything, or all but some.
func (f *fixture) loginVerisign(clientID string, without ...string) *client {
	f.t.Helper()
	c := f.dial(clientID)
	object, extension := allObjects, ""
	for _, uri := range f.cfg.Extensions {
		switch {
		case strings.Contains(strings.Join(without, " "), uri):
		case strings.Contains(strings.Join(verisignObjects, " "), uri):
			object += "<objURI>" + uri + "</objURI>"
		default:
			extension += "<extURI>" + uri + "</extURI>"
		}
	}
	c.want(1000, loginWith(clientID, clientID+"-secret", "", "1.0", "en", object+"<svcExtension>"+extension+"</svcExtension>"))
	return c
}

func subProduct(name string) string {
	return `<n:namestoreExt xmlns:n="` + namestoreNS + `"><n:subProduct>` + name + `</n:subProduct></n:namestoreExt>`
}

// com sends a frame to .com, with further extensions.
func com(frame string, extensions ...string) string {
	return extended(frame, subProduct("dotCOM")+strings.Join(extensions, ""))
}

func TestSubProductRoutesEachObjectCommand(t *testing.T) {
	f := startVerisign(t)
	c := f.loginVerisign("alpha")
	echo := `<namestoreExt:namestoreExt xmlns:namestoreExt="` + namestoreNS + `"><namestoreExt:subProduct>dotCOM</namestoreExt:subProduct>`
	c.want(1000, com(createDomain("a.com", ""))).has(t, echo)
	c.want(1000, com(named("info", domainNS, "a.com"))).has(t, echo)
	c.want(1000, com(createHost("ns1.a.com", "192.0.2.1")))
	c.want(1000, com(createHost("ns1.dns.test")))
	c.want(1000, extended(createHost("ns2.dns.test"), subProduct("dotNET")))
	c.want(1000, com(createContact("c-0001"))) // contacts there are, domains of these zones take none
	c.want(2306, com(createDomain("b.com", "<o:registrant>c-0001</o:registrant>")))
	c.want(1000, com(named("check", domainNS, "a.com", "b.com", "b.net"))).has(t, `avail="0">a.com`, `avail="1">b.com`, `avail="0">b.net`, "Not an authoritative TLD")
	c.want(1300, command(`<poll op="req"/>`)) // no object, no sub-product
	for name, tt := range map[string]struct {
		frame string
		code  int
		text  string
	}{
		"none":             {createDomain("c.com", ""), 2003, `<namestoreExt:msg code="1" lang="en">Sub-product is missing`},
		"none with a host": {named("info", hostNS, "ns1.a.com"), 2003, "Sub-product is missing"},
		"none, contact":    {named("info", contactNS, "c-0001"), 2003, "Sub-product is missing"},
		"unknown":          {extended(createDomain("c.com", ""), subProduct("dotORG")), 2306, `<namestoreExt:nsExtErrData xmlns:namestoreExt="` + namestoreNS + `"><namestoreExt:msg code="1" lang="en">Specified sub-product does not exist`},
		"of another zone":  {extended(createDomain("c.com", ""), subProduct("dotNET")), 2306, "not that of the name"},
		"host elsewhere":   {extended(createHost("ns2.a.com", "192.0.2.1"), subProduct("dotNET")), 2306, "not that of the name"},
		"empty":            {extended(createDomain("c.com", ""), subProduct("")), 2005, ""},
		"twice":            {com(createDomain("c.com", ""), subProduct("dotCOM")), 2001, ""},
		"with a poll":      {extended(command(`<poll op="req"/>`), subProduct("dotCOM")), 2002, ""},
		"error sent by us": {extended(createDomain("c.com", ""), `<n:nsExtErrData xmlns:n="`+namestoreNS+`"><n:msg code="1">x</n:msg></n:nsExtErrData>`), 2002, ""},
	} {
		t.Run(name, func(t *testing.T) { c.want(tt.code, tt.frame).has(t, tt.text) })
	}
	f.loginVerisign("beta", namestoreNS).want(2103, com(named("info", domainNS, "a.com")))
}

func TestVerisignAuthInfo(t *testing.T) {
	f := startVerisign(t)
	c := f.loginVerisign("alpha")
	c.want(1000, com(createDomain("a.com", "")))
	for pw, code := range map[string]int{"short-1": 2202, "letters-only": 2202, "1234-5678": 2202, "Letters1234": 2202, strings.Repeat("a-1", 11): 2202, "": 1000, "Good-1234": 1000} {
		c.want(code, com(updateDomain("a.com", "<o:chg><o:authInfo><o:pw>"+pw+"</o:pw></o:authInfo></o:chg>")))
	}
}

func TestLanguageOfAnIDN(t *testing.T) {
	f := startVerisign(t)
	c := f.loginVerisign("alpha")
	tag := func(v string) string { return `<l:tag xmlns:l="` + idnLangNS + `">` + v + `</l:tag>` }
	idn := createDomain("xn--mnchen-3ya.com", "")
	c.want(2003, com(idn)).has(t, "language tag")
	c.want(2306, com(idn, tag("FRE")))
	c.want(2005, com(idn, tag("not a tag")))
	c.want(1000, com(idn, tag("ger")))
	c.want(2306, com(createDomain("plain.com", ""), tag("GER")))
	c.want(2002, com(named("info", domainNS, "xn--mnchen-3ya.com"), tag("GER")))
	f.loginVerisign("beta", idnLangNS).want(2003, com(createDomain("xn--bcher-kva.com", "")))
}

func TestSync(t *testing.T) {
	f := startVerisign(t)
	c := f.loginVerisign("alpha")
	c.want(1000, com(createDomain("a.com", ""))) // until 2027-01-15
	sync := func(day string, changes string) string {
		return com(updateDomain("a.com", changes), `<s:update xmlns:s="`+syncNS+`"><s:expMonthDay>`+day+`</s:expMonthDay></s:update>`)
	}
	c.want(2306, sync("--02-29", "<o:chg/>")) // the next one is more than a year ahead
	f.wantFunds("alpha", 100_000-1026)
	c.want(1000, sync("--03-01", "<o:chg/>"))
	f.wantFunds("alpha", 100_000-1026-130) // 46 days of 365, rounded up
	c.want(1000, com(named("info", domainNS, "a.com"))).has(t, "<domain:exDate>2027-03-01T23:59:59.000Z")
	c.want(1000, sync("--02-01Z", "<o:chg/>"))
	c.want(1000, com(named("info", domainNS, "a.com"))).has(t, "<domain:exDate>2028-02-01T23:59:59.000Z")
	c.want(1000, sync("--02-29", "<o:chg/>"))
	for day, code := range map[string]int{"--02-30": 2005, "02-01": 2005, "--02-29": 2306, "--03-01+02:00": 2005} {
		c.want(code, sync(day, "<o:chg/>"))
	}
	c.want(2306, sync("--05-01", `<o:add><o:status s="clientHold"/></o:add>`))
	c.want(1000, com(updateDomain("a.com", `<o:add><o:status s="clientRenewProhibited"/></o:add>`)))
	c.want(2304, sync("--05-01", "<o:chg/>"))
	c.want(1000, com(updateDomain("a.com", `<o:rem><o:status s="clientRenewProhibited"/></o:rem>`)))
	c.want(1000, com(renewDomain("a.com", "2028-02-29", `<o:period unit="y">7</o:period>`)))
	c.want(2105, sync("--02-01", "<o:chg/>"))
	if _, err := f.srv.SetFunds(t.Context(), "alpha", 1); err != nil {
		t.Fatal(err)
	}
	c.want(2104, sync("--12-01", "<o:chg/>"))
}

func TestPremiumDomains(t *testing.T) {
	f := startVerisign(t)
	c := f.loginVerisign("alpha")
	check := named("check", domainNS, "gold.com", "free.com", "gold.net")
	flag := func(v string) string {
		return `<p:check xmlns:p="` + premiumNS + `"><p:flag>` + v + `</p:flag></p:check>`
	}
	c.want(1000, com(check, flag("true"))).has(t, `avail="1">gold.com`, `<premiumdomain:name premium="true">gold.com</premiumdomain:name><premiumdomain:price unit="USD">50.00</premiumdomain:price><premiumdomain:renewalPrice unit="USD">10.26<`,
		`<premiumdomain:name premium="false">free.com</premiumdomain:name></premiumdomain:cd>`)
	c.want(1000, com(check, flag("0"))).hasNot(t, "premiumdomain:")
	c.want(1000, com(check)).has(t, `avail="0">gold.com`)
	c.want(2005, com(check, flag("yes")))
	c.want(2102, com(updateDomain("gold.com", "<o:chg/>"), `<p:reassign xmlns:p="`+premiumNS+`"><p:shortName>beta</p:shortName></p:reassign>`))
	f.loginVerisign("beta", premiumNS).want(2306, com(createDomain("gold.com", "")))
	c.want(1000, com(createDomain("gold.com", "")))
	f.wantFunds("alpha", 100_000-5000)
}

func TestBalanceAndItsWarning(t *testing.T) {
	for name, percent := range map[string]int{"fixed": 0, "percent": 99} {
		t.Run(name, func(t *testing.T) {
			f := startVerisign(t, func(c *sandbox.Config) {
				if c.Accounts[0].WarnPercent = percent; percent == 0 {
					c.Accounts[0].WarnBelowMinor = 99_000
				}
			})
			c := f.loginVerisign("alpha")
			info := command(`<info><b:info xmlns:b="` + balanceNS + `"/></info>`)
			poll := command(`<poll op="req"/>`)
			threshold, warning := "<balance:fixed>990.00<", `type="FIXED">990.00<`
			if percent > 0 {
				threshold, warning = "<balance:percent>99<", `type="PERCENT">99<`
			}
			c.want(1000, info).has(t, "<balance:creditLimit>1000.00<", "<balance:balance>0.00<", "<balance:availableCredit>1000.00<", threshold)
			c.want(1300, poll)
			for _, name := range []string{"a.com", "b.com"} { // crossing it warns, being below does not
				c.want(1000, com(createDomain(name, "")))
			}
			c.want(1000, info).has(t, "<balance:balance>20.52<", "<balance:availableCredit>979.48<")
			c.want(1301, poll).has(t, `<msgQ count="1"`, "<lowbalance-poll:registrarName>alpha<", "<lowbalance-poll:creditLimit>1000.00<", warning, "<lowbalance-poll:availableCredit>989.74<")
			c.want(2001, command(`<info><b:info xmlns:b="`+balanceNS+`">x</b:info></info>`))
			f.loginVerisign("beta", balanceNS).want(2307, info)
		})
	}
	cfg, _ := testConfig(t)
	cfg.Accounts[0].WarnBelowMinor, cfg.Accounts[0].WarnPercent = 1, 1
	if _, err := sandbox.New(cfg); err == nil {
		t.Error("two thresholds are taken")
	}
}

func TestReportDueIsTold(t *testing.T) {
	f := startVerisign(t)
	c := f.loginVerisign("alpha")
	c.want(1000, com(createDomain("a.com", "")))
	f.clock.Advance(10 * 24 * time.Hour)
	c.want(1001, com(named("delete", domainNS, "a.com")))
	c.want(1300, command(`<poll op="req"/>`))
	c.want(1000, com(updateDomain("a.com", "<o:chg/>"), `<rgp:update xmlns:rgp="`+rgpNS+`"><rgp:restore op="request"/></rgp:update>`))
	c.want(1301, command(`<poll op="req"/>`)).has(t, "<rgp-poll:name>a.com<", `<rgp-poll:rgpStatus s="pendingRestore"/>`,
		"<rgp-poll:reqDate>2026-01-25T10:30:00.123Z<", "<rgp-poll:reportDueDate>2026-02-01T10:30:00.123Z<")
}

func TestWhoisAndRelatedInfo(t *testing.T) {
	f := startVerisign(t, func(c *sandbox.Config) {
		c.Accounts[0].WhoisServer, c.Accounts[0].URL = "whois.alpha.test", "https://alpha.test"
	})
	c := f.loginVerisign("alpha")
	c.want(1000, com(createDomain("a.com", "")))
	info := named("info", domainNS, "a.com")
	whois := `<w:whoisInf xmlns:w="` + whoisInfNS + `"><w:flag>1</w:flag></w:whoisInf>`
	related := `<r:info xmlns:r="` + relatedNS + `" type="related"/>`
	c.want(1000, com(info, whois)).has(t, "<whoisInf:registrar>alpha<", "<whoisInf:whoisServer>whois.alpha.test<", "<whoisInf:url>https://alpha.test<")
	c.want(1000, com(info)).hasNot(t, "whoisInf:", "relDom:")
	c.want(1000, com(info, related)).has(t, `<relDom:group type="tld"><relDom:fields inSync="true">`, "<relDom:registered><relDom:name>a.com<", "<relDom:available><relDom:name>a.net<")
	f.loginVerisign("beta").want(1000, extended(createDomain("a.net", ""), subProduct("dotNET")))
	c.want(1000, com(info, related)).has(t, `<relDom:fields inSync="false"><relDom:field name="clID" inSync="false"/><relDom:field name="exDate" inSync="true"/>`, "<relDom:name>a.com<", "<relDom:name>a.net<")
	c.want(2002, com(named("check", domainNS, "a.com"), whois))
	c.want(2005, com(info, strings.Replace(related, "related\"/>", "all\"/>", 1)))
	c.want(2102, com(named("delete", domainNS, "a.com"), `<r:delete xmlns:r="`+relatedNS+`"><r:name>a.net</r:name></r:delete>`))
}
