package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func aDuty(n int) registrar.Duty {
	due := noon.UTC().Add(time.Duration(n) * time.Hour)
	return registrar.Duty{
		ID: fmt.Sprintf("dty_%03d", n), Policy: "errp", Stage: "month", Cycle: "2027-11-23", SubjectKind: "domain", SubjectID: fmt.Sprintf("dom_%03d", n),
		SubjectName: fmt.Sprintf("n%d.shop", n), CustomerID: "cus_001", ContactID: "con_1", Why: "ERRP 2.1.1 – ✓", OpensAt: due.Add(-time.Hour), DueAt: due,
		ClosesAt: due.Add(100 * time.Hour), UsefulUntil: due.Add(200 * time.Hour), State: registrar.DutyDue, ActAt: &due, Note: "", CreatedAt: noon.UTC(),
	}
}

func insertDuties(t testing.TB, s *store.Store, ds ...registrar.Duty) (fresh int) {
	t.Helper()
	write(t, s, func(tx registrar.Tx) (err error) {
		fresh, err = tx.InsertDuties(t.Context(), ds)
		return err
	})
	return fresh
}

func dutyID(d registrar.Duty) string { return d.ID }

func TestDutyOncePerKey(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		d := aDuty(1)
		same(t, insertDuties(t, s, d, aDuty(2)), 2)
		same(t, must[registrar.Duty](t)(s.Duty(ctx, d.ID)), d)
		again := d
		again.ID = "dty_again"
		same(t, insertDuties(t, s, again), 0)
		for i, change := range []func(*registrar.Duty){
			func(d *registrar.Duty) { d.Stage = "week" }, func(d *registrar.Duty) { d.Cycle = "2028-11-23" }, func(d *registrar.Duty) { d.SubjectID = "dom_other" },
			func(d *registrar.Duty) { d.Policy = "reminder" },
		} {
			other := again
			other.ID = fmt.Sprintf("dty_other%d", i)
			change(&other)
			same(t, insertDuties(t, s, other), 1)
		}
		mixed := aDuty(9)
		mixed.Policy = "reminder"
		refused(t, s, registrar.KindInvalid, "mixed_policies", func(tx registrar.Tx) error {
			_, err := tx.InsertDuties(ctx, []registrar.Duty{aDuty(8), mixed})
			return err
		})
		same(t, insertDuties(t, s), 0)
	})
}

func TestChangeDuty(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		d := aDuty(1)
		insertDuties(t, s, d)
		d.State, d.ActAt, d.Tries, d.Note = registrar.DutyBreached, nil, 3, "ü"
		d.DoneAt, d.BreachedAt = utc(noon), utc(noon.Add(time.Microsecond))
		write(t, s, func(tx registrar.Tx) error { return tx.ChangeDuty(ctx, d) })
		stale := d
		d.Revision++
		same(t, must[registrar.Duty](t)(s.Duty(ctx, d.ID)), d)
		refused(t, s, registrar.KindConflict, "duty_changed", func(tx registrar.Tx) error { return tx.ChangeDuty(ctx, stale) })
		stale.ID = "dty_none"
		refused(t, s, registrar.KindNotFound, "not_found", func(tx registrar.Tx) error { return tx.ChangeDuty(ctx, stale) })
	})
}

func TestDutyLists(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var ds []registrar.Duty
		for n := range 7 {
			d := aDuty(n)
			if n >= 4 { // three at the same moment
				d.DueAt, d.ClosesAt, d.ActAt = ds[3].DueAt, ds[3].ClosesAt, ds[3].ActAt
			}
			ds = append(ds, d)
		}
		insertDuties(t, s, ds...)
		done := ds[6]
		done.State, done.ActAt = registrar.DutyDone, nil
		write(t, s, func(tx registrar.Tx) error { return tx.ChangeDuty(ctx, done) })
		paged := func(key func(registrar.Duty) string, read func(registrar.Page) ([]registrar.Duty, error)) (got []string) {
			page := registrar.Page{Limit: 2}
			for {
				ds := must[[]registrar.Duty](t)(read(page))
				if len(ds) == 0 {
					return got
				}
				got = append(got, ids(ds, dutyID)...)
				page.After = key(ds[len(ds)-1])
			}
		}
		toAct := func(until time.Time) []string {
			return paged(registrar.Duty.ActKey, func(p registrar.Page) ([]registrar.Duty, error) {
				return s.DutiesToAct(ctx, "errp", registrar.DutyDue, until, p)
			})
		}
		same(t, toAct(ds[2].DueAt), []string{"dty_000", "dty_001", "dty_002"})
		same(t, toAct(ds[2].DueAt.Add(-time.Microsecond)), []string{"dty_000", "dty_001"})
		same(t, toAct(noon.AddDate(1, 0, 0)), []string{"dty_000", "dty_001", "dty_002", "dty_003", "dty_004", "dty_005"})
		closing := func(from, to time.Time) []string {
			return paged(registrar.Duty.CloseKey, func(p registrar.Page) ([]registrar.Duty, error) {
				return s.DutiesClosing(ctx, "errp", registrar.DutyDue, from, to, p)
			})
		}
		same(t, closing(time.Time{}, ds[1].ClosesAt), []string{"dty_000"})
		same(t, closing(ds[1].ClosesAt, ds[3].ClosesAt), []string{"dty_001", "dty_002"})
		for _, list := range []func(p registrar.Page) ([]registrar.Duty, error){
			func(p registrar.Page) ([]registrar.Duty, error) {
				return s.Duties(ctx, registrar.DutyFilter{Policy: "errp"}, p)
			},
			func(p registrar.Page) ([]registrar.Duty, error) { return s.Duties(ctx, registrar.DutyFilter{}, p) },
		} {
			same(t, walk(t, 3, list, dutyID), []string{"dty_006", "dty_005", "dty_004", "dty_003", "dty_002", "dty_001", "dty_000"})
		}
		find := func(f registrar.DutyFilter) []string {
			return ids(must[[]registrar.Duty](t)(s.Duties(ctx, f, registrar.Page{})), dutyID)
		}
		same(t, find(registrar.DutyFilter{Policy: "errp", States: []registrar.DutyState{registrar.DutyDone}}), []string{"dty_006"})
		same(t, find(registrar.DutyFilter{Name: "n3.shop"}), []string{"dty_003"})
		same(t, find(registrar.DutyFilter{SubjectID: "dom_003", States: []registrar.DutyState{registrar.DutyDone}}), []string{})
		same(t, find(registrar.DutyFilter{SubjectID: "dom_006", Policy: "errp", States: []registrar.DutyState{registrar.DutyDone}}), []string{"dty_006"})
		same(t, find(registrar.DutyFilter{Policy: "other"}), []string{})
		_, err := s.Duties(ctx, registrar.DutyFilter{States: []registrar.DutyState{registrar.DutyDone}}, registrar.Page{})
		wantError(t, err, registrar.KindInvalid, "no_policy")
		_, err = s.DutiesToAct(ctx, "errp", registrar.DutyDue, noon, registrar.Page{After: "soon"})
		wantError(t, err, registrar.KindInvalid, "bad_cursor")
		same(t, ids(must[[]registrar.Duty](t)(s.OpenDuties(ctx, "errp", "dom_005")), dutyID), []string{"dty_005"})
		same(t, ids(must[[]registrar.Duty](t)(s.OpenDuties(ctx, "errp", "dom_006")), dutyID), []string{})
		same(t, must[int](t)(s.CountDuties(ctx, "errp", registrar.DutyDue, 4)), 4)
		same(t, must[int](t)(s.CountDuties(ctx, "errp", registrar.DutyDue, 100)), 6)
		count := func(since time.Time) int {
			return must[int](t)(s.CountToAct(ctx, "errp", registrar.DutyDue, since, ds[3].DueAt))
		}
		same(t, []int{count(time.Time{}), count(noon.Add(-time.Hour)), count(noon.Add(90 * time.Minute))}, []int{6, 6, 4})
	})
}

func TestNotices(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		n := registrar.Notice{ID: "ntc_1", DutyID: "dty_1", Attempt: 1, MailID: "mail_1", To: "zoë@example.org", ToName: "Zoë", Language: "en", Template: "errp_week",
			Subject: "✓", Text: "ü", HTML: "<p>ü</p>", State: registrar.NoticeQueued, QueuedAt: noon.UTC(), Retention: registrar.RetainCorrespondence}
		n.Digest = registrar.NoticeDigest(n)
		insert := func(n registrar.Notice) func(tx registrar.Tx) error {
			return func(tx registrar.Tx) error { return tx.InsertNotice(ctx, n) }
		}
		write(t, s, insert(n))
		same(t, must[registrar.Notice](t)(s.NoticeByMail(ctx, "mail_1")), n)
		_, err := s.NoticeByMail(ctx, "mail_2")
		wantError(t, err, registrar.KindNotFound, "not_found")
		twice := n
		twice.ID, twice.MailID = "ntc_2", "mail_2"
		refused(t, s, registrar.KindConflict, "duplicate", insert(twice))
		twice.Attempt, twice.MailID = 2, "mail_1"
		refused(t, s, registrar.KindConflict, "duplicate", insert(twice))
		twice.MailID = "mail_2"
		write(t, s, insert(twice))
		other := n
		other.ID, other.DutyID, other.MailID = "ntc_3", "dty_0", "mail_3"
		write(t, s, insert(other))
		same(t, ids(must[[]registrar.Notice](t)(s.Notices(ctx, []string{"dty_1", "dty_0"})), func(n registrar.Notice) string { return n.ID }), []string{"ntc_3", "ntc_1", "ntc_2"})
		same(t, len(must[[]registrar.Notice](t)(s.Notices(ctx, nil))), 0)
		change := func(n registrar.Notice) (ok bool) {
			write(t, s, func(tx registrar.Tx) (err error) {
				ok, err = tx.ChangeNotice(ctx, n)
				return err
			})
			return ok
		}
		n.Result = "451 later"
		same(t, change(n), true)
		n.State, n.Result, n.EndedAt = registrar.NoticeSent, "", utc(noon)
		same(t, []bool{change(n), change(n)}, []bool{true, false})
		same(t, must[registrar.Notice](t)(s.NoticeByMail(ctx, "mail_1")), n)
		changed := n
		changed.Text += "!"
		if registrar.NoticeDigest(changed) == n.Digest || registrar.NoticeDigest(n) != n.Digest {
			t.Error("the digest does not follow the text")
		}
	})
}

func TestWithdrawMail(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		for n := 1; n <= 2; n++ {
			write(t, s, func(tx registrar.Tx) error { return tx.InsertMail(ctx, aMail(n)) })
		}
		withdraw := func(id string) (ok bool) {
			write(t, s, func(tx registrar.Tx) (err error) {
				ok, err = tx.WithdrawMail(ctx, id)
				return err
			})
			return ok
		}
		write(t, s, func(tx registrar.Tx) error {
			_, err := tx.ClaimMail(ctx, "mail_2", "h", "token", time.Minute)
			return err
		})
		same(t, []bool{withdraw("mail_1"), withdraw("mail_1"), withdraw("mail_2"), withdraw("mail_9")}, []bool{true, false, false, false})
		same(t, len(must[[]registrar.Mail](t)(s.DueMails(ctx, 10))), 0)
		m := aMail(2)
		write(t, s, func(tx registrar.Tx) error { // put off for an hour, then hurried
			_, err := tx.ChangeMail(ctx, m, "token", time.Hour)
			return err
		})
		same(t, len(must[[]registrar.Mail](t)(s.DueMails(ctx, 10))), 0)
		write(t, s, func(tx registrar.Tx) error { return tx.HurryMail(ctx, m.ID) })
		same(t, len(must[[]registrar.Mail](t)(s.DueMails(ctx, 10))), 1)
	})
}

func TestBrakes(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		b := registrar.Brake{ID: "brk_1", Policy: "errp", Notices: 300, Names: 10_000, Limit: 200, EngagedAt: noon.UTC()}
		engage := func(b registrar.Brake) (fresh bool) {
			write(t, s, func(tx registrar.Tx) (err error) {
				fresh, err = tx.EngageBrake(ctx, b)
				return err
			})
			return fresh
		}
		_, err := s.EngagedBrake(ctx, "errp")
		wantError(t, err, registrar.KindNotFound, "not_found")
		second, other := b, b
		second.ID, other.ID, other.Policy = "brk_2", "brk_3", "reminder"
		same(t, []bool{engage(b), engage(second), engage(other)}, []bool{true, false, true})
		same(t, must[registrar.Brake](t)(s.EngagedBrake(ctx, "errp")), b)
		same(t, must[time.Time](t)(s.LastRelease(ctx, "errp")), time.Time{})
		release := func(b registrar.Brake) (ok bool) {
			write(t, s, func(tx registrar.Tx) (err error) {
				ok, err = tx.ReleaseBrake(ctx, b)
				return err
			})
			return ok
		}
		b.ReleasedAt, b.ReleasedBy, b.Reason = utc(noon.Add(time.Hour)), "usr_1", "Geprüft ✓"
		same(t, []bool{release(b), release(b)}, []bool{true, false})
		same(t, must[registrar.Brake](t)(s.Brake(ctx, b.ID)), b)
		same(t, engage(second), true)
		later := noon.UTC().Add(2 * time.Hour)
		second.ReleasedAt = &later
		same(t, release(second), true)
		same(t, must[time.Time](t)(s.LastRelease(ctx, "errp")), later)
		same(t, ids(must[[]registrar.Brake](t)(s.Brakes(ctx, registrar.Page{})), func(b registrar.Brake) string { return b.ID }), []string{"brk_3", "brk_2", "brk_1"})

		same(t, must[registrar.PolicyMark](t)(s.PolicyMark(ctx, "errp")), registrar.PolicyMark{Policy: "errp"})
		for _, m := range []registrar.PolicyMark{{Policy: "errp", PlannedUntil: noon.UTC(), SweptAt: later}, {Policy: "errp", PlannedUntil: later, SweptAt: noon.UTC()}} {
			write(t, s, func(tx registrar.Tx) error { return tx.PutPolicyMark(ctx, m) })
			same(t, must[registrar.PolicyMark](t)(s.PolicyMark(ctx, "errp")), m)
		}
	})
}

func TestExpiringDomains(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		for n := range 6 {
			d := aDomain(n, fmt.Sprintf("n%d.shop", n), registrar.DomainActive)
			d.ExpiresAt = utc(noon.Add(time.Duration(n/2) * time.Microsecond))
			insertDomain(t, s, d)
		}
		failed, theirs, unknown := aDomain(7, "x.shop", registrar.DomainFailed), aDomain(8, "y.shop", registrar.DomainActive), aDomain(9, "z.shop", registrar.DomainActive)
		failed.ExpiresAt, theirs.ExpiresAt, theirs.OwnerSystem = utc(noon), utc(noon), "mirror(whmcs)"
		for _, d := range []registrar.Domain{failed, theirs, unknown} {
			insertDomain(t, s, d)
		}
		list := func(from, to time.Time) (got []string) {
			page := registrar.Page{Limit: 2}
			for {
				ds := must[[]registrar.Domain](t)(s.ExpiringDomains(ctx, from, to, page))
				if len(ds) == 0 {
					return got
				}
				got = append(got, ids(ds, func(d registrar.Domain) string { return d.Name })...)
				page.After = ds[len(ds)-1].ExpiryKey()
			}
		}
		all := []string{"n0.shop", "n1.shop", "n2.shop", "n3.shop", "n4.shop", "n5.shop"}
		same(t, list(time.Time{}, noon.Add(time.Hour)), all)
		same(t, list(noon.Add(time.Microsecond), noon.Add(time.Microsecond)), all[2:4])
		if got := list(time.Time{}, noon.Add(-time.Microsecond)); !slices.Equal(got, nil) {
			t.Errorf("too early: %v", got)
		}
		same(t, must[int](t)(s.CountActive(ctx, 5)), 5)
		same(t, must[int](t)(s.CountActive(ctx, 50)), 7) // the one without a date too
	})
}
