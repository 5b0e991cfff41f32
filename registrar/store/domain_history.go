package store

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/indera/indera/registrar"
)

type domainContactHistoryRow struct {
	ContactID string `gorm:"column:contact_id;primaryKey"`
	DomainID  string `gorm:"column:domain_id;primaryKey"`
}

// TableName names the table.
func (domainContactHistoryRow) TableName() string { return "domain_contact_history" }

// registrantsOf returns the holders that the rows of names tell of.
func registrantsOf(domains ...registrar.Domain) []domainContactRow {
	var out []domainContactRow
	for _, d := range domains {
		if d.Registrant.ContactID != "" {
			out = append(out, domainContactRow{DomainID: d.ID, ContactID: d.Registrant.ContactID})
		}
	}
	return out
}

// rememberContacts notes who has or had a name, which outlives the change of
// its contacts. Those that are known already are no error.
func (t *transaction) rememberContacts(ctx context.Context, rows []domainContactRow) error {
	if len(rows) == 0 {
		return nil
	}
	once := &transaction{reader: reader{db: t.db.Clauses(clause.OnConflict{DoNothing: true}), d: t.d}}
	return bulk(ctx, once, "contacts that a domain had", rows, func(r domainContactRow) domainContactHistoryRow {
		return domainContactHistoryRow{ContactID: r.ContactID, DomainID: r.DomainID}
	})
}

// freshDomainRow is domainToRow for a row that is not there yet.
func (t *transaction) freshDomainRow(d registrar.Domain) domainRow {
	row := domainToRow(d)
	if !d.State.Live() {
		now := at(t.clock.Now())
		row.Ended = &now
	}
	return row
}

// endedAt is what an update makes of ended_at: the moment at which the name
// ceased to live stays until it lives again. It is written here, beside the
// state, so that no way to an end can forget it.
func (t *transaction) endedAt(d registrar.Domain) any {
	if d.State.Live() {
		return nil
	}
	return gorm.Expr("COALESCE(ended_at, ?)", at(t.clock.Now()))
}
