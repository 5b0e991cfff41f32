package browser

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// TestPeople runs everything over one demo: starting it costs more than using it.
func TestPeople(t *testing.T) {
	chrome := startChrome(t)
	d := startDemo(t)
	t.Run("buy and manage", func(t *testing.T) { buyAndManage(t, chrome, d) })
	t.Run("account", func(t *testing.T) { account(t, chrome, d) })
	t.Run("passkeys", func(t *testing.T) { passkeys(t, chrome, d) })
	t.Run("no passkeys", func(t *testing.T) { noPasskeys(t, chrome, d) })
	t.Run("closing", func(t *testing.T) { closing(t, chrome, d) })
	t.Run("without JavaScript", func(t *testing.T) { withoutScript(t, chrome, d) })
	t.Run("names and basket", func(t *testing.T) { namesAndBasket(t, chrome, d) })
	t.Run("keyboard", func(t *testing.T) { keyboard(t, chrome, d) })
	t.Run("daily life", func(t *testing.T) { dailyLife(t, chrome, d) })
	t.Run("bad days", func(t *testing.T) { badDays(t, chrome, d) })
	t.Run("act for a user", func(t *testing.T) { actForUser(t, chrome, d) })
	t.Run("lost connection", func(t *testing.T) { lostConnection(t, chrome, d) })
}

// freshName returns a name that nobody has bought in this demo.
func freshName(d demo, kind string) string {
	return fmt.Sprintf("%s-%06d.%s", kind, rand.IntN(1_000_000), d.Registries[0].TLDs[0])
}

// shopper is a new customer on the way through the portal.
type shopper struct {
	*tab
	d     demo
	name  string // the domain
	email string
}

func buyAndManage(t *testing.T, chrome context.Context, d demo) {
	name := freshName(d, "garden")
	s := shopper{newTab(t, chrome, d.Portal), d, name, strings.TrimSuffix(name, "."+d.Registries[0].TLDs[0]) + "@people.example"}
	s.readOpenPages()
	s.search()
	s.signUp()
	s.checkout()
	s.followOrder()
	s.changeNameServers()
	s.renew()
	s.readOwnPages()
	s.makeToken()
	s.makeWebhook()
	staffFinds(t, chrome, d, s)
}

func (s shopper) readOpenPages() {
	for _, p := range []struct{ path, name, sees string }{
		{"/", "home", "Find a name and keep it"}, {"/pricing", "pricing", "Restore"}, {"/agreement", "agreement", "Registration agreement"},
		{"/sign-in", "sign-in", "Create one"}, {"/sign-up", "sign-up", "Send me the link"}, {"/basket", "basket-empty", "The basket is empty"}, {"/nowhere", "not-found", "There is no such page"},
		{"/api/v1/docs", "api-docs", "Authorization: Bearer"}, {"/api/v1/problems", "api-problems", "Insufficient funds"},
	} {
		s.visit(p.path)
		s.sees(p.sees)
		s.examine(p.name)
	}
}

func (s shopper) search() {
	s.visit("/")
	label, _, _ := strings.Cut(s.name, ".")
	s.fill("q", label+", taken.invalid, two words, münchen.shop, pаypal.shop")
	s.press("Search")
	s.until("all registries", "document.querySelectorAll('.result').length > 4 && !document.querySelector('.result-pending')")
	s.sees("This ending is not sold here.")
	s.examine("search")
	row := "#r-" + strings.ReplaceAll(s.name, ".", "_")
	s.do(chromedp.Click(chromedp.CSS(row + " button")))
	s.until("the basket to count", "document.querySelector('#basket-count').innerText.startsWith('1')")
	s.until("the button to tell", "document.querySelector("+quote(row)+").innerText.includes('In the basket')")
	s.do(chromedp.Click(chromedp.CSS(row + " a")))
	s.at("/basket")
	s.choose("years", "2")
	s.until("the price to follow", "document.querySelector('select[name=years]').value === '2' && document.querySelector('#total').innerText === '$23.98'")
	s.examine("basket")
}

func (s shopper) signUp() {
	s.press("Go to checkout")
	s.at("/sign-in")
	s.press("Create one")
	s.at("/sign-up")
	s.fill("email", s.email)
	s.press("Send me the link")
	s.sees("Look into your mail")
	s.sees("waits for you")
	s.examine("sign-up-sent")
	s.visit((&patron{tab: s.tab, d: s.d}).letter(s.email, "/sign-up/finish"))
	s.sees("You will sign in as")
	s.examine("sign-up-finish")
	s.fill("name", "Ada Lovelace")
	s.fill("password", "a long enough password")
	s.press("Create the account")
	s.at("/checkout")
}

func (s shopper) checkout() {
	s.sees("Missing")
	s.fill("street", "12 St James's Square")
	s.fill("city", "London")
	s.fill("postal_code", "SW1Y 4JH")
	s.choose("country_code", "GB")
	s.fill("phone", "12")
	s.examine("checkout")
	s.press("Add $")
	s.sees("Balance afterwards")
	s.kept("street", "12 St James's Square")
	s.press("Register " + s.name)
	s.sees("Please accept the registration agreement")
	s.do(chromedp.Click(chromedp.CSS("input[name=agreement]")))
	s.press("Register " + s.name)
	s.sees("Please give a phone number")
	s.kept("city", "London")
	s.examine("checkout-error")
	s.fill("phone", "+44 20 7946 0123")
	s.until("the tick to stay", "document.querySelector('input[name=agreement]').checked")
	s.press("Register " + s.name)
	s.at("/orders/")
}

// kept checks that a field still holds what was typed.
func (s shopper) kept(field, want string) {
	s.t.Helper()
	if got := eval[string](s.tab, "document.querySelector("+quote("main [name="+field+"]")+").value"); got != want {
		s.t.Errorf("%s holds %q, want %q", field, got, want)
	}
}

// followOrder looks on: the page follows by itself until the name is registered.
func (s shopper) followOrder() {
	s.sees("was charged")
	s.sees("Completed")
	s.examine("order")
	s.press("Manage " + s.name)
	s.at("/domains/" + s.name)
	s.sees("Paid until")
	s.examine("domain")
}

func (s shopper) changeNameServers() {
	s.press("Change the name servers")
	for i, host := range []string{"ns1.elsewhere.example", "ns2.elsewhere.example"} {
		sel := chromedp.CSS(fmt.Sprintf("#ns-%d", i))
		s.do(chromedp.WaitVisible(sel), chromedp.Clear(sel), chromedp.SendKeys(sel, host))
	}
	s.examine("domain-nameservers")
	s.press("Change the name servers of")
	s.sees("The new name servers are on their way")
	s.until("the change to be done", "document.querySelector('#live').innerText.includes('Change of name servers') && !document.querySelector('#live').innerText.includes('Under way')")
	s.visit("/domains/" + s.name)
	s.sees("ns1.elsewhere.example")
}

func (s shopper) renew() {
	s.visit("/wallet")
	s.fill("amount", "250")
	s.press("Add test money")
	s.sees("of test money was added")
	s.visit("/domains/" + s.name)
	before := eval[string](s.tab, "document.querySelector('.life-marks div:last-child time').dateTime")
	s.press("Renew")
	s.at("/domains/" + s.name + "/renew")
	s.press("3 years")
	s.sees("Renew " + s.name + " for 3 years")
	s.examine("renew")
	s.press("Renew " + s.name + " for 3 years")
	s.at("/orders/")
	s.sees("Completed")
	s.visit("/domains/" + s.name)
	after := eval[string](s.tab, "document.querySelector('.life-marks div:last-child time').dateTime")
	var was, now int
	if _, err := fmt.Sscanf(before[:4]+" "+after[:4], "%d %d", &was, &now); err != nil || now != was+3 {
		s.t.Errorf("paid until %s before and %s after 3 more years (%v)", before, after, err)
	}
}

func (s shopper) readOwnPages() {
	for _, p := range []struct{ path, name, sees string }{
		{"/domains", "domains", s.name}, {"/domains?q=zzz", "domains-none", "No domain matches"}, {"/orders", "orders", s.name},
		{"/wallet", "wallet", "Entries"}, {"/contacts", "contacts", "Ada Lovelace"}, {"/security", "security", "There are no tokens yet."},
	} {
		s.visit(p.path)
		s.sees(p.sees)
		s.examine(p.name)
	}
}

func (s shopper) makeToken() {
	s.visit("/security")
	s.fill("name", "billing system")
	s.press("Make the token")
	s.sees("shown this one time")
	s.do(chromedp.EmulateViewport(1440, 900))
	s.accessible("security with a new token")
	s.press("Revoke…")
	s.press("Revoke billing system")
	s.sees("The token is revoked")
}

// staffFinds looks for the new name as staff do.
func staffFinds(t *testing.T, chrome context.Context, d demo, s shopper) {
	g := newTab(t, chrome, d.Portal)
	g.visit("/admin")
	g.at("/admin/sign-in")
	g.examine("admin-sign-in")
	g.fill("email", d.Staff.Email)
	g.fill("password", d.Staff.Password)
	g.press("Sign in as staff")
	g.sees("Registries")
	g.examine("admin-home")
	find := chromedp.CSS("#top-search")
	g.do(chromedp.SendKeys(find, s.name+"\r"))
	g.at("/admin/domains/dom_")
	g.sees("Registrant data")
	g.until("the transcript of the create, as it went over the wire", "document.body.textContent.includes("+quote("<domain:name>"+s.name)+")")
	if strings.Contains(g.text(), "a long enough password") {
		t.Error("a password shows")
	}
	g.examine("admin-domain")
	g.press("Register domain")
	g.at("/admin/commands/")
	g.sees("We sent")
	g.examine("admin-command")
	for _, p := range []struct{ path, name, sees string }{
		{"/admin/commands?state=all", "admin-commands", "Register domain"}, {"/admin/commands", "admin-commands-none", "No commands here"}, {"/admin/domains", "admin-domains", s.name},
		{"/admin/customers?q=" + s.email, "admin-customers", "Ada Lovelace"}, {"/admin/orders", "admin-orders", s.name}, {"/admin/ledger", "admin-ledger", "Customer balance"},
		{"/admin/search?q=ada", "admin-search", "Customers"},
	} {
		g.visit(p.path)
		g.sees(p.sees)
		g.examine(p.name)
	}
	for _, p := range []struct{ from, link, name, sees string }{
		{"/admin/customers?q=" + s.email, "Ada Lovelace", "admin-customer", s.email}, {"/admin/orders", "ord_", "admin-order", "Our cost"}, {"/admin/ledger", "acc_", "admin-account", "Entries"},
	} {
		g.visit(p.from)
		g.press(p.link)
		g.sees(p.sees)
		g.examine(p.name)
	}
}

// withoutScript buys a name with JavaScript switched off.
func withoutScript(t *testing.T, chrome context.Context, d demo) {
	b := newTab(t, chrome, d.Portal)
	name := freshName(d, "plain")
	_, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	if err != nil {
		t.Fatal(err)
	}
	signIn(b, d)
	b.visit("/?q=" + name)
	b.sees("Available")
	b.press("Add to basket")
	b.sees("In the basket")
	b.visit("/basket")
	b.press("Go to checkout")
	b.at("/checkout")
	if eval[bool](b, "!!document.querySelector('input[type=radio][value=new]')") {
		b.do(chromedp.Click(chromedp.CSS("input[value=new]")))
	}
	b.fill("name", "Ada Lovelace")
	b.fill("street", "12 St James's Square")
	b.fill("city", "London")
	b.fill("postal_code", "SW1Y 4JH")
	b.choose("country_code", "GB")
	b.fill("phone", "+44 20 7946 0123")
	b.fill("email", "ada@people.example")
	b.do(chromedp.Click(chromedp.CSS("input[name=agreement]")))
	b.press("Register " + name)
	b.at("/orders/")
	b.sees("was charged") // the page reloads by itself
	b.visit("/domains/" + name)
	b.sees("Active")
}

func signIn(b *tab, d demo) {
	b.t.Helper()
	b.visit("/sign-in")
	b.fill("email", d.Customer.Email)
	b.fill("password", d.Customer.Password)
	b.press("Sign in")
	b.at("/domains")
}

// keyboard goes places without a mouse.
func keyboard(t *testing.T, chrome context.Context, d demo) {
	b := newTab(t, chrome, d.Portal)
	signIn(b, d)
	b.until("the script", "window.htmx")
	b.do(chromedp.KeyEvent("/"))
	b.until("the search field to have the focus", "document.activeElement.id === 'top-search'")
	b.visit("/wallet")
	b.until("the script", "window.htmx")
	b.do(chromedp.KeyEvent("?"))
	b.until("the help", "document.querySelector('#help').open")
	b.accessible("help")
	b.do(chromedp.KeyEvent("\x1b"))
	b.until("the help to close", "!document.querySelector('#help').open")
	b.do(chromedp.KeyEvent("gd"))
	b.at("/domains")
	// The first stop of the tab key leads past the menu.
	b.do(chromedp.KeyEvent("\t"))
	b.until("the skip link", "document.activeElement.className === 'skip'")
	b.do(chromedp.EmulateViewport(390, 844))
	b.visit("/wallet")
	b.do(chromedp.Click(chromedp.CSS("[data-menu]")))
	b.until("the menu", "document.querySelector('#menu').checkVisibility()")
	b.accessible("phone menu")
	b.shoot("menu-390-light.png")
}

// lostConnection shows that a live page says so and goes on by itself.
func lostConnection(t *testing.T, chrome context.Context, d demo) {
	b := newTab(t, chrome, d.Portal)
	signIn(b, d)
	b.visit("/")
	b.until("the script", "window.htmx")
	offline(b, true)
	b.fill("q", "anything")
	b.press("Search")
	b.sees("The connection is lost.")
	offline(b, false)
	b.press("Search")
	b.until("results", "document.querySelectorAll('.result').length > 1 && !document.querySelector('.result-pending')")
	b.until("the notice to go", "document.querySelector('#lost').hidden")
}

// offline cuts the tab off the network, or joins it again.
func offline(b *tab, off bool) {
	b.t.Helper()
	conditions := &network.Conditions{DownloadThroughput: -1, UploadThroughput: -1, Offline: off}
	_, err := chromedp.Call(b.ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{conditions}})
	if err != nil {
		b.t.Fatal(err)
	}
}
