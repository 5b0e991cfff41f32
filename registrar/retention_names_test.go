package registrar_test

import (
	"fmt"
	"testing"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
)

// named returns the name that a contact's latest version carries, "" once it is emptied.
func (a *archive) named(contact string) string {
	a.t.Helper()
	v, err := a.store.ContactVersion(a.t.Context(), registrar.ContactRef{ContactID: contact})
	a.must(err)
	return v.Name
}

func (a *archive) wantNamed(when string, want map[string]bool) {
	a.t.Helper()
	for contact, there := range want {
		if got := a.named(contact); (got != "") != there {
			a.t.Errorf("%s: %s says %q, want it kept: %t", when, contact, got, there)
		}
	}
}

// TestPurgeKeepsFormerContacts: whoever held a name, or was a contact of it, is
// known for as long as the name lives, whatever became of their account.
func TestPurgeKeepsFormerContacts(t *testing.T) {
	onBothArchives(t, registrar.Retention{}, func(a *archive) {
		ctx := t.Context()
		a.customer("cus_old", true)
		a.customer("cus_new", false)
		for _, id := range []string{"con_first", "con_tech", "con_row", "con_none"} {
			a.contact(id, "cus_old", 2)
		}
		a.contact("con_next", "cus_new", 1)
		a.domain("dom_live", "cus_old", "con_first", registrar.DomainActive)
		past := a.event(registrar.RetainRegistration, "contact", "con_first")
		change := func(byRole map[string]string, to func(*registrar.Domain)) {
			a.write(func(tx registrar.Tx) error {
				d, err := tx.Domain(ctx, "dom_live")
				if err != nil {
					return err
				}
				to(&d)
				if err := tx.UpdateDomain(ctx, d); err != nil || byRole == nil {
					return err
				}
				return tx.SetDomainContacts(ctx, "dom_live", byRole)
			})
		}
		hold := func(id string) func(*registrar.Domain) {
			return func(d *registrar.Domain) { d.Registrant = registrar.ContactRef{ContactID: id, Version: 1} }
		}
		change(map[string]string{registrar.RoleRegistrant: "con_first", registrar.RoleTech: "con_tech"}, hold("con_first"))
		change(nil, hold("con_row")) // as imports do: the row alone names the holder
		change(map[string]string{registrar.RoleRegistrant: "con_next", registrar.RoleTech: "con_next"}, hold("con_next"))
		a.clock.Advance(731*day + 60*day)
		a.purge()
		a.wantNamed("while the name lives", map[string]bool{"con_first": true, "con_tech": true, "con_row": true, "con_next": true, "con_none": false})
		a.want(a.gone(), map[string]bool{past: false})
		change(nil, func(d *registrar.Domain) { d.State = registrar.DomainDeleted })
		a.clock.Advance(789 * day)
		a.purge()
		a.wantNamed("two years after its end", map[string]bool{"con_first": true, "con_tech": true, "con_row": true})
		a.clock.Advance(3 * day)
		a.purge()
		a.wantNamed("later", map[string]bool{"con_first": false, "con_tech": false, "con_row": false, "con_next": true})
		a.want(a.gone(), map[string]bool{past: true})
	})
}

// TestPurgeKeepsMirroredHolders: a billing system that names another holder does
// not make the one before unknown.
func TestPurgeKeepsMirroredHolders(t *testing.T) {
	onBothArchives(t, registrar.Retention{}, func(a *archive) {
		ctx := t.Context()
		a.customer("cus_1", true)
		for _, id := range []string{"con_bulk", "con_then", "con_now"} {
			a.contact(id, "cus_1", 1)
		}
		d := registrar.Domain{ID: "dom_m", Name: "m.shop", UName: "m.shop", TLD: "shop", Registry: "mem", CustomerID: "cus_1", OwnerSystem: "mirror:whmcs",
			State: registrar.DomainActive, OrderedAt: a.clock.Now()}
		batch := func(fresh bool, contact string) {
			a.write(func(tx registrar.Tx) error {
				d.Registrant = registrar.ContactRef{ContactID: contact, Version: 1}
				b := registrar.MirrorBatch{Registrants: map[string]string{d.ID: contact}}
				if fresh {
					b.Domains = []registrar.Domain{d}
				} else {
					b.Changed = []registrar.Domain{d}
				}
				return tx.WriteMirror(ctx, b)
			})
		}
		batch(true, "con_bulk")
		batch(false, "con_then")
		d.Revision++
		batch(false, "con_now")
		a.clock.Advance(1000 * day)
		a.purge()
		a.wantNamed("while the name is mirrored", map[string]bool{"con_bulk": true, "con_then": true, "con_now": true})
	})
}

// TestPurgeCountsFromTheEnd: a name keeps its data two years from the day it
// ended, however long the registry had shown no change of it before.
func TestPurgeCountsFromTheEnd(t *testing.T) {
	onBothArchives(t, registrar.Retention{}, func(a *archive) {
		ctx := t.Context()
		states := []registrar.DomainState{registrar.DomainDeleted, registrar.DomainTransferred, registrar.DomainFailed}
		for i, state := range states {
			customer, contact := fmt.Sprintf("cus_%d", i), fmt.Sprintf("con_%d", i)
			a.customer(customer, true)
			a.contact(contact, customer, 1)
			a.domain("dom_"+string(state), customer, contact, registrar.DomainActive)
		}
		a.clock.Advance(1500 * day)
		for _, state := range states {
			a.write(func(tx registrar.Tx) error {
				d, err := tx.Domain(ctx, "dom_"+string(state))
				if err != nil {
					return err
				}
				d.State = state
				return tx.UpdateDomain(ctx, d)
			})
		}
		a.purge()
		a.wantNamed("in the hour of the end", map[string]bool{"con_0": true, "con_1": true, "con_2": true})
		a.clock.Advance(700 * day)
		a.write(func(tx registrar.Tx) error { // a later change does not begin the years anew
			d, err := tx.Domain(ctx, "dom_deleted")
			if err != nil {
				return err
			}
			d.Statuses = []string{"ok"}
			return tx.UpdateDomain(ctx, d)
		})
		a.clock.Advance(89 * day)
		a.purge()
		a.wantNamed("before two years and the lag", map[string]bool{"con_0": true, "con_1": true, "con_2": true})
		a.clock.Advance(2 * day)
		a.purge()
		a.wantNamed("after them", map[string]bool{"con_0": false, "con_1": false, "con_2": false})
	})
}

// TestPurgeAfterTransferAway takes a name away by the registry's message, and
// looks at its data from then on.
func TestPurgeAfterTransferAway(t *testing.T) {
	onBothArchives(t, registrar.Retention{}, func(a *archive) {
		ctx := t.Context()
		a.customer("cus_shut", true)
		a.contact("con_1", "cus_shut", 1)
		a.domain("dom_away", "cus_shut", "con_1", registrar.DomainActive)
		past := a.event(registrar.RetainRegistration, "domain", "dom_away")
		a.clock.Advance(1500 * day)
		mem := registrytest.NewMemory(a.clock)
		mem.Caps.Messages = true
		mem.Put(registrar.DomainInfo{Name: "away.shop", ROID: "R1", Sponsor: "beta"})
		gone := domainEvent(registrar.ToldTransfer, "away.shop")
		gone.Transfer = &registrar.Transfer{Object: gone.Object, Status: registrar.TransferServerApproved, Side: registrar.TransferLosing, Gaining: "beta", Losing: "us", Requested: a.clock.Now()}
		mem.Queue(registrar.RegistryMessage{ID: "1", Queued: a.clock.Now(), Text: "gone", SvTRID: "sv", Raw: []byte("<epp/>"), Events: []registrar.RegistryEvent{gone}})
		opt := options(a.store, mem, "archive")
		opt.Clock = a.clock
		e, err := registrar.New(opt)
		a.must(err)
		a.must(e.TakeMessages(ctx, "mem"))
		if d, err := a.store.Domain(ctx, "dom_away"); err != nil || d.State != registrar.DomainTransferred {
			t.Fatalf("domain %+v, %v", d, err)
		}
		a.purge()
		a.wantNamed("in the hour of the transfer", map[string]bool{"con_1": true})
		a.want(a.gone(), map[string]bool{past: false})
		a.clock.Advance(791 * day)
		a.purge()
		a.wantNamed("after two years and the lag", map[string]bool{"con_1": false})
		a.want(a.gone(), map[string]bool{past: true})
	})
}
