package registrar

import (
	"sort"
	"strings"
	"time"
)

// DomainState is our own view of a name. EPP statuses are kept apart, in
// Statuses, and our labels never leak as EPP statuses.
type DomainState string

// Domain states.
const (
	DomainPendingCreate DomainState = "pending_create" // ordered and paid, not yet at the registry
	DomainActive        DomainState = "active"         // sponsored by us
	DomainFailed        DomainState = "failed"         // never became ours; kept for history
	DomainPendingDelete DomainState = "pending_delete" // deleted, and still ours at the registry for a while
	DomainDeleted       DomainState = "deleted"        // gone from the registry; kept for history
	DomainTransferred   DomainState = "transferred"    // gone to another registrar; kept for history
)

// Live reports whether the name is, or may become, ours at the registry.
func (s DomainState) Live() bool {
	return s == DomainPendingCreate || s == DomainActive || s == DomainPendingDelete
}

// Contact roles of a domain (RFC 5731 §2.2 and the registrant).
const (
	RoleRegistrant = "registrant"
	RoleAdmin      = "admin"
	RoleTech       = "tech"
	RoleBilling    = "billing"
)

// Domain is a name we sponsor, are getting, or tried to get.
type Domain struct {
	ID          string
	Name        string // A-label
	UName       string // U-label
	TLD         string
	Registry    string
	CustomerID  string
	OwnerSystem string
	State       DomainState
	ROID        string
	Registrant  ContactRef
	NameServers []string   // A-labels in the order asked for
	Statuses    []string   // EPP statuses as the registry gave them
	CreatedAt   *time.Time // registry's crDate
	ExpiresAt   *time.Time // registry's exDate
	ExpiresRaw  string     // exDate as the registry wrote it
	ChangedAt   *time.Time // last change at the registry; nil when never
	OrderedAt   time.Time
	NeedsInfo   bool // the registry's own view should be read soon
	Revision    int  // guards updates
}

// CurExpiry returns the date part of the registry's exDate as given
// (RFC 5731 §3.2.3 curExpDate): no conversion, no time zone arithmetic.
func (d Domain) CurExpiry() string { return datePart(d.ExpiresRaw) }

func datePart(raw string) string {
	if i := strings.IndexByte(raw, 'T'); i >= 0 {
		return raw[:i]
	}
	return raw
}

// HasStatus returns the first status in force among names, or "".
func (d Domain) HasStatus(names ...string) string {
	for _, s := range d.Statuses {
		for _, a := range names {
			if s == a {
				return s
			}
		}
	}
	return ""
}

// NormalizeNameServers checks a list: A-labels, no duplicates, no empty entries,
// between min and max entries. An empty list is allowed when min is 0.
func NormalizeNameServers(in []string, min, max int) ([]string, error) {
	seen := make(map[string]bool, len(in))
	var out []string
	for _, raw := range in {
		if strings.TrimSpace(raw) == "" {
			return nil, InvalidField("nameservers", "empty_host", "An entry of the name servers is empty.")
		}
		host, err := ParseHostName(raw)
		if err != nil {
			return nil, err
		}
		if seen[host] {
			return nil, InvalidField("nameservers", "duplicate_host", "%s is listed twice.", host)
		}
		seen[host] = true
		out = append(out, host)
	}
	if len(out) < min {
		return nil, InvalidField("nameservers", "too_few_hosts", "This ending needs at least %d name servers.", min)
	}
	if len(out) > max {
		return nil, InvalidField("nameservers", "too_many_hosts", "This ending takes at most %d name servers.", max)
	}
	return out, nil
}

// SameHosts reports whether two delegations are equal, whatever their order.
func SameHosts(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	x, y := sortedLower(a), sortedLower(b)
	for i := range x {
		if x[i] != y[i] {
			return false
		}
	}
	return true
}

func sortedLower(in []string) []string {
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = strings.ToLower(s)
	}
	sort.Strings(out)
	return out
}

func hasAny(list []string, names ...string) bool {
	return Domain{Statuses: list}.HasStatus(names...) != ""
}

// PageKey is the Page.After that continues a list of domains behind d. The name
// alone would skip other rows of the same name (failed attempts keep theirs).
func (d Domain) PageKey() string { return d.Name + " " + d.ID }
