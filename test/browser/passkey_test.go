package browser

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// device gives a tab an authenticator in software: passkeys as in a phone, and a
// finger that is always right.
func (b *tab) device() webauthn.AuthenticatorID {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		b.t.Fatal(err)
	}
	made, err := chromedp.Call(b.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	if err != nil {
		b.t.Fatal(err)
	}
	return made.AuthenticatorID
}

// finger says whether the authenticator recognises the person.
func (b *tab) finger(id webauthn.AuthenticatorID, right bool) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: id, IsUserVerified: right}); err != nil {
		b.t.Fatal(err)
	}
}

// passkeys adds one and gets in by it, alone and after the password.
func passkeys(t *testing.T, chrome context.Context, d demo) {
	p := newPatron(t, chrome, d, "passkey")
	id := p.device()
	p.press("Add a passkey")
	p.sees("Make the passkey")
	p.examine("passkey-new")
	p.fill("name", "Laptop")
	p.tabTo("[data-passkey] button")
	p.do(chromedp.KeyEvent("\r"))
	p.sees("shown this one time")
	p.press("I have kept them")
	p.sees("Laptop")
	p.sees("10 recovery codes left")
	p.press("Rename")
	p.examine("passkeys")
	p.visit("/security")
	p.press("Add a passkey")
	p.press("Make the passkey")
	p.sees("on this device already")
	p.examine("passkey-there")
	p.leave()

	p.visit("/sign-in")
	p.finger(id, false)
	p.press("Sign in with a passkey")
	p.sees("Nothing was confirmed, or the time ran out.")
	p.examine("sign-in-passkey")
	p.finger(id, true)
	p.tabTo("[data-passkey] button")
	p.do(chromedp.KeyEvent("\r"))
	p.at("/domains")
	p.leave()

	p.enter(firstPassword)
	p.at("/sign-in/second")
	p.sees("If your passkey is not at hand")
	p.examine("second-passkey")
	p.press("Use a passkey")
	p.at("/domains")

	p.visit("/security")
	p.press("Remove…")
	p.press("Remove Laptop")
	p.sees("The passkey is removed.")
	p.leave()
	p.visit("/sign-in")
	p.press("Sign in with a passkey") // the device still has it
	p.sees("This passkey could not be used")
	p.examine("sign-in-passkey-error")
}

// noPasskeys: where they can't work, the page says why and has no dead button.
func noPasskeys(t *testing.T, chrome context.Context, d demo) {
	b := newTab(t, chrome, strings.Replace(d.Portal, "localhost", "127.0.0.1", 1))
	b.visit("/sign-in")
	b.sees("Passkeys work at " + d.Portal + " only.")
	if eval[bool](b, "[...document.querySelectorAll('main button')].some(e => e.checkVisibility() && e.innerText.includes('passkey'))") {
		t.Error("there is a dead button")
	}
	b.examine("sign-in-by-number")
	plain := newTab(t, chrome, d.Portal)
	if _, err := chromedp.Call(plain.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	signIn(plain, d)
	plain.visit("/security")
	plain.sees("Adding a passkey needs JavaScript")
	plain.press("Set up an authenticator app")
	plain.sees("Scan this picture")
}
