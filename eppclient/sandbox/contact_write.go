package sandbox

import (
	"database/sql"
	"slices"
)

// createContact is RFC 5733 §3.2.1.
func createContact(w *work, req *request) (reply, error) {
	c := req.body.(*contactCreate)
	if err := w.uaContact(c); err != nil {
		return reply{}, err
	}
	taken, err := w.exists(`SELECT 1 FROM contacts WHERE id = ?`, c.id)
	if err != nil {
		return reply{}, err
	}
	if taken {
		return reply{}, (&refusal{code: 2302}).at(nsContact, "id", c.id)
	}
	if err := checkNewAuth(c.auth, nsContact); err != nil {
		return reply{}, err
	}
	roid, err := w.newROID("C")
	if err != nil {
		return reply{}, err
	}
	disclosed, err := marshalDisclose(c.disclose)
	if err != nil {
		return reply{}, err
	}
	voice, fax := phoneOrNone(c.voice), phoneOrNone(c.fax)
	if err := w.exec(`INSERT INTO contacts (id, roid, sponsor, voice, voice_ext, fax, fax_ext, email, auth_info,
		disclose, cr_id, cr_date) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, c.id, roid, w.clientID,
		voice.number, voice.ext, fax.number, fax.ext, c.email, c.auth.pw, disclosed, w.clientID, w.now); err != nil {
		return reply{}, err
	}
	for _, p := range c.postal {
		if err := w.savePostal(c.id, p); err != nil {
			return reply{}, err
		}
	}
	x := newData("contact", nsContact, "creData")
	x.el("id", c.id)
	x.el("crDate", w.now)
	return x.reply(1000), nil
}

func phoneOrNone(p *phone) phone {
	if p == nil || p.number == "" {
		return phone{}
	}
	return *p
}

// savePostal writes one whole postalInfo, replacing the one of its type.
func (w *work) savePostal(id string, p postalInfo) error {
	var street [3]sql.NullString
	for i, line := range p.addr.street {
		street[i] = sql.NullString{String: line, Valid: true}
	}
	return w.exec(`INSERT INTO contact_postal (contact, type, name, org, street1, street2, street3, city, sp, pc, cc)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (contact, type) DO UPDATE SET name = excluded.name, org = excluded.org,
		street1 = excluded.street1, street2 = excluded.street2, street3 = excluded.street3,
		city = excluded.city, sp = excluded.sp, pc = excluded.pc, cc = excluded.cc`,
		id, p.kind, p.name, sql.NullString{String: p.org, Valid: p.hasOrg}, street[0], street[1], street[2],
		p.addr.city, sql.NullString{String: p.addr.sp, Valid: p.addr.hasSP},
		sql.NullString{String: p.addr.pc, Valid: p.addr.hasPC}, p.addr.cc)
}

// ownContact is what contact transforms start with: 2303, 2201, 2304.
func (w *work) ownContact(id, action string) (*contactRow, error) {
	c, err := w.findContact(id)
	switch {
	case err != nil:
		return nil, err
	case c.sponsor != w.clientID:
		return nil, refuse(2201, "sponsored by another client").at(nsContact, "id", id)
	case c.pending != "":
		return nil, refuse(2304, "%s", c.pending).at(nsContact, "id", id)
	}
	if by := prohibition(c.statuses, action); by != "" {
		return nil, refuse(2304, "%s", by).at(nsContact, "id", id)
	}
	return c, nil
}

// updateContact is RFC 5733 §3.2.5.
func updateContact(w *work, req *request) (reply, error) {
	u := req.body.(*contactUpdate)
	c, err := w.ownContact(u.id, "")
	if err != nil {
		return reply{}, err
	}
	lifts := len(u.add)+len(u.postal) == 0 && u.voice == nil && u.fax == nil && u.email == nil &&
		u.auth == nil && u.disclose == nil && isOnlyUpdateLock(u.rem)
	if by := prohibition(c.statuses, "Update"); by != "" && !(by == "clientUpdateProhibited" && lifts) {
		return reply{}, refuse(2304, "%s", by).at(nsContact, "id", u.id)
	}
	if err := w.updateStatuses("contact", nsContact, u.id, c.statuses, u.add, u.rem); err != nil {
		return reply{}, err
	}
	for _, p := range u.postal {
		merged, err := mergePostal(c.postal, p)
		if err != nil {
			return reply{}, err
		}
		if err := w.savePostal(u.id, merged); err != nil {
			return reply{}, err
		}
	}
	if err := w.saveContact(c, u); err != nil {
		return reply{}, err
	}
	return reply{code: 1000}, nil
}

// mergePostal lays a change over the stored postalInfo of the same type: name
// and org one by one, addr as a whole. For a type the contact does not have
// yet, name and addr are required (2003).
func mergePostal(have []postalInfo, p postalInfo) (postalInfo, error) {
	at := slices.IndexFunc(have, func(h postalInfo) bool { return h.kind == p.kind })
	if at < 0 {
		if !p.hasName || p.addr == nil {
			return p, refuse(2003, "a new postalInfo needs name and addr").at(nsContact, "postalInfo", "")
		}
		return p, nil
	}
	out := have[at]
	if p.hasName {
		out.name = p.name
	}
	if p.hasOrg {
		out.org, out.hasOrg = p.org, true
	}
	if p.addr != nil {
		out.addr = p.addr
	}
	return out, nil
}

func (w *work) saveContact(c *contactRow, u *contactUpdate) error {
	if u.voice != nil {
		c.voice = phoneOrNone(u.voice)
	}
	if u.fax != nil {
		c.fax = phoneOrNone(u.fax)
	}
	if u.email != nil {
		c.email = *u.email
	}
	if u.disclose != nil {
		c.disclose = u.disclose
	}
	if u.auth != nil {
		if err := checkNewAuth(*u.auth, nsContact); err != nil {
			return err
		}
		c.authInfo = u.auth.pw
	}
	disclosed, err := marshalDisclose(c.disclose)
	if err != nil {
		return err
	}
	return w.exec(`UPDATE contacts SET voice = ?, voice_ext = ?, fax = ?, fax_ext = ?, email = ?, auth_info = ?,
		disclose = ?, up_id = ?, up_date = ? WHERE id = ?`, c.voice.number, c.voice.ext, c.fax.number, c.fax.ext,
		c.email, c.authInfo, disclosed, w.clientID, w.now, c.id)
}

// deleteContact is RFC 5733 §3.2.2.
func deleteContact(w *work, req *request) (reply, error) {
	c, err := w.ownContact(req.keys[0], "Delete")
	if err != nil {
		return reply{}, err
	}
	if c.linked {
		return reply{}, refuse(2305, "linked").at(nsContact, "id", c.id)
	}
	for _, table := range []string{"statuses", "transfers", "pending"} {
		if err := w.exec(`DELETE FROM `+table+` WHERE object = 'contact' AND name = ?`, c.id); err != nil {
			return reply{}, err
		}
	}
	return reply{code: 1000}, w.exec(`DELETE FROM contacts WHERE id = ?`, c.id)
}
