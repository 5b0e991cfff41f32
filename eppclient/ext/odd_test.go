package ext_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/fee"
	"github.com/indera/indera/eppclient/sandbox"
	"github.com/indera/indera/eppclient/session"
)

// oddOutcome is what a client makes of an answer that breaks the rules.
type oddOutcome struct {
	dead    bool // the session is dropped, the outcome unknown
	missing bool // the answer says nothing of what was asked
}

// TestOddAnswers: answers as seen in the wild are read as far as they say
// something; where they do not, the error is typed and a doubtful session is
// never used again.
func TestOddAnswers(t *testing.T) {
	outcomes := map[string]oddOutcome{
		"no-result": {dead: true}, "no-cltrid": {dead: true}, "wrong-cltrid": {dead: true}, "doctype": {dead: true},
		"wrong-object": {missing: true}, "unknown-code": {}, "words": {}, "long-reason": {}, "vendor": {}, "local-time": {}, "default-namespaces": {},
	}
	w := newWorld(t, sandbox.TLD{Name: "example", Currency: "USD", Prices: prices(), Reserved: []string{"nic.example"}})
	w.login("alpha").do(epp.CodeOK, epp.DomainCreate{Name: "odd.example"})
	for _, form := range sandbox.OddForms() {
		want, listed := outcomes[form]
		if !listed {
			t.Errorf("%s: no expectation", form)
		}
		for _, cmd := range []epp.Command{epp.DomainCheck{Names: []string{"free.example", "nic.example"}}, epp.DomainInfo{Name: "odd.example"}} {
			w.srv.ClearFaults()
			r := w.login("alpha")
			if _, err := w.srv.AddFault(sandbox.Fault{Kind: sandbox.FaultOdd, Form: form, Object: "domain"}); err != nil {
				t.Fatal(err)
			}
			var ext []epp.Extension
			if cmd.Describe().Verb == "check" {
				ext = []epp.Extension{fee.Check{Version: fee.V1, Commands: []fee.Command{{Operation: fee.Create}}}}
			}
			resp, err := r.Exchange(t.Context(), session.Request{Command: cmd, Extensions: ext})
			var unknown *session.Unknown
			if dead := errors.As(err, &unknown); dead != want.dead || dead != (r.Err() != nil) {
				t.Errorf("%s, %v: err %v, session %v", form, cmd.Describe(), err, r.Err())
			}
			if err == nil {
				readOdd(t, form, resp, cmd, want)
			}
			r.Close()
		}
	}
}

func readOdd(t *testing.T, form string, resp *epp.Response, cmd epp.Command, want oddOutcome) {
	t.Helper()
	if resp.Err() != nil {
		t.Errorf("%s: %v", form, resp.Err())
	}
	var missing *epp.MissingError
	if _, ok := cmd.(epp.DomainCheck); ok {
		checked, err := resp.DomainCheckData()
		if errors.As(err, &missing) != want.missing {
			t.Errorf("%s: %v", form, err)
		}
		free, found := checked.For("free.example")
		nic, also := checked.For("nic.example")
		if !want.missing && (!found || !also || !free.Available || nic.Available || form == "long-reason" && len(nic.Reason) < 40) {
			t.Errorf("%s: %+v", form, checked)
		}
		if q, ok := fee.V1.CheckData(resp).For("free.example"); !ok || q.Prices[0].Fees[0].Amount != "8.00" {
			t.Errorf("%s: %+v", form, q)
		}
		return
	}
	d, err := resp.DomainInfoData()
	if errors.As(err, &missing) != want.missing {
		t.Errorf("%s: %v", form, err)
	}
	if want.missing {
		return
	}
	if d.Name != "odd.example" || d.Sponsor != "alpha" || d.Expires.Time.Format("2006-01-02T15:04:05Z07:00") != "2027-11-24T12:00:00Z" {
		t.Errorf("%s: %+v", form, d)
	}
	if form == "local-time" && !strings.HasSuffix(d.Expires.Raw, "+02:00") || form == "vendor" && d.Statuses[0].Value != "vendorAuction" {
		t.Errorf("%s is not what it says: %+v", form, d)
	}
}
