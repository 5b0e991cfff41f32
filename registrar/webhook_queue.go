package registrar

import (
	"context"
	"time"
)

// announcer is a Store whose transactions queue each event for the webhook
// endpoints that want it, together with the event: whoever writes an event can
// neither forget it nor lose it.
type announcer struct {
	Store
	id  func(prefix string) string
	now func() time.Time
}

// InTx implements Store.
func (a announcer) InTx(ctx context.Context, fn func(tx Tx) error) error {
	return a.Store.InTx(ctx, func(tx Tx) error { return fn(announcingTx{tx, a}) })
}

type announcingTx struct {
	Tx
	a announcer
}

// InsertEvent writes the event and its deliveries.
func (t announcingTx) InsertEvent(ctx context.Context, ev Event) error {
	if err := t.Tx.InsertEvent(ctx, ev); err != nil {
		return err
	}
	info, known := EventInfoOf(ev.Kind)
	if !known || info.For == ForNobody || ev.Kind == EventPing {
		return nil
	}
	targets, err := t.WebhookEndpoints(ctx, "")
	if err != nil {
		return err
	}
	if info.For == ForCustomer && ev.CustomerID != "" {
		own, err := t.WebhookEndpoints(ctx, ev.CustomerID)
		if err != nil {
			return err
		}
		targets = append(targets, own...)
	}
	var out []EventDelivery
	for _, w := range targets {
		if w.Wants(ev.Kind) {
			out = append(out, t.a.delivery(w, ev))
		}
	}
	if len(out) == 0 {
		return nil
	}
	return t.InsertDeliveries(ctx, out)
}

func (a announcer) delivery(w WebhookEndpoint, ev Event) EventDelivery {
	now := a.now()
	return EventDelivery{ID: a.id(PrefixDelivery), EndpointID: w.ID, EventID: ev.ID, Kind: ev.Kind, State: DeliveryPending, CreatedAt: now, QueuedAt: now}
}
