package ext_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/epptest"
	"github.com/indera/indera/eppclient/ext"
	"github.com/indera/indera/eppclient/ext/alloctoken"
	"github.com/indera/indera/eppclient/ext/changepoll"
	"github.com/indera/indera/eppclient/ext/idn"
	"github.com/indera/indera/eppclient/ext/launch"
	"github.com/indera/indera/eppclient/ext/loginsec"
	"github.com/indera/indera/eppclient/ext/maintenance"
	"github.com/indera/indera/eppclient/ext/org"
	"github.com/indera/indera/eppclient/ext/rgp"
	"github.com/indera/indera/eppclient/ext/secdns"
	"github.com/indera/indera/eppclient/ext/smd"
	"github.com/indera/indera/eppclient/ext/ttl"
	"github.com/indera/indera/eppclient/ext/verisign"
)

// response puts resData and extension into an answer.
func response(resData, extension string) []byte {
	s := `<?xml version="1.0" encoding="UTF-8"?><epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><response><result code="1000"><msg>ok</msg></result>`
	if resData != "" {
		s += "<resData>" + resData + "</resData>"
	}
	if extension != "" {
		s += "<extension>" + extension + "</extension>"
	}
	return []byte(s + "<trID><clTRID>CL-1</clTRID><svTRID>SV-1</svTRID></trID></response></epp>")
}

// answers are what servers send, in the form of the schemas; by name.
var answers = map[string][]byte{
	"secdns-ds": response("", `<s:infData xmlns:s="urn:ietf:params:xml:ns:secDNS-1.1"><s:maxSigLife>604800</s:maxSigLife>
		<s:dsData><s:keyTag>12345</s:keyTag><s:alg>3</s:alg><s:digestType>1</s:digestType><s:digest>49fd46e6c4b45c55d4ac</s:digest></s:dsData>
		<s:dsData><s:keyTag>2</s:keyTag><s:alg>13</s:alg><s:digestType>2</s:digestType><s:digest>AB</s:digest>
		<s:keyData><s:flags>257</s:flags><s:protocol>3</s:protocol><s:alg>13</s:alg><s:pubKey>AQPJ ////4Q==</s:pubKey></s:keyData></s:dsData></s:infData>`),
	"secdns-key": response("", `<infData xmlns="urn:ietf:params:xml:ns:secDNS-1.1"><keyData><flags>256</flags><protocol>3</protocol><alg>8</alg><pubKey>AQPJ////4Q==</pubKey></keyData></infData>`),
	"rgp-info":   response("", `<rgp:infData xmlns:rgp="urn:ietf:params:xml:ns:rgp-1.0"><rgp:rgpStatus s="addPeriod">endDate=2027</rgp:rgpStatus><rgp:rgpStatus s="renewPeriod"/></rgp:infData>`),
	"rgp-update": response("", `<rgp:upData xmlns:rgp="urn:ietf:params:xml:ns:rgp-1.0"><rgp:rgpStatus s="pendingRestore"/></rgp:upData>`),
	"loginsec": response("", `<l:loginSecData xmlns:l="urn:ietf:params:xml:ns:epp:loginSec-1.0"><l:event type="password" level="warning" exDate="2027-04-01T22:00:00.0Z" lang="en">Password expiration soon</l:event>
		<l:event type="stat" name="failedLogins" level="error" value="100" duration="P1D">Excessive invalid daily logins</l:event></l:loginSecData>`),
	"token":  response("", `<a:allocationToken xmlns:a="urn:ietf:params:xml:ns:allocationToken-1.0"> abc123 </a:allocationToken>`),
	"idn":    response("", `<idn:data xmlns:idn="urn:ietf:params:xml:ns:idn-1.0"><idn:table>uk</idn:table><idn:uname>приклад.test</idn:uname></idn:data>`),
	"ttl":    response("", `<t:infData xmlns:t="urn:ietf:params:xml:ns:epp:ttl-1.0"><t:ttl for="NS" min="3600" default="86400" max="172800">86400</t:ttl><t:ttl for="DS"/></t:infData>`),
	"orgext": response("", `<o:infData xmlns:o="urn:ietf:params:xml:ns:epp:orgext-1.0"><o:id role="reseller">myreseller</o:id></o:infData>`),
	"change": response("", `<c:changeData xmlns:c="urn:ietf:params:xml:ns:changePoll-1.0" state="before"><c:operation op="purge">delete</c:operation><c:date>2026-10-22T14:25:57.0Z</c:date>
		<c:svTRID>12345-XYZ</c:svTRID><c:who>URS Admin</c:who><c:caseId type="custom" name="court">urs123</c:caseId><c:reason lang="en">URS Lock</c:reason></c:changeData>`),
	"claims": response("", `<launch:chkData xmlns:launch="urn:ietf:params:xml:ns:launch-1.0"><launch:phase name="landrush">claims</launch:phase>
		<launch:cd><launch:name exists="0">one.test</launch:name></launch:cd>
		<launch:cd><launch:name exists="true">Two.test</launch:name><launch:claimKey>2013041500/2/6/9/rJ1N</launch:claimKey><launch:claimKey validatorID="other">k</launch:claimKey></launch:cd></launch:chkData>`),
	"application": response("", `<launch:creData xmlns:launch="urn:ietf:params:xml:ns:launch-1.0"><launch:phase>sunrise</launch:phase><launch:applicationID>2393-9323</launch:applicationID></launch:creData>`),
	"application-info": response("", `<launch:infData xmlns:launch="urn:ietf:params:xml:ns:launch-1.0"><launch:phase>sunrise</launch:phase><launch:applicationID>abc123</launch:applicationID>
		<launch:status s="custom" name="review" lang="en">in review</launch:status><m:mark xmlns:m="urn:ietf:params:xml:ns:mark-1.0"/></launch:infData>`),
	"maintenance-list": response(`<m:infData xmlns:m="urn:ietf:params:xml:ns:epp:maintenance-1.0"><m:list><m:listItem><m:id name="first">a-1</m:id><m:start>2026-12-30T06:00:00Z</m:start><m:end>2026-12-30T14:25:57Z</m:end><m:crDate>2026-10-08T22:10:00Z</m:crDate></m:listItem>
		<m:listItem><m:id>a-2</m:id><m:start>2026-12-30T06:00:00Z</m:start><m:end>2026-12-30T14:25:57Z</m:end><m:crDate>2026-10-08T22:10:00Z</m:crDate><m:upDate>2026-10-09T22:10:00Z</m:upDate></m:listItem></m:list></m:infData>`, ""),
	"maintenance-empty": response(`<m:infData xmlns:m="urn:ietf:params:xml:ns:epp:maintenance-1.0"><m:list/></m:infData>`, ""),
	"maintenance-item": response(`<m:infData xmlns:m="urn:ietf:params:xml:ns:epp:maintenance-1.0"><m:item><m:id>a-1</m:id><m:type lang="en">Routine Maintenance</m:type><m:pollType>create</m:pollType>
		<m:systems><m:system><m:name>EPP</m:name><m:host>epp.registry.example</m:host><m:impact>full</m:impact></m:system><m:system><m:name>DNS</m:name><m:impact>none</m:impact></m:system></m:systems>
		<m:environment type="custom" name="lab"/><m:start>2026-12-30T06:00:00Z</m:start><m:end>2026-12-30T14:25:57Z</m:end><m:reason>planned</m:reason><m:detail>https://registry.example/notice?123</m:detail>
		<m:description lang="en">free text</m:description><m:description type="html">&lt;b&gt;text&lt;/b&gt;</m:description><m:tlds><m:tld>example</m:tld><m:tld>test</m:tld></m:tlds>
		<m:intervention><m:connection>false</m:connection><m:implementation>1</m:implementation></m:intervention><m:crDate>2026-11-08T22:10:00Z</m:crDate></m:item></m:infData>`, ""),
	"org-check":  response(`<o:chkData xmlns:o="urn:ietf:params:xml:ns:epp:org-1.0"><o:cd><o:id avail="1">res1523</o:id></o:cd><o:cd><o:id avail="0">re1523</o:id><o:reason lang="en">In use</o:reason></o:cd></o:chkData>`, ""),
	"org-create": response(`<o:creData xmlns:o="urn:ietf:params:xml:ns:epp:org-1.0"><o:id>res1523</o:id><o:crDate>2026-04-03T22:00:00.0Z</o:crDate></o:creData>`, ""),
	"org-info": response(`<o:infData xmlns:o="urn:ietf:params:xml:ns:epp:org-1.0"><o:id>res1523</o:id><o:roid>res1523-REP</o:roid><o:role><o:type>reseller</o:type><o:status>ok</o:status><o:status>linked</o:status><o:roleID>1523</o:roleID></o:role>
		<o:status>ok</o:status><o:parentId>1523res</o:parentId><o:postalInfo type="int"><o:name>Example Organization Inc.</o:name><o:addr><o:street>123 Example Dr.</o:street><o:city>Dulles</o:city><o:sp>VA</o:sp><o:pc>20166-6503</o:pc><o:cc>US</o:cc></o:addr></o:postalInfo>
		<o:voice x="1234">+1.7035555555</o:voice><o:email>c@o.example</o:email><o:url>https://o.example</o:url><o:contact type="admin">sh8013</o:contact><o:clID>ClientY</o:clID><o:crID>ClientX</o:crID><o:crDate>2018-04-03T22:00:00.0Z</o:crDate></o:infData>`, ""),
	"org-pending": response(`<o:panData xmlns:o="urn:ietf:params:xml:ns:epp:org-1.0"><o:id paResult="1">res1523</o:id><o:paTRID><clTRID>ABC-12345</clTRID><svTRID>54321-XYZ</svTRID></o:paTRID><o:paDate>2026-04-04T22:00:00.0Z</o:paDate></o:panData>`, ""),
	"verisign": response("", `<n:namestoreExt xmlns:n="http://www.verisign-grs.com/epp/namestoreExt-1.1"><n:subProduct>dotCOM</n:subProduct></n:namestoreExt><i:tag xmlns:i="http://www.verisign.com/epp/idnLang-1.0">GER</i:tag>
		<w:whoisInfData xmlns:w="http://www.verisign.com/epp/whoisInf-1.0"><w:registrar>Example &amp; Co</w:registrar><w:whoisServer>whois.example.com</w:whoisServer><w:url>http://www.example.com</w:url></w:whoisInfData>
		<c:infData xmlns:c="urn:ietf:params:xml:ns:coa-1.0"><c:attr><c:key>KEY1</c:key><c:value>value1</c:value></c:attr></c:infData>`),
	"verisign-error":            response("", `<n:nsExtErrData xmlns:n="http://www.verisign-grs.com/epp/namestoreExt-1.1"><n:msg code="1">Specified sub-product does not exist</n:msg></n:nsExtErrData>`),
	"verisign-premium":          response("", `<p:chkData xmlns:p="http://www.verisign.com/epp/premiumdomain-1.0"><p:cd><p:name premium="1">gold.tv</p:name><p:price unit="USD">125.00</p:price><p:renewalPrice unit="USD">75.00</p:renewalPrice></p:cd><p:cd><p:name premium="false">b.tv</p:name></p:cd></p:chkData>`),
	"verisign-balance":          response(`<b:infData xmlns:b="http://www.verisign.com/epp/balance-1.0"><b:creditLimit>1000.00</b:creditLimit><b:balance>200.00</b:balance><b:availableCredit>800.00</b:availableCredit><b:creditThreshold><b:percent>50</b:percent></b:creditThreshold></b:infData>`, ""),
	"verisign-related":          response("", `<r:infData xmlns:r="http://www.verisign.com/epp/relatedDomain-1.0"><r:group type="variant"><r:fields inSync="0"><r:field name="clID" inSync="true"/><r:field name="ns" inSync="0"/></r:fields><r:registered><r:name>a.test</r:name></r:registered><r:available><r:name>b.test</r:name><r:name>c.test</r:name></r:available></r:group></r:infData>`),
	"verisign-related-transfer": response("", `<r:trnData xmlns:r="http://www.verisign.com/epp/relatedDomain-1.0"><r:domain><r:name>b.test</r:name><r:trStatus>pending</r:trStatus><r:reID>ClientX</r:reID><r:reDate>2026-06-08T22:00:00.0Z</r:reDate><r:acID>ClientY</r:acID><r:acDate>2026-06-13T22:00:00.0Z</r:acDate></r:domain></r:trnData>`),
	"verisign-related-delete":   response("", `<r:delData xmlns:r="http://www.verisign.com/epp/relatedDomain-1.0"><r:domain><r:name>b.test</r:name><r:result>pendingDelete</r:result></r:domain></r:delData>`),
}

func TestAnswersAreValid(t *testing.T) { epptest.Valid(t, answers) }

func decode(t testing.TB, name string) *epp.Response {
	t.Helper()
	r, err := epp.Codec{}.Decode(answers[name])
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// same compares by the printed form, which shows every field.
func same(t *testing.T, what string, got any, want string) {
	t.Helper()
	if s := fmt.Sprintf("%+v", got); s != want {
		t.Errorf("%s\n got %s\nwant %s", what, s, want)
	}
}

func TestSecDNSInfo(t *testing.T) {
	data, skipped, ok := secdns.Info(decode(t, "secdns-ds"))
	if !ok || skipped != 0 || data.MaxSigLife != 604800 || len(data.DS) != 2 || len(data.Keys) != 0 {
		t.Fatalf("%+v %d %v", data, skipped, ok)
	}
	if data.DS[0].Digest != "49FD46E6C4B45C55D4AC" || data.DS[1].KeyTag != 2 || data.DS[1].Key == nil || data.DS[1].Key.PublicKey != "AQPJ////4Q==" {
		t.Errorf("%+v", data.DS)
	}
	data, _, ok = secdns.Info(decode(t, "secdns-key"))
	same(t, "keys", data.Keys, "[{Flags:256 Protocol:3 Algorithm:8 PublicKey:AQPJ////4Q==}]")
	if !ok || data.Empty() || len(data.DS) != 0 {
		t.Errorf("%+v %v", data, ok)
	}
	if _, _, ok := secdns.Info(decode(t, "token")); ok {
		t.Error("DNSSEC without data")
	}
	r, err := epp.Codec{}.Decode(response("", `<infData xmlns="urn:ietf:params:xml:ns:secDNS-1.1"><dsData><keyTag>70000</keyTag><alg>1</alg><digestType>1</digestType><digest>AB</digest></dsData><dsData/><keyData><flags>1</flags></keyData></infData>`))
	if err != nil {
		t.Fatal(err)
	}
	if data, skipped, ok := secdns.Info(r); !ok || skipped != 3 || !data.Empty() {
		t.Errorf("unreadable: %+v %d %v", data, skipped, ok)
	}
}

func TestSecDNSDifference(t *testing.T) {
	a := secdns.DS{KeyTag: 1, Algorithm: 13, DigestType: 2, Digest: "AB"}
	b := secdns.DS{KeyTag: 2, Algorithm: 13, DigestType: 2, Digest: "CD"}
	lower := a
	lower.Digest = "ab"
	k := secdns.Key{Flags: 257, Protocol: 3, Algorithm: 13, PublicKey: "AA=="}
	list := func(ds ...secdns.DS) secdns.Data { return secdns.Data{DS: ds} }
	for name, tt := range map[string]struct {
		have, want secdns.Data
		update     string
	}{
		"nothing":      {list(a), list(lower), "{Urgent:false RemoveAll:false Remove:{MaxSigLife:0 DS:[] Keys:[]} Add:{MaxSigLife:0 DS:[] Keys:[]} MaxSigLife:0}"},
		"rollover":     {list(a), list(b), "{Urgent:false RemoveAll:false Remove:{MaxSigLife:0 DS:[{KeyTag:1 Algorithm:13 DigestType:2 Digest:AB Key:<nil>}] Keys:[]} Add:{MaxSigLife:0 DS:[{KeyTag:2 Algorithm:13 DigestType:2 Digest:CD Key:<nil>}] Keys:[]} MaxSigLife:0}"},
		"switch":       {list(a), secdns.Data{Keys: []secdns.Key{k}}, "{Urgent:false RemoveAll:true Remove:{MaxSigLife:0 DS:[] Keys:[]} Add:{MaxSigLife:0 DS:[] Keys:[{Flags:257 Protocol:3 Algorithm:13 PublicKey:AA==}]} MaxSigLife:0}"},
		"off":          {list(a), secdns.Data{}, "{Urgent:false RemoveAll:false Remove:{MaxSigLife:0 DS:[{KeyTag:1 Algorithm:13 DigestType:2 Digest:AB Key:<nil>}] Keys:[]} Add:{MaxSigLife:0 DS:[] Keys:[]} MaxSigLife:0}"},
		"lifetime too": {secdns.Data{MaxSigLife: 5, DS: []secdns.DS{a}}, secdns.Data{MaxSigLife: 6, DS: []secdns.DS{a}}, "{Urgent:false RemoveAll:false Remove:{MaxSigLife:0 DS:[] Keys:[]} Add:{MaxSigLife:0 DS:[] Keys:[]} MaxSigLife:6}"},
	} {
		same(t, name, secdns.Difference(tt.have, tt.want), tt.update)
	}
	if !secdns.Difference(list(a), list(a)).Empty() {
		t.Error("an update that changes nothing is not empty")
	}
}

func TestSmallExtensions(t *testing.T) {
	same(t, "rgp info", rgp.Info(decode(t, "rgp-info")), "[addPeriod renewPeriod]")
	same(t, "rgp update", rgp.UpdateData(decode(t, "rgp-update")), "[pendingRestore]")
	events := loginsec.Events(decode(t, "loginsec"))
	if len(events) != 2 || events[0].Expires.Time.Year() != 2027 || events[0].Severe() || !events[1].Severe() || events[1].Value != "100" || events[1].Duration != "P1D" || events[1].Name != "failedLogins" {
		t.Errorf("%+v", events)
	}
	if token := alloctoken.Info(decode(t, "token")); token.Reveal() != "abc123" || strings.Contains(fmt.Sprint(token), "abc123") {
		t.Errorf("token %v", token)
	}
	data, ok := idn.Info(decode(t, "idn"))
	same(t, "idn", data, "{Table:uk UName:приклад.test}")
	values := ttl.Info(decode(t, "ttl"))
	if !ok || len(values) != 2 || *values[0].Seconds != 86400 || *values[0].Min != 3600 || *values[0].Max != 172800 || values[1].Seconds != nil {
		t.Errorf("%+v", values)
	}
	same(t, "orgext", org.Links(decode(t, "orgext")), "[{Role:reseller ID:myreseller}]")
	change, ok := changepoll.Info(decode(t, "change"))
	if !ok || change.State != changepoll.Before || change.Operation != "delete" || change.Op != "purge" || change.Who != "URS Admin" || change.Case == nil || *change.Case != (changepoll.Case{ID: "urs123", Type: "custom", Name: "court"}) || change.Reason != "URS Lock" || change.SvTRID != "12345-XYZ" {
		t.Errorf("%+v", change)
	}
}

func TestLaunchData(t *testing.T) {
	data, err := launch.CheckData(decode(t, "claims"))
	if err != nil || data.Phase != (launch.Phase{Name: launch.Claims, Sub: "landrush"}) {
		t.Fatalf("%+v, %v", data, err)
	}
	if c, ok := data.For("one.test"); !ok || c.Exists {
		t.Errorf("%+v", c)
	}
	two, ok := data.For("TWO.test.")
	same(t, "claims", two, "{Name:Two.test Exists:true Keys:[{Key:2013041500/2/6/9/rJ1N Validator:tmch} {Key:k Validator:other}]}")
	if _, unasked := data.For("three.test"); !ok || unasked {
		t.Error("a name that was not answered counts")
	}
	var missing *epp.MissingError
	if _, err := launch.CheckData(decode(t, "token")); !errors.As(err, &missing) {
		t.Errorf("no claims data: %v", err)
	}
	p, id, ok := launch.CreateData(decode(t, "application"))
	if !ok || id != "2393-9323" || p.Name != launch.Sunrise {
		t.Errorf("%+v %s", p, id)
	}
	app, ok := launch.InfData(decode(t, "application-info"))
	if !ok || app.Status != launch.CustomStatus || app.StatusName != "review" || app.StatusText != "in review" || app.ApplicationID != "abc123" || app.Status.Final() || !launch.Allocated.Final() {
		t.Errorf("%+v", app)
	}
}

func TestSMD(t *testing.T) {
	file, err := os.ReadFile("testdata/mark.smd")
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := smd.ReadFile(append([]byte("\xef\xbb\xbf"), file...))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := encoded.XML()
	if err != nil {
		t.Fatal(err)
	}
	s, err := smd.Inspect(doc)
	if err != nil || s.ID != "000000541669081834556-65535" || len(s.Labels) != 10 || !s.Covers(strings.ToUpper(s.Labels[3])) || s.Covers("other") || len(s.Marks) != 1 || s.NotAfter.Time.IsZero() {
		t.Errorf("%+v, %v", s, err)
	}
	for name, bad := range map[string]string{
		"no base64": "-----BEGIN ENCODED SMD-----\n<x>\n-----END ENCODED SMD-----", "no end": "-----BEGIN ENCODED SMD-----\nAAAA", "empty": "",
		"two": string(file) + string(file), "large": strings.Repeat("A", smd.MaxSize+4),
	} {
		if _, err := smd.ReadFile([]byte(bad)); !errors.Is(err, smd.ErrFile) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, bad := range []string{"", "<a/>", `<!DOCTYPE x><signedMark xmlns="urn:ietf:params:xml:ns:signedMark-1.0"/>`} {
		if _, err := smd.Inspect([]byte(bad)); !errors.Is(err, smd.ErrFile) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestMaintenanceAndOrg(t *testing.T) {
	items, err := maintenance.Data(decode(t, "maintenance-list"))
	if err != nil || len(items) != 2 || items[0].ID != "a-1" || items[0].Name != "first" || items[1].Updated.Time.IsZero() {
		t.Errorf("%+v, %v", items, err)
	}
	if items, err = maintenance.Data(decode(t, "maintenance-empty")); err != nil || len(items) != 0 {
		t.Errorf("%+v, %v", items, err)
	}
	items, err = maintenance.Data(decode(t, "maintenance-item"))
	if err != nil || len(items) != 1 {
		t.Fatal(err)
	}
	m := items[0]
	same(t, "systems", m.Systems, "[{Name:EPP Host:epp.registry.example Impact:full} {Name:DNS Host: Impact:none}]")
	same(t, "texts", m.Descriptions, "[{Lang:en Type:plain Text:free text} {Lang: Type:html Text:<b>text</b>}]")
	if m.Environment != "custom" || m.EnvironmentName != "lab" || m.Connection || !m.Implementation || !slices.Equal(m.TLDs, []string{"example", "test"}) || m.PollType != "create" || m.Reason != "planned" || m.Start.Time.IsZero() {
		t.Errorf("%+v", m)
	}
	checked, err := org.CheckData(decode(t, "org-check"))
	if item, ok := checked.For("re1523"); err != nil || !ok || item.Available || item.Reason != "In use" {
		t.Errorf("%+v, %v", checked, err)
	}
	if c, err := org.CreateData(decode(t, "org-create")); err != nil || c.Name != "res1523" {
		t.Errorf("%+v, %v", c, err)
	}
	o, err := org.InfData(decode(t, "org-info"))
	if err != nil || o.Parent != "1523res" || len(o.Roles) != 1 || len(o.Roles[0].Statuses) != 2 || o.Voice.Extension != "1234" || o.Postal[0].Address.City != "Dulles" || o.Contacts[0].ID != "sh8013" || o.Sponsor != "ClientY" {
		t.Errorf("%+v, %v", o, err)
	}
	if p, err := org.PendingData(decode(t, "org-pending")); err != nil || !p.Done || p.SvTRID != "54321-XYZ" || p.Name != "res1523" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestVerisign(t *testing.T) {
	r := decode(t, "verisign")
	if verisign.SubProduct(r) != "dotCOM" || verisign.IDNLangInfo(r) != "GER" || verisign.NamestoreError(r) != "" {
		t.Error("sub-product or tag")
	}
	w, ok := verisign.WhoisInfo(r)
	same(t, "whois", w, "{Registrar:Example & Co WhoisServer:whois.example.com URL:http://www.example.com IRISServer:}")
	same(t, "coa", verisign.COAInfo(r), "[{Key:KEY1 Value:value1}]")
	if _, none := verisign.WhoisInfo(decode(t, "token")); !ok || none {
		t.Error("whois data")
	}
	if got := verisign.NamestoreError(decode(t, "verisign-error")); got != "Specified sub-product does not exist" {
		t.Error(got)
	}
	same(t, "premium", verisign.PremiumData(decode(t, "verisign-premium")), "[{Name:gold.tv Premium:true Currency:USD Price:125.00 Renewal:75.00} {Name:b.tv Premium:false Currency: Price: Renewal:}]")
	b, err := verisign.BalanceData(decode(t, "verisign-balance"))
	same(t, "balance", b, "{CreditLimit:1000.00 Balance:200.00 Available:800.00 Threshold:{Fixed: Percent:50}}")
	if err != nil {
		t.Error(err)
	}
	same(t, "related", verisign.RelatedInfoData(decode(t, "verisign-related")), "[{Type:variant InSync:false Fields:map[clID:true ns:false] Registered:[a.test] Available:[b.test c.test]}]")
	if res := verisign.RelatedResults(decode(t, "verisign-related-transfer")); len(res) != 1 || res[0].Transfer.Status != epp.TransferPending || res[0].Transfer.Gaining != "ClientX" {
		t.Errorf("%+v", res)
	}
	if res := verisign.RelatedResults(decode(t, "verisign-related-delete")); len(res) != 1 || res[0].Deleted != "pendingDelete" {
		t.Errorf("%+v", res)
	}
}

// TestTable: each namespace once, with all that the documentation needs.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range ext.All() {
		if m.URI == "" || m.Prefix == "" || m.Reference == "" || m.Adds == "" || seen[m.URI] {
			t.Errorf("%+v", m)
		}
		seen[m.URI] = true
	}
	s := ext.Services()
	if len(s.OneOf) != 1 || len(s.OneOf[0]) != 11 || !strings.HasSuffix(s.OneOf[0][0], "epp:fee-1.0") {
		t.Errorf("versions of one extension: %v", s.OneOf)
	}
	g := epp.Greeting{Objects: []string{epp.Standard.Domain, "urn:own"}, Extensions: []string{"urn:ietf:params:xml:ns:fee-0.7", "urn:ietf:params:xml:ns:fee-0.23", "urn:ietf:params:xml:ns:fee-0.5", secdns.Namespace}}
	same(t, "chosen", g.Select(s), "{Objects:[urn:ietf:params:xml:ns:domain-1.0] Extensions:[urn:ietf:params:xml:ns:secDNS-1.1 urn:ietf:params:xml:ns:fee-0.23] OneOf:[]}")
	same(t, "unknown", ext.Unknown(g), "[urn:own]")
	if without := epp.ServicesOf(ext.Without(ext.All(), secdns.Namespace)); without.Has(secdns.Namespace) || !without.Has(rgp.Namespace) {
		t.Errorf("%v", without)
	}
}
