package house

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/jonboulle/clockwork"
	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/web/ops"
)

// Tool is an engine for a command that does one thing and ends: connected to the
// registries, within the same limits of sessions and commands as the running
// processes, without faces, workers and jobs.
type Tool struct {
	Engine *registrar.Engine
	house  *house
}

// NewTool builds one on an open store; what names the command in leases. Sessions
// open when they are needed.
func NewTool(cfg *config.Config, s *store.Store, log *slog.Logger, what string) (*Tool, error) {
	quiet := *cfg
	quiet.Roles = nil // no session is opened ahead of need
	h := &house{cfg: &quiet, log: log, clock: clockwork.NewRealClock(), gather: prometheus.NewRegistry(), store: s}
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("reading the host name: %w", err)
	}
	h.holder = fmt.Sprintf("%s/%s/%d/%s", what, host, os.Getpid(), ulid.Make())
	if h.metrics, err = ops.NewMetrics(h.gather, "", ""); err != nil {
		return nil, fmt.Errorf("registering metrics: %w", err)
	}
	if err := h.openRegistries(); err != nil {
		return nil, err
	}
	h.startRecorder()
	t := &Tool{house: h}
	if t.Engine, err = h.toolEngine(); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

func (h *house) toolEngine() (*registrar.Engine, error) {
	registries := make(map[string]registrar.Registry, len(h.registries))
	for _, a := range h.registries {
		if err := a.connect(h); err != nil {
			return nil, err
		}
		registries[a.name] = a.registry
	}
	e, err := registrar.New(registrar.Options{
		Store: h.store, Registries: registries, Clock: h.clock, Logger: h.log, Holder: h.holder, Sandbox: h.cfg.Sandbox,
		Currency: h.cfg.Registrar.Currency, ExchangeTimeout: h.cfg.Engine.ExchangeTimeout, RestoreRate: h.cfg.Engine.RestoreRate,
		// The catalogue is read once for many names.
		CatalogueTTL: time.Minute,
	})
	if err != nil {
		return nil, fmt.Errorf("building the engine: %w", err)
	}
	return e, nil
}

// Close logs out of the registries. The store stays open.
func (t *Tool) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	var errs []error
	for _, a := range t.house.registries {
		errs = append(errs, a.close(ctx))
	}
	return errors.Join(append(errs, t.house.recorder.close(ctx))...)
}
