package registrar

import "time"

// OrderState says how far an order is.
type OrderState string

// Order states.
const (
	OrderPaid      OrderState = "paid"      // money held, work under way
	OrderCompleted OrderState = "completed" // every line done
	OrderPartly    OrderState = "partly"    // some lines failed and cost nothing
	OrderFailed    OrderState = "failed"    // every line failed; nothing was charged
)

// Order is what a customer asked and pays for.
type Order struct {
	ID         string
	CustomerID string
	State      OrderState
	Total      Money
	Agreement  Agreement
	PlacedAt   time.Time
	PlacedBy   Actor
	Lines      []OrderLine
}

// Agreement records which terms were accepted, when, from where, in what
// language (RAA 3.7.7: the registrar must hold an agreement with the holder).
type Agreement struct {
	Version  string
	Language string // of the text that was shown, RFC 5646
	IP       string
	At       time.Time
}

// LineState says how far an order line is.
type LineState string

// Line states.
const (
	LineOpen   LineState = "open"
	LineDone   LineState = "done"   // executed and charged
	LineFailed LineState = "failed" // not executed; the hold was released
)

// OrderLine is one billable wish: one name, one action.
type OrderLine struct {
	ID          string
	OrderID     string
	Action      Action
	Domain      string // A-label
	DomainID    string
	Years       int
	Price       Money
	Cost        Money // snapshot of our cost at order time
	State       LineState
	HoldID      string
	OperationID string
	Failure     string // safe sentence when State is failed
}

// Operation is one accepted request as its asker sees it.
type Operation struct {
	ID          string
	Kind        OperationKind
	CustomerID  string
	Domain      string // A-label
	DomainID    string
	OrderID     string // "" when it costs nothing
	LineID      string
	State       OperationState
	FailureCode string // stable word
	Failure     string // safe sentence
	By          Actor
	CreatedAt   time.Time
	FinishedAt  *time.Time
}

// OperationKind names the use case.
type OperationKind string

// Operation kinds.
const (
	OpRegister    OperationKind = "register"
	OpRenew       OperationKind = "renew"
	OpNameServers OperationKind = "nameservers"
	OpLock        OperationKind = "lock"
	OpUnlock      OperationKind = "unlock"
	OpCode        OperationKind = "transfer_code"
	OpCodeEnd     OperationKind = "transfer_code_end" // a code's life is over
	OpDelete      OperationKind = "delete"
	OpHost        OperationKind = "host" // set addresses or name of a host below a name
	OpHostDelete  OperationKind = "host_delete"
	OpContacts    OperationKind = "contacts"   // other contacts for a name
	OpRegistrant  OperationKind = "registrant" // … with a material change of its holder
	OpContact     OperationKind = "contact"    // new data of a contact, at one registry
	// OpContactMaterial is OpContact with another name, organisation or e-mail
	// address, which policies take for another holder.
	OpContactMaterial OperationKind = "contact_material"
)

// OperationState is what the asker sees.
type OperationState string

// Operation states.
const (
	OpRunning     OperationState = "running"
	OpSucceeded   OperationState = "succeeded"
	OpFailed      OperationState = "failed"
	OpNeedsReview OperationState = "needs_review" // a person at the registrar looks at it
)

// Final reports whether nothing more will happen by itself.
func (s OperationState) Final() bool { return s == OpSucceeded || s == OpFailed }
