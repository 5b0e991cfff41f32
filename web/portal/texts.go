package portal

import (
	"fmt"
	"html/template"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// contactsPage lists the latest version of each contact.
func (p *Portal) contactsPage(c echo.Context, v visitor) error {
	after := c.QueryParam("after")
	list, err := p.engine.Read().Contacts(c.Request().Context(), v.Customer.ID, registrar.Page{After: after, Limit: pageSize + 1})
	if err != nil {
		return fmt.Errorf("reading contacts: %w", err)
	}
	view := cutPage(list, after, func(v registrar.ContactVersion) string { return v.ContactID },
		func(k string) string { return withAfter("/contacts", nil, k) })
	return p.shell.Render(c, http.StatusOK, "contacts", p.shell.Page(c, "Contacts", view))
}

// pricingPage is the price list: what a year costs, all four actions side by side.
func (p *Portal) pricingPage(c echo.Context) error {
	list, err := p.engine.PriceList(c.Request().Context(), p.currency(c))
	if err != nil {
		return err
	}
	return p.shell.Render(c, http.StatusOK, "pricing", p.shell.Page(c, "Prices", list))
}

// pageLanguage is that of the portal's texts.
const pageLanguage = "en"

// agreementText renders the text of the registration agreement in force.
func (p *Portal) agreementText() (string, error) {
	body, err := p.shell.Templates.Execute("portal/agreement", "agreement-text", p.shell.Sandbox)
	return string(body), err
}

// keepAgreement keeps the text that an order is about to accept.
func (p *Portal) keepAgreement(c echo.Context) error {
	text, err := p.agreementText()
	if err != nil {
		return err
	}
	return p.engine.KeepAgreement(c.Request().Context(), p.engine.AgreementVersion(), pageLanguage, text)
}

// agreementView is a text of the agreement: the one in force, or one that was
// accepted with an order.
type agreementView struct {
	Version string
	Order   *registrar.Order // nil: the one in force
	Text    template.HTML
	Kept    bool
}

// agreementPage shows the registration agreement in force.
func (p *Portal) agreementPage(c echo.Context) error {
	text, err := p.agreementText()
	if err != nil {
		return err
	}
	view := agreementView{Version: p.engine.AgreementVersion(), Text: template.HTML(text), Kept: true}
	return p.shell.Render(c, http.StatusOK, "agreement", p.shell.Page(c, "Registration agreement", view))
}

// orderAgreementPage shows the text that was accepted with an order, as it was.
func (p *Portal) orderAgreementPage(c echo.Context, v visitor) error {
	order, err := p.order(c, v)
	if err != nil {
		return err
	}
	view := agreementView{Version: order.Order.Agreement.Version, Order: &order.Order}
	text, err := p.engine.AcceptedAgreement(c.Request().Context(), order.Order.Agreement)
	if err != nil && !registrar.IsNotFound(err) {
		return err
	}
	if err == nil {
		view.Text, view.Kept = template.HTML(text.Body), true // rendered by us when it was kept
	}
	page := p.shell.Page(c, "Registration agreement", view)
	page.Crumbs = []ui.Crumb{{Label: "Orders", Href: "/orders"}, {Label: "Order " + shortID(order.Order.ID), Href: "/orders/" + order.Order.ID}}
	return p.shell.Render(c, http.StatusOK, "agreement", page)
}

// directoryTermsPage says what RDAP and WHOIS answers may be used for; they
// link to it.
func (p *Portal) directoryTermsPage(c echo.Context) error {
	return p.shell.Render(c, http.StatusOK, "directory_terms", p.shell.Page(c, "Terms of the domain directory", nil))
}
