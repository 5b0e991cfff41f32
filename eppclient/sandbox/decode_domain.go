package sandbox

import (
	"regexp"
	"strconv"
)

// authInfo is eppcom's authInfo choice as given by a client.
type authInfo struct {
	pw   string
	roid string // contact the password belongs to; "" = the object itself
	null bool   // update only: unset
}

type period struct {
	n    int
	unit string // "y" or "m"
}

type domainContact struct {
	kind string // admin, billing, tech; "" when the attribute is absent
	id   string
}

type status struct {
	value, lang, note string
}

type domainInfo struct {
	name  string
	hosts string // all, del, sub, none
	auth  *authInfo
}

type domainCreate struct {
	name       string
	period     *period
	hosts      []string
	attrs      []nsAttr
	registrant string
	contacts   []domainContact
	auth       authInfo
}

type domainChange struct { // the content of add or rem
	hosts    []string
	attrs    []nsAttr
	contacts []domainContact
	statuses []status
}

func (c domainChange) isEmpty() bool {
	return len(c.hosts)+len(c.attrs)+len(c.contacts)+len(c.statuses) == 0
}

type domainUpdate struct {
	name       string
	add, rem   domainChange
	registrant *string // "" removes it
	auth       *authInfo
}

type domainRenew struct {
	name       string
	curExpDate string
	period     *period
}

var (
	numberPattern = regexp.MustCompile(`^[0-9]+$`)
	roidPattern   = regexp.MustCompile(`^\w{1,80}-\w{1,8}$`)
	datePattern   = regexp.MustCompile(`^-?\d{4,}-\d\d-\d\d(Z|[+-]\d\d:\d\d)?$`)
	domainState   = []string{
		"clientDeleteProhibited", "clientHold", "clientRenewProhibited", "clientTransferProhibited",
		"clientUpdateProhibited", "inactive", "ok", "pendingCreate", "pendingDelete", "pendingRenew",
		"pendingTransfer", "pendingUpdate", "serverDeleteProhibited", "serverHold", "serverRenewProhibited",
		"serverTransferProhibited", "serverUpdateProhibited",
	}
)

// label reads eppcom:labelType; names are compared in lower case.
func (s *strict) label(n *node, attrs ...string) string {
	return fold(s.token(n, 1, 255, attrs...))
}

// period reads domain:periodType. Not a number is 2005, outside 1-99 is 2004.
func (s *strict) period(n *node) *period {
	if n == nil {
		return nil
	}
	p := &period{unit: s.enum(n, "unit", "", "y", "m")}
	v := s.pattern(n, -1, numberPattern, "unit")
	if s.err != nil {
		return nil
	}
	years, err := strconv.Atoi(v)
	if err != nil || years < 1 || years > 99 {
		s.failAt(2004, n, "period is 1 to 99")
		return nil
	}
	p.n = years
	return p
}

// authInfo reads a choice of pw and ext (and null where chg allows it). ext
// carries foreign authorization schemes, of which the server has none.
func (s *strict) authInfo(n *node, nullable bool) authInfo {
	var out authInfo
	q := s.open(n)
	if s.err != nil || n == nil {
		return out
	}
	switch {
	case q.peek("ext") != nil:
		s.failAt(2103, q.maybe("ext"), "no authorization extension is offered")
	case nullable && q.peek("null") != nil:
		s.empty(q.maybe("null"))
		out.null = true
	default:
		pw := q.need("pw")
		out.pw = s.normalized(pw, 0, -1, "roid")
		roid, given := s.attr(pw, "roid")
		if given && !roidPattern.MatchString(roid) {
			s.failAt(2005, pw, "attribute roid")
		}
		out.roid = roid
	}
	q.done()
	return out
}

func (s *strict) optionalAuthInfo(n *node, nullable bool) *authInfo {
	if n == nil {
		return nil
	}
	a := s.authInfo(n, nullable)
	return &a
}

// statuses reads status elements whose value is one of the known ones.
func (s *strict) statuses(nodes []*node, known []string) []status {
	var out []status
	for _, n := range nodes {
		st := status{value: s.enum(n, "s", "", known...), note: s.normalized(n, 0, -1, "s", "lang"), lang: "en"}
		if lang, given := s.attr(n, "lang"); given {
			if !languagePattern.MatchString(lang) {
				s.failAt(2005, n, "attribute lang")
			}
			st.lang = lang
		}
		out = append(out, st)
	}
	return out
}

func decodeNames(s *strict, req *request, n *node) {
	q := s.open(n)
	for _, name := range q.list("name", 1, -1) {
		req.keys = append(req.keys, s.label(name))
	}
	q.done()
}

func decodeOneName(s *strict, req *request, n *node) string {
	q := s.open(n)
	name := s.label(q.need("name"))
	q.done()
	req.keys = []string{name}
	return name
}

func decodeDomainCheck(s *strict, req *request, n *node) { decodeNames(s, req, n) }

func decodeDomainDelete(s *strict, req *request, n *node) { decodeOneName(s, req, n) }

func decodeDomainInfo(s *strict, req *request, n *node) {
	q := s.open(n)
	name := q.need("name")
	c := &domainInfo{name: s.label(name, "hosts"), hosts: s.enum(name, "hosts", "all", "all", "del", "none", "sub")}
	c.auth = s.optionalAuthInfo(q.maybe("authInfo"), false)
	q.done()
	req.keys, req.body = []string{c.name}, c
}

// nameServers reads domain:nsType: host objects or attributes, never both.
func (s *strict) nameServers(n *node) (hosts []string, attrs []nsAttr) {
	if n == nil {
		return nil, nil
	}
	q := s.open(n)
	if q.peek("hostAttr") != nil {
		for _, attr := range q.list("hostAttr", 1, -1) {
			attrs = append(attrs, s.nsAttr(attr))
		}
		q.done()
		return nil, attrs
	}
	for _, host := range q.list("hostObj", 1, -1) {
		hosts = append(hosts, s.label(host))
	}
	q.done()
	return hosts, nil
}

func (s *strict) domainContacts(nodes []*node) []domainContact {
	var out []domainContact
	for _, n := range nodes {
		c := domainContact{id: s.token(n, 3, 16, "type")}
		if _, given := s.attr(n, "type"); given {
			c.kind = s.enum(n, "type", "", "admin", "billing", "tech")
		}
		out = append(out, c)
	}
	return out
}

func decodeDomainCreate(s *strict, req *request, n *node) {
	q := s.open(n)
	c := &domainCreate{name: s.label(q.need("name"))}
	c.period = s.period(q.maybe("period"))
	c.hosts, c.attrs = s.nameServers(q.maybe("ns"))
	if r := q.maybe("registrant"); r != nil {
		c.registrant = s.token(r, 3, 16)
	}
	c.contacts = s.domainContacts(q.list("contact", 0, -1))
	c.auth = s.authInfo(q.need("authInfo"), false)
	q.done()
	req.keys, req.body = []string{c.name}, c
}

func (s *strict) domainChange(n *node) domainChange {
	if n == nil {
		return domainChange{}
	}
	q := s.open(n)
	c := domainChange{}
	c.hosts, c.attrs = s.nameServers(q.maybe("ns"))
	c.contacts = s.domainContacts(q.list("contact", 0, -1))
	c.statuses = s.statuses(q.list("status", 0, 11), domainState)
	q.done()
	return c
}

func decodeDomainUpdate(s *strict, req *request, n *node) {
	q := s.open(n)
	c := &domainUpdate{name: s.label(q.need("name"))}
	c.add = s.domainChange(q.maybe("add"))
	c.rem = s.domainChange(q.maybe("rem"))
	if chg := q.maybe("chg"); chg != nil {
		inner := s.open(chg)
		if r := inner.maybe("registrant"); r != nil {
			id := s.token(r, 0, 16)
			c.registrant = &id
		}
		c.auth = s.optionalAuthInfo(inner.maybe("authInfo"), true)
		inner.done()
	}
	q.done()
	if c.add.isEmpty() && c.rem.isEmpty() && c.registrant == nil && c.auth == nil && !req.ext.changes() {
		s.fail(refuse(2003, "the update changes nothing").at(n.ns, n.name, ""))
	}
	req.keys, req.body = []string{c.name}, c
}

func decodeDomainRenew(s *strict, req *request, n *node) {
	q := s.open(n)
	c := &domainRenew{name: s.label(q.need("name"))}
	date := q.need("curExpDate")
	c.curExpDate = s.pattern(date, -1, datePattern)
	if date != nil && s.err == nil && !validDate(c.curExpDate) {
		s.failAt(2005, date, "no such date")
	}
	c.period = s.period(q.maybe("period"))
	q.done()
	req.keys, req.body = []string{c.name}, c
}

// transferCmd is a transfer of a domain or contact.
type transferCmd struct {
	key    string
	period *period // domains only
	auth   *authInfo
}

func decodeDomainTransfer(s *strict, req *request, n *node) {
	q := s.open(n)
	c := &transferCmd{key: s.label(q.need("name"))}
	c.period = s.period(q.maybe("period"))
	c.auth = s.optionalAuthInfo(q.maybe("authInfo"), false)
	q.done()
	if c.period != nil && req.op != "request" && s.err == nil {
		s.failAt(2306, n.child(n.ns, "period"), "a period goes with a request only")
	}
	req.keys, req.body = []string{c.key}, c
}

func decodeContactTransfer(s *strict, req *request, n *node) {
	q := s.open(n)
	c := &transferCmd{key: s.token(q.need("id"), 3, 16)}
	c.auth = s.optionalAuthInfo(q.maybe("authInfo"), false)
	q.done()
	req.keys, req.body = []string{c.key}, c
}
