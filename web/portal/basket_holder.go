package portal

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// holderView is the form for a new contact that shall hold one name of the basket.
type holderView struct {
	Name      string
	Contact   registrar.ContactData
	Countries []ui.Country
	Field     string
	Problem   string
}

func (p *Portal) basketHolderPage(c echo.Context, v visitor) error {
	view := holderView{Name: c.QueryParam("name"), Contact: registrar.ContactData{Name: v.User.Name, Email: v.User.Email}}
	return p.showHolder(c, http.StatusOK, view)
}

// basketHolderDo keeps the contact and gives it to the line. When the line is gone
// meanwhile, the contact stays in the account.
func (p *Portal) basketHolderDo(c echo.Context, v visitor) error {
	form, err := c.FormParams()
	if err != nil {
		return echo.ErrBadRequest
	}
	ctx := c.Request().Context()
	view := holderView{Name: form.Get("domain"), Contact: ui.ContactOf(form)}
	contact, err := p.engine.AddContact(ctx, actor(c, v), v.Customer.ID, view.Contact)
	if err == nil {
		_, err = p.engine.ChangeBasketLine(ctx, v.Customer.ID, v.Customer.ID, v.Customer.Currency, view.Name, 0, registrar.BasketChange{ContactID: &contact.ContactID})
	}
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		view.Field, view.Problem = ui.FieldOf(err), ui.Problem(err)
		return p.showHolder(c, ui.StatusOf(err), view)
	}
	return p.shell.Redirect(c, "/basket")
}

func (p *Portal) showHolder(c echo.Context, status int, view holderView) error {
	view.Countries = ui.Countries()
	page := p.shell.Page(c, "Holder of "+ui.UName(view.Name), view)
	page.Crumbs = []ui.Crumb{{Label: "Basket", Href: "/basket"}}
	if view.Problem != "" && view.Field == "" {
		page.Problem = view.Problem
	}
	return p.shell.Render(c, status, "basket_holder", page)
}
