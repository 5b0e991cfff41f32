package sandbox

import (
	"crypto/subtle"
	"database/sql"
	"slices"
)

// createDomain is RFC 5731 §3.2.1. The order of checks is: name, existence,
// period, hosts and contacts, authInfo, money.
func createDomain(w *work, req *request) (reply, error) {
	c := req.body.(*domainCreate)
	tld, years, err := w.mayCreate(c)
	if err != nil {
		return reply{}, err
	}
	if err := w.checkLanguage(req, tld, c.name); err != nil {
		return reply{}, err
	}
	if err := w.mayAllocate(req, tld, c.name); err != nil {
		return reply{}, err
	}
	if err := w.mayLaunch(req, tld, c.name); err != nil {
		return reply{}, err
	}
	if err := tld.nameServerForm(domainChange{hosts: c.hosts, attrs: c.attrs}); err != nil {
		return reply{}, err
	}
	if err := w.checkNameServers(c.hosts, c.hosts); err != nil {
		return reply{}, err
	}
	if err := w.checkDomainContacts(tld, c.registrant, c.contacts); err != nil {
		return reply{}, err
	}
	if err := w.uaCreate(req, tld, c); err != nil {
		return reply{}, err
	}
	if err := checkNewAuth(c.auth, nsDomain); err != nil {
		return reply{}, err
	}
	roid, err := w.newROID("D")
	if err != nil {
		return reply{}, err
	}
	created, err := parseStored(w.now)
	if err != nil {
		return reply{}, err
	}
	expires := formatTime(addYears(created, years))
	if tld.AutoRenew {
		w.reg.dueAt(addYears(created, years))
	}
	w.reg.lapsesAt(addYears(created, years))
	if err := w.insertDomain(c, tld, roid, expires); err != nil {
		return reply{}, err
	}
	if err := w.saveLicence(c.name, req.ext.ua); err != nil {
		return reply{}, err
	}
	price := w.reg.priceOf(tld, c.name, ActionCreate, years)
	if err := w.checkFee(req, tld, c.name, ActionCreate, years); err != nil {
		return reply{}, err
	}
	if err := w.chargeMinor("create", c.name, roid, years, price); err != nil {
		return reply{}, err
	}
	if err := w.grace(c.name, "addPeriod", w.reg.cfg.AddGrace, w.clientID, years, price); err != nil {
		return reply{}, err
	}
	if err := w.applySecDNS(tld, c.name, req.ext.secDNS); err != nil {
		return reply{}, err
	}
	if err := w.applyIDN(req, tld, c.name); err != nil {
		return reply{}, err
	}
	x := newData("domain", nsDomain, "creData")
	x.el("name", c.name)
	x.el("crDate", w.now)
	x.el("exDate", expires)
	out := x.reply(1000)
	if err := w.addFeeData(&out, tld, ActionCreate, price); err != nil {
		return reply{}, err
	}
	err = w.openApplication(&out, req, c.name)
	return out, err
}

func (w *work) mayCreate(c *domainCreate) (*TLD, int, error) {
	tld, bad := w.reg.registrable(c.name)
	if bad != nil {
		return nil, 0, bad
	}
	taken, err := w.exists(`SELECT 1 FROM domains WHERE name = ?`, c.name)
	switch {
	case err != nil:
		return nil, 0, err
	case taken:
		return nil, 0, (&refusal{code: 2302}).at(nsDomain, "name", c.name)
	case w.reg.premium[c.name]:
		return nil, 0, refuse(2306, "premium name, not for sale").at(nsDomain, "name", c.name)
	}
	years, err := tld.years(c.period)
	if err == nil && years < tld.MinYears {
		err = refuse(2004, "at least %d years", tld.MinYears).at(nsDomain, "period", "")
	}
	return tld, years, err
}

func (w *work) insertDomain(c *domainCreate, tld *TLD, roid, expires string) error {
	registrant := sql.NullString{String: c.registrant, Valid: c.registrant != ""}
	if err := w.exec(`INSERT INTO domains (name, roid, tld, sponsor, registrant, auth_info, cr_id, cr_date, ex_date)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, c.name, roid, tld.Name, w.clientID, registrant, c.auth.pw,
		w.clientID, w.now, expires); err != nil {
		return err
	}
	for _, h := range c.hosts {
		if err := w.exec(`INSERT INTO domain_hosts (domain, host) VALUES (?, ?)`, c.name, h); err != nil {
			return err
		}
	}
	if err := w.setAttrs(c.name, nil, c.attrs, nil); err != nil {
		return err
	}
	for _, k := range c.contacts {
		if err := w.exec(`INSERT INTO domain_contacts (domain, type, contact) VALUES (?, ?, ?)`,
			c.name, k.kind, k.id); err != nil {
			return err
		}
	}
	return nil
}

// checkNameServers looks at the hosts a command adds (each must exist, 2303,
// and be named once, 2306) and at the delegation that results (13 at most, 2306).
func (w *work) checkNameServers(added, result []string) error {
	for i, h := range added {
		if slices.Contains(added[:i], h) {
			return refuse(2306, "host named twice").at(nsDomain, "hostObj", h)
		}
		found, err := w.exists(`SELECT 1 FROM hosts WHERE name = ?`, h)
		if err != nil {
			return err
		}
		if !found {
			return refuse(2303, "no such host object").at(nsDomain, "hostObj", h)
		}
	}
	if len(result) > maxNameServers {
		return refuse(2306, "at most %d name servers", maxNameServers).at(nsDomain, "ns", "")
	}
	return nil
}

// checkDomainContacts judges the whole set of contacts a domain would have:
// the TLD's policy (2306, or 2003 for an absent one), each named once (2306)
// and existing (2303).
func (w *work) checkDomainContacts(tld *TLD, registrant string, contacts []domainContact) error {
	if tld.Contacts == ContactsProhibited && (registrant != "" || len(contacts) > 0) {
		return refuse(2306, "the zone takes no contacts").at(nsDomain, "contact", "")
	}
	if tld.Contacts == ContactsRequired {
		if registrant == "" {
			return refuse(2003, "the zone requires a registrant").at(nsDomain, "registrant", "")
		}
		for _, kind := range []string{"admin", "tech"} {
			if !slices.ContainsFunc(contacts, func(c domainContact) bool { return c.kind == kind }) {
				return refuse(2003, "the zone requires contact type %s", kind).at(nsDomain, "contact", "")
			}
		}
	}
	if registrant != "" {
		if err := w.contactExists(registrant, "registrant"); err != nil {
			return err
		}
	}
	if err := w.uaContacts(registrant, contacts); err != nil {
		return err
	}
	for i, c := range contacts {
		if c.kind == "" {
			return refuse(2003, "attribute type is missing").at(nsDomain, "contact", c.id)
		}
		if slices.Contains(contacts[:i], c) {
			return refuse(2306, "contact named twice").at(nsDomain, "contact", c.id)
		}
		if err := w.contactExists(c.id, "contact"); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) contactExists(id, element string) error {
	found, err := w.exists(`SELECT 1 FROM contacts WHERE id = ?`, id)
	if err == nil && !found {
		err = refuse(2303, "no such contact object").at(nsDomain, element, id)
	}
	return err
}

// The length of a password an object may carry; ” leaves it unset (RFC 9154 §4).
const minAuthInfo, maxAuthInfo = 6, 64

// checkNewAuth judges an authInfo to be stored: too weak is 2202 (RFC 9154
// §5.2); a roid would point to another object, which create and update do not
// allow here (2306).
func checkNewAuth(a authInfo, ns string) error {
	if a.roid != "" {
		return refuse(2306, "a new authInfo has no roid").at(ns, "authInfo", "")
	}
	if a.pw != "" && !hasLength(a.pw, minAuthInfo, maxAuthInfo) {
		return refuse(2202, "want %d to %d characters", minAuthInfo, maxAuthInfo).at(ns, "authInfo", "")
	}
	return nil
}

// sameSecret compares in constant time; an unset secret equals nothing.
func sameSecret(stored, given string) bool {
	return stored != "" && subtle.ConstantTimeCompare([]byte(stored), []byte(given)) == 1
}
