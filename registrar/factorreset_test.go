package registrar_test

import (
	"strings"
	"testing"

	"github.com/indera/indera/registrar"
)

// TestSecondFactorResetTakesTwo: who lost phone and codes gets in again, when
// two members of staff agree, and is told.
func TestSecondFactorResetTakesTwo(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	support, other := member(t, d.store, registrar.RoleStaffSupport, "support"), member(t, d.store, registrar.RoleStaffSupport, "other")
	_, err := d.engine.AskFactorReset(ctx, support, d.user.ID, "lost her phone")
	wantKind(t, err, registrar.KindConflict, "no_second_factor")
	d.enrol()
	laptop := d.enter("laptop")
	finance := member(t, d.store, registrar.RoleStaffFinance, "finance")
	_, err = d.engine.AskFactorReset(ctx, finance, d.user.ID, "lost her phone")
	wantKind(t, err, registrar.KindForbidden, "role")
	_, err = d.engine.AskFactorReset(ctx, d.by, d.user.ID, "lost my phone")
	wantKind(t, err, registrar.KindForbidden, "not_staff")
	a, err := d.engine.AskFactorReset(ctx, support, d.user.ID, "lost her phone")
	d.must(err)
	_, err = d.engine.Approve(ctx, support, a.ID, "")
	wantKind(t, err, registrar.KindForbidden, "second_person_needed")
	d.must(d.open(laptop))
	d.must(second(d.engine.Approve(ctx, other, a.ID, "called her back")))
	f, err := d.engine.Factors(ctx, d.user.ID)
	d.must(err)
	if f.Second() || f.Recovery != 0 {
		t.Errorf("still there: %+v", f)
	}
	wantKind(t, d.open(laptop), registrar.KindUnauthenticated, "signed_out")
	told := false
	for range 2 { // setting it up was told before
		told = told || strings.Contains(d.mail("second_factor_changed", "ada@example.org").Text, "Our staff ended")
	}
	if !told {
		t.Error("the user was not told")
	}
	wantAudit(d, "user.second_factor_reset", other.ID)
}

// TestSecondFactorOfStaff: only owners may end that of staff, and nobody their
// own.
func TestSecondFactorOfStaff(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	grace, hedy := member(t, d.store, registrar.RoleStaffOwner, "grace"), member(t, d.store, registrar.RoleStaffOwner, "hedy")
	support := member(t, d.store, registrar.RoleStaffSupport, "support")
	var err error
	d.user, err = d.store.User(ctx, grace.ID)
	d.must(err)
	d.enrol()
	_, err = d.engine.AskFactorReset(ctx, support, grace.ID, "x")
	wantKind(t, err, registrar.KindForbidden, "role")
	_, err = d.engine.AskFactorReset(ctx, grace, grace.ID, "x")
	wantKind(t, err, registrar.KindForbidden, "second_person_needed")
	a, err := d.engine.AskFactorReset(ctx, hedy, grace.ID, "lost the phone")
	d.must(err)
	_, err = d.engine.Approve(ctx, grace, a.ID, "") // a session that somebody stole
	wantKind(t, err, registrar.KindForbidden, "second_person_needed")
	_, err = d.engine.Approve(ctx, support, a.ID, "")
	wantKind(t, err, registrar.KindForbidden, "role")
	_, err = d.engine.ResetSecondFactor(ctx, hedy, d.user.Email, "alone")
	wantKind(t, err, registrar.KindForbidden, "not_system")
	_, err = d.engine.ResetSecondFactor(ctx, registrar.System("user reset-second-factor"), d.user.Email, " ")
	wantKind(t, err, registrar.KindInvalid, "required")
	_, err = d.engine.ResetSecondFactor(ctx, registrar.System("user reset-second-factor"), d.user.Email, "the keys are lost")
	d.must(err)
	wantAudit(d, "user.second_factor_reset", "user reset-second-factor")
	_, err = d.engine.Approve(ctx, member(t, d.store, registrar.RoleStaffOwner, "joan"), a.ID, "")
	wantKind(t, err, registrar.KindConflict, "no_second_factor") // done already: the request can only be refused
}

// wantAudit proves that an act about the desk's user is on record.
func wantAudit(d *desk, action, by string) {
	d.t.Helper()
	events, err := d.store.AuditOf(d.t.Context(), "user", d.user.ID, registrar.Page{Limit: 50})
	d.must(err)
	for _, a := range events {
		if a.Action == action && a.By.ID == by {
			return
		}
	}
	d.t.Errorf("no %s by %s on record", action, by)
}
