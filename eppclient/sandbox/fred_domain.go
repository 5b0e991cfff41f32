package sandbox

import (
	"fmt"
	"slices"
	"time"
)

// fredCreateDomain checks name, existence, term, links, validation and money, in
// this order. A create costs its own price and a renewal for each year.
func fredCreateDomain(w *work, req *request) (reply, error) {
	c := req.body.(*fredDomainCmd)
	tld, bad := w.reg.fredRegistrable(c.name)
	if bad != nil {
		return reply{}, bad
	}
	if found, err := w.exists(`SELECT 1 FROM fred_objects WHERE kind = 'domain' AND id = ?`, c.name); err != nil || found {
		if err == nil {
			err = (&refusal{code: 2302}).at(nsFredDomain, "name", c.name)
		}
		return reply{}, err
	}
	if w.reg.reserved[c.name] {
		return reply{}, refuse(2306, "blacklisted").at(nsFredDomain, "name", c.name)
	}
	years, bad := tld.fredYears(c.period)
	if bad != nil {
		return reply{}, bad
	}
	now, err := w.instant()
	if err != nil {
		return reply{}, err
	}
	data := fredData{Registrant: *c.registrant, Admins: c.add, Expires: addYears(now, years).Format(time.DateOnly)}
	if c.nsset != nil {
		data.Nsset = *c.nsset
	}
	if c.keyset != nil {
		data.Keyset = *c.keyset
	}
	if err := w.fredDomainLinks(c); err != nil {
		return reply{}, err
	}
	if _, err := change(nil, c.add, nil, nsFredDomain, "admin", text); err != nil {
		return reply{}, err
	}
	if err := w.fredValidate(&data, tld, req.ext.enumval); err != nil {
		return reply{}, err
	}
	o, err := w.fredNew("domain", c.name, c.auth, data)
	if err != nil {
		return reply{}, err
	}
	out, err := w.fredCreated(o)
	if err != nil {
		return reply{}, err
	}
	price := tld.Prices[ActionCreate] + tld.Prices[ActionRenew]*int64(years)
	return out, w.fredCharge(tld, "create", o, years, price)
}

func text(s string) string { return s }

// fredYears reads a term: whole years, months in steps of twelve (2004).
func (t *TLD) fredYears(p *period) (int, *refusal) {
	if p == nil {
		return t.MinYears, nil
	}
	years := p.n
	if p.unit == "m" {
		if years%12 != 0 {
			return 0, refuse(2004, "months come in twelves").at(nsFredDomain, "period", fmt.Sprint(p.n))
		}
		years /= 12
	}
	if years < t.MinYears || years > t.MaxYears {
		return 0, refuse(2004, "%d to %d years", t.MinYears, t.MaxYears).at(nsFredDomain, "period", fmt.Sprint(p.n))
	}
	return years, nil
}

// fredDomainLinks asks for everything that a command links to (2303).
func (w *work) fredDomainLinks(c *fredDomainCmd) error {
	for _, l := range []struct {
		element, kind string
		id            *string
	}{{"nsset", "nsset", c.nsset}, {"keyset", "keyset", c.keyset}, {"registrant", "contact", c.registrant}} {
		if l.id != nil && *l.id != "" {
			if err := w.fredExists(nsFredDomain, l.element, l.kind, *l.id); err != nil {
				return err
			}
		}
	}
	return w.fredExists(nsFredDomain, "admin", "contact", c.add...)
}

// fredValidate takes what the enumval extension says: for ENUM domains only (2306), at
// most six months ahead (2004).
func (w *work) fredValidate(d *fredData, tld *TLD, c *enumvalCmd) error {
	if c == nil {
		return nil
	}
	if !tld.enum() {
		return refuse(2306, "the zone has no validation").at(nsEnumval, "valExDate", c.until)
	}
	if c.publish != nil {
		d.Publish = *c.publish
	}
	if c.until == "" {
		return nil
	}
	now, err := w.instant()
	if err != nil {
		return err
	}
	day, _ := splitDate(c.until)
	if day <= now.Format(time.DateOnly) || day > now.AddDate(0, 6, 0).Format(time.DateOnly) {
		return refuse(2004, "between tomorrow and six months ahead").at(nsEnumval, "valExDate", c.until)
	}
	d.Validated, d.ValStage = day, 0
	return nil
}

// fredCharge books a charge and tells when the credit falls below its limit.
func (w *work) fredCharge(tld *TLD, verb string, o *fredObject, years int, amount int64) error {
	before, err := w.balance()
	if err != nil {
		return err
	}
	if err := w.chargeMinor(verb, o.id, o.roid, years, amount); err != nil {
		return err
	}
	limit := w.reg.cfg.LowCreditMinor
	if before < limit || before-amount >= limit {
		return nil
	}
	x := newData("fred", nsFred, "lowCreditData")
	x.el("zone", tld.Name)
	for _, part := range []struct {
		name  string
		minor int64
	}{{"limit", limit}, {"credit", before - amount}} {
		x.start("fred:" + part.name)
		x.el("zone", tld.Name)
		x.el("credit", fredAmount(part.minor))
		x.end("fred:" + part.name)
	}
	return w.fredTell(w.clientID, "Credit is low.", nsFred, x)
}

func fredAmount(minor int64) string { return fmt.Sprintf("%d.%02d", minor/100, minor%100) }

func fredUpdateDomain(w *work, req *request) (reply, error) {
	c := req.body.(*fredDomainCmd)
	o, err := w.fredOwn("domain", c.name)
	if err != nil {
		return reply{}, err
	}
	if err := w.fredDomainLinks(c); err != nil {
		return reply{}, err
	}
	if len(c.temporary) > 0 {
		return reply{}, refuse(2306, "no such temporary contact").at(nsFredDomain, "tempcontact", c.temporary[0])
	}
	if o.data.Admins, err = change(o.data.Admins, c.add, c.rem, nsFredDomain, "admin", text); err != nil {
		return reply{}, err
	}
	for _, l := range []struct{ field, v *string }{{&o.data.Nsset, c.nsset}, {&o.data.Keyset, c.keyset}, {&o.data.Registrant, c.registrant}} {
		if l.v != nil {
			*l.field = *l.v
		}
	}
	tld, bad := w.reg.fredRegistrable(c.name)
	if bad != nil {
		return reply{}, bad
	}
	if err := w.fredValidate(&o.data, tld, req.ext.enumval); err != nil {
		return reply{}, err
	}
	if c.auth != nil {
		if err := o.fredSetAuth(w, *c.auth); err != nil {
			return reply{}, err
		}
	}
	return w.fredChanged(o)
}

// fredRenew extends a domain; curExpDate is its date (2004), the new one at most
// MaxYears ahead (2105).
func fredRenew(w *work, req *request) (reply, error) {
	c := req.body.(*fredDomainCmd)
	o, err := w.fredOwn("domain", c.name)
	if err != nil {
		return reply{}, err
	}
	tld, bad := w.reg.fredRegistrable(c.name)
	if bad != nil {
		return reply{}, bad
	}
	if day, _ := splitDate(c.expires); day != o.data.Expires {
		return reply{}, refuse(2004, "not the current expiry date").at(nsFredDomain, "curExpDate", c.expires)
	}
	years, bad := tld.fredYears(c.period)
	if bad != nil {
		return reply{}, bad
	}
	now, err := w.instant()
	if err != nil {
		return reply{}, err
	}
	ends, err := time.Parse(time.DateOnly, o.data.Expires)
	if err != nil {
		return reply{}, err
	}
	if ends = addYears(ends, years); ends.After(addYears(now, tld.MaxYears)) {
		return reply{}, refuse(2105, "at most %d years ahead", tld.MaxYears).at(nsFredDomain, "period", fmt.Sprint(years))
	}
	o.data.Expires, o.data.Stage = ends.Format(time.DateOnly), fredGood
	if err := w.fredValidate(&o.data, tld, req.ext.enumval); err != nil {
		return reply{}, err
	}
	if _, err := w.fredChanged(o); err != nil {
		return reply{}, err
	}
	x := newData("domain", nsFredDomain, "renData")
	x.el("name", o.id)
	x.el("exDate", o.data.Expires)
	return x.reply(1000), w.fredCharge(tld, "renew", o, years, tld.Prices[ActionRenew]*int64(years))
}

// fredState is a domain as the control port shows it.
func (w *work) fredState(name string) (DomainState, error) {
	o, err := w.fredFind("domain", fold(name))
	if err != nil {
		return DomainState{}, err
	}
	if o == nil {
		return DomainState{}, fmt.Errorf("domain %q: %w", name, ErrNotFound)
	}
	out := DomainState{
		Name: o.id, ROID: o.roid, Sponsor: o.sponsor, Registrant: o.data.Registrant, Contacts: map[string][]string{"admin": o.data.Admins},
		Statuses: o.statuses(false), CrDate: o.crDate, ExDate: o.data.Expires, UpDate: o.upDate,
	}
	if o.data.Nsset != "" {
		set, err := w.fredFind("nsset", o.data.Nsset)
		if err != nil {
			return DomainState{}, err
		}
		for _, s := range set.data.Servers {
			out.Hosts = append(out.Hosts, s.Name)
		}
		out.Contacts["tech"] = slices.Clone(set.data.Techs)
	}
	return out, nil
}
