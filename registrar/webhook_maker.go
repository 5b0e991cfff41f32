package registrar

import (
	"context"
	"fmt"
)

// webhookMakers returns the ids of the users who made endpoints, by endpoint. A
// token stands for its user.
func webhookMakers(ctx context.Context, r Reader, customerID string, hooks []WebhookEndpoint) (map[string]string, error) {
	users := map[string]string{}
	if customerID != "" {
		tokens, err := r.TokensOf(ctx, customerID)
		if err != nil {
			return nil, err
		}
		for _, t := range tokens {
			users[t.ID] = t.UserID
		}
	}
	out := make(map[string]string, len(hooks))
	for _, w := range hooks {
		out[w.ID] = w.CreatedBy.ID
		if w.CreatedBy.Kind == ActorToken {
			out[w.ID] = users[w.CreatedBy.ID]
		}
	}
	return out, nil
}

// WebhookMakers returns the names of the users who made endpoints of a customer
// ("" = staff's), by endpoint. "" is somebody who was removed since.
func (e *Engine) WebhookMakers(ctx context.Context, customerID string, hooks ...WebhookEndpoint) (map[string]string, error) {
	ids, err := webhookMakers(ctx, e.store, customerID, hooks)
	if err != nil {
		return nil, fmt.Errorf("reading who made webhooks: %w", err)
	}
	users, err := e.store.UsersOf(ctx, customerID)
	if err != nil {
		return nil, fmt.Errorf("reading who made webhooks: %w", err)
	}
	names := make(map[string]string, len(users))
	for _, u := range users {
		names[u.ID] = u.Name
	}
	for id, user := range ids {
		ids[id] = names[user]
	}
	return ids, nil
}

// stopWebhooksOf turns off what a user made, or chose the address of, and may not
// have in a new role ("" = none any more), and tells those who can turn it on again: events would go on
// to an address that only the one who left may know.
func (e *Engine) stopWebhooksOf(ctx context.Context, tx Tx, by Actor, user User, role Role) error {
	hooks, err := tx.WebhookEndpoints(ctx, user.CustomerID)
	if err != nil || len(hooks) == 0 {
		return err
	}
	makers, err := webhookMakers(ctx, tx, user.CustomerID, hooks)
	if err != nil {
		return err
	}
	now := e.Now()
	for _, w := range hooks {
		may := (role.May(MayHooks) || role.May(StaffHooks)) && w.HeldBy(role)
		theirs := makers[w.ID] == user.ID || w.AddressBy == user.ID
		if !theirs || w.OffWhy == OffMaker || may {
			continue
		}
		if w.OffAt == nil {
			w.OffAt = &now
		}
		w.OffWhy = OffMaker
		if err := tx.ChangeWebhookEndpoint(ctx, w); err != nil {
			return err
		}
		if err := e.webhookWentOff(ctx, tx, by, w, user.Name); err != nil {
			return err
		}
	}
	return nil
}

// tellOfWebhook tells owners, or staff, that a webhook was made: what it sends
// is theirs.
func (e *Engine) tellOfWebhook(ctx context.Context, tx Tx, w WebhookEndpoint) error {
	makers, err := webhookMakers(ctx, tx, w.CustomerID, []WebhookEndpoint{w})
	if err != nil {
		return err
	}
	users, err := tx.UsersOf(ctx, w.CustomerID)
	if err != nil {
		return err
	}
	data := map[string]any{"URL": maskAddress(w.URL), "Description": w.Description, "Webhook": w.ID, "Staff": w.CustomerID == "", "Name": "", "User": ""}
	for _, u := range users {
		if u.ID == makers[w.ID] {
			data["User"] = u.Name
		}
	}
	return e.mailWebhook(ctx, tx, w, users, "webhook_made", data)
}

// mailWebhook writes to the owners of the endpoint's account, or to staff.
func (e *Engine) mailWebhook(ctx context.Context, tx Tx, w WebhookEndpoint, users []User, template string, data map[string]any) error {
	if w.CustomerID == "" {
		return e.writeStaffMail(ctx, tx, Event{ID: e.id(PrefixEvent)}, template, data)
	}
	for _, u := range users {
		if u.Role == RoleOwner && u.DisabledAt == nil {
			if err := e.writeUserMail(ctx, tx, u, u.Email, template, data); err != nil {
				return err
			}
		}
	}
	return nil
}
