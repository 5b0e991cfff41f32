package portal

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// closedForm is a page that is nothing but a form which is closed to staff who
// act for a user. They read so instead of filling it in vain.
type closedForm struct {
	Title       string // with the name behind it where the page is about one
	Back, Label string // a link to what there is to see; "" leads to the name's page
}

// closedForms lists those pages by their path. A test walks all pages for forms
// that end in a refusal, so one that is missing here is found.
var closedForms = map[string]closedForm{
	"/checkout":               {"Checkout", "/basket", "To the basket"},
	"/basket/holder":          {"Another holder", "/basket", "To the basket"},
	"/domains/:name/renew":    {Title: "Renew"},
	"/domains/:name/delete":   {Title: "Delete"},
	"/domains/:name/contacts": {Title: "Contacts of"},
	"/security/password":      {"Change the password", "/security", "To security"},
	"/security/email":         {"Change the e-mail address", "/security", "To security"},
	"/security/check":         {"Check what else opens the account", "/security", "To security"},
	"/account/close":          {"Close the account", "/security", "To security"},
	"/contact/:name":          {"Contact the holder", "/", "Find a domain"},
	"/reset":                  {"Forgot your password", "/security", "To security"},
	"/reset/new":              {"Choose a password", "/security", "To security"},
	"/verify":                 {"Confirm your address", "/security", "To security"},
	"/move":                   {"Confirm your new address", "/security", "To security"},
	"/not-me":                 {"This was not me", "/security", "To security"},
	"/invitation":             {"Invitation", "/domains", "My domains"},
	"/sign-up":                {"Make an account", "/domains", "My domains"},
	"/sign-up/finish":         {"Make an account", "/domains", "My domains"},
}

// showClosed shows the page in place of the form. A name that is not the
// customer's is not found, as everywhere.
func (p *Portal) showClosed(c echo.Context, v visitor, form closedForm) error {
	if form.Back == "" {
		d, err := p.ownDomain(c, v)
		if err != nil {
			return err
		}
		form = closedForm{form.Title + " " + d.UName, "/domains/" + d.Name, "Back to " + d.UName}
	}
	return p.shell.Render(c, http.StatusOK, "acting_closed", p.shell.Page(c, form.Title, form))
}
