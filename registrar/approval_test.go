package registrar_test

import (
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
)

// board makes staff in a world: two owners and one of each other role.
type board struct {
	*world
	grace, hedy, support, finance, auditor registrar.Actor
}

func newBoard(t *testing.T) *board {
	t.Helper()
	w := newWorld(t)
	w.engine = w.newEngine(w.store, "board")
	return &board{w, staff, member(t, w.store, registrar.RoleStaffOwner, "hedy"), member(t, w.store, registrar.RoleStaffSupport, "rosa"),
		member(t, w.store, registrar.RoleStaffFinance, "mary"), member(t, w.store, registrar.RoleStaffAuditor, "dorothy")}
}

func (b *board) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *board) roleOf(by registrar.Actor) registrar.Role {
	b.t.Helper()
	u, err := b.store.User(b.t.Context(), by.ID)
	b.must(err)
	return u.Role
}

func TestRoleTakesTwo(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	ctx := t.Context()
	_, err := b.engine.AskStaffRole(ctx, b.support, b.finance.ID, registrar.RoleStaffOwner, "more to do")
	wantKind(t, err, registrar.KindForbidden, "role")
	_, err = b.engine.AskStaffRole(ctx, b.grace, b.finance.ID, registrar.RoleStaffOwner, " ")
	wantKind(t, err, registrar.KindInvalid, "required")
	_, err = b.engine.AskStaffRole(ctx, b.grace, b.finance.ID, registrar.RoleOwner, "x")
	wantKind(t, err, registrar.KindInvalid, "unknown_role")
	_, err = b.engine.AskStaffRole(ctx, b.grace, b.finance.ID, registrar.RoleStaffFinance, "x")
	wantKind(t, err, registrar.KindInvalid, "same_role")
	_, err = b.engine.AskStaffRole(ctx, b.grace, b.by.ID, registrar.RoleStaffFinance, "a customer")
	wantKind(t, err, registrar.KindNotFound, "not_found")

	a, err := b.engine.AskStaffRole(ctx, b.grace, b.finance.ID, registrar.RoleStaffSupport, "helps out")
	b.must(err)
	_, err = b.engine.AskStaffRole(ctx, b.hedy, b.finance.ID, registrar.RoleStaffOwner, "again")
	wantKind(t, err, registrar.KindConflict, "asked_already")
	_, err = b.engine.Approve(ctx, b.grace, a.ID, "")
	wantKind(t, err, registrar.KindForbidden, "second_person_needed")
	_, err = b.engine.Approve(ctx, b.support, a.ID, "")
	wantKind(t, err, registrar.KindForbidden, "role")
	_, err = b.engine.Approve(ctx, b.by, a.ID, "")
	wantKind(t, err, registrar.KindForbidden, "not_staff")
	if got := b.roleOf(b.finance); got != registrar.RoleStaffFinance {
		t.Fatalf("role %s before anybody agreed", got)
	}
	b.must(second(b.engine.Approve(ctx, b.hedy, a.ID, "fine")))
	if got := b.roleOf(b.finance); got != registrar.RoleStaffSupport {
		t.Errorf("role %s after the second owner agreed", got)
	}
	_, err = b.engine.Refuse(ctx, b.hedy, a.ID, "too late")
	wantKind(t, err, registrar.KindConflict, "already_decided")

	mine, err := b.engine.AskStaffRole(ctx, b.grace, b.finance.ID, registrar.RoleStaffOwner, "a mistake")
	b.must(err)
	_, err = b.engine.Withdraw(ctx, b.hedy, mine.ID)
	wantKind(t, err, registrar.KindForbidden, "not_yours")
	b.must(second(b.engine.Withdraw(ctx, b.grace, mine.ID)))
	trail, err := b.store.AuditOf(ctx, "approval", a.ID, registrar.Page{})
	b.must(err)
	by := map[string]string{}
	for _, ev := range trail {
		by[ev.Action] = ev.By.ID
	}
	if by["approval.ask"] != b.grace.ID || by["approval.approved"] != b.hedy.ID || len(trail) != 2 {
		t.Errorf("trail %+v", trail)
	}
}

// TestApprovalOfSomebodyGone: who asked must still have the right when the
// second one agrees, or a thief's last wish would be granted.
func TestApprovalOfSomebodyGone(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	ctx := t.Context()
	a, err := b.engine.AskStaffRole(ctx, b.grace, b.finance.ID, registrar.RoleStaffOwner, "mine")
	b.must(err)
	b.must(b.store.InTx(ctx, func(tx registrar.Tx) error { return tx.SetRole(ctx, b.grace.ID, registrar.RoleStaffAuditor) }))
	_, err = b.engine.Approve(ctx, b.hedy, a.ID, "")
	wantKind(t, err, registrar.KindConflict, "asker_gone")
	if got := b.roleOf(b.finance); got != registrar.RoleStaffFinance {
		t.Errorf("role %s", got)
	}
	b.must(second(b.engine.Refuse(ctx, b.hedy, a.ID, "she is gone")))
}

func TestApprovalsLapse(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	ctx := t.Context()
	adj, err := l.adjust(l.staff[0], 500_00, "a")
	l.must(err)
	id := l.waiting(adj.ID).ID
	l.clock.Advance(7 * 24 * time.Hour)
	_, err = l.release(l.staff[1], adj.ID, "late")
	wantKind(t, err, registrar.KindConflict, "too_late")
	l.must(l.engine.LapseApprovals(ctx))
	l.must(l.engine.LapseApprovals(ctx))
	a, err := l.store.Approval(ctx, id)
	l.must(err)
	adj, err = l.store.Adjustment(ctx, adj.ID)
	l.must(err)
	if a.State != registrar.ApprovalLapsed || adj.State != registrar.AdjustmentDeclined || adj.DecidedBy != "" {
		t.Errorf("%+v\n%+v", a, adj)
	}
	l.balance(0)
	// Its asker may give a wish up at any time.
	adj, err = l.adjust(l.staff[0], 400_00, "b")
	l.must(err)
	l.must(second(l.engine.Withdraw(ctx, l.staff[0], l.waiting(adj.ID).ID)))
	if adj, err = l.store.Adjustment(ctx, adj.ID); err != nil || adj.State != registrar.AdjustmentDeclined {
		t.Errorf("%+v, %v", adj, err)
	}
}

func TestLastStaffOwner(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	ctx := t.Context()
	// Both owners ask for the other's end, and both are approved at the same moment.
	first, err := b.engine.AskStaffRole(ctx, b.grace, b.hedy.ID, registrar.RoleStaffAuditor, "quarrel")
	b.must(err)
	asked, err := b.engine.DisableStaff(ctx, b.hedy, b.grace.ID, "quarrel")
	b.must(err)
	if asked == nil {
		t.Fatal("an owner's login was taken away by one person")
	}
	var both sync.WaitGroup
	for by, id := range map[registrar.Actor]string{b.hedy: first.ID, b.grace: asked.ID} {
		both.Go(func() {
			if _, err := b.engine.Approve(ctx, by, id, ""); err != nil && registrar.KindOf(err) != registrar.KindConflict && registrar.KindOf(err) != registrar.KindForbidden {
				t.Errorf("approving: %v", err)
			}
		})
	}
	both.Wait()
	active, _, _, err := b.engine.Staff(ctx)
	b.must(err)
	var left registrar.Actor
	owners := 0
	for _, u := range active {
		if u.Role == registrar.RoleStaffOwner {
			owners++
			left = registrar.Actor{Kind: registrar.ActorStaff, ID: u.ID}
		}
	}
	if owners != 1 {
		t.Fatalf("%d owners are left", owners)
	}
	_, err = b.engine.AskStaffRole(ctx, left, left.ID, registrar.RoleStaffAuditor, "enough")
	wantKind(t, err, registrar.KindConflict, "last_owner")
	_, err = b.engine.DisableStaff(ctx, left, left.ID, "enough")
	wantKind(t, err, registrar.KindConflict, "last_owner")
	// Others go at once.
	asked, err = b.engine.DisableStaff(ctx, left, b.support.ID, "lost laptop")
	b.must(err)
	if asked != nil {
		t.Error("taking a supporter's login away waits")
	}
	_, err = b.engine.DisableStaff(ctx, left, b.support.ID, "again")
	wantKind(t, err, registrar.KindNotFound, "not_found")
	_, err = b.engine.DisableStaff(ctx, b.finance, b.auditor.ID, "x")
	wantKind(t, err, registrar.KindForbidden, "role")
	u, err := b.store.User(ctx, b.support.ID)
	b.must(err)
	if u.DisabledAt == nil || u.Name != "rosa" || u.Email == "rosa@registrar.example" || u.PasswordHash != "" {
		t.Errorf("%+v", u)
	}
	wantKind(t, b.engine.RetryCommand(ctx, b.support, "cmd_none", "x"), registrar.KindForbidden, "not_staff")
}

// other makes a second customer.
func (b *board) other() registrar.Customer {
	b.t.Helper()
	cus, _, err := b.engine.SignUp(b.t.Context(), registrar.Actor{Kind: registrar.ActorCustomer}, registrar.SignUp{Name: "Bob", Email: "bob@example.org", Password: "correct horse"})
	b.must(err)
	return cus
}

// TestNameIsMoved: a name goes to another customer with its registrant, and
// nothing of the old account reaches it any more.
func TestNameIsMoved(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	ctx := t.Context()
	d, bob := b.own("garden.shop"), b.other()
	for customer, code := range map[string]string{"cus_none": "unknown_customer", b.customer.ID: "same_customer"} {
		_, err := b.engine.AskDomainMove(ctx, b.support, d.ID, customer, "sold")
		wantKind(t, err, registrar.KindInvalid, code)
	}
	_, err := b.engine.AskDomainMove(ctx, b.finance, d.ID, bob.ID, "sold")
	wantKind(t, err, registrar.KindForbidden, "role")
	a, err := b.engine.AskDomainMove(ctx, b.support, d.ID, bob.ID, "sold, contract of 3 May")
	b.must(err)
	_, err = b.engine.Approve(ctx, b.support, a.ID, "")
	wantKind(t, err, registrar.KindForbidden, "second_person_needed")

	// What is under way when the second one agrees counts.
	b.must(second(b.engine.ChangeNameServers(ctx, b.by, b.customer.ID, "garden.shop", []string{"ns3.example.net", "ns4.example.net"}, nil)))
	_, err = b.engine.Approve(ctx, b.hedy, a.ID, "")
	wantKind(t, err, registrar.KindConflict, "operation_open")
	b.work(b.engine)
	b.until("the change is over", func() bool { return second(b.engine.Approve(ctx, b.hedy, a.ID, "seen the contract")) == nil })
	ops, err := b.store.Operations(ctx, registrar.OperationFilter{DomainID: d.ID}, registrar.Page{Limit: 1})
	b.must(err)
	if op := b.finish(ops[0].ID); op.State != registrar.OpSucceeded || op.Kind != registrar.OpContacts || op.CustomerID != bob.ID {
		t.Errorf("operation %+v", op)
	}
	now, err := b.store.Domain(ctx, d.ID)
	b.must(err)
	v, err := b.store.ContactVersion(ctx, now.Registrant)
	b.must(err)
	if now.CustomerID != bob.ID || v.CustomerID != bob.ID || v.Name != "Ada Lovelace" || now.Registrant.ContactID == d.Registrant.ContactID {
		t.Errorf("domain %+v\nregistrant %+v", now, v)
	}
	info, err := b.registry.DomainInfo(ctx, "garden.shop")
	b.must(err)
	objects, err := b.store.RegistryContactsOf(ctx, v.ContactID)
	b.must(err)
	if len(objects) != 1 || objects[0].Handle != info.Registrant {
		t.Errorf("the registry has the registrant %s, not %+v", info.Registrant, objects)
	}
	if needed, err := b.store.ContactNeeded(ctx, d.Registrant.ContactID, b.engine.Now()); err != nil || !needed {
		t.Errorf("the purge may take who held the name before the move: %t, %v", needed, err)
	}
	_, err = b.engine.OwnedDomain(ctx, b.customer.ID, "garden.shop")
	if err == nil {
		t.Error("the old customer still has the name")
	}
	list, _, err := b.engine.History(ctx, now, false, registrar.Page{})
	b.must(err)
	for _, h := range list {
		if h.What == string(registrar.OpRegister) || h.By.ID == b.by.ID {
			t.Errorf("the new customer reads what the old one did: %+v", h)
		}
	}
	trail, err := b.store.AuditOf(ctx, "domain", d.ID, registrar.Page{})
	b.must(err)
	found := false
	for _, ev := range trail {
		found = found || ev.Action == "domain.move" && ev.By.ID == b.hedy.ID
	}
	if !found {
		t.Error("no evidence of the move")
	}
}

func TestNameCanNotBeMoved(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	ctx := t.Context()
	d, bob := b.own("garden.shop"), b.other()
	for code, bend := range map[string]func(*registrar.Domain){
		"other_owner_system": func(d *registrar.Domain) { d.OwnerSystem = "mirror(whmcs)" },
		"domain_not_active":  func(d *registrar.Domain) { d.State = registrar.DomainPendingCreate },
		"status_prohibits":   func(d *registrar.Domain) { d.Statuses = []string{"clientUpdateProhibited"} },
	} {
		was, err := b.store.Domain(ctx, d.ID)
		b.must(err)
		bent := was
		bend(&bent)
		b.must(b.store.InTx(ctx, func(tx registrar.Tx) error { return tx.UpdateDomain(ctx, bent) }))
		_, err = b.engine.AskDomainMove(ctx, b.support, d.ID, bob.ID, "sold")
		wantKind(t, err, registrar.KindOf(err), code)
		bent.Revision++
		was.Revision = bent.Revision
		b.must(b.store.InTx(ctx, func(tx registrar.Tx) error { return tx.UpdateDomain(ctx, was) }))
	}
	until := time.Now().Add(time.Hour)
	b.must(b.store.InTx(ctx, func(tx registrar.Tx) error {
		return tx.PutCodeRecord(ctx, registrar.CodeRecord{DomainID: d.ID, ExpiresAt: &until})
	}))
	_, err := b.engine.AskDomainMove(ctx, b.support, d.ID, bob.ID, "sold")
	wantKind(t, err, registrar.KindConflict, "transfer_code_open")
}

// TestDeletionByStaffTakesTwo: it is journalled with the agreement.
func TestDeletionByStaffTakesTwo(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	ctx := t.Context()
	d := b.own("garden.shop")
	a, err := b.engine.AskDomainDelete(ctx, b.support, d.ID, "phishing")
	b.must(err)
	if ops, err := b.store.Operations(ctx, registrar.OperationFilter{DomainID: d.ID}, registrar.Page{}); err != nil || len(ops) != 1 {
		t.Errorf("operations before anybody agreed: %+v, %v", ops, err)
	}
	b.must(second(b.engine.Approve(ctx, b.hedy, a.ID, "")))
	ops, err := b.store.Operations(ctx, registrar.OperationFilter{DomainID: d.ID}, registrar.Page{Limit: 1})
	b.must(err)
	b.work(b.engine)
	if op := b.finish(ops[0].ID); op.Kind != registrar.OpDelete || op.State != registrar.OpSucceeded {
		t.Errorf("%+v", op)
	}
}
