package registrar

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Export writes the data of a customer as one JSON document
// (GDPR Art. 15 and 20): account, users, contacts, names, orders, money, tokens,
// webhooks and evidence. Secrets are not in it: no password hash, no token, no
// seed. It reads in pages, in constant memory.
func (e *Engine) Export(ctx context.Context, by Actor, customerID string, to io.Writer) error {
	cus, err := e.store.Customer(ctx, customerID)
	if err != nil {
		return err
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		return tx.InsertAudit(ctx, e.sessionAudit(by, by.ID, "customer.export", map[string]string{"customer": customerID}))
	})
	if err != nil {
		return fmt.Errorf("noting an export: %w", err)
	}
	x := &exporter{w: to}
	x.open()
	x.field("made_at", e.Now())
	x.field("account", map[string]any{"id": cus.ID, "name": cus.Name, "currency": cus.Currency, "language": cus.Language, "created_at": cus.CreatedAt})
	steps := []func(context.Context, *exporter, Customer) error{
		e.exportUsers, e.exportTokens, e.exportWebhooks, e.exportContacts, e.exportDomains, e.exportOrders, e.exportMoney, e.exportEvidence,
	}
	for _, step := range steps {
		if err := step(ctx, x, cus); err != nil {
			return fmt.Errorf("exporting: %w", err)
		}
	}
	x.close()
	if x.err != nil {
		return fmt.Errorf("writing an export: %w", x.err)
	}
	return nil
}

// exporter writes a JSON object field by field and remembers the first error.
type exporter struct {
	w     io.Writer
	count int // of fields, or of items of the open list
	err   error
}

func (x *exporter) text(s string) {
	if x.err == nil {
		_, x.err = io.WriteString(x.w, s)
	}
}

func (x *exporter) value(v any) {
	b, err := json.Marshal(v)
	if x.err == nil {
		x.err = err
	}
	x.text(string(b))
}

func (x *exporter) open()  { x.text("{") }
func (x *exporter) close() { x.text("\n}\n") }

func (x *exporter) key(name string) {
	if x.count > 0 {
		x.text(",")
	}
	x.count++
	x.text("\n")
	x.value(name)
	x.text(": ")
}

func (x *exporter) field(name string, v any) {
	x.key(name)
	x.value(v)
}

// exportList writes one list from pages of rows.
func exportList[T any](x *exporter, name string, read func(Page) ([]T, error), key func(T) string, show func(T) any) error {
	x.key(name)
	x.text("[")
	page := Page{Limit: 200}
	for first := true; x.err == nil; {
		rows, err := read(page)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if !first {
				x.text(",")
			}
			first = false
			x.text("\n")
			x.value(show(row))
		}
		if len(rows) < page.Limit {
			break
		}
		page.After = key(rows[len(rows)-1])
	}
	x.text("]")
	return x.err
}

func (e *Engine) exportUsers(ctx context.Context, x *exporter, cus Customer) error {
	users, err := e.team(ctx, e.store, cus.ID)
	if err != nil {
		return err
	}
	out := make([]map[string]any, 0, len(users))
	for _, u := range users {
		sessions, err := e.store.LiveSessions(ctx, u.ID, e.Now())
		if err != nil {
			return err
		}
		var signedIn []map[string]any
		for _, s := range sessions {
			signedIn = append(signedIn, map[string]any{"agent": s.Agent, "address": s.IP, "since": s.CreatedAt, "last_seen": s.SeenAt})
		}
		keys, err := e.store.PasskeysOf(ctx, u.ID)
		if err != nil {
			return err
		}
		var passkeys []map[string]any
		for _, k := range keys {
			passkeys = append(passkeys, map[string]any{"name": k.Name, "created_at": k.CreatedAt, "last_used_at": k.LastUsedAt, "backed_up": k.BackedUp})
		}
		out = append(out, map[string]any{"id": u.ID, "email": u.Email, "name": u.Name, "role": u.Role, "created_at": u.CreatedAt,
			"email_verified_at": u.EmailVerifiedAt, "sessions": signedIn, "passkeys": passkeys})
	}
	x.field("users", out)
	return x.err
}

func (e *Engine) exportTokens(ctx context.Context, x *exporter, cus Customer) error {
	tokens, err := e.store.TokensOf(ctx, cus.ID)
	if err != nil {
		return err
	}
	out := make([]map[string]any, 0, len(tokens))
	for _, t := range tokens {
		out = append(out, map[string]any{"id": t.ID, "name": t.Name, "scopes": t.Scopes, "networks": t.Networks, "created_at": t.CreatedAt,
			"expires_at": t.ExpiresAt, "last_used_at": t.LastUsedAt, "revoked_at": t.RevokedAt})
	}
	x.field("api_tokens", out)
	return x.err
}

func (e *Engine) exportContacts(ctx context.Context, x *exporter, cus Customer) error {
	return exportList(x, "contacts", func(p Page) ([]ContactVersion, error) { return e.store.Contacts(ctx, cus.ID, p) },
		func(v ContactVersion) string { return v.ContactID },
		func(v ContactVersion) any {
			return map[string]any{"id": v.ContactID, "version": v.Version, "name": v.Name, "organization": v.Organization, "street": v.Street, "city": v.City,
				"state": v.State, "postal_code": v.PostalCode, "country_code": v.CountryCode, "phone": v.Phone, "email": v.Email, "created_at": v.CreatedAt}
		})
}

func (e *Engine) exportDomains(ctx context.Context, x *exporter, cus Customer) error {
	return exportList(x, "domains", func(p Page) ([]Domain, error) { return e.store.Domains(ctx, DomainFilter{CustomerID: cus.ID}, p) },
		Domain.PageKey,
		func(d Domain) any {
			return map[string]any{"id": d.ID, "name": d.Name, "unicode_name": d.UName, "state": d.State, "registrant": d.Registrant, "name_servers": d.NameServers,
				"statuses": d.Statuses, "created_at": d.CreatedAt, "expires_at": d.ExpiresAt, "ordered_at": d.OrderedAt}
		})
}

func (e *Engine) exportOrders(ctx context.Context, x *exporter, cus Customer) error {
	return exportList(x, "orders", func(p Page) ([]Order, error) { return e.store.Orders(ctx, cus.ID, p) },
		func(o Order) string { return o.ID },
		func(o Order) any {
			var lines []map[string]any
			for _, l := range o.Lines {
				lines = append(lines, map[string]any{"action": l.Action, "name": l.Domain, "years": l.Years, "price": l.Price.String(), "state": l.State})
			}
			return map[string]any{"id": o.ID, "state": o.State, "placed_at": o.PlacedAt, "total": o.Total.String(), "lines": lines, "agreement": o.Agreement}
		})
}

func (e *Engine) exportMoney(ctx context.Context, x *exporter, cus Customer) error {
	acc, err := e.store.Account(ctx, AccountKey{AccountCustomer, cus.ID, cus.Currency})
	if IsNotFound(err) {
		x.field("entries", []any{})
		return x.err
	}
	if err != nil {
		return err
	}
	x.field("balance", Money{acc.Balance, acc.Currency}.String())
	return exportList(x, "entries", func(p Page) ([]Entry, error) { return e.store.Entries(ctx, acc.ID, p) },
		func(n Entry) string { return n.ID },
		func(n Entry) any {
			return map[string]any{"id": n.ID, "at": n.At.Format(time.RFC3339), "amount": Money{n.Minor, acc.Currency}.String(), "kind": n.Kind, "memo": n.Memo}
		})
}

// exportEvidence writes what was recorded about the account and its users.
func (e *Engine) exportEvidence(ctx context.Context, x *exporter, cus Customer) error {
	users, err := e.team(ctx, e.store, cus.ID)
	if err != nil {
		return err
	}
	show := func(a AuditEvent) any {
		address := a.By.IP
		if a.By.Kind == ActorStaff {
			address = "" // theirs, not the customer's
		}
		return map[string]any{"at": a.At, "action": a.Action, "by": a.By.Kind, "address": address, "before": a.Before, "after": a.After}
	}
	id := func(a AuditEvent) string { return a.ID }
	err = exportList(x, "account_history", func(p Page) ([]AuditEvent, error) { return e.store.AuditOf(ctx, "customer", cus.ID, p) }, id, show)
	for _, u := range users {
		if err == nil {
			err = exportList(x, "history_of_"+u.ID, func(p Page) ([]AuditEvent, error) { return e.store.AuditOf(ctx, "user", u.ID, p) }, id, show)
		}
	}
	return err
}
