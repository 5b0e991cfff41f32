package epp

// The operations of poll.
const (
	pollReq = "req"
	pollAck = "ack"
)

// PollRequest asks for the oldest message (RFC 5730 §2.9.2.3). The answer is
// CodeAckToDequeue with a MsgQ, or CodeNoMessages.
type PollRequest struct{}

// Describe names the command.
func (PollRequest) Describe() Description { return Description{Verb: "poll", Op: pollReq} }

// EncodeCommand writes <poll op="req"/>.
func (PollRequest) EncodeCommand(e *Encoder) { e.Empty("poll", Attr{"op", pollReq}) }

// PollAck takes a message off the queue: to be sent only after the message is
// stored, because there is no way to see it again.
type PollAck struct {
	MessageID string // MsgQ.ID, an opaque text
}

// Describe names the command.
func (c PollAck) Describe() Description {
	return Description{Verb: "poll", Op: pollAck, Object: c.MessageID}
}

// EncodeCommand writes <poll op="ack" msgID="…"/>.
func (c PollAck) EncodeCommand(e *Encoder) {
	e.token("poll@msgID", c.MessageID, 1, -1)
	e.Empty("poll", Attr{"op", pollAck}, Attr{"msgID", c.MessageID})
}

// PendingData is the outcome of an action that was answered by CodePending
// (RFC 5731 §3.3, RFC 5732 §3.3, RFC 5733 §3.3).
type PendingData struct {
	Name   string // name or id
	Done   bool   // paResult: executed, or refused
	ClTRID string // of the command that was pending; "" when the server left it out
	SvTRID string
	Date   Time // when it was decided
}

// DomainPendingData reads domain:panData. Error: *MissingError, also when
// paResult is unreadable: then nothing can be said of the outcome.
func (r *Response) DomainPendingData() (PendingData, error) {
	return r.PendingDataOf(r.objects.Domain, "name")
}

// HostPendingData reads host:panData.
func (r *Response) HostPendingData() (PendingData, error) {
	return r.PendingDataOf(r.objects.Host, "name")
}

// ContactPendingData reads contact:panData.
func (r *Response) ContactPendingData() (PendingData, error) {
	return r.PendingDataOf(r.objects.Contact, "id")
}

// PendingDataOf reads panData of any object mapping; key is "name" or "id".
func (r *Response) PendingDataOf(space, key string) (PendingData, error) {
	data, err := r.Data(space, "panData")
	if err != nil {
		return PendingData{}, err
	}
	el := data.Child(space, key)
	done, ok := ParseBool(el.Attr("paResult"))
	if !ok {
		return PendingData{}, &MissingError{Element: "panData with a paResult"}
	}
	tr := data.Child(space, "paTRID")
	return PendingData{
		Name: el.Value(), Done: done,
		ClTRID: tr.ChildValue(Namespace, "clTRID"),
		SvTRID: tr.ChildValue(Namespace, "svTRID"),
		Date:   ParseTime(data.ChildValue(space, "paDate")),
	}, nil
}
