package sandbox

import (
	"database/sql"
	"errors"
	"fmt"
)

// renewDomain is RFC 5731 §3.2.3. curExpDate guards against renewing twice: it
// must be the UTC day of the current expiry, anything else is 2004. A term
// that would end later than the TLD's maximum from now is 2105.
func renewDomain(w *work, req *request) (reply, error) {
	c := req.body.(*domainRenew)
	d, err := w.ownDomain(c.name, "clientRenewProhibited")
	if err != nil {
		return reply{}, err
	}
	date, zone := splitDate(c.curExpDate)
	day, _ := splitDate(d.exDate)
	if date != day || (zone != "" && zone != "Z" && zone != "+00:00" && zone != "-00:00") {
		return reply{}, refuse(2004, "not the current expiry date").at(nsDomain, "curExpDate", c.curExpDate)
	}
	tld := w.reg.tlds[d.tld]
	if tld == nil {
		return reply{}, refuse(2306, "zone no longer served").at(nsDomain, "name", c.name)
	}
	years, err := renewYears(tld, c.period)
	if err != nil {
		return reply{}, err
	}
	expires, err := parseStored(d.exDate)
	if err != nil {
		return reply{}, err
	}
	now, err := parseStored(w.now)
	if err != nil {
		return reply{}, err
	}
	expires = addYears(expires, years)
	if expires.After(addYears(now, tld.MaxYears)) {
		return reply{}, refuse(2105, "at most %d years ahead", tld.MaxYears).at(nsDomain, "period", fmt.Sprint(years))
	}
	if err := w.exec(`UPDATE domains SET ex_date = ?, up_id = ?, up_date = ? WHERE name = ?`,
		formatTime(expires), w.clientID, w.now, c.name); err != nil {
		return reply{}, err
	}
	if err := w.charge("renew", c.name, d.roid, years, tld.Prices[ActionRenew]); err != nil {
		return reply{}, err
	}
	x := newData("domain", nsDomain, "renData")
	x.el("name", c.name)
	x.el("exDate", formatTime(expires))
	return x.reply(1000), nil
}

// renewYears: a renewal is one year unless the client says otherwise; MinYears
// is a rule for the first term only.
func renewYears(tld *TLD, p *period) (int, error) {
	if p == nil {
		return 1, nil
	}
	return tld.years(p)
}

// deleteDomain is RFC 5731 §3.2.2. Within the add grace period the name is
// gone at once and every charge for it is refunded (1000); later it stays
// pendingDelete until the purge date (1001).
func deleteDomain(w *work, req *request) (reply, error) {
	name := req.keys[0]
	d, err := w.ownDomain(name, "clientDeleteProhibited")
	if err != nil {
		return reply{}, err
	}
	if len(d.subordinate) > 0 {
		return reply{}, refuse(2305, "subordinate hosts exist").at(nsDomain, "host", d.subordinate[0])
	}
	created, err := parseStored(d.crDate)
	if err != nil {
		return reply{}, err
	}
	now, err := parseStored(w.now)
	if err != nil {
		return reply{}, err
	}
	if now.Before(created.Add(w.reg.cfg.AddGrace)) {
		if err := w.refund(d); err != nil {
			return reply{}, err
		}
		return reply{code: 1000}, w.purgeDomain(name)
	}
	purge := now.Add(w.reg.cfg.PendingDelete)
	// Lowering the mark before the commit is safe: at worst one look finds nothing.
	if next := purge.UnixMilli(); next < w.reg.nextPurge.Load() {
		w.reg.nextPurge.Store(next)
	}
	err = w.exec(`UPDATE domains SET purge_at = ?, up_id = ?, up_date = ? WHERE name = ?`,
		formatTime(purge), w.clientID, w.now, name)
	return reply{code: 1001}, err
}

// refund returns everything charged for this registration (not for an earlier
// one of the same name: the ROID tells them apart).
func (w *work) refund(d *domainRow) error {
	var amount sql.NullInt64
	var years sql.NullInt64
	err := w.tx.QueryRowContext(w.ctx, `SELECT -SUM(amount_minor), SUM(years) FROM ledger WHERE domain_roid = ?`,
		d.roid).Scan(&amount, &years)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if amount.Int64 == 0 {
		return nil
	}
	return w.book(entry{account: d.sponsor, verb: "refund", domain: d.name, roid: d.roid,
		years: int(years.Int64), amount: amount.Int64})
}

// purgeDomain removes the name and its links; hosts and contacts stay.
func (w *work) purgeDomain(name string) error {
	if err := w.exec(`DELETE FROM statuses WHERE object = 'domain' AND name = ?`, name); err != nil {
		return err
	}
	return w.exec(`DELETE FROM domains WHERE name = ?`, name)
}
