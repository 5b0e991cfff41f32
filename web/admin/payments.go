package admin

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// paymentTabs are the filters of the list.
var paymentTabs = []struct {
	Label string
	State registrar.PaymentState
}{
	{"Needs review", registrar.PaymentNeedsReview}, {"Not paid yet", registrar.PaymentStarted}, {"Paid", registrar.PaymentSucceeded},
	{"Refused", registrar.PaymentFailed}, {"All", ""},
}

// paymentsView is the payments of a state.
type paymentsView struct {
	list[registrar.Payment]
	Tabs []paymentTab
	Of   *registrar.Customer // whose alone; nil = everybody's
}

type paymentTab struct {
	Label, Href string
	Active      bool
}

// adjustmentView is an adjustment with the words a person knows.
type adjustmentView struct {
	registrar.Adjustment
	Asker, Decider string
}

func (a *Admin) paymentsPage(c echo.Context) error {
	ctx, read := c.Request().Context(), a.engine.Read()
	of, id, err := a.narrowed(c)
	if err != nil {
		return err
	}
	view := paymentsView{Of: of}
	state, active := registrar.PaymentState(""), c.QueryParam("state")
	for _, t := range paymentTabs {
		key := string(t.State)
		if key == "" {
			key = "all"
		}
		on := key == active
		if on {
			state = t.State
		}
		view.Tabs = append(view.Tabs, paymentTab{t.Label, pageLink("/admin/payments", "", url.Values{"state": {key}, "customer": {id}}), on})
	}
	if active == "" {
		state, view.Tabs[0].Active = paymentTabs[0].State, true
	}
	rows, err := read.Payments(ctx, registrar.PaymentFilter{State: state, CustomerID: id}, nextPage(c))
	if err != nil {
		return fmt.Errorf("reading payments: %w", err)
	}
	view.list = cut(rows, c.QueryParam("after"), func(p registrar.Payment) string { return p.ID }, "/admin/payments", url.Values{"state": {active}, "customer": {id}})
	return a.shell.Render(c, http.StatusOK, "payments", a.shell.Page(c, "Payments", view))
}

// adjustments adds names to rows; a staff user that is gone keeps its id.
func (a *Admin) adjustments(c echo.Context, rows []registrar.Adjustment) ([]adjustmentView, error) {
	nameOf := a.names(c)
	out := make([]adjustmentView, 0, len(rows))
	for _, row := range rows {
		view := adjustmentView{Adjustment: row}
		var err error
		if view.Asker, err = nameOf(row.AskedBy); err != nil {
			return nil, err
		}
		if view.Decider, err = nameOf(row.DecidedBy); err != nil {
			return nil, err
		}
		out = append(out, view)
	}
	return out, nil
}

// paymentView is one payment with its evidence.
type paymentView struct {
	Payment  registrar.Payment
	Customer registrar.Customer
	Audit    []registrar.AuditEvent
	Returned *registrar.Receivable // what went back of it; nil = nothing ever did
	CanLook  bool
	CanClose bool
	Reason   string // as typed
}

func (a *Admin) paymentPage(c echo.Context) error { return a.showPayment(c, "", nil) }

func (a *Admin) showPayment(c echo.Context, reason string, problem error) error {
	ctx, read := c.Request().Context(), a.engine.Read()
	pay, err := read.Payment(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	view := paymentView{
		Payment: pay, Reason: reason, CanClose: pay.State == registrar.PaymentNeedsReview,
		CanLook: pay.Ref != "" && pay.State != registrar.PaymentClosed,
	}
	if view.Customer, err = read.Customer(ctx, pay.CustomerID); err != nil {
		return fmt.Errorf("reading customer: %w", err)
	}
	gone, err := read.ReceivableOf(ctx, registrar.ReceivableReturned, pay.ID)
	if err != nil && !registrar.IsNotFound(err) {
		return fmt.Errorf("reading what went back: %w", err)
	}
	if err == nil {
		view.Returned = &gone
	}
	if view.Audit, err = read.AuditOf(ctx, "payment", pay.ID, registrar.Page{Limit: 20}); err != nil {
		return fmt.Errorf("reading audit trail: %w", err)
	}
	page := a.shell.Page(c, "Payment of "+ui.FormatMoney(pay.Amount), view)
	page.Crumbs = []ui.Crumb{{Label: "Payments", Href: "/admin/payments"}}
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return a.shell.Render(c, status, "payment", page)
}

// recheckDo asks the provider again.
func (a *Admin) recheckDo(c echo.Context) error {
	pay, err := a.engine.RecheckPayment(c.Request().Context(), actor(c), c.Param("id"))
	if err != nil {
		return a.afterPayment(c, err, "")
	}
	a.shell.Sessions.Say(c.Request().Context(), "The provider was asked. The payment is: "+strings.ReplaceAll(string(pay.State), "_", " ")+".")
	return a.shell.Redirect(c, "/admin/payments/"+pay.ID)
}

// closeDo ends a review without booking.
func (a *Admin) closeDo(c echo.Context) error {
	reason := c.FormValue("reason")
	if err := a.engine.ClosePayment(c.Request().Context(), actor(c), c.Param("id"), reason); err != nil {
		return a.afterPayment(c, err, reason)
	}
	a.shell.Sessions.Say(c.Request().Context(), "The payment is closed. Nothing was booked.")
	return a.shell.Redirect(c, "/admin/payments/"+c.Param("id"))
}

func (a *Admin) afterPayment(c echo.Context, err error, reason string) error {
	if ui.Mishap(err) && registrar.KindOf(err) != registrar.KindUnavailable {
		return err
	}
	return a.showPayment(c, reason, err)
}

// adjustForm is the form of a credit or debit as it was typed.
type adjustForm struct {
	Key, Direction, Amount, Reason, Field string
	Alone                                 *registrar.Money // what one person may book per day; nil = nothing
}

func (a *Admin) newAdjustForm(currency string) adjustForm {
	form := adjustForm{Key: uuid.NewString(), Direction: "credit"}
	if limits, ok := a.engine.MoneyLimits(currency); ok {
		form.Alone = &registrar.Money{Minor: limits.Alone, Currency: currency}
	}
	return form
}

// adjustDo credits or debits a customer.
func (a *Admin) adjustDo(c echo.Context) error {
	ctx := c.Request().Context()
	cus, err := a.engine.Read().Customer(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	form := a.newAdjustForm(cus.Currency)
	form.Direction, form.Amount, form.Reason = c.FormValue("direction"), strings.TrimSpace(c.FormValue("amount")), c.FormValue("reason")
	key := c.FormValue("key")
	if uuid.Validate(key) != nil || form.Direction != "credit" && form.Direction != "debit" {
		return echo.ErrBadRequest
	}
	adj, err := a.adjust(ctx, actor(c), cus, form, key)
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		form.Field = ui.FieldOf(err)
		return a.showCustomer(c, form, err)
	}
	said := "Booked: " + ui.FormatMoney(adj.Amount) + "."
	if adj.State == registrar.AdjustmentPending {
		said = "This is more than one person may book per day. It waits for somebody else under Approvals."
	}
	a.shell.Sessions.Say(ctx, said)
	return a.shell.Redirect(c, "/admin/customers/"+cus.ID)
}

func (a *Admin) adjust(ctx context.Context, by registrar.Actor, cus registrar.Customer, form adjustForm, key string) (registrar.Adjustment, error) {
	amount, err := registrar.ParseMoney(strings.ReplaceAll(form.Amount, ",", "."), cus.Currency)
	if err != nil {
		return registrar.Adjustment{}, err
	}
	if amount.Minor <= 0 {
		return registrar.Adjustment{}, registrar.InvalidField("amount", "bad_amount", "Please give an amount above zero.")
	}
	if form.Direction == "debit" {
		amount.Minor = -amount.Minor
	}
	return a.engine.AdjustBalance(ctx, by, registrar.AdjustRequest{CustomerID: cus.ID, Amount: amount, Reason: form.Reason, Key: key})
}
