package portal

import (
	"html/template"
	"net/http"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/agreement"
	"github.com/indera/indera/web/ui"
)

// agreementView is a text of the agreement: the one in force, or one that was
// accepted with an order.
type agreementView struct {
	Version  string
	Language string
	Order    *registrar.Order // nil: the one in force
	Text     template.HTML
	Kept     bool
	Sandbox  bool
	Others   []agreementLanguage // the same in other languages
}

// agreementLanguage is a language that the agreement is given in.
type agreementLanguage struct {
	Tag  string // RFC 5646
	Name string // in itself, for example Deutsch
}

// agreementPage shows the registration agreement in force: in the language that
// the address asks for, else in the visitor's.
func (p *Portal) agreementPage(c echo.Context) error {
	asked := c.QueryParam("language")
	if asked == "" {
		asked = p.preferred(c)
	}
	text := p.engine.AgreementIn(asked)
	view, err := p.agreementView(text)
	if err != nil {
		return err
	}
	for _, t := range p.engine.Agreements() {
		if t.Language != text.Language {
			view.Others = append(view.Others, agreementLanguage{t.Language, nameOf(t.Language)})
		}
	}
	return p.shell.Render(c, http.StatusOK, "agreement", p.shell.Page(c, "Registration agreement", view))
}

func (p *Portal) agreementView(t agreement.Text) (agreementView, error) {
	html, err := t.Render()
	return agreementView{Version: t.Version, Language: t.Language, Text: html, Kept: true, Sandbox: p.shell.Sandbox}, err
}

// preferred is the language of the account, or the first that a visitor's browser
// names; "" when neither says one.
func (p *Portal) preferred(c echo.Context) string {
	if v, ok := c.Get(visitorKey).(visitor); ok {
		return v.Customer.Language
	}
	tags, _, err := language.ParseAcceptLanguage(c.Request().Header.Get("Accept-Language"))
	if err != nil || len(tags) == 0 {
		return "" // what a browser sends wrongly is no reason to refuse the page
	}
	return tags[0].String()
}

// nameOf is a language's name in itself, or its tag.
func nameOf(tag string) string {
	if name := display.Self.Name(language.Make(tag)); name != "" {
		return name
	}
	return tag
}

// orderAgreementPage shows the text that was accepted with an order, as it was.
func (p *Portal) orderAgreementPage(c echo.Context, v visitor) error {
	order, err := p.order(c, v)
	if err != nil {
		return err
	}
	view := agreementView{Version: order.Order.Agreement.Version}
	text, err := p.engine.AcceptedAgreement(c.Request().Context(), order.Order.Agreement)
	if err == nil {
		view, err = p.agreementView(text.Text)
	}
	if err != nil && !registrar.IsNotFound(err) {
		return err
	}
	view.Order = &order.Order
	page := p.shell.Page(c, "Registration agreement", view)
	page.Crumbs = []ui.Crumb{{Label: "Orders", Href: "/orders"}, {Label: "Order " + shortID(order.Order.ID), Href: "/orders/" + order.Order.ID}}
	return p.shell.Render(c, http.StatusOK, "agreement", page)
}
