package registrar_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/indera/indera/registrar"
)

// act is one way to change a name through the engine's public methods.
type act struct {
	name string
	do   func(ctx context.Context, w *world, d registrar.Domain) error
}

// acts are all of them; TestActsAreWhole keeps the list whole.
var acts = []act{
	{"PlaceOrder", func(ctx context.Context, w *world, d registrar.Domain) error {
		_, _, err := w.engine.PlaceOrder(ctx, w.by, w.renewal(d.Name, 1))
		return err
	}},
	{"ChangeNameServers", func(ctx context.Context, w *world, d registrar.Domain) error {
		_, err := w.engine.ChangeNameServers(ctx, w.by, d.CustomerID, d.Name, []string{"ns7.example.net", "ns8.example.net"}, nil)
		return err
	}},
	{"ChangeStaffNameServers", func(ctx context.Context, w *world, d registrar.Domain) error {
		_, err := w.engine.ChangeStaffNameServers(ctx, w.staff, d.ID, []string{"ns7.example.net", "ns8.example.net"}, "a test")
		return err
	}},
	{"ChangeLocks", func(ctx context.Context, w *world, d registrar.Domain) error {
		_, err := w.engine.ChangeLocks(ctx, w.by, d.CustomerID, registrar.LockRequest{Name: d.Name, Locks: []registrar.Lock{registrar.LockDelete}, On: true})
		return err
	}},
	{"ChangeStaffLocks", func(ctx context.Context, w *world, d registrar.Domain) error {
		_, err := w.engine.ChangeStaffLocks(ctx, w.staff, d.ID, []registrar.Lock{registrar.LockTransfer}, true, "a test")
		return err
	}},
	{"ChangeContacts", func(ctx context.Context, w *world, d registrar.Domain) error {
		_, err := w.engine.ChangeContacts(ctx, w.by, d.CustomerID, registrar.ContactsRequest{Name: d.Name, Registrant: &registrar.ContactChoice{Data: adaLovelace()}})
		return err
	}},
	{"EditContact", func(ctx context.Context, w *world, d registrar.Domain) error {
		_, _, err := w.engine.EditContact(ctx, w.by, d.CustomerID, registrar.ContactEdit{ContactID: d.Registrant.ContactID, Data: *adaLovelace()})
		return err
	}},
	{"ChangeStaffContacts", func(ctx context.Context, w *world, d registrar.Domain) error {
		_, err := w.engine.ChangeStaffContacts(ctx, w.staff, registrar.StaffContactsRequest{DomainID: d.ID, Roles: map[string]string{registrar.RoleTech: d.Registrant.ContactID}, Reason: "a test"})
		return err
	}},
	{"EditStaffContact", func(ctx context.Context, w *world, d registrar.Domain) error {
		_, _, err := w.engine.EditStaffContact(ctx, w.staff, registrar.StaffContactEdit{ContactID: d.Registrant.ContactID, Data: *adaLovelace(), Shared: true, Reason: "a test"})
		return err
	}},
	{"SetHost", func(ctx context.Context, w *world, d registrar.Domain) error {
		_, err := w.engine.SetHost(ctx, w.by, d.CustomerID, registrar.HostRequest{Domain: d.Name, Host: "ns1." + d.Name, Addresses: []string{"198.51.100.7"}})
		return err
	}},
	{"DeleteHost", func(ctx context.Context, w *world, d registrar.Domain) error {
		err := w.store.InTx(ctx, func(tx registrar.Tx) error {
			return tx.PutHost(ctx, registrar.Host{Registry: d.Registry, Name: "ns9." + d.Name, DomainID: d.ID, Addresses: []string{"198.51.100.7"}, CreatedAt: w.engine.Now()})
		})
		if err != nil {
			return err
		}
		_, err = w.engine.DeleteHost(ctx, w.by, d.CustomerID, d.Name, "ns9."+d.Name, nil)
		return err
	}},
	{"SetStaffHost", func(ctx context.Context, w *world, d registrar.Domain) error {
		_, err := w.engine.SetStaffHost(ctx, w.staff, d.ID, registrar.HostRequest{Host: "ns1." + d.Name, Addresses: []string{"198.51.100.7"}}, "a test")
		return err
	}},
	{"DeleteStaffHost", func(ctx context.Context, w *world, d registrar.Domain) error { // set up by DeleteHost
		_, err := w.engine.DeleteStaffHost(ctx, w.staff, d.ID, "ns9."+d.Name, "a test")
		return err
	}},
	{"DeleteDomain", func(ctx context.Context, w *world, d registrar.Domain) error {
		_, err := w.engine.DeleteDomain(ctx, w.by, d.CustomerID, d.Name, nil)
		return err
	}},
	{"AskDomainMove", func(ctx context.Context, w *world, d registrar.Domain) error {
		other, _, err := w.engine.SignUp(ctx, w.by, registrar.SignUp{Name: "Bob", Email: "bob@example.org", Password: "correct horse battery"})
		if err != nil {
			return err
		}
		_, err = w.engine.AskDomainMove(ctx, w.staff, d.ID, other.ID, "a test")
		return err
	}},
	{"AskDomainDelete", func(ctx context.Context, w *world, d registrar.Domain) error {
		_, err := w.engine.AskDomainDelete(ctx, w.staff, d.ID, "a test")
		return err
	}},
	{"EndTransferCode", func(ctx context.Context, w *world, d registrar.Domain) error {
		_, err := w.engine.EndTransferCode(ctx, w.staff, d.ID, "a test")
		return err
	}},
	{"RenewTransferCode", func(ctx context.Context, w *world, d registrar.Domain) error {
		_, err := w.engine.RenewTransferCode(ctx, w.by, d.CustomerID, d.Name, nil)
		return err
	}},
}

// noActs return operations or journal them, but none of a name by themselves:
// they look, or go on with commands that are journalled and ask again before each
// is sent.
var noActs = []string{"WaitOperation"}

// TestNothingActsOnMirroredNames tries every act on a name of another owner
// system: each is refused with the one code, and nothing is journalled.
func TestNothingActsOnMirroredNames(t *testing.T) {
	onBothStores(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.importFrom(bill(3))
		w.staff = w.owner()
		d := w.domain("name1.shop")
		w.change(d.Name, func(d *registrar.Domain) { d.CustomerID = w.customer.ID })
		d = w.domain("name1.shop")
		if err := w.store.InTx(ctx, func(tx registrar.Tx) error {
			v, err := tx.ContactVersion(ctx, d.Registrant)
			if err != nil {
				return err
			}
			v.ContactID, v.CustomerID = "con_theirs", w.customer.ID
			if err := tx.InsertContactVersion(ctx, v); err != nil {
				return err
			}
			d.Registrant = registrar.ContactRef{ContactID: v.ContactID, Version: 1}
			if err := tx.UpdateDomain(ctx, d); err != nil {
				return err
			}
			row, err := tx.MirrorRowOf(ctx, d.ID)
			row.Contact = d.Registrant
			if err == nil {
				err = tx.WriteMirror(ctx, registrar.MirrorBatch{Rows: []registrar.MirrorRow{row}})
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		d = w.domain(d.Name)
		for _, a := range acts {
			var e *registrar.Error
			if err := a.do(ctx, w, d); !errors.As(err, &e) || e.Kind != registrar.KindProhibited || e.Code != registrar.CodeOtherOwner {
				t.Errorf("%s: %v, want prohibited/%s", a.name, err, registrar.CodeOtherOwner)
			}
		}
		w.change(d.Name, func(d *registrar.Domain) { d.NeedsInfo = true })
		stop := w.work(w.engine)
		for _, job := range []func(context.Context) error{w.engine.EndTransferCodes, w.engine.FollowDeletions} {
			if err := job(ctx); err != nil {
				t.Error(err)
			}
		}
		own := w.own("mine.shop") // the worker has been round meanwhile
		stop()
		var sent []registrar.Command
		for _, state := range []registrar.CommandState{registrar.CommandWaiting, registrar.CommandQueued, registrar.CommandSent, registrar.CommandDone, registrar.CommandFailed, registrar.CommandNeedsReview, registrar.CommandCancelled} {
			list, err := w.store.Commands(ctx, registrar.CommandFilter{States: []registrar.CommandState{state}}, registrar.Page{Limit: 500})
			if err != nil {
				t.Fatal(err)
			}
			sent = append(sent, list...)
		}
		if sent = slices.DeleteFunc(sent, func(c registrar.Command) bool { return c.DomainID == own.ID || c.DomainID == "" }); len(sent) > 0 {
			t.Errorf("commands for mirrored names: %+v", sent)
		}
		if d = w.domain(d.Name); d.ROID != "" || d.OwnerSystem != "mirror(fossbilling)" {
			t.Errorf("the name was read from the registry: %+v", d)
		}
	})
}

// TestActsAreWhole: a public method of the engine that returns operations is an
// act on a name, or is known not to be one.
func TestActsAreWhole(t *testing.T) {
	engine, op := reflect.TypeFor[*registrar.Engine](), reflect.TypeFor[registrar.Operation]()
	code, approval := reflect.TypeFor[registrar.TransferCode](), reflect.TypeFor[registrar.Approval]()
	for m := range engine.NumMethod() {
		method := engine.Method(m)
		for out := range method.Type.NumOut() {
			typ := method.Type.Out(out)
			if typ.Kind() == reflect.Slice {
				typ = typ.Elem()
			}
			known := slices.Contains(noActs, method.Name) || slices.ContainsFunc(acts, func(a act) bool { return a.name == method.Name })
			asked := typ == approval && strings.HasPrefix(method.Name, "AskDomain")
			if (typ == op || typ == code || asked) && !known {
				t.Errorf("%s returns %s and is not on the list of acts: see that it refuses names of other owner systems, and add it", method.Name, typ)
			}
		}
	}
}
