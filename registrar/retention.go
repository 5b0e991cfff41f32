package registrar

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Retention says how long what must go is kept. The zero value of a duration is
// the default in its comment.
type Retention struct {
	Operational        time.Duration // audit payloads of sign-ins, EPP transcripts, mails that belong to no account; 180 days
	Registration       time.Duration // registration data, counted from the end of the name or the account; 730 days
	Money              time.Duration // audit payloads of money; 3650 days
	AfterAccreditation time.Duration // correspondence, counted from AccreditationEnded; 730 days
	AccreditationEnded time.Time     // zero = the accreditation lasts, correspondence stays
	Brake              int           // of one rule never more at once without a person looking at it; 50,000
}

func (r Retention) orDefault() Retention {
	days := func(d *time.Duration, n int) {
		if *d <= 0 {
			*d = time.Duration(n) * 24 * time.Hour
		}
	}
	days(&r.Operational, 180)
	days(&r.Registration, 730)
	days(&r.Money, 3650)
	days(&r.AfterAccreditation, 730)
	if r.Brake <= 0 {
		r.Brake = 50000
	}
	return r
}

// MayBeGone reports whether the payload of an event of a class may have been
// purged by now: one that is missing earlier was taken by somebody else.
func (r Retention) MayBeGone(class RetentionClass, at, now time.Time) bool {
	r = r.orDefault()
	switch age := now.Sub(at); class {
	case RetainOperational:
		return age > r.Operational
	case RetainTransaction:
		return age > r.Money
	case RetainRegistration:
		return age > r.Registration
	}
	return r.correspondenceOver(now)
}

// correspondenceOver is false while the accreditation lasts, and after it for as
// long as correspondence has to be kept.
func (r Retention) correspondenceOver(now time.Time) bool {
	return !r.AccreditationEnded.IsZero() && now.Sub(r.AccreditationEnded) >= r.AfterAccreditation
}

// registryLag is added to the end of a name: between its deletion here and the
// end of the sponsorship lie redemption and pendingDelete (35 days), and a poll.
const registryLag = 60 * 24 * time.Hour

// RetentionRule names one kind of thing that the purge looks at.
type RetentionRule string

// Rules, in the order in which a run takes them.
const (
	PurgeOperational    RetentionRule = "audit/operational"
	PurgeTransaction    RetentionRule = "audit/transaction"
	PurgeRegistration   RetentionRule = "audit/registration"
	PurgeCorrespondence RetentionRule = "audit/correspondence"
	PurgeTranscripts    RetentionRule = "transcripts"
	PurgeMails          RetentionRule = "mails"
	PurgeContacts       RetentionRule = "contacts"
	PurgeNotices        RetentionRule = "notices"
)

// RetentionRules lists all rules in the order of a run.
var RetentionRules = []RetentionRule{PurgeOperational, PurgeTransaction, PurgeRegistration, PurgeCorrespondence, PurgeTranscripts, PurgeMails, PurgeContacts, PurgeNotices}

// Aged is one thing that is old enough to be looked at.
type Aged struct {
	ID         string // of the row
	Version    int    // of a contact version
	Key        string // continues the list behind it
	ObjectKind string // what it is about, as in AuditEvent
	ObjectID   string
	Superseded *time.Time // contact versions: when the next one came; nil for the latest
	Passed     bool       // too young, or empty already: only looked past, for the list goes by id
}

// RetentionReader finds what has aged and who still needs it.
type RetentionReader interface {
	// AgedRows lists the rows of a rule that are older than before, behind the key
	// of Page.After: oldest first, or by id with those that are Passed among them.
	AgedRows(ctx context.Context, rule RetentionRule, before time.Time, page Page) ([]Aged, error)
	// CountAged counts up to limit rows of a rule, whatever their age.
	CountAged(ctx context.Context, rule RetentionRule, limit int) (int, error)
	// OwnerOf tells whose affair an object is: its customer, and the name or contact
	// that keeps it alive. All are "" for objects without personal data.
	OwnerOf(ctx context.Context, kind, id string) (Owned, error)
	// NameNeeded reports whether a name is live, ended after since, or locked by staff.
	NameNeeded(ctx context.Context, domainID string, since time.Time) (bool, error)
	// ContactNeeded reports the same of any name that has or had the contact.
	ContactNeeded(ctx context.Context, contactID string, since time.Time) (bool, error)
	RetentionMark(ctx context.Context, rule RetentionRule) (afterKey string, err error)
	// LegalHold returns KindNotFound when there is none.
	LegalHold(ctx context.Context, customerID string) (LegalHold, error)
	// LegalHolds lists holds by customer id.
	LegalHolds(ctx context.Context, page Page) ([]LegalHold, error)
}

// RetentionWriter purges.
type RetentionWriter interface {
	// PurgeAged removes or empties the rows of a rule and returns how many.
	PurgeAged(ctx context.Context, rule RetentionRule, rows []Aged) (int, error)
	PutRetentionMark(ctx context.Context, rule RetentionRule, afterKey string, at time.Time) error
	PutLegalHold(ctx context.Context, h LegalHold) error
	// LiftLegalHold reports false when there is none.
	LiftLegalHold(ctx context.Context, customerID string) (bool, error)
}

// Owned says whose affair an object is.
type Owned struct {
	CustomerID string
	DomainID   string
	ContactID  string
}

// RetentionCount is what a run found, or would find, under one rule.
type RetentionCount struct {
	Rule   RetentionRule
	Looked int            // rows old enough to be looked at
	Purged int            // removed or emptied; in a dry run: would be
	Kept   map[string]int // why a row stays → how many
	Whole  bool           // the list was looked at to its end
}

const (
	retentionPage  = 500
	retentionPages = 20 // of one rule in one run: what is left is looked at by the next
)

// agedBefore is the age from which a rule looks at rows; ok is false when it has
// nothing to do.
func (e *Engine) agedBefore(rule RetentionRule, now time.Time) (before time.Time, ok bool) {
	r := e.opt.Retention
	switch rule {
	case PurgeOperational, PurgeTranscripts, PurgeMails:
		return now.Add(-r.Operational), true
	case PurgeTransaction:
		return now.Add(-r.Money), true
	case PurgeRegistration, PurgeContacts:
		return now.Add(-r.Registration), true
	}
	return now, r.correspondenceOver(now)
}

// PurgeRetention removes what its retention class no longer keeps: personal
// payloads of audit events (their salted digests stay, so the chain still
// verifies), transcripts, mails, data of contacts and texts of notices. It works
// in batches, each with its evidence in one transaction, and goes on where the run
// before stopped. What a live name, open money or a legal hold needs stays.
func (e *Engine) PurgeRetention(ctx context.Context) error {
	now := e.Now()
	stop, err := e.retentionBrake(ctx, now)
	if err != nil || stop {
		return err
	}
	for _, rule := range RetentionRules {
		after, err := e.store.RetentionMark(ctx, rule)
		if err != nil {
			return fmt.Errorf("reading how far %s came: %w", rule, err)
		}
		if _, err := e.purgeRule(ctx, rule, now, after, retentionPages, false); err != nil {
			return fmt.Errorf("purging %s: %w", rule, err)
		}
	}
	return nil
}

// RetentionPlan tells what would be purged now, looking at no more than pages of
// 500 rows per rule, from the oldest on; it changes nothing.
func (e *Engine) RetentionPlan(ctx context.Context, pages int) ([]RetentionCount, error) {
	out := make([]RetentionCount, 0, len(RetentionRules))
	for _, rule := range RetentionRules {
		c, err := e.purgeRule(ctx, rule, e.Now(), "", pages, true)
		if err != nil {
			return nil, fmt.Errorf("looking at %s: %w", rule, err)
		}
		out = append(out, c)
	}
	return out, nil
}

// purgeRule looks at pages of a rule behind a key and purges, or counts in a dry run.
func (e *Engine) purgeRule(ctx context.Context, rule RetentionRule, now time.Time, after string, pages int, dry bool) (RetentionCount, error) {
	total := RetentionCount{Rule: rule, Kept: map[string]int{}}
	before, ok := e.agedBefore(rule, now)
	if !ok {
		total.Whole = true
		return total, nil
	}
	for range pages {
		rows, err := e.store.AgedRows(ctx, rule, before, Page{After: after, Limit: retentionPage})
		if err != nil {
			return total, err
		}
		if n := len(rows); rule == PurgeMails && n > 0 && rows[n-1].Passed {
			rows = slices.DeleteFunc(rows, func(r Aged) bool { return r.Passed }) // the rest of the list is younger still
		}
		gone, err := e.purgeable(ctx, rule, rows, now, total.Kept)
		if err != nil {
			return total, err
		}
		total.Looked += len(rows)
		total.Whole = len(rows) < retentionPage
		if after = ""; !total.Whole {
			after = rows[len(rows)-1].Key
		}
		n := len(gone)
		if !dry {
			if n, err = e.purgeBatch(ctx, rule, before, gone, after); err != nil {
				return total, err
			}
		}
		total.Purged += n
		if total.Whole || ctx.Err() != nil {
			return total, ctx.Err()
		}
	}
	return total, nil
}

// purgeBatch removes rows, remembers how far it came and leaves the evidence, in
// one transaction.
func (e *Engine) purgeBatch(ctx context.Context, rule RetentionRule, before time.Time, rows []Aged, after string) (n int, err error) {
	err = e.store.InTx(ctx, func(tx Tx) error {
		n = 0
		if len(rows) > 0 {
			if n, err = tx.PurgeAged(ctx, rule, rows); err != nil {
				return err
			}
		}
		if n > 0 {
			what := map[string]any{"rows": n, "older_than": before}
			if err := tx.InsertAudit(ctx, e.audit(System("purge-retention"), "retention.purge", "retention", string(rule), "", nil, what)); err != nil {
				return err
			}
		}
		return tx.PutRetentionMark(ctx, rule, after, e.Now())
	})
	return n, err
}

// purgeable picks the rows that nothing needs any more and counts why others stay.
func (e *Engine) purgeable(ctx context.Context, rule RetentionRule, rows []Aged, now time.Time, kept map[string]int) ([]Aged, error) {
	held, err := e.store.LegalHolds(ctx, Page{Limit: 1})
	if err != nil {
		return nil, err
	}
	type answer struct {
		why string
		err error
	}
	known := map[string]answer{}
	var out []Aged
	for _, row := range rows {
		if row.Passed {
			continue
		}
		key := row.ObjectKind + " " + row.ObjectID
		a, asked := known[key]
		if !asked {
			a.why, a.err = e.needed(ctx, rule, row, now, len(held) > 0)
			known[key] = a
		}
		if a.err != nil {
			return nil, a.err
		}
		if a.why == "" && rule == PurgeContacts {
			a.why, err = e.versionNeeded(ctx, row, now)
			if err != nil {
				return nil, err
			}
		}
		if a.why != "" {
			kept[a.why]++
			continue
		}
		out = append(out, row)
	}
	return out, nil
}

// Why a row stays.
const (
	keptHold    = "legal hold"
	keptName    = "a name is live or ended lately"
	keptAccount = "the account is open or was closed lately"
	keptMoney   = "money is open"
	keptPlain   = "about no customer"
)

// ageOnly reports whether rows of a rule go by their age, unless a hold keeps them.
func ageOnly(rule RetentionRule) bool {
	return slices.Contains([]RetentionRule{PurgeOperational, PurgeTranscripts, PurgeCorrespondence, PurgeNotices}, rule)
}

// needed says why a row about an object must stay, "" when it may go.
func (e *Engine) needed(ctx context.Context, rule RetentionRule, row Aged, now time.Time, holds bool) (string, error) {
	if ageOnly(rule) && !holds {
		return "", nil // nothing else could keep it
	}
	own, err := e.store.OwnerOf(ctx, row.ObjectKind, row.ObjectID)
	if err != nil {
		return "", err
	}
	if holds && own.CustomerID != "" {
		_, err := e.store.LegalHold(ctx, own.CustomerID)
		if err == nil || !IsNotFound(err) {
			return keptHold, err
		}
	}
	since := now.Add(-e.opt.Retention.Registration)
	switch rule {
	case PurgeTransaction:
		return e.moneyNeeds(ctx, own.CustomerID)
	case PurgeRegistration:
		return e.registrationNeeds(ctx, own, since)
	case PurgeContacts:
		return whyIf(keptName)(e.store.ContactNeeded(ctx, own.ContactID, since.Add(-registryLag)))
	case PurgeMails:
		if own.CustomerID == "" {
			return "", nil
		}
		return e.accountNeeds(ctx, own.CustomerID, since)
	}
	return "", nil
}

func whyIf(why string) func(bool, error) (string, error) {
	return func(needed bool, err error) (string, error) {
		if err != nil || !needed {
			return "", err
		}
		return why, nil
	}
}

func (e *Engine) registrationNeeds(ctx context.Context, own Owned, since time.Time) (string, error) {
	switch {
	case own.DomainID != "":
		return whyIf(keptName)(e.store.NameNeeded(ctx, own.DomainID, since.Add(-registryLag)))
	case own.ContactID != "":
		return whyIf(keptName)(e.store.ContactNeeded(ctx, own.ContactID, since.Add(-registryLag)))
	case own.CustomerID != "":
		return e.accountNeeds(ctx, own.CustomerID, since)
	}
	return keptPlain, nil
}

func (e *Engine) accountNeeds(ctx context.Context, customerID string, since time.Time) (string, error) {
	cus, err := e.store.Customer(ctx, customerID)
	if IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if cus.ClosedAt == nil || cus.ClosedAt.After(since) {
		return keptAccount, nil
	}
	return "", nil
}

// moneyNeeds keeps what explains a payment or an adjustment that is not settled.
func (e *Engine) moneyNeeds(ctx context.Context, customerID string) (string, error) {
	if customerID == "" {
		return "", nil
	}
	for _, state := range []PaymentState{PaymentStarted, PaymentNeedsReview} {
		open, err := e.store.Payments(ctx, PaymentFilter{CustomerID: customerID, State: state}, Page{Limit: 1})
		if err != nil || len(open) > 0 {
			return keptMoney, err
		}
	}
	open, err := e.store.Adjustments(ctx, AdjustmentFilter{CustomerID: customerID, State: AdjustmentPending}, Page{Limit: 1})
	if err != nil || len(open) > 0 {
		return keptMoney, err
	}
	return "", nil
}

// versionNeeded keeps what an open account shows: the latest version of a
// contact, and older ones for as long as registration data is kept.
func (e *Engine) versionNeeded(ctx context.Context, row Aged, now time.Time) (string, error) {
	since := now.Add(-e.opt.Retention.Registration)
	if row.Superseded != nil && row.Superseded.Before(since) {
		return "", nil
	}
	own, err := e.store.OwnerOf(ctx, "contact", row.ID)
	if err != nil {
		return "", err
	}
	return e.accountNeeds(ctx, own.CustomerID, since)
}
