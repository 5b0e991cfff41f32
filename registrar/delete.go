package registrar

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Deletion is what deleting a name would mean.
type Deletion struct {
	Domain Domain
	// Refund is what comes back when the registry takes the name back, which it
	// does until RefundUntil; nil = nothing comes back.
	Refund      *Money
	RefundUntil time.Time
	// Blocked says why it can't be deleted now; nil = it can.
	Blocked error
}

// PlanDeletion tells the consequences of deleting a name of a customer.
func (e *Engine) PlanDeletion(ctx context.Context, customerID, input string) (Deletion, error) {
	d, err := e.OwnedDomain(ctx, customerID, input)
	if err != nil {
		return Deletion{}, err
	}
	out := Deletion{Domain: d}
	if err := e.mayDelete(ctx, e.store, d); err != nil {
		if KindOf(err) == KindUnknown {
			return out, err
		}
		out.Blocked = err
	}
	until, ok := e.graceOf(d)
	if !ok || !e.Now().Before(until) {
		return out, nil
	}
	lines, err := e.paidLines(ctx, e.store, d.ID)
	if err != nil {
		return out, err
	}
	for _, l := range lines {
		if out.Refund == nil {
			out.Refund, out.RefundUntil = &Money{Currency: l.Price.Currency}, until
		}
		out.Refund.Minor += l.Price.Minor
	}
	return out, nil
}

// DeleteDomain journals the deletion of a name. It is gone at once when the
// registry takes it back within its grace period, and pendingDelete for a while
// otherwise.
func (e *Engine) DeleteDomain(ctx context.Context, by Actor, customerID, input string, key *KeyRequest) (Operation, error) {
	name, err := ParseName(input)
	if err != nil {
		return Operation{}, err
	}
	return e.journal(ctx, customerID, key, "deleting domain", func(tx Tx) (Operation, error) {
		d, err := e.ownedDomain(ctx, tx, customerID, name.A)
		if err != nil {
			return Operation{}, err
		}
		if err := e.mayDelete(ctx, tx, d); err != nil {
			return Operation{}, err
		}
		return e.writeDeletion(ctx, tx, by, d, nil)
	})
}

// writeDeletion journals a deletion that is allowed.
func (e *Engine) writeDeletion(ctx context.Context, tx Tx, by Actor, d Domain, why any) (Operation, error) {
	op := e.domainOperation(OpDelete, d, by)
	b := e.newBatch(op, d.Registry)
	if err := b.add(VerbDomainDelete, d.Name, false, DomainDeleteSpec{Name: d.Name}); err != nil {
		return op, err
	}
	return op, e.open(ctx, tx, op, b, "domain.delete.ask", d, why)
}

// DomainDeleteSpec is the journalled wish of domain:delete.
type DomainDeleteSpec struct{ Name string }

func (e *Engine) mayDelete(ctx context.Context, r Reader, d Domain) error {
	if err := mayOwn(d); err != nil {
		return err
	}
	if s := d.HasStatus(statusDeleteLock); s != "" {
		return Errorf(KindProhibited, "delete_locked", "%s is locked against deletion; unlock it first.", d.UName)
	}
	hosts, err := r.HostsOf(ctx, d.ID)
	if err != nil {
		return err
	}
	if len(hosts) > 0 {
		return Errorf(KindConflict, "subordinate_hosts", "%s has hosts below it, for example %s; delete them first.", d.UName, hosts[0].Name)
	}
	return mayChange(d, serverTwin(statusDeleteLock), statusUpdateLock, serverTwin(statusUpdateLock), "pendingDelete", "pendingTransfer", "pendingUpdate", "pendingRenew")
}

// graceOf returns until when the registry takes a name back with its charges.
func (e *Engine) graceOf(d Domain) (time.Time, bool) {
	reg, err := e.registry(d.Registry)
	if err != nil || d.CreatedAt == nil {
		return time.Time{}, false
	}
	grace := reg.Capabilities().AddGrace
	return d.CreatedAt.Add(grace), grace > 0
}

// deleteDomain deletes, and has <info> tell whether the name is gone or on its
// way out: code 1000 alone means either, depending on the registry.
func (x *exchange) deleteDomain(ctx context.Context, reg Registry) (effect, error) {
	spec, err := decodeSpec[DomainDeleteSpec](*x.c)
	if err != nil {
		return effect{}, err
	}
	r, err := reg.DeleteDomain(ctx, x.send(), spec.Name)
	if err != nil || r.Pending {
		return effect{receipt: r}, err
	}
	info, err := reg.DomainInfo(ctx, spec.Name)
	switch {
	case ResultCode(err) == CodeObjectDoesNotExist:
		return effect{receipt: r, gone: true}, nil
	case err != nil:
		return effect{}, &UnknownOutcomeError{Cause: fmt.Errorf("deleted, but what is left can't be read: %w", err)}
	case deleting(info.Statuses):
		return effect{receipt: r}, nil
	}
	return effect{}, &UnknownOutcomeError{Cause: errors.New("deleted, but the registry does not show it yet")}
}

// deleting reports whether a name is on its way out (RFC 3915 §3.1).
func deleting(statuses []string) bool { return hasAny(statuses, "pendingDelete", "redemptionPeriod") }

// lookDeleted judges a deletion: gone, on its way out, or not deleted.
func (e *Engine) lookDeleted(ctx context.Context, c Command, info DomainInfo, missing bool) (finding, error) {
	if missing {
		d, err := e.store.Domain(ctx, c.DomainID)
		if err != nil {
			return finding{}, fmt.Errorf("reading domain: %w", err)
		}
		if d.CreatedAt != nil && e.Now().Sub(*d.CreatedAt) <= e.opt.SettleAfter { // perhaps a view from before the registration
			return finding{verdict: verdictLagging}, nil
		}
		return finding{verdict: verdictHappened, effect: effect{gone: true}}, nil
	}
	switch {
	case !info.Ours && c.SentAt != nil && info.Created.After(*c.SentAt):
		// Deleted, and registered by somebody else since.
		return finding{verdict: verdictHappened, effect: effect{gone: true}}, nil
	case !info.Ours:
		return finding{verdict: verdictReview, note: "The registry lists the name as somebody else's, and not since our deletion."}, nil
	case deleting(info.Statuses):
		return happened(info), nil
	}
	return finding{verdict: verdictAbsent}, nil
}

// applyDelete changes our picture of a deleted name and gives back what the
// registry gives back.
func (e *Engine) applyDelete(ctx context.Context, tx Tx, c Command, eff effect, d *Domain) error {
	if err := tx.RemoveCodeRecord(ctx, d.ID); err != nil {
		return err
	}
	if !eff.gone {
		d.State, d.Statuses = DomainPendingDelete, changedStatuses(d.Statuses, []string{"pendingDelete"}, nil)
		return nil
	}
	d.State = DomainDeleted
	return e.refund(ctx, tx, c, *d)
}

// refund books what a deletion within the grace period gives back. It is booked
// only for a name that the registry has let go at once: that is how it takes a
// registration back (RFC 3915 §3.1).
func (e *Engine) refund(ctx context.Context, tx Tx, c Command, d Domain) error {
	until, ok := e.graceOf(d)
	if !ok || c.SentAt == nil || !c.SentAt.Before(until) {
		return nil
	}
	lines, err := e.paidLines(ctx, tx, d.ID)
	if err != nil {
		return err
	}
	for _, l := range lines {
		memo := fmt.Sprintf("%s taken back: %s", l.Domain, l.Action)
		customer := AccountKey{AccountCustomer, d.CustomerID, l.Price.Currency}
		if err := e.postTransfer(ctx, tx, PostingRefund, l.ID, memo, AccountKey{AccountRevenue, "", l.Price.Currency}, customer, l.Price); err != nil {
			return err
		}
		deposit := AccountKey{AccountDeposit, d.Registry, l.Cost.Currency}
		if err := e.postTransfer(ctx, tx, PostingRegistryRefund, l.ID, memo, AccountKey{AccountCost, d.Registry, l.Cost.Currency}, deposit, l.Cost); err != nil {
			return err
		}
	}
	return nil
}

// paidLines lists the order lines that were charged for a domain row.
func (e *Engine) paidLines(ctx context.Context, r Reader, domainID string) ([]OrderLine, error) {
	var out []OrderLine
	page := Page{Limit: 100}
	for {
		ops, err := r.Operations(ctx, OperationFilter{DomainID: domainID, States: []OperationState{OpSucceeded}}, page)
		if err != nil {
			return nil, fmt.Errorf("reading operations: %w", err)
		}
		for _, op := range ops {
			page.After = op.ID
			if op.OrderID == "" {
				continue
			}
			o, err := r.Order(ctx, op.OrderID)
			if err != nil {
				return nil, fmt.Errorf("reading order: %w", err)
			}
			if l, ok := o.line(op.LineID); ok && l.State == LineDone {
				out = append(out, l)
			}
		}
		if len(ops) < page.Size() {
			return out, nil
		}
	}
}

// seenDeleted reads what became of a name that staff call deleted.
func (e *Engine) seenDeleted(ctx context.Context, reg Registry, c Command) (effect, error) {
	f, err := e.look(ctx, reg, &c)
	if err != nil {
		return effect{}, Errorf(KindUnavailable, "registry_unavailable", "The registry could not be asked just now.").Because(err)
	}
	if f.verdict != verdictHappened {
		return effect{}, Errorf(KindConflict, "still_there", "The registry still lists %s, so it can't be resolved as done.", c.Object)
	}
	return f.effect, nil
}

// followDeletion moves a name that is being deleted on by what the registry
// shows: purged, or taken back.
func followDeletion(d *Domain, listed bool, code int) {
	switch {
	case d.State != DomainPendingDelete:
	case listed && !deleting(d.Statuses):
		d.State = DomainActive
	case !listed && !transient(code):
		d.State = DomainDeleted
	}
}

// recordGone leaves the evidence that a deleted name was purged.
func (e *Engine) recordGone(ctx context.Context, tx Tx, was, now Domain) error {
	if err := tx.InsertAudit(ctx, e.audit(System("worker"), "domain.gone", "domain", now.ID, now.Name, was, now)); err != nil {
		return err
	}
	return tx.InsertEvent(ctx, Event{ID: e.id(PrefixEvent), Kind: EventDomainGone, CustomerID: now.CustomerID, Domain: now.Name, DomainID: now.ID, At: e.Now()})
}

// FollowDeletions has every name that is pendingDelete read again, so that its
// purge, or its return, is noticed.
func (e *Engine) FollowDeletions(ctx context.Context) error {
	page := Page{Limit: 200}
	for ctx.Err() == nil {
		list, err := e.store.Domains(ctx, DomainFilter{States: []DomainState{DomainPendingDelete}}, page)
		if err != nil {
			return fmt.Errorf("listing deletions: %w", err)
		}
		for _, d := range list {
			page.After = d.PageKey()
			if err := e.readSoon(ctx, d.ID); err != nil {
				return err
			}
		}
		if len(list) < page.Size() {
			break
		}
	}
	e.notice.publish()
	return ctx.Err()
}

func (e *Engine) readSoon(ctx context.Context, domainID string) error {
	err := e.inFreshTx(ctx, func(tx Tx) error {
		d, err := tx.Domain(ctx, domainID)
		if err != nil || d.NeedsInfo || mayOwn(d) != nil || !slices.Contains([]DomainState{DomainActive, DomainPendingDelete}, d.State) {
			return err
		}
		d.NeedsInfo = true
		return tx.UpdateDomain(ctx, d)
	})
	if err != nil {
		return fmt.Errorf("asking for a domain to be read: %w", err)
	}
	return nil
}
