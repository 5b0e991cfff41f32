package sandbox

import (
	"database/sql"
	"slices"
	"strings"
)

// updateDomain is RFC 5731 §3.2.5: everything or nothing. Adding what is there
// and removing what is not are 2306, so that a client notices its stale view.
func updateDomain(w *work, req *request) (reply, error) {
	c := req.body.(*domainUpdate)
	if req.ext.restore != nil {
		return w.restoreDomain(req)
	}
	d, err := w.ownDomain(c.name, "")
	if err != nil {
		return reply{}, err
	}
	if by := prohibition(d.statuses, "Update"); by != "" && !(by == "clientUpdateProhibited" && onlyLiftsUpdateLock(c) && req.ext.secDNS == nil && req.ext.ua == nil) {
		return reply{}, refuse(2304, "%s", by).at(nsDomain, "name", c.name)
	}
	steps := []func(*domainRow, *domainUpdate) error{
		w.updateDelegation, w.updateDomainContacts, w.updateDomainStatuses, w.updateDomainAuth,
	}
	for _, step := range steps {
		if err := step(d, c); err != nil {
			return reply{}, err
		}
	}
	if err := w.updateLicence(d, req.ext.ua); err != nil {
		return reply{}, err
	}
	if req.ext.secDNS != nil {
		tld := w.reg.tlds[d.tld]
		if tld == nil {
			return reply{}, refuse(2306, "zone no longer served").at(nsDomain, "name", d.name)
		}
		if err := w.applySecDNS(tld, d.name, req.ext.secDNS); err != nil {
			return reply{}, err
		}
	}
	if err := w.syncDomain(d, req); err != nil {
		return reply{}, err
	}
	err = w.exec(`UPDATE domains SET up_id = ?, up_date = ? WHERE name = ?`, w.clientID, w.now, c.name)
	return reply{code: 1000}, err
}

// onlyLiftsUpdateLock: the one update that clientUpdateProhibited lets through
// removes that status and does nothing else (RFC 5731 §2.3).
func onlyLiftsUpdateLock(c *domainUpdate) bool {
	return c.add.isEmpty() && c.registrant == nil && c.auth == nil &&
		len(c.rem.hosts)+len(c.rem.attrs)+len(c.rem.contacts) == 0 && isOnlyUpdateLock(c.rem.statuses)
}

func isOnlyUpdateLock(removed []status) bool {
	return len(removed) == 1 && removed[0].value == "clientUpdateProhibited"
}

func (w *work) updateDelegation(d *domainRow, c *domainUpdate) error {
	if len(c.add.hosts)+len(c.add.attrs)+len(c.rem.hosts)+len(c.rem.attrs) == 0 {
		return nil
	}
	tld := w.reg.tlds[d.tld]
	if tld == nil {
		return refuse(2306, "zone no longer served").at(nsDomain, "name", d.name)
	}
	if err := tld.nameServerForm(c.add, c.rem); err != nil {
		return err
	}
	if tld.HostAttributes {
		return w.setAttrs(d.name, d.attrs, c.add.attrs, c.rem.attrs)
	}
	result, err := change(d.hosts, c.add.hosts, c.rem.hosts, nsDomain, "hostObj", func(h string) string { return h })
	if err != nil {
		return err
	}
	if err := w.checkNameServers(c.add.hosts, result); err != nil {
		return err
	}
	for _, h := range c.rem.hosts {
		if err := w.exec(`DELETE FROM domain_hosts WHERE domain = ? AND host = ?`, d.name, h); err != nil {
			return err
		}
	}
	for _, h := range c.add.hosts {
		if err := w.exec(`INSERT INTO domain_hosts (domain, host) VALUES (?, ?)`, d.name, h); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) updateDomainContacts(d *domainRow, c *domainUpdate) error {
	result, err := change(d.contacts, c.add.contacts, c.rem.contacts, nsDomain, "contact",
		func(k domainContact) string { return k.id })
	if err != nil {
		return err
	}
	registrant := d.registrant.String
	if c.registrant != nil {
		registrant = *c.registrant
	}
	if c.registrant != nil || len(c.add.contacts)+len(c.rem.contacts) > 0 {
		tld := w.reg.tlds[d.tld]
		if tld == nil {
			return refuse(2306, "zone no longer served").at(nsDomain, "name", d.name)
		}
		if err := w.checkDomainContacts(tld, registrant, result); err != nil {
			return err
		}
	}
	for _, k := range c.rem.contacts {
		if err := w.exec(`DELETE FROM domain_contacts WHERE domain = ? AND type = ? AND contact = ?`,
			d.name, k.kind, k.id); err != nil {
			return err
		}
	}
	for _, k := range c.add.contacts {
		if err := w.exec(`INSERT INTO domain_contacts (domain, type, contact) VALUES (?, ?, ?)`,
			d.name, k.kind, k.id); err != nil {
			return err
		}
	}
	return w.exec(`UPDATE domains SET registrant = ? WHERE name = ?`,
		sql.NullString{String: registrant, Valid: registrant != ""}, d.name)
}

func (w *work) updateDomainStatuses(d *domainRow, c *domainUpdate) error {
	return w.updateStatuses("domain", nsDomain, d.name, d.statuses, c.add.statuses, c.rem.statuses)
}

func (w *work) updateDomainAuth(d *domainRow, c *domainUpdate) error {
	if c.auth == nil {
		return nil
	}
	if err := checkNewAuth(*c.auth, nsDomain); err != nil {
		return err
	}
	// <null/> and an empty <pw/> both leave it unset: pw is "" then.
	return w.exec(`UPDATE domains SET auth_info = ? WHERE name = ?`, c.auth.pw, d.name)
}

// updateStatuses adds and removes statuses of any object. Only client* ones
// are the client's to touch (2306).
func (w *work) updateStatuses(object, ns, name string, have, add, rem []status) error {
	for _, st := range slices.Concat(add, rem) {
		if !strings.HasPrefix(st.value, "client") {
			return refuse(2306, "%s is set by the server only", st.value).at(ns, "status", "")
		}
	}
	byValue := func(list []status) []string {
		var out []string
		for _, st := range list {
			out = append(out, st.value)
		}
		return out
	}
	text := func(v string) string { return v }
	if _, err := change(byValue(have), byValue(add), byValue(rem), ns, "status", text); err != nil {
		return err
	}
	for _, st := range rem {
		if err := w.exec(`DELETE FROM statuses WHERE object = ? AND name = ? AND status = ?`,
			object, name, st.value); err != nil {
			return err
		}
	}
	for _, st := range add {
		if err := w.exec(`INSERT INTO statuses (object, name, status, lang, note) VALUES (?, ?, ?, ?, ?)`,
			object, name, st.value, st.lang, st.note); err != nil {
			return err
		}
	}
	return nil
}

// change applies rem and add to a set and returns the result. Removing what is
// not there, adding what is, and naming anything twice are 2306.
func change[T comparable](have, add, rem []T, ns, element string, text func(T) string) ([]T, error) {
	out := slices.Clone(have)
	for i, v := range rem {
		at := slices.Index(out, v)
		if at < 0 || slices.Contains(add, v) || slices.Contains(rem[:i], v) {
			return nil, refuse(2306, "cannot be removed: not there, or named twice").at(ns, element, text(v))
		}
		out = slices.Delete(out, at, at+1)
	}
	for _, v := range add {
		if slices.Contains(out, v) {
			return nil, refuse(2306, "cannot be added: already there").at(ns, element, text(v))
		}
		out = append(out, v)
	}
	return out, nil
}
