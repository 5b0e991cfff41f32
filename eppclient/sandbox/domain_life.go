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
	d, err := w.ownDomain(c.name, "Renew")
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
	now, err := w.instant()
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
	price := w.reg.priceOf(tld, c.name, ActionRenew, years)
	if err := w.checkFee(req, tld, c.name, ActionRenew, years); err != nil {
		return reply{}, err
	}
	if err := w.chargeMinor("renew", c.name, d.roid, years, price); err != nil {
		return reply{}, err
	}
	if err := w.grace(c.name, "renewPeriod", w.reg.cfg.Grace, w.clientID, years, price); err != nil {
		return reply{}, err
	}
	x := newData("domain", nsDomain, "renData")
	x.el("name", c.name)
	x.el("exDate", formatTime(expires))
	out := x.reply(1000)
	err = w.addFeeData(&out, tld, ActionRenew, price)
	return out, err
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
	d, err := w.ownDomain(name, "Delete")
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
	now, err := w.instant()
	if err != nil {
		return reply{}, err
	}
	before, err := w.balance()
	if err != nil {
		return reply{}, err
	}
	out := reply{code: 1001}
	if now.Before(created.Add(w.reg.cfg.AddGrace)) {
		out.code = 1000
		if err = w.refund(d); err == nil {
			err = w.purgeDomain(name)
		}
	} else {
		err = w.startDelete(d)
	}
	if err != nil {
		return reply{}, err
	}
	err = w.addRefund(&out, d.tld, before)
	return out, err
}

// refund returns everything charged to the sponsor for this registration (not for
// an earlier one of the same name: the ROID tells them apart).
func (w *work) refund(d *domainRow) error {
	var amount sql.NullInt64
	var years sql.NullInt64
	err := w.tx.QueryRowContext(w.ctx, `SELECT -SUM(amount_minor), SUM(years) FROM ledger WHERE domain_roid = ? AND account = ?`,
		d.roid, d.sponsor).Scan(&amount, &years)
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
	for _, table := range []string{"statuses", "transfers", "pending"} {
		if err := w.exec(`DELETE FROM `+table+` WHERE object = 'domain' AND name = ?`, name); err != nil {
			return err
		}
	}
	return w.exec(`DELETE FROM domains WHERE name = ?`, name)
}
