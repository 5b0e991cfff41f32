package sandbox

import (
	"database/sql"
	"errors"
	"fmt"
	"time"
)

const nsRGP = "urn:ietf:params:xml:ns:rgp-1.0"

// never is the purge date of a name whose restore is under way.
const never = "9999-12-31T00:00:00.000Z"

// restoreCmd is rgp:restore.
type restoreCmd struct {
	report           bool
	deleted, restore time.Time
}

func decodeRGP(s *strict, req *request, n *node) {
	if n.name != "update" || req.object != "domain" || req.verb != "update" {
		s.misplaced(n)
		return
	}
	q := s.open(n)
	restore := q.need("restore")
	op := s.enum(restore, "op", "", "request", "report")
	inner := s.open(restore, "op")
	c := &restoreCmd{report: op == "report"}
	report := inner.maybe("report")
	inner.done()
	q.done()
	switch {
	case s.err != nil:
		return
	case c.report && report == nil:
		s.failAt(2003, restore, "element report is missing")
	case !c.report && report != nil:
		s.failAt(2306, report, "a request has no report")
	case c.report:
		s.restoreReport(c, report)
	}
	req.ext.restore = c
}

func (s *strict) restoreReport(c *restoreCmd, n *node) {
	q := s.open(n)
	s.anything(q.need("preData"))
	s.anything(q.need("postData"))
	c.deleted = s.instant(q.need("delTime"))
	c.restore = s.instant(q.need("resTime"))
	s.anything(q.need("resReason"), "lang")
	statements := q.list("statement", 1, 2)
	for _, st := range statements {
		s.anything(st, "lang")
	}
	if other := q.maybe("other"); other != nil {
		s.attributes(other, nil)
	}
	q.done()
	if s.err == nil && len(statements) != 2 {
		s.failAt(2306, n, "two statements are wanted")
	}
}

// anything reads mixed content, which must not be empty.
func (s *strict) anything(n *node, attrs ...string) {
	if n == nil || s.err != nil {
		return
	}
	s.attributes(n, attrs)
	if isBlank(n.text) && len(n.children) == 0 {
		s.failAt(2003, n, "says nothing")
	}
}

// instant reads an xs:dateTime with a zone.
func (s *strict) instant(n *node) time.Time {
	v := s.token(n, 1, -1)
	if n == nil || s.err != nil {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, v)
	if err != nil {
		s.failAt(2005, n, "not a dateTime with a zone")
	}
	return t.UTC()
}

// rgpRow is a deleted domain on its way out.
type rgpRow struct {
	deleted, until, purge, requested, due string
}

func (w *work) findRGP(domain string) (*rgpRow, error) {
	r := &rgpRow{}
	err := w.tx.QueryRowContext(w.ctx, `SELECT deleted_at, redemption_until, purge_at, requested_at, report_due
		FROM domain_rgp WHERE domain = ?`, domain).Scan(&r.deleted, &r.until, &r.purge, &r.requested, &r.due)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return r, err
}

// status is where in the redemption cycle the name is.
func (r *rgpRow) status(now string) string {
	switch {
	case r.requested != "":
		return "pendingRestore"
	case now < r.until:
		return "redemptionPeriod"
	}
	return "pendingDelete"
}

// startDelete makes a domain pendingDelete until its purge date, in the first part
// of which it can be restored. What was charged within a grace period goes back.
func (w *work) startDelete(d *domainRow) error {
	now, err := w.instant()
	if err != nil {
		return err
	}
	if err := w.refundGrace(d); err != nil {
		return err
	}
	purge := formatTime(now.Add(w.reg.cfg.PendingDelete))
	w.reg.dueAt(now.Add(w.reg.cfg.PendingDelete))
	if err := w.exec(`INSERT INTO domain_rgp (domain, deleted_at, redemption_until, purge_at) VALUES (?, ?, ?, ?)`,
		d.name, w.now, formatTime(now.Add(w.reg.cfg.Redemption)), purge); err != nil {
		return err
	}
	return w.exec(`UPDATE domains SET purge_at = ?, up_id = ?, up_date = ? WHERE name = ?`, purge, w.clientID, w.now, d.name)
}

// restoreDomain is RFC 3915 §4.2.5: the request is paid and starts the time for
// the report, the report ends it.
func (w *work) restoreDomain(req *request) (reply, error) {
	c := req.body.(*domainUpdate)
	d, err := w.mustFindDomain(c.name)
	switch {
	case err != nil:
		return reply{}, err
	case d.sponsor != w.clientID:
		return reply{}, refuse(2201, "sponsored by another client").at(nsDomain, "name", c.name)
	case !c.add.isEmpty() || !c.rem.isEmpty() || c.registrant != nil || c.auth != nil || req.ext.secDNS != nil || req.ext.ua != nil:
		return reply{}, refuse(2306, "a restore changes nothing else").at(nsRGP, "restore", "")
	}
	r, err := w.findRGP(d.name)
	if err != nil {
		return reply{}, err
	}
	wanted := "redemptionPeriod"
	if req.ext.restore.report && w.reg.ua() {
		return reply{}, refuse(2102, "a restore has no report here").at(nsRGP, "report", "")
	}
	if req.ext.restore.report {
		wanted = "pendingRestore"
	}
	if r == nil || r.status(w.now) != wanted {
		return reply{}, refuse(2304, "not %s", wanted).at(nsDomain, "name", c.name)
	}
	if req.ext.restore.report {
		return reply{code: 1000}, w.reportRestore(d, r, req.ext.restore)
	}
	return w.requestRestore(d, r, req)
}

func (w *work) requestRestore(d *domainRow, r *rgpRow, req *request) (reply, error) {
	tld := w.reg.tlds[d.tld]
	if tld == nil {
		return reply{}, refuse(2306, "zone no longer served").at(nsDomain, "name", d.name)
	}
	price := w.reg.priceOf(tld, d.name, ActionRestore, 0)
	if err := w.checkFee(req, tld, d.name, ActionRestore, 0); err != nil {
		return reply{}, err
	}
	if err := w.chargeMinor("restore", d.name, d.roid, 0, price); err != nil {
		return reply{}, err
	}
	now, err := w.instant()
	if err != nil {
		return reply{}, err
	}
	if w.reg.ua() {
		return reply{code: 1000}, w.uaRestored(d, now)
	}
	due := now.Add(w.reg.cfg.RestoreReport)
	w.reg.dueAt(due)
	if err := w.exec(`UPDATE domain_rgp SET requested_at = ?, report_due = ? WHERE domain = ?`, w.now, formatTime(due), d.name); err != nil {
		return reply{}, err
	}
	if err := w.exec(`UPDATE domains SET purge_at = ? WHERE name = ?`, never, d.name); err != nil {
		return reply{}, err
	}
	if err := w.tellReportDue(d, due); err != nil {
		return reply{}, err
	}
	r.requested = w.now
	out := reply{code: 1000, extensions: []string{rgpData("upData", r.status(w.now))}}
	err = w.addFeeData(&out, tld, ActionRestore, price)
	return out, err
}

// reportRestore ends the restore. The times must be those of the registry, to the
// minute: a report is a statement of facts. A name that expired meanwhile is
// renewed, as the registry would have done.
func (w *work) reportRestore(d *domainRow, r *rgpRow, c *restoreCmd) error {
	for _, t := range []struct {
		element, stored string
		given           time.Time
	}{{"delTime", r.deleted, c.deleted}, {"resTime", r.requested, c.restore}} {
		stored, err := parseStored(t.stored)
		if err != nil {
			return err
		}
		if t.given.Sub(stored).Abs() > time.Minute {
			return refuse(2004, "not when it happened").at(nsRGP, t.element, t.given.Format(time.RFC3339))
		}
	}
	if err := w.exec(`DELETE FROM domain_rgp WHERE domain = ?`, d.name); err != nil {
		return err
	}
	if err := w.exec(`UPDATE domains SET purge_at = NULL, up_id = ?, up_date = ? WHERE name = ?`, w.clientID, w.now, d.name); err != nil {
		return err
	}
	return w.renewUntilLater(d)
}

// renewUntilLater adds and charges years until the expiry lies ahead.
func (w *work) renewUntilLater(d *domainRow) error {
	expires, err := parseStored(d.exDate)
	if err != nil {
		return err
	}
	now, err := w.instant()
	if err != nil {
		return err
	}
	tld := w.reg.tlds[d.tld]
	years := 0
	for !expires.After(now) {
		expires = addYears(expires, 1)
		years++
	}
	if tld != nil && tld.AutoRenew {
		w.reg.dueAt(expires)
	}
	if years == 0 || tld == nil {
		return nil
	}
	if err := w.chargeMinor("renew", d.name, d.roid, years, w.reg.priceOf(tld, d.name, ActionRenew, years)); err != nil {
		return err
	}
	return w.exec(`UPDATE domains SET ex_date = ? WHERE name = ?`, formatTime(expires), d.name)
}

func nextReportDue(w *work) (string, error) {
	return earliest(w, `SELECT report_due FROM domain_rgp WHERE requested_at <> '' ORDER BY report_due LIMIT 1`)
}

// dropUnreported puts names back into redemption, or on the way to the purge, for
// which no report came (RFC 3915 §2). The restore fee is not returned.
func (w *work) dropUnreported() error {
	if err := w.exec(`UPDATE domains SET purge_at = (SELECT purge_at FROM domain_rgp WHERE domain = name) WHERE name IN
		(SELECT domain FROM domain_rgp WHERE requested_at <> '' AND report_due <= ?)`, w.now); err != nil {
		return err
	}
	return w.exec(`UPDATE domain_rgp SET requested_at = '', report_due = '' WHERE requested_at <> '' AND report_due <= ?`, w.now)
}

// rgpData writes rgp:infData or rgp:upData.
func rgpData(local string, statuses ...string) string {
	x := newData("rgp", nsRGP, local)
	for _, st := range statuses {
		x.empty("rgp:rgpStatus", "s", st)
	}
	return x.reply(0).resData
}

// rgpInfo is rgp:infData of a domain, "" when no period runs.
func (w *work) rgpInfo(d *domainRow) (string, error) {
	if d.purgeAt.Valid {
		r, err := w.findRGP(d.name)
		if err != nil || r == nil { // deleted by a program that knew no redemption
			return "", err
		}
		return rgpData("infData", r.status(w.now)), nil
	}
	kinds, err := w.texts(`SELECT DISTINCT kind FROM grace WHERE domain = ? AND until > ? ORDER BY kind`, d.name, w.now)
	if err != nil || len(kinds) == 0 {
		return "", err
	}
	return rgpData("infData", kinds...), nil
}

// grace opens a grace period in which a deletion returns the charge.
func (w *work) grace(domain, kind string, d time.Duration, account string, years int, amount int64) error {
	if w.reg.ua() {
		return nil // its documents know no such period
	}
	now, err := w.instant()
	if err != nil {
		return err
	}
	return w.exec(`INSERT INTO grace (domain, kind, until, account, years, amount_minor) VALUES (?, ?, ?, ?, ?, ?)`,
		domain, kind, formatTime(now.Add(d)), account, years, amount)
}

// refundGrace returns to the sponsor what was charged in the grace periods that
// still run, and takes the years back with it.
func (w *work) refundGrace(d *domainRow) error {
	type period struct {
		years  int
		amount int64
	}
	var list []period
	err := w.each(`SELECT years, amount_minor FROM grace WHERE domain = ? AND until > ? AND account = ? AND kind <> 'addPeriod'`,
		func(rows *sql.Rows) error {
			var p period
			err := rows.Scan(&p.years, &p.amount)
			list = append(list, p)
			return err
		}, d.name, w.now, d.sponsor)
	if err != nil {
		return err
	}
	expires, err := parseStored(d.exDate)
	if err != nil {
		return err
	}
	for _, p := range list {
		expires = addYears(expires, -p.years)
		if p.amount == 0 {
			continue
		}
		if err := w.book(entry{account: d.sponsor, verb: "refund", domain: d.name, roid: d.roid, years: p.years, amount: p.amount}); err != nil {
			return err
		}
	}
	if err := w.exec(`UPDATE domains SET ex_date = ? WHERE name = ?`, formatTime(expires), d.name); err != nil {
		return err
	}
	return w.exec(`DELETE FROM grace WHERE domain = ?`, d.name)
}

// nextExpiry is the earliest expiry in the zones that renew by themselves.
func nextExpiry(w *work) (string, error) {
	next := ""
	for name, tld := range w.reg.tlds {
		if !tld.AutoRenew {
			continue
		}
		at, err := earliest(w, `SELECT ex_date FROM domains WHERE tld = ? AND purge_at IS NULL ORDER BY ex_date LIMIT 1`, name)
		if err != nil {
			return "", err
		}
		if at != "" && (next == "" || at < next) {
			next = at
		}
	}
	return next, nil
}

// autoRenew renews what expires in those zones. A sponsor who cannot pay loses the
// name to redemption; both are told by poll.
func (w *work) autoRenew() error {
	for name, tld := range w.reg.tlds {
		if !tld.AutoRenew {
			continue
		}
		for {
			due, err := w.texts(`SELECT name FROM domains WHERE tld = ? AND purge_at IS NULL AND ex_date <= ? ORDER BY ex_date LIMIT 100`, name, w.now)
			if err != nil {
				return err
			}
			for _, domain := range due {
				if err := w.autoRenewOne(tld, domain); err != nil {
					return fmt.Errorf("%s: %w", domain, err)
				}
			}
			if len(due) == 0 {
				break
			}
		}
	}
	return nil
}

func (w *work) autoRenewOne(tld *TLD, name string) error {
	d, err := w.findDomain(name)
	if err != nil {
		return err
	}
	expires, err := parseStored(d.exDate)
	if err != nil {
		return err
	}
	before, price, change := w.stateOf(d), w.reg.priceOf(tld, name, ActionRenew, 1), Change{Operation: "autoRenew", Who: "registry"}
	if price > 0 {
		err = w.book(entry{account: d.sponsor, verb: "renew", domain: name, roid: d.roid, years: 1, amount: -price})
	}
	switch {
	case isRefusal(err, 2104):
		change.Operation, change.Reason = "autoDelete", "The balance is too low."
		err = w.startDelete(d)
	case err == nil:
		if err = w.exec(`UPDATE domains SET ex_date = ? WHERE name = ?`, formatTime(addYears(expires, 1)), name); err == nil {
			err = w.grace(name, "autoRenewPeriod", w.reg.cfg.AutoGrace, d.sponsor, 1, price)
		}
	}
	if err != nil {
		return err
	}
	return w.tellChange(d, change, before)
}
