package sandbox

import (
	"regexp"
	"strconv"
	"time"
)

func decodePremium(s *strict, req *request, n *node) {
	switch {
	case n.name == "check" && req.object == "domain" && req.verb == "check":
		q := s.open(n)
		req.ext.verisign.premium = s.flag(q.need("flag"))
		q.done()
	case n.name == "reassign" && req.object == "domain" && req.verb == "update":
		s.failAt(2102, n, "premium names are not reassigned")
	default:
		s.misplaced(n)
	}
}

// premiumData tells which names are premium and what they cost. The schema knows
// prices in dollars only.
func (w *work) premiumData(req *request) string {
	x := newData("premiumdomain", nsPremium, "chkData")
	for _, name := range req.keys {
		tld, bad := w.reg.registrable(name)
		premium := bad == nil && w.reg.tierOf(tld, name) != nil
		x.start("premiumdomain:cd")
		x.el("name", name, "premium", strconv.FormatBool(premium))
		if premium && tld.Currency == "USD" {
			x.el("price", decimalOf(w.reg.priceOf(tld, name, ActionCreate, 1), "USD"), "unit", "USD")
			x.el("renewalPrice", decimalOf(w.reg.priceOf(tld, name, ActionRenew, 1), "USD"), "unit", "USD")
		}
		x.end("premiumdomain:cd")
	}
	return x.reply(0).resData
}

// monthDay is a day of each year.
type monthDay struct {
	month time.Month
	day   int
}

// xs:gMonthDay without a zone, or in UTC.
var monthDayPattern = regexp.MustCompile(`^--(\d\d)-(\d\d)(Z|[+-]00:00)?$`)

func decodeSync(s *strict, req *request, n *node) {
	if n.name != "update" || req.object != "domain" || req.verb != "update" {
		s.misplaced(n)
		return
	}
	q := s.open(n)
	at := q.need("expMonthDay")
	v := s.pattern(at, -1, monthDayPattern)
	q.done()
	if s.err != nil {
		return
	}
	t, err := time.Parse("--01-02 2006", v[:7]+" 2024") // a leap year has all days
	if err != nil {
		s.failAt(2005, at, "no day of the calendar")
	}
	req.ext.verisign.sync = &monthDay{t.Month(), t.Day()}
}

// syncDomain moves the expiry to the end of the next such day, within a year, and
// charges the days at the price of a renewal. The years of the zone limit it as
// they limit a renewal (2105).
func (w *work) syncDomain(d *domainRow, req *request) error {
	c, want := req.body.(*domainUpdate), req.ext.verisign.sync
	if want == nil {
		return nil
	}
	tld := w.reg.tlds[d.tld]
	switch {
	case tld == nil:
		return refuse(2306, "zone no longer served").at(nsDomain, "name", d.name)
	case !c.add.isEmpty() || !c.rem.isEmpty() || c.registrant != nil || c.auth != nil || req.ext.secDNS != nil:
		return refuse(2306, "a synchronisation changes nothing else").at(nsSync, "update", "")
	}
	if by := prohibition(d.statuses, "Renew"); by != "" {
		return refuse(2304, "%s", by).at(nsDomain, "name", d.name)
	}
	expires, err := parseStored(d.exDate)
	if err != nil {
		return err
	}
	now, err := w.instant()
	if err != nil {
		return err
	}
	until, ok := want.after(expires)
	switch {
	case !ok:
		return refuse(2306, "no such day within a year").at(nsSync, "expMonthDay", "")
	case until.After(addYears(now, tld.MaxYears)):
		return refuse(2105, "at most %d years ahead", tld.MaxYears).at(nsSync, "expMonthDay", "")
	}
	days := int64(until.Sub(expires).Hours()+23) / 24
	price := (w.reg.priceOf(tld, d.name, ActionRenew, 1)*days + 364) / 365
	if err := w.chargeMinor("renew", d.name, d.roid, 0, price); err != nil {
		return err
	}
	return w.exec(`UPDATE domains SET ex_date = ? WHERE name = ?`, formatTime(until), d.name)
}

// after is the last second of the day's first occurrence behind a time; ok is
// false when that lies more than a year ahead: 29 February mostly does.
func (m monthDay) after(t time.Time) (until time.Time, ok bool) {
	for _, year := range []int{t.Year(), t.Year() + 1} {
		until = time.Date(year, m.month, m.day, 23, 59, 59, 0, time.UTC)
		if until.Day() == m.day && until.After(t) {
			return until, !until.After(t.AddDate(1, 0, 1))
		}
	}
	return time.Time{}, false
}

// decodeBalanceInfo reads the empty balance:info.
func decodeBalanceInfo(s *strict, req *request, n *node) {
	s.empty(n)
	req.keys = []string{"balance"}
}

// warnsBelow is the threshold of an account in minor units.
func (a Account) warnsBelow() int64 {
	if a.WarnPercent > 0 {
		return a.OpeningBalanceMinor * int64(a.WarnPercent) / 100
	}
	return a.WarnBelowMinor
}

// infoBalance tells the state of the account as if the opening balance were credit:
// what is used of it is the balance.
func infoBalance(w *work, _ *request) (reply, error) {
	available, err := w.balance()
	if err != nil {
		return reply{}, err
	}
	a := w.reg.account(w.clientID)
	x := newData("balance", nsBalance, "infData")
	x.el("creditLimit", decimalOf(a.OpeningBalanceMinor, a.Currency))
	x.el("balance", decimalOf(a.OpeningBalanceMinor-available, a.Currency))
	x.el("availableCredit", decimalOf(available, a.Currency))
	x.start("balance:creditThreshold")
	if a.WarnPercent > 0 {
		x.el("percent", strconv.Itoa(a.WarnPercent))
	} else {
		x.el("fixed", decimalOf(a.WarnBelowMinor, a.Currency))
	}
	x.end("balance:creditThreshold")
	return x.reply(1000), nil
}

// account returns the configured account, or the zero value.
func (r *registry) account(clientID string) Account {
	for _, a := range r.cfg.Accounts {
		if a.ClientID == clientID {
			return a
		}
	}
	return Account{}
}

// warnLowBalance tells an account by poll that its balance has fallen below the
// threshold.
func (w *work) warnLowBalance(clientID string, before, after int64) error {
	a := w.reg.account(clientID)
	limit := a.warnsBelow()
	if !w.reg.offersURI(nsLowBalance) || before < limit || after >= limit {
		return nil
	}
	x := newData("lowbalance-poll", nsLowBalance, "pollData")
	x.el("registrarName", clientID)
	x.el("creditLimit", decimalOf(a.OpeningBalanceMinor, a.Currency))
	if a.WarnPercent > 0 {
		x.el("creditThreshold", strconv.Itoa(a.WarnPercent), "type", "PERCENT")
	} else {
		x.el("creditThreshold", decimalOf(a.WarnBelowMinor, a.Currency), "type", "FIXED")
	}
	x.el("availableCredit", decimalOf(after, a.Currency))
	return w.queue(message{account: clientID, text: "Low Account Balance", resNS: nsLowBalance, resData: x.reply(0).resData})
}

// tellReportDue tells the sponsor by poll until when the report of a restore is due.
func (w *work) tellReportDue(d *domainRow, due time.Time) error {
	if !w.reg.offersURI(nsRGPPoll) {
		return nil
	}
	x := newData("rgp-poll", nsRGPPoll, "pollData")
	x.el("name", d.name)
	x.empty("rgp-poll:rgpStatus", "s", "pendingRestore")
	x.el("reqDate", w.now)
	x.el("reportDueDate", formatTime(due))
	return w.queue(message{account: d.sponsor, text: "Restore Request Pending", resNS: nsRGPPoll, resData: x.reply(0).resData})
}
