package ext_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/alloctoken"
	"github.com/indera/indera/eppclient/ext/fee"
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

// TestExtensionsRefuse: what a schema or an RFC forbids never becomes a frame.
func TestExtensionsRefuse(t *testing.T) {
	badDS, badKey := ds, key
	badDS.Digest, badKey.PublicKey = "XY", "no base64"
	early := report
	early.Restored = early.Deleted.Add(-time.Second)
	silent := report
	silent.Statement[1] = ""
	claims := launch.Phase{Name: launch.Claims}
	charge := fee.Charge{Version: fee.V1, Command: fee.Create, Currency: "USD", Fees: feeParts}
	with := func(change func(*fee.Charge)) fee.Charge { c := charge; change(&c); return c }
	year := epp.Period{Value: 1, Unit: "y"}
	tests := []struct {
		name, field string
		ext         epp.Extension
	}{
		{"secDNS mixed", "secDNS:dsData", secdns.Create{Data: secdns.Data{DS: []secdns.DS{ds}, Keys: []secdns.Key{key}}}},
		{"secDNS nothing", "secDNS:dsData", secdns.Create{}},
		{"secDNS digest", "secDNS:digest", secdns.Create{Data: secdns.Data{DS: []secdns.DS{badDS}}}},
		{"secDNS key", "secDNS:pubKey", secdns.Create{Data: secdns.Data{Keys: []secdns.Key{badKey}}}},
		{"secDNS empty update", "secDNS:update", secdns.Update{}},
		{"secDNS all and one", "secDNS:rem", secdns.Update{RemoveAll: true, Remove: secdns.Data{DS: []secdns.DS{ds}}}},
		{"secDNS maxSigLife in add", "secDNS:maxSigLife", secdns.Update{Add: secdns.Data{DS: []secdns.DS{ds}, MaxSigLife: 1}}},
		{"secDNS negative maxSigLife", "secDNS:maxSigLife", secdns.Create{Data: secdns.Data{DS: []secdns.DS{ds}, MaxSigLife: -1}}},
		{"rgp times", "rgp:resTime", early},
		{"rgp statement", "rgp:statement", silent},
		{"rgp report empty", "rgp:preData", rgp.Report{Deleted: when, Restored: when}},
		{"rgp without time", "rgp:delTime", rgp.Report{Before: "x", After: "y"}},
		{"login security empty", "loginSec:loginSec", loginsec.Login{}},
		{"login security short", "loginSec:pw", loginsec.Login{Password: "12345"}},
		{"login security blanks", "loginSec:newPW", loginsec.Login{NewPassword: "a  password"}},
		{"token empty", "allocationToken:allocationToken", alloctoken.Token{}},
		{"idn without table", "idn:table", idn.Data{UName: "x"}},
		{"ttl nothing", "ttl:ttl", ttl.Create{}},
		{"ttl type", "ttl:ttl@for", ttl.Create{Values: []ttl.Value{{For: "MX"}}}},
		{"ttl twice", "ttl:ttl@for", ttl.Update{Values: []ttl.Value{{For: "NS"}, {For: "NS"}}}},
		{"ttl custom", "ttl:ttl@custom", ttl.Update{Values: []ttl.Value{{For: "custom"}}}},
		{"ttl negative", "ttl:ttl", ttl.Update{Values: []ttl.Value{{For: "NS", Seconds: ptr(-1)}}}},
		{"orgext nothing", "orgext:update", org.LinkUpdate{}},
		{"orgext role", "orgext:id@role", org.LinkCreate{Links: []org.Link{{Role: "", ID: "abc"}}}},
		{"orgext id", "orgext:id", org.LinkUpdate{Add: []org.Link{{Role: "reseller", ID: ""}}}},
		{"launch phase", "launch:phase", launch.Create{}},
		{"launch custom phase", "launch:phase@name", launch.Create{Phase: launch.Phase{Name: launch.Custom}}},
		{"launch check type", "launch:check@type", launch.Check{Phase: claims}},
		{"launch notice time", "launch:notAfter", launch.Create{Phase: claims, Notices: []launch.Notice{{ID: "1", NotAfter: "soon", Accepted: when}}}},
		{"launch notice accepted", "launch:acceptedDate", launch.Create{Phase: claims, Notices: []launch.Notice{{ID: "1", NotAfter: "2026-01-01T00:00:00Z"}}}},
		{"launch notice id", "launch:noticeID", launch.Create{Phase: claims, Notices: []launch.Notice{{NotAfter: "2026-01-01T00:00:00Z", Accepted: when}}}},
		{"launch two kinds", "launch:create", launch.Create{Phase: claims, EncodedSignedMarks: []smd.Encoded{"eA=="}, CodeMarks: []launch.CodeMark{{Code: "x"}}}},
		{"launch empty code", "launch:codeMark", launch.Create{Phase: claims, CodeMarks: []launch.CodeMark{{}}}},
		{"launch mark with a DTD", "mark:mark", launch.Create{Phase: claims, CodeMarks: []launch.CodeMark{{Mark: []byte(`<!DOCTYPE a><a xmlns="urn:x"/>`)}}}},
		{"launch mark without namespace", "mark:mark", launch.Create{Phase: claims, CodeMarks: []launch.CodeMark{{Mark: []byte(`<a xmlns:b="urn:x"><b:c/></a>`)}}}},
		{"launch mark with an undeclared prefix", "mark:mark", launch.Create{Phase: claims, CodeMarks: []launch.CodeMark{{Mark: []byte(`<a xmlns="urn:x"><b:c/></a>`)}}}},
		{"launch mark that ends the frame", "mark:mark", launch.Create{Phase: claims, CodeMarks: []launch.CodeMark{{Mark: []byte(`<a xmlns="urn:x"/></launch:codeMark>`)}}}},
		{"launch signed mark", "smd:signedMark", launch.Create{Phase: claims, SignedMarks: [][]byte{[]byte(`<a xmlns="urn:x"/>`)}}},
		{"launch encoded mark", "smd:encodedSignedMark", launch.Create{Phase: claims, EncodedSignedMarks: []smd.Encoded{"<x/>"}}},
		{"launch application", "launch:applicationID", launch.Update{Phase: claims}},
		{"fee version", "fee", with(func(c *fee.Charge) { c.Version = "urn:ietf:params:xml:ns:fee-1.0" })},
		{"fee command", "fee command", with(func(c *fee.Charge) { c.Command = fee.Restore })},
		{"fee nothing", "fee:fee", with(func(c *fee.Charge) { c.Fees = nil })},
		{"fee negative", "fee:fee", with(func(c *fee.Charge) { c.Fees = []fee.Fee{{Amount: "-1"}} })},
		{"fee no number", "fee:fee", with(func(c *fee.Charge) { c.Fees = []fee.Fee{{Amount: "1e3"}} })},
		{"fee applied", "fee:fee@applied", with(func(c *fee.Charge) { c.Fees = []fee.Fee{{Amount: "1", Applied: "soon"}} })},
		{"fee currency", "fee:currency", with(func(c *fee.Charge) { c.Currency = "usd" })},
		{"fee 0.5 wants a currency", "fee:currency", with(func(c *fee.Charge) { c.Version, c.Currency = fee.V05, "" })},
		{"fee credit", "fee:credit", with(func(c *fee.Charge) { c.Credits = []fee.Credit{{Amount: "1"}} })},
		{"fee 0.6 knows no credit", "fee:credit", with(func(c *fee.Charge) { c.Version, c.Credits = fee.V06, []fee.Credit{{Amount: "-1"}} })},
		{"fee check nothing", "fee:command", fee.Check{Version: fee.V1}},
		{"fee check without names", "fee:name", fee.Check{Version: fee.V07, Commands: []fee.Command{{Operation: fee.Create}}}},
		{"fee 0.11 takes one", "fee:command", fee.Check{Version: fee.V011, Commands: make([]fee.Command, 2)}},
		{"fee custom name", "fee:command@customName", fee.Check{Version: fee.V1, Commands: []fee.Command{{Operation: fee.Custom}}}},
		{"fee 0.8 custom", "fee:command", fee.Check{Version: fee.V08, Names: []string{"a"}, Commands: []fee.Command{{Operation: fee.Custom}}}},
		{"fee restore period", "fee:period", fee.Check{Version: fee.V1, Commands: []fee.Command{{Operation: fee.Restore, Period: year}}}},
		{"fee unknown command", "fee:command@name", fee.Check{Version: fee.V1, Commands: []fee.Command{{Operation: "buy"}}}},
		{"verisign product", "namestoreExt:subProduct", verisign.Namestore{}},
		{"verisign language", "idnLang:tag", verisign.IDNLang{Tag: "not a tag"}},
		{"verisign day", "sync:expMonthDay", verisign.Sync{Month: time.April, Day: 31}},
		{"verisign no day", "sync:expMonthDay", verisign.Sync{}},
		{"verisign attributes", "coa:update", verisign.COAUpdate{}},
		{"verisign no attributes", "coa:attr", verisign.COACreate{}},
		{"verisign key", "coa:key", verisign.COAUpdate{Remove: []string{strings.Repeat("x", 51)}}},
		{"verisign related", "relDom:domain", verisign.RelatedCreate{}},
		{"verisign related date", "relDom:curExpDate", verisign.RelatedRenew{Domains: []verisign.RelatedDomain{{Name: "a", CurExpDate: "2027-02-30"}}}},
		{"verisign related names", "relDom:name", verisign.RelatedDelete{}},
		{"verisign related language", "relDom:lang", verisign.RelatedCreate{Domains: []verisign.RelatedDomain{{Name: "a", Lang: "-"}}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { refused(t, tt.field, modify, tt.ext) })
	}
}

func TestCommandsRefuse(t *testing.T) {
	role := []org.Role{{Type: "reseller"}}
	tests := []struct {
		name, field string
		cmd         epp.Command
	}{
		{"org check", "org:id", org.Check{}},
		{"org id", "org:id", org.Info{ID: "ab"}},
		{"org roles", "org:role", org.Create{ID: "abc"}},
		{"org role type", "org:type", org.Create{ID: "abc", Roles: make([]org.Role, 1)}},
		{"org statuses", "org:status", org.Create{ID: "abc", Roles: role, Statuses: make([]string, 5)}},
		{"org postal twice", "org:postalInfo", org.Create{ID: "abc", Roles: role, Postal: []org.Postal{{Name: "a", Type: "int"}, {Name: "b", Type: "int"}}}},
		{"org contact type", "org:contact@type", org.Create{ID: "abc", Roles: role, Contacts: []org.Contact{{ID: "abc"}}}},
		{"org phone", "org:voice", org.Create{ID: "abc", Roles: role, Voice: org.Phone{Number: "+49"}}},
		{"maintenance id", "maint:id", maintenance.Info{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { refused(t, tt.field, tt.cmd) })
	}
}

func refused(t *testing.T, field string, cmd epp.Command, ext ...epp.Extension) {
	t.Helper()
	frame, err := epp.Codec{}.Encode(cmd, "CL-1", ext...)
	var invalid *epp.InvalidError
	if frame != nil || !errors.As(err, &invalid) || invalid.Field != field {
		t.Errorf("frame %s\nerr %v, want field %s", frame, err, field)
	}
}
