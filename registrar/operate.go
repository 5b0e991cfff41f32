package registrar

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// WaitOperation returns the operation once it is final or needs review, or as
// it is after max. customerID "" reads any (staff).
func (e *Engine) WaitOperation(ctx context.Context, customerID, id string, max time.Duration) (Operation, error) {
	ctx, cancel := context.WithTimeout(ctx, max)
	defer cancel()
	for {
		op, err := e.waitOnce(ctx, customerID, id)
		if err != nil || op.State != OpRunning || ctx.Err() != nil {
			return op, err
		}
	}
}

// waitOnce reads the operation and, while it is running, waits for a change.
func (e *Engine) waitOnce(ctx context.Context, customerID, id string) (Operation, error) {
	changed, leave := e.notice.watch(id)
	defer leave()
	op, err := e.operation(context.WithoutCancel(ctx), customerID, id)
	if err != nil || op.State != OpRunning {
		return op, err
	}
	// Another replica may do the work: look again now and then.
	timer := time.NewTimer(250 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-changed:
	case <-timer.C:
	}
	return op, nil
}

func (e *Engine) operation(ctx context.Context, customerID, id string) (Operation, error) {
	op, err := e.store.Operation(ctx, id)
	if IsNotFound(err) || (err == nil && customerID != "" && op.CustomerID != customerID) {
		return Operation{}, Errorf(KindNotFound, "no_such_operation", "There is no such operation.")
	}
	return op, err
}

// Resolution is a staff member's word on a command that needs review.
type Resolution string

// Resolutions.
const (
	ResolveDone   Resolution = "done"   // it happened; the registry's own view is taken over
	ResolveFailed Resolution = "failed" // it did not and will not; money goes back
)

// RetryCommand brings a stuck command back to work. One that needs review is
// reconciled anew; one that waits for its next try is due at once; one that
// failed is asked for again, as a new operation at the price of the old one.
func (e *Engine) RetryCommand(ctx context.Context, by Actor, id, reason string) error {
	if err := e.staffOrSystem(ctx, by, StaffCommands); err != nil {
		return err
	}
	if reason = tidy(reason); reason == "" {
		return InvalidField("reason", "required", "Please say why.")
	}
	c, err := e.store.Command(ctx, id)
	if err != nil {
		return err
	}
	if c.State == CommandFailed {
		return e.repeat(ctx, by, c, reason)
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		c, err := tx.Command(ctx, id)
		if err != nil {
			return err
		}
		from, next, due := c.State, c, DueChange{}
		switch c.State {
		case CommandNeedsReview:
			next.State, next.ReviewNote, next.Absent, next.Attempt = CommandSent, "", 0, min(c.Attempt, maxAttempts-1)
			if refusal(c.ResultCode) { // of that attempt; staff ask for another
				next.ResultCode = 0
			}
		case CommandQueued, CommandSent:
			if c.Lease.Token != "" {
				return Errorf(KindConflict, "in_work", "The command is being worked on right now.")
			}
		default:
			return Errorf(KindConflict, "not_retryable", "A command that is %s can't be tried again.", c.State)
		}
		if err := e.staffChange(ctx, tx, by, "command.retry", c, next, from, due, reason); err != nil {
			return err
		}
		return e.reopen(ctx, tx, c.OperationID)
	})
	if err != nil {
		return fmt.Errorf("retrying command: %w", err)
	}
	e.notice.publishWork()
	return nil
}

// repeat asks again for what a failed operation asked, on the customer's behalf
// and under the agreement accepted then. The key makes a second click harmless.
func (e *Engine) repeat(ctx context.Context, by Actor, c Command, reason string) error {
	op, err := e.store.Operation(ctx, c.OperationID)
	if err != nil {
		return err
	}
	key := &KeyRequest{Key: "retry:" + op.ID, BodyDigest: digest(op.ID)}
	var again Operation
	switch {
	case op.OrderID != "":
		again, err = e.repeatOrder(ctx, by, op, key)
	case op.Kind == OpNameServers:
		again, err = e.repeatNameServers(ctx, by, op, key)
	default:
		err = Errorf(KindConflict, "not_repeatable", "Only its asker can ask for this again.")
	}
	if err != nil {
		return fmt.Errorf("repeating operation: %w", err)
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		return tx.InsertAudit(ctx, e.audit(by, "command.repeat", "command", c.ID, c.Object,
			map[string]any{"operation": op.ID, "failure": op.Failure}, map[string]any{"operation": again.ID, "reason": reason}))
	})
	if err != nil {
		return fmt.Errorf("recording the repetition: %w", err)
	}
	return nil
}

// lastSpec returns the spec of an operation's domain command.
func lastSpec[T any](ctx context.Context, r Reader, op Operation) (T, error) {
	cs, err := r.CommandsOf(ctx, op.ID)
	var none T
	if err != nil {
		return none, err
	}
	if len(cs) == 0 {
		return none, fmt.Errorf("operation %s has no commands", op.ID)
	}
	return decodeSpec[T](cs[len(cs)-1])
}

func (e *Engine) repeatNameServers(ctx context.Context, by Actor, op Operation, key *KeyRequest) (Operation, error) {
	spec, err := lastSpec[NameServersSpec](ctx, e.store, op)
	if err != nil {
		return Operation{}, err
	}
	return e.ChangeNameServers(ctx, by, op.CustomerID, op.Domain, spec.Want, key)
}

func (e *Engine) repeatOrder(ctx context.Context, by Actor, op Operation, key *KeyRequest) (Operation, error) {
	o, err := e.store.Order(ctx, op.OrderID)
	if err != nil {
		return Operation{}, err
	}
	line, ok := o.line(op.LineID)
	if !ok {
		return Operation{}, Errorf(KindConflict, "not_retryable", "The order of this command has no such line.")
	}
	req := LineRequest{Action: line.Action, Name: line.Domain, Years: line.Years, Expect: &line.Price}
	if line.Action == ActionRegister {
		d, err := e.store.Domain(ctx, op.DomainID)
		if err != nil {
			return Operation{}, err
		}
		req.Registrant, req.NameServers = ContactChoice{ContactID: d.Registrant.ContactID}, d.NameServers
	}
	_, ops, err := e.PlaceOrder(ctx, by, OrderRequest{CustomerID: o.CustomerID, Lines: []LineRequest{req}, Agreement: o.Agreement, Key: key})
	if err != nil {
		return Operation{}, err
	}
	return ops[0], nil
}

func (e *Engine) staffChange(ctx context.Context, tx Tx, by Actor, action string, was, next Command, from CommandState, due DueChange, reason string) error {
	ok, err := tx.ChangeCommand(ctx, next, from, "", due)
	if err != nil {
		return err
	}
	if !ok {
		return Errorf(KindConflict, "state_changed", "The command has moved on meanwhile.")
	}
	return tx.InsertAudit(ctx, e.audit(by, action, "command", was.ID, was.Object,
		map[string]any{"state": was.State, "note": was.ReviewNote}, map[string]any{"state": next.State, "reason": reason}))
}

// reopen shows an operation as running again after a review.
func (e *Engine) reopen(ctx context.Context, tx Tx, operationID string) error {
	op, err := tx.Operation(ctx, operationID)
	if err != nil || op.State != OpNeedsReview {
		return err
	}
	op.State = OpRunning
	ok, err := tx.SetOperationState(ctx, op)
	if err != nil || !ok {
		return notOpen(err, "operation", op.ID)
	}
	return nil
}

// ResolveCommand ends a command that needs review by a person's word. "done" is
// checked against the registry as far as it can be: a name that is not ours
// there can't be resolved as done.
func (e *Engine) ResolveCommand(ctx context.Context, by Actor, id string, as Resolution, reason string) error {
	if err := e.staffOrSystem(ctx, by, StaffCommands); err != nil {
		return err
	}
	if reason = tidy(reason); reason == "" {
		return InvalidField("reason", "required", "Please say why.")
	}
	c, err := e.store.Command(ctx, id)
	if err != nil {
		return err
	}
	if c.State != CommandNeedsReview {
		return Errorf(KindConflict, "not_in_review", "Only a command that needs review can be resolved; this one is %s.", c.State)
	}
	c.Lease.Token = ""
	evidence := func(tx Tx) error {
		return tx.InsertAudit(ctx, e.audit(by, "command.resolve", "command", c.ID, c.Object,
			map[string]any{"state": c.State, "note": c.ReviewNote}, map[string]any{"as": as, "reason": reason}))
	}
	settled := c
	switch as {
	case ResolveFailed:
		err = e.settleFailed(ctx, &settled, CommandNeedsReview, failure{"resolved_failed", "Our staff found that this could not be done."}, evidence)
	case ResolveDone:
		var eff effect
		if eff, err = e.seen(ctx, c); err == nil {
			err = e.settleDone(ctx, &settled, CommandNeedsReview, eff, evidence)
		}
	default:
		return InvalidField("as", "bad_resolution", "Resolve as done or failed.")
	}
	if errors.Is(err, errLeaseLost) {
		return Errorf(KindConflict, "state_changed", "The command has moved on meanwhile.")
	}
	e.notice.publishWork() // the operation may go on with its next command
	return err
}

// seen reads what the registry has of a domain that staff call done.
func (e *Engine) seen(ctx context.Context, c Command) (effect, error) {
	reg, err := e.registry(c.Registry)
	if err != nil {
		return effect{}, err
	}
	if c.Verb == VerbDomainDelete {
		return e.seenDeleted(ctx, reg, c)
	}
	if !isDomainVerb(c.Verb) {
		return effect{known: true}, nil
	}
	info, err := reg.DomainInfo(ctx, c.Object)
	if ResultCode(err) == CodeObjectDoesNotExist || (err == nil && !info.Ours) {
		return effect{}, Errorf(KindConflict, "not_ours", "The registry does not list %s as ours, so it can't be resolved as done.", c.Object)
	}
	if err != nil {
		return effect{}, Errorf(KindUnavailable, "registry_unavailable", "The registry could not be asked just now.").Because(err)
	}
	return happened(info).effect, nil
}
