package sandbox

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// DialectUA is the Config.Dialect of a server that speaks like Hostmaster.ua, the
// registry of .UA: the objects of the RFCs in namespaces of its own, licence numbers
// directly below .ua, restores without report, no grace periods, expired names that
// lapse into redemption, and the balance of a contract.
//
// The rules of the registry work with the namespaces of the RFCs; they are replaced
// where frames come in and go out.
const DialectUA = "ua"

// Namespaces of .UA that stand for no other.
const (
	nsUAEPP     = "http://hostmaster.ua/epp/uaepp-1.1"
	nsUABalance = "http://hostmaster.ua/epp/balance-1.0"
)

// uaCopies are the namespaces of .UA by those that they stand for.
var uaCopies = map[string]string{
	nsDomain:  "http://hostmaster.ua/epp/domain-1.1",
	nsContact: "http://hostmaster.ua/epp/contact-1.1",
	nsHost:    "http://hostmaster.ua/epp/host-1.1",
	nsSecDNS:  "http://hostmaster.ua/epp/secDNS-1.1",
	nsRGP:     "http://hostmaster.ua/epp/rgp-1.1",
}

// uaForeign marks a namespace of the RFCs that came from a client: here it is none.
const uaForeign = "foreign "

// uaOffers are announced as extensions, the balance included.
var uaOffers = []extension{
	{uri: nsSecDNS, prefix: "secDNS", decode: decodeSecDNS},
	{uri: nsRGP, prefix: "rgp", decode: decodeRGP},
	{uri: nsUAEPP, prefix: "uaepp", decode: decodeUA},
	{uri: nsUABalance, prefix: "balance"},
}

func (r *registry) ua() bool { return r.cfg.Dialect == DialectUA }

// uaDefaults are what the durations are in this dialect: 30 days to renew, 30 to
// restore, 5 until the name is free, and no add grace period.
func (cfg *Config) uaDefaults() {
	if cfg.Dialect != DialectUA {
		return
	}
	setDefault(&cfg.AddGrace, -1)
	setDefault(&cfg.RenewUntil, 30*24*time.Hour)
}

// loginMax is the longest password in a login, passwordMax with what loginSec adds.
func (cfg Config) loginMax() int {
	if cfg.Dialect == DialectUA {
		return 30
	}
	return 16
}

func (cfg Config) passwordMax() int {
	for _, uri := range cfg.Extensions {
		if uri == nsLoginSec {
			return maxPassword
		}
	}
	return cfg.loginMax()
}

// uaStandard is what the registry calls a namespace that a client named.
func uaStandard(uri string) string {
	if uaCopies[uri] != "" {
		return uaForeign + uri
	}
	for ours, theirs := range uaCopies {
		if uri == theirs {
			return ours
		}
	}
	return uri
}

// toStandard replaces the namespaces in a command.
func (env envelope) toStandard() {
	for _, n := range []*node{env.node, env.extension} {
		if n != nil {
			n.toStandard()
		}
	}
}

func (n *node) toStandard() {
	n.ns = uaStandard(n.ns)
	for _, c := range n.children {
		c.toStandard()
	}
}

func (c *loginCmd) toStandard() {
	for _, list := range [][]string{c.objects, c.extensions} {
		for i, uri := range list {
			list[i] = uaStandard(uri)
		}
	}
}

// spoken are namespaces as the server names them.
func (r *registry) spoken(uris []string) []string {
	if !r.ua() {
		return uris
	}
	var out []string
	for _, uri := range uris {
		if own := uaCopies[uri]; own != "" {
			uri = own
		}
		out = append(out, strings.TrimPrefix(uri, uaForeign))
	}
	return out
}

// toOwn replaces the namespaces in an answer. They stand in quotes, which texts and
// values never do: there they are escaped.
func (r *registry) toOwn(xml []byte) []byte {
	if !r.ua() || !bytes.Contains(xml, []byte("urn:ietf:params:xml:ns:")) {
		return xml
	}
	return []byte(uaOwn.Replace(string(xml)))
}

var uaOwn = func() *strings.Replacer {
	var pairs []string
	for ours, theirs := range uaCopies {
		pairs = append(pairs, `"`+uaForeign+ours+`"`, `"`+ours+`"`, `"`+ours+`"`, `"`+theirs+`"`)
	}
	return strings.NewReplacer(pairs...)
}()

// serves reports whether the session logged in with the service of an object. The
// balance is announced as an extension.
func (c caller) serves(ns string) bool {
	for _, uri := range c.objects {
		if uri == ns {
			return true
		}
	}
	return ns == nsUABalance && c.uses(ns)
}

// uaCmd is what the extension uaepp says.
type uaCmd struct {
	licence  string // at create and update of a domain
	deleteNS bool   // at delete of a host
}

func decodeUA(s *strict, req *request, n *node) {
	place := req.object + " " + req.verb
	wanted := map[string]string{"domain create": "create", "domain update": "update", "host delete": "delete"}[place]
	if n.name != wanted || wanted == "" {
		s.misplaced(n)
		return
	}
	c, q := &uaCmd{}, s.open(n)
	switch {
	case wanted == "delete":
		ns := q.need("deleteNS")
		s.empty(ns, "confirm")
		c.deleteNS = s.enum(ns, "confirm", "", "yes") == "yes"
	case wanted == "update" && q.peek("chg") != nil: // as some clients write it
		inner := s.open(q.maybe("chg"))
		c.licence = s.token(inner.need("license"), 1, 255)
		inner.done()
	default:
		c.licence = s.token(q.need("license"), 1, 255)
	}
	q.done()
	req.ext.ua = c
}

func decodeContractInfo(s *strict, req *request, n *node) {
	q := s.open(n)
	req.keys = []string{s.token(q.need("contract"), 1, 255)}
	q.done()
}

// infoContract tells the balance of the caller's contract, and of no other (2303).
func infoContract(w *work, req *request) (reply, error) {
	contract := w.clientID
	for _, a := range w.reg.cfg.Accounts {
		if a.ClientID == w.clientID && a.Contract != "" {
			contract = a.Contract
		}
	}
	if req.keys[0] != contract {
		return reply{}, refuse(2303, "no such contract of yours").at(nsUABalance, "contract", req.keys[0])
	}
	minor, err := w.balance()
	if err != nil {
		return reply{}, err
	}
	now, err := w.instant()
	if err != nil {
		return reply{}, err
	}
	x := newData("balance", nsUABalance, "infData")
	x.el("contract", contract)
	x.el("contractUntil", formatTime(time.Date(now.Year()+1, 1, 1, 0, 0, 0, 0, time.UTC)))
	x.empty("balance:status", "s", "1")
	x.el("balance", fmt.Sprintf("%d.%02d", minor/100, minor%100), "bdate", w.now)
	return x.reply(1000), nil
}

// uaName is what .UA takes as the name of a domain.
var uaName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.){1,2}ua$`)
