package registrar

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/language"
)

// customerFacts is a cleaned customer, as kept in MirrorRow.Facts.
type customerFacts struct {
	Name      string
	Contact   ContactData
	Known     bool // there is a contact
	Currency  string
	Language  string
	CreatedAt *time.Time
	Flaws     []MirrorFlaw
}

// domainFacts is a cleaned domain.
type domainFacts struct {
	Name        Name
	Raw         string // as it stands there, for people
	Standing    MirrorStanding
	Owner       string
	Registrant  ContactData
	Known       bool // there is a registrant
	NameServers []string
	Locked      bool
	CreatedAt   *time.Time
	ExpiresAt   *time.Time
	Flaws       []MirrorFlaw
}

func (i *importer) readCustomers(ctx context.Context) error {
	list, err := fetch(ctx, func(ctx context.Context) ([]MirrorCustomer, error) {
		return i.system.Customers(ctx, i.at.After, i.opt.Page)
	})
	if err != nil {
		return err
	}
	rows := make([]MirrorRow, 0, len(list))
	for _, c := range list {
		row, err := i.row(MirrorCustomers, c.ExternalID, i.cleanCustomer(c))
		if err != nil {
			return err
		}
		row.Name, row.Standing = c.ExternalID, StandingSponsored
		rows = append(rows, row)
	}
	next := i.at
	next.CustomersRead += len(rows)
	if len(rows) < i.opt.Page {
		next.Phase, next.After = PhaseReadDomains, ""
	} else if next.After, err = i.moved(rows); err != nil {
		return err
	}
	b, err := i.compare(ctx, MirrorCustomers, rows)
	if err != nil {
		return err
	}
	return i.save(ctx, next, b)
}

func (i *importer) readDomains(ctx context.Context) error {
	list, err := fetch(ctx, func(ctx context.Context) ([]MirrorDomain, error) {
		return i.system.Domains(ctx, i.at.After, i.opt.Page)
	})
	if err != nil {
		return err
	}
	rows := make([]MirrorRow, 0, len(list))
	for _, d := range list {
		f := i.cleanDomain(d)
		row, err := i.row(MirrorDomains, d.ExternalID, f)
		if err != nil {
			return err
		}
		row.Name, row.Standing, row.Owner = f.Name.A, f.Standing, f.Owner
		rows = append(rows, row)
	}
	next := i.at
	next.DomainsRead += len(rows)
	last := len(rows) < i.opt.Page
	if !last {
		if next.After, err = i.moved(rows); err != nil {
			return err
		}
	}
	b, err := i.compare(ctx, MirrorDomains, rows)
	if err != nil {
		return err
	}
	if last {
		// The place stays, so that a stop here reads this page again and no other.
		if err := i.save(ctx, i.at, b); err != nil {
			return err
		}
		return i.allRead(ctx, next)
	}
	return i.save(ctx, next, b)
}

// fetch bounds one page of the billing system.
func fetch[T any](ctx context.Context, fn func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, mirrorWithin)
	defer cancel()
	return fn(ctx)
}

// moved returns the key behind a full page and refuses a system that stands
// still: the run would never end.
func (i *importer) moved(rows []MirrorRow) (string, error) {
	last := rows[len(rows)-1].ExternalID
	if last == i.at.After {
		return "", fmt.Errorf("the billing system gives the same page again after %q", last)
	}
	return last, nil
}

func (i *importer) row(kind MirrorKind, id string, facts any) (MirrorRow, error) {
	if id == "" || len(id) > 64 || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' || r == '@' }) {
		return MirrorRow{}, fmt.Errorf("the billing system gives a %s the unusable key %q", kind, clip(id, 80))
	}
	text, err := json.Marshal(facts)
	if err != nil {
		return MirrorRow{}, fmt.Errorf("encoding a row: %w", err)
	}
	sum := sha256.Sum256(text)
	return MirrorRow{System: i.at.System, Kind: kind, ExternalID: id, Digest: hex.EncodeToString(sum[:]), Facts: string(text),
		SeenRun: i.at.ID, CreatedAt: i.e.Now()}, nil
}

// compare sorts a page by what has to be written for it.
func (i *importer) compare(ctx context.Context, kind MirrorKind, rows []MirrorRow) (MirrorBatch, error) {
	var b MirrorBatch
	ids := make([]string, len(rows))
	for n, r := range rows {
		ids[n] = r.ExternalID
	}
	known, err := i.e.store.MirrorRows(ctx, i.at.System, kind, ids)
	if err != nil {
		return b, fmt.Errorf("reading what is known: %w", err)
	}
	have := make(map[string]MirrorRow, len(known))
	for _, r := range known {
		have[r.ExternalID] = r
	}
	for _, r := range rows {
		old, ok := have[r.ExternalID]
		switch {
		case !ok:
			b.NewRows = append(b.NewRows, r)
		case old.Digest == r.Digest:
			old.SeenRun = i.at.ID
			b.Seen = append(b.Seen, old)
		default:
			if kind == MirrorDomains && old.Name != r.Name && old.ObjectID != "" {
				// Another name in the same row: the old one is gone there.
				gone := old
				gone.ExternalID = old.ExternalID + "@" + i.at.ID
				b.NewRows = append(b.NewRows, gone)
				old.ObjectID, old.Applied, old.Contact, old.GoneAt = "", "", ContactRef{}, nil
			}
			old.Name, old.Standing, old.Owner, old.Digest, old.Facts, old.SeenRun = r.Name, r.Standing, r.Owner, r.Digest, r.Facts, i.at.ID
			b.Rows = append(b.Rows, old)
		}
	}
	return b, nil
}

func (i *importer) cleanCustomer(c MirrorCustomer) customerFacts {
	k := cleaner{flaws: boundFlaws(c.Flaws)}
	out := customerFacts{CreatedAt: utc(c.CreatedAt), Currency: strings.ToUpper(tidy(c.Currency)), Language: "en"}
	out.Contact, out.Known = k.contact(c.Contact)
	if out.Name = out.Contact.Organization; out.Name == "" {
		out.Name = out.Contact.Name
	}
	if out.Name == "" {
		out.Name = SystemTitle(i.at.System) + " customer " + c.ExternalID
	}
	if !ValidCurrency(out.Currency) {
		k.flaw(FlawBadCurrency, "currency", c.Currency)
		out.Currency = i.e.opt.Currency
	}
	if tag, err := language.Parse(strings.ReplaceAll(c.Language, "_", "-")); err == nil {
		if base, sure := tag.Base(); sure == language.Exact {
			out.Language = base.String()
		}
	}
	out.Flaws = k.flaws
	return out
}

func (i *importer) cleanDomain(d MirrorDomain) domainFacts {
	k := cleaner{flaws: boundFlaws(d.Flaws)}
	out := domainFacts{Raw: printable(d.Name), Standing: d.Standing, Locked: d.Locked, Owner: d.CustomerID, CreatedAt: utc(d.CreatedAt), ExpiresAt: utc(d.ExpiresAt)}
	var ok bool
	if out.Name, ok = k.name(d.Name, i.cat); !ok {
		out.Standing = StandingUnread
	}
	if d.Standing == StandingSponsored {
		out.Registrant, out.Known = k.contact(d.Registrant)
		out.NameServers = k.hosts(d.NameServers)
		if out.ExpiresAt == nil {
			k.flaw(FlawNoExpiry, "expires_at", "")
		}
	}
	if len(out.Owner) > 64 || !isPlain(out.Owner) {
		out.Owner = ""
	}
	out.Flaws = k.flaws
	return out
}

func isPlain(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

func boundFlaws(in []MirrorFlaw) []MirrorFlaw {
	out := make([]MirrorFlaw, 0, len(in))
	for _, f := range in {
		f.Raw = printable(f.Raw)
		out = append(out, f)
	}
	return out
}

// utc is a time as every store keeps it.
func utc(t *time.Time) *time.Time {
	if t == nil || t.IsZero() {
		return nil
	}
	u := t.UTC().Truncate(time.Microsecond)
	return &u
}
