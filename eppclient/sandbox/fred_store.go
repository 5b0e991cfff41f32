package sandbox

import (
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// fredObject is one object of any kind as stored.
type fredObject struct {
	kind, id, roid, sponsor, auth, authUntil string
	crID, crDate, upID, upDate, trDate, due  string
	data                                     fredData
}

// fredData is what a kind holds beside sponsorship; each uses its own fields.
type fredData struct {
	Name      string        `json:"name,omitempty"`
	Org       string        `json:"org,omitempty"`
	Addr      *fredAddr     `json:"addr,omitempty"`
	Mailing   *fredAddr     `json:"mailing,omitempty"`
	Voice     string        `json:"voice,omitempty"`
	Fax       string        `json:"fax,omitempty"`
	Email     string        `json:"email,omitempty"`
	VAT       string        `json:"vat,omitempty"`
	IdentType string        `json:"ident_type,omitempty"`
	Ident     string        `json:"ident,omitempty"`
	Notify    string        `json:"notify,omitempty"`
	Disclose  *fredDisclose `json:"disclose,omitempty"`

	Registrant string    `json:"registrant,omitempty"`
	Admins     []string  `json:"admins,omitempty"`
	Nsset      string    `json:"nsset,omitempty"`
	Keyset     string    `json:"keyset,omitempty"`
	Expires    string    `json:"expires,omitempty"` // date
	Stage      fredStage `json:"stage,omitempty"`
	Validated  string    `json:"validated,omitempty"` // date, of ENUM domains
	ValStage   int       `json:"val_stage,omitempty"` // 0 good, 1 warned, 2 over
	Publish    bool      `json:"publish,omitempty"`

	Servers []fredServer `json:"servers,omitempty"`
	Keys    []string     `json:"keys,omitempty"`
	Techs   []string     `json:"techs,omitempty"`
	Level   int          `json:"level,omitempty"`
}

// fredLink names an object that another one uses.
type fredLink struct{ kind, id string }

func (o *fredObject) links() []fredLink {
	var out []fredLink
	add := func(kind string, ids ...string) {
		for _, id := range ids {
			if l := (fredLink{kind, id}); id != "" && !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
	}
	add("contact", o.data.Registrant)
	add("contact", o.data.Admins...)
	add("contact", o.data.Techs...)
	add("nsset", o.data.Nsset)
	add("keyset", o.data.Keyset)
	return out
}

const fredColumns = `kind, id, roid, sponsor, auth_info, auth_until, cr_id, cr_date, up_id, up_date, tr_date, due, data`

// fredFind reads an object; nil when there is none.
func (w *work) fredFind(kind, id string) (*fredObject, error) {
	o := &fredObject{}
	var data string
	err := w.tx.QueryRowContext(w.ctx, `SELECT `+fredColumns+` FROM fred_objects WHERE kind = ? AND id = ?`, kind, id).Scan(
		&o.kind, &o.id, &o.roid, &o.sponsor, &o.auth, &o.authUntil, &o.crID, &o.crDate, &o.upID, &o.upDate, &o.trDate, &o.due, &data)
	if err == sql.ErrNoRows {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return o, json.Unmarshal([]byte(data), &o.data)
}

// fredGet reads an object that must be there (2303).
func (w *work) fredGet(kind, id string) (*fredObject, error) {
	o, err := w.fredFind(kind, id)
	if err == nil && o == nil {
		err = (&refusal{code: 2303}).at(fredNS(kind), fredKey(kind), id)
	}
	return o, err
}

// fredOwn reads an object that must be the caller's (2201).
func (w *work) fredOwn(kind, id string) (*fredObject, error) {
	o, err := w.fredGet(kind, id)
	if err == nil && o.sponsor != w.clientID {
		err = refuse(2201, "sponsored by another client").at(fredNS(kind), fredKey(kind), id)
	}
	return o, err
}

// fredExists asks for objects that a command refers to (2303).
func (w *work) fredExists(ns, element, kind string, ids ...string) error {
	for _, id := range ids {
		found, err := w.exists(`SELECT 1 FROM fred_objects WHERE kind = ? AND id = ?`, kind, id)
		if err != nil {
			return err
		}
		if !found {
			return refuse(2303, "no such %s", kind).at(ns, element, id)
		}
	}
	return nil
}

func (w *work) fredLinked(kind, id string) (bool, error) {
	return w.exists(`SELECT 1 FROM fred_links WHERE kind = ? AND id = ? LIMIT 1`, kind, id)
}

// idleMonths is how long an unused contact, nsset or keyset stays.
const idleMonths = 2

// fredNew makes an object of the caller's; a taken id is 2302.
func (w *work) fredNew(kind, id string, auth *string, data fredData) (*fredObject, error) {
	if old, err := w.fredFind(kind, id); err != nil || old != nil {
		if err == nil {
			err = (&refusal{code: 2302}).at(fredNS(kind), fredKey(kind), id)
		}
		return nil, err
	}
	roid, err := w.newROID(string("CDNK"[slices.Index([]string{"contact", "domain", "nsset", "keyset"}, kind)]))
	if err != nil {
		return nil, err
	}
	now, err := w.instant()
	if err != nil {
		return nil, err
	}
	o := &fredObject{kind: kind, id: id, roid: roid, sponsor: w.clientID, crID: w.clientID, crDate: w.now, data: data}
	if kind != "domain" {
		o.due = formatTime(now.AddDate(0, idleMonths, 0))
	}
	if auth == nil || *auth == "" {
		return o, o.newAuth(w)
	}
	return o, o.setAuth(w, *auth)
}

// newAuth gives the object a code that nobody knows until it is mailed.
func (o *fredObject) newAuth(w *work) error { return o.setAuth(w, rand.Text()[:12]) }

func (o *fredObject) setAuth(w *work, code string) error {
	now, err := w.instant()
	o.auth, o.authUntil = code, formatTime(now.Add(w.reg.cfg.AuthInfoTTL))
	return err
}

// opens reports whether a code is the object's and still good.
func (o *fredObject) opens(w *work, code *string) bool {
	return code != nil && sameSecret(o.auth, *code) && o.authUntil > w.now
}

// fredSave stores an object with its links.
func (w *work) fredSave(o *fredObject) error {
	data, err := json.Marshal(o.data)
	if err != nil {
		return err
	}
	if o.kind == "domain" {
		if o.due, err = o.nextDue(); err != nil {
			return err
		}
	}
	old, err := w.fredLinksOf(o)
	if err != nil {
		return err
	}
	err = w.exec(`INSERT INTO fred_objects (`+fredColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (kind, id) DO UPDATE SET sponsor = excluded.sponsor, auth_info = excluded.auth_info, auth_until = excluded.auth_until,
		up_id = excluded.up_id, up_date = excluded.up_date, tr_date = excluded.tr_date, due = excluded.due, data = excluded.data`,
		o.kind, o.id, o.roid, o.sponsor, o.auth, o.authUntil, o.crID, o.crDate, o.upID, o.upDate, o.trDate, o.due, string(data))
	if err != nil {
		return err
	}
	if err := w.exec(`DELETE FROM fred_links WHERE from_kind = ? AND from_id = ?`, o.kind, o.id); err != nil {
		return err
	}
	for _, l := range o.links() {
		if err := w.exec(`INSERT INTO fred_links (from_kind, from_id, kind, id) VALUES (?, ?, ?, ?)`, o.kind, o.id, l.kind, l.id); err != nil {
			return err
		}
	}
	w.fredLook(o.due)
	return w.fredTouch(append(old, o.links()...))
}

func (w *work) fredLook(at string) {
	if t, err := parseStored(at); err == nil { // "" = never
		w.reg.dueAt(t)
	}
}

func (w *work) fredLinksOf(o *fredObject) ([]fredLink, error) {
	var out []fredLink
	err := w.each(`SELECT kind, id FROM fred_links WHERE from_kind = ? AND from_id = ?`, func(rows *sql.Rows) error {
		var l fredLink
		err := rows.Scan(&l.kind, &l.id)
		out = append(out, l)
		return err
	}, o.kind, o.id)
	return out, err
}

// fredTouch starts or ends the time after which an unused object goes.
func (w *work) fredTouch(list []fredLink) error {
	now, err := w.instant()
	if err != nil {
		return err
	}
	idle := formatTime(now.AddDate(0, idleMonths, 0))
	for _, l := range list {
		err := w.exec(`UPDATE fred_objects SET due = CASE
			WHEN EXISTS (SELECT 1 FROM fred_links WHERE kind = ?1 AND id = ?2) THEN ''
			WHEN due = '' THEN ?3 ELSE due END WHERE kind = ?1 AND id = ?2`, l.kind, l.id, idle)
		if err != nil {
			return err
		}
	}
	w.fredLook(idle)
	return nil
}

// fredChanged stores an update by the caller.
func (w *work) fredChanged(o *fredObject) (reply, error) {
	o.upID, o.upDate = w.clientID, w.now
	return reply{code: 1000}, w.fredSave(o)
}

// fredDrop removes an object; what it used may be unused now.
func (w *work) fredDrop(o *fredObject) error {
	old, err := w.fredLinksOf(o)
	if err != nil {
		return err
	}
	if err := w.exec(`DELETE FROM fred_objects WHERE kind = ? AND id = ?`, o.kind, o.id); err != nil {
		return err
	}
	return w.fredTouch(old)
}

// fredStage is how far a domain has run out.
type fredStage int

const (
	fredGood    fredStage = iota
	fredWarned            // 30 days before
	fredExpired           // on the day
	fredOutzone           // 30 days behind
)

// Days from the expiry date at which the next stage begins; behind the last one the
// domain is deleted.
var fredDays = []int{-30, 0, 30, 61}

// validationWarning is how long before its end the validation of an ENUM domain is
// warned of.
const validationWarning = 14

// nextDue is when something happens to a domain by itself.
func (o *fredObject) nextDue() (string, error) {
	ends, err := time.Parse(time.DateOnly, o.data.Expires)
	if err != nil {
		return "", fmt.Errorf("expiry of %s: %w", o.id, err)
	}
	next := ends.AddDate(0, 0, fredDays[o.data.Stage])
	if o.data.Validated != "" && o.data.ValStage < 2 {
		v, err := time.Parse(time.DateOnly, o.data.Validated)
		if err != nil {
			return "", fmt.Errorf("validation of %s: %w", o.id, err)
		}
		if o.data.ValStage == 0 {
			v = v.AddDate(0, 0, -validationWarning)
		}
		if v.Before(next) {
			next = v
		}
	}
	return formatTime(next), nil
}
