package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	_ "modernc.org/sqlite"

	"github.com/indera/indera/test/rig"
)

// world is a deployment on MariaDB with the judge's own eyes on all databases.
type world struct {
	*rig.Deployment
	ours       *sql.DB
	registries []*registrySide
	relay      *rig.Relay
	frozen     time.Duration // how long a frozen process stands still
}

// registrySide is one registry as storm and judge see it.
type registrySide struct {
	*rig.SandboxRegistry
	db *sql.DB
}

const money = 5_000_000 // of the customer, minor units

// newWorld starts everything; close ends it.
func newWorld(ctx context.Context, dir string, replicas int) (*world, error) {
	relay, err := rig.NewRelay(ctx)
	if err != nil {
		return nil, err
	}
	d, err := rig.Deploy(ctx, rig.Options{Dir: dir, Replicas: replicas, Money: money, Relay: relay})
	if err != nil {
		return nil, errors.Join(err, relay.Stop())
	}
	w := &world{Deployment: d, relay: relay, frozen: rig.Exchange + rig.Settle + 2*time.Second}
	if err := w.look(ctx); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

// look opens the databases of both sides.
func (w *world) look(ctx context.Context) (err error) {
	if w.ours, err = sql.Open("mysql", w.Database.DSN(rig.DatabaseName)+"?parseTime=true&loc=UTC&timeout=2s&readTimeout=10s"); err != nil {
		return fmt.Errorf("opening the database: %w", err)
	}
	for _, r := range w.Sandbox.Registries {
		db, err := sql.Open("sqlite", "file:"+r.DatabasePath+"?mode=ro&_pragma=busy_timeout(5000)")
		if err != nil {
			return fmt.Errorf("opening the database of registry %s: %w", r.Name, err)
		}
		w.registries = append(w.registries, &registrySide{r, db})
	}
	for _, r := range w.registries {
		if err := errors.Join(r.slowDown(ctx), r.Control.SetFunds(ctx, r.ClientID, plenty)); err != nil {
			return err
		}
	}
	return nil
}

// slowDown lets transforms take long enough to be caught in the middle.
func (r *registrySide) slowDown(ctx context.Context) error {
	return r.Control.SetLatency(ctx, map[string]int{"create": 60, "renew": 60, "update": 60, "*": 10})
}

// checks runs a check of the product itself and returns what it found.
func (w *world) checks(ctx context.Context, args ...string) ([]string, error) {
	cmd := w.Command(ctx, args...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil, nil
	case errors.As(err, &exit) && exit.ExitCode() == 3: // it ran and found differences
		return strings.Split(strings.TrimSpace(out.String()), "\n"), nil
	}
	return nil, fmt.Errorf("running indera %s: %w: %s%s", strings.Join(args, " "), err, out.String(), errOut.String())
}

// lastTransform is the number of the last billable command that the registry
// executed.
func (r *registrySide) lastTransform(ctx context.Context) (int64, error) {
	var id sql.NullInt64
	err := r.db.QueryRowContext(ctx, `SELECT MAX(id) FROM transforms WHERE object = 'domain' AND verb IN ('create', 'renew')`).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("reading the transforms of %s: %w", r.Name, err)
	}
	return id.Int64, nil
}

// hits is how often the registry's faults have struck.
func (r *registrySide) hits(ctx context.Context) (int, error) {
	faults, err := r.Control.Faults(ctx)
	n := 0
	for _, f := range faults {
		n += f.Hits
	}
	return n, err
}

// judge reads all databases and compares them.
func (w *world) judge(ctx context.Context) (facts, *verdict, error) {
	f, err := loadFacts(ctx, w.ours)
	if err != nil {
		return f, nil, err
	}
	var sides []registryFacts
	for _, r := range w.registries {
		side, err := loadRegistry(ctx, r.db, r.Name, r.ClientID)
		if err != nil {
			return f, nil, err
		}
		sides = append(sides, side)
	}
	problems, err := w.checks(ctx, "ledger", "check")
	if err != nil {
		return f, nil, err
	}
	if f.jobRuns, err = w.jobRuns(); err != nil {
		return f, nil, err
	}
	v := judge(f, sides, problems)
	breaks, err := w.checks(ctx, "audit", "verify")
	for _, text := range breaks {
		v.add(faultAudit, 1, "audit chain", "%s", text)
	}
	return f, v, err
}

// close ends all processes; the files of the run stay, MariaDB's go.
func (w *world) close() error {
	var errs []error
	if w.ours != nil {
		errs = append(errs, w.ours.Close())
	}
	for _, r := range w.registries {
		errs = append(errs, r.db.Close())
	}
	return errors.Join(append(errs, w.Deployment.Close(), w.relay.Stop())...)
}
