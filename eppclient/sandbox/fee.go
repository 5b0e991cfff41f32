package sandbox

import (
	"math/big"
	"regexp"
	"slices"
	"strconv"
)

// The two versions of the fee extension there are: RFC 8748 and the draft that is
// most spread beside it.
const (
	nsFee1  = "urn:ietf:params:xml:ns:epp:fee-1.0"
	nsFee07 = "urn:ietf:params:xml:ns:fee-0.7"
)

// Tier is a class of premium names with prices of its own, by the year like those
// of the zone; an absent action costs what it costs in the zone.
type Tier struct {
	Class  string // "premium-1"
	Names  []string
	Prices map[Action]int64
}

// feeCmd is what the fee extension adds to a command.
type feeCmd struct {
	ns        string
	currency  string
	questions []feeQuestion // of a check
	charge    *big.Rat      // of a transform: the sum of fees and credits
}

// feeQuestion asks for one price; name is "" where all names are meant.
type feeQuestion struct {
	name, op, customName, phase, subphase string
	period                                *period
}

func decodeFee(s *strict, req *request, n *node) {
	c := &feeCmd{ns: n.ns}
	req.ext.fee = c
	if n.name == "check" && req.verb == "check" && req.object == "domain" {
		if n.ns == nsFee07 {
			s.feeCheckByName(c, n)
		} else {
			s.feeCheck(c, n)
		}
		return
	}
	fits := n.name == req.verb && slices.Contains([]string{"create", "renew", "transfer", "update"}, req.verb)
	if req.object != "domain" || !fits {
		s.misplaced(n)
		return
	}
	q := s.open(n)
	c.currency = s.feeCurrency(q, n.ns == nsFee07)
	c.charge = new(big.Rat)
	for _, fee := range q.list("fee", 1, -1) {
		c.charge.Add(c.charge, s.amount(fee, 1, "description", "lang", "refundable", "grace-period", "applied"))
	}
	for _, credit := range q.list("credit", 0, -1) {
		c.charge.Add(c.charge, s.amount(credit, -1, "description", "lang"))
	}
	q.done()
}

var (
	decimalPattern  = regexp.MustCompile(`^[+-]?([0-9]{1,15}(\.[0-9]{0,6})?|\.[0-9]{1,6})$`)
	feeCommandNames = []string{"create", "renew", "transfer", "restore", "update", "delete", "custom"}
)

// amount reads a decimal whose sign must not be the opposite of the given one.
func (s *strict) amount(n *node, sign int, attrs ...string) *big.Rat {
	out := new(big.Rat)
	text := s.pattern(n, -1, decimalPattern, attrs...)
	if n == nil || s.err != nil {
		return out
	}
	if _, ok := out.SetString(text); !ok || out.Sign() == -sign {
		s.failAt(2005, n, "not a decimal of that sign")
	}
	return out
}

func (s *strict) feeCurrency(q *sequence, required bool) string {
	n := q.maybe("currency")
	if n == nil {
		if required && s.err == nil {
			q.missing("currency")
		}
		return ""
	}
	return s.pattern(n, 3, currencyPattern)
}

// feeCheck reads RFC 8748 §5.1.1.
func (s *strict) feeCheck(c *feeCmd, n *node) {
	q := s.open(n)
	c.currency = s.feeCurrency(q, false)
	for _, cmd := range q.list("command", 1, -1) {
		question := feeQuestion{op: s.enum(cmd, "name", "", feeCommandNames...)}
		question.customName, _ = s.attr(cmd, "customName")
		question.phase, _ = s.attr(cmd, "phase")
		question.subphase, _ = s.attr(cmd, "subphase")
		inner := s.open(cmd, "name", "customName", "phase", "subphase")
		question.period = s.period(inner.maybe("period"))
		inner.done()
		c.questions = append(c.questions, question)
	}
	q.done()
}

// feeCheckByName reads the form of the older drafts: a question for each name.
func (s *strict) feeCheckByName(c *feeCmd, n *node) {
	q := s.open(n)
	for _, d := range q.list("domain", 1, -1) {
		inner := s.open(d)
		question := feeQuestion{name: s.label(inner.need("name"))}
		if currency := s.feeCurrency(inner, false); currency != "" {
			c.currency = currency
		}
		cmd := inner.need("command")
		question.op = s.token(cmd, 3, 16, "phase", "subphase")
		question.phase, _ = s.attr(cmd, "phase")
		question.subphase, _ = s.attr(cmd, "subphase")
		question.period = s.period(inner.maybe("period"))
		inner.done()
		c.questions = append(c.questions, question)
	}
	q.done()
}

// tierOf returns the tier of a premium name, or nil.
func (r *registry) tierOf(tld *TLD, name string) *Tier {
	for i := range tld.Tiers {
		if slices.Contains(tld.Tiers[i].Names, name) {
			return &tld.Tiers[i]
		}
	}
	return nil
}

// feeVersion is the version a session uses, "" for none.
func (c caller) feeVersion() string {
	for _, ns := range []string{nsFee1, nsFee07} {
		if c.uses(ns) {
			return ns
		}
	}
	return ""
}

// exponents are the decimals of currencies that do not have two (ISO 4217).
var exponents = map[string]int{"JPY": 0, "KRW": 0, "ISK": 0, "CLP": 0, "VND": 0, "XAF": 0, "XOF": 0, "BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3}

func decimalOf(minor int64, currency string) string {
	digits, odd := exponents[currency]
	if !odd {
		digits = 2
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	return new(big.Rat).SetFrac(big.NewInt(minor), scale).FloatString(digits)
}

// checkFee compares what a client consents to pay with the price: premium names,
// and restores in sessions that know fees, need it (2003); another currency or
// another amount, higher ones included, is 2004 (RFC 8748 §4).
func (w *work) checkFee(req *request, tld *TLD, name string, action Action, years int) error {
	ns := w.feeVersion()
	needed := w.reg.tierOf(tld, name) != nil || action == ActionRestore && ns != ""
	price := w.reg.priceOf(tld, name, action, years)
	given := req.ext.fee
	switch {
	case given == nil && ns == "" && w.uses(nsPremium):
		return nil // sold at the price that the check told
	case given == nil && needed && price > 0 && ns == "":
		return refuse(2306, "premium name, the session has no fee extension").at(nsDomain, "name", name)
	case given == nil && needed && price > 0:
		return refuse(2003, "a fee is required").at(ns, "fee", "")
	case given == nil:
		return nil
	case given.currency != "" && given.currency != tld.Currency:
		return refuse(2004, "the currency is %s", tld.Currency).at(given.ns, "currency", given.currency)
	}
	want, _ := new(big.Rat).SetString(decimalOf(price, tld.Currency))
	if given.charge.Cmp(want) != 0 {
		return refuse(2004, "the fee is %s", decimalOf(price, tld.Currency)).at(given.ns, "fee", given.charge.FloatString(2))
	}
	return nil
}

// feeElements are the answers by what was done.
var feeElements = map[Action]string{
	ActionCreate: "creData", ActionRenew: "renData", ActionTransfer: "trnData", ActionRestore: "updData",
}

// addFeeData tells a session that knows fees what was charged and what is left.
func (w *work) addFeeData(out *reply, tld *TLD, action Action, price int64) error {
	ns := w.feeVersion()
	if ns == "" {
		return nil
	}
	balance, err := w.balance()
	if err != nil {
		return err
	}
	x := newData("fee", ns, feeElements[action])
	x.el("currency", tld.Currency)
	x.el("fee", decimalOf(price, tld.Currency), "description", string(action)+" fee")
	x.el("balance", decimalOf(balance, tld.Currency))
	out.extensions = append(out.extensions, x.reply(0).resData)
	return nil
}

func (w *work) balance() (int64, error) {
	balance, _, err := value[int64](w, `SELECT balance_minor FROM accounts WHERE client_id = ?`, w.clientID)
	return balance, err
}

// addRefund tells what a deletion gave back, given the balance before it.
func (w *work) addRefund(out *reply, tldName string, before int64) error {
	ns, tld := w.feeVersion(), w.reg.tlds[tldName]
	if ns == "" || tld == nil {
		return nil
	}
	after, err := w.balance()
	if err != nil || after == before {
		return err
	}
	x := newData("fee", ns, "delData")
	x.el("currency", tld.Currency)
	x.el("credit", decimalOf(before-after, tld.Currency), "description", "grace period credit")
	x.el("balance", decimalOf(after, tld.Currency))
	out.extensions = append(out.extensions, x.reply(0).resData)
	return nil
}

// feeCheckData answers the questions of a check.
func (w *work) feeCheckData(req *request) (string, error) {
	c := req.ext.fee
	x := newData("fee", c.ns, "chkData")
	if c.ns == nsFee07 {
		for _, q := range c.questions {
			if !slices.Contains(req.keys, q.name) {
				return "", refuse(2306, "not a name of the domain check").at(c.ns, "name", q.name)
			}
			w.quoteByName(x, c, q)
		}
		return x.reply(0).resData, nil
	}
	currency := c.currency
	if currency == "" {
		currency = w.reg.currencyOf(req.keys)
	}
	x.el("currency", currency)
	for _, name := range req.keys {
		w.quote(x, c, name, currency)
	}
	return x.reply(0).resData, nil
}

// currencyOf is the currency of the first name that has a zone.
func (r *registry) currencyOf(names []string) string {
	for _, name := range names {
		if tld, bad := r.registrable(name); bad == nil {
			return tld.Currency
		}
	}
	for _, tld := range r.cfg.TLDs {
		return tld.Currency
	}
	return ""
}

// quote writes the prices of one name in the form of RFC 8748.
func (w *work) quote(x *objectWriter, c *feeCmd, name, currency string) {
	tld, bad := w.reg.registrable(name)
	reason := ""
	switch {
	case bad != nil:
		reason = "not a name that can be registered here"
	case tld.Currency != currency:
		reason = "the currency is " + tld.Currency
	}
	if reason != "" {
		x.start("fee:cd", "avail", "0")
		x.el("objID", name)
		x.el("reason", reason)
		x.end("fee:cd")
		return
	}
	class, standard := "standard", "1"
	if tier := w.reg.tierOf(tld, name); tier != nil {
		class, standard = tier.Class, "0"
	}
	x.start("fee:cd", "avail", "1")
	x.el("objID", name)
	x.el("class", class)
	for _, q := range c.questions {
		attrs := []string{"name", q.op}
		for _, a := range [][2]string{{"customName", q.customName}, {"phase", q.phase}, {"subphase", q.subphase}} {
			if a[1] != "" {
				attrs = append(attrs, a[0], a[1])
			}
		}
		x.start("fee:command", append(attrs, "standard", standard)...)
		price, years, why := w.priceFor(tld, name, q)
		if years > 0 {
			x.el("period", strconv.Itoa(years), "unit", "y")
		}
		if why == "" {
			x.el("fee", decimalOf(price, currency), "description", q.op+" fee", "refundable", "1", "grace-period", "P5D")
		} else {
			x.el("reason", why)
		}
		x.end("fee:command")
	}
	x.end("fee:cd")
}

// quoteByName writes one price in the form of the older drafts, which have no
// reason: a price that cannot be told is left out.
func (w *work) quoteByName(x *objectWriter, c *feeCmd, q feeQuestion) {
	tld, bad := w.reg.registrable(q.name)
	currency := c.currency
	if bad == nil {
		currency = tld.Currency
	} else if currency == "" {
		currency = w.reg.currencyOf(nil)
	}
	x.start("fee:cd")
	x.el("name", q.name)
	x.el("currency", currency)
	x.el("command", q.op)
	if bad == nil {
		price, years, why := w.priceFor(tld, q.name, q)
		if years > 0 {
			x.el("period", strconv.Itoa(years), "unit", "y")
		}
		if why == "" && (c.currency == "" || c.currency == currency) {
			x.el("fee", decimalOf(price, currency), "description", q.op+" fee", "refundable", "1", "grace-period", "P5D")
		}
		if tier := w.reg.tierOf(tld, q.name); tier != nil {
			x.el("class", tier.Class)
		}
	}
	x.end("fee:cd")
}

// priceFor answers one question: the price, the years it is for (0 for a command
// without a period), or why there is none.
func (w *work) priceFor(tld *TLD, name string, q feeQuestion) (price int64, years int, why string) {
	action := Action(q.op)
	if !slices.Contains(actions, action) {
		if q.op == "update" || q.op == "delete" {
			return 0, 0, "" // costs nothing
		}
		return 0, 0, "no such command"
	}
	if action == ActionRestore {
		return w.reg.priceOf(tld, name, action, 0), 0, ""
	}
	years = 1
	if q.period != nil {
		years = q.period.n
		if q.period.unit != "y" {
			return 0, 0, "periods are in years"
		}
	}
	if years < 1 || years > tld.MaxYears || action == ActionCreate && q.period != nil && years < tld.MinYears {
		return 0, years, "not a period of this zone"
	}
	if action == ActionCreate {
		years = max(years, tld.MinYears)
	}
	return w.reg.priceOf(tld, name, action, years), years, ""
}
