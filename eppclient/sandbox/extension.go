package sandbox

import (
	"fmt"
	"slices"
)

// Namespaces of what can be offered beside the core.
const (
	nsUnhandled  = "urn:ietf:params:xml:ns:epp:unhandled-namespaces-1.0"
	nsChangePoll = "urn:ietf:params:xml:ns:changePoll-1.0"
	nsSecureAuth = "urn:ietf:params:xml:ns:epp:secure-authinfo-transfer-1.0"
)

// extension is one namespace the server can offer.
type extension struct {
	uri    string
	prefix string
	object bool // announced as objURI
	// decode reads one element of a command's extension into req.ext; nil when
	// the namespace has no elements for commands.
	decode func(s *strict, req *request, n *node)
}

// extensions are all there are, in the order they are announced.
var extensions = append([]extension{
	{uri: nsUnhandled, prefix: "unhandled"},
	{uri: nsSecureAuth, prefix: "secureauth"},
	{uri: nsSecDNS, prefix: "secDNS", decode: decodeSecDNS},
	{uri: nsRGP, prefix: "rgp", decode: decodeRGP},
	{uri: nsFee1, prefix: "fee", decode: decodeFee},
	{uri: nsFee07, prefix: "fee", decode: decodeFee},
	{uri: nsLaunch, prefix: "launch", decode: decodeLaunch},
	{uri: nsToken, prefix: "allocationToken", decode: decodeToken},
	{uri: nsIDN, prefix: "idn", decode: decodeIDN},
	{uri: nsLoginSec, prefix: "loginSec"},
	{uri: nsMaintenance, prefix: "maint", object: true},
	{uri: nsChangePoll, prefix: "changePoll"},
}, verisignExtensions...)

// extras is what the extensions of a command said.
type extras struct {
	secDNS  *secDNSCmd
	restore *restoreCmd
	fee     *feeCmd
	launch  *launchCmd
	token   *tokenCmd
	idn     *idnCmd
	enumval *enumvalCmd
	mailing *mailingCmd
	ua      *uaCmd

	verisign verisignCmd
}

// changes reports whether an extension gives an update something to do.
func (x extras) changes() bool {
	return x.secDNS != nil || x.restore != nil || x.ua != nil || x.verisign.sync != nil
}

// Extensions lists what Config.Extensions may name.
func Extensions() []string {
	var out []string
	for _, e := range extensions {
		out = append(out, e.uri)
	}
	return out
}

func checkExtensions(uris []string) error {
	for i, uri := range uris {
		if !slices.Contains(Extensions(), uri) || slices.Contains(uris[:i], uri) {
			return fmt.Errorf("extension %q: unknown or listed twice", uri)
		}
	}
	return nil
}

func offered(uris []string) []extension {
	var out []extension
	for _, e := range extensions {
		if slices.Contains(uris, e.uri) {
			out = append(out, e)
		}
	}
	return out
}

// objectURIs and extensionURIs are what the greeting lists.
func (r *registry) objectURIs() []string {
	out := slices.Clone(offeredObjects)
	if r.fred() {
		out = slices.Clone(fredURIs)
	}
	for _, e := range r.offers {
		if e.object {
			out = append(out, e.uri)
		}
	}
	return out
}

func (r *registry) extensionURIs() []string {
	var out []string
	for _, e := range r.offers {
		if !e.object {
			out = append(out, e.uri)
		}
	}
	return out
}

func (r *registry) greeting() []byte {
	return encodeGreeting(r.cfg.Name, r.now(), r.spoken(r.objectURIs()), r.spoken(r.extensionURIs()))
}

// decodeExtensions reads the extension element of a command. What the session
// did not log in with is 2103, twice the same thing 2001, something in a place
// where it means nothing 2002.
func (r *registry) decodeExtensions(s *strict, req *request, n *node, who caller) {
	var seen []string
	for _, c := range n.children {
		if c.ns == nsEPP || c.ns == "" { // the schema says ##other
			s.failAt(2001, c, "not an extension")
			return
		}
		i := slices.IndexFunc(r.offers, func(e extension) bool { return e.uri == c.ns && !e.object })
		switch {
		case i < 0 || !who.uses(c.ns):
			s.failAt(2103, c, "extension not chosen at login")
		case slices.Contains(seen, c.ns):
			s.failAt(2001, c, "extension given twice")
		case r.offers[i].decode == nil:
			s.failAt(2002, c, "nothing a client sends")
		default:
			r.offers[i].decode(s, req, c)
		}
		if s.err != nil {
			return
		}
		seen = append(seen, c.ns)
	}
}

// misplaced refuses an extension that does not go with this command.
func (s *strict) misplaced(n *node) { s.failAt(2002, n, "does not go with this command") }

// objectIn names the object of a verb element, "" when it has none.
func objectIn(n *node) string {
	if len(n.children) == 0 {
		return ""
	}
	return objectOf(n.children[0].ns)
}
