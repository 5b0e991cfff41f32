package store

import (
	"context"
	"fmt"
	"time"

	"github.com/indera/indera/registrar"
)

// chainRow is one link. Seq counts from 1 without gaps; its primary key is what
// keeps two writers from forking the chain.
type chainRow struct {
	Seq         int64   `gorm:"column:seq;primaryKey;autoIncrement:false"`
	EventID     string  `gorm:"column:event_id"`
	Digest      string  `gorm:"column:digest"`
	ChainDigest string  `gorm:"column:chain_digest"`
	Chained     instant `gorm:"column:chained_at"`
}

// TableName names the table.
func (chainRow) TableName() string { return "audit_chain" }

func (r reader) UnchainedAudit(ctx context.Context, minAge time.Duration, limit int) ([]registrar.AuditDigest, error) {
	var rows []auditRow
	err := r.q(ctx).Where("unchained_since <= "+r.d.now+" - ?", micros(minAge)).Order("unchained_since, id").
		Limit(registrar.Page{Limit: limit}.Size()).Find(&rows).Error
	if err != nil {
		return nil, r.d.wrap("listing unchained audit events", err)
	}
	return convert(rows, func(row auditRow) registrar.AuditDigest {
		return registrar.AuditDigest{EventID: row.ID, Digest: row.Digest}
	}), nil
}

// ChainAudit fails with KindConflict when another writer chained meanwhile.
func (t *transaction) ChainAudit(ctx context.Context, events []registrar.AuditDigest, when time.Time) error {
	if len(events) == 0 {
		return nil
	}
	var last chainRow // the zero row before the first link
	if err := t.q(ctx).Order("seq DESC").Limit(1).Find(&last).Error; err != nil {
		return t.d.wrap("reading the end of the audit chain", err)
	}
	links := make([]chainRow, 0, len(events))
	ids := make([]string, 0, len(events))
	for _, e := range events {
		last = chainRow{Seq: last.Seq + 1, EventID: e.EventID, Digest: e.Digest, ChainDigest: digestOf(last.ChainDigest, e.Digest), Chained: at(when)}
		links = append(links, last)
		ids = append(ids, e.EventID)
	}
	if err := t.insert(ctx, "audit chain", &links); err != nil {
		return err
	}
	res := t.q(ctx).Model(&auditRow{}).Where("id IN ? AND unchained_since IS NOT NULL", ids).Updates(map[string]any{"unchained_since": nil})
	if res.Error != nil {
		return t.d.wrap("marking audit events as chained", res.Error)
	}
	if int(res.RowsAffected) != len(events) {
		return registrar.Errorf(registrar.KindConflict, "already_chained", "Some of these events are chained already, or do not exist.")
	}
	return nil
}

// VerifyAudit implements registrar.Reader.
func (r reader) VerifyAudit(ctx context.Context, report func(eventID, problem string)) error {
	return r.VerifyAuditPurged(ctx, report, func(string, registrar.RetentionClass, time.Time) {})
}

// VerifyAuditPurged is VerifyAudit that also calls purged for each event whose
// payload is gone, with its retention class and when it happened.
func (r reader) VerifyAuditPurged(ctx context.Context, report func(eventID, problem string), purged func(eventID string, class registrar.RetentionClass, at time.Time)) error {
	var last chainRow
	for {
		var links []chainRow
		if err := r.q(ctx).Where("seq > ?", last.Seq).Order("seq").Limit(checkPageSize).Find(&links).Error; err != nil {
			return r.d.wrap("reading the audit chain", err)
		}
		if len(links) == 0 {
			return nil
		}
		ids := make([]string, 0, len(links))
		for _, l := range links {
			ids = append(ids, l.EventID)
		}
		rows, err := many[auditRow](ctx, r, "audit events", "id", "id IN ?", ids)
		if err != nil {
			return err
		}
		payloads, err := r.payloadsOf(ctx, rows)
		if err != nil {
			return err
		}
		byID := make(map[string]auditRow, len(rows))
		for _, row := range rows {
			byID[row.ID] = row
		}
		for _, l := range links {
			verifyLink(last, l, report)
			verifyEvent(l, byID, payloads, report)
			if row, ok := byID[l.EventID]; ok && payloads[l.EventID].EventID == "" {
				purged(l.EventID, registrar.RetentionClass(row.Retention), row.Occurred.Time)
			}
			last = l
		}
	}
}

func verifyLink(last, l chainRow, report func(eventID, problem string)) {
	if l.Seq != last.Seq+1 {
		report(l.EventID, fmt.Sprintf("the chain jumps from %d to %d", last.Seq, l.Seq))
	}
	if l.ChainDigest != digestOf(last.ChainDigest, l.Digest) {
		report(l.EventID, "the chain digest does not follow from the link before")
	}
}

func verifyEvent(l chainRow, rows map[string]auditRow, payloads map[string]payloadRow, report func(eventID, problem string)) {
	row, ok := rows[l.EventID]
	if !ok {
		report(l.EventID, "the event is gone")
		return
	}
	if row.digest() != l.Digest {
		report(l.EventID, "the event was changed after it was chained")
	}
	if p, ok := payloads[l.EventID]; ok && p.digest() != row.PayloadDigest {
		report(l.EventID, "the payload was changed")
	}
}
