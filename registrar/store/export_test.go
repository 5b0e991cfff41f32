package store

import (
	"database/sql"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"
)

// Rows holds one row struct per table, for the drift test.
var Rows = []schema.Tabler{
	customerRow{}, termRow{}, userRow{}, tokenRow{}, contactRow{}, contactVersionRow{}, registryContactRow{}, registryHostRow{},
	domainRow{}, orderRow{}, orderLineRow{}, operationRow{}, commandRow{}, accountRow{}, postingRow{}, entryRow{}, holdRow{},
	tldRow{}, priceRow{}, auditRow{}, payloadRow{}, chainRow{}, eventRow{}, transcriptRow{}, transcriptObjectRow{}, registryStateRow{}, mailRow{},
	leaseRow{}, keyRow{}, sessionRow{},
	restoreRow{}, restoreProgressRow{}, restoreNameRow{}, restoreFindingRow{}, queueMessageRow{}, differenceRow{}, syncProgressRow{}, importRunRow{}, importFindingRow{}, importContactRow{},
	staffLockRow{}, codeRow{}, hostRow{}, domainContactRow{}, domainContactHistoryRow{},
	paymentRow{}, adjustmentRow{}, receivableRow{}, approvalRow{}, allowanceRow{},
	dutyRow{}, noticeRow{}, brakeRow{}, markRow{},
	webhookRow{}, deliveryRow{}, attemptRow{}, legalHoldRow{}, retentionMarkRow{}, failedTriesRow{},
}

// ColumnsOf names the columns of a row struct.
func ColumnsOf(row any) ([]string, error) { return columnsOf(row) }

// SQL returns the pool that writes.
func (s *Store) SQL() *sql.DB { return s.writeSQL }

// ReadSQL returns the pool that reads.
func (s *Store) ReadSQL() *sql.DB { return s.readSQL }

// Capture calls f with every query that reads outside transactions.
func (s *Store) Capture(f func(query string, args []any)) error {
	hear := func(db *gorm.DB) { f(db.Statement.SQL.String(), db.Statement.Vars) }
	if err := s.db.Callback().Query().After("gorm:query").Register("capture", hear); err != nil {
		return err
	}
	return s.db.Callback().Row().After("gorm:row").Register("capture", hear)
}

// Bounds of InTx.
const (
	MaxTries = maxTries
	MaxStale = maxStale
)
