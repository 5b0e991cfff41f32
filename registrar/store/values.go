package store

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// instant is a business time: UTC, whole microseconds, never zero.
type instant struct{ time.Time }

func at(t time.Time) instant { return instant{t.UTC().Truncate(time.Microsecond)} }

// Value refuses the zero time: a missing time is NULL or a bug.
func (i instant) Value() (driver.Value, error) {
	if i.IsZero() {
		return nil, errors.New("a time that must be known is missing")
	}
	return i.UTC().Truncate(time.Microsecond), nil
}

// Scan reads what both drivers return for date columns.
func (i *instant) Scan(src any) error {
	t, ok := src.(time.Time)
	if !ok {
		return fmt.Errorf("a time column holds %T", src)
	}
	i.Time = t.UTC()
	return nil
}

// optional keeps nil and the zero time as NULL.
func optional(t *time.Time) *instant {
	if t == nil || t.IsZero() {
		return nil
	}
	i := at(*t)
	return &i
}

func timePtr(i *instant) *time.Time {
	if i == nil {
		return nil
	}
	t := i.Time
	return &t
}

// dbTime is a moment on the database's clock in microseconds of Unix time.
type dbTime int64

// dbNow is written as the database's own time of the statement.
const dbNow dbTime = -1

// dueAt keeps a moment the caller read from the database; the zero time is now.
func dueAt(t time.Time) dbTime {
	if t.IsZero() {
		return dbNow
	}
	return dbTime(t.UnixMicro())
}

// GormValue writes dbNow as an expression.
func (d dbTime) GormValue(_ context.Context, db *gorm.DB) clause.Expr {
	if d != dbNow {
		return clause.Expr{SQL: "?", Vars: []any{int64(d)}}
	}
	if db.Name() == DriverMySQL {
		return clause.Expr{SQL: mysqlDialect.now}
	}
	return clause.Expr{SQL: sqliteDialect.now}
}

// time returns the zero time for 0: never leased.
func (d dbTime) time() time.Time {
	if d == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(d)).UTC()
}

// list is a list of strings kept as JSON text.
type list []string

// Value writes an empty list as [].
func (l list) Value() (driver.Value, error) {
	if l == nil {
		return "[]", nil
	}
	b, err := json.Marshal([]string(l))
	if err != nil {
		return nil, fmt.Errorf("encoding a list: %w", err)
	}
	return string(b), nil
}

// Scan reads JSON text.
func (l *list) Scan(src any) error {
	var b []byte
	switch v := src.(type) {
	case string:
		b = []byte(v)
	case []byte:
		b = v
	case nil:
		*l = nil
		return nil
	default:
		return fmt.Errorf("a list column holds %T", src)
	}
	var out []string
	if err := json.Unmarshal(b, &out); err != nil {
		return fmt.Errorf("decoding a list: %w", err)
	}
	if len(out) == 0 {
		out = nil
	}
	*l = out
	return nil
}

func micros(d time.Duration) int64 { return d.Microseconds() }

// orNull keeps "" as NULL, for columns whose unique key must not count it.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func fromNull(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
