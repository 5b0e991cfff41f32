package house

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/indera/indera/cmd/indera/config"
	"github.com/indera/indera/plugins/smtp"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/templates/mail"
	"github.com/indera/indera/web/ops"
)

// openEngine builds the engine and makes the catalogue as configured.
func (h *house) openEngine(ctx context.Context) error {
	letters, err := mail.New(mail.Sender{
		Registrar: h.cfg.Registrar.Name, PortalURL: h.doors.portalURL(h.cfg),
		AdminURL: h.doors.portalURL(h.cfg) + "/admin", Sandbox: h.cfg.Sandbox,
	})
	if err != nil {
		return fmt.Errorf("reading the mail texts: %w", err)
	}
	keys, err := h.cfg.Seal.Ring()
	if err != nil {
		return err
	}
	if keys == nil {
		h.log.WarnContext(ctx, "no seal.keys are configured: password reset, confirmed addresses, invitations, authenticator apps and transfer codes are refused, and staff sign in by their password alone")
	}
	h.startRecorder()
	registries := make(map[string]registrar.Registry, len(h.registries))
	names := make([]string, 0, len(h.registries))
	settle := time.Duration(0)
	for i, a := range h.registries {
		if err := a.connect(h); err != nil {
			return err
		}
		registries[a.name] = a.registry
		names = append(names, a.name)
		settle = max(settle, h.cfg.Registry[i].SettleAfter)
	}
	providers, limits, err := h.payments()
	if err != nil {
		return err
	}
	agreements, err := h.agreements()
	if err != nil {
		return err
	}
	sender, err := h.webhookSender()
	if err != nil {
		return err
	}
	c := h.cfg.Engine
	h.engine, err = registrar.New(registrar.Options{
		Payments: providers, MoneyLimits: limits, PaymentLookAfter: h.cfg.Payments.LookAfter,
		Mirrors: h.mirrors(), Store: h.store, Registries: registries, Clock: h.clock, Logger: h.log, Observer: h.metrics.Engine,
		Letters: letters, Holder: h.holder, Sandbox: h.cfg.Sandbox, Currency: h.cfg.Registrar.Currency,
		Agreements: agreements, DefaultNameServers: h.cfg.Registrar.NameServers,
		StaffEmail: h.cfg.Registrar.StaffEmail, CheckTimeout: c.CheckTimeout, ExchangeTimeout: c.ExchangeTimeout, LeaseMargin: c.LeaseMargin,
		SettleAfter: settle, ConfirmAfter: c.ConfirmAfter, ClockSkew: c.ClockSkew, FundsProbe: c.FundsProbe,
		CatalogueTTL: c.CatalogueTTL, RestoreRate: c.RestoreRate,
		Seal: keys, Issuer: h.cfg.Registrar.Name, TransferCodeLife: c.CodeLife, Retention: h.cfg.Retention.Rules(), Webhooks: sender,
	})
	if err != nil {
		return fmt.Errorf("building the engine: %w", err)
	}
	if err := h.openPolicies(); err != nil {
		return err
	}
	if err := ops.RegisterPolicies(h.gather, h.store, h.engine.Policies()); err != nil {
		return fmt.Errorf("registering metrics: %w", err)
	}
	if err := ops.RegisterQueue(h.gather, h.store, names); err != nil {
		return fmt.Errorf("registering metrics: %w", err)
	}
	if err := ops.RegisterWebhooks(h.gather, h.store); err != nil {
		return fmt.Errorf("registering metrics: %w", err)
	}
	if err := ops.RegisterMirrors(h.gather, h.store, h.engine.Now, h.mirrors()); err != nil {
		return fmt.Errorf("registering metrics: %w", err)
	}
	if err := ops.RegisterRestore(h.gather, h.store); err != nil {
		return fmt.Errorf("registering metrics: %w", err)
	}
	if h.cfg.Has(config.RoleWeb) {
		if err := h.keepAgreements(ctx); err != nil {
			return err
		}
	}
	if h.cfg.Has(config.RoleWeb) || h.cfg.Has(config.RoleScheduler) {
		return h.applyCatalogue(ctx)
	}
	return nil
}

// catalogueLease is held while the catalogue is written, so that replicas that
// start together do not audit the same change twice.
const (
	catalogueLease = "catalogue"
	catalogueTTL   = 5 * time.Second // a process that dies while it writes holds the next start up that long
)

var errCatalogueBusy = registrar.Errorf(registrar.KindUnavailable, "catalogue_busy", "Another process is writing the catalogue.")

func (h *house) applyCatalogue(ctx context.Context) error {
	prices, err := h.cfg.Catalogue.PriceList()
	if err != nil {
		return fmt.Errorf("reading prices: %w", err)
	}
	return h.untilThere(ctx, "writing the catalogue", func(ctx context.Context) error {
		token, ok, err := h.store.TryLease(ctx, catalogueLease, h.holder, catalogueTTL)
		if err != nil {
			return err
		}
		if !ok {
			return errCatalogueBusy
		}
		err = h.engine.ApplyCatalogue(ctx, registrar.System("catalogue"), h.cfg.Catalogue.TLDList(), prices)
		if err != nil {
			return err
		}
		return h.store.ReleaseLease(ctx, catalogueLease, token)
	})
}

// startWork runs commands and mail in role worker.
func (h *house) startWork(ctx context.Context, group *errgroup.Group) {
	if !h.cfg.Has(config.RoleWorker) {
		return
	}
	group.Go(func() error { return registrar.NewWorker(h.engine, registrar.WorkerOptions{}).Run(ctx) })
	h.sendWebhooks(ctx, group)
	if h.cfg.SMTP.Host == "" {
		return
	}
	group.Go(func() error {
		mailer, err := newMailer(h.cfg)
		if err != nil {
			return err
		}
		return registrar.NewPostOffice(h.engine, h.metrics.Mail.Wrap(mailer), 0).Run(ctx)
	})
}

func newMailer(cfg *config.Config) (*smtp.Mailer, error) {
	c := cfg.SMTP
	opt := smtp.Options{Host: c.Host, Port: c.Port, TLS: smtp.TLSMode(c.TLS), User: c.User, From: c.From, FromName: c.FromName, Timeout: c.Timeout}
	if opt.FromName == "" {
		opt.FromName = cfg.Registrar.Name
	}
	if c.User != "" {
		var err error
		if opt.Password, err = c.Password(config.EnvSMTPPassword); err != nil {
			return nil, fmt.Errorf("smtp: %w", err)
		}
	}
	return smtp.New(opt)
}
