package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/indera/indera/registrar"
)

type queueMessageRow struct {
	ID        string  `gorm:"column:id;primaryKey"`
	Registry  string  `gorm:"column:registry"`
	MessageID string  `gorm:"column:message_id"`
	KnownBy   string  `gorm:"column:known_by"`
	Queued    instant `gorm:"column:queued_at"`
	Received  instant `gorm:"column:received_at"`
	Text      string  `gorm:"column:text"`
	SvTRID    string  `gorm:"column:sv_trid"`
	Frame     []byte  `gorm:"column:frame"`
	Object    string  `gorm:"column:object"`
	Kinds     string  `gorm:"column:kinds"`
	Events    string  `gorm:"column:events"`
	State     string  `gorm:"column:state"`
	Attempt   int     `gorm:"column:attempt"`
	Due       instant `gorm:"column:due_at"`
	Note      string  `gorm:"column:note"`
	Revision  int     `gorm:"column:revision"`
}

// TableName names the table.
func (queueMessageRow) TableName() string { return "registry_messages" }

func queueMessageFromRow(r queueMessageRow) registrar.QueueMessage {
	m := registrar.QueueMessage{
		ID: r.ID, Registry: r.Registry, MessageID: r.MessageID, QueuedAt: r.Queued.Time, ReceivedAt: r.Received.Time, Text: r.Text, SvTRID: r.SvTRID,
		Frame: r.Frame, Object: r.Object, Kinds: r.Kinds, State: registrar.QueueMessageState(r.State), Attempt: r.Attempt, DueAt: r.Due.Time,
		Note: r.Note, Revision: r.Revision,
	}
	if json.Unmarshal([]byte(r.Events), &m.Events) != nil {
		// A person reads the frame: one row that nobody can read must not stop the rest.
		m.Events = []registrar.RegistryEvent{{Kind: registrar.ToldUnknown}}
	}
	return m
}

func (r reader) QueueMessage(ctx context.Context, id string) (registrar.QueueMessage, error) {
	row, err := one[queueMessageRow](ctx, r, "message", "id = ?", id)
	return queueMessageFromRow(row), err
}

func (r reader) QueueMessages(ctx context.Context, f registrar.QueueMessageFilter, page registrar.Page) ([]registrar.QueueMessage, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	b := branch{index: "PRIMARY"}
	for _, by := range []struct{ column, value, alone, stated string }{
		{"registry", f.Registry, "ix_registry_messages_registry_id", "ix_registry_messages_registry_state_id"},
		{"object", f.Object, "ix_registry_messages_object_id", "ix_registry_messages_object_id"},
	} {
		if by.value != "" {
			if b.index = by.alone; f.State != "" {
				b.index = by.stated
			}
			b = b.and(by.column+" = ?", by.value)
		}
	}
	if f.State != "" {
		if b.index == "PRIMARY" {
			b.index = "ix_registry_messages_state_id"
		}
		b = b.and("state = ?", string(f.State))
	}
	rows, err := listed[queueMessageRow](ctx, r, []branch{newest(b, page)}, byIDDesc, page.Size())
	return convert(rows, queueMessageFromRow), err
}

func (r reader) DueQueueMessages(ctx context.Context, registry string, until time.Time, limit int) ([]registrar.QueueMessage, error) {
	b := branch{index: "ix_registry_messages_registry_state_due_at_id"}.and("registry = ? AND state = ? AND due_at <= ?",
		registry, string(registrar.MessageNew), at(until))
	rows, err := listed[queueMessageRow](ctx, r, []branch{b}, keyset{"due_at", "id"}, registrar.Page{Limit: limit}.Size())
	return convert(rows, queueMessageFromRow), err
}

func (r reader) CountQueueMessages(ctx context.Context, state registrar.QueueMessageState, limit int) (int, error) {
	return r.countUpTo(ctx, "registry_messages", branch{index: "ix_registry_messages_state_id", where: "state = ?", args: []any{string(state)}}, limit)
}

func (r reader) CommandByClTRID(ctx context.Context, clTRID string) (registrar.Command, error) {
	row, err := one[commandRow](ctx, r, "command", "cl_trid = ?", clTRID)
	if err != nil {
		return registrar.Command{}, err
	}
	return commandFromRow(row), nil
}

// ServedElsewhere asks on both sides of the engine's own name, which an index can
// jump to.
func (r reader) ServedElsewhere(ctx context.Context, registry string) (bool, error) {
	for _, side := range []string{"<", ">"} {
		var ids []string
		err := r.q(ctx).Model(&domainRow{}).Where("registry = ? AND owner_system "+side+" ? AND state IN ?", registry, registrar.OwnerEngine, atRegistry).
			Limit(1).Pluck("id", &ids).Error
		if err != nil {
			return false, r.d.wrap("looking for names of other owner systems", err)
		}
		if len(ids) > 0 {
			return true, nil
		}
	}
	return false, nil
}

func (t *transaction) InsertQueueMessage(ctx context.Context, m registrar.QueueMessage) (bool, error) {
	events, err := json.Marshal(m.Events)
	if err != nil {
		return false, fmt.Errorf("encoding the events of a message: %w", err)
	}
	row := queueMessageRow{
		ID: m.ID, Registry: m.Registry, MessageID: m.MessageID, KnownBy: digestOf(m.Registry, m.MessageID, m.QueuedAt.UTC().Format(time.RFC3339Nano)),
		Queued: at(m.QueuedAt), Received: at(m.ReceivedAt), Text: m.Text, SvTRID: m.SvTRID, Frame: m.Frame, Object: m.Object, Kinds: m.Kinds,
		Events: string(events), State: string(m.State), Attempt: m.Attempt, Due: at(m.DueAt), Note: m.Note, Revision: 1,
	}
	return t.insertFresh(ctx, "message", &row)
}

// PurgeQueueMessages looks at the oldest of each state that is over.
func (t *transaction) PurgeQueueMessages(ctx context.Context, before time.Time, limit int) (int, error) {
	removed := 0
	for _, state := range []registrar.QueueMessageState{registrar.MessageApplied, registrar.MessageSettled} {
		b := branch{index: "ix_registry_messages_state_id", where: "state = ?", args: []any{string(state)}}
		rows, err := listed[queueMessageRow](ctx, t.reader, []branch{b}, keyset{"id"}, registrar.Page{Limit: limit}.Size())
		if err != nil {
			return removed, err
		}
		var old []string
		for _, r := range rows {
			if r.Received.Before(before) {
				old = append(old, r.ID)
			}
		}
		if len(old) == 0 {
			continue
		}
		res := t.q(ctx).Where("id IN ?", old).Delete(&queueMessageRow{})
		if res.Error != nil {
			return removed, t.d.wrap("removing old messages", res.Error)
		}
		removed += int(res.RowsAffected)
	}
	return removed, nil
}

func (t *transaction) HurryCommand(ctx context.Context, id string) error {
	_, err := t.update(ctx, "command", &commandRow{}, map[string]any{"due_at": t.in(0)},
		"id = ? AND state = ? AND lease_until <= "+t.d.now, id, string(registrar.CommandSent))
	return err
}

func (t *transaction) ChangeQueueMessage(ctx context.Context, m registrar.QueueMessage) (bool, error) {
	return t.update(ctx, "message", &queueMessageRow{}, map[string]any{
		"state": string(m.State), "attempt": m.Attempt, "due_at": at(m.DueAt), "note": m.Note, "revision": m.Revision + 1,
	}, "id = ? AND revision = ?", m.ID, m.Revision)
}
