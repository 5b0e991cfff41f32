package errp_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/policies/errp"
	"github.com/indera/indera/registrar"
)

// windows is the policy in numbers, written down once more: days from expiry.
var windows = []struct {
	stage, template          string
	opens, due, closes, late int
}{
	{errp.StageMonth, "errp_month", -35, -32, -26, -10},
	{errp.StageWeek, "errp_week", -10, -7, -4, 0},
	{errp.StageExpired, "errp_expired", 0, 1, 5, 30},
}

// TestDeadlines runs the job for the first time at each edge of each window.
func TestDeadlines(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		for _, win := range windows {
			at := func(days int, off time.Duration) time.Duration { return time.Duration(days)*day + off }
			for _, edge := range []struct {
				name string
				now  time.Duration // from expiry
				want registrar.DutyState
				mail bool
			}{
				{"before it opens", at(win.opens, -time.Microsecond), "", false},
				{"as it opens", at(win.opens, 0), registrar.DutyDue, false},
				{"before it is due", at(win.due, -time.Microsecond), registrar.DutyDue, false},
				{"as it is due", at(win.due, 0), registrar.DutyDone, true},
				{"as it closes", at(win.closes, 0), registrar.DutyDone, true},
				{"when it has closed", at(win.closes, time.Microsecond), registrar.DutyBreached, true},
				{"at the end of its use", at(win.late, 0), registrar.DutyBreached, true},
				{"when it is of no use", at(win.late, time.Microsecond), registrar.DutyBreached, false},
			} {
				t.Run(win.stage+" "+edge.name, func(t *testing.T) {
					w.t = t
					expires := w.clock.Now().Add(400 * day)
					d := w.name(expires)
					w.moveTo(expires.Add(edge.now))
					w.work()
					mailed := slices.Contains(w.gotFor(d), win.template)
					if edge.want == "" {
						for _, duty := range w.duties(d) {
							if duty.Stage == win.stage {
								t.Errorf("planned too early: %+v", duty)
							}
						}
					} else {
						w.is(d, win.stage, edge.want)
					}
					if mailed != edge.mail {
						t.Errorf("mailed: %t, want %t (%v)", mailed, edge.mail, w.gotFor(d))
					}
					w.write(func(tx registrar.Tx) error { // out of the way of the next case
						d, err := tx.Domain(t.Context(), d.ID)
						if err != nil {
							return err
						}
						d.State = registrar.DomainFailed
						return tx.UpdateDomain(t.Context(), d)
					})
				})
			}
		}
	})
}

// TestAYear follows one name that nobody renews through a job that runs hourly
// and finds each notice once, in its window, with its evidence.
func TestAYear(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		expires := start.Add(40 * day)
		d := w.name(expires)
		for w.clock.Now().Before(expires.Add(12 * day)) {
			w.work()
			w.clock.Advance(6 * time.Hour)
		}
		if got := w.gotFor(d); !slices.Equal(got, []string{"errp_month", "errp_week", "errp_expired"}) {
			t.Fatalf("notices: %v", got)
		}
		for _, win := range windows {
			duty := w.is(d, win.stage, registrar.DutyDone)
			due := expires.Add(time.Duration(win.due) * day)
			if duty.DoneAt.Before(due) || duty.DoneAt.After(due.Add(6*time.Hour)) || !duty.DueAt.Equal(due) || duty.Cycle != expires.Format(time.DateOnly) {
				t.Errorf("%s: %+v", win.stage, duty)
			}
			ns := w.notices(duty)
			if len(ns) != 1 {
				t.Fatalf("%s has %d notices", win.stage, len(ns))
			}
			n := ns[0]
			if n.To != "holder_0001@example.org" || n.Language != "en" || n.State != registrar.NoticeSent || n.EndedAt == nil || n.Result != "" {
				t.Errorf("evidence: %+v", n)
			}
			if !strings.Contains(n.Text, d.Name) || !strings.Contains(n.Text, "15.00 USD") || !strings.Contains(n.Text, "http://portal.test/domains/"+d.Name+"/renew") || !strings.Contains(n.HTML, "because you hold a domain name") {
				t.Errorf("text: %s\n%s", n.Text, n.HTML)
			}
			if n.Digest != registrar.NoticeDigest(n) {
				t.Error("the digest is not that of the text")
			}
			trail, err := w.store.AuditOf(t.Context(), "duty", duty.ID, registrar.Page{})
			w.must(err)
			var actions []string
			for _, a := range trail {
				actions = append(actions, a.Action)
			}
			slices.Sort(actions)
			if !slices.Equal(actions, []string{"duty.done", "duty.queued", "notice.queue", "notice.sent"}) {
				t.Errorf("audit trail: %v", actions)
			}
		}
		w.must(w.engine.ChainAudit(t.Context()))
	})
}

// TestMailIsWhatWasKept compares the evidence with what the relay got.
func TestMailIsWhatWasKept(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		d := w.name(start.Add(7*day), w.newcomer)
		w.work()
		n := w.notices(w.duty(d, errp.StageWeek))[0]
		if len(w.box.got) != 1 {
			t.Fatalf("%d mails", len(w.box.got))
		}
		if m := w.box.got[0]; m.ID != n.MailID || m.To != n.To || m.ToName != n.ToName || m.Subject != n.Subject || m.Text != n.Text || m.HTML != n.HTML {
			t.Errorf("sent %+v, kept %+v", m, n)
		}
	})
}

// TestManyHands lets three replicas run the job and the post office at once.
func TestManyHands(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		const names = 40
		for range names {
			w.name(start.Add(7*day), w.newcomer)
		}
		var engines []*registrar.Engine
		var all sync.WaitGroup
		errs := make(chan error, 100)
		for _, holder := range []string{"a", "b", "c"} {
			e, p := w.replica(holder)
			engines = append(engines, e)
			for range 2 {
				all.Go(func() { errs <- p.Run(t.Context()) })
			}
		}
		all.Wait()
		for _, e := range engines {
			all.Go(func() {
				office := registrar.NewPostOffice(e, w.box, 0)
				for {
					n, err := office.Round(t.Context())
					errs <- err
					if err != nil || n == 0 {
						return
					}
				}
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
		if len(w.box.got) != names {
			t.Fatalf("%d mails for %d names", len(w.box.got), names)
		}
		seen := map[string]bool{}
		for _, m := range w.box.got {
			if seen[m.To] {
				t.Errorf("%s got two", m.To)
			}
			seen[m.To] = true
		}
	})
}

// TestKilledBeforeSending queues in one process and sends in another.
func TestKilledBeforeSending(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		d := w.name(start.Add(32 * day))
		w.run()
		w.is(d, errp.StageMonth, registrar.DutyQueued)
		e, p := w.replica("after the crash")
		w.must(p.Run(t.Context()))
		w.post(e)
		w.must(p.Run(t.Context()))
		w.post(e)
		duty := w.is(d, errp.StageMonth, registrar.DutyDone)
		if len(w.notices(duty)) != 1 || len(w.gotFor(d)) != 1 {
			t.Errorf("notices %+v, mails %v", w.notices(duty), w.gotFor(d))
		}
	})
}

func TestOnlyNamesOfOurs(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		expires := start.Add(7 * day)
		set := func(f func(d *registrar.Domain)) registrar.Domain { return w.name(expires, w.newcomer, f) }
		others := []registrar.Domain{
			set(func(d *registrar.Domain) { d.OwnerSystem = "mirror(fossbilling)" }),
			set(func(d *registrar.Domain) { d.TLD = "de" }),
			set(func(d *registrar.Domain) { d.TLD = "co.uk" }),
			set(func(d *registrar.Domain) { d.TLD = "xn--p1ai" }),
			set(func(d *registrar.Domain) { d.State = registrar.DomainFailed }),
			set(func(d *registrar.Domain) { d.ExpiresAt = nil }),
		}
		ours := w.name(expires, w.newcomer)
		moved := w.name(expires.Add(time.Hour), w.newcomer)
		w.run()
		w.write(func(tx registrar.Tx) error { // handed to another system before it is due
			d, err := tx.Domain(t.Context(), moved.ID)
			if err != nil {
				return err
			}
			d.OwnerSystem = "mirror(whmcs)"
			return tx.UpdateDomain(t.Context(), d)
		})
		w.clock.Advance(2 * time.Hour)
		w.work()
		for _, d := range others {
			if ds := w.duties(d); len(ds) > 0 {
				t.Errorf("%+v: %+v", d, ds)
			}
		}
		w.is(ours, errp.StageWeek, registrar.DutyDone)
		w.is(moved, errp.StageWeek, registrar.DutyEnded)
		if len(w.box.got) != 1 {
			t.Errorf("%d mails", len(w.box.got))
		}
	})
}

// TestCameLater: windows that had closed before a name came to us are not ours;
// one that is open is, and the sweep finds it behind the mark.
func TestCameLater(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.run()
		w.clock.Advance(time.Hour)
		unseen := w.name(w.clock.Now().Add(26*day+day), w.newcomer)
		d := w.name(w.clock.Now().Add(5*day+12*time.Hour), w.newcomer)
		w.clock.Advance(5 * time.Hour)
		w.work()
		if ds := w.duties(d); len(ds) != 1 {
			t.Fatalf("duties: %+v", ds)
		}
		w.is(d, errp.StageWeek, registrar.DutyDone)
		// A window that was open when a name came, and closed while nothing ran.
		late := w.name(w.clock.Now().Add(27*day), w.newcomer)
		w.clock.Advance(9 * day)
		w.work()
		w.is(late, errp.StageMonth, registrar.DutyBreached)
		w.is(unseen, errp.StageMonth, registrar.DutyDone)
	})
}

// TestToTheRegistrant: not to the account; after expiry to the one at expiration.
func TestToTheRegistrant(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		d := w.name(start.Add(time.Hour))
		w.clock.Advance(2 * time.Hour)
		w.work()
		w.write(func(tx registrar.Tx) error { // taken over after expiry
			is, err := tx.Domain(t.Context(), d.ID)
			if err != nil {
				return err
			}
			is.Registrant = registrar.ContactRef{ContactID: "con_taker", Version: 1}
			if err := tx.InsertContactVersion(t.Context(), w.holder(is.Registrant, "taker@example.org")); err != nil {
				return err
			}
			return tx.UpdateDomain(t.Context(), is)
		})
		w.clock.Advance(day)
		w.work()
		if n := w.notices(w.is(d, errp.StageExpired, registrar.DutyDone)); n[0].To != "holder_0001@example.org" {
			t.Errorf("the notice after expiry went to %s", n[0].To)
		}
		none := w.name(w.clock.Now().Add(7*day), func(d *registrar.Domain) { d.Registrant = registrar.ContactRef{} })
		w.clock.Advance(day) // the sweep
		w.work()
		if duty := w.is(none, errp.StageWeek, registrar.DutyFailed); duty.ActAt == nil || !strings.Contains(duty.Note, "no e-mail address of the registrant") {
			t.Errorf("%+v", duty)
		}
		if n := w.box.to("account@example.org", "errp_week"); n != 0 {
			t.Errorf("the account holder got %d", n)
		}
	})
}
