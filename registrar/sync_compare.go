package registrar

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// syncDifferences tells where the registry's view of a name and ours disagree.
// code is a definite refusal of <info>.
func (e *Engine) syncDifferences(ctx context.Context, dom Domain, info DomainInfo, code int) ([]Difference, error) {
	one := func(kind DifferenceKind, ours, theirs string) []Difference {
		return []Difference{{DomainID: dom.ID, Kind: kind, Ours: ours, Theirs: theirs}}
	}
	switch {
	case code == CodeObjectDoesNotExist:
		return one(DiffOnlyHere, string(dom.State), "unknown there"), nil
	case code != 0:
		return one(DiffUnreadable, string(dom.State), fmt.Sprintf("refused with code %d", code)), nil
	case !info.Ours:
		return one(DiffElsewhere, string(dom.State), "sponsored by "+info.Sponsor), nil
	}
	var out []Difference
	add := func(kind DifferenceKind, ours, theirs string) { out = append(out, one(kind, ours, theirs)...) }
	if there := datePart(info.ExpiresRaw); dom.ExpiresRaw != "" && there != "" && there != dom.CurExpiry() {
		add(expiryKind(dom.CurExpiry(), there), dom.CurExpiry(), there)
	}
	if here, there := askedStatuses(dom.Statuses), askedStatuses(info.Statuses); !slices.Equal(here, there) {
		add(DiffStatuses, words(here), words(there))
	}
	if !SameHosts(dom.NameServers, info.NameServers) {
		add(DiffNameServers, words(dom.NameServers), words(info.NameServers))
	}
	if info.SecDNS.Signed() {
		add(DiffSecDNS, "nothing is known here", fmt.Sprintf("signed: %d DS records, %d keys", len(info.SecDNS.DS), len(info.SecDNS.Keys)))
	}
	ours, theirs, err := e.contactDifference(ctx, dom, info)
	if err != nil {
		return nil, err
	}
	if theirs != "" {
		add(DiffContacts, ours, theirs)
	}
	return out, nil
}

// expiryKind tells an expiry that lies whole years later from any other.
func expiryKind(here, there string) DifferenceKind {
	a, errA := time.Parse(time.DateOnly, here)
	b, errB := time.Parse(time.DateOnly, there)
	for years := 1; errA == nil && errB == nil && years <= 10; years++ {
		if sameAnniversary(a.AddDate(years, 0, 0), b) {
			return DiffRenewed
		}
	}
	return DiffExpiry
}

// contactDifference compares the registrant and the roles; theirs is "" when they
// agree. A contact may have several objects at a registry; any of them will do.
func (e *Engine) contactDifference(ctx context.Context, dom Domain, info DomainInfo) (ours, theirs string, err error) {
	if info.Registrant == "" {
		return "", "", nil
	}
	want, err := e.contactsOf(ctx, e.store, dom)
	if err != nil {
		return "", "", err
	}
	have := ContactHandles{RoleRegistrant: {info.Registrant}}
	for role, handles := range info.Contacts {
		have[role] = handles
	}
	var here, there []string
	for _, role := range []string{RoleRegistrant, RoleAdmin, RoleTech, RoleBilling} {
		agree, err := e.sameContact(ctx, dom.Registry, want[role], have[role])
		if err != nil {
			return "", "", err
		}
		if !agree {
			here, there = append(here, role+" "+orNone(want[role])), append(there, role+" "+words(have[role]))
		}
	}
	return strings.Join(here, ", "), strings.Join(there, ", "), nil
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func (e *Engine) sameContact(ctx context.Context, registry, contactID string, handles []string) (bool, error) {
	if contactID == "" || len(handles) == 0 {
		return contactID == "" && len(handles) == 0, nil
	}
	for _, h := range handles {
		rc, err := e.store.RegistryContactByHandle(ctx, registry, h)
		if IsNotFound(err) || err == nil && rc.Ref.ContactID != contactID {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("reading a handle: %w", err)
		}
	}
	return true, nil
}
