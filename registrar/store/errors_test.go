package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/indera/indera/registrar"
)

// TestErrorKinds covers what no test can make a server say.
func TestErrorKinds(t *testing.T) {
	my := func(n uint16, text string) error {
		return fmt.Errorf("wrapped: %w", &mysql.MySQLError{Number: n, Message: text})
	}
	for _, c := range []struct {
		err   error
		kind  registrar.Kind
		code  string
		retry bool
	}{
		{my(1213, "Deadlock found"), registrar.KindUnknown, "", true},
		{my(1205, "Lock wait timeout exceeded"), registrar.KindUnknown, "", true},
		{my(1047, "WSREP has not yet prepared node"), registrar.KindUnknown, "", true},
		{my(1062, "Duplicate entry 'x' for key 'domains.uq_domains_live_name'"), registrar.KindConflict, "name_taken", false}, // MySQL 8
		{my(1062, "Duplicate entry 'x' for key 'uq_commands_open_key'"), registrar.KindConflict, "operation_open", false},     // MariaDB
		{my(1062, "Duplicate entry ' for key 'uq_users_email'' for key 'PRIMARY'"), registrar.KindConflict, "duplicate", false},
		{my(1406, "Data too long for column 'name'"), registrar.KindInvalid, "value_refused", false},
		{my(1366, "Incorrect string value: '\\xF0' for column"), registrar.KindInvalid, "value_refused", false},
		{my(1114, "The table 'x' is full"), registrar.KindUnavailable, "database_full", false},
		{my(1021, "Disk full"), registrar.KindUnavailable, "database_full", false},
		{my(1030, `Got error 28 "No space left on device" from storage engine InnoDB`), registrar.KindUnavailable, "database_full", false},
		{my(1030, "Got error 168 from storage engine"), registrar.KindUnknown, "", false},
		{my(1040, "Too many connections"), registrar.KindUnavailable, "database_unavailable", false},
		{my(1290, "running with the --read-only option"), registrar.KindUnavailable, "database_unavailable", false},
		{driver.ErrBadConn, registrar.KindUnavailable, "database_unavailable", false},
		{mysql.ErrInvalidConn, registrar.KindUnavailable, "database_unavailable", false},
		{context.Canceled, registrar.KindUnknown, "", false},
		{context.DeadlineExceeded, registrar.KindUnknown, "", false}, // a time limit is not a dead database
		{my(1064, "syntax error near 'geheim'"), registrar.KindUnknown, "", false},
		{errors.New("anything"), registrar.KindUnknown, "", false},
	} {
		got := mysqlDialect.wrap("testing", c.err)
		var e *registrar.Error
		code := ""
		if errors.As(got, &e) {
			code = e.Code
		}
		if registrar.KindOf(got) != c.kind || code != c.code || retryable(got) != c.retry {
			t.Errorf("%v: kind %q code %q retry %t", c.err, registrar.KindOf(got), code, retryable(got))
		}
		if strings.Contains(got.Error(), "geheim") {
			t.Errorf("the error repeats the statement: %v", got)
		}
		if c.kind != registrar.KindConflict && !errors.Is(got, c.err) {
			t.Errorf("%v: the cause is lost", c.err)
		}
	}
	if mysqlDialect.wrap("testing", nil) != nil {
		t.Error("no error became one")
	}
	mine := registrar.Errorf(registrar.KindInvalid, "mine", "Mine.")
	if got := mysqlDialect.wrap("testing", mine); got != error(mine) {
		t.Errorf("an error of ours was wrapped: %v", got)
	}
}
