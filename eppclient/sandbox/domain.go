package sandbox

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

const maxNameServers = 13

// domainRow is a row of the table domains.
type domainRow struct {
	name, roid, tld, sponsor string
	registrant               sql.NullString
	authInfo                 string
	crID, crDate, upID       string
	upDate, exDate           string
	purgeAt                  sql.NullString
	trDate                   string
	pending                  string // status of a command under review, "" = none
	transferring             bool
	statuses                 []status // set by clients
	hosts                    []string // objects
	attrs                    []nsAttr // or attributes
	contacts                 []domainContact
	subordinate              []string
}

// findDomain reads a domain with everything attached; nil when there is none.
func (w *work) findDomain(name string) (*domainRow, error) {
	d := &domainRow{}
	err := w.tx.QueryRowContext(w.ctx, `SELECT name, roid, tld, sponsor, registrant, auth_info, cr_id, cr_date,
		up_id, up_date, ex_date, purge_at, tr_date FROM domains WHERE name = ?`, name).Scan(&d.name, &d.roid, &d.tld,
		&d.sponsor, &d.registrant, &d.authInfo, &d.crID, &d.crDate, &d.upID, &d.upDate, &d.exDate, &d.purgeAt, &d.trDate)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if d.statuses, err = w.findStatuses("domain", name); err != nil {
		return nil, err
	}
	verb, err := w.pendingVerb("domain", name)
	if err != nil {
		return nil, err
	}
	d.pending = pendingStatus(verb)
	transfer, err := w.pendingTransfer("domain", name)
	if err != nil {
		return nil, err
	}
	d.transferring = transfer != nil
	if d.hosts, err = w.texts(`SELECT host FROM domain_hosts WHERE domain = ? ORDER BY host`, name); err != nil {
		return nil, err
	}
	if d.attrs, err = w.findAttrs(name); err != nil {
		return nil, err
	}
	if d.subordinate, err = w.texts(`SELECT name FROM hosts WHERE superordinate = ? ORDER BY name`, name); err != nil {
		return nil, err
	}
	err = w.each(`SELECT type, contact FROM domain_contacts WHERE domain = ? ORDER BY type, contact`,
		func(rows *sql.Rows) error {
			var c domainContact
			err := rows.Scan(&c.kind, &c.id)
			d.contacts = append(d.contacts, c)
			return err
		}, name)
	return d, err
}

// mustFindDomain refuses an absent domain with 2303.
func (w *work) mustFindDomain(name string) (*domainRow, error) {
	d, err := w.findDomain(name)
	if err == nil && d == nil {
		err = (&refusal{code: 2303}).at(nsDomain, "name", name)
	}
	return d, err
}

// ownDomain is what every domain transform starts with: the domain exists
// (2303), is ours (2201), nothing is under way with it and no status forbids the
// action, for example "Renew" (2304).
func (w *work) ownDomain(name, action string) (*domainRow, error) {
	d, err := w.mustFindDomain(name)
	switch {
	case err != nil:
		return nil, err
	case d.sponsor != w.clientID:
		return nil, refuse(2201, "sponsored by another client").at(nsDomain, "name", name)
	case d.busy() != "":
		return nil, refuse(2304, "%s", d.busy()).at(nsDomain, "name", name)
	}
	if by := prohibition(d.statuses, action); by != "" {
		return nil, refuse(2304, "%s", by).at(nsDomain, "name", name)
	}
	return d, nil
}

// busy is the status that keeps everybody from changing the domain, "" when there
// is none (RFC 5731 §2.3: pending states exclude each other).
func (d *domainRow) busy() string {
	switch {
	case d.purgeAt.Valid:
		return "pendingDelete"
	case d.transferring:
		return "pendingTransfer"
	}
	return d.pending
}

// prohibition finds the status that forbids an action ("Update"), set by the
// client or the server; "" = none.
func prohibition(list []status, action string) string {
	for _, by := range []string{"client", "server"} {
		if action != "" && hasStatus(list, by+action+"Prohibited") {
			return by + action + "Prohibited"
		}
	}
	return ""
}

func hasStatus(list []status, value string) bool {
	return slices.ContainsFunc(list, func(s status) bool { return s.value == value })
}

// shownStatuses adds the computed ones: pendingDelete, inactive without name
// servers, ok when there is nothing else (RFC 5731 §2.3).
func (d *domainRow) shownStatuses() []status {
	out := slices.Clone(d.statuses)
	if len(d.hosts)+len(d.attrs) == 0 {
		out = append(out, status{value: "inactive"})
	}
	if busy := d.busy(); busy != "" {
		out = append(out, status{value: busy})
	}
	if len(out) == 0 {
		out = append(out, status{value: "ok"})
	}
	return out
}

func (w *work) findStatuses(object, name string) ([]status, error) {
	var out []status
	err := w.each(`SELECT status, lang, note FROM statuses WHERE object = ? AND name = ? ORDER BY status`,
		func(rows *sql.Rows) error {
			var s status
			err := rows.Scan(&s.value, &s.lang, &s.note)
			out = append(out, s)
			return err
		}, object, name)
	return out, err
}

// registrable finds the TLD for a name that shall be registered: syntax
// (2005), a served zone and exactly one label below it (2306).
func (r *registry) registrable(name string) (*TLD, *refusal) {
	if !validHostname(name, 2) || r.ua() && !uaName.MatchString(name) {
		return nil, refuse(2005, "not a domain name").at(nsDomain, "name", name)
	}
	tld := r.tldOf(name)
	if tld == nil {
		return nil, refuse(2306, "zone not served here").at(nsDomain, "name", name)
	}
	if label := strings.TrimSuffix(name, "."+tld.Name); strings.Contains(label, ".") || r.tlds[name] != nil {
		return nil, refuse(2306, "not directly below the zone").at(nsDomain, "name", name)
	}
	if !tld.takesLabel(strings.TrimSuffix(name, "."+tld.Name)) {
		return nil, refuse(2306, "not in an IDN table").at(nsDomain, "name", name)
	}
	return tld, nil
}

// whyUnavailable is the check answer for one name, "" when it can be created. A
// premium name can only by who asked for fees (RFC 8748 §4).
// Texts stay within the 32 characters of eppcom:reasonBaseType.
func (w *work) whyUnavailable(req *request, name string) (string, error) {
	tld, bad := w.reg.registrable(name)
	switch {
	case bad != nil && bad.code == 2005:
		return "Invalid name", nil
	case bad != nil && bad.reason == "not in an IDN table":
		return "IDN not allowed here", nil
	case bad != nil:
		return "Zone not served", nil
	}
	if w.reg.elsewhere(req.ext.verisign.subProduct, name) {
		return "Not an authoritative TLD", nil
	}
	if why := w.reg.whyTokenFails(req, tld, name); why != "" {
		return why, nil
	}
	withFee := req.ext.fee != nil || req.ext.verisign.premium
	taken, err := w.exists(`SELECT 1 FROM domains WHERE name = ?`, name)
	switch {
	case err != nil:
		return "", err
	case taken:
		return "In use", nil
	case w.reg.premium[name] || !withFee && w.reg.tierOf(tld, name) != nil:
		return "Premium name, fee required", nil
	}
	return "", nil
}

func checkDomains(w *work, req *request) (reply, error) {
	if err := w.checkBatch(req); err != nil {
		return reply{}, err
	}
	if l := req.ext.launch; l != nil && l.check != "avail" {
		return w.checkClaims(req)
	}
	var results []checked
	for _, name := range req.keys {
		reason, err := w.whyUnavailable(req, name)
		if err != nil {
			return reply{}, err
		}
		results = append(results, checked{name, reason})
	}
	out := encodeCheck("domain", nsDomain, "name", results)
	if req.ext.fee != nil {
		xml, err := w.feeCheckData(req)
		if err != nil {
			return reply{}, err
		}
		out.extensions = append(out.extensions, xml)
	}
	if req.ext.verisign.premium {
		out.extensions = append(out.extensions, w.premiumData(req))
	}
	return out, nil
}

// infoDomain shows everything to the sponsor and to whoever knows the
// authInfo, a public subset to others, authInfo itself to the sponsor only
// (RFC 5731 §3.1.2). A wrong authInfo is 2202 for everybody.
func infoDomain(w *work, req *request) (reply, error) {
	c := req.body.(*domainInfo)
	d, err := w.mustFindDomain(c.name)
	if err != nil {
		return reply{}, err
	}
	full := d.sponsor == w.clientID
	if c.auth != nil {
		if err := w.checkDomainAuth(d, *c.auth); err != nil {
			return reply{}, err
		}
		full = true
	}
	out := w.encodeDomain(d, c.hosts, full)
	if full {
		err = w.infoExtensions(&out, d)
	}
	if err == nil && req.ext.token != nil {
		var xml string
		xml, err = w.tokenInfo(d)
		out.extensions = append(out.extensions, xml)
	}
	if err == nil && req.ext.launch != nil {
		err = w.infoApplication(&out, d, req.ext.launch)
	}
	if err == nil {
		err = w.verisignInfo(&out, d, req)
	}
	return out, err
}

// infoExtensions adds what the session's extensions know of a domain.
func (w *work) infoExtensions(out *reply, d *domainRow) error {
	for _, x := range []struct {
		uri  string
		info func() (string, error)
	}{
		{nsSecDNS, func() (string, error) { return w.secDNSInfo(d.name) }},
		{nsRGP, func() (string, error) { return w.rgpInfo(d) }},
		{nsIDN, func() (string, error) { return w.idnInfo(d.name) }},
		{nsUAEPP, func() (string, error) { return w.licenceInfo(d.name) }},
	} {
		if !w.uses(x.uri) {
			continue
		}
		xml, err := x.info()
		if err != nil {
			return err
		}
		if xml != "" {
			out.extensions = append(out.extensions, xml)
		}
	}
	return nil
}

func (w *work) encodeDomain(d *domainRow, hosts string, full bool) reply {
	x := newData("domain", nsDomain, "infData")
	x.el("name", d.name)
	x.el("roid", d.roid)
	x.statuses(d.shownStatuses())
	if !full {
		x.el("clID", d.sponsor)
		x.el("crDate", d.crDate)
		x.el("exDate", d.exDate)
		return x.reply(1000)
	}
	x.elIf("registrant", d.registrant.String)
	for _, c := range d.contacts {
		x.el("contact", c.id, "type", c.kind)
	}
	if hosts == "all" || hosts == "del" {
		x.nameServers(d)
	}
	if hosts == "all" || hosts == "sub" {
		for _, h := range d.subordinate {
			x.el("host", h)
		}
	}
	x.el("clID", d.sponsor)
	x.el("crID", d.crID)
	x.el("crDate", d.crDate)
	x.elIf("upID", d.upID)
	x.elIf("upDate", d.upDate)
	x.el("exDate", d.exDate)
	x.elIf("trDate", d.trDate)
	if d.sponsor == w.clientID {
		x.start("domain:authInfo")
		x.el("pw", d.authInfo)
		x.end("domain:authInfo")
	}
	return x.reply(1000)
}

// checkDomainAuth compares authInfo: of the domain, or with a roid, of one of
// the domain's contacts (RFC 5731 §3.1.2). An unset one matches nothing.
func (w *work) checkDomainAuth(d *domainRow, given authInfo) error {
	wanted := d.authInfo
	if given.roid != "" && given.roid != d.roid {
		var err error
		wanted, _, err = value[string](w, `SELECT auth_info FROM contacts WHERE roid = ?1 AND (id = ?2 OR
			id IN (SELECT contact FROM domain_contacts WHERE domain = ?3))`, given.roid, d.registrant.String, d.name)
		if err != nil {
			return err
		}
	}
	if !sameSecret(wanted, given.pw) {
		return (&refusal{code: 2202}).at(nsDomain, "authInfo", "")
	}
	return nil
}

// years turns an optional period into whole years inside the TLD's limits:
// months are against policy (2306), a number outside the limits is 2004.
func (t *TLD) years(p *period) (int, error) {
	n := max(1, t.MinYears)
	if p != nil {
		if p.unit != "y" {
			return 0, refuse(2306, "periods are in years").at(nsDomain, "period", fmt.Sprint(p.n))
		}
		n = p.n
	}
	if n > t.MaxYears {
		return 0, refuse(2004, "at most %d years", t.MaxYears).at(nsDomain, "period", fmt.Sprint(n))
	}
	return n, nil
}

// parseStored reads an instant this package wrote.
func parseStored(s string) (time.Time, error) { return time.Parse(timeLayout, s) }
