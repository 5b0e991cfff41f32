package errp_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/policies/errp"
	"github.com/indera/indera/registrar"
)

// TestRelayDownForAnHour: the mail stays in the queue and goes out once, inside
// the window.
func TestRelayDownForAnHour(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		d := w.name(start.Add(32 * day))
		w.box.down = errBusy
		w.work()
		duty := w.is(d, errp.StageMonth, registrar.DutyQueued)
		if n := w.notices(duty); len(n) != 1 || n[0].State != registrar.NoticeQueued || !strings.Contains(n[0].Result, "451") {
			t.Fatalf("while the relay is down: %+v", n)
		}
		w.box.down = nil
		w.clock.Advance(time.Hour)
		// The pause of the queue is over: it is kept in database time.
		w.write(func(tx registrar.Tx) error { return tx.HurryMail(t.Context(), w.notices(duty)[0].MailID) })
		w.work()
		duty = w.is(d, errp.StageMonth, registrar.DutyDone)
		if n := w.notices(duty); len(n) != 1 || n[0].Result != "" || !duty.DoneAt.Equal(start.Add(time.Hour)) || w.box.to("holder_0001@example.org", "errp_month") != 1 {
			t.Errorf("afterwards: %+v %+v", duty, n)
		}
	})
}

// TestLastDayIsHurried: shortly before a window closes, each run tries at once
// what the queue would leave for later.
func TestLastDayIsHurried(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		expires := start.Add(32 * day)
		d := w.name(expires)
		w.box.down = errBusy
		w.work()
		tries := w.box.tries
		w.work()
		if w.box.tries != tries {
			t.Fatalf("the queue makes no pause: %d tries, then %d", tries, w.box.tries)
		}
		w.moveTo(expires.Add(-26*day - time.Hour))
		w.work()
		if w.box.tries != tries+1 {
			t.Fatalf("an hour before the end there was no new try")
		}
		w.box.down = nil
		w.work()
		w.is(d, errp.StageMonth, registrar.DutyDone)
	})
}

// TestRelayDownBeyondTheWindow: a breach that stays one, although the mail goes
// out in the end.
func TestRelayDownBeyondTheWindow(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		expires := start.Add(32 * day)
		d := w.name(expires)
		w.box.down = errBusy
		w.work()
		w.moveTo(expires.Add(-26*day + time.Microsecond))
		w.run()
		duty := w.is(d, errp.StageMonth, registrar.DutyBreached)
		if duty.BreachedAt == nil || !strings.Contains(duty.Note, "still in the queue") {
			t.Errorf("%+v", duty)
		}
		w.box.down = nil
		w.write(func(tx registrar.Tx) error { return tx.HurryMail(t.Context(), w.notices(duty)[0].MailID) })
		w.work()
		if duty = w.is(d, errp.StageMonth, registrar.DutyBreached); duty.DoneAt == nil || w.notices(duty)[0].State != registrar.NoticeSent {
			t.Errorf("the late mail: %+v %+v", duty, w.notices(duty))
		}
		if w.box.to("staff@registrar.example", "policy_breach") != 1 {
			t.Error("staff were not told once")
		}
	})
}

// TestTakenJustTooLate: the relay takes the mail after the window, before any
// run has noticed that it closed.
func TestTakenJustTooLate(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		expires := start.Add(32 * day)
		d := w.name(expires)
		w.run()
		w.moveTo(expires.Add(-26*day + time.Microsecond))
		w.post(w.engine)
		if duty := w.is(d, errp.StageMonth, registrar.DutyBreached); duty.BreachedAt == nil || !strings.Contains(duty.Note, "after the window") {
			t.Errorf("%+v", duty)
		}
	})
}

// TestRefusedAddress: a new mail a day, to the newest address, until the window
// closes.
func TestRefusedAddress(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		expires := start.Add(32 * day)
		d, never := w.name(expires), w.name(expires)
		w.box.refuse = []error{errUnknown, errUnknown}
		w.work()
		w.work() // not again on the same day
		duty := w.is(d, errp.StageMonth, registrar.DutyFailed)
		if n := w.notices(duty); len(n) != 1 || n[0].State != registrar.NoticeFailed || !strings.Contains(n[0].Result, "550") || strings.Contains(duty.Note, "550") {
			t.Fatalf("%+v %+v", duty, n)
		}
		w.write(func(tx registrar.Tx) error {
			is, err := tx.Domain(t.Context(), d.ID)
			if err != nil {
				return err
			}
			is.Registrant.Version = 2
			if err := tx.InsertContactVersion(t.Context(), w.holder(is.Registrant, "right@example.org")); err != nil {
				return err
			}
			return tx.UpdateDomain(t.Context(), is)
		})
		w.clock.Advance(day)
		w.run()
		w.postRefusing("right@example.org")
		duty = w.is(d, errp.StageMonth, registrar.DutyDone)
		if n := w.notices(duty); len(n) != 2 || n[1].To != "right@example.org" || n[1].Attempt != 2 {
			t.Errorf("%+v", n)
		}
		for w.clock.Now().Before(expires.Add(-25 * day)) {
			w.run()
			w.postRefusing("nobody")
			w.clock.Advance(6 * time.Hour)
		}
		w.run()
		duty = w.duty(never, errp.StageMonth)
		tries := w.notices(duty)
		// Daily for six days, as the window closes, and once more when it is late.
		if duty.State != registrar.DutyBreached || len(tries) != 8 || !tries[6].QueuedAt.Equal(duty.ClosesAt) || !tries[7].QueuedAt.After(duty.ClosesAt) {
			t.Errorf("%s after %d tries: %+v", duty.State, len(tries), tries)
		}
	})
}

// postRefusing sends what is due; every address but one is refused.
func (w *world) postRefusing(but string) {
	w.t.Helper()
	only := &picky{w.box, but}
	office := registrar.NewPostOffice(w.engine, only, 0)
	for {
		n, err := office.Round(w.t.Context())
		w.must(err)
		if n == 0 {
			return
		}
	}
}

type picky struct {
	*postbox
	but string
}

func (p *picky) Send(ctx context.Context, m registrar.Mail) error {
	if m.To != p.but {
		return errUnknown
	}
	return p.postbox.Send(ctx, m)
}

// TestClockJumpsADay: what is due is done once, the rest as always.
func TestClockJumpsADay(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		var names []registrar.Domain
		for i := range 10 {
			names = append(names, w.name(start.Add(32*day+time.Duration(i)*12*time.Hour)))
		}
		w.work()
		w.clock.Advance(day)
		w.work()
		w.work()
		for range 20 {
			w.clock.Advance(6 * time.Hour)
			w.work()
		}
		for _, d := range names {
			w.is(d, errp.StageMonth, registrar.DutyDone)
			if got := w.gotFor(d); len(got) != 1 {
				t.Errorf("%s: %v", d.Name, got)
			}
		}
	})
}

// TestSchedulerAwayForWeeks: each missed window is a breach; what is still of
// use is sent late, the rest not at all.
func TestSchedulerAwayForWeeks(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		expires := start.Add(40 * day)
		d := w.name(expires)
		w.work()
		w.moveTo(expires.Add(-2 * day))
		w.work()
		for _, stage := range []string{errp.StageMonth, errp.StageWeek} {
			duty := w.is(d, stage, registrar.DutyBreached)
			if duty.BreachedAt == nil || duty.Note == "" {
				t.Errorf("%+v", duty)
			}
		}
		if got := w.gotFor(d); !slices.Equal(got, []string{"errp_week"}) {
			t.Errorf("sent: %v", got)
		}
		if duty := w.duty(d, errp.StageWeek); duty.DoneAt == nil || len(w.notices(duty)) != 1 {
			t.Errorf("the late notice: %+v", duty)
		}
		w.moveTo(expires.Add(day))
		w.work()
		w.is(d, errp.StageExpired, registrar.DutyDone)
		w.is(d, errp.StageWeek, registrar.DutyBreached)
	})
}

// TestRenewedInBetween: what was sent stays on record, what was only planned is
// owed no more.
func TestRenewedInBetween(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		planned, sent := w.name(start.Add(33*day)), w.name(start.Add(32*day))
		w.work()
		w.is(planned, errp.StageMonth, registrar.DutyDue)
		for _, d := range []registrar.Domain{planned, sent} {
			w.renew(d, w.policy, true)
		}
		w.clock.Advance(2 * day)
		w.work()
		if duty := w.is(planned, errp.StageMonth, registrar.DutyEnded); duty.Note != "The name has been renewed." {
			t.Errorf("%+v", duty)
		}
		w.is(sent, errp.StageMonth, registrar.DutyDone)
		if len(w.box.got) != 1 {
			t.Errorf("%d mails", len(w.box.got))
		}
	})
}

// TestRenewedWhileQueued takes the mail out of the queue.
func TestRenewedWhileQueued(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		d := w.name(start.Add(32 * day))
		w.run()
		w.renew(d, w.policy, true)
		duty := w.is(d, errp.StageMonth, registrar.DutyEnded)
		if n := w.notices(duty); n[0].State != registrar.NoticeWithdrawn || n[0].EndedAt == nil {
			t.Errorf("%+v", n)
		}
		w.post(w.engine)
		if len(w.box.got) != 0 {
			t.Errorf("%v was sent", w.gotFor(d))
		}
		// The next cycle is a new duty.
		w.clock.Advance(365 * day)
		w.work()
		if got := w.gotFor(d); !slices.Equal(got, []string{"errp_month"}) {
			t.Errorf("a year later: %v", got)
		}
		if ds := w.duties(d); len(ds) != 2 || ds[0].Cycle == ds[1].Cycle {
			t.Errorf("%+v", ds)
		}
	})
}

// TestMissedThenRenewed: renewing does not hide that no job ran.
func TestMissedThenRenewed(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		d := w.name(start.Add(20 * day)) // nothing ran while a month remained
		w.renew(d, w.policy, true)
		duty := w.is(d, errp.StageMonth, registrar.DutyBreached)
		if !strings.Contains(duty.Note, "Later: The name has been renewed.") || duty.BreachedAt == nil {
			t.Errorf("%+v", duty)
		}
		w.work()
		if ds := w.duties(d); len(ds) != 1 || len(w.gotFor(d)) != 0 {
			t.Errorf("%+v %v", ds, w.gotFor(d))
		}
	})
}

// TestRegistryRenewsByItself: that is no renewal by the registrant.
func TestRegistryRenewsByItself(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		expires := start.Add(time.Hour)
		seen, unseen := w.name(expires, w.newcomer), w.name(expires, w.newcomer)
		w.moveTo(expires.Add(time.Minute))
		w.renew(unseen, w.policy, false)
		w.work()
		w.renew(seen, w.policy, false)
		w.moveTo(expires.Add(day))
		w.work()
		for _, d := range []registrar.Domain{seen, unseen} {
			duty := w.is(d, errp.StageExpired, registrar.DutyDone)
			if n := w.notices(duty)[0]; !strings.Contains(n.Subject, expires.Format("2 Jan 2006")) {
				t.Errorf("%s tells another date: %s", d.Name, n.Subject)
			}
		}
		// One that the registrant renews after that is owed nothing.
		third := w.name(w.clock.Now().Add(time.Hour), w.newcomer)
		w.clock.Advance(2 * time.Hour)
		w.renew(third, w.policy, false)
		w.is(third, errp.StageExpired, registrar.DutyDue)
		w.renew(third, w.policy, true)
		w.is(third, errp.StageExpired, registrar.DutyEnded)
	})
}

// TestRenewedWhileTheJobRuns races renewals with the job on several replicas.
func TestRenewedWhileTheJobRuns(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		var names []registrar.Domain
		for range 30 {
			names = append(names, w.name(start.Add(32*day)))
		}
		_, second := w.replica("second")
		errs := make(chan error, 100)
		var all sync.WaitGroup
		all.Go(func() { errs <- w.policy.Run(t.Context()) })
		all.Go(func() { errs <- second.Run(t.Context()) })
		for _, d := range names[:15] {
			all.Go(func() {
				errs <- w.store.InTx(t.Context(), func(tx registrar.Tx) error {
					was, err := tx.Domain(t.Context(), d.ID)
					if err != nil {
						return err
					}
					is, next := was, was.ExpiresAt.AddDate(1, 0, 0)
					is.ExpiresAt = &next
					if err := tx.UpdateDomain(t.Context(), is); err != nil {
						return err
					}
					return second.ExpiryMoved(t.Context(), tx, was, is, true)
				})
			})
		}
		all.Wait()
		close(errs)
		for err := range errs {
			if err != nil {
				t.Error(err)
			}
		}
		w.work()
		for i, d := range names {
			got := w.gotFor(d)
			if i >= 15 {
				w.is(d, errp.StageMonth, registrar.DutyDone)
			} else if len(got) > 0 {
				t.Errorf("%s was renewed and got %v", d.Name, got)
			}
			for _, duty := range w.duties(d) {
				if duty.Open() {
					t.Errorf("%s: %s is still %s", d.Name, duty.Stage, duty.State)
				}
			}
		}
	})
}

// mass makes a portfolio of which many names expire at once.
func (w *world) mass(share, all int) {
	w.t.Helper()
	for i := range all {
		expires := start.Add(200 * day)
		if i < share {
			expires = start.Add(33 * day)
		}
		w.name(expires)
	}
}

// TestBrake: a mass run stops once, whatever the number of schedulers, until
// staff release it, with a reason.
func TestBrake(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.brake = registrar.BrakeLimit{Share: 0.1, Floor: 5}
		w.engine, w.policy = w.replica("braked")
		w.mass(11, 100)
		w.work()
		w.clock.Advance(day)
		var all sync.WaitGroup
		errs := make(chan error, 4)
		for i := range 4 {
			_, p := w.replica(fmt.Sprint("scheduler ", i))
			all.Go(func() { errs <- p.Run(t.Context()) })
		}
		all.Wait()
		for range 4 {
			w.must(<-errs)
		}
		w.post(w.engine)
		brakes, err := w.store.Brakes(t.Context(), registrar.Page{})
		w.must(err)
		if len(brakes) != 1 || brakes[0].Notices != 11 || brakes[0].Limit != 10 || brakes[0].Names != 100 || brakes[0].ReleasedAt != nil {
			t.Fatalf("brakes: %+v", brakes)
		}
		if n := w.box.to("staff@registrar.example", "brake_engaged"); n != 1 || w.box.to("", "errp_month") != 0 {
			t.Fatalf("%d mails to staff, %d notices", n, w.box.to("", "errp_month"))
		}
		by := w.compliance()
		var refused *registrar.Error
		if err := w.engine.ReleaseBrake(t.Context(), by, brakes[0].ID, "  "); !errors.As(err, &refused) || refused.Field != "reason" {
			t.Errorf("without a reason: %v", err)
		}
		if err := w.engine.ReleaseBrake(t.Context(), by, "brk_none", "x"); !registrar.IsNotFound(err) {
			t.Errorf("no such brake: %v", err)
		}
		w.must(w.engine.ReleaseBrake(t.Context(), by, brakes[0].ID, "The dates are right."))
		if err := w.engine.ReleaseBrake(t.Context(), by, brakes[0].ID, "Again."); registrar.KindOf(err) != registrar.KindConflict {
			t.Errorf("released twice: %v", err)
		}
		w.clock.Advance(time.Hour)
		w.work()
		if n := w.box.to("", "errp_month"); n != 11 {
			t.Errorf("%d notices after the release", n)
		}
		trail, err := w.store.AuditOf(t.Context(), "brake", brakes[0].ID, registrar.Page{})
		w.must(err)
		if len(trail) != 2 || !slices.ContainsFunc(trail, func(a registrar.AuditEvent) bool { return a.Action == "brake.release" && a.By.ID == by.ID }) {
			t.Errorf("audit trail: %+v", trail)
		}
		// What becomes due later is counted anew.
		w.moveTo(start.Add(168 * day))
		w.work()
		if _, err := w.store.EngagedBrake(t.Context(), errp.Name); err != nil {
			t.Errorf("the next mass run was not stopped: %v", err)
		}
	})
}

// TestBrakeLetsTheShareThrough: exactly the share passes, and the floor passes
// in a small portfolio.
func TestBrakeLetsTheShareThrough(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.brake = registrar.BrakeLimit{Share: 0.1, Floor: 5}
		w.engine, w.policy = w.replica("braked")
		w.mass(10, 100)
		w.clock.Advance(day)
		w.work()
		if n := w.box.to("", "errp_month"); n != 10 {
			t.Errorf("%d notices", n)
		}
	})
}

// TestBrakeHidesNothing: windows close while nobody releases it.
func TestBrakeHidesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.brake = registrar.BrakeLimit{Share: 0.1, Floor: 1}
		w.engine, w.policy = w.replica("braked")
		for range 3 {
			w.name(start.Add(32*day), w.newcomer)
		}
		w.work()
		w.clock.Advance(6*day + time.Microsecond)
		w.work()
		breached, err := w.store.CountDuties(t.Context(), errp.Name, registrar.DutyBreached, 100)
		w.must(err)
		if breached != 3 || w.box.to("", "errp_month") != 0 {
			t.Errorf("%d breaches, %d notices", breached, w.box.to("", "errp_month"))
		}
		b, err := w.store.EngagedBrake(t.Context(), errp.Name)
		w.must(err)
		w.must(w.engine.ReleaseBrake(t.Context(), w.compliance(), b.ID, "Late is better than never."))
		w.work()
		if n := w.box.to("", "errp_month"); n != 3 {
			t.Errorf("%d late notices", n)
		}
	})
}

// TestClockRanAhead: a year, and back. The brake holds the mass of notices, and
// breaches that never were are taken back.
func TestClockRanAhead(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.brake = registrar.BrakeLimit{Share: 0.1, Floor: 1}
		w.engine, w.policy = w.replica("braked")
		var names []registrar.Domain
		for range 5 {
			names = append(names, w.name(start.Add(100*day)))
		}
		w.work()
		w.clock.Advance(80 * day)
		w.work()
		for _, d := range names {
			w.is(d, errp.StageMonth, registrar.DutyBreached)
		}
		w.clock.Advance(-80 * day)
		w.work()
		for _, d := range names {
			if duty := w.is(d, errp.StageMonth, registrar.DutyDue); duty.BreachedAt != nil || duty.ActAt == nil {
				t.Errorf("%+v", duty)
			}
		}
		if len(w.box.got) > 2 || w.box.to("", "errp_month") != 0 {
			t.Errorf("%d mails while the clock was wrong", len(w.box.got))
		}
		b, err := w.store.EngagedBrake(t.Context(), errp.Name)
		w.must(err)
		w.must(w.engine.ReleaseBrake(t.Context(), w.compliance(), b.ID, "The clock is right again."))
		w.work()
		if n := w.box.to("", "errp_month"); n != 0 {
			t.Errorf("%d notices went out early", n)
		}
	})
}
