package registrar_test

import (
	"testing"
	"time"

	"github.com/indera/indera/registrar"
)

// member makes a member of staff without a password, which takes long to digest.
func member(t *testing.T, s registrar.Store, role registrar.Role, name string) registrar.Actor {
	t.Helper()
	u := registrar.User{ID: "usr_" + name, Email: name + "@registrar.example", Name: name, Role: role, PasswordHash: "-", CreatedAt: time.Now()}
	if err := s.InTx(t.Context(), func(tx registrar.Tx) error { return tx.InsertUser(t.Context(), u) }); err != nil {
		t.Fatal(err)
	}
	return registrar.Actor{Kind: registrar.ActorStaff, ID: u.ID, IP: "127.0.0.1"}
}

// TestStaffRoles is the table of what staff may do, seen from the acts.
func TestStaffRoles(t *testing.T) {
	all := registrar.StaffRoles
	owner, support, finance, compliance, auditor := all[0], all[1], all[2], all[3], all[4]
	for may, who := range map[registrar.Permission][]registrar.Role{
		registrar.StaffRead: all, registrar.StaffDomains: {owner, support, compliance}, registrar.StaffCommands: {owner, support},
		registrar.StaffMoney: {owner, finance}, registrar.StaffDuties: {owner, compliance},
		registrar.StaffEvidence: {owner, compliance, auditor}, registrar.StaffRestore: {owner}, registrar.StaffUsers: {owner},
		registrar.StaffApprove: {owner, support, finance, compliance}, registrar.StaffSelf: all,
		registrar.StaffImpersonate: {owner, support}, registrar.StaffFactors: {owner, support},
		registrar.StaffConsoleWrite: {owner},
	} {
		for _, role := range all {
			want := false
			for _, w := range who {
				want = want || w == role
			}
			if role.May(may) != want {
				t.Errorf("%s may %s: %v", role, may, !want)
			}
		}
		for _, role := range append(registrar.CustomerRoles, "staff", "", "owner ") {
			if role.May(may) {
				t.Errorf("the customer's role %q may %s", role, may)
			}
		}
	}
	for _, role := range all {
		for _, may := range registrar.Permissions {
			if role.May(may) {
				t.Errorf("%s may do what customers do: %s", role, may)
			}
		}
	}
}

// TestActsCheckTheRole: what acts for staff asks for the role itself, whatever a
// page has let through.
func TestActsCheckTheRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	auditor := member(t, w.store, registrar.RoleStaffAuditor, "auditor")
	acts := map[string]func(by registrar.Actor) error{
		"retry": func(by registrar.Actor) error { return w.engine.RetryCommand(ctx, by, "cmd_none", "x") },
		"resolve": func(by registrar.Actor) error {
			return w.engine.ResolveCommand(ctx, by, "cmd_none", registrar.ResolveFailed, "x")
		},
		"lock": func(by registrar.Actor) error {
			return second(w.engine.ChangeStaffLocks(ctx, by, "dom_none", registrar.AllLocks, true, "x"))
		},
		"brake":   func(by registrar.Actor) error { return w.engine.ReleaseBrake(ctx, by, "brk_none", "x") },
		"restore": func(by registrar.Actor) error { return w.engine.ReleaseRestore(ctx, by, "x") },
		"finding": func(by registrar.Actor) error { return w.engine.ReleaseFinding(ctx, by, "fnd_none", "x") },
		"recheck": func(by registrar.Actor) error { return second(w.engine.RecheckPayment(ctx, by, "pay_none")) },
		"close":   func(by registrar.Actor) error { return w.engine.ClosePayment(ctx, by, "pay_none", "x") },
		"credit": func(by registrar.Actor) error {
			return second(w.engine.AdjustBalance(ctx, by, registrar.AdjustRequest{CustomerID: w.customer.ID, Amount: usd(1), Reason: "x", Key: "x"}))
		},
		"create staff": func(by registrar.Actor) error {
			return second(w.engine.CreateStaff(ctx, by, "X", "x@registrar.example", "correct horse", registrar.RoleStaffOwner))
		},
	}
	for name, act := range acts {
		for who, by := range map[string]registrar.Actor{"an auditor": auditor, "a customer": w.by, "a customer as staff": {Kind: registrar.ActorStaff, ID: w.by.ID}, "nobody": {}} {
			if err := act(by); registrar.KindOf(err) != registrar.KindForbidden {
				t.Errorf("%s by %s: %v", name, who, err)
			}
		}
	}
	wantKind(t, w.engine.NoteExport(ctx, w.by, "notices", nil), registrar.KindForbidden, "not_staff")
	if err := w.engine.NoteExport(ctx, auditor, "notices", nil); err != nil {
		t.Errorf("an auditor takes evidence out: %v", err)
	}
	wantKind(t, w.engine.RetryCommand(ctx, staff, "cmd_none", "x"), registrar.KindNotFound, "not_found")
	if err := w.store.InTx(ctx, func(tx registrar.Tx) error { return tx.RemoveUser(ctx, staff.ID, time.Now()) }); err != nil {
		t.Fatal(err)
	}
	wantKind(t, w.engine.RetryCommand(ctx, staff, "cmd_none", "x"), registrar.KindForbidden, "not_staff")
}
