// Package house joins the parts of Indera into one running process: store,
// engine, registries, faces, workers and jobs, as the configuration says. The
// serve and demo commands both run it.
package house

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"
	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/cmd/indera/replicas"
	"github.com/indera/indera/policies/errp"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/web/ops"
)

// Options says what to run.
type Options struct {
	Config  *config.Config
	Logger  *slog.Logger
	Clock   clockwork.Clock // business time; nil = real
	Version string

	// Alone promises that no other process uses the database: registry sessions
	// need no shared lease then.
	Alone bool
	// Migrate brings the schema up to date instead of refusing to start.
	Migrate bool
	// Mailbox, when set, is mounted at /mailbox of the portal.
	Mailbox http.Handler
	// Prepare runs when the engine stands, before anything is served: the demo
	// makes its customer there. May be nil.
	Prepare func(ctx context.Context, e *registrar.Engine) error
	// AfterRestore reconciles everything with the registries before anything is
	// sent: the database was restored from a backup. RestoredNames are those the
	// registries are known to list as ours.
	AfterRestore  bool
	RestoredNames []string
	// ReplicaLife is how long a process that died keeps its share of the rate
	// limits; 0 = replicas.AliveLife.
	ReplicaLife time.Duration
	// Ready is called once everything listens and is served. May be nil.
	Ready func(a Addresses) error
}

// Addresses says where the faces are; "" where the process has none.
type Addresses struct {
	Portal string // URL without trailing slash
	RDAP   string // URL without trailing slash
	WHOIS  string // host:port
	Ops    string // URL without trailing slash
}

// house is one running process.
type house struct {
	opt     Options
	cfg     *config.Config
	log     *slog.Logger
	clock   clockwork.Clock
	holder  string
	doors   *doors
	ops     *ops.Ops
	metrics *ops.Metrics
	gather  *prometheus.Registry

	store      *store.Store
	registries []*account
	recorder   *recorder
	engine     *registrar.Engine
	errp       *errp.Policy
	alive      *replicas.Alive // nil: no other process is there

	mu       sync.Mutex // guards starting
	starting error      // why the process is not ready yet; nil = it is
}

var errStarting = errors.New("starting")

// Run runs until ctx ends and everything is drained, or until a part fails.
// Listening happens first: a taken port is told at once. A database or registry
// that is away is waited for, with /readyz red meanwhile.
func Run(ctx context.Context, opt Options) error {
	h, err := newHouse(opt)
	if err != nil {
		return err
	}
	defer h.doors.close()
	group, running := errgroup.WithContext(ctx)
	h.doors.serve(running, group, h.cfg.Drain)
	group.Go(func() error { return h.live(running, group) })
	return h.wait(running, group)
}

func newHouse(opt Options) (*house, error) {
	if opt.Clock == nil {
		opt.Clock = clockwork.NewRealClock()
	}
	h := &house{opt: opt, cfg: opt.Config, log: opt.Logger, clock: opt.Clock, starting: errStarting, gather: prometheus.NewRegistry()}
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("reading the host name: %w", err)
	}
	// Unique among replicas and restarts: a lease of a dead process is never
	// taken for ours.
	h.holder = fmt.Sprintf("%s/%d/%s", host, os.Getpid(), ulid.Make())
	if h.metrics, err = ops.NewMetrics(h.gather, opt.Version, revision()); err != nil {
		return nil, fmt.Errorf("registering metrics: %w", err)
	}
	if err := h.openRegistries(); err != nil {
		return nil, err
	}
	h.ops = ops.New(ops.Options{Parts: h.parts(), Gatherer: h.gather, Version: opt.Version, Logger: h.log})
	h.doors, err = openDoors(h.cfg, h.log, h.metrics, h.ops)
	return h, err
}

// live brings everything up in order and starts the roles.
func (h *house) live(ctx context.Context, group *errgroup.Group) error {
	if err := h.openStore(ctx); err != nil {
		return err
	}
	if err := h.openEngine(ctx); err != nil {
		return err
	}
	if h.opt.Prepare != nil {
		if err := h.opt.Prepare(ctx, h.engine); err != nil {
			return err
		}
	}
	if err := h.beginRestore(ctx); err != nil {
		return err
	}
	h.countReplicas(ctx, group)
	if err := h.openFaces(ctx, group); err != nil {
		return err
	}
	h.startWork(ctx, group)
	if err := h.startScheduler(ctx, group); err != nil {
		return err
	}
	h.setStarting(nil)
	h.log.InfoContext(ctx, "ready", "roles", h.cfg.Roles, "version", h.opt.Version)
	if h.opt.Ready != nil {
		return h.opt.Ready(h.doors.addresses(h.cfg))
	}
	return nil
}

// wait returns when all roles have ended, at the latest Drain after the stop.
func (h *house) wait(ctx context.Context, group *errgroup.Group) error {
	done := make(chan error, 1)
	go func() { done <- group.Wait() }()
	select {
	case err := <-done:
		return errors.Join(err, h.closeAll())
	case <-ctx.Done():
	}
	h.ops.Drain()
	h.log.Info("stopping", "drain_timeout", h.cfg.Drain)
	limit := time.NewTimer(h.cfg.Drain)
	defer limit.Stop()
	select {
	case err := <-done:
		if errors.Is(err, context.Canceled) {
			err = nil
		}
		return errors.Join(err, h.closeAll())
	case <-limit.C:
		return fmt.Errorf("not drained after %s: what was under way is reconciled at the next start", h.cfg.Drain)
	}
}

// closeTimeout bounds logging out of registries and closing the database.
const closeTimeout = 5 * time.Second

// closeAll ends what is held open, in the order of use.
func (h *house) closeAll() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	var errs []error
	for _, a := range h.registries {
		errs = append(errs, a.close(ctx))
	}
	if h.recorder != nil {
		errs = append(errs, h.recorder.close(ctx))
	}
	if h.store != nil {
		errs = append(errs, h.store.Close())
	}
	err := errors.Join(errs...)
	h.log.Info("stopped")
	return err
}

func (h *house) setStarting(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.starting = err
}

func (h *house) started() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.starting
}

// parts are what /readyz and /health look at. A registry that is away makes
// only a process unready that has to talk to it in the background: a portal
// behind a balancer goes on showing and selling what the others serve.
func (h *house) parts() []ops.Part {
	parts := []ops.Part{
		{Name: "start", Needed: true, Probe: func(context.Context) error { return h.started() }},
		{Name: "database", Needed: true, Probe: h.probeDatabase},
	}
	for _, a := range h.registries {
		parts = append(parts, ops.Part{Name: "registry " + a.name, Needed: h.cfg.Has(config.RoleWorker), Probe: a.probe},
			ops.Part{Name: "expiry " + a.name, Probe: a.probeExpiry})
	}
	parts = append(parts, ops.Part{Name: "restore", Probe: h.probeRestore})
	if h.cfg.Has(config.RoleWorker) && h.cfg.SMTP.Host == "" {
		parts = append(parts, ops.Part{Name: "mail", Probe: func(context.Context) error {
			return errors.New("no relay is configured: mail waits in the queue")
		}})
	}
	return parts
}

// probeDatabase writes, so that a full disk shows.
func (h *house) probeDatabase(ctx context.Context) error {
	h.mu.Lock()
	s := h.store
	h.mu.Unlock()
	if s == nil {
		return errors.New("not connected yet")
	}
	return s.Ping(ctx)
}
