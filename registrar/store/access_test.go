package store_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func aSession(id, user, device string) registrar.Session {
	return registrar.Session{
		ID: id, UserID: user, Door: registrar.DoorPortal, Method: registrar.ByPassword, Device: device, Agent: "Mozilla/5.0 (Fœnix; 😀)", IP: "2001:db8::1",
		CreatedAt: noon.UTC(), SeenAt: noon.UTC(), ProvedAt: noon.UTC(), EndsAt: noon.Add(time.Hour).UTC(),
	}
}

func TestUserSessions(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		one, two, other := aSession("ses_1", "usr_1", "d1"), aSession("ses_2", "usr_1", "d2"), aSession("ses_3", "usr_2", "d1")
		write(t, s, func(tx registrar.Tx) error {
			for _, x := range []registrar.Session{one, two, other} {
				if err := tx.InsertSession(ctx, x); err != nil {
					return err
				}
			}
			return nil
		})
		same(t, must[registrar.Session](t)(s.Session(ctx, "ses_1")), one)
		live := func(user string, at time.Time) []string {
			return ids(must[[]registrar.Session](t)(s.LiveSessions(ctx, user, at)), func(x registrar.Session) string { return x.ID })
		}
		same(t, live("usr_1", noon), []string{"ses_2", "ses_1"})
		same(t, live("usr_1", noon.Add(time.Hour)), []string{})
		same(t, live("ü", noon), []string{})

		for _, c := range []struct {
			user, device  string
			known, before bool
		}{{"usr_1", "d1", true, true}, {"usr_1", "d3", false, true}, {"usr_9", "d1", false, false}} {
			known, before, err := s.DeviceKnown(ctx, c.user, c.device)
			if err != nil || known != c.known || before != c.before {
				t.Errorf("%s on %s: %v %v %v", c.user, c.device, known, before, err)
			}
		}

		write(t, s, func(tx registrar.Tx) error {
			if err := tx.TouchSession(ctx, "ses_1", noon.Add(time.Minute), noon.Add(2*time.Hour)); err != nil {
				return err
			}
			return tx.TouchSession(ctx, "ses_1", noon, noon) // never back
		})
		one.SeenAt, one.EndsAt = noon.Add(time.Minute).UTC(), noon.Add(2*time.Hour).UTC()
		same(t, must[registrar.Session](t)(s.Session(ctx, "ses_1")), one)

		ended := func(fn func(tx registrar.Tx) (bool, error)) (ok bool) {
			write(t, s, func(tx registrar.Tx) (err error) { ok, err = fn(tx); return err })
			return ok
		}
		if ended(func(tx registrar.Tx) (bool, error) {
			return tx.EndSession(ctx, "usr_2", "ses_1", noon, registrar.EndElsewhere)
		}) {
			t.Error("a stranger ended a session")
		}
		for i, want := range []bool{true, false} {
			if got := ended(func(tx registrar.Tx) (bool, error) {
				return tx.EndSession(ctx, "usr_1", "ses_1", noon, registrar.EndElsewhere)
			}); got != want {
				t.Errorf("end %d: %v", i, got)
			}
		}
		if ended(func(tx registrar.Tx) (bool, error) { return tx.ProveSession(ctx, "ses_1", noon.Add(time.Minute)) }) {
			t.Error("an ended session was proved")
		}
		if !ended(func(tx registrar.Tx) (bool, error) { return tx.ProveSession(ctx, "ses_2", noon.Add(time.Minute)) }) {
			t.Error("a live session was not proved")
		}
		write(t, s, func(tx registrar.Tx) error {
			return tx.TouchSession(ctx, "ses_1", noon.Add(time.Hour), noon.Add(9*time.Hour)) // ended: stays
		})
		one.EndedAt, one.EndReason = utc(noon), registrar.EndElsewhere
		same(t, must[registrar.Session](t)(s.Session(ctx, "ses_1")), one)

		write(t, s, func(tx registrar.Tx) error {
			if n, err := tx.EndSessions(ctx, "usr_1", "ses_2", noon, registrar.EndPassword); err != nil || n != 0 {
				t.Errorf("ended %d, %v", n, err)
			}
			n, err := tx.EndSessions(ctx, "usr_1", "", noon, registrar.EndPassword)
			if n != 1 {
				t.Errorf("ended %d", n)
			}
			return err
		})
		same(t, live("usr_1", noon), []string{})
		same(t, live("usr_2", noon), []string{"ses_3"})

		purge := func(before time.Time) (n int) {
			write(t, s, func(tx registrar.Tx) (err error) { n, err = tx.PurgeUserSessions(ctx, before, 10); return err })
			return n
		}
		if n := purge(noon.Add(time.Hour)); n != 0 {
			t.Errorf("purged %d", n)
		}
		if n := purge(noon.Add(90 * time.Minute)); n != 2 {
			t.Errorf("purged %d", n)
		}
		same(t, must[registrar.Session](t)(s.Session(ctx, "ses_1")).ID, "ses_1") // ends later
	})
}

func TestTickets(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		a := registrar.Ticket{Digest: "d1", Kind: registrar.TicketReset, UserID: "usr_1", Email: "ädä@example.org", CreatedAt: noon.UTC(), ExpiresAt: noon.Add(time.Hour).UTC()}
		b := registrar.Ticket{Digest: "d2", Kind: registrar.TicketInvite, UserID: "usr_2", CustomerID: "cus_1", Email: "b@example.org", Role: registrar.RoleOwner, CreatedAt: noon.UTC(), ExpiresAt: noon.Add(time.Hour).UTC()}
		write(t, s, func(tx registrar.Tx) error {
			if err := tx.InsertTicket(ctx, a); err != nil {
				return err
			}
			return tx.InsertTicket(ctx, b)
		})
		same(t, must[registrar.Ticket](t)(s.Ticket(ctx, "d1")), a)
		same(t, must[[]registrar.Ticket](t)(s.OpenTickets(ctx, "cus_1", registrar.TicketInvite, noon)), []registrar.Ticket{b})
		for _, at := range []time.Time{noon.Add(time.Hour), noon.Add(2 * time.Hour)} {
			same(t, must[[]registrar.Ticket](t)(s.OpenTickets(ctx, "cus_1", registrar.TicketInvite, at)), []registrar.Ticket{})
		}
		same(t, len(must[[]registrar.Ticket](t)(s.OpenTickets(ctx, "", registrar.TicketReset, noon))), 0) // not those of nobody

		use := func(digest string, kind registrar.TicketKind, at time.Time) (ok bool) {
			write(t, s, func(tx registrar.Tx) (err error) { ok, err = tx.UseTicket(ctx, digest, kind, at); return err })
			return ok
		}
		for _, c := range []struct {
			digest string
			kind   registrar.TicketKind
			at     time.Time
			want   bool
		}{
			{"d1", registrar.TicketVerify, noon, false}, {"d1", registrar.TicketReset, noon.Add(time.Hour), false},
			{"d0", registrar.TicketReset, noon, false}, {"d1", registrar.TicketReset, noon, true}, {"d1", registrar.TicketReset, noon, false},
		} {
			if got := use(c.digest, c.kind, c.at); got != c.want {
				t.Errorf("%+v: %v", c, got)
			}
		}
		c := a
		c.Digest = "d3"
		write(t, s, func(tx registrar.Tx) error {
			if err := tx.InsertTicket(ctx, c); err != nil {
				return err
			}
			return tx.CancelTickets(ctx, "usr_1", registrar.TicketReset, noon)
		})
		if use("d3", registrar.TicketReset, noon) {
			t.Error("a cancelled ticket was used")
		}
		write(t, s, func(tx registrar.Tx) error { return tx.CancelTickets(ctx, "usr_1", registrar.TicketInvite, noon) })
		same(t, len(must[[]registrar.Ticket](t)(s.OpenTickets(ctx, "cus_1", registrar.TicketInvite, noon))), 1) // of another inviter
		write(t, s, func(tx registrar.Tx) error { return tx.CancelTickets(ctx, "usr_2", registrar.TicketInvite, noon) })
		same(t, len(must[[]registrar.Ticket](t)(s.OpenTickets(ctx, "cus_1", registrar.TicketInvite, noon))), 0)
		write(t, s, func(tx registrar.Tx) error {
			n, err := tx.PurgeTickets(ctx, noon.Add(time.Hour+time.Microsecond), 2)
			if n != 2 {
				t.Errorf("purged %d", n)
			}
			return err
		})
	})
}

func TestMailSecrets(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		write(t, s, func(tx registrar.Tx) error { return tx.InsertMailSecret(ctx, "mail_1", "v1.k.abc") })
		same(t, must[string](t)(s.MailSecret(ctx, "mail_1")), "v1.k.abc")
		for range 2 {
			write(t, s, func(tx registrar.Tx) error { return tx.DropMailSecret(ctx, "mail_1") })
		}
		_, err := s.MailSecret(ctx, "mail_1")
		wantError(t, err, registrar.KindNotFound, "not_found")
	})
}

func TestUserChanges(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		u := registrar.User{ID: "usr_1", CustomerID: "cus_001", Email: "ada@example.org", Name: "Ada", Role: registrar.RoleOwner, PasswordHash: "old", CreatedAt: noon.UTC()}
		write(t, s, func(tx registrar.Tx) error {
			if err := tx.InsertCustomer(ctx, aCustomer(1)); err != nil {
				return err
			}
			if err := tx.InsertUser(ctx, u); err != nil {
				return err
			}
			if err := tx.InsertUser(ctx, registrar.User{ID: "usr_2", CustomerID: "cus_001", Email: "eve@example.org", CreatedAt: noon}); err != nil {
				return err
			}
			return tx.SetPassword(ctx, "usr_1", "new")
		})
		verify := func(email string, at time.Time) (ok bool) {
			write(t, s, func(tx registrar.Tx) (err error) { ok, err = tx.VerifyEmail(ctx, "usr_1", email, at); return err })
			return ok
		}
		if verify("eve@example.org", noon) {
			t.Error("another address was verified")
		}
		if !verify("ADA@example.org", noon) || !verify("ada@example.org", noon.Add(time.Hour)) { // the first counts
			t.Error("not verified")
		}
		u.PasswordHash, u.EmailVerifiedAt = "new", utc(noon)
		same(t, must[registrar.User](t)(s.User(ctx, "usr_1")), u)

		refused(t, s, registrar.KindConflict, "email_taken", func(tx registrar.Tx) error { return tx.MoveEmail(ctx, u, "Eve@example.org", noon) })
		write(t, s, func(tx registrar.Tx) error {
			return tx.MoveEmail(ctx, u, "Countess@Lovelace.example", noon.Add(time.Hour))
		})
		u.Email, u.EmailVerifiedAt = "countess@lovelace.example", utc(noon.Add(time.Hour))
		same(t, must[registrar.User](t)(s.UserByEmail(ctx, "countess@lovelace.example")), u)
		same(t, len(must[[]registrar.Customer](t)(s.Customers(ctx, "countess", registrar.Page{}))), 1)
		refused(t, s, registrar.KindNotFound, "not_found", func(tx registrar.Tx) error { return tx.SetPassword(ctx, "usr_9", "x") })
	})
}

func TestFactors(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		app := registrar.TOTP{UserID: "usr_1", Sealed: "v1.k.a", CreatedAt: noon.UTC()}
		write(t, s, func(tx registrar.Tx) error { return tx.PutTOTP(ctx, app) })
		app.Sealed = "v1.k.b"
		write(t, s, func(tx registrar.Tx) error { return tx.PutTOTP(ctx, app) }) // not confirmed: replaced
		same(t, must[registrar.TOTP](t)(s.TOTPOf(ctx, "usr_1")), app)
		done := func(fn func(tx registrar.Tx) (bool, error)) (ok bool) {
			write(t, s, func(tx registrar.Tx) (err error) { ok, err = fn(tx); return err })
			return ok
		}
		confirm := func(tx registrar.Tx) (bool, error) { return tx.ConfirmTOTP(ctx, "usr_1", noon) }
		if !done(confirm) || done(confirm) {
			t.Error("a confirmation counts once")
		}
		refused(t, s, registrar.KindConflict, "totp_there", func(tx registrar.Tx) error { return tx.PutTOTP(ctx, app) })
		for _, c := range []struct {
			user string
			step int64
			want bool
		}{{"usr_1", 100, true}, {"usr_1", 100, false}, {"usr_1", 99, false}, {"usr_1", 101, true}, {"usr_2", 200, false}} {
			if got := done(func(tx registrar.Tx) (bool, error) { return tx.TakeTOTPStep(ctx, c.user, c.step) }); got != c.want {
				t.Errorf("%+v: %v", c, got)
			}
		}
		write(t, s, func(tx registrar.Tx) error { return tx.PutRecovery(ctx, "usr_1", []string{"r1", "r2"}, noon) })
		write(t, s, func(tx registrar.Tx) error { return tx.PutRecovery(ctx, "usr_1", []string{"r3", "r4", "r5"}, noon) })
		for _, c := range []struct {
			user, digest string
			want         bool
		}{{"usr_1", "r1", false}, {"usr_2", "r3", false}, {"usr_1", "r3", true}, {"usr_1", "r3", false}} {
			if got := done(func(tx registrar.Tx) (bool, error) { return tx.UseRecovery(ctx, c.user, c.digest, noon) }); got != c.want {
				t.Errorf("%+v: %v", c, got)
			}
		}
		same(t, must[int](t)(s.RecoveryLeft(ctx, "usr_1")), 2)
		write(t, s, func(tx registrar.Tx) error {
			if err := tx.DropTOTP(ctx, "usr_1"); err != nil {
				return err
			}
			return tx.DropRecovery(ctx, "usr_1")
		})
		same(t, must[int](t)(s.RecoveryLeft(ctx, "usr_1")), 0)
		_, err := s.TOTPOf(ctx, "usr_1")
		wantError(t, err, registrar.KindNotFound, "not_found")
	})
}

func TestTeam(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		c := aCustomer(1)
		u := registrar.User{ID: "usr_1", CustomerID: c.ID, Email: "ada@example.org", Name: "Ada", Role: registrar.RoleOwner, PasswordHash: "x", CreatedAt: noon.UTC()}
		tok := registrar.APIToken{ID: "tok_1", CustomerID: c.ID, UserID: u.ID, Name: "CI", Digest: "d1", Hint: "abcd", Scopes: []registrar.Scope{registrar.ScopeOrders},
			Networks: []netip.Prefix{netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("192.0.2.1/32")}, CreatedAt: noon.UTC()}
		write(t, s, func(tx registrar.Tx) error {
			for _, err := range []error{tx.InsertCustomer(ctx, c), tx.InsertUser(ctx, u), tx.InsertToken(ctx, tok), tx.SerializeCustomer(ctx, c.ID), tx.SetRole(ctx, u.ID, registrar.RoleReadOnly)} {
				if err != nil {
					return err
				}
			}
			return nil
		})
		same(t, must[registrar.APIToken](t)(s.TokenByDigest(ctx, "d1")), tok)
		same(t, must[registrar.User](t)(s.User(ctx, u.ID)).Role, registrar.RoleReadOnly)
		refused(t, s, registrar.KindNotFound, "not_found", func(tx registrar.Tx) error { return tx.SerializeCustomer(ctx, "cus_none") })
		write(t, s, func(tx registrar.Tx) error {
			if err := tx.RevokeTokensOf(ctx, c.ID, u.ID, noon); err != nil {
				return err
			}
			return tx.RemoveUser(ctx, u.ID, noon)
		})
		same(t, must[registrar.APIToken](t)(s.TokenByDigest(ctx, "d1")).RevokedAt, utc(noon))
		u.Email, u.Name, u.PasswordHash, u.Role, u.DisabledAt = "usr_1@removed.invalid", "", "", registrar.RoleReadOnly, utc(noon)
		same(t, must[registrar.User](t)(s.User(ctx, u.ID)), u)

		closed := func() (ok bool) {
			write(t, s, func(tx registrar.Tx) (err error) { ok, err = tx.CloseCustomer(ctx, c.ID, noon); return err })
			return ok
		}
		if !closed() || closed() {
			t.Error("an account closes once")
		}
		same(t, must[registrar.Customer](t)(s.Customer(ctx, c.ID)).ClosedAt, utc(noon))
	})
}

// TestBrokenNetworkOpensNothing: a row that was damaged must not widen a token.
func TestBrokenNetworkOpensNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		write(t, s, func(tx registrar.Tx) error {
			return tx.InsertToken(ctx, registrar.APIToken{ID: "tok_1", CustomerID: "cus_001", Digest: "d1", Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, CreatedAt: noon})
		})
		if _, err := s.SQL().ExecContext(ctx, `UPDATE api_tokens SET networks = '["10.0.0.0/"]'`); err != nil {
			t.Fatal(err)
		}
		tok := must[registrar.APIToken](t)(s.TokenByDigest(ctx, "d1"))
		if tok.From("10.0.0.1") || tok.From("203.0.113.1") {
			t.Errorf("networks %v", tok.Networks)
		}
		if _, err := s.SQL().ExecContext(ctx, `UPDATE api_tokens SET networks = NULL`); err != nil { // as before the column
			t.Fatal(err)
		}
		if tok := must[registrar.APIToken](t)(s.TokenByDigest(ctx, "d1")); !tok.From("203.0.113.1") {
			t.Errorf("networks %v", tok.Networks)
		}
	})
}

// TestAuditForWhom: the user for whom staff acted is part of the evidence; it
// can't be taken away or changed unseen.
func TestAuditForWhom(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		by := registrar.Actor{Kind: registrar.ActorStaff, ID: "usr_staff", For: "usr_1"}
		own := registrar.Actor{Kind: registrar.ActorCustomer, ID: "usr_1"}
		imp := registrar.Impersonation{ID: "ses_1", CustomerID: "cus_1", UserID: "usr_1", StaffID: "usr_staff", StaffSession: "ses_0", Reason: "Wörter 😀", StartedAt: noon.UTC()}
		write(t, s, func(tx registrar.Tx) error {
			for id, who := range map[string]registrar.Actor{"aud_1": by, "aud_2": own} {
				if err := tx.InsertAudit(ctx, registrar.AuditEvent{ID: id, At: noon, By: who, Action: "a", ObjectKind: "customer", ObjectID: "cus_1"}); err != nil {
					return err
				}
			}
			return tx.InsertImpersonation(ctx, imp)
		})
		events := must[[]registrar.AuditEvent](t)(s.AuditOf(ctx, "customer", "cus_1", registrar.Page{}))
		same(t, events[0].By, own)
		same(t, events[1].By, by)
		same(t, must[registrar.Impersonation](t)(s.Impersonation(ctx, "ses_1")), imp)
		same(t, must[[]registrar.Impersonation](t)(s.Impersonations(ctx, "cus_1", registrar.Page{})), []registrar.Impersonation{imp})
		same(t, len(must[[]registrar.Impersonation](t)(s.Impersonations(ctx, "cus_2", registrar.Page{}))), 0)
		digests := must[[]registrar.AuditDigest](t)(s.UnchainedAudit(ctx, 0, 10))
		write(t, s, func(tx registrar.Tx) error { return tx.ChainAudit(ctx, digests, noon) })
		problems := func() (n int) {
			if err := s.VerifyAudit(ctx, func(_, _ string) { n++ }); err != nil {
				t.Fatal(err)
			}
			return n
		}
		same(t, problems(), 0)
		for i, forged := range []string{"UPDATE audit_events SET by_for = '' WHERE id = 'aud_1'", "UPDATE audit_events SET by_for = 'usr_2' WHERE id = 'aud_2'"} {
			if _, err := s.SQL().ExecContext(ctx, forged); err != nil {
				t.Fatal(err)
			}
			same(t, problems(), i+1)
		}
	})
}
