package epp

// TransferOp is what a transfer command does (RFC 5730 §2.9.3.4).
type TransferOp string

// The operations. The gaining registrar requests and cancels, the losing one
// approves and rejects, both query.
const (
	TransferRequest TransferOp = "request"
	TransferQuery   TransferOp = "query"
	TransferApprove TransferOp = "approve"
	TransferReject  TransferOp = "reject"
	TransferCancel  TransferOp = "cancel"
)

// TransferStatus is the state of a transfer (RFC 5730 §4 trStatusType). Unknown
// values of a server are kept.
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

// DomainTransfer moves a domain between registrars (RFC 5731 §3.2.4).
type DomainTransfer struct {
	Op           TransferOp
	Name         string
	Period       Period // request only; zero where the registry takes none
	AuthInfo     Secret // mandatory with request in practice
	AuthInfoROID string // of the contact whose password it is; "" = the domain's
}

// Describe names the command.
func (c DomainTransfer) Describe() Description {
	return Description{Verb: "transfer", Kind: "domain", Object: c.Name, Op: string(c.Op)}
}

// EncodeCommand writes <transfer>.
func (c DomainTransfer) EncodeCommand(e *Encoder) {
	e.transferOp(c.Op)
	if c.Period != (Period{}) && c.Op != TransferRequest {
		e.Fail("domain:period", "goes with a request only")
	}
	e.Object("transfer", "domain", e.Objects.Domain, func() {
		e.label("domain:name", c.Name)
		e.period(c.Period)
		if c.AuthInfo != "" {
			e.authInfoOf("domain", c.AuthInfo, c.AuthInfoROID)
		}
	}, Attr{"op", string(c.Op)})
}

// ContactTransfer moves a contact between registrars (RFC 5733 §3.2.4).
type ContactTransfer struct {
	Op       TransferOp
	ID       string
	AuthInfo Secret
}

// Describe names the command.
func (c ContactTransfer) Describe() Description {
	return Description{Verb: "transfer", Kind: "contact", Object: c.ID, Op: string(c.Op)}
}

// EncodeCommand writes <transfer>.
func (c ContactTransfer) EncodeCommand(e *Encoder) {
	e.transferOp(c.Op)
	e.Object("transfer", "contact", e.Objects.Contact, func() {
		e.contactID(c.ID)
		if c.AuthInfo != "" {
			e.authInfo("contact", c.AuthInfo)
		}
	}, Attr{"op", string(c.Op)})
}

func (e *Encoder) transferOp(op TransferOp) {
	e.OneOf("transfer@op", string(op), string(TransferRequest), string(TransferQuery),
		string(TransferApprove), string(TransferReject), string(TransferCancel))
}

// TransferData is the resData of a transfer, and of the messages both sides get
// about it.
type TransferData struct {
	Name      string // name or id
	Status    TransferStatus
	Gaining   string // reID, who requested
	Requested Time   // reDate
	Losing    string // acID, who must act or has acted
	Acted     Time   // acDate: while pending the day the registry decides by itself
	Expires   Time   // domains only; empty when the transfer changes nothing
}

// DomainTransferData reads domain:trnData. Error: *MissingError.
func (r *Response) DomainTransferData() (TransferData, error) {
	return r.TransferDataOf(r.objects.Domain, "name")
}

// ContactTransferData reads contact:trnData.
func (r *Response) ContactTransferData() (TransferData, error) {
	return r.TransferDataOf(r.objects.Contact, "id")
}

// TransferDataOf reads trnData of any object mapping; key is "name" or "id".
func (r *Response) TransferDataOf(space, key string) (TransferData, error) {
	data, err := r.Data(space, "trnData")
	if err != nil {
		return TransferData{}, err
	}
	return TransferData{
		Name:      data.ChildValue(space, key),
		Status:    TransferStatus(data.ChildValue(space, "trStatus")),
		Gaining:   data.ChildValue(space, "reID"),
		Requested: ParseTime(data.ChildValue(space, "reDate")),
		Losing:    data.ChildValue(space, "acID"),
		Acted:     ParseTime(data.ChildValue(space, "acDate")),
		Expires:   ParseTime(data.ChildValue(space, "exDate")),
	}, nil
}
