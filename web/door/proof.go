package door

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/passkey"
	"github.com/indera/indera/web/ui"
)

// Fields of the proof form; they begin with "_", which no other form uses.
const (
	proofPassword = "_password"
	proofCode     = "_code"
	proofPasskey  = "_passkey"
)

// proofView is the form that asks for a proof.
type proofView struct {
	To      string
	Fields  []FormField // what was sent
	Field   string
	Factors registrar.Factors
	Passkey PasskeyForm
}

// FormField is a field that a form carries on.
type FormField struct{ Name, Value string }

// AskProof reports whether who is signed in has proved who they are within the
// last minutes, or did so with this request. Otherwise it has answered with a
// form that asks for it and carries what was sent, so nothing is typed twice.
func (d *Door) AskProof(c echo.Context) (bool, error) {
	user, session := d.Who(c)
	if d.Engine.Proved(session) {
		return true, nil
	}
	req := c.Request()
	if err := req.ParseForm(); err != nil {
		return false, echo.ErrBadRequest
	}
	factors, err := d.Engine.Factors(req.Context(), user.ID)
	if err != nil {
		return false, err
	}
	given, problem := d.takeProof(c, user, session, req.PostForm)
	if problem == nil && given {
		return true, nil
	}
	if problem != nil && (ui.Mishap(problem) || ui.StatusOf(problem) == http.StatusTooManyRequests) {
		return false, problem
	}
	view := proofView{To: req.URL.RequestURI(), Fields: sent(req.PostForm), Field: ui.FieldOf(problem), Factors: factors}
	view.Passkey = d.passkeyForm("/security/passkeys/prove", "")
	view.Passkey.To, view.Passkey.Field, view.Passkey.Fields = view.To, proofPasskey, view.Fields
	page := d.Shell.Page(c, "Confirm that it is you", view)
	if problem != nil {
		page.Problem = ui.Problem(problem)
	}
	return false, d.Shell.Render(c, http.StatusForbidden, "confirm", page)
}

// takeProof checks the proof in a form, when there is one.
func (d *Door) takeProof(c echo.Context, user registrar.User, session registrar.Session, form url.Values) (given bool, err error) {
	ctx := c.Request().Context()
	if answer := form.Get(proofPasskey); answer != "" {
		use, err := d.passkeys.FinishUse(ctx, passkey.Prove, user, answer)
		if err == nil {
			err = d.Engine.ProvePasskey(ctx, d.Actor(c, user), user, session, use)
		}
		if err != nil {
			d.refused(c, err)
		}
		return true, err
	}
	proof := registrar.Proof{Password: form.Get(proofPassword), Code: form.Get(proofCode)}
	if proof == (registrar.Proof{}) {
		return false, nil
	}
	if err := ui.Charge(d.Prove, user.ID); err != nil {
		return true, err
	}
	return true, d.Engine.Prove(ctx, d.Actor(c, user), user, session, proof)
}

// sent lists the fields of a form in a fixed order, without those of the proof.
func sent(form url.Values) []FormField {
	names := make([]string, 0, len(form))
	for name := range form {
		if !strings.HasPrefix(name, "_") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var out []FormField
	for _, name := range names {
		for _, value := range form[name] {
			out = append(out, FormField{name, value})
		}
	}
	return out
}

func (d *Door) proofPasskeyBegin(c echo.Context) error {
	user, _ := d.Who(c)
	return d.useBegin(c, passkey.Prove, user)
}
