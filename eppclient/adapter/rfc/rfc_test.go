package rfc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/epptest"
	"github.com/indera/indera/eppclient/ext/secureauth"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/eppclient/session"
	"github.com/indera/indera/registrar"
)

// canned answers with prepared frames and keeps what was asked.
type canned struct {
	answers  []string // what stands behind the result; one per exchange
	err      error
	greeting *epp.Greeting
	asked    []string // frames
	prios    []pool.Priority
}

func (c *canned) Exchange(_ context.Context, prio pool.Priority, req session.Request) (*epp.Response, error) {
	id := req.ClTRID
	if id == "" {
		id = "read-1"
	}
	frame, err := epp.Codec{}.Encode(req.Command, id, req.Extensions...)
	if err != nil {
		return nil, &session.NotSent{Cause: err}
	}
	c.asked, c.prios = append(c.asked, string(frame)), append(c.prios, prio)
	if c.err != nil {
		return nil, c.err
	}
	answer := ""
	if len(c.answers) > 0 {
		answer, c.answers = c.answers[0], c.answers[1:]
	}
	code := 1000
	if rest, ok := strings.CutPrefix(answer, "1001"); ok {
		code, answer = 1001, rest
	}
	return epp.Codec{}.Decode([]byte(epptest.Response(code, id, answer)))
}

func (c *canned) Greeting() (epp.Greeting, bool) {
	if c.greeting == nil {
		return epp.Greeting{}, false
	}
	return *c.greeting, true
}

func (c *canned) Greet(context.Context, pool.Priority) (epp.Greeting, error) {
	if c.greeting == nil {
		return epp.Greeting{Objects: Services().Objects, Extensions: Services().Extensions}, nil
	}
	return *c.greeting, nil
}

func newCanned(t *testing.T, quirks map[string]string, answers ...string) (*Adapter, *canned) {
	t.Helper()
	q, err := ParseQuirks(quirks)
	if err != nil {
		t.Fatal(err)
	}
	c := &canned{answers: answers}
	a, err := New(Config{Pool: c, ClientID: "me", Quirks: q})
	if err != nil {
		t.Fatal(err)
	}
	return a, c
}

func TestCapabilities(t *testing.T) {
	a, c := newCanned(t, nil)
	caps := a.Capabilities()
	if caps.Dialect != "rfc" || caps.ContactModel != registrar.ContactsOptional || caps.HostModel != registrar.HostObjects || caps.CheckBatch != 20 ||
		caps.MinYears != 1 || caps.MaxYears != 10 || caps.MaxNameServers != 13 || !caps.AuthInfoAtCreate || caps.Thin || !caps.Transfer || !caps.Messages ||
		caps.SecDNS != registrar.SecDNSDS || caps.Restore != registrar.RestoreReports || caps.Prices || caps.Balance {
		t.Errorf("%+v", caps)
	}
	c.greeting = &epp.Greeting{Objects: []string{epp.Standard.Domain, epp.Standard.Host, epp.Standard.Contact, "urn:own"}, Extensions: []string{epp.UnhandledNamespaces, "urn:x"}}
	caps = a.Capabilities()
	if len(caps.Services) != 3 || !slices.Equal(caps.Extensions, []string{epp.UnhandledNamespaces}) || caps.Thin {
		t.Errorf("full greeting: %+v", caps)
	}
	c.greeting = &epp.Greeting{Objects: []string{epp.Standard.Domain}}
	caps = a.Capabilities()
	if caps.ContactModel != registrar.ContactsProhibited || !caps.Thin || caps.SecDNS != "" || caps.Restore != "" || caps.HostModel != registrar.HostAttributes || len(caps.Services) != 1 || len(caps.Extensions) != 0 {
		t.Errorf("bare greeting: %+v", caps)
	}
}

func TestQuirks(t *testing.T) {
	q, err := ParseQuirks(map[string]string{
		"host_model": "hostAttr", "postal_types": "loc, int", "min_years": "2", "max_years": "5", "min_name_servers": "2", "max_name_servers": "9",
		"auth_info": "empty", "auth_info_length": "30", "reserved_words": "taboo", "add_grace": "120h",
		"secdns": "key", "restore": "request", "transfer": "immediate", "poll": "off",
	})
	if err != nil || fmt.Sprint(q) != "{hostAttr [loc int] 2 5 2 9 true 30 120h0m0s key request true true [taboo]}" {
		t.Errorf("%v, %v", q, err)
	}
	for name, value := range map[string]string{
		"hostmodel": "hostObj", "host_model": "x", "postal_types": "int,x", "min_years": "0x", "max_years": "100",
		"min_name_servers": "14", "auth_info": "none", "auth_info_length": "21", "add_grace": "5d", "secdns": "dnskey", "restore": "no", "transfer": "now", "poll": "yes",
	} {
		if _, err := ParseQuirks(map[string]string{name: value}); err == nil {
			t.Errorf("%s=%s accepted", name, value)
		}
	}
	if _, err := New(Config{ClientID: "me"}); err == nil {
		t.Error("no pool accepted")
	}
	if _, err := New(Config{Pool: &canned{}, ClientID: "me", Quirks: Quirks{AuthInfoLength: 8}}); err == nil {
		t.Error("weak transfer codes accepted")
	}
}

func TestPostalType(t *testing.T) {
	ascii := registrar.ContactData{Name: "A", Street: []string{"S 1"}, City: "B", CountryCode: "DE", Email: "a@b.test", Phone: "+49.30123"}
	umlaut := ascii
	umlaut.City = "Köln"
	tests := []struct {
		types string
		data  registrar.ContactData
		want  string // "" = refused
	}{
		{"", ascii, "int"}, {"", umlaut, "loc"}, {"loc", ascii, "loc"}, {"loc", umlaut, "loc"},
		{"loc,int", ascii, "loc"}, {"int", ascii, "int"}, {"int", umlaut, ""},
	}
	for _, tt := range tests {
		quirks := map[string]string{}
		if tt.types != "" {
			quirks["postal_types"] = tt.types
		}
		a, c := newCanned(t, quirks)
		_, err := a.CreateContact(t.Context(), registrar.Send{ClTRID: "cl-1"}, registrar.ContactCreate{Handle: "c-1", Contact: registrar.ContactVersion{ContactData: tt.data}})
		if tt.want == "" {
			if registrar.ResultCode(err) != epp.CodeValueSyntax || len(c.asked) != 0 {
				t.Errorf("%q: %v", tt.types, err)
			}
			continue
		}
		if err != nil || !strings.Contains(c.asked[0], `<contact:postalInfo type="`+tt.want+`">`) || !strings.Contains(c.asked[0], "<contact:voice>+49.30123</contact:voice>") {
			t.Errorf("%q: %v\n%s", tt.types, err, c.asked)
		}
	}
}

func TestHostAttributes(t *testing.T) {
	info := `<resData><d:infData xmlns:d="urn:ietf:params:xml:ns:domain-1.0"><d:name>a.test</d:name><d:ns>
		<d:hostAttr><d:hostName>NS1.x.test</d:hostName><d:hostAddr ip="v6">2001:db8::1</d:hostAddr></d:hostAttr>
		<d:hostAttr><d:hostName>ns2.x.test</d:hostName></d:hostAttr></d:ns></d:infData></resData>`
	a, c := newCanned(t, map[string]string{"host_model": "hostAttr"}, "", info)
	if _, err := a.CreateDomain(t.Context(), registrar.Send{ClTRID: "cl-1"}, registrar.DomainCreate{Name: "a.test", Years: 1, NameServers: []string{"ns1.x.test"}}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(c.asked[0], "<domain:ns><domain:hostAttr><domain:hostName>ns1.x.test</domain:hostName></domain:hostAttr></domain:ns>") {
		t.Errorf("create: %s", c.asked[0])
	}
	_, err := a.UpdateNameServers(t.Context(), registrar.Send{ClTRID: "cl-2"}, registrar.NameServerUpdate{
		Name: "a.test", Current: []string{"ns1.x.test", "ns2.x.test"}, Want: []string{"ns2.x.test", "ns3.x.test"},
	})
	if err != nil || len(c.asked) != 3 {
		t.Fatalf("%v, %d frames", err, len(c.asked))
	}
	want := `<domain:add><domain:ns><domain:hostAttr><domain:hostName>ns3.x.test</domain:hostName></domain:hostAttr></domain:ns></domain:add>` +
		`<domain:rem><domain:ns><domain:hostAttr><domain:hostName>NS1.x.test</domain:hostName><domain:hostAddr ip="v6">2001:db8::1</domain:hostAddr></domain:hostAttr></domain:ns></domain:rem>`
	if !strings.Contains(c.asked[2], want) {
		t.Errorf("update: %s", c.asked[2])
	}
	// The read before the update fails: the update was not sent.
	c.err = &session.Unknown{Cause: errors.New("cut"), ClTRID: "x"}
	_, err = a.UpdateNameServers(t.Context(), registrar.Send{ClTRID: "cl-3"}, registrar.NameServerUpdate{Name: "a.test", Current: []string{"ns1.x.test"}})
	var notSent *registrar.NotSentError
	if !errors.As(err, &notSent) {
		t.Errorf("err = %v", err)
	}
}

func TestCheckMatchesByNameInAnyForm(t *testing.T) {
	a, _ := newCanned(t, nil, `<resData><chkData xmlns="urn:ietf:params:xml:ns:domain-1.0">
		<cd><name avail="0">B.test</name><reason>In use</reason></cd><cd><name avail="true">münchen.test</name></cd>
		<cd><name avail="0">p.test</name><reason>PREMIUM</reason></cd></chkData></resData>`)
	got, err := a.CheckDomains(t.Context(), []string{"xn--mnchen-3ya.test", "b.test", "c.test", "p.test"})
	if err != nil {
		t.Fatal(err)
	}
	want := []registrar.Availability{registrar.Available, registrar.Registered, registrar.Unknown, registrar.Reserved}
	for i, r := range got {
		if r.Status != want[i] {
			t.Errorf("%+v, want %s", r, want[i])
		}
	}
}

func TestSuccessWithoutDataStaysASuccess(t *testing.T) {
	a, _ := newCanned(t, nil, "", "", "1001")
	created, err := a.CreateDomain(t.Context(), registrar.Send{ClTRID: "cl-1"}, registrar.DomainCreate{Name: "a.test", Years: 1})
	if err != nil || !created.Expires.IsZero() || created.Code != 1000 {
		t.Errorf("%+v, %v", created, err)
	}
	if r, err := a.RenewDomain(t.Context(), registrar.Send{ClTRID: "cl-2"}, registrar.DomainRenew{Name: "a.test", CurExpiry: "2031-01-01", Years: 1}); err != nil || r.ExpiresRaw != "" {
		t.Errorf("%+v, %v", r, err)
	}
	if created, err = a.CreateDomain(t.Context(), registrar.Send{ClTRID: "cl-3"}, registrar.DomainCreate{Name: "a.test", Years: 1}); err != nil || !created.Pending || created.Code != 1001 {
		t.Errorf("pending: %+v, %v", created, err)
	}
	// A read without data says nothing.
	var unknown *registrar.UnknownOutcomeError
	for name, f := range map[string]func() error{
		"check":   func() error { _, err := a.CheckDomains(t.Context(), []string{"a.test"}); return err },
		"domain":  func() error { _, err := a.DomainInfo(t.Context(), "a.test"); return err },
		"contact": func() error { _, err := a.ContactInfo(t.Context(), "c-1"); return err },
		"host":    func() error { _, err := a.HostInfo(t.Context(), "ns.a.test"); return err },
	} {
		if err := f(); !errors.As(err, &unknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestInvalidCommandIsADefiniteRefusal: sending it again later cannot help.
func TestInvalidCommandIsADefiniteRefusal(t *testing.T) {
	a, c := newCanned(t, nil)
	_, err := a.CreateDomain(t.Context(), registrar.Send{ClTRID: "cl-1"}, registrar.DomainCreate{Name: "a.test", Years: 100})
	var re *registrar.ResultError
	if !errors.As(err, &re) || re.Code != 2005 || !strings.Contains(re.Msg, "domain:period") || re.ClTRID != "cl-1" || len(c.asked) != 0 {
		t.Errorf("err = %v", err)
	}
}

func TestPrioritiesAndHooks(t *testing.T) {
	a, c := newCanned(t, map[string]string{"auth_info": "empty"}, "", `<resData><infData xmlns="urn:ietf:params:xml:ns:domain-1.0"/></resData>`)
	if a.Capabilities().AuthInfoAtCreate {
		t.Error("AuthInfoAtCreate")
	}
	if _, err := a.CreateDomain(t.Context(), registrar.Send{ClTRID: "cl-1"}, registrar.DomainCreate{Name: "a.test", Years: 1}); err != nil || !strings.Contains(c.asked[0], "<domain:pw></domain:pw>") {
		t.Errorf("%v, %s", err, c.asked)
	}
	if _, err := a.DomainInfo(t.Context(), "a.test"); err != nil || !slices.Equal(c.prios, []pool.Priority{pool.Customer, pool.Bulk}) {
		t.Errorf("%v, priorities %v", err, c.prios)
	}

	boom := errors.New("no such price")
	dialect, err := New(Config{Pool: c, ClientID: "me", Hooks: Hooks{
		Dialect: "own", Mappings: []epp.Mapping{{URI: "urn:own", Object: true}},
		Capabilities: func(caps registrar.Capabilities) registrar.Capabilities { caps.MaxYears = 3; return caps },
		Extend:       func(epp.Services, epp.Command) ([]epp.Extension, error) { return nil, boom },
		Classify:     func(epp.CheckItem) registrar.Availability { return registrar.Reserved },
	}})
	if err != nil {
		t.Fatal(err)
	}
	if caps := dialect.Capabilities(); caps.Dialect != "own" || caps.MaxYears != 3 || caps.Services[0] != "urn:own" {
		t.Errorf("%+v", caps)
	}
	if _, err := dialect.CheckDomains(t.Context(), []string{"a.test"}); registrar.ResultCode(err) != 2005 {
		t.Errorf("failing extension: %v", err)
	}
}

func TestAuthInfo(t *testing.T) {
	seen := map[string]bool{}
	for range 500 {
		s, err := newAuthInfo(defaultAuthInfoLength)
		if err != nil {
			t.Fatal(err)
		}
		code := s.Reveal()
		if len(code) != defaultAuthInfoLength || strings.Trim(code, secureauth.Plain) != "" || seen[code] {
			t.Fatalf("code of %d characters, seen %v", len(code), seen[code])
		}
		for _, class := range []string{secureauth.Lower, secureauth.Upper, secureauth.Digits, "!-=_"} {
			if !strings.ContainsAny(code, class) {
				t.Fatalf("code without any of %s", class)
			}
		}
		seen[code] = true
	}
	if _, err := newAuthInfo(minAuthInfoLength); err != nil {
		t.Error(err)
	}
	if _, err := newAuthInfo(minAuthInfoLength - 1); err == nil {
		t.Error("a code of too few bits was made")
	}
}

func TestDifference(t *testing.T) {
	got := difference([]string{"A.test.", "b.test", "c.test", "B.test"}, []string{"a.test", "C.test"})
	if !slices.Equal(got, []string{"b.test"}) {
		t.Errorf("%v", got)
	}
}
