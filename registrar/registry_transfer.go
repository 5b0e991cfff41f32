package registrar

import (
	"context"
	"time"
)

// ObjectKind is what an EPP object is.
type ObjectKind string

// The kinds.
const (
	ObjectDomain  ObjectKind = "domain"
	ObjectContact ObjectKind = "contact"
	ObjectHost    ObjectKind = "host"
	ObjectOther   ObjectKind = "other" // of a dialect, for example an nsset
)

// ObjectRef names an object at a registry.
type ObjectRef struct {
	Kind ObjectKind
	ID   string // domain or host name (A-labels, lower case), or contact handle
}

// Transfers moves domains and contacts between registrars (RFC 5730 §2.9.3.4,
// RFC 5731 §3.2.4, RFC 5733 §3.2.4).
type Transfers interface {
	// Transfer requests, cancels, approves or rejects a transfer. The gaining
	// registrar requests and cancels, the losing one approves and rejects.
	Transfer(ctx context.Context, send Send, t TransferCommand) (Transferred, error)
	// TransferState asks for the last transfer of an object. code may be "" where
	// we are a party to it. 2301 says that none is pending.
	TransferState(ctx context.Context, object ObjectRef, code Secret) (Transfer, error)
}

// TransferOp is what a transfer command does.
type TransferOp string

// The operations that change something.
const (
	TransferRequest TransferOp = "request"
	TransferCancel  TransferOp = "cancel"
	TransferApprove TransferOp = "approve"
	TransferReject  TransferOp = "reject"
)

// TransferCommand asks for one step of a transfer.
type TransferCommand struct {
	Object ObjectRef
	Op     TransferOp

	// Of a request only:
	Years   int    // years that the transfer adds; 0 = none or the registry's own
	Code    Secret // transfer code
	CodeOf  string // ROID of the contact whose code it is; "" = the object's own
	Consent *Money // price that we agree to, see DomainCreate.Consent
	Token   Secret // allocation token (RFC 8495), "" = none
}

// Transferred is the answer to a transfer command. Code 1000 to a request means
// that the object is ours at once.
type Transferred struct {
	Receipt
	Transfer
}

// TransferStatus is the state of a transfer (RFC 5730 §4 trStatusType); unknown
// values of a registry are kept.
type TransferStatus string

// The states.
const (
	TransferPending         TransferStatus = "pending"
	TransferClientApproved  TransferStatus = "clientApproved"
	TransferClientCancelled TransferStatus = "clientCancelled"
	TransferClientRejected  TransferStatus = "clientRejected"
	TransferServerApproved  TransferStatus = "serverApproved"
	TransferServerCancelled TransferStatus = "serverCancelled"
)

// Approved reports whether the object has changed hands.
func (s TransferStatus) Approved() bool {
	return s == TransferClientApproved || s == TransferServerApproved
}

// TransferSide is our part in a transfer.
type TransferSide string

// The sides.
const (
	TransferGaining TransferSide = "gaining"
	TransferLosing  TransferSide = "losing"
	TransferOthers  TransferSide = "" // we are no party to it
)

// Transfer is what a registry says of a transfer.
type Transfer struct {
	Object     ObjectRef
	Status     TransferStatus // "" when the registry answered without data
	Side       TransferSide   // which of the two we are
	Gaining    string         // clID of who requested
	Requested  time.Time
	Losing     string    // clID of who must act or has acted
	Acted      time.Time // while pending: when the registry decides by itself
	Expires    time.Time // of a domain after the transfer; zero when it says nothing
	ExpiresRaw string
}

// Restores gets deleted names back (RFC 3915).
type Restores interface {
	// Restore asks for a name in its redemption period back.
	Restore(ctx context.Context, send Send, r DomainRestore) (Restored, error)
	// ReportRestore tells the registry why; it ends pendingRestore. It may be sent
	// again to correct it.
	ReportRestore(ctx context.Context, send Send, r RestoreReport) (Restored, error)
}

// RestoreStyle says how a registry gives a deleted name back.
type RestoreStyle string

// The styles.
const (
	RestoreNever   RestoreStyle = ""        // not by EPP
	RestoreRequest RestoreStyle = "request" // the request is all
	RestoreReports RestoreStyle = "report"  // request, then report (RFC 3915 §2)
)

// DomainRestore asks for a deleted name back.
type DomainRestore struct {
	Name    string
	Consent *Money // price that we agree to, see DomainCreate.Consent
}

// RestoreReport tells why a name was restored. The statements are made under
// contract (RFC 3915 §4.2.5): all of it must be true.
type RestoreReport struct {
	Name      string
	Before    string // registration data before the deletion
	After     string // registration data after the restore
	Deleted   time.Time
	Restored  time.Time
	Reason    string
	Statement [2]string // that it was not restored to be used or sold by us; that the facts are true
	Other     string    // "" = none
}

// Restored is the answer to a restore.
type Restored struct {
	Receipt
	Graces []string // grace periods after it, usually pendingRestore
}
