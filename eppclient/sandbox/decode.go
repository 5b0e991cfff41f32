package sandbox

import (
	"fmt"
	"regexp"
	"slices"
)

// The namespaces the server serves.
const (
	nsEPP     = "urn:ietf:params:xml:ns:epp-1.0"
	nsDomain  = "urn:ietf:params:xml:ns:domain-1.0"
	nsContact = "urn:ietf:params:xml:ns:contact-1.0"
	nsHost    = "urn:ietf:params:xml:ns:host-1.0"
)

// objectOf names the object service of a namespace, "" when it has none.
func objectOf(ns string) string {
	switch ns {
	case nsDomain:
		return "domain"
	case nsContact:
		return "contact"
	case nsHost:
		return "host"
	case nsMaintenance:
		return "maintenance"
	case nsBalance:
		return "balance"
	case nsUABalance:
		return "uabalance"
	}
	return fredObjects[ns]
}

// verbs are the commands of RFC 5730 §2.9.
var verbs = []string{"check", "create", "delete", "info", "login", "logout", "poll", "renew", "transfer", "update"}

// envelope is a frame taken apart down to the command element, not further:
// who may send the command is decided before its content is looked at.
type envelope struct {
	hello     bool
	verb      string
	node      *node // the verb element
	extension *node // the extension element, nil when absent
	clTRID    string
	protocol  *node // extension in the place of the command
	crowded   bool  // something stands beside it
}

var (
	languagePattern = regexp.MustCompile(`^[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*$`)
	versionPattern  = regexp.MustCompile(`^[1-9]+\.[0-9]+$`)
)

// decodeEnvelope reads <epp> and <command> (RFC 5730 §2.2, 2.5). The envelope
// is returned even with a refusal, holding the clTRID if one could be read, so
// that the answer can repeat it.
func decodeEnvelope(frame []byte) (envelope, *refusal) {
	var env envelope
	root, err := parseTree(frame)
	if err != nil {
		return env, refuse(2001, "XML: %v", err)
	}
	if root.ns != nsEPP || root.name != "epp" {
		return env, refuse(2001, "root element is not epp").at(root.ns, root.name, "")
	}
	s := &strict{}
	top := s.open(root)
	if len(root.children) == 0 {
		return env, refuse(2003, "epp is empty").at(nsEPP, "epp", "")
	}
	switch {
	case top.peek("hello") != nil:
		s.empty(top.maybe("hello"))
		env.hello = true
	case top.peek("command") != nil:
		env = decodeCommand(s, top.maybe("command"))
	case top.peek("extension") != nil:
		env.protocol, env.crowded = top.maybe("extension"), len(root.children) > 1
		s.failAt(2103, env.protocol, "no protocol extension is offered")
	default:
		s.failAt(2001, root.children[0], "clients send hello or command")
	}
	top.done()
	return env, s.err
}

func decodeCommand(s *strict, command *node) envelope {
	env := envelope{clTRID: peekCLTRID(command)}
	if len(command.children) == 0 {
		s.fail(refuse(2003, "command is empty").at(nsEPP, "command", ""))
		return env
	}
	q := s.open(command)
	first := command.children[0]
	if first.ns == nsEPP && slices.Contains(verbs, first.name) {
		env.verb, env.node = first.name, q.maybe(first.name)
	} else {
		s.failAt(2000, first, "not a command")
	}
	if env.extension = q.maybe("extension"); env.extension != nil {
		s.open(env.extension)
		if len(env.extension.children) == 0 {
			s.failAt(2003, env.extension, "extension is empty")
		}
	}
	if tr := q.maybe("clTRID"); tr != nil {
		s.token(tr, 3, 64)
	}
	q.done()
	return env
}

// peekCLTRID finds a usable clTRID wherever it stands, also in broken commands.
func peekCLTRID(command *node) string {
	n := command.child(nsEPP, "clTRID")
	if n == nil || len(n.children) > 0 {
		return ""
	}
	if v := collapse(n.text); hasLength(v, 3, 64) {
		return v
	}
	return ""
}

// request is one decoded object command. body is a pointer to one of the
// command structs of decode_domain.go, decode_contact.go and decode_host.go,
// or a pollCmd. keys are the object names it speaks of.
type request struct {
	verb   string
	object string
	keys   []string
	op     string // transfer only
	body   any
	ext    extras
	frame  []byte // as received
}

type loginCmd struct {
	clientID, password, newPassword string
	version, lang                   string
	objects, extensions             []string
}

// decodeLoginElement reads RFC 5730 §2.9.1.1 by its schema. Whether version,
// language and services are offered is the session's business.
func decodeLoginElement(n *node, longest int) (*loginCmd, *refusal) {
	s := &strict{}
	q := s.open(n)
	c := &loginCmd{
		clientID: s.token(q.need("clID"), 3, 16),
		password: s.token(q.need("pw"), 6, longest),
	}
	if pw := q.maybe("newPW"); pw != nil {
		c.newPassword = s.token(pw, 6, longest)
	}
	options := s.open(q.need("options"))
	c.version = s.pattern(options.need("version"), -1, versionPattern)
	c.lang = s.pattern(options.need("lang"), -1, languagePattern)
	options.done()
	svcs := s.open(q.need("svcs"))
	for _, uri := range svcs.list("objURI", 1, -1) {
		c.objects = append(c.objects, s.token(uri, 0, -1))
	}
	if ext := svcs.maybe("svcExtension"); ext != nil {
		uris := s.open(ext)
		for _, uri := range uris.list("extURI", 1, -1) {
			c.extensions = append(c.extensions, s.token(uri, 0, -1))
		}
		uris.done()
	}
	svcs.done()
	q.done()
	return c, s.err
}

type pollCmd struct {
	op, msgID string
}

func decodePoll(n *node) (*request, *refusal) {
	s := &strict{}
	s.empty(n, "op", "msgID")
	c := &pollCmd{op: s.enum(n, "op", "", "ack", "req")}
	c.msgID, _ = s.attr(n, "msgID")
	return &request{verb: "poll", body: c}, s.err
}

// decodeRequest reads the object-specific part of a command. objects are the
// namespaces chosen at login; commands on any other are 2307.
func (r *registry) decodeRequest(env envelope, who caller) (*request, *refusal) {
	if env.protocol != nil {
		return decodeFredCommand(env, who)
	}
	s := &strict{}
	req := &request{verb: env.verb, object: objectIn(env.node)}
	if env.extension != nil {
		r.decodeExtensions(s, req, env.extension, who)
	}
	if s.err != nil {
		return nil, s.err
	}
	if env.verb == "poll" {
		return decodePoll(env.node)
	}
	s.open(env.node, verbAttrs(env.verb)...)
	if s.err != nil {
		return nil, s.err
	}
	if env.verb == "transfer" {
		req.op = s.enum(env.node, "op", "", "approve", "cancel", "query", "reject", "request")
	}
	switch len(env.node.children) {
	case 0:
		return nil, refuse(2003, "no object in the command").at(nsEPP, env.verb, "")
	case 1:
	default:
		return nil, refuse(2001, "more than one object in the command").at(nsEPP, env.verb, "")
	}
	obj := env.node.children[0]
	req.object = objectOf(obj.ns)
	if req.object == "" || !who.serves(obj.ns) {
		return nil, refuse(2307, "object service not chosen at login").at(obj.ns, obj.name, "")
	}
	if obj.name != env.verb {
		s.failAt(2001, obj, fmt.Sprintf("not a %s of this object", env.verb))
	}
	if s.err == nil {
		r.decodeObject(s, req, obj)
		r.route(s, req)
	}
	return req, s.err
}

func verbAttrs(verb string) []string {
	if verb == "transfer" {
		return []string{"op"}
	}
	return nil
}

// decoders are the object commands there are, by object and verb.
var decoders = map[string]func(*strict, *request, *node){
	"domain check":    decodeDomainCheck,
	"domain info":     decodeDomainInfo,
	"domain create":   decodeDomainCreate,
	"domain update":   decodeDomainUpdate,
	"domain renew":    decodeDomainRenew,
	"domain delete":   decodeDomainDelete,
	"domain transfer": decodeDomainTransfer,

	"contact check":    decodeContactCheck,
	"contact info":     decodeContactInfo,
	"contact create":   decodeContactCreate,
	"contact update":   decodeContactUpdate,
	"contact delete":   decodeContactDelete,
	"contact transfer": decodeContactTransfer,

	"host check":  decodeHostCheck,
	"host info":   decodeHostInfo,
	"host create": decodeHostCreate,
	"host update": decodeHostUpdate,
	"host delete": decodeHostDelete,

	"maintenance info": decodeMaintenanceInfo,
	"balance info":     decodeBalanceInfo,
	"uabalance info":   decodeContractInfo,
}

// decodeObject picks the decoder; a verb the object mapping lacks is 2001,
// because its schema defines no such element.
func (r *registry) decodeObject(s *strict, req *request, obj *node) {
	decode := decoders[req.object+" "+req.verb]
	if r.ua() && req.object == "contact" && req.verb == "transfer" {
		s.failAt(2101, obj, "contacts are not transferred")
		return
	}
	if r.fred() {
		decode = fredDecoders[req.object+" "+req.verb]
	}
	if decode == nil {
		s.failAt(2001, obj, "the object has no such command")
		return
	}
	decode(s, req, obj)
}
