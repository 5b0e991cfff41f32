// Package rgp is the registry grace period extension of EPP (RFC 3915): grace
// periods of a domain, and how to restore it after a deletion.
package rgp

import (
	"time"

	"github.com/indera/indera/eppclient/epp"
)

// Namespace is the extension's URI.
const Namespace = "urn:ietf:params:xml:ns:rgp-1.0"

// Mapping describes the extension.
var Mapping = epp.Mapping{
	URI: Namespace, Prefix: "rgp", Reference: "RFC 3915",
	Adds: "grace period statuses at info, restore request and restore report",
}

// Status is a grace period (RFC 3915 §3.1). Unknown values are kept.
type Status string

// The grace periods. A deletion within one of the first four returns its charge.
const (
	AddPeriod        Status = "addPeriod"
	AutoRenewPeriod  Status = "autoRenewPeriod"
	RenewPeriod      Status = "renewPeriod"
	TransferPeriod   Status = "transferPeriod"
	RedemptionPeriod Status = "redemptionPeriod"
	PendingRestore   Status = "pendingRestore"
	PendingDelete    Status = "pendingDelete"
)

// Restore asks for a deleted name back (RFC 3915 §4.2.5). It goes with a domain
// update whose Chg is present and empty.
type Restore struct {
	// Namespace replaces the RFC's where a registry has a copy under its own URI.
	Namespace string
}

// EncodeExtension implements epp.Extension.
func (r Restore) EncodeExtension(e *epp.Encoder) {
	encode(e, r.Namespace, func() { e.Empty("rgp:restore", epp.A("op", "request")) })
}

// Report tells why a name was restored; it ends pendingRestore. It may be sent
// again to correct it. Its statements are made to the registry under contract:
// everything must be true.
type Report struct {
	Before    string // registration data before the deletion
	After     string // registration data after the restore
	Deleted   time.Time
	Restored  time.Time
	Reason    string
	Statement [2]string // that it was not restored to be used or sold; that the facts are true
	Other     string    // "" = none
	Namespace string    // as in Restore
}

// EncodeExtension implements epp.Extension.
func (r Report) EncodeExtension(e *epp.Encoder) {
	if r.Restored.Before(r.Deleted) {
		e.Fail("rgp:resTime", "lies before the deletion")
	}
	encode(e, r.Namespace, func() {
		e.Start("rgp:restore", epp.A("op", "report"))
		e.Start("rgp:report")
		e.Sized("rgp:preData", r.Before, 1, -1)
		e.Sized("rgp:postData", r.After, 1, -1)
		e.Instant("rgp:delTime", r.Deleted)
		e.Instant("rgp:resTime", r.Restored)
		e.Sized("rgp:resReason", r.Reason, 1, -1)
		for _, s := range r.Statement {
			e.Sized("rgp:statement", s, 1, -1)
		}
		e.Optional("rgp:other", r.Other)
		e.End("rgp:report")
		e.End("rgp:restore")
	})
}

func encode(e *epp.Encoder, namespace string, body func()) {
	if namespace == "" {
		namespace = Namespace
	}
	e.Within("rgp", namespace, "update", body)
}

// Info returns the grace periods that an info answers; nil when it has none or
// the session did not log in with the extension.
func Info(r *epp.Response) []Status { return statuses(r.Extension(Namespace, "infData")) }

// UpdateData returns what a restore answers, usually PendingRestore.
func UpdateData(r *epp.Response) []Status { return statuses(r.Extension(Namespace, "upData")) }

func statuses(el *epp.Element) []Status {
	var out []Status
	for _, s := range el.All(Namespace, "rgpStatus") {
		if v := s.Attr("s"); v != "" {
			out = append(out, Status(v))
		}
	}
	return out
}
