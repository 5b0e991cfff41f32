package sandbox

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// transferRow is a row of the table transfers.
type transferRow struct {
	object, name, roid, status string
	reID, reDate, acID, acDate string
	years                      int
	exDate                     string
	paid                       int64
}

func (w *work) findTransfer(object, name string) (*transferRow, error) {
	t := &transferRow{object: object, name: name}
	err := w.tx.QueryRowContext(w.ctx, `SELECT roid, status, re_id, re_date, ac_id, ac_date, years, ex_date, paid_minor
		FROM transfers WHERE object = ? AND name = ?`, object, name).Scan(&t.roid, &t.status, &t.reID, &t.reDate,
		&t.acID, &t.acDate, &t.years, &t.exDate, &t.paid)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return t, err
}

// pendingTransfer returns the transfer that waits, or nil.
func (w *work) pendingTransfer(object, name string) (*transferRow, error) {
	t, err := w.findTransfer(object, name)
	if err != nil || t == nil || t.status != "pending" {
		return nil, err
	}
	return t, nil
}

func (w *work) saveTransfer(t *transferRow) error {
	return w.exec(`INSERT INTO transfers (object, name, roid, status, re_id, re_date, ac_id, ac_date, years, ex_date, paid_minor)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (object, name) DO UPDATE SET roid = excluded.roid,
		status = excluded.status, re_id = excluded.re_id, re_date = excluded.re_date, ac_id = excluded.ac_id,
		ac_date = excluded.ac_date, years = excluded.years, ex_date = excluded.ex_date, paid_minor = excluded.paid_minor`,
		t.object, t.name, t.roid, t.status, t.reID, t.reDate, t.acID, t.acDate, t.years, t.exDate, t.paid)
}

// data is trnData, the answer to every operation and the body of its messages.
func (t *transferRow) data() string {
	x := newData(t.object, t.ns(), "trnData")
	x.el(t.key(), t.name)
	x.el("trStatus", t.status)
	x.el("reID", t.reID)
	x.el("reDate", t.reDate)
	x.el("acID", t.acID)
	x.el("acDate", t.acDate)
	x.elIf("exDate", t.exDate)
	return x.reply(0).resData
}

func (t *transferRow) ns() string {
	if t.object == "contact" {
		return nsContact
	}
	return nsDomain
}

func (t *transferRow) key() string {
	if t.object == "contact" {
		return "id"
	}
	return "name"
}

func (t *transferRow) reply() reply {
	code := 1000
	if t.status == "pending" {
		code = 1001
	}
	return reply{code: code, resData: t.data()}
}

// tell queues the state of the transfer for an account.
func (w *work) tellTransfer(t *transferRow, account, text string) error {
	return w.queue(message{account: account, text: text, resNS: t.ns(), resData: t.data()})
}

// transferable is what both kinds of objects are to a transfer.
type transferable struct {
	object, ns, element, name, roid, sponsor string
	statuses                                 []status
	busy                                     string // why nothing can be done with it now, "" = nothing
	authFits                                 func(authInfo) (bool, error)
}

// transferDomain is RFC 5731 §3.2.4, all but the query.
func transferDomain(w *work, req *request) (reply, error) {
	d, err := w.mustFindDomain(req.keys[0])
	if err != nil {
		return reply{}, err
	}
	o := transferable{object: "domain", ns: nsDomain, element: "name", name: d.name, roid: d.roid, sponsor: d.sponsor,
		statuses: d.statuses, busy: d.busy(), authFits: func(a authInfo) (bool, error) {
			err := w.checkDomainAuth(d, a)
			if isRefusal(err, 2202) {
				return false, nil
			}
			return err == nil, err
		}}
	if req.op != "request" {
		return w.decideTransfer(o, req.op)
	}
	if err := w.mayRequest(o, req.body.(*transferCmd).auth); err != nil {
		return reply{}, err
	}
	return w.requestDomainTransfer(d, req)
}

// transferContact is RFC 5733 §3.2.4, all but the query.
func transferContact(w *work, req *request) (reply, error) {
	c, err := w.findContact(req.keys[0])
	if err != nil {
		return reply{}, err
	}
	o := transferable{object: "contact", ns: nsContact, element: "id", name: c.id, roid: c.roid, sponsor: c.sponsor,
		statuses: c.statuses, busy: c.pending, authFits: func(a authInfo) (bool, error) {
			return (a.roid == "" || a.roid == c.roid) && sameSecret(c.authInfo, a.pw), nil
		}}
	if req.op != "request" {
		return w.decideTransfer(o, req.op)
	}
	if err := w.mayRequest(o, req.body.(*transferCmd).auth); err != nil {
		return reply{}, err
	}
	return w.openTransfer(&transferRow{object: "contact", name: c.id, roid: c.roid, reID: w.clientID, acID: c.sponsor}, false)
}

// mayRequest: not our own (2106), no transfer under way (2300), nothing forbids it
// (2304), the right authInfo (2003 without one, 2202 with a wrong or unset one).
func (w *work) mayRequest(o transferable, auth *authInfo) error {
	pending, err := w.pendingTransfer(o.object, o.name)
	switch {
	case err != nil:
		return err
	case o.sponsor == w.clientID:
		return refuse(2106, "sponsored by you").at(o.ns, o.element, o.name)
	case pending != nil:
		return (&refusal{code: 2300}).at(o.ns, o.element, o.name)
	case o.busy != "":
		return refuse(2304, "%s", o.busy).at(o.ns, o.element, o.name)
	case auth == nil:
		return refuse(2003, "element authInfo is missing").at(o.ns, "transfer", "")
	}
	if by := prohibition(o.statuses, "Transfer"); by != "" {
		return refuse(2304, "%s", by).at(o.ns, o.element, o.name)
	}
	fits, err := o.authFits(*auth)
	if err == nil && !fits {
		err = (&refusal{code: 2202}).at(o.ns, "authInfo", "")
	}
	return err
}

// requestDomainTransfer charges the gaining registrar and opens the transfer. The
// years are added at the end of the term, which never reaches further than the
// zone's limit from now.
func (w *work) requestDomainTransfer(d *domainRow, req *request) (reply, error) {
	tld := w.reg.tlds[d.tld]
	if tld == nil {
		return reply{}, refuse(2306, "zone no longer served").at(nsDomain, "name", d.name)
	}
	years, err := renewYears(tld, req.body.(*transferCmd).period)
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
	if limit := addYears(now, tld.MaxYears); expires.After(limit) {
		expires = limit
	}
	price := w.reg.priceOf(tld, d.name, ActionTransfer, years)
	if req.ext.token != nil && !tld.tokenFits(req, d.name) {
		return reply{}, refuse(2201, "the token is not of this name").at(nsToken, "allocationToken", "")
	}
	if err := w.checkFee(req, tld, d.name, ActionTransfer, years); err != nil {
		return reply{}, err
	}
	if err := w.chargeMinor("transfer", d.name, d.roid, years, price); err != nil {
		return reply{}, err
	}
	t := &transferRow{object: "domain", name: d.name, roid: d.roid, reID: w.clientID, acID: d.sponsor, years: years,
		exDate: formatTime(expires), paid: price}
	out, err := w.openTransfer(t, tld.TransferImmediate)
	if err != nil {
		return reply{}, err
	}
	err = w.addFeeData(&out, tld, ActionTransfer, price)
	return out, err
}

func (w *work) openTransfer(t *transferRow, immediate bool) (reply, error) {
	now, err := w.instant()
	if err != nil {
		return reply{}, err
	}
	t.status, t.reDate = "pending", w.now
	decided := now.Add(w.reg.cfg.TransferAfter)
	t.acDate = formatTime(decided)
	if immediate {
		return t.finished(w, "serverApproved")
	}
	if w.reg.ua() {
		t.acDate = t.reDate // it waits until somebody decides
	} else {
		w.reg.dueAt(decided)
	}
	if err := w.saveTransfer(t); err != nil {
		return reply{}, err
	}
	return t.reply(), w.tellTransfer(t, t.acID, "Transfer requested.")
}

func (t *transferRow) finished(w *work, status string) (reply, error) {
	if err := w.closeTransfer(t, status); err != nil {
		return reply{}, err
	}
	return t.reply(), nil
}

// decideTransfer: approve and reject belong to the sponsor, cancel to who asked
// (2201); without a pending transfer all are 2301.
func (w *work) decideTransfer(o transferable, op string) (reply, error) {
	t, err := w.pendingTransfer(o.object, o.name)
	if err != nil {
		return reply{}, err
	}
	if t == nil {
		return reply{}, (&refusal{code: 2301}).at(o.ns, o.element, o.name)
	}
	owner, status := t.acID, map[string]string{"approve": "clientApproved", "reject": "clientRejected", "cancel": "clientCancelled"}[op]
	if op == "cancel" {
		owner = t.reID
	}
	if owner != w.clientID {
		return reply{}, refuse(2201, "not yours to %s", op).at(o.ns, o.element, o.name)
	}
	return t.finished(w, status)
}

// closeTransfer ends a pending transfer and tells whoever did not act.
func (w *work) closeTransfer(t *transferRow, status string) error {
	t.status, t.acDate = status, w.now
	var err error
	switch status {
	case "clientApproved", "serverApproved":
		err = w.changeHands(t)
	default:
		if t.exDate, err = "", w.refundTransfer(t); err == nil {
			t.paid = 0
		}
	}
	if err != nil {
		return err
	}
	if err := w.saveTransfer(t); err != nil {
		return err
	}
	listeners := map[string][]string{
		"clientApproved": {t.reID}, "clientRejected": {t.reID}, "clientCancelled": {t.acID},
		"serverApproved": {t.reID, t.acID}, "serverCancelled": {t.reID, t.acID},
	}
	for _, account := range listeners[status] {
		if err := w.tellTransfer(t, account, "Transfer "+words[status]+"."); err != nil {
			return err
		}
	}
	return nil
}

var words = map[string]string{
	"clientApproved": "approved", "clientRejected": "rejected", "clientCancelled": "cancelled",
	"serverApproved": "approved by the registry", "serverCancelled": "cancelled by the registry",
}

func (w *work) refundTransfer(t *transferRow) error {
	if t.paid == 0 {
		return nil
	}
	return w.book(entry{account: t.reID, verb: "refund", domain: t.name, roid: t.roid, years: t.years, amount: t.paid})
}

// changeHands makes the requester the sponsor. The authInfo is unset (RFC 9154
// §5.4) and subordinate hosts go along (RFC 5731 §3.2.4).
func (w *work) changeHands(t *transferRow) error {
	if t.object == "contact" {
		return w.exec(`UPDATE contacts SET sponsor = ?, auth_info = '', tr_date = ? WHERE id = ?`, t.reID, w.now, t.name)
	}
	if err := w.exec(`UPDATE domains SET sponsor = ?, auth_info = '', tr_date = ?, ex_date = ? WHERE name = ?`,
		t.reID, w.now, t.exDate, t.name); err != nil {
		return err
	}
	if err := w.uaNewAuth(t.name); err != nil {
		return err
	}
	if t.years > 0 {
		if err := w.grace(t.name, "transferPeriod", w.reg.cfg.Grace, t.reID, t.years, t.paid); err != nil {
			return err
		}
	}
	return w.exec(`UPDATE hosts SET sponsor = ?, tr_date = ? WHERE superordinate = ?`, t.reID, w.now, t.name)
}

// queryTransfer shows the last transfer to both sides and to whoever knows the
// authInfo (2201 for others); without any it is 2301.
func queryTransfer(w *work, req *request) (reply, error) {
	c := req.body.(*transferCmd)
	ns, element, sponsor := nsDomain, "name", ""
	knows := false
	if req.object == "domain" {
		d, err := w.mustFindDomain(c.key)
		if err != nil {
			return reply{}, err
		}
		sponsor = d.sponsor
		if c.auth != nil {
			if err := w.checkDomainAuth(d, *c.auth); err != nil {
				return reply{}, err
			}
			knows = true
		}
	} else {
		ns, element = nsContact, "id"
		k, err := w.findContact(c.key)
		if err != nil {
			return reply{}, err
		}
		sponsor = k.sponsor
		if c.auth != nil {
			if !sameSecret(k.authInfo, c.auth.pw) {
				return reply{}, (&refusal{code: 2202}).at(ns, "authInfo", "")
			}
			knows = true
		}
	}
	t, err := w.findTransfer(req.object, c.key)
	switch {
	case err != nil:
		return reply{}, err
	case t == nil:
		return reply{}, (&refusal{code: 2301}).at(ns, element, c.key)
	case !knows && !slices.Contains([]string{sponsor, t.reID, t.acID}, w.clientID):
		return reply{}, refuse(2201, "a transfer between others").at(ns, element, c.key)
	}
	return reply{code: 1000, resData: t.data()}, nil
}

func nextTransferDue(w *work) (string, error) {
	if w.reg.ua() {
		return "", nil
	}
	return earliest(w, `SELECT ac_date FROM transfers WHERE status = 'pending' ORDER BY ac_date LIMIT 1`)
}

// approveDueTransfers approves what the losing registrar did not answer in time.
func (w *work) approveDueTransfers() error {
	if w.reg.ua() {
		return nil
	}
	var due []*transferRow
	err := w.each(`SELECT object, name FROM transfers WHERE status = 'pending' AND ac_date <= ? ORDER BY ac_date, object DESC, name`,
		func(rows *sql.Rows) error {
			t := &transferRow{}
			err := rows.Scan(&t.object, &t.name)
			due = append(due, t)
			return err
		}, w.now)
	if err != nil {
		return err
	}
	for _, d := range due {
		t, err := w.findTransfer(d.object, d.name)
		if err == nil {
			err = w.closeTransfer(t, "serverApproved")
		}
		if err != nil {
			return fmt.Errorf("%s %s: %w", d.object, d.name, err)
		}
	}
	return nil
}
