package registrar_test

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
)

// join lets somebody accept an invitation.
func (d *desk) join(email string, role registrar.Role) registrar.User {
	d.t.Helper()
	ctx := d.t.Context()
	d.verified()
	d.must(d.engine.Invite(ctx, d.by, d.user, email, role))
	user, err := d.engine.AcceptInvitation(ctx, registrar.Actor{Kind: registrar.ActorCustomer}, d.ticket("invitation", email), "Somebody", "correct horse")
	d.must(err)
	return user
}

func (d *desk) verified() {
	d.t.Helper()
	if d.user.EmailVerifiedAt == nil {
		var err error
		d.user, err = d.engine.VerifyEmail(d.t.Context(), d.by, d.ticket("verify_email", "ada@example.org"))
		d.must(err)
	}
}

// TestPermissionTable writes the table out: a change of it must be meant.
func TestPermissionTable(t *testing.T) {
	want := map[registrar.Role]string{
		registrar.RoleOwner:      "read money pay change release tokens hooks users account self",
		registrar.RoleTechnical:  "read change tokens hooks self",
		registrar.RoleBills:      "read money pay self",
		registrar.RoleReadOnly:   "read self",
		registrar.RoleStaffOwner: "",
		"nobody":                 "",
	}
	for role, list := range want {
		var got []string
		for _, p := range registrar.Permissions {
			if role.May(p) {
				got = append(got, string(p))
			}
		}
		if strings.Join(got, " ") != list {
			t.Errorf("%s may %v, want %s", role, got, list)
		}
	}
	for role, list := range map[registrar.Role][]registrar.Scope{
		registrar.RoleTechnical: {registrar.ScopeDomainsRead, registrar.ScopeDomainsWrite, registrar.ScopeWebhooks}, registrar.RoleBills: {registrar.ScopeDomainsRead, registrar.ScopeOrders},
		registrar.RoleReadOnly: {registrar.ScopeDomainsRead},
	} {
		if got := role.Scopes(); !slices.Equal(got, list) {
			t.Errorf("%s: scopes %v, want %v", role, got, list)
		}
	}
	if !slices.Equal(registrar.RoleOwner.Scopes(), registrar.AllScopes) {
		t.Error("a scope is missing in the table")
	}
}

func TestInvitations(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	wantKind(t, d.engine.Invite(ctx, d.by, d.user, "bob@example.org", registrar.RoleOwner), registrar.KindForbidden, "address_not_confirmed")
	d.verified()
	wantKind(t, d.engine.Invite(ctx, d.by, d.user, "bob@example.org", registrar.RoleStaffOwner), registrar.KindInvalid, "unknown_role")
	wantKind(t, d.engine.Invite(ctx, d.by, d.user, "Ada@example.org", registrar.RoleOwner), registrar.KindInvalid, "already_here")
	d.must(d.engine.Invite(ctx, d.by, d.user, "Bob@example.org", registrar.RoleOwner))
	first := d.ticket("invitation", "bob@example.org")
	d.must(d.engine.Invite(ctx, d.by, d.user, "bob@example.org", registrar.RoleTechnical))
	code := d.ticket("invitation", "bob@example.org")
	_, open, err := d.engine.Team(ctx, d.customer.ID)
	d.must(err)
	if len(open) != 1 || open[0].Role != registrar.RoleTechnical {
		t.Errorf("open invitations %+v", open)
	}
	accept := func(code, name, password string) error {
		_, err := d.engine.AcceptInvitation(ctx, registrar.Actor{}, code, name, password)
		return err
	}
	wantKind(t, accept(first, "Bob", "correct horse"), registrar.KindInvalid, "bad_ticket")
	wantKind(t, accept(code, " ", "correct horse"), registrar.KindInvalid, "required")
	wantKind(t, accept(code, "Bob", "short"), registrar.KindInvalid, "bad_password")
	d.must(accept(code, "Bob", "correct horse"))
	wantKind(t, accept(code, "Bob", "correct horse"), registrar.KindInvalid, "bad_ticket")
	bob, err := d.engine.SignIn(ctx, "bob@example.org", "correct horse")
	d.must(err)
	if bob.CustomerID != d.customer.ID || bob.Role != registrar.RoleTechnical || bob.EmailVerifiedAt == nil {
		t.Errorf("bob %+v", bob)
	}

	d.must(d.engine.Invite(ctx, d.by, d.user, "carol@example.org", registrar.RoleReadOnly))
	code = d.ticket("invitation", "carol@example.org")
	wantKind(t, d.engine.CancelInvitation(ctx, d.by, "cus_other", "carol@example.org"), registrar.KindNotFound, "not_found")
	d.must(d.engine.CancelInvitation(ctx, d.by, d.customer.ID, "carol@example.org"))
	wantKind(t, accept(code, "Carol", "correct horse"), registrar.KindInvalid, "bad_ticket")

	// Invited, and signed up alone in between: the person is told, nobody else.
	d.must(d.engine.Invite(ctx, d.by, d.user, "dan@example.org", registrar.RoleReadOnly))
	code = d.ticket("invitation", "dan@example.org")
	_, _, err = d.engine.SignUp(ctx, registrar.Actor{}, registrar.SignUp{Name: "Dan", Email: "dan@example.org", Password: "correct horse"})
	d.must(err)
	wantKind(t, accept(code, "Dan", "correct horse"), registrar.KindConflict, "email_taken")
}

func TestLastOwner(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	bob := d.join("bob@example.org", registrar.RoleTechnical)
	wantKind(t, d.engine.ChangeRole(ctx, d.by, d.customer.ID, d.user.ID, registrar.RoleTechnical), registrar.KindConflict, "last_owner")
	wantKind(t, d.engine.RemoveUser(ctx, d.by, d.customer.ID, d.user.ID), registrar.KindConflict, "last_owner")
	wantKind(t, d.engine.ChangeRole(ctx, d.by, "cus_other", bob.ID, registrar.RoleOwner), registrar.KindNotFound, "not_found")
	wantKind(t, d.engine.ChangeRole(ctx, d.by, d.customer.ID, bob.ID, "king"), registrar.KindInvalid, "unknown_role")
	d.must(d.engine.ChangeRole(ctx, d.by, d.customer.ID, bob.ID, registrar.RoleOwner))
	d.must(d.engine.ChangeRole(ctx, d.by, d.customer.ID, d.user.ID, registrar.RoleReadOnly))
	wantKind(t, d.engine.RemoveUser(ctx, d.by, d.customer.ID, bob.ID), registrar.KindConflict, "last_owner")
}

// TestTwoOwnersAtOnce: two owners who each take the other's role away at the
// same moment leave one owner.
func TestTwoOwnersAtOnce(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	bob := d.join("bob@example.org", registrar.RoleOwner)
	for range 5 {
		var both sync.WaitGroup
		for _, id := range []string{d.user.ID, bob.ID} {
			both.Go(func() {
				if err := d.engine.ChangeRole(ctx, d.by, d.customer.ID, id, registrar.RoleReadOnly); err != nil && registrar.KindOf(err) != registrar.KindConflict {
					t.Errorf("changing: %v", err)
				}
			})
		}
		both.Wait()
		users, _, err := d.engine.Team(ctx, d.customer.ID)
		d.must(err)
		owners := 0
		for _, u := range users {
			if u.Role == registrar.RoleOwner {
				owners++
			}
			d.must(d.store.InTx(ctx, func(tx registrar.Tx) error { return tx.SetRole(ctx, u.ID, registrar.RoleOwner) }))
		}
		if owners != 1 {
			t.Fatalf("%d owners are left", owners)
		}
	}
}

func TestRemovedUser(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	bob := d.join("bob@example.org", registrar.RoleTechnical)
	s, err := d.engine.StartSession(ctx, registrar.Actor{}, bob, registrar.SessionStart{Door: registrar.DoorPortal, Method: registrar.ByPassword, Device: "d", Life: life})
	d.must(err)
	token, _, err := d.engine.IssueToken(ctx, d.by, bob, "ci", []registrar.Scope{registrar.ScopeDomainsRead}, nil)
	d.must(err)
	d.must(d.engine.RemoveUser(ctx, d.by, d.customer.ID, bob.ID))
	wantKind(t, d.open(s), registrar.KindUnauthenticated, "signed_out")
	_, err = d.engine.Token(ctx, token)
	wantKind(t, err, registrar.KindUnauthenticated, "bad_token")
	for _, email := range []string{"bob@example.org", strings.ToLower(bob.ID) + "@removed.invalid"} {
		_, err = d.engine.SignIn(ctx, email, "correct horse")
		wantKind(t, err, registrar.KindUnauthenticated, "wrong_credentials")
	}
	row, err := d.store.User(ctx, bob.ID)
	d.must(err)
	if row.Name != "" || row.PasswordHash != "" || strings.Contains(row.Email, "bob") {
		t.Errorf("what is left of bob: %+v", row)
	}
	d.join("bob@example.org", registrar.RoleReadOnly) // the address is free again
}

// TestTokenFollowsRole: a token can do no more than its user today.
func TestTokenFollowsRole(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	bob := d.join("bob@example.org", registrar.RoleTechnical)
	_, _, err := d.engine.IssueToken(ctx, d.by, bob, "ci", registrar.AllScopes, nil)
	wantKind(t, err, registrar.KindForbidden, "role_scope")
	secret, _, err := d.engine.IssueToken(ctx, d.by, bob, "ci", []registrar.Scope{registrar.ScopeDomainsRead, registrar.ScopeDomainsWrite}, nil)
	d.must(err)
	allowed := func() string {
		token, err := d.engine.Token(ctx, secret)
		d.must(err)
		var out []string
		for _, s := range registrar.AllScopes {
			if token.Allows(s) {
				out = append(out, string(s))
			}
		}
		return strings.Join(out, " ")
	}
	if got := allowed(); got != "domains:read domains:write" {
		t.Errorf("technical: %s", got)
	}
	d.must(d.engine.ChangeRole(ctx, d.by, d.customer.ID, bob.ID, registrar.RoleReadOnly))
	if got := allowed(); got != "domains:read" {
		t.Errorf("read-only: %s", got)
	}
	d.must(d.engine.ChangeRole(ctx, d.by, d.customer.ID, bob.ID, registrar.RoleOwner))
	if got := allowed(); got != "domains:read domains:write" { // never more than it was made with
		t.Errorf("owner: %s", got)
	}
}

func TestTokenNetworks(t *testing.T) {
	for text, want := range map[string]string{
		"192.0.2.7": "192.0.2.7/32", "192.0.2.99/24": "192.0.2.0/24", "2001:db8::1, 10.0.0.0/8\n127.0.0.1": "2001:db8::1/128 10.0.0.0/8 127.0.0.1/32", "": "",
		"192.0.2.300": "!", "example.org": "!", "192.0.2.0/33": "!", "fe80::1%eth0": "!", strings.Repeat("192.0.2.1 ", 21): "!",
	} {
		list, err := registrar.ParseNetworks(text)
		var got []string
		for _, p := range list {
			got = append(got, p.String())
		}
		if out := strings.Join(got, " "); err != nil && want != "!" || err == nil && out != want {
			t.Errorf("%q: %s, %v", text, out, err)
		}
		if want == "!" && registrar.KindOf(err) != registrar.KindInvalid {
			t.Errorf("%q: %v", text, err)
		}
	}
	d := newDesk(t)
	networks := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")}
	secret, _, err := d.engine.IssueToken(t.Context(), d.by, d.user, "ci", registrar.AllScopes, nil, networks...)
	d.must(err)
	token, err := d.engine.Token(t.Context(), secret)
	d.must(err)
	for ip, want := range map[string]bool{"192.0.2.9": true, "::ffff:192.0.2.9": true, "2001:db8:1::1": true, "192.0.3.1": false, "2001:db9::1": false, "": false, "x": false} {
		if token.From(ip) != want {
			t.Errorf("%q: %v", ip, !want)
		}
	}
	if (registrar.APIToken{}).From("203.0.113.1") != true {
		t.Error("a token without networks works anywhere")
	}
	if (registrar.APIToken{Networks: []netip.Prefix{{}}}).From("203.0.113.1") {
		t.Error("a broken network opens the token to everybody")
	}
}

func TestCloseAccount(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	wantKind(t, w.engine.CloseAccount(ctx, w.by, w.customer.ID), registrar.KindConflict, "money_left")
	_, ops, err := w.engine.PlaceOrder(ctx, w.by, w.registration("example.shop", 1))
	if err != nil {
		t.Fatal(err)
	}
	wantKind(t, w.engine.CloseAccount(ctx, w.by, w.customer.ID), registrar.KindConflict, "names_live")
	stop := w.work(w.engine)
	w.finish(ops[0].ID)
	stop()
	wantKind(t, w.engine.CloseAccount(ctx, w.by, w.customer.ID), registrar.KindConflict, "names_live")

	d := newDesk(t)
	bob := d.join("bob@example.org", registrar.RoleReadOnly)
	s := d.enter("laptop")
	secret, _, err := d.engine.IssueToken(ctx, d.by, d.user, "ci", registrar.AllScopes, nil)
	d.must(err)
	d.must(d.engine.Invite(ctx, d.by, d.user, "carol@example.org", registrar.RoleReadOnly))
	invitation := d.ticket("invitation", "carol@example.org")
	d.must(d.engine.CloseAccount(ctx, d.by, d.customer.ID))
	d.mail("account_closed", "ada@example.org")
	wantKind(t, d.open(s), registrar.KindUnauthenticated, "signed_out")
	_, err = d.engine.Token(ctx, secret)
	wantKind(t, err, registrar.KindUnauthenticated, "bad_token")
	for _, email := range []string{"ada@example.org", bob.Email} {
		_, err = d.engine.SignIn(ctx, email, "correct horse")
		wantKind(t, err, registrar.KindUnauthenticated, "wrong_credentials")
	}
	_, err = d.engine.AcceptInvitation(ctx, registrar.Actor{}, invitation, "Carol", "correct horse")
	wantKind(t, err, registrar.KindInvalid, "bad_ticket")
	wantKind(t, d.engine.CloseAccount(ctx, d.by, d.customer.ID), registrar.KindForbidden, "account_closed")
	wantKind(t, d.engine.TestTopUp(ctx, d.by, d.customer.ID, registrar.Money{Minor: 100, Currency: "USD"}, "late"), registrar.KindForbidden, "account_closed")
	_, _, err = d.engine.PlaceOrder(ctx, d.by, registrar.OrderRequest{CustomerID: d.customer.ID, Agreement: registrar.Agreement{Version: d.engine.AgreementVersion()},
		Lines: []registrar.LineRequest{{Action: registrar.ActionRenew, Name: "example.shop", Years: 1}}})
	wantKind(t, err, registrar.KindForbidden, "account_closed")
	cus, err := d.store.Customer(ctx, d.customer.ID)
	d.must(err)
	if cus.ClosedAt == nil || !cus.ClosedAt.Equal(d.clock.Now()) {
		t.Errorf("customer %+v", cus)
	}
	_, _, err = d.engine.SignUp(ctx, registrar.Actor{}, registrar.SignUp{Name: "Ada", Email: "ada@example.org", Password: "correct horse"})
	d.must(err) // the address is free again
}

func TestExport(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.own("example.shop")
	secret, _, err := w.engine.IssueToken(ctx, w.by, must(w.store.User(ctx, w.by.ID)), "ci", registrar.AllScopes, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := w.engine.Export(ctx, w.by, w.customer.ID, &out); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Account map[string]any   `json:"account"`
		Users   []map[string]any `json:"users"`
		Tokens  []map[string]any `json:"api_tokens"`
		Contact []map[string]any `json:"contacts"`
		Domains []map[string]any `json:"domains"`
		Orders  []map[string]any `json:"orders"`
		Entries []map[string]any `json:"entries"`
		Balance string           `json:"balance"`
		History []map[string]any `json:"account_history"`
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if doc.Account["id"] != w.customer.ID || len(doc.Users) != 1 || doc.Users[0]["email"] != "ada@example.org" || len(doc.Tokens) != 1 ||
		len(doc.Contact) != 1 || doc.Contact[0]["name"] != "Ada Lovelace" || len(doc.Domains) != 1 || doc.Domains[0]["unicode_name"] != "example.shop" ||
		len(doc.Orders) != 1 || len(doc.Entries) != 2 || doc.Balance == "" || len(doc.History) < 2 {
		t.Errorf("export %s", out.String())
	}
	var whole map[string]json.RawMessage
	if err := json.Unmarshal(out.Bytes(), &whole); err != nil {
		t.Fatal(err)
	}
	for _, section := range w.store.ExportSections() {
		if whole[section] == nil {
			t.Errorf("the export has no %s", section)
		}
	}
	for _, secret := range []string{secret, "$argon2id$", secret[len("indera_"):]} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the export shows %s", secret)
		}
	}
	wantKind(t, w.engine.Export(ctx, w.by, "cus_none", &out), registrar.KindNotFound, "not_found")
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestMailGoesToAnOwner: affairs of the account are no business of everybody.
func TestMailGoesToAnOwner(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.withLetters(letters{}, "")
	later := time.Now().Add(time.Hour)
	err := w.store.InTx(ctx, func(tx registrar.Tx) error {
		return tx.InsertUser(ctx, registrar.User{ID: "usr_z", CustomerID: w.customer.ID, Email: "reader@example.org", Role: registrar.RoleReadOnly, CreatedAt: later})
	})
	if err != nil {
		t.Fatal(err)
	}
	w.own("example.shop")
	mails, err := w.store.DueMails(ctx, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mails {
		if m.To != "ada@example.org" {
			t.Errorf("%s went to %s", m.Template, m.To)
		}
	}
	if len(mails) == 0 {
		t.Error("no mail was written")
	}
}
