package uaepp_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/epptest"
	"github.com/indera/indera/eppclient/ext/rgp"
	"github.com/indera/indera/eppclient/ext/secdns"
	"github.com/indera/indera/eppclient/ext/uaepp"
	"github.com/indera/indera/eppclient/ext/uaepp/uaepptest"
)

var update = flag.Bool("update", false, "write the golden frames anew")

var (
	codec = epp.Codec{Objects: uaepp.Objects}
	code  = epp.Secret("2fooBAR-secret")
	ds    = secdns.DS{KeyTag: 12345, Algorithm: 13, DigestType: 2, Digest: strings.Repeat("4C", 32)}
	kyiv  = epp.PostalInfo{
		Type: epp.PostalLoc, Name: "Тарас Шевченко", Organization: `ТОВ <"R&D"> ]]>`, Street: []string{"вул. Хрещатик, 1"}, City: "Київ",
		State: "Київ", PostalCode: "01001", Country: "UA",
	}
	ascii = epp.PostalInfo{Type: epp.PostalInt, Name: "Taras Shevchenko", City: "Kyiv", Country: "UA"}
)

type golden struct {
	name string
	cmd  epp.Command
	ext  []epp.Extension
}

func goldens() []golden {
	return []golden{
		{"contact-create", epp.ContactCreate{ID: "taras-1", Postal: []epp.PostalInfo{ascii, kyiv}, Voice: "+380.441234567", Email: "t@example.ua"}, nil},
		{"contact-info", epp.ContactInfo{ID: "taras-1"}, nil},
		{"domain-check", epp.DomainCheck{Names: []string{"shop.com.ua", "shop.ua"}}, nil},
		{"domain-create", epp.DomainCreate{
			Name: "shop.com.ua", Period: epp.Period{Value: 1, Unit: "y"}, NameServers: epp.NameServers{Objects: []string{"ns1.shop.com.ua"}}, Registrant: "taras-1",
			Contacts: []epp.DomainContact{{Type: "admin", ID: "taras-1"}, {Type: "tech", ID: "taras-1"}},
		}, []epp.Extension{secdns.Create{Data: secdns.Data{DS: []secdns.DS{ds}}}}},
		{"domain-create-licence", epp.DomainCreate{Name: "shop.ua", Registrant: "taras-1"}, []epp.Extension{uaepp.LicenceCreate{Licence: "UA 12345 <&>"}}},
		{"domain-update-licence", epp.DomainUpdate{Name: "shop.ua"}, []epp.Extension{uaepp.LicenceUpdate{Licence: "12345"}}},
		{"domain-update-licence-within", epp.DomainUpdate{Name: "shop.ua"}, []epp.Extension{uaepp.LicenceUpdate{Licence: "12345", Within: true}}},
		{"domain-update-code", epp.DomainUpdate{Name: "shop.com.ua", Chg: &epp.DomainChange{AuthInfo: &code}}, nil},
		{"domain-update-secdns", epp.DomainUpdate{Name: "shop.com.ua"}, []epp.Extension{secdns.Update{Remove: secdns.Data{DS: []secdns.DS{ds}}}}},
		{"domain-restore", epp.DomainUpdate{Name: "shop.com.ua", Chg: &epp.DomainChange{}}, []epp.Extension{rgp.Restore{}}},
		{"domain-renew", epp.DomainRenew{Name: "shop.com.ua", CurExpDate: "2027-02-28", Period: epp.Period{Value: 2, Unit: "y"}}, nil},
		{"domain-transfer", epp.DomainTransfer{Op: epp.TransferRequest, Name: "shop.com.ua", AuthInfo: code}, nil},
		{"domain-delete", epp.DomainDelete{Name: "shop.com.ua"}, nil},
		{"host-create", epp.HostCreate{Name: "ns1.shop.com.ua", Addresses: []epp.Address{{Version: "v6", IP: "2001:db8::1"}}}, nil},
		{"host-delete", epp.HostDelete{Name: "ns1.shop.com.ua"}, nil},
		{"host-delete-in-use", epp.HostDelete{Name: "ns1.shop.com.ua"}, []epp.Extension{uaepp.DeleteNS{}}},
		{"balance", uaepp.BalanceInfo{Contract: "R12/999"}, nil},
		{"login", epp.Login{
			ClientID: "indera", Password: epp.Secret(strings.Repeat("p", 30)), PasswordMax: uaepp.PasswordMax, Version: "1.0", Lang: "en",
			Services: epp.ServicesOf(uaepp.Mappings()),
		}, nil},
	}
}

func TestFrames(t *testing.T) {
	frames := map[string][]byte{}
	for _, g := range goldens() {
		got, err := codec.Encode(g.cmd, "CL-1", g.ext...)
		if err != nil {
			t.Errorf("%s: %v", g.name, err)
			continue
		}
		if g.name != "login" { // whose password is longer than the public schema of the login allows
			frames[g.name] = got
		}
		file := filepath.Join("testdata", "frames", g.name+".xml")
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from its golden frame\n got %s\nwant %s", g.name, got, want)
		}
		if g.name != "login" && bytes.Contains(got, []byte("urn:ietf:params:xml:ns:")) && !bytes.Contains(bytes.ReplaceAll(got, []byte(`"`+epp.Namespace+`"`), nil), []byte("hostmaster.ua")) {
			t.Errorf("%s is not in the registry's namespaces: %s", g.name, got)
		}
	}
	kept, err := filepath.Glob("testdata/frames/*.xml")
	if err != nil || len(kept) != len(goldens()) {
		t.Errorf("%d frames kept, %d made, err %v", len(kept), len(goldens()), err)
	}
	epptest.Valid(t, frames, uaepptest.Schemas(t)...)
}

func TestRefuses(t *testing.T) {
	for _, test := range []struct {
		name, field string
		cmd         epp.Command
		ext         []epp.Extension
	}{
		{"no licence", "uaepp:license", epp.DomainCreate{Name: "shop.ua"}, []epp.Extension{uaepp.LicenceCreate{}}},
		{"blanks in a licence", "uaepp:license", epp.DomainUpdate{Name: "shop.ua"}, []epp.Extension{uaepp.LicenceUpdate{Licence: "1  2"}}},
		{"long licence", "uaepp:license", epp.DomainUpdate{Name: "shop.ua"}, []epp.Extension{uaepp.LicenceUpdate{Licence: strings.Repeat("1", 256)}}},
		{"no contract", "balance:contract", uaepp.BalanceInfo{}, nil},
		{"long password", "pw", epp.Login{ClientID: "indera", Password: epp.Secret(strings.Repeat("p", 31)), PasswordMax: uaepp.PasswordMax}, nil},
	} {
		_, err := codec.Encode(test.cmd, "CL-1", test.ext...)
		var invalid *epp.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != test.field {
			t.Errorf("%s: %v, want a refusal of %s", test.name, err, test.field)
		}
	}
}

func answer(data string) []byte {
	return []byte(`<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><response><result code="1000"><msg lang="ua">Команду виконано успішно</msg></result>` +
		data + `<trID><clTRID>CL-1</clTRID><svTRID>UA:0:1</svTRID></trID></response></epp>`)
}

var answers = map[string]string{
	"balance": `<resData><b:infData xmlns:b="http://hostmaster.ua/epp/balance-1.0"><b:contract>R19/999</b:contract>` +
		`<b:contractUntil>2027-09-01T00:00:00+03:00</b:contractUntil><b:status s="1"/><b:balance bdate="2026-05-19T16:01:37+03:00">111.11</b:balance></b:infData></resData>`,
	"no balance": `<resData><b:infData xmlns:b="http://hostmaster.ua/epp/balance-1.0"><b:contract>R19/999</b:contract></b:infData></resData>`,
	"domain": `<resData><infData xmlns="http://hostmaster.ua/epp/domain-1.1"><name>shop.ua</name><roid>1-UAEPP</roid><status s="ok"/><registrant>taras-1</registrant>` +
		`<clID>indera</clID><exDate>2027-02-28T00:30:00+02:00</exDate></infData></resData><extension>` +
		`<u:infData xmlns:u="http://hostmaster.ua/epp/uaepp-1.1"><u:license>12345</u:license></u:infData>` +
		`<r:infData xmlns:r="http://hostmaster.ua/epp/rgp-1.1"><r:rgpStatus s="redemptionPeriod"/></r:infData>` +
		`<s:infData xmlns:s="http://hostmaster.ua/epp/secDNS-1.1"><s:dsData><s:keyTag>1</s:keyTag><s:alg>13</s:alg><s:digestType>2</s:digestType><s:digest>4C</s:digest></s:dsData></s:infData></extension>`,
}

func TestDecode(t *testing.T) {
	read := func(name string) *epp.Response {
		t.Helper()
		r, err := codec.Decode(answer(answers[name]))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	b, err := uaepp.BalanceData(read("balance"))
	if err != nil || b.Contract != "R19/999" || !b.Active || b.Amount != "111.11" || !b.Until.Time.Equal(time.Date(2027, 8, 31, 21, 0, 0, 0, time.UTC)) || b.At.Time.IsZero() {
		t.Errorf("%+v, %v", b, err)
	}
	for _, name := range []string{"no balance", "domain"} {
		var missing *epp.MissingError
		if _, err := uaepp.BalanceData(read(name)); !errors.As(err, &missing) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := read("domain")
	d, err := r.DomainInfoData()
	if err != nil || d.Name != "shop.ua" || d.Expires.Raw != "2027-02-28T00:30:00+02:00" {
		t.Errorf("%+v, %v", d, err)
	}
	if uaepp.Licence(r) != "12345" || uaepp.Licence(read("balance")) != "" {
		t.Errorf("licence %q", uaepp.Licence(r))
	}
	if g := rgp.Info(r); len(g) != 1 || g[0] != rgp.RedemptionPeriod {
		t.Errorf("grace periods %v", g)
	}
	if data, skipped, ok := secdns.Info(r); !ok || skipped != 0 || len(data.DS) != 1 {
		t.Errorf("%+v, %d, %v", data, skipped, ok)
	}
	plain, err := epp.Codec{}.Decode(answer(answers["domain"])) // a session in the public namespaces knows none of it
	if err != nil || rgp.Info(plain) != nil {
		t.Errorf("%v, %v", rgp.Info(plain), err)
	}
}

// FuzzDecoders: whatever a server sends, no reader panics and all errors are typed.
func FuzzDecoders(f *testing.F) {
	for _, data := range answers {
		f.Add(answer(data))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		r, err := codec.Decode(frame)
		if err != nil {
			return // package epp fuzzes that
		}
		var missing *epp.MissingError
		if _, err := uaepp.BalanceData(r); err != nil && !errors.As(err, &missing) {
			t.Fatalf("untyped error %v", err)
		}
		uaepp.Licence(r)
		rgp.Info(r)
		secdns.Info(r)
	})
}
