package sandbox_test

import (
	"fmt"
	"testing"
	"time"
)

func updateHost(name, changes string) string {
	return object("update", hostNS, "<o:name>"+name+"</o:name>"+changes)
}

func v4(addr string) string { return `<o:addr ip="v4">` + addr + `</o:addr>` }

func TestHostCreateAndInfo(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	c.want(1000, createDomain("h.example", ""))
	c.want(1000, createHost("NS1.h.example", "192.0.2.1", "2001:db8:0:0::1")).
		has(t, "<host:creData", "<host:name>ns1.h.example</host:name><host:crDate>2026-01-15T10:30:00.123Z</host:crDate>")
	c.want(1000, createHost("h.example", "192.0.2.2")) // the domain's own name may be a host
	c.want(1000, createHost("ns1.other.com"))
	b := f.login("beta")
	b.want(1000, named("info", hostNS, "ns1.h.example")).has(t, "<host:name>ns1.h.example</host:name><host:roid>H", "-SANDBOXA<",
		`<host:status s="ok"/><host:addr ip="v4">192.0.2.1</host:addr><host:addr ip="v6">2001:db8::1</host:addr><host:clID>alpha</host:clID>`)
	b.want(2303, named("info", hostNS, "ns9.h.example"))
	b.want(1000, createDomain("user.example", nameServers("ns1.h.example")))
	b.want(1000, named("info", hostNS, "ns1.h.example")).has(t, `<host:status s="ok"/><host:status s="linked"/>`)
	b.want(1000, named("check", hostNS, "NS1.h.example", "ns9.other.com", "-x.other.com")).has(t,
		`<host:name avail="0">ns1.h.example</host:name><host:reason>In use<`, `<host:name avail="1">ns9.other.com<`, `avail="0">-x.other.com<`)
}

func TestHostCreateRefusals(t *testing.T) {
	f := start(t)
	c, b := f.login("alpha"), f.login("beta")
	c.want(1000, createDomain("h.example", ""))
	c.want(1000, createHost("ns1.other.com"))
	var many []string
	for i := range 14 {
		many = append(many, fmt.Sprintf("192.0.2.%d", i+1))
	}
	b.want(2302, createHost("ns1.other.com")) // one object per repository
	b.want(2201, createHost("ns1.h.example", "192.0.2.1"))
	c.want(2303, createHost("ns1.absent.example", "192.0.2.1"))
	c.want(2003, createHost("ns1.h.example"))
	c.want(2306, createHost("ns2.other.com", "192.0.2.1"))
	c.want(2306, createHost("ns1.h.example", "192.0.2.1", "192.0.2.1"))
	c.want(2306, createHost("ns1.h.example", many...))
	c.want(2005, createHost("ns_1.other.com"))
	c.want(2005, createHost("localhost"))
	c.want(2306, createHost("co.thin", "192.0.2.1"))
	c.want(1000, createHost("ns1.h.example", many[:13]...))
}

func TestHostUpdate(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	c.want(1000, createDomain("h.example", ""))
	c.want(1000, createDomain("i.example", ""))
	c.want(1000, createHost("ns1.h.example", "192.0.2.1"))
	c.want(1000, createHost("ns1.other.com"))
	f.clock.Advance(time.Minute)
	c.want(1000, updateHost("ns1.h.example", "<o:add>"+v4("192.0.2.2")+`<o:status s="clientDeleteProhibited"/></o:add><o:rem>`+v4("192.0.2.1")+"</o:rem>"))
	info := c.want(1000, named("info", hostNS, "ns1.h.example"))
	info.has(t, `<host:status s="clientDeleteProhibited"/>`, ">192.0.2.2<", "<host:upID>alpha</host:upID><host:upDate>2026-01-15T10:31:00.123Z<")
	info.hasNot(t, "192.0.2.1<", `s="ok"`)
	c.want(2304, named("delete", hostNS, "ns1.h.example"))
	c.want(2306, updateHost("ns1.h.example", "<o:rem>"+v4("192.0.2.2")+"</o:rem>")) // internal without address
	c.want(2306, updateHost("ns1.h.example", "<o:add>"+v4("192.0.2.2")+"</o:add>")) // already there
	c.want(2306, updateHost("ns1.h.example", "<o:rem>"+v4("192.0.2.9")+"</o:rem>"))
	c.want(2306, updateHost("ns1.other.com", "<o:add>"+v4("192.0.2.2")+"</o:add>")) // external with address
	c.want(2306, updateHost("ns1.other.com", `<o:add><o:status s="linked"/></o:add>`))
	c.want(2303, updateHost("ns9.other.com", `<o:add><o:status s="clientDeleteProhibited"/></o:add>`))
	f.login("beta").want(2201, updateHost("ns1.other.com", `<o:add><o:status s="clientDeleteProhibited"/></o:add>`))

	c.want(1000, updateHost("ns1.other.com", `<o:add><o:status s="clientUpdateProhibited"/></o:add>`))
	c.want(2304, updateHost("ns1.other.com", `<o:add><o:status s="clientDeleteProhibited"/></o:add>`))
	c.want(1000, updateHost("ns1.other.com", `<o:rem><o:status s="clientUpdateProhibited"/></o:rem>`))
}

func TestHostRename(t *testing.T) {
	f := start(t)
	c, b := f.login("alpha"), f.login("beta")
	c.want(1000, createDomain("h.example", ""))
	c.want(1000, createDomain("i.example", ""))
	b.want(1000, createDomain("b.example", ""))
	c.want(1000, createHost("ns1.h.example", "192.0.2.1"))
	c.want(1000, createHost("ns1.other.com"))
	c.want(1000, createHost("ns2.other.com"))
	rename := func(to string) string { return "<o:chg><o:name>" + to + "</o:name></o:chg>" }
	c.want(1000, updateDomain("i.example", "<o:add>"+nameServers("ns1.h.example")+"</o:add>"))
	c.want(1000, updateHost("ns1.h.example", `<o:add><o:status s="clientDeleteProhibited"/></o:add>`+rename("ns1.i.example")))
	c.want(1000, named("info", domainNS, "i.example")).has(t, "<domain:hostObj>ns1.i.example<", "<domain:host>ns1.i.example<")
	c.want(1000, named("info", domainNS, "h.example")).hasNot(t, "<domain:host>")
	c.want(1000, named("info", hostNS, "ns1.i.example")).has(t, "clientDeleteProhibited", `s="linked"`, ">192.0.2.1<")
	c.want(2303, named("info", hostNS, "ns1.h.example"))

	c.want(2302, updateHost("ns1.i.example", rename("ns1.other.com")))
	c.want(2201, updateHost("ns1.i.example", rename("ns1.b.example")))
	c.want(2303, updateHost("ns1.i.example", rename("ns1.absent.example")))
	c.want(2005, updateHost("ns1.i.example", rename("ns_1.i.example")))
	c.want(2306, updateHost("ns1.i.example", rename("ns3.other.com"))) // would be external with an address
	c.want(2306, updateHost("ns2.other.com", rename("ns3.i.example"))) // would be internal without one
	c.want(1000, updateHost("ns2.other.com", "<o:add>"+v4("192.0.2.7")+"</o:add>"+rename("ns3.i.example")))

	// An external host in use by another registrar keeps its name.
	b.want(1000, updateDomain("b.example", "<o:add>"+nameServers("ns1.other.com")+"</o:add>"))
	c.want(2305, updateHost("ns1.other.com", rename("ns4.other.com")))
}

func TestHostDelete(t *testing.T) {
	f := start(t)
	c, b := f.login("alpha"), f.login("beta")
	c.want(1000, createHost("ns1.other.com"))
	b.want(1000, createDomain("b.example", nameServers("ns1.other.com")))
	c.want(2305, named("delete", hostNS, "ns1.other.com"))
	b.want(2201, named("delete", hostNS, "ns1.other.com"))
	b.want(1000, updateDomain("b.example", "<o:rem>"+nameServers("ns1.other.com")+"</o:rem>"))
	c.want(1000, named("delete", hostNS, "ns1.other.com"))
	c.want(2303, named("delete", hostNS, "ns1.other.com"))
}
