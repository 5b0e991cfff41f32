package sandbox

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Namespaces of Verisign's registries.
const (
	nsNamestore  = "http://www.verisign-grs.com/epp/namestoreExt-1.1"
	nsIDNLang    = "http://www.verisign.com/epp/idnLang-1.0"
	nsSync       = "http://www.verisign.com/epp/sync-1.0"
	nsPremium    = "http://www.verisign.com/epp/premiumdomain-1.0"
	nsWhoisInf   = "http://www.verisign.com/epp/whoisInf-1.0"
	nsRelated    = "http://www.verisign.com/epp/relatedDomain-1.0"
	nsBalance    = "http://www.verisign.com/epp/balance-1.0"
	nsLowBalance = "http://www.verisign.com/epp/lowbalance-poll-1.0"
	nsRGPPoll    = "http://www.verisign.com/epp/rgp-poll-1.0"
)

// verisignExtensions are what the registries of .com and .net offer beside what
// has an RFC.
var verisignExtensions = []extension{
	{uri: nsBalance, prefix: "balance", object: true},
	{uri: nsLowBalance, prefix: "lowbalance-poll", object: true},
	{uri: nsRGPPoll, prefix: "rgp-poll", object: true},
	{uri: nsNamestore, prefix: "namestoreExt", decode: decodeNamestore},
	{uri: nsIDNLang, prefix: "idnLang", decode: decodeIDNLang},
	{uri: nsSync, prefix: "sync", decode: decodeSync},
	{uri: nsPremium, prefix: "premiumdomain", decode: decodePremium},
	{uri: nsWhoisInf, prefix: "whoisInf", decode: decodeWhoisInf},
	{uri: nsRelated, prefix: "relDom", decode: decodeRelated},
}

// verisignCmd is what their extensions add to a command.
type verisignCmd struct {
	subProduct string
	language   string    // of an IDN
	sync       *monthDay // of an update
	premium    bool      // a check asks for premium prices
	whois      bool      // an info asks for the registrar
	related    bool      // an info asks for the related names
}

// offersURI reports whether the greeting announces a namespace.
func (r *registry) offersURI(uri string) bool {
	return slices.ContainsFunc(r.offers, func(e extension) bool { return e.uri == uri })
}

// routed are the objects that live behind a sub-product.
var routed = []string{"domain", "contact", "host"}

func decodeNamestore(s *strict, req *request, n *node) {
	if n.name != "namestoreExt" || !slices.Contains(routed, req.object) && req.object != "balance" {
		s.misplaced(n)
		return
	}
	q := s.open(n)
	req.ext.verisign.subProduct = s.token(q.need("subProduct"), 1, 64)
	q.done()
}

// route makes sure that a command went to the registry its object lives in. A
// sub-product is mandatory where the greeting offers the extension (2003), one that
// there is (2306), and that of the zone of the name (2306). A check answers for the
// names of other zones.
func (r *registry) route(s *strict, req *request) {
	if s.err != nil || !r.offersURI(nsNamestore) || !slices.Contains(routed, req.object) {
		return
	}
	given := req.ext.verisign.subProduct
	exists := slices.ContainsFunc(r.cfg.TLDs, func(t TLD) bool { return t.SubProduct == given })
	switch {
	case given == "":
		s.fail(wrongSubProduct(2003, "Sub-product is missing"))
	case !exists:
		s.fail(wrongSubProduct(2306, "Specified sub-product does not exist"))
	case req.object == "contact" || req.kind() == "domain check":
		return
	default:
		for _, name := range req.keys {
			if r.elsewhere(given, name) {
				s.fail(wrongSubProduct(2306, "Specified sub-product is not that of the name"))
			}
		}
	}
	checkStrongAuth(s, req)
}

// elsewhere reports whether a name lies in a zone of another sub-product.
func (r *registry) elsewhere(subProduct, name string) bool {
	tld := r.tldOf(name)
	return subProduct != "" && tld != nil && tld.SubProduct != subProduct
}

// wrongSubProduct is a refusal with namestoreExt:nsExtErrData.
func wrongSubProduct(code int, text string) *refusal {
	x := newData("namestoreExt", nsNamestore, "nsExtErrData")
	x.el("msg", text, "code", "1", "lang", "en")
	out := refuse(code, "%s", text)
	out.extensions = []string{x.reply(0).resData}
	return out
}

// echoSubProduct repeats in an answer where the command went.
func echoSubProduct(out *reply, req *request) {
	if req.ext.verisign.subProduct == "" || !slices.Contains(routed, req.object) {
		return
	}
	x := newData("namestoreExt", nsNamestore, "namestoreExt")
	x.el("subProduct", req.ext.verisign.subProduct)
	out.extensions = append(out.extensions, x.reply(0).resData)
}

// The form of an authInfo these registries take: 8 to 32 characters with a letter,
// a digit and something else.
var strongAuth = []*regexp.Regexp{regexp.MustCompile(`^.{8,32}$`), regexp.MustCompile(`[A-Za-z]`), regexp.MustCompile(`[0-9]`), regexp.MustCompile(`[^A-Za-z0-9]`)}

// checkStrongAuth refuses a new authInfo of a domain that is weaker (2202). An
// empty one leaves it unset (RFC 9154 §4).
func checkStrongAuth(s *strict, req *request) {
	pw := ""
	switch c := req.body.(type) {
	case *domainCreate:
		pw = c.auth.pw
	case *domainUpdate:
		if c.auth != nil {
			pw = c.auth.pw
		}
	}
	if pw == "" {
		return
	}
	for _, want := range strongAuth {
		if !want.MatchString(pw) {
			s.fail(refuse(2202, "want 8 to 32 characters with a letter, a digit and a special one").at(nsDomain, "authInfo", ""))
		}
	}
}

func decodeIDNLang(s *strict, req *request, n *node) {
	if n.name != "tag" || req.object != "domain" || req.verb != "create" {
		s.misplaced(n)
		return
	}
	req.ext.verisign.language = s.pattern(n, -1, languagePattern)
}

// checkLanguage wants the language of an IDN (2003), one of the zone (2306), and
// none of any other name (2306).
func (w *work) checkLanguage(req *request, tld *TLD, name string) error {
	given := req.ext.verisign.language
	if !w.reg.offersURI(nsIDNLang) {
		return nil
	}
	known := len(tld.Languages) == 0 || slices.ContainsFunc(tld.Languages, func(l string) bool { return strings.EqualFold(l, given) })
	switch isIDN := strings.HasPrefix(name, "xn--"); {
	case isIDN && given == "":
		return refuse(2003, "an IDN needs its language tag").at(nsIDNLang, "tag", "")
	case !isIDN && given != "":
		return refuse(2306, "not an IDN").at(nsIDNLang, "tag", given)
	case isIDN && !known:
		return refuse(2306, "not a language of this zone").at(nsIDNLang, "tag", given)
	}
	return nil
}

// flag reads a child of type boolean.
func (s *strict) flag(n *node) bool {
	v := s.token(n, 1, 5)
	if n == nil || s.err != nil {
		return false
	}
	if !slices.Contains([]string{"true", "false", "1", "0"}, v) {
		s.failAt(2005, n, "not a boolean")
	}
	return v == "true" || v == "1"
}

func decodeWhoisInf(s *strict, req *request, n *node) {
	if n.name != "whoisInf" || req.object != "domain" || req.verb != "info" {
		s.misplaced(n)
		return
	}
	q := s.open(n)
	req.ext.verisign.whois = s.flag(q.need("flag"))
	q.done()
}

// verisignInfo adds to the info of a domain what its extensions ask for.
func (w *work) verisignInfo(out *reply, d *domainRow, req *request) error {
	if req.ext.verisign.whois {
		x := newData("whoisInf", nsWhoisInf, "whoisInfData")
		x.el("registrar", d.sponsor)
		for _, a := range w.reg.cfg.Accounts {
			if a.ClientID == d.sponsor {
				x.elIf("whoisServer", a.WhoisServer)
				x.elIf("url", a.URL)
			}
		}
		out.extensions = append(out.extensions, x.reply(0).resData)
	}
	if !req.ext.verisign.related {
		return nil
	}
	xml, err := w.relatedInfo(d)
	out.extensions = append(out.extensions, xml)
	return err
}

// decodeRelated reads the info; commands on several names at once are 2102.
func decodeRelated(s *strict, req *request, n *node) {
	switch {
	case req.object == "domain" && n.name == "info" && req.verb == "info":
		s.enum(n, "type", "domain", "domain", "related")
		s.empty(n, "type")
		req.ext.verisign.related = true
	case req.object == "domain" && n.name == req.verb && n.name != "check":
		s.failAt(2102, n, "related names are told, not changed together")
	default:
		s.misplaced(n)
	}
}

// relatedInfo is the group of the same label in all zones.
func (w *work) relatedInfo(d *domainRow) (string, error) {
	label, _, _ := strings.Cut(d.name, ".")
	var registered, available []string
	same := map[string]bool{"clID": true, "exDate": true}
	for _, t := range w.reg.cfg.TLDs {
		name := label + "." + t.Name
		other, err := w.findDomain(name)
		if err != nil {
			return "", err
		}
		if other == nil {
			if _, bad := w.reg.registrable(name); bad == nil {
				available = append(available, name)
			}
			continue
		}
		registered = append(registered, name)
		same["clID"] = same["clID"] && other.sponsor == d.sponsor
		same["exDate"] = same["exDate"] && other.exDate == d.exDate
	}
	x := newData("relDom", nsRelated, "infData")
	x.start("relDom:group", "type", "tld")
	x.start("relDom:fields", "inSync", fmt.Sprint(same["clID"] && same["exDate"]))
	for _, field := range []string{"clID", "exDate"} {
		x.empty("relDom:field", "name", field, "inSync", fmt.Sprint(same[field]))
	}
	x.end("relDom:fields")
	x.names("relDom:registered", registered)
	x.names("relDom:available", available)
	x.end("relDom:group")
	return x.reply(0).resData, nil
}

func (w *objectWriter) names(element string, names []string) {
	if len(names) == 0 {
		return
	}
	w.start(element)
	for _, name := range names {
		w.el("name", name)
	}
	w.end(element)
}
