package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func insertCommands(t testing.TB, s *store.Store, cs ...registrar.Command) {
	t.Helper()
	write(t, s, func(tx registrar.Tx) error { return tx.InsertCommands(t.Context(), cs) })
}

func claim(t testing.TB, s *store.Store, id string, state registrar.CommandState, token string, ttl time.Duration) (ok bool) {
	t.Helper()
	write(t, s, func(tx registrar.Tx) (err error) {
		ok, err = tx.ClaimCommand(t.Context(), id, state, "holder", token, ttl)
		return err
	})
	return ok
}

func change(t testing.TB, s *store.Store, c registrar.Command, from registrar.CommandState, token string, due registrar.DueChange) (ok bool) {
	t.Helper()
	write(t, s, func(tx registrar.Tx) (err error) {
		ok, err = tx.ChangeCommand(t.Context(), c, from, token, due)
		return err
	})
	return ok
}

// elapse moves all due and lease times of commands into the past, as waiting
// would.
func elapse(t testing.TB, s *store.Store, d time.Duration) {
	t.Helper()
	for _, table := range []string{"commands", "mails"} {
		_, err := s.SQL().ExecContext(t.Context(), "UPDATE "+table+" SET due_at = due_at - ?, lease_until = lease_until - ?", d.Microseconds(), d.Microseconds())
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.SQL().ExecContext(t.Context(), "UPDATE leases SET lease_until = lease_until - ?", d.Microseconds()); err != nil {
		t.Fatal(err)
	}
}

func due(t testing.TB, s *store.Store, state registrar.CommandState, noBillable bool, limit int) []string {
	t.Helper()
	rows := must[[]registrar.Command](t)(s.DueCommands(t.Context(), "mem", state, noBillable, limit))
	return ids(rows, func(c registrar.Command) string { return c.ID })
}

func TestCommandRoundTrip(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		c := aCommand(1, registrar.VerbDomainCreate, "a.shop", registrar.CommandQueued)
		c.Billable = true
		insertCommands(t, s, c)
		got := must[registrar.Command](t)(s.Command(ctx, c.ID))
		now := must[time.Time](t)(s.Now(ctx))
		if age := now.Sub(got.DueAt); age < 0 || age > 10*time.Second {
			t.Errorf("a new command is due at %s, now is %s", got.DueAt, now)
		}
		dueAt := cmpopts.IgnoreFields(registrar.Command{}, "DueAt", "Lease")
		if diff := cmp.Diff(c, got, dueAt); diff != "" {
			t.Fatal(diff)
		}
		if !claim(t, s, c.ID, registrar.CommandQueued, "tok", time.Minute) {
			t.Fatal("not claimed")
		}
		next := got
		next.State, next.Attempt, next.ClTRID, next.SvTRID = registrar.CommandSent, 1, "IND-1", "SV-ü"
		next.SentAt, next.SentUntil, next.Absent = utc(noon), utc(noon.Add(time.Second)), 1
		next.ResultCode, next.ResultMsg, next.ReviewNote = 2400, "Befehl fehlgeschlagen ✗", "why"
		next.FinishedAt = utc(noon.Add(time.Minute))
		next.Spec, next.Object = []byte(`{}`), "other.shop" // identity and wish never change
		if !change(t, s, next, registrar.CommandQueued, "tok", registrar.DueChange{In: time.Hour, SettleIn: 2 * time.Hour, LeaseFor: 3 * time.Hour}) {
			t.Fatal("not changed")
		}
		got = must[registrar.Command](t)(s.Command(ctx, c.ID))
		next.Spec, next.Object = c.Spec, c.Object
		if diff := cmp.Diff(next, got, dueAt, cmpopts.IgnoreFields(registrar.Command{}, "SettleAt")); diff != "" {
			t.Fatal(diff)
		}
		for what, at := range map[string]struct {
			got time.Time
			in  time.Duration
		}{"due": {got.DueAt, time.Hour}, "settle": {*got.SettleAt, 2 * time.Hour}, "lease": {got.Lease.Until, 3 * time.Hour}} {
			if off := at.got.Sub(now.Add(at.in)); off < 0 || off > 30*time.Second {
				t.Errorf("%s is off by %s", what, off)
			}
		}
		if got.Lease.Token != "tok" || got.Lease.Holder != "holder" {
			t.Errorf("the lease was not kept: %+v", got.Lease)
		}
		// SettleAt is kept when nothing new is said.
		kept := *got.SettleAt
		if !change(t, s, got, registrar.CommandSent, "tok", registrar.DueChange{}) {
			t.Fatal("not changed")
		}
		got = must[registrar.Command](t)(s.Command(ctx, c.ID))
		if got.SettleAt == nil || !got.SettleAt.Equal(kept) || got.Lease != (registrar.Lease{}) {
			t.Errorf("settle_at %v, want %v; lease %+v, want none", got.SettleAt, kept, got.Lease)
		}
	})
}

func TestOneOpenTransformPerName(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		insertCommands(t, s, aCommand(1, registrar.VerbDomainCreate, "a.shop", registrar.CommandWaiting))
		open := func(tx registrar.Tx) error {
			return tx.InsertCommands(ctx, []registrar.Command{aCommand(2, registrar.VerbDomainRenew, "a.shop", registrar.CommandQueued)})
		}
		c := must[registrar.Command](t)(s.Command(ctx, "cmd_001"))
		for _, state := range []registrar.CommandState{registrar.CommandQueued, registrar.CommandSent, registrar.CommandNeedsReview} {
			refused(t, s, registrar.KindConflict, "operation_open", open)
			from := c.State
			c.State = state
			if !change(t, s, c, from, "", registrar.DueChange{}) {
				t.Fatalf("%s → %s refused", from, state)
			}
		}
		refused(t, s, registrar.KindConflict, "operation_open", open)
		// Hosts and contacts of the same words are no transforms of the name.
		insertCommands(t, s, aCommand(3, registrar.VerbHostCreate, "a.shop", registrar.CommandQueued), aCommand(4, registrar.VerbContactCreate, "a.shop", registrar.CommandQueued))
		from := c.State
		c.State = registrar.CommandFailed
		if !change(t, s, c, from, "", registrar.DueChange{}) {
			t.Fatal("not failed")
		}
		write(t, s, open)
		// Reviving the old one would open a second.
		refused(t, s, registrar.KindConflict, "operation_open", func(tx registrar.Tx) error {
			c.State = registrar.CommandQueued
			_, err := tx.ChangeCommand(ctx, c, registrar.CommandFailed, "", registrar.DueChange{})
			return err
		})
	})
}

func TestClaims(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		insertCommands(t, s, aCommand(1, registrar.VerbDomainRenew, "a.shop", registrar.CommandQueued))
		if claim(t, s, "cmd_001", registrar.CommandSent, "x", time.Minute) {
			t.Error("claimed in a state it is not in")
		}
		if !claim(t, s, "cmd_001", registrar.CommandQueued, "first", time.Minute) {
			t.Fatal("not claimed")
		}
		if claim(t, s, "cmd_001", registrar.CommandQueued, "second", time.Minute) {
			t.Error("claimed while leased")
		}
		if got := due(t, s, registrar.CommandQueued, false, 10); len(got) != 0 {
			t.Errorf("a leased command is listed as due: %v", got)
		}
		elapse(t, s, 2*time.Minute)
		same(t, due(t, s, registrar.CommandQueued, false, 10), []string{"cmd_001"})
		if !claim(t, s, "cmd_001", registrar.CommandQueued, "second", time.Minute) {
			t.Fatal("an expired lease was not taken over")
		}
		c := must[registrar.Command](t)(s.Command(t.Context(), "cmd_001"))
		c.State = registrar.CommandSent
		if change(t, s, c, registrar.CommandQueued, "first", registrar.DueChange{}) {
			t.Error("a lost token changed the command")
		}
		if change(t, s, c, registrar.CommandSent, "second", registrar.DueChange{}) {
			t.Error("changed from a state it is not in")
		}
		c.State = registrar.CommandQueued
		if !change(t, s, c, registrar.CommandQueued, "second", registrar.DueChange{In: time.Hour}) {
			t.Fatal("the holder could not put it off")
		}
		if claim(t, s, "cmd_001", registrar.CommandQueued, "third", time.Minute) {
			t.Error("claimed before it is due")
		}
		elapse(t, s, 2*time.Hour)
		if !claim(t, s, "cmd_001", registrar.CommandQueued, "third", time.Minute) {
			t.Error("not claimed when due")
		}
		refused(t, s, registrar.KindInvalid, "no_token", func(tx registrar.Tx) error {
			_, err := tx.ClaimCommand(t.Context(), "cmd_001", registrar.CommandQueued, "h", "", time.Minute)
			return err
		})
	})
}

func TestClaimRace(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		const commands, workers = 20, 8
		for i := range commands {
			insertCommands(t, s, aCommand(i, registrar.VerbDomainRenew, fmt.Sprintf("n%d.shop", i), registrar.CommandQueued))
		}
		var wins [commands]atomic.Int32
		errs := make([]error, workers)
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() { errs[w] = claimAll(t.Context(), s, fmt.Sprintf("token-%d", w), wins[:]) })
		}
		wg.Wait()
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
		for i := range wins {
			if n := wins[i].Load(); n != 1 {
				t.Errorf("command %d was claimed %d times", i, n)
			}
		}
	})
}

func claimAll(ctx context.Context, s *store.Store, token string, wins []atomic.Int32) error {
	for i := range wins {
		var ok bool
		err := s.InTx(ctx, func(tx registrar.Tx) (err error) {
			ok, err = tx.ClaimCommand(ctx, fmt.Sprintf("cmd_%03d", i), registrar.CommandQueued, token, token, time.Minute)
			return err
		})
		if err != nil {
			return err
		}
		if ok {
			wins[i].Add(1)
		}
	}
	return nil
}

func TestDueOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		now := must[time.Time](t)(s.Now(t.Context()))
		for i, ago := range []time.Duration{3, 9, 1, 7, -60} {
			c := aCommand(i, registrar.VerbDomainRenew, fmt.Sprintf("n%d.shop", i), registrar.CommandQueued)
			c.DueAt, c.Billable = now.Add(-ago*time.Minute), i%2 == 0
			insertCommands(t, s, c)
		}
		other := aCommand(9, registrar.VerbDomainRenew, "other.shop", registrar.CommandQueued)
		other.Registry = "other"
		insertCommands(t, s, other)
		same(t, due(t, s, registrar.CommandQueued, false, 10), []string{"cmd_001", "cmd_003", "cmd_000", "cmd_002"})
		same(t, due(t, s, registrar.CommandQueued, false, 2), []string{"cmd_001", "cmd_003"})
		same(t, due(t, s, registrar.CommandQueued, true, 10), []string{"cmd_001", "cmd_003"})
		same(t, due(t, s, registrar.CommandSent, false, 10), []string{})
		c := must[registrar.Command](t)(s.Command(t.Context(), "cmd_000"))
		same(t, c.DueAt, now.Add(-3*time.Minute))
	})
}

func TestOperationSteps(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var cs []registrar.Command
		for i, verb := range []registrar.Verb{registrar.VerbContactCreate, registrar.VerbHostCreate, registrar.VerbDomainCreate} {
			c := aCommand(i+1, verb, "a.shop", registrar.CommandWaiting)
			c.OperationID, c.Seq = "op_1", i+1
			cs = append(cs, c)
		}
		insertCommands(t, s, cs[2], cs[0], cs[1])
		got := must[[]registrar.Command](t)(s.CommandsOf(ctx, "op_1"))
		same(t, ids(got, func(c registrar.Command) string { return c.ID }), []string{"cmd_001", "cmd_002", "cmd_003"})
		next := func(seq int) (ok bool) {
			write(t, s, func(tx registrar.Tx) (err error) {
				ok, err = tx.QueueNext(ctx, "op_1", seq)
				return err
			})
			return ok
		}
		if !next(1) || next(1) || next(4) {
			t.Error("a waiting command is queued once")
		}
		same(t, due(t, s, registrar.CommandQueued, false, 10), []string{"cmd_001"})
		counts := must[map[registrar.CommandState]int](t)(s.OpenCommandCounts(ctx))
		same(t, counts, map[registrar.CommandState]int{registrar.CommandWaiting: 2, registrar.CommandQueued: 1, registrar.CommandSent: 0, registrar.CommandNeedsReview: 0})
		write(t, s, func(tx registrar.Tx) error { return tx.CancelWaiting(ctx, "op_1", noon) })
		got = must[[]registrar.Command](t)(s.CommandsOf(ctx, "op_1"))
		if got[0].State != registrar.CommandQueued || got[1].State != registrar.CommandCancelled || got[2].State != registrar.CommandCancelled || !got[2].FinishedAt.Equal(noon) {
			t.Errorf("after cancelling: %+v", got)
		}
		insertCommands(t, s, aCommand(9, registrar.VerbDomainCreate, "a.shop", registrar.CommandQueued)) // the name is free again
		write(t, s, func(tx registrar.Tx) error { return tx.InsertCommands(ctx, nil) })
	})
}

func TestCommandLists(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		states := []registrar.CommandState{registrar.CommandDone, registrar.CommandFailed, registrar.CommandQueued, registrar.CommandNeedsReview, registrar.CommandDone}
		for i, st := range states {
			c := aCommand(i+1, registrar.VerbDomainRenew, fmt.Sprintf("n%d.shop", i), st)
			if i == 4 {
				c.Registry, c.DomainID = "other", "dom_2"
			}
			insertCommands(t, s, c)
		}
		trouble := []registrar.CommandState{registrar.CommandFailed, registrar.CommandNeedsReview}
		for _, c := range []struct {
			filter registrar.CommandFilter
			want   []string
		}{
			{registrar.CommandFilter{}, []string{"cmd_005", "cmd_004", "cmd_003", "cmd_002", "cmd_001"}},
			{registrar.CommandFilter{States: trouble}, []string{"cmd_004", "cmd_002"}},
			{registrar.CommandFilter{Registry: "mem"}, []string{"cmd_004", "cmd_003", "cmd_002", "cmd_001"}},
			{registrar.CommandFilter{Registry: "other", States: trouble}, nil},
			{registrar.CommandFilter{DomainID: "dom_001", States: trouble}, []string{"cmd_004", "cmd_002"}},
			{registrar.CommandFilter{DomainID: "dom_2"}, []string{"cmd_005"}},
		} {
			got := walk(t, 2, func(p registrar.Page) ([]registrar.Command, error) { return s.Commands(t.Context(), c.filter, p) },
				func(c registrar.Command) string { return c.ID })
			same(t, got, c.want)
		}
		refused(t, s, registrar.KindConflict, "duplicate", func(tx registrar.Tx) error {
			c := aCommand(9, registrar.VerbHostCreate, "ns1", registrar.CommandQueued)
			c.OperationID = "op_001" // Seq 1 is taken there
			return tx.InsertCommands(t.Context(), []registrar.Command{c})
		})
	})
}
