package store

import (
	"context"
	"fmt"

	"github.com/indera/indera/registrar/seal"
)

// sealedColumns lists every column that holds sealed values. A value is sealed
// for the place "table.column/key".
var sealedColumns = []struct{ table, key, column string }{
	{"mail_secrets", "mail_id", "sealed"},
	{"user_totp", "user_id", "sealed"},
	{"transfer_codes", "domain_id", "sealed"},
	{"webhook_endpoints", "id", "sealed"},
	{"webhook_endpoints", "id", "previous_sealed"},
}

// Resealed is what happened to one column.
type Resealed struct {
	Column  string // "table.column"
	Changed int    // sealed anew with the current key
	Current int    // were sealed with it already
	Broken  int    // could not be opened; told one by one
}

const resealBatch = 200

// Reseal seals every sealed value that carries an old key with the current key
// of the ring. It may run while others write, and again after it was stopped.
// report is called for each value that does not open.
func (s *Store) Reseal(ctx context.Context, ring *seal.Ring, report func(place string, err error)) ([]Resealed, error) {
	var out []Resealed
	for _, c := range sealedColumns {
		done := Resealed{Column: c.table + "." + c.column}
		after := ""
		for {
			page, err := s.sealedPage(ctx, c.table, c.key, c.column, after)
			if err != nil {
				return out, err
			}
			for _, v := range page {
				if err := s.resealOne(ctx, ring, c.table, c.key, c.column, v, &done, report); err != nil {
					return out, err
				}
				after = v.Key
			}
			if len(page) < resealBatch {
				break
			}
		}
		out = append(out, done)
	}
	return out, nil
}

type sealedValue struct{ Key, Sealed string }

func (s *Store) sealedPage(ctx context.Context, table, key, column, after string) ([]sealedValue, error) {
	var page []sealedValue
	query := fmt.Sprintf("SELECT %s AS `key`, %s AS sealed FROM %s WHERE %s > ? AND %s <> '' ORDER BY %s LIMIT %d", key, column, table, key, column, key, resealBatch)
	if err := s.q(ctx).Raw(query, after).Scan(&page).Error; err != nil {
		return nil, s.d.wrap("listing sealed values", err)
	}
	return page, nil
}

func (s *Store) resealOne(ctx context.Context, ring *seal.Ring, table, key, column string, v sealedValue, done *Resealed, report func(string, error)) error {
	place := table + "." + column + "/" + v.Key
	fresh, changed, err := ring.Reseal(place, v.Sealed)
	if err != nil {
		done.Broken++
		report(place, err)
		return nil
	}
	if !changed {
		done.Current++
		return nil
	}
	return s.inTx(ctx, func(t *transaction) error {
		// Guarded by the old value: who changed it meanwhile sealed it anew.
		res := t.q(ctx).Exec(fmt.Sprintf("UPDATE %s SET %s = ? WHERE %s = ? AND %s = ?", table, column, key, column), fresh, v.Key, v.Sealed)
		if res.Error != nil {
			return t.d.wrap("sealing anew", res.Error)
		}
		if res.RowsAffected > 0 {
			done.Changed++
		}
		return nil
	})
}
