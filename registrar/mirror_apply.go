package registrar

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// page is one page being applied: what will be written for it and what is wrong
// with its rows.
type page struct {
	*importer
	next   MirrorRun
	b      MirrorBatch
	events []Event
	wrong  []MirrorIssue // as they should be open after this page
}

func (i *importer) newPage() *page {
	return &page{importer: i, next: i.at, b: MirrorBatch{Registrants: map[string]string{}}}
}

// flaw notes one wrong thing of a row.
func (p *page) flaw(r MirrorRow, label string, f MirrorFlaw) {
	p.wrong = append(p.wrong, MirrorIssue{System: r.System, Object: r.Kind, ExternalID: r.ExternalID, MirrorFlaw: f, Label: clip(label, 200), ObjectID: r.ObjectID})
}

// gone marks a row that is no longer sponsored there, once.
func (p *page) gone(r MirrorRow, label string, kind FlawKind) {
	p.flaw(r, label, MirrorFlaw{Kind: kind})
	if r.GoneAt != nil {
		return
	}
	now := p.e.Now()
	r.GoneAt = &now
	p.next.Gone++
	p.b.Rows = append(p.b.Rows, r)
	p.b.Audit = append(p.b.Audit, p.e.audit(p.by, "mirror.gone", string(r.Kind), r.ObjectID, label, nil, map[string]any{"System": r.System, "ExternalID": r.ExternalID, "Why": kind}))
}

// finish settles the worklist of the rows and writes the page.
func (p *page) finish(ctx context.Context, rows []MirrorRow, last bool, phase MirrorPhase) error {
	for _, w := range p.wrong {
		p.flaws[w.Kind]++
	}
	if last {
		p.next.Phase, p.next.After = phase, ""
	} else {
		p.next.After = rows[len(rows)-1].PageKey()
	}
	if !p.next.Dry {
		if err := p.settleIssues(ctx, rows); err != nil {
			return err
		}
	} else {
		p.b = MirrorBatch{}
	}
	var err error
	if p.next.Phase == PhaseEnded {
		err = p.end(ctx, p.next, p.b)
	} else {
		err = p.save(ctx, p.next, p.b)
	}
	if err == nil && !p.next.Dry && len(p.events) > 0 {
		p.e.notice.publish(p.events...)
	}
	return err
}

// settleIssues compares what is wrong with what the worklist says.
func (p *page) settleIssues(ctx context.Context, rows []MirrorRow) error {
	if len(rows) == 0 {
		return nil
	}
	ids := make([]string, len(rows))
	for n, r := range rows {
		ids[n] = r.ExternalID
	}
	known, err := p.e.store.MirrorIssuesOf(ctx, p.at.System, rows[0].Kind, ids)
	if err != nil {
		return fmt.Errorf("reading the worklist: %w", err)
	}
	type key struct {
		id, field string
		kind      FlawKind
	}
	have := make(map[key]MirrorIssue, len(known))
	for _, k := range known {
		have[key{k.ExternalID, k.Field, k.Kind}] = k
	}
	now := p.e.Now()
	for _, w := range p.wrong {
		k := key{w.ExternalID, w.Field, w.Kind}
		old, ok := have[k]
		delete(have, k)
		switch {
		case !ok:
			w.ID, w.State, w.FoundAt = p.e.id(PrefixMirrorIssue), IssueOpen, now
			p.b.NewIssues = append(p.b.NewIssues, w)
		case old.State == IssueOpen && old.Raw == w.Raw && old.Label == w.Label && old.ObjectID == w.ObjectID,
			old.State == IssueIgnored && old.Raw == w.Raw:
		default:
			if old.State != IssueOpen {
				old.FoundAt = now
			}
			old.State, old.Raw, old.Label, old.ObjectID, old.EndedAt, old.EndedBy, old.Reason = IssueOpen, w.Raw, w.Label, w.ObjectID, nil, "", ""
			p.b.Issues = append(p.b.Issues, old)
		}
	}
	dropped := make(map[string]bool, len(p.b.DropRows))
	for _, r := range p.b.DropRows {
		dropped[r.ExternalID] = true
	}
	for _, old := range have {
		if old.State == IssueFixed || dropped[old.ExternalID] {
			continue
		}
		old.State, old.EndedAt, old.EndedBy, old.Reason = IssueFixed, &now, p.by.ID, ""
		p.b.Issues = append(p.b.Issues, old)
	}
	return nil
}

func (i *importer) applyCustomers(ctx context.Context) error {
	rows, err := i.e.store.MirrorRowsAfter(ctx, i.at.System, MirrorCustomers, i.at.After, i.opt.Page)
	if err != nil {
		return fmt.Errorf("listing customers: %w", err)
	}
	p := i.newPage()
	for _, r := range rows {
		if r.SeenRun != i.at.ID {
			if r.ObjectID == "" {
				p.b.DropRows = append(p.b.DropRows, r)
				continue
			}
			f, err := factsOf[customerFacts](r)
			if err != nil {
				return err
			}
			p.gone(r, f.Name, FlawVanished)
			continue
		}
		if err := p.customer(ctx, r); err != nil {
			return err
		}
	}
	return p.finish(ctx, rows, len(rows) < i.opt.Page, PhaseApplyDomains)
}

func factsOf[T any](r MirrorRow) (T, error) {
	var f T
	if err := json.Unmarshal([]byte(r.Facts), &f); err != nil {
		return f, fmt.Errorf("decoding %s %s: %w", r.Kind, r.ExternalID, err)
	}
	return f, nil
}

// customer makes or changes the customer of a row.
func (p *page) customer(ctx context.Context, r MirrorRow) error {
	f, err := factsOf[customerFacts](r)
	if err != nil {
		return err
	}
	now := p.e.Now()
	switch {
	case r.ObjectID == "":
		c := Customer{ID: p.e.id(PrefixCustomer), Name: f.Name, Currency: f.Currency, Language: f.Language, CreatedAt: now}
		r.ObjectID = c.ID
		if f.Known {
			v := ContactVersion{ContactID: p.e.id(PrefixContact), Version: 1, CustomerID: c.ID, ContactData: f.Contact, CreatedAt: now}
			r.Contact = ContactRef{v.ContactID, 1}
			p.b.Contacts = append(p.b.Contacts, v)
		}
		p.b.Customers = append(p.b.Customers, c)
		p.b.Audit = append(p.b.Audit, p.e.audit(p.by, "mirror.create", "customer", c.ID, "", nil, f))
		p.next.Created++
	case r.Applied == r.Digest && r.GoneAt == nil:
		p.next.Unchanged++
	default:
		was, err := p.e.store.Customer(ctx, r.ObjectID)
		if err != nil {
			return fmt.Errorf("reading customer: %w", err)
		}
		next := was
		if next.Name, next.Language = f.Name, f.Language; next != was {
			p.b.Renamed = append(p.b.Renamed, next)
		}
		if f.Known {
			if r.Contact, err = p.version(ctx, r.Contact, next.ID, f.Contact); err != nil {
				return err
			}
		}
		p.b.Audit = append(p.b.Audit, p.e.audit(p.by, "mirror.change", "customer", next.ID, "", was, f))
		p.next.Changed++
	}
	if r.Applied != r.Digest || r.GoneAt != nil {
		r.Applied, r.GoneAt = r.Digest, nil
		p.b.Rows = append(p.b.Rows, r)
	}
	for _, w := range f.Flaws {
		p.flaw(r, f.Name, w)
	}
	return nil
}

// version returns the version of a contact that says data, a new one when the
// latest says something else.
func (p *page) version(ctx context.Context, ref ContactRef, customerID string, data ContactData) (ContactRef, error) {
	v := ContactVersion{ContactID: ref.ContactID, Version: 1, CustomerID: customerID, ContactData: data, CreatedAt: p.e.Now()}
	if ref.ContactID == "" {
		v.ContactID = p.e.id(PrefixContact)
		p.b.Contacts = append(p.b.Contacts, v)
		return ContactRef{v.ContactID, 1}, nil
	}
	last, err := p.e.store.ContactVersion(ctx, ContactRef{ContactID: ref.ContactID})
	if err != nil {
		return ref, fmt.Errorf("reading contact: %w", err)
	}
	if SameContact(last.ContactData, data) {
		return ContactRef{ref.ContactID, last.Version}, nil
	}
	v.CustomerID, v.Version = last.CustomerID, last.Version+1
	p.b.NewVersions = append(p.b.NewVersions, v)
	return ContactRef{v.ContactID, v.Version}, nil
}

// applyDomains works through names in their order, so that all rows of one name
// are seen together.
func (i *importer) applyDomains(ctx context.Context) error {
	rows, err := i.e.store.MirrorRowsAfter(ctx, i.at.System, MirrorDomains, i.at.After, i.opt.Page)
	if err != nil {
		return fmt.Errorf("listing domains: %w", err)
	}
	last := len(rows) < i.opt.Page
	if !last {
		rows = wholeNames(rows)
	}
	p := &domainPage{page: i.newPage()}
	if err := p.look(ctx, rows); err != nil {
		return err
	}
	for from := 0; from < len(rows); {
		to := from + 1
		for to < len(rows) && rows[from].Name != "" && rows[to].Name == rows[from].Name {
			to++
		}
		if err := p.group(ctx, rows[from:to]); err != nil {
			return err
		}
		from = to
	}
	return p.finish(ctx, rows, last, PhaseEnded)
}

// wholeNames cuts a full page before its last name, whose rows may go on. A page
// of one name only stays: its later rows meet the name as taken by the mirror.
func wholeNames(rows []MirrorRow) []MirrorRow {
	lastName := rows[len(rows)-1].Name
	if lastName == "" {
		return rows
	}
	cut := slices.IndexFunc(rows, func(r MirrorRow) bool { return r.Name == lastName })
	if cut == 0 {
		return rows
	}
	return rows[:cut]
}
