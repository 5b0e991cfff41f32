package house

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"
	_ "time/tzdata" // small images have no zones of their own

	"github.com/oklog/ulid/v2"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/plugins/fossbilling"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/templates/mail"
)

// OpenFOSSBilling prepares reading the configured installation; it reads the
// password.
func OpenFOSSBilling(c config.FOSSBilling) (*fossbilling.Source, error) {
	password, err := c.Password(config.EnvFOSSBillingPassword)
	if err != nil {
		return nil, fmt.Errorf("mirrors.fossbilling: %w", err)
	}
	zone, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("mirrors.fossbilling.time_zone: %w", err)
	}
	opt := fossbilling.Options{Address: c.Address, Database: c.Name, User: c.User, Password: password, Registrars: c.Registrars, Location: zone, Timeout: c.Timeout}
	if c.TLS.Enabled {
		if opt.TLS, err = databaseTLS(config.Database{Address: c.Address, TLS: c.TLS}); err != nil {
			return nil, fmt.Errorf("mirrors.fossbilling: %w", err)
		}
	}
	return fossbilling.Open(opt)
}

// NewImporter builds the engine of a command that imports on an open store: it
// asks no registry, and mails staff when the brake stops it. What it queues is
// sent by the running workers.
func NewImporter(cfg *config.Config, s *store.Store, log *slog.Logger) (*registrar.Engine, error) {
	return NewDesk(cfg, s, log, "import")
}

// NewDesk builds the engine of a command that asks no registry and queues mail;
// what names the command.
func NewDesk(cfg *config.Config, s *store.Store, log *slog.Logger, what string) (*registrar.Engine, error) {
	url := (&doors{}).portalURL(cfg)
	letters, err := mail.New(mail.Sender{Registrar: cfg.Registrar.Name, PortalURL: url, AdminURL: url + "/admin", Sandbox: cfg.Sandbox})
	if err != nil {
		return nil, fmt.Errorf("reading the mail texts: %w", err)
	}
	e, err := registrar.New(registrar.Options{Store: s, Logger: log, Letters: letters, Currency: cfg.Registrar.Currency, StaffEmail: cfg.Registrar.StaffEmail,
		Sandbox: cfg.Sandbox, Retention: cfg.Retention.Rules(), Holder: fmt.Sprintf("%s/%d/%s", what, os.Getpid(), ulid.Make())})
	if err != nil {
		return nil, fmt.Errorf("building the engine: %w", err)
	}
	return e, nil
}

// mirrors names the billing systems that are configured.
func (h *house) mirrors() []string {
	if h.cfg.Mirrors.FOSSBilling.On() {
		return []string{fossbilling.System}
	}
	return nil
}

// mirrorLimit bounds an import with all its tries; what it cuts off goes on at the
// next.
const mirrorLimit = 4 * time.Hour

// mirrorJobs imports from each configured billing system.
func (h *house) mirrorJobs() []job {
	c := h.cfg.Mirrors.FOSSBilling
	if !c.On() {
		return nil
	}
	once := func(ctx context.Context) (err error) {
		src, err := OpenFOSSBilling(c)
		if err != nil {
			return err
		}
		defer func() {
			if closeErr := src.Close(); err == nil {
				err = closeErr
			}
		}()
		return h.importMirror(ctx, src, c.Brake())
	}
	const name = "mirror-fossbilling"
	return []job{{name, c.Every, mirrorLimit, func(ctx context.Context) error { return h.untilDone(ctx, name, c.Every, once) }}}
}

// importMirror runs one import. Waiting for a person, or for another process that
// imports, is no failure of the job.
func (h *house) importMirror(ctx context.Context, src registrar.BillingSystem, brake registrar.BrakeLimit) error {
	r, err := h.engine.ImportMirror(ctx, registrar.System("mirror/"+src.System()), src, registrar.MirrorOptions{Brake: brake})
	if registrar.KindOf(err) == registrar.KindConflict {
		h.log.InfoContext(ctx, "import left out", "system", src.System(), "reason", err)
		return nil
	}
	if err != nil {
		return err
	}
	h.log.InfoContext(ctx, "imported", "system", src.System(), "run", r.Run.ID, "outcome", r.Run.Outcome, "created", r.Run.Created, "changed", r.Run.Changed,
		"gone", r.Run.Gone, "left_out", r.Run.LeftOut, "worklist", r.Run.Flaws)
	return nil
}
