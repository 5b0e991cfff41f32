package sandbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"time"
)

// ErrNotFound is returned for an account or domain the registry does not have.
var ErrNotFound = errors.New("not found")

// AccountState is the money side of one account.
type AccountState struct {
	ClientID     string `json:"client_id"`
	Currency     string `json:"currency"`
	BalanceMinor int64  `json:"balance_minor"`
	Sessions     int    `json:"sessions"` // logged in now
}

// State is a summary for tests, dashboards and scripts.
type State struct {
	Name       string         `json:"name"`
	EPP        string         `json:"epp"`
	Now        string         `json:"now"`      // business time
	Sessions   int            `json:"sessions"` // connections, logged in or not
	Commands   int64          `json:"commands"` // frames received since start
	Domains    int64          `json:"domains"`
	Contacts   int64          `json:"contacts"`
	Hosts      int64          `json:"hosts"`
	Transforms int64          `json:"transforms"`
	Ledger     int64          `json:"ledger"` // rows
	Accounts   []AccountState `json:"accounts"`
	Faults     []Fault        `json:"faults"`
}

// DomainState is one domain as stored, without its authInfo.
type DomainState struct {
	Name       string              `json:"name"`
	ROID       string              `json:"roid"`
	Sponsor    string              `json:"sponsor"`
	Registrant string              `json:"registrant,omitempty"`
	Contacts   map[string][]string `json:"contacts,omitempty"` // ids by type
	Hosts      []string            `json:"hosts,omitempty"`    // names, of objects or attributes
	Statuses   []string            `json:"statuses"`
	CrDate     string              `json:"cr_date"`
	ExDate     string              `json:"ex_date"`
	UpDate     string              `json:"up_date,omitempty"`
	PurgeAt    string              `json:"purge_at,omitempty"`
}

// AddFault adds a standing order and returns it with its ID. Errors wrap ErrInvalid.
func (s *Server) AddFault(f Fault) (Fault, error) { return s.faults.add(f) }

// Faults lists all faults added since the last ClearFaults, with their hits.
func (s *Server) Faults() []Fault { return s.faults.all() }

// ClearFaults ends all misbehaviour, the session limit included.
func (s *Server) ClearFaults() { s.faults.clear() }

// SetLatency replaces the answer delays: by verb, "*" for all others; nil for
// none. Errors wrap ErrInvalid.
func (s *Server) SetLatency(latency map[string]time.Duration) error {
	if err := checkLatency(latency); err != nil {
		return err
	}
	s.faults.setLatency(latency)
	return nil
}

// AddFunds books delta minor units on an account (negative: takes them away)
// and returns the new balance. Going below zero wraps ErrInvalid, an unknown
// account ErrNotFound.
func (s *Server) AddFunds(ctx context.Context, clientID string, delta int64) (int64, error) {
	return s.registry.moveFunds(ctx, clientID, func(int64) int64 { return delta })
}

// SetFunds books whatever makes the balance equal to minor, and returns it.
func (s *Server) SetFunds(ctx context.Context, clientID string, minor int64) (int64, error) {
	return s.registry.moveFunds(ctx, clientID, func(balance int64) int64 { return minor - balance })
}

func (r *registry) moveFunds(ctx context.Context, clientID string, delta func(int64) int64) (int64, error) {
	var after int64
	err := inTx(ctx, r.db.writer, func(tx *sql.Tx) error {
		w := r.work(ctx, tx, caller{clientID: clientID}, "", r.newSvTRID())
		balance, found, err := value[int64](w, `SELECT balance_minor FROM accounts WHERE client_id = ?`, clientID)
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("account %q: %w", clientID, ErrNotFound)
		}
		amount := delta(balance)
		if after = balance + amount; after < 0 {
			return fmt.Errorf("%w: balance of %q would be %d", ErrInvalid, clientID, after)
		}
		switch {
		case amount > 0:
			return w.book(entry{account: clientID, verb: "topup", amount: amount})
		case amount < 0:
			return w.book(entry{account: clientID, verb: "withdraw", amount: amount})
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return after, nil
}

// CloseSessions cuts every connection and returns how many there were.
// Commands already executing are still committed.
func (s *Server) CloseSessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for sess := range s.sessions {
		sess.close()
	}
	return len(s.sessions)
}

// State counts everything.
func (s *Server) State(ctx context.Context) (State, error) {
	out := State{Name: s.cfg.Name, EPP: s.Addr(), Now: formatTime(s.registry.now()),
		Commands: s.commands.Load(), Faults: s.Faults()}
	s.mu.Lock()
	out.Sessions = len(s.sessions)
	loggedIn := maps.Clone(s.loggedIn)
	s.mu.Unlock()
	if err := s.registry.runDue(ctx); err != nil {
		return out, err
	}
	err := inTx(ctx, s.registry.db.reader, func(tx *sql.Tx) error {
		w := s.registry.work(ctx, tx, caller{}, "", "")
		err := tx.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM domains) + (SELECT COUNT(*) FROM fred_objects WHERE kind = 'domain'),
			(SELECT COUNT(*) FROM contacts) + (SELECT COUNT(*) FROM fred_objects WHERE kind = 'contact'),
			(SELECT COUNT(*) FROM hosts), (SELECT COUNT(*) FROM transforms), (SELECT COUNT(*) FROM ledger)`).
			Scan(&out.Domains, &out.Contacts, &out.Hosts, &out.Transforms, &out.Ledger)
		if err != nil {
			return err
		}
		return w.each(`SELECT client_id, currency, balance_minor FROM accounts ORDER BY client_id`,
			func(rows *sql.Rows) error {
				var a AccountState
				err := rows.Scan(&a.ClientID, &a.Currency, &a.BalanceMinor)
				a.Sessions = loggedIn[a.ClientID]
				out.Accounts = append(out.Accounts, a)
				return err
			})
	})
	return out, err
}

// Domain looks one domain up; ErrNotFound when there is none.
func (s *Server) Domain(ctx context.Context, name string) (DomainState, error) {
	var out DomainState
	if err := s.registry.runDue(ctx); err != nil {
		return out, err
	}
	err := inTx(ctx, s.registry.db.reader, func(tx *sql.Tx) error {
		w := s.registry.work(ctx, tx, caller{}, "", "")
		if s.registry.fred() {
			var err error
			out, err = w.fredState(name)
			return err
		}
		d, err := w.findDomain(fold(name))
		if err != nil {
			return err
		}
		if d == nil {
			return fmt.Errorf("domain %q: %w", name, ErrNotFound)
		}
		out = DomainState{Name: d.name, ROID: d.roid, Sponsor: d.sponsor, Registrant: d.registrant.String,
			Hosts: d.hosts, CrDate: d.crDate, ExDate: d.exDate, UpDate: d.upDate, PurgeAt: d.purgeAt.String,
			Contacts: map[string][]string{}}
		for _, a := range d.attrs {
			out.Hosts = append(out.Hosts, a.name())
		}
		for _, st := range d.shownStatuses() {
			out.Statuses = append(out.Statuses, st.value)
		}
		for _, c := range d.contacts {
			out.Contacts[c.kind] = append(out.Contacts[c.kind], c.id)
		}
		return nil
	})
	return out, err
}

const maxControlBody = 64 << 10

// serveControl starts the control port. It has no password: it listens on
// loopback only, and wants JSON so that no web page can post to it unasked.
func (s *Server) serveControl() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /faults", func(w http.ResponseWriter, _ *http.Request) { s.write(w, s.Faults(), nil) })
	mux.HandleFunc("DELETE /faults", func(w http.ResponseWriter, _ *http.Request) {
		s.ClearFaults()
		s.write(w, s.Faults(), nil)
	})
	mux.HandleFunc("POST /faults", control(s, func(_ context.Context, f Fault) (any, error) { return s.AddFault(f) }))
	mux.HandleFunc("POST /funds", control(s, s.postFunds))
	mux.HandleFunc("POST /latency", control(s, s.postLatency))
	mux.HandleFunc("POST /sessions/close", control(s, func(context.Context, struct{}) (any, error) {
		return map[string]int{"closed": s.CloseSessions()}, nil
	}))
	mux.HandleFunc("POST /reviews", control(s, func(_ context.Context, o Review) (any, error) { return o, s.OrderReview(o) }))
	mux.HandleFunc("POST /decisions", control(s, func(ctx context.Context, d Decision) (any, error) {
		done, err := s.Decide(ctx, d)
		return map[string]bool{"done": done}, err
	}))
	mux.HandleFunc("POST /commands", control(s, func(ctx context.Context, a Act) (any, error) { return s.Act(ctx, a) }))
	mux.HandleFunc("POST /changes", control(s, func(ctx context.Context, c Change) (any, error) { return c, s.Change(ctx, c) }))
	mux.HandleFunc("POST /maintenance", control(s, func(ctx context.Context, m Maintenance) (any, error) { return m, s.Announce(ctx, m) }))
	mux.HandleFunc("POST /messages", control(s, func(ctx context.Context, m Message) (any, error) { return m, s.Queue(ctx, m) }))
	mux.HandleFunc("GET /mails", func(w http.ResponseWriter, _ *http.Request) { s.write(w, s.Mails(), nil) })
	mux.HandleFunc("GET /state", func(w http.ResponseWriter, r *http.Request) {
		state, err := s.State(r.Context())
		s.write(w, state, err)
	})
	mux.HandleFunc("GET /domains/{name}", func(w http.ResponseWriter, r *http.Request) {
		domain, err := s.Domain(r.Context(), r.PathValue("name"))
		s.write(w, domain, err)
	})
	s.control = &http.Server{Handler: mux, ReadTimeout: 10 * time.Second, WriteTimeout: time.Minute}
	listener := s.controlL
	s.wg.Go(func() {
		if err := s.control.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.cfg.Logger.Error("control port", "registry", s.cfg.Name, "err", err)
		}
	})
}

type fundsOrder struct {
	Account    string `json:"account"`
	DeltaMinor *int64 `json:"delta_minor"`
	SetMinor   *int64 `json:"set_minor"`
}

func (s *Server) postFunds(ctx context.Context, o fundsOrder) (any, error) {
	var balance int64
	var err error
	switch {
	case (o.DeltaMinor == nil) == (o.SetMinor == nil):
		return nil, fmt.Errorf("%w: give delta_minor or set_minor", ErrInvalid)
	case o.SetMinor != nil:
		balance, err = s.SetFunds(ctx, o.Account, *o.SetMinor)
	default:
		balance, err = s.AddFunds(ctx, o.Account, *o.DeltaMinor)
	}
	return map[string]any{"account": o.Account, "balance_minor": balance}, err
}

func (s *Server) postLatency(_ context.Context, ms map[string]int) (any, error) {
	latency := map[string]time.Duration{}
	for verb, n := range ms {
		latency[verb] = time.Duration(n) * time.Millisecond
	}
	return ms, s.SetLatency(latency)
}

// control decodes a JSON body strictly and answers what fn returns.
func control[T any](s *Server, fn func(context.Context, T) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in T
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
			s.write(w, nil, fmt.Errorf("%w: Content-Type must be application/json", ErrInvalid))
			return
		}
		dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxControlBody))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&in); err != nil {
			s.write(w, nil, fmt.Errorf("%w: %w", ErrInvalid, err))
			return
		}
		out, err := fn(r.Context(), in)
		s.write(w, out, err)
	}
}

// write answers JSON: the value, or {"error": "…"} with 400, 404 or 500.
func (s *Server) write(w http.ResponseWriter, v any, err error) {
	code := http.StatusOK
	switch {
	case err == nil:
	case errors.Is(err, ErrInvalid):
		code = http.StatusBadRequest
	case errors.Is(err, ErrNotFound):
		code = http.StatusNotFound
	default:
		code = http.StatusInternalServerError
		s.cfg.Logger.Error("control port", "registry", s.cfg.Name, "err", err)
	}
	if err != nil {
		v = map[string]string{"error": err.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	s.quietly("writing a control answer", json.NewEncoder(w).Encode(v))
}
