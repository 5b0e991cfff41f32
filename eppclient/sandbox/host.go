package sandbox

import (
	"database/sql"
	"errors"
	"slices"
)

// hostRow is a row of the table hosts with what hangs on it.
type hostRow struct {
	name, roid, sponsor        string
	superordinate              sql.NullString
	crID, crDate, upID, upDate string
	addrs                      []hostAddr
	statuses                   []status
	linked                     bool // some domain delegates to it
	trDate                     string
	pending                    string // status of a command under review, "" = none
}

func (w *work) findHost(name string) (*hostRow, error) {
	h := &hostRow{}
	err := w.tx.QueryRowContext(w.ctx, `SELECT name, roid, sponsor, superordinate, cr_id, cr_date, up_id, up_date, tr_date
		FROM hosts WHERE name = ?`, name).Scan(&h.name, &h.roid, &h.sponsor, &h.superordinate,
		&h.crID, &h.crDate, &h.upID, &h.upDate, &h.trDate)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, (&refusal{code: 2303}).at(nsHost, "name", name)
	}
	if err != nil {
		return nil, err
	}
	if h.statuses, err = w.findStatuses("host", name); err != nil {
		return nil, err
	}
	verb, err := w.pendingVerb("host", name)
	if err != nil {
		return nil, err
	}
	h.pending = pendingStatus(verb)
	if h.linked, err = w.exists(`SELECT 1 FROM domain_hosts WHERE host = ? LIMIT 1`, name); err != nil {
		return nil, err
	}
	err = w.each(`SELECT ip, addr FROM host_addrs WHERE host = ? ORDER BY ip, addr`, func(rows *sql.Rows) error {
		var a hostAddr
		err := rows.Scan(&a.ip, &a.addr)
		h.addrs = append(h.addrs, a)
		return err
	}, name)
	return h, err
}

// ownHost is what host transforms start with: 2303, 2201, 2304.
func (w *work) ownHost(name, action string) (*hostRow, error) {
	h, err := w.findHost(name)
	switch {
	case err != nil:
		return nil, err
	case h.sponsor != w.clientID:
		return nil, refuse(2201, "sponsored by another client").at(nsHost, "name", name)
	case h.pending != "":
		return nil, refuse(2304, "%s", h.pending).at(nsHost, "name", name)
	}
	if by := prohibition(h.statuses, action); by != "" {
		return nil, refuse(2304, "%s", by).at(nsHost, "name", name)
	}
	return h, nil
}

// withComputed adds the pending states, linked, and ok when no other status but
// linked is there (RFC 5732 §2.3, RFC 5733 §2.2).
func withComputed(set []status, linked bool, pending ...string) []status {
	out := slices.Clone(set)
	for _, p := range pending {
		if p != "" {
			out = append(out, status{value: p})
		}
	}
	if len(out) == 0 {
		out = append(out, status{value: "ok"})
	}
	if linked {
		out = append(out, status{value: "linked"})
	}
	return out
}

func checkHosts(w *work, req *request) (reply, error) {
	if err := w.checkBatch(req); err != nil {
		return reply{}, err
	}
	var results []checked
	for _, name := range req.keys {
		result := checked{key: name}
		taken, err := w.exists(`SELECT 1 FROM hosts WHERE name = ?`, name)
		switch {
		case err != nil:
			return reply{}, err
		case !validHostname(name, 2):
			result.reason = "Invalid name"
		case taken:
			result.reason = "In use"
		}
		results = append(results, result)
	}
	return encodeCheck("host", nsHost, "name", results), nil
}

// infoHost answers every client: hosts have no authInfo (RFC 5732 §3.1.2).
func infoHost(w *work, req *request) (reply, error) {
	h, err := w.findHost(req.keys[0])
	if err != nil {
		return reply{}, err
	}
	x := newData("host", nsHost, "infData")
	x.el("name", h.name)
	x.el("roid", h.roid)
	x.statuses(withComputed(h.statuses, h.linked, h.pending))
	for _, a := range h.addrs {
		x.el("addr", a.addr, "ip", a.ip)
	}
	x.el("clID", h.sponsor)
	x.el("crID", h.crID)
	x.el("crDate", h.crDate)
	x.elIf("upID", h.upID)
	x.elIf("upDate", h.upDate)
	x.elIf("trDate", h.trDate)
	return x.reply(1000), nil
}

// superordinateFor decides whether a host of that name is internal and may be
// ours: its superordinate domain must exist (2303), be ours (2201) and not be
// on its way out (2304). External hosts get an invalid NullString.
func (w *work) superordinateFor(name string) (sql.NullString, error) {
	if !validHostname(name, 2) {
		return sql.NullString{}, refuse(2005, "not a host name").at(nsHost, "name", name)
	}
	if w.reg.tlds[name] != nil {
		return sql.NullString{}, refuse(2306, "the name of a zone").at(nsHost, "name", name)
	}
	parent := w.reg.superordinate(name)
	if parent == "" {
		return sql.NullString{}, nil
	}
	d, err := w.findDomain(parent)
	switch {
	case err != nil:
		return sql.NullString{}, err
	case d == nil:
		return sql.NullString{}, refuse(2303, "superordinate domain %s", parent).at(nsHost, "name", name)
	case d.sponsor != w.clientID:
		return sql.NullString{}, refuse(2201, "superordinate domain sponsored by another client").at(nsHost, "name", name)
	case d.purgeAt.Valid:
		return sql.NullString{}, refuse(2304, "superordinate domain is pendingDelete").at(nsHost, "name", name)
	}
	return sql.NullString{String: parent, Valid: true}, nil
}

const maxHostAddrs = 13

// checkGlue judges the addresses a host would have: an internal host needs
// some (2003 at create, 2306 at update), an external one must have none (2306).
func checkGlue(internal bool, addrs []hostAddr, codeWhenMissing int) error {
	switch {
	case internal && len(addrs) == 0:
		return refuse(codeWhenMissing, "an internal host needs an address").at(nsHost, "addr", "")
	case !internal && len(addrs) > 0:
		return refuse(2306, "an external host carries no address").at(nsHost, "addr", addrs[0].addr)
	case len(addrs) > maxHostAddrs:
		return refuse(2306, "at most %d addresses", maxHostAddrs).at(nsHost, "addr", "")
	}
	return nil
}

// createHost is RFC 5732 §3.2.1.
func createHost(w *work, req *request) (reply, error) {
	c := req.body.(*hostCreate)
	taken, err := w.exists(`SELECT 1 FROM hosts WHERE name = ?`, c.name)
	if err != nil {
		return reply{}, err
	}
	if taken {
		return reply{}, (&refusal{code: 2302}).at(nsHost, "name", c.name)
	}
	parent, err := w.superordinateFor(c.name)
	if err != nil {
		return reply{}, err
	}
	addrs, err := change(nil, c.addrs, nil, nsHost, "addr", hostAddr.text)
	if err != nil {
		return reply{}, err
	}
	if err := checkGlue(parent.Valid, addrs, 2003); err != nil {
		return reply{}, err
	}
	roid, err := w.newROID("H")
	if err != nil {
		return reply{}, err
	}
	if err := w.exec(`INSERT INTO hosts (name, roid, sponsor, superordinate, cr_id, cr_date) VALUES (?, ?, ?, ?, ?, ?)`,
		c.name, roid, w.clientID, parent, w.clientID, w.now); err != nil {
		return reply{}, err
	}
	if err := w.addAddrs(c.name, addrs); err != nil {
		return reply{}, err
	}
	x := newData("host", nsHost, "creData")
	x.el("name", c.name)
	x.el("crDate", w.now)
	return x.reply(1000), nil
}

func (a hostAddr) text() string { return a.addr }

func (w *work) addAddrs(host string, addrs []hostAddr) error {
	for _, a := range addrs {
		if err := w.exec(`INSERT INTO host_addrs (host, ip, addr) VALUES (?, ?, ?)`, host, a.ip, a.addr); err != nil {
			return err
		}
	}
	return nil
}

// updateHost is RFC 5732 §3.2.5, rename included.
func updateHost(w *work, req *request) (reply, error) {
	c := req.body.(*hostUpdate)
	h, err := w.ownHost(c.name, "")
	if err != nil {
		return reply{}, err
	}
	lifts := c.add.isEmpty() && c.newName == "" && len(c.rem.addrs) == 0 && isOnlyUpdateLock(c.rem.statuses)
	if by := prohibition(h.statuses, "Update"); by != "" && !(by == "clientUpdateProhibited" && lifts) {
		return reply{}, refuse(2304, "%s", by).at(nsHost, "name", c.name)
	}
	if err := w.updateStatuses("host", nsHost, c.name, h.statuses, c.add.statuses, c.rem.statuses); err != nil {
		return reply{}, err
	}
	addrs, err := change(h.addrs, c.add.addrs, c.rem.addrs, nsHost, "addr", hostAddr.text)
	if err != nil {
		return reply{}, err
	}
	parent := h.superordinate
	if c.newName != "" && w.reg.ua() {
		return reply{}, refuse(2102, "hosts keep their name here").at(nsHost, "chg", "")
	}
	if c.newName != "" {
		if parent, err = w.mayRename(h, c.newName); err != nil {
			return reply{}, err
		}
	}
	if err := checkGlue(parent.Valid, addrs, 2306); err != nil {
		return reply{}, err
	}
	if err := w.exec(`DELETE FROM host_addrs WHERE host = ?`, c.name); err != nil {
		return reply{}, err
	}
	if err := w.addAddrs(c.name, addrs); err != nil {
		return reply{}, err
	}
	return reply{code: 1000}, w.saveHost(c, parent)
}

// saveHost writes name and parent; links follow by ON UPDATE CASCADE.
func (w *work) saveHost(c *hostUpdate, parent sql.NullString) error {
	name := c.name
	if c.newName != "" {
		name = c.newName
		if err := w.exec(`UPDATE statuses SET name = ? WHERE object = 'host' AND name = ?`, name, c.name); err != nil {
			return err
		}
	}
	return w.exec(`UPDATE hosts SET name = ?, superordinate = ?, up_id = ?, up_date = ? WHERE name = ?`,
		name, parent, w.clientID, w.now, c.name)
}

// mayRename: the new name is free (2302) and may be ours; an external host that
// domains of other clients use keeps its name (2305, RFC 5732 §3.2.5).
func (w *work) mayRename(h *hostRow, newName string) (sql.NullString, error) {
	none := sql.NullString{}
	taken, err := w.exists(`SELECT 1 FROM hosts WHERE name = ?`, newName)
	if err != nil {
		return none, err
	}
	if taken {
		return none, (&refusal{code: 2302}).at(nsHost, "name", newName)
	}
	if !h.superordinate.Valid {
		foreign, err := w.exists(`SELECT 1 FROM domain_hosts JOIN domains ON domains.name = domain_hosts.domain
			WHERE host = ? AND sponsor <> ? LIMIT 1`, h.name, w.clientID)
		if err != nil {
			return none, err
		}
		if foreign {
			return none, refuse(2305, "domains of other clients use it").at(nsHost, "name", h.name)
		}
	}
	return w.superordinateFor(newName)
}

// deleteHost is RFC 5732 §3.2.2.
func deleteHost(w *work, req *request) (reply, error) {
	h, err := w.ownHost(req.keys[0], "Delete")
	if err != nil {
		return reply{}, err
	}
	if h.linked && req.ext.ua == nil {
		return reply{}, refuse(2305, "linked").at(nsHost, "name", h.name)
	}
	if err := w.exec(`DELETE FROM domain_hosts WHERE host = ?`, h.name); err != nil { // confirmed, or there is none
		return reply{}, err
	}
	if err := w.exec(`DELETE FROM statuses WHERE object = 'host' AND name = ?`, h.name); err != nil {
		return reply{}, err
	}
	return reply{code: 1000}, w.exec(`DELETE FROM hosts WHERE name = ?`, h.name)
}
