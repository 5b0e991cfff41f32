package sandbox

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// contactRow is a row of the table contacts with what hangs on it.
type contactRow struct {
	id, roid, sponsor          string
	voice, fax                 phone
	email, authInfo            string
	disclose                   *disclose
	crID, crDate, upID, upDate string
	postal                     []postalInfo
	statuses                   []status
	linked                     bool // some domain names it
	trDate                     string
	pending                    string // status of a command or transfer under way, "" = none
}

func (w *work) findContact(id string) (*contactRow, error) {
	c := &contactRow{}
	var stored string
	err := w.tx.QueryRowContext(w.ctx, `SELECT id, roid, sponsor, voice, voice_ext, fax, fax_ext, email, auth_info,
		disclose, cr_id, cr_date, up_id, up_date, tr_date FROM contacts WHERE id = ?`, id).Scan(&c.id, &c.roid, &c.sponsor,
		&c.voice.number, &c.voice.ext, &c.fax.number, &c.fax.ext, &c.email, &c.authInfo, &stored,
		&c.crID, &c.crDate, &c.upID, &c.upDate, &c.trDate)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, (&refusal{code: 2303}).at(nsContact, "id", id)
	}
	if err != nil {
		return nil, err
	}
	if c.disclose, err = unmarshalDisclose(stored); err != nil {
		return nil, err
	}
	if c.statuses, err = w.findStatuses("contact", id); err != nil {
		return nil, err
	}
	verb, err := w.pendingVerb("contact", id)
	if err != nil {
		return nil, err
	}
	c.pending = pendingStatus(verb)
	transfer, err := w.pendingTransfer("contact", id)
	if err != nil {
		return nil, err
	}
	if transfer != nil {
		c.pending = "pendingTransfer"
	}
	if c.linked, err = w.exists(`SELECT 1 FROM domains WHERE registrant = ?1
		UNION ALL SELECT 1 FROM domain_contacts WHERE contact = ?1 LIMIT 1`, id); err != nil {
		return nil, err
	}
	c.postal, err = w.findPostal(id)
	return c, err
}

func (w *work) findPostal(id string) ([]postalInfo, error) {
	var out []postalInfo
	err := w.each(`SELECT type, name, org, street1, street2, street3, city, sp, pc, cc FROM contact_postal
		WHERE contact = ? ORDER BY type`, func(rows *sql.Rows) error {
		p := postalInfo{hasName: true, addr: &address{}}
		var org, sp, pc sql.NullString
		var street [3]sql.NullString
		if err := rows.Scan(&p.kind, &p.name, &org, &street[0], &street[1], &street[2],
			&p.addr.city, &sp, &pc, &p.addr.cc); err != nil {
			return err
		}
		p.org, p.hasOrg = org.String, org.Valid
		p.addr.sp, p.addr.hasSP = sp.String, sp.Valid
		p.addr.pc, p.addr.hasPC = pc.String, pc.Valid
		for _, line := range street {
			if line.Valid {
				p.addr.street = append(p.addr.street, line.String)
			}
		}
		out = append(out, p)
		return nil
	}, id)
	return out, err
}

// storedDisclose is the JSON form in the database.
type storedDisclose struct {
	Flag  bool        `json:"flag"`
	Items [][2]string `json:"items"`
}

func marshalDisclose(d *disclose) (string, error) {
	if d == nil {
		return "", nil
	}
	out := storedDisclose{Flag: d.flag}
	for _, item := range d.items {
		out.Items = append(out.Items, [2]string{item.element, item.kind})
	}
	text, err := json.Marshal(out)
	return string(text), err
}

func unmarshalDisclose(stored string) (*disclose, error) {
	if stored == "" {
		return nil, nil
	}
	var in storedDisclose
	if err := json.Unmarshal([]byte(stored), &in); err != nil {
		return nil, fmt.Errorf("stored disclose: %w", err)
	}
	d := &disclose{flag: in.Flag}
	for _, item := range in.Items {
		d.items = append(d.items, discloseItem{element: item[0], kind: item[1]})
	}
	return d, nil
}

func checkContacts(w *work, req *request) (reply, error) {
	if err := w.checkBatch(req); err != nil {
		return reply{}, err
	}
	var results []checked
	for _, id := range req.keys {
		result := checked{key: id}
		taken, err := w.exists(`SELECT 1 FROM contacts WHERE id = ?`, id)
		if err != nil {
			return reply{}, err
		}
		if taken {
			result.reason = "In use"
		}
		results = append(results, result)
	}
	return encodeCheck("contact", nsContact, "id", results), nil
}

// infoContact shows a contact to its sponsor and to whoever knows its
// authInfo; others get 2201, a wrong authInfo 2202 (RFC 5733 §3.1.2).
func infoContact(w *work, req *request) (reply, error) {
	in := req.body.(*contactInfo)
	c, err := w.findContact(in.id)
	if err != nil {
		return reply{}, err
	}
	if in.auth != nil {
		if (in.auth.roid != "" && in.auth.roid != c.roid) || !sameSecret(c.authInfo, in.auth.pw) {
			return reply{}, (&refusal{code: 2202}).at(nsContact, "authInfo", "")
		}
	} else if c.sponsor != w.clientID {
		return reply{}, refuse(2201, "sponsored by another client").at(nsContact, "id", in.id)
	}
	return c.encode(c.sponsor == w.clientID), nil
}

func (c *contactRow) encode(sponsor bool) reply {
	x := newData("contact", nsContact, "infData")
	x.el("id", c.id)
	x.el("roid", c.roid)
	x.statuses(withComputed(c.statuses, c.linked, c.pending))
	for _, p := range c.postal {
		x.postalInfo(p)
	}
	x.phone("voice", c.voice)
	x.phone("fax", c.fax)
	x.el("email", c.email)
	x.el("clID", c.sponsor)
	x.el("crID", c.crID)
	x.el("crDate", c.crDate)
	x.elIf("upID", c.upID)
	x.elIf("upDate", c.upDate)
	x.elIf("trDate", c.trDate)
	if sponsor {
		x.start("contact:authInfo")
		x.el("pw", c.authInfo)
		x.end("contact:authInfo")
	}
	x.disclose(c.disclose)
	return x.reply(1000)
}

func (x *objectWriter) postalInfo(p postalInfo) {
	x.start("contact:postalInfo", "type", p.kind)
	x.el("name", p.name)
	if p.hasOrg {
		x.el("org", p.org)
	}
	x.start("contact:addr")
	for _, line := range p.addr.street {
		x.el("street", line)
	}
	x.el("city", p.addr.city)
	if p.addr.hasSP {
		x.el("sp", p.addr.sp)
	}
	if p.addr.hasPC {
		x.el("pc", p.addr.pc)
	}
	x.el("cc", p.addr.cc)
	x.end("contact:addr")
	x.end("contact:postalInfo")
}

func (x *objectWriter) phone(name string, p phone) {
	switch {
	case p.number == "":
	case p.ext == "":
		x.el(name, p.number)
	default:
		x.el(name, p.number, "x", p.ext)
	}
}

func (x *objectWriter) disclose(d *disclose) {
	if d == nil {
		return
	}
	flag := "0"
	if d.flag {
		flag = "1"
	}
	x.start("contact:disclose", "flag", flag)
	for _, item := range d.items {
		if item.kind == "" {
			x.empty("contact:" + item.element)
			continue
		}
		x.empty("contact:"+item.element, "type", item.kind)
	}
	x.end("contact:disclose")
}
