// Package changepoll is the change poll extension of EPP (RFC 8590): who changed
// an object of ours at the registry, and why. It comes with poll messages only.
package changepoll

import "github.com/indera/indera/eppclient/epp"

// Namespace is the extension's URI.
const Namespace = "urn:ietf:params:xml:ns:changePoll-1.0"

// Mapping describes the extension.
var Mapping = epp.Mapping{
	URI: Namespace, Prefix: "changePoll", Reference: "RFC 8590",
	Adds: "poll messages about changes by the registry or third parties",
}

// State says which state of the object the message shows.
type State string

// The states. Before is a snapshot of the past: never the current state.
const (
	Before State = "before"
	After  State = "after"
)

// Case is the dispute or order behind a change.
type Case struct {
	ID   string
	Type string // "udrp", "urs" or "custom"
	Name string // of a custom type
}

// Data tells of one change.
type Data struct {
	State     State
	Operation string // "update", "transfer", "autoRenew", "custom", …
	Op        string // its sub-operation, for example "purge"; or ""
	Date      epp.Time
	SvTRID    string
	Who       string // for people and audit, never for logic
	Case      *Case
	Reason    string
}

// Info reads the change a poll message is about; ok is false when it is about
// none.
func Info(r *epp.Response) (data Data, ok bool) {
	el := r.Extension(Namespace, "changeData")
	if el == nil {
		return Data{}, false
	}
	data = Data{
		State:     State(el.Attr("state")),
		Operation: el.ChildValue(Namespace, "operation"),
		Op:        el.Child(Namespace, "operation").Attr("op"),
		Date:      epp.ParseTime(el.ChildValue(Namespace, "date")),
		SvTRID:    el.ChildValue(Namespace, "svTRID"),
		Who:       el.ChildValue(Namespace, "who"),
		Reason:    el.ChildValue(Namespace, "reason"),
	}
	if data.State == "" {
		data.State = After // the schema's default
	}
	if c := el.Child(Namespace, "caseId"); c != nil {
		data.Case = &Case{ID: c.Value(), Type: c.Attr("type"), Name: c.Attr("name")}
	}
	return data, true
}
