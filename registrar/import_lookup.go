package registrar

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// ImportLookups reads what rows of a file meet here, for many rows at once.
type ImportLookups interface {
	// UsersByEmail returns logins by their address, which is in lower case; an
	// address without one is left out.
	UsersByEmail(ctx context.Context, emails []string) (map[string]User, error)
	// CustomersByID leaves out ids that are unknown.
	CustomersByID(ctx context.Context, ids []string) (map[string]Customer, error)
	// ContactVersions leaves out versions that are unknown.
	ContactVersions(ctx context.Context, refs []ContactRef) (map[ContactRef]ContactVersion, error)
}

// importLookup is what a chunk of rows meets.
type importLookup struct {
	users     map[string]User
	customers map[string]Customer
	live      map[string]Domain
	holders   map[ContactRef]ContactVersion
}

// PlanImports says what would be done about rows, in their order. It writes
// nothing and asks no registry; what it reads it reads for all rows together, so
// memory and queries grow with the chunks of a file that the caller makes, not
// with its rows. Whatever is wrong with a row is a finding; errors are of the
// database.
func (e *Engine) PlanImports(ctx context.Context, rows []ImportRow, verify bool) ([]ImportPlan, error) {
	cat, err := e.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	plans := make([]ImportPlan, len(rows))
	for i, row := range rows {
		plans[i] = ImportPlan{Row: row, Action: ImportSame}
		e.readImport(&plans[i], cat)
	}
	met, err := e.lookUpImport(ctx, plans)
	if err != nil {
		return nil, fmt.Errorf("looking up rows of the file: %w", err)
	}
	for i := range plans {
		if p := &plans[i]; p.Action != ImportRefuse {
			if err := met.plan(p, verify); err != nil {
				return nil, fmt.Errorf("line %d: %w", p.Row.Line, err)
			}
		}
	}
	return plans, nil
}

func (e *Engine) lookUpImport(ctx context.Context, plans []ImportPlan) (met importLookup, err error) {
	emails, names := map[string]bool{}, map[string]bool{}
	for _, p := range plans {
		if p.Action != ImportRefuse {
			emails[p.Email], names[p.Name.A] = true, true
		}
	}
	if met.users, err = e.store.UsersByEmail(ctx, slices.Sorted(maps.Keys(emails))); err != nil {
		return met, err
	}
	customers := map[string]bool{}
	for _, u := range met.users {
		if u.CustomerID != "" {
			customers[u.CustomerID] = true
		}
	}
	if met.customers, err = e.store.CustomersByID(ctx, slices.Sorted(maps.Keys(customers))); err != nil {
		return met, err
	}
	if met.live, err = e.store.LiveDomains(ctx, slices.Sorted(maps.Keys(names))); err != nil {
		return met, err
	}
	var holders []ContactRef
	for _, d := range met.live {
		if d.OwnerSystem == OwnerImport {
			holders = append(holders, d.Registrant)
		}
	}
	met.holders, err = e.store.ContactVersions(ctx, holders)
	return met, err
}

// plan judges one row by what it meets.
func (met importLookup) plan(p *ImportPlan, verify bool) error {
	customer, err := met.customer(p)
	if err != nil || p.Action == ImportRefuse {
		return err
	}
	d, known := met.live[p.Name.A]
	if !known {
		p.Action = ImportCreate
		return nil
	}
	p.found = &d
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
		same, err := met.same(p, d)
		if err != nil {
			return err
		}
		if !same {
			p.Action = ImportChange
		}
	}
	return nil
}

// customer finds the customer of a row; "" when it is still to be made.
func (met importLookup) customer(p *ImportPlan) (string, error) {
	u, known := met.users[p.Email]
	switch {
	case !known:
		p.NewCustomer = true
		return "", nil
	case u.CustomerID == "":
		p.refuse("customer_email", "staff_address", "This address is a login of staff.")
		return "", nil
	}
	c, known := met.customers[u.CustomerID]
	if !known {
		return "", fmt.Errorf("customer %s of user %s is missing", u.CustomerID, u.ID)
	}
	if c.ClosedAt != nil {
		p.refuse("customer_email", "account_closed", "The account of this address is closed.")
	}
	return u.CustomerID, nil
}

func (met importLookup) same(p *ImportPlan, d Domain) (bool, error) {
	if !SameHosts(d.NameServers, p.hosts) || d.ExpiresRaw != p.Row.Expires {
		return false, nil
	}
	v, known := met.holders[d.Registrant]
	if !known {
		return false, fmt.Errorf("the registrant %s of %s is missing", d.Registrant.ContactID, d.Name)
	}
	return SameContact(v.ContactData, p.holder), nil
}
