package registrar_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
)

// TestFailedTries: however many tries there are, they leave one row for a user, a
// kind and an hour, and one event in the audit trail when the hour is over.
func TestFailedTries(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	session := d.enter("laptop")
	for i := range 30 {
		d.must(d.engine.NoteFailedSignIn(ctx, registrar.Actor{IP: "198.51.100.9"}, d.user))
		if i < 3 {
			wantKind(t, d.engine.Prove(ctx, d.by, d.user, session, registrar.Proof{Password: "wrong"}), registrar.KindUnauthenticated, "wrong_password")
		}
	}
	d.must(d.engine.NoteFailedSignIn(ctx, registrar.Actor{IP: "198.51.100.9"}, registrar.User{})) // no account
	list, err := d.engine.FailedTries(ctx, d.user.ID)
	d.must(err)
	got := map[registrar.TryKind]registrar.FailedTries{}
	for _, f := range list {
		got[f.Kind] = f
	}
	if len(list) != 2 || got[registrar.TryPassword].Tries != 30 || got[registrar.TryPassword].LastIP != "198.51.100.9" || got[registrar.TryProof].Tries != 3 {
		t.Fatalf("rows %+v", list)
	}
	recorded := func() (n int) {
		events, err := d.store.AuditOf(ctx, "user", d.user.ID, registrar.Page{})
		d.must(err)
		for _, e := range events {
			if e.Action != "user.failed_tries" {
				continue
			}
			n++
			var facts struct{ Tries int }
			d.must(json.Unmarshal(e.After.(json.RawMessage), &facts))
			if facts.Tries != 30 && facts.Tries != 3 {
				t.Errorf("event %s", e.After)
			}
		}
		return n
	}
	d.must(d.engine.PurgeAccess(ctx))
	if recorded() != 0 {
		t.Error("an hour that goes on was recorded")
	}
	d.clock.Advance(2 * time.Hour)
	for range 2 { // the second time nothing is left to do
		d.must(d.engine.PurgeAccess(ctx))
		if recorded() != 2 {
			t.Errorf("%d events", recorded())
		}
	}
	d.clock.Advance(31 * 24 * time.Hour)
	if list, err = d.engine.FailedTries(ctx, d.user.ID); err != nil || len(list) != 0 {
		t.Errorf("after a month %v, %v", list, err)
	}
}

// TestReplayedCodeIsTold: a code of the app that is used again is refused, counted
// and told to the user, once an hour (ASVS 2.8.5).
func TestReplayedCodeIsTold(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	phone, _ := d.enrol()
	code := phone.code()
	_, err := d.engine.CheckSecond(ctx, d.by, d.user, code)
	d.must(err)
	for range 3 {
		_, err = d.engine.CheckSecond(ctx, d.by, d.user, code)
		wantKind(t, err, registrar.KindUnauthenticated, "wrong_code")
	}
	_, err = d.engine.CheckSecond(ctx, d.by, d.user, "000000")
	wantKind(t, err, registrar.KindUnauthenticated, "wrong_code")
	d.mail("code_replayed", "ada@example.org")
	d.noMail("code_replayed", "ada@example.org")
	list, err := d.engine.FailedTries(ctx, d.user.ID)
	d.must(err)
	for _, f := range list {
		if want := map[registrar.TryKind]int{registrar.TryReplayed: 3, registrar.TryCode: 1}[f.Kind]; f.Tries != want {
			t.Errorf("%+v, want %d", f, want)
		}
	}
	if len(list) != 2 {
		t.Errorf("rows %+v", list)
	}
}
