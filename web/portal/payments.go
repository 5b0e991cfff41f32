package portal

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// fewPayments is how many payments the wallet itself shows.
const fewPayments = 5

// fundsView is the form that leads to a provider's page.
type fundsView struct {
	Providers []providerView
	Min, Max  registrar.Money
	Amounts   []registrar.Money // suggestions
}

type providerView struct{ Name, Label string }

// funds returns the form, nil when nothing can be paid in a currency. Its page
// may lead to the providers' pages and nowhere else.
func (p *Portal) funds(c echo.Context, currency string) *fundsView {
	limits, ok := p.engine.MoneyLimits(currency)
	providers := p.engine.PaymentProviders()
	if !ok || len(providers) == 0 {
		return nil
	}
	view := &fundsView{Min: registrar.Money{Minor: limits.TopUpMin, Currency: currency}, Max: registrar.Money{Minor: limits.TopUpMax, Currency: currency}}
	for _, times := range []int64{1, 2, 5, 10, 25} {
		if m := limits.TopUpMin * times; m <= limits.TopUpMax {
			view.Amounts = append(view.Amounts, registrar.Money{Minor: m, Currency: currency})
		}
	}
	for _, one := range providers {
		view.Providers = append(view.Providers, providerView{one.Name(), one.Label()})
	}
	p.allowProviders(c)
	return view
}

// allowProviders lets the forms of a page lead to the providers' pages.
func (p *Portal) allowProviders(c echo.Context) {
	var origins []string
	for _, one := range p.engine.PaymentProviders() {
		origins = append(origins, one.PageOrigin())
	}
	ui.AllowForms(c, origins...)
}

// payDo sends the customer to the provider's page. The same form sent twice
// leads to the same page.
func (p *Portal) payDo(c echo.Context, v visitor) error {
	key, typed := c.FormValue("key"), strings.TrimSpace(c.FormValue("amount"))
	if uuid.Validate(key) != nil {
		return echo.ErrBadRequest
	}
	if err := ui.Charge(p.pay, v.Customer.ID); err != nil {
		return err
	}
	amount, err := registrar.ParseMoney(strings.ReplaceAll(typed, ",", "."), v.Customer.Currency)
	var pay registrar.Payment
	var page string
	if err == nil {
		pay, page, err = p.engine.StartTopUp(c.Request().Context(), actor(c, v), registrar.TopUpRequest{
			CustomerID: v.Customer.ID, Provider: c.FormValue("provider"), Amount: amount, Key: key, ReturnTo: p.returnTo,
		})
	}
	if err != nil {
		form := walletForm{Amount: typed}
		if registrar.KindOf(err) == registrar.KindUnavailable {
			form.Key = key // it may have happened: the same form finds the same page
		} else if ui.Mishap(err) {
			return err
		}
		return p.showWallet(c, v, form, err)
	}
	return p.toPage(c, pay, page)
}

func (p *Portal) returnTo(paymentID string) string { return p.public + "/wallet/payments/" + paymentID }

// toPage leads to the provider's page, or to what became of the payment. The
// engine has checked that page belongs to the provider.
func (p *Portal) toPage(c echo.Context, pay registrar.Payment, page string) error {
	if page == "" {
		return p.shell.Redirect(c, "/wallet/payments/"+pay.ID)
	}
	if err := p.shell.Sessions.Save(c); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, page)
}

// payResume goes back to a page that was left.
func (p *Portal) payResume(c echo.Context, v visitor) error {
	if err := ui.Charge(p.pay, v.Customer.ID); err != nil {
		return err
	}
	id := c.Param("id")
	pay, page, err := p.engine.ResumeTopUp(c.Request().Context(), v.Customer.ID, id, p.returnTo(id))
	if err != nil {
		if ui.Mishap(err) && registrar.KindOf(err) != registrar.KindUnavailable {
			return err
		}
		return p.showPayment(c, v, err)
	}
	return p.toPage(c, pay, page)
}

// paymentView is a payment as it is now.
type paymentView struct {
	Payment   registrar.Payment
	Available registrar.Money
	Open      bool // the provider's page still waits for the customer
	Final     bool
	Poll      ui.Poll
}

// paymentPage is where the provider sends the customer back to. It proves
// nothing: what it shows as paid has been booked.
func (p *Portal) paymentPage(c echo.Context, v visitor) error { return p.showPayment(c, v, nil) }

func (p *Portal) showPayment(c echo.Context, v visitor, problem error) error {
	view, err := p.payment(c, v)
	if err != nil {
		return err
	}
	p.allowProviders(c)
	page := p.shell.Page(c, "Payment of "+ui.FormatMoney(view.Payment.Amount), view)
	page.Crumbs = []ui.Crumb{{Label: "Wallet", Href: "/wallet"}}
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return p.shell.Render(c, status, "payment", page)
}

// paymentLive is the part of the page that changes.
func (p *Portal) paymentLive(c echo.Context, v visitor) error {
	view, err := p.payment(c, v)
	if err != nil {
		return err
	}
	return p.shell.Fragment(c, "payment", "live", view)
}

func (p *Portal) payment(c echo.Context, v visitor) (paymentView, error) {
	ctx := c.Request().Context()
	pay, err := p.engine.FollowPayment(ctx, v.Customer.ID, c.Param("id"))
	if err != nil {
		return paymentView{}, err
	}
	account, err := p.engine.Balance(ctx, v.Customer.ID)
	if err != nil {
		return paymentView{}, err
	}
	return paymentView{
		Payment: pay, Available: account.Available(), Open: v.Session.Acting == nil && pay.State == registrar.PaymentStarted && !pay.Processing && pay.Ref != "",
		Final: pay.State != registrar.PaymentStarted, Poll: ui.NextPoll(c, "/wallet/payments/"+pay.ID+"/live"),
	}, nil
}

// paymentsPage lists all payments of the customer.
func (p *Portal) paymentsPage(c echo.Context, v visitor) error {
	after := c.QueryParam("after")
	list, err := p.engine.Read().Payments(c.Request().Context(), registrar.PaymentFilter{CustomerID: v.Customer.ID}, registrar.Page{After: after, Limit: pageSize + 1})
	if err != nil {
		return fmt.Errorf("reading payments: %w", err)
	}
	view := cutPage(list, after, func(p registrar.Payment) string { return p.ID }, func(k string) string { return withAfter("/wallet/payments", nil, k) })
	page := p.shell.Page(c, "Payments", view)
	page.Crumbs = []ui.Crumb{{Label: "Wallet", Href: "/wallet"}}
	return p.shell.Render(c, http.StatusOK, "payments", page)
}
