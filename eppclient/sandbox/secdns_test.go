package sandbox_test

import (
	"strings"
	"testing"

	"github.com/indera/indera/eppclient/sandbox"
)

const secDNSNS = "urn:ietf:params:xml:ns:secDNS-1.1"

// extended puts extension XML into a command made by object or command.
func extended(frame, extension string) string {
	return strings.Replace(frame, "<clTRID>", "<extension>"+extension+"</extension><clTRID>", 1)
}

func secDNS(local, inner string) string {
	return `<s:` + local + ` xmlns:s="` + secDNSNS + `">` + inner + `</s:` + local + `>`
}

func dsData(tag string) string {
	return "<s:dsData><s:keyTag>" + tag + "</s:keyTag><s:alg>13</s:alg><s:digestType>2</s:digestType><s:digest>" + strings.Repeat("ab", 32) + "</s:digest></s:dsData>"
}

const keyData = "<s:keyData><s:flags>257</s:flags><s:protocol>3</s:protocol><s:alg>13</s:alg><s:pubKey>AQPJ////4Q==</s:pubKey></s:keyData>"

func TestSecDNS(t *testing.T) {
	f := start(t, offering(secDNSNS))
	c := f.loginExt("alpha", secDNSNS)
	c.want(1000, extended(createDomain("d.example", ""), secDNS("create", dsData("1"))))
	shown := func(tag string) string {
		return "<secDNS:dsData><secDNS:keyTag>" + tag + "</secDNS:keyTag><secDNS:alg>13</secDNS:alg><secDNS:digestType>2</secDNS:digestType><secDNS:digest>" + strings.Repeat("AB", 32) + "</secDNS:digest></secDNS:dsData>"
	}
	info := named("info", domainNS, "d.example")
	c.want(1000, info).has(t, "<extension><secDNS:infData", shown("1"))
	f.login("alpha").want(1000, info).hasNot(t, "secDNS")
	f.loginExt("beta", secDNSNS).want(1000, info).hasNot(t, "secDNS")
	update := func(inner string) string { return extended(updateDomain("d.example", ""), secDNS("update", inner)) }
	rem := func(inner string) string { return "<s:rem>" + inner + "</s:rem>" }
	add := func(inner string) string { return "<s:add>" + inner + "</s:add>" }
	c.want(1000, update(rem(dsData("1"))+add(dsData("2")+dsData("3"))))
	c.want(1000, info).has(t, shown("2"), shown("3"))
	c.want(1000, update(rem("<s:all>true</s:all>")+add(dsData("1"))))
	a := c.want(1000, info)
	a.has(t, shown("1"))
	a.hasNot(t, shown("2"))

	nine := ""
	for _, tag := range strings.Fields("11 12 13 14 15 16 17 18") {
		nine += dsData(tag)
	}
	for _, tt := range []struct {
		name, frame string
		code        int
	}{
		{"there already", update(add(dsData("1"))), 2306},
		{"not there", update(rem(dsData("9"))), 2306},
		{"twice", update(add(dsData("5") + dsData("5"))), 2306},
		{"nine", update(add(nine)), 2306},
		{"key in a zone of records", update(add(keyData)), 2306},
		{"mixed", update(add(dsData("5") + keyData)), 2001},
		{"all false", update(rem("<s:all>false</s:all>")), 2306},
		{"nothing", update(""), 2003},
		{"empty rem", update(rem("")), 2003},
		{"maxSigLife", update("<s:chg><s:maxSigLife>600</s:maxSigLife></s:chg>"), 2102},
		{"maxSigLife with a record", update(add("<s:maxSigLife>600</s:maxSigLife>" + dsData("5"))), 2102},
		{"urgent", strings.Replace(update(add(dsData("5"))), "<s:update ", `<s:update urgent="1" `, 1), 2102},
		{"order", update(add(dsData("5")) + rem(dsData("1"))), 2001},
		{"key tag", update(add(dsData("65536"))), 2004},
		{"key tag no number", update(add(dsData("x"))), 2005},
		{"digest", update(add(strings.Replace(dsData("5"), "abab", "xyxy", 1))), 2005},
		{"digest length", update(add(strings.Replace(dsData("5"), "abab", "ab", 1))), 2306},
		{"unknown element", update(add(strings.Replace(dsData("5"), "</s:dsData>", "<s:x/></s:dsData>", 1))), 2001},
		{"in a check", extended(named("check", domainNS, "d.example"), secDNS("create", dsData("1"))), 2002},
		{"create in an update", extended(updateDomain("d.example", ""), secDNS("create", dsData("5"))), 2002},
		{"twice the extension", extended(updateDomain("d.example", ""), secDNS("update", add(dsData("5")))+secDNS("update", add(dsData("6")))), 2001},
	} {
		t.Run(tt.name, func(t *testing.T) { c.want(tt.code, tt.frame) })
	}
	c.want(1000, info).has(t, "<secDNS:infData", shown("1")+"</secDNS:infData>")
	f.login("alpha").want(2103, update(add(dsData("5")))) // not chosen at login
	c.want(1000, updateDomain("d.example", `<o:add><o:status s="clientUpdateProhibited"/></o:add>`))
	c.want(2304, update(add(dsData("5"))))
	c.want(2304, extended(updateDomain("d.example", `<o:rem><o:status s="clientUpdateProhibited"/></o:rem>`), secDNS("update", add(dsData("5")))))
}

func TestSecDNSKeys(t *testing.T) {
	f := start(t, offering(secDNSNS), func(c *sandbox.Config) { c.TLDs[0].SecDNS = "key" })
	c := f.loginExt("alpha", secDNSNS)
	c.want(1000, extended(createDomain("k.example", ""), secDNS("create", keyData)))
	c.want(1000, named("info", domainNS, "k.example")).has(t, "<secDNS:keyData><secDNS:flags>257</secDNS:flags><secDNS:protocol>3</secDNS:protocol><secDNS:alg>13</secDNS:alg><secDNS:pubKey>AQPJ////4Q==</secDNS:pubKey>")
	for code, create := range map[int]string{
		2306: dsData("1"), 2005: strings.Replace(keyData, "AQPJ", "A", 1), 2004: strings.Replace(keyData, "257", "70000", 1),
	} {
		c.want(code, extended(createDomain("l.example", ""), secDNS("create", create)))
	}
	c.want(2306, extended(createDomain("l.example", ""), secDNS("create", strings.Replace(keyData, ">257<", ">0<", 1))))
	c.want(2303, named("info", domainNS, "l.example"))
}
