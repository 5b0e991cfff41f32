package registrar

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// TestWebhook queues a ping for one endpoint. A repeated key returns the one
// that the first request queued; a nil key is always new.
func (e *Engine) TestWebhook(ctx context.Context, by Actor, customerID, id string, role Role, key *KeyRequest) (EventDelivery, error) {
	if err := e.mayStaff(ctx, by, customerID); err != nil {
		return EventDelivery{}, err
	}
	var d EventDelivery
	err := e.inFreshTx(ctx, func(tx Tx) error {
		w, err := e.heldWebhook(ctx, tx, customerID, id, role)
		if err != nil {
			return err
		}
		if w.OffAt != nil {
			return Errorf(KindConflict, "webhook_off", "The webhook is off. Turn it on first.")
		}
		ev := Event{ID: e.id(PrefixEvent), Kind: EventPing, CustomerID: customerID, Detail: w.ID, At: e.Now()}
		d = announcer{id: e.id, now: e.Now}.delivery(w, ev)
		known, err := e.once(ctx, tx, customerID, key, d.ID)
		if err != nil {
			return err
		}
		if known != "" {
			d, err = tx.EventDelivery(ctx, known)
			return err
		}
		if err := tx.InsertEvent(ctx, ev); err != nil {
			return err
		}
		if err := tx.InsertDeliveries(ctx, []EventDelivery{d}); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.webhookAudit(by, "webhook.test", w.ID, nil, map[string]string{"delivery": d.ID}))
	})
	if err != nil {
		return EventDelivery{}, fmt.Errorf("testing a webhook: %w", err)
	}
	e.notice.publish()
	return d, nil
}

// EventDeliveriesOf lists deliveries to an endpoint that a role may see, newest
// first. state "" means all.
func (e *Engine) EventDeliveriesOf(ctx context.Context, customerID, webhookID string, role Role, state DeliveryState, page Page) ([]EventDelivery, error) {
	if _, err := e.heldWebhook(ctx, e.store, customerID, webhookID, role); err != nil {
		return nil, err
	}
	var out []EventDelivery
	for {
		rows, err := e.store.EventDeliveries(ctx, DeliveryFilter{EndpointID: webhookID, State: state}, page)
		if err != nil {
			return nil, fmt.Errorf("listing deliveries: %w", err)
		}
		for _, d := range rows {
			if d.readableBy(role) {
				out = append(out, d)
			}
		}
		if len(rows) < page.Size() || len(out) >= page.Size() {
			return out[:min(len(out), page.Size())], nil
		}
		page.After = rows[len(rows)-1].ID
	}
}

// EventDeliveryOf returns a delivery to an endpoint with its newest tries.
func (e *Engine) EventDeliveryOf(ctx context.Context, customerID, webhookID, id string, role Role) (EventDelivery, []DeliveryAttempt, error) {
	if _, err := e.heldWebhook(ctx, e.store, customerID, webhookID, role); err != nil {
		return EventDelivery{}, nil, err
	}
	d, err := e.store.EventDelivery(ctx, id)
	if IsNotFound(err) || err == nil && d.EndpointID != webhookID {
		return EventDelivery{}, nil, Errorf(KindNotFound, "no_such_delivery", "There is no such delivery.")
	}
	if err != nil {
		return EventDelivery{}, nil, fmt.Errorf("reading delivery: %w", err)
	}
	if !d.readableBy(role) {
		return EventDelivery{}, nil, errNotHeld
	}
	tries, err := e.store.DeliveryAttempts(ctx, id, Page{Limit: 50})
	if err != nil {
		return EventDelivery{}, nil, fmt.Errorf("reading the tries of a delivery: %w", err)
	}
	return d, tries, nil
}

// DeliveryBody returns what is sent for a delivery.
func (e *Engine) DeliveryBody(ctx context.Context, d EventDelivery) ([]byte, error) {
	ev, err := e.store.Event(ctx, d.EventID)
	if err != nil {
		return nil, fmt.Errorf("reading the event of a delivery: %w", err)
	}
	return eventBody(ev)
}

// ReplayRequest says what is sent again.
type ReplayRequest struct {
	DeliveryID   string        // one; "" = a range
	Since, Until time.Time     // of CreatedAt: from Since, before Until
	State        DeliveryState // of a range; "" = failed ones
	Key          *KeyRequest   // may be nil
}

// replayOutcome is what an idempotency key is bound to: the answer to a replay.
// It has the form of an id, because keys are bound to those.
func replayOutcome(n int, more bool) string {
	if more {
		return fmt.Sprintf("replayed_%d_more", n)
	}
	return fmt.Sprintf("replayed_%d", n)
}

func readReplayOutcome(s string) (n int, more bool, err error) {
	s, more = strings.CutSuffix(s, "_more")
	if _, err = fmt.Sscanf(s, "replayed_%d", &n); err != nil {
		err = fmt.Errorf("reading the outcome %q of a replay: %w", s, err)
	}
	return n, more, err
}

// ReplayWebhook queues deliveries of an endpoint again, now, under the same
// event ids, and returns how many. more says that the range holds further ones.
// A repeated key queues nothing and returns what the first request did.
func (e *Engine) ReplayWebhook(ctx context.Context, by Actor, customerID, id string, role Role, r ReplayRequest) (n int, more bool, err error) {
	if err := e.mayStaff(ctx, by, customerID); err != nil {
		return 0, false, err
	}
	if _, err := e.heldWebhook(ctx, e.store, customerID, id, role); err != nil {
		return 0, false, err
	}
	var ids []string
	if r.DeliveryID != "" {
		d, _, err := e.EventDeliveryOf(ctx, customerID, id, r.DeliveryID, role)
		if err != nil {
			return 0, false, err
		}
		ids = []string{d.ID}
	} else if ids, more, err = e.inRange(ctx, id, role, r); err != nil {
		return 0, false, err
	}
	var known string
	err = e.inFreshTx(ctx, func(tx Tx) (err error) {
		n = 0
		if known, err = e.once(ctx, tx, customerID, r.Key, replayOutcome(len(ids), more)); err != nil || known != "" || len(ids) == 0 {
			return err
		}
		for chunk := range slices.Chunk(ids, 500) {
			done, err := tx.RequeueDeliveries(ctx, id, chunk, e.Now())
			if err != nil {
				return err
			}
			n += done
		}
		if n != len(ids) && r.Key != nil { // some were purged meanwhile
			if err := e.pointKey(ctx, tx, customerID, r.Key, replayOutcome(len(ids), more), replayOutcome(n, more)); err != nil {
				return err
			}
		}
		return tx.InsertAudit(ctx, e.webhookAudit(by, "webhook.replay", id, nil, map[string]any{"deliveries": n, "first": ids[0]}))
	})
	if err != nil {
		return 0, false, fmt.Errorf("replaying deliveries: %w", err)
	}
	if known != "" {
		return readReplayOutcome(known)
	}
	e.notice.publish()
	return n, more, nil
}

// idSlack is how far the time in a delivery's id may lie from its CreatedAt.
const idSlack = time.Minute

// inRange lists deliveries oldest first, as many as one request may replay.
func (e *Engine) inRange(ctx context.Context, id string, role Role, r ReplayRequest) ([]string, bool, error) {
	if r.State == "" {
		r.State = DeliveryFailed
	}
	if !slices.Contains(DeliveryStates, r.State) {
		return nil, false, InvalidField("state", "unknown_state", "Please choose pending, delivered, failed or dropped.")
	}
	if !r.Until.IsZero() && !r.Since.Before(r.Until) {
		return nil, false, InvalidField("until", "bad_range", "The end must lie behind the start.")
	}
	var ids []string // newest first
	for after, more := "", true; more; {
		page, err := e.store.EventDeliveries(ctx, DeliveryFilter{EndpointID: id, State: r.State}, Page{After: after, Limit: 500})
		if err != nil {
			return nil, false, fmt.Errorf("listing deliveries: %w", err)
		}
		more = len(page) == 500
		for _, d := range page {
			if d.readableBy(role) && !d.CreatedAt.Before(r.Since) && (r.Until.IsZero() || d.CreatedAt.Before(r.Until)) {
				ids = append(ids, d.ID)
			}
			// Ids follow the time of making; what lies behind is older still.
			more = more && !d.CreatedAt.Before(r.Since.Add(-idSlack))
			after = d.ID
		}
		ids = ids[max(0, len(ids)-maxReplayed-1):] // the oldest are replayed first
	}
	slices.Reverse(ids)
	if len(ids) > maxReplayed {
		return ids[:maxReplayed], true, nil
	}
	return ids, false, nil
}

// PurgeWebhooks removes old deliveries, the log of removed endpoints and
// secrets whose overlap has ended.
func (e *Engine) PurgeWebhooks(ctx context.Context) error {
	if err := e.store.InTx(ctx, func(tx Tx) error { return tx.ErasePreviousSecrets(ctx, e.Now()) }); err != nil {
		return fmt.Errorf("erasing old webhook secrets: %w", err)
	}
	for n := webhookPurgeBatch; n == webhookPurgeBatch && ctx.Err() == nil; {
		err := e.store.InTx(ctx, func(tx Tx) (err error) {
			n, err = tx.PurgeDeliveries(ctx, e.Now().Add(-deliveryKept), webhookPurgeBatch)
			return err
		})
		if err != nil {
			return fmt.Errorf("purging webhook deliveries: %w", err)
		}
	}
	removed, err := e.store.RemovedWebhookEndpoints(ctx, purgeBatch)
	if err != nil {
		return fmt.Errorf("listing removed webhooks: %w", err)
	}
	for _, id := range removed {
		for left := true; left && ctx.Err() == nil; {
			err := e.store.InTx(ctx, func(tx Tx) (err error) {
				left, err = tx.PurgeRemovedWebhook(ctx, id, webhookPurgeBatch)
				return err
			})
			if err != nil {
				return fmt.Errorf("purging a removed webhook: %w", err)
			}
		}
	}
	return ctx.Err()
}
