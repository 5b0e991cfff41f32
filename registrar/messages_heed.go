package registrar

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// heed acts upon one event of a message; note says why a person must read it, ""
// when nobody has to. It may run again with the same event. What the message says
// of a name is never copied: the registry is asked, so a message that is late,
// doubled or wrong does no harm.
func (e *Engine) heed(ctx context.Context, reg Registry, m QueueMessage, ev RegistryEvent) (note string, err error) {
	switch ev.Kind {
	case ToldPending:
		return e.heedOutcome(ctx, reg, m, ev)
	case ToldTransfer:
		return e.heedTransfer(ctx, reg, m, ev)
	case ToldState, ToldRenewed, ToldCreated, ToldDeleted:
		if ev.State != nil && ev.State.Past {
			return "", nil
		}
		return e.heedObject(ctx, m, ev)
	case ToldChange:
		return changeNote(ev), nil
	case ToldMaintenance:
		return maintenanceNote(ev), e.announce(ctx, m, EventRegistryMaintenance)
	case ToldLowBalance:
		low := ev.LowBalance
		return fmt.Sprintf("Our account runs low: %s available, the registry warns below %s.", low.Available, low.Threshold), e.announce(ctx, m, EventRegistryLowBalance)
	case ToldRestoreDue:
		return "A restore report is due by " + ev.RestoreDue.ReportDue.UTC().Format("2006-01-02 15:04 UTC") + ".", nil
	case ToldApplication:
		return fmt.Sprintf("The application for %s is %s.", ev.Object.ID, ev.Application.Status), nil
	case ToldText:
		return "The registry wrote words without data.", nil
	}
	return "Nobody here knows the data of this message.", nil
}

// announce tells staff's systems of a message, once: the event carries its id.
func (e *Engine) announce(ctx context.Context, m QueueMessage, kind EventKind) error {
	if m.Attempt > 0 {
		return nil
	}
	return e.store.InTx(ctx, func(tx Tx) error {
		return tx.InsertEvent(ctx, Event{ID: e.id(PrefixEvent), Kind: kind, Detail: m.Registry, At: e.Now()})
	})
}

func maintenanceNote(ev RegistryEvent) string {
	w := ev.Maintenance
	return strings.TrimSpace(fmt.Sprintf("Maintenance %s to %s: %s", w.Start.UTC().Format("2006-01-02 15:04"), w.End.UTC().Format("2006-01-02 15:04 UTC"), w.Name))
}

// changeNote wants a person where a dispute or an order stands behind a change.
func changeNote(ev RegistryEvent) string {
	if ev.Change.CaseID == "" {
		return ""
	}
	return fmt.Sprintf("The registry acted on the name because of case %s (%s): %s.", ev.Change.CaseID, ev.Change.CaseType, ev.Change.Reason)
}

// heedObject has a name of ours read again.
func (e *Engine) heedObject(ctx context.Context, m QueueMessage, ev RegistryEvent) (string, error) {
	if ev.Object.Kind != ObjectDomain {
		return fmt.Sprintf("The registry tells of the %s %s.", ev.Object.Kind, ev.Object.ID), nil
	}
	dom, known, err := e.messageDomain(ctx, m, ev)
	if err != nil {
		return "", err
	}
	if !known {
		return "The registry tells of " + ev.Object.ID + ", which is no name of ours.", nil
	}
	return "", e.readSoon(ctx, dom.ID)
}

// messageDomain finds the live name that an event is about.
func (e *Engine) messageDomain(ctx context.Context, m QueueMessage, ev RegistryEvent) (Domain, bool, error) {
	dom, err := e.store.DomainByName(ctx, ev.Object.ID)
	if IsNotFound(err) || err == nil && dom.Registry != m.Registry {
		return Domain{}, false, nil
	}
	return dom, err == nil, err
}

// heedOutcome settles the command that the registry had pending (panData).
func (e *Engine) heedOutcome(ctx context.Context, reg Registry, m QueueMessage, ev RegistryEvent) (string, error) {
	if ev.Pending.ClTRID == "" {
		return e.heedObject(ctx, m, ev)
	}
	c, err := e.store.CommandByClTRID(ctx, ev.Pending.ClTRID)
	if IsNotFound(err) || err == nil && (c.Registry != m.Registry || c.State != CommandSent || c.ResultCode != CodePending) {
		return e.heedObject(ctx, m, ev) // decided long ago, or asked for by others
	}
	if err != nil {
		return "", err
	}
	// It is looked at once a minute; now there is something to see.
	if err := e.store.InTx(ctx, func(tx Tx) error { return tx.HurryCommand(ctx, c.ID) }); err != nil {
		return "", fmt.Errorf("hurrying a pending command: %w", err)
	}
	if c, err = e.claim(ctx, c.ID, CommandSent, e.opt.ExchangeTimeout+e.opt.LeaseMargin); err != nil {
		return "", err
	}
	if ev.Pending.Done {
		return "", e.judge(ctx, reg, &c, CommandSent)
	}
	return "", e.settleFailed(ctx, &c, CommandSent, failure{"registry_refused", "The registry looked at it and refused."})
}

// heedTransfer follows a transfer of a name.
func (e *Engine) heedTransfer(ctx context.Context, reg Registry, m QueueMessage, ev RegistryEvent) (string, error) {
	if ev.Object.Kind != ObjectDomain {
		return fmt.Sprintf("The transfer of the %s %s is %s.", ev.Object.Kind, ev.Object.ID, ev.Transfer.Status), nil
	}
	dom, known, err := e.messageDomain(ctx, m, ev)
	switch {
	case err != nil:
		return "", err
	case !known:
		return fmt.Sprintf("The transfer of %s, which is no name of ours, is %s.", ev.Object.ID, ev.Transfer.Status), nil
	case ev.Transfer.Status == TransferPending && ev.Transfer.Side == TransferLosing:
		return "", e.noteTransferAway(ctx, dom, ev)
	case ev.Transfer.Status.Approved() && ev.Transfer.Side == TransferLosing:
		return "", e.lose(ctx, reg, dom)
	}
	return "", e.readSoon(ctx, dom.ID)
}

// noteTransferAway leaves evidence that another registrar asks for a name.
func (e *Engine) noteTransferAway(ctx context.Context, dom Domain, ev RegistryEvent) error {
	err := e.store.InTx(ctx, func(tx Tx) error {
		if err := tx.InsertAudit(ctx, e.audit(System("worker"), "domain.transfer_asked", "domain", dom.ID, dom.Name, nil, map[string]string{
			"by": ev.Transfer.Gaining, "asked": ev.Transfer.Requested.UTC().Format("2006-01-02T15:04:05Z"), "decided_by": ev.Transfer.Acted.UTC().Format("2006-01-02T15:04:05Z"),
		})); err != nil {
			return err
		}
		return tx.InsertEvent(ctx, Event{ID: e.id(PrefixEvent), Kind: EventTransferAsked, CustomerID: dom.CustomerID, Domain: dom.Name, DomainID: dom.ID, At: e.Now()})
	})
	if err != nil {
		return fmt.Errorf("noting that %s is asked for: %w", dom.Name, err)
	}
	return e.readSoon(ctx, dom.ID)
}

var errStillOurs = errors.New("the registry still lists the name as ours")

// lose ends our part of a name that went to another registrar, once the registry
// itself shows that it did.
func (e *Engine) lose(ctx context.Context, reg Registry, dom Domain) error {
	if err := mayOwn(dom); err != nil {
		return nil // its owner system tells
	}
	within, cancel := context.WithTimeout(ctx, e.opt.ExchangeTimeout)
	defer cancel()
	info, err := reg.DomainInfo(within, dom.Name)
	if err != nil {
		return fmt.Errorf("reading %s at the registry: %w", dom.Name, err)
	}
	if info.Ours {
		return errStillOurs
	}
	return e.store.InTx(ctx, func(tx Tx) error {
		now, err := tx.Domain(ctx, dom.ID)
		if err != nil || now.State == DomainTransferred {
			return err
		}
		was := now
		now.State, now.NeedsInfo, now.Statuses = DomainTransferred, false, info.Statuses
		if err := tx.UpdateDomain(ctx, now); err != nil {
			return err
		}
		if err := tx.InsertAudit(ctx, e.audit(System("worker"), "domain.transferred_away", "domain", now.ID, now.Name, was, now)); err != nil {
			return err
		}
		return tx.InsertEvent(ctx, Event{ID: e.id(PrefixEvent), Kind: EventTransferredAway, CustomerID: now.CustomerID, Domain: now.Name, DomainID: now.ID, At: e.Now()})
	})
}
