package sandbox

import (
	"encoding/base64"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
)

// fredRef is a command that names one object, or a check of several.
type fredRef struct {
	id    string
	auth  *string
	names []string // of a test
}

type fredAddr struct {
	Street []string `json:"street,omitempty"`
	City   string   `json:"city,omitempty"`
	SP     string   `json:"sp,omitempty"`
	PC     string   `json:"pc,omitempty"`
	CC     string   `json:"cc,omitempty"`
}

type fredDisclose struct {
	Flag  bool     `json:"flag"`
	Items []string `json:"items"`
}

// fredContactCmd is create and update of a contact; nil = not given, "" = emptied.
type fredContactCmd struct {
	id                                   string
	name, org                            *string
	addr                                 *fredAddr
	voice, fax, email, auth, vat, notify *string
	identType, ident                     *string
	disclose                             *fredDisclose
}

// fredDomainCmd is create, update and renew of a domain.
type fredDomainCmd struct {
	name                            string
	period                          *period
	nsset, keyset, registrant, auth *string
	add, rem, temporary             []string
	expires                         string
}

type fredServer struct {
	Name  string   `json:"name"`
	Addrs []string `json:"addrs,omitempty"`
}

// fredSetCmd is create and update of an nsset or keyset.
type fredSetCmd struct {
	id                 string
	add                []fredServer
	rem                []string
	addKeys, remKeys   []string
	addTechs, remTechs []string
	auth               *string
	level              *int
}

// enumvalCmd is what the enumval extension says.
type enumvalCmd struct {
	until   string
	publish *bool
}

// mailingCmd is what the extra-addr extension says.
type mailingCmd struct {
	addr   *fredAddr
	remove bool
}

var fredDecoders = map[string]func(*strict, *request, *node){
	"contact create": decodeFredContactCreate, "contact update": decodeFredContactUpdate,
	"domain create": decodeFredDomainCreate, "domain update": decodeFredDomainUpdate, "domain renew": decodeFredRenew,
	"nsset create": decodeFredNssetCreate, "nsset update": decodeFredNssetUpdate,
	"keyset create": decodeFredKeysetCreate, "keyset update": decodeFredKeysetUpdate,
}

func init() {
	for _, kind := range fredObjects {
		fredDecoders[kind+" check"] = decodeFredCheck
		fredDecoders[kind+" info"] = decodeFredRef(true, false)
		fredDecoders[kind+" delete"] = decodeFredRef(false, false)
		fredDecoders[kind+" transfer"] = decodeFredRef(true, true)
	}
}

func decodeFredCheck(s *strict, req *request, n *node) {
	q := s.open(n)
	for _, id := range q.list(fredKey(req.object), 1, -1) {
		req.keys = append(req.keys, s.fredID(id, req.object))
	}
	q.done()
}

func decodeFredRef(withAuth, mustAuth bool) func(*strict, *request, *node) {
	return func(s *strict, req *request, n *node) {
		q := s.open(n)
		c := &fredRef{id: s.fredID(q.need(fredKey(req.object)), req.object)}
		switch {
		case mustAuth:
			c.auth = s.fredText(q.need("authInfo"), 300)
		case withAuth:
			c.auth = s.fredText(q.maybe("authInfo"), 300)
		}
		q.done()
		req.keys, req.body = []string{c.id}, c
	}
}

// fredText reads an optional normalizedString.
func (s *strict) fredText(n *node, max int) *string {
	if n == nil {
		return nil
	}
	v := s.normalized(n, 0, max)
	return &v
}

func (s *strict) fredToken(n *node, max int) *string {
	if n == nil {
		return nil
	}
	v := s.token(n, 0, max)
	return &v
}

func (s *strict) fredPattern(n *node, max int, re *regexp.Regexp) *string {
	if n == nil {
		return nil
	}
	v := s.pattern(n, max, re)
	return &v
}

var (
	fredEmails    = regexp.MustCompile(`^[^@, ]{1,64}@[^@, ]+(,[^@, ]{1,64}@[^@, ]+)*$`)
	fredEmailsUpd = regexp.MustCompile(`^([^@, ]{1,64}@[^@, ]+(,[^@, ]{1,64}@[^@, ]+)*)?$`)
	fredShown     = []string{"addr", "voice", "fax", "email", "vat", "ident", "notifyEmail"}
)

func decodeFredContactCreate(s *strict, req *request, n *node) {
	q := s.open(n)
	c := &fredContactCmd{id: s.fredNewID(q.need("id"))}
	s.fredPostal(q.need("postalInfo"), c, true)
	s.fredContact(q, c, true)
	q.done()
	req.keys, req.body = []string{c.id}, c
}

func decodeFredContactUpdate(s *strict, req *request, n *node) {
	q := s.open(n)
	c := &fredContactCmd{id: s.fredID(q.need("id"), "contact")}
	if chg := q.maybe("chg"); chg != nil {
		inner := s.open(chg)
		s.fredPostal(inner.maybe("postalInfo"), c, false)
		s.fredContact(inner, c, false)
		inner.done()
	}
	q.done()
	req.keys, req.body = []string{c.id}, c
}

func (s *strict) fredPostal(n *node, c *fredContactCmd, whole bool) {
	if n == nil {
		return
	}
	q := s.open(n)
	if name := q.peek("name"); name != nil || whole {
		v := s.normalized(q.need("name"), 1, 255)
		c.name = &v
	}
	c.org = s.fredText(q.maybe("org"), 255)
	if addr := q.peek("addr"); addr != nil || whole {
		c.addr = s.fredAddr(q.need("addr"))
	}
	q.done()
}

func (s *strict) fredAddr(n *node) *fredAddr {
	q := s.open(n)
	a := &fredAddr{}
	for _, line := range q.list("street", 1, 3) {
		a.Street = append(a.Street, s.normalized(line, 0, 255))
	}
	a.City = s.normalized(q.need("city"), 1, 255)
	if sp := q.maybe("sp"); sp != nil {
		a.SP = s.normalized(sp, 0, 255)
	}
	a.PC = s.token(q.need("pc"), 0, 16)
	cc := q.need("cc")
	a.CC = s.token(cc, 2, 2)
	if cc != nil && s.err == nil && !isCountry(a.CC) {
		s.failAt(2004, cc, "not an ISO 3166-1 country code")
	}
	q.done()
	return a
}

// fredContact reads what create and update have in common behind postalInfo.
func (s *strict) fredContact(q *sequence, c *fredContactCmd, create bool) {
	c.voice = s.fredPattern(q.maybe("voice"), 17, e164Pattern)
	c.fax = s.fredPattern(q.maybe("fax"), 17, e164Pattern)
	email, notify := q.maybe, fredEmailsUpd
	if create {
		email, notify = q.need, fredEmails
	}
	c.email = s.fredPattern(email("email"), 320, fredEmails)
	c.auth = s.fredText(q.maybe("authInfo"), 300)
	c.disclose = s.fredDisclose(q.maybe("disclose"), create)
	c.vat = s.fredToken(q.maybe("vat"), 20)
	if id := q.maybe("ident"); id != nil {
		kind := s.enum(id, "type", map[bool]string{true: "", false: "none"}[create], "op", "passport", "mpsv", "ico", "birthday")
		v := s.token(id, 0, 32, "type")
		if kind == "none" && v != "" && s.err == nil {
			s.failAt(2003, id, "attribute type is missing")
		}
		c.identType, c.ident = &kind, &v
	}
	c.notify = s.fredPattern(q.maybe("notifyEmail"), 320, notify)
}

func (s *strict) fredDisclose(n *node, create bool) *fredDisclose {
	if n == nil {
		return nil
	}
	flag := s.enum(n, "flag", "", "0", "1", "false", "true")
	d := &fredDisclose{Flag: flag == "1" || flag == "true"}
	q := s.open(n, "flag")
	for _, item := range fredShown {
		if item == "addr" && create {
			continue
		}
		if el := q.maybe(item); el != nil {
			s.empty(el)
			d.Items = append(d.Items, item)
		}
	}
	q.done()
	return d
}

func decodeFredDomainCreate(s *strict, req *request, n *node) {
	q := s.open(n)
	c := &fredDomainCmd{name: s.fredID(q.need("name"), "domain")}
	c.period = s.period(q.maybe("period"))
	c.nsset, c.keyset = s.fredLink(q.maybe("nsset"), 1), s.fredLink(q.maybe("keyset"), 1)
	c.registrant = s.fredLink(q.need("registrant"), 1)
	c.add = s.fredHandles(q, "admin")
	c.auth = s.fredText(q.maybe("authInfo"), 300)
	q.done()
	req.keys, req.body = []string{c.name}, c
}

func (s *strict) fredLink(n *node, lo int) *string {
	if n == nil {
		return nil
	}
	v := strings.ToUpper(s.token(n, lo, 63))
	return &v
}

func (s *strict) fredHandles(q *sequence, name string) []string {
	var out []string
	for _, n := range q.list(name, 0, -1) {
		out = append(out, strings.ToUpper(s.token(n, 1, 63)))
	}
	return out
}

func decodeFredDomainUpdate(s *strict, req *request, n *node) {
	q := s.open(n)
	c := &fredDomainCmd{name: s.fredID(q.need("name"), "domain")}
	if add := q.maybe("add"); add != nil {
		inner := s.open(add)
		c.add = s.fredHandles(inner, "admin")
		inner.done()
	}
	if rem := q.maybe("rem"); rem != nil {
		inner := s.open(rem)
		c.rem, c.temporary = s.fredHandles(inner, "admin"), s.fredHandles(inner, "tempcontact")
		inner.done()
	}
	if chg := q.maybe("chg"); chg != nil {
		inner := s.open(chg)
		c.nsset, c.keyset = s.fredLink(inner.maybe("nsset"), 0), s.fredLink(inner.maybe("keyset"), 0)
		c.registrant = s.fredLink(inner.maybe("registrant"), 1)
		c.auth = s.fredText(inner.maybe("authInfo"), 300)
		inner.done()
	}
	q.done()
	req.keys, req.body = []string{c.name}, c
}

func decodeFredRenew(s *strict, req *request, n *node) {
	q := s.open(n)
	c := &fredDomainCmd{name: s.fredID(q.need("name"), "domain")}
	date := q.need("curExpDate")
	c.expires = s.pattern(date, -1, datePattern)
	if date != nil && s.err == nil && !validDate(c.expires) {
		s.failAt(2005, date, "not a date")
	}
	c.period = s.period(q.maybe("period"))
	q.done()
	req.keys, req.body = []string{c.name}, c
}

func (s *strict) fredServers(q *sequence, lo int) []fredServer {
	var out []fredServer
	for _, n := range q.list("ns", lo, 10) {
		inner := s.open(n)
		srv := fredServer{Name: fold(s.token(inner.need("name"), 1, 255))}
		for _, a := range inner.list("addr", 0, -1) {
			srv.Addrs = append(srv.Addrs, s.token(a, 3, 45))
		}
		inner.done()
		out = append(out, srv)
	}
	return out
}

func (s *strict) fredLevel(n *node) *int {
	if n == nil {
		return nil
	}
	v := s.number(n, 0, 10)
	return &v
}

func decodeFredNssetCreate(s *strict, req *request, n *node) {
	q := s.open(n)
	c := &fredSetCmd{id: s.fredNewID(q.need("id"))}
	c.add = s.fredServers(q, 1)
	if c.addTechs = s.fredHandles(q, "tech"); len(c.addTechs) == 0 && s.err == nil {
		q.missing("tech")
	}
	c.auth = s.fredText(q.maybe("authInfo"), 300)
	c.level = s.fredLevel(q.maybe("reportlevel"))
	q.done()
	req.keys, req.body = []string{c.id}, c
}

func decodeFredNssetUpdate(s *strict, req *request, n *node) {
	q := s.open(n)
	c := &fredSetCmd{id: s.fredID(q.need("id"), "nsset")}
	if add := q.maybe("add"); add != nil {
		inner := s.open(add)
		c.add, c.addTechs = s.fredServers(inner, 0), s.fredHandles(inner, "tech")
		inner.done()
	}
	if rem := q.maybe("rem"); rem != nil {
		inner := s.open(rem)
		for _, name := range inner.list("name", 0, 10) {
			c.rem = append(c.rem, fold(s.token(name, 1, 255)))
		}
		c.remTechs = s.fredHandles(inner, "tech")
		inner.done()
	}
	if chg := q.maybe("chg"); chg != nil {
		inner := s.open(chg)
		c.auth, c.level = s.fredText(inner.maybe("authInfo"), 300), s.fredLevel(inner.maybe("reportlevel"))
		inner.done()
	}
	q.done()
	req.keys, req.body = []string{c.id}, c
}

func (s *strict) fredKeys(q *sequence) []string {
	var out []string
	for _, n := range q.list("dnskey", 0, 10) {
		inner := s.open(n)
		flags := s.number(inner.need("flags"), 0, math.MaxUint16)
		protocol := s.number(inner.need("protocol"), 0, math.MaxUint8)
		alg := s.number(inner.need("alg"), 0, math.MaxUint8)
		pub := inner.need("pubKey")
		text := strings.ReplaceAll(s.token(pub, 1, -1), " ", "")
		if _, err := base64.StdEncoding.DecodeString(text); s.err == nil && err != nil {
			s.failAt(2005, pub, "not base64")
		}
		inner.done()
		if s.err == nil && (protocol != 3 || !slices.Contains([]int{0, 256, 257}, flags)) {
			s.failAt(2004, n, "flags 0, 256 or 257, protocol 3")
		}
		out = append(out, fmt.Sprintf("%d %d %d %s", flags, protocol, alg, text))
	}
	return out
}

func decodeFredKeysetCreate(s *strict, req *request, n *node) {
	q := s.open(n)
	c := &fredSetCmd{id: s.fredNewID(q.need("id"))}
	c.addKeys = s.fredKeys(q)
	if c.addTechs = s.fredHandles(q, "tech"); s.err == nil && (len(c.addTechs) == 0 || len(c.addTechs) > 10) {
		q.missing("tech")
	}
	c.auth = s.fredText(q.maybe("authInfo"), 300)
	q.done()
	req.keys, req.body = []string{c.id}, c
}

func decodeFredKeysetUpdate(s *strict, req *request, n *node) {
	q := s.open(n)
	c := &fredSetCmd{id: s.fredID(q.need("id"), "keyset")}
	if add := q.maybe("add"); add != nil {
		inner := s.open(add)
		c.addKeys, c.addTechs = s.fredKeys(inner), s.fredHandles(inner, "tech")
		inner.done()
	}
	if rem := q.maybe("rem"); rem != nil {
		inner := s.open(rem)
		c.remKeys, c.remTechs = s.fredKeys(inner), s.fredHandles(inner, "tech")
		inner.done()
	}
	if chg := q.maybe("chg"); chg != nil {
		inner := s.open(chg)
		c.auth = s.fredText(inner.maybe("authInfo"), 300)
		inner.done()
	}
	q.done()
	req.keys, req.body = []string{c.id}, c
}

func decodeEnumval(s *strict, req *request, n *node) {
	c := &enumvalCmd{}
	read := func(q *sequence) {
		if d := q.maybe("valExDate"); d != nil {
			if c.until = s.pattern(d, -1, datePattern); s.err == nil && !validDate(c.until) {
				s.failAt(2005, d, "not a date")
			}
		}
		if p := q.maybe("publish"); p != nil {
			v := s.pattern(p, -1, booleanValue)
			yes := v == "1" || v == "true"
			c.publish = &yes
		}
		q.done()
	}
	switch n.name + " " + req.object + " " + req.verb {
	case "create domain create", "renew domain renew":
		read(s.open(n))
	case "update domain update":
		q := s.open(n)
		if chg := q.need("chg"); chg != nil {
			read(s.open(chg))
		}
		q.done()
	default:
		s.misplaced(n)
	}
	req.ext.enumval = c
}

var booleanValue = regexp.MustCompile(`^(0|1|false|true)$`)

func decodeMailing(s *strict, req *request, n *node) {
	c := &mailingCmd{}
	address := func(n *node) {
		if n == nil {
			return
		}
		q := s.open(n)
		if m := q.need("mailing"); m != nil {
			inner := s.open(m)
			c.addr = s.fredAddr(inner.need("addr"))
			inner.done()
		}
		q.done()
	}
	switch n.name + " " + req.object + " " + req.verb {
	case "create contact create":
		address(n)
	case "update contact update":
		q := s.open(n)
		address(q.maybe("set"))
		if rem := q.maybe("rem"); rem != nil {
			inner := s.open(rem)
			s.empty(inner.need("mailing"))
			inner.done()
			c.remove = true
		}
		q.done()
	default:
		s.misplaced(n)
	}
	req.ext.mailing = c
}
