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

// walletView is balance, what is set aside, and the entries.
type walletView struct {
	Account   registrar.Account
	Balance   registrar.Money
	Held      registrar.Money
	Available registrar.Money
	Owed      registrar.Money // for money that went back; zero for most
	Holds     []registrar.Hold
	Entries   listView[registrar.Entry]
	Typed     string // amount as typed
	Key       string
	Field     string
	Funds     *fundsView // nil: no way to pay is switched on
	Payments  []registrar.Payment
	Test      bool // the form that was refused is that of test money
}

func (p *Portal) walletPage(c echo.Context, v visitor) error {
	return p.showWallet(c, v, walletForm{}, nil)
}

// walletForm is a form of the wallet as it was sent.
type walletForm struct {
	Amount string
	Key    string // kept where sending again must not act twice; "" = a new one
	Test   bool   // it is the form of test money
}

func (p *Portal) showWallet(c echo.Context, v visitor, form walletForm, problem error) error {
	ctx, read := c.Request().Context(), p.engine.Read()
	account, err := p.engine.Balance(ctx, v.Customer.ID)
	if err != nil {
		return err
	}
	view := walletView{
		Account: account, Balance: registrar.Money{Minor: account.Balance, Currency: account.Currency},
		Held: registrar.Money{Minor: account.Held, Currency: account.Currency}, Available: account.Available(),
		Typed: form.Amount, Key: form.Key, Field: ui.FieldOf(problem), Funds: p.funds(c, v.Customer.Currency), Test: form.Test,
	}
	if view.Owed, err = p.engine.Owes(ctx, v.Customer.ID); err != nil {
		return err
	}
	if view.Key == "" {
		view.Key = uuid.NewString()
	}
	if view.Payments, err = read.Payments(ctx, registrar.PaymentFilter{CustomerID: v.Customer.ID}, registrar.Page{Limit: fewPayments}); err != nil {
		return fmt.Errorf("reading payments: %w", err)
	}
	if account.ID != "" {
		if view.Holds, err = read.OpenHolds(ctx, account.ID, registrar.Page{Limit: pageSize}); err != nil {
			return fmt.Errorf("reading holds: %w", err)
		}
		after := c.QueryParam("after")
		entries, err := read.Entries(ctx, account.ID, registrar.Page{After: after, Limit: pageSize + 1})
		if err != nil {
			return fmt.Errorf("reading entries: %w", err)
		}
		view.Entries = cutPage(entries, after, func(e registrar.Entry) string { return e.ID },
			func(k string) string { return withAfter("/wallet", nil, k) })
	}
	page := p.shell.Page(c, "Wallet", view)
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return p.shell.Render(c, status, "wallet", page)
}

// topUpDo adds test money; the engine refuses it outside the sandbox.
func (p *Portal) topUpDo(c echo.Context, v visitor) error {
	ctx := c.Request().Context()
	key, typed := c.FormValue("key"), strings.TrimSpace(c.FormValue("amount"))
	if uuid.Validate(key) != nil {
		return echo.ErrBadRequest
	}
	amount, err := registrar.ParseMoney(strings.ReplaceAll(typed, ",", "."), v.Customer.Currency)
	if err == nil {
		err = p.engine.TestTopUp(ctx, actor(c, v), v.Customer.ID, amount, topUpRef("wallet", v.Customer.ID, key))
	}
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		return p.showWallet(c, v, walletForm{Amount: typed, Test: true}, err)
	}
	p.shell.Sessions.Say(ctx, ui.FormatMoney(amount)+" of test money was added.")
	return p.shell.Redirect(c, "/wallet")
}

// topUpRef names a top-up so that the same form sent twice books once, and only
// for its own customer.
func topUpRef(parts ...any) string { return "topup-" + digestOf(parts...)[:40] }
