package portal

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
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

// directoryTermsPage says what RDAP and WHOIS answers may be used for; they
// link to it.
func (p *Portal) directoryTermsPage(c echo.Context) error {
	return p.shell.Render(c, http.StatusOK, "directory_terms", p.shell.Page(c, "Terms of the domain directory", nil))
}
