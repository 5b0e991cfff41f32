package portal

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/agreement"
	"github.com/indera/indera/web/ui"
)

// checkoutView is the checkout page: what was typed, today's prices and what is
// in the way.
type checkoutView struct {
	Form      checkoutForm
	Basket    basketView
	Contacts  []registrar.ContactVersion
	Countries []ui.Country
	Agreement agreement.Text
	Balance   registrar.Money // available
	Missing   registrar.Money // what the balance lacks; zero when nothing
	After     registrar.Money // balance after paying
	Field     string          // the field that the problem is about
	Changed   bool            // a price differs from the one that was shown

	OwnHolders  bool // some lines have a holder of their own
	NeedHolder  bool // some have none
	NeedServers bool // some have no name servers of their own
}

func (p *Portal) checkoutPage(c echo.Context, v visitor) error {
	lines, err := p.basket(c)
	if err != nil {
		return err
	}
	if len(lines) == 0 {
		return p.shell.Redirect(c, "/basket")
	}
	contacts, err := p.contacts(c, v)
	if err != nil {
		return err
	}
	form := checkoutForm{
		Key: uuid.NewString(), Lines: lines, NameServers: p.engine.DefaultNameServers(),
		Holder: holderNew, Contact: registrar.ContactData{Name: v.User.Name, Email: v.User.Email},
	}
	if len(contacts) > 0 {
		form.Holder = contacts[0].ContactID
	}
	return p.showCheckout(c, v, form, nil)
}

// showCheckout renders the form with everything that was typed. problem is what
// stopped the order, nil at first sight.
func (p *Portal) showCheckout(c echo.Context, v visitor, form checkoutForm, problem error) error {
	basket, err := p.price(c, form.Lines)
	if err != nil {
		return err
	}
	if err := p.nameHolders(c, &basket); err != nil {
		return err
	}
	contacts, err := p.contacts(c, v)
	if err != nil {
		return err
	}
	account, err := p.engine.Balance(c.Request().Context(), v.Customer.ID)
	if err != nil {
		return err
	}
	if registrar.KindOf(problem) == registrar.KindPriceChanged {
		form.Agreed = "" // the agreement was to another price, or to one that has ended
	}
	view := checkoutView{
		Form: form, Basket: basket, Contacts: contacts, Countries: ui.Countries(), Agreement: p.engine.AgreementIn(v.Customer.Language),
		Balance: account.Available(), After: account.Available(), Changed: basket.Changed,
		Missing: registrar.Money{Currency: account.Currency}, Field: ui.FieldOf(problem),
	}
	for _, l := range basket.Lines {
		view.OwnHolders = view.OwnHolders || l.ContactID != ""
		view.NeedHolder = view.NeedHolder || l.ContactID == ""
		view.NeedServers = view.NeedServers || len(l.NameServers) == 0
	}
	if view.After.Minor -= basket.Total.Minor; view.After.Minor < 0 {
		view.Missing.Minor = -view.After.Minor
	}
	page := p.shell.Page(c, "Checkout", view)
	page.Crumbs = []ui.Crumb{{Label: "Basket", Href: "/basket"}}
	status := http.StatusOK
	if problem != nil {
		page.Problem, status = ui.Problem(problem), ui.StatusOf(problem)
	}
	return p.shell.Render(c, status, "checkout", page)
}

// maxHolders is how many contacts can be chosen from, the latest first: as many as
// one page of the store holds.
const maxHolders = 500

func (p *Portal) contacts(c echo.Context, v visitor) ([]registrar.ContactVersion, error) {
	list, err := p.engine.Read().Contacts(c.Request().Context(), v.Customer.ID, registrar.Page{Limit: maxHolders})
	if err != nil {
		return nil, fmt.Errorf("reading contacts: %w", err)
	}
	return distinct(list), nil
}

// distinct drops contacts that read the same as one before.
func distinct(list []registrar.ContactVersion) []registrar.ContactVersion {
	var out []registrar.ContactVersion
	seen := make(map[string]bool)
	for _, v := range list {
		if key := digestOf(v.ContactData); !seen[key] {
			seen[key] = true
			out = append(out, v)
		}
	}
	return out
}

// checkoutDo places the order. The form says everything itself, also the names,
// so that a form sent twice orders once: its key is known the second time.
func (p *Portal) checkoutDo(c echo.Context, v visitor) error {
	form, err := readCheckout(c, v.Customer.Currency)
	if err != nil {
		return err
	}
	if len(form.Lines) == 0 {
		return p.shell.Redirect(c, "/basket")
	}
	order, _, err := p.engine.PlaceOrder(c.Request().Context(), actor(c, v), form.request(v.Customer.ID))
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		if registrar.KindOf(err) == registrar.KindIdempotencyReuse {
			err = registrar.Errorf(registrar.KindConflict, "already_ordered", "This form was sent before, with other contents. See your orders before you order again.")
			form.Key = uuid.NewString()
		}
		return p.showCheckout(c, v, form, err)
	}
	if err := p.engine.RemoveFromBasket(c.Request().Context(), v.Customer.ID, form.names()); err != nil {
		return err
	}
	return p.shell.Redirect(c, "/orders/"+order.ID)
}

// checkoutTopUp adds the test money that is missing and shows the form again as
// it was typed. The engine refuses it outside the sandbox.
func (p *Portal) checkoutTopUp(c echo.Context, v visitor) error {
	form, err := readCheckout(c, v.Customer.Currency)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	basket, err := p.price(c, form.Lines)
	if err != nil {
		return err
	}
	account, err := p.engine.Balance(ctx, v.Customer.ID)
	if err != nil {
		return err
	}
	missing := registrar.Money{Minor: basket.Total.Minor - account.Available().Minor, Currency: account.Currency}
	if missing.Minor > 0 {
		// One top-up per form and total: sent twice it books once.
		ref := topUpRef("checkout", v.Customer.ID, form.Key, basket.Total.Minor)
		if err := p.engine.TestTopUp(ctx, actor(c, v), v.Customer.ID, missing, ref); err != nil {
			if ui.Mishap(err) {
				return err
			}
			return p.showCheckout(c, v, form, err)
		}
	}
	return p.showCheckout(c, v, form, nil)
}

// holderNew is the choice of a new contact in the form.
const holderNew = "new"

// checkoutForm is the form as it was typed.
type checkoutForm struct {
	Key         string
	Lines       []registrar.BasketLine // with the prices that the visitor saw
	Holder      string                 // contact id or holderNew
	Contact     registrar.ContactData
	NameServers []string
	Agreed      string // agreement version that was ticked, "" when not
	Language    string // of the agreement that was shown
}

func (f checkoutForm) names() []string {
	var out []string
	for _, l := range f.Lines {
		out = append(out, l.Name)
	}
	return out
}

// readCheckout reads the form. Only what no browser would send is an error;
// everything else is for the engine to judge.
func readCheckout(c echo.Context, currency string) (checkoutForm, error) {
	values, err := c.FormParams()
	if err != nil {
		return checkoutForm{}, echo.ErrBadRequest
	}
	f := checkoutForm{
		Key: values.Get("key"), Holder: values.Get("holder"), Agreed: values.Get("agreement"), Language: values.Get("agreement_language"),
		NameServers: values["nameservers"], Contact: ui.ContactOf(values),
	}
	if uuid.Validate(f.Key) != nil || len(values["domain"]) > registrar.MaxBasket {
		return f, echo.ErrBadRequest
	}
	for i := range values["domain"] {
		line, err := readLine(values, i, currency)
		if err != nil {
			return f, echo.ErrBadRequest
		}
		f.Lines = append(f.Lines, line)
	}
	return f, nil
}

// readLine reads the i-th of the parallel fields of lines. The time of the quote
// decides at most between prices of the last half hour: the engine takes no older.
func readLine(values url.Values, i int, currency string) (registrar.BasketLine, error) {
	at := func(field string) string {
		if i < len(values[field]) {
			return values[field][i]
		}
		return ""
	}
	n, err := registrar.ParseName(at("domain"))
	if err != nil {
		return registrar.BasketLine{}, err
	}
	l := registrar.BasketLine{Name: n.A, ContactID: at("line_contact"), NameServers: strings.Fields(at("line_servers"))}
	if l.Years, err = strconv.Atoi(at("years")); err != nil || l.Years < 1 || l.Years > 99 {
		return l, fmt.Errorf("years %q: %w", at("years"), registrar.InvalidField("years", "bad_period", "This is no number of years."))
	}
	if l.Price, err = registrar.ParseMoney(at("price"), currency); err != nil {
		return l, err
	}
	if at("quoted") == "" { // today's price, then
		return l, nil
	}
	micros, err := strconv.ParseInt(at("quoted"), 10, 64)
	l.QuotedAt = time.UnixMicro(micros).UTC()
	return l, err
}

// request is the order that the form asks for.
func (f checkoutForm) request(customerID string) registrar.OrderRequest {
	req := registrar.OrderRequest{
		CustomerID: customerID,
		Agreement:  registrar.Agreement{Version: f.Agreed, Language: f.Language},
		Key:        &registrar.KeyRequest{Key: "checkout-" + f.Key, BodyDigest: f.digest()},
	}
	choice := registrar.ContactChoice{ContactID: f.Holder}
	if f.Holder == holderNew || f.Holder == "" {
		data := f.Contact
		choice = registrar.ContactChoice{Data: &data}
	}
	for _, l := range f.Lines {
		line := registrar.LineRequest{
			Action: registrar.ActionRegister, Name: l.Name, Years: l.Years, Registrant: choice, NameServers: ui.Trimmed(f.NameServers),
			Expect: &l.Price, QuotedAt: l.QuotedAt,
		}
		if l.ContactID != "" {
			line.Registrant = registrar.ContactChoice{ContactID: l.ContactID}
		}
		if len(l.NameServers) > 0 {
			line.NameServers = l.NameServers
		}
		req.Lines = append(req.Lines, line)
	}
	return req
}

// digest tells whether two forms with one key ask for the same.
func (f checkoutForm) digest() string {
	return digestOf("checkout", f.Lines, f.Holder, f.Contact, ui.Trimmed(f.NameServers), f.Agreed, f.Language)
}

// digestOf is the hex SHA-256 over the JSON of its parts; parts are plain
// structs and texts, which always encode.
func digestOf(parts ...any) string {
	h := sha256.New()
	enc := json.NewEncoder(h)
	for _, part := range parts {
		if err := enc.Encode(part); err != nil {
			fmt.Fprintf(h, "%#v", part)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
