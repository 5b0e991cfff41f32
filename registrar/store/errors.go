package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/go-sql-driver/mysql"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/indera/indera/registrar"
)

// dialect is what differs between the databases.
type dialect struct {
	name string
	now  string // SQL: microseconds of Unix time by the database's clock
}

// MySQL error numbers the store decides by.
const (
	mysqlDiskFull1     = 1021 // ER_DISK_FULL
	mysqlTooMany       = 1040 // ER_CON_COUNT_ERROR
	mysqlNotPrepared   = 1047 // Galera: this node has lost its cluster
	mysqlShutdown      = 1053 // ER_SERVER_SHUTDOWN
	mysqlDuplicate     = 1062 // ER_DUP_ENTRY
	mysqlTableFull     = 1114 // ER_RECORD_FILE_FULL
	mysqlLockTimeout   = 1205 // ER_LOCK_WAIT_TIMEOUT
	mysqlDeadlock      = 1213 // ER_LOCK_DEADLOCK; Galera: certification failed
	mysqlOutOfRange    = 1264 // ER_WARN_DATA_OUT_OF_RANGE
	mysqlReadOnly      = 1290 // ER_OPTION_PREVENTS_STATEMENT
	mysqlBadCharacter  = 1366 // ER_TRUNCATED_WRONG_VALUE_FOR_FIELD
	mysqlTooLong       = 1406 // ER_DATA_TOO_LONG
	mysqlQueryKilled   = 1317 // ER_QUERY_INTERRUPTED
	mysqlConnKilled    = 1927 // MariaDB: connection was killed
	mysqlReadOnlyMode  = 1836 // ER_READ_ONLY_MODE
	mysqlErrorOnWrite  = 1026 // ER_ERROR_ON_WRITE, with errno 28 when the disk is full
	mysqlAbortedCommit = 1180 // ER_ERROR_DURING_COMMIT
	mysqlEngine        = 1030 // ER_GET_ERRNO: the storage engine's own number is in the text
)

// safeText lists MySQL errors whose text holds no stored value; the text of all
// others may hold personal data and never reaches a log.
var safeText = map[uint16]bool{
	mysqlDiskFull1: true, mysqlTooMany: true, mysqlNotPrepared: true, mysqlShutdown: true, mysqlTableFull: true,
	mysqlLockTimeout: true, mysqlDeadlock: true, mysqlOutOfRange: true, mysqlReadOnly: true, mysqlTooLong: true,
	mysqlQueryKilled: true, mysqlConnKilled: true, mysqlReadOnlyMode: true, mysqlErrorOnWrite: true, mysqlAbortedCommit: true, mysqlEngine: true,
	1044: true, 1045: true, 1048: true, 1049: true, 1050: true, 1054: true, 1146: true,
}

// quiet shows a database error without stored values and keeps the original
// for errors.As.
type quiet struct{ cause error }

// Error returns number and, where it is harmless, the server's text.
func (q quiet) Error() string {
	var m *mysql.MySQLError
	if errors.As(q.cause, &m) && !safeText[m.Number] {
		return fmt.Sprintf("MySQL error %d", m.Number)
	}
	return q.cause.Error()
}

// Unwrap returns the original.
func (q quiet) Unwrap() error { return q.cause }

// wrap turns a database error into the kinds that registrar.Store promises.
func (d dialect) wrap(doing string, err error) error {
	var ours *registrar.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ours):
		return err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), retryable(err):
		return fmt.Errorf("%s: %w", doing, quiet{err})
	case isDuplicate(err):
		return conflict(conflictCode(duplicateKey(err))).Because(fmt.Errorf("%s: duplicate key %s", doing, duplicateKey(err)))
	case isTooLong(err):
		return registrar.Errorf(registrar.KindInvalid, "value_refused", "A value is too long or has characters that are not possible here.").
			Because(fmt.Errorf("%s: %w", doing, quiet{err}))
	case isFull(err):
		return registrar.Errorf(registrar.KindUnavailable, "database_full", "The database has no space left.").
			Because(fmt.Errorf("%s: %w", doing, quiet{err}))
	case isGone(err):
		return registrar.Errorf(registrar.KindUnavailable, "database_unavailable", "The database can not be reached.").
			Because(fmt.Errorf("%s: %w", doing, quiet{err}))
	}
	return fmt.Errorf("%s: %w", doing, quiet{err})
}

func notFound(noun string) error {
	return registrar.Errorf(registrar.KindNotFound, "not_found", "There is no such %s.", noun)
}

// conflict explains a broken unique key.
func conflict(code string) *registrar.Error {
	text := map[string]string{
		"name_taken":     "This name is already ordered or registered here.",
		"operation_open": "Another change of this name is still under way.",
		"email_taken":    "This e-mail address is already in use.",
		"duplicate":      "This already exists.",
	}[code]
	return registrar.Errorf(registrar.KindConflict, code, "%s", text)
}

// conflictCode names the rule behind a unique key, given as "table.column"
// (SQLite) or by its index name (MySQL).
func conflictCode(key string) string {
	switch {
	case strings.Contains(key, "live_name"):
		return "name_taken"
	case strings.Contains(key, "open_key"):
		return "operation_open"
	case strings.Contains(key, "email"):
		return "email_taken"
	}
	return "duplicate"
}

// duplicateKey reads which key a duplicate broke. The value in MySQL's text is
// the client's, so only what follows the last "for key" counts.
func duplicateKey(err error) string {
	var m *mysql.MySQLError
	if errors.As(err, &m) {
		if i := strings.LastIndex(m.Message, " for key "); i >= 0 {
			return strings.Trim(m.Message[i+len(" for key "):], "'`")
		}
		return ""
	}
	_, after, _ := strings.Cut(err.Error(), "UNIQUE constraint failed: ")
	key, _, _ := strings.Cut(after, " (")
	return key
}

func mysqlNumber(err error) uint16 {
	var m *mysql.MySQLError
	if errors.As(err, &m) {
		return m.Number
	}
	return 0
}

func sqliteCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// retryable says that the transaction is lost through no fault of its own and
// may run again from its start.
func retryable(err error) bool {
	switch mysqlNumber(err) {
	case mysqlDeadlock, mysqlLockTimeout, mysqlNotPrepared:
		return true
	}
	primary := sqliteCode(err) & 0xff
	return primary == sqlite3.SQLITE_BUSY || primary == sqlite3.SQLITE_LOCKED
}

func isDuplicate(err error) bool {
	code := sqliteCode(err)
	return mysqlNumber(err) == mysqlDuplicate ||
		code == sqlite3.SQLITE_CONSTRAINT_UNIQUE || code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
}

func isTooLong(err error) bool {
	switch mysqlNumber(err) {
	case mysqlTooLong, mysqlOutOfRange, mysqlBadCharacter:
		return true
	}
	code := sqliteCode(err)
	return code == sqlite3.SQLITE_CONSTRAINT_CHECK || code == sqlite3.SQLITE_TOOBIG
}

func isFull(err error) bool {
	switch mysqlNumber(err) {
	case mysqlDiskFull1, mysqlTableFull, mysqlErrorOnWrite:
		return true
	case mysqlEngine:
		return strings.Contains(err.Error(), "Got error 28") // ENOSPC
	}
	return sqliteCode(err)&0xff == sqlite3.SQLITE_FULL
}

func isGone(err error) bool {
	switch mysqlNumber(err) {
	case mysqlTooMany, mysqlShutdown, mysqlReadOnly, mysqlReadOnlyMode, mysqlConnKilled:
		return true
	}
	switch sqliteCode(err) & 0xff {
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY:
		return true
	}
	var netErr net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, net.ErrClosed) ||
		errors.As(err, &netErr)
}
