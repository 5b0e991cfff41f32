// Command webhooks measures how many events a second reach several endpoints of
// a customer over real HTTPS, and whether one endpoint that answers slowly holds
// up the others, on SQLite and on MariaDB.
//
// The baseline posts the same bodies to the same servers from as many goroutines
// over connections that stay open: without a queue, a signature, a look at where
// the address leads, a lease or a log of each try.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/indera/indera/bench/measure"
	"github.com/indera/indera/plugins/webhook"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/seal"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/test/mariadb"
)

const (
	endpoints = 8
	events    = 100             // queued for each endpoint before the sender starts
	rounds    = 40              // one event at a time, for its delay
	slowness  = 2 * time.Second // of the slow target
	patience  = 2 * time.Minute // for anything to arrive
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench/webhooks:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "indera-bench-")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := measureOn(ctx, store.Config{Driver: store.DriverSQLite, Path: filepath.Join(dir, "indera.db")}); err != nil {
		return fmt.Errorf("on SQLite: %w", err)
	}
	server, err := mariadb.Start(ctx, mariadb.Options{Durable: true})
	if errors.Is(err, mariadb.ErrNotInstalled) {
		fmt.Fprintln(os.Stderr, "bench/webhooks: MariaDB left out:", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("starting MariaDB: %w", err)
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	if err := server.CreateDatabase(ctx, "bench"); err != nil {
		return err
	}
	if err := measureOn(ctx, store.Config{Driver: store.DriverMySQL, DSN: server.DSN("bench")}); err != nil {
		return fmt.Errorf("on MariaDB: %w", err)
	}
	return nil
}

// bench is a customer with endpoints and an engine that sends to them.
type bench struct {
	store    *store.Store
	engine   *registrar.Engine
	customer registrar.Customer
	by       registrar.Actor
	targets  *targets
	happened int
}

func measureOn(ctx context.Context, cfg store.Config) (err error) {
	s, err := store.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.Migrate(ctx); err != nil {
		return err
	}
	t := newTargets()
	defer t.close()
	b, err := prepare(ctx, s, t)
	if err != nil {
		return err
	}
	name := "webhooks/" + s.Driver()
	sent, err := b.backlog(ctx)
	if err != nil {
		return err
	}
	bare, err := t.postBare(ctx)
	if err != nil {
		return err
	}
	const all = endpoints * events
	measure.Line(os.Stdout, name+" delivered to 8 endpoints", all/sent.Seconds(), "1/s")
	measure.Line(os.Stdout, name+" same bodies posted bare", all/bare.Seconds(), "1/s")
	measure.Ratio(os.Stdout, name+" delivered:bare", sent, bare)
	return b.beside(ctx, name)
}

func prepare(ctx context.Context, s *store.Store, t *targets) (*bench, error) {
	text, err := seal.NewKey()
	if err != nil {
		return nil, err
	}
	key, err := seal.ParseKey("bench", text)
	if err != nil {
		return nil, err
	}
	ring, err := seal.New(key)
	if err != nil {
		return nil, err
	}
	b := &bench{store: s, targets: t, by: registrar.System("bench")}
	if b.engine, err = registrar.New(registrar.Options{Store: s, Holder: "bench", Sandbox: true, Seal: ring,
		Webhooks: webhook.New(webhook.Options{AllowPrivate: loopback, RootCAs: t.roots})}); err != nil {
		return nil, err
	}
	if b.customer, _, err = b.engine.SignUp(ctx, b.by, registrar.SignUp{Name: "Ada", Email: "ada@example.org", Password: "correct horse"}); err != nil {
		return nil, err
	}
	for _, target := range t.fast {
		if err := b.subscribe(ctx, target); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (b *bench) subscribe(ctx context.Context, t *target) error {
	_, _, err := b.engine.CreateWebhook(ctx, b.by, registrar.WebhookRequest{CustomerID: b.customer.ID, Role: registrar.RoleOwner, URL: t.server.URL + "/hook",
		Kinds: []registrar.EventKind{registrar.EventBalanceToppedUp}})
	return err
}

// happen makes one event.
func (b *bench) happen(ctx context.Context) error {
	b.happened++
	return b.engine.TestTopUp(ctx, b.by, b.customer.ID, registrar.Money{Minor: 100, Currency: b.customer.Currency}, fmt.Sprintf("bench-%d", b.happened))
}

// send runs the sender until stop, which waits for tries under way.
func (b *bench) send(ctx context.Context) (stop func() error) {
	working, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- registrar.NewWebhookPost(b.engine, registrar.WebhookOptions{}).Run(working) }()
	return func() error { cancel(); return <-ended }
}

// backlog queues events for all endpoints and measures until the last arrived.
func (b *bench) backlog(ctx context.Context) (took time.Duration, err error) {
	for range events {
		if err := b.happen(ctx); err != nil {
			return 0, err
		}
	}
	start := time.Now()
	stop := b.send(ctx)
	err = b.targets.arrivals(ctx, endpoints*events, nil)
	took = time.Since(start)
	if err = errors.Join(err, stop()); err != nil {
		return 0, err
	}
	left, err := b.store.WebhookBacklog(ctx, 1)
	if err == nil && left.Pending > 0 {
		err = errors.New("deliveries were left over")
	}
	return took, err
}

// beside measures how long after an event the fast endpoints have it, first
// alone, then while a slow one is always in the middle of an answer.
func (b *bench) beside(ctx context.Context, name string) (err error) {
	stop := b.send(ctx)
	defer func() { err = errors.Join(err, stop()) }()
	alone, err := b.delays(ctx)
	if err != nil {
		return err
	}
	if err := b.subscribe(ctx, b.targets.slow); err != nil {
		return err
	}
	busy, err := b.delays(ctx)
	if err != nil {
		return err
	}
	if n := b.targets.slow.asked.Load(); n == 0 || n > rounds/2 {
		return fmt.Errorf("the slow target was asked %d times: it was not slow beside the others", n)
	}
	measure.Millis(os.Stdout, name+" delay", alone.Median())
	measure.Millis(os.Stdout, name+" delay, 9 of 10", alone.Quantile(0.9))
	measure.Millis(os.Stdout, name+" slow target answers after", slowness)
	measure.Millis(os.Stdout, name+" delay beside it", busy.Median())
	measure.Millis(os.Stdout, name+" delay beside it, 9 of 10", busy.Quantile(0.9))
	measure.Ratio(os.Stdout, name+" delay beside it:alone", busy.Median(), alone.Median())
	return nil
}

// delays makes one event at a time. The first round opens connections, or has the
// slow target begin its first answer, and does not count.
func (b *bench) delays(ctx context.Context) (*measure.Times, error) {
	var times measure.Times
	for n := range rounds + 1 {
		start := time.Now()
		if err := b.happen(ctx); err != nil {
			return nil, err
		}
		err := b.targets.arrivals(ctx, endpoints, func(at time.Time) {
			if n > 0 {
				times.Add(at.Sub(start))
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return &times, nil
}
