package message

import (
	"fmt"
	"strings"
	"testing"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/epptest"
	"github.com/indera/indera/eppclient/ext/launch"
)

// polled is the answer to a poll request.
func polled(extValue, resData, extension string) []byte {
	s := `<?xml version="1.0" encoding="UTF-8"?><epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><response><result code="1301"><msg>Command completed successfully; ack to dequeue</msg>` + extValue +
		`</result><msgQ count="5" id="m-77"><qDate>2026-06-08T22:00:00.0Z</qDate><msg lang="en">Something <b>new</b>.</msg></msgQ>`
	if resData != "" {
		s += "<resData>" + resData + "</resData>"
	}
	if extension != "" {
		s += "<extension>" + extension + "</extension>"
	}
	return []byte(s + "<trID><clTRID>CL-1</clTRID><svTRID>SV-1</svTRID></trID></response></epp>")
}

const (
	d       = ` xmlns:d="urn:ietf:params:xml:ns:domain-1.0"`
	infData = `<d:infData` + d + `><d:name>a.test</d:name><d:roid>D1-REP</d:roid><d:status s="serverHold"/><d:clID>ClientX</d:clID></d:infData>`
	changed = `<c:changeData xmlns:c="urn:ietf:params:xml:ns:changePoll-1.0" state="%s"><c:operation>update</c:operation><c:date>2026-10-22T14:25:57.0Z</c:date><c:svTRID>S-9</c:svTRID><c:who>registry</c:who></c:changeData>`
	applied = `<l:infData xmlns:l="urn:ietf:params:xml:ns:launch-1.0"><l:phase>sunrise</l:phase><l:applicationID>abc</l:applicationID><l:status s="%s"/></l:infData>`
)

func extValue(data, uri string) string {
	return "<extValue><value>" + data + "</value><reason>" + uri + " not in login services</reason></extValue>"
}

// messages are all payloads known, with the events they give.
var messages = []struct {
	name  string
	frame []byte
	want  string // types of the events, with what tells them apart
}{
	{"transfer", polled("", `<d:trnData`+d+`><d:name>a.test</d:name><d:trStatus>pending</d:trStatus><d:reID>ClientX</d:reID><d:reDate>2026-06-08T22:00:00.0Z</d:reDate><d:acID>ClientY</d:acID><d:acDate>2026-06-13T22:00:00.0Z</d:acDate><d:exDate>2028-09-08T22:00:00.0Z</d:exDate></d:trnData>`, ""), "Transfer domain a.test pending"},
	{"contact-transfer", polled("", `<c:trnData xmlns:c="urn:ietf:params:xml:ns:contact-1.0"><c:id>sh8013</c:id><c:trStatus>clientRejected</c:trStatus><c:reID>ClientX</c:reID><c:reDate>2026-06-08T22:00:00.0Z</c:reDate><c:acID>ClientY</c:acID><c:acDate>2026-06-13T22:00:00.0Z</c:acDate></c:trnData>`, ""), "Transfer contact sh8013 clientRejected"},
	{"pending", polled("", `<d:panData`+d+`><d:name paResult="true">a.test</d:name><d:paTRID><clTRID>ABC-1</clTRID><svTRID>S-1</svTRID></d:paTRID><d:paDate>2026-06-08T22:00:00.0Z</d:paDate></d:panData>`, ""), "Pending domain a.test true ABC-1 S-1"},
	{"host-pending", polled("", `<h:panData xmlns:h="urn:ietf:params:xml:ns:host-1.0"><h:name paResult="0">ns1.a.test</h:name><h:paTRID><svTRID>S-1</svTRID></h:paTRID><h:paDate>2026-06-08T22:00:00.0Z</h:paDate></h:panData>`, ""), "Pending host ns1.a.test false  S-1"},
	{"contact-pending", polled("", `<c:panData xmlns:c="urn:ietf:params:xml:ns:contact-1.0"><c:id paResult="1">sh8013</c:id><c:paTRID><clTRID>A-1</clTRID><svTRID>S-1</svTRID></c:paTRID><c:paDate>2026-06-08T22:00:00.0Z</c:paDate></c:panData>`, ""), "Pending contact sh8013 true A-1 S-1"},
	{"org-pending", polled("", `<o:panData xmlns:o="urn:ietf:params:xml:ns:epp:org-1.0"><o:id paResult="1">res1523</o:id><o:paTRID><clTRID>A-1</clTRID><svTRID>S-1</svTRID></o:paTRID><o:paDate>2026-06-08T22:00:00.0Z</o:paDate></o:panData>`, ""), "Pending org res1523 true A-1 S-1"},
	{"created", polled("", `<d:creData`+d+`><d:name>a.test</d:name><d:crDate>2026-06-08T22:00:00.0Z</d:crDate></d:creData>`, ""), "Created a.test"},
	{"renewed", polled("", `<d:renData`+d+`><d:name>a.test</d:name><d:exDate>2028-06-08T22:00:00.0Z</d:exDate></d:renData>`, ""), "Renewed a.test 2028-06-08"},
	{"state", polled("", infData, ""), "Domain a.test false"},
	{"change-after", polled("", infData, fmt.Sprintf(changed, "after")), "Change update after; Domain a.test false"},
	{"change-before", polled("", infData, fmt.Sprintf(changed, "before")), "Change update before; Domain a.test true"},
	{"application", polled("", infData, fmt.Sprintf(applied, "validated")), "Application a.test validated"},
	{"application-final", polled("", `<d:panData`+d+`><d:name paResult="0">a.test</d:name><d:paTRID><svTRID>S-1</svTRID></d:paTRID><d:paDate>2026-06-08T22:00:00.0Z</d:paDate></d:panData>`, fmt.Sprintf(applied, "rejected")), "Pending domain a.test false  S-1 rejected"},
	{"restore-due", polled("", `<r:pollData xmlns:r="http://www.verisign.com/epp/rgp-poll-1.0"><r:name>a.test</r:name><r:rgpStatus s="pendingRestore"/><r:reqDate>2026-06-08T22:00:00.0Z</r:reqDate><r:reportDueDate>2026-06-15T22:00:00.0Z</r:reportDueDate></r:pollData>`, ""), "RestoreDue a.test pendingRestore 2026-06-15"},
	{"low-balance", polled("", `<b:pollData xmlns:b="http://www.verisign.com/epp/lowbalance-poll-1.0"><b:registrarName>Test Registrar</b:registrarName><b:creditLimit>1000</b:creditLimit><b:creditThreshold type="PERCENT">10</b:creditThreshold><b:availableCredit>80</b:availableCredit></b:pollData>`, ""), "LowBalance 80 10%"},
	{"maintenance", polled("", `<m:infData xmlns:m="urn:ietf:params:xml:ns:epp:maintenance-1.0"><m:item><m:id>a-1</m:id><m:systems><m:system><m:name>EPP</m:name><m:impact>full</m:impact></m:system></m:systems><m:environment type="production"/><m:start>2026-12-30T06:00:00Z</m:start><m:end>2026-12-30T14:25:57Z</m:end><m:reason>planned</m:reason><m:crDate>2026-11-08T22:10:00Z</m:crDate></m:item></m:infData>`, ""), "Maintenance a-1"},
	{"text", polled("", "", ""), "Text Something new ."},
	{"unhandled-change", polled(extValue(fmt.Sprintf(changed, "before"), "urn:ietf:params:xml:ns:changePoll-1.0"), infData, ""), "Change update before; Domain a.test true"},
	{"unhandled-object", polled(extValue(`<b:pollData xmlns:b="http://www.verisign.com/epp/lowbalance-poll-1.0"><b:registrarName>T</b:registrarName><b:creditLimit>1000</b:creditLimit><b:creditThreshold type="FIXED">10</b:creditThreshold><b:availableCredit>80</b:availableCredit></b:pollData>`, "http://www.verisign.com/epp/lowbalance-poll-1.0"), "", ""), "LowBalance 80 10"},
}

// strange payloads are not of any schema.
var strange = []struct {
	name  string
	frame []byte
	want  string
}{
	{"vendor", polled("", `<x:data xmlns:x="urn:vendor"><x:y/></x:data>`, `<z:more xmlns:z="urn:vendor"/>`), "Unknown urn:vendor more; Unknown urn:vendor data"},
	{"panData without result", polled("", `<d:panData`+d+`><d:name>a.test</d:name></d:panData>`, ""), "Unknown urn:ietf:params:xml:ns:domain-1.0 panData"},
	{"transfer of another kind", polled("", `<d:trnData`+d+`><d:name>a.test</d:name><d:clID>ClientX</d:clID></d:trnData>`, ""), "Unknown urn:ietf:params:xml:ns:domain-1.0 trnData"},
	{"other data of a known namespace", polled("", `<d:impendingExpData`+d+`/>`, ""), "Unknown urn:ietf:params:xml:ns:domain-1.0 impendingExpData"},
	{"application without domain", polled("", "", fmt.Sprintf(applied, "allocated")), "Application  allocated"},
	{"poison beside data", polled("", `<d:trnData`+d+`/>`+infData, ""), "Unknown urn:ietf:params:xml:ns:domain-1.0 trnData; Domain a.test false"},
	{"empty maintenance", polled("", `<m:infData xmlns:m="urn:ietf:params:xml:ns:epp:maintenance-1.0"/>`, ""), "Unknown urn:ietf:params:xml:ns:epp:maintenance-1.0 infData"},
	{"unhandled vendor", polled(extValue(`<x:data xmlns:x="urn:vendor"/>`, "urn:vendor"), "", ""), "Unknown urn:vendor data"},
}

func show(events []Event) string {
	var out []string
	for _, e := range events {
		s := ""
		switch e := e.(type) {
		case Transfer:
			s = fmt.Sprint("Transfer ", e.Kind, " ", e.Name, " ", e.Status)
		case Pending:
			s = fmt.Sprint("Pending ", e.Kind, " ", e.Name, " ", e.Done, " ", e.ClTRID, " ", e.SvTRID)
			if e.Application != nil {
				s += " " + string(e.Application.Status)
			}
		case Change:
			s = fmt.Sprint("Change ", e.Operation, " ", e.State)
		case Domain:
			s = fmt.Sprint("Domain ", e.Name, " ", e.Past)
		case Contact:
			s = fmt.Sprint("Contact ", e.ID, " ", e.Past)
		case Host:
			s = fmt.Sprint("Host ", e.Name, " ", e.Past)
		case Created:
			s = "Created " + e.Name
		case Renewed:
			s = "Renewed " + e.Name + " " + e.Expires.Date()
		case Application:
			s = fmt.Sprint("Application ", e.Name, " ", e.Status)
		case RestoreDue:
			s = fmt.Sprint("RestoreDue ", e.Name, " ", e.Status, " ", e.ReportDue.Date())
		case LowBalance:
			s = fmt.Sprint("LowBalance ", e.Available, " ", e.Threshold.Fixed)
			if e.Threshold.Percent > 0 {
				s += fmt.Sprint(e.Threshold.Percent, "%")
			}
		case Maintenance:
			s = "Maintenance " + e.ID
		case Text:
			s = "Text " + e.Text
		case Unknown:
			s = "Unknown " + e.Namespace + " " + e.Local
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

func read(t testing.TB, frame []byte) (Message, bool) {
	t.Helper()
	r, err := epp.Codec{}.Decode(frame)
	if err != nil {
		t.Fatal(err)
	}
	return Read(r)
}

func TestRead(t *testing.T) {
	valid := map[string][]byte{}
	for _, tt := range messages {
		valid[tt.name] = tt.frame
	}
	for _, tt := range append(messages, strange...) {
		m, ok := read(t, tt.frame)
		if !ok || m.ID != "m-77" || m.Waiting != 5 || m.Queued.Time.IsZero() || m.SvTRID != "SV-1" {
			t.Errorf("%s: %+v", tt.name, m)
		}
		if got := show(m.Events); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.name, got, tt.want)
		}
		if moved := strings.HasPrefix(tt.name, "unhandled"); moved != (len(m.Moved) > 0) {
			t.Errorf("%s: moved %v", tt.name, m.Moved)
		}
	}
	epptest.Valid(t, valid)
}

func TestUnknownKeepsItsXML(t *testing.T) {
	m, _ := read(t, strange[0].frame)
	if u, ok := m.Events[1].(Unknown); !ok || string(u.Raw) != `<x:data xmlns:x="urn:vendor"><x:y/></x:data>` {
		t.Errorf("%+v", m.Events[1])
	}
}

func TestNoMessage(t *testing.T) {
	const head = `<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><response><result code="%d"><msg>x</msg></result>%s</response></epp>`
	for name, frame := range map[string]string{
		"empty queue": fmt.Sprintf(head, 1300, ""), "empty queue with a hint": fmt.Sprintf(head, 1300, `<msgQ count="0" id="1"/>`),
		"no id": fmt.Sprintf(head, 1301, `<msgQ count="1"/>`), "no queue": fmt.Sprintf(head, 1301, ""), "refused": fmt.Sprintf(head, 2101, ""),
	} {
		if m, ok := read(t, []byte(frame)); ok {
			t.Errorf("%s: %+v", name, m)
		}
	}
}

// FuzzRead: every message is read, and says something.
func FuzzRead(f *testing.F) {
	for _, tt := range append(messages, strange...) {
		f.Add(tt.frame)
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		r, err := epp.Codec{}.Decode(frame)
		if err != nil {
			return
		}
		m, ok := Read(r)
		if !ok {
			return
		}
		if m.ID == "" || len(m.Events) == 0 {
			t.Fatalf("%+v", m)
		}
		for _, e := range m.Events {
			if a, ok := e.(Application); ok && a.Status == launch.Status("\x00") {
				t.Fatal("control character in a status")
			}
		}
		show(m.Events)
	})
}
