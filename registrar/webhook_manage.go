package registrar

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/indera/indera/registrar/webhooksign"
)

const (
	maxWebhooks       = 20
	maxWebhookURL     = 1000
	webhookOverlap    = 24 * time.Hour      // both secrets sign that long after a change
	deliveryKept      = 30 * 24 * time.Hour // since it was queued
	maxReplayed       = 10_000              // by one request
	webhookPurgeBatch = 200
)

// WebhookRequest says what an endpoint shall be.
type WebhookRequest struct {
	CustomerID  string // "" = staff's
	Role        Role   // of who asks: what it may not see it can't subscribe to
	URL         string
	Description string
	Kinds       []EventKind // none = all that the role may see
	Off         bool
	Key         *KeyRequest // of a creation; may be nil
}

var errNoWebhooks = Errorf(KindUnavailable, "no_webhooks", "This deployment can't send webhooks yet; please ask its operator.")

// check tidies a request and refuses what can't be.
func (e *Engine) checkWebhook(r *WebhookRequest) error {
	if e.opt.Webhooks == nil || e.opt.Seal == nil {
		return errNoWebhooks
	}
	if r.Description = tidy(r.Description); len([]rune(r.Description)) > 200 || hasControl(r.Description) {
		return InvalidField("description", "too_long", "Please describe it in at most 200 characters.")
	}
	r.URL = strings.TrimSpace(r.URL)
	u, err := url.Parse(r.URL)
	switch {
	case err != nil || len(r.URL) > maxWebhookURL || u.Host == "" || hasControl(r.URL) || !isASCII(r.URL):
		return InvalidField("url", "bad_url", "Please give a whole address such as https://example.com/hook, in ASCII, at most %d characters.", maxWebhookURL)
	case u.Scheme != "https":
		return InvalidField("url", "not_https", "The address must begin with https://.")
	case u.User != nil || u.Fragment != "":
		return InvalidField("url", "bad_url", "The address may hold no user name, password or fragment.")
	}
	if err := e.opt.Webhooks.Check(r.URL); err != nil {
		return err
	}
	return r.checkKinds()
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] < 0x21 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// checkKinds makes the list explicit for a role that may not see everything.
func (r *WebhookRequest) checkKinds() error {
	allowed := SubscribableEvents(r.Role)
	may := make(map[EventKind]bool, len(allowed))
	for _, info := range allowed {
		may[info.Kind] = true
	}
	if len(r.Kinds) == 0 {
		if len(allowed) < len(SubscribableEvents(ownerOf(r.CustomerID))) {
			for _, info := range allowed {
				r.Kinds = append(r.Kinds, info.Kind)
			}
		}
		return nil
	}
	for _, k := range r.Kinds {
		if !may[k] {
			return InvalidField("events", "unknown_event", "%q is no event that you can subscribe to.", clip(string(k), 40))
		}
	}
	slices.Sort(r.Kinds)
	r.Kinds = slices.Compact(r.Kinds)
	return nil
}

func ownerOf(customerID string) Role {
	if customerID == "" {
		return RoleStaffOwner
	}
	return RoleOwner
}

// HeldBy reports whether a role may see all that the endpoint gets, and with it
// change the endpoint and read its log.
func (w WebhookEndpoint) HeldBy(role Role) bool {
	return !slices.ContainsFunc(SubscribableEvents(ownerOf(w.CustomerID)), func(info EventInfo) bool {
		return w.Wants(info.Kind) && !info.subscribable(role)
	})
}

var errNotHeld = Errorf(KindForbidden, "role", "This webhook gets events that your role does not allow. An owner of the account can read its log and change it.")

// mayHold refuses an endpoint that gets more than the role may see: its log
// shows that, and another address would lead it to somebody else.
func (w WebhookEndpoint) mayHold(role Role) error {
	if !w.HeldBy(role) {
		return errNotHeld
	}
	return nil
}

// readableBy reports whether a role may see a delivery: an endpoint's log holds
// kinds that it got before its choice was narrowed, too.
func (d EventDelivery) readableBy(role Role) bool {
	info, ok := EventInfoOf(d.Kind)
	return d.Kind == EventPing || ok && info.subscribable(role)
}

// mayStaff guards staff's own endpoints.
func (e *Engine) mayStaff(ctx context.Context, by Actor, customerID string) error {
	if customerID != "" {
		return nil // the faces know the customer's users
	}
	return e.staffOrSystem(ctx, by, StaffHooks)
}

func webhookPlace(id string) string  { return "webhook_endpoints.sealed/" + id }
func previousPlace(id string) string { return "webhook_endpoints.previous_sealed/" + id }

// CreateWebhook makes an endpoint and returns its secret, which is shown once
// and kept sealed. A repeated key returns the endpoint without it. KindForbidden
// address_not_confirmed before its maker has proved the address.
func (e *Engine) CreateWebhook(ctx context.Context, by Actor, r WebhookRequest) (WebhookEndpoint, string, error) {
	if err := e.mayStaff(ctx, by, r.CustomerID); err != nil {
		return WebhookEndpoint{}, "", err
	}
	if err := e.checkWebhook(&r); err != nil {
		return WebhookEndpoint{}, "", err
	}
	w := WebhookEndpoint{ID: e.id(PrefixWebhook), CustomerID: r.CustomerID, URL: r.URL, Description: r.Description, Kinds: r.Kinds,
		CreatedBy: Actor{Kind: by.Kind, ID: by.ID}, CreatedAt: e.Now()}
	secret, err := e.newWebhookSecret(&w)
	if err != nil {
		return WebhookEndpoint{}, "", err
	}
	var known string
	err = e.inFreshTx(ctx, func(tx Tx) error {
		if err := serializeHooks(ctx, tx, r.CustomerID); err != nil {
			return err
		}
		if known, err = e.once(ctx, tx, r.CustomerID, r.Key, w.ID); err != nil || known != "" {
			return err
		}
		if err := e.roomForWebhook(ctx, tx, r.CustomerID); err != nil {
			return err
		}
		author, err := e.hookAuthor(ctx, tx, by, r.CustomerID, w)
		if err != nil {
			return err
		}
		w.AddressBy = author.ID
		if err := e.makerConfirmed(ctx, tx, by, r.CustomerID); err != nil {
			return err
		}
		if err := tx.InsertWebhookEndpoint(ctx, w); err != nil {
			return err
		}
		if err := e.tellOfWebhook(ctx, tx, w); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.webhookAudit(by, "webhook.create", w.ID, nil, w.facts()))
	})
	if err == nil && known != "" {
		w, err = e.Webhook(ctx, r.CustomerID, known)
		secret = ""
	}
	if err != nil {
		return WebhookEndpoint{}, "", fmt.Errorf("making a webhook: %w", err)
	}
	return w, secret, nil
}

// roomForWebhook counts inside a serialised transaction, so that two requests
// can't both be the last one.
func (e *Engine) roomForWebhook(ctx context.Context, tx Tx, customerID string) error {
	if customerID != "" {
		cus, err := tx.Customer(ctx, customerID)
		if err != nil {
			return err
		}
		if cus.ClosedAt != nil {
			return errClosed
		}
	}
	all, err := tx.WebhookEndpoints(ctx, customerID)
	if err == nil && len(all) >= maxWebhooks {
		err = Errorf(KindConflict, "too_many_webhooks", "An account has at most %d webhooks.", maxWebhooks)
	}
	return err
}

// once binds an idempotency key to what a request is about to cause; known is
// what it caused before, "" when it is new. A nil key is always new.
func (e *Engine) once(ctx context.Context, tx Tx, scope string, k *KeyRequest, caused string) (known string, err error) {
	if k == nil {
		return "", nil
	}
	now := e.Now()
	row := IdempotencyKey{Scope: scope, Key: k.Key, BodyDigest: k.BodyDigest, OperationID: caused, CreatedAt: now, ExpiresAt: now.Add(keyLife)}
	bound, fresh, err := tx.BindKey(ctx, row)
	if err != nil || fresh {
		return "", err
	}
	if bound.BodyDigest != k.BodyDigest {
		return "", Errorf(KindIdempotencyReuse, "idempotency_key_reused", "This Idempotency-Key was used for another request.")
	}
	return bound.OperationID, nil
}

func (e *Engine) newWebhookSecret(w *WebhookEndpoint) (string, error) {
	secret, err := webhooksign.NewSecret()
	if err != nil {
		return "", err
	}
	if w.Sealed, err = e.opt.Seal.Seal(webhookPlace(w.ID), []byte(secret)); err != nil {
		return "", fmt.Errorf("sealing a webhook secret: %w", err)
	}
	return secret, nil
}

func (e *Engine) webhookAudit(by Actor, action, id string, before, after any) AuditEvent {
	a := e.audit(by, action, "webhook", id, "", before, after)
	a.Retention = RetainOperational
	return a
}

// facts are what evidence shows: no secret, neither in the address.
func (w WebhookEndpoint) facts() map[string]any {
	return map[string]any{"customer": w.CustomerID, "url": maskAddress(w.URL), "address_by": w.AddressBy, "description": w.Description, "events": w.Kinds, "off": w.OffWhy}
}

// Webhooks lists the endpoints of a customer, or of staff's systems.
func (e *Engine) Webhooks(ctx context.Context, customerID string) ([]WebhookEndpoint, error) {
	out, err := e.store.WebhookEndpoints(ctx, customerID)
	if err != nil {
		return nil, fmt.Errorf("listing webhooks: %w", err)
	}
	return out, nil
}

// Webhook returns an endpoint of a customer ("" = staff's).
func (e *Engine) Webhook(ctx context.Context, customerID, id string) (WebhookEndpoint, error) {
	return e.webhook(ctx, e.store, customerID, id)
}

func (e *Engine) webhook(ctx context.Context, r Reader, customerID, id string) (WebhookEndpoint, error) {
	w, err := r.WebhookEndpoint(ctx, id)
	if IsNotFound(err) || err == nil && w.CustomerID != customerID {
		return WebhookEndpoint{}, Errorf(KindNotFound, "no_such_webhook", "There is no such webhook.")
	}
	if err != nil {
		return WebhookEndpoint{}, fmt.Errorf("reading webhook: %w", err)
	}
	return w, nil
}

// heldWebhook is webhook for a role that may see all that it gets.
func (e *Engine) heldWebhook(ctx context.Context, r Reader, customerID, id string, role Role) (WebhookEndpoint, error) {
	w, err := e.webhook(ctx, r, customerID, id)
	if err == nil {
		err = w.mayHold(role)
	}
	return w, err
}

// ChangeWebhook gives an endpoint another address, description or choice of
// events, or turns it on or off. What waits is sent once it is on.
func (e *Engine) ChangeWebhook(ctx context.Context, by Actor, id string, r WebhookRequest) (WebhookEndpoint, error) {
	if err := e.mayStaff(ctx, by, r.CustomerID); err != nil {
		return WebhookEndpoint{}, err
	}
	if err := e.checkWebhook(&r); err != nil {
		return WebhookEndpoint{}, err
	}
	return e.changeWebhook(ctx, by, r.CustomerID, id, r.Role, "webhook.change", nil, func(tx Tx, author User, w *WebhookEndpoint) error {
		if w.URL != r.URL || w.OffWhy == OffMaker && !r.Off { // or answers for what somebody left behind
			w.AddressBy = author.ID
		}
		w.URL, w.Description, w.Kinds = r.URL, r.Description, r.Kinds
		switch {
		case r.Off && w.OffAt == nil:
			now := e.Now()
			w.OffAt, w.OffWhy = &now, OffByHand
		case !r.Off:
			w.OffAt, w.OffWhy = nil, ""
		}
		if w.OffAt != nil {
			return nil
		}
		return w.addressMayGet(ctx, tx)
	})
}

// RotateWebhook gives an endpoint a new secret, shown once. For a day messages
// carry a signature of the old one, too. A repeated key changes nothing.
func (e *Engine) RotateWebhook(ctx context.Context, by Actor, customerID, id string, role Role, key *KeyRequest) (WebhookEndpoint, string, error) {
	if err := e.mayStaff(ctx, by, customerID); err != nil {
		return WebhookEndpoint{}, "", err
	}
	if e.opt.Seal == nil {
		return WebhookEndpoint{}, "", errNoWebhooks
	}
	var secret, sealed string
	w, err := e.changeWebhook(ctx, by, customerID, id, role, "webhook.secret", key, func(_ Tx, _ User, w *WebhookEndpoint) error {
		old, err := e.opt.Seal.Open(webhookPlace(w.ID), w.Sealed)
		if err != nil {
			return fmt.Errorf("opening the secret of %s: %w", w.ID, err)
		}
		if w.PreviousSealed, err = e.opt.Seal.Seal(previousPlace(w.ID), old); err != nil {
			return fmt.Errorf("sealing a webhook secret: %w", err)
		}
		until := e.Now().Add(webhookOverlap)
		w.PreviousUntil = &until
		secret, err = e.newWebhookSecret(w)
		sealed = w.Sealed
		return err
	})
	if w.Sealed != sealed { // nothing was changed: an error, or a known key
		secret = ""
	}
	return w, secret, err
}

// changeWebhook changes nothing when it has seen the key before.
func (e *Engine) changeWebhook(ctx context.Context, by Actor, customerID, id string, role Role, action string, key *KeyRequest, change func(tx Tx, author User, w *WebhookEndpoint) error) (WebhookEndpoint, error) {
	var w WebhookEndpoint
	err := e.inFreshTx(ctx, func(tx Tx) (err error) {
		if w, err = e.heldWebhook(ctx, tx, customerID, id, role); err != nil {
			return err
		}
		if err := serializeHooks(ctx, tx, customerID); err != nil { // the revision guards what was read
			return err
		}
		author, err := e.hookAuthor(ctx, tx, by, customerID, w)
		if err != nil {
			return err
		}
		if known, err := e.once(ctx, tx, customerID, key, id); err != nil || known != "" {
			return err
		}
		was, before := w.URL, w.facts()
		if err := change(tx, author, &w); err != nil {
			return err
		}
		if author.ID != "" && !w.HeldBy(author.Role) { // fewer rights than when the request came in
			return errNotHeld
		}
		w.Failures, w.FailingSince = 0, nil
		if err := tx.ChangeWebhookEndpoint(ctx, w); err != nil {
			return err
		}
		after := w.facts()
		after["moved"] = w.URL != was // which the masked address may not show
		return tx.InsertAudit(ctx, e.webhookAudit(by, action, w.ID, before, after))
	})
	if err != nil {
		return WebhookEndpoint{}, fmt.Errorf("changing a webhook: %w", err)
	}
	e.notice.publish()
	return w, nil
}

// RemoveWebhook ends an endpoint; what waits for it is dropped.
func (e *Engine) RemoveWebhook(ctx context.Context, by Actor, customerID, id string, role Role) error {
	if err := e.mayStaff(ctx, by, customerID); err != nil {
		return err
	}
	err := e.inFreshTx(ctx, func(tx Tx) error {
		w, err := e.heldWebhook(ctx, tx, customerID, id, role)
		if err != nil {
			return err
		}
		if _, err := tx.RemoveWebhookEndpoints(ctx, customerID, id, e.Now()); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, e.webhookAudit(by, "webhook.remove", id, w.facts(), nil))
	})
	if err != nil {
		return fmt.Errorf("removing a webhook: %w", err)
	}
	return nil
}
