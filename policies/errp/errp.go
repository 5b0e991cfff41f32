// Package errp keeps the notice duties of ICANN's Expired Registration Recovery
// Policy: two notices to the registrant before a name expires and one after it,
// each once per name and expiry cycle, inside its window, with evidence.
//
// The duty covers every generic name that this engine sponsors, names that the
// customer means to renew automatically included: the policy has no exception
// for them. Names whose owner system is another one are that system's business,
// and country-code endings (ISO 3166, two letters) are outside the policy.
//
// What it does not do: interrupt the DNS of expired names (ERRP 2.2), restore
// them (3), or publish fees and methods on the web site (4).
package errp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/indera/indera/registrar"
)

// Options of the policy.
type Options struct {
	Engine   *registrar.Engine
	Logger   *slog.Logger // nil: silent
	Brake    registrar.BrakeLimit
	Exempt   []string // endings outside the policy beside the two-letter ones, as A-labels
	Language string   // of the registration agreement (ERRP 2.1.3), BCP 47; "" = en
}

// Policy plans and writes the notices. Any number may run at once.
type Policy struct {
	engine   *registrar.Engine
	log      *slog.Logger
	brake    registrar.BrakeLimit
	exempt   map[string]bool
	language string
}

var _ registrar.Policy = (*Policy)(nil)

// New returns the policy and makes the engine follow it.
func New(o Options) (*Policy, error) {
	if o.Engine == nil {
		return nil, errors.New("errp needs an engine")
	}
	p := &Policy{engine: o.Engine, log: o.Logger, brake: o.Brake, exempt: make(map[string]bool), language: o.Language}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	if p.language == "" {
		p.language = "en"
	}
	for _, ending := range o.Exempt {
		p.exempt[strings.ToLower(strings.TrimPrefix(ending, "."))] = true
	}
	o.Engine.Follow(p)
	return p, nil
}

// Name implements registrar.Policy.
func (p *Policy) Name() string { return Name }

// covers says whether the policy asks anything of a name.
func (p *Policy) covers(d registrar.Domain) bool {
	top := d.TLD[strings.LastIndexByte(d.TLD, '.')+1:]
	return d.OwnerSystem == registrar.OwnerEngine && len(top) != 2 && !p.exempt[d.TLD] && !p.exempt[top]
}

// dutyFor returns what a stage asks of a name that expires at expires; ok is
// false when the name came to us after the window had closed.
func dutyFor(d registrar.Domain, expires time.Time, s stage) (duty registrar.Duty, ok bool) {
	closes := expires.Add(s.closes)
	duty = registrar.Duty{
		Policy: Name, Stage: s.name, Cycle: cycleOf(expires), SubjectKind: "domain", SubjectID: d.ID, SubjectName: d.Name, CustomerID: d.CustomerID,
		Why: s.clause, OpensAt: expires.Add(s.opens), DueAt: expires.Add(s.due), ClosesAt: closes, UsefulUntil: expires.Add(s.useful),
	}
	if s.name == StageExpired {
		// ERRP 1.1: the registrant at expiration, whoever the name is moved to.
		duty.ContactID = d.Registrant.ContactID
	}
	return duty, !d.OrderedAt.After(closes)
}

// run is one pass over the duties, with the prices of its start.
type run struct {
	*Policy
	catalogue *registrar.Catalogue
}

var _ registrar.Letterer = run{}

// Letter implements registrar.Letterer.
func (p run) Letter(ctx context.Context, r registrar.Reader, duty registrar.Duty) (registrar.Letter, error) {
	s, ok := stageNamed(duty.Stage)
	if !ok {
		return registrar.Letter{}, fmt.Errorf("duty %s has the unknown stage %q", duty.ID, duty.Stage)
	}
	d, err := r.Domain(ctx, duty.SubjectID)
	if err != nil {
		return registrar.Letter{}, err
	}
	expires := duty.DueAt.Add(-s.due)
	if over := p.over(d, duty, expires); over != nil {
		return registrar.Letter{}, over
	}
	holder, err := holderOf(ctx, r, d, duty)
	if err != nil {
		return registrar.Letter{}, err
	}
	price, err := p.renewalPrice(ctx, r, d)
	if err != nil {
		return registrar.Letter{}, err
	}
	return registrar.Letter{Template: s.template, Language: p.language, To: holder.Email, ToName: holder.Name, Data: map[string]any{
		"Holder": holder.Name, "Domain": d.UName, "Name": d.Name, "ExpiresAt": &expires, "Price": price,
	}}, nil
}

// over says why a duty asks for nothing any more; nil when it still does.
func (p *Policy) over(d registrar.Domain, duty registrar.Duty, expires time.Time) *registrar.DutyOver {
	switch {
	case d.State != registrar.DomainActive:
		return &registrar.DutyOver{Why: "The name is no longer registered through us.", At: d.ChangedAt}
	case !p.covers(d):
		return &registrar.DutyOver{Why: "The name belongs to another system or ending: not our duty."}
	case d.HasStatus("pendingDelete", "redemptionPeriod") != "":
		return &registrar.DutyOver{Why: "The name is being deleted.", At: d.ChangedAt}
	case d.ExpiresAt == nil || cycleOf(*d.ExpiresAt) == duty.Cycle:
		return nil
	case d.ExpiresAt.Before(expires):
		return &registrar.DutyOver{Why: "The registry tells an earlier expiry date."}
	case duty.Stage == StageExpired && !p.engine.Now().Before(expires):
		// The registry has moved the date on by itself. Had the registrant renewed,
		// ExpiryMoved would have ended the duty with the order.
		return nil
	}
	return &registrar.DutyOver{Why: "The name has been renewed.", At: d.ChangedAt}
}

// holderOf returns whom the notice is owed: the registrant, after expiry the one
// at expiration, by the newest data of that contact. The account holder does not
// do instead (ERRP 2.1).
func holderOf(ctx context.Context, r registrar.Reader, d registrar.Domain, duty registrar.Duty) (registrar.ContactVersion, error) {
	ref := d.Registrant
	if duty.ContactID != "" {
		ref = registrar.ContactRef{ContactID: duty.ContactID}
	}
	noAddress := registrar.Errorf(registrar.KindInvalid, "no_address", "There is no e-mail address of the registrant.")
	if ref.ContactID == "" {
		return registrar.ContactVersion{}, noAddress
	}
	holder, err := r.ContactVersion(ctx, ref)
	if registrar.IsNotFound(err) || err == nil && holder.Email == "" {
		return registrar.ContactVersion{}, noAddress
	}
	return holder, err
}

// renewalPrice returns what one more year costs the customer, "" when it is not
// sold.
func (p run) renewalPrice(ctx context.Context, r registrar.Reader, d registrar.Domain) (string, error) {
	customer, err := r.Customer(ctx, d.CustomerID)
	if err != nil {
		return "", fmt.Errorf("reading the customer: %w", err)
	}
	price, ok := p.catalogue.Price(d.TLD, registrar.ActionRenew, 1, customer.Currency, p.engine.Now())
	if !ok {
		return "", nil
	}
	return price.Sale.String(), nil
}

// ExpiryMoved implements registrar.Policy. It records windows that closed unseen
// while no job ran, and ends the cycle when the name was renewed. A date that the
// registry moved on its own after expiry is no renewal by the registrant: the
// notice after expiry stays owed.
func (p *Policy) ExpiryMoved(ctx context.Context, tx registrar.Tx, was, is registrar.Domain, renewed bool) error {
	if was.State != registrar.DomainActive || was.ExpiresAt == nil || !p.covers(was) {
		return nil
	}
	if is.ExpiresAt != nil && cycleOf(*was.ExpiresAt) == cycleOf(*is.ExpiresAt) {
		return nil
	}
	now, expires := p.engine.Now(), *was.ExpiresAt
	byItself := !renewed && !now.Before(expires)
	var missed []registrar.Duty
	for _, s := range stages {
		closed := now.After(expires.Add(s.closes))
		owed := byItself && s.name == StageExpired
		if duty, ok := dutyFor(was, expires, s); ok && (closed || owed) {
			missed = append(missed, duty)
		}
	}
	if _, err := p.engine.PlanDutiesIn(ctx, tx, missed); err != nil {
		return err
	}
	if byItself {
		return nil
	}
	return p.engine.EndDuties(ctx, tx, Name, was.ID, registrar.DutyOver{Why: "The name has been renewed.", At: &now})
}
