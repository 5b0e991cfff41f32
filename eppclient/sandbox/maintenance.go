package sandbox

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

const nsMaintenance = "urn:ietf:params:xml:ns:epp:maintenance-1.0"

// Maintenance is one announcement (RFC 9167).
type Maintenance struct {
	ID          string    `json:"id"`
	System      string    `json:"system"` // for example "EPP"
	Host        string    `json:"host,omitempty"`
	Impact      string    `json:"impact"` // none, partial or full
	Start       time.Time `json:"start"`
	End         time.Time `json:"end"`
	Reason      string    `json:"reason"` // planned or emergency
	Description string    `json:"description,omitempty"`
	TLDs        []string  `json:"tlds,omitempty"`
	Withdraw    bool      `json:"withdraw,omitempty"` // takes the announcement of this id back
}

func (m Maintenance) check() error {
	switch {
	case m.ID == "" || collapse(m.ID) != m.ID, m.System == "":
		return fmt.Errorf("%w: maintenance needs id and system", ErrInvalid)
	case !slices.Contains([]string{"none", "partial", "full"}, m.Impact), !slices.Contains([]string{"planned", "emergency"}, m.Reason):
		return fmt.Errorf("%w: impact %q, reason %q", ErrInvalid, m.Impact, m.Reason)
	case !m.End.After(m.Start):
		return fmt.Errorf("%w: it ends before it starts", ErrInvalid)
	}
	return nil
}

// Announce stores an announcement, replaces the one of the same id, or withdraws
// it, and tells every account by poll.
func (s *Server) Announce(ctx context.Context, m Maintenance) error {
	if err := m.check(); err != nil {
		return err
	}
	return s.registry.act(ctx, func(w *work) error {
		created, found, err := value[string](w, `SELECT cr_date FROM maintenance WHERE id = ?`, m.ID)
		if err != nil {
			return err
		}
		kind, updated := "create", ""
		switch {
		case m.Withdraw && !found:
			return fmt.Errorf("maintenance %q: %w", m.ID, ErrNotFound)
		case m.Withdraw:
			kind, updated = "delete", w.now
		case found:
			kind, updated = "update", w.now
		default:
			created = w.now
		}
		if err := w.exec(`DELETE FROM maintenance WHERE id = ?`, m.ID); err != nil {
			return err
		}
		if !m.Withdraw {
			if err := w.exec(`INSERT INTO maintenance (id, starts, ends, cr_date, up_date, item) VALUES (?, ?, ?, ?, ?, ?)`,
				m.ID, formatTime(m.Start), formatTime(m.End), created, updated, m.item("", created, updated)); err != nil {
				return err
			}
		}
		for _, a := range s.cfg.Accounts {
			err := w.queue(message{account: a.ClientID, text: "Registry maintenance.", resNS: nsMaintenance, resData: m.item(kind, created, updated)})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// item is maint:infData of one announcement; pollType only in a message.
func (m Maintenance) item(pollType, created, updated string) string {
	x := newData("maint", nsMaintenance, "infData")
	x.start("maint:item")
	x.el("id", m.ID)
	x.elIf("pollType", pollType)
	x.start("maint:systems")
	x.start("maint:system")
	x.el("name", m.System)
	x.elIf("host", m.Host)
	x.el("impact", m.Impact)
	x.end("maint:system")
	x.end("maint:systems")
	x.empty("maint:environment", "type", "ote")
	x.el("start", formatTime(m.Start))
	x.el("end", formatTime(m.End))
	x.el("reason", m.Reason)
	x.elIf("description", m.Description, "lang", "en")
	if len(m.TLDs) > 0 {
		x.start("maint:tlds")
		for _, tld := range m.TLDs {
			x.el("tld", tld)
		}
		x.end("maint:tlds")
	}
	x.el("crDate", created)
	x.elIf("upDate", updated)
	x.end("maint:item")
	return x.reply(0).resData
}

// decodeMaintenanceInfo reads RFC 9167 §4.1: a list or one id.
func decodeMaintenanceInfo(s *strict, req *request, n *node) {
	q := s.open(n)
	if list := q.maybe("list"); list != nil {
		s.empty(list)
		req.keys = []string{"list"}
		req.body = ""
	} else {
		id := s.token(q.need("id"), 1, -1, "name", "lang")
		req.keys, req.body = []string{id}, id
	}
	q.done()
}

// infoMaintenance answers one announcement (2303 when there is none) or all.
func infoMaintenance(w *work, req *request) (reply, error) {
	if id := req.body.(string); id != "" {
		item, found, err := value[string](w, `SELECT item FROM maintenance WHERE id = ?`, id)
		if err == nil && !found {
			err = (&refusal{code: 2303}).at(nsMaintenance, "id", id)
		}
		return reply{code: 1000, resData: item}, err
	}
	rows, err := w.texts(`SELECT id || char(10) || starts || char(10) || ends || char(10) || cr_date || char(10) || up_date FROM maintenance ORDER BY starts, id`)
	if err != nil {
		return reply{}, err
	}
	x := newData("maint", nsMaintenance, "infData")
	x.start("maint:list")
	for _, row := range rows {
		x.start("maint:listItem")
		parts := strings.Split(row, "\n")
		for i, element := range []string{"id", "start", "end", "crDate", "upDate"} {
			x.elIf(element, parts[i])
		}
		x.end("maint:listItem")
	}
	x.end("maint:list")
	return x.reply(1000), nil
}
