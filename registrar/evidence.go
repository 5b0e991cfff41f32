package registrar

import "time"

// audit builds an audit event of registration data; the caller inserts it in
// the transaction that makes the change.
func (e *Engine) audit(by Actor, action, kind, id, name string, before, after any) AuditEvent {
	return AuditEvent{
		ID: e.id(PrefixAudit), At: e.Now(), By: by, Action: action,
		ObjectKind: kind, ObjectID: id, ObjectName: name,
		Before: before, After: after, Retention: RetainRegistration,
	}
}

// event builds an event about an operation.
func (e *Engine) event(kind EventKind, op Operation, detail string) Event {
	return Event{
		ID: e.id(PrefixEvent), Kind: kind, CustomerID: op.CustomerID, Domain: op.Domain,
		DomainID: op.DomainID, OrderID: op.OrderID, Operation: op.ID, Detail: detail, At: e.Now(),
	}
}

func sameTime(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}
