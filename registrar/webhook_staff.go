package registrar

import (
	"context"
	"fmt"
)

// DeliveryForStaff returns anybody's delivery with its newest tries and where it
// goes to: a masked webhook, whose ID is "" when it was removed. What a customer's system
// answered is shown to those alone who may send again.
func (e *Engine) DeliveryForStaff(ctx context.Context, by Actor, id string) (EventDelivery, WebhookEndpoint, []DeliveryAttempt, error) {
	fail := func(err error) (EventDelivery, WebhookEndpoint, []DeliveryAttempt, error) {
		return EventDelivery{}, WebhookEndpoint{}, nil, err
	}
	user, err := e.staffMay(ctx, e.store, by, StaffRead)
	if err != nil {
		return fail(err)
	}
	d, w, err := e.anyDelivery(ctx, id)
	if err != nil {
		return fail(err)
	}
	tries, err := e.store.DeliveryAttempts(ctx, id, Page{Limit: 50})
	if err != nil {
		return fail(fmt.Errorf("reading the tries of a delivery: %w", err))
	}
	if !user.Role.May(StaffHooks) {
		for i := range tries {
			tries[i].Answer = ""
		}
	}
	return d, w.Masked(), tries, nil
}

// anyDelivery returns a delivery with its webhook, whose ID is "" when it was
// removed.
func (e *Engine) anyDelivery(ctx context.Context, id string) (EventDelivery, WebhookEndpoint, error) {
	d, err := e.store.EventDelivery(ctx, id)
	if IsNotFound(err) {
		return EventDelivery{}, WebhookEndpoint{}, Errorf(KindNotFound, "no_such_delivery", "There is no such delivery.")
	}
	if err != nil {
		return EventDelivery{}, WebhookEndpoint{}, fmt.Errorf("reading delivery: %w", err)
	}
	w, err := e.store.WebhookEndpoint(ctx, d.EndpointID)
	if err != nil && !IsNotFound(err) {
		return EventDelivery{}, WebhookEndpoint{}, fmt.Errorf("reading webhook: %w", err)
	}
	return d, w, nil
}

// ReplayForStaff queues anybody's delivery again.
func (e *Engine) ReplayForStaff(ctx context.Context, by Actor, id string) error {
	if _, err := e.staffMay(ctx, e.store, by, StaffHooks); err != nil {
		return err
	}
	_, w, err := e.anyDelivery(ctx, id)
	if err != nil {
		return err
	}
	if w.ID == "" {
		return Errorf(KindConflict, "webhook_removed", "The webhook was removed, so nothing can be sent to it.")
	}
	_, _, err = e.ReplayWebhook(ctx, by, w.CustomerID, w.ID, RoleStaffOwner, ReplayRequest{DeliveryID: id})
	return err
}
