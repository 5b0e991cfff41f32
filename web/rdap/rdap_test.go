package rdap_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jonboulle/clockwork"
	openrdap "github.com/openrdap/rdap"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/publicdata"
	"github.com/indera/indera/registrar/publicdata/publicdatatest"
	"github.com/indera/indera/web/ratelimit"
	"github.com/indera/indera/web/rdap"
)

const base = "https://rdap.rar.example"

var us = publicdata.Registrar{
	Name: "Example Registrar Ltd", IANAID: "1234", URL: "https://www.rar.example/",
	AbuseEmail: "abuse@rar.example", AbusePhone: "+1.2125550100",
}

var now = time.Date(2026, 11, 23, 9, 30, 0, 999, time.FixedZone("CET", 3600))

func options(t testing.TB, src publicdata.Source) rdap.Options {
	t.Helper()
	clock := clockwork.NewFakeClockAt(now)
	data, err := publicdata.New(publicdata.Options{Source: src, Clock: clock, Redactor: publicdata.Redactor{
		ContactBase: "https://www.rar.example/contact/", Repositories: []string{"EXMPL"}}})
	if err != nil {
		t.Fatal(err)
	}
	return rdap.Options{Data: data, PublicBase: base, RDAPBase: base + "/", Registrar: us,
		TermsURL: "https://www.rar.example/rdds-terms", Clock: clock}
}

func handler(t testing.TB, regs ...registrar.Registration) http.Handler {
	t.Helper()
	return build(t, options(t, publicdatatest.NewSource(regs...)))
}

func build(t testing.TB, opt rdap.Options) http.Handler {
	t.Helper()
	h, err := rdap.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func ask(t testing.TB, h http.Handler, method, target string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, nil))
	return w
}

func TestDomainAnswer(t *testing.T) {
	reg := publicdatatest.Example("bücher.example")
	changed := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	reg.Domain.ChangedAt = &changed
	reg.Domain.Statuses = []string{"clientTransferProhibited", "addPeriod"}
	reg.Domain.NameServers = []string{"ns1.example.net", "ns.xn--bcher-kva.example"}
	w := ask(t, handler(t, reg), "GET", "/domain/XN--bcher-KVA.example?x=1")
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/rdap+json" {
		t.Fatalf("%d %v: %s", w.Code, w.Header(), w.Body)
	}
	const want = `{
 "rdapConformance":["rdap_level_0","icann_rdap_response_profile_1","icann_rdap_technical_implementation_guide_1","redacted"],
 "lang":"en",
 "notices":[
  {"title":"Terms of Service","description":["This answer is given for information about the registration of a domain name, as is and without warranty.","It may not be used for unsolicited messages, nor for high-volume automated queries."],
   "links":[{"value":"https://rdap.rar.example/domain/XN--bcher-KVA.example","rel":"terms-of-service","href":"https://www.rar.example/rdds-terms","type":"text/html"}]},
  {"title":"Status Codes","description":["For more information on domain status codes, please visit https://icann.org/epp"],
   "links":[{"value":"https://rdap.rar.example/domain/XN--bcher-KVA.example","rel":"glossary","href":"https://icann.org/epp","type":"text/html"}]},
  {"title":"RDDS Inaccuracy Complaint Form","description":["URL of the ICANN RDDS Inaccuracy Complaint Form: https://icann.org/wicf"],
   "links":[{"value":"https://rdap.rar.example/domain/XN--bcher-KVA.example","rel":"help","href":"https://icann.org/wicf","type":"text/html"}]}],
 "objectClassName":"domain","handle":"D1-EXMPL","ldhName":"xn--bcher-kva.example","unicodeName":"bücher.example",
 "status":["client transfer prohibited","add period"],
 "events":[{"eventAction":"registration","eventDate":"2026-11-22T10:20:30Z"},{"eventAction":"last changed","eventDate":"2026-11-23T01:00:00Z"},
  {"eventAction":"expiration","eventDate":"2027-11-22T10:20:30Z"},{"eventAction":"registrar expiration","eventDate":"2027-11-22T10:20:30Z"},
  {"eventAction":"last update of RDAP database","eventDate":"2026-11-23T08:30:00Z"}],
 "entities":[
  {"objectClassName":"entity","handle":"1234","vcardArray":["vcard",[["version",{},"text","4.0"],["fn",{},"text","Example Registrar Ltd"]]],
   "roles":["registrar"],"publicIds":[{"type":"IANA Registrar ID","identifier":"1234"}],
   "entities":[{"objectClassName":"entity","vcardArray":["vcard",[["version",{},"text","4.0"],["fn",{},"text","Abuse contact of Example Registrar Ltd"],
     ["tel",{"type":"voice"},"uri","tel:+1.2125550100"],["email",{},"text","abuse@rar.example"]]],"roles":["abuse"]}],
   "links":[{"value":"https://rdap.rar.example/","rel":"about","href":"https://www.rar.example/","type":"text/html"}]},
  {"objectClassName":"entity","vcardArray":["vcard",[["version",{},"text","4.0"],["fn",{},"text",""],
   ["adr",{"cc":"GB"},"text",["","","","","Greater London","",""]],["contact-uri",{},"uri","https://www.rar.example/contact/xn--bcher-kva.example"]]],
   "roles":["registrant"]}],
 "nameservers":[{"objectClassName":"nameserver","ldhName":"ns1.example.net"},
  {"objectClassName":"nameserver","ldhName":"ns.xn--bcher-kva.example","unicodeName":"ns.bücher.example"}],
 "secureDNS":{"delegationSigned":false},
 "links":[{"value":"https://rdap.rar.example/domain/xn--bcher-kva.example","rel":"self","href":"https://rdap.rar.example/domain/xn--bcher-kva.example","type":"application/rdap+json"}],
 "redacted":[
  {"name":{"type":"Registry Registrant ID"},"prePath":"$.entities[?(@.roles[0]=='registrant')].handle","pathLang":"jsonpath","method":"removal"},
  {"name":{"type":"Registrant Name"},"postPath":"$.entities[?(@.roles[0]=='registrant')].vcardArray[1][?(@[0]=='fn')][3]","pathLang":"jsonpath","method":"emptyValue"},
  {"name":{"type":"Registrant Organization"},"prePath":"$.entities[?(@.roles[0]=='registrant')].vcardArray[1][?(@[0]=='org')]","pathLang":"jsonpath","method":"removal"},
  {"name":{"type":"Registrant Street"},"postPath":"$.entities[?(@.roles[0]=='registrant')].vcardArray[1][?(@[0]=='adr')][3][:3]","pathLang":"jsonpath","method":"emptyValue"},
  {"name":{"type":"Registrant City"},"postPath":"$.entities[?(@.roles[0]=='registrant')].vcardArray[1][?(@[0]=='adr')][3][3]","pathLang":"jsonpath","method":"emptyValue"},
  {"name":{"type":"Registrant Postal Code"},"postPath":"$.entities[?(@.roles[0]=='registrant')].vcardArray[1][?(@[0]=='adr')][3][5]","pathLang":"jsonpath","method":"emptyValue"},
  {"name":{"type":"Registrant Phone"},"prePath":"$.entities[?(@.roles[0]=='registrant')].vcardArray[1][?(@[1].type=='voice')]","pathLang":"jsonpath","method":"removal"},
  {"name":{"type":"Registrant Email"},"prePath":"$.entities[?(@.roles[0]=='registrant')].vcardArray[1][?(@[0]=='email')]",
   "replacementPath":"$.entities[?(@.roles[0]=='registrant')].vcardArray[1][?(@[0]=='contact-uri')]","pathLang":"jsonpath","method":"replacementValue"}]}`
	var got, exp any
	decode(t, w.Body.Bytes(), &got)
	decode(t, []byte(want), &exp)
	if diff := cmp.Diff(exp, got); diff != "" {
		t.Fatal(diff)
	}
	if strings.ContainsAny(w.Body.String(), "<>") {
		t.Fatal("raw angle brackets in the body")
	}
}

func decode(t testing.TB, b []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
}

// TestMissingHandleIsDeclared: RP 2.2 wants the entry exactly when no handle is
// shown, and an answer without a registry's suffix must not invent one.
func TestMissingHandleIsDeclared(t *testing.T) {
	reg := publicdatatest.Example("a.example")
	reg.Domain.ROID = "D1-UNLISTED"
	w := ask(t, handler(t, reg), "GET", "/domain/a.example")
	if strings.Contains(w.Body.String(), "UNLISTED") || !strings.Contains(w.Body.String(), `{"name":{"type":"Registry Domain ID"},"prePath":"$.handle"`) {
		t.Fatal(w.Body)
	}
}

func TestBareDomain(t *testing.T) {
	reg := publicdatatest.Example("a.example")
	reg.Domain.NameServers, reg.Domain.Statuses = nil, nil
	w := ask(t, handler(t, reg), "GET", "/domain/a.example")
	for _, want := range []string{`"nameservers":[]`, `"status":["inactive"]`} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s is missing in %s", want, w.Body)
		}
	}
	for _, bad := range []string{"last changed", "unicodeName", "port43"} {
		if strings.Contains(w.Body.String(), bad) {
			t.Errorf("%s in %s", bad, w.Body)
		}
	}
}

func TestQueries(t *testing.T) {
	h := handler(t, publicdatatest.Example("a.example"), publicdatatest.Example("bücher.example"))
	for _, c := range []struct {
		target string
		status int
		why    string
	}{
		{"/domain/a.example", 200, ""},
		{"/domain/A.ExAmPlE", 200, "names ignore case"},
		{"/domain/a.example.", 200, "trailing dot"},
		{"/domain/a.example/", 200, "one trailing slash"},
		{"/domain/a.example?anything=1&x", 200, "unknown parameters are ignored"},
		{"/domain/xn--bcher-kva.example", 200, "A-label"},
		{"/domain/b%C3%BCcher.example", 200, "U-label"},
		{"/domain/b%c3%bccher.example", 200, "escapes ignore case"},
		{"/domain/bu%CC%88cher.example", 200, "not in NFC: mapped"},
		{"/domain/B%C3%9CCHER.example", 200, "upper-case U-label"},
		{"/domain/b.example", 404, "not ours"},
		{"/domain/not-a-domain.invalid", 404, "well-formed"},
		{"/domain/example", 404, "a TLD is well-formed"},
		{"/domain/a.b.c.d.example", 404, "well-formed"},
		{"/domain/xn--bcher-kva.b%C3%BCcher.example", 400, "mixed labels"},
		{"/domain/b%C3%BCcher.XN--bcher-kva", 400, "mixed labels"},
		{"/domain/a%FF.example", 400, "not UTF-8"},
		{"/domain/a..example", 400, "empty label"},
		{"/domain/-a.example", 400, "hyphen"},
		{"/domain/a_b.example", 400, "underscore"},
		{"/domain/xn--0.example", 400, "bad punycode"},
		{"/domain/" + strings.Repeat("a", 64) + ".example", 400, "label too long"},
		{"/domain/" + strings.Repeat("a.", 127) + "example", 400, "name too long"},
		{"/domain/%20a.example", 400, "space"},
		{"/domain/a.example%2F", 400, "slash is data"},
		{"/domain/a%2Eexample", 200, "an escaped dot is a dot"},
		{"/domain/%00.example", 400, "NUL"},
		{"/domain/192.0.2.1", 404, "looks like a name"},
		{"/domain/", 400, "no name"},
		{"/domain", 400, "no name"},
		{"/domain/a.example/x", 400, "too many segments"},
		{"/domain/a.example//", 400, "two trailing slashes"},
		{"//domain/a.example", 404, "empty segment"},
		{"/help", 200, ""},
		{"/help/", 200, ""},
		{"/help/x", 404, ""},
		{"/entity/1234", 200, "ourselves"},
		{"/entity/1235", 404, ""},
		{"/entity/con_1", 404, "contacts are not served"},
		{"/entity/", 400, ""},
		{"/ip/192.0.2.1", 501, "RFC 9082"},
		{"/autnum/1", 501, ""},
		{"/nameserver/ns1.example.net", 501, ""},
		{"/nameservers?ip=192.0.2.1", 501, ""},
		{"/domains?name=a*.example", 501, ""},
		{"/entities?fn=*", 501, ""},
		{"/reverse_search", 501, ""},
		{"/", 404, ""},
		{"/DOMAIN/a.example", 404, "path words are lower case"},
		{"/robots.txt", 404, ""},
	} {
		w := ask(t, h, "GET", c.target)
		if w.Code != c.status {
			t.Errorf("%s: %d, want %d (%s): %s", c.target, w.Code, c.status, c.why, w.Body)
		}
		checkCommon(t, c.target, w)
		head := ask(t, h, "HEAD", c.target)
		if head.Code != w.Code || head.Body.Len() != 0 || head.Header().Get("Content-Length") != w.Header().Get("Content-Length") {
			t.Errorf("HEAD %s: %d with %d bytes", c.target, head.Code, head.Body.Len())
		}
	}
}

// checkCommon holds for every answer: CORS, media type, conformance, terms with
// the asked URL, and a whole error body.
func checkCommon(t *testing.T, target string, w *httptest.ResponseRecorder) {
	t.Helper()
	hd := w.Header()
	if hd.Get("Access-Control-Allow-Origin") != "*" || hd.Get("Content-Type") != "application/rdap+json" ||
		hd.Get("X-Content-Type-Options") != "nosniff" || hd.Get("Strict-Transport-Security") == "" {
		t.Errorf("%s: headers %v", target, hd)
	}
	var body struct {
		RdapConformance []string
		ErrorCode       int
		Title           string
		Description     []string
		Notices         []struct {
			Title string
			Links []struct{ Value, Rel, Href string }
		}
	}
	decode(t, w.Body.Bytes(), &body)
	for _, want := range []string{"rdap_level_0", "icann_rdap_response_profile_1", "icann_rdap_technical_implementation_guide_1"} {
		if !slices.Contains(body.RdapConformance, want) {
			t.Errorf("%s: conformance %v", target, body.RdapConformance)
		}
	}
	path, _, _ := strings.Cut(target, "?")
	if len(body.Notices) == 0 || body.Notices[0].Links[0].Rel != "terms-of-service" || body.Notices[0].Links[0].Value != base+path {
		t.Errorf("%s: notices %+v", target, body.Notices)
	}
	if w.Code != 200 && (body.ErrorCode != w.Code || body.Title == "" || len(body.Description) == 0) {
		t.Errorf("%s: error body %s", target, w.Body)
	}
}

// TestAskedURLIsKept: -61202 compares byte for byte, also raw UTF-8.
func TestAskedURLIsKept(t *testing.T) {
	h := handler(t, publicdatatest.Example("bücher.example"))
	r := httptest.NewRequest("GET", "/domain/x", nil)
	r.RequestURI = "/domain/BÜcher.example"
	r.URL.Path, r.URL.RawPath = "/domain/BÜcher.example", ""
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"value":"https://rdap.rar.example/domain/BÜcher.example","rel":"terms-of-service"`) {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
}

func TestMethods(t *testing.T) {
	h := handler(t, publicdatatest.Example("a.example"))
	for _, m := range []string{"POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"} {
		w := ask(t, h, m, "/domain/a.example")
		if w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d %v", m, w.Code, w.Header())
		}
		checkCommon(t, "/domain/a.example", w)
	}
	w := ask(t, h, "OPTIONS", "/domain/a.example")
	if w.Code != 204 || w.Header().Get("Access-Control-Allow-Methods") != "GET, HEAD, OPTIONS" || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("OPTIONS: %d %v", w.Code, w.Header())
	}
}

func TestRateLimit(t *testing.T) {
	src := publicdatatest.NewSource(publicdatatest.Example("a.example"))
	opt := options(t, src)
	opt.Limit = ratelimit.Rule{PerSecond: 0.25, Burst: 2}
	h := build(t, opt)
	ask(t, h, "GET", "/domain/a.example")
	ask(t, h, "GET", "/domain/a.example")
	reads := src.Reads()
	w := ask(t, h, "GET", "/domain/b.example")
	if w.Code != 429 || w.Header().Get("Retry-After") != "4" {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	checkCommon(t, "/domain/b.example", w)
	if src.Reads() != reads {
		t.Fatal("a limited query reached the database")
	}
	r := httptest.NewRequest("GET", "/help", nil)
	r.RemoteAddr = "198.51.100.9:1"
	other := httptest.NewRecorder()
	h.ServeHTTP(other, r)
	if other.Code != 200 {
		t.Fatal("another client pays for the first")
	}
}

func TestFailuresHideTheirCause(t *testing.T) {
	src := publicdatatest.NewSource()
	src.Fail(errors.New("dial tcp 10.0.0.7: password=hunter2"))
	h := build(t, options(t, src))
	w := ask(t, h, "GET", "/domain/a.example")
	if w.Code != 503 || strings.Contains(w.Body.String(), "hunter2") || strings.Contains(w.Body.String(), "10.0.0.7") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	checkCommon(t, "/domain/a.example", w)
	opt := options(t, src)
	opt.Data = brokenData{}
	w = ask(t, build(t, opt), "GET", "/domain/a.example")
	if w.Code != 500 || strings.Contains(w.Body.String(), "hunter2") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
}

type brokenData struct{}

func (brokenData) Lookup(context.Context, registrar.Name) (publicdata.View, error) {
	return publicdata.View{}, errors.New("hunter2")
}

func TestBadOptionsAreRefused(t *testing.T) {
	for what, change := range map[string]func(*rdap.Options){
		"no data":        func(o *rdap.Options) { o.Data = nil },
		"trailing slash": func(o *rdap.Options) { o.PublicBase += "/" },
		"no base":        func(o *rdap.Options) { o.PublicBase = "" },
		"no terms":       func(o *rdap.Options) { o.TermsURL = "" },
		"IANA id 0":      func(o *rdap.Options) { o.Registrar.IANAID = "0" },
		"abuse phone":    func(o *rdap.Options) { o.Registrar.AbusePhone = "555-0100" },
		"abuse address":  func(o *rdap.Options) { o.Registrar.AbuseEmail = "nobody" },
		"web site":       func(o *rdap.Options) { o.Registrar.URL = "rar.example" },
	} {
		opt := options(t, publicdatatest.NewSource())
		change(&opt)
		if _, err := rdap.New(opt); err == nil {
			t.Errorf("%s: accepted", what)
		}
	}
}

// TestOpenRDAPReadsUs asks over real HTTP with the client that others use.
func TestOpenRDAPReadsUs(t *testing.T) {
	opt := options(t, publicdatatest.NewSource(publicdatatest.Example("bücher.example")))
	srv := httptest.NewUnstartedServer(nil)
	opt.PublicBase = "http://" + srv.Listener.Addr().String()
	opt.RDAPBase = ""
	srv.Config.Handler = build(t, opt)
	srv.Start()
	defer srv.Close()
	client := &openrdap.Client{HTTP: srv.Client()}
	do := func(req *openrdap.Request) (*openrdap.Response, error) {
		server, err := url.Parse(srv.URL)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		return client.Do(req.WithServer(server).WithContext(ctx))
	}
	resp, err := do(openrdap.NewDomainRequest("xn--bcher-kva.example"))
	if err != nil {
		t.Fatal(err)
	}
	d, ok := resp.Object.(*openrdap.Domain)
	if !ok || d.LDHName != "xn--bcher-kva.example" || d.UnicodeName != "bücher.example" || len(d.Nameservers) != 2 ||
		!slices.Equal(d.Status, []string{"active"}) || d.SecureDNS == nil || *d.SecureDNS.DelegationSigned {
		t.Fatalf("%+v", resp.Object)
	}
	for _, e := range d.Entities {
		if e.Roles[0] != "registrant" {
			continue
		}
		if got := e.VCard.GetFirst("adr").Parameters["cc"]; !slices.Equal(got, []string{"GB"}) {
			t.Errorf("country %v", got)
		}
		if e.VCard.Region() != "Greater London" || e.VCard.Name() != "" || e.VCard.Email() != "" || e.VCard.Tel() != "" {
			t.Errorf("registrant card %+v", e.VCard)
		}
	}
	var missing *openrdap.ClientError
	if _, err = do(openrdap.NewDomainRequest("b.example")); !errors.As(err, &missing) || missing.Type != openrdap.ObjectDoesNotExist {
		t.Fatalf("missing name: %v", err)
	}
	if resp, err = do(openrdap.NewHelpRequest()); err != nil {
		t.Fatal(err)
	}
	if help, ok := resp.Object.(*openrdap.Help); !ok || len(help.Notices) != 2 {
		t.Fatalf("%+v", resp.Object)
	}
	if resp, err = do(openrdap.NewEntityRequest("1234")); err != nil {
		t.Fatal(err)
	}
	if e, ok := resp.Object.(*openrdap.Entity); !ok || e.VCard.Name() != us.Name {
		t.Fatalf("%+v", resp.Object)
	}
}

// TestNothingWithheldLeaks asks for many generated registrations.
func TestNothingWithheldLeaks(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	src := publicdatatest.NewSource()
	h := build(t, options(t, src))
	for range 1500 {
		reg, hidden := publicdatatest.Random(r)
		src.Put(reg)
		w := ask(t, h, "GET", "/domain/"+reg.Domain.Name)
		if w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		var tree any // escapes undone
		decode(t, w.Body.Bytes(), &tree)
		all := append(stringsIn(tree), w.Body.String())
		for _, h := range hidden {
			for _, s := range all {
				if strings.Contains(s, h) {
					t.Fatalf("%q leaked: %s", h, w.Body)
				}
			}
		}
		if reg.Registrant.State != "" && !slices.Contains(all, reg.Registrant.State) || !slices.Contains(all, reg.Registrant.CountryCode) {
			t.Fatalf("state or country is missing: %s", w.Body)
		}
	}
}

func stringsIn(v any) []string {
	var out []string
	switch v := v.(type) {
	case string:
		out = append(out, v)
	case []any:
		for _, e := range v {
			out = append(out, stringsIn(e)...)
		}
	case map[string]any:
		for k, e := range v {
			out = append(append(out, k), stringsIn(e)...)
		}
	}
	return out
}
