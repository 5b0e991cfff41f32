package sandbox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/indera/indera/eppclient/sandbox"
)

const (
	unhandledNS  = "urn:ietf:params:xml:ns:epp:unhandled-namespaces-1.0"
	changePollNS = "urn:ietf:params:xml:ns:changePoll-1.0"
)

// loginExt gives a session with extensions.
func (f *fixture) loginExt(clientID string, extensions ...string) *client {
	f.t.Helper()
	c := f.dial(clientID)
	svcs := allObjects
	if len(extensions) > 0 {
		svcs += "<svcExtension><extURI>" + strings.Join(extensions, "</extURI><extURI>") + "</extURI></svcExtension>"
	}
	c.want(1000, loginWith(clientID, clientID+"-secret", "", "1.0", "en", svcs))
	return c
}

// offering lets the server announce extensions.
func offering(uris ...string) func(*sandbox.Config) {
	return func(c *sandbox.Config) { c.Extensions = append(c.Extensions, uris...) }
}

func TestPollQueue(t *testing.T) {
	f := start(t)
	alpha, beta := f.login("alpha"), f.login("beta")
	for _, text := range []string{"first <&>", "second", "third"} {
		if err := f.srv.Queue(t.Context(), sandbox.Message{Account: "alpha", Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	beta.noMessages()
	first := alpha.want(1301, empty())
	first.has(t, `<msgQ count="3" id="`, `<qDate>2026-01-15T10:30:00.123Z</qDate><msg lang="en">first &lt;&amp;&gt;</msg></msgQ>`)
	if again := alpha.want(1301, empty()); !strings.Contains(again.xml, "first") {
		t.Error("a message that was not acknowledged is gone")
	}
	_, rest, _ := strings.Cut(first.xml, ` id="`)
	id, _, _ := strings.Cut(rest, `"`)
	ack := func(id string) string { return command(`<poll op="ack" msgID="` + id + `"/>`) }
	for _, bad := range []string{"1", "msg-99", id + "0", strings.TrimPrefix(id, "msg-")} {
		alpha.want(2303, ack(bad))
	}
	beta.want(2303, ack(id))
	alpha.want(2003, command(`<poll op="ack"/>`))
	alpha.want(1000, ack(id)).has(t, `<msgQ count="2" id="`+id+`"></msgQ>`)
	alpha.want(2303, ack(id))
	alpha.next("second")
	a := alpha.next("third")
	a.has(t, `count="1"`)
	alpha.noMessages()
	alpha.want(2303, ack(id))
	for _, bad := range []sandbox.Message{{Account: "nobody"}, {Account: "alpha", ResData: "<x/>"}, {Account: "alpha", Extension: "no XML"}} {
		if err := f.srv.Queue(t.Context(), bad); !errors.Is(err, sandbox.ErrInvalid) && !errors.Is(err, sandbox.ErrNotFound) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// TestChangePoll: what the registry does is told, as the session can read it.
func TestChangePoll(t *testing.T) {
	f := start(t, offering(unhandledNS, changePollNS))
	knows := f.loginExt("alpha", changePollNS)
	knows.want(1000, createDomain("c.example", ""))
	change := sandbox.Change{Name: "C.example", Operation: "update", Add: []string{"serverHold", "serverUpdateProhibited"}, Who: "URS Admin", Reason: "URS Lock", Case: "urs123", Type: "urs", Before: true}
	do := func(c sandbox.Change) {
		t.Helper()
		if err := f.srv.Change(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	do(change)
	knows.next(`s="inactive"`, `<changePoll:changeData xmlns:changePoll="`+changePollNS+`" state="before"><changePoll:operation>update</changePoll:operation>`).hasNot(t, "serverHold")
	knows.next(`s="serverHold"`, `state="after"`, "<changePoll:who>URS Admin</changePoll:who>", `<changePoll:caseId type="urs">urs123</changePoll:caseId><changePoll:reason>URS Lock</changePoll:reason>`)
	knows.noMessages()
	knows.want(2304, updateDomain("c.example", `<o:add><o:status s="clientHold"/></o:add>`)).has(t, "serverUpdateProhibited")

	// A session that knows RFC 9038 only gets the data moved, one that knows
	// nothing does not get it at all.
	change.Add, change.Remove, change.Before = nil, []string{"serverUpdateProhibited"}, false
	do(change)
	moved := f.loginExt("alpha", unhandledNS).next(`<extValue><value><changePoll:changeData`, "<reason lang=\"en\">"+changePollNS+" not in login services</reason></extValue>", "<domain:infData")
	moved.hasNot(t, "<extension>")
	do(sandbox.Change{Name: "c.example", Operation: "renew", Who: "registry"})
	f.login("alpha").next("<domain:exDate>2028-01-15").hasNot(t, "changePoll", "extValue")

	do(sandbox.Change{Name: "c.example", Operation: "transfer", To: "beta", Who: "court"})
	knows.next(`state="after"`, "<changePoll:operation>transfer")
	beta := f.login("beta")
	beta.next("<domain:clID>beta")
	do(sandbox.Change{Name: "c.example", Operation: "delete", Who: "court"})
	beta.next(`s="pendingDelete"`)
	do(sandbox.Change{Name: "c.example", Operation: "autoPurge", Who: "registry"})
	beta.next("c.example")
	beta.want(2303, named("info", domainNS, "c.example"))

	for name, bad := range map[string]sandbox.Change{
		"absent": {Name: "absent.example", Operation: "renew", Who: "x"}, "nobody": {Name: "c.example", Operation: "renew"},
		"no account": {Name: "c.example", Operation: "transfer", To: "nobody", Who: "x"},
	} {
		if err := f.srv.Change(t.Context(), bad); !errors.Is(err, sandbox.ErrInvalid) && !errors.Is(err, sandbox.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestChangeRefusals(t *testing.T) {
	f := start(t)
	f.login("alpha").want(1000, createDomain("c.example", ""))
	for name, bad := range map[string]sandbox.Change{
		"nothing": {Operation: "update"}, "client status": {Operation: "update", Add: []string{"clientHold"}}, "not set": {Operation: "update", Remove: []string{"serverHold"}},
		"unknown": {Operation: "steal"}, "same sponsor": {Operation: "transfer", To: "alpha"},
	} {
		bad.Name, bad.Who = "c.example", "x"
		if err := f.srv.Change(t.Context(), bad); !errors.Is(err, sandbox.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f.login("alpha").noMessages()
}

// TestReview: every verb of every object can wait for a decision.
func TestReview(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	c.want(1000, createDomain("d.example", ""))
	c.want(1000, createContact("Con-1"))
	c.want(1000, createHost("ns1.other.com"))
	expiry := "2027-01-15"
	tests := []struct {
		object, verb, key, ns, frame string
	}{
		{"domain", "update", "d.example", domainNS, updateDomain("d.example", `<o:add><o:status s="clientHold"/></o:add>`)},
		{"domain", "renew", "d.example", domainNS, renewDomain("d.example", expiry, "")},
		{"contact", "update", "Con-1", contactNS, object("update", contactNS, "<o:id>Con-1</o:id><o:chg><o:email>new@example.com</o:email></o:chg>")},
		{"host", "update", "ns1.other.com", hostNS, object("update", hostNS, `<o:name>ns1.other.com</o:name><o:add><o:status s="clientDeleteProhibited"/></o:add>`)},
		{"domain", "create", "new.example", domainNS, createDomain("new.example", "")},
		{"contact", "create", "Con-2", contactNS, createContact("Con-2")},
		{"host", "create", "ns9.other.com", hostNS, createHost("ns9.other.com")},
		{"contact", "delete", "Con-1", contactNS, named("delete", contactNS, "Con-1")},
		{"domain", "delete", "d.example", domainNS, named("delete", domainNS, "d.example")},
	}
	for _, tt := range tests {
		for _, approve := range []bool{false, true} {
			if err := f.srv.OrderReview(sandbox.Review{Object: tt.object, Verb: tt.verb, Name: tt.key, Count: 1}); err != nil {
				t.Fatal(err)
			}
			before := f.funds("alpha")
			asked := c.want(1001, tt.frame)
			c.want(1000, named("info", tt.ns, tt.key)).has(t, `s="pending`+strings.ToUpper(tt.verb[:1])+tt.verb[1:]+`"`)
			if again := c.do(tt.frame); again.code != 2304 && again.code != 2302 {
				t.Fatalf("%s %s again: %s", tt.object, tt.verb, again.xml)
			}
			done, err := f.srv.Decide(t.Context(), sandbox.Decision{Object: tt.object, Name: tt.key, Approve: approve})
			if err != nil || done != approve {
				t.Fatalf("%s %s: %v, %v", tt.object, tt.verb, done, err)
			}
			result := map[bool]string{true: `paResult="1"`, false: `paResult="0"`}[approve]
			_, svTRID, _ := strings.Cut(asked.xml, "<clTRID>")
			trid, _, _ := strings.Cut(svTRID, "</trID>")
			m := c.next("<"+tt.object+":panData", result+">"+tt.key+"<")
			m.has(t, strings.Split(strings.Split(trid, "<svTRID>")[1], "<")[0])
			exists := c.do(named("info", tt.ns, tt.key))
			if gone := exists.code == 2303; gone != (tt.verb == "create" && !approve || tt.verb == "delete" && approve) {
				t.Errorf("%s %s approve %v: %s", tt.object, tt.verb, approve, exists.xml)
			}
			if exists.code == 1000 {
				exists.hasNot(t, `s="pending`+strings.ToUpper(tt.verb[:1])+tt.verb[1:]+`"`)
			}
			if !approve && f.funds("alpha") != before {
				t.Errorf("%s %s refused: %d, was %d", tt.object, tt.verb, f.funds("alpha"), before)
			}
		}
	}
	if _, err := f.srv.Decide(t.Context(), sandbox.Decision{Object: "domain", Name: "d.example"}); !errors.Is(err, sandbox.ErrNotFound) {
		t.Errorf("nothing waits: %v", err)
	}
	for _, bad := range []sandbox.Review{{}, {Object: "domain", Verb: "check"}, {Object: "host", Verb: "renew"}, {Object: "domain", Verb: "create", Count: -1}} {
		if err := f.srv.OrderReview(bad); !errors.Is(err, sandbox.ErrInvalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// TestReviewOfWhatCannotBe: a command that would be refused is refused at once,
// and the order waits for the next; one that became impossible ends as refused.
func TestReviewOfWhatCannotBe(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	c.want(1000, createDomain("d.example", ""))
	if err := f.srv.OrderReview(sandbox.Review{Object: "domain", Verb: "renew", Count: 1}); err != nil {
		t.Fatal(err)
	}
	c.want(2004, renewDomain("d.example", "2020-01-01", ""))
	c.want(1001, renewDomain("d.example", "2027-01-15", ""))
	if _, err := f.srv.SetFunds(t.Context(), "alpha", 5); err != nil {
		t.Fatal(err)
	}
	done, err := f.srv.Decide(t.Context(), sandbox.Decision{Object: "domain", Name: "d.example", Approve: true})
	if err != nil || done {
		t.Errorf("%v, %v", done, err)
	}
	c.next(`paResult="0"`)
	c.want(1000, named("info", domainNS, "d.example")).has(t, "<domain:exDate>2027")
	f.wantFunds("alpha", 5)
}

// TestControlOfTheRegistry: the same over HTTP.
func TestControlOfTheRegistry(t *testing.T) {
	f := start(t)
	c := f.login("alpha")
	post := func(path, body string, want int) map[string]any {
		t.Helper()
		resp, err := http.Post("http://"+f.srv.ControlAddr()+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		out := map[string]any{}
		if err := json.NewDecoder(resp.Body).Decode(&out); err != nil || resp.StatusCode != want {
			t.Fatalf("%s %s: %d %v, %v", path, body, resp.StatusCode, out, err)
		}
		return out
	}
	post("/reviews", `{"object":"domain","verb":"create"}`, 200)
	post("/reviews", `{"object":"domain"}`, 400)
	c.want(1001, createDomain("r.example", ""))
	if out := post("/decisions", `{"object":"domain","name":"R.example","approve":true}`, 200); out["done"] != true {
		t.Error(out)
	}
	post("/decisions", `{"object":"domain","name":"r.example"}`, 404)
	post("/changes", `{"name":"r.example","operation":"update","add":["serverHold"],"who":"registry"}`, 200)
	acted := post("/commands", fmt.Sprintf(`{"account":"beta","xml":%q}`, transfer("request", domainNS, "r.example", rightAuth)), 200)
	if acted["code"] != float64(1001) || !strings.Contains(acted["xml"].(string), "<domain:trnData") {
		t.Error(acted)
	}
	if acted := post("/commands", fmt.Sprintf(`{"account":"beta","xml":%q}`, transfer("approve", domainNS, "r.example", "")), 200); acted["code"] != float64(2201) {
		t.Error(acted)
	}
	if acted := post("/commands", `{"account":"beta","xml":"<epp/>"}`, 200); acted["code"] != float64(2001) {
		t.Error(acted)
	}
	post("/commands", fmt.Sprintf(`{"account":"beta","xml":%q}`, helloFrame), 400)
	post("/commands", `{"account":"nobody","xml":""}`, 404)
	post("/messages", `{"account":"alpha","text":"hello","res_data":"<x:y xmlns:x='urn:x'/>"}`, 200)
	c.next("panData")
	c.next("serverHold")
	c.next("Transfer requested.")
	c.send(empty()) // not for the schema check: what the control port is told to send may be anything
	answer{xml: c.read()}.has(t, "hello", "<resData><x:y xmlns:x='urn:x'/></resData>")
}
