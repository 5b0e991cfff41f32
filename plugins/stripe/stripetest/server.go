// Package stripetest is a small Stripe account for tests: it keeps state, holds
// requests to Stripe's rules and can go wrong on demand. It knows Checkout
// Sessions in payment mode and signed deliveries, and shares no code with the
// client that it tests.
package stripetest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
)

// Secrets of the account. None of them may ever be seen in a log or an error.
const (
	Key           = "sk_test_Y2FudGVlbg"
	WebhookSecret = "whsec_cGVwcGVy"
	ClientSecret  = "pi_secret_c2FsdA"
)

// Version is the API version that the account speaks.
const Version = "2023-10-16"

// Fault makes the next request go wrong.
type Fault int

// Faults.
const (
	FaultPage    Fault = iota + 1 // 502 with an HTML page, nothing executed
	FaultCut                      // executed, then the connection is cut
	FaultLimited                  // 429, nothing executed
	FaultKey                      // 401: the key was revoked
	FaultHang                     // no answer until the client goes away; executed
)

// Session is a Checkout Session.
type Session struct {
	ID            string
	Reference     string
	Metadata      map[string]string
	Amount        int64
	Currency      string
	Email         string
	Status        string // open, complete, expired
	PaymentStatus string // unpaid, paid
	Intent        string // status of the payment intent
	Decline       string // decline code of the last error
	SuccessURL    string
	ExpiresAt     time.Time
	Live          bool
	Refunded      int64 // of a paid one
	Disputes      []Dispute
}

// Server is the account. Its own address is also that of its payment pages.
type Server struct {
	*httptest.Server
	tb    testing.TB
	clock clockwork.Clock

	mu       sync.Mutex
	sessions map[string]*Session
	made     []string // ids in order
	answers  map[string]stored
	faults   []Fault
	lookups  int
}

// stored is the first answer to an idempotency key.
type stored struct {
	digest, body string
	status       int
}

// New starts an account that lives until the test ends.
func New(tb testing.TB, clock clockwork.Clock) *Server {
	tb.Helper()
	s := &Server{tb: tb, clock: clock, sessions: map[string]*Session{}, answers: map[string]stored{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/checkout/sessions", s.guarded(s.create))
	mux.HandleFunc("GET /v1/checkout/sessions", s.guarded(s.listSessions))
	mux.HandleFunc("GET /v1/disputes", s.guarded(s.listDisputes))
	mux.HandleFunc("GET /v1/checkout/sessions/{id}", s.guarded(s.retrieve))
	s.Server = httptest.NewUnstartedServer(mux)
	// A client would repeat by itself what was cut on a connection used before.
	s.Config.SetKeepAlivesEnabled(false)
	s.Start()
	tb.Cleanup(s.Close)
	return s
}

// Break makes the next requests go wrong, one fault each.
func (s *Server) Break(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// Sessions lists the sessions in the order they were made.
func (s *Server) Sessions() []Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Session, 0, len(s.made))
	for _, id := range s.made {
		out = append(out, *s.sessions[id])
	}
	return out
}

// Lookups counts how often a session was read.
func (s *Server) Lookups() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lookups
}

// Change alters a session, as its customer, the bank or somebody at Stripe does.
func (s *Server) Change(id string, f func(*Session)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.sessions[id]
	if !ok {
		s.tb.Errorf("stripetest: there is no session %q", id)
		return
	}
	f(one)
}

// Pay pays a session by card.
func (s *Server) Pay(id string) {
	s.Change(id, func(c *Session) { c.Status, c.PaymentStatus, c.Intent = "complete", "paid", "succeeded" })
}

// PayLater completes a session with a way to pay that takes days.
func (s *Server) PayLater(id string) {
	s.Change(id, func(c *Session) { c.Status, c.Intent = "complete", "processing" })
}

// Bounce fails what PayLater began.
func (s *Server) Bounce(id, decline string) {
	s.Change(id, func(c *Session) { c.Intent, c.Decline = "requires_payment_method", decline })
}

// Decline refuses a card; the page stays open for another one.
func (s *Server) Decline(id, decline string) {
	s.Change(id, func(c *Session) { c.Intent, c.Decline = "requires_payment_method", decline })
}

// Expire closes a page that was not paid.
func (s *Server) Expire(id string) { s.Change(id, func(c *Session) { c.Status = "expired" }) }

func (s *Server) guarded(next func(http.ResponseWriter, *http.Request) (int, any)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			refuse(w, http.StatusBadRequest, "invalid_request_error", "parameter_unknown", "")
			return
		}
		var fault Fault
		s.mu.Lock()
		if len(s.faults) > 0 {
			fault, s.faults = s.faults[0], s.faults[1:]
		}
		s.mu.Unlock()
		switch {
		case fault == FaultPage:
			w.WriteHeader(http.StatusBadGateway)
			fmt.Fprint(w, "<html>bad gateway "+ClientSecret+"</html>")
		case fault == FaultLimited:
			refuse(w, http.StatusTooManyRequests, "invalid_request_error", "rate_limit", "")
		case fault == FaultKey || r.Header.Get("Authorization") != "Bearer "+Key:
			refuse(w, http.StatusUnauthorized, "invalid_request_error", "api_key_expired", "")
		case r.Header.Get("Stripe-Version") != Version:
			refuse(w, http.StatusBadRequest, "invalid_request_error", "version", "")
		default:
			s.answer(w, r, fault, next)
		}
	}
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, fault Fault, next func(http.ResponseWriter, *http.Request) (int, any)) {
	status, body := s.once(w, r, next)
	switch fault {
	case FaultCut:
		panic(http.ErrAbortHandler)
	case FaultHang:
		<-r.Context().Done()
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Request-Id", "req_"+strconv.Itoa(status))
	w.WriteHeader(status)
	fmt.Fprint(w, body)
}

// once answers a POST by its idempotency key: the first answer again for the
// same parameters, a refusal for others. What was refused is not kept.
func (s *Server) once(w http.ResponseWriter, r *http.Request, next func(http.ResponseWriter, *http.Request) (int, any)) (int, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	run := func() (int, string) {
		status, v := next(w, r)
		b, err := json.Marshal(v)
		if err != nil {
			s.tb.Errorf("stripetest: encoding an answer: %v", err)
		}
		return status, string(b)
	}
	if r.Method == http.MethodGet {
		return run()
	}
	key := r.Header.Get("Idempotency-Key")
	if key == "" || len(key) > 255 {
		status, v := problem("idempotency_key_missing", "Idempotency-Key")
		b, _ := json.Marshal(v)
		return status, string(b)
	}
	sum := sha256.Sum256([]byte(r.Form.Encode()))
	digest := hex.EncodeToString(sum[:])
	if known, ok := s.answers[key]; ok {
		if known.digest != digest {
			b, _ := json.Marshal(errorBody("idempotency_error", "idempotency_key_reused", ""))
			return http.StatusBadRequest, string(b)
		}
		w.Header().Set("Idempotent-Replayed", "true")
		return known.status, known.body
	}
	status, body := run()
	if status < http.StatusBadRequest {
		s.answers[key] = stored{digest, body, status}
	}
	return status, body
}

func refuse(w http.ResponseWriter, status int, kind, code, param string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Request-Id", "req_refused")
	w.WriteHeader(status)
	b, _ := json.Marshal(errorBody(kind, code, param))
	_, _ = w.Write(b) // the client may be gone
}

func errorBody(kind, code, param string) map[string]any {
	return map[string]any{"error": map[string]any{"type": kind, "code": code, "param": param, "message": "No. " + ClientSecret,
		"payment_intent": map[string]any{"id": "pi_x", "object": "payment_intent", "client_secret": ClientSecret}}}
}

func problem(code, param string) (int, any) {
	return http.StatusBadRequest, errorBody("invalid_request_error", code, param)
}

// known lists every parameter that a session in payment mode may have here.
var known = map[string]bool{
	"mode": true, "client_reference_id": true, "success_url": true, "cancel_url": true, "expires_at": true, "customer_email": true,
	"line_items[0][quantity]": true, "line_items[0][price_data][currency]": true, "line_items[0][price_data][unit_amount]": true,
	"line_items[0][price_data][product_data][name]": true,
}

func (s *Server) create(_ http.ResponseWriter, r *http.Request) (int, any) {
	for name := range r.Form {
		if !known[name] && !strings.HasPrefix(name, "metadata[") && !strings.HasPrefix(name, "payment_intent_data[metadata][") {
			return problem("parameter_unknown", name)
		}
	}
	for name := range known {
		if r.Form.Get(name) == "" && name != "customer_email" {
			return problem("parameter_missing", name)
		}
	}
	amount, err := strconv.ParseInt(r.Form.Get("line_items[0][price_data][unit_amount]"), 10, 64)
	if err != nil || amount < 50 || amount > 99_999_999 {
		return problem("amount_too_small", "unit_amount")
	}
	currency := r.Form.Get("line_items[0][price_data][currency]")
	if len(currency) != 3 || currency != strings.ToLower(currency) {
		return problem("invalid_currency", "currency")
	}
	sec, err := strconv.ParseInt(r.Form.Get("expires_at"), 10, 64)
	if left := time.Unix(sec, 0).Sub(s.clock.Now()); err != nil || left < 30*time.Minute || left > 24*time.Hour {
		return problem("invalid_expires_at", "expires_at")
	}
	if back, err := url.Parse(r.Form.Get("success_url")); err != nil || !back.IsAbs() || r.Form.Get("mode") != "payment" {
		return problem("url_invalid", "success_url")
	}
	one := &Session{
		ID: fmt.Sprintf("cs_test_%06d", len(s.made)+1), Reference: r.Form.Get("client_reference_id"), Metadata: map[string]string{},
		Amount: amount, Currency: currency, Email: r.Form.Get("customer_email"), Status: "open", PaymentStatus: "unpaid",
		SuccessURL: r.Form.Get("success_url"), ExpiresAt: time.Unix(sec, 0),
	}
	for name, v := range r.Form {
		if key, ok := strings.CutPrefix(name, "metadata["); ok {
			one.Metadata[strings.TrimSuffix(key, "]")] = v[0]
		}
	}
	s.sessions[one.ID] = one
	s.made = append(s.made, one.ID)
	return http.StatusOK, s.show(one, "")
}

func (s *Server) retrieve(_ http.ResponseWriter, r *http.Request) (int, any) {
	s.lookups++
	one, ok := s.sessions[r.PathValue("id")]
	if !ok {
		return http.StatusNotFound, errorBody("invalid_request_error", "resource_missing", "id")
	}
	return http.StatusOK, s.show(one, r.Form.Get("expand[0]"))
}

// show is the session as the API writes it, with what the request expands.
func (s *Server) show(c *Session, expand string) map[string]any {
	out := map[string]any{
		"id": c.ID, "object": "checkout.session", "client_reference_id": c.Reference, "metadata": c.Metadata, "amount_total": c.Amount,
		"currency": c.Currency, "customer_email": c.Email, "livemode": c.Live, "mode": "payment", "status": c.Status,
		"payment_status": c.PaymentStatus, "success_url": c.SuccessURL, "expires_at": c.ExpiresAt.Unix(), "url": nil, "payment_intent": nil,
	}
	if c.Status == "open" {
		out["url"] = s.URL + "/c/pay/" + c.ID
	}
	if c.Intent != "" {
		out["payment_intent"] = "pi_" + c.ID
		if strings.HasPrefix(expand, "payment_intent") {
			pi := map[string]any{"id": "pi_" + c.ID, "object": "payment_intent", "status": c.Intent, "client_secret": ClientSecret}
			if c.Decline != "" {
				pi["last_payment_error"] = map[string]any{"type": "card_error", "code": "card_declined", "decline_code": c.Decline, "message": "No."}
			}
			if c.PaymentStatus == "paid" {
				if pi["latest_charge"] = "ch_" + c.ID; expand == "payment_intent.latest_charge" {
					pi["latest_charge"] = c.charge()
				}
			}
			out["payment_intent"] = pi
		}
	}
	return out
}
