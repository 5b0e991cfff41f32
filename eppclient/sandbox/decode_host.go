package sandbox

type hostAddr struct {
	ip   string // "v4" or "v6"
	addr string
}

type hostCreate struct {
	name  string
	addrs []hostAddr
}

type hostChange struct { // the content of add or rem
	addrs    []hostAddr
	statuses []status
}

func (c hostChange) isEmpty() bool { return len(c.addrs)+len(c.statuses) == 0 }

type hostUpdate struct {
	name     string
	add, rem hostChange
	newName  string // "" = unchanged
}

var hostState = []string{
	"clientDeleteProhibited", "clientUpdateProhibited", "linked", "ok", "pendingCreate", "pendingDelete",
	"pendingTransfer", "pendingUpdate", "serverDeleteProhibited", "serverUpdateProhibited",
}

// hostAddr reads host:addrType, syntax of the address included.
func (s *strict) hostAddr(n *node) hostAddr {
	a := hostAddr{ip: s.enum(n, "ip", "v4", "v4", "v6"), addr: s.token(n, 3, 45, "ip")}
	if s.err != nil {
		return a
	}
	a, err := checkAddress(a)
	if err != nil {
		s.fail(err)
	}
	return a
}

func (s *strict) hostAddrs(nodes []*node) []hostAddr {
	var out []hostAddr
	for _, n := range nodes {
		out = append(out, s.hostAddr(n))
	}
	return out
}

func decodeHostCheck(s *strict, req *request, n *node) { decodeNames(s, req, n) }

func decodeHostInfo(s *strict, req *request, n *node) { decodeOneName(s, req, n) }

func decodeHostDelete(s *strict, req *request, n *node) { decodeOneName(s, req, n) }

func decodeHostCreate(s *strict, req *request, n *node) {
	q := s.open(n)
	c := &hostCreate{name: s.label(q.need("name"))}
	c.addrs = s.hostAddrs(q.list("addr", 0, -1))
	q.done()
	req.keys, req.body = []string{c.name}, c
}

func (s *strict) hostChange(n *node) hostChange {
	if n == nil {
		return hostChange{}
	}
	q := s.open(n)
	c := hostChange{
		addrs:    s.hostAddrs(q.list("addr", 0, -1)),
		statuses: s.statuses(q.list("status", 0, 7), hostState),
	}
	q.done()
	return c
}

func decodeHostUpdate(s *strict, req *request, n *node) {
	q := s.open(n)
	c := &hostUpdate{name: s.label(q.need("name"))}
	c.add = s.hostChange(q.maybe("add"))
	c.rem = s.hostChange(q.maybe("rem"))
	if chg := q.maybe("chg"); chg != nil {
		inner := s.open(chg)
		c.newName = s.label(inner.need("name"))
		inner.done()
	}
	q.done()
	if c.add.isEmpty() && c.rem.isEmpty() && c.newName == "" {
		s.fail(refuse(2003, "the update changes nothing").at(n.ns, n.name, ""))
	}
	req.keys, req.body = []string{c.name}, c
}
