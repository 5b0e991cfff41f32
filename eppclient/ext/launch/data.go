package launch

import (
	"strings"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/smd"
)

// DefaultValidator is meant where no validator is named.
const DefaultValidator = "tmch"

// ClaimKey opens a claims notice at its validator.
type ClaimKey struct {
	Key       string
	Validator string // never ""
}

// Claim is the answer of a claims or trademark check for one name.
type Claim struct {
	Name   string
	Exists bool
	Keys   []ClaimKey
}

// ClaimsData is the answer to a claims or trademark check. A name that the server
// left out or answered unreadably is not in it: it counts as unanswered, never as
// free of claims.
type ClaimsData struct {
	Phase  Phase
	Claims []Claim
}

// For returns the answer for a name, whatever its case.
func (d ClaimsData) For(name string) (Claim, bool) {
	for _, c := range d.Claims {
		if strings.EqualFold(strings.TrimSuffix(c.Name, "."), strings.TrimSuffix(name, ".")) {
			return c, true
		}
	}
	return Claim{}, false
}

// CheckData reads the answer to a claims or trademark check. Error:
// *epp.MissingError.
func CheckData(r *epp.Response) (ClaimsData, error) {
	el := r.Extension(Namespace, "chkData")
	if el == nil {
		return ClaimsData{}, &epp.MissingError{Element: "launch:chkData"}
	}
	out := ClaimsData{Phase: phase(el)}
	for _, cd := range el.All(Namespace, "cd") {
		name := cd.Child(Namespace, "name")
		exists, ok := epp.ParseBool(name.Attr("exists"))
		if !ok || name.Value() == "" {
			continue
		}
		c := Claim{Name: name.Value(), Exists: exists}
		for _, k := range cd.All(Namespace, "claimKey") {
			validator := k.Attr("validatorID")
			if validator == "" {
				validator = DefaultValidator
			}
			c.Keys = append(c.Keys, ClaimKey{Key: k.Value(), Validator: validator})
		}
		out.Claims = append(out.Claims, c)
	}
	return out, nil
}

// CreateData reads what a create of an application answers; ok is false when it
// made a registration.
func CreateData(r *epp.Response) (p Phase, applicationID string, ok bool) {
	el := r.Extension(Namespace, "creData")
	if el == nil {
		return Phase{}, "", false
	}
	return phase(el), el.ChildValue(Namespace, "applicationID"), true
}

// Status is the state of an application (RFC 8334 §2.4). Unknown values are kept.
type Status string

// The states. Allocated, Rejected and Invalid are final.
const (
	PendingValidation Status = "pendingValidation"
	Validated         Status = "validated"
	Invalid           Status = "invalid"
	PendingAllocation Status = "pendingAllocation"
	Allocated         Status = "allocated"
	Rejected          Status = "rejected"
	CustomStatus      Status = "custom"
)

// Final reports whether nothing more will happen to the application.
func (s Status) Final() bool { return s == Allocated || s == Rejected || s == Invalid }

// InfoData is what an info, or a poll message, says of an application.
type InfoData struct {
	Phase         Phase
	ApplicationID string
	Status        Status
	StatusName    string // of a custom status
	StatusText    string
	Labels        []string // of the marks, when asked for
	Marks         []string // their names
}

// InfData reads an application; ok is false when there is none.
func InfData(r *epp.Response) (data InfoData, ok bool) {
	el := r.Extension(Namespace, "infData")
	if el == nil {
		return InfoData{}, false
	}
	st := el.Child(Namespace, "status")
	data = InfoData{
		Phase: phase(el), ApplicationID: el.ChildValue(Namespace, "applicationID"),
		Status: Status(st.Attr("s")), StatusName: st.Attr("name"), StatusText: st.Value(),
	}
	for _, m := range el.All(smd.MarkNamespace, "mark") {
		names, labels := smd.Marks(m)
		data.Marks, data.Labels = append(data.Marks, names...), append(data.Labels, labels...)
	}
	return data, true
}

func phase(el *epp.Element) Phase {
	p := el.Child(Namespace, "phase")
	return Phase{Name: PhaseName(p.Value()), Sub: p.Attr("name")}
}
