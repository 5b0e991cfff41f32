package registrar

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// failure is why a command did not happen: a word for programs and a sentence
// for the customer.
type failure struct{ Code, Text string }

// failureOf translates a refusal (RFC 5730 §3) for the customer.
func failureOf(verb Verb, r *ResultError) failure {
	because := reasonSuffix(clip(r.Reason, 300))
	switch {
	case r.Code == CodeObjectExists && verb == VerbDomainCreate:
		return failure{"name_taken", "Somebody else registered this name first."}
	case r.Code == CodeObjectDoesNotExist && verb == VerbDomainCreate, r.Code == CodeObjectDoesNotExist && verb == VerbDomainUpdate:
		return failure{"unknown_object", "The registry does not know one of the name servers or contacts."}
	case r.Code == codeInvalidAuthInfo && verb == VerbDomainUpdate:
		return failure{"code_refused", "The registry did not take this transfer code; ask for another one."}
	case r.Code == codeAssociationLinks && verb == VerbDomainDelete:
		return failure{"subordinate_hosts", "The registry still has name servers below this name; delete or rename them first."}
	case r.Code == codeAssociationLinks && (verb == VerbHostDelete || verb == VerbHostUpdate):
		return failure{"host_in_use", "Names use this host as their name server; change their name servers first."}
	case r.Code == CodeObjectExists && verb == VerbHostUpdate:
		return failure{"host_exists", "The registry has a host of that name already."}
	case r.Code == 2201:
		return failure{"not_sponsored", "The registry does not list this name as ours."}
	case r.Code == 2304:
		return failure{"status_prohibits", "The registry has set a status on this name that forbids it."}
	case r.Code == 2105:
		return failure{"not_renewable", "The registry does not renew this name now."}
	case r.Code == 2306 || r.Code == 2308:
		return failure{"registry_policy", "The registry's rules do not allow it" + because + "."}
	case r.Code >= 2001 && r.Code <= 2005:
		return failure{"registry_refused_data", "The registry did not accept the data" + because + "."}
	}
	return failure{"registry_refused", fmt.Sprintf("The registry refused it (code %d).", r.Code)}
}

// settleDone writes a success in one transaction: result, domain state, ledger
// capture, registry cost, audit, events, and what also writes.
func (e *Engine) settleDone(ctx context.Context, c *Command, from CommandState, eff effect, also ...func(Tx) error) error {
	if eff.receipt.Pending && c.Verb != VerbDomainDelete { // pendingDelete is what a deletion leads to
		return e.leavePending(ctx, c, eff)
	}
	var events []Event
	done := *c
	now := e.Now()
	done.State, done.FinishedAt, done.ReviewNote = CommandDone, &now, ""
	if eff.receipt.Code != 0 {
		done.ResultCode, done.SvTRID, done.ResultMsg = eff.receipt.Code, clip(eff.receipt.SvTRID, maxTRID), ""
	}
	err := e.inFreshTx(ctx, func(tx Tx) error {
		events = nil
		if err := e.endCommand(ctx, tx, done, from, c.Lease.Token); err != nil {
			return err
		}
		if err := runAll(tx, also); err != nil {
			return err
		}
		if err := e.applyEffect(ctx, tx, done, eff); err != nil {
			return err
		}
		op, err := tx.Operation(ctx, c.OperationID)
		if err != nil {
			return err
		}
		if c.Billable {
			if err := e.charge(ctx, tx, done, op); err != nil {
				return err
			}
		}
		more, err := tx.QueueNext(ctx, c.OperationID, c.Seq+1)
		if err != nil || more {
			return err
		}
		ev, err := e.succeed(ctx, tx, op)
		events = append(events, ev)
		return err
	})
	if err != nil {
		return fmt.Errorf("settling command: %w", err)
	}
	*c = done
	e.ended(ctx, done, events)
	return nil
}

// freshTries bounds how often a transaction starts anew because the domain was
// changed between its read and its write; each time somebody else got ahead.
const freshTries = 5

// inFreshTx is InTx that also runs again when a domain moved: what a registry
// has executed must be written down whatever else happens to the row, and an
// order must start from what is true now.
func (e *Engine) inFreshTx(ctx context.Context, fn func(tx Tx) error) error {
	var err error
	for range freshTries {
		err = e.store.InTx(ctx, fn)
		var ours *Error
		if !errors.As(err, &ours) || ours.Code != "domain_changed" {
			return err
		}
	}
	return err
}

func runAll(tx Tx, fns []func(Tx) error) error {
	for _, fn := range fns {
		if err := fn(tx); err != nil {
			return err
		}
	}
	return nil
}

// endCommand writes the final row, guarded by state and lease.
func (e *Engine) endCommand(ctx context.Context, tx Tx, c Command, from CommandState, token string) error {
	ok, err := tx.ChangeCommand(ctx, c, from, token, DueChange{})
	if err != nil {
		return err
	}
	if !ok {
		return errLeaseLost
	}
	return nil
}

// ended tells the rest of the process after the commit.
func (e *Engine) ended(ctx context.Context, c Command, events []Event) {
	e.opt.Observer.CommandEnded(c.Registry, c.Verb, c.State, e.Now().Sub(c.CreatedAt))
	e.notice.publish(events...)
	if c.Billable && c.State == CommandDone {
		e.fundsBack(ctx, c.Registry)
	}
}

// applyEffect changes our own picture of the registry.
func (e *Engine) applyEffect(ctx context.Context, tx Tx, c Command, eff effect) error {
	switch c.Verb {
	case VerbContactCreate:
		return tx.MarkRegistryContactCreated(ctx, c.Registry, c.Object)
	case VerbHostCreate, VerbHostUpdate, VerbHostDelete:
		return e.applyHost(ctx, tx, c)
	case VerbContactUpdate:
		return e.applyEdit(ctx, tx, c)
	}
	d, err := tx.Domain(ctx, c.DomainID)
	if err != nil {
		return err
	}
	before := d
	now := e.Now()
	switch c.Verb {
	case VerbDomainCreate:
		d.State = DomainActive
		d.CreatedAt = orNow(eff.created, now)
	case VerbDomainRenew:
		d.ChangedAt = &now
	case VerbDomainUpdate:
		d.ChangedAt = &now
		if err := e.applyUpdate(ctx, tx, c, &d); err != nil {
			return err
		}
	case VerbDomainDelete:
		d.ChangedAt = &now
		if err := e.applyDelete(ctx, tx, c, eff, &d); err != nil {
			return err
		}
	}
	if !eff.expires.IsZero() {
		d.ExpiresAt, d.ExpiresRaw = &eff.expires, eff.expiresRaw
	}
	d.NeedsInfo = d.State != DomainDeleted
	if err := tx.UpdateDomain(ctx, d); err != nil {
		return err
	}
	if err := e.expiryMoved(ctx, tx, before, d, c.Verb == VerbDomainRenew); err != nil {
		return err
	}
	action := "domain." + strings.TrimPrefix(string(c.Verb), "domain:")
	return tx.InsertAudit(ctx, e.audit(System("worker"), action, "domain", d.ID, d.Name, before, d))
}

func orNow(t, now time.Time) *time.Time {
	if t.IsZero() {
		return &now
	}
	return &t
}

// charge captures the hold as a sale and books what the registry took. The
// posting's unique (kind, ref) makes a second charge impossible.
func (e *Engine) charge(ctx context.Context, tx Tx, c Command, op Operation) error {
	o, err := tx.Order(ctx, op.OrderID)
	if err != nil {
		return err
	}
	line, ok := o.line(op.LineID)
	if !ok {
		return fmt.Errorf("order %s has no line %s", o.ID, op.LineID)
	}
	if ok, err = tx.EndLine(ctx, line.ID, LineDone, ""); err != nil || !ok {
		return notOpen(err, "order line", line.ID)
	}
	if _, ok, err = tx.EndHold(ctx, line.HoldID, HoldCaptured, e.Now()); err != nil || !ok {
		return notOpen(err, "hold", line.HoldID)
	}
	memo := fmt.Sprintf("%s %s, %d years", line.Action, line.Domain, line.Years)
	if line.Years == 1 {
		memo = strings.TrimSuffix(memo, "s")
	}
	if err := e.postTransfer(ctx, tx, PostingSale, line.ID, memo, AccountKey{AccountCustomer, o.CustomerID, line.Price.Currency},
		AccountKey{AccountRevenue, "", line.Price.Currency}, line.Price); err != nil {
		return err
	}
	if err := e.postTransfer(ctx, tx, PostingRegistryCost, c.ID, memo, AccountKey{AccountDeposit, c.Registry, line.Cost.Currency},
		AccountKey{AccountCost, c.Registry, line.Cost.Currency}, line.Cost); err != nil {
		return err
	}
	return e.closeOrder(ctx, tx, o.ID)
}

// errSettled says that the books and the journal disagree.
var errSettled = errors.New("it is not open: refusing to settle it twice")

func notOpen(err error, what, id string) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("%s %s: %w", what, id, errSettled)
}

// reviewIfHopeless hands a command to people when its outcome can never be
// written down as it is; anything that may pass is left to the next try.
func (e *Engine) reviewIfHopeless(ctx context.Context, c *Command, from CommandState, cause error) error {
	var ours *Error
	hopeless := errors.Is(cause, errSettled)
	if errors.As(cause, &ours) {
		hopeless = ours.Kind == KindInvalid || ours.Kind == KindNotFound || ours.Kind == KindConflict && ours.Code != "domain_changed"
	}
	if !hopeless {
		return cause
	}
	return errors.Join(cause, e.settleReview(ctx, c, from, "What came of it could not be written down, for a reason that the log tells."))
}

func (o Order) line(id string) (OrderLine, bool) {
	for _, l := range o.Lines {
		if l.ID == id {
			return l, true
		}
	}
	return OrderLine{}, false
}

// closeOrder sets the order's state once no line is open.
func (e *Engine) closeOrder(ctx context.Context, tx Tx, orderID string) error {
	o, err := tx.Order(ctx, orderID)
	if err != nil {
		return err
	}
	done, failed := 0, 0
	for _, l := range o.Lines {
		switch l.State {
		case LineDone:
			done++
		case LineFailed:
			failed++
		}
	}
	switch {
	case done+failed < len(o.Lines):
		return nil
	case failed == 0:
		return tx.SetOrderState(ctx, o.ID, OrderCompleted)
	case done == 0:
		return tx.SetOrderState(ctx, o.ID, OrderFailed)
	}
	return tx.SetOrderState(ctx, o.ID, OrderPartly)
}

var successEvents = map[OperationKind]EventKind{
	OpRegister:    EventDomainRegistered,
	OpRenew:       EventDomainRenewed,
	OpNameServers: EventNameServersChanged,
	OpLock:        EventDomainLocked,
	OpUnlock:      EventDomainUnlocked,
	OpCode:        EventTransferCode,
	OpCodeEnd:     EventTransferCodeEnd,
	OpDelete:      EventDomainDeleted,
	OpHost:        EventHostSet,
	OpHostDelete:  EventHostDeleted,
	OpContacts:    EventContactsChanged,
	OpRegistrant:  EventRegistrantChanged,
	OpContact:     EventContactChanged,

	OpContactMaterial: EventContactMaterial,
}

// quietEvents are told to nobody by mail.
var quietEvents = map[EventKind]bool{EventTransferCodeEnd: true}

// ownMails are the events with a mail of their own; all others that are told
// share one.
var ownMails = map[EventKind]bool{EventDomainRegistered: true, EventDomainRenewed: true, EventNameServersChanged: true}

// mailOf names the template of a success, "" for none.
func mailOf(k EventKind) string {
	switch {
	case quietEvents[k]:
		return ""
	case ownMails[k]:
		return strings.ReplaceAll(string(k), ".", "_")
	}
	return "domain_changed"
}

// succeed ends the operation and writes its event and mail.
func (e *Engine) succeed(ctx context.Context, tx Tx, op Operation) (Event, error) {
	now := e.Now()
	op.State, op.FinishedAt, op.Failure, op.FailureCode = OpSucceeded, &now, "", ""
	subject, err := subjectOf(ctx, tx, op)
	if err != nil {
		return Event{}, err
	}
	ev := e.event(successEvents[op.Kind], op, subject)
	if ok, err := tx.SetOperationState(ctx, op); err != nil || !ok {
		return ev, notOpen(err, "operation", op.ID)
	}
	if template := mailOf(ev.Kind); template != "" {
		if err := e.writeCustomerMail(ctx, tx, ev, template, op); err != nil {
			return ev, err
		}
	}
	return ev, tx.InsertEvent(ctx, ev)
}

// settleFailed writes a definite refusal: the rest of the operation is
// cancelled, the hold released, nothing is charged.
func (e *Engine) settleFailed(ctx context.Context, c *Command, from CommandState, f failure, also ...func(Tx) error) error {
	var ev Event
	failed := *c
	now := e.Now()
	failed.State, failed.FinishedAt = CommandFailed, &now
	err := e.inFreshTx(ctx, func(tx Tx) error {
		if err := e.endCommand(ctx, tx, failed, from, c.Lease.Token); err != nil {
			return err
		}
		if err := runAll(tx, also); err != nil {
			return err
		}
		if err := tx.CancelWaiting(ctx, c.OperationID, now); err != nil {
			return err
		}
		if err := e.forget(ctx, tx, failed); err != nil {
			return err
		}
		if err := e.eraseCode(ctx, tx, failed); err != nil {
			return err
		}
		op, err := tx.Operation(ctx, c.OperationID)
		if err != nil {
			return err
		}
		if err := e.release(ctx, tx, op, f); err != nil {
			return err
		}
		if err := e.rereadRefused(ctx, tx, failed); err != nil {
			return err
		}
		op.State, op.FinishedAt, op.FailureCode, op.Failure = OpFailed, &now, f.Code, f.Text
		if ok, err := tx.SetOperationState(ctx, op); err != nil || !ok {
			return notOpen(err, "operation", op.ID)
		}
		ev = e.event(EventOperationFailed, op, f.Text)
		if err := e.writeCustomerMail(ctx, tx, ev, "operation_failed", op); err != nil {
			return err
		}
		return tx.InsertEvent(ctx, ev)
	})
	if err != nil {
		return fmt.Errorf("settling failed command: %w", err)
	}
	*c = failed
	e.ended(ctx, failed, []Event{ev})
	return nil
}

// rereadRefused has the registry's own view of an existing name read after a
// refusal: what we believed of it may be why, for example an old expiry date.
func (e *Engine) rereadRefused(ctx context.Context, tx Tx, c Command) error {
	if !refusal(c.ResultCode) || c.Verb == VerbDomainCreate || !isDomainVerb(c.Verb) {
		return nil
	}
	d, err := tx.Domain(ctx, c.DomainID)
	if err != nil {
		return err
	}
	d.NeedsInfo = true
	return tx.UpdateDomain(ctx, d)
}

// forget drops what we believed of the registry's objects after a 2303, so that
// the next order creates them anew.
func (e *Engine) forget(ctx context.Context, tx Tx, c Command) error {
	if c.ResultCode != CodeObjectDoesNotExist {
		return nil
	}
	switch c.Verb {
	case VerbDomainCreate:
		spec, err := decodeSpec[DomainCreateSpec](c)
		if err != nil {
			return err
		}
		return tx.ForgetRegistryObjects(ctx, c.Registry, []string{spec.Registrant}, spec.NameServers)
	case VerbContactUpdate:
		return tx.ForgetRegistryObjects(ctx, c.Registry, []string{c.Object}, nil)
	case VerbHostUpdate:
		return e.dropHost(ctx, tx, c.Registry, c.Object)
	case VerbDomainUpdate:
		return e.forgetUpdated(ctx, tx, c)
	}
	return nil
}

// release gives the money back and frees the name of a failed registration.
func (e *Engine) release(ctx context.Context, tx Tx, op Operation, f failure) error {
	if op.Kind == OpRegister {
		d, err := tx.Domain(ctx, op.DomainID)
		if err != nil {
			return err
		}
		before := d
		d.State = DomainFailed
		if err := tx.UpdateDomain(ctx, d); err != nil {
			return err
		}
		if err := tx.InsertAudit(ctx, e.audit(System("worker"), "domain.create_failed", "domain", d.ID, d.Name, before, d)); err != nil {
			return err
		}
	}
	if op.OrderID == "" {
		return nil
	}
	o, err := tx.Order(ctx, op.OrderID)
	if err != nil {
		return err
	}
	line, ok := o.line(op.LineID)
	if !ok {
		return fmt.Errorf("order %s has no line %s", o.ID, op.LineID)
	}
	if ok, err = tx.EndLine(ctx, line.ID, LineFailed, f.Text); err != nil || !ok {
		return notOpen(err, "order line", line.ID)
	}
	if _, ok, err = tx.EndHold(ctx, line.HoldID, HoldReleased, e.Now()); err != nil || !ok {
		return notOpen(err, "hold", line.HoldID)
	}
	return e.closeOrder(ctx, tx, o.ID)
}

// settleReview stops a command that no machine can decide. Money stays held,
// the name stays locked, staff are told.
func (e *Engine) settleReview(ctx context.Context, c *Command, from CommandState, note string) error {
	var ev Event
	review := *c
	review.State, review.ReviewNote = CommandNeedsReview, note
	err := e.store.InTx(ctx, func(tx Tx) error {
		if err := e.endCommand(ctx, tx, review, from, c.Lease.Token); err != nil {
			return err
		}
		op, err := tx.Operation(ctx, c.OperationID)
		if err != nil {
			return err
		}
		op.State = OpNeedsReview
		if ok, err := tx.SetOperationState(ctx, op); err != nil || !ok {
			return notOpen(err, "operation", op.ID)
		}
		ev = e.event(EventNeedsReview, op, note)
		if err := e.writeStaffMail(ctx, tx, ev, "needs_review", map[string]any{"Domain": op.Domain, "Command": c.ID, "Note": note}); err != nil {
			return err
		}
		return tx.InsertEvent(ctx, ev)
	})
	if err != nil {
		return fmt.Errorf("stopping command for review: %w", err)
	}
	*c = review
	e.ended(ctx, review, []Event{ev})
	return nil
}

// leavePending keeps a command that the registry accepted with 1001: the final
// word comes later, and <info> shows it.
func (e *Engine) leavePending(ctx context.Context, c *Command, eff effect) error {
	next := *c
	next.ResultCode, next.SvTRID, next.ResultMsg = eff.receipt.Code, clip(eff.receipt.SvTRID, maxTRID), "accepted; the registry has it pending"
	err := e.store.InTx(ctx, func(tx Tx) error {
		ok, err := tx.ChangeCommand(ctx, next, CommandSent, c.Lease.Token, DueChange{In: pendingLook, SettleIn: e.opt.SettleAfter})
		if err == nil && !ok {
			err = errLeaseLost
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("noting a pending command: %w", err)
	}
	*c = next
	return nil
}

// fundsBack lifts the stop after a billable command succeeded.
func (e *Engine) fundsBack(ctx context.Context, registry string) {
	state, err := e.store.RegistryState(ctx, registry)
	if err == nil && state.NoFundsSince == nil {
		return
	}
	ev := Event{ID: e.id(PrefixEvent), Kind: EventRegistryFundsBack, Detail: registry, At: e.Now()}
	if err == nil {
		err = e.store.InTx(ctx, func(tx Tx) error {
			changed, err := tx.SetNoFunds(ctx, registry, nil)
			if err != nil || !changed {
				return err
			}
			return tx.InsertEvent(ctx, ev)
		})
	}
	if err != nil {
		e.log.ErrorContext(ctx, "lifting the no-funds stop failed; the next success tries again", "registry", registry, "error", err)
		return
	}
	e.notice.publish(ev)
}
