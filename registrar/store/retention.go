package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/indera/indera/registrar"
)

type legalHoldRow struct {
	CustomerID string  `gorm:"column:customer_id;primaryKey"`
	Reason     string  `gorm:"column:reason"`
	SetBy      string  `gorm:"column:set_by"`
	Set        instant `gorm:"column:set_at"`
}

// TableName names the table.
func (legalHoldRow) TableName() string { return "legal_holds" }

func legalHoldFromRow(r legalHoldRow) registrar.LegalHold {
	return registrar.LegalHold{CustomerID: r.CustomerID, Reason: r.Reason, SetBy: r.SetBy, SetAt: r.Set.Time}
}

type retentionMarkRow struct {
	Rule   string  `gorm:"column:rule;primaryKey"`
	After  string  `gorm:"column:after_key"`
	Looked instant `gorm:"column:looked_at"`
}

// TableName names the table.
func (retentionMarkRow) TableName() string { return "retention_marks" }

// aging says where the age of the rows of a rule stands.
type aging struct {
	table, class, time, id, kind, object, join, index string
}

func agingOf(rule registrar.RetentionRule) (aging, bool) {
	if class, ok := strings.CutPrefix(string(rule), "audit/"); ok {
		return aging{table: "audit_payloads", class: class, time: "recorded_at", id: "event_id", kind: "e.object_kind", object: "e.object_id",
			join: " JOIN audit_events AS e ON e.id = t.event_id", index: "ix_audit_payloads_retention_recorded_at"}, true
	}
	return aging{table: "transcripts", class: string(registrar.RetainOperational), time: "started_at", id: "id", kind: "'command'", object: "t.command_id",
		index: "ix_transcripts_retention_started_at"}, rule == registrar.PurgeTranscripts
}

type agedRow struct {
	ID         string
	Version    int
	Aged       instant
	Kind       string
	Object     string
	Superseded *instant
	Passed     bool
}

// AgedRows implements registrar.RetentionReader.
func (r reader) AgedRows(ctx context.Context, rule registrar.RetentionRule, before time.Time, page registrar.Page) ([]registrar.Aged, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	var rows []agedRow
	query, args, err := r.agedQuery(rule, before, page)
	if err != nil {
		return nil, err
	}
	if err := r.q(ctx).Raw(query, args...).Scan(&rows).Error; err != nil {
		return nil, r.d.wrap("listing what has aged", err)
	}
	return convert(rows, func(row agedRow) registrar.Aged {
		a := registrar.Aged{ID: row.ID, Version: row.Version, ObjectKind: row.Kind, ObjectID: row.Object, Superseded: timePtr(row.Superseded), Passed: row.Passed, Key: row.ID}
		switch _, byTime := agingOf(rule); {
		case byTime:
			a.Key = strconv.FormatInt(row.Aged.UnixMicro(), 10) + " " + row.ID
		case rule == registrar.PurgeContacts:
			a.Key = row.ID + " " + strconv.Itoa(row.Version)
		}
		return a
	}), nil
}

func (r reader) agedQuery(rule registrar.RetentionRule, before time.Time, page registrar.Page) (string, []any, error) {
	limit := " LIMIT " + strconv.Itoa(page.Size())
	switch rule {
	case registrar.PurgeMails:
		return "SELECT t.id, t.created_at AS aged, 'mail' AS kind, t.customer_id AS object, t.created_at >= ? AS passed FROM mails AS t WHERE t.id > ? AND t.state <> ? ORDER BY t.id" + limit,
			[]any{at(before), page.After, string(registrar.MailQueued)}, nil
	case registrar.PurgeNotices:
		return "SELECT t.id, t.queued_at AS aged, 'duty' AS kind, t.duty_id AS object, t.queued_at >= ? OR t.to_address = '' OR t.state = ? AS passed FROM notices AS t WHERE t.id > ? ORDER BY t.id" + limit,
			[]any{at(before), string(registrar.NoticeQueued), page.After}, nil
	case registrar.PurgeContacts:
		id, text, _ := strings.Cut(page.After, " ")
		version, err := strconv.Atoi("0" + text)
		if err != nil {
			return "", nil, registrar.InvalidField("after", "bad_cursor", "The place to continue from is not one we gave.")
		}
		return "SELECT t.contact_id AS id, t.version, t.created_at AS aged, 'contact' AS kind, t.contact_id AS object, n.created_at AS superseded, t.created_at >= ? OR (t.name = '' AND t.email = '') AS passed " +
			"FROM contact_versions AS t LEFT JOIN contact_versions AS n ON n.contact_id = t.contact_id AND n.version = t.version + 1 " +
			"WHERE t.contact_id >= ? AND (t.contact_id > ? OR t.version > ?) ORDER BY t.contact_id, t.version" + limit, []any{at(before), id, id, version}, nil
	}
	a, ok := agingOf(rule)
	if !ok {
		return "", nil, fmt.Errorf("there is no retention rule %q", rule)
	}
	query := fmt.Sprintf("SELECT t.%s AS id, t.%s AS aged, %s AS kind, %s AS object FROM %s AS t%s%s WHERE t.retention = ? AND t.%s < ?",
		a.id, a.time, a.kind, a.object, a.table, r.d.force(a.index), a.join, a.time)
	args := []any{a.class, at(before)}
	if page.After != "" {
		when, id, _ := strings.Cut(page.After, " ")
		us, err := strconv.ParseInt(when, 10, 64)
		if err != nil {
			return "", nil, registrar.InvalidField("after", "bad_cursor", "The place to continue from is not one we gave.")
		}
		after := at(time.UnixMicro(us))
		query += fmt.Sprintf(" AND t.%[1]s >= ? AND (t.%[1]s > ? OR t.%[2]s > ?)", a.time, a.id)
		args = append(args, after, after, id)
	}
	return query + fmt.Sprintf(" ORDER BY t.%s, t.%s", a.time, a.id) + limit, args, nil
}

// CountAged implements registrar.RetentionReader.
func (r reader) CountAged(ctx context.Context, rule registrar.RetentionRule, limit int) (int, error) {
	var query string
	var args []any
	switch a, byTime := agingOf(rule); {
	case byTime:
		query, args = fmt.Sprintf("SELECT 1 FROM %s AS t%s WHERE t.retention = ?", a.table, r.d.force(a.index)), []any{a.class}
	case rule == registrar.PurgeMails:
		query = "SELECT 1 FROM mails"
	case rule == registrar.PurgeNotices:
		query = "SELECT 1 FROM notices"
	case rule == registrar.PurgeContacts:
		query = "SELECT 1 FROM contact_versions"
	default:
		return 0, fmt.Errorf("there is no retention rule %q", rule)
	}
	var n int
	err := r.q(ctx).Raw(fmt.Sprintf("SELECT COUNT(*) FROM (%s LIMIT %d) AS c", query, limit), args...).Scan(&n).Error
	return n, r.d.wrap("counting rows of a rule", err)
}

// ownedTables names where objects of a kind tell their customer.
var ownedTables = map[string]string{
	"domain": "domains", "contact": "contacts", "user": "users", "token": "api_tokens", "order": "orders", "operation": "operations",
	"payment": "payments", "adjustment": "adjustments", "receivable": "receivables", "webhook": "webhook_endpoints", "duty": "duties",
}

// OwnerOf implements registrar.RetentionReader. Mails are asked for by their
// customer, whom their row carries.
func (r reader) OwnerOf(ctx context.Context, kind, id string) (registrar.Owned, error) {
	var own registrar.Owned
	switch kind {
	case "customer", "mail":
		return registrar.Owned{CustomerID: id}, nil
	case "domain":
		own.DomainID = id
	case "contact":
		own.ContactID = id
	case "command":
		row, err := one[commandRow](ctx, r, "command", "id = ?", id)
		if registrar.IsNotFound(err) {
			return own, nil
		}
		if err != nil {
			return own, err
		}
		if own, err = r.OwnerOf(ctx, "operation", row.OperationID); err == nil {
			own.DomainID = row.DomainID
		}
		return own, err
	}
	table, ok := ownedTables[kind]
	if !ok || !plain(id) {
		return own, nil
	}
	var customers []string
	if err := r.q(ctx).Table(table).Where("id = ?", id).Limit(1).Pluck("customer_id", &customers).Error; err != nil {
		return own, r.d.wrap("looking for the customer of a "+kind, err)
	}
	if len(customers) > 0 {
		own.CustomerID = customers[0]
	}
	return own, nil
}

// alive is the condition of names that still keep what belongs to them.
const alive = "(d.state IN ? OR d.ended_at > ? OR EXISTS (SELECT 1 FROM staff_locks AS l WHERE l.domain_id = d.id))"

func (r reader) aliveArgs(since time.Time) []any {
	states := []string{string(registrar.DomainPendingCreate), string(registrar.DomainActive), string(registrar.DomainPendingDelete)}
	return []any{states, at(since)}
}

// NameNeeded implements registrar.RetentionReader.
func (r reader) NameNeeded(ctx context.Context, domainID string, since time.Time) (bool, error) {
	return r.any(ctx, "SELECT d.id FROM domains AS d WHERE d.id = ? AND "+alive+" LIMIT 1", append([]any{domainID}, r.aliveArgs(since)...))
}

// ContactNeeded implements registrar.RetentionReader.
func (r reader) ContactNeeded(ctx context.Context, contactID string, since time.Time) (bool, error) {
	return r.any(ctx, "SELECT d.id FROM domain_contact_history AS c JOIN domains AS d ON d.id = c.domain_id WHERE c.contact_id = ? AND "+alive+" LIMIT 1",
		append([]any{contactID}, r.aliveArgs(since)...))
}

func (r reader) any(ctx context.Context, query string, args []any) (bool, error) {
	var ids []string
	err := r.q(ctx).Raw(query, args...).Scan(&ids).Error
	return len(ids) > 0, r.d.wrap("looking for names that need what has aged", err)
}

// RetentionMark implements registrar.RetentionReader.
func (r reader) RetentionMark(ctx context.Context, rule registrar.RetentionRule) (string, error) {
	row, err := one[retentionMarkRow](ctx, r, "retention mark", "rule = ?", string(rule))
	if registrar.IsNotFound(err) {
		err = nil
	}
	return row.After, err
}

// LegalHold implements registrar.RetentionReader.
func (r reader) LegalHold(ctx context.Context, customerID string) (registrar.LegalHold, error) {
	row, err := one[legalHoldRow](ctx, r, "legal hold", "customer_id = ?", customerID)
	return legalHoldFromRow(row), err
}

// LegalHolds implements registrar.RetentionReader.
func (r reader) LegalHolds(ctx context.Context, page registrar.Page) ([]registrar.LegalHold, error) {
	if err := checkPage(page); err != nil {
		return nil, err
	}
	var rows []legalHoldRow
	err := r.q(ctx).Where("customer_id > ?", page.After).Order("customer_id").Limit(page.Size()).Find(&rows).Error
	return convert(rows, legalHoldFromRow), r.d.wrap("listing legal holds", err)
}

// PurgeAged implements registrar.RetentionWriter.
func (t *transaction) PurgeAged(ctx context.Context, rule registrar.RetentionRule, rows []registrar.Aged) (int, error) {
	ids := make([]string, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	q := t.q(ctx)
	switch rule {
	case registrar.PurgeContacts:
		return t.emptyContacts(ctx, rows)
	case registrar.PurgeNotices:
		res := q.Model(&noticeRow{}).Where("id IN ? AND state <> ?", ids, string(registrar.NoticeQueued)).
			Updates(map[string]any{"to_address": "", "to_name": "", "subject": "", "text_body": "", "html_body": "", "result": ""})
		return int(res.RowsAffected), t.d.wrap("emptying notices", res.Error)
	case registrar.PurgeMails:
		if err := q.Where("mail_id IN ?", ids).Delete(&mailSecretRow{}).Error; err != nil {
			return 0, t.d.wrap("removing mail secrets", err)
		}
		res := t.q(ctx).Where("id IN ? AND state <> ?", ids, string(registrar.MailQueued)).Delete(&mailRow{})
		return int(res.RowsAffected), t.d.wrap("removing mails", res.Error)
	case registrar.PurgeTranscripts:
		if err := q.Where("id IN ?", ids).Delete(&transcriptObjectRow{}).Error; err != nil {
			return 0, t.d.wrap("removing objects of transcripts", err)
		}
		res := t.q(ctx).Where("id IN ?", ids).Delete(&transcriptRow{})
		return int(res.RowsAffected), t.d.wrap("removing transcripts", res.Error)
	}
	res := q.Where("event_id IN ?", ids).Delete(&payloadRow{})
	return int(res.RowsAffected), t.d.wrap("removing payloads", res.Error)
}

// emptyContacts keeps the rows: names that ended long ago refer to them.
func (t *transaction) emptyContacts(ctx context.Context, rows []registrar.Aged) (n int, err error) {
	for _, row := range rows {
		ok, err := t.update(ctx, "contact version", &contactVersionRow{}, map[string]any{"name": "", "organization": "", "street": list(nil), "city": "", "state": "",
			"postal_code": "", "country_code": "", "phone": "", "email": ""}, "contact_id = ? AND version = ?", row.ID, row.Version)
		if err != nil {
			return 0, err
		}
		if ok {
			n++
		}
	}
	return n, nil
}

// PutRetentionMark implements registrar.RetentionWriter.
func (t *transaction) PutRetentionMark(ctx context.Context, rule registrar.RetentionRule, afterKey string, when time.Time) error {
	ok, err := t.update(ctx, "retention mark", &retentionMarkRow{}, map[string]any{"after_key": afterKey, "looked_at": at(when)}, "rule = ?", string(rule))
	if err != nil || ok {
		return err
	}
	_, err = t.insertFresh(ctx, "retention mark", &retentionMarkRow{Rule: string(rule), After: afterKey, Looked: at(when)})
	return err
}

// PutLegalHold implements registrar.RetentionWriter.
func (t *transaction) PutLegalHold(ctx context.Context, h registrar.LegalHold) error {
	ok, err := t.update(ctx, "legal hold", &legalHoldRow{}, map[string]any{"reason": h.Reason, "set_by": h.SetBy, "set_at": at(h.SetAt)}, "customer_id = ?", h.CustomerID)
	if err != nil || ok {
		return err
	}
	return t.insert(ctx, "legal hold", &legalHoldRow{CustomerID: h.CustomerID, Reason: h.Reason, SetBy: h.SetBy, Set: at(h.SetAt)})
}

// LiftLegalHold implements registrar.RetentionWriter.
func (t *transaction) LiftLegalHold(ctx context.Context, customerID string) (bool, error) {
	res := t.q(ctx).Where("customer_id = ?", customerID).Delete(&legalHoldRow{})
	return res.RowsAffected > 0, t.d.wrap("lifting a legal hold", res.Error)
}
