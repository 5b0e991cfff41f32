package registrar

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/indera/indera/registrar/webhooksign"
)

// WebhookOptions tune the sending. Zero values take the defaults given here.
type WebhookOptions struct {
	Poll    time.Duration   // between looks for work of other processes; 2 s
	Workers int             // endpoints served at once; 32
	Timeout time.Duration   // of one try; 10 s
	Turn    time.Duration   // an endpoint is served that long before others; 10 s
	Pauses  []time.Duration // between the tries of a delivery; DeliveryPauses
	MaxRest time.Duration   // of a failing endpoint; 5 min
	Observe func(kind EventKind, err DeliveryError, took time.Duration)
}

// DeliveryPauses are the waits between the tries of one delivery, without
// jitter: about three days.
var DeliveryPauses = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour,
	8 * time.Hour, 8 * time.Hour, 8 * time.Hour, 8 * time.Hour, 8 * time.Hour, 8 * time.Hour, 8 * time.Hour, 8 * time.Hour,
}

const (
	webhookGiveUp  = 5 * 24 * time.Hour // an endpoint that failed that long is turned off
	deliveryGiveUp = 3 * 24 * time.Hour // as does a delivery, though its endpoint rested instead of being tried
	maxRetryAfter  = 8 * time.Hour
	firstRest      = time.Second
	deliveryBatch  = 20
	endpointBatch  = 100
)

func (o *WebhookOptions) defaults() {
	if o.Poll <= 0 {
		o.Poll = 2 * time.Second
	}
	if o.Workers <= 0 {
		o.Workers = 32
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Turn <= 0 {
		o.Turn = 10 * time.Second
	}
	if o.Pauses == nil {
		o.Pauses = DeliveryPauses
	}
	if o.MaxRest <= 0 {
		o.MaxRest = 5 * time.Minute
	}
	if o.Observe == nil {
		o.Observe = func(EventKind, DeliveryError, time.Duration) {}
	}
}

// WebhookPost sends queued events. An endpoint is served by one process at a
// time, one event after the other, under a lease; many endpoints are served at
// once, and a failing one rests, so that none holds up another.
type WebhookPost struct {
	e   *Engine
	opt WebhookOptions
	// free has one place per endpoint that may be served now.
	free chan struct{}
	// again is filled when a turn ended: there may be more.
	again chan struct{}
	turns sync.WaitGroup
}

// NewWebhookPost returns a sender for an engine that has a WebhookSender.
func NewWebhookPost(e *Engine, opt WebhookOptions) *WebhookPost {
	opt.defaults()
	return &WebhookPost{e: e, opt: opt, free: make(chan struct{}, opt.Workers), again: make(chan struct{}, 1)}
}

// Run sends until ctx ends and waits for tries under way.
func (p *WebhookPost) Run(ctx context.Context) error {
	if p.e.opt.Webhooks == nil || p.e.opt.Seal == nil {
		return nil
	}
	defer p.turns.Wait()
	for ctx.Err() == nil {
		changed := p.e.notice.changed()
		if err := p.round(ctx); err != nil && ctx.Err() == nil {
			p.e.log.ErrorContext(ctx, "sending webhooks failed", "error", err)
		}
		timer := time.NewTimer(p.opt.Poll)
		select {
		case <-ctx.Done():
		case <-changed:
		case <-p.again:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// round begins a turn for each due endpoint, as places get free.
func (p *WebhookPost) round(ctx context.Context) error {
	if restoring, err := p.e.Restoring(ctx); err != nil || restoring {
		return err
	}
	due, err := p.e.store.DueWebhookEndpoints(ctx, endpointBatch)
	if err != nil {
		return fmt.Errorf("listing due webhooks: %w", err)
	}
	for _, id := range due {
		select {
		case <-ctx.Done():
			return nil
		case p.free <- struct{}{}:
		}
		p.turns.Go(func() {
			defer func() { <-p.free }()
			if p.turn(ctx, id) {
				select {
				case p.again <- struct{}{}:
				default:
				}
			}
		})
	}
	return nil
}

// turn serves one endpoint for a while and reports whether it did anything.
func (p *WebhookPost) turn(ctx context.Context, id string) bool {
	// A try under way ends by itself, so that its outcome is noted.
	work := context.WithoutCancel(ctx)
	worked, err := p.serve(ctx, work, id)
	if err != nil && !errors.Is(err, errLeaseLost) {
		p.e.log.WarnContext(ctx, "webhook not served", "webhook", id, "error", err)
	}
	return worked
}

func (p *WebhookPost) serve(ctx, work context.Context, id string) (worked bool, err error) {
	token, err := newToken()
	if err != nil {
		return false, err
	}
	// The lease outlives the turn, its last try and the commit.
	mine, err := p.claim(work, id, token, 2*(p.opt.Turn+p.opt.Timeout)+p.e.opt.LeaseMargin)
	if err != nil || !mine {
		return false, err
	}
	defer func() {
		releaseErr := p.e.store.InTx(work, func(tx Tx) error { return tx.ReleaseWebhookEndpoint(work, id, token) })
		err = errors.Join(err, releaseErr)
	}()
	due, err := p.e.store.DueDeliveries(work, id, deliveryBatch)
	if err != nil {
		return false, fmt.Errorf("listing due deliveries: %w", err)
	}
	began := time.Now()
	for _, d := range due {
		if ctx.Err() != nil || time.Since(began) > p.opt.Turn {
			break
		}
		w, err := p.e.store.WebhookEndpoint(work, id) // again: it may be off, or elsewhere, by now
		if IsNotFound(err) || err == nil && w.OffAt != nil {
			return worked, nil
		}
		if err != nil {
			return worked, fmt.Errorf("reading webhook: %w", err)
		}
		why, err := p.e.sendable(work, w, d)
		if err != nil {
			return worked, fmt.Errorf("judging delivery %s: %w", d.ID, err)
		}
		if why != DeliveryOK {
			if err := p.drop(work, w, d, token, why); err != nil {
				return worked, err
			}
			worked = true
			continue
		}
		taken, err := p.deliver(work, w, d, token)
		worked = true
		if err != nil || !taken {
			return worked, err
		}
	}
	return worked, nil
}

func (p *WebhookPost) claim(ctx context.Context, id, token string, ttl time.Duration) (mine bool, err error) {
	err = p.e.store.InTx(ctx, func(tx Tx) error {
		mine, err = tx.ClaimWebhookEndpoint(ctx, id, p.e.opt.Holder, token, ttl)
		return err
	})
	return mine, err
}

// drop ends a delivery that must not be sent, with the reason in its log.
func (p *WebhookPost) drop(ctx context.Context, w WebhookEndpoint, d EventDelivery, token string, why DeliveryError) error {
	now := p.e.Now()
	d.State, d.LastStatus, d.LastError, d.FinishedAt = DeliveryDropped, 0, why, &now
	err := p.e.store.InTx(ctx, func(tx Tx) error {
		ok, err := tx.NoteWebhookTry(ctx, w, token, 0) // the lease still holds; the endpoint was not tried
		if err != nil || !ok {
			return orElse(err, errLeaseLost)
		}
		return tx.ChangeDelivery(ctx, d, 0)
	})
	if err != nil {
		return fmt.Errorf("dropping delivery %s: %w", d.ID, err)
	}
	return nil
}

// deliver makes one try and notes what came of it; taken says that the event
// arrived. A process that dies in between leaves the delivery pending: it is
// sent again when the lease has run out.
func (p *WebhookPost) deliver(ctx context.Context, w WebhookEndpoint, d EventDelivery, token string) (taken bool, err error) {
	at, began := p.e.Now(), time.Now()
	answer, err := p.try(ctx, w, d, at)
	if err != nil {
		return false, err
	}
	took := time.Since(began)
	p.opt.Observe(d.Kind, answer.Error, took)
	tried := DeliveryAttempt{ID: p.e.id(PrefixAttempt), DeliveryID: d.ID, At: at, Took: took, Status: answer.Status, Error: answer.Error,
		Note: clip(answer.Note, 250), Answer: clip(answer.Answer, 990)}
	dueIn := p.judge(&d, answer)
	rest := p.rest(&w, answer)
	err = p.e.store.InTx(ctx, func(tx Tx) error {
		ok, err := tx.NoteWebhookTry(ctx, w, token, rest)
		if err != nil || !ok {
			return orElse(err, errLeaseLost)
		}
		if err := tx.InsertDeliveryAttempt(ctx, tried); err != nil {
			return err
		}
		if err := tx.ChangeDelivery(ctx, d, dueIn); err != nil {
			return err
		}
		if w.OffAt == nil {
			return nil
		}
		return p.e.webhookWentOff(ctx, tx, System("webhooks"), w, "")
	})
	if err != nil {
		return false, fmt.Errorf("noting delivery %s: %w", d.ID, err)
	}
	if w.OffAt != nil {
		p.e.notice.publish()
		p.e.log.WarnContext(ctx, "webhook turned off", "webhook", w.ID, "why", w.OffWhy)
	}
	return d.State == DeliveryDelivered, nil
}

// try signs and sends. A secret that does not open is a fault of ours: the
// delivery stays for when the key is back.
func (p *WebhookPost) try(ctx context.Context, w WebhookEndpoint, d EventDelivery, at time.Time) (WebhookAnswer, error) {
	body, err := p.e.DeliveryBody(ctx, d)
	if err != nil {
		return WebhookAnswer{}, err
	}
	secrets, err := p.e.webhookSecrets(w, at)
	if err != nil {
		p.e.log.ErrorContext(ctx, "webhook secret does not open", "webhook", w.ID, "error", err)
		return WebhookAnswer{Error: DeliveryInternal, Note: "We could not sign the message; our staff have to look at it."}, nil
	}
	signature, err := webhooksign.Sign(d.EventID, at, body, secrets...)
	if err != nil {
		return WebhookAnswer{}, fmt.Errorf("signing for %s: %w", w.ID, err)
	}
	ctx, cancel := context.WithTimeout(ctx, p.opt.Timeout)
	defer cancel()
	return p.e.opt.Webhooks.Send(ctx, WebhookMessage{URL: w.URL, Body: body, Header: map[string]string{
		webhooksign.HeaderID: d.EventID, webhooksign.HeaderTimestamp: fmt.Sprint(at.Unix()), webhooksign.HeaderSignature: signature,
	}}), nil
}

// webhookSecrets opens the secret and, while it counts, the one before.
func (e *Engine) webhookSecrets(w WebhookEndpoint, at time.Time) ([]string, error) {
	now, err := e.opt.Seal.Open(webhookPlace(w.ID), w.Sealed)
	if err != nil {
		return nil, err
	}
	if w.PreviousUntil == nil || !at.Before(*w.PreviousUntil) || w.PreviousSealed == "" {
		return []string{string(now)}, nil
	}
	before, err := e.opt.Seal.Open(previousPlace(w.ID), w.PreviousSealed)
	if err != nil {
		return nil, err
	}
	return []string{string(now), string(before)}, nil
}

// judge moves a delivery on by an answer and returns when it is due again.
func (p *WebhookPost) judge(d *EventDelivery, a WebhookAnswer) time.Duration {
	d.Attempt++
	d.LastStatus, d.LastError = a.Status, a.Error
	now := p.e.Now()
	switch {
	case a.Error == DeliveryOK:
		d.State, d.FinishedAt = DeliveryDelivered, &now
		return 0
	case a.Error == DeliveryInternal: // costs no try
		d.Attempt--
		return p.opt.MaxRest
	case d.Attempt > len(p.opt.Pauses) || now.Sub(d.QueuedAt) >= deliveryGiveUp:
		d.State, d.FinishedAt = DeliveryFailed, &now
		return 0
	}
	return max(jitter(p.opt.Pauses[d.Attempt-1]), min(a.RetryAfter, maxRetryAfter))
}

// rest notes success or failure of the endpoint and returns how long it is left
// alone: the longer, the more tries in a row have failed.
func (p *WebhookPost) rest(w *WebhookEndpoint, a WebhookAnswer) time.Duration {
	if a.Error == DeliveryOK {
		w.Failures, w.FailingSince = 0, nil
		return 0
	}
	now := p.e.Now()
	if w.FailingSince == nil {
		w.FailingSince = &now
	}
	w.Failures++
	switch {
	case a.Error == DeliveryGone:
		w.OffAt, w.OffWhy = &now, OffGone
	case a.Error != DeliveryInternal && now.Sub(*w.FailingSince) >= webhookGiveUp:
		w.OffAt, w.OffWhy = &now, OffFailing
	}
	return max(min(jitter(firstRest<<min(w.Failures-1, 20)), p.opt.MaxRest), min(a.RetryAfter, maxRetryAfter))
}

// jitter spreads what failed together: 0.8 to 1.2 of d.
func jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
}

// webhookWentOff leaves evidence and tells those who can mend it. left names the
// maker who is to have it no more; "" = it failed.
func (e *Engine) webhookWentOff(ctx context.Context, tx Tx, by Actor, w WebhookEndpoint, left string) error {
	if err := tx.InsertAudit(ctx, e.webhookAudit(by, "webhook.off", w.ID, nil, w.facts())); err != nil {
		return err
	}
	data := map[string]any{"URL": maskAddress(w.URL), "Description": w.Description, "Webhook": w.ID, "Gone": w.OffWhy == OffGone, "Since": w.FailingSince, "Staff": w.CustomerID == "", "Name": "",
		"Left": left}
	users, err := tx.UsersOf(ctx, w.CustomerID)
	if err != nil {
		return err
	}
	return e.mailWebhook(ctx, tx, w, users, "webhook_off", data)
}
