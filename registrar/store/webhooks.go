package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/indera/indera/registrar"
)

type webhookRow struct {
	ID             string   `gorm:"column:id;primaryKey"`
	CustomerID     string   `gorm:"column:customer_id"`
	URL            string   `gorm:"column:url"`
	Description    string   `gorm:"column:description"`
	Kinds          list     `gorm:"column:kinds"`
	Sealed         string   `gorm:"column:sealed"`
	PreviousSealed string   `gorm:"column:previous_sealed"`
	PreviousUntil  *instant `gorm:"column:previous_until"`
	CreatedKind    string   `gorm:"column:created_kind"`
	CreatedBy      string   `gorm:"column:created_by"`
	AddressBy      string   `gorm:"column:address_by"`
	Created        instant  `gorm:"column:created_at"`
	Off            *instant `gorm:"column:off_at"`
	OffWhy         string   `gorm:"column:off_why"`
	Removed        *instant `gorm:"column:removed_at"`
	Failures       int      `gorm:"column:failures"`
	FailingSince   *instant `gorm:"column:failing_since"`
	DueAt          dbTime   `gorm:"column:due_at"`
	LeaseHolder    string   `gorm:"column:lease_holder"`
	LeaseToken     string   `gorm:"column:lease_token"`
	LeaseUntil     dbTime   `gorm:"column:lease_until"`
	Revision       int64    `gorm:"column:revision"`
}

// TableName names the table.
func (webhookRow) TableName() string { return "webhook_endpoints" }

func kindList(in []registrar.EventKind) list {
	var out list
	for _, k := range in {
		out = append(out, string(k))
	}
	return out
}

func webhookToRow(w registrar.WebhookEndpoint) webhookRow {
	return webhookRow{ID: w.ID, CustomerID: w.CustomerID, URL: w.URL, Description: w.Description, Kinds: kindList(w.Kinds), Sealed: w.Sealed,
		PreviousSealed: w.PreviousSealed, PreviousUntil: optional(w.PreviousUntil), CreatedKind: string(w.CreatedBy.Kind), CreatedBy: w.CreatedBy.ID, AddressBy: w.AddressBy,
		Created: at(w.CreatedAt), Off: optional(w.OffAt), OffWhy: string(w.OffWhy), Failures: w.Failures, FailingSince: optional(w.FailingSince),
		DueAt: dbNow, Revision: w.Revision}
}

func webhookFromRow(r webhookRow) registrar.WebhookEndpoint {
	var kinds []registrar.EventKind
	for _, k := range r.Kinds {
		kinds = append(kinds, registrar.EventKind(k))
	}
	return registrar.WebhookEndpoint{ID: r.ID, CustomerID: r.CustomerID, URL: r.URL, Description: r.Description, Kinds: kinds, Sealed: r.Sealed,
		PreviousSealed: r.PreviousSealed, PreviousUntil: timePtr(r.PreviousUntil), CreatedBy: registrar.Actor{Kind: registrar.ActorKind(r.CreatedKind), ID: r.CreatedBy},
		AddressBy: r.AddressBy, CreatedAt: r.Created.Time, OffAt: timePtr(r.Off), OffWhy: registrar.WebhookOff(r.OffWhy), Failures: r.Failures, FailingSince: timePtr(r.FailingSince),
		Revision: r.Revision}
}

func (r reader) WebhookEndpoint(ctx context.Context, id string) (registrar.WebhookEndpoint, error) {
	row, err := one[webhookRow](ctx, r, "webhook", "id = ? AND removed_at IS NULL", id)
	return webhookFromRow(row), err
}

func (r reader) WebhookEndpoints(ctx context.Context, customerID string) ([]registrar.WebhookEndpoint, error) {
	rows, err := many[webhookRow](ctx, r, "webhooks", "id DESC", "customer_id = ? AND removed_at IS NULL", customerID)
	return convert(rows, webhookFromRow), err
}

// firstDue is the first due time of each endpoint that is on and has something
// pending, found by jumping from endpoint to endpoint in the index, so that what
// waits behind a resting one is not read. MySQL and MariaDB do so when the
// grouping begins with the index's first column; SQLite has to be led. Its only
// argument is the state.
func (r reader) firstDue() string {
	const on = " JOIN webhook_endpoints AS w ON w.id = e.endpoint_id AND w.off_at IS NULL AND w.removed_at IS NULL"
	if r.d.name == DriverSQLite {
		return "(WITH RECURSIVE c(state, endpoint_id) AS (SELECT ?, '' " +
			"UNION ALL SELECT c.state, (SELECT d.endpoint_id FROM event_deliveries AS d WHERE d.state = c.state AND d.endpoint_id > c.endpoint_id ORDER BY d.endpoint_id LIMIT 1) " +
			"FROM c WHERE c.endpoint_id IS NOT NULL) " +
			"SELECT c.endpoint_id, (SELECT d.due_at FROM event_deliveries AS d WHERE d.state = c.state AND d.endpoint_id = c.endpoint_id ORDER BY d.due_at LIMIT 1) AS due " +
			"FROM c WHERE c.endpoint_id > '') AS e" + on
	}
	return "(SELECT state, endpoint_id, MIN(due_at) AS due FROM event_deliveries" + r.d.force("ix_event_deliveries_state_endpoint_id_due_at_id") +
		" WHERE state = ? GROUP BY state, endpoint_id) AS e" + on
}

func (r reader) DueWebhookEndpoints(ctx context.Context, limit int) ([]string, error) {
	var ids []string
	query := "SELECT w.id FROM " + r.firstDue() + " WHERE e.due <= " + r.d.now + " AND w.due_at <= " + r.d.now + " AND w.lease_until <= " + r.d.now +
		" ORDER BY w.due_at, w.id LIMIT ?"
	err := r.q(ctx).Raw(query, string(registrar.DeliveryPending), registrar.Page{Limit: limit}.Size()).Scan(&ids).Error
	return ids, r.d.wrap("listing due webhooks", err)
}

func (r reader) RemovedWebhookEndpoints(ctx context.Context, limit int) ([]string, error) {
	var ids []string
	err := r.q(ctx).Model(&webhookRow{}).Where("removed_at IS NOT NULL").Order("removed_at, id").Limit(registrar.Page{Limit: limit}.Size()).Pluck("id", &ids).Error
	return ids, r.d.wrap("listing removed webhooks", err)
}

func (r reader) WebhookBacklog(ctx context.Context, limit int) (out registrar.WebhookBacklog, err error) {
	const byFailure = "ix_webhook_endpoints_off_why_failures_id"
	for _, c := range []struct {
		n     *int
		table string
		b     branch
	}{
		{&out.Pending, "event_deliveries", branch{index: "ix_event_deliveries_state_id", where: "state = ?", args: []any{string(registrar.DeliveryPending)}}},
		{&out.Failing, "webhook_endpoints", branch{index: byFailure, where: "off_why = '' AND failures > 0 AND removed_at IS NULL"}},
		{&out.Off, "webhook_endpoints", branch{index: byFailure, where: "off_why IN (?, ?) AND removed_at IS NULL",
			args: []any{string(registrar.OffFailing), string(registrar.OffGone)}}},
	} {
		if *c.n, err = r.countUpTo(ctx, c.table, c.b, limit); err != nil {
			return registrar.WebhookBacklog{}, err
		}
	}
	var late *int64
	err = r.q(ctx).Raw("SELECT "+r.d.now+" - MIN(e.due) FROM "+r.firstDue()+" WHERE w.failures = 0", string(registrar.DeliveryPending)).Scan(&late).Error
	if late != nil {
		out.Late = max(0, time.Duration(*late)*time.Microsecond)
	}
	return out, r.d.wrap("looking for late deliveries", err)
}

func (t *transaction) InsertWebhookEndpoint(ctx context.Context, w registrar.WebhookEndpoint) error {
	row := webhookToRow(w)
	return t.insert(ctx, "webhook", &row)
}

func (t *transaction) ChangeWebhookEndpoint(ctx context.Context, w registrar.WebhookEndpoint) error {
	ok, err := t.update(ctx, "webhook", &webhookRow{}, map[string]any{
		"url": w.URL, "address_by": w.AddressBy, "description": w.Description, "kinds": kindList(w.Kinds), "sealed": w.Sealed, "previous_sealed": w.PreviousSealed,
		"previous_until": optional(w.PreviousUntil), "off_at": optional(w.OffAt), "off_why": string(w.OffWhy), "failures": w.Failures,
		"failing_since": optional(w.FailingSince), "due_at": t.in(0), "revision": w.Revision + 1,
	}, "id = ? AND revision = ? AND removed_at IS NULL", w.ID, w.Revision)
	if err == nil && !ok {
		t.stale = true
		err = registrar.Errorf(registrar.KindConflict, "changed_meanwhile", "Somebody else changed this webhook just now. Please try again.")
	}
	return err
}

// RemoveWebhookEndpoints takes the lease away: a try under way is not noted.
func (t *transaction) RemoveWebhookEndpoints(ctx context.Context, customerID, id string, when time.Time) (int, error) {
	q := t.q(ctx).Model(&webhookRow{}).Where("customer_id = ? AND removed_at IS NULL", customerID)
	if id != "" {
		q = q.Where("id = ?", id)
	}
	res := q.Updates(map[string]any{"removed_at": at(when), "sealed": "", "previous_sealed": "", "previous_until": nil, "lease_token": "",
		"revision": gorm.Expr("revision + 1")})
	return int(res.RowsAffected), t.d.wrap("removing webhooks", res.Error)
}

func (t *transaction) ClaimWebhookEndpoint(ctx context.Context, id, holder, token string, ttl time.Duration) (bool, error) {
	if token == "" {
		return false, registrar.Errorf(registrar.KindInvalid, "no_token", "A lease needs a token.")
	}
	return t.update(ctx, "webhook", &webhookRow{}, map[string]any{"lease_holder": holder, "lease_token": token, "lease_until": t.in(ttl), "due_at": t.in(0)},
		"id = ? AND off_at IS NULL AND removed_at IS NULL AND due_at <= "+t.d.now+" AND lease_until <= "+t.d.now, id)
}

func (t *transaction) NoteWebhookTry(ctx context.Context, w registrar.WebhookEndpoint, token string, rest time.Duration) (bool, error) {
	if token == "" {
		return false, nil
	}
	set := map[string]any{"failures": w.Failures, "failing_since": optional(w.FailingSince), "due_at": t.in(rest)}
	if w.OffAt != nil {
		set["off_at"], set["off_why"], set["revision"] = optional(w.OffAt), string(w.OffWhy), gorm.Expr("revision + 1")
	}
	return t.update(ctx, "webhook", &webhookRow{}, set, "id = ? AND lease_token = ?", w.ID, token)
}

func (t *transaction) ReleaseWebhookEndpoint(ctx context.Context, id, token string) error {
	_, err := t.update(ctx, "webhook", &webhookRow{}, map[string]any{"lease_holder": "", "lease_token": "", "lease_until": int64(0)},
		"id = ? AND lease_token = ?", id, token)
	return err
}

func (t *transaction) ErasePreviousSecrets(ctx context.Context, now time.Time) error {
	_, err := t.update(ctx, "webhooks", &webhookRow{}, map[string]any{"previous_sealed": "", "previous_until": nil, "revision": gorm.Expr("revision + 1")},
		"previous_until <= ?", at(now))
	return err
}

// PurgeRemovedWebhook implements registrar.WebhookTx.
func (t *transaction) PurgeRemovedWebhook(ctx context.Context, id string, limit int) (bool, error) {
	var ids []string
	err := t.q(ctx).Model(&deliveryRow{}).Where("endpoint_id = ?", id).Order("id").Limit(registrar.Page{Limit: limit}.Size()).Pluck("id", &ids).Error
	if err != nil {
		return false, t.d.wrap("listing deliveries", err)
	}
	if len(ids) > 0 {
		return true, t.dropDeliveries(ctx, ids)
	}
	return false, t.d.wrap("removing a webhook", t.q(ctx).Where("id = ? AND removed_at IS NOT NULL", id).Delete(&webhookRow{}).Error)
}
