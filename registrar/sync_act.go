package registrar

import (
	"context"
	"slices"
	"strings"
)

// errMoved says that the registry shows something else than when the difference
// was found.
func errMoved() error {
	return Errorf(KindConflict, "difference_moved", "The registry shows something else by now. Compare again.")
}

// MayTake reports whether what the registry has can be taken over.
func (d Difference) MayTake() bool {
	return d.stands() && slices.Contains([]DifferenceKind{DiffOnlyHere, DiffElsewhere, DiffExpiry, DiffRenewed, DiffStatuses, DiffNameServers}, d.Kind)
}

// MayPush reports whether the registry can be told what we have.
func (d Difference) MayPush() bool {
	return d.stands() && (d.Kind == DiffNameServers || d.Kind == DiffStatuses && d.pushable())
}

func (d Difference) stands() bool { return d.State == DiffOpen || d.State == DiffCase }

// pushable: only client statuses are ours to set.
func (d Difference) pushable() bool {
	add, rem := lockDifference(d.Ours, d.Theirs)
	return len(add)+len(rem) > 0
}

// lockDifference returns the locks to set and to lift.
func lockDifference(ours, theirs string) (set, lift []Lock) {
	here, there := strings.Fields(ours), strings.Fields(theirs)
	for _, l := range []Lock{LockTransfer, LockUpdate, LockDelete} {
		switch a, b := slices.Contains(here, l.Status()), slices.Contains(there, l.Status()); {
		case a && !b:
			set = append(set, l)
		case b && !a:
			lift = append(lift, l)
		}
	}
	return set, lift
}

// TakeRegistrys ends a difference by taking over what the registry has. The
// registry is asked again first: when it shows something else by now, nothing
// happens.
func (e *Engine) TakeRegistrys(ctx context.Context, by Actor, id, reason string) error {
	diff, dom, reg, reason, err := e.difference(ctx, by, id, reason)
	if err != nil {
		return err
	}
	if !diff.MayTake() {
		return Errorf(KindConflict, "not_takeable", "This difference can't be ended by taking over what the registry has.")
	}
	info, code, err := e.shown(ctx, reg, dom.Name)
	if err != nil {
		return err
	}
	now, err := e.syncDifferences(ctx, dom, info, code)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(now, func(d Difference) bool { return d.Kind == diff.Kind && d.Theirs == diff.Theirs }) {
		return errMoved()
	}
	return e.take(ctx, by, diff, info, reason)
}

func (e *Engine) take(ctx context.Context, by Actor, diff Difference, info DomainInfo, reason string) error {
	return e.store.InTx(ctx, func(tx Tx) error {
		dom, err := tx.Domain(ctx, diff.DomainID)
		if err != nil {
			return err
		}
		if err := nothingUnderWay(ctx, tx, dom); err != nil {
			return err
		}
		was := dom
		takeField(&dom, diff.Kind, info)
		if err := tx.UpdateDomain(ctx, dom); err != nil {
			return err
		}
		if err := e.expiryMoved(ctx, tx, was, dom, false); err != nil {
			return err
		}
		audit := e.audit(by, "domain.difference_taken", "domain", dom.ID, dom.Name, was, dom)
		if err := tx.InsertAudit(ctx, audit); err != nil {
			return err
		}
		switch {
		case dom.State == was.State:
		case dom.State == DomainTransferred:
			err = e.tellTransferredAway(ctx, tx, dom, info.Sponsor)
		default:
			err = tx.InsertEvent(ctx, Event{ID: e.id(PrefixEvent), Kind: EventDomainGone, CustomerID: dom.CustomerID, Domain: dom.Name, DomainID: dom.ID, At: e.Now()})
		}
		if err != nil {
			return err
		}
		return e.endDifference(ctx, tx, by, diff, DiffTaken, reason)
	})
}

// takeField writes the one field that the difference is about.
func takeField(d *Domain, kind DifferenceKind, info DomainInfo) {
	switch kind {
	case DiffOnlyHere:
		d.State = DomainDeleted
	case DiffElsewhere:
		d.State, d.Statuses = DomainTransferred, info.Statuses
	case DiffStatuses:
		d.Statuses = info.Statuses
		followDeletion(d, true, 0)
	case DiffNameServers:
		d.NameServers = info.NameServers
	default:
		all := *d
		applyInfo(&all, info)
		d.ExpiresAt, d.ExpiresRaw = all.ExpiresAt, all.ExpiresRaw
	}
}

// underWay reports whether an operation on a name is not over.
func underWay(ctx context.Context, r Reader, domainID string) (bool, error) {
	open, err := r.Operations(ctx, OperationFilter{DomainID: domainID, States: []OperationState{OpRunning, OpNeedsReview}}, Page{Limit: 1})
	return len(open) > 0, err
}

func nothingUnderWay(ctx context.Context, r Reader, d Domain) error {
	busy, err := underWay(ctx, r, d.ID)
	if err == nil && busy {
		return Errorf(KindConflict, "operation_open", "Something is under way for %s. Please try again when it has ended.", d.UName)
	}
	return err
}

// PushOurs ends a difference by telling the registry what we have, as an
// operation of staff on the name.
func (e *Engine) PushOurs(ctx context.Context, by Actor, id, reason string) error {
	diff, dom, _, reason, err := e.difference(ctx, by, id, reason)
	if err != nil {
		return err
	}
	if !diff.MayPush() {
		return Errorf(KindConflict, "not_pushable", "The registry can't be told this.")
	}
	if diff.Kind == DiffNameServers {
		_, err = e.ChangeStaffNameServers(ctx, by, dom.ID, dom.NameServers, reason)
	} else {
		err = e.pushLocks(ctx, by, diff, dom, reason)
	}
	if err != nil {
		return err
	}
	return e.store.InTx(ctx, func(tx Tx) error { return e.endDifference(ctx, tx, by, diff, DiffPushed, reason) })
}

// pushLocks sets what is missing there; what is locked there beyond is lifted in
// an operation of its own, which must wait for the first.
func (e *Engine) pushLocks(ctx context.Context, by Actor, diff Difference, dom Domain, reason string) error {
	set, lift := lockDifference(diff.Ours, diff.Theirs)
	if len(set) > 0 {
		_, err := e.ChangeStaffLocks(ctx, by, dom.ID, set, true, reason)
		return err // a further run shows what is left to lift
	}
	_, err := e.ChangeStaffLocks(ctx, by, dom.ID, lift, false, reason)
	return err
}

// OpenCase notes that somebody looks into a difference outside of here.
func (e *Engine) OpenCase(ctx context.Context, by Actor, id, reason string) error {
	diff, _, _, reason, err := e.difference(ctx, by, id, reason)
	if err != nil {
		return err
	}
	if diff.State != DiffOpen {
		return conflictUnless(false)
	}
	return e.store.InTx(ctx, func(tx Tx) error { return e.endDifference(ctx, tx, by, diff, DiffCase, reason) })
}

// difference reads what an act is about and checks who acts.
func (e *Engine) difference(ctx context.Context, by Actor, id, reason string) (Difference, Domain, Registry, string, error) {
	fail := func(err error) (Difference, Domain, Registry, string, error) {
		return Difference{}, Domain{}, nil, "", err
	}
	if err := e.staffOrSystem(ctx, by, StaffDomains); err != nil {
		return fail(err)
	}
	if reason = clip(tidy(reason), maxReason); reason == "" {
		return fail(InvalidField("reason", "required", "Please say why."))
	}
	diff, err := e.store.Difference(ctx, id)
	if err != nil {
		return fail(err)
	}
	if !diff.stands() {
		return fail(conflictUnless(false))
	}
	if diff.DomainID == "" {
		return diff, Domain{}, nil, reason, nil
	}
	dom, err := e.store.Domain(ctx, diff.DomainID)
	if err != nil {
		return fail(err)
	}
	if err := mayOwn(dom); err != nil {
		return fail(err)
	}
	reg, err := e.registry(diff.Registry)
	if err != nil {
		return fail(err)
	}
	return diff, dom, reg, reason, nil
}

func (e *Engine) endDifference(ctx context.Context, tx Tx, by Actor, diff Difference, to DifferenceState, reason string) error {
	now := e.Now()
	was := diff.State
	diff.State, diff.EndedBy, diff.Note = to, by.ID, reason
	if to != DiffCase {
		diff.EndedAt = &now
	}
	ok, err := tx.ChangeDifference(ctx, diff)
	if err != nil {
		return err
	}
	if err := conflictUnless(ok); err != nil {
		return err
	}
	return tx.InsertAudit(ctx, e.audit(by, "registry.difference_"+string(to), "difference", diff.ID, diff.Name,
		map[string]string{"state": string(was), "kind": string(diff.Kind), "ours": diff.Ours, "theirs": diff.Theirs},
		map[string]string{"state": string(to), "reason": reason}))
}
