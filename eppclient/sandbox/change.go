package sandbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// Message is a message put into an account's queue by hand. The XML is sent as
// it is: so a test can show a client what the schemas forbid.
type Message struct {
	Account   string `json:"account"`
	Text      string `json:"text"`
	ResData   string `json:"res_data,omitempty"`
	Extension string `json:"extension,omitempty"`
}

// Queue adds a message. Errors: ErrNotFound for an unknown account, ErrInvalid
// for XML that is not one element with a namespace.
func (s *Server) Queue(ctx context.Context, m Message) error {
	if _, known := s.accounts[m.Account]; !known {
		return fmt.Errorf("account %q: %w", m.Account, ErrNotFound)
	}
	out := message{account: m.Account, text: m.Text, resData: m.ResData, ext: m.Extension}
	var err error
	if out.resNS, err = rootNamespace(m.ResData); err == nil {
		out.extNS, err = rootNamespace(m.Extension)
	}
	if err != nil {
		return err
	}
	return s.registry.act(ctx, func(w *work) error { return w.queue(out) })
}

// rootNamespace reads the namespace of an XML fragment, "" of none.
func rootNamespace(xml string) (string, error) {
	if xml == "" {
		return "", nil
	}
	root, err := parseTree([]byte(xml))
	if err != nil || root.ns == "" {
		return "", fmt.Errorf("%w: XML: no element with a namespace (%v)", ErrInvalid, err)
	}
	return root.ns, nil
}

// act runs something the registry does by itself, in one transaction.
func (r *registry) act(ctx context.Context, fn func(*work) error) error {
	if err := r.runDue(ctx); err != nil {
		return err
	}
	err := inTx(ctx, r.db.writer, func(tx *sql.Tx) error {
		return fn(r.work(ctx, tx, caller{}, "", r.newSvTRID()))
	})
	if err != nil {
		r.nextDue.Store(0)
	}
	return err
}

// Change is something the registry, or a third party through it, does to a
// domain. The sponsor is told by a poll message with changePoll data (RFC 8590).
type Change struct {
	Name      string `json:"name"`
	Operation string `json:"operation"` // update, transfer, renew, delete or autoPurge
	// Add and Remove are statuses, of an update. The registry may set any of
	// server*Prohibited and serverHold.
	Add    []string `json:"add,omitempty"`
	Remove []string `json:"remove,omitempty"`
	To     string   `json:"to,omitempty"`        // the new sponsor of a transfer
	Who    string   `json:"who"`                 // for example "URS Admin"
	Reason string   `json:"reason,omitempty"`    // up to 32 characters (RFC 8590 §4)
	Case   string   `json:"case,omitempty"`      // case id
	Type   string   `json:"case_type,omitempty"` // udrp, urs or custom
	Before bool     `json:"before,omitempty"`    // also send the state from before, first
}

var errUnknownOperation = errors.New("operation is none of update, transfer, renew, delete, autoPurge")

// Change does it. Errors: ErrNotFound for an unknown domain or account,
// ErrInvalid for what is no change.
func (s *Server) Change(ctx context.Context, c Change) error {
	c.Name = fold(c.Name)
	if c.Who == "" || !hasLength(c.Reason, 0, 32) {
		return fmt.Errorf("%w: who is missing, or the reason is longer than 32 characters", ErrInvalid)
	}
	if _, known := s.accounts[c.To]; c.Operation == "transfer" && !known {
		return fmt.Errorf("account %q: %w", c.To, ErrNotFound)
	}
	return s.registry.act(ctx, func(w *work) error {
		d, err := w.findDomain(c.Name)
		if err != nil {
			return err
		}
		if d == nil {
			return fmt.Errorf("domain %q: %w", c.Name, ErrNotFound)
		}
		before := w.stateOf(d)
		if err := w.change(d, c); err != nil {
			return err
		}
		return w.tellChange(d, c, before)
	})
}

func (w *work) change(d *domainRow, c Change) error {
	switch c.Operation {
	case "update":
		return w.changeStatuses(d, c)
	case "transfer":
		if c.To == d.sponsor {
			return fmt.Errorf("%w: %s is the sponsor already", ErrInvalid, c.To)
		}
		if err := w.exec(`DELETE FROM transfers WHERE object = 'domain' AND name = ?`, d.name); err != nil {
			return err
		}
		return w.changeHands(&transferRow{object: "domain", name: d.name, reID: c.To, exDate: d.exDate})
	case "renew":
		expires, err := parseStored(d.exDate)
		if err != nil {
			return err
		}
		return w.exec(`UPDATE domains SET ex_date = ?, up_date = ? WHERE name = ?`, formatTime(addYears(expires, 1)), w.now, d.name)
	case "delete":
		return w.startDelete(d)
	case "autoPurge":
		return w.purgeDomain(d.name)
	}
	return fmt.Errorf("%w: %w", ErrInvalid, errUnknownOperation)
}

func (w *work) changeStatuses(d *domainRow, c Change) error {
	if len(c.Add)+len(c.Remove) == 0 {
		return fmt.Errorf("%w: the update changes nothing", ErrInvalid)
	}
	for _, st := range append(append([]string{}, c.Add...), c.Remove...) {
		if !strings.HasPrefix(st, "server") {
			return fmt.Errorf("%w: %q is not the registry's to set", ErrInvalid, st)
		}
	}
	for _, st := range c.Remove {
		if !hasStatus(d.statuses, st) {
			return fmt.Errorf("%w: %q is not set", ErrInvalid, st)
		}
		if err := w.exec(`DELETE FROM statuses WHERE object = 'domain' AND name = ? AND status = ?`, d.name, st); err != nil {
			return err
		}
	}
	for _, st := range c.Add {
		if hasStatus(d.statuses, st) {
			return fmt.Errorf("%w: %q is set already", ErrInvalid, st)
		}
		if err := w.exec(`INSERT INTO statuses (object, name, status, lang, note) VALUES ('domain', ?, ?, 'en', '')`, d.name, st); err != nil {
			return err
		}
	}
	return w.exec(`UPDATE domains SET up_date = ? WHERE name = ?`, w.now, d.name)
}

// stateOf is the infData of a domain as its sponsor may see it, without authInfo.
func (w *work) stateOf(d *domainRow) string { return w.encodeDomain(d, "all", true).resData }

// tellChange queues the state after the change, and before it when asked for. A
// purge has only a state before (RFC 8590 §2.2), a transfer tells both sides.
func (w *work) tellChange(d *domainRow, c Change, before string) error {
	listeners := []string{d.sponsor}
	if c.Operation == "transfer" {
		listeners = append(listeners, c.To)
	}
	after, err := w.findDomain(d.name)
	if err != nil {
		return err
	}
	for _, account := range listeners {
		m := message{account: account, text: "Registry initiated " + c.Operation + ".", resNS: nsDomain, extNS: nsChangePoll}
		if c.Before || after == nil {
			m.resData, m.ext = before, c.data("before", w)
			if err := w.queue(m); err != nil {
				return err
			}
		}
		if after != nil {
			m.resData, m.ext = w.stateOf(after), c.data("after", w)
			if err := w.queue(m); err != nil {
				return err
			}
		}
	}
	return nil
}

// data is changePoll:changeData.
func (c Change) data(state string, w *work) string {
	x := newData("changePoll", nsChangePoll, "changeData", "state", state)
	x.el("operation", c.Operation)
	x.el("date", w.now)
	x.el("svTRID", w.svTRID)
	x.el("who", c.Who)
	if c.Case != "" {
		kind := c.Type
		if kind == "" {
			kind = "custom"
		}
		x.el("caseId", c.Case, "type", kind)
	}
	x.elIf("reason", c.Reason)
	return x.reply(0).resData
}
