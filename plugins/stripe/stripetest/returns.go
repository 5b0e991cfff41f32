package stripetest

import (
	"net/http"
	"strings"
)

// Dispute is a dispute of a session's charge. Its money moves by itself: the
// state says nothing about that.
type Dispute struct {
	Amount   int64
	Status   string
	Moves    []int64 // what it did to the account's own balance, fees included
	Currency string  // "" = the session's
}

// Refund gives a part of a paid session back; a negative amount is a refund that
// failed later.
func (s *Server) Refund(id string, amount int64) {
	s.Change(id, func(c *Session) { c.Refunded += amount })
}

// Dispute opens a dispute whose money is taken at once.
func (s *Server) Dispute(id string, amount int64) {
	s.Change(id, func(c *Session) {
		c.Disputes = append(c.Disputes, Dispute{Amount: amount, Status: "needs_response", Moves: []int64{-amount - 1500}})
	})
}

// Inquire opens an inquiry, which moves no money.
func (s *Server) Inquire(id string, amount int64) {
	s.Change(id, func(c *Session) {
		c.Disputes = append(c.Disputes, Dispute{Amount: amount, Status: "warning_needs_response"})
	})
}

// Win ends the last dispute for us: the money comes back, with its fee.
func (s *Server) Win(id string) {
	s.Change(id, func(c *Session) {
		d := &c.Disputes[len(c.Disputes)-1]
		d.Status, d.Moves = "won", append(d.Moves, -d.Moves[0])
	})
}

// Lose ends the last dispute against us: nothing moves any more.
func (s *Server) Lose(id string) {
	s.Change(id, func(c *Session) { c.Disputes[len(c.Disputes)-1].Status = "lost" })
}

// charge is the session's charge as the API writes it.
func (c *Session) charge() map[string]any {
	return map[string]any{"id": "ch_" + c.ID, "object": "charge", "amount": c.Amount, "amount_refunded": c.Refunded, "currency": c.Currency,
		"disputed": len(c.Disputes) > 0, "refunded": c.Refunded == c.Amount, "payment_intent": "pi_" + c.ID, "livemode": c.Live}
}

// shown is a dispute as the API writes it.
func (d Dispute) shown(c *Session) map[string]any {
	moves := []map[string]any{}
	for _, m := range d.Moves {
		moves = append(moves, map[string]any{"id": "txn_1", "object": "balance_transaction", "amount": m, "currency": "eur"})
	}
	currency := d.Currency
	if currency == "" {
		currency = c.Currency
	}
	return map[string]any{"id": "dp_" + c.ID, "object": "dispute", "amount": d.Amount, "currency": currency, "status": d.Status,
		"payment_intent": "pi_" + c.ID, "charge": "ch_" + c.ID, "balance_transactions": moves, "livemode": c.Live}
}

// ofIntent finds the session of a request's payment_intent. Other parameters
// than those that we send are refused.
func (s *Server) ofIntent(r *http.Request, allowed ...string) (*Session, string) {
	for name := range r.Form {
		if name != "payment_intent" && !strings.Contains(strings.Join(allowed, " "), name) {
			return nil, name
		}
	}
	return s.sessions[strings.TrimPrefix(r.Form.Get("payment_intent"), "pi_")], ""
}

func listOf(rows []map[string]any, path string) map[string]any {
	return map[string]any{"object": "list", "url": path, "has_more": false, "data": rows}
}

func (s *Server) listSessions(_ http.ResponseWriter, r *http.Request) (int, any) {
	one, bad := s.ofIntent(r)
	if bad != "" {
		return problem("parameter_unknown", bad)
	}
	rows := []map[string]any{}
	if one != nil && one.Intent != "" {
		rows = append(rows, s.show(one, ""))
	}
	return http.StatusOK, listOf(rows, "/v1/checkout/sessions")
}

func (s *Server) listDisputes(_ http.ResponseWriter, r *http.Request) (int, any) {
	one, bad := s.ofIntent(r, "limit")
	if bad != "" {
		return problem("parameter_unknown", bad)
	}
	rows := []map[string]any{}
	if one != nil {
		for i := len(one.Disputes) - 1; i >= 0; i-- {
			rows = append(rows, one.Disputes[i].shown(one))
		}
	}
	return http.StatusOK, listOf(rows, "/v1/disputes")
}

// aboutReturn is the object of an event about a refund or a dispute.
func (c *Session) aboutReturn(kind string) map[string]any {
	if strings.HasPrefix(kind, "charge.dispute.") && len(c.Disputes) > 0 {
		return c.Disputes[len(c.Disputes)-1].shown(c)
	}
	return c.charge()
}
