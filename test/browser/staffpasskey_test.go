package browser

import (
	"github.com/chromedp/chromedp"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web"
)

// passkeys is somebody on the staff with nothing but a passkey: it is the second
// factor that the house asks for, opens the door alone and after the password,
// proves who is there, and stays while it is the last one.
func (w office) passkeys() {
	at := w.open(func(o *web.Options) { o.StaffSecondFactor = true })
	c := w.colleague(at, "Annie Easley", registrar.RoleStaffSupport)
	id := c.device()
	c.at("/admin/security")
	c.press("Add a passkey")
	c.sees("Make the passkey")
	c.examine("admin-passkey-new")
	c.fill("name", "Laptop")
	c.tabTo("[data-passkey] button")
	c.do(chromedp.KeyEvent("\r"))
	c.sees("shown this one time")
	c.press("I have kept them")
	c.sees("It is your only second factor")
	if eval[bool](c.tab, "[...document.querySelectorAll('main summary')].some(e => e.innerText.startsWith('Remove'))") {
		w.t.Error("the last second factor can be removed")
	}
	c.unfold("", "Rename…")
	c.examine("admin-security-passkey")
	c.leaves()

	c.finger(id, false)
	c.press("Sign in with a passkey")
	c.sees("Nothing was confirmed, or the time ran out.")
	c.examine("admin-sign-in-passkey")
	c.finger(id, true)
	c.tabTo("[data-passkey] button")
	c.do(chromedp.KeyEvent("\r"))
	c.sees("Registries")
	c.leaves()

	c.enter(c.user.Email)
	c.at("/admin/sign-in/second")
	c.sees("If your passkey is not at hand")
	c.examine("admin-second-passkey")
	c.press("Use a passkey")
	c.sees("Registries")

	w.clock.Advance(registrar.ProofLife)
	c.visit("/admin/security")
	c.press("Make new recovery codes")
	c.sees("Confirm that it is you")
	c.examine("admin-proof-passkey")
	c.press("Confirm with a passkey")
	c.sees("shown this one time")
	c.visit("/admin/security")
	c.press("Add a passkey")
	c.press("Make the passkey")
	c.sees("on this device already")

	// The portal lies at the same name, but is not for staff.
	c.visit("/sign-in")
	c.press("Sign in with a passkey")
	c.sees("This passkey could not be used")
}

// leaves signs out.
func (c colleague) leaves() {
	c.t.Helper()
	eval[bool](c.tab, "(document.querySelector('form[action=\"/admin/sign-out\"]').requestSubmit(), true)")
	c.at("/admin/sign-in")
}
