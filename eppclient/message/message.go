// Package message reads poll messages (RFC 5730 §2.9.2.3): what each known payload
// says, as typed values, and everything else as it came. Reading never fails: a
// message nobody understands must not block the queue behind it.
//
// Drain takes messages off a queue: each is kept first and acknowledged then. The
// same message may come again when the answer to the ack is lost.
package message

import (
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/changepoll"
	"github.com/indera/indera/eppclient/ext/launch"
	"github.com/indera/indera/eppclient/ext/maintenance"
	"github.com/indera/indera/eppclient/ext/verisign"
)

// Message is one message of the queue.
type Message struct {
	ID      string // for the ack, opaque
	Waiting int    // messages in the queue, this one included
	Queued  epp.Time
	Text    string // for people
	SvTRID  string // of the poll's answer
	Raw     []byte // the frame as received, to be kept; it may hold secrets
	// Response is the answer the message came in.
	Response *epp.Response
	// Events are what the message says; never empty.
	Events []Event
	// Moved are namespaces of data that came although the session did not log in
	// with them (RFC 9038): the login should be extended.
	Moved []string
}

// Event is one of Transfer, Pending, Change, Domain, Contact, Host, Created,
// Renewed, Application, RestoreDue, LowBalance, Maintenance, Text and Unknown.
type Event interface{ event() }

// Kind is what an event is about.
type Kind string

// The kinds.
const (
	KindDomain  Kind = "domain"
	KindContact Kind = "contact"
	KindHost    Kind = "host"
	KindOrg     Kind = "org"
)

// Transfer tells of a transfer that was requested or decided.
type Transfer struct {
	Kind Kind // domain or contact
	epp.TransferData
}

// Pending is the outcome of an action of ours that was pending.
type Pending struct {
	Kind Kind
	epp.PendingData
	Application *launch.InfoData // of an application's final state
}

// Change tells that the registry or a third party changed an object: what it was
// or is stands in the event of the object itself, which comes behind it.
type Change struct{ changepoll.Data }

// Domain is the state of a domain.
type Domain struct {
	epp.DomainInfoData
	// Past says that the state is from before a change: not to be applied.
	Past bool
}

// Contact is the state of a contact.
type Contact struct {
	epp.ContactInfoData
	Past bool
}

// Host is the state of a host.
type Host struct {
	epp.HostInfoData
	Past bool
}

// Created tells of a domain that the registry made for us, for example by
// allocation.
type Created struct{ epp.CreateData }

// Renewed tells of a domain that the registry renewed.
type Renewed struct{ epp.DomainRenewData }

// Application is an intermediate state of a launch application.
type Application struct {
	Name string // of the domain
	launch.InfoData
}

// RestoreDue says until when a restore report must be sent.
type RestoreDue struct{ verisign.RestoreDue }

// LowBalance warns of an account that runs low.
type LowBalance struct{ verisign.LowBalance }

// Maintenance announces maintenance of the registry.
type Maintenance struct{ maintenance.Item }

// Text is a message without data.
type Text struct{ Text string }

// Unknown is data that no reader knows.
type Unknown struct {
	Namespace, Local string
	Raw              []byte // the element; prefixes may be declared outside of it
	Element          *epp.Element
}

func (Transfer) event()    {}
func (Pending) event()     {}
func (Change) event()      {}
func (Domain) event()      {}
func (Contact) event()     {}
func (Host) event()        {}
func (Created) event()     {}
func (Renewed) event()     {}
func (Application) event() {}
func (RestoreDue) event()  {}
func (LowBalance) event()  {}
func (Maintenance) event() {}
func (Text) event()        {}
func (Unknown) event()     {}

// Read reads the answer to a poll request; ok is false when the queue is empty or
// the server answered without a message id, so that there is nothing to
// acknowledge.
func Read(r *epp.Response) (m Message, ok bool) {
	if r.Code() == epp.CodeNoMessages || r.Err() != nil || r.MsgQ == nil || r.MsgQ.ID == "" {
		return Message{}, false
	}
	m = Message{ID: r.MsgQ.ID, Waiting: r.MsgQ.Count, Queued: r.MsgQ.Date, Text: r.MsgQ.Msg, SvTRID: r.SvTRID, Raw: r.Raw, Response: r}
	rd := reader{resp: r, objects: r.Objects()}
	rd.read()
	m.Events = rd.events
	if len(m.Events) == 0 {
		m.Events = []Event{Text{Text: m.Text}}
	}
	for _, el := range r.Unhandled() {
		m.Moved = append(m.Moved, el.Space)
	}
	return m, true
}

type reader struct {
	resp    *epp.Response
	objects epp.Objects
	events  []Event
	past    bool             // the objects show a state from before a change
	launch  *launch.InfoData // waits for the object it belongs to
}

func (rd *reader) add(e Event) { rd.events = append(rd.events, e) }

// read goes through extensions first, because they say what the objects mean.
func (rd *reader) read() {
	if change, ok := changepoll.Info(rd.resp); ok {
		rd.past = change.State == changepoll.Before
		rd.add(Change{change})
	}
	if app, ok := launch.InfData(rd.resp); ok {
		rd.launch = &app
	}
	known := map[string]bool{changepoll.Namespace: true, launch.Namespace: true}
	for _, el := range rd.resp.Extensions {
		if !known[el.Space] && !supplement[el.Space] {
			rd.unknown(el)
		}
	}
	for _, el := range rd.resp.ResData {
		rd.object(el)
	}
	for _, el := range rd.resp.Unhandled() {
		if !known[el.Space] && !supplement[el.Space] {
			rd.object(el)
		}
	}
	if rd.launch != nil {
		rd.add(Application{InfoData: *rd.launch})
	}
}

func (rd *reader) unknown(el *epp.Element) {
	rd.add(Unknown{Namespace: el.Space, Local: el.Local, Raw: el.Raw, Element: el})
}
