package fossbilling

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/indera/indera/registrar"
)

// shape is what differs between versions.
type shape struct {
	billingEmail bool // client.billing_email: 0.8.0 and later
	periods      bool // tld.periods: after 0.8.5
}

func (s shape) String() string {
	switch {
	case s.periods:
		return "after 0.8.5"
	case s.billingEmail:
		return "0.8.0 to 0.8.5"
	}
	return "0.7.2 or older"
}

// Reads names every column that is read, by table: the user needs SELECT on
// these and on nothing else.
var Reads = map[string][]string{
	"client": {"id", "email", "first_name", "last_name", "company", "phone_cc", "phone", "address_1", "address_2", "city", "state", "postcode",
		"country", "currency", "lang", "created_at"},
	"service_domain": {"id", "client_id", "tld_registrar_id", "sld", "tld", "ns1", "ns2", "ns3", "ns4", "locked", "action",
		"contact_email", "contact_company", "contact_first_name", "contact_last_name", "contact_address1", "contact_address2", "contact_city",
		"contact_state", "contact_postcode", "contact_country", "contact_phone_cc", "contact_phone", "registered_at", "expires_at"},
	"client_order":  {"id", "service_id", "service_type", "status"},
	"tld":           {"id", "tld"},
	"tld_registrar": {"id", "registrar"},
}

// Probe implements registrar.BillingSystem: it looks that all columns are there,
// tells the version by them, and finds the registrar modules that are ours.
func (s *Source) Probe(ctx context.Context) (string, error) {
	have, err := s.columns(ctx)
	if err != nil {
		return "", err
	}
	var missing []string
	for table, columns := range Reads {
		for _, c := range columns {
			if !have[table+"."+c] {
				missing = append(missing, table+"."+c)
			}
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return "", registrar.Errorf(registrar.KindUnsupported, "billing_schema",
			"This is not a FOSSBilling database that can be read, or its reader lacks rights: it shows no %s.", shorten(missing, 8))
	}
	s.shape = shape{billingEmail: have["client.billing_email"], periods: have["tld.periods"]}
	if s.shape.periods && !s.shape.billingEmail {
		return "", registrar.Errorf(registrar.KindUnsupported, "billing_version",
			"This version of FOSSBilling is not known: it has tld.periods but no client.billing_email, or its reader may not see that column.")
	}
	s.orders = window{} // what was read for an import before is stale
	if err := s.findRegistrars(ctx); err != nil {
		return "", err
	}
	return s.shape.String(), nil
}

// shorten lists the first few.
func shorten(list []string, n int) string {
	if len(list) > n {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:n], ", "), len(list)-n)
	}
	return strings.Join(list, ", ")
}

// columns reads what the server shows to our user: with column rights, those
// only.
func (s *Source) columns(ctx context.Context) (map[string]bool, error) {
	have := map[string]bool{}
	err := s.each(ctx, "reading the schema", "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE() "+
		"AND table_name IN ('client', 'service_domain', 'client_order', 'tld', 'tld_registrar')", nil, func(rows *sql.Rows) error {
		var table, column string
		err := rows.Scan(&table, &column)
		have[table+"."+column] = true
		return err
	})
	return have, err
}

// findRegistrars turns the names of our modules into ids. One module may be
// installed several times.
func (s *Source) findRegistrars(ctx context.Context) error {
	s.registrars = nil
	seen := map[string]bool{}
	err := s.each(ctx, "reading registrar modules", "SELECT id, registrar FROM tld_registrar ORDER BY id", nil, func(rows *sql.Rows) error {
		var id int64
		var module sql.NullString
		if err := rows.Scan(&id, &module); err != nil {
			return err
		}
		seen[module.String] = true
		if slices.Contains(s.opt.Registrars, module.String) {
			s.registrars = append(s.registrars, id)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, want := range s.opt.Registrars {
		if !seen[want] {
			return registrar.Errorf(registrar.KindUnsupported, "billing_registrar", "FOSSBilling has no registrar module %q.", want)
		}
	}
	return nil
}

// Grants returns the statements that give a reader exactly the rights it needs,
// for a version as Probe tells it.
func Grants(database, user, version string) []string {
	var out []string
	for _, table := range slices.Sorted(maps.Keys(Reads)) {
		columns := Reads[table]
		switch {
		case table == "client" && version != shape{}.String():
			columns = append(slices.Clone(columns), "billing_email")
		case table == "tld" && version == shape{periods: true}.String():
			columns = append(slices.Clone(columns), "periods")
		}
		out = append(out, fmt.Sprintf("GRANT SELECT (%s) ON `%s`.`%s` TO %s", strings.Join(columns, ", "), database, table, user))
	}
	return out
}
