package browser

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/jonboulle/clockwork"
	"github.com/pquerna/otp/totp"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web"
)

// TestStaffAtWork is what staff do with each other and with names: acts that
// take two, their own second step, worklists. It runs over a clock of its own,
// because who one is is asked for again after ten minutes.
func TestStaffAtWork(t *testing.T) {
	h := newHouse(t, startChrome(t))
	at := h.open()
	w := office{house: h, at: at, grace: h.colleague(at, "Grace Hopper", registrar.RoleStaffOwner)}
	for _, step := range []struct {
		name string
		run  func(office)
	}{
		{"alone", office.alone}, {"joining and leaving", office.joining}, {"names", office.names}, {"approvals", office.states},
		{"mirror", office.mirror}, {"webhooks", office.webhooks}, {"a delivery under way", office.deliveryUnderWay},
		{"imports", office.imports}, {"roles", office.roles}, {"second step", office.secondStep}, {"passkeys", office.passkeys},
	} {
		if !t.Run(step.name, func(t *testing.T) { step.run(w.on(t)) }) {
			return // the next step builds on this one
		}
		if step.name == "alone" {
			w.hedy = h.colleague(at, "Hedy Lamarr", registrar.RoleStaffOwner)
		}
	}
}

// office is two owners at work.
type office struct {
	*house
	at          string
	grace, hedy colleague
}

// on lets a subtest fail by itself.
func (w office) on(t *testing.T) office {
	h := house{t: t, chrome: w.chrome, clock: w.clock, store: w.store, engine: w.engine}
	w.house = &h
	for _, c := range []*colleague{&w.grace, &w.hedy} {
		if c.tab != nil {
			b := *c.tab
			b.t, c.tab = t, &b
		}
	}
	return w
}

// alone is the first day: one owner, who asks in vain.
func (w office) alone() {
	g := w.grace
	g.visit("/admin/approvals")
	g.sees("You are the only owner")
	g.examine("admin-approvals-none")
	g.visit("/admin/staff")
	g.sees("You are the only owner")
	g.examine("admin-staff-alone")
}

// joining invites somebody by mail, changes her role and takes her login away.
func (w office) joining() {
	g, h := w.grace, w.hedy
	g.visit("/admin/staff")
	g.fill("email", "hedy@registrar.example")
	g.into("#invite-why", "Second shift")
	g.press("Ask a second owner to agree")
	g.sees("belongs to a user already")
	g.examine("admin-staff-error")
	g.fill("email", "rosa@registrar.example")
	g.tabTo("form[action$='/invite'] button") // no mouse, and the reason is still there
	g.do(chromedp.KeyEvent("\r"))
	g.sees("It waits for a second person")
	g.visit("/admin/approvals")
	g.sees("You asked for this")
	h.visit("/admin/approvals")
	h.sees("Invite to the staff as support")
	h.unfold("li", "Decide…")
	h.examine("admin-approvals")
	h.tabTo("li button[value=approve]")
	h.do(chromedp.KeyEvent("\r"))
	h.sees("Approved, and done.")
	g.visit("/admin/staff")
	g.sees("Invited")
	rosa := w.accepts("rosa@registrar.example")
	g.visit("/admin/staff")
	g.unfold("tr:last-child", "Role…")
	g.examine("admin-staff-role")
	g.do(chromedp.SetValue(chromedp.CSS("tr:last-child select"), "staff_finance"))
	g.into("tr:last-child details[open] [name=reason]", "Keeps the books")
	g.do(chromedp.KeyEvent("\r"))
	g.sees("It waits for a second person")
	rosa.visit("/admin/approvals")
	rosa.sees("Your role can't decide this.")
	rosa.examine("admin-approvals-of-others")
	h.visit("/admin/approvals")
	h.decide("approve")
	h.sees("Approved, and done.")
	rosa.visit("/admin")
	rosa.sees("Rosa Parks · finance")
	w.leaving(rosa)
}

// accepts is the way of somebody new from the mail to the first page.
func (w office) accepts(email string) colleague {
	c := colleague{tab: newTab(w.t, w.chrome, w.at)}
	c.visit(w.letter(email))
	c.sees("Join the staff")
	c.examine("admin-invitation")
	c.fill("name", "Rosa Parks")
	c.fill("password", "password12345")
	c.press("Make my login")
	c.sees("This password is guessed soon")
	c.examine("admin-invitation-error")
	w.clock.Advance(time.Second) // the newest is the last of the list
	c.fill("password", firstPassword)
	c.do(chromedp.KeyEvent("\r"))
	c.sees("Your login is made.")
	c.enter(email)
	c.sees("Rosa Parks · support")
	var err error
	c.user, err = w.store.UserByEmail(w.t.Context(), email)
	w.must(err)
	return c
}

func (w office) leaving(rosa colleague) {
	g := w.grace
	g.visit("/admin/staff")
	g.unfold("tr:last-child", "Take away…")
	g.examine("admin-staff-take-away")
	g.into("tr:last-child details[open] [name=reason]", "Left us\r")
	g.sees("The login is taken away")
	g.sees("No longer with us")
	g.examine("admin-staff")
	rosa.visit("/admin")
	rosa.at("/admin/sign-in")
	g.unfold("tr:nth-child(2)", "Take away…")
	g.into("tr:nth-child(2) details[open] [name=reason]", "Retires\r")
	g.sees("It waits for a second person") // an owner's
	g.visit("/admin/approvals")
	g.sees("Take the login of an owner away")
	g.do(chromedp.Click(chromedp.CSS("main button[value=withdraw]")))
	g.sees("Withdrawn. Nothing was done.")
}

// names moves one name to another customer and deletes another one.
func (w office) names() {
	g, h := w.grace, w.hedy
	ada, bob := w.customer("Ada Lovelace", "ada@people.example"), w.customer("Bob Kahn", "bob@people.example")
	moved, gone := w.domain("moves.shop", ada.CustomerID), w.domain("goes.shop", ada.CustomerID)
	g.visit("/admin/domains/" + moved.ID)
	g.unfold("", "Move to another customer…")
	g.fill("customer", "cus_none")
	g.into("#why-move", "Sold by contract 7\r")
	g.sees("There is no customer with this id.")
	g.examine("admin-domain-move-error")
	g.fill("customer", bob.CustomerID)
	g.do(chromedp.KeyEvent("\r")) // the reason is still there
	g.sees("Waiting for a second person:")
	g.examine("admin-domain-asked")
	h.visit("/admin/approvals")
	h.sees("Bob Kahn")
	h.unfold("li", "Decide…")
	h.examine("admin-approvals-move")
	h.decide("approve")
	h.sees("Approved, and done.")
	h.visit("/admin/customers/" + bob.CustomerID)
	h.sees("moves.shop")

	w.clock.Advance(registrar.ProofLife)
	g.visit("/admin/domains/" + gone.ID)
	g.unfold("", "Delete…")
	g.into("#why-delete", "Court order 12")
	g.press("Ask a second person")
	g.confirms() // and nothing is typed twice
	g.sees("It waits for a second person")
	h.visit("/admin/approvals")
	h.decide("approve")
	h.confirms()
	h.sees("Approved, and done.")
	h.visit("/admin/domains/" + gone.ID)
	h.sees("Delete domain")
	w.lock(w.domain("disputed.shop", ada.CustomerID))
}

func (w office) lock(d registrar.Domain) {
	g := w.grace
	g.visit("/admin/domains/" + d.ID)
	g.unfold("ul.ops", "Lock…")
	g.examine("admin-domain-lock")
	g.into("details[open] [name=reason]", "Dispute 4711\r")
	g.sees("The lock is on its way to the registry.")
}

// states shows what becomes of requests: refused, withdrawn, lapsed.
func (w office) states() {
	g, h := w.grace, w.hedy
	g.visit("/admin/staff")
	g.fill("email", "first@registrar.example")
	g.into("#invite-why", "For the night\r")
	g.sees("It waits for a second person")
	h.visit("/admin/approvals")
	h.decide("refuse")
	h.sees("Please say why")
	h.examine("admin-approvals-refuse-error")
	h.fill("reason", "Nobody knows this person")
	h.decide("refuse")
	h.sees("Refused. Nothing was done.")
	past := w.engineAt(clockwork.NewFakeClockAt(w.clock.Now().Add(-8 * 24 * time.Hour)))
	by := registrar.Actor{Kind: registrar.ActorStaff, ID: g.user.ID}
	_, err := past.AskStaffInvite(w.t.Context(), by, "second@registrar.example", registrar.RoleStaffAuditor, "For the weekend")
	w.must(err)
	h.visit("/admin/approvals")
	h.sees("Over")
	h.unfold("li", "Decide…")
	h.examine("admin-approvals-over")
	if eval[bool](h.tab, "!!document.querySelector('main button[value=approve]')") {
		w.t.Error("what is over can be approved")
	}
	w.must(w.engine.LapseApprovals(w.t.Context()))
	for state, text := range map[string]string{"refused": "Nobody knows this person", "lapsed": "For the weekend", "withdrawn": "Retires", "approved": "Sold by contract 7"} {
		h.visit("/admin/approvals?state=" + state)
		h.sees(text)
		h.examine("admin-approvals-" + state)
	}
}

// billing is a billing system whose rows are not all clean.
type billing struct{ domains []registrar.MirrorDomain }

func (billing) System() string                        { return "fossbilling" }
func (billing) Probe(context.Context) (string, error) { return "0.8.5", nil }

func (billing) Customers(_ context.Context, after string, _ int) ([]registrar.MirrorCustomer, error) {
	if after != "" {
		return nil, nil
	}
	return []registrar.MirrorCustomer{{ExternalID: "1", Currency: "EUR", Contact: theirs}}, nil
}

func (b billing) Domains(_ context.Context, after string, _ int) ([]registrar.MirrorDomain, error) {
	if after != "" {
		return nil, nil
	}
	return b.domains, nil
}

var theirs = registrar.MirrorContact{Name: "Ada Lovelace", Email: "ada@example.org", Street: []string{"12 St James's Square"}, City: "London", PostalCode: "SW1Y 4JH", Country: "GB", PhoneCC: "44", Phone: "2079460123"}

// mirror reads a billing system twice and works on its list.
func (w office) mirror() {
	g := w.grace
	g.visit("/admin/mirror")
	g.sees("None has ended yet.")
	g.examine("admin-mirror-none")
	expires := w.clock.Now().AddDate(1, 0, 0)
	row := func(id, name string) registrar.MirrorDomain {
		return registrar.MirrorDomain{ExternalID: id, CustomerID: "1", Name: name, Standing: registrar.StandingSponsored, Registrant: theirs,
			NameServers: []string{"ns1.example.net"}, CreatedAt: &expires, ExpiresAt: &expires}
	}
	b := billing{[]registrar.MirrorDomain{row("1", "theirs.shop"), row("2", "no_name.shop"), row("3", "vanished.shop")}}
	b.domains[0].Registrant.Phone = "n/a"
	for range 2 {
		_, err := w.engine.ImportMirror(w.t.Context(), registrar.System("test"), b, registrar.MirrorOptions{})
		w.must(err)
		w.clock.Advance(time.Minute)
		b.domains = b.domains[:2]
	}
	g.visit("/admin/mirror")
	g.sees("No longer listed there")
	g.examine("admin-mirror")
	g.press("vanished.shop")
	g.at("/admin/mirror/issues/")
	g.unfold("", "Remove the name here…")
	g.examine("admin-mirror-issue")
	g.into("#why-remove", "The registry says so\r")
	g.at("/admin/mirror")
	g.press("no_name.shop")
	g.at("/admin/mirror/issues/")
	g.unfold("", "Ignore…")
	g.into("#why-ignore", "A joke of theirs\r")
	g.sees("A joke of theirs")
	g.examine("admin-mirror-issue-ignored")
	d, err := w.store.DomainByName(w.t.Context(), "theirs.shop")
	w.must(err)
	g.visit("/admin/domains/" + d.ID)
	g.sees("Managed in FOSSBilling.")
	g.examine("admin-domain-mirrored")
}

// webhooks tells our own systems.
func (w office) webhooks() {
	g := w.grace
	g.visit("/admin/webhooks")
	g.sees("There are no webhooks yet.")
	g.examine("admin-webhooks-none")
	g.fill("url", "https://hooks.invalid/indera")
	g.fill("description", "Data warehouse")
	g.press("Make the webhook")
	g.sees("whsec_")
	g.accessible("admin-webhooks with a new secret")
	g.visit("/admin/webhooks")
	g.examine("admin-webhooks")
	g.press("https://hooks.invalid/indera")
	g.at("/admin/webhooks/whk_")
	g.press("Send a test")
	g.sees("webhook.ping")
	g.examine("admin-webhook-delivery")
}

// roles looks at the same pages with other rights.
func (w office) roles() {
	ctx := w.t.Context()
	ada, err := w.store.UserByEmail(ctx, "ada@people.example")
	w.must(err)
	d := w.domain("seen.shop", ada.CustomerID)
	w.must(w.store.InTx(ctx, func(tx registrar.Tx) error {
		return tx.InsertMail(ctx, registrar.Mail{ID: "mail_01k9zq3v1c7p0e4v8n5j000001", To: "gone@people.example", Subject: "Unsent", Text: "Hello", Template: "domain_registered",
			State: registrar.MailFailed, Attempt: 14, LastError: "451 4.3.0 try again later", CreatedAt: w.clock.Now()})
	}))
	hooks, err := w.engine.Read().WebhookEndpoints(ctx, "")
	w.must(err)
	issues, err := w.store.MirrorIssues(ctx, registrar.MirrorIssueFilter{System: "fossbilling", State: registrar.IssueOpen}, registrar.Page{})
	w.must(err)
	if len(hooks) == 0 || len(issues) == 0 {
		w.t.Fatalf("%d webhooks, %d issues", len(hooks), len(issues))
	}
	pages := map[string]string{
		"/admin": "Registries", "/admin/domains/" + d.ID: "Registrant data", "/admin/customers/" + ada.CustomerID: "Credit or debit", "/admin/staff": "Who can sign in",
		"/admin/approvals": "Approvals", "/admin/notices": "Notices", "/admin/mail/mail_01k9zq3v1c7p0e4v8n5j000001": "It was not sent.", "/admin/mirror": "Worklist",
		"/admin/mirror/issues/" + issues[0].ID: "What to do", "/admin/webhooks": "Who is told",
		"/admin/contacts/" + d.Registrant.ContactID: "Names that use it", "/admin/domains/" + d.ID + "/contacts": "Holder of seen.shop", "/admin/webhooks/" + hooks[0].ID: "Deliveries",
	}
	var staff []colleague
	for name, role := range map[string]registrar.Role{"Katherine Johnson": registrar.RoleStaffSupport, "Emmy Noether": registrar.RoleStaffFinance,
		"Lise Meitner": registrar.RoleStaffCompliance, "Marie Curie": registrar.RoleStaffAuditor} {
		staff = append(staff, w.colleague(w.at, name, role))
	}
	rolesSee(w.t, pages, append(staff, w.grace))
	for _, c := range staff {
		if c.user.Role == registrar.RoleStaffAuditor {
			c.visit("/admin/domains/" + d.ID)
			c.examine("admin-domain-auditor")
			c.visit("/admin/staff")
			c.examine("admin-staff-auditor")
		}
	}
}

// secondStep sets an authenticator app up, where staff must have one.
func (w office) secondStep() {
	at := w.open(func(o *web.Options) { o.StaffSecondFactor = true })
	c := w.colleague(at, "Dorothy Vaughan", registrar.RoleStaffCompliance)
	c.visit("/admin/approvals")
	c.at("/admin/security")
	c.sees("set a second step up first")
	c.examine("admin-security-required")
	c.tabTo("form[action='/admin/security/totp'] button")
	c.do(chromedp.KeyEvent("\r"))
	c.sees("Scan this picture")
	secret := strings.ReplaceAll(eval[string](c.tab, "document.querySelector('#secret').innerText"), " ", "")
	c.examine("admin-totp")
	c.fill("code", "000000")
	c.do(chromedp.KeyEvent("\r"))
	c.sees("This code is wrong")
	c.examine("admin-totp-error")
	code := func() string {
		w.clock.Advance(30 * time.Second) // each works once
		s, err := totp.GenerateCode(secret, w.clock.Now())
		w.must(err)
		return s
	}
	c.fill("code", code())
	c.do(chromedp.KeyEvent("\r"))
	c.sees("shown this one time")
	codes := strings.Fields(eval[string](c.tab, "document.querySelector('#recovery-codes').innerText"))
	c.examine("admin-recovery")
	c.press("I have kept them")
	c.sees("10 recovery codes left")
	c.examine("admin-security")
	c.visit("/admin/approvals") // opens now
	c.at("/admin/approvals")
	w.secondStepAsked(colleague{newTab(w.t, w.chrome, at), c.user}, code, codes)
	w.clock.Advance(registrar.ProofLife)
	c.visit("/admin/security")
	c.press("Make new recovery codes")
	c.sees("Confirm that it is you")
	c.fill("_code", "123456")
	c.do(chromedp.KeyEvent("\r"))
	c.sees("This code is wrong")
	c.examine("admin-proof-code")
	c.fill("_code", code())
	c.do(chromedp.KeyEvent("\r"))
	c.sees("shown this one time")
}

// secondStepAsked signs in in another browser, by a recovery code and by the app.
func (w office) secondStepAsked(c colleague, code func() string, codes []string) {
	c.enter(c.user.Email)
	c.at("/admin/sign-in/second")
	c.examine("admin-second")
	c.fill("code", "123456")
	c.press("Sign in")
	c.sees("This code is wrong")
	c.examine("admin-second-error")
	c.fill("code", codes[0])
	c.do(chromedp.KeyEvent("\r"))
	c.sees("Registries")
	c.visit("/admin/security")
	c.sees("9 recovery codes left")
	c.leaves()
	c.enter(c.user.Email)
	c.fill("code", code())
	c.press("Sign in")
	c.sees("Registries")
}
