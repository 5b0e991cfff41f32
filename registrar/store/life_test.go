package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func TestStaffLocks(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		lock := registrar.StaffLock{DomainID: "dom_001", Status: "clientHold", Reason: "Gerichtsbeschluß ✗", By: registrar.Actor{Kind: registrar.ActorStaff, ID: "usr_1", IP: "::1", RequestID: "req_1"}, At: noon.UTC()}
		other := lock
		other.Status = "clientUpdateProhibited"
		foreign := lock
		foreign.DomainID = "dom_002"
		write(t, s, func(tx registrar.Tx) error {
			for _, l := range []registrar.StaffLock{lock, other, foreign} {
				if err := tx.PutStaffLock(ctx, l); err != nil {
					return err
				}
			}
			lock.Reason = "another reason"
			return tx.PutStaffLock(ctx, lock)
		})
		same(t, must[[]registrar.StaffLock](t)(s.StaffLocks(ctx, "dom_001")), []registrar.StaffLock{lock, other})
		write(t, s, func(tx registrar.Tx) error { return tx.RemoveStaffLocks(ctx, "dom_001", nil) })
		write(t, s, func(tx registrar.Tx) error {
			return tx.RemoveStaffLocks(ctx, "dom_001", []string{"clientHold", "clientDeleteProhibited"})
		})
		same(t, must[[]registrar.StaffLock](t)(s.StaffLocks(ctx, "dom_001")), []registrar.StaffLock{other})
		same(t, must[[]registrar.StaffLock](t)(s.StaffLocks(ctx, "dom_002")), []registrar.StaffLock{foreign})
	})
}

func TestCodeRecords(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		put := func(r registrar.CodeRecord) {
			t.Helper()
			write(t, s, func(tx registrar.Tx) error { return tx.PutCodeRecord(ctx, r) })
		}
		for i := range 5 {
			put(registrar.CodeRecord{DomainID: fmt.Sprintf("dom_%03d", i), ExpiresAt: utc(noon.Add(time.Duration(i) * time.Hour))})
		}
		waiting := registrar.CodeRecord{DomainID: "dom_900", CommandID: "cmd_1", Sealed: "v1.k.x"}
		put(waiting)
		same(t, must[registrar.CodeRecord](t)(s.CodeRecord(ctx, "dom_900")), waiting)
		over := walk(t, 2, func(p registrar.Page) ([]registrar.CodeRecord, error) {
			return s.CodesOver(ctx, noon.Add(3*time.Hour), p)
		}, func(r registrar.CodeRecord) string { return r.DomainID })
		same(t, over, []string{"dom_000", "dom_001", "dom_002", "dom_003"})
		put(registrar.CodeRecord{DomainID: "dom_900", ExpiresAt: utc(noon)})
		same(t, must[registrar.CodeRecord](t)(s.CodeRecord(ctx, "dom_900")), registrar.CodeRecord{DomainID: "dom_900", ExpiresAt: utc(noon)})
		write(t, s, func(tx registrar.Tx) error { return tx.RemoveCodeRecord(ctx, "dom_900") })
		write(t, s, func(tx registrar.Tx) error { return tx.RemoveCodeRecord(ctx, "dom_900") })
		if _, err := s.CodeRecord(ctx, "dom_900"); !registrar.IsNotFound(err) {
			t.Errorf("still there: %v", err)
		}
	})
}

// TestGuards: what an operation guards is held from its first command to its
// last, and nobody else can guard it meanwhile.
func TestGuards(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		op := func(n int, verbs ...registrar.Verb) []registrar.Command {
			var out []registrar.Command
			for i, v := range verbs {
				c := aCommand(10*n+i, v, "a.shop", registrar.CommandWaiting)
				c.OperationID, c.Seq = fmt.Sprintf("op_%d", n), i+1
				if v == registrar.VerbHostUpdate {
					c.Object, c.Guards = "ns1.a.shop", "a.shop"
				}
				out = append(out, c)
			}
			return out
		}
		first := op(1, registrar.VerbDomainUpdate, registrar.VerbHostUpdate, registrar.VerbDomainUpdate)
		first[0].State = registrar.CommandQueued
		write(t, s, func(tx registrar.Tx) error { return tx.InsertCommands(ctx, first) })
		second := func(tx registrar.Tx) error { return tx.InsertCommands(ctx, op(2, registrar.VerbHostUpdate)) }
		for i := range first {
			refused(t, s, registrar.KindConflict, "operation_open", second)
			c := must[registrar.Command](t)(s.Command(ctx, first[i].ID))
			c.State = registrar.CommandDone
			write(t, s, func(tx registrar.Tx) error {
				if ok, err := tx.ChangeCommand(ctx, c, registrar.CommandQueued, "", registrar.DueChange{}); err != nil || !ok {
					t.Fatalf("%s: not done: %v", c.ID, err)
				}
				_, err := tx.QueueNext(ctx, c.OperationID, c.Seq+1)
				return err
			})
		}
		write(t, s, second)
		refused(t, s, registrar.KindConflict, "operation_open", func(tx registrar.Tx) error {
			return tx.InsertCommands(ctx, op(3, registrar.VerbDomainRenew))
		})
		if c := must[registrar.Command](t)(s.Command(ctx, "cmd_020")); c.Guards != "a.shop" {
			t.Errorf("guards %q", c.Guards)
		}
		write(t, s, func(tx registrar.Tx) error { return tx.CancelWaiting(ctx, "op_2", noon) })
		write(t, s, func(tx registrar.Tx) error { return tx.InsertCommands(ctx, op(4, registrar.VerbDomainRenew)) })
	})
}
