package sandbox

import (
	"strconv"
	"strings"
	"sync"
)

// fredMemory is what a FRED server keeps beside its database: one list for each
// account, and the letters it has sent.
type fredMemory struct {
	mu    sync.Mutex
	lists map[string][]string
	mails []Mail
}

// Mail is a letter with a transfer code to the holder of an object.
type Mail struct {
	To     string `json:"to"`
	Object string `json:"object"` // domain, contact, nsset or keyset
	ID     string `json:"id"`
	Code   string `json:"code"`
}

// Mails returns the letters that sendAuthInfo has led to, the oldest first.
func (s *Server) Mails() []Mail {
	m := &s.registry.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Mail{}, m.mails...)
}

// fredSendAuthInfo makes a new code and mails it to the holder. Anybody may ask.
func fredSendAuthInfo(w *work, req *request) (reply, error) {
	o, err := w.fredGet(req.object, req.keys[0])
	if err != nil {
		return reply{}, err
	}
	if err := o.newAuth(w); err != nil {
		return reply{}, err
	}
	holder := o
	switch {
	case o.kind == "domain":
		holder, err = w.fredFind("contact", o.data.Registrant)
	case len(o.data.Techs) > 0:
		holder, err = w.fredFind("contact", o.data.Techs[0])
	}
	if err != nil {
		return reply{}, err
	}
	if err := w.fredSave(o); err != nil {
		return reply{}, err
	}
	m := &w.reg.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mails = append(m.mails, Mail{To: holder.data.Email, Object: o.kind, ID: o.id, Code: o.auth})
	return reply{code: 1000}, nil
}

// fredTest answers at once and tells the result by a message: all is well.
func fredTest(w *work, req *request) (reply, error) {
	o, err := w.fredGet("nsset", req.keys[0])
	if err != nil {
		return reply{}, err
	}
	x := newData("nsset", nsFredNsset, "testData")
	x.elIf("cltestid", w.clTRID)
	x.el("id", o.id)
	x.list("name", req.body.(*fredRef).names)
	x.start("nsset:result")
	x.el("testname", "existence")
	x.el("status", "true")
	x.end("nsset:result")
	return reply{code: 1000}, w.fredTell(w.clientID, "Technical test.", nsFredNsset, x)
}

// fredCredit shows the account's balance as the credit of each zone.
func fredCredit(w *work, _ *request) (reply, error) {
	minor, err := w.balance()
	if err != nil {
		return reply{}, err
	}
	x := newData("fred", nsFred, "resCreditInfo")
	for _, t := range w.reg.cfg.TLDs {
		x.start("fred:zoneCredit")
		x.el("zone", t.Name)
		x.el("credit", fredAmount(minor))
		x.end("fred:zoneCredit")
	}
	return x.reply(1000), nil
}

// fredKeep keeps a list for its account, whatever the session, in the place of the
// one before.
func (w *work) fredKeep(list []string, err error) (reply, error) {
	if err != nil {
		return reply{}, err
	}
	m := &w.reg.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lists == nil {
		m.lists = map[string][]string{}
	}
	m.lists[w.clientID] = list
	x := newData("fred", nsFred, "infoResponse")
	x.el("count", strconv.Itoa(len(list)))
	return x.reply(1000), nil
}

// resultsChunk is how many items one getResults answers.
const resultsChunk = 100

func fredResults(w *work, _ *request) (reply, error) {
	m := &w.reg.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	list := m.lists[w.clientID]
	n := min(len(list), resultsChunk)
	x := newData("fred", nsFred, "resultsList")
	x.list("item", list[:n])
	if m.lists != nil {
		m.lists[w.clientID] = list[n:]
	}
	return x.reply(1000), nil
}

func fredList(w *work, req *request) (reply, error) {
	kind := strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(req.verb, "list"), "s"))
	return w.fredKeep(w.texts(`SELECT id FROM fred_objects WHERE sponsor = ? AND kind = ? ORDER BY id`, w.clientID, kind))
}

// fredListBy answers the caller's objects that use another one.
func fredListBy(w *work, req *request) (reply, error) {
	from, by, _ := strings.Cut(req.verb, "sBy")
	return w.fredKeep(w.texts(`SELECT o.id FROM fred_links l JOIN fred_objects o ON o.kind = l.from_kind AND o.id = l.from_id
		WHERE l.kind = ? AND l.id = ? AND l.from_kind = ? AND o.sponsor = ? ORDER BY o.id`, strings.ToLower(by), req.keys[0], from, w.clientID))
}

func fredNssetsByNs(w *work, req *request) (reply, error) {
	return w.fredKeep(w.texts(`SELECT DISTINCT o.id FROM fred_objects o, json_each(o.data, '$.servers') s
		WHERE o.sponsor = ? AND o.kind = 'nsset' AND json_extract(s.value, '$.name') = ? ORDER BY o.id`, w.clientID, req.keys[0]))
}
