package ext_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/epptest"
	"github.com/indera/indera/eppclient/ext/alloctoken"
	"github.com/indera/indera/eppclient/ext/fee"
	"github.com/indera/indera/eppclient/ext/idn"
	"github.com/indera/indera/eppclient/ext/launch"
	"github.com/indera/indera/eppclient/ext/loginsec"
	"github.com/indera/indera/eppclient/ext/maintenance"
	"github.com/indera/indera/eppclient/ext/org"
	"github.com/indera/indera/eppclient/ext/rgp"
	"github.com/indera/indera/eppclient/ext/secdns"
	"github.com/indera/indera/eppclient/ext/secureauth"
	"github.com/indera/indera/eppclient/ext/smd"
	"github.com/indera/indera/eppclient/ext/ttl"
	"github.com/indera/indera/eppclient/ext/verisign"
)

var update = flag.Bool("update", false, "write the golden frames anew")

const awkward = `R&D <"Київ'> ]]>`

// feeSchema is ours: the draft's own schema is not public.
var feeSchema = epptest.Schema{Namespace: string(fee.V021), File: "testdata/fee-0.21.xsd"}

func ptr[T any](v T) *T { return &v }

var (
	when   = time.Date(2026, 11, 22, 9, 15, 0, 0, time.FixedZone("", 3600))
	name   = "example.test"
	check  = epp.DomainCheck{Names: []string{name, "b.test"}}
	info   = epp.DomainInfo{Name: name}
	create = epp.DomainCreate{Name: name}
	modify = epp.DomainUpdate{Name: name}
	empty  = epp.DomainUpdate{Name: name, Chg: &epp.DomainChange{}}
	renew  = epp.DomainRenew{Name: name, CurExpDate: "2027-02-28"}
	move   = epp.DomainTransfer{Op: epp.TransferRequest, Name: name, AuthInfo: "2fooBAR<&>"}

	ds     = secdns.DS{KeyTag: 12345, Algorithm: 13, DigestType: 2, Digest: strings.Repeat("4C", 32)}
	key    = secdns.Key{Flags: 257, Protocol: 3, Algorithm: 13, PublicKey: "mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="}
	report = rgp.Report{
		Before: awkward, After: "example.test ns1.example.net", Deleted: when.Add(-time.Hour), Restored: when, Reason: "Deleted by mistake",
		Statement: [2]string{"This registrar has not restored the name in order to use or sell it.", "The facts are true."}, Other: "none",
	}
	postalOrg = epp.PostalInfo{Street: []string{"1 Way", ""}, City: "Kyiv", State: "Kyiv", PostalCode: "01001", Country: "UA"}
	feeParts  = []fee.Fee{{Amount: "10.00", Description: "Registration <fee>", Refundable: ptr(true), GracePeriod: "P5D", Applied: "immediate"}, {Amount: "500.00", Description: "Early Access"}}
)

type frame struct {
	name string
	cmd  epp.Command
	ext  []epp.Extension
}

// golden lists every command and extension in its smallest and fullest form.
func golden(t *testing.T) []frame {
	t.Helper()
	doc, err := os.ReadFile("testdata/signed-mark.xml")
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := os.ReadFile("testdata/mark.smd")
	if err != nil {
		t.Fatal(err)
	}
	mark, err := smd.ReadFile(encoded)
	if err != nil {
		t.Fatal(err)
	}
	login, security := loginsec.Wrap(epp.Login{
		ClientID: "reg", Password: "a password <&> of more than sixteen characters", NewPassword: "the next long password, also wrapped",
		Version: "1.0", Lang: "en", Services: epp.Services{Objects: []string{epp.Standard.Domain}, Extensions: []string{loginsec.Namespace}},
	}, loginsec.UserAgent{App: "Indera 1.0", Tech: "Go", OS: "Linux"})
	one := func(name string, cmd epp.Command, ext epp.Extension) frame {
		return frame{name, cmd, []epp.Extension{ext}}
	}

	list := []frame{
		one("secdns-create-ds", create, secdns.Create{Data: secdns.Data{MaxSigLife: 604800, DS: []secdns.DS{ds, {KeyTag: 1, Algorithm: 8, DigestType: 1, Digest: "ab", Key: &key}}}}),
		one("secdns-create-key", create, secdns.Create{Data: secdns.Data{Keys: []secdns.Key{key}}}),
		one("secdns-update-full", modify, secdns.Update{Urgent: true, Remove: secdns.Data{DS: []secdns.DS{ds}}, Add: secdns.Data{DS: []secdns.DS{ds}}, MaxSigLife: 3600}),
		one("secdns-update-all", modify, secdns.Update{RemoveAll: true, Add: secdns.Data{Keys: []secdns.Key{key}}}),
		one("secdns-update-key", modify, secdns.Update{Remove: secdns.Data{Keys: []secdns.Key{key}}}),
		one("rgp-restore", empty, rgp.Restore{}),
		one("rgp-report", empty, report),
		{"login-security", login, []epp.Extension{security}},
		one("login-security-agent", epp.Login{ClientID: "reg", Password: "secret-1", Version: "1.0", Lang: "en", Services: epp.Services{Objects: []string{epp.Standard.Domain}}}, loginsec.Login{UserAgent: loginsec.UserAgent{Tech: "Go"}}),
		one("token-check", check, alloctoken.Token{Value: "abc<&>123"}),
		one("token-create", create, alloctoken.Token{Value: "abc123"}),
		one("token-transfer", move, alloctoken.Token{Value: "abc123"}),
		one("token-info", info, alloctoken.Request{}),
		one("idn-create", create, idn.Data{Table: "uk", UName: "приклад.test"}),
		one("idn-create-min", create, idn.Data{Table: "Latn"}),
		one("ttl-create", create, ttl.Create{Values: []ttl.Value{{For: "NS", Seconds: ptr(3600)}, {For: "DS"}, {For: "custom", Custom: "DELEG", Seconds: ptr(0)}}}),
		one("ttl-update", epp.HostUpdate{Name: "ns1.example.test"}, ttl.Update{Values: []ttl.Value{{For: "AAAA", Seconds: ptr(86400)}}}),
		one("ttl-info", info, ttl.Request{Policy: true}),
		{"maintenance-list", maintenance.List{}, nil},
		{"maintenance-info", maintenance.Info{ID: "2e6df9b0-4092-4491-bcc8-9fb2166dcee6"}, nil},
		{"org-check", org.Check{IDs: []string{"res1", "res2"}}, nil},
		{"org-info", org.Info{ID: "res1"}, nil},
		{"org-delete", org.Delete{ID: "res1"}, nil},
		{"org-create-min", org.Create{ID: "res1", Roles: []org.Role{{Type: "reseller"}}}, nil},
		{"org-create-full", org.Create{
			ID: "res1", Roles: []org.Role{{Type: "reseller", Statuses: []string{"ok"}, ID: "1523"}, {Type: "privacyproxy"}}, Statuses: []string{"ok"}, Parent: "1523res",
			Postal: []org.Postal{{Name: awkward, Type: "loc", Address: &postalOrg}, {Name: "R&D", Type: "int"}},
			Voice:  org.Phone{Number: "+1.7035555555", Extension: "1234"}, Fax: org.Phone{Number: "+1.7035555556"}, Email: "contact@organization.example", URL: "https://organization.example/?a=1&b",
			Contacts: []org.Contact{{ID: "sh8013", Type: "admin"}, {ID: "sh8014", Type: "custom", TypeName: "legal"}},
		}, nil},
		{"org-update-full", org.Update{
			ID: "res1", Add: org.Items{Contacts: []org.Contact{{ID: "sh8013", Type: "tech"}}, Roles: []org.Role{{Type: "privacyproxy"}}, Statuses: []string{"clientLinkProhibited"}},
			Rem: org.Items{Statuses: []string{"clientDeleteProhibited"}},
			Chg: &org.Change{Parent: "1523res", Postal: []org.Postal{{Type: "int", Address: &postalOrg}}, Voice: org.Phone{Number: "+1.7034444444"}, Email: "a@b.test", URL: "https://b.test"},
		}, nil},
		one("orgext-create", create, org.LinkCreate{Links: []org.Link{{Role: "reseller", ID: "myreseller"}, {Role: "privacyproxy", ID: "myproxy"}}}),
		one("orgext-update", modify, org.LinkUpdate{Add: []org.Link{{Role: "reseller", ID: "one"}}, Rem: []org.Link{{Role: "privacyproxy", ID: ""}}, Chg: []org.Link{{Role: "registrar", ID: "two"}}}),
		{"secure-release", secureauth.Release(name, "q7R_long<&>", true), nil},
		{"secure-withdraw", secureauth.Withdraw(name, false), nil},
		one("launch-check", check, launch.Check{Type: launch.CheckClaims, Phase: launch.Phase{Name: launch.Claims, Sub: "landrush"}}),
		one("launch-check-trademark", check, launch.Check{Type: launch.CheckTrademark}),
		one("launch-create-notice", create, launch.Create{Phase: launch.Phase{Name: launch.Claims}, Notices: []launch.Notice{{ID: "1c0a9e800000000000001000002", Validator: "tmch", NotAfter: "2026-11-24T06:00:00.0Z", Accepted: when}, {ID: "2", NotAfter: "2026-11-24T06:00:00Z", Accepted: when}}}),
		one("launch-create-encoded", create, launch.Create{Type: launch.Registration, Phase: launch.Phase{Name: launch.Sunrise}, EncodedSignedMarks: []smd.Encoded{mark}}),
		one("launch-create-signed", create, launch.Create{Type: launch.Application, Phase: launch.Phase{Name: launch.Sunrise}, SignedMarks: [][]byte{doc}}),
		one("launch-create-code", create, launch.Create{Phase: launch.Phase{Name: launch.Custom, Sub: "qlp"}, CodeMarks: []launch.CodeMark{{Code: "49FD46E6C4B45C55D4AC", Validator: "sample"}, {Mark: []byte(`<m:mark xmlns:m="urn:ietf:params:xml:ns:mark-1.0"/>`)}}}),
		one("launch-create-open", create, launch.Create{Phase: launch.Phase{Name: launch.Open}}),
		one("launch-info", info, launch.Info{Phase: launch.Phase{Name: launch.Sunrise}, ApplicationID: "abc123", IncludeMark: true}),
		one("launch-update", modify, launch.Update{Phase: launch.Phase{Name: launch.Sunrise}, ApplicationID: "abc123"}),
		one("launch-delete", epp.DomainDelete{Name: name}, launch.Delete{Phase: launch.Phase{Name: launch.Sunrise}, ApplicationID: "abc123"}),
		{"verisign-all", create, []epp.Extension{verisign.Namestore{SubProduct: "dotCOM"}, verisign.IDNLang{Tag: "GER"}, verisign.COACreate{Put: []verisign.Attribute{{Key: "KEY1", Value: awkward}}}}},
		one("verisign-sync", empty, verisign.Sync{Month: time.February, Day: 29}),
		one("verisign-whois", info, verisign.WhoisRequest{}),
		one("verisign-coa-update", modify, verisign.COAUpdate{Remove: []string{"KEY1"}, Put: []verisign.Attribute{{Key: "KEY2"}}}),
		one("verisign-premium-check", check, verisign.PremiumCheck{}),
		one("verisign-premium-reassign", modify, verisign.PremiumReassign{ShortName: "testregistrar"}),
		{"verisign-balance", verisign.BalanceInfo{}, nil},
		one("verisign-related-info", info, verisign.RelatedInfo{All: true}),
		one("verisign-related-create", create, verisign.RelatedCreate{Domains: []verisign.RelatedDomain{{Name: "xn--test.example", AuthInfo: "pw<&>", Period: epp.Period{Value: 5, Unit: "y"}, Lang: "CHI"}, {Name: "b.test"}}}),
		one("verisign-related-renew", renew, verisign.RelatedRenew{Domains: []verisign.RelatedDomain{{Name: "b.test", CurExpDate: "2027-02-28"}}}),
		one("verisign-related-transfer", move, verisign.RelatedTransfer{Domains: []verisign.RelatedDomain{{Name: "b.test", AuthInfo: "secret"}, {Name: "c.test"}}}),
		one("verisign-related-update", modify, verisign.RelatedUpdate{Names: []string{"b.test"}}),
		one("verisign-related-delete", epp.DomainDelete{Name: name}, verisign.RelatedDelete{Names: []string{"b.test", "c.test"}}),
	}
	return append(list, feeFrames()...)
}

// feeFrames are the commands of every version.
func feeFrames() []frame {
	var out []frame
	year := epp.Period{Value: 1, Unit: "y"}
	for _, v := range fee.Versions {
		id := "fee-" + string(v[strings.LastIndexByte(string(v), '-')+1:])
		commands := []fee.Command{{Operation: fee.Create, Phase: "claims", SubPhase: "landrush", Period: year}, {Operation: fee.Restore}}
		if v == fee.V1 || v == fee.V023 || v == fee.V021 {
			commands = append(commands, fee.Command{Operation: fee.Custom, CustomName: "trade"})
		}
		parts := (fee.Check{Version: v, Names: check.Names, Currency: "USD", Commands: commands}).Split()
		for i, p := range parts {
			out = append(out, frame{id + "-check" + strings.Repeat("-more", i), check, []epp.Extension{p}})
		}
		charge := func(op fee.Operation) fee.Charge {
			return fee.Charge{Version: v, Command: op, Currency: "USD", Fees: feeParts}
		}
		out = append(out,
			frame{id + "-create", create, []epp.Extension{charge(fee.Create)}},
			frame{id + "-renew", renew, []epp.Extension{charge(fee.Renew)}},
			frame{id + "-transfer", move, []epp.Extension{charge(fee.Transfer)}},
			frame{id + "-restore", empty, []epp.Extension{rgp.Restore{}, charge(fee.Update)}})
		if v != fee.V05 && v != fee.V06 {
			c := charge(fee.Create)
			c.Credits = []fee.Credit{{Amount: "-2.5", Description: "campaign"}}
			out = append(out, frame{id + "-credit", create, []epp.Extension{c}})
		}
	}
	return out
}

// TestGoldenFrames compares every frame with the kept one and checks it against
// the schemas.
func TestGoldenFrames(t *testing.T) {
	frames := map[string][]byte{}
	for _, g := range golden(t) {
		got, err := epp.Codec{}.Encode(g.cmd, "CL-0001-x", g.ext...)
		if err != nil {
			t.Errorf("%s: %v", g.name, err)
			continue
		}
		if frames[g.name] != nil {
			t.Errorf("%s: two frames of this name", g.name)
		}
		frames[g.name] = got
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
	}
	kept, err := filepath.Glob("testdata/frames/*.xml")
	if err != nil || len(kept) != len(frames) {
		t.Errorf("%d frames kept, %d made, err %v", len(kept), len(frames), err)
	}
	epptest.Valid(t, frames, feeSchema)
}

// TestSignedMarksPassThrough: not one octet changes on the way.
func TestSignedMarksPassThrough(t *testing.T) {
	doc, err := os.ReadFile("testdata/signed-mark.xml")
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range golden(t) {
		got, err := epp.Codec{}.Encode(g.cmd, "CL-1", g.ext...)
		if err != nil {
			t.Fatal(err)
		}
		if g.name == "launch-create-signed" {
			start := bytes.Index(doc, []byte("<smd:signedMark"))
			if !bytes.Contains(got, bytes.TrimSpace(doc[start:])) {
				t.Error("the signed mark was changed")
			}
		}
		if g.name == "launch-create-encoded" {
			file, err := os.ReadFile("testdata/mark.smd")
			if err != nil {
				t.Fatal(err)
			}
			body := strings.TrimSpace(strings.Split(strings.Split(string(file), "SMD-----")[1], "-----END")[0])
			if !bytes.Contains(got, []byte(">"+body+"<")) {
				t.Error("the encoded signed mark was changed")
			}
		}
	}
}
