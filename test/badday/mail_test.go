package badday

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/plugins/smtp"
	"github.com/indera/indera/policies/errp"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/templates/mail"
	"github.com/indera/indera/test/rig"
)

// mailWorld owes notices and hands them to a relay by the product's own client.
// Business time is moved by hand, and the queue's pauses, which are kept in
// database time, with it.
type mailWorld struct {
	t      *testing.T
	clock  *clockwork.FakeClock
	store  *store.Store
	db     *sql.DB // the same database
	relay  *rig.Relay
	policy *errp.Policy
	office *registrar.PostOffice
	engine *registrar.Engine
	names  []registrar.Domain
}

const owed = 5

func newMailWorld(t *testing.T) *mailWorld {
	t.Helper()
	w := &mailWorld{t: t, clock: clockwork.NewFakeClockAt(time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC))}
	file := filepath.Join(t.TempDir(), "indera.db")
	w.store = must(store.Open(t.Context(), store.Config{Driver: store.DriverSQLite, Path: file, Relaxed: true, Clock: w.clock}))(t)
	t.Cleanup(func() { check(t, w.store.Close()) })
	check(t, w.store.Migrate(t.Context()))
	w.db = must(sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)"))(t)
	t.Cleanup(func() { check(t, w.db.Close()) })
	w.relay = must(rig.NewRelay(t.Context()))(t)
	t.Cleanup(func() { check(t, w.relay.Stop()) })
	letters := must(mail.New(mail.Sender{Registrar: "Test Registrar", PortalURL: "http://portal.test", AdminURL: "http://portal.test/admin"}))(t)
	w.engine = must(registrar.New(registrar.Options{Store: w.store, Clock: w.clock, Letters: letters, Holder: "test", Sandbox: true, StaffEmail: "staff@registrar.example"}))(t)
	w.policy = must(errp.New(errp.Options{Engine: w.engine, Brake: registrar.BrakeLimit{Share: 1, Floor: 100}}))(t)
	client := must(smtp.New(smtp.Options{Host: "127.0.0.1", Port: w.relay.Port(), TLS: smtp.NoTLS, From: "hello@registrar.example", Timeout: 100 * time.Millisecond}))(t)
	w.office = registrar.NewPostOffice(w.engine, client, 0)
	by := registrar.Actor{Kind: registrar.ActorCustomer}
	customer, _, err := w.engine.SignUp(t.Context(), by, registrar.SignUp{Name: "Ada", Email: "account@example.org", Password: "correct horse"})
	check(t, err)
	// Whatever signing up mails is out of the way first.
	must(w.office.Round(t.Context()))(t)
	for i := range owed {
		w.names = append(w.names, w.name(customer.ID, i))
	}
	return w
}

// name puts a name into the store that is owed the notice of a month before.
func (w *mailWorld) name(customer string, i int) registrar.Domain {
	expires := w.clock.Now().Add(32 * 24 * time.Hour)
	holder := registrar.ContactRef{ContactID: fmt.Sprintf("con_%d", i), Version: 1}
	d := registrar.Domain{ID: fmt.Sprintf("dom_%d", i), Name: fmt.Sprintf("n%d.shop", i), UName: fmt.Sprintf("n%d.shop", i), TLD: "shop", Registry: "mem", CustomerID: customer,
		OwnerSystem: registrar.OwnerEngine, State: registrar.DomainActive, OrderedAt: w.clock.Now(), ExpiresAt: &expires, ExpiresRaw: expires.Format(time.RFC3339), Registrant: holder}
	check(w.t, w.store.InTx(w.t.Context(), func(tx registrar.Tx) error {
		err := tx.InsertContactVersion(w.t.Context(), registrar.ContactVersion{ContactID: holder.ContactID, Version: 1, CustomerID: customer, CreatedAt: w.clock.Now(),
			ContactData: registrar.ContactData{Name: "Grace", Street: []string{"1 Road"}, City: "London", PostalCode: "SW1Y 4JH", CountryCode: "GB",
				Phone: "+44.2079460123", Email: fmt.Sprintf("holder-%d@example.org", i)}})
		if err != nil {
			return err
		}
		return tx.InsertDomain(w.t.Context(), d)
	}))
	return d
}

// pass moves both clocks.
func (w *mailWorld) pass(d time.Duration) {
	w.t.Helper()
	w.clock.Advance(d)
	_, err := w.db.ExecContext(w.t.Context(), "UPDATE mails SET due_at = due_at - ?, lease_until = lease_until - ?", d.Microseconds(), d.Microseconds())
	check(w.t, err)
}

// round runs the job and hands over what is due.
func (w *mailWorld) round() {
	w.t.Helper()
	check(w.t, w.policy.Run(w.t.Context()))
	must(w.office.Round(w.t.Context()))(w.t)
}

// notice returns the one duty of a name with its notices.
func (w *mailWorld) notice(d registrar.Domain) (registrar.Duty, []registrar.Notice) {
	w.t.Helper()
	ds := must(w.store.Duties(w.t.Context(), registrar.DutyFilter{SubjectID: d.ID}, registrar.Page{}))(w.t)
	if len(ds) != 1 {
		w.t.Fatalf("%s has %d duties", d.Name, len(ds))
	}
	return ds[0], must(w.store.Notices(w.t.Context(), []string{ds[0].ID}))(w.t)
}

// TestRelayGoneForAnHour: whatever the relay does for an hour, each notice
// arrives once, soon after it is back, inside its window; no one is given up.
func TestRelayGoneForAnHour(t *testing.T) {
	for name, away := range map[string]func(w *mailWorld){
		"down":                      func(w *mailWorld) { check(w.t, w.relay.Stop()) },
		"refuses for now":           func(w *mailWorld) { w.relay.Stay(rig.MoodBusy) },
		"has no room":               func(w *mailWorld) { w.relay.Stay(rig.MoodFull) },
		"hangs up":                  func(w *mailWorld) { w.relay.Stay(rig.MoodHangUp) },
		"says nothing":              func(w *mailWorld) { w.relay.Stay(rig.MoodStuck) },
		"down, then refuses, stuck": func(w *mailWorld) { w.relay.Be(rig.MoodStuck, rig.MoodHangUp); w.relay.Stay(rig.MoodFull) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newMailWorld(t)
			before := len(w.relay.Taken())
			away(w)
			for range 60 {
				w.round()
				w.pass(time.Minute)
			}
			if n := len(w.relay.Taken()); n != before {
				t.Fatalf("the relay took %d mails while it was away", n-before)
			}
			for _, d := range w.names {
				duty, notices := w.notice(d)
				if duty.State != registrar.DutyQueued || len(notices) != 1 || notices[0].Result == "" || strings.Contains(notices[0].Result, "@example.org") {
					t.Fatalf("after the hour: %+v %+v", duty, notices)
				}
			}
			w.relay.Calm()
			if name == "down" {
				check(t, w.relay.Start(t.Context()))
			}
			for range 60 { // the longest pause so far is three quarters of an hour
				w.round()
				w.pass(time.Minute)
			}
			w.arrivedOnce(before)
		})
	}
}

// arrivedOnce proves that each notice was taken once, in its window.
func (w *mailWorld) arrivedOnce(before int) {
	w.t.Helper()
	got := map[string]int{}
	for _, d := range w.relay.Taken()[before:] {
		got[d.ID]++
	}
	for _, d := range w.names {
		duty, notices := w.notice(d)
		if duty.State != registrar.DutyDone || duty.DoneAt.After(duty.ClosesAt) || len(notices) != 1 || got[notices[0].MailID] != 1 {
			w.t.Errorf("%s: %+v %+v, taken %d times", d.Name, duty, notices, got[notices[0].MailID])
		}
		delete(got, notices[0].MailID)
	}
	if len(got) != 0 {
		w.t.Errorf("other mails: %v", got)
	}
}

// TestRelayTakesItInSilence: a mail that was taken without a word is sent again
// under the same Message-ID, which is all that SMTP lets a sender do. It is one
// notice on record.
func TestRelayTakesItInSilence(t *testing.T) {
	w := newMailWorld(t)
	before := len(w.relay.Taken())
	w.relay.Be(rig.MoodSilent)
	w.round()
	w.pass(time.Minute)
	w.round()
	ids := map[string]int{}
	for _, d := range w.relay.Taken()[before:] {
		ids[d.ID]++
	}
	copies := 0
	for _, n := range ids {
		copies += n - 1
	}
	if len(ids) != owed || copies != 1 {
		t.Errorf("the relay took %v", ids)
	}
	for _, d := range w.names {
		if duty, notices := w.notice(d); duty.State != registrar.DutyDone || len(notices) != 1 {
			t.Errorf("%+v %+v", duty, notices)
		}
	}
}

// TestRelayRefusesForGood: the mail is given up at once, staff see it, the duty
// is tried anew the next day and stays inside its window.
func TestRelayRefusesForGood(t *testing.T) {
	w := newMailWorld(t)
	w.relay.Be(rig.MoodNobody)
	w.round()
	failed := must(w.store.Mails(t.Context(), registrar.MailFailed, registrar.Page{}))(t)
	if len(failed) != 1 || failed[0].Attempt != 1 || !strings.Contains(failed[0].LastError, "550") || strings.Contains(failed[0].LastError, "@example.org") {
		t.Fatalf("failed mail: %+v", failed)
	}
	w.pass(24 * time.Hour)
	w.round()
	for _, d := range w.names {
		duty, notices := w.notice(d)
		if duty.State != registrar.DutyDone || duty.DoneAt.After(duty.ClosesAt) {
			t.Errorf("%+v %+v", duty, notices)
		}
		if refused := notices[0].MailID == failed[0].ID; refused != (len(notices) == 2) {
			t.Errorf("%s: %+v", d.Name, notices)
		}
	}
}
