package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/indera/indera/registrar"
)

const (
	exportPage  = 200 // rows read at once
	exportBatch = 50  // ids asked for at once
)

// withheldIn returns hide with more columns, which another list shows.
func (t exportTable) withheldIn(columns string) map[string]string {
	out := map[string]string{}
	for column, why := range t.hide {
		out[column] = why
	}
	for _, column := range words(columns) {
		out[column] = "stands in " + t.section
	}
	return out
}

func words(list string) []string {
	var out []string
	for _, w := range strings.Split(list, ",") {
		if w = strings.TrimSpace(w); w != "" {
			out = append(out, w)
		}
	}
	return out
}

// exportColumn is one field of show, read.
type exportColumn struct {
	name string // of the field
	sql  string
	kind string
}

// columns reads show. Expressions have no comma.
func (t exportTable) columns() []exportColumn {
	var out []exportColumn
	for _, w := range words(t.show) {
		var c exportColumn
		name, rest, renamed := strings.Cut(w, "=")
		if !renamed || strings.HasSuffix(name, " ") {
			rest, name = w, ""
		}
		c.sql, c.kind, _ = strings.Cut(rest, ":")
		if c.name = name; name == "" {
			c.name = c.sql
		}
		if !strings.Contains(c.sql, ".") {
			c.sql = "t." + c.sql
		}
		out = append(out, c)
	}
	return out
}

// order is by the id that leads here and then by the keys.
func (t exportTable) order() []string {
	out := []string{"t." + t.by}
	for _, k := range words(t.key) {
		if !strings.Contains(k, ".") {
			k = "t." + k
		}
		out = append(out, k)
	}
	return out
}

func (t exportTable) idColumn() string {
	if t.id == "" {
		return "t.id"
	}
	return "t." + t.id
}

// ExportSections implements registrar.ExportReader.
func (r reader) ExportSections() []string {
	var out []string
	for _, t := range exportTables {
		if !slices.Contains(out, t.section) {
			out = append(out, t.section)
		}
	}
	return out
}

// ExportRows implements registrar.ExportReader.
func (r reader) ExportRows(ctx context.Context, section, customerID string, show func(registrar.ExportRow) error) error {
	found := false
	for _, t := range exportTables {
		if t.section != section {
			continue
		}
		found = true
		err := r.exportEach(ctx, t, customerID, func(_ string, row registrar.ExportRow) error { return show(row) })
		if err != nil {
			return fmt.Errorf("exporting %s: %w", section, err)
		}
	}
	if !found {
		return notFound("section of an export")
	}
	return nil
}

// exportEach calls f with each row of a table that belongs to a customer, and
// with the id that leads from it to others.
func (r reader) exportEach(ctx context.Context, t exportTable, customerID string, f func(id string, row registrar.ExportRow) error) error {
	if customerID == "" || !plain(customerID) {
		return nil
	}
	if t.of == "" {
		return r.exportUnder(ctx, t, customerID, []string{customerID}, f)
	}
	at := slices.IndexFunc(exportTables, func(p exportTable) bool { return p.section == t.of })
	var ids []string
	flush := func() error {
		if len(ids) == 0 {
			return nil
		}
		batch := ids
		ids = nil
		return r.exportUnder(ctx, t, customerID, batch, f)
	}
	err := r.exportEach(ctx, exportTables[at], customerID, func(id string, _ registrar.ExportRow) error {
		if ids = append(ids, id); len(ids) < exportBatch {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}

// exportUnder pages through the rows under some ids.
func (r reader) exportUnder(ctx context.Context, t exportTable, customerID string, ids []string, f func(id string, row registrar.ExportRow) error) error {
	from, err := r.sinceMoves(ctx, t, ids)
	if err != nil {
		return err
	}
	var after []any
	for {
		page, last, err := r.exportPageOf(ctx, t, customerID, ids, from, after)
		if err != nil {
			return err
		}
		foreign, err := r.foreignContacts(ctx, from, customerID, page)
		if err != nil {
			return err
		}
		for _, row := range page {
			from.hide(row.fields, foreign)
			if err := f(row.id, row.fields); err != nil {
				return err
			}
		}
		if len(page) < exportPage {
			return nil
		}
		after = last
	}
}

// exportSince is the condition that leaves out what is older than a move.
type exportSince struct {
	condition string
	args      []any
	moved     []string
}

// hide empties what a row of a moved name was before, and what it was after as
// long as the former customer's contacts were on it: the first ones behind the
// move still show them. What counts stands in the rows beside.
func (s exportSince) hide(row registrar.ExportRow, foreign map[string]bool) {
	if !s.isMoved(row) {
		return
	}
	for i, f := range row {
		if f.Name == "before" || f.Name == "after" && slices.ContainsFunc(contactsIn(f), func(id string) bool { return foreign[id] }) {
			row[i].Value = nil
		}
	}
}

func (s exportSince) isMoved(row registrar.ExportRow) bool {
	return slices.ContainsFunc(row, func(f registrar.ExportField) bool {
		id, ok := f.Value.(string)
		return ok && f.Name == "object" && slices.Contains(s.moved, id)
	})
}

var contactID = regexp.MustCompile(registrar.PrefixContact + `_[0-9a-z]{26}`)

func contactsIn(f registrar.ExportField) []string {
	if f.Value == nil {
		return nil
	}
	return contactID.FindAllString(fmt.Sprintf("%s", f.Value), -1)
}

// foreignContacts finds which contacts that rows of moved names show are not the
// customer's.
func (r reader) foreignContacts(ctx context.Context, from exportSince, customerID string, page []exported) (map[string]bool, error) {
	foreign := map[string]bool{}
	for _, row := range page {
		if !from.isMoved(row.fields) {
			continue
		}
		for _, f := range row.fields {
			if f.Name == "after" {
				for _, id := range contactsIn(f) {
					foreign[id] = true
				}
			}
		}
	}
	if len(foreign) == 0 {
		return nil, nil
	}
	var own []string
	ids := slices.Collect(maps.Keys(foreign))
	if err := r.q(ctx).Raw("SELECT id FROM contacts WHERE id IN ? AND customer_id = ?", ids, customerID).Scan(&own).Error; err != nil {
		return nil, r.d.wrap("looking for the customer's contacts", err)
	}
	for _, id := range own {
		delete(foreign, id)
	}
	return foreign, nil
}

// sinceMoves finds which of some names were moved to their customer, and when
// last: the act itself names the former customer and is left out, too.
func (r reader) sinceMoves(ctx context.Context, t exportTable, ids []string) (exportSince, error) {
	var out exportSince
	if t.since == "" {
		return out, nil
	}
	var moves []auditRow
	err := r.q(ctx).Raw("SELECT t.object_id, t.id, t.occurred_at FROM audit_events AS t"+r.d.force("ix_audit_events_object_kind_object_id_id")+
		" WHERE t.object_kind = 'domain' AND t.object_id IN ? AND t.action = 'domain.move' ORDER BY t.object_id, t.id", ids).Scan(&moves).Error
	if err != nil {
		return out, r.d.wrap("looking for moves of names", err)
	}
	for i, m := range moves {
		if i+1 < len(moves) && moves[i+1].ObjectID == m.ObjectID {
			continue // moved on later
		}
		var until any = m.ID
		if t.since != "id" {
			until = m.Occurred
		}
		out.condition += " AND NOT (t." + t.by + " = ? AND t." + t.since + " <= ?)"
		out.args, out.moved = append(out.args, m.ObjectID, until), append(out.moved, m.ObjectID)
	}
	return out, nil
}

type exported struct {
	id     string
	fields registrar.ExportRow
}

func (r reader) exportPageOf(ctx context.Context, t exportTable, customerID string, ids []string, from exportSince, after []any) (page []exported, last []any, err error) {
	columns, order := t.columns(), t.order()
	picked := make([]string, 0, 1+len(order)+len(columns))
	picked = append(append(picked, t.idColumn()), order...)
	for _, c := range columns {
		picked = append(picked, c.sql)
	}
	query := "SELECT " + strings.Join(picked, ", ") + " FROM " + t.table + " AS t" + r.d.force(t.index) + " " + t.join + " WHERE t." + t.by + " IN ?"
	args := []any{ids}
	if t.where != "" {
		query += " AND " + t.where
		if strings.Contains(t.where, "?") {
			args = append(args, customerID)
		}
	}
	query, args = query+from.condition, append(args, from.args...)
	if after != nil {
		more, values := beyond(order, after)
		query, args = query+" AND ("+more+")", append(args, values...)
	}
	query += " ORDER BY " + strings.Join(order, ", ") + " LIMIT " + strconv.Itoa(exportPage)
	rows, err := r.q(ctx).Raw(query, args...).Rows()
	if err != nil {
		return nil, nil, r.d.wrap("reading "+t.table, err)
	}
	defer func() {
		if closeErr := rows.Close(); closeErr != nil && err == nil {
			err = r.d.wrap("reading "+t.table, closeErr)
		}
	}()
	for rows.Next() {
		var row exported
		if row, last, err = scanExported(rows, columns, len(order)); err != nil {
			return nil, nil, fmt.Errorf("reading %s: %w", t.table, err)
		}
		page = append(page, row)
	}
	return page, last, r.d.wrap("reading "+t.table, rows.Err())
}

// beyond is the condition of rows behind the last one: (a, b) > (?, ?), in the
// form that every database reads an index by.
func beyond(order []string, after []any) (condition string, args []any) {
	var parts []string
	for i := range order {
		var same []string
		for j := range i {
			same = append(same, order[j]+" = ?")
			args = append(args, after[j])
		}
		parts = append(parts, strings.Join(append(same, order[i]+" > ?"), " AND "))
		args = append(args, after[i])
	}
	return "(" + strings.Join(parts, ") OR (") + ")", args
}

func scanExported(rows *sql.Rows, columns []exportColumn, keys int) (exported, []any, error) {
	cells := make([]any, 1+keys+len(columns))
	into := make([]any, len(cells))
	for i := range cells {
		into[i] = &cells[i]
	}
	if err := rows.Scan(into...); err != nil {
		return exported{}, nil, err
	}
	for i, c := range cells {
		if b, ok := c.([]byte); ok {
			cells[i] = string(b)
		}
	}
	out := exported{id: fmt.Sprint(cells[0])}
	for i, c := range columns {
		v, err := exportValue(c.kind, cells[1+keys+i])
		if err != nil {
			return exported{}, nil, fmt.Errorf("column %s: %w", c.name, err)
		}
		out.fields = append(out.fields, registrar.ExportField{Name: c.name, Value: v})
	}
	return out, cells[1 : 1+keys], nil
}

// exportValue brings what the drivers return to one form.
func exportValue(kind string, v any) (any, error) {
	if t, ok := v.(time.Time); ok {
		return t.UTC(), nil
	}
	if v == nil {
		return nil, nil
	}
	text := fmt.Sprint(v)
	switch kind {
	case "n":
		return strconv.ParseInt(text, 10, 64)
	case "b":
		return text == "1" || text == "true", nil
	case "j":
		if !json.Valid([]byte(text)) {
			return text, nil // kept as it is rather than lost
		}
		return json.RawMessage(text), nil
	}
	return text, nil
}
