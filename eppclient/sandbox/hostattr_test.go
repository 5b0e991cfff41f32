package sandbox_test

import (
	"strings"
	"testing"

	"github.com/indera/indera/eppclient/sandbox"
)

// attr is a hostAttr with its addresses.
func attr(name string, addrs ...string) string {
	s := "<o:hostAttr><o:hostName>" + name + "</o:hostName>"
	for _, a := range addrs {
		ip := "v4"
		if strings.Contains(a, ":") {
			ip = "v6"
		}
		s += `<o:hostAddr ip="` + ip + `">` + a + "</o:hostAddr>"
	}
	return s + "</o:hostAttr>"
}

func ns(attrs ...string) string { return "<o:ns>" + strings.Join(attrs, "") + "</o:ns>" }

func TestHostAttributes(t *testing.T) {
	f := start(t, func(c *sandbox.Config) { c.TLDs[0].HostAttributes = true })
	c := f.login("alpha")
	c.want(1000, createHost("ns1.other.net"))
	c.want(1000, createDomain("a.example", ns(attr("NS1.a.example", "2001:DB8::1", "192.0.2.1"), attr("ns2.other.net"))))
	info := named("info", domainNS, "a.example")
	c.want(1000, info).has(t, `s="ok"`, `<domain:ns><domain:hostAttr><domain:hostName>ns1.a.example</domain:hostName><domain:hostAddr ip="v4">192.0.2.1</domain:hostAddr><domain:hostAddr ip="v6">2001:db8::1</domain:hostAddr></domain:hostAttr><domain:hostAttr><domain:hostName>ns2.other.net</domain:hostName></domain:hostAttr></domain:ns>`)
	update := func(add, rem string) string {
		s := ""
		if add != "" {
			s += "<o:add>" + ns(add) + "</o:add>"
		}
		if rem != "" {
			s += "<o:rem>" + ns(rem) + "</o:rem>"
		}
		return updateDomain("a.example", s)
	}
	many := ""
	for _, n := range strings.Fields("a b c d e f g h i j k l") {
		many += attr(n + ".other.net")
	}
	for name, tt := range map[string]struct {
		frame string
		code  int
	}{
		"object in the zone":       {updateDomain("a.example", "<o:add>"+nameServers("ns1.other.net")+"</o:add>"), 2306},
		"removal without address":  {update("", attr("ns1.a.example")), 2306},
		"removal of nothing":       {update("", attr("ns9.other.net")), 2306},
		"name again":               {update(attr("ns1.a.example", "192.0.2.9"), ""), 2306},
		"without glue":             {update(attr("ns3.a.example"), ""), 2003},
		"glue for somebody else":   {update(attr("ns3.other.net", "192.0.2.1"), ""), 2306},
		"private address":          {update(attr("ns3.a.example", "10.0.0.1"), ""), 2004},
		"not a name":               {update(attr("under_score.net"), ""), 2005},
		"fourteen":                 {update(many, ""), 2306},
		"mixed":                    {updateDomain("a.example", "<o:add><o:ns><o:hostObj>ns1.other.net</o:hostObj>"+attr("x.other.net")+"</o:ns></o:add>"), 2001},
		"attribute in other zones": {createDomain("a.thin", ns(attr("ns1.other.net"))), 2306},
	} {
		t.Run(name, func(t *testing.T) { c.want(tt.code, tt.frame) })
	}
	// The same name with other addresses, in one command; the order of addresses
	// does not count.
	c.want(1000, update(attr("ns1.a.example", "192.0.2.9"), attr("ns1.a.example", "192.0.2.1", "2001:db8::1")))
	c.want(1000, info).has(t, `<domain:hostName>ns1.a.example</domain:hostName><domain:hostAddr ip="v4">192.0.2.9</domain:hostAddr></domain:hostAttr>`)
	c.want(1000, update("", attr("ns1.a.example", "192.0.2.9")+attr("ns2.other.net")))
	c.want(1000, info).has(t, `s="inactive"`)
	state, err := f.srv.Domain(t.Context(), "a.example")
	if err != nil || len(state.Hosts) != 0 {
		t.Errorf("%+v, %v", state, err)
	}
}
