package sandbox

import (
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// message is what waits in an account's queue (RFC 5730 §2.9.2.3).
type message struct {
	account        string
	text           string
	resNS, resData string // XML of one element and its namespace
	extNS, ext     string
}

// queue adds a message for an account. Accounts that are no longer configured
// get none: nobody would read them.
func (w *work) queue(m message) error {
	known, err := w.exists(`SELECT 1 FROM accounts WHERE client_id = ?`, m.account)
	if err != nil || !known {
		return err
	}
	return w.exec(`INSERT INTO messages (account, at, text, res_ns, res_data, ext_ns, extension) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		m.account, w.now, m.text, m.resNS, m.resData, m.extNS, m.ext)
}

// messageID is opaque to clients: it is no number.
func messageID(id int64) string { return fmt.Sprintf("msg-%d", id) }

// pollRequest answers the oldest message, or 1300.
func pollRequest(w *work, _ *request) (reply, error) {
	var id int64
	var m message
	var at string
	err := w.tx.QueryRowContext(w.ctx, `SELECT id, at, text, res_ns, res_data, ext_ns, extension FROM messages
		WHERE account = ? ORDER BY id LIMIT 1`, w.clientID).Scan(&id, &at, &m.text, &m.resNS, &m.resData, &m.extNS, &m.ext)
	if err == sql.ErrNoRows {
		return reply{code: 1300}, nil
	}
	if err != nil {
		return reply{}, err
	}
	count, _, err := value[int](w, `SELECT COUNT(*) FROM messages WHERE account = ?`, w.clientID)
	if err != nil {
		return reply{}, err
	}
	out := reply{code: 1301, msgQ: &messageQueue{count: count, id: messageID(id), date: at, text: m.text}}
	w.place(&out, m)
	return out, nil
}

// place puts a message's data where the session can read it: what it did not log
// in with is moved into the result (RFC 9038 §3), or left out when it does not
// know that either.
func (w *work) place(out *reply, m message) {
	if m.resData != "" {
		switch {
		case slices.Contains(w.objects, m.resNS) || !slices.Contains(w.reg.objectURIs(), m.resNS):
			out.resData = m.resData
		case w.uses(nsUnhandled):
			out.moved = append(out.moved, movedData{ns: m.resNS, xml: m.resData})
		}
	}
	if m.ext != "" {
		switch {
		case w.uses(m.extNS) || !slices.Contains(w.reg.extensionURIs(), m.extNS):
			out.extensions = append(out.extensions, m.ext)
		case w.uses(nsUnhandled):
			out.moved = append(out.moved, movedData{ns: m.extNS, xml: m.ext})
		}
	}
}

// pollAck takes the message at the head off the queue; any other id is 2303. The
// answer says how many are left.
func pollAck(w *work, req *request) (reply, error) {
	given := req.body.(*pollCmd).msgID
	if given == "" {
		return reply{}, refuse(2003, "attribute msgID is missing").at(nsEPP, "poll", "")
	}
	head, found, err := value[int64](w, `SELECT id FROM messages WHERE account = ? ORDER BY id LIMIT 1`, w.clientID)
	if err != nil {
		return reply{}, err
	}
	id, isID := strings.CutPrefix(given, "msg-")
	if !found || !isID || id != strconv.FormatInt(head, 10) {
		return reply{}, refuse(2303, "not the message at the head of the queue").at(nsEPP, "poll", "")
	}
	if err := w.exec(`DELETE FROM messages WHERE id = ?`, head); err != nil {
		return reply{}, err
	}
	left, _, err := value[int](w, `SELECT COUNT(*) FROM messages WHERE account = ?`, w.clientID)
	if err != nil {
		return reply{}, err
	}
	out := reply{code: 1000}
	if left > 0 {
		out.msgQ = &messageQueue{count: left, id: given}
	}
	return out, nil
}
