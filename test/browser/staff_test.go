package browser

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/jonboulle/clockwork"

	"github.com/indera/indera/policies/errp"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/registrytest"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/templates/mail"
)

// behind works on the demo's own database, as another process would: it brings
// about what takes weeks, or a bad day, to happen by itself.
type behind struct {
	t        *testing.T
	d        demo
	store    *store.Store
	engine   *registrar.Engine
	policy   *errp.Policy
	customer string
	tld      registrar.TLD
	names    []string
}

func newBehind(t *testing.T, d demo) *behind {
	t.Helper()
	w := &behind{t: t, d: d}
	var err error
	w.store, err = store.Open(t.Context(), store.Config{Driver: store.DriverSQLite, Path: filepath.Join(d.dir, "indera.db")})
	w.must(err)
	t.Cleanup(func() { w.must(w.store.Close()) })
	letters, err := mail.New(mail.Sender{Registrar: "Demo Registrar", PortalURL: d.Portal, AdminURL: d.Portal + "/admin", Sandbox: true})
	w.must(err)
	tlds, err := w.store.TLDs(t.Context())
	w.must(err)
	registries := map[string]registrar.Registry{}
	for _, tld := range tlds {
		registries[tld.Registry] = registrytest.NewMemory(clockwork.NewRealClock()) // its name is all that is used here
		if tld.Name == d.Registries[0].TLDs[0] {
			w.tld = tld
		}
	}
	w.engine, err = registrar.New(registrar.Options{Store: w.store, Registries: registries, Letters: letters, Holder: "browser test", Sandbox: true, StaffEmail: "staff@registrar.invalid"})
	w.must(err)
	w.policy, err = errp.New(errp.Options{Engine: w.engine, Brake: registrar.BrakeLimit{Share: 0.0001, Floor: 1}})
	w.must(err)
	user, err := w.store.UserByEmail(t.Context(), d.Customer.Email)
	w.must(err)
	w.customer = user.CustomerID
	return w
}

func (w *behind) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// owe adds names that are owed a notice now. No registry knows them.
func (w *behind) owe() {
	w.t.Helper()
	now, run := time.Now().UTC(), rand.IntN(1_000_000)
	w.must(w.store.InTx(w.t.Context(), func(tx registrar.Tx) error {
		w.names = nil
		for i, until := range []time.Duration{30 * 24 * time.Hour, 6 * 24 * time.Hour, -2 * 24 * time.Hour} {
			expires := now.Add(until)
			id := fmt.Sprintf("dom_01k9zq3v1c7p0e4v8n5%06d%d", run, i)[:30]
			d := registrar.Domain{ID: id, Name: fmt.Sprintf("owed-%06d-%d.%s", run, i, w.tld.Name), TLD: w.tld.Name, Registry: w.tld.Registry, CustomerID: w.customer,
				OwnerSystem: registrar.OwnerEngine, State: registrar.DomainActive, OrderedAt: now, CreatedAt: &now, ExpiresAt: &expires, ExpiresRaw: expires.Format(time.RFC3339),
				Registrant: registrar.ContactRef{ContactID: "con" + id[3:], Version: 1}}
			d.UName = d.Name
			w.names = append(w.names, d.Name)
			err := tx.InsertContactVersion(w.t.Context(), registrar.ContactVersion{ContactID: d.Registrant.ContactID, Version: 1, CustomerID: w.customer, CreatedAt: now,
				ContactData: registrar.ContactData{Name: "Grace Hopper", Street: []string{"1 Road"}, City: "London", PostalCode: "SW1Y 4JH", CountryCode: "GB",
					Phone: "+44.2079460123", Email: "grace@people.example"}})
			if err != nil {
				return err
			}
			if err := tx.InsertDomain(w.t.Context(), d); err != nil {
				return err
			}
		}
		return nil
	}))
}

// run is a run of the job, which finds names that were added inside a window
// only some hours later.
func (w *behind) run() {
	w.t.Helper()
	long := time.Now().AddDate(0, -6, 0)
	w.must(w.engine.MarkPlanned(w.t.Context(), registrar.PolicyMark{Policy: errp.Name, PlannedUntil: long, SweptAt: long}))
	w.must(w.policy.Run(w.t.Context()))
}

func signInAsStaff(b *tab, d demo) {
	b.t.Helper()
	b.visit("/admin/sign-in")
	b.fill("email", d.Staff.Email)
	b.fill("password", d.Staff.Password)
	b.press("Sign in as staff")
	b.sees("Registries")
}

// badDays shows staff what goes wrong over the years, and what they do about it.
func badDays(t *testing.T, chrome context.Context, d demo) {
	w := newBehind(t, d)
	g := newTab(t, chrome, d.Portal)
	signInAsStaff(g, d)
	b := newTab(t, chrome, d.Portal)
	signIn(b, d)
	w.owe()
	brakeAndNotices(w, g, b)
	failedMail(w, g)
	payments(w, g, b)
	oursUnpaid(w, g, b)
	registriesTell(w, g)
	restored(w, g)
}

// brakeAndNotices stops a mass run, releases it and follows the notices.
func brakeAndNotices(w *behind, g, b *tab) {
	w.run()
	g.visit("/admin")
	g.sees("is stopped:")
	g.examine("admin-home-braked")
	g.visit("/admin/notices/brakes")
	g.sees("Mass runs that were stopped")
	g.examine("admin-brakes")
	g.press("Expired Registration")
	g.at("/admin/notices/brakes/brk_")
	g.sees("What happened")
	g.examine("admin-brake")
	g.fill("reason", "The dates are right.")
	g.press("Release")
	g.proves(w.d.Staff.Password)
	g.sees("Released: the notices go out")
	w.run()
	g.visit("/admin/notices?state=all")
	g.until("all notices to be sent", "fetch('/admin/notices?state=done').then(r => r.text()).then(t => "+quote(w.names[0])+" && "+allIn(w.names)+")")
	g.visit("/admin/notices")
	g.sees(w.names[0])
	g.examine("admin-notices")
	g.press(w.names[0])
	g.at("/admin/notices/dty_")
	g.sees("text unchanged")
	g.examine("admin-notice")
	b.visit("/domains/" + w.names[0])
	b.sees("Reminders we sent")
	b.sees("grace@people.example")
	b.examine("domain-reminders")
}

// allIn is an expression: each name is in t.
func allIn(names []string) string {
	js := "true"
	for _, n := range names {
		js += " && t.includes(" + quote(n) + ")"
	}
	return js
}

func failedMail(w *behind, g *tab) {
	g.visit("/admin/mail")
	g.sees("No mail has failed")
	g.examine("admin-mail-none")
	id := fmt.Sprintf("mail_01k9zq3v1c7p0e4v8n5j%06d", rand.IntN(1_000_000))
	w.must(w.store.InTx(w.t.Context(), func(tx registrar.Tx) error {
		return tx.InsertMail(w.t.Context(), registrar.Mail{ID: id, To: "gone@people.example", ToName: "Ada Lovelace", Subject: "garden.shop is yours", Text: "Hello Ada,\n\nthe name is yours.\n",
			Template: "domain_registered", State: registrar.MailFailed, Attempt: 14, LastError: "handing over mail: 451 4.3.0 try again later", CreatedAt: time.Now()})
	}))
	g.visit("/admin")
	g.press("1 mail was not sent")
	g.at("/admin/mail")
	g.sees("garden.shop is yours")
	g.examine("admin-mail")
	g.press("garden.shop is yours")
	g.sees("It was not sent.")
	g.examine("admin-mail-one")
	g.press("Send again")
	g.proves(w.d.Staff.Password)
	g.sees("The mail is tried again now.")
	g.until("the mail to be taken", "fetch(location.href).then(r => r.text()).then(t => t.includes('Taken by the relay'))")
}

// payments of a card provider that the demo does not have: one is odd.
func payments(w *behind, g, b *tab) {
	now := time.Now().UTC()
	run := rand.IntN(1_000_000)
	w.must(w.store.InTx(w.t.Context(), func(tx registrar.Tx) error {
		for i, state := range []registrar.PaymentState{registrar.PaymentExpired, registrar.PaymentFailed, registrar.PaymentNeedsReview} {
			p := registrar.Payment{ID: fmt.Sprintf("pay_01k9zq3v1c7p0e4v8n5%06d%d", run, i)[:30], CustomerID: w.customer, Provider: "stripe", Ref: fmt.Sprintf("cs_%d_%d", run, i),
				Amount: registrar.Money{Minor: 25_00, Currency: "USD"}, State: state, Key: fmt.Sprintf("key-%d-%d", run, i), CreatedAt: now, FinishedAt: &now, LookAt: now}
			switch state {
			case registrar.PaymentFailed:
				p.Note = "The card was declined."
			case registrar.PaymentNeedsReview:
				p.Note = "The provider reports $20.00, started were $25.00."
			}
			if err := tx.InsertPayment(w.t.Context(), p); err != nil {
				return err
			}
		}
		return nil
	}))
	b.visit("/wallet/payments")
	b.sees("$25.00")
	b.examine("payments")
	b.press("pay_")
	b.sees("started")
	b.examine("payment")
	g.visit("/admin/payments?state=needs_review")
	g.sees("$25.00")
	g.examine("admin-payments")
	g.press("pay_")
	g.sees("Why a person must look")
	g.examine("admin-payment")
	g.press("Close without booking…")
	g.fill("reason", "Paid back at the provider.")
	g.do(chromedp.Click(chromedp.CSS("form[action$='/close'] button")))
	g.proves(w.d.Staff.Password)
	g.sees("Paid back at the provider.")
}

// restored reconciles the demo as after a restore: the names that no registry
// knows are found.
func restored(w *behind, g *tab) {
	g.visit("/admin/restore")
	g.sees("The database was never restored")
	g.examine("admin-restore-never")
	_, err := w.engine.BeginRestore(w.t.Context(), registrar.System("browser test"), nil)
	w.must(err)
	g.visit("/admin")
	g.sees("after a restore")
	g.visit("/admin/restore")
	g.until("the names to be compared", "fetch(location.href).then(r => r.text()).then(t => "+allIn(w.names)+")")
	g.visit("/admin/restore")
	g.sees(w.names[0])
	g.examine("admin-restore")
	row := "[...document.querySelectorAll('main tbody tr')].find(r => r.innerText.includes(" + quote(w.names[0]) + "))"
	eval[bool](g, row+".querySelector('summary').click() || true")
	reason := chromedp.CSS("main tr details[open] [name=reason]")
	g.do(chromedp.WaitVisible(reason), chromedp.SendKeys(reason, "Put there by hand."))
	g.press("Release " + w.names[0])
	g.proves(w.d.Staff.Password)
	g.sees("The difference is released.")
}
