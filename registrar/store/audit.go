package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/indera/indera/registrar"
)

// auditRow is the part of an event that stays for good: no personal data.
type auditRow struct {
	ID             string  `gorm:"column:id;primaryKey"`
	Occurred       instant `gorm:"column:occurred_at"`
	ByKind         string  `gorm:"column:by_kind"`
	ByID           string  `gorm:"column:by_id"`
	ByRequestID    string  `gorm:"column:by_request_id"`
	Action         string  `gorm:"column:action"`
	ObjectKind     string  `gorm:"column:object_kind"`
	ObjectID       string  `gorm:"column:object_id"`
	ObjectName     string  `gorm:"column:object_name"`
	Retention      string  `gorm:"column:retention"`
	PayloadDigest  string  `gorm:"column:payload_digest"`
	Digest         string  `gorm:"column:digest"`
	UnchainedSince *dbTime `gorm:"column:unchained_since"`
	ByFor          string  `gorm:"column:by_for"`
}

// TableName names the table.
func (auditRow) TableName() string { return "audit_events" }

// payloadRow is the part that may be purged. The salt goes with it: without the
// salt nobody can try values against the digest that stays.
type payloadRow struct {
	EventID   string  `gorm:"column:event_id;primaryKey"`
	Retention string  `gorm:"column:retention"`
	Salt      string  `gorm:"column:salt"`
	IP        string  `gorm:"column:ip"`
	Before    *string `gorm:"column:before_json"`
	After     *string `gorm:"column:after_json"`
	Recorded  instant `gorm:"column:recorded_at"`
}

// TableName names the table.
func (payloadRow) TableName() string { return "audit_payloads" }

// digestOf is hex SHA-256 over parts, each preceded by its length in eight
// bytes, so that no two lists of parts give the same input.
func digestOf(parts ...string) string {
	h := sha256.New()
	var n [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:]) // hash.Hash never fails
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// digest covers everything of the payload. A missing part differs from "".
func (p payloadRow) digest() string {
	part := func(s *string) string {
		if s == nil {
			return "-"
		}
		return "+" + *s
	}
	return digestOf(p.Salt, p.EventID, p.Retention, p.IP, part(p.Before), part(p.After))
}

// digest covers all fields of the event that never change.
func (r auditRow) digest() string {
	parts := []string{r.ID, r.Occurred.UTC().Format(time.RFC3339Nano), r.ByKind, r.ByID, r.ByRequestID, r.Action, r.ObjectKind, r.ObjectID,
		r.ObjectName, r.Retention, r.PayloadDigest}
	if r.ByFor != "" { // events of before the column have the digest they always had
		parts = append(parts, r.ByFor)
	}
	return digestOf(parts...)
}

func encodePayload(v any) (*string, error) {
	if v == nil {
		return nil, nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding audit payload: %w", err)
	}
	s := string(b)
	return &s, nil
}

func auditToRows(e registrar.AuditEvent) (auditRow, payloadRow, error) {
	before, err := encodePayload(e.Before)
	if err != nil {
		return auditRow{}, payloadRow{}, err
	}
	after, err := encodePayload(e.After)
	if err != nil {
		return auditRow{}, payloadRow{}, err
	}
	if e.Retention == "" && (before != nil || after != nil) {
		return auditRow{}, payloadRow{}, registrar.Errorf(registrar.KindInvalid, "no_retention", "An audit event with a payload needs a retention class.")
	}
	if e.Retention == "" {
		e.Retention = registrar.RetainOperational
	}
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return auditRow{}, payloadRow{}, fmt.Errorf("salting audit payload: %w", err)
	}
	p := payloadRow{EventID: e.ID, Retention: string(e.Retention), Salt: hex.EncodeToString(salt), IP: e.By.IP, Before: before, After: after, Recorded: at(e.At)}
	now := dbNow
	row := auditRow{ID: e.ID, Occurred: at(e.At), ByKind: string(e.By.Kind), ByID: e.By.ID, ByRequestID: e.By.RequestID, Action: e.Action,
		ObjectKind: e.ObjectKind, ObjectID: e.ObjectID, ObjectName: e.ObjectName, Retention: string(e.Retention), PayloadDigest: p.digest(),
		UnchainedSince: &now, ByFor: e.By.For}
	row.Digest = row.digest()
	return row, p, nil
}

func (t *transaction) InsertAudit(ctx context.Context, e registrar.AuditEvent) error {
	row, payload, err := auditToRows(e)
	if err != nil {
		return err
	}
	if err := t.insert(ctx, "audit event", &row); err != nil {
		return err
	}
	return t.insert(ctx, "audit payload", &payload)
}

// AuditOf returns Before and After as json.RawMessage, nil when there was none
// or it was purged.
func (r reader) AuditOf(ctx context.Context, objectKind, objectID string, page registrar.Page) ([]registrar.AuditEvent, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	b := newest(branch{index: "ix_audit_events_object_kind_object_id_id", where: "object_kind = ? AND object_id = ?", args: []any{objectKind, objectID}}, page)
	rows, err := listed[auditRow](ctx, r, []branch{b}, byIDDesc, page.Size())
	if err != nil {
		return nil, err
	}
	payloads, err := r.payloadsOf(ctx, rows)
	if err != nil {
		return nil, err
	}
	return convert(rows, func(row auditRow) registrar.AuditEvent {
		p := payloads[row.ID]
		return registrar.AuditEvent{ID: row.ID, At: row.Occurred.Time, Action: row.Action, ObjectKind: row.ObjectKind, ObjectID: row.ObjectID,
			ObjectName: row.ObjectName, Before: decodePayload(p.Before), After: decodePayload(p.After), Retention: registrar.RetentionClass(row.Retention),
			By: registrar.Actor{Kind: registrar.ActorKind(row.ByKind), ID: row.ByID, IP: p.IP, RequestID: row.ByRequestID, For: row.ByFor}}
	}), nil
}

func decodePayload(s *string) any {
	if s == nil {
		return nil
	}
	return json.RawMessage(*s)
}

func (r reader) payloadsOf(ctx context.Context, rows []auditRow) (map[string]payloadRow, error) {
	out := make(map[string]payloadRow, len(rows))
	if len(rows) == 0 {
		return out, nil
	}
	ids := make([]string, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	payloads, err := many[payloadRow](ctx, r, "audit payloads", "event_id", "event_id IN ?", ids)
	if err != nil {
		return nil, err
	}
	for _, p := range payloads {
		out[p.EventID] = p
	}
	return out, nil
}
