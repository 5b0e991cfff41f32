package registrar

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/language"
)

// PlanImport says what would be done about a row. It writes nothing and asks no
// registry. Whatever is wrong with the row is a finding; errors are of the
// database.
func (e *Engine) PlanImport(ctx context.Context, row ImportRow, verify bool) (ImportPlan, error) {
	p := ImportPlan{Row: row, Action: ImportSame}
	cat, err := e.Catalogue(ctx)
	if err != nil {
		return p, err
	}
	e.readImport(&p, cat)
	if p.Action == ImportRefuse {
		return p, nil
	}
	customer, err := e.importCustomer(ctx, &p)
	if err != nil || p.Action == ImportRefuse {
		return p, err
	}
	d, err := e.store.DomainByName(ctx, p.Name.A)
	if IsNotFound(err) {
		p.Action = ImportCreate
		return p, nil
	}
	if err != nil {
		return p, err
	}
	p.found = &d
	return p, e.planKnown(ctx, &p, customer, verify)
}

// planKnown judges a row whose name has a live row here.
func (e *Engine) planKnown(ctx context.Context, p *ImportPlan, customer string, verify bool) error {
	d := *p.found
	switch {
	case d.CustomerID != customer:
		p.refuse("customer_email", "other_customer", "%s belongs to another customer here.", d.Name)
	case d.OwnerSystem == OwnerEngine && d.State == DomainActive:
		p.differsHere(d)
	case d.OwnerSystem != OwnerImport:
		p.refuse("domain", "name_busy", "%s is %s here, with owner system %s.", d.Name, d.State, d.OwnerSystem)
	case verify:
		p.Action = ImportVerify
	default:
		same, err := e.sameImport(ctx, p, d)
		if err != nil {
			return err
		}
		if !same {
			p.Action = ImportChange
		}
	}
	return nil
}

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

func (e *Engine) sameImport(ctx context.Context, p *ImportPlan, d Domain) (bool, error) {
	if !SameHosts(d.NameServers, p.hosts) || d.ExpiresRaw != p.Row.Expires {
		return false, nil
	}
	v, err := e.store.ContactVersion(ctx, d.Registrant)
	if err != nil {
		return false, fmt.Errorf("reading the registrant: %w", err)
	}
	return SameContact(v.ContactData, p.holder), nil
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

// importCustomer finds the customer of a row; "" when it is still to be made.
func (e *Engine) importCustomer(ctx context.Context, p *ImportPlan) (string, error) {
	u, err := e.store.UserByEmail(ctx, p.Email)
	if IsNotFound(err) {
		p.NewCustomer = true
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if u.CustomerID == "" {
		p.refuse("customer_email", "staff_address", "This address is a login of staff.")
		return "", nil
	}
	c, err := e.store.Customer(ctx, u.CustomerID)
	if err == nil && c.ClosedAt != nil {
		p.refuse("customer_email", "account_closed", "The account of this address is closed.")
	}
	return u.CustomerID, err
}
