package portal

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/passkey"
	"github.com/indera/indera/web/ratelimit"
	"github.com/indera/indera/web/ui"
)

// passkeyForm is what the form needs that lets the browser ask for a passkey.
type passkeyForm struct {
	Open   bool   // passkeys can be used at this site
	Origin string // where they can
	Begin  string // path that hands out a challenge
	To     string // path that takes the answer
	Field  string // that carries it
	Next   string
	Fields []formField // sent along
}

// passkeyAnswer is the field of the answer everywhere but in proofs.
const passkeyAnswer = "passkey"

func (p *Portal) passkeyForm(begin, to string) passkeyForm {
	return passkeyForm{Open: p.passkeys.Open(), Origin: p.passkeys.Origin(), Begin: begin, To: to, Field: passkeyAnswer}
}

// challenge answers a script with what navigator.credentials wants.
func (p *Portal) challenge(c echo.Context, options any, err error) error {
	if err != nil {
		return err
	}
	if err := p.shell.Sessions.Save(c); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, options)
}

// refused notes why a passkey did not work: the visitor is told less.
func (p *Portal) refused(c echo.Context, err error) {
	p.log.InfoContext(c.Request().Context(), "a passkey was refused", "error", err, "request_id", ui.RequestID(c))
}

func (p *Portal) signInPasskeyBegin(c echo.Context) error {
	if err := ui.Charge(p.signInAddress, ratelimit.Client(c.RealIP())); err != nil {
		return err
	}
	options, err := p.passkeys.BeginSignIn(c.Request().Context())
	return p.challenge(c, options, err)
}

// signInPasskey lets somebody in by a passkey alone: the authenticator verified
// the person, which makes it both factors.
func (p *Portal) signInPasskey(c echo.Context) error {
	ctx := c.Request().Context()
	form := credentials{Next: ui.LocalPath(c.FormValue("next"), "/domains")}
	user, use, err := p.passkeys.FinishSignIn(ctx, c.FormValue(passkeyAnswer))
	if err == nil && user.CustomerID == "" {
		err = registrar.BadPasskey(nil) // staff have their own door
	}
	if err == nil {
		err = p.engine.UsePasskey(ctx, actor(c, visitor{User: user}), user, use)
	}
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		p.refused(c, err)
		return p.showSignIn(c, form, err)
	}
	if err := p.enter(c, user, registrar.ByPasskey); err != nil {
		return err
	}
	return p.shell.Redirect(c, form.Next)
}

func (p *Portal) secondPasskeyBegin(c echo.Context) error {
	user, waiting, err := p.halfWay(c)
	if err != nil {
		return err
	}
	if !waiting {
		return echo.ErrUnauthorized
	}
	return p.useBegin(c, passkey.Second, user)
}

func (p *Portal) proofPasskeyBegin(c echo.Context, v visitor) error {
	return p.useBegin(c, passkey.Prove, v.User)
}

// useBegin limits the rate here: each challenge takes one answer.
func (p *Portal) useBegin(c echo.Context, purpose passkey.Purpose, user registrar.User) error {
	if err := ui.Charge(p.prove, user.ID); err != nil {
		return err
	}
	options, err := p.passkeys.BeginUse(c.Request().Context(), purpose, user)
	return p.challenge(c, options, err)
}

func (p *Portal) secondPasskey(c echo.Context) error {
	ctx := c.Request().Context()
	next := ui.LocalPath(c.FormValue("next"), "/domains")
	user, waiting, err := p.halfWay(c)
	if err != nil {
		return err
	}
	if !waiting {
		return p.shell.Redirect(c, signInPath(next))
	}
	use, err := p.passkeys.FinishUse(ctx, passkey.Second, user, c.FormValue(passkeyAnswer))
	if err == nil {
		err = p.engine.UsePasskey(ctx, actor(c, visitor{User: user}), user, use)
	}
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		p.refused(c, err)
		return p.showSecond(c, user, next, err)
	}
	return p.passSecond(c, user, registrar.BySecondPasskey, next)
}

// proveByPasskey notes the proof in the session.
func (p *Portal) proveByPasskey(c echo.Context, v visitor, answer string) error {
	ctx := c.Request().Context()
	use, err := p.passkeys.FinishUse(ctx, passkey.Prove, v.User, answer)
	if err == nil {
		err = p.engine.ProvePasskey(ctx, actor(c, v), v.User, v.Session, use)
	}
	if err != nil && !ui.Mishap(err) {
		p.refused(c, err)
	}
	return err
}

// newPasskeyView is the form for a new passkey.
type newPasskeyView struct {
	Form  passkeyForm
	Name  string
	Field string
}

func (p *Portal) passkeyNew(c echo.Context, v visitor) error {
	if err := p.engine.AddressConfirmed(v.User); err != nil {
		return err
	}
	return p.showNewPasskey(c, registrar.AgentName(c.Request().UserAgent()), nil)
}

func (p *Portal) showNewPasskey(c echo.Context, name string, problem error) error {
	view := newPasskeyView{Form: p.passkeyForm("/security/passkeys/begin", "/security/passkeys"), Name: name, Field: ui.FieldOf(problem)}
	return p.shown(c, "passkey", "Add a passkey", view, problem)
}

// passkeyBegin is for a page that is open already: when the proof has run out
// meanwhile, the page must be asked for again.
func (p *Portal) passkeyBegin(c echo.Context, v visitor) error {
	options, err := p.passkeys.BeginAdd(c.Request().Context(), v.User)
	return p.challenge(c, options, err)
}

// passkeyAdd needs no proof of its own: the challenge was handed to somebody who
// had given one, in this session.
func (p *Portal) passkeyAdd(c echo.Context, v visitor) error {
	ctx, name := c.Request().Context(), c.FormValue("name")
	made, err := p.passkeys.FinishAdd(ctx, v.User, c.FormValue(passkeyAnswer))
	var codes []string
	if err == nil {
		made.Name = name
		codes, err = p.engine.AddPasskey(ctx, actor(c, v), v.User, made, v.Session.ID)
	}
	if err != nil {
		if ui.Mishap(err) {
			return err
		}
		p.refused(c, err)
		return p.showNewPasskey(c, name, err)
	}
	if codes != nil {
		return p.showRecovery(c, codes)
	}
	p.shell.Sessions.Say(ctx, "The passkey is added.")
	return p.shell.Redirect(c, "/security#passkeys")
}

func (p *Portal) passkeyRename(c echo.Context, v visitor) error {
	ctx := c.Request().Context()
	if err := p.engine.RenamePasskey(ctx, actor(c, v), v.User, c.Param("id"), c.FormValue("name")); err != nil {
		return err
	}
	p.shell.Sessions.Say(ctx, "The passkey has another name.")
	return p.shell.Redirect(c, "/security#passkeys")
}

func (p *Portal) passkeyRemove(c echo.Context, v visitor) error {
	ctx := c.Request().Context()
	if err := p.engine.RemovePasskey(ctx, actor(c, v), v.User, c.Param("id")); err != nil {
		return err
	}
	p.shell.Sessions.Say(ctx, "The passkey is removed. Delete it on your device, too.")
	return p.shell.Redirect(c, "/security#passkeys")
}
