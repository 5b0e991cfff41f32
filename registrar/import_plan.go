package registrar

import (
	"errors"
	"strings"
	"time"

	"golang.org/x/text/language"
)

// differsHere notes where the file contradicts a name that the engine already
// owns. Nothing changes: what the engine knows came from the registry.
func (p *ImportPlan) differsHere(d Domain) {
	if p.expires != nil && d.ExpiresRaw != "" && d.CurExpiry() != p.Row.Expires {
		p.note("expires", "expiry_differs", "The file says %s, here it is %s.", p.Row.Expires, d.CurExpiry())
	}
	if len(p.hosts) > 0 && !SameHosts(p.hosts, d.NameServers) {
		p.note("nameservers", "nameservers_differ", "The file says %s, here they are %s.", words(p.hosts), words(d.NameServers))
	}
}

// readImport checks everything that needs no database.
func (e *Engine) readImport(p *ImportPlan, cat *Catalogue) {
	row := p.Row
	var err error
	if p.Name, err = ParseName(row.Domain); err != nil {
		p.addError(err, map[string]string{"name": "domain"})
	} else if tld, ok := cat.Find(p.Name.A); !ok {
		p.refuse("domain", "tld_not_configured", "Names under this ending are not configured here.")
	} else if _, err := e.registry(tld.Registry); err != nil {
		p.refuse("domain", "registry_not_configured", "The registry %s is not configured here.", tld.Registry)
	} else {
		p.tld = tld
	}
	if p.Email, err = NormalizeEmail(row.CustomerEmail); err != nil {
		p.addError(err, map[string]string{"email": "customer_email"})
	}
	p.Email = strings.ToLower(p.Email)
	if n := tidy(row.CustomerName); len([]rune(n)) > 255 || hasControl(n) {
		p.refuse("customer_name", "too_long", "A name has at most 255 characters.")
	}
	if row.Language != "" {
		if _, err := language.Parse(row.Language); err != nil || len(row.Language) > 35 {
			p.refuse("language", "bad_language", "Please give a language tag such as en or de-AT (BCP 47).")
		}
	}
	if p.holder, err = row.Registrant.Normalize(); err != nil {
		p.addError(err, registrantColumns)
	}
	// How many the ending needs is the registry's to judge: the name exists.
	if p.hosts, err = NormalizeNameServers(row.NameServers, 0, 13); err != nil {
		p.addError(err, map[string]string{"nameservers": "nameservers", "name": "nameservers", "host": "nameservers"})
	}
	if row.Expires != "" {
		at, err := time.Parse(time.DateOnly, row.Expires)
		if err != nil || at.Year() < 1990 || at.Year() > 2200 {
			p.refuse("expires", "bad_date", "Please give a date as YYYY-MM-DD.")
			return
		}
		p.expires = &at
	}
}

// registrantColumns says in which column a field of a contact stands.
var registrantColumns = map[string]string{
	"name": "registrant_name", "organization": "registrant_organization", "street": "registrant_street1", "city": "registrant_city",
	"state": "registrant_state", "postal_code": "registrant_postal_code", "country_code": "registrant_country",
	"phone": "registrant_phone", "email": "registrant_email",
}

// addError refuses the row for all that err says.
func (p *ImportPlan) addError(err error, columns map[string]string) {
	var first *Error
	if !errors.As(err, &first) {
		p.refuse("", "unreadable", "This row can't be used.")
		return
	}
	for _, f := range append([]*Error{first}, first.Others...) {
		p.refuse(columns[f.Field], f.Code, "%s", f.Detail)
	}
}
