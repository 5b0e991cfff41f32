package registrar_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
)

// atDoor signs a member of staff in at the admin door.
func (d *desk) atDoor(by registrar.Actor) registrar.Session {
	d.t.Helper()
	user, err := d.store.User(d.t.Context(), by.ID)
	d.must(err)
	s, err := d.engine.StartSession(d.t.Context(), by, user, registrar.SessionStart{
		Door: registrar.DoorAdmin, Method: registrar.ByTOTP, Device: by.ID, Agent: "x", Life: registrar.SessionLife{Whole: 10 * time.Hour, Idle: time.Hour},
	})
	d.must(err)
	return s
}

func (d *desk) impersonate(by registrar.Actor, door registrar.Session) registrar.Session {
	d.t.Helper()
	s, err := d.engine.Impersonate(d.t.Context(), by, door, d.customer.ID, d.user.ID, "cannot find a name")
	d.must(err)
	return s
}

func TestImpersonation(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	by := member(t, d.store, registrar.RoleStaffSupport, "grace")
	door := d.atDoor(by)
	s := d.impersonate(by, door)
	open, user, err := d.engine.OpenSession(ctx, registrar.DoorPortal, s.ID, life)
	d.must(err)
	if user.ID != d.user.ID || open.Acting == nil || open.Acting.StaffID != by.ID || open.Acting.StaffName != "grace" || open.Acting.Reason != "cannot find a name" {
		t.Errorf("session %+v of %s, acting %+v", open, user.ID, open.Acting)
	}
	if open.IP != "" || open.Agent != "" {
		t.Errorf("the customer sees where staff sit: %+v", open)
	}
	if d.engine.Proved(open) {
		t.Error("a session that staff opened counts as a proof of the user")
	}
	wantKind(t, d.engine.Prove(ctx, by, user, open, registrar.Proof{Password: "correct horse"}), registrar.KindForbidden, "impersonated")
	acting := registrar.Actor{Kind: registrar.ActorStaff, ID: by.ID, For: user.ID}
	_, _, err = d.engine.IssueToken(ctx, acting, user, "x", registrar.AllScopes, nil)
	wantKind(t, err, registrar.KindForbidden, "impersonated")
	wantKind(t, d.engine.RetryCommand(ctx, acting, "cmd_none", "x"), registrar.KindForbidden, "not_staff")
	d.mail("impersonation", "ada@example.org")

	list, err := d.engine.Sessions(ctx, d.user.ID)
	d.must(err)
	if len(list) != 1 || list[0].Acting == nil {
		t.Errorf("the user sees %+v", list)
	}
	past, err := d.engine.Impersonations(ctx, d.customer.ID, registrar.Page{})
	d.must(err)
	if len(past) != 1 || !past[0].Live || !past[0].EndedAt.Equal(d.clock.Now().Add(registrar.ImpersonationLife)) {
		t.Errorf("list %+v", past)
	}
	d.clock.Advance(time.Minute)
	d.must(d.engine.EndImpersonation(ctx, acting, open))
	d.must(d.engine.EndImpersonation(ctx, acting, open)) // twice is no error
	wantKind(t, d.open(s), registrar.KindUnauthenticated, "signed_out")
	if past, err = d.engine.Impersonations(ctx, d.customer.ID, registrar.Page{}); err != nil || past[0].Live || !past[0].EndedAt.Equal(d.clock.Now()) {
		t.Errorf("list %+v, %v", past, err)
	}
	if known, err := d.engine.KnowsDevice(ctx, "ada@example.org", by.ID); known || err != nil {
		t.Errorf("the browser of staff became one of the user's: %v", err)
	}
	d.evidenceOfBoth(by.ID)
}

// evidenceOfBoth checks that who acted and for whom are in the audit trail, and
// that its chain still verifies.
func (d *desk) evidenceOfBoth(staffID string) {
	d.t.Helper()
	ctx := d.t.Context()
	events, err := d.store.AuditOf(ctx, "customer", d.customer.ID, registrar.Page{})
	d.must(err)
	seen := map[string]int{}
	for _, e := range events {
		if e.Action != "impersonation.start" && e.Action != "impersonation.end" {
			continue
		}
		seen[e.Action]++
		if e.By.Kind != registrar.ActorStaff || e.By.ID != staffID || e.By.For != d.user.ID {
			d.t.Errorf("%s by %+v", e.Action, e.By)
		}
		var after struct{ User, Reason string }
		raw, ok := e.After.(json.RawMessage)
		if !ok || json.Unmarshal(raw, &after) != nil || after.User != d.user.ID || e.Action == "impersonation.start" && after.Reason == "" {
			d.t.Errorf("%s after %s", e.Action, raw)
		}
	}
	if seen["impersonation.start"] != 1 || seen["impersonation.end"] != 1 {
		d.t.Errorf("events %v", seen)
	}
	d.must(d.store.VerifyAudit(ctx, func(id, problem string) { d.t.Errorf("event %s: %s", id, problem) }))
}

// TestImpersonationEnds: by itself, with the session of staff, with their login
// and their role, and by the customer.
func TestImpersonationEnds(t *testing.T) {
	ownerDoes := registrar.Actor{Kind: registrar.ActorStaff}
	for name, end := range map[string]func(d *desk, by registrar.Actor, door, s registrar.Session){
		"time": func(d *desk, _ registrar.Actor, _, s registrar.Session) {
			d.clock.Advance(registrar.ImpersonationLife - time.Second)
			d.must(d.open(s)) // which moves no end
			d.clock.Advance(time.Second)
		},
		"staff sign out": func(d *desk, by registrar.Actor, door, _ registrar.Session) {
			d.must(d.engine.EndSession(t.Context(), by, by.ID, door.ID, registrar.EndSignedOut))
		},
		"staff are disabled": func(d *desk, by registrar.Actor, _, _ registrar.Session) {
			owner := member(t, d.store, registrar.RoleStaffOwner, "owner")
			ownerDoes.ID = owner.ID
			_, err := d.engine.DisableStaff(t.Context(), ownerDoes, by.ID, "left")
			d.must(err)
		},
		"another role": func(d *desk, by registrar.Actor, _, _ registrar.Session) {
			d.must(d.store.InTx(t.Context(), func(tx registrar.Tx) error { return tx.SetRole(t.Context(), by.ID, registrar.RoleStaffAuditor) }))
		},
		"the customer": func(d *desk, _ registrar.Actor, _, s registrar.Session) {
			d.must(d.engine.EndSession(t.Context(), d.by, d.user.ID, s.ID, registrar.EndElsewhere))
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := closedDesk(t)
			by := member(t, d.store, registrar.RoleStaffSupport, "grace")
			door := d.atDoor(by)
			s := d.impersonate(by, door)
			d.must(d.open(s))
			end(d, by, door, s)
			wantKind(t, d.open(s), registrar.KindUnauthenticated, "signed_out")
			if list, err := d.engine.Sessions(t.Context(), d.user.ID); err != nil || len(list) != 0 {
				t.Errorf("the user still sees %+v, %v", list, err)
			}
			if past, err := d.engine.Impersonations(t.Context(), d.customer.ID, registrar.Page{}); err != nil || len(past) != 1 || past[0].Live {
				t.Errorf("list %+v, %v", past, err)
			}
		})
	}
}

func TestImpersonationRefuses(t *testing.T) {
	d := closedDesk(t)
	ctx := t.Context()
	grace, auditor := member(t, d.store, registrar.RoleStaffSupport, "grace"), member(t, d.store, registrar.RoleStaffAuditor, "auditor")
	hers, his := d.atDoor(grace), d.atDoor(auditor)
	ask := func(by registrar.Actor, door registrar.Session, customer, user, reason string) error {
		_, err := d.engine.Impersonate(ctx, by, door, customer, user, reason)
		return err
	}
	cus, usr := d.customer.ID, d.user.ID
	wantKind(t, ask(auditor, his, cus, usr, "x"), registrar.KindForbidden, "role")
	wantKind(t, ask(grace, his, cus, usr, "x"), registrar.KindUnauthenticated, "signed_out")
	wantKind(t, ask(d.by, hers, cus, usr, "x"), registrar.KindForbidden, "not_staff")
	wantKind(t, ask(registrar.Actor{Kind: registrar.ActorStaff, ID: grace.ID, For: usr}, hers, cus, usr, "x"), registrar.KindForbidden, "not_staff")
	wantKind(t, ask(grace, d.enter("laptop"), cus, usr, "x"), registrar.KindUnauthenticated, "signed_out")
	wantKind(t, ask(grace, hers, cus, usr, " "), registrar.KindInvalid, "required")
	wantKind(t, ask(grace, hers, cus, auditor.ID, "x"), registrar.KindInvalid, "no_such_user")
	wantKind(t, ask(grace, hers, "", auditor.ID, "x"), registrar.KindInvalid, "no_such_user")
	wantKind(t, ask(grace, hers, "cus_none", usr, "x"), registrar.KindInvalid, "no_such_user")
	d.clock.Advance(registrar.ProofLife)
	wantKind(t, ask(grace, hers, cus, usr, "x"), registrar.KindForbidden, "not_proved")
	d.clock.Advance(40 * time.Minute)
	wantKind(t, ask(grace, hers, cus, usr, "x"), registrar.KindForbidden, "not_proved")
	d.must(d.store.InTx(ctx, func(tx registrar.Tx) error {
		_, err := tx.ProveSession(ctx, hers.ID, d.clock.Now())
		return err
	}))
	s, err := d.engine.Impersonate(ctx, grace, hers, cus, usr, "x")
	d.must(err)
	if left := s.EndsAt.Sub(d.clock.Now()); left != 10*time.Minute {
		t.Errorf("lives %s, longer than the session of staff", left)
	}
	d.clock.Advance(3 * 365 * 24 * time.Hour)
	d.must(d.engine.PurgeAccess(ctx))
	if past, err := d.engine.Impersonations(ctx, cus, registrar.Page{}); err != nil || len(past) != 0 {
		t.Errorf("kept %+v, %v", past, err)
	}
}
