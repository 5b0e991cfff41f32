package registrar

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// heed acts upon one event of a message and adds to all what a person or others
// must be told. It may run again with the same event. What the message says of a
// name is never copied: the registry is asked, so a message that is late, doubled
// or wrong does no harm.
func (e *Engine) heed(ctx context.Context, reg Registry, m QueueMessage, ev RegistryEvent, all *heeded) error {
	note, err := "", error(nil)
	switch ev.Kind {
	case ToldPending:
		note, err = e.heedOutcome(ctx, reg, m, ev)
	case ToldTransfer:
		note, err = e.heedTransfer(ctx, reg, m, ev, all)
	case ToldState, ToldRenewed, ToldCreated, ToldDeleted:
		if ev.State == nil || !ev.State.Past {
			note, err = e.heedObject(ctx, m, ev)
		}
	case ToldMaintenance:
		note = maintenanceNote(ev)
		all.tell = append(all.tell, e.announce(ctx, m, EventRegistryMaintenance))
	case ToldLowBalance:
		note = fmt.Sprintf("Our account runs low: %s available, the registry warns below %s.", ev.LowBalance.Available, ev.LowBalance.Threshold)
		all.tell = append(all.tell, e.announce(ctx, m, EventRegistryLowBalance))
	default:
		note = wordsFor(ev)
	}
	if note != "" {
		all.notes = append(all.notes, note)
	}
	return err
}

// wordsFor tells a person of what nothing here acts upon.
func wordsFor(ev RegistryEvent) string {
	switch ev.Kind {
	case ToldChange:
		return changeNote(ev)
	case ToldRestoreDue:
		return "A restore report is due by " + ev.RestoreDue.ReportDue.UTC().Format("2006-01-02 15:04 UTC") + "."
	case ToldApplication:
		return fmt.Sprintf("The application for %s is %s.", ev.Object.ID, ev.Application.Status)
	case ToldText:
		return "The registry wrote words without data."
	}
	return "Nobody here knows the data of this message."
}

// announce tells staff's systems of a message.
func (e *Engine) announce(ctx context.Context, m QueueMessage, kind EventKind) func(Tx) error {
	return func(tx Tx) error {
		return tx.InsertEvent(ctx, Event{ID: e.id(PrefixEvent), Kind: kind, Detail: m.Registry, At: e.Now()})
	}
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
	// The answer 1001 may have been lost: what counts is that we sent it.
	if IsNotFound(err) || err == nil && (c.Registry != m.Registry || c.State != CommandSent || !strings.EqualFold(c.Object, ev.Object.ID)) {
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
func (e *Engine) heedTransfer(ctx context.Context, reg Registry, m QueueMessage, ev RegistryEvent, all *heeded) (string, error) {
	if ev.Object.Kind != ObjectDomain {
		return fmt.Sprintf("The transfer of the %s %s is %s.", ev.Object.Kind, ev.Object.ID, ev.Transfer.Status), nil
	}
	dom, known, err := e.messageDomain(ctx, m, ev)
	switch {
	case err != nil:
		return "", err
	case !known:
		return fmt.Sprintf("The transfer of %s, which is no name of ours, is %s.", ev.Object.ID, ev.Transfer.Status), nil
	case mayOwn(dom) != nil:
		return "", nil // its owner system tells
	case ev.Transfer.Status == TransferPending && ev.Transfer.Side == TransferLosing:
		return "", e.askedAway(ctx, reg, dom, ev, all)
	case ev.Transfer.Status.Approved() && ev.Transfer.Side == TransferLosing:
		return "", e.lose(ctx, reg, dom)
	}
	return "", e.readSoon(ctx, dom.ID)
}

// askedAway tells the customer that another registrar asks for a name, unless it
// is over by now.
func (e *Engine) askedAway(ctx context.Context, reg Registry, dom Domain, ev RegistryEvent, all *heeded) error {
	info, err := e.shownNow(ctx, reg, dom.Name)
	if err != nil {
		return err
	}
	if info.Ours && hasAny(info.Statuses, "pendingTransfer") {
		all.tell = append(all.tell, func(tx Tx) error { return e.tellAskedAway(ctx, tx, dom, *ev.Transfer) })
	}
	return e.readSoon(ctx, dom.ID)
}

func (e *Engine) tellAskedAway(ctx context.Context, tx Tx, dom Domain, t Transfer) error {
	facts := map[string]string{"by": t.Gaining, "asked": minute(t.Requested), "decided": minute(t.Acted)}
	if err := tx.InsertAudit(ctx, e.audit(System("worker"), "domain.transfer_asked", "domain", dom.ID, dom.Name, nil, facts)); err != nil {
		return err
	}
	detail := fmt.Sprintf("The registrar %s asked for it; the registry decides by itself on %s.", t.Gaining, minute(t.Acted))
	ev := Event{ID: e.id(PrefixEvent), Kind: EventTransferAsked, CustomerID: dom.CustomerID, Domain: dom.Name, DomainID: dom.ID, Detail: detail, At: e.Now()}
	if err := tx.InsertEvent(ctx, ev); err != nil {
		return err
	}
	return e.tellOwner(ctx, tx, dom.CustomerID, "domain_transfer_asked", map[string]any{"Domain": dom.UName, "Registrar": t.Gaining, "Until": minute(t.Acted)})
}

func minute(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04 UTC") }

// shownNow reads a name at the registry.
func (e *Engine) shownNow(ctx context.Context, reg Registry, name string) (DomainInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, e.opt.ExchangeTimeout)
	defer cancel()
	info, err := reg.DomainInfo(ctx, name)
	if err != nil {
		return info, fmt.Errorf("reading %s at the registry: %w", name, err)
	}
	return info, nil
}

var errStillOurs = errors.New("the registry still lists the name as ours")

// lose ends our part of a name that went to another registrar, once the registry
// itself shows that it did.
func (e *Engine) lose(ctx context.Context, reg Registry, dom Domain) error {
	info, err := e.shownNow(ctx, reg, dom.Name)
	if err != nil {
		return err
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
		return e.tellTransferredAway(ctx, tx, now, info.Sponsor)
	})
}

// tellTransferredAway tells the customer that a name went to another registrar.
func (e *Engine) tellTransferredAway(ctx context.Context, tx Tx, d Domain, sponsor string) error {
	ev := Event{ID: e.id(PrefixEvent), Kind: EventTransferredAway, CustomerID: d.CustomerID, Domain: d.Name, DomainID: d.ID, At: e.Now(),
		Detail: "It is with the registrar " + sponsor + " now."}
	if err := tx.InsertEvent(ctx, ev); err != nil {
		return err
	}
	return e.tellOwner(ctx, tx, d.CustomerID, "domain_transferred_away", map[string]any{"Domain": d.UName, "Registrar": sponsor})
}
