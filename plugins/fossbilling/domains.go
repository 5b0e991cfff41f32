package fossbilling

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/indera/indera/registrar"
)

// forgottenAfter is how long after its expiry a name without an order still
// counts as sponsored: grace and redemption of the longest registries.
const forgottenAfter = 90 * 24 * time.Hour

// Domains implements registrar.BillingSystem by service_domain.id. The registrant
// is chosen as FOSSBilling itself chooses it: each field of the domain's contact,
// and where it is empty the customer's.
func (s *Source) Domains(ctx context.Context, after string, limit int) ([]registrar.MirrorDomain, error) {
	from, err := key(after)
	if err != nil {
		return nil, err
	}
	if len(s.registrars) == 0 {
		return nil, fmt.Errorf("the source was not probed")
	}
	marks := strings.TrimSuffix(strings.Repeat("?,", len(s.registrars)), ",")
	args := []any{from}
	for _, id := range s.registrars {
		args = append(args, id)
	}
	query := "SELECT d.id, d.client_id, d.sld, d.tld, d.action, COALESCE(d.locked, 0), CAST(d.registered_at AS CHAR), CAST(d.expires_at AS CHAR), d.ns1, d.ns2, d.ns3, d.ns4, " +
		"d.contact_email, d.contact_first_name, d.contact_last_name, d.contact_company, d.contact_phone_cc, d.contact_phone, d.contact_address1, d.contact_address2, " +
		"d.contact_city, d.contact_state, d.contact_postcode, d.contact_country, " +
		"c.email, c.first_name, c.last_name, c.company, c.phone_cc, c.phone, c.address_1, c.address_2, c.city, c.state, c.postcode, c.country, CAST(NOW() AS CHAR) " +
		"FROM service_domain AS d LEFT JOIN client AS c ON c.id = d.client_id WHERE d.id > ? AND d.tld_registrar_id IN (" + marks + ") ORDER BY d.id LIMIT ?"
	var list []line
	err = s.each(ctx, "reading domains", query, append(args, limit), func(rows *sql.Rows) error {
		l, err := scanLine(rows)
		list = append(list, l)
		return err
	})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	if err := s.orders.load(ctx, s, list[0].id, list[len(list)-1].id); err != nil {
		return nil, err
	}
	out := make([]registrar.MirrorDomain, 0, len(list))
	for _, l := range list {
		out = append(out, s.domain(l))
	}
	return out, nil
}

// line is one row as it is read.
type line struct {
	id     int64
	client sql.NullInt64
	locked bool
	v      [34]sql.NullString // sld, tld, action, registered, expires, ns1-4, contact (12), client (12), now
}

// Places in line.v.
const (
	colSLD = iota
	colTLD
	colAction
	colRegistered
	colExpires
	colNS      // four
	colContact = colNS + 4
	colClient  = colContact + 12
	colNow     = colClient + 12
)

func scanLine(rows *sql.Rows) (line, error) {
	var l line
	into := []any{&l.id, &l.client, &l.v[colSLD], &l.v[colTLD], &l.v[colAction], &l.locked}
	for i := colRegistered; i <= colNow; i++ {
		into = append(into, &l.v[i])
	}
	return l, rows.Scan(into...)
}

func (s *Source) domain(l line) registrar.MirrorDomain {
	d := registrar.MirrorDomain{ExternalID: strconv.FormatInt(l.id, 10), Name: whole(l.v[colSLD].String, l.v[colTLD].String), Locked: l.locked}
	if l.client.Valid {
		d.CustomerID = strconv.FormatInt(l.client.Int64, 10)
	}
	for _, ns := range l.v[colNS : colNS+4] {
		if ns.String != "" {
			d.NameServers = append(d.NameServers, ns.String)
		}
	}
	d.Registrant = person(chosen(l.v[colContact:colClient], l.v[colClient:colNow]))
	var zero bool
	d.CreatedAt, _ = s.moment(l.v[colRegistered])
	if d.ExpiresAt, zero = s.moment(l.v[colExpires]); zero {
		d.Flaws = append(d.Flaws, registrar.MirrorFlaw{Kind: registrar.FlawNoExpiry, Field: "expires_at", Raw: l.v[colExpires].String})
	}
	s.stand(l, &d)
	return d
}

// chosen takes each field of the domain's contact, and where it is empty the
// customer's. First and last name are one field here, and so are calling code and
// number: half of each would be nobody's.
func chosen(own, client []sql.NullString) []sql.NullString {
	out := make([]sql.NullString, len(own))
	copy(out, own)
	for _, group := range [][]int{{0}, {1, 2}, {3}, {4, 5}, {6, 7}, {8}, {9}, {10}, {11}} {
		empty := true
		for _, i := range group {
			empty = empty && (strings.TrimSpace(own[i].String) == "" || i == 4)
		}
		for _, i := range group {
			if empty {
				out[i] = client[i]
			}
		}
	}
	return out
}

// whole joins the two parts of a name. The second has a leading dot, most times.
func whole(sld, tld string) string {
	return strings.TrimRight(strings.TrimSpace(sld), ".") + "." + strings.TrimLeft(strings.TrimSpace(tld), ".")
}

// stand derives from order and action what the row means: a domain of FOSSBilling
// has no status of its own.
func (s *Source) stand(l line, d *registrar.MirrorDomain) {
	status, ordered := s.orders.status[l.id]
	d.Standing = registrar.StandingSponsored
	switch {
	case !ordered && (l.v[colAction].String == "register" || l.v[colAction].String == "transfer") && d.CreatedAt == nil:
		d.Standing = registrar.StandingPending
	case !ordered:
		d.Flaws = append(d.Flaws, registrar.MirrorFlaw{Kind: registrar.FlawNoOrder})
		if now, _ := s.moment(l.v[colNow]); now != nil && d.ExpiresAt != nil && now.Sub(*d.ExpiresAt) > forgottenAfter {
			d.Standing = registrar.StandingEnded
		}
	case status == "active", status == "suspended", status == "failed_renew":
	case status == "pending_setup", status == "failed_setup":
		d.Standing = registrar.StandingPending
	case status == "canceled":
		d.Standing = registrar.StandingEnded
	default:
		d.Flaws = append(d.Flaws, registrar.MirrorFlaw{Kind: registrar.FlawBadStatus, Field: "status", Raw: status})
		if strings.HasPrefix(strings.ToLower(status), "cancel") {
			d.Standing = registrar.StandingEnded
		}
	}
}

// windowRows is how many keys of service_domain one look at the orders covers.
const windowRows = 20_000

// window is what is known of the orders of a range of domains. client_order has
// no index by service, so looking page by page would read that table once for
// each page; this reads it once for twenty thousand keys, in constant memory.
type window struct {
	from, to int64
	status   map[int64]string // by service_domain.id; of its latest order
}

func (w *window) load(ctx context.Context, s *Source, from, to int64) error {
	if w.status != nil && w.from <= from && to <= w.to {
		return nil
	}
	next := window{from: from, to: max(to, from+windowRows), status: map[int64]string{}}
	err := s.each(ctx, "reading orders", "SELECT service_id, status FROM client_order WHERE service_type = 'domain' AND service_id BETWEEN ? AND ? ORDER BY id",
		[]any{next.from, next.to}, func(rows *sql.Rows) error {
			var id int64
			var status sql.NullString
			err := rows.Scan(&id, &status)
			next.status[id] = status.String
			return err
		})
	if err != nil {
		return err
	}
	*w = next
	return nil
}
