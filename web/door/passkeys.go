package door

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/passkey"
	"github.com/indera/indera/web/ui"
)

// PasskeyForm is what the form needs that lets the browser ask for a passkey.
type PasskeyForm struct {
	Open   bool   // passkeys can be used at this site
	Origin string // where they can
	Begin  string // path that hands out a challenge
	To     string // path that takes the answer
	Field  string // that carries it
	Next   string
	Fields []FormField // sent along
}

// passkeyAnswer is the field of the answer everywhere but in proofs.
const passkeyAnswer = "passkey"

// passkeyForm takes paths without Shell.Base.
func (d *Door) passkeyForm(begin, to string) PasskeyForm {
	return PasskeyForm{Open: d.passkeys.Open(), Origin: d.passkeys.Origin(), Begin: d.Shell.Base + begin, To: d.Shell.Base + to, Field: passkeyAnswer}
}

// challenge answers a script with what navigator.credentials wants.
func (d *Door) challenge(c echo.Context, options any, err error) error {
	if err != nil {
		return err
	}
	if err := d.Shell.Sessions.Save(c); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, options)
}

// useBegin limits the rate here: each challenge takes one answer.
func (d *Door) useBegin(c echo.Context, purpose passkey.Purpose, user registrar.User) error {
	if err := ui.Charge(d.Prove, user.ID); err != nil {
		return err
	}
	options, err := d.passkeys.BeginUse(c.Request().Context(), purpose, user)
	return d.challenge(c, options, err)
}

// refused notes why a passkey did not work: the visitor is told less.
func (d *Door) refused(c echo.Context, err error) {
	if !ui.Mishap(err) {
		d.Log.InfoContext(c.Request().Context(), "a passkey was refused", "error", err, "request_id", ui.RequestID(c))
	}
}

// newPasskeyView is the form for a new passkey.
type newPasskeyView struct {
	Form  PasskeyForm
	Name  string
	Field string
}

func (d *Door) passkeyNew(c echo.Context) error {
	user, _ := d.Who(c)
	if err := d.Engine.AddressConfirmed(user); err != nil {
		return err
	}
	return d.showNewPasskey(c, registrar.AgentName(c.Request().UserAgent()), nil)
}

func (d *Door) showNewPasskey(c echo.Context, name string, problem error) error {
	view := newPasskeyView{Form: d.passkeyForm("/security/passkeys/begin", "/security/passkeys"), Name: name, Field: ui.FieldOf(problem)}
	return d.Shell.Show(c, "passkey", "Add a passkey", view, problem)
}

// passkeyBegin is for a page that is open already: when the proof has run out
// meanwhile, the page must be asked for again.
func (d *Door) passkeyBegin(c echo.Context) error {
	user, _ := d.Who(c)
	options, err := d.passkeys.BeginAdd(c.Request().Context(), user)
	return d.challenge(c, options, err)
}

// passkeyAdd needs no proof of its own: the challenge was handed to somebody who
// had given one, in this session.
func (d *Door) passkeyAdd(c echo.Context) error {
	ctx, name := c.Request().Context(), c.FormValue("name")
	user, session := d.Who(c)
	made, err := d.passkeys.FinishAdd(ctx, user, c.FormValue(passkeyAnswer))
	var codes []string
	if err == nil {
		made.Name = name
		codes, err = d.Engine.AddPasskey(ctx, d.Actor(c, user), user, made, session.ID)
	}
	if err != nil {
		d.refused(c, err)
		return d.showNewPasskey(c, name, err)
	}
	if codes != nil {
		return d.showRecovery(c, codes)
	}
	return d.toSecurity(c, "#passkeys", "The passkey is added.")
}

func (d *Door) passkeyRename(c echo.Context) error {
	user, _ := d.Who(c)
	if err := d.Engine.RenamePasskey(c.Request().Context(), d.Actor(c, user), user, c.Param("id"), c.FormValue("name")); err != nil {
		return err
	}
	return d.toSecurity(c, "#passkeys", "The passkey has another name.")
}

func (d *Door) passkeyRemove(c echo.Context) error {
	user, _ := d.Who(c)
	if err := d.Engine.RemovePasskey(c.Request().Context(), d.Actor(c, user), user, c.Param("id"), d.KeepFactor); err != nil {
		return err
	}
	return d.toSecurity(c, "#passkeys", "The passkey is removed. Delete it on your device, too.")
}
