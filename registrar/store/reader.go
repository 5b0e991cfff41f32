package store

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"github.com/indera/indera/registrar"
)

// reader implements registrar.Reader, inside and outside a transaction.
type reader struct {
	db *gorm.DB
	d  dialect
}

func (r reader) q(ctx context.Context) *gorm.DB { return r.db.WithContext(ctx) }

// plain reports whether s can be in an ASCII column at all. Asking such a column
// for other text would convert the column and read the whole table.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return len(s) <= 255
}

func allPlain(args []any) bool {
	for _, a := range args {
		if s, ok := a.(string); ok && !plain(s) {
			return false
		}
	}
	return true
}

// one reads the row of type R that where finds by ASCII keys.
func one[R any](ctx context.Context, r reader, noun, where string, args ...any) (R, error) {
	var row R
	if !allPlain(args) {
		return row, notFound(noun)
	}
	return oneText[R](ctx, r, noun, where, args...)
}

// oneText is one for keys that may hold any text.
func oneText[R any](ctx context.Context, r reader, noun, where string, args ...any) (R, error) {
	var row R
	res := r.q(ctx).Where(where, args...).Limit(1).Find(&row)
	if res.Error != nil {
		return row, r.d.wrap("reading "+noun, res.Error)
	}
	if res.RowsAffected == 0 {
		return row, notFound(noun)
	}
	return row, nil
}

// many reads a short list in full.
func many[R any](ctx context.Context, r reader, what, order, where string, args ...any) ([]R, error) {
	var rows []R
	if !allPlain(args) {
		return nil, nil
	}
	if err := r.q(ctx).Where(where, args...).Order(order).Find(&rows).Error; err != nil {
		return nil, r.d.wrap("listing "+what, err)
	}
	return rows, nil
}

// branch is one range of an index. MariaDB would at times rather read an index
// from its end than jump into it, at a cost that grows with every page, so it is
// told which index to use.
type branch struct {
	where string
	args  []any
	text  bool // its columns hold any text, so args need not be ASCII
	index string
	from  string // another table whose ids are those of the list; "" = the list's own
}

func (b branch) and(where string, args ...any) branch {
	if b.where != "" {
		where = b.where + " AND " + where
	}
	b.where, b.args = where, append(append([]any(nil), b.args...), args...)
	return b
}

// each makes one branch per value, so that every branch is a plain index range
// in list order; IN (…) would read and sort all of them.
func (b branch) each(column string, values []any) []branch {
	out := make([]branch, 0, len(values))
	for _, v := range values {
		out = append(out, b.and(column+" = ?", v))
	}
	return out
}

// force names the index that a table is read by; SQLite finds it by itself.
func (d dialect) force(index string) string {
	if d.name != DriverMySQL || index == "" {
		return ""
	}
	return " FORCE INDEX (" + index + ")"
}

// newest narrows to ids before page.After, newest first.
func newest(b branch, page registrar.Page) branch {
	if page.After == "" {
		return b
	}
	return b.and("id < ?", page.After)
}

// keyset is how a list is ordered.
type keyset []string

var (
	byIDDesc = keyset{"id DESC"}
	byID     = keyset{"id"}
	byName   = keyset{"name", "id"}
	byDue    = keyset{"due_at", "id"}
)

func (k keyset) sql(alias string) string { return alias + strings.Join(k, ", "+alias) }

// listed reads the first limit rows of several index ranges in the order of
// keys: the ids of each range first, then the rows of the winners.
func listed[R schema.Tabler](ctx context.Context, r reader, branches []branch, order keyset, limit int) ([]R, error) {
	var zero R
	table := zero.TableName()
	columns, err := columnsOf(zero)
	if err != nil {
		return nil, err
	}
	var args []any
	var parts []string
	for i, b := range branches {
		if !b.text && !allPlain(b.args) {
			continue
		}
		where := b.where
		if where == "" {
			where = "1 = 1"
		}
		from := b.from
		if from == "" {
			from = table
		}
		parts = append(parts, fmt.Sprintf("SELECT b%d.id FROM (SELECT id FROM %s%s WHERE %s ORDER BY %s LIMIT %d) AS b%d",
			i, from, r.d.force(b.index), where, order.sql(""), limit, i))
		args = append(args, b.args...)
	}
	if len(parts) == 0 {
		return nil, nil
	}
	query := fmt.Sprintf("SELECT t.%s FROM (%s) AS k JOIN %s AS t ON t.id = k.id ORDER BY %s LIMIT %d",
		strings.Join(columns, ", t."), strings.Join(parts, " UNION ALL "), table, order.sql("t."), limit)
	var rows []R
	if err := r.q(ctx).Raw(query, args...).Scan(&rows).Error; err != nil {
		return nil, r.d.wrap("listing "+table, err)
	}
	return rows, nil
}

// convert maps rows to the engine's types.
func convert[R, M any](rows []R, f func(R) M) []M {
	out := make([]M, 0, len(rows))
	for _, row := range rows {
		out = append(out, f(row))
	}
	return out
}

// after checks a page key that comes from outside.
func checkPage(page registrar.Page) error {
	if !plain(page.After) {
		return registrar.InvalidField("after", "bad_cursor", "The place to continue from is not one we gave.")
	}
	return nil
}

// values turns typed words into query arguments.
func values[T ~string](in []T) []any {
	out := make([]any, 0, len(in))
	for _, v := range in {
		out = append(out, string(v))
	}
	return out
}

var schemas sync.Map // of *schema.Schema, by type: GORM's own cache

// columnsOf names the columns of a row struct in order.
func columnsOf(row any) ([]string, error) {
	s, err := schema.Parse(row, &schemas, schema.NamingStrategy{})
	if err != nil {
		return nil, fmt.Errorf("reading the columns of %T: %w", row, err)
	}
	return s.DBNames, nil
}
