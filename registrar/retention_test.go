package registrar_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/registrar/store/storetest"
)

const day = 24 * time.Hour

// archive is a store with an engine on a clock, for years to pass.
type archive struct {
	t      *testing.T
	store  *store.Store
	clock  *clockwork.FakeClock
	engine *registrar.Engine
	serial int
}

func onBothArchives(t *testing.T, keep registrar.Retention, f func(a *archive)) {
	t.Helper()
	run := func(t *testing.T, open func(testing.TB, clockwork.Clock) *store.Store) {
		a := &archive{t: t, clock: clockwork.NewFakeClockAt(time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC))}
		a.store = open(t, a.clock)
		a.engine = a.start(keep)
		f(a)
	}
	t.Run("sqlite", func(t *testing.T) { run(t, storetest.OpenSQLite) })
	t.Run("mariadb", func(t *testing.T) { run(t, storetest.OpenMySQL) })
}

func (a *archive) start(keep registrar.Retention) *registrar.Engine {
	a.t.Helper()
	e, err := registrar.New(registrar.Options{Store: a.store, Clock: a.clock, Holder: "archive", Currency: "USD", Retention: keep})
	a.must(err)
	return e
}

func (a *archive) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

func (a *archive) write(f func(tx registrar.Tx) error) {
	a.t.Helper()
	a.must(a.store.InTx(a.t.Context(), f))
}

func (a *archive) customer(id string, closed bool) {
	a.t.Helper()
	a.write(func(tx registrar.Tx) error {
		if err := tx.InsertCustomer(a.t.Context(), registrar.Customer{ID: id, Name: "N", Currency: "USD", Language: "en", CreatedAt: a.clock.Now()}); err != nil || !closed {
			return err
		}
		_, err := tx.CloseCustomer(a.t.Context(), id, a.clock.Now())
		return err
	})
}

func (a *archive) domain(id, customer, contact string, state registrar.DomainState) {
	a.t.Helper()
	now := a.clock.Now()
	a.write(func(tx registrar.Tx) error {
		d := registrar.Domain{ID: id, Name: strings.TrimPrefix(id, "dom_") + ".shop", UName: "u", TLD: "shop", Registry: "mem", CustomerID: customer, OwnerSystem: "engine",
			State: state, Registrant: registrar.ContactRef{ContactID: contact, Version: 1}, OrderedAt: now, ChangedAt: &now}
		if err := tx.InsertDomain(a.t.Context(), d); err != nil {
			return err
		}
		return tx.SetDomainContacts(a.t.Context(), id, map[string]string{registrar.RoleRegistrant: contact})
	})
}

func (a *archive) contact(id, customer string, versions int) {
	a.t.Helper()
	for v := range versions {
		a.write(func(tx registrar.Tx) error {
			return tx.InsertContactVersion(a.t.Context(), registrar.ContactVersion{ContactID: id, Version: v + 1, CustomerID: customer, CreatedAt: a.clock.Now(),
				ContactData: registrar.ContactData{Name: "Ada", Street: []string{"1 St"}, City: "C", PostalCode: "1", CountryCode: "DE", Phone: "+49.1", Email: "ada@example.org"}})
		})
	}
}

// event writes an audit event with a personal payload.
func (a *archive) event(class registrar.RetentionClass, kind, id string) string {
	a.t.Helper()
	a.serial++
	eventID := fmt.Sprintf("aud_%06d", a.serial)
	a.write(func(tx registrar.Tx) error {
		return tx.InsertAudit(a.t.Context(), registrar.AuditEvent{ID: eventID, At: a.clock.Now(), Action: "test", ObjectKind: kind, ObjectID: id, Retention: class,
			By: registrar.Actor{Kind: registrar.ActorCustomer, ID: "usr_1", IP: "192.0.2.1"}, After: map[string]string{"email": "ada@example.org"}})
	})
	return eventID
}

// purge runs the job and returns the rows that its evidence tells of, by rule.
func (a *archive) purge() map[registrar.RetentionRule]int {
	a.t.Helper()
	before := a.told()
	a.must(a.engine.PurgeRetention(a.t.Context()))
	out := map[registrar.RetentionRule]int{}
	for rule, n := range a.told() {
		if n > before[rule] {
			out[rule] = n - before[rule]
		}
	}
	return out
}

func (a *archive) told() map[registrar.RetentionRule]int {
	a.t.Helper()
	out := map[registrar.RetentionRule]int{}
	for _, rule := range registrar.RetentionRules {
		events, err := a.store.AuditOf(a.t.Context(), "retention", string(rule), registrar.Page{Limit: 500})
		a.must(err)
		for _, ev := range events {
			var what struct{ Rows int }
			raw, _ := ev.After.(json.RawMessage)
			a.must(json.Unmarshal(raw, &what))
			out[rule] += what.Rows
		}
	}
	return out
}

// gone chains everything, verifies the chain and returns which payloads are gone.
func (a *archive) gone() map[string]bool {
	a.t.Helper()
	ctx := a.t.Context()
	for {
		events, err := a.store.UnchainedAudit(ctx, 0, 500)
		a.must(err)
		if len(events) == 0 {
			break
		}
		a.write(func(tx registrar.Tx) error { return tx.ChainAudit(ctx, events, a.clock.Now()) })
	}
	out := map[string]bool{}
	a.must(a.store.VerifyAuditPurged(ctx, func(id, problem string) { a.t.Errorf("the chain breaks at %s: %s", id, problem) },
		func(id string, _ registrar.RetentionClass, _ time.Time) { out[id] = true }))
	return out
}

func (a *archive) want(gone map[string]bool, events map[string]bool) {
	a.t.Helper()
	for id, want := range events {
		if gone[id] != want {
			a.t.Errorf("payload of %s is gone: %t, want %t", id, gone[id], want)
		}
	}
}

// TestPurgeByClass lets years pass and looks at what goes when.
func TestPurgeByClass(t *testing.T) {
	onBothArchives(t, registrar.Retention{}, func(a *archive) {
		ctx := t.Context()
		a.customer("cus_open", false)
		a.customer("cus_shut", true)
		a.customer("cus_held", true)
		for _, c := range []string{"cus_open", "cus_shut", "cus_held"} {
			a.contact("con_"+c[4:], c, 2)
		}
		a.domain("dom_live", "cus_open", "con_open", registrar.DomainActive)
		a.domain("dom_dead", "cus_shut", "con_shut", registrar.DomainDeleted)
		a.domain("dom_locked", "cus_shut", "con_locked", registrar.DomainDeleted)
		a.domain("dom_held", "cus_held", "con_held", registrar.DomainDeleted)
		a.write(func(tx registrar.Tx) error {
			return tx.PutStaffLock(ctx, registrar.StaffLock{DomainID: "dom_locked", Status: "clientTransferProhibited", Reason: "UDRP", By: registrar.System("test"), At: a.clock.Now()})
		})
		wantKind(t, a.engine.HoldCustomer(ctx, registrar.System("test"), "cus_held", " "), registrar.KindInvalid, "required")
		wantKind(t, a.engine.HoldCustomer(ctx, registrar.Actor{Kind: registrar.ActorCustomer, ID: "usr_1"}, "cus_held", "x"), registrar.KindForbidden, "not_staff")
		a.must(a.engine.HoldCustomer(ctx, registrar.System("test"), "cus_held", "court order 1"))
		op, tr := registrar.RetainOperational, registrar.RetainTransaction
		signIn, heldSignIn, letter := a.event(op, "user", "usr_none"), a.event(op, "customer", "cus_held"), a.event(registrar.RetainCorrespondence, "duty", "dty_1")
		live, dead, locked, held := a.event(registrar.RetainRegistration, "domain", "dom_live"), a.event(registrar.RetainRegistration, "domain", "dom_dead"),
			a.event(registrar.RetainRegistration, "domain", "dom_locked"), a.event(registrar.RetainRegistration, "domain", "dom_held")
		openAcc, shutAcc, contact := a.event(registrar.RetainRegistration, "customer", "cus_open"), a.event(registrar.RetainRegistration, "customer", "cus_shut"),
			a.event(registrar.RetainRegistration, "contact", "con_shut")
		price, paid := a.event(registrar.RetainRegistration, "price", "shop"), a.event(tr, "customer", "cus_open")

		a.clock.Advance(180*day - time.Second)
		if got := a.purge(); len(got) != 0 {
			t.Errorf("before its time: %v", got)
		}
		a.clock.Advance(2 * time.Second)
		if got := a.purge(); got[registrar.PurgeOperational] != 1 || len(got) != 1 {
			t.Errorf("after 180 days: %v", got)
		}
		a.want(a.gone(), map[string]bool{signIn: true, heldSignIn: false, dead: false, paid: false})
		a.clock.Advance(550*day + 30*day) // two years are over, the registry's lag is not
		a.purge()
		a.want(a.gone(), map[string]bool{dead: false, contact: false, shutAcc: true, openAcc: false})
		a.clock.Advance(40 * day)
		if got := a.purge(); got[registrar.PurgeContacts] != 2 {
			t.Errorf("after two years and the lag: %v", got)
		}
		a.want(a.gone(), map[string]bool{dead: true, contact: true, live: false, locked: false, held: false, price: false, paid: false, letter: false})
		for id, want := range map[string]string{"con_open": "Ada", "con_shut": "", "con_held": "Ada"} {
			v, err := a.store.ContactVersion(ctx, registrar.ContactRef{ContactID: id})
			if err != nil || v.Name != want || (v.Email == "") != (want == "") || (v.CountryCode == "") != (want == "") || (len(v.Street) == 0) != (want == "") {
				t.Errorf("contact %s is %+v, %v", id, v, err)
			}
		}
		wantKind(t, a.engine.LiftHold(ctx, registrar.System("test"), "cus_open", "none"), registrar.KindNotFound, "not_found")
		a.must(a.engine.LiftHold(ctx, registrar.System("test"), "cus_held", "settled"))
		a.purge()
		a.want(a.gone(), map[string]bool{heldSignIn: true, held: true, live: false})
		a.clock.Advance(10 * 365 * day)
		a.purge()
		a.want(a.gone(), map[string]bool{paid: true, live: false, openAcc: false, letter: false})
		again := a.purge()
		if len(again) != 0 {
			t.Errorf("a second run purged %v", again)
		}
		a.engine = a.start(registrar.Retention{AccreditationEnded: a.clock.Now()})
		a.clock.Advance(731 * day)
		a.purge()
		a.want(a.gone(), map[string]bool{letter: true, live: false})
	})
}

// TestPurgeKeepsOpenMoney: what explains an open payment stays, whatever its age.
func TestPurgeKeepsOpenMoney(t *testing.T) {
	onBothArchives(t, registrar.Retention{}, func(a *archive) {
		ctx := t.Context()
		a.customer("cus_1", false)
		asked := a.event(registrar.RetainTransaction, "customer", "cus_1")
		adj := registrar.Adjustment{ID: "adj_1", CustomerID: "cus_1", Amount: registrar.Money{Minor: 1, Currency: "USD"}, Reason: "r", State: registrar.AdjustmentPending, Key: "k", AskedBy: "usr_s", AskedAt: a.clock.Now()}
		a.write(func(tx registrar.Tx) error { return tx.InsertAdjustment(ctx, adj) })
		a.clock.Advance(3651 * day)
		plan, err := a.engine.RetentionPlan(ctx, 5)
		a.must(err)
		if c := plan[1]; c.Rule != registrar.PurgeTransaction || c.Looked != 1 || c.Purged != 0 || c.Kept["money is open"] != 1 || !c.Whole {
			t.Errorf("plan %+v", plan)
		}
		a.purge()
		a.want(a.gone(), map[string]bool{asked: false})
	})
}

// TestPurgeMailsAndTranscripts: rows, not evidence.
func TestPurgeMailsAndTranscripts(t *testing.T) {
	onBothArchives(t, registrar.Retention{}, func(a *archive) {
		ctx := t.Context()
		a.customer("cus_open", false)
		a.customer("cus_shut", true)
		mail := func(id, customer string, state registrar.MailState) {
			a.write(func(tx registrar.Tx) error {
				return tx.InsertMail(ctx, registrar.Mail{ID: id, CustomerID: customer, To: "a@example.org", Subject: "s", Text: "t", State: state, CreatedAt: a.clock.Now()})
			})
		}
		mail("mail_1", "cus_open", registrar.MailSent)
		mail("mail_2", "cus_shut", registrar.MailSent)
		mail("mail_3", "", registrar.MailSent)
		mail("mail_4", "", registrar.MailQueued)
		a.write(func(tx registrar.Tx) error {
			return tx.InsertTranscript(ctx, registrar.Transcript{ID: "tsc_1", Registry: "mem", CommandID: "cmd_1", StartedAt: a.clock.Now(), Request: "<x/>", Object: "a.shop", Objects: []string{"a.shop", "b.shop"}})
		})
		a.clock.Advance(181 * day)
		mail("mail_5", "", registrar.MailSent)
		plan, err := a.engine.RetentionPlan(ctx, 5)
		a.must(err)
		if got := a.purge(); got[registrar.PurgeMails] != 1 || got[registrar.PurgeTranscripts] != 1 || len(got) != 2 {
			t.Errorf("after 180 days: %v", got)
		}
		for _, name := range []string{"a.shop", "b.shop"} {
			if left, err := a.store.Transcripts(ctx, registrar.TranscriptFilter{Object: name}, registrar.Page{}); err != nil || len(left) != 0 {
				t.Errorf("%s still finds %+v, %v", name, left, err)
			}
		}
		for _, c := range plan {
			if want := map[registrar.RetentionRule]int{registrar.PurgeMails: 1, registrar.PurgeTranscripts: 1}[c.Rule]; c.Purged != want {
				t.Errorf("the plan was %+v", c)
			}
		}
		a.clock.Advance(550 * day)
		a.purge()
		left := map[string]bool{"mail_1": true, "mail_2": false, "mail_3": false, "mail_4": true, "mail_5": false}
		for id, want := range left {
			if _, err := a.store.Mail(ctx, id); registrar.IsNotFound(err) == want {
				t.Errorf("%s: %v, want it kept %t", id, err, want)
			}
		}
	})
}

// TestPurgeGoesOn: a run that was killed, or has more to look at than it may, is
// taken up where it stopped, and rows that stay are looked past.
func TestPurgeGoesOn(t *testing.T) {
	onBothArchives(t, registrar.Retention{}, func(a *archive) {
		ctx := t.Context()
		a.customer("cus_open", false)
		a.write(func(tx registrar.Tx) error {
			for i := range 700 {
				ev := registrar.AuditEvent{ID: fmt.Sprintf("aud_k%05d", i), At: a.clock.Now(), Action: "t", ObjectKind: "customer", ObjectID: "cus_open", Retention: registrar.RetainRegistration, After: i}
				if err := tx.InsertAudit(ctx, ev); err != nil {
					return err
				}
			}
			return nil
		})
		last := a.event(registrar.RetainRegistration, "domain", "dom_nowhere")
		a.clock.Advance(800 * day)
		a.purge()
		a.want(a.gone(), map[string]bool{last: true, "aud_k00000": false, "aud_k00699": false})
		// A mark in the middle is where the next run begins; the one after begins anew.
		early := a.event(registrar.RetainRegistration, "domain", "dom_nowhere")
		a.clock.Advance(800 * day)
		a.write(func(tx registrar.Tx) error {
			return tx.PutRetentionMark(ctx, registrar.PurgeRegistration, "9999999999999999 zzz", a.clock.Now())
		})
		a.purge()
		a.want(a.gone(), map[string]bool{early: false})
		a.purge()
		a.want(a.gone(), map[string]bool{early: true})
	})
}

// TestPurgeBrake: a clock that ran ahead must not purge what can't come back.
func TestPurgeBrake(t *testing.T) {
	onBothArchives(t, registrar.Retention{Brake: 3}, func(a *archive) {
		ctx := t.Context()
		var ids []string
		for range 4 {
			ids = append(ids, a.event(registrar.RetainOperational, "user", "usr_1"))
		}
		a.clock.Advance(181 * day)
		for range 2 {
			if got := a.purge(); len(got) != 0 {
				t.Errorf("purged %v", got)
			}
		}
		brakes, err := a.store.Brakes(ctx, registrar.Page{})
		a.must(err)
		if len(brakes) != 1 || !brakes[0].Purge() || brakes[0].Notices != 4 || brakes[0].Limit != 3 {
			t.Fatalf("brakes %+v", brakes)
		}
		a.must(a.engine.ReleaseBrake(ctx, registrar.System("test"), brakes[0].ID, "the clock is right"))
		if got := a.purge(); got[registrar.PurgeOperational] != 4 {
			t.Errorf("after the release: %v", got)
		}
		a.want(a.gone(), map[string]bool{ids[0]: true, ids[3]: true})
	})
}

// TestPurgeBrakeSeesEveryRule: of no rule a mass of rows goes unseen.
func TestPurgeBrakeSeesEveryRule(t *testing.T) {
	fills := map[registrar.RetentionRule]func(a *archive, i int){
		registrar.PurgeOperational: func(a *archive, _ int) { a.event(registrar.RetainOperational, "user", "usr_1") },
		registrar.PurgeTransaction: func(a *archive, _ int) { a.event(registrar.RetainTransaction, "customer", "cus_1") },
		registrar.PurgeRegistration: func(a *archive, i int) {
			a.domain(fmt.Sprintf("dom_e%03d", i), "cus_1", "con_none", registrar.DomainDeleted)
			a.event(registrar.RetainRegistration, "domain", fmt.Sprintf("dom_e%03d", i))
		},
		registrar.PurgeCorrespondence: func(a *archive, _ int) { a.event(registrar.RetainCorrespondence, "duty", "dty_1") },
		registrar.PurgeTranscripts: func(a *archive, i int) {
			a.write(func(tx registrar.Tx) error {
				return tx.InsertTranscript(a.t.Context(), registrar.Transcript{ID: fmt.Sprintf("tsc_%03d", i), Registry: "mem", StartedAt: a.clock.Now(), Request: "<x/>"})
			})
		},
		registrar.PurgeMails: func(a *archive, i int) {
			a.write(func(tx registrar.Tx) error {
				return tx.InsertMail(a.t.Context(), registrar.Mail{ID: fmt.Sprintf("mail_%03d", i), To: "a@example.org", Subject: "s", Text: "t", State: registrar.MailSent, CreatedAt: a.clock.Now()})
			})
		},
		registrar.PurgeContacts: func(a *archive, i int) { a.contact(fmt.Sprintf("con_%03d", i), "cus_1", 1) },
	}
	fills[registrar.PurgeNotices] = func(a *archive, i int) {
		a.write(func(tx registrar.Tx) error {
			return tx.InsertNotice(a.t.Context(), registrar.Notice{ID: fmt.Sprintf("ntc_%03d", i), DutyID: "dty_1", Attempt: i + 1, MailID: fmt.Sprintf("m%03d", i), To: "a@example.org",
				Language: "en", Template: "t", Subject: "s", Text: "t", State: registrar.NoticeSent, QueuedAt: a.clock.Now(), Retention: registrar.RetainCorrespondence})
		})
	}
	if len(fills) != len(registrar.RetentionRules) {
		t.Errorf("%d rules are tried, not %d", len(fills), len(registrar.RetentionRules))
	}
	for rule, fill := range fills {
		t.Run(string(rule), func(t *testing.T) {
			keep := registrar.Retention{AccreditationEnded: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
			onBothArchives(t, keep, func(a *archive) {
				a.customer("cus_1", true)
				for i := range 101 {
					fill(a, i)
				}
				a.clock.Advance(12 * 365 * day)
				if got := a.purge(); len(got) != 0 {
					t.Errorf("purged %v", got)
				}
				brakes, err := a.store.Brakes(t.Context(), registrar.Page{})
				a.must(err)
				if len(brakes) != 1 || brakes[0].Notices != 101 || brakes[0].Limit != 100 {
					t.Fatalf("brakes %+v", brakes)
				}
				a.must(a.engine.ReleaseBrake(t.Context(), registrar.System("test"), brakes[0].ID, "the clock is right"))
				fill(a, 101)
				if got := a.purge(); got[rule] != 101 {
					t.Errorf("after the release: %v", got)
				}
			})
		})
	}
}
