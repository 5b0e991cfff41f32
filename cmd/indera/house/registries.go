package house

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/cmd/indera/replicas"
	"github.com/indera/indera/eppclient/adapter/dialects"
	"github.com/indera/indera/eppclient/adapter/rfc"
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/eppclient/session"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/admin"
)

// account is one registry account: its session pool and its adapter. It is
// checked before anything starts and connected when the store stands, which
// its session leases and transcripts need.
type account struct {
	name   string
	cfg    config.Registry
	secret epp.Secret
	tls    *tls.Config
	speak  rfc.Dialect
	open   rfc.Open

	pool     *pool.Pool
	registry registrar.Registry
	joined   atomic.Bool // pool and registry are set
	latency  atomic.Int64
	lastOK   atomic.Int64 // Unix ns
}

// openRegistries reads certificates, secrets and quirks of all accounts.
func (h *house) openRegistries() error {
	for _, c := range h.cfg.Registry {
		a, err := newAccount(c, h.clock)
		if err != nil {
			return fmt.Errorf("registry %s: %w", c.Name, err)
		}
		h.registries = append(h.registries, a)
		h.metrics.EPP.Known(c.Name)
	}
	return nil
}

func newAccount(c config.Registry, clock clockwork.Clock) (*account, error) {
	a := &account{name: c.Name, cfg: c}
	password, err := c.Password(config.EnvRegistryPassword(c.Name))
	if err != nil {
		return nil, err
	}
	a.secret = epp.Secret(password)
	var known bool
	if a.speak, known = dialects.Named(cmp.Or(c.Dialect, rfc.Generic.Name)); !known {
		return nil, fmt.Errorf("dialect %q is none of %s", c.Dialect, strings.Join(dialects.Names(), ", "))
	}
	if a.open, err = a.speak.Prepare(c.Quirks); err != nil {
		return nil, err
	}
	a.tls, err = accountTLS(c, clock)
	return a, err
}

func accountTLS(c config.Registry, clock clockwork.Clock) (*tls.Config, error) {
	t := session.TLS{ServerName: c.ServerName, Pins: c.Pins, Clock: clock}
	if t.ServerName == "" {
		host, _, err := net.SplitHostPort(c.Address)
		if err != nil {
			return nil, fmt.Errorf("address: %w", err)
		}
		t.ServerName = host
	}
	if c.CAFile != "" {
		pool, err := config.ReadCA(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("ca_file: %w", err)
		}
		t.Roots = pool
	}
	if c.CertFile != "" {
		cert, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("cert_file: %w", err)
		}
		t.Certificates = []tls.Certificate{cert}
	}
	return t.Config()
}

// leaseBeats is how often a session lease is renewed within its life.
const leaseBeats = 3

// poolConfig is what all processes of the deployment share of an account, and
// how its sessions behave. It needs the store.
func (a *account) poolConfig(h *house) (pool.Config, error) {
	c := a.cfg
	cfg := pool.Config{
		Session: session.Config{
			Registry: c.Name, Addr: c.Address, TLS: a.tls, ServerID: c.ServerID, ClientID: c.ClientID, Password: a.secret,
			Services: a.speak.Services(), Objects: a.speak.Objects, PasswordMax: a.speak.PasswordMax, ConnectTimeout: c.ConnectWithin, ExchangeTimeout: h.cfg.Engine.ExchangeTimeout,
			Transcript: h.recorder, Clock: h.clock,
		},
		MaxSessions: c.Sessions, KeepAlive: c.KeepAlive, CommandsPerSecond: c.CommandsPerS,
		BackoffMin: c.BackoffMin, BackoffMax: c.BackoffMax, BreakerAfter: c.BreakerAfter, LimitBackoff: c.LimitBackoff,
		CredentialsRetry: c.LoginRetry, MaxAge: c.MaxAge, ExpiryWarning: c.ExpiryWarning,
		Observer: &poolObserver{metrics: h.metrics.EPP, log: h.log, account: a},
	}
	if !h.opt.Alone {
		life := h.cfg.Engine.SessionLease
		shared := replicas.Leases{Store: h.store, Holder: h.holder, TTL: life}
		cfg.Leases, cfg.Budget, cfg.LeaseRenew = shared, shared, life/leaseBeats
	}
	passwords, err := Passwords(h.cfg, c, h.store, h.holder)
	if err != nil || passwords == nil {
		return cfg, err
	}
	cfg.Secrets = *passwords
	return cfg, nil
}

// Passwords returns where the changed password of an account is kept, nil when
// it is never changed.
func Passwords(cfg *config.Config, c config.Registry, s replicas.Store, holder string) (*replicas.Passwords, error) {
	if c.ChangedFile == "" {
		return nil, nil
	}
	ring, err := cfg.Seal.Ring()
	if err != nil {
		return nil, err
	}
	password, err := c.Password(config.EnvRegistryPassword(c.Name))
	if err != nil {
		return nil, fmt.Errorf("registry %s: %w", c.Name, err)
	}
	return &replicas.Passwords{Path: c.ChangedFile, Registry: c.Name, Configured: epp.Secret(password), Ring: ring, Store: s, Holder: holder}, nil
}

// connect builds pool and adapter; the first session opens when it is needed,
// or at once where work or customers come, so that a registry that is away shows.
func (a *account) connect(h *house) error {
	c := a.cfg
	cfg, err := a.poolConfig(h)
	if err != nil {
		return err
	}
	if h.cfg.Has(config.RoleWorker) || h.cfg.Has(config.RoleWeb) {
		cfg.Warm = 1 // a customer's check must not wait for a login
	}
	p := pool.New(cfg)
	adapter, err := a.open(rfc.Config{
		Pool: p, ClientID: c.ClientID, ContactModel: registrar.ContactModel(c.ContactModel), ContactRoles: c.ContactRoles,
		CheckBatch: c.CheckBatch, MaxSessions: c.Sessions, CommandsPerSec: c.CommandsPerS,
	})
	if err != nil {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		return fmt.Errorf("registry %s: %w", c.Name, errors.Join(err, p.Close(ctx)))
	}
	a.pool, a.registry = p, adapter
	a.joined.Store(true)
	return nil
}

func (a *account) close(ctx context.Context) error {
	if !a.joined.Load() {
		return nil
	}
	if err := a.pool.Close(ctx); err != nil {
		return fmt.Errorf("closing the sessions of %s: %w", a.name, err)
	}
	return nil
}

// probe says whether the registry can be used; it does no I/O.
func (a *account) probe(context.Context) error {
	if !a.joined.Load() {
		return errors.New("not connected yet")
	}
	s := a.pool.Stats()
	if s.State == pool.StateUp || s.State == pool.StateIdle {
		return nil
	}
	return errors.New(trouble(s))
}

// probeExpiry says what will keep sessions from opening before long.
func (a *account) probeExpiry(context.Context) error {
	if !a.joined.Load() {
		return nil // the registry's own part says so
	}
	var soon []string
	for _, e := range a.pool.Stats().Soon {
		soon = append(soon, fmt.Sprintf("%s ends %s", strings.ReplaceAll(e.What, "_", " "), e.At.UTC().Format(time.RFC3339)))
	}
	if soon != nil {
		return errors.New(strings.Join(soon, "; "))
	}
	return nil
}

// trouble says in words why a pool is not well.
func trouble(s pool.Stats) string {
	text := string(s.State)
	if s.Reason != "" {
		text += ": " + string(s.Reason)
	}
	if s.LastError != "" {
		text += " (" + s.LastError + ")"
	}
	return text
}

// answered notes an exchange for the admin's page.
func (a *account) answered(took time.Duration) {
	a.latency.Store(int64(took))
	a.lastOK.Store(time.Now().UnixNano())
}

var _ admin.Health = (*house)(nil)

// Registries implements admin.Health.
func (h *house) Registries(ctx context.Context) []admin.RegistryHealth {
	out := make([]admin.RegistryHealth, 0, len(h.registries))
	for _, a := range h.registries {
		r := admin.RegistryHealth{Name: a.name, Limit: a.cfg.Sessions, Latency: time.Duration(a.latency.Load())}
		if at := a.lastOK.Load(); at != 0 {
			r.LastOK = time.Unix(0, at).UTC()
		}
		if err := a.probe(ctx); err != nil {
			r.Problem = err.Error()
		}
		if a.joined.Load() {
			r.Sessions = a.pool.Stats().Open
		}
		out = append(out, r)
	}
	return out
}
