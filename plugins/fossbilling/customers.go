package fossbilling

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"time"

	"github.com/indera/indera/registrar"
)

// Customers implements registrar.BillingSystem by client.id.
func (s *Source) Customers(ctx context.Context, after string, limit int) ([]registrar.MirrorCustomer, error) {
	from, err := key(after)
	if err != nil {
		return nil, err
	}
	email := "email"
	if s.shape.billingEmail { // where invoices go; the login when it is not set
		email = "COALESCE(NULLIF(TRIM(billing_email), ''), email)"
	}
	query := "SELECT id, " + email + ", first_name, last_name, company, phone_cc, phone, address_1, address_2, city, state, postcode, country, currency, lang, " +
		"CAST(created_at AS CHAR) FROM client WHERE id > ? ORDER BY id LIMIT ?"
	var out []registrar.MirrorCustomer
	err = s.each(ctx, "reading customers", query, []any{from, limit}, func(rows *sql.Rows) error {
		var id int64
		var v [15]sql.NullString
		into := []any{&id}
		for i := range v {
			into = append(into, &v[i])
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		created, _ := s.moment(v[14])
		out = append(out, registrar.MirrorCustomer{
			ExternalID: strconv.FormatInt(id, 10), Contact: person(v[0:12]), Currency: v[12].String, Language: v[13].String, CreatedAt: created,
		})
		return nil
	})
	return out, err
}

// person reads e-mail, first name, last name, company, phone code, phone, two
// address fields, city, state, postcode and country.
func person(v []sql.NullString) registrar.MirrorContact {
	return registrar.MirrorContact{
		Email: v[0].String, Name: strings.TrimSpace(v[1].String + " " + v[2].String), Organization: v[3].String, PhoneCC: v[4].String, Phone: v[5].String,
		Street: []string{v[6].String, v[7].String}, City: v[8].String, State: v[9].String, PostalCode: v[10].String, Country: v[11].String,
	}
}

// key reads a place to continue from.
func key(after string) (int64, error) {
	if after == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(after, 10, 64)
	if err != nil {
		return 0, registrar.InvalidField("after", "bad_cursor", "%q is not a key of FOSSBilling.", after)
	}
	return n, nil
}

// moment reads a DATETIME in the installation's time zone. NULL, zero dates and
// anything before there were domain names to sell mean: not known. zero is true
// when something stands there that is no date.
func (s *Source) moment(v sql.NullString) (t *time.Time, zero bool) {
	if !v.Valid || v.String == "" {
		return nil, false
	}
	at, err := time.ParseInLocation("2006-01-02 15:04:05", v.String, s.opt.Location)
	if err != nil || at.Year() < 1985 {
		return nil, true
	}
	at = at.UTC()
	return &at, false
}
