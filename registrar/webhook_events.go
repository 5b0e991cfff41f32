package registrar

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// EventPing is the test event of a webhook. It goes to one endpoint and is no
// news about anything.
const EventPing EventKind = "webhook.ping"

// Audience says who may be told of events of a kind.
type Audience string

// Audiences.
const (
	ForCustomer Audience = "customer" // the customer it concerns, and staff's systems
	ForStaff    Audience = "staff"    // staff's systems only
	ForNobody   Audience = "internal" // never leaves the program
)

// Field is a member of an event's data.
type Field string

// Fields of data. customer_id is always there, unless the event is about no
// customer.
const (
	FieldDomain    Field = "domain"       // A-label
	FieldDomainID  Field = "domain_id"    //
	FieldOrder     Field = "order_id"     //
	FieldOperation Field = "operation_id" // ask GET /operations/{id}
	FieldContact   Field = "contact_id"   //
	FieldAmount    Field = "amount"       // {"amount": "12.00", "currency": "USD"}
	FieldReason    Field = "reason"       // a sentence
	FieldRegistry  Field = "registry"     // our name of a registry account
	FieldWebhook   Field = "webhook_id"   //
)

// EventInfo is one row of the catalogue of events.
type EventInfo struct {
	Kind   EventKind
	For    Audience
	Needs  Permission // of who subscribes to it
	When   string
	Fields []Field
}

var (
	ofOperation = []Field{FieldDomain, FieldDomainID, FieldOperation}
	ofOrder     = []Field{FieldDomain, FieldDomainID, FieldOrder, FieldOperation}
	ofContact   = []Field{FieldContact, FieldOperation}
)

// EventCatalogue lists every kind of event. A test proves that none is missing.
var EventCatalogue = []EventInfo{
	{EventOrderPlaced, ForCustomer, MayMoney, "An order was placed and its price is held.", []Field{FieldOrder, FieldAmount}},
	{EventDomainRegistered, ForCustomer, MayRead, "A name was registered at the registry.", ofOrder},
	{EventDomainRenewed, ForCustomer, MayRead, "A name was renewed at the registry.", ofOrder},
	{EventNameServersChanged, ForCustomer, MayRead, "The name servers of a name were changed at the registry.", ofOperation},
	{EventDomainLocked, ForCustomer, MayRead, "Locks of a name were set.", ofOperation},
	{EventDomainUnlocked, ForCustomer, MayRead, "Locks of a name were lifted.", ofOperation},
	{EventTransferCode, ForCustomer, MayRead, "A fresh transfer code was set at the registry. The code itself is never sent.", ofOperation},
	{EventTransferCodeEnd, ForCustomer, MayRead, "A transfer code was taken back: at the end of its life, or earlier by staff.", ofOperation},
	{EventDomainDeleted, ForCustomer, MayRead, "A name was deleted, as its customer or staff asked: gone, or pendingDelete at the registry.", ofOperation},
	{EventDomainGone, ForCustomer, MayRead, "The registry has purged a deleted name.", []Field{FieldDomain, FieldDomainID}},
	{EventTransferAsked, ForCustomer, MayRead, "Another registrar asks for a name; the registry tells who and until when.", []Field{FieldDomain, FieldDomainID, FieldReason}},
	{EventTransferredAway, ForCustomer, MayRead, "A name went to another registrar.", []Field{FieldDomain, FieldDomainID, FieldReason}},
	{EventDomainMoved, ForCustomer, MayRead, "Staff moved a name from this account to another one, or from another one to this.", []Field{FieldDomain, FieldDomainID, FieldReason}},
	{EventHostSet, ForCustomer, MayRead, "A host below a name was created or got other addresses.", ofOperation},
	{EventHostDeleted, ForCustomer, MayRead, "A host below a name was deleted.", ofOperation},
	{EventContactsChanged, ForCustomer, MayRead, "A name got other contacts.", ofOperation},
	{EventRegistrantChanged, ForCustomer, MayRead, "The holder of a name changed materially: another name, organisation or e-mail address.", ofOperation},
	{EventContactChanged, ForCustomer, MayRead, "A contact's data changed at a registry, or by staff where no registry has it.", ofContact},
	{EventContactMaterial, ForCustomer, MayRead, "A contact's data changed materially, for all names that it holds at a registry.", ofContact},
	{EventDomainRead, ForNobody, "", "The registry's own view of a name was read; serves caches.", nil},
	{EventDomainNotListed, ForStaff, MayRead, "The registry does not list a name of ours.", []Field{FieldDomain, FieldDomainID, FieldReason}},
	{EventOperationFailed, ForCustomer, MayRead, "The registry refused what was asked; nothing was charged.", append([]Field{FieldReason}, ofOrder...)},
	{EventNeedsReview, ForCustomer, MayRead, "Nobody but a person can tell what became of a request; staff look at it.", ofOrder},
	{EventRegistryNoFunds, ForStaff, MayRead, "A registry says that it has no funds of ours; its billable commands wait.", []Field{FieldRegistry}},
	{EventRegistryFundsBack, ForStaff, MayRead, "A registry takes billable commands again.", []Field{FieldRegistry}},
	{EventRegistryLowBalance, ForStaff, MayRead, "A registry warns that our account there runs low.", []Field{FieldRegistry}},
	{EventRegistryMaintenance, ForStaff, MayRead, "A registry announces maintenance; the message tells when.", []Field{FieldRegistry}},
	{EventBalanceToppedUp, ForCustomer, MayMoney, "Money was added to the balance by a payment.", []Field{FieldAmount}},
	{EventCustomerSignedUp, ForStaff, MayRead, "A new customer signed up.", nil},
	{EventPaymentReview, ForCustomer, MayMoney, "A payment waits for a person to look at it.", []Field{FieldAmount}},
	{EventAdjustmentAsked, ForStaff, MayMoney, "A credit or debit by staff waits for a second person.", []Field{FieldAmount}},
	{EventBalanceAdjusted, ForCustomer, MayMoney, "Staff credited or debited the balance; a debit is negative.", []Field{FieldAmount}},
	{EventPaymentReturned, ForCustomer, MayMoney, "Money of a payment went back at its provider: a refund or a dispute.", []Field{FieldAmount}},
	{EventPaymentRegained, ForCustomer, MayMoney, "Money that had gone back came again: a dispute was won or a refund failed.", []Field{FieldAmount}},
	{EventReceivableOpened, ForCustomer, MayMoney, "The balance did not cover what went back: the rest is owed, and orders wait for it.", []Field{FieldAmount}},
	{EventReceivableSettled, ForCustomer, MayMoney, "Something that was owed was settled from the balance, in whole or in part.", []Field{FieldAmount}},
	{EventReceivableWrittenOff, ForStaff, MayMoney, "Two of staff gave up what a customer owed.", []Field{FieldAmount}},
	{EventPing, ForCustomer, MayRead, "A test was asked for. It is sent to one endpoint, whatever that subscribes to.", []Field{FieldWebhook}},
}

var eventInfos = func() map[EventKind]EventInfo {
	m := make(map[EventKind]EventInfo, len(EventCatalogue))
	for _, info := range EventCatalogue {
		m[info.Kind] = info
	}
	return m
}()

// EventInfoOf returns the row of a kind.
func EventInfoOf(kind EventKind) (EventInfo, bool) {
	info, ok := eventInfos[kind]
	return info, ok
}

// SubscribableEvents lists what a role may subscribe to; staff who may manage
// webhooks of ours get everything.
func SubscribableEvents(role Role) []EventInfo {
	var out []EventInfo
	for _, info := range EventCatalogue {
		if info.subscribable(role) {
			out = append(out, info)
		}
	}
	return out
}

func (i EventInfo) subscribable(role Role) bool {
	switch {
	case i.Kind == EventPing || i.For == ForNobody:
		return false
	case role.May(StaffHooks):
		return true
	}
	return i.For == ForCustomer && role.May(i.Needs)
}

// EventVersion is the shape of payloads. It changes only when a member changes
// its meaning or goes away; new members and new types come without notice.
const EventVersion = "v1"

// EventPayload is the body of a webhook.
type EventPayload struct {
	ID         string    `json:"id" example:"evt_01k9zq3v1c7p0e4v8n5j2x6r3w" doc:"The same in every try and replay, and as webhook-id."`
	Type       EventKind `json:"type" example:"domain.registered"`
	CreatedAt  time.Time `json:"created_at" doc:"When it happened."`
	APIVersion string    `json:"api_version" example:"v1"`
	Data       EventData `json:"data"`
}

// EventData holds ids and public facts. Which members are there depends on the
// type.
type EventData struct {
	CustomerID  string       `json:"customer_id,omitempty" example:"cus_01k9zq3v1c7p0e4v8n5j2x6r3w"`
	Domain      string       `json:"domain,omitempty" example:"brand.shop" doc:"A-label."`
	DomainID    string       `json:"domain_id,omitempty" example:"dom_01k9zq3v1c7p0e4v8n5j2x6r3w"`
	OrderID     string       `json:"order_id,omitempty" example:"ord_01k9zq3v1c7p0e4v8n5j2x6r3w"`
	OperationID string       `json:"operation_id,omitempty" example:"op_01k9zq3v1c7p0e4v8n5j2x6r3w" doc:"Ask GET /operations/{id}."`
	ContactID   string       `json:"contact_id,omitempty" example:"con_01k9zq3v1c7p0e4v8n5j2x6r3w"`
	Amount      *EventAmount `json:"amount,omitempty"`
	Reason      string       `json:"reason,omitempty" doc:"A sentence for people."`
	Registry    string       `json:"registry,omitempty" doc:"The operator's name of a registry account."`
	WebhookID   string       `json:"webhook_id,omitempty" example:"whk_01k9zq3v1c7p0e4v8n5j2x6r3w"`
}

// EventAmount is an exact amount of money.
type EventAmount struct {
	Amount   string `json:"amount" example:"12.00" doc:"Plain decimal; may be negative."`
	Currency string `json:"currency" example:"USD" doc:"ISO 4217 code."`
}

// Payload returns the body for an event: only what the catalogue names.
func Payload(ev Event) (EventPayload, error) {
	info, ok := EventInfoOf(ev.Kind)
	if !ok || info.For == ForNobody {
		return EventPayload{}, fmt.Errorf("event %s of kind %q is not public", ev.ID, ev.Kind)
	}
	p := EventPayload{ID: ev.ID, Type: ev.Kind, CreatedAt: ev.At.UTC(), APIVersion: EventVersion, Data: EventData{CustomerID: ev.CustomerID}}
	for _, f := range info.Fields {
		switch f {
		case FieldDomain:
			p.Data.Domain = ev.Domain
		case FieldDomainID:
			p.Data.DomainID = ev.DomainID
		case FieldOrder:
			p.Data.OrderID = ev.OrderID
		case FieldOperation:
			p.Data.OperationID = ev.Operation
		case FieldContact:
			p.Data.ContactID = ev.Detail
		case FieldReason:
			p.Data.Reason = ev.Detail
		case FieldRegistry:
			p.Data.Registry = ev.Detail
		case FieldWebhook:
			p.Data.WebhookID = ev.Detail
		case FieldAmount:
			amount, currency, _ := strings.Cut(ev.Detail, " ")
			p.Data.Amount = &EventAmount{amount, currency}
		}
	}
	return p, nil
}

// body returns the payload as it is signed and sent: the same bytes each time.
func eventBody(ev Event) ([]byte, error) {
	p, err := Payload(ev)
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encoding event %s: %w", ev.ID, err)
	}
	return b, nil
}

// ExampleEvent returns a made-up event of a kind, for documents.
func ExampleEvent(kind EventKind) Event {
	const id = "01k9zq3v1c7p0e4v8n5j2x6r3w"
	ev := Event{ID: PrefixEvent + "_" + id, Kind: kind, At: time.Date(2026, 11, 23, 10, 20, 30, 0, time.UTC), CustomerID: PrefixCustomer + "_" + id,
		Domain: "brand.shop", DomainID: PrefixDomain + "_" + id, OrderID: PrefixOrder + "_" + id, Operation: PrefixOperation + "_" + id}
	info, _ := EventInfoOf(kind)
	for _, f := range info.Fields {
		switch f {
		case FieldAmount:
			ev.Detail = "12.00 USD"
		case FieldContact:
			ev.Detail = PrefixContact + "_" + id
		case FieldReason:
			ev.Detail = "The registry says that the name is reserved."
		case FieldRegistry:
			ev.Detail, ev.CustomerID = "shop-registry", ""
		case FieldWebhook:
			ev.Detail = PrefixWebhook + "_" + id
		}
	}
	return ev
}
