package sandbox

import (
	"net/mail"
	"regexp"

	"golang.org/x/text/language"
)

type phone struct {
	number string // "" when the element was empty
	ext    string // the x attribute
}

type address struct {
	street       []string
	city, cc     string
	sp, pc       string
	hasSP, hasPC bool
}

type postalInfo struct {
	kind    string // "int" or "loc"
	name    string
	org     string
	hasName bool // always true in create
	hasOrg  bool
	addr    *address // nil only in update
}

type discloseItem struct {
	element string // name, org, addr, voice, fax, email
	kind    string // "int" or "loc" for the first three
}

type disclose struct {
	flag  bool
	items []discloseItem
}

type contactInfo struct {
	id   string
	auth *authInfo
}

type contactCreate struct {
	id         string
	postal     []postalInfo
	voice, fax *phone
	email      string
	auth       authInfo
	disclose   *disclose
}

type contactUpdate struct {
	id         string
	add, rem   []status
	postal     []postalInfo
	voice, fax *phone
	email      *string
	auth       *authInfo
	disclose   *disclose
}

var (
	e164Pattern  = regexp.MustCompile(`^(\+[0-9]{1,3}\.[0-9]{1,14})?$`)
	contactState = []string{
		"clientDeleteProhibited", "clientTransferProhibited", "clientUpdateProhibited", "linked", "ok",
		"pendingCreate", "pendingDelete", "pendingTransfer", "pendingUpdate", "serverDeleteProhibited",
		"serverTransferProhibited", "serverUpdateProhibited",
	}
)

func decodeContactCheck(s *strict, req *request, n *node) {
	q := s.open(n)
	for _, id := range q.list("id", 1, -1) {
		req.keys = append(req.keys, s.token(id, 3, 16))
	}
	q.done()
}

func decodeContactDelete(s *strict, req *request, n *node) {
	q := s.open(n)
	req.keys = []string{s.token(q.need("id"), 3, 16)}
	q.done()
}

func decodeContactInfo(s *strict, req *request, n *node) {
	q := s.open(n)
	c := &contactInfo{id: s.token(q.need("id"), 3, 16)}
	c.auth = s.optionalAuthInfo(q.maybe("authInfo"), false)
	q.done()
	req.keys, req.body = []string{c.id}, c
}

func decodeContactCreate(s *strict, req *request, n *node) {
	q := s.open(n)
	c := &contactCreate{id: s.token(q.need("id"), 3, 16)}
	for _, p := range q.list("postalInfo", 1, 2) {
		c.postal = append(c.postal, s.postalInfo(p, true))
	}
	c.voice = s.phone(q.maybe("voice"))
	c.fax = s.phone(q.maybe("fax"))
	c.email = s.email(q.need("email"))
	c.auth = s.authInfo(q.need("authInfo"), false)
	c.disclose = s.disclose(q.maybe("disclose"))
	q.done()
	s.distinctPostal(n, c.postal)
	req.keys, req.body = []string{c.id}, c
}

func decodeContactUpdate(s *strict, req *request, n *node) {
	q := s.open(n)
	c := &contactUpdate{id: s.token(q.need("id"), 3, 16)}
	c.add = s.contactStatuses(q.maybe("add"))
	c.rem = s.contactStatuses(q.maybe("rem"))
	if chg := q.maybe("chg"); chg != nil {
		inner := s.open(chg)
		for _, p := range inner.list("postalInfo", 0, 2) {
			c.postal = append(c.postal, s.postalInfo(p, false))
		}
		c.voice = s.phone(inner.maybe("voice"))
		c.fax = s.phone(inner.maybe("fax"))
		if e := inner.maybe("email"); e != nil {
			email := s.email(e)
			c.email = &email
		}
		c.auth = s.optionalAuthInfo(inner.maybe("authInfo"), false)
		c.disclose = s.disclose(inner.maybe("disclose"))
		inner.done()
	}
	q.done()
	s.distinctPostal(n, c.postal)
	if len(c.add)+len(c.rem)+len(c.postal) == 0 && c.voice == nil && c.fax == nil &&
		c.email == nil && c.auth == nil && c.disclose == nil {
		s.fail(refuse(2003, "the update changes nothing").at(n.ns, n.name, ""))
	}
	req.keys, req.body = []string{c.id}, c
}

func (s *strict) contactStatuses(n *node) []status {
	if n == nil {
		return nil
	}
	q := s.open(n)
	out := s.statuses(q.list("status", 1, 7), contactState)
	q.done()
	return out
}

// distinctPostal holds RFC 5733 §3.2.1 to its word: at most one postalInfo of
// each type, which the schema cannot say.
func (s *strict) distinctPostal(n *node, postal []postalInfo) {
	if len(postal) == 2 && postal[0].kind == postal[1].kind {
		s.fail(refuse(2306, "two postalInfo of type %s", postal[0].kind).at(n.ns, "postalInfo", ""))
	}
}

// postalInfo reads postalInfoType, or chgPostalInfoType when whole is false.
func (s *strict) postalInfo(n *node, whole bool) postalInfo {
	p := postalInfo{kind: s.enum(n, "type", "", "loc", "int")}
	q := s.open(n, "type")
	if name := q.maybe("name"); name != nil {
		p.name, p.hasName = s.postalLine(name, p.kind, 1), true
	} else if whole {
		q.need("name")
	}
	if org := q.maybe("org"); org != nil {
		p.org, p.hasOrg = s.postalLine(org, p.kind, 0), true
	}
	if addr := q.maybe("addr"); addr != nil {
		p.addr = s.address(addr, p.kind)
	} else if whole {
		q.need("addr")
	}
	q.done()
	return p
}

func (s *strict) address(n *node, kind string) *address {
	q := s.open(n)
	a := &address{}
	for _, line := range q.list("street", 0, 3) {
		a.street = append(a.street, s.postalLine(line, kind, 0))
	}
	a.city = s.postalLine(q.need("city"), kind, 1)
	if sp := q.maybe("sp"); sp != nil {
		a.sp, a.hasSP = s.postalLine(sp, kind, 0), true
	}
	if pc := q.maybe("pc"); pc != nil {
		a.pc, a.hasPC = s.token(pc, 0, 16), true
		s.ascii(pc, a.pc, kind)
	}
	cc := q.need("cc")
	a.cc = s.token(cc, 2, 2)
	if cc != nil && s.err == nil && !isCountry(a.cc) {
		s.failAt(2004, cc, "not an ISO 3166-1 country code")
	}
	q.done()
	return a
}

// isCountry knows upper-case ISO 3166-1 alpha-2 codes (RFC 5733 §2.4).
func isCountry(cc string) bool {
	region, err := language.ParseRegion(cc)
	return err == nil && region.IsCountry() && region.String() == cc
}

// postalLine reads (opt)postalLineType; type int is 7-bit only (RFC 5733 §2.3).
func (s *strict) postalLine(n *node, kind string, lo int) string {
	v := s.normalized(n, lo, 255)
	s.ascii(n, v, kind)
	return v
}

func (s *strict) ascii(n *node, v, kind string) {
	if n == nil || s.err != nil || kind != "int" {
		return
	}
	for _, r := range v {
		if r > 0x7F {
			s.failAt(2005, n, "type int takes 7-bit characters only")
			return
		}
	}
}

// phone reads contact:e164Type.
func (s *strict) phone(n *node) *phone {
	if n == nil {
		return nil
	}
	p := &phone{number: s.pattern(n, 17, e164Pattern, "x")}
	p.ext, _ = s.attr(n, "x")
	return p
}

// email wants one plain mailbox; the schema alone would take any token.
func (s *strict) email(n *node) string {
	v := s.token(n, 1, -1)
	if n == nil || s.err != nil {
		return v
	}
	if a, err := mail.ParseAddress(v); err != nil || a.Name != "" || a.Address != v {
		s.failAt(2005, n, "not a mail address")
	}
	return v
}

// disclose reads contact:discloseType; RFC 5733 §2.9 wants at least one item.
func (s *strict) disclose(n *node) *disclose {
	if n == nil {
		return nil
	}
	flag := s.enum(n, "flag", "", "0", "1", "false", "true")
	d := &disclose{flag: flag == "1" || flag == "true"}
	q := s.open(n, "flag")
	for _, element := range []string{"name", "org", "addr"} {
		for _, item := range q.list(element, 0, 2) {
			s.empty(item, "type")
			d.items = append(d.items, discloseItem{element, s.enum(item, "type", "", "loc", "int")})
		}
	}
	for _, element := range []string{"voice", "fax", "email"} {
		if item := q.maybe(element); item != nil {
			s.empty(item)
			d.items = append(d.items, discloseItem{element: element})
		}
	}
	q.done()
	if len(d.items) == 0 && s.err == nil {
		s.failAt(2003, n, "disclose names no element")
	}
	return d
}
