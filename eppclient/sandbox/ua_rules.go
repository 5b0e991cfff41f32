package sandbox

import (
	"fmt"
	"regexp"
	"time"
)

var (
	uaContactID = regexp.MustCompile(`^[a-z][a-z0-9-]{2,15}$`)
	uaAuthInfo  = regexp.MustCompile(`^[A-Za-z0-9~!@#$%_=:;?,.+-]{0,80}$`)
)

// uaAutomatic is the id by which the registry makes one of its own.
const uaAutomatic = "autonic"

// uaContact holds a new contact to the rules of .UA: ids in lower case (2005), one of
// the registry's own for the reserved id, and a narrow alphabet of codes (2005).
func (w *work) uaContact(c *contactCreate) error {
	switch {
	case !w.reg.ua():
		return nil
	case !uaContactID.MatchString(c.id):
		return refuse(2005, "want lower case letters, digits and hyphens").at(nsContact, "id", c.id)
	case !uaAuthInfo.MatchString(c.auth.pw):
		return refuse(2005, "a character that no code has").at(nsContact, "authInfo", "")
	case c.id == uaAutomatic:
		n, _, err := value[int64](w, `UPDATE sequences SET value = value + 1 WHERE name = 'roid' RETURNING value`)
		c.id = fmt.Sprintf("nic-%d", n)
		return err
	}
	return nil
}

// uaMaxContacts is how many of one role a name may have, uaAllContacts of all.
const uaMaxContacts, uaAllContacts = 8, 16

// uaContacts holds the contacts of a name to the rules of .UA, where even a contact
// too many breaks the schema (2001).
func (w *work) uaContacts(registrant string, contacts []domainContact) error {
	if !w.reg.ua() {
		return nil
	}
	if registrant == "" {
		return refuse(2003, "a name needs a registrant").at(nsDomain, "registrant", "")
	}
	count := map[string]int{}
	for _, c := range contacts {
		if count[c.kind]++; count[c.kind] > uaMaxContacts {
			return refuse(2001, "Contacts limit exceeded: %s", c.kind).at(nsDomain, "contact", c.id)
		}
	}
	if len(contacts) > uaAllContacts {
		return refuse(2001, "at most %d contacts", uaAllContacts).at(nsDomain, "contact", "")
	}
	return nil
}

// uaCreate holds a new name to the rules of .UA: a licence number directly below .ua
// (2003) and nowhere else (2306). The code is ignored.
func (w *work) uaCreate(req *request, tld *TLD, c *domainCreate) error {
	if !w.reg.ua() {
		return nil
	}
	c.auth = authInfo{}
	switch licensed := tld.Name == "ua"; {
	case licensed && req.ext.ua == nil:
		return refuse(2003, "a name directly below .ua needs a licence").at(nsDomain, "name", c.name)
	case !licensed && req.ext.ua != nil:
		return refuse(2306, "only names directly below .ua have a licence").at(nsDomain, "name", c.name)
	}
	return nil
}

func (w *work) saveLicence(domain string, c *uaCmd) error {
	if c == nil {
		return nil
	}
	return w.exec(`INSERT INTO domain_licences (domain, licence) VALUES (?1, ?2) ON CONFLICT (domain) DO UPDATE SET licence = ?2`, domain, c.licence)
}

// updateLicence changes the number of a name that has one, 2306 elsewhere.
func (w *work) updateLicence(d *domainRow, c *uaCmd) error {
	if c == nil {
		return nil
	}
	if d.tld != "ua" {
		return refuse(2306, "only names directly below .ua have a licence").at(nsDomain, "name", d.name)
	}
	return w.saveLicence(d.name, c)
}

// licenceInfo is uaepp:infData of a domain, "" when it has no licence.
func (w *work) licenceInfo(domain string) (string, error) {
	licence, found, err := value[string](w, `SELECT licence FROM domain_licences WHERE domain = ?`, domain)
	if err != nil || !found {
		return "", err
	}
	x := newData("uaepp", nsUAEPP, "infData")
	x.el("license", licence)
	return x.reply(0).resData, nil
}

// uaRestored gives a name back: it is as if registered now, for a year.
func (w *work) uaRestored(d *domainRow, now time.Time) error {
	if err := w.exec(`DELETE FROM domain_rgp WHERE domain = ?`, d.name); err != nil {
		return err
	}
	expires := addYears(now, 1)
	w.reg.lapsesAt(expires)
	return w.exec(`UPDATE domains SET purge_at = NULL, cr_date = ?1, ex_date = ?2, up_id = ?3, up_date = ?1 WHERE name = ?4`,
		w.now, formatTime(expires), w.clientID, d.name)
}

// uaNewAuth gives a name that changed hands another code.
func (w *work) uaNewAuth(domain string) error {
	if !w.reg.ua() {
		return nil
	}
	return w.exec(`UPDATE domains SET auth_info = lower(hex(randomblob(16))) WHERE name = ?`, domain)
}

// lapsesAt makes sure that the registry looks when a name that expires then lapses.
func (r *registry) lapsesAt(expires time.Time) {
	if r.ua() {
		r.dueAt(expires.Add(r.cfg.RenewUntil))
	}
}

// nextLapse is when the next expired name can no longer be renewed.
func nextLapse(w *work) (string, error) {
	if !w.reg.ua() {
		return "", nil
	}
	at, err := earliest(w, `SELECT ex_date FROM domains WHERE purge_at IS NULL ORDER BY ex_date LIMIT 1`)
	if err != nil || at == "" {
		return "", err
	}
	expires, err := parseStored(at)
	return formatTime(expires.Add(w.reg.cfg.RenewUntil)), err
}

// lapse puts names into redemption that nobody renewed, and tells their sponsors with
// the whole object.
func (w *work) lapse() error {
	if !w.reg.ua() {
		return nil
	}
	now, err := w.instant()
	if err != nil {
		return err
	}
	due, err := w.texts(`SELECT name FROM domains WHERE purge_at IS NULL AND ex_date <= ? ORDER BY ex_date`, formatTime(now.Add(-w.reg.cfg.RenewUntil)))
	if err != nil {
		return err
	}
	for _, name := range due {
		d, err := w.findDomain(name)
		if err != nil {
			return err
		}
		if err := w.lapseOne(d); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (w *work) lapseOne(d *domainRow) error {
	if d.transferring { // nobody may take what is on its way out
		t, err := w.pendingTransfer("domain", d.name)
		if err != nil {
			return err
		}
		if err := w.closeTransfer(t, "serverCancelled"); err != nil {
			return err
		}
	}
	if err := w.startDelete(d); err != nil {
		return err
	}
	after, err := w.findDomain(d.name)
	if err != nil {
		return err
	}
	return w.queue(message{account: d.sponsor, text: "The domain was not renewed and is in redemption.", resNS: nsDomain, resData: w.stateOf(after)})
}
