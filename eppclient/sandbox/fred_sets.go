package sandbox

import (
	"net/netip"
	"slices"
)

// minFredServers is the fewest name servers of a set.
const minFredServers = 2

func fredCreateNsset(w *work, req *request) (reply, error) {
	c := req.body.(*fredSetCmd)
	d := fredData{}
	if c.level != nil {
		d.Level = *c.level
	}
	return w.fredNewSet("nsset", c, d)
}

func fredCreateKeyset(w *work, req *request) (reply, error) {
	return w.fredNewSet("keyset", req.body.(*fredSetCmd), fredData{})
}

func (w *work) fredNewSet(kind string, c *fredSetCmd, d fredData) (reply, error) {
	o, err := w.fredNew(kind, c.id, c.auth, d)
	if err == nil {
		err = w.fredChangeSet(o, c)
	}
	if err != nil {
		return reply{}, err
	}
	return w.fredCreated(o)
}

func fredUpdateNsset(w *work, req *request) (reply, error) {
	return w.fredUpdateSet("nsset", req.body.(*fredSetCmd))
}

func fredUpdateKeyset(w *work, req *request) (reply, error) {
	return w.fredUpdateSet("keyset", req.body.(*fredSetCmd))
}

func (w *work) fredUpdateSet(kind string, c *fredSetCmd) (reply, error) {
	o, err := w.fredOwn(kind, c.id)
	if err == nil {
		err = w.fredChangeSet(o, c)
	}
	if err == nil && c.auth != nil {
		err = o.fredSetAuth(w, *c.auth)
	}
	if err != nil {
		return reply{}, err
	}
	if c.level != nil {
		o.data.Level = *c.level
	}
	return w.fredChanged(o)
}

// fredChangeSet applies additions and removals: contacts exist (2303) and one is left
// (2306), keys are ten at most, name servers two to ten (2306).
func (w *work) fredChangeSet(o *fredObject, c *fredSetCmd) error {
	ns := fredNS(o.kind)
	if err := w.fredExists(ns, "tech", "contact", c.addTechs...); err != nil {
		return err
	}
	var err error
	if o.data.Techs, err = change(o.data.Techs, c.addTechs, c.remTechs, ns, "tech", text); err != nil {
		return err
	}
	if len(o.data.Techs) == 0 {
		return refuse(2306, "one technical contact at least").at(ns, "tech", "")
	}
	if o.kind == "keyset" {
		if o.data.Keys, err = change(o.data.Keys, c.addKeys, c.remKeys, ns, "dnskey", text); err != nil {
			return err
		}
		if len(o.data.Keys) > 10 {
			return refuse(2306, "ten keys at most").at(ns, "dnskey", "")
		}
		return nil
	}
	return w.fredChangeServers(o, c)
}

func (w *work) fredChangeServers(o *fredObject, c *fredSetCmd) error {
	for _, name := range c.rem {
		at := slices.IndexFunc(o.data.Servers, func(s fredServer) bool { return s.Name == name })
		if at < 0 {
			return refuse(2306, "cannot be removed: not there").at(nsFredNsset, "name", name)
		}
		o.data.Servers = slices.Delete(o.data.Servers, at, at+1)
	}
	for _, s := range c.add {
		if bad := w.reg.fredServer(s); bad != nil {
			return bad
		}
		if slices.ContainsFunc(o.data.Servers, func(have fredServer) bool { return have.Name == s.Name }) {
			return refuse(2306, "cannot be added: already there").at(nsFredNsset, "name", s.Name)
		}
		o.data.Servers = append(o.data.Servers, s)
	}
	if n := len(o.data.Servers); n < minFredServers || n > 10 {
		return refuse(2306, "%d to 10 name servers", minFredServers).at(nsFredNsset, "ns", "")
	}
	return nil
}

// fredServer judges one name server: it has addresses if and only if it lies in a
// zone of the registry.
func (r *registry) fredServer(s fredServer) *refusal {
	if !validHostname(s.Name, 2) {
		return refuse(2005, "not a host name").at(nsFredNsset, "name", s.Name)
	}
	inside := r.tldOf(s.Name) != nil
	if inside && len(s.Addrs) == 0 {
		return refuse(2003, "a name server in our zone needs addresses").at(nsFredNsset, "name", s.Name)
	}
	if !inside && len(s.Addrs) > 0 {
		return refuse(2306, "a name server elsewhere takes no addresses").at(nsFredNsset, "addr", s.Addrs[0])
	}
	for _, a := range s.Addrs {
		ip, err := netip.ParseAddr(a)
		if err != nil {
			return refuse(2005, "not an address").at(nsFredNsset, "addr", a)
		}
		if _, bad := checkAddress(hostAddr{ip: map[bool]string{true: "v4", false: "v6"}[ip.Is4()], addr: a}); bad != nil {
			return refuse(bad.code, "%s", bad.reason).at(nsFredNsset, "addr", a)
		}
	}
	return nil
}
