package registrar

import (
	"context"
	"fmt"
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
	if err := e.collect(ctx, tx, o.CustomerID, line.Price.Currency); err != nil {
		return err
	}
	return e.closeOrder(ctx, tx, o.ID)
}
