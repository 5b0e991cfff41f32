package registrar

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// UpdateKind says which part of a name a domain:update changes.
type UpdateKind string

// Kinds of updates. Specs of name servers carry none.
const (
	updateDelegation UpdateKind = ""
	updateStatuses   UpdateKind = "statuses"
	updateCode       UpdateKind = "transfer_code"
)

// StatusSpec is the journalled wish of domain:update for client statuses.
type StatusSpec struct {
	Kind   UpdateKind
	Name   string
	Add    []string
	Remove []string
	// Staff is who among staff asked; such locks are theirs alone to lift.
	Staff  *Actor `json:",omitempty"`
	Reason string `json:",omitempty"`
}

// CodeSpec is the journalled wish of domain:update for the transfer code. The
// code itself waits sealed in the domain's CodeRecord.
type CodeSpec struct {
	Kind  UpdateKind
	Name  string
	Unset bool `json:",omitempty"`
}

// updateKind reads the kind of a domain:update.
func updateKind(c Command) (UpdateKind, error) {
	spec, err := decodeSpec[struct{ Kind UpdateKind }](c)
	return spec.Kind, err
}

func unknownUpdate(c Command, k UpdateKind) error {
	return fmt.Errorf("command %s updates the unknown part %q", c.ID, k)
}

// updateDomain carries out a domain:update.
func (x *exchange) updateDomain(ctx context.Context, reg Registry) (effect, error) {
	kind, err := updateKind(*x.c)
	if err != nil {
		return effect{}, err
	}
	switch kind {
	case updateDelegation:
		return x.updateNameServers(ctx, reg)
	case updateStatuses:
		return x.updateStatuses(ctx, reg)
	case updateCode:
		return x.updateCode(ctx, reg)
	case updateContacts:
		return x.updateContacts(ctx, reg)
	}
	return effect{}, unknownUpdate(*x.c, kind)
}

// readDomain reads the registry's own view before a transform that is a
// difference to it.
func (x *exchange) readDomain(ctx context.Context, reg Registry) (Domain, DomainInfo, error) {
	dom, err := x.e.store.Domain(ctx, x.c.DomainID)
	if err != nil {
		return dom, DomainInfo{}, ownRead(err)
	}
	info, err := reg.DomainInfo(ctx, dom.Name)
	if err != nil && ResultCode(err) != CodeObjectDoesNotExist {
		return dom, info, readFailed(err)
	}
	if x.e.lags(dom, info) {
		return dom, info, errLags
	}
	if !info.Ours {
		return dom, info, &ResultError{Code: 2201, Msg: "the registry does not list this name as ours"}
	}
	return dom, info, nil
}

func (x *exchange) updateStatuses(ctx context.Context, reg Registry) (effect, error) {
	spec, err := decodeSpec[StatusSpec](*x.c)
	if err != nil {
		return effect{}, err
	}
	_, info, err := x.readDomain(ctx, reg)
	if err != nil {
		return effect{}, err
	}
	u := DomainUpdate{Name: spec.Name, AddStatuses: without(spec.Add, info.Statuses), RemStatuses: within(spec.Remove, info.Statuses)}
	if len(u.AddStatuses)+len(u.RemStatuses) == 0 {
		return effect{known: true}, nil
	}
	r, err := reg.UpdateDomain(ctx, x.send(), u)
	return effect{receipt: r}, err
}

// lookUpdated judges a domain:update by what <info> shows of its part.
func (e *Engine) lookUpdated(ctx context.Context, reg Registry, c Command, info DomainInfo, missing bool) (finding, error) {
	kind, err := updateKind(c)
	if err != nil {
		return finding{}, err
	}
	if missing || !info.Ours {
		return finding{verdict: verdictUnseen, note: "The registry no longer lists the name as ours."}, nil
	}
	// What was changed last before we sent is an older state, in force already or
	// shown late: the update is sent again, which does nothing where nothing is to
	// be done.
	since := c.SentAt == nil || !info.Updated.Before(c.SentAt.Add(-e.opt.ClockSkew))
	there := false
	switch kind {
	case updateDelegation:
		var spec NameServersSpec
		spec, err = decodeSpec[NameServersSpec](c)
		there = SameHosts(info.NameServers, spec.Want)
	case updateStatuses:
		var spec StatusSpec
		spec, err = decodeSpec[StatusSpec](c)
		there = len(without(spec.Add, info.Statuses))+len(within(spec.Remove, info.Statuses)) == 0
	case updateCode:
		there, err = e.codeThere(ctx, reg, c, info)
	case updateContacts:
		there, err = contactsThere(c, info)
	default:
		err = unknownUpdate(c, kind)
	}
	switch {
	case err != nil:
		return finding{}, err
	case there && since:
		return happened(info), nil
	case hasAny(info.Statuses, "pendingUpdate"):
		return finding{verdict: verdictPending}, nil
	}
	// Whatever else stands there, our update is not in force; it computes its
	// difference afresh when it is sent again, so sending again is safe.
	return finding{verdict: verdictAbsent}, nil
}

// applyUpdate changes our own picture of an updated name.
func (e *Engine) applyUpdate(ctx context.Context, tx Tx, c Command, d *Domain) error {
	kind, err := updateKind(c)
	if err != nil {
		return err
	}
	switch kind {
	case updateDelegation:
		spec, err := decodeSpec[NameServersSpec](c)
		if err != nil {
			return err
		}
		d.NameServers = spec.Want
		return nil
	case updateStatuses:
		return e.applyStatuses(ctx, tx, c, d)
	case updateCode:
		return e.applyCode(ctx, tx, c, d)
	case updateContacts:
		return e.applyContacts(ctx, tx, c, d)
	}
	return unknownUpdate(c, kind)
}

func (e *Engine) applyStatuses(ctx context.Context, tx Tx, c Command, d *Domain) error {
	spec, err := decodeSpec[StatusSpec](c)
	if err != nil {
		return err
	}
	d.Statuses = changedStatuses(d.Statuses, spec.Add, spec.Remove)
	if spec.Staff == nil {
		return nil
	}
	for _, s := range spec.Add {
		if err := tx.PutStaffLock(ctx, StaffLock{DomainID: d.ID, Status: s, Reason: spec.Reason, By: *spec.Staff, At: e.Now()}); err != nil {
			return err
		}
	}
	return tx.RemoveStaffLocks(ctx, d.ID, spec.Remove)
}

// changedStatuses applies a change; "ok" stands alone (RFC 5731 §2.3).
func changedStatuses(have, add, rem []string) []string {
	out := slices.DeleteFunc(slices.Clone(have), func(s string) bool { return s == "ok" || slices.Contains(rem, s) })
	out = append(out, without(add, out)...)
	if len(out) == 0 {
		out = []string{"ok"}
	}
	return out
}

// without returns what of list is not in known; within, what is.
func without(list, known []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(known, s) {
			out = append(out, s)
		}
	}
	return out
}

func within(list, known []string) []string {
	var out []string
	for _, s := range list {
		if slices.Contains(known, s) {
			out = append(out, s)
		}
	}
	return out
}

// sameClientStatuses compares the statuses that are ours to set.
func sameClientStatuses(a, b []string) bool {
	mine := func(list []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return !strings.HasPrefix(s, "client") })
	}
	return SameHosts(mine(a), mine(b))
}

// forgetUpdated drops what we believed of the objects that a refused update
// named.
func (e *Engine) forgetUpdated(ctx context.Context, tx Tx, c Command) error {
	kind, err := updateKind(c)
	if err != nil {
		return err
	}
	switch kind {
	case updateDelegation:
		spec, err := decodeSpec[NameServersSpec](c)
		if err != nil {
			return err
		}
		return tx.ForgetRegistryObjects(ctx, c.Registry, nil, spec.Want)
	case updateContacts:
		spec, err := decodeSpec[ContactsSpec](c)
		if err != nil {
			return err
		}
		return tx.ForgetRegistryObjects(ctx, c.Registry, spec.handles(), nil)
	}
	return nil
}
