package epp

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// wrap puts the inside of a response into a frame.
func wrap(inside string) []byte {
	return []byte(`<?xml version="1.0" encoding="UTF-8" standalone="no"?>` + "\n" +
		`<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><response>` + inside + `</response></epp>`)
}

const okResult = `<result code="1000"><msg>ok</msg></result>`

func decode(t *testing.T, inside string) *Response {
	t.Helper()
	r, err := Codec{}.Decode(wrap(inside))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestDecodeResponse(t *testing.T) {
	r, err := Codec{}.Decode([]byte("\xef\xbb\xbf" + `<e:epp xmlns:e="urn:ietf:params:xml:ns:epp-1.0"><e:response>
		<e:result code="2306"><e:msg lang="en">Parameter <b>value</b> policy error</e:msg>
		  <e:value><x:a xmlns:x="urn:x">1</x:a></e:value>
		  <e:extValue><e:value><x:b xmlns:x="urn:x"/></e:value><e:reason>too young</e:reason></e:extValue></e:result>
		<e:result code="2005"><e:msg>second</e:msg></e:result>
		<e:msgQ count="5" id="12345"><e:qDate>2026-01-02T03:04:05Z</e:qDate><e:msg>hi</e:msg></e:msgQ>
		<e:extension><v:own xmlns:v="urn:vendor" a="1"><v:deep/></v:own></e:extension>
		<e:unknown/>
		<e:trID><e:clTRID> CL-1 </e:clTRID><e:svTRID>SV-1</e:svTRID></e:trID></e:response></e:epp>`))
	if err != nil {
		t.Fatal(err)
	}
	if r.Code() != 2306 || r.ClTRID != "CL-1" || r.SvTRID != "SV-1" || len(r.Results) != 2 || len(r.Results[0].Values) != 1 {
		t.Errorf("response: %+v", r)
	}
	if r.MsgQ == nil || r.MsgQ.Count != 5 || r.MsgQ.ID != "12345" || r.MsgQ.Msg != "hi" {
		t.Errorf("msgQ: %+v", r.MsgQ)
	}
	own := r.Extension("urn:vendor", "own")
	if own == nil || own.Attr("a") != "1" || string(own.Raw) != `<v:own xmlns:v="urn:vendor" a="1"><v:deep/></v:own>` {
		t.Errorf("extension: %+v", own)
	}
	var re *ResultError
	if !errors.As(r.Err(), &re) || re.Code != 2306 || len(re.Reasons) != 1 || re.Reasons[0] != "too young" || re.ClTRID != "CL-1" {
		t.Errorf("Err = %v", r.Err())
	}
}

func TestDecodeRefuses(t *testing.T) {
	deep := strings.Repeat("<a>", maxDepth+1) + strings.Repeat("</a>", maxDepth+1)
	var syntax *SyntaxError
	var missing *MissingError
	tests := []struct {
		name, frame string
		want        any
	}{
		{"nothing", "", &syntax},
		{"no XML", "hello", &syntax},
		{"cut", "<epp><response>", &syntax},
		{"doctype", strings.Replace(string(wrap(okResult)), "<epp", "<!DOCTYPE epp SYSTEM 'http://x/'><epp", 1), &syntax},
		{"entity", string(wrap("&boom;" + okResult)), &syntax},
		{"processing instruction", string(wrap("<?php x?>" + okResult)), &syntax},
		{"second root", string(wrap(okResult)) + "<epp/>", &syntax},
		{"text behind", string(wrap(okResult)) + "x", &syntax},
		{"other encoding", "<?xml version='1.0' encoding='ISO-8859-1'?><a/>", &syntax},
		{"deep", deep, &syntax},
		{"other namespace", `<epp xmlns="urn:other"><response><result code="1000"/></response></epp>`, &missing},
		{"greeting", `<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><greeting/></epp>`, &missing},
		{"no result", string(wrap("<trID><clTRID>CL-1</clTRID></trID>")), &missing},
		{"result without code", string(wrap("<result><msg>ok</msg></result>")), &missing},
		{"code no number", string(wrap(`<result code="ok"/>`)), &missing},
		{"code out of range", string(wrap(`<result code="100"/>`)), &missing},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if r, err := (Codec{}).Decode([]byte(tt.frame)); r != nil || !errors.As(err, tt.want) || err.Error() == "" {
				t.Errorf("got %+v, %v", r, err)
			}
		})
	}
}

func TestTooManyElements(t *testing.T) {
	_, err := Codec{}.Decode(wrap(strings.Repeat("<a/>", maxElements+1) + okResult))
	var syntax *SyntaxError
	if !errors.As(err, &syntax) {
		t.Errorf("err = %v", err)
	}
}

// TestTextInPieces would take minutes if text were joined piece by piece.
func TestTextInPieces(t *testing.T) {
	start := time.Now()
	r := decode(t, `<result code="1000"><msg>`+strings.Repeat("a<!---->", 300_000)+`</msg></result>`)
	if got := len(r.Results[0].Message); got != 300_000 || time.Since(start) > 20*time.Second {
		t.Errorf("%d characters after %v", got, time.Since(start))
	}
}

func TestUnknownCodesAndMixtures(t *testing.T) {
	if r := decode(t, `<result code="1999"><msg>new</msg></result>`); r.Err() != nil || r.Code() != 1999 {
		t.Errorf("1999: %v", r.Err())
	}
	if r := decode(t, `<result code="2999"><msg>new</msg></result>`); r.Err() == nil {
		t.Error("2999 is a success")
	}
	if r := decode(t, okResult+`<result code="2005"><msg>x</msg></result>`); r.Err() == nil {
		t.Error("a mixture is a success")
	}
}

// TestExtValueInSuccessIsData: RFC 9038 §3.
func TestExtValueInSuccessIsData(t *testing.T) {
	r := decode(t, `<result code="1000"><msg>ok</msg><extValue><value><x:d xmlns:x="urn:x"/></value>
		<reason>urn:x not in login services</reason></extValue></result>`)
	if got := r.Unhandled(); r.Err() != nil || len(got) != 1 || !got[0].Is("urn:x", "d") {
		t.Errorf("unhandled %v, err %v", got, r.Err())
	}
	r = decode(t, `<result code="2005"><extValue><value><x:d xmlns:x="urn:x"/></value></extValue></result>`)
	if len(r.Unhandled()) != 0 {
		t.Error("an offending value is taken for data")
	}
}

func TestCheckData(t *testing.T) {
	r := decode(t, okResult+`<resData><d:chkData xmlns:d="urn:ietf:params:xml:ns:domain-1.0">
		<d:cd><d:name avail="true">B.test.</d:name></d:cd>
		<d:cd><d:name avail="0">a.test</d:name><d:reason lang="en">In use, and this reason is longer than 32 characters</d:reason></d:cd>
		<d:cd><d:name avail="maybe">c.test</d:name></d:cd><d:cd><d:name>d.test</d:name></d:cd><d:cd/>
		</d:chkData></resData>`)
	got, err := r.DomainCheckData()
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	if b, ok := got.For("b.TEST"); !ok || !b.Available {
		t.Errorf("b.test: %+v", b)
	}
	if a, ok := got.For("a.test"); !ok || a.Available || !strings.HasPrefix(a.Reason, "In use") {
		t.Errorf("a.test: %+v", a)
	}
	if _, ok := got.For("c.test"); ok {
		t.Error("an unreadable answer counts")
	}
	if _, err := r.HostCheckData(); err == nil {
		t.Error("domain data read as host data")
	}
}

func TestHostAndContactCheckData(t *testing.T) {
	r := decode(t, okResult+`<resData><chkData xmlns="urn:ietf:params:xml:ns:host-1.0"><cd><name avail="1">ns.a.test</name></cd></chkData></resData>`)
	if got, err := r.HostCheckData(); err != nil || len(got) != 1 || !got[0].Available {
		t.Errorf("host: %+v, %v", got, err)
	}
	r = decode(t, okResult+`<resData><chkData xmlns="urn:ietf:params:xml:ns:contact-1.0"><cd><id avail="false">C-1</id></cd></chkData></resData>`)
	if got, err := r.ContactCheckData(); err != nil || len(got) != 1 || got[0].Available || got[0].Name != "C-1" {
		t.Errorf("contact: %+v, %v", got, err)
	}
}

func TestDomainInfoData(t *testing.T) {
	r := decode(t, okResult+`<resData><domain:infData xmlns:domain="urn:ietf:params:xml:ns:domain-1.0">
		<domain:name>example.test</domain:name><domain:roid>EX1-REP</domain:roid>
		<domain:status s="ok"/><domain:status s="someday:new" lang="en">why</domain:status>
		<domain:registrant>c-1</domain:registrant><domain:contact type="admin">c-2</domain:contact><domain:contact type="own">c-3</domain:contact>
		<domain:ns><domain:hostObj>ns1.example.net</domain:hostObj><domain:hostObj>ns2.example.net</domain:hostObj>
		<domain:hostAttr><domain:hostName>ns3.example.test</domain:hostName><domain:hostAddr>192.0.2.1</domain:hostAddr><domain:hostAddr ip="v6">2001:db8::1</domain:hostAddr></domain:hostAttr></domain:ns>
		<domain:host>ns3.example.test</domain:host><domain:clID>reg-1</domain:clID><domain:crID>reg-0</domain:crID>
		<domain:crDate>2025-12-31T23:30:00.123+02:00</domain:crDate><domain:upDate>2026-01-01T00:00:00Z</domain:upDate><domain:exDate>2027-12-31T23:30:00-05:00</domain:exDate>
		<domain:authInfo><domain:pw>keep-out</domain:pw></domain:authInfo></domain:infData></resData>`)
	d, err := r.DomainInfoData()
	if err != nil {
		t.Fatal(err)
	}
	if d.Name != "example.test" || d.ROID != "EX1-REP" || d.Sponsor != "reg-1" || d.CreatedBy != "reg-0" || d.Registrant != "c-1" || !d.HasAuthInfo {
		t.Errorf("%+v", d)
	}
	if len(d.Statuses) != 2 || d.Statuses[1] != (Status{"someday:new", "why"}) || len(d.Contacts) != 2 || d.Contacts[0] != (DomainContact{"admin", "c-2"}) {
		t.Errorf("%+v", d)
	}
	if len(d.NameServers.Objects) != 2 || len(d.NameServers.Attrs) != 1 || len(d.Subordinate) != 1 {
		t.Errorf("%+v", d.NameServers)
	}
	if a := d.NameServers.Attrs[0].Addresses; len(a) != 2 || a[0] != (Address{"v4", "192.0.2.1"}) || a[1] != (Address{"v6", "2001:db8::1"}) {
		t.Errorf("%+v", a)
	}
	if want := time.Date(2025, 12, 31, 21, 30, 0, 123e6, time.UTC); !d.Created.Time.Equal(want) || d.Created.Raw != "2025-12-31T23:30:00.123+02:00" {
		t.Errorf("created %+v", d.Created)
	}
	// The date as the registry wrote it, not the date in UTC (2028-01-01).
	if d.Expires.Date() != "2027-12-31" || d.Transferred.Raw != "" || !d.Transferred.Time.IsZero() {
		t.Errorf("expires %+v", d.Expires)
	}
	if strings.Contains(fmt.Sprintf("%+v", d), "keep-out") {
		t.Error("authInfo is kept")
	}
}

func TestOtherData(t *testing.T) {
	r := decode(t, okResult+`<resData><creData xmlns="urn:ietf:params:xml:ns:domain-1.0"><name>a.test</name><crDate>2026-01-01T00:00:00Z</crDate><exDate>2027-01-01</exDate></creData></resData>`)
	if d, err := r.DomainCreateData(); err != nil || d.Name != "a.test" || d.Expires.Date() != "2027-01-01" || d.Expires.Time.Year() != 2027 {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := r.DomainInfoData(); err == nil {
		t.Error("creData read as infData")
	}
	r = decode(t, okResult+`<resData><renData xmlns="urn:ietf:params:xml:ns:domain-1.0"><name>a.test</name><exDate>2028-01-01T10:00:00.0Z</exDate></renData></resData>`)
	if d, err := r.DomainRenewData(); err != nil || d.Expires.Raw != "2028-01-01T10:00:00.0Z" {
		t.Errorf("%+v, %v", d, err)
	}
	r = decode(t, okResult+`<resData><infData xmlns="urn:ietf:params:xml:ns:host-1.0"><name>ns.a.test</name><roid>H-1</roid><status s="linked"/><addr ip="v6">::1:2</addr><clID>me</clID><crDate>2026-01-01T00:00:00Z</crDate></infData></resData>`)
	if h, err := r.HostInfoData(); err != nil || h.Sponsor != "me" || len(h.Addresses) != 1 || h.Statuses[0].Value != "linked" {
		t.Errorf("%+v, %v", h, err)
	}
	r = decode(t, okResult+`<resData><creData xmlns="urn:ietf:params:xml:ns:host-1.0"><name>ns.a.test</name><crDate>x</crDate></creData></resData>`)
	if h, err := r.HostCreateData(); err != nil || h.Created.Raw != "x" || !h.Created.Time.IsZero() {
		t.Errorf("%+v, %v", h, err)
	}
	r = decode(t, okResult+`<resData><creData xmlns="urn:ietf:params:xml:ns:contact-1.0"><id>SRV-7</id><crDate>2026-01-01T00:00:00Z</crDate></creData></resData>`)
	if c, err := r.ContactCreateData(); err != nil || c.Name != "SRV-7" {
		t.Errorf("%+v, %v", c, err)
	}
	r = decode(t, okResult+`<resData><infData xmlns="urn:ietf:params:xml:ns:contact-1.0"><id>C-1</id><roid>R-1</roid><status s="ok"/>
		<postalInfo type="loc"><name>Ü</name><org>O</org><addr><street>1</street><street>2</street><city>K</city><sp>S</sp><pc>P</pc><cc>UA</cc></addr></postalInfo>
		<voice x="12">+380.44</voice><fax/><email>a@b.test</email><clID>me</clID></infData></resData>`)
	c, err := r.ContactInfoData()
	if err != nil || c.ID != "C-1" || c.Voice != "+380.44" || len(c.Postal) != 1 || c.HasAuthInfo || c.Sponsor != "me" {
		t.Fatalf("%+v, %v", c, err)
	}
	if p := c.Postal[0]; p.Type != "loc" || p.Name != "Ü" || len(p.Street) != 2 || p.City != "K" || p.Country != "UA" || p.State != "S" || p.PostalCode != "P" || p.Organization != "O" {
		t.Errorf("%+v", p)
	}
}

func TestPendingAndTransferData(t *testing.T) {
	r := decode(t, okResult+`<resData><panData xmlns="urn:ietf:params:xml:ns:domain-1.0"><name paResult="false">a.test</name>
		<paTRID><clTRID xmlns="urn:ietf:params:xml:ns:epp-1.0">A-1</clTRID><svTRID xmlns="urn:ietf:params:xml:ns:epp-1.0">S-1</svTRID></paTRID><paDate>2026-01-01T00:00:00Z</paDate></panData></resData>`)
	if p, err := r.DomainPendingData(); err != nil || p.Done || p.Name != "a.test" || p.ClTRID != "A-1" || p.SvTRID != "S-1" || p.Date.Time.IsZero() {
		t.Errorf("%+v, %v", p, err)
	}
	var missing *MissingError
	if _, err := r.HostPendingData(); !errors.As(err, &missing) {
		t.Errorf("host: %v", err)
	}
	r = decode(t, okResult+`<resData><panData xmlns="urn:ietf:params:xml:ns:contact-1.0"><id paResult="perhaps">c-1</id></panData></resData>`)
	if p, err := r.ContactPendingData(); !errors.As(err, &missing) {
		t.Errorf("an unreadable outcome counts: %+v, %v", p, err)
	}
	r = decode(t, okResult+`<resData><trnData xmlns="urn:ietf:params:xml:ns:domain-1.0"><name>a.test</name><trStatus>serverApproved</trStatus><reID>X</reID><reDate>2026-01-01T00:00:00Z</reDate><acID>Y</acID><acDate>2026-01-06T00:00:00Z</acDate><exDate>2028-01-01T00:00:00Z</exDate></trnData></resData>`)
	if d, err := r.DomainTransferData(); err != nil || !d.Status.Approved() || d.Gaining != "X" || d.Losing != "Y" || d.Acted.Date() != "2026-01-06" || d.Expires.Date() != "2028-01-01" {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := r.ContactTransferData(); !errors.As(err, &missing) {
		t.Errorf("contact: %v", err)
	}
}

// TestUnhandledDataIsFound: a server moves what a session did not ask for.
func TestUnhandledDataIsFound(t *testing.T) {
	r := decode(t, `<result code="1000"><msg>ok</msg><extValue><value><x:d xmlns:x="urn:x">1</x:d></value><reason>urn:x not in login services</reason></extValue></result>`)
	if el, err := r.Data("urn:x", "d"); err != nil || el.Value() != "1" {
		t.Errorf("%v, %v", el, err)
	}
	if r.Extension("urn:x", "d") == nil || r.Extension("urn:x", "e") != nil {
		t.Error("extension")
	}
}

func TestMixedText(t *testing.T) {
	r := decode(t, okResult+`<msgQ count="1" id="1"><msg>Credit &lt; 10 <b>USD<i>!</i></b> left<!-- no --></msg></msgQ>`)
	if r.MsgQ.Msg != "Credit < 10 USD ! left" {
		t.Errorf("%q", r.MsgQ.Msg)
	}
}

func TestContactExtras(t *testing.T) {
	r := decode(t, okResult+`<resData><infData xmlns="urn:ietf:params:xml:ns:contact-1.0"><id>c-1</id><voice x="12">+1.2</voice><fax>+1.3</fax>
		<disclose flag="0"><name type="int"/><name type="loc"/><addr type="loc"/><voice/><email/></disclose></infData></resData>`)
	c, err := r.ContactInfoData()
	if err != nil || c.VoiceExt != "12" || c.FaxExt != "" || fmt.Sprintf("%+v", c.Disclose) != "&{Flag:false Name:[int loc] Organization:[] Address:[loc] Voice:true Fax:false Email:true}" {
		t.Errorf("%+v %+v, %v", c, c.Disclose, err)
	}
}

func TestParseTime(t *testing.T) {
	instant := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	tests := []struct {
		raw  string
		want time.Time
		date string
	}{
		{"2026-03-04T05:06:07Z", instant, "2026-03-04"},
		{" 2026-03-04T05:06:07Z\n", instant, "2026-03-04"},
		{"2026-03-04T05:06:07.000Z", instant, "2026-03-04"},
		{"2026-03-04T05:06:07.5Z", instant.Add(500 * time.Millisecond), "2026-03-04"},
		{"2026-03-04T07:06:07+02:00", instant, "2026-03-04"},
		{"2026-03-04T07:06:07+0200", instant, "2026-03-04"},
		{"2026-03-03T23:06:07-06:00", instant, "2026-03-03"},
		{"2026-03-04T05:06:07", instant, "2026-03-04"},
		{"2026-03-04 05:06:07", instant, "2026-03-04"},
		{"2026-03-04", instant.Truncate(24 * time.Hour), "2026-03-04"},
		{"2026-03-04Z", instant.Truncate(24 * time.Hour), "2026-03-04"},
		{"2026-03-04+02:00", instant.Truncate(24 * time.Hour).Add(-2 * time.Hour), "2026-03-04"},
		{"", time.Time{}, ""},
		{"soon", time.Time{}, ""},
		{"2026-02-30T00:00:00Z", time.Time{}, ""},
	}
	for _, tt := range tests {
		got := ParseTime(tt.raw)
		if !got.Time.Equal(tt.want) || got.Date() != tt.date || got.Raw != strings.TrimSpace(tt.raw) {
			t.Errorf("ParseTime(%q) = %+v, date %q", tt.raw, got, got.Date())
		}
	}
}

const greetingFrame = `<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><greeting><svID>S</svID><svDate>2026-01-01T00:00:00Z</svDate>
<svcMenu><version>1.0</version><lang>uk</lang><lang>en-GB</lang><objURI>urn:a</objURI><objURI>urn:b</objURI>
<svcExtension><extURI>urn:x</extURI></svcExtension></svcMenu><dcp/></greeting></epp>`

func TestGreeting(t *testing.T) {
	g, err := DecodeGreeting([]byte(greetingFrame))
	if err != nil || g.ServerID != "S" || g.DCP == nil || g.ServerDate.Time.IsZero() {
		t.Fatalf("%+v, %v", g, err)
	}
	got := g.Select(Services{Objects: []string{"urn:c", "urn:b", "urn:b"}, Extensions: []string{"urn:y", "urn:x"}})
	if fmt.Sprint(got) != "{[urn:b] [urn:x] []}" {
		t.Errorf("services = %v", got)
	}
	for wanted, lang := range map[string]string{"uk": "uk", "EN-gb": "en-GB", "en": "en-GB", "fr": "uk"} {
		if got := g.Lang(wanted); got != lang {
			t.Errorf("Lang(%s) = %s", wanted, got)
		}
	}
	if got := (Greeting{}).Lang("en"); got != "en" {
		t.Errorf("no languages: %q", got)
	}
	var missing *MissingError
	for _, bad := range []string{`<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><greeting/></epp>`, `<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><response/></epp>`, `<greeting/>`} {
		if _, err := DecodeGreeting([]byte(bad)); !errors.As(err, &missing) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestSecretNeverPrints(t *testing.T) {
	s := Secret("swordfish")
	js, err := json.Marshal(struct{ P Secret }{s})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "pw", s, "cmd", fmt.Sprintf("%+v %#v", DomainInfo{AuthInfo: s}, DomainInfo{AuthInfo: s}))
	for _, out := range []string{fmt.Sprint(s), fmt.Sprintf("%s %v %q %#v %x", s, s, s, s, s), string(js), log.String()} {
		if strings.Contains(out, "swordfish") || strings.Contains(out, fmt.Sprintf("%x", "swordfish")) {
			t.Errorf("shows: %s", out)
		}
	}
	if s.Reveal() != "swordfish" {
		t.Error("Reveal")
	}
}

func TestDescriptions(t *testing.T) {
	if got := (DomainCheck{Names: []string{"a.test", "b.test"}}).Describe(); got.String() != "domain:check a.test,b.test" || !got.ReadOnly() {
		t.Errorf("%v", got)
	}
	for text, tt := range map[string]struct {
		cmd  Command
		read bool
	}{
		"poll req": {PollRequest{}, true}, "poll ack 7": {PollAck{MessageID: "7"}, false},
		"domain:transfer query a.test": {DomainTransfer{Op: TransferQuery, Name: "a.test", AuthInfo: "secret"}, true},
		"contact:transfer approve c-1": {ContactTransfer{Op: TransferApprove, ID: "c-1"}, false},
	} {
		if got := tt.cmd.Describe(); got.String() != text || got.ReadOnly() != tt.read {
			t.Errorf("%v, want %s", got, text)
		}
	}
	if got := (Logout{}).Describe(); got.String() != "logout" || got.ReadOnly() {
		t.Errorf("%v", got)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(wrap(okResult))
	f.Add(wrap(`<result code="2001"><msg/><extValue><value/><reason/></extValue></result><msgQ/><extension><a/></extension><trID/>`))
	f.Add(wrap(okResult + `<resData><d:infData xmlns:d="urn:ietf:params:xml:ns:domain-1.0"><d:ns><d:hostAttr/></d:ns><d:contact/></d:infData><d:chkData xmlns:d="urn:ietf:params:xml:ns:domain-1.0"><d:cd/></d:chkData></resData>`))
	for _, space := range []string{Standard.Domain, Standard.Host, Standard.Contact} {
		for _, kind := range []string{"infData", "creData", "renData", "chkData", "trnData", "panData"} {
			f.Add(wrap(okResult + "<resData><" + kind + ` xmlns="` + space + `"><name avail="1" paResult="1">a</name><id paResult="0">c</id><trStatus>pending</trStatus><disclose flag="1"><name/></disclose><exDate>2026-01-01</exDate><postalInfo><addr/></postalInfo></` + kind + "></resData>"))
		}
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		r, err := Codec{}.Decode(frame)
		if err != nil {
			var syntax *SyntaxError
			var missing *MissingError
			if r != nil || !errors.As(err, &syntax) && !errors.As(err, &missing) {
				t.Fatalf("%v, %v", r, err)
			}
			return
		}
		if len(r.Results) == 0 || (r.Err() == nil) != Success(r.Code()) && len(r.Results) == 1 {
			t.Fatalf("results %+v, err %v", r.Results, r.Err())
		}
		for _, el := range append(r.Unhandled(), r.ResData...) {
			el.Mixed()
			el.Walk(func(*Element) {})
		}
		decoders := []func() error{
			func() error { _, err := r.DomainTransferData(); return err }, func() error { _, err := r.ContactTransferData(); return err },
			func() error { _, err := r.DomainPendingData(); return err }, func() error { _, err := r.HostPendingData(); return err },
			func() error { _, err := r.ContactPendingData(); return err },
			func() error { _, err := r.DomainCheckData(); return err }, func() error { _, err := r.HostCheckData(); return err },
			func() error { _, err := r.ContactCheckData(); return err }, func() error { _, err := r.DomainCreateData(); return err },
			func() error { _, err := r.HostCreateData(); return err }, func() error { _, err := r.ContactCreateData(); return err },
			func() error { _, err := r.DomainRenewData(); return err }, func() error { _, err := r.HostInfoData(); return err },
			func() error { _, err := r.ContactInfoData(); return err },
			func() error { d, err := r.DomainInfoData(); d.Expires.Date(); return err },
		}
		for i, dec := range decoders {
			var missing *MissingError
			if err := dec(); err != nil && !errors.As(err, &missing) {
				t.Fatalf("decoder %d: %v", i, err)
			}
		}
	})
}

func FuzzGreeting(f *testing.F) {
	f.Add([]byte(greetingFrame))
	f.Add([]byte(`<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><greeting><svcMenu/></greeting></epp>`))
	f.Fuzz(func(t *testing.T, frame []byte) {
		g, err := DecodeGreeting(frame)
		if err != nil {
			return
		}
		for _, uri := range g.Select(Services{Objects: []string{"urn:a"}}).Objects {
			if uri != "urn:a" {
				t.Fatalf("selected %q", uri)
			}
		}
	})
}

func FuzzParseTime(f *testing.F) {
	f.Add("2026-03-04T05:06:07.5+02:00")
	f.Fuzz(func(t *testing.T, raw string) {
		got := ParseTime(raw)
		if d := got.Date(); !got.Time.IsZero() && (len(d) != 10 || !strings.HasPrefix(got.Raw, d)) {
			t.Fatalf("%q: date %q", raw, d)
		}
	})
}
