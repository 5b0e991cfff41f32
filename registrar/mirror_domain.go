package registrar

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// domainPage is a page of domains with what is looked up for all of it at once.
type domainPage struct {
	*page
	owners map[string]owner // by external id
	live   map[string]Domain
}

// owner is a customer that names belong to.
type owner struct {
	row   MirrorRow
	facts customerFacts
}

// look reads owners and live names of the whole page.
func (p *domainPage) look(ctx context.Context, rows []MirrorRow) error {
	var owners, names []string
	for _, r := range rows {
		if r.Owner != "" {
			owners = append(owners, r.Owner)
		}
		if r.Name != "" {
			names = append(names, r.Name)
		}
	}
	slices.Sort(owners)
	list, err := p.e.store.MirrorRows(ctx, p.at.System, MirrorCustomers, slices.Compact(owners))
	if err != nil {
		return fmt.Errorf("reading customers: %w", err)
	}
	p.owners = make(map[string]owner, len(list))
	for _, r := range list {
		if r.SeenRun != p.at.ID && r.ObjectID == "" {
			continue
		}
		f, err := factsOf[customerFacts](r)
		if err != nil {
			return err
		}
		p.owners[r.ExternalID] = owner{r, f}
	}
	if p.live, err = p.e.store.LiveDomains(ctx, slices.Compact(names)); err != nil {
		return fmt.Errorf("reading names: %w", err)
	}
	return nil
}

// candidate is a row of a name that could be taken.
type candidate struct {
	row   MirrorRow
	facts domainFacts
	tld   TLD
	owner owner
}

// group decides about all rows of one name: which one is true here.
func (p *domainPage) group(ctx context.Context, rows []MirrorRow) error {
	var list, rest []candidate
	for _, r := range rows {
		f, err := factsOf[domainFacts](r)
		if err != nil {
			return err
		}
		c := candidate{row: r, facts: f}
		if r.SeenRun == p.at.ID && r.Standing == StandingSponsored && p.eligible(&c) {
			list = append(list, c)
		} else {
			rest = append(rest, c)
		}
	}
	if len(list) == 0 {
		for _, c := range rest {
			p.leave(c)
		}
		return nil
	}
	slices.SortFunc(list, truer)
	best := list[0]
	// What another row of the name has made here goes over to the one that is true.
	for _, other := range append(list[1:], rest...) {
		if other.row.ObjectID != "" {
			if best.row.ObjectID == "" {
				best.row.ObjectID, best.row.Contact, best.row.Applied = other.row.ObjectID, other.row.Contact, ""
			}
			other.row.ObjectID, other.row.Applied, other.row.Contact, other.row.GoneAt = "", "", ContactRef{}, nil
			p.b.Rows = append(p.b.Rows, other.row)
		}
		if other.row.SeenRun == p.at.ID && other.row.Standing == StandingSponsored && other.tld.Name != "" {
			p.flaw(other.row, other.facts.label(), MirrorFlaw{Kind: FlawDuplicate, Field: "name", Raw: "also in row " + best.row.ExternalID})
			p.next.LeftOut++
			continue
		}
		p.leave(other)
	}
	return p.take(ctx, best)
}

func (f domainFacts) label() string {
	if f.Name.U != "" {
		return f.Name.U
	}
	return f.Raw
}

// eligible finds ending and customer of a row.
func (p *domainPage) eligible(c *candidate) bool {
	var ok bool
	if c.owner, ok = p.owners[c.row.Owner]; !ok {
		return false
	}
	c.tld, ok = p.cat.Find(c.row.Name)
	return ok
}

// truer orders the rows of one name: the latest expiry first, then the highest key.
func truer(a, b candidate) int {
	at := func(t *time.Time) time.Time {
		if t == nil {
			return time.Time{}
		}
		return *t
	}
	if n := at(b.facts.ExpiresAt).Compare(at(a.facts.ExpiresAt)); n != 0 {
		return n
	}
	if n := len(b.row.ExternalID) - len(a.row.ExternalID); n != 0 { // numbers, as far as we know
		return n
	}
	switch {
	case a.row.ExternalID > b.row.ExternalID:
		return -1
	case a.row.ExternalID < b.row.ExternalID:
		return 1
	}
	return 0
}

// leave deals with a row that is not taken.
func (p *domainPage) leave(c candidate) {
	r, label := c.row, c.facts.label()
	switch {
	case r.SeenRun != p.at.ID && r.ObjectID == "":
		p.b.DropRows = append(p.b.DropRows, r)
	case r.SeenRun != p.at.ID:
		p.gone(r, label, FlawVanished)
	case r.Standing == StandingEnded && r.ObjectID != "":
		p.gone(r, label, FlawEnded)
	case r.Standing == StandingEnded, r.Standing == StandingPending:
	default:
		for _, f := range c.facts.Flaws {
			p.flaw(r, label, f)
		}
		p.unplaced(c)
		p.next.LeftOut++
	}
}

// unplaced says why a readable, sponsored row has no place here.
func (p *domainPage) unplaced(c candidate) {
	if c.row.Standing != StandingSponsored {
		return
	}
	if _, ok := p.owners[c.row.Owner]; !ok {
		p.flaw(c.row, c.facts.label(), MirrorFlaw{Kind: FlawNoCustomer, Field: "customer", Raw: c.row.Owner})
	}
	if _, ok := p.cat.Find(c.row.Name); !ok {
		p.flaw(c.row, c.facts.label(), MirrorFlaw{Kind: FlawUnknownTLD, Field: "name", Raw: c.facts.Raw})
	}
}

// take makes or changes the domain of a row.
func (p *domainPage) take(ctx context.Context, c candidate) error {
	live, exists := p.live[c.row.Name]
	switch {
	case exists && live.OwnerSystem != OwnerMirror(p.at.System):
		c.row.ObjectID, c.row.Applied = "", ""
		p.flaw(c.row, c.facts.label(), MirrorFlaw{Kind: FlawTaken, Field: "name", Raw: live.OwnerSystem})
		p.next.LeftOut++
		return nil
	case exists && c.row.ObjectID != live.ID: // it was ours all the time
		c.row.ObjectID, c.row.Applied = live.ID, ""
	case !exists && c.row.ObjectID != "": // removed here, sponsored there again
		c.row.ObjectID, c.row.Applied, c.row.Contact = "", "", ContactRef{}
	}
	var err error
	switch {
	case !exists:
		err = p.create(ctx, &c)
	case c.row.Applied == c.row.Digest && c.row.GoneAt == nil:
		p.next.Unchanged++
	default:
		err = p.change(ctx, &c, live)
	}
	if err != nil {
		return err
	}
	if c.row.Applied != c.row.Digest || c.row.GoneAt != nil {
		c.row.Applied, c.row.GoneAt = c.row.Digest, nil
		p.b.Rows = append(p.b.Rows, c.row)
	}
	for _, f := range c.facts.Flaws {
		p.flaw(c.row, c.facts.label(), f)
	}
	return nil
}

// fill writes what the billing system knows into a domain. It knows neither
// repository id nor statuses but the one lock: those stay empty until the name is
// managed here.
func (f domainFacts) fill(d *Domain) {
	d.UName, d.NameServers, d.Statuses, d.CreatedAt, d.ExpiresAt, d.ExpiresRaw = f.Name.U, f.NameServers, nil, f.CreatedAt, f.ExpiresAt, ""
	if f.Locked {
		d.Statuses = []string{statusTransferLock}
	}
	if f.ExpiresAt != nil {
		d.ExpiresRaw = f.ExpiresAt.Format(time.RFC3339)
	}
}

func (p *domainPage) create(ctx context.Context, c *candidate) error {
	now := p.e.Now()
	d := Domain{ID: p.e.id(PrefixDomain), Name: c.row.Name, TLD: c.tld.Name, Registry: c.tld.Registry, CustomerID: c.owner.row.ObjectID,
		OwnerSystem: OwnerMirror(p.at.System), State: DomainActive, OrderedAt: now}
	if c.facts.CreatedAt != nil {
		d.OrderedAt = *c.facts.CreatedAt
	}
	c.facts.fill(&d)
	if err := p.registrant(ctx, c, &d, nil); err != nil {
		return err
	}
	c.row.ObjectID = d.ID
	p.b.Domains = append(p.b.Domains, d)
	p.note("mirror.create", nil, d, c.facts)
	p.next.Created++
	return nil
}

func (p *domainPage) change(ctx context.Context, c *candidate, was Domain) error {
	d := was
	d.CustomerID, d.Registry = c.owner.row.ObjectID, c.tld.Registry
	c.facts.fill(&d)
	if err := p.registrant(ctx, c, &d, &was); err != nil {
		return err
	}
	if sameMirrored(was, d) {
		p.next.Unchanged++ // only what is not kept here has changed
		return nil
	}
	p.b.Changed = append(p.b.Changed, d)
	p.note("mirror.change", was, d, c.facts)
	p.next.Changed++
	return nil
}

func sameMirrored(a, b Domain) bool {
	return sameView(a, b) && a.UName == b.UName && a.CustomerID == b.CustomerID && a.Registry == b.Registry && a.Registrant == b.Registrant
}

// note leaves evidence of a change, the registrant's data included, and tells
// the public lookup.
func (p *domainPage) note(action string, was any, d Domain, f domainFacts) {
	after := struct {
		Domain     Domain
		Registrant *ContactData `json:",omitempty"`
	}{Domain: d}
	if f.Known {
		after.Registrant = &f.Registrant
	}
	p.b.Audit = append(p.b.Audit, p.e.audit(p.by, action, "domain", d.ID, d.Name, was, after))
	p.events = append(p.events, Event{Kind: EventDomainRead, CustomerID: d.CustomerID, Domain: d.Name, DomainID: d.ID, At: p.e.Now()})
}

// registrant ties the domain to a contact version that says what the row says:
// the one it has, the customer's own, or one of the domain's own.
func (p *domainPage) registrant(ctx context.Context, c *candidate, d *Domain, was *Domain) error {
	if !c.facts.Known {
		d.Registrant = ContactRef{}
		return nil
	}
	data := c.facts.Registrant
	if was != nil && was.Registrant.ContactID != "" && was.CustomerID == d.CustomerID {
		have, err := p.e.store.ContactVersion(ctx, was.Registrant)
		if err != nil {
			return fmt.Errorf("reading registrant: %w", err)
		}
		if SameContact(have.ContactData, data) {
			return nil
		}
	}
	if c.owner.facts.Known && c.owner.row.Contact.ContactID != "" && SameContact(c.owner.facts.Contact, data) {
		d.Registrant = c.owner.row.Contact
		p.b.Registrants[d.ID] = d.Registrant.ContactID
		return nil
	}
	own := c.row.Contact
	if was != nil && was.CustomerID != d.CustomerID {
		own = ContactRef{} // a contact stays with its customer
	}
	var err error
	if c.row.Contact, err = p.version(ctx, own, d.CustomerID, data); err != nil {
		return err
	}
	d.Registrant = c.row.Contact
	p.b.Registrants[d.ID] = d.Registrant.ContactID
	return nil
}
