package registrar

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// HappeningSource says which record a happening is told by.
type HappeningSource string

// Sources.
const (
	FromOperation HappeningSource = "operation"
	FromEvent     HappeningSource = "event"
	FromAudit     HappeningSource = "audit"
)

// Happening is one line of what happened to a name.
type Happening struct {
	Source HappeningSource
	ID     string // of the record
	At     time.Time
	What   string // kind of operation or event, or action of the audit trail
	By     Actor
	State  OperationState // operations only
	Note   string         // why an operation failed, or an event's detail
	Object string         // what else it was about: host, contact

	customer string // whose it was then; a name may have been another customer's before
}

// place orders happenings of all sources by their time of creation: the ULID
// behind the prefix of an id.
func (h Happening) place() string { return h.ID[strings.IndexByte(h.ID, '_')+1:] }

// History tells what happened to a name, newest first: requests and what became
// of them, what came without a request, and, when full, every record of the
// audit trail. next continues the list, "" at its end.
func (e *Engine) History(ctx context.Context, d Domain, full bool, page Page) (list []Happening, next string, err error) {
	limit := page.Size()
	at := func(prefix string) Page {
		if page.After == "" {
			return Page{Limit: limit}
		}
		return Page{After: prefix + "_" + page.After, Limit: limit}
	}
	all, err := e.happenings(ctx, d, at)
	if err != nil {
		return nil, "", err
	}
	slices.SortFunc(all, func(a, b Happening) int { return cmp.Compare(b.place(), a.place()) })
	if len(all) > limit {
		all = all[:limit]
	}
	if len(all) == limit {
		next = all[limit-1].place()
	}
	if !full {
		all = slices.DeleteFunc(all, func(h Happening) bool { return saidTwice(h) || h.customer != "" && h.customer != d.CustomerID })
	}
	return all, next, nil
}

func (e *Engine) happenings(ctx context.Context, d Domain, at func(prefix string) Page) ([]Happening, error) {
	var all []Happening
	ops, err := e.store.Operations(ctx, OperationFilter{DomainID: d.ID}, at(PrefixOperation))
	if err != nil {
		return nil, fmt.Errorf("reading operations: %w", err)
	}
	for _, op := range ops {
		all = append(all, Happening{Source: FromOperation, ID: op.ID, At: op.CreatedAt, What: string(op.Kind), By: op.By, State: op.State, Note: op.Failure, customer: op.CustomerID})
	}
	events, err := e.store.EventsOf(ctx, d.ID, at(PrefixEvent))
	if err != nil {
		return nil, fmt.Errorf("reading events: %w", err)
	}
	for _, ev := range events {
		h := Happening{Source: FromEvent, ID: ev.ID, At: ev.At, What: string(ev.Kind), By: System("worker"), Note: ev.Detail, customer: ev.CustomerID}
		if ev.Operation != "" {
			h.Object = ev.Operation
		}
		all = append(all, h)
	}
	trails := [][2]string{{"domain", d.ID}}
	if d.Registrant.ContactID != "" {
		trails = append(trails, [2]string{"contact", d.Registrant.ContactID})
	}
	for _, t := range trails {
		audit, err := e.store.AuditOf(ctx, t[0], t[1], at(PrefixAudit))
		if err != nil {
			return nil, fmt.Errorf("reading audit trail: %w", err)
		}
		for _, a := range audit {
			all = append(all, Happening{Source: FromAudit, ID: a.ID, At: a.At, What: a.Action, By: a.By, Object: a.ObjectName})
		}
	}
	return all, nil
}

// saidTwice picks what a customer has read already: a request is told by its
// operation, so neither its wish nor its settlement is told again.
func saidTwice(h Happening) bool {
	switch h.Source {
	case FromEvent:
		return h.Object != "" && h.What != string(EventNeedsReview)
	case FromAudit:
		return h.What != "contact.edit" && h.What != "domain.gone"
	case FromOperation:
	}
	return false
}
