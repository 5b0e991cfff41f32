package registrar

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// lookRestored asks the registry for the object of an open command of the
// backup. It differs from look in what it takes for proof: the command may have
// been sent at any time since it was journalled, and other commands after it.
func (e *Engine) lookRestored(ctx context.Context, reg Registry, c Command) (finding, error) {
	switch c.Verb {
	case VerbDomainCreate, VerbDomainUpdate:
	default:
		return e.look(ctx, reg, &c)
	}
	ctx, cancel := context.WithTimeout(ctx, e.opt.ExchangeTimeout)
	defer cancel()
	info, err := reg.DomainInfo(ctx, c.Object)
	if err != nil && ResultCode(err) != CodeObjectDoesNotExist {
		return finding{}, fmt.Errorf("reading %s at the registry: %w", c.Object, err)
	}
	if c.Verb == VerbDomainCreate {
		return e.createdSince(c, info, err != nil)
	}
	return e.updatedSince(ctx, reg, c, info, err != nil)
}

// createdSince judges a create: the name is ours, was created after the command
// was journalled, and carries the contact handle that only this order has.
func (e *Engine) createdSince(c Command, info DomainInfo, missing bool) (finding, error) {
	spec, err := decodeSpec[DomainCreateSpec](c)
	if err != nil {
		return finding{}, err
	}
	switch {
	case missing:
		return finding{verdict: verdictAbsent}, nil
	case !info.Ours:
		return finding{verdict: verdictRefused, failure: failure{"name_taken", "Somebody else registered this name first."}}, nil
	case hasAny(info.Statuses, "pendingCreate"):
		return finding{verdict: verdictPending}, nil
	case info.Created.Before(c.CreatedAt.Add(-e.opt.ClockSkew)):
		return finding{verdict: verdictReview, note: fmt.Sprintf("The registry lists the name as ours since %s, before this order.", info.Created.UTC().Format(time.RFC3339))}, nil
	case spec.Registrant == "" || !strings.EqualFold(info.Registrant, spec.Registrant):
		return finding{verdict: verdictReview, note: "The registry lists the name as ours, but nothing there proves that it came from this order."}, nil
	}
	return happened(info), nil
}

// updatedSince judges an update. A third delegation means that the customer has
// changed it again since the backup: sending this one would undo that.
func (e *Engine) updatedSince(ctx context.Context, reg Registry, c Command, info DomainInfo, missing bool) (finding, error) {
	f, err := e.lookUpdated(ctx, reg, c, info, missing)
	if err != nil || f.verdict != verdictAbsent {
		return f, err
	}
	kind, err := updateKind(c)
	if err != nil || kind != updateDelegation {
		return f, err
	}
	spec, err := decodeSpec[NameServersSpec](c)
	if err == nil && !SameHosts(info.NameServers, spec.Before) {
		f = finding{verdict: verdictReview, note: "The registry has neither the name servers of before this command nor those it asks for: " + words(info.NameServers) + "."}
	}
	return f, err
}

func words(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, " ")
}

// compareRestored looks for differences between an active name and its registry.
func (d *desk) compareRestored(ctx context.Context, p RestoreProgress, dom Domain) (*RestoreFinding, error) {
	info, code, err := d.e.shown(ctx, d.reg, dom.Name)
	if err != nil {
		return nil, err
	}
	kind, detail := FindingDiffers, ""
	switch {
	case code == CodeObjectDoesNotExist, code == 0 && !info.Ours:
		kind, detail = FindingNotListed, "Ours here; the registry does not list it as ours."
	case code != 0:
		kind, detail = FindingUnreadable, fmt.Sprintf("The registry refuses to show the name (code %d).", code)
	default:
		if detail, err = d.e.differences(ctx, dom, info); err != nil {
			return nil, err
		}
	}
	if detail == "" {
		return nil, nil
	}
	f := d.e.finding(p, kind, dom.Name, dom.ID, "", detail)
	return &f, nil
}

// shown reads a name at a registry; code is a definite refusal, err anything that
// may pass.
func (e *Engine) shown(ctx context.Context, reg Registry, name string) (info DomainInfo, code int, err error) {
	ctx, cancel := context.WithTimeout(ctx, e.opt.ExchangeTimeout)
	defer cancel()
	info, err = reg.DomainInfo(ctx, name)
	if code = ResultCode(err); err != nil && (code == 0 || transient(code)) {
		return info, 0, fmt.Errorf("reading %s at the registry: %w", name, err)
	}
	return info, code, nil
}

// differences tells in words what differs, "" when nothing does. Statuses that
// the registry sets by itself come and go, so only those that somebody asked
// for count; a name that was never read has none here yet.
func (e *Engine) differences(ctx context.Context, dom Domain, info DomainInfo) (string, error) {
	var out []string
	note := func(what, here, there string) {
		out = append(out, fmt.Sprintf("%s here %s, at the registry %s", what, here, there))
	}
	if there := datePart(info.ExpiresRaw); dom.ExpiresRaw != "" && there != "" && there != dom.CurExpiry() {
		note("expiry date", dom.CurExpiry(), there)
	}
	if !SameHosts(dom.NameServers, info.NameServers) {
		note("name servers", words(dom.NameServers), words(info.NameServers))
	}
	here, there := askedStatuses(dom.Statuses), askedStatuses(info.Statuses)
	if !dom.NeedsInfo && !slices.Equal(here, there) {
		note("statuses", words(here), words(there))
	}
	if info.Registrant != "" {
		// A contact may have several objects; any of them will do.
		rc, err := e.store.RegistryContactByHandle(ctx, dom.Registry, info.Registrant)
		switch {
		case IsNotFound(err) || err == nil && rc.Ref.ContactID != dom.Registrant.ContactID:
			out = append(out, "another registrant handle at the registry than here")
		case err != nil:
			return "", fmt.Errorf("reading the registrant's handle: %w", err)
		}
	}
	return strings.Join(out, "; "), nil
}

func askedStatuses(in []string) []string {
	var out []string
	for _, s := range in {
		if strings.HasPrefix(s, "client") || s == "pendingDelete" || s == "pendingTransfer" {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}

// lookForUnknown asks for a name that is said to be ours.
func (d *desk) lookForUnknown(ctx context.Context, p RestoreProgress, name string) (*RestoreFinding, error) {
	_, err := d.e.store.DomainByName(ctx, name)
	if err == nil {
		return nil, nil // compared with the others
	}
	if !IsNotFound(err) {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	info, code, err := d.e.shown(ctx, d.reg, name)
	if err != nil {
		return nil, err
	}
	switch {
	case code == CodeObjectDoesNotExist, code == 0 && !info.Ours:
		return nil, nil
	case code != 0:
		f := d.e.finding(p, FindingUnreadable, name, "", "", fmt.Sprintf("The registry refuses to show the name (code %d).", code))
		return &f, nil
	}
	f := d.e.finding(p, FindingUnknownHere, name, "", "", fmt.Sprintf("Ours at the registry, unknown here: created %s, expires %s, name servers %s.",
		info.Created.UTC().Format(time.RFC3339), info.ExpiresRaw, words(info.NameServers)))
	return &f, nil
}
