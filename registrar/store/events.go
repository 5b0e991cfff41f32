package store

import (
	"context"
	"time"

	"github.com/indera/indera/registrar"
)

type eventRow struct {
	ID          string  `gorm:"column:id;primaryKey"`
	Kind        string  `gorm:"column:kind"`
	CustomerID  string  `gorm:"column:customer_id"`
	Domain      string  `gorm:"column:domain"`
	DomainID    string  `gorm:"column:domain_id"`
	OrderID     string  `gorm:"column:order_id"`
	OperationID string  `gorm:"column:operation_id"`
	Detail      string  `gorm:"column:detail"`
	Occurred    instant `gorm:"column:occurred_at"`
}

// TableName names the table.
func (eventRow) TableName() string { return "events" }

func eventFromRow(r eventRow) registrar.Event {
	return registrar.Event{ID: r.ID, Kind: registrar.EventKind(r.Kind), CustomerID: r.CustomerID, Domain: r.Domain, DomainID: r.DomainID,
		OrderID: r.OrderID, Operation: r.OperationID, Detail: r.Detail, At: r.Occurred.Time}
}

func (r reader) EventsOf(ctx context.Context, domainID string, page registrar.Page) ([]registrar.Event, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	rows, err := listed[eventRow](ctx, r, []branch{newest(branch{index: "ix_events_domain_id_id", where: "domain_id = ?", args: []any{domainID}}, page)}, byIDDesc, page.Size())
	return convert(rows, eventFromRow), err
}

func (t *transaction) InsertEvent(ctx context.Context, e registrar.Event) error {
	row := eventRow{ID: e.ID, Kind: string(e.Kind), CustomerID: e.CustomerID, Domain: e.Domain, DomainID: e.DomainID, OrderID: e.OrderID,
		OperationID: e.Operation, Detail: e.Detail, Occurred: at(e.At)}
	return t.insert(ctx, "event", &row)
}

type registryStateRow struct {
	Registry     string   `gorm:"column:registry;primaryKey"`
	NoFundsSince *instant `gorm:"column:no_funds_since"`
	ProbeAt      dbTime   `gorm:"column:probe_at"`
}

// TableName names the table.
func (registryStateRow) TableName() string { return "registry_states" }

// RegistryState returns the state of a registry that never had trouble as one
// with funds, not as KindNotFound.
func (r reader) RegistryState(ctx context.Context, registry string) (registrar.RegistryState, error) {
	row, err := one[registryStateRow](ctx, r, "registry state", "registry = ?", registry)
	if registrar.IsNotFound(err) {
		return registrar.RegistryState{Registry: registry}, nil
	}
	return registrar.RegistryState{Registry: row.Registry, NoFundsSince: timePtr(row.NoFundsSince), ProbeAt: row.ProbeAt.time()}, err
}

// SetNoFunds lets the first probe through at once; TakeProbe spaces the rest.
func (t *transaction) SetNoFunds(ctx context.Context, registry string, since *time.Time) (bool, error) {
	if optional(since) == nil {
		return t.update(ctx, "registry state", &registryStateRow{}, map[string]any{"no_funds_since": nil},
			"registry = ? AND no_funds_since IS NOT NULL", registry)
	}
	fresh, err := t.insertFresh(ctx, "registry state", &registryStateRow{Registry: registry, NoFundsSince: optional(since), ProbeAt: dbNow})
	if err != nil || fresh {
		return fresh, err
	}
	return t.update(ctx, "registry state", &registryStateRow{}, map[string]any{"no_funds_since": optional(since), "probe_at": t.in(0)},
		"registry = ? AND no_funds_since IS NULL", registry)
}

func (t *transaction) TakeProbe(ctx context.Context, registry string, every time.Duration) (bool, error) {
	return t.update(ctx, "registry state", &registryStateRow{}, map[string]any{"probe_at": t.in(every)},
		"registry = ? AND no_funds_since IS NOT NULL AND probe_at <= "+t.d.now, registry)
}
