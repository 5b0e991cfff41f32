package house

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-co-op/gocron/v2"
	"github.com/google/uuid"
	"github.com/jonboulle/clockwork"
	"golang.org/x/sync/errgroup"

	"github.com/indera/indera/cmd/indera/config"
)

// job is one scheduled duty. It must do all that is due, not only what became
// due since the last run: ticks are not caught up.
type job struct {
	name  string
	every time.Duration
	limit time.Duration // of one run
	run   func(ctx context.Context) error
}

// jobs is the one list of scheduled work.
func (h *house) jobs() []job {
	return append(h.mirrorJobs(), []job{
		{"audit-chain", 30 * time.Second, 10 * time.Minute, h.engine.ChainAudit},
		{"purge-idempotency-keys", time.Hour, 10 * time.Minute, h.engine.PurgeKeys},
		{"reconcile-payments", time.Minute, 10 * time.Minute, h.engine.ReconcilePayments},
		{"errp-notices", 15 * time.Minute, 10 * time.Minute, h.errp.Run},
		{"end-transfer-codes", 10 * time.Minute, 10 * time.Minute, h.engine.EndTransferCodes},
		{"follow-deletions", 6 * time.Hour, time.Hour, h.engine.FollowDeletions},
		{"purge-sessions", time.Hour, 10 * time.Minute, h.purgeSessions},
		{"lapse-approvals", 10 * time.Minute, 10 * time.Minute, h.engine.LapseApprovals},
		{"purge-messages", time.Hour, 10 * time.Minute, h.engine.PurgeMessages},
		{"purge-baskets", time.Hour, 10 * time.Minute, h.engine.PurgeBaskets},
		{"purge-access", time.Hour, 10 * time.Minute, h.engine.PurgeAccess},
		{"purge-retention", time.Hour, 30 * time.Minute, h.engine.PurgeRetention},
		{"purge-webhooks", time.Hour, 10 * time.Minute, h.engine.PurgeWebhooks},
	}...)
}

const purgeBatch = 500

func (h *house) purgeSessions(ctx context.Context) error {
	for ctx.Err() == nil {
		n, err := h.store.Sessions().Purge(ctx, purgeBatch)
		if err != nil {
			return fmt.Errorf("purging web sessions: %w", err)
		}
		if n < purgeBatch {
			return nil
		}
	}
	return ctx.Err()
}

// startScheduler runs the jobs in role scheduler; any number of replicas may.
func (h *house) startScheduler(ctx context.Context, group *errgroup.Group) error {
	if !h.cfg.Has(config.RoleScheduler) {
		return nil
	}
	s := &scheduler{
		jobs: h.jobs(), leases: h.store, holder: h.holder, clock: h.clock, log: h.log, stop: h.cfg.Drain, ran: h.metrics.Jobs.Ran, paused: h.engine.Restoring,
	}
	running, err := s.start(ctx)
	if err != nil {
		return err
	}
	group.Go(func() error {
		<-ctx.Done()
		return running.Shutdown()
	})
	return nil
}

// scheduler runs jobs at their times.
type scheduler struct {
	jobs   []job
	leases leaser
	holder string
	clock  clockwork.Clock
	log    *slog.Logger
	stop   time.Duration                       // how long a stop waits for a running job
	paused func(context.Context) (bool, error) // true while duties wait for the end of a restore
	ran    func(job string, ended time.Time, took time.Duration, err error)
}

// start begins scheduling; ctx ends the runs, Shutdown the schedule.
func (s *scheduler) start(ctx context.Context) (gocron.Scheduler, error) {
	intervals := make(map[string]time.Duration)
	for _, j := range s.jobs {
		intervals[j.name] = j.every
	}
	cron, err := gocron.NewScheduler(
		gocron.WithClock(s.clock), gocron.WithLocation(time.UTC), gocron.WithStopTimeout(s.stop),
		gocron.WithDistributedLocker(&slots{
			leases: s.leases, holder: s.holder, every: intervals, heart: clockwork.NewRealClock(), log: s.log,
		}),
		gocron.WithGlobalJobOptions(gocron.WithSingletonMode(gocron.LimitModeReschedule), gocron.WithEventListeners(
			// Without this listener a panic in a job ends the process.
			gocron.AfterJobRunsWithPanic(func(_ uuid.UUID, name string, cause any) {
				s.ran(name, s.clock.Now(), 0, errPanicked)
				s.log.Error("job panicked", "job", name, "error", fmt.Sprint(cause))
			}),
		)),
	)
	if err != nil {
		return nil, fmt.Errorf("making the scheduler: %w", err)
	}
	for _, j := range s.jobs {
		_, err := cron.NewJob(gocron.DurationJob(j.every), gocron.NewTask(func() error { return s.run(ctx, j) }),
			gocron.WithName(j.name), gocron.WithStartAt(gocron.WithStartImmediately()))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("scheduling %s: %w", j.name, err), cron.Shutdown())
		}
	}
	cron.Start()
	return cron, nil
}

var errPanicked = errors.New("panicked")

func (s *scheduler) run(ctx context.Context, j job) error {
	ctx, cancel := context.WithTimeout(ctx, j.limit)
	defer cancel()
	if restoring, err := s.paused(ctx); err != nil || restoring {
		s.log.DebugContext(ctx, "job waits for the end of the reconciliation after a restore", "job", j.name, "error", err)
		return err
	}
	s.log.DebugContext(ctx, "job begins", "job", j.name, "every", j.every)
	began := time.Now()
	err := j.run(ctx)
	s.ran(j.name, s.clock.Now(), time.Since(began), err)
	if err != nil && !errors.Is(err, context.Canceled) {
		s.log.ErrorContext(ctx, "job failed", "job", j.name, "error", err)
	}
	return err
}

// leaser is what slots needs of the store.
type leaser interface {
	TryLease(ctx context.Context, name, holder string, ttl time.Duration) (token string, ok bool, err error)
	RenewLease(ctx context.Context, name, token string, ttl time.Duration) (ok bool, err error)
}

// slots lets one replica run a job per time slot. A lease that is given back
// right after a short run would let a replica whose clock is a little late run
// the same slot again, so it is never given back: it runs out, in database
// time, shortly before the next slot.
type slots struct {
	leases leaser
	holder string
	every  map[string]time.Duration
	heart  clockwork.Clock // beats while a job runs; not business time
	log    *slog.Logger
}

var errSlotTaken = errors.New("another replica has this slot")

// Lock implements gocron.Locker.
func (s *slots) Lock(ctx context.Context, job string) (gocron.Lock, error) {
	ttl := s.every[job] * 9 / 10
	if ttl <= 0 {
		return nil, fmt.Errorf("job %q is not on the list", job)
	}
	name := "job/" + job
	token, ok, err := s.leases.TryLease(ctx, name, s.holder, ttl)
	if err != nil {
		s.log.WarnContext(ctx, "job left out: its slot can't be taken", "job", job, "error", err)
		return nil, fmt.Errorf("taking the slot of %s: %w", job, err)
	}
	if !ok {
		return nil, errSlotTaken
	}
	beat, stop := context.WithCancel(context.WithoutCancel(ctx))
	go s.hold(beat, name, token, ttl)
	return &slot{stop: stop}, nil
}

// hold keeps the slot while the job runs, so that a run longer than its
// interval is not joined by another replica's.
func (s *slots) hold(ctx context.Context, name, token string, ttl time.Duration) {
	tick := s.heart.NewTicker(ttl / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.Chan():
		}
		ok, err := s.leases.RenewLease(ctx, name, token, ttl)
		if ctx.Err() != nil {
			return
		}
		if err != nil || !ok {
			s.log.WarnContext(ctx, "slot of a running job is lost", "lease", name, "error", err)
			return
		}
	}
}

type slot struct{ stop context.CancelFunc }

// Unlock ends the heartbeat; the lease itself runs out by itself.
func (s *slot) Unlock(context.Context) error {
	s.stop()
	return nil
}
