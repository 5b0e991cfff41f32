package sandbox

import (
	"bytes"
	"encoding/xml"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// timeLayout is how instants appear in frames and in the database: UTC with
// exactly three decimals, so that text order is time order.
const timeLayout = "2006-01-02T15:04:05.000Z"

func formatTime(t time.Time) string { return t.UTC().Format(timeLayout) }

// maxEchoed limits how much of a client's value an error repeats.
const maxEchoed = 255

// writer builds XML text. Callers pass element names as they shall appear,
// prefix included; texts and attribute values are escaped here.
type writer struct {
	buf bytes.Buffer
}

func (w *writer) escape(s string) {
	// bytes.Buffer never fails, and EscapeText returns only the writer's error.
	_ = xml.EscapeText(&w.buf, []byte(s))
}

// start opens an element; attrs are name, value pairs.
func (w *writer) start(name string, attrs ...string) {
	w.tag(name, attrs)
	w.buf.WriteByte('>')
}

func (w *writer) tag(name string, attrs []string) {
	w.buf.WriteByte('<')
	w.buf.WriteString(name)
	for i := 0; i+1 < len(attrs); i += 2 {
		w.buf.WriteString(" " + attrs[i] + `="`)
		w.escape(attrs[i+1])
		w.buf.WriteByte('"')
	}
}

func (w *writer) end(name string) { w.buf.WriteString("</" + name + ">") }

// empty writes <name/>.
func (w *writer) empty(name string, attrs ...string) {
	w.tag(name, attrs)
	w.buf.WriteString("/>")
}

// text writes an element with text content.
func (w *writer) text(name, text string, attrs ...string) {
	w.start(name, attrs...)
	w.escape(text)
	w.end(name)
}

// textIf writes the element unless text is empty.
func (w *writer) textIf(name, text string, attrs ...string) {
	if text != "" {
		w.text(name, text, attrs...)
	}
}

// String returns what was written so far.
func (w *writer) String() string { return w.buf.String() }

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="no"?>` + "\n"

// reply is the outcome of a command that was done.
type reply struct {
	code       int
	resData    string   // XML of the resData child, "" for none
	extensions []string // XML of the extension's children
	moved      []movedData
	msgQ       *messageQueue
}

// movedData is data of a namespace the session did not log in with (RFC 9038).
type movedData struct{ ns, xml string }

// messageQueue is what an answer says of the caller's messages.
type messageQueue struct {
	count int
	id    string
	date  string // "" outside of a poll
	text  string
}

// encodeReply writes the response to a command that was done.
func encodeReply(r reply, clTRID, svTRID string) []byte {
	w := &writer{}
	w.buf.WriteString(xmlHead)
	w.start("epp", "xmlns", nsEPP)
	w.start("response")
	w.start("result", "code", strconv.Itoa(r.code))
	w.text("msg", messages[r.code], "lang", "en")
	for _, m := range r.moved {
		w.start("extValue")
		w.start("value")
		w.buf.WriteString(m.xml)
		w.end("value")
		w.text("reason", m.ns+" not in login services", "lang", "en")
		w.end("extValue")
	}
	w.end("result")
	w.messageQueue(r.msgQ)
	if r.resData != "" {
		w.start("resData")
		w.buf.WriteString(r.resData)
		w.end("resData")
	}
	w.extensions(r.extensions)
	w.trID(clTRID, svTRID)
	w.end("response")
	w.end("epp")
	return w.buf.Bytes()
}

func (w *writer) messageQueue(q *messageQueue) {
	if q == nil {
		return
	}
	w.start("msgQ", "count", strconv.Itoa(q.count), "id", q.id)
	if q.date != "" {
		w.text("qDate", q.date)
		w.text("msg", q.text, "lang", "en")
	}
	w.end("msgQ")
}

func (w *writer) extensions(list []string) {
	if len(list) == 0 {
		return
	}
	w.start("extension")
	for _, x := range list {
		w.buf.WriteString(x)
	}
	w.end("extension")
}

// encodeRefusal writes the response to a command that was not done. An
// offending element is shown as <value>; with a reason, inside <extValue>.
func encodeRefusal(r *refusal, clTRID, svTRID string) []byte {
	w := &writer{}
	w.buf.WriteString(xmlHead)
	w.start("epp", "xmlns", nsEPP)
	w.start("response")
	w.start("result", "code", strconv.Itoa(r.code))
	msg := messages[r.code]
	if r.element == "" && r.reason != "" {
		msg += ": " + r.reason
	}
	w.text("msg", normalize(msg), "lang", "en")
	switch {
	case r.element == "":
	case r.reason == "":
		w.offender(r)
	default:
		w.start("extValue")
		w.offender(r)
		w.text("reason", normalize(r.reason), "lang", "en")
		w.end("extValue")
	}
	w.end("result")
	w.extensions(r.extensions)
	w.trID(clTRID, svTRID)
	w.end("response")
	w.end("epp")
	return w.buf.Bytes()
}

func (w *writer) offender(r *refusal) {
	value := r.value
	if utf8.RuneCountInString(value) > maxEchoed {
		value = string([]rune(value)[:maxEchoed])
	}
	w.start("value")
	if object := objectOf(r.ns); object != "" {
		w.text(object+":"+r.element, value, "xmlns:"+object, r.ns)
	} else {
		w.text(r.element, value, "xmlns", r.ns)
	}
	w.end("value")
}

func (w *writer) trID(clTRID, svTRID string) {
	w.start("trID")
	w.textIf("clTRID", clTRID)
	w.text("svTRID", svTRID)
	w.end("trID")
}

// encodeGreeting writes the greeting of RFC 5730 §2.4. The policy statement
// says: access to all, for provisioning and administration, by ourselves and
// the public, kept as stated (it is a sandbox: nobody real is in it).
func encodeGreeting(svID string, now time.Time, objects, extensions []string) []byte {
	w := &writer{}
	w.buf.WriteString(xmlHead)
	w.start("epp", "xmlns", nsEPP)
	w.start("greeting")
	w.text("svID", svID)
	w.text("svDate", formatTime(now))
	w.start("svcMenu")
	w.text("version", "1.0")
	w.text("lang", "en")
	for _, uri := range objects {
		w.text("objURI", uri)
	}
	if len(extensions) > 0 {
		w.start("svcExtension")
		for _, uri := range extensions {
			w.text("extURI", uri)
		}
		w.end("svcExtension")
	}
	w.end("svcMenu")
	w.buf.WriteString(`<dcp><access><all/></access><statement><purpose><admin/><prov/></purpose>` +
		`<recipient><ours/><public/></recipient><retention><stated/></retention></statement></dcp>`)
	w.end("greeting")
	w.end("epp")
	return w.buf.Bytes()
}

// offeredObjects are the objURI values of every greeting.
var offeredObjects = []string{nsDomain, nsContact, nsHost}

// objectWriter writes the resData of one object mapping with its usual prefix.
type objectWriter struct {
	writer
	prefix string
	root   string
}

// newData opens, for example, <domain:infData xmlns:domain="…">.
func newData(object, ns, name string, attrs ...string) *objectWriter {
	w := &objectWriter{prefix: object + ":", root: name}
	w.start(w.prefix+name, append([]string{"xmlns:" + object, ns}, attrs...)...)
	return w
}

func (w *objectWriter) el(name, text string, attrs ...string) {
	w.text(w.prefix+name, text, attrs...)
}

func (w *objectWriter) elIf(name, text string, attrs ...string) {
	w.textIf(w.prefix+name, text, attrs...)
}

// statuses writes status elements with their optional note.
func (w *objectWriter) statuses(list []status) {
	for _, st := range list {
		if st.note == "" {
			w.empty(w.prefix+"status", "s", st.value)
			continue
		}
		w.el("status", st.note, "s", st.value, "lang", st.lang)
	}
}

// reply closes the data and wraps it in a 1000 or 1001.
func (w *objectWriter) reply(code int) reply {
	w.end(w.prefix + w.root)
	return reply{code: code, resData: w.String()}
}

// checked is one answer of a check: reason "" means available.
type checked struct {
	key, reason string
}

// encodeCheck writes chkData; element is "name" or "id".
func encodeCheck(object, ns, element string, results []checked) reply {
	w := newData(object, ns, "chkData")
	for _, c := range results {
		avail := "1"
		if c.reason != "" {
			avail = "0"
		}
		w.start(w.prefix + "cd")
		w.el(element, c.key, "avail", avail)
		w.elIf("reason", c.reason)
		w.end(w.prefix + "cd")
	}
	return w.reply(1000)
}

// addYears moves t by whole years in UTC. 29 February becomes the 28th in a
// year without one, so a term never reaches into March.
func addYears(t time.Time, years int) time.Time {
	t = t.UTC()
	moved := t.AddDate(years, 0, 0)
	if moved.Day() != t.Day() {
		moved = moved.AddDate(0, 0, -moved.Day())
	}
	return moved
}

// validDate reports whether an xs:date that matches datePattern exists in the calendar.
func validDate(s string) bool {
	if strings.HasPrefix(s, "-") {
		return false
	}
	date, zone := splitDate(s)
	_, err := time.Parse(time.DateOnly, date)
	if err == nil && zone != "" && zone != "Z" {
		_, err = time.Parse("-07:00", zone)
	}
	return err == nil
}

// splitDate cuts "2027-01-02Z" into the day and the optional zone.
func splitDate(s string) (date, zone string) {
	if len(s) < len(time.DateOnly) {
		return s, ""
	}
	return s[:len(time.DateOnly)], s[len(time.DateOnly):]
}
