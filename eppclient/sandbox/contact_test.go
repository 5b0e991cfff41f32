package sandbox_test

import (
	"strings"
	"testing"
	"time"
)

func updateContact(id, changes string) string {
	return object("update", contactNS, "<o:id>"+id+"</o:id>"+changes)
}

const postalLoc = `<o:postalInfo type="loc"><o:name>Änn Beispiel</o:name><o:addr><o:city>Zürich</o:city><o:cc>CH</o:cc></o:addr></o:postalInfo>`

func TestContactCreateAndInfo(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	c.want(1000, object("create", contactNS, "<o:id>con-1</o:id>"+postalInt+postalLoc+
		`<o:voice x="12">+353.15550100</o:voice><o:email>ann@example.com</o:email>`+authInfo+
		`<o:disclose flag="0"><o:name type="int"/><o:addr type="loc"/><o:addr type="int"/><o:voice/><o:email/></o:disclose>`)).
		has(t, "<contact:creData", "<contact:id>con-1</contact:id><contact:crDate>2026-01-15T10:30:00.123Z</contact:crDate>")
	c.want(2302, createContact("con-1"))
	whole := []string{
		"<contact:id>con-1</contact:id><contact:roid>C", `-SANDBOXA</contact:roid><contact:status s="ok"/>`,
		`<contact:postalInfo type="int"><contact:name>Ann Example</contact:name><contact:org>Example Inc.</contact:org><contact:addr>` +
			`<contact:street>1 Main St</contact:street><contact:street>Floor 2</contact:street><contact:city>Dublin</contact:city>` +
			`<contact:sp>Leinster</contact:sp><contact:pc>D02</contact:pc><contact:cc>IE</contact:cc></contact:addr></contact:postalInfo>`,
		`<contact:postalInfo type="loc"><contact:name>Änn Beispiel</contact:name><contact:addr><contact:city>Zürich</contact:city><contact:cc>CH</contact:cc></contact:addr></contact:postalInfo>`,
		`<contact:voice x="12">+353.15550100</contact:voice><contact:email>ann@example.com</contact:email><contact:clID>alpha</contact:clID>`,
	}
	own := c.want(1000, named("info", contactNS, "con-1"))
	own.has(t, append(whole, "<contact:authInfo><contact:pw>2fooBAR-x</contact:pw></contact:authInfo>",
		`<contact:disclose flag="0"><contact:name type="int"/><contact:addr type="loc"/><contact:addr type="int"/><contact:voice/><contact:email/></contact:disclose>`)...)
	own.hasNot(t, "<contact:fax")

	b := f.login("beta")
	withPW := func(pw string) string {
		return object("info", contactNS, "<o:id>con-1</o:id><o:authInfo>"+pw+"</o:authInfo>")
	}
	b.want(2201, named("info", contactNS, "con-1")).hasNot(t, "Ann")
	b.want(2202, withPW("<o:pw>2fooBAR-y</o:pw>"))
	b.want(2202, withPW(`<o:pw roid="C77-SANDBOXA">2fooBAR-x</o:pw>`))
	known := b.want(1000, withPW("<o:pw>2fooBAR-x</o:pw>"))
	known.has(t, whole...)
	known.hasNot(t, "authInfo")
	b.want(2303, named("info", contactNS, "con-9"))
	b.want(1000, named("check", contactNS, "con-1", "con-9")).has(t, `<contact:id avail="0">con-1<`, "In use", `<contact:id avail="1">con-9<`)
	b.want(2202, strings.Replace(createContact("con-2"), "2fooBAR-x", "abc", 1))
}

func TestContactUpdate(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	c.want(1000, createContact("con-1"))
	f.clock.Advance(time.Minute)
	c.want(1000, updateContact("con-1", `<o:add><o:status s="clientTransferProhibited"/></o:add><o:chg>`+
		`<o:postalInfo type="int"><o:name>Ann New</o:name><o:addr><o:city>Cork</o:city><o:cc>IE</o:cc></o:addr></o:postalInfo>`+
		`<o:voice/><o:fax>+353.15550199</o:fax><o:email>new@example.com</o:email><o:authInfo><o:pw>new-secret</o:pw></o:authInfo>`+
		`<o:disclose flag="1"><o:email/></o:disclose></o:chg>`))
	info := c.want(1000, named("info", contactNS, "con-1"))
	info.has(t, `s="clientTransferProhibited"`, "<contact:name>Ann New</contact:name><contact:org>Example Inc.</contact:org><contact:addr><contact:city>Cork<",
		"<contact:fax>+353.15550199<", "<contact:email>new@example.com<", "<contact:upDate>2026-01-15T10:31:00.123Z<", "new-secret", `flag="1"`)
	info.hasNot(t, "Main St", "D02", "<contact:voice", `s="ok"`) // addr is replaced whole, voice is gone

	// A second form of the address needs name and addr; then it is kept beside the first.
	loc := func(inner string) string {
		return updateContact("con-1", `<o:chg><o:postalInfo type="loc">`+inner+`</o:postalInfo></o:chg>`)
	}
	c.want(2003, loc("<o:name>Änn</o:name>"))
	c.want(1000, updateContact("con-1", "<o:chg>"+postalLoc+"</o:chg>"))
	c.want(1000, loc("<o:org>Büro</o:org>"))
	c.want(1000, named("info", contactNS, "con-1")).has(t, "Ann New", "Änn Beispiel</contact:name><contact:org>Büro</contact:org>", "Zürich")

	c.want(2306, updateContact("con-1", `<o:add><o:status s="clientTransferProhibited"/></o:add>`))
	c.want(2306, updateContact("con-1", `<o:rem><o:status s="clientDeleteProhibited"/></o:rem>`))
	c.want(2306, updateContact("con-1", `<o:add><o:status s="linked"/></o:add>`))
	c.want(2202, updateContact("con-1", `<o:chg><o:email>lost@example.com</o:email><o:authInfo><o:pw>abc</o:pw></o:authInfo></o:chg>`))
	c.want(1000, named("info", contactNS, "con-1")).hasNot(t, "lost@example.com")
	c.want(2303, updateContact("con-9", `<o:chg><o:voice/></o:chg>`))
	f.login("beta").want(2201, updateContact("con-1", `<o:chg><o:voice/></o:chg>`))

	c.want(1000, updateContact("con-1", `<o:add><o:status s="clientUpdateProhibited"/></o:add>`))
	c.want(2304, updateContact("con-1", `<o:chg><o:voice/></o:chg>`))
	c.want(1000, updateContact("con-1", `<o:rem><o:status s="clientUpdateProhibited"/></o:rem>`))
}

func TestContactDelete(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	c.want(1000, createContact("con-1"))
	c.want(1000, createContact("con-2"))
	c.want(1000, createDomain("c.example", `<o:registrant>con-1</o:registrant><o:contact type="billing">con-2</o:contact>`))
	c.want(1000, named("info", contactNS, "con-1")).has(t, `<contact:status s="ok"/><contact:status s="linked"/>`)
	c.want(2305, named("delete", contactNS, "con-1"))
	c.want(2305, named("delete", contactNS, "con-2"))
	f.login("beta").want(2201, named("delete", contactNS, "con-1"))
	c.want(1000, named("delete", domainNS, "c.example"))
	c.want(1000, updateContact("con-1", `<o:add><o:status s="clientDeleteProhibited"/></o:add>`))
	c.want(2304, named("delete", contactNS, "con-1"))
	c.want(1000, updateContact("con-1", `<o:rem><o:status s="clientDeleteProhibited"/></o:rem>`))
	c.want(1000, named("delete", contactNS, "con-1"))
	c.want(2303, named("delete", contactNS, "con-1"))
	c.want(1000, createContact("con-1")) // the id is free, with no status left over
	c.want(1000, named("info", contactNS, "con-1")).has(t, `<contact:status s="ok"/>`)
}
