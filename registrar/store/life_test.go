package store_test

import (
	"fmt"
	"io/fs"
	"testing"
	"time"

	"github.com/indera/indera/migrations"
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

func TestHosts(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		h := registrar.Host{Registry: "mem", Name: "ns2.a.shop", DomainID: "dom_001", Addresses: []string{"192.0.2.1", "2001:db8::1"}, CreatedAt: noon.UTC()}
		first, foreign := h, h
		first.Name, foreign.Registry, foreign.DomainID = "ns1.a.shop", "other", "dom_002"
		write(t, s, func(tx registrar.Tx) error {
			for _, one := range []registrar.Host{h, first, foreign} {
				if err := tx.PutHost(ctx, one); err != nil {
					return err
				}
			}
			h.Addresses, h.ChangedAt = []string{"192.0.2.9"}, utc(noon.Add(time.Hour))
			return tx.PutHost(ctx, h)
		})
		same(t, must[[]registrar.Host](t)(s.HostsOf(ctx, "dom_001")), []registrar.Host{first, h})
		same(t, must[registrar.Host](t)(s.Host(ctx, "mem", "ns2.a.shop")), h)
		for range 2 {
			write(t, s, func(tx registrar.Tx) error { return tx.RemoveHost(ctx, "mem", "ns2.a.shop") })
		}
		same(t, must[[]registrar.Host](t)(s.HostsOf(ctx, "dom_001")), []registrar.Host{first})
		same(t, must[registrar.Host](t)(s.Host(ctx, "other", "ns2.a.shop")), foreign)
	})
}

// TestContactUses: only live names count, and a page may end between two roles
// of one name.
func TestContactUses(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		write(t, s, func(tx registrar.Tx) error {
			for n, state := range []registrar.DomainState{registrar.DomainActive, registrar.DomainFailed, registrar.DomainPendingDelete, registrar.DomainDeleted} {
				d := aDomain(n, fmt.Sprintf("n%d.shop", n), state)
				d.Registrant = registrar.ContactRef{ContactID: "con_1", Version: 1}
				if err := tx.InsertDomain(ctx, d); err != nil {
					return err
				}
				if err := tx.SetDomainContacts(ctx, d.ID, map[string]string{"registrant": "con_1", "tech": "con_1", "admin": "con_2"}); err != nil {
					return err
				}
			}
			return nil
		})
		uses := func(contact string) []string {
			return walk(t, 3, func(p registrar.Page) ([]registrar.ContactUse, error) { return s.ContactUses(ctx, contact, p) }, registrar.ContactUse.PageKey)
		}
		holds := func(contact string) bool { return must[bool](t)(s.HoldsNames(ctx, contact)) }
		if !holds("con_1") || holds("con_2") || holds("con_none") {
			t.Error("con_1 holds names, con_2 only serves them")
		}
		same(t, uses("con_1"), []string{"dom_000 registrant", "dom_000 tech", "dom_002 registrant", "dom_002 tech"})
		one := must[[]registrar.ContactUse](t)(s.ContactUses(ctx, "con_2", registrar.Page{Limit: 1}))
		same(t, one, []registrar.ContactUse{{DomainID: "dom_000", Name: "n0.shop", UName: "n0.shop", Role: "admin"}})
		write(t, s, func(tx registrar.Tx) error {
			return tx.SetDomainContacts(ctx, "dom_000", map[string]string{"tech": "con_2"})
		})
		write(t, s, func(tx registrar.Tx) error {
			return tx.SetDomainContacts(ctx, "dom_002", map[string]string{"tech": "con_1"})
		})
		if holds("con_1") { // what is over, failed or deleted counts no more
			t.Error("con_1 holds no live name any more")
		}
		same(t, must[map[string]string](t)(s.DomainContacts(ctx, "dom_000")), map[string]string{"tech": "con_2"})
		same(t, uses("con_1"), []string{"dom_002 tech"})
	})
}

// TestMoveRegistrants moves the names of one registry that hold that version,
// and lets who has read one of them before read it again.
func TestMoveRegistrants(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		rows := []struct {
			registry, contact string
			version, want     int
		}{{"mem", "con_1", 1, 2}, {"mem", "con_1", 3, 3}, {"other", "con_1", 1, 1}, {"mem", "con_2", 1, 1}}
		write(t, s, func(tx registrar.Tx) error {
			for n, r := range rows {
				d := aDomain(n, fmt.Sprintf("n%d.shop", n), registrar.DomainActive)
				d.Registry, d.Registrant = r.registry, registrar.ContactRef{ContactID: r.contact, Version: r.version}
				if err := tx.InsertDomain(ctx, d); err != nil {
					return err
				}
				if err := tx.SetDomainContacts(ctx, d.ID, map[string]string{"registrant": r.contact}); err != nil {
					return err
				}
			}
			return nil
		})
		before := must[registrar.Domain](t)(s.Domain(ctx, "dom_000"))
		write(t, s, func(tx registrar.Tx) error { return tx.MoveRegistrants(ctx, "mem", "con_1", 1, 2) })
		for n, r := range rows {
			if got := must[registrar.Domain](t)(s.Domain(ctx, fmt.Sprintf("dom_%03d", n))).Registrant.Version; got != r.want {
				t.Errorf("domain %d has version %d, want %d", n, got, r.want)
			}
		}
		refused(t, s, registrar.KindConflict, "domain_changed", func(tx registrar.Tx) error { return tx.UpdateDomain(ctx, before) })
	})
}

func TestContactObjects(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		ref := func(v int) registrar.ContactRef { return registrar.ContactRef{ContactID: "con_1", Version: v} }
		write(t, s, func(tx registrar.Tx) error {
			for _, rc := range []registrar.RegistryContact{{Registry: "mem", Ref: ref(1), Handle: "b"}, {Registry: "mem", Ref: ref(2), Handle: "a"}, {Registry: "far", Ref: ref(1), Handle: "a"}} {
				if err := tx.InsertRegistryContact(ctx, rc); err != nil {
					return err
				}
			}
			if err := tx.MarkRegistryContactCreated(ctx, "mem", "b"); err != nil {
				return err
			}
			return tx.SetRegistryContactVersion(ctx, "mem", "b", 2)
		})
		all := must[[]registrar.RegistryContact](t)(s.RegistryContactsOf(ctx, "con_1"))
		same(t, ids(all, func(rc registrar.RegistryContact) string { return rc.Registry + rc.Handle }), []string{"fara", "mema", "memb"})
		// Of two with the same version, the one that exists.
		same(t, must[registrar.RegistryContact](t)(s.RegistryContact(ctx, "mem", ref(2))).Handle, "b")
		refused(t, s, registrar.KindNotFound, "not_found", func(tx registrar.Tx) error { return tx.SetRegistryContactVersion(ctx, "mem", "zz", 2) })
	})
}

// TestOldNamesHaveTheirRegistrant: names from before contacts were kept by role
// are found by their holder.
func TestOldNamesHaveTheirRegistrant(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		write(t, s, func(tx registrar.Tx) error {
			d := aDomain(1, "a.shop", registrar.DomainActive)
			d.Registrant = registrar.ContactRef{ContactID: "con_1", Version: 1}
			if err := tx.InsertDomain(ctx, d); err != nil {
				return err
			}
			return tx.InsertDomain(ctx, aDomain(2, "b.shop", registrar.DomainActive))
		})
		text := string(must[[]byte](t)(fs.ReadFile(migrations.FS, "sqlite/00124_domain_registrants.sql")))
		if _, err := s.SQL().ExecContext(ctx, text); err != nil {
			t.Fatal(err)
		}
		uses := must[[]registrar.ContactUse](t)(s.ContactUses(ctx, "con_1", registrar.Page{}))
		same(t, uses, []registrar.ContactUse{{DomainID: "dom_001", Name: "a.shop", UName: "a.shop", Role: "registrant"}})
		same(t, must[map[string]string](t)(s.DomainContacts(ctx, "dom_002")), map[string]string{})
	})
}
