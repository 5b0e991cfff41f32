package registrar_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/registrar/store/storetest"
)

// desk is an engine whose clock stands still, with keys, mail and one customer.
type desk struct {
	t        *testing.T
	store    *store.Store
	clock    *clockwork.FakeClock
	engine   *registrar.Engine
	box      *mailbox
	customer registrar.Customer
	user     registrar.User
	by       registrar.Actor
	markers  int
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := closedDesk(t)
	d.confirm(d.user.ID, "ada@example.org")
	d.post()
	return d
}

// unconfirmedDesk is a desk whose user has not proved the address.
func unconfirmedDesk(t *testing.T) *desk {
	t.Helper()
	d := closedDesk(t)
	d.post()
	return d
}

// confirm proves an address as its ticket does, which stays in the mail.
func (d *desk) confirm(userID, email string) {
	d.t.Helper()
	d.must(d.store.InTx(d.t.Context(), func(tx registrar.Tx) error {
		_, err := tx.VerifyEmail(d.t.Context(), userID, email, d.engine.Now())
		return err
	}))
}

// closedDesk is a desk whose mail stays in the queue until post is called.
func closedDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, clock: clockwork.NewFakeClockAt(time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)), box: &mailbox{arrived: make(chan struct{}, 1)}}
	d.store = storetest.OpenClock(t, d.clock)
	opt := options(d.store, registrytest.NewMemory(d.clock), "desk")
	opt.Clock, opt.Letters, opt.Seal = d.clock, letters{}, ring()
	var err error
	if d.engine, err = registrar.New(opt); err != nil {
		t.Fatal(err)
	}
	d.customer, d.user, err = d.engine.SignUp(t.Context(), registrar.Actor{Kind: registrar.ActorCustomer, IP: "192.0.2.1"},
		registrar.SignUp{Name: "Ada", Email: "ada@example.org", Password: "correct horse"})
	if err != nil {
		t.Fatal(err)
	}
	d.by = registrar.Actor{Kind: registrar.ActorCustomer, ID: d.user.ID, IP: "192.0.2.1"}
	return d
}

// post hands mail over until the test ends.
func (d *desk) post() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := registrar.NewPostOffice(d.engine, d.box, 10*time.Millisecond).Run(ctx); err != nil {
			d.t.Errorf("post office: %v", err)
		}
	}()
	d.t.Cleanup(func() { cancel(); <-done })
}

// mailbox keeps what was handed over.
type mailbox struct {
	mu      sync.Mutex
	mails   []registrar.Mail
	arrived chan struct{}
}

func (b *mailbox) Send(_ context.Context, m registrar.Mail) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails = append(b.mails, m)
	select {
	case b.arrived <- struct{}{}:
	default:
	}
	return nil
}

func (b *mailbox) take(template, to string) (registrar.Mail, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, m := range b.mails {
		if m.Template == template && m.To == to {
			b.mails = append(b.mails[:i:i], b.mails[i+1:]...)
			return m, true
		}
	}
	return registrar.Mail{}, false
}

// mail waits for a mail and takes it out of the box.
func (d *desk) mail(template, to string) registrar.Mail {
	d.t.Helper()
	limit := time.After(20 * time.Second)
	for {
		if m, ok := d.box.take(template, to); ok {
			return m
		}
		select {
		case <-d.box.arrived:
		case <-limit:
			d.t.Fatalf("no mail %s to %s", template, to)
		}
	}
}

// noMail proves that a mail was not written: a later one has arrived.
func (d *desk) noMail(template, to string) {
	d.t.Helper()
	d.flush()
	if m, ok := d.box.take(template, to); ok {
		d.t.Errorf("unwanted mail %s to %s: %s", m.Template, m.To, m.Text)
	}
}

// flush waits until everything that was queued so far is handed over: mail goes
// out in order, so the mail of a sign-up is a marker.
func (d *desk) flush() {
	d.t.Helper()
	d.markers++
	marker := fmt.Sprintf("marker-%d@example.org", d.markers)
	_, _, err := d.engine.SignUp(d.t.Context(), registrar.Actor{}, registrar.SignUp{Name: "Marker", Email: marker, Password: "correct horse"})
	d.must(err)
	d.mail("verify_email", marker)
}

var ticketIn = regexp.MustCompile(`Ticket:([A-Za-z0-9_-]{43})(?:\s|\])`)

// ticket waits for a mail and returns the code in it.
func (d *desk) ticket(template, to string) string {
	d.t.Helper()
	m := d.mail(template, to)
	found := ticketIn.FindStringSubmatch(m.Text)
	if found == nil {
		d.t.Fatalf("no code in %q", m.Text)
	}
	return found[1]
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

var life = registrar.SessionLife{Whole: 7 * 24 * time.Hour, Idle: 12 * time.Hour}

// enter signs the user in from a device.
func (d *desk) enter(device string) registrar.Session {
	d.t.Helper()
	s, err := d.engine.StartSession(d.t.Context(), d.by, d.user, registrar.SessionStart{
		Door: registrar.DoorPortal, Method: registrar.ByPassword, Device: device, Agent: "Mozilla/5.0 (X11; Linux) Firefox/130.0", Life: life,
	})
	d.must(err)
	return s
}

func (d *desk) open(s registrar.Session) error {
	_, _, err := d.engine.OpenSession(d.t.Context(), registrar.DoorPortal, s.ID, life)
	return err
}

func TestSessionsRunOut(t *testing.T) {
	d := newDesk(t)
	s := d.enter("laptop")
	d.must(d.open(s))
	if _, _, err := d.engine.OpenSession(t.Context(), registrar.DoorAdmin, s.ID, life); registrar.KindOf(err) != registrar.KindUnauthenticated {
		t.Errorf("a portal session opened the admin door: %v", err)
	}
	d.clock.Advance(11 * time.Hour)
	d.must(d.open(s)) // used: it lives on
	d.clock.Advance(11 * time.Hour)
	d.must(d.open(s))
	d.clock.Advance(12 * time.Hour)
	wantKind(t, d.open(s), registrar.KindUnauthenticated, "signed_out")

	s = d.enter("laptop")
	for range 15 {
		d.clock.Advance(11 * time.Hour)
		d.must(d.open(s))
	}
	d.clock.Advance(4 * time.Hour) // a week and an hour: over, however busy
	wantKind(t, d.open(s), registrar.KindUnauthenticated, "signed_out")
	wantKind(t, d.open(registrar.Session{ID: "ses_none"}), registrar.KindUnauthenticated, "signed_out")
}

func TestSignOutElsewhere(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	laptop, phone, tablet := d.enter("laptop"), d.enter("phone"), d.enter("tablet")
	list, err := d.engine.Sessions(ctx, d.user.ID)
	d.must(err)
	if len(list) != 3 || list[0].IP != "192.0.2.1" || registrar.AgentName(list[0].Agent) != "Firefox on Linux" {
		t.Errorf("sessions %+v", list)
	}
	wantKind(t, d.engine.EndSession(ctx, d.by, "usr_other", phone.ID, registrar.EndElsewhere), registrar.KindNotFound, "not_found")
	d.must(d.open(phone))
	d.must(d.engine.EndSession(ctx, d.by, d.user.ID, phone.ID, registrar.EndElsewhere))
	wantKind(t, d.open(phone), registrar.KindUnauthenticated, "signed_out")
	d.must(d.open(tablet))
	n, err := d.engine.EndOtherSessions(ctx, d.by, d.user.ID, laptop.ID)
	d.must(err)
	if n != 1 {
		t.Errorf("ended %d sessions", n)
	}
	wantKind(t, d.open(tablet), registrar.KindUnauthenticated, "signed_out")
	d.must(d.open(laptop))
	events, err := d.store.AuditOf(ctx, "user", d.user.ID, registrar.Page{})
	d.must(err)
	got := map[string]int{}
	for _, e := range events {
		got[e.Action]++
	}
	if got["user.sign_in"] != 3 || got["session.end"] != 1 || got["session.end_all"] != 1 {
		t.Errorf("audit trail %v", got)
	}
}

func TestNewDeviceIsTold(t *testing.T) {
	d := newDesk(t)
	d.enter("laptop") // the first sign-in of a new account
	d.enter("laptop")
	d.noMail("new_sign_in", "ada@example.org")
	d.enter("phone")
	d.mail("new_sign_in", "ada@example.org")
	d.enter("phone")
	d.noMail("new_sign_in", "ada@example.org")
	// Devices are forgotten in time; then an old account is told again.
	d.clock.Advance(200 * 24 * time.Hour)
	d.must(d.engine.PurgeAccess(t.Context()))
	d.enter("phone")
	d.mail("new_sign_in", "ada@example.org")
}

func TestVerifyEmail(t *testing.T) {
	d := unconfirmedDesk(t)
	ctx := t.Context()
	first := d.ticket("verify_email", "ada@example.org")
	d.must(d.engine.SendVerification(ctx, d.by, d.user))
	code := d.ticket("verify_email", "ada@example.org")
	for name, bad := range map[string]string{"replaced by a newer one": first, "empty": "", "wrong": code[:42] + "!", "longer": code + "A"} {
		if _, err := d.engine.VerifyEmail(ctx, d.by, bad); registrar.KindOf(err) != registrar.KindInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := d.engine.ResetPassword(ctx, d.by, code, "another horse battery")
	wantKind(t, err, registrar.KindInvalid, "bad_ticket") // each kind opens its own door
	user, err := d.engine.VerifyEmail(ctx, registrar.Actor{Kind: registrar.ActorCustomer}, code)
	d.must(err)
	if user.EmailVerifiedAt == nil || !user.EmailVerifiedAt.Equal(d.clock.Now()) {
		t.Errorf("user %+v", user)
	}
	_, err = d.engine.VerifyEmail(ctx, d.by, code)
	wantKind(t, err, registrar.KindInvalid, "bad_ticket")
	d.must(d.engine.SendVerification(ctx, d.by, user))
	d.noMail("verify_email", "ada@example.org")
}

func TestTicketRunsOut(t *testing.T) {
	d := unconfirmedDesk(t)
	code := d.ticket("verify_email", "ada@example.org")
	d.clock.Advance(7 * 24 * time.Hour)
	_, err := d.engine.VerifyEmail(t.Context(), d.by, code)
	wantKind(t, err, registrar.KindInvalid, "bad_ticket")
}

func TestResetPassword(t *testing.T) {
	d := unconfirmedDesk(t)
	ctx := t.Context()
	laptop := d.enter("laptop")
	stranger := registrar.Actor{Kind: registrar.ActorCustomer, IP: "198.51.100.9"}
	d.must(d.engine.RequestReset(ctx, stranger, " Ada@Example.org "))
	old := d.ticket("password_reset", "ada@example.org")
	d.must(d.engine.RequestReset(ctx, stranger, "ada@example.org"))
	code := d.ticket("password_reset", "ada@example.org")
	_, err := d.engine.ResetPassword(ctx, stranger, old, "another horse battery")
	wantKind(t, err, registrar.KindInvalid, "bad_ticket")
	_, err = d.engine.ResetPassword(ctx, stranger, code, "short")
	wantKind(t, err, registrar.KindInvalid, "bad_password") // and the ticket still works
	d.must(d.open(laptop))
	user, err := d.engine.ResetPassword(ctx, stranger, code, "another horse battery")
	d.must(err)
	if user.ID != d.user.ID {
		t.Errorf("user %+v", user)
	}
	wantKind(t, d.open(laptop), registrar.KindUnauthenticated, "signed_out")
	d.mail("password_changed", "ada@example.org")
	if _, err := d.engine.SignIn(ctx, "ada@example.org", "another horse battery"); err != nil {
		t.Errorf("new password: %v", err)
	}
	_, err = d.engine.SignIn(ctx, "ada@example.org", "correct horse")
	wantKind(t, err, registrar.KindUnauthenticated, "wrong_credentials")
	_, err = d.engine.ResetPassword(ctx, stranger, code, "third horse here")
	wantKind(t, err, registrar.KindInvalid, "bad_ticket")
	fresh, err := d.store.User(ctx, d.user.ID)
	d.must(err)
	if fresh.EmailVerifiedAt == nil {
		t.Error("who got the mail has proved the address")
	}
}

// TestResetTellsNothing: strangers learn nothing about who has an account.
func TestResetTellsNothing(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	_, err := d.engine.CreateStaff(ctx, registrar.System("test"), "Grace", "grace@registrar.example", "correct horse", registrar.RoleStaffOwner)
	d.must(err)
	for _, email := range []string{"ada@example.org", "nobody@example.org", "grace@registrar.example"} {
		if err := d.engine.RequestReset(ctx, registrar.Actor{}, email); err != nil {
			t.Errorf("%s: %v", email, err)
		}
	}
	d.mail("password_reset", "ada@example.org")
	d.noMail("password_reset", "nobody@example.org")
	d.noMail("password_reset", "grace@registrar.example")
	wantKind(t, d.engine.RequestReset(ctx, registrar.Actor{}, "no address"), registrar.KindInvalid, "bad_email")
}

// TestResetOnce: of many who use one ticket at once, one gets in.
func TestResetOnce(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	d.must(d.engine.RequestReset(ctx, registrar.Actor{}, "ada@example.org"))
	code := d.ticket("password_reset", "ada@example.org")
	var won sync.WaitGroup
	wins := make(chan struct{}, 4)
	for range 4 {
		won.Go(func() {
			if _, err := d.engine.ResetPassword(ctx, registrar.Actor{}, code, "another horse battery"); err == nil {
				wins <- struct{}{}
			}
		})
	}
	won.Wait()
	if len(wins) != 1 {
		t.Errorf("%d of 4 used the ticket", len(wins))
	}
}

func TestChangePassword(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	laptop, phone := d.enter("laptop"), d.enter("phone")
	d.must(d.engine.RequestReset(ctx, registrar.Actor{}, "ada@example.org"))
	code := d.ticket("password_reset", "ada@example.org")
	wantKind(t, d.engine.ChangePassword(ctx, d.by, d.user, "wrong horse", "another horse battery", laptop.ID), registrar.KindUnauthenticated, "wrong_password")
	d.must(d.open(phone))
	d.must(d.engine.ChangePassword(ctx, d.by, d.user, "correct horse", "another horse battery", laptop.ID))
	d.must(d.open(laptop))
	wantKind(t, d.open(phone), registrar.KindUnauthenticated, "signed_out")
	d.mail("password_changed", "ada@example.org")
	_, err := d.engine.ResetPassword(ctx, d.by, code, "third horse here")
	wantKind(t, err, registrar.KindInvalid, "bad_ticket") // a link asked for before must not undo the change
}

func TestChangeEmail(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	wantKind(t, d.engine.RequestEmailChange(ctx, d.by, d.user, "ADA@example.org"), registrar.KindInvalid, "same_email")
	d.must(d.engine.RequestEmailChange(ctx, d.by, d.user, "Ada@New.example"))
	d.mail("email_change_asked", "ada@example.org")
	code := d.ticket("email_change_confirm", "ada@new.example")
	if _, err := d.engine.SignIn(ctx, "ada@example.org", "correct horse"); err != nil {
		t.Errorf("nothing has changed yet: %v", err)
	}
	d.must(d.engine.RequestReset(ctx, registrar.Actor{}, "ada@example.org"))
	reset := d.ticket("password_reset", "ada@example.org")
	_, err := d.engine.ConfirmEmailChange(ctx, d.by, code)
	d.must(err)
	d.mail("email_changed", "ada@example.org")
	user, err := d.engine.SignIn(ctx, "ada@new.example", "correct horse")
	d.must(err)
	if user.EmailVerifiedAt == nil {
		t.Error("the new address was proved")
	}
	_, err = d.engine.SignIn(ctx, "ada@example.org", "correct horse")
	wantKind(t, err, registrar.KindUnauthenticated, "wrong_credentials")
	_, err = d.engine.ResetPassword(ctx, d.by, reset, "another horse battery")
	wantKind(t, err, registrar.KindInvalid, "bad_ticket") // it went to the old address
	_, err = d.engine.ConfirmEmailChange(ctx, d.by, code)
	wantKind(t, err, registrar.KindInvalid, "bad_ticket")
}

// TestTakenAddressDoesNotShow: who asks for an address of somebody else sees
// what everybody sees; its owner is told.
func TestTakenAddressDoesNotShow(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	_, _, err := d.engine.SignUp(ctx, registrar.Actor{}, registrar.SignUp{Name: "Eve", Email: "eve@example.org", Password: "correct horse"})
	d.must(err)
	d.must(d.engine.RequestEmailChange(ctx, d.by, d.user, "eve@example.org"))
	d.mail("address_in_use", "eve@example.org")
	d.noMail("email_change_confirm", "eve@example.org")
	// Taken in between: the link works no more, and does not say why.
	d.must(d.engine.RequestEmailChange(ctx, d.by, d.user, "mallory@example.org"))
	code := d.ticket("email_change_confirm", "mallory@example.org")
	_, _, err = d.engine.SignUp(ctx, registrar.Actor{}, registrar.SignUp{Name: "Mallory", Email: "mallory@example.org", Password: "correct horse"})
	d.must(err)
	_, err = d.engine.ConfirmEmailChange(ctx, d.by, code)
	wantKind(t, err, registrar.KindInvalid, "bad_ticket")
}

// TestCodesAreNotAtRest: neither ticket nor mail rows show a code, and the sealed
// copy goes with the hand-over.
func TestCodesAreNotAtRest(t *testing.T) {
	d := closedDesk(t)
	queued, err := d.store.DueMails(t.Context(), 10)
	d.must(err)
	if len(queued) != 1 {
		t.Fatalf("queued %+v", queued)
	}
	sealed, err := d.store.MailSecret(t.Context(), queued[0].ID)
	d.must(err)
	d.post()
	m := d.mail("verify_email", "ada@example.org")
	code := ticketIn.FindStringSubmatch(m.Text)[1]
	for what, text := range map[string]string{"text": queued[0].Text, "HTML": queued[0].HTML, "sealed": sealed} {
		if strings.Contains(text, code) {
			t.Errorf("the %s at rest shows the code", what)
		}
	}
	d.flush()
	_, err = d.store.MailSecret(t.Context(), queued[0].ID)
	wantKind(t, err, registrar.KindNotFound, "not_found")
	sum := sha256.Sum256([]byte(code))
	if _, err := d.store.Ticket(t.Context(), hex.EncodeToString(sum[:])); err != nil {
		t.Errorf("the ticket is not kept by its digest: %v", err)
	}
}

// TestNoKeys: a deployment without keys refuses what needs them and goes on
// with the rest.
func TestNoKeys(t *testing.T) {
	w := newWorld(t)
	opt := options(w.store, w.registry, "keyless")
	opt.Letters, opt.Seal = letters{}, nil
	e, err := registrar.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	wantKind(t, e.RequestReset(t.Context(), w.by, "ada@example.org"), registrar.KindUnavailable, "no_keys")
	if _, _, err := e.SignUp(t.Context(), registrar.Actor{}, registrar.SignUp{Name: "Eve", Email: "eve@example.org", Password: "correct horse"}); err != nil {
		t.Errorf("sign-up: %v", err)
	}
}

func TestAgentName(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0": "Edge on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/605.1.15":    "Safari on macOS",
		"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36":              "Chrome on Android",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1":             "Safari on iPhone",
		"curl/8.0": "curl", "": "an unknown browser", "<script>": "an unknown browser",
	} {
		if got := registrar.AgentName(agent); got != want {
			t.Errorf("%q: %q, want %q", agent, got, want)
		}
	}
}

// TestWeakPasswords: what is guessed soon is refused everywhere a password is
// chosen, also when it is made of what is known about the person.
func TestWeakPasswords(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	for _, weak := range []string{"password12345", "qwertyuiop123", "aaaaaaaaaaaaaa", "ada@example.org", "Ada.Example.Org", "indera-indera-1"} {
		_, _, err := d.engine.SignUp(ctx, registrar.Actor{}, registrar.SignUp{Name: "Ada", Email: "ada@example.org", Password: weak})
		wantKind(t, err, registrar.KindInvalid, "weak_password")
		wantKind(t, d.engine.ChangePassword(ctx, d.by, d.user, "correct horse", weak, ""), registrar.KindInvalid, "weak_password")
	}
	wantKind(t, d.engine.ChangePassword(ctx, d.by, d.user, "correct horse", "eleven-char", ""), registrar.KindInvalid, "bad_password")
	d.must(d.engine.RequestReset(ctx, registrar.Actor{}, "ada@example.org"))
	code := d.ticket("password_reset", "ada@example.org")
	_, err := d.engine.ResetPassword(ctx, d.by, code, "ada@example.org")
	wantKind(t, err, registrar.KindInvalid, "weak_password")
	_, err = d.engine.ResetPassword(ctx, d.by, code, "another horse battery") // the link still works
	d.must(err)
}

// TestOldPasswordsWork: who chose a password under other rules still gets in.
func TestOldPasswordsWork(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	hash, err := argon2id.CreateHash("password", argon2id.DefaultParams)
	d.must(err)
	d.must(d.store.InTx(ctx, func(tx registrar.Tx) error { return tx.SetPassword(ctx, d.user.ID, hash) }))
	user, err := d.engine.SignIn(ctx, "ada@example.org", "password")
	d.must(err)
	d.must(d.engine.ChangePassword(ctx, d.by, user, "password", "another horse battery", ""))
}
