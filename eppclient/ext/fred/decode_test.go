package fred

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/epptest"
)

// answer is a response with data in resData.
func answer(data string) []byte {
	return []byte(epptest.Response(1000, "CL-1", "<resData>"+data+"</resData>"))
}

const history = `<x:clID>REG-OURS</x:clID><x:crID>REG-OURS</x:crID><x:crDate>2026-01-02T03:04:05+01:00</x:crDate>` +
	`<x:upID>REG-OURS</x:upID><x:upDate>2026-02-02T03:04:05+01:00</x:upDate>`

func in(namespace, local, body string) string {
	return `<x:` + local + ` xmlns:x="` + namespace + `">` + body + `</x:` + local + `>`
}

// answers holds one answer of each kind, by the schemas; the prefix is not FRED's.
var answers = map[string]string{
	"contact": in(ContactNamespace, "infData", `<x:id>CID-1</x:id><x:roid>C0000000001-CZ</x:roid><x:status s="linked">Has relation</x:status><x:status s="validatedContact"/>`+
		`<x:postalInfo><x:name>Jan Novák</x:name><x:org>Firma</x:org><x:addr><x:street>Milešovská 5</x:street><x:city>Praha</x:city><x:sp>Praha</x:sp><x:pc>130 00</x:pc><x:cc>CZ</x:cc></x:addr></x:postalInfo>`+
		`<x:voice>+420.222745111</x:voice><x:fax>+420.2</x:fax><x:email>jan@example.cz</x:email>`+history+`<x:authInfo>secret</x:authInfo>`+
		`<x:disclose flag="0"><x:addr/><x:vat/></x:disclose><x:vat>CZ1</x:vat><x:ident type="ico">12345678</x:ident><x:notifyEmail>n@example.cz</x:notifyEmail>`),
	"domain": in(DomainNamespace, "infData", `<x:name>shop.cz</x:name><x:roid>D1-CZ</x:roid><x:status s="ok">Object is without restrictions</x:status>`+
		`<x:registrant>CID-1</x:registrant><x:admin>CID-2</x:admin><x:admin>CID-3</x:admin><x:nsset>NSS-1</x:nsset><x:keyset>KEY-1</x:keyset>`+history+
		`<x:exDate>2027-01-02</x:exDate><x:tempcontact>CID-9</x:tempcontact>`),
	"nsset": in(NssetNamespace, "infData", `<x:id>NSS-1</x:id><x:roid>N1-CZ</x:roid><x:status s="linked">Has relation</x:status>`+history+
		`<x:ns><x:name>ns1.shop.cz</x:name><x:addr>192.0.2.1</x:addr><x:addr>2001:db8::1</x:addr></x:ns><x:ns><x:name>ns2.example.net</x:name></x:ns><x:tech>CID-1</x:tech><x:reportlevel>4</x:reportlevel>`),
	"keyset": in(KeysetNamespace, "infData", `<x:id>KEY-1</x:id><x:roid>K1-CZ</x:roid><x:status s="ok"/>`+history+
		`<x:dnskey><x:flags>257</x:flags><x:protocol>3</x:protocol><x:alg>13</x:alg><x:pubKey>`+pubKey+`</x:pubKey></x:dnskey><x:tech>CID-1</x:tech>`),
	"credit": in(Namespace, "resCreditInfo", `<x:zoneCredit><x:zone>cz</x:zone><x:credit>1234.50</x:credit></x:zoneCredit><x:zoneCredit><x:zone>0.2.4.e164.arpa</x:zone><x:credit>-1.00</x:credit></x:zoneCredit>`),
	"count":  in(Namespace, "infoResponse", `<x:count>3</x:count>`),
	"items":  in(Namespace, "resultsList", `<x:item>a.cz</x:item><x:item>b.cz</x:item>`),
	"check":  in(DomainNamespace, "chkData", `<x:cd><x:name avail="1">a.cz</x:name></x:cd><x:cd><x:name avail="false">b.cz</x:name><x:reason>already registered.</x:reason></x:cd>`),
	"create": in(NssetNamespace, "creData", `<x:id>NSS-1</x:id><x:crDate>2026-01-02T03:04:05+01:00</x:crDate>`),

	"moved":         in(DomainNamespace, "trnData", `<x:name>shop.cz</x:name><x:trDate>2026-03-01T10:00:00+01:00</x:trDate><x:clID>REG-OTHER</x:clID>`),
	"moved contact": in(ContactNamespace, "trnData", `<x:id>CID-1</x:id><x:trDate>2026-03-01T10:00:00+01:00</x:trDate><x:clID>REG-OTHER</x:clID>`),
	"soon":          in(DomainNamespace, "impendingExpData", `<x:name>shop.cz</x:name><x:exDate>2027-01-02</x:exDate>`),
	"expired":       in(DomainNamespace, "expData", `<x:name>shop.cz</x:name><x:exDate>2027-01-02</x:exDate>`),
	"outzone":       in(DomainNamespace, "dnsOutageData", `<x:name>shop.cz</x:name><x:exDate>2027-01-02</x:exDate>`),
	"deleted":       in(DomainNamespace, "delData", `<x:name>shop.cz</x:name><x:exDate>2027-01-02</x:exDate>`),
	"idle":          in(KeysetNamespace, "idleDelData", `<x:id>KEY-1</x:id>`),
	"low":           in(Namespace, "lowCreditData", `<x:zone>cz</x:zone><x:limit><x:zone>cz</x:zone><x:credit>5000.00</x:credit></x:limit><x:credit><x:zone>cz</x:zone><x:credit>4999.00</x:credit></x:credit>`),
	"requests": in(Namespace, "requestFeeInfoData", `<x:periodFrom>2026-01-01T00:00:00+01:00</x:periodFrom><x:periodTo>2026-01-31T23:59:59+01:00</x:periodTo>`+
		`<x:totalFreeCount>25000</x:totalFreeCount><x:usedCount>243</x:usedCount><x:price>1.50</x:price>`),
	"test": in(NssetNamespace, "testData", `<x:cltestid>CL-9</x:cltestid><x:id>NSS-1</x:id><x:name>shop.cz</x:name><x:result><x:testname>glue_ok</x:testname><x:status>true</x:status></x:result>`+
		`<x:result><x:testname>existence</x:testname><x:status>0</x:status><x:note>ns1.shop.cz</x:note></x:result>`),
	"enum soon": in(EnumvalNamespace, "impendingValExpData", `<x:name>1.2.0.2.4.e164.arpa</x:name><x:valExDate>2027-05-01</x:valExDate>`),
	"enum over": in(EnumvalNamespace, "valExpData", `<x:name>1.2.0.2.4.e164.arpa</x:name><x:valExDate>2027-05-01</x:valExDate>`),
}

func init() {
	data := strings.TrimSuffix(strings.TrimPrefix(answers["nsset"], `<x:infData xmlns:x="`+NssetNamespace+`">`), "</x:infData>")
	answers["changed"] = in(NssetNamespace, "updateData", `<x:opTRID>ReqID-1</x:opTRID><x:oldData>`+data+`</x:oldData><x:newData>`+data+`</x:newData>`)
}

// TestAnswersAreValid: the answers above are such as FRED gives.
func TestAnswersAreValid(t *testing.T) {
	frames := map[string][]byte{}
	for name, data := range answers {
		frames[name] = answer(data)
	}
	epptest.ValidFRED(t, frames)
}

func decode(t *testing.T, name string) *epp.Response {
	t.Helper()
	r, err := epp.Codec{Objects: Objects}.Decode(answer(answers[name]))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func equal(t *testing.T, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestInfos(t *testing.T) {
	contact, err := ContactInfo(decode(t, "contact"))
	if err != nil || !contact.HasAuthInfo || !contact.Has("linked") || contact.Has("ok") || contact.Sponsor != "REG-OURS" || contact.Updated.Time.IsZero() {
		t.Errorf("%+v, %v", contact, err)
	}
	contact.Record = Record{}
	equal(t, contact, ContactInfoData{
		Postal: epp.PostalInfo{Name: "Jan Novák", Organization: "Firma", Street: []string{"Milešovská 5"}, City: "Praha", State: "Praha", PostalCode: "130 00", Country: "CZ"},
		Voice:  "+420.222745111", Fax: "+420.2", Email: "jan@example.cz", VAT: "CZ1", Ident: &Ident{Type: "ico", Value: "12345678"},
		Disclose: &Disclose{Items: []string{"addr", "vat"}}, NotifyEmail: "n@example.cz",
	})
	domain, err := DomainInfo(decode(t, "domain"))
	if err != nil || domain.ID != "shop.cz" || domain.Expires.Date() != "2027-01-02" || domain.HasAuthInfo {
		t.Errorf("%+v, %v", domain, err)
	}
	equal(t, []any{domain.Registrant, domain.Admins, domain.Nsset, domain.Keyset, domain.Temporary},
		[]any{"CID-1", []string{"CID-2", "CID-3"}, "NSS-1", "KEY-1", []string{"CID-9"}})
	nsset, err := NssetInfo(decode(t, "nsset"))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, []any{nsset.Servers, nsset.Techs, nsset.ReportLevel}, []any{servers2, []string{"CID-1"}, 4})
	keyset, err := KeysetInfo(decode(t, "keyset"))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, []any{keyset.Keys, keyset.Techs, keyset.Unreadable}, []any{[]Key{key}, []string{"CID-1"}, 0})
}

// TestOddKeys: entries nobody can read are counted, not dropped in silence.
func TestOddKeys(t *testing.T) {
	for _, bad := range []string{"<x:flags>70000</x:flags><x:protocol>3</x:protocol><x:alg>13</x:alg><x:pubKey>AQ==</x:pubKey>",
		"<x:flags>257</x:flags><x:protocol>3</x:protocol><x:alg>13</x:alg><x:pubKey>?</x:pubKey>", ""} {
		frame := answer(in(KeysetNamespace, "infData", "<x:id>K</x:id><x:dnskey>"+bad+"</x:dnskey>"))
		r, err := epp.Codec{}.Decode(frame)
		if err != nil {
			t.Fatal(err)
		}
		if data, err := KeysetInfo(r); err != nil || data.Unreadable != 1 || len(data.Keys) != 0 {
			t.Errorf("%+v, %v", data, err)
		}
	}
}

func TestOtherAnswers(t *testing.T) {
	credit, err := Credit(decode(t, "credit"))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, credit, []ZoneCredit{{"cz", "1234.50"}, {"0.2.4.e164.arpa", "-1.00"}})
	if n, err := ListCount(decode(t, "count")); n != 3 || err != nil {
		t.Error(n, err)
	}
	items, err := Results(decode(t, "items"))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, items, []string{"a.cz", "b.cz"})
	check, err := CheckData(decode(t, "check"), Domain)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, check, epp.CheckResult{{Name: "a.cz", Available: true}, {Name: "b.cz", Reason: "already registered."}})
	if created, err := CreateData(decode(t, "create"), Nsset); err != nil || created.Name != "NSS-1" {
		t.Error(created, err)
	}
}

// TestValidation reads the extension of an info.
func TestValidation(t *testing.T) {
	frame := epptest.Response(1000, "CL-1", "<extension>"+in(EnumvalNamespace, "infData", "<x:valExDate>2027-05-01</x:valExDate><x:publish>true</x:publish>")+"</extension>")
	epptest.ValidFRED(t, map[string][]byte{"validation": []byte(frame)})
	r, err := epp.Codec{}.Decode([]byte(frame))
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := ValidationInfo(r); !ok || v.Until.Date() != "2027-05-01" || !v.Publish {
		t.Errorf("%+v %v", v, ok)
	}
	if _, ok := ValidationInfo(decode(t, "domain")); ok {
		t.Error("a domain without validation has one")
	}
}

// TestMissing: an answer of another object is a typed error.
func TestMissing(t *testing.T) {
	r := decode(t, "count")
	_, e1 := ContactInfo(r)
	_, e2 := DomainInfo(r)
	_, e3 := NssetInfo(r)
	_, e4 := KeysetInfo(r)
	_, e5 := Credit(r)
	_, e6 := Results(r)
	_, e7 := ListCount(decode(t, "items"))
	for i, err := range []error{e1, e2, e3, e4, e5, e6, e7} {
		var missing *epp.MissingError
		if !errors.As(err, &missing) {
			t.Errorf("%d: %v", i+1, err)
		}
	}
}

func TestMessages(t *testing.T) {
	on := func(s string) epp.Time { return epp.ParseTime(s) }
	moved := on("2026-03-01T10:00:00+01:00")
	tests := map[string]Message{
		"moved":         Transferred{Kind: Domain, ID: "shop.cz", At: moved, By: "REG-OTHER"},
		"moved contact": Transferred{Kind: Contact, ID: "CID-1", At: moved, By: "REG-OTHER"},
		"soon":          Expiring{Name: "shop.cz", Stage: ExpiresSoon, Date: on("2027-01-02")},
		"expired":       Expiring{Name: "shop.cz", Stage: Expired, Date: on("2027-01-02")},
		"outzone":       Expiring{Name: "shop.cz", Stage: OutOfZone, Date: on("2027-01-02")},
		"deleted":       Expiring{Name: "shop.cz", Stage: Deleted, Date: on("2027-01-02")},
		"idle":          Dropped{Kind: Keyset, ID: "KEY-1"},
		"changed":       Changed{Kind: Nsset, ID: "NSS-1", OpTRID: "ReqID-1"},
		"low":           LowCredit{Zone: "cz", Limit: "5000.00", Credit: "4999.00"},
		"requests":      Requests{From: on("2026-01-01T00:00:00+01:00"), To: on("2026-01-31T23:59:59+01:00"), Free: 25000, Used: 243, Price: "1.50"},
		"test":          Tested{Kind: Nsset, TestID: "CL-9", ID: "NSS-1", Names: []string{"shop.cz"}, Results: []TestResult{{Name: "glue_ok", Passed: true}, {Name: "existence", Note: "ns1.shop.cz"}}},
		"enum soon":     Expiring{Name: "1.2.0.2.4.e164.arpa", Stage: ValidationSoon, Date: on("2027-05-01")},
		"enum over":     Expiring{Name: "1.2.0.2.4.e164.arpa", Stage: ValidationOver, Date: on("2027-05-01")},
		"domain":        nil,
		"count":         nil,
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) { equal(t, ReadMessage(decode(t, name).ResData[0]), want) })
	}
	for _, odd := range []string{in(DomainNamespace, "trnData", ""), in(NssetNamespace, "expData", "<x:id>N</x:id>"), in(EnumvalNamespace, "valExpData", ""), in("urn:x:y", "expData", "")} {
		el, err := epp.ParseElement([]byte(odd))
		if err != nil {
			t.Fatal(err)
		}
		if m := ReadMessage(el); m != nil {
			t.Errorf("%s is read as %+v", odd, m)
		}
	}
	if ReadMessage(nil) != nil {
		t.Error("nothing is a message")
	}
}

// FuzzDecoders: whatever a server sends, no reader panics and all errors are typed.
func FuzzDecoders(f *testing.F) {
	for _, data := range answers {
		f.Add(answer(data))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		r, err := epp.Codec{Objects: Objects}.Decode(frame)
		if err != nil {
			return // package epp fuzzes that
		}
		typed := func(err error) {
			var missing *epp.MissingError
			if err != nil && !errors.As(err, &missing) {
				t.Fatalf("untyped error %v", err)
			}
		}
		_, err = ContactInfo(r)
		typed(err)
		_, err = DomainInfo(r)
		typed(err)
		_, err = NssetInfo(r)
		typed(err)
		keys, err := KeysetInfo(r)
		typed(err)
		if len(keys.Keys) > 0 && len(keys.Keys) <= MaxKeys {
			if _, err := (epp.Codec{}).Encode(KeysetCreate{ID: "K", Keys: keys.Keys, Techs: []string{"A"}}, "CL-1"); err != nil {
				t.Fatalf("what was read cannot be sent: %v", err)
			}
		}
		_, err = Credit(r)
		typed(err)
		_, err = ListCount(r)
		typed(err)
		_, err = Results(r)
		typed(err)
		for _, k := range Kinds {
			_, err = CheckData(r, k)
			typed(err)
			_, err = CreateData(r, k)
			typed(err)
		}
		ValidationInfo(r)
		for _, el := range r.ResData {
			ReadMessage(el)
		}
	})
}
