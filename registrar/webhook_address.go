package registrar

import (
	"context"
	"net/url"
	"strings"
)

// hookUser returns the user behind an actor: a token stands for its user, staff
// who act for a user stand for themselves. ok is false for jobs, and for
// somebody who is gone.
func hookUser(ctx context.Context, r Reader, by Actor, customerID string) (user User, ok bool, err error) {
	id := by.ID
	switch by.Kind {
	case ActorSystem:
		return User{}, false, nil
	case ActorToken:
		tokens, err := r.TokensOf(ctx, customerID)
		if err != nil {
			return User{}, false, err
		}
		id = ""
		for _, t := range tokens {
			if t.ID == by.ID {
				id = t.UserID
			}
		}
	}
	return liveUser(ctx, r, id)
}

// liveUser returns a user who was not removed.
func liveUser(ctx context.Context, r Reader, id string) (User, bool, error) {
	if id == "" {
		return User{}, false, nil
	}
	u, err := r.User(ctx, id)
	if IsNotFound(err) {
		return User{}, false, nil
	}
	return u, err == nil && u.DisabledAt == nil, err
}

// serializeHooks makes transactions that change webhooks, users and roles of an
// account wait for each other.
func serializeHooks(ctx context.Context, tx Tx, customerID string) error {
	if customerID == "" {
		return tx.SerializeStaff(ctx)
	}
	return tx.SerializeCustomer(ctx, customerID)
}

// hookAuthor returns the user who asks, inside a serialised transaction, and
// refuses one who was removed or lost the right since the request came in:
// whoever takes that away turns off what it finds, so nothing may be added
// behind it. A job is the zero User.
func (e *Engine) hookAuthor(ctx context.Context, tx Tx, by Actor, customerID string, w WebhookEndpoint) (User, error) {
	if by.Kind == ActorSystem {
		return User{}, nil
	}
	user, ok, err := hookUser(ctx, tx, by, customerID)
	if err != nil {
		return User{}, err
	}
	may := ok && (user.Role.May(StaffHooks) || customerID != "" && user.Role.May(MayHooks))
	if !may || !w.HeldBy(user.Role) {
		return User{}, Errorf(KindForbidden, "role", "Your role does not allow this any more.")
	}
	return user, nil
}

// chooser returns who chose the address of an endpoint; ok is false for a job,
// and for somebody who was removed since: then it was turned off, and is on
// because somebody else has answered for it.
func (w WebhookEndpoint) chooser(ctx context.Context, r Reader) (User, bool, error) {
	if w.AddressBy != "" {
		return liveUser(ctx, r, w.AddressBy)
	}
	return hookUser(ctx, r, w.CreatedBy, w.CustomerID)
}

// addressMayGet refuses kinds that the one who chose the address may not read:
// an owner who adds money to the webhook of a technical user would send it to
// wherever that user likes.
func (w WebhookEndpoint) addressMayGet(ctx context.Context, r Reader) error {
	user, ok, err := w.chooser(ctx, r)
	if err != nil || !ok || w.HeldBy(user.Role) {
		return err
	}
	return Errorf(KindConflict, "address_of_lesser_role", "The address of this webhook was chosen by %s, whose role does not allow all of these events. Please make a webhook of your own for them.", user.Name)
}

// sendable returns why a queued delivery must not be sent, DeliveryOK when it
// may: the choice of events, or the role of who chose the address, may have
// become narrower since it was queued.
func (e *Engine) sendable(ctx context.Context, w WebhookEndpoint, d EventDelivery) (DeliveryError, error) {
	if d.Kind == EventPing {
		return DeliveryOK, nil
	}
	if !w.Wants(d.Kind) {
		return DeliveryUnwanted, nil
	}
	info, known := EventInfoOf(d.Kind)
	if !known || info.Needs == MayRead && info.For == ForCustomer && w.CustomerID != "" {
		return DeliveryOK, nil // whoever may have webhooks may read it
	}
	user, ok, err := w.chooser(ctx, e.store)
	if err != nil || !ok || info.subscribable(user.Role) {
		return DeliveryOK, err
	}
	return DeliveryBeyondRole, nil
}

// Masked is an endpoint as people see it who may not change it: of its address
// scheme, host and the first segment of the path, because the rest often carries
// a secret, and none of its own secrets.
func (w WebhookEndpoint) Masked() WebhookEndpoint {
	w.Sealed, w.PreviousSealed, w.URL = "", "", maskAddress(w.URL)
	return w
}

func maskAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "…"
	}
	first, deeper, hasDeeper := strings.Cut(strings.TrimPrefix(u.EscapedPath(), "/"), "/")
	shown := u.Scheme + "://" + u.Host + "/" + first
	switch {
	case hasDeeper && deeper == "" && u.RawQuery == "":
		return shown + "/"
	case hasDeeper:
		return shown + "/…"
	case u.RawQuery != "":
		return shown + "?…"
	case u.EscapedPath() == "":
		return strings.TrimSuffix(shown, "/")
	}
	return shown
}
