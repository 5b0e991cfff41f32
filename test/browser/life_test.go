package browser

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// dailyLife does to one name what a customer does over the years: locks, a
// transfer code, hosts, contacts, history and, by keyboard alone, its end.
func dailyLife(t *testing.T, chrome context.Context, d demo) {
	b := newTab(t, chrome, d.Portal)
	signIn(b, d)
	h := holder{b, d, freshName(d, "daily")}
	h.buy()
	h.lock()
	h.transferCode()
	h.hosts()
	h.contacts()
	h.history()
	h.delete()
}

// holder is a customer with one name.
type holder struct {
	*tab
	d    demo
	name string
}

func (h holder) path() string { return "/domains/" + h.name }

func (h holder) buy() {
	h.visit("/?q=" + h.name)
	h.sees("Available")
	h.press("Add to basket")
	h.until("the basket to count", "document.querySelector('#basket-count').innerText.startsWith('1')")
	h.visit("/checkout")
	if eval[bool](h.tab, "!!document.querySelector('input[type=radio][value=new]')") {
		h.do(chromedp.Click(chromedp.CSS("input[value=new]")))
	}
	for field, value := range map[string]string{
		"name": "Ada Lovelace", "street": "12 St James's Square", "city": "London", "postal_code": "SW1Y 4JH", "phone": "+44 20 7946 0123", "email": "ada@people.example",
	} {
		h.fill(field, value)
	}
	h.choose("country_code", "GB")
	h.do(chromedp.Click(chromedp.CSS("input[name=agreement]")))
	h.press("Register " + h.name)
	h.at("/orders/")
	h.sees("Completed")
}

// proves answers the question for the password when an act asks for it.
func (b *tab) proves(password string) {
	b.t.Helper()
	b.until("the page", "document.readyState === 'complete'")
	if !strings.Contains(b.text(), "Confirm that it is you") {
		return
	}
	b.examine("confirm")
	b.fill("_password", password)
	b.press("Confirm and go on")
}

// settled waits until nothing is under way for the name.
func (h holder) settled() {
	h.t.Helper()
	h.at(h.path())
	h.until("the request to be done", "document.querySelector('#live') && !document.querySelector('#live').innerText.includes('Under way')")
}

func (h holder) lock() {
	h.visit(h.path())
	h.press("Lock") // against moving away, the first of three
	h.proves(h.d.Customer.Password)
	h.settled()
	h.visit(h.path())
	h.sees("Locked")
	h.examine("domain-locked")
	h.press("Unlock")
	h.proves(h.d.Customer.Password)
	h.settled()
}

func (h holder) transferCode() {
	h.visit(h.path())
	h.press("Get a transfer code")
	h.proves(h.d.Customer.Password)
	h.sees("shown this one time")
	h.examine("transfer-code")
	code := eval[string](h.tab, "document.querySelector('#transfer-code').innerText")
	h.press("Back to")
	h.settled()
	h.visit(h.path())
	h.sees("A code is out and good until")
	if len(code) < 8 || strings.Contains(h.text(), code) {
		h.t.Errorf("the code of %d characters shows again", len(code))
	}
}

func (h holder) hosts() {
	h.visit(h.path() + "/hosts")
	h.sees("A first host")
	h.examine("hosts")
	h.fill("host", "ns1")
	h.do(chromedp.SendKeys(chromedp.CSS("#addresses"), "10.0.0.1"))
	h.press("Create the host")
	h.proves(h.d.Customer.Password)
	h.until("the refusal", "document.querySelector('.field-error, .note-bad, [role=alert]')")
	h.examine("hosts-error")
	h.do(chromedp.Clear(chromedp.CSS("#addresses")), chromedp.SendKeys(chromedp.CSS("#addresses"), "9.9.9.9\n2620:fe::fe"))
	h.press("Create the host")
	h.proves(h.d.Customer.Password)
	h.sees("Another host")
	h.until("the host to be made", "fetch(location.href).then(r => r.text()).then(t => !t.includes('A change of this name is under way'))")
	h.visit(h.path() + "/hosts")
	h.sees("ns1." + h.name)
	h.examine("hosts-one")
}

func (h holder) contacts() {
	h.visit(h.path())
	h.press("Correct these data")
	h.at("/contacts/con_")
	h.sees("Used by")
	h.examine("contact")
	h.fill("email", "nobody")
	h.press("Change it")
	h.proves(h.d.Customer.Password)
	h.sees("e-mail address")
	h.examine("contact-error")
	h.fill("email", "ada@people.example")
	h.fill("city", "Ockham")
	h.press("Change it")
	h.proves(h.d.Customer.Password)
	h.sees("The contact is changed.")
	h.visit(h.path() + "/contacts?role=registrant")
	h.sees("Holder of " + h.name)
	h.examine("domain-contacts")
}

func (h holder) history() {
	h.until("the contact to be changed", "fetch("+quote(h.path())+").then(r => r.text()).then(t => !t.includes('The registry is being asked'))")
	h.visit(h.path() + "/history")
	h.sees("New transfer code")
	h.examine("history")
}

// delete ends the name without a mouse: first its host, then the name.
func (h holder) delete() {
	h.visit(h.path() + "/delete")
	h.sees("has hosts below it")
	h.examine("delete-refused")
	h.visit(h.path() + "/hosts")
	h.press("Delete ns1." + h.name)
	h.proves(h.d.Customer.Password)
	h.until("the host to be gone", "fetch("+quote(h.path()+"/delete")+").then(r => r.text()).then(t => t.includes('Type <strong>'))")
	h.visit(h.path() + "/delete")
	h.sees("to confirm")
	h.examine("delete")
	h.tabTo("#confirm")
	h.do(chromedp.KeyEvent("something else\r"))
	h.proves(h.d.Customer.Password)
	h.sees("Please type the name")
	h.tabTo("#confirm")
	h.do(chromedp.Clear(chromedp.CSS("#confirm")))
	h.do(chromedp.KeyEvent(h.name))
	h.tabTo("form .btn-danger")
	h.do(chromedp.KeyEvent("\r"))
	h.proves(h.d.Customer.Password)
	h.at("/domains")
	h.sees("deleted")
}

// tabTo presses the tab key until an element has the focus, which must show.
func (b *tab) tabTo(selector string) {
	b.t.Helper()
	focused := "document.activeElement === document.querySelector(" + quote("main "+selector) + ")"
	eval[bool](b, "(document.activeElement.blur(), true)")
	for range 60 {
		b.do(chromedp.KeyEvent("\t"))
		if !eval[bool](b, focused) {
			continue
		}
		if !eval[bool](b, "(s => s.outlineStyle !== 'none' && s.outlineWidth !== '0px' || s.boxShadow !== 'none')(getComputedStyle(document.activeElement))") {
			b.t.Errorf("the focus on %s can't be seen", selector)
		}
		return
	}
	b.t.Fatalf("the tab key does not lead to %s\nat %s", selector, fmt.Sprint(b.where()))
}
