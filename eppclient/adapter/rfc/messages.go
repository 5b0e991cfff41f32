package rfc

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/message"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/eppclient/session"
	"github.com/indera/indera/eppclient/transcript"
	"github.com/indera/indera/registrar"
)

// PollMessages implements registrar.Registry.
func (a *Adapter) PollMessages(ctx context.Context, keep func(context.Context, registrar.RegistryMessage) error, limit int) (int, error) {
	if !a.Capabilities().Messages {
		return 0, Refuse("", registrar.CodeUnimplemented, "queue that we may read")
	}
	exchange := func(ctx context.Context, cmd epp.Command) (*epp.Response, error) {
		return a.cfg.Pool.Exchange(ctx, pool.Bulk, session.Request{Command: cmd})
	}
	var kept error
	last := ""
	done, err := message.Drain(ctx, exchange, func(ctx context.Context, m message.Message) error {
		last = m.ID
		kept = keep(ctx, a.message(m))
		return kept
	}, limit)
	switch {
	case err == nil:
		return done, nil
	case kept != nil:
		return done, kept
	case errors.Is(err, message.ErrStuck):
		return done, &registrar.StuckError{MessageID: last}
	}
	return done, translate("", err)
}

func (a *Adapter) message(m message.Message) registrar.RegistryMessage {
	out := registrar.RegistryMessage{
		ID: m.ID, Waiting: m.Waiting, Queued: m.Queued.Time, Text: m.Text, SvTRID: m.SvTRID, Raw: transcript.Mask(m.Raw), Moved: m.Moved,
	}
	for _, e := range m.Events {
		out.Events = append(out.Events, a.event(e, m)...)
	}
	return out
}

// event puts one event into domain words.
func (a *Adapter) event(e message.Event, m message.Message) []registrar.RegistryEvent {
	one := func(ev registrar.RegistryEvent) []registrar.RegistryEvent { return []registrar.RegistryEvent{ev} }
	switch e := e.(type) {
	case message.Transfer:
		t := a.transferState(ref(e.Kind, e.Name), e.TransferData)
		return one(registrar.RegistryEvent{Kind: registrar.ToldTransfer, Object: t.Object, Transfer: &t})
	case message.Pending:
		return one(pendingEvent(e))
	case message.Change:
		return one(changeEvent(e))
	case message.Domain:
		d := a.domainState(e.DomainInfoData, m.Response)
		return one(stateEvent(ref(message.KindDomain, d.Name), registrar.ObjectState{Past: e.Past, Domain: &d}))
	case message.Contact:
		c := a.contactState(e.ContactInfoData)
		return one(stateEvent(ref(message.KindContact, c.Handle), registrar.ObjectState{Past: e.Past, Contact: &c}))
	case message.Host:
		h := a.hostState(e.HostInfoData)
		return one(stateEvent(ref(message.KindHost, h.Name), registrar.ObjectState{Past: e.Past, Host: &h}))
	case message.Created:
		return one(registrar.RegistryEvent{
			Kind: registrar.ToldCreated, Object: ref(message.KindDomain, e.Name), Expires: e.Expires.Time, ExpiresRaw: e.Expires.Raw,
		})
	case message.Renewed:
		return one(registrar.RegistryEvent{
			Kind: registrar.ToldRenewed, Object: ref(message.KindDomain, e.Name), Expires: e.Expires.Time, ExpiresRaw: e.Expires.Raw,
		})
	case message.Unknown:
		if a.cfg.Hooks.Events != nil {
			if events := a.cfg.Hooks.Events(e); len(events) > 0 {
				return events
			}
		}
		return one(registrar.RegistryEvent{
			Kind: registrar.ToldUnknown, Unknown: &registrar.UnknownData{Namespace: e.Namespace, Local: e.Local, Raw: transcript.Mask(e.Raw)},
		})
	}
	return one(rareEvent(e))
}

// rareEvent puts the events into domain words that come a few times a year.
func rareEvent(e message.Event) registrar.RegistryEvent {
	switch e := e.(type) {
	case message.Application:
		return registrar.RegistryEvent{Kind: registrar.ToldApplication, Object: ref(message.KindDomain, e.Name), Application: application(e.InfoData)}
	case message.RestoreDue:
		return registrar.RegistryEvent{Kind: registrar.ToldRestoreDue, Object: ref(message.KindDomain, e.Name), RestoreDue: &registrar.RestoreDue{
			Status: string(e.Status), Requested: e.Requested.Time, ReportDue: e.ReportDue.Time,
		}}
	case message.LowBalance:
		low := registrar.LowBalance{Available: string(e.Available), CreditLimit: string(e.CreditLimit), Threshold: string(e.Threshold.Fixed)}
		if low.Threshold == "" {
			low.Threshold = fmt.Sprintf("%d %%", e.Threshold.Percent)
		}
		return registrar.RegistryEvent{Kind: registrar.ToldLowBalance, LowBalance: &low}
	case message.Maintenance:
		return maintenanceEvent(e)
	case message.Text:
		return registrar.RegistryEvent{Kind: registrar.ToldText, Text: e.Text}
	}
	return registrar.RegistryEvent{Kind: registrar.ToldText, Text: fmt.Sprintf("an event of type %T", e)}
}

func ref(kind message.Kind, id string) registrar.ObjectRef {
	switch kind {
	case message.KindDomain:
		return registrar.ObjectRef{Kind: registrar.ObjectDomain, ID: hostKey(id)}
	case message.KindContact:
		return registrar.ObjectRef{Kind: registrar.ObjectContact, ID: id}
	case message.KindHost:
		return registrar.ObjectRef{Kind: registrar.ObjectHost, ID: hostKey(id)}
	}
	return registrar.ObjectRef{Kind: registrar.ObjectOther, ID: id}
}

func stateEvent(o registrar.ObjectRef, s registrar.ObjectState) registrar.RegistryEvent {
	return registrar.RegistryEvent{Kind: registrar.ToldState, Object: o, State: &s}
}

func pendingEvent(e message.Pending) registrar.RegistryEvent {
	out := registrar.RegistryEvent{Kind: registrar.ToldPending, Object: ref(e.Kind, e.Name), Pending: &registrar.PendingOutcome{
		Done: e.Done, ClTRID: e.ClTRID, SvTRID: e.SvTRID, At: e.Date.Time,
	}}
	if e.Application != nil {
		out.Application = application(*e.Application)
	}
	return out
}

func changeEvent(e message.Change) registrar.RegistryEvent {
	c := registrar.ObjectChange{
		Before: strings.EqualFold(string(e.State), "before"), Operation: e.Operation, Op: e.Op, At: e.Date.Time, SvTRID: e.SvTRID,
		Who: e.Who, Reason: e.Reason,
	}
	if e.Case != nil {
		if c.CaseID, c.CaseType = e.Case.ID, e.Case.Type; e.Case.Name != "" {
			c.CaseType = e.Case.Name
		}
	}
	return registrar.RegistryEvent{Kind: registrar.ToldChange, Change: &c}
}

func maintenanceEvent(e message.Maintenance) registrar.RegistryEvent {
	m := registrar.Maintenance{
		ID: e.ID, Name: e.Name, PollType: e.PollType, Environment: e.Environment, Start: e.Start.Time, End: e.End.Time,
		Reason: e.Reason, TLDs: e.TLDs,
	}
	for _, s := range e.Systems {
		m.Systems = append(m.Systems, strings.TrimSpace(s.Name+" "+string(s.Impact)))
	}
	for _, d := range e.Descriptions {
		if d.Type != "html" { // foreign markup is for nobody
			m.Text = strings.TrimSpace(m.Text + "\n" + d.Text)
		}
	}
	return registrar.RegistryEvent{Kind: registrar.ToldMaintenance, Maintenance: &m}
}
