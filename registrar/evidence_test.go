package registrar_test

import (
	"context"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
)

// TestObjectsAtTheRegistryAreAudited keeps evidence of contact and host objects
// that we create there.
func TestObjectsAtTheRegistryAreAudited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.own("example.shop")
	if n := len(w.audits("contact", d.Registrant.ContactID, "contact.register")); n != 1 {
		t.Errorf("%d audit events about the contact object", n)
	}
	for _, host := range d.NameServers {
		if n := len(w.audits("host", host, "host.create")); n != 1 {
			t.Errorf("%d audit events about %s", n, host)
		}
	}
}

// TestTokenOfADisabledUser is worth nothing.
func TestTokenOfADisabledUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := time.Now()
	usr := registrar.User{ID: "usr_gone", CustomerID: w.customer.ID, Email: "gone@example.org", Name: "Gone", Role: registrar.RoleOwner, PasswordHash: "x", CreatedAt: now, DisabledAt: &now}
	if err := w.store.InTx(t.Context(), func(tx registrar.Tx) error { return tx.InsertUser(t.Context(), usr) }); err != nil {
		t.Fatal(err)
	}
	bearer, _, err := w.engine.IssueToken(t.Context(), w.by, usr, "old", registrar.AllScopes, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.engine.Token(t.Context(), bearer)
	wantKind(t, err, registrar.KindUnauthenticated, "bad_token")
}

// TestLedgerCheckSeesLines finds order lines whose books do not fit their state.
func TestLedgerCheckSeesLines(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.own("done.shop")
	op := w.place(w.registration("open.shop", 1))
	problems := func() (out []string) {
		err := w.store.CheckLedger(t.Context(), func(p registrar.LedgerProblem) { out = append(out, p.Subject+": "+p.Detail) })
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if found := problems(); len(found) != 0 {
		t.Fatalf("a sound ledger has problems: %v", found)
	}
	err := w.store.InTx(t.Context(), func(tx registrar.Tx) error {
		_, err := tx.EndLine(t.Context(), op.LineID, registrar.LineDone, "")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if found := problems(); len(found) != 3 { // still held, not charged, no cost
		t.Errorf("a line that is done for nothing: %v", found)
	}
}

// TestRegistryNoLongerConnected takes no order that nobody would carry out.
func TestRegistryNoLongerConnected(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.own("example.shop")
	w.change("example.shop", func(d *registrar.Domain) { d.Registry = "unplugged" })
	_, _, err := w.engine.PlaceOrder(t.Context(), w.by, w.renewal("example.shop", 1))
	wantKind(t, err, registrar.KindUnavailable, "registry_not_configured")
	_, err = w.engine.ChangeNameServers(t.Context(), w.by, w.customer.ID, "example.shop", []string{"ns5.example.net"}, nil)
	wantKind(t, err, registrar.KindUnavailable, "registry_not_configured")
}

// purged is a store whose contact versions are gone.
type purged struct{ registrar.Store }

func (purged) ContactVersion(context.Context, registrar.ContactRef) (registrar.ContactVersion, error) {
	return registrar.ContactVersion{}, registrar.Errorf(registrar.KindNotFound, "not_found", "There is no such contact.")
}

// TestWhatACommandNeedsIsGone shows the command to people and keeps it from
// holding up others.
func TestWhatACommandNeedsIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	op := w.place(w.registration("example.shop", 1))
	w.engine = w.newEngine(purged{w.store}, "purged")
	w.work(w.engine)
	if op = w.finish(op.ID); op.State != registrar.OpNeedsReview {
		t.Errorf("operation: %+v", op)
	}
}
