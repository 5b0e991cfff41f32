package sandbox

import (
	"slices"
	"strings"
)

// nsAttr is a name server given inside of the domain (RFC 5731 §1.1), in the text
// form that is its identity: name and sorted addresses, "ns1.a.example 192.0.2.1".
// To remove one, a client repeats what is stored, addresses included.
type nsAttr string

func (a nsAttr) name() string { return strings.Fields(string(a))[0] }

func (a nsAttr) addrs() []string { return strings.Fields(string(a))[1:] }

func (s *strict) nsAttr(n *node) nsAttr {
	q := s.open(n)
	parts := []string{s.label(q.need("hostName"))}
	for _, addr := range q.list("hostAddr", 0, -1) {
		parts = append(parts, s.hostAddr(addr).addr)
	}
	q.done()
	slices.Sort(parts[1:])
	return nsAttr(strings.Join(parts, " "))
}

// nameServerForm holds a command to the zone's way of naming name servers: host
// objects or attributes, the other one is 2306.
func (tld *TLD) nameServerForm(changes ...domainChange) error {
	for _, c := range changes {
		if tld.HostAttributes && len(c.hosts) > 0 {
			return refuse(2306, "name servers are host attributes here").at(nsDomain, "hostObj", c.hosts[0])
		}
		if !tld.HostAttributes && len(c.attrs) > 0 {
			return refuse(2306, "name servers are host objects here").at(nsDomain, "hostAttr", "")
		}
	}
	return nil
}

// setAttrs changes the name servers of a domain in a zone of host attributes: each
// name once (2306), addresses for names below the domain itself and for no others
// (2003, 2306), 13 at most (2306).
func (w *work) setAttrs(domain string, have, add, rem []nsAttr) error {
	result, err := change(have, add, rem, nsDomain, "hostAttr", func(a nsAttr) string { return a.name() })
	if err != nil {
		return err
	}
	for i, a := range result {
		name := a.name()
		below := name == domain || strings.HasSuffix(name, "."+domain)
		switch {
		case !validHostname(name, 2):
			return refuse(2005, "not a host name").at(nsDomain, "hostName", name)
		case slices.ContainsFunc(result[:i], func(o nsAttr) bool { return o.name() == name }):
			return refuse(2306, "named twice").at(nsDomain, "hostName", name)
		case below && len(a.addrs()) == 0:
			return refuse(2003, "a name server below the domain needs an address").at(nsDomain, "hostAddr", "")
		case !below && len(a.addrs()) > 0:
			return refuse(2306, "only name servers below the domain carry addresses").at(nsDomain, "hostAddr", a.addrs()[0])
		}
	}
	if len(result) > maxNameServers {
		return refuse(2306, "at most %d name servers", maxNameServers).at(nsDomain, "ns", "")
	}
	for _, a := range rem {
		if err := w.exec(`DELETE FROM domain_attrs WHERE domain = ? AND attr = ?`, domain, string(a)); err != nil {
			return err
		}
	}
	for _, a := range add {
		if err := w.exec(`INSERT INTO domain_attrs (domain, attr) VALUES (?, ?)`, domain, string(a)); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) findAttrs(domain string) ([]nsAttr, error) {
	list, err := w.texts(`SELECT attr FROM domain_attrs WHERE domain = ? ORDER BY attr`, domain)
	var out []nsAttr
	for _, a := range list {
		out = append(out, nsAttr(a))
	}
	return out, err
}

// nameServers writes domain:ns in whichever form the domain has.
func (w *objectWriter) nameServers(d *domainRow) {
	if len(d.hosts)+len(d.attrs) == 0 {
		return
	}
	w.start("domain:ns")
	for _, h := range d.hosts {
		w.el("hostObj", h)
	}
	for _, a := range d.attrs {
		w.start("domain:hostAttr")
		w.el("hostName", a.name())
		for _, addr := range a.addrs() {
			ip := "v4"
			if strings.Contains(addr, ":") {
				ip = "v6"
			}
			w.el("hostAddr", addr, "ip", ip)
		}
		w.end("domain:hostAttr")
	}
	w.end("domain:ns")
}
