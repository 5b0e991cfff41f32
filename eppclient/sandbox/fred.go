package sandbox

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// DialectFRED is the Config.Dialect of a server that speaks like FRED, the registry
// software of CZ.NIC: contacts, domains, name server sets and key sets under its own
// namespaces, transfers that are done at once, and commands of a protocol extension.
const DialectFRED = "fred"

// The namespaces of FRED.
const (
	nsFredContact = "http://www.nic.cz/xml/epp/contact-1.6"
	nsFredDomain  = "http://www.nic.cz/xml/epp/domain-1.4"
	nsFredNsset   = "http://www.nic.cz/xml/epp/nsset-1.2"
	nsFredKeyset  = "http://www.nic.cz/xml/epp/keyset-1.3"
	nsFred        = "http://www.nic.cz/xml/epp/fred-1.5"
	nsEnumval     = "http://www.nic.cz/xml/epp/enumval-1.2"
	nsExtraAddr   = "http://www.nic.cz/xml/epp/extra-addr-1.0"
)

var fredObjects = map[string]string{
	nsFredContact: "contact", nsFredDomain: "domain", nsFredNsset: "nsset", nsFredKeyset: "keyset",
}

// fredURIs are the objURI values of the greeting; fred-1.5 is not announced.
var fredURIs = []string{nsFredContact, nsFredDomain, nsFredNsset, nsFredKeyset}

var fredOffers = []extension{
	{uri: nsEnumval, prefix: "enumval", decode: decodeEnumval},
	{uri: nsExtraAddr, prefix: "extra-addr", decode: decodeMailing},
}

// fredNS is the namespace of an object kind.
func fredNS(kind string) string {
	for ns, k := range fredObjects {
		if k == kind {
			return ns
		}
	}
	return ""
}

func checkDialect(cfg Config) error {
	switch cfg.Dialect {
	case "":
		return nil
	case DialectFRED, DialectUA:
		if len(cfg.Extensions) > 0 {
			return fmt.Errorf("dialect %q offers its own extensions only", cfg.Dialect)
		}
		return nil
	}
	return fmt.Errorf("dialect %q: unknown", cfg.Dialect)
}

func (r *registry) fred() bool { return r.cfg.Dialect == DialectFRED }

// fredQueries only read; a list is kept in memory.
var fredQueries = map[string]handler{
	"poll req":      pollRequest,
	"contact check": fredCheck, "domain check": fredCheck, "nsset check": fredCheck, "keyset check": fredCheck,
	"contact info": fredInfo, "domain info": fredInfo, "nsset info": fredInfo, "keyset info": fredInfo,
	"fred creditInfo": fredCredit, "fred getResults": fredResults,
	"fred listDomains": fredList, "fred listContacts": fredList, "fred listNssets": fredList, "fred listKeysets": fredList,
	"fred domainsByNsset": fredListBy, "fred domainsByKeyset": fredListBy, "fred domainsByContact": fredListBy,
	"fred nssetsByContact": fredListBy, "fred keysetsByContact": fredListBy, "fred nssetsByNs": fredNssetsByNs,
}

// fredTransforms change objects and are recorded, all but the ack of a message.
var fredTransforms = map[string]handler{
	"poll ack":       pollAck,
	"contact create": fredCreateContact, "contact update": fredUpdateContact,
	"domain create": fredCreateDomain, "domain update": fredUpdateDomain, "domain renew": fredRenew,
	"nsset create": fredCreateNsset, "nsset update": fredUpdateNsset,
	"keyset create": fredCreateKeyset, "keyset update": fredUpdateKeyset,
	"contact delete": fredDelete, "domain delete": fredDelete, "nsset delete": fredDelete, "keyset delete": fredDelete,
	"contact transfer": fredTransfer, "domain transfer": fredTransfer, "nsset transfer": fredTransfer, "keyset transfer": fredTransfer,
	"contact sendAuthInfo": fredSendAuthInfo, "domain sendAuthInfo": fredSendAuthInfo,
	"nsset sendAuthInfo": fredSendAuthInfo, "keyset sendAuthInfo": fredSendAuthInfo,
	"nsset test": fredTest,
	// Queries come to the same end: there is nothing to ask for.
	"contact transfer query": fredTransfer, "domain transfer query": fredTransfer,
	"nsset transfer query": fredTransfer, "keyset transfer query": fredTransfer,
}

// handlers are what the server's dialect executes.
func (r *registry) handlers() (reads, writes map[string]handler) {
	if r.fred() {
		return fredQueries, fredTransforms
	}
	return queries, transforms
}

// decodeFrame is decodeEnvelope in the server's dialect.
func (r *registry) decodeFrame(frame []byte) (envelope, *refusal) {
	env, bad := decodeEnvelope(frame)
	if r.ua() {
		env.toStandard()
	}
	if r.fred() && env.protocol != nil {
		return decodeFredProtocol(env)
	}
	return env, bad
}

// fredCommands are the commands of the protocol extension.
var fredCommands = []string{
	"sendAuthInfo", "test", "creditInfo", "listDomains", "listContacts", "listNssets", "listKeysets", "domainsByNsset",
	"domainsByKeyset", "domainsByContact", "nssetsByContact", "keysetsByContact", "nssetsByNs", "getResults",
}

// decodeFredProtocol reads <extension><fred:extcommand>, whose clTRID stands inside.
func decodeFredProtocol(env envelope) (envelope, *refusal) {
	s := &strict{}
	outer := env.protocol
	s.open(outer)
	if env.crowded || len(outer.children) != 1 {
		return env, refuse(2001, "one command in one extension").at(nsEPP, "extension", "")
	}
	ext := outer.children[0]
	if ext.ns != nsFred || ext.name != "extcommand" {
		s.failAt(2103, ext, "no such protocol extension")
		return env, s.err
	}
	q := s.open(ext)
	if len(ext.children) == 0 {
		return env, refuse(2003, "extcommand is empty").at(nsFred, "extcommand", "")
	}
	if c := ext.child(nsFred, "clTRID"); c != nil && len(c.children) == 0 && hasLength(collapse(c.text), 3, 64) {
		env.clTRID = collapse(c.text)
	}
	first := ext.children[0]
	if first.ns != nsFred || !slices.Contains(fredCommands, first.name) {
		s.failAt(2000, first, "not a command")
		return env, s.err
	}
	env.verb, env.node = first.name, q.maybe(first.name)
	if tr := q.maybe("clTRID"); tr != nil {
		s.token(tr, 3, 64)
	}
	q.done()
	return env, s.err
}

// decodeFredCommand reads the content of an extcommand.
func decodeFredCommand(env envelope, who caller) (*request, *refusal) {
	s := &strict{}
	req := &request{verb: env.verb, object: "fred"}
	switch env.verb {
	case "sendAuthInfo", "test":
		s.open(env.node)
		if len(env.node.children) != 1 {
			return nil, refuse(2003, "want one object").at(nsFred, env.verb, "")
		}
		obj := env.node.children[0]
		if req.object = fredObjects[obj.ns]; req.object == "" || !slices.Contains(who.objects, obj.ns) {
			return nil, refuse(2307, "object service not chosen at login").at(obj.ns, obj.name, "")
		}
		if obj.name != env.verb || env.verb == "test" && req.object != "nsset" {
			s.failAt(2001, obj, "the object has no such command")
			return nil, s.err
		}
		q := s.open(obj)
		c := &fredRef{id: s.fredID(q.need(fredKey(req.object)), req.object)}
		if env.verb == "test" {
			if l := q.maybe("level"); l != nil {
				s.number(l, 0, 10)
			}
			for _, n := range q.list("name", 0, -1) {
				c.names = append(c.names, fold(s.token(n, 1, 255)))
			}
		}
		q.done()
		req.keys, req.body = []string{c.id}, c
	case "creditInfo", "getResults", "listDomains", "listContacts", "listNssets", "listKeysets":
		s.empty(env.node)
		req.keys = []string{env.verb}
	default:
		q := s.open(env.node)
		if env.verb == "nssetsByNs" {
			req.keys = []string{fold(s.token(q.need("name"), 1, 255))}
		} else {
			req.keys = []string{strings.ToUpper(s.token(q.need("id"), 1, 63))}
		}
		q.done()
	}
	return req, s.err
}

func fredKey(kind string) string {
	if kind == "domain" {
		return "name"
	}
	return "id"
}

var fredHandle = regexp.MustCompile(`^[a-zA-Z0-9](-?[a-zA-Z0-9])*$`)

// fredID reads what identifies an object: names in lower case, handles in upper.
func (s *strict) fredID(n *node, kind string) string {
	if kind == "domain" {
		return fold(s.token(n, 1, 255))
	}
	return strings.ToUpper(s.token(n, 1, 63))
}

// fredNewID reads the handle of an object to be made.
func (s *strict) fredNewID(n *node) string {
	return strings.ToUpper(s.pattern(n, 30, fredHandle))
}
