package registrar

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

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
		if !errors.As(err, &ours) || (ours.Code != "domain_changed" && ours.Code != "idempotency_race") {
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
		return e.contactCreated(ctx, tx, c, eff)
	case VerbHostCreate, VerbHostUpdate, VerbHostDelete:
		return e.applyHost(ctx, tx, c, eff)
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

func (e *Engine) contactCreated(ctx context.Context, tx Tx, c Command, eff effect) error {
	spec, err := decodeSpec[ContactCreateSpec](c)
	if err != nil {
		return err
	}
	if err := tx.MarkRegistryContactCreated(ctx, c.Registry, c.Object); err != nil || eff.known {
		return err
	}
	return tx.InsertAudit(ctx, e.audit(System("worker"), "contact.register", "contact", spec.Contact.ContactID, c.Object,
		nil, map[string]any{"registry": c.Registry, "version": spec.Contact.Version}))
}

func (e *Engine) hostCreated(ctx context.Context, tx Tx, c Command, eff effect) error {
	if err := tx.InsertRegistryHost(ctx, c.Registry, c.Object, e.Now()); err != nil || eff.known {
		return err
	}
	id := c.Object[:min(len(c.Object), maxObjectID)]
	return tx.InsertAudit(ctx, e.audit(System("worker"), "host.create", "host", id, c.Object, nil, map[string]any{"registry": c.Registry}))
}

// maxObjectID bounds the id of an audited object; a longer host name is found by
// its beginning, its whole is the object's name.
const maxObjectID = 64

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
