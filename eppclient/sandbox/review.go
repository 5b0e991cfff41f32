package sandbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Review is a standing order: commands that match are answered 1001 and wait for
// a decision (RFC 5730 §2.9.2.3, RFC 5731 §3.3).
type Review struct {
	Object string `json:"object"`          // domain, contact or host
	Verb   string `json:"verb"`            // create, update, renew or delete
	Name   string `json:"name,omitempty"`  // "" = any
	Count  int    `json:"count,omitempty"` // how many commands; 0 = all
}

// reviews are the standing orders.
type reviews struct {
	mu   sync.Mutex
	list []Review
}

var reviewVerbs = []string{"create", "update", "renew", "delete"}

func (r *reviews) add(o Review) error {
	if !slices.Contains([]string{"domain", "contact", "host"}, o.Object) || !slices.Contains(reviewVerbs, o.Verb) || o.Count < 0 ||
		o.Verb == "renew" && o.Object != "domain" {
		return fmt.Errorf("%w: review of %q %q", ErrInvalid, o.Object, o.Verb)
	}
	o.Name = fold(o.Name)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, o)
	return nil
}

// wants takes one command off an order that matches.
func (r *reviews) wants(req *request) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, o := range r.list {
		if o.Object != req.object || o.Verb != req.verb || o.Name != "" && fold(o.Name) != fold(req.keys[0]) {
			continue
		}
		if o.Count > 0 {
			if r.list[i].Count--; r.list[i].Count == 0 {
				r.list = slices.Delete(r.list, i, i+1)
			}
		}
		return true
	}
	return false
}

// giveBack undoes wants after a command that was refused.
func (r *reviews) giveBack(req *request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, o := range r.list {
		if o.Object == req.object && o.Verb == req.verb && o.Count > 0 {
			r.list[i].Count++
			return
		}
	}
	r.list = append(r.list, Review{Object: req.object, Verb: req.verb, Name: req.keys[0], Count: 1})
}

// forReview answers a command 1001. It must be one that would be done now: a
// refusal is told at once. A create is done, and the object waits as
// pendingCreate (an application waits already); the rest is done when approved.
func (w *work) forReview(req *request, handle handler) (reply, error) {
	out, err := w.tryOut(req, handle)
	if err != nil {
		return reply{}, err
	}
	out.code = 1001
	return out, w.exec(`INSERT INTO pending (object, name, verb, at, account, cl_trid, sv_trid, objects, extensions, frame)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, req.object, req.keys[0], req.verb, w.now, w.clientID, w.clTRID, w.svTRID,
		strings.Join(w.objects, " "), strings.Join(w.extensions, " "), req.frame)
}

// tryOut runs a handler; unless it creates something, its effects are undone.
func (w *work) tryOut(req *request, handle handler) (reply, error) {
	if req.verb == "create" {
		return handle(w, req)
	}
	if err := w.exec(`SAVEPOINT review`); err != nil {
		return reply{}, err
	}
	_, err := handle(w, req)
	if back := errors.Join(w.exec(`ROLLBACK TO review`), w.exec(`RELEASE review`)); back != nil {
		return reply{}, errors.Join(err, back)
	}
	return reply{}, err
}

// pendingVerb names the command that waits for an object, "" when none does.
func (w *work) pendingVerb(object, name string) (string, error) {
	verb, _, err := value[string](w, `SELECT verb FROM pending WHERE object = ? AND name = ?`, object, name)
	return verb, err
}

// pendingStatus is the EPP status of a waiting command: "pendingUpdate".
func pendingStatus(verb string) string {
	if verb == "" {
		return ""
	}
	return "pending" + strings.ToUpper(verb[:1]) + verb[1:]
}

// Decision ends the review of a command.
type Decision struct {
	Object  string `json:"object"`
	Name    string `json:"name"`
	Approve bool   `json:"approve"`
}

// OrderReview adds a standing order. Errors wrap ErrInvalid.
func (s *Server) OrderReview(o Review) error { return s.registry.reviews.add(o) }

// Decide ends the review of a command and queues the panData for its client. An
// approved command that cannot be done any more counts as refused; done says what
// it came to. Errors wrap ErrNotFound when nothing waits.
func (s *Server) Decide(ctx context.Context, d Decision) (done bool, err error) {
	if d.Object != "contact" {
		d.Name = fold(d.Name)
	}
	err = s.registry.act(ctx, func(w *work) error {
		done, err = w.decide(d)
		return err
	})
	return done, err
}

// decide continues as the client whose command it is.
func (w *work) decide(d Decision) (bool, error) {
	var who caller
	var verb, clTRID, svTRID, objects, ext string
	var frame []byte
	err := w.tx.QueryRowContext(w.ctx, `DELETE FROM pending WHERE object = ? AND name = ?
		RETURNING verb, account, cl_trid, sv_trid, objects, extensions, frame`, d.Object, d.Name).
		Scan(&verb, &who.clientID, &clTRID, &svTRID, &objects, &ext, &frame)
	if errors.Is(err, sql.ErrNoRows) {
		return false, fmt.Errorf("pending %s %q: %w", d.Object, d.Name, ErrNotFound)
	}
	if err != nil {
		return false, err
	}
	who.objects, who.extensions = strings.Fields(objects), strings.Fields(ext)
	w = w.reg.work(w.ctx, w.tx, who, clTRID, svTRID)
	done, err := d.Approve, error(nil)
	switch {
	case verb == "create" && !d.Approve:
		err = w.undoCreate(d.Object, d.Name)
	case verb != "create" && d.Approve:
		done, err = w.runLater(frame)
	}
	if err != nil {
		return false, err
	}
	m := message{account: who.clientID, text: "Pending action completed.",
		resNS: nsOf(d.Object), resData: panData(d.Object, d.Name, done, clTRID, svTRID, w.now)}
	if d.Object == "domain" && verb == "create" {
		if m.ext, err = w.closeApplication(d.Name, done); err != nil {
			return false, err
		}
		if m.ext != "" {
			m.extNS = nsLaunch
		}
	}
	return done, w.queue(m)
}

// runLater does a command from its frame. false: it cannot be done any more.
func (w *work) runLater(frame []byte) (bool, error) {
	env, bad := w.reg.decodeFrame(frame)
	if bad != nil {
		return false, bad
	}
	req, bad := w.reg.decodeRequest(env, w.caller)
	if bad != nil {
		return false, bad
	}
	if err := w.exec(`SAVEPOINT later`); err != nil {
		return false, err
	}
	_, err := transforms[req.kind()](w, req)
	var refused *refusal
	if errors.As(err, &refused) {
		return false, errors.Join(w.exec(`ROLLBACK TO later`), w.exec(`RELEASE later`))
	}
	if err != nil {
		return false, err
	}
	return true, w.exec(`RELEASE later`)
}

// undoCreate takes an object away that was refused.
func (w *work) undoCreate(object, name string) error {
	if object == "domain" {
		d, err := w.findDomain(name)
		if err != nil || d == nil {
			return err
		}
		if err := w.refund(d); err != nil {
			return err
		}
		return w.purgeDomain(name)
	}
	if err := w.exec(`DELETE FROM statuses WHERE object = ? AND name = ?`, object, name); err != nil {
		return err
	}
	if object == "contact" {
		return w.exec(`DELETE FROM contacts WHERE id = ?`, name)
	}
	return w.exec(`DELETE FROM hosts WHERE name = ?`, name)
}

func nsOf(object string) string {
	return map[string]string{"domain": nsDomain, "contact": nsContact, "host": nsHost}[object]
}

// panData tells the outcome of a pending action.
func panData(object, name string, done bool, clTRID, svTRID, at string) string {
	x := newData(object, nsOf(object), "panData")
	key, result := "name", "0"
	if object == "contact" {
		key = "id"
	}
	if done {
		result = "1"
	}
	x.el(key, name, "paResult", result)
	x.start(x.prefix + "paTRID")
	x.textIf("clTRID", clTRID, "xmlns", nsEPP)
	x.text("svTRID", svTRID, "xmlns", nsEPP)
	x.end(x.prefix + "paTRID")
	x.el("paDate", at)
	return x.reply(0).resData
}
