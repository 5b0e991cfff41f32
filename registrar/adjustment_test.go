package registrar_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
)

func (l *till) adjust(by registrar.Actor, minor int64, key string) (registrar.Adjustment, error) {
	return l.engine.AdjustBalance(l.t.Context(), by, registrar.AdjustRequest{CustomerID: l.customer.ID, Amount: usd(minor), Reason: "goodwill", Key: key})
}

// request finds what a second person decides of an adjustment.
func (l *till) waiting(adjustment string) registrar.Approval {
	l.t.Helper()
	rows, err := l.store.Approvals(l.t.Context(), registrar.ApprovalFilter{SubjectID: adjustment}, registrar.Page{})
	l.must(err)
	if len(rows) != 1 || rows[0].Kind != registrar.ApproveAdjustment {
		l.t.Fatalf("requests about %s: %+v", adjustment, rows)
	}
	return rows[0]
}

func (l *till) release(by registrar.Actor, adjustment, note string) (registrar.Approval, error) {
	return l.engine.Approve(l.t.Context(), by, l.waiting(adjustment).ID, note)
}

func (l *till) decline(by registrar.Actor, adjustment, reason string) (registrar.Approval, error) {
	return l.engine.Refuse(l.t.Context(), by, l.waiting(adjustment).ID, reason)
}

func (l *till) balance(want int64) {
	l.t.Helper()
	acc, err := l.engine.Balance(l.t.Context(), l.customer.ID)
	l.must(err)
	if acc.Balance != want {
		l.t.Errorf("balance %d, want %d", acc.Balance, want)
	}
	l.must(l.store.CheckLedger(l.t.Context(), func(p registrar.LedgerProblem) { l.t.Errorf("ledger: %s: %s", p.Subject, p.Detail) }))
}

// TestAllowanceOfOnePerson goes to the limit in steps: what exceeds it waits,
// whatever it is split into, and the next day begins anew.
func TestAllowanceOfOnePerson(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	state := func(by registrar.Actor, minor int64, key string) registrar.AdjustmentState {
		t.Helper()
		adj, err := l.adjust(by, minor, key)
		l.must(err)
		return adj.State
	}
	for i, tc := range []struct {
		by    registrar.Actor
		minor int64
		want  registrar.AdjustmentState
	}{
		{l.staff[0], 150_00, registrar.AdjustmentBooked}, {l.staff[0], -40_00, registrar.AdjustmentBooked},
		{l.staff[0], 10_01, registrar.AdjustmentPending}, {l.staff[0], 10_00, registrar.AdjustmentBooked},
		{l.staff[0], 1, registrar.AdjustmentPending}, {l.staff[1], 200_00, registrar.AdjustmentBooked}, {l.staff[1], 1, registrar.AdjustmentPending},
	} {
		if got := state(tc.by, tc.minor, fmt.Sprint(i)); got != tc.want {
			t.Errorf("step %d: %s, want %s", i, got, tc.want)
		}
	}
	l.balance(320_00)
	if got := state(l.staff[0], 150_00, "0"); got != registrar.AdjustmentBooked { // the first form again
		t.Errorf("sent twice: %s", got)
	}
	l.balance(320_00)
	_, err := l.adjust(l.staff[0], 151_00, "0")
	wantKind(t, err, registrar.KindIdempotencyReuse, "key_reused")
	l.clock.Advance(12 * time.Hour) // midnight UTC
	if got := state(l.staff[0], 200_00, "next day"); got != registrar.AdjustmentBooked {
		t.Errorf("on the next day: %s", got)
	}
	l.balance(520_00)
}

func TestSecondPersonDecides(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	ctx := t.Context()
	ask := func(minor int64, key string) registrar.Adjustment {
		t.Helper()
		adj, err := l.adjust(l.staff[0], minor, key)
		l.must(err)
		if adj.State != registrar.AdjustmentPending {
			t.Fatalf("%d is %s", minor, adj.State)
		}
		return adj
	}
	credit, debit, unwanted := ask(500_00, "a"), ask(-300_00, "b"), ask(900_00, "c")
	l.balance(0)
	_, err := l.release(l.staff[0], credit.ID, "")
	wantKind(t, err, registrar.KindForbidden, "second_person_needed")
	_, err = l.decline(l.staff[0], credit.ID, "mine")
	wantKind(t, err, registrar.KindForbidden, "second_person_needed")
	_, err = l.release(l.by, credit.ID, "")
	wantKind(t, err, registrar.KindForbidden, "not_staff")
	_, err = l.release(l.staff[1], debit.ID, "")
	wantKind(t, err, registrar.KindInsufficientFunds, "insufficient_funds")
	_, err = l.decline(l.staff[1], unwanted.ID, " ")
	wantKind(t, err, registrar.KindInvalid, "required")
	l.must(second(l.decline(l.staff[1], unwanted.ID, "not agreed")))
	var wg sync.WaitGroup
	for range 3 { // released by several clicks at once
		wg.Go(func() {
			if _, err := l.release(l.staff[1], credit.ID, "agreed"); err != nil && registrar.KindOf(err) != registrar.KindConflict {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	l.balance(500_00)
	l.must(second(l.release(l.staff[1], debit.ID, ""))) // waited until there was money
	l.balance(200_00)
	for _, id := range []string{credit.ID, unwanted.ID} {
		_, err = l.release(l.staff[1], id, "")
		wantKind(t, err, registrar.KindConflict, "already_decided")
	}
	got, err := l.store.Adjustment(ctx, credit.ID)
	if err != nil || got.AskedBy != l.staff[0].ID || got.DecidedBy != l.staff[1].ID || got.Decision != "agreed" || got.Reason != "goodwill" {
		t.Errorf("%+v, %v", got, err)
	}
	audit, err := l.store.AuditOf(ctx, "customer", l.customer.ID, registrar.Page{})
	l.must(err)
	count := map[string]int{}
	for _, a := range audit {
		count[a.Action]++
	}
	if count["adjustment.ask"] != 3 || count["adjustment.book"] != 2 || count["adjustment.decline"] != 1 {
		t.Errorf("audit trail: %v", count)
	}
}

func TestAdjustRefuses(t *testing.T) {
	t.Parallel()
	l := newTill(t)
	for name, tc := range map[string]struct {
		by     registrar.Actor
		change func(*registrar.AdjustRequest)
		kind   registrar.Kind
		code   string
	}{
		"a customer":       {l.by, func(*registrar.AdjustRequest) {}, registrar.KindForbidden, "not_staff"},
		"a customer's id":  {registrar.Actor{Kind: registrar.ActorStaff, ID: l.by.ID}, func(*registrar.AdjustRequest) {}, registrar.KindForbidden, "not_staff"},
		"a job":            {registrar.System("x"), func(*registrar.AdjustRequest) {}, registrar.KindForbidden, "not_staff"},
		"no reason":        {l.staff[0], func(r *registrar.AdjustRequest) { r.Reason = " \t" }, registrar.KindInvalid, "required"},
		"nothing":          {l.staff[0], func(r *registrar.AdjustRequest) { r.Amount.Minor = 0 }, registrar.KindInvalid, "bad_amount"},
		"a typing error":   {l.staff[0], func(r *registrar.AdjustRequest) { r.Amount.Minor = 1 << 40 }, registrar.KindInvalid, "bad_amount"},
		"other currency":   {l.staff[0], func(r *registrar.AdjustRequest) { r.Amount.Currency = "EUR" }, registrar.KindInvalid, "bad_currency"},
		"more than is had": {l.staff[0], func(r *registrar.AdjustRequest) { r.Amount.Minor = -1 }, registrar.KindInsufficientFunds, "insufficient_funds"},
		"no key":           {l.staff[0], func(r *registrar.AdjustRequest) { r.Key = "" }, registrar.KindInvalid, "bad_key"},
	} {
		req := registrar.AdjustRequest{CustomerID: l.customer.ID, Amount: usd(5_00), Reason: "goodwill", Key: name}
		tc.change(&req)
		_, err := l.engine.AdjustBalance(t.Context(), tc.by, req)
		t.Run(name, func(t *testing.T) { wantKind(t, err, tc.kind, tc.code) })
	}
	l.balance(0)
	// What was refused has not used up the allowance.
	adj, err := l.adjust(l.staff[0], 200_00, "whole")
	if err != nil || adj.State != registrar.AdjustmentBooked {
		t.Errorf("%+v, %v", adj, err)
	}
}
