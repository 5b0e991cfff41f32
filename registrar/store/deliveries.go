package store

import (
	"context"
	"time"

	"github.com/indera/indera/registrar"
)

type deliveryRow struct {
	ID         string   `gorm:"column:id;primaryKey"`
	EndpointID string   `gorm:"column:endpoint_id"`
	EventID    string   `gorm:"column:event_id"`
	Kind       string   `gorm:"column:kind"`
	State      string   `gorm:"column:state"`
	Attempt    int      `gorm:"column:attempt"`
	DueAt      dbTime   `gorm:"column:due_at"`
	LastStatus int      `gorm:"column:last_status"`
	LastError  string   `gorm:"column:last_error"`
	Created    instant  `gorm:"column:created_at"`
	Queued     instant  `gorm:"column:queued_at"`
	Finished   *instant `gorm:"column:finished_at"`
}

// TableName names the table.
func (deliveryRow) TableName() string { return "event_deliveries" }

func deliveryToRow(d registrar.EventDelivery) deliveryRow {
	return deliveryRow{ID: d.ID, EndpointID: d.EndpointID, EventID: d.EventID, Kind: string(d.Kind), State: string(d.State), Attempt: d.Attempt,
		DueAt: dueAt(d.DueAt), LastStatus: d.LastStatus, LastError: string(d.LastError), Created: at(d.CreatedAt), Queued: at(d.QueuedAt),
		Finished: optional(d.FinishedAt)}
}

func deliveryFromRow(r deliveryRow) registrar.EventDelivery {
	return registrar.EventDelivery{ID: r.ID, EndpointID: r.EndpointID, EventID: r.EventID, Kind: registrar.EventKind(r.Kind),
		State: registrar.DeliveryState(r.State), Attempt: r.Attempt, DueAt: r.DueAt.time(), LastStatus: r.LastStatus,
		LastError: registrar.DeliveryError(r.LastError), CreatedAt: r.Created.Time, QueuedAt: r.Queued.Time, FinishedAt: timePtr(r.Finished)}
}

type attemptRow struct {
	ID         string  `gorm:"column:id;primaryKey"`
	DeliveryID string  `gorm:"column:delivery_id"`
	Started    instant `gorm:"column:started_at"`
	DurationUS int64   `gorm:"column:duration_us"`
	Status     int     `gorm:"column:status"`
	Error      string  `gorm:"column:error"`
	Note       string  `gorm:"column:note"`
	Answer     string  `gorm:"column:answer"`
}

// TableName names the table.
func (attemptRow) TableName() string { return "delivery_attempts" }

func attemptFromRow(r attemptRow) registrar.DeliveryAttempt {
	return registrar.DeliveryAttempt{ID: r.ID, DeliveryID: r.DeliveryID, At: r.Started.Time, Took: time.Duration(r.DurationUS) * time.Microsecond,
		Status: r.Status, Error: registrar.DeliveryError(r.Error), Note: r.Note, Answer: r.Answer}
}

// Event returns one event.
func (r reader) Event(ctx context.Context, id string) (registrar.Event, error) {
	row, err := one[eventRow](ctx, r, "event", "id = ?", id)
	return eventFromRow(row), err
}

func (r reader) EventDelivery(ctx context.Context, id string) (registrar.EventDelivery, error) {
	row, err := one[deliveryRow](ctx, r, "delivery", "id = ?", id)
	return deliveryFromRow(row), err
}

func (r reader) DueDeliveries(ctx context.Context, endpointID string, limit int) ([]registrar.EventDelivery, error) {
	b := branch{index: "ix_event_deliveries_state_endpoint_id_due_at_id", where: "state = ? AND endpoint_id = ? AND due_at <= " + r.d.now,
		args: []any{string(registrar.DeliveryPending), endpointID}}
	rows, err := listed[deliveryRow](ctx, r, []branch{b}, byDue, registrar.Page{Limit: limit}.Size())
	return convert(rows, deliveryFromRow), err
}

func (r reader) EventDeliveries(ctx context.Context, f registrar.DeliveryFilter, page registrar.Page) ([]registrar.EventDelivery, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	b := newest(branch{index: "PRIMARY"}, page)
	switch {
	case f.EndpointID != "" && f.State != "":
		b.index = "ix_event_deliveries_endpoint_id_state_id"
		b = b.and("endpoint_id = ? AND state = ?", f.EndpointID, string(f.State))
	case f.EndpointID != "":
		b.index = "ix_event_deliveries_endpoint_id_id"
		b = b.and("endpoint_id = ?", f.EndpointID)
	case f.State != "":
		b.index = "ix_event_deliveries_state_id"
		b = b.and("state = ?", string(f.State))
	}
	rows, err := listed[deliveryRow](ctx, r, []branch{b}, byIDDesc, page.Size())
	return convert(rows, deliveryFromRow), err
}

func (r reader) DeliveryAttempts(ctx context.Context, deliveryID string, page registrar.Page) ([]registrar.DeliveryAttempt, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	b := newest(branch{index: "ix_delivery_attempts_delivery_id_id", where: "delivery_id = ?", args: []any{deliveryID}}, page)
	rows, err := listed[attemptRow](ctx, r, []branch{b}, byIDDesc, page.Size())
	return convert(rows, attemptFromRow), err
}

func (t *transaction) InsertDeliveries(ctx context.Context, ds []registrar.EventDelivery) error {
	rows := convert(ds, deliveryToRow)
	return t.insert(ctx, "deliveries", &rows)
}

func (t *transaction) ChangeDelivery(ctx context.Context, d registrar.EventDelivery, dueIn time.Duration) error {
	_, err := t.update(ctx, "delivery", &deliveryRow{}, map[string]any{
		"state": string(d.State), "attempt": d.Attempt, "due_at": t.in(dueIn), "last_status": d.LastStatus, "last_error": string(d.LastError),
		"finished_at": optional(d.FinishedAt),
	}, "id = ? AND state = ?", d.ID, string(registrar.DeliveryPending))
	return err
}

func (t *transaction) RequeueDeliveries(ctx context.Context, endpointID string, ids []string, when time.Time) (int, error) {
	res := t.q(ctx).Model(&deliveryRow{}).Where("id IN ? AND endpoint_id = ?", ids, endpointID).Updates(map[string]any{
		"state": string(registrar.DeliveryPending), "attempt": 0, "due_at": t.in(0), "queued_at": at(when), "finished_at": nil,
	})
	return int(res.RowsAffected), t.d.wrap("queueing deliveries again", res.Error)
}

func (t *transaction) InsertDeliveryAttempt(ctx context.Context, a registrar.DeliveryAttempt) error {
	row := attemptRow{ID: a.ID, DeliveryID: a.DeliveryID, Started: at(a.At), DurationUS: micros(a.Took), Status: a.Status, Error: string(a.Error),
		Note: a.Note, Answer: a.Answer}
	return t.insert(ctx, "delivery attempt", &row)
}

func (t *transaction) PurgeDeliveries(ctx context.Context, before time.Time, limit int) (int, error) {
	var ids []string
	err := t.q(ctx).Model(&deliveryRow{}).Where("queued_at < ?", at(before)).Order("queued_at, id").Limit(registrar.Page{Limit: limit}.Size()).Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return 0, t.d.wrap("listing old deliveries", err)
	}
	return len(ids), t.dropDeliveries(ctx, ids)
}

// dropDeliveries removes deliveries with their tries.
func (t *transaction) dropDeliveries(ctx context.Context, ids []string) error {
	if err := t.q(ctx).Where("delivery_id IN ?", ids).Delete(&attemptRow{}).Error; err != nil {
		return t.d.wrap("removing delivery attempts", err)
	}
	return t.d.wrap("removing deliveries", t.q(ctx).Where("id IN ?", ids).Delete(&deliveryRow{}).Error)
}
