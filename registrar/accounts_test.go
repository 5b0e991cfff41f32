package registrar_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
	"github.com/indera/indera/registrar/store/storetest"
)

func TestSignUpAndSignIn(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	usr, err := w.engine.SignIn(ctx, " ADA@example.org ", "correct horse")
	if err != nil || usr.CustomerID != w.customer.ID || usr.IsStaff() {
		t.Errorf("signing in: %+v, %v", usr, err)
	}
	for _, c := range [][2]string{{"ada@example.org", "wrong horse"}, {"nobody@example.org", "correct horse"}, {"", ""}, {"ada@example.org", strings.Repeat("x", 5000)}} {
		_, err := w.engine.SignIn(ctx, c[0], c[1])
		wantKind(t, err, registrar.KindUnauthenticated, "wrong_credentials")
	}
	_, _, err = w.engine.SignUp(ctx, registrar.Actor{}, registrar.SignUp{Name: "Eve", Email: "Ada@example.org", Password: "another horse battery"})
	wantKind(t, err, registrar.KindConflict, "email_taken")
	_, _, err = w.engine.SignUp(ctx, registrar.Actor{}, registrar.SignUp{Name: "Eve", Email: "eve@example.org", Password: "short"})
	wantKind(t, err, registrar.KindInvalid, "bad_password")
	staff, err := w.engine.CreateStaff(ctx, registrar.System("test"), "Grace", "grace@example.org", "correct horse", registrar.RoleStaffSupport)
	if err != nil || !staff.IsStaff() {
		t.Errorf("staff: %+v, %v", staff, err)
	}
}

func TestAPITokens(t *testing.T) {
	clock := clockwork.NewFakeClockAt(time.Date(2027, 3, 14, 12, 0, 0, 0, time.UTC))
	store := storetest.OpenClock(t, clock)
	opt := options(store, registrytest.NewMemory(clock), "tokens")
	opt.Clock = clock
	e, err := registrar.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	cus, usr, err := e.SignUp(ctx, registrar.Actor{}, registrar.SignUp{Name: "Ada", Email: "ada@example.org", Password: "correct horse"})
	if err != nil {
		t.Fatal(err)
	}
	by := registrar.Actor{Kind: registrar.ActorCustomer, ID: usr.ID}
	expires := clock.Now().Add(time.Hour)
	secret, token, err := e.IssueToken(ctx, by, usr, "ci", []registrar.Scope{registrar.ScopeDomainsRead}, &expires)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := e.Token(ctx, secret); err != nil || got.ID != token.ID || !got.Allows(registrar.ScopeDomainsRead) || got.Allows(registrar.ScopeOrders) {
		t.Errorf("token: %+v, %v", got, err)
	}
	if strings.Contains(token.Digest, secret) || token.Hint == secret {
		t.Error("the secret is kept")
	}
	for _, bad := range []string{"", "indera_", secret + "x", strings.ToUpper(secret), strings.Repeat("indera_", 100)} {
		_, err := e.Token(ctx, bad)
		wantKind(t, err, registrar.KindUnauthenticated, "bad_token")
	}
	clock.Advance(time.Hour) // expiry is exclusive
	_, err = e.Token(ctx, secret)
	wantKind(t, err, registrar.KindUnauthenticated, "bad_token")

	secret, token, err = e.IssueToken(ctx, by, usr, "ci", registrar.AllScopes, nil)
	if err != nil {
		t.Fatal(err)
	}
	wantKind(t, e.RevokeToken(ctx, by, "cus_other", token.ID), registrar.KindNotFound, "not_found")
	if err := e.RevokeToken(ctx, by, cus.ID, token.ID); err != nil {
		t.Fatal(err)
	}
	_, err = e.Token(ctx, secret)
	wantKind(t, err, registrar.KindUnauthenticated, "bad_token")
	_, _, err = e.IssueToken(ctx, by, usr, "ci", []registrar.Scope{"everything"}, nil)
	wantKind(t, err, registrar.KindInvalid, "unknown_scope")
}

func TestTestTopUp(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	usd := func(minor int64) registrar.Money { return registrar.Money{Minor: minor, Currency: "USD"} }
	for range 2 { // the same reference books once
		if err := w.engine.TestTopUp(ctx, w.by, w.customer.ID, usd(500), "again"); err != nil {
			t.Fatal(err)
		}
	}
	w.balanced(-500, 0)
	wantKind(t, w.engine.TestTopUp(ctx, w.by, w.customer.ID, usd(0), "zero"), registrar.KindInvalid, "bad_amount")
	wantKind(t, w.engine.TestTopUp(ctx, w.by, w.customer.ID, usd(1_000_001), "huge"), registrar.KindInvalid, "bad_amount")
	wantKind(t, w.engine.TestTopUp(ctx, w.by, w.customer.ID, registrar.Money{Minor: 1, Currency: "EUR"}, "eur"), registrar.KindInvalid, "bad_currency")
	opt := options(w.store, w.registry, "real")
	opt.Sandbox = false
	real, err := registrar.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	wantKind(t, real.TestTopUp(ctx, w.by, w.customer.ID, usd(1), "real"), registrar.KindForbidden, "not_sandbox")
}

func TestAuditChain(t *testing.T) {
	w := newWorld(t)
	w.own("example.shop")
	if err := w.engine.ChainAudit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.store.VerifyAudit(t.Context(), func(id, problem string) { t.Errorf("%s: %s", id, problem) }); err != nil {
		t.Fatal(err)
	}
}
