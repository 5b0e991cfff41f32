package browser

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// namesAndBasket buys a name of another script with the keyboard alone: a pasted
// list, the basket's lines each with its own years, holder and name servers, and
// the checkout.
func namesAndBasket(t *testing.T, chrome context.Context, d demo) {
	b := newTab(t, chrome, d.Portal)
	signIn(b, d)
	n := rand.IntN(1_000_000)
	shown, plain := fmt.Sprintf("пример%06d.shop", n), fmt.Sprintf("row-%06d.shop", n)
	b.visit("/")
	b.do(chromedp.Click(chromedp.CSS(".list-search summary")))
	list := chromedp.CSS("#list")
	b.do(chromedp.WaitVisible(list), chromedp.SendKeys(list, shown+", pаypal.shop; https://www."+plain+"/x "+plain))
	b.press("Check the list")
	b.until("all answers", "document.querySelectorAll('#found .result').length === 3 && !document.querySelector('.result-pending')")
	b.sees("You typed")
	b.sees("1 repeat was left out")
	b.sees("mixes Cyrillic and Latin letters")
	b.examine("search-list")
	b.do(chromedp.Click(chromedp.CSS(".result-tools [name=show]")))
	b.until("only what can be had", "[...document.querySelectorAll('#found .result')].filter(li => li.checkVisibility()).length === 2")
	b.press("Add all 2 available")
	b.at("/basket")
	b.sees(shown)

	changeLines(b, shown, plain)
	b.examine("basket-lines")
	b.press("Check that they are still free")
	b.sees("Available")
	b.press("Go to checkout")
	b.at("/checkout")
	b.sees("ns7.elsewhere.example")
	b.sees("These prices hold until")
	b.examine("checkout-lines")
	payFor(b, plain)
}

// changeLines gives one line three years and name servers of its own; the other
// one stays as it is.
func changeLines(b *tab, shown, plain string) {
	b.t.Helper()
	line := func(name string) string {
		return eval[string](b, "'#' + [...document.querySelectorAll('.basket-line')].find(li => li.innerText.includes("+quote(name)+")).id")
	}
	b.do(chromedp.SetValue(chromedp.CSS(line(shown)+" select[name=years]"), "3"))
	b.until("the years to be kept", "document.querySelector('#total') && document.querySelector('#total').innerText === '$47.96'")
	eval[bool](b, "(document.querySelector("+quote(line(plain)+" summary")+").focus(), true)")
	b.do(chromedp.KeyEvent("\r"))
	field := chromedp.CSS(line(plain) + " [name=nameservers]")
	b.do(chromedp.WaitVisible(field), chromedp.SendKeys(field, "no host"))
	b.do(chromedp.KeyEvent("\r"))
	b.sees("is not a host name")
	b.holds(line(plain)+" [name=nameservers]", "no host")
	for i, host := range []string{"ns7.elsewhere.example", "ns8.elsewhere.example"} {
		sel := chromedp.CSS(strings.Replace(line(plain), "#line-", "#ns-", 1) + fmt.Sprintf("-%d", i))
		b.do(chromedp.Clear(sel), chromedp.SendKeys(sel, host))
	}
	b.do(chromedp.KeyEvent("\r"))
	b.until("the name servers to be kept", "document.querySelector('.basket') && document.querySelector('.basket').innerText.includes('ns8.elsewhere.example')")
}

// holds checks what a field holds.
func (b *tab) holds(selector, want string) {
	b.t.Helper()
	if got := eval[string](b, "document.querySelector("+quote(selector)+").value"); got != want {
		b.t.Errorf("%s holds %q, want %q", selector, got, want)
	}
}

func payFor(b *tab, plain string) {
	b.t.Helper()
	if eval[bool](b, "!!document.querySelector('input[type=radio][value=new]')") {
		b.do(chromedp.Click(chromedp.CSS("input[value=new]")))
	}
	for field, value := range map[string]string{"name": "Ada Lovelace", "street": "12 St James's Square", "city": "London", "postal_code": "SW1Y 4JH", "phone": "+44 20 7946 0123", "email": "ada@people.example"} {
		b.fill(field, value)
	}
	b.choose("country_code", "GB")
	b.do(chromedp.Click(chromedp.CSS("input[name=agreement]")))
	b.press("Register 2 names")
	b.at("/orders/")
	b.sees("All 2 lines are done")
	b.press("version 2026")
	b.sees("What you tell us")
	b.examine("order-agreement")
	b.visit("/domains/" + plain)
	b.sees("ns7.elsewhere.example")
}
