// Package door is how people come in and show who they are: the sign-in with its
// second step, the proof that a sensitive act asks for, second factors and
// sessions. Portal and admin differ in who is let in and in how the pages around
// look; what keeps strangers out is the same at both and stands here once.
package door

import (
	"log/slog"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/passkey"
	"github.com/indera/indera/web/ratelimit"
	"github.com/indera/indera/web/ui"
)

// Face is what portal and admin do differently. Its shell says where the pages
// lie: below Shell.Base.
type Face struct {
	Engine    *registrar.Engine
	Shell     *ui.Shell
	Log       *slog.Logger
	PublicURL string // scheme and host, where passkeys work
	Door      registrar.Door
	Life      registrar.SessionLife
	Title     string // of the sign-in page
	// Local keeps the way after the sign-in inside the face.
	Local func(next string) string
	// Admits reports whether the face is for this user. Others read the same as
	// strangers.
	Admits func(user registrar.User) bool
	// Who is signed in, the zero value when nobody is.
	Who func(c echo.Context) (registrar.User, registrar.Session)
	// Actor is who answers for what is done for a user.
	Actor func(c echo.Context, user registrar.User) registrar.Actor
	// Entered is called when somebody has come in; may be nil.
	Entered func(c echo.Context, user registrar.User) error
	// KeepFactor says that people of this face must have a second factor, so that
	// the last one can't be removed.
	KeepFactor bool

	Reset                        Reset
	SignInAddress, SignInAccount *ratelimit.Limiter
	Prove                        *ratelimit.Limiter // tries at a factor, per user
}

// Door serves the pages.
type Door struct {
	Face
	passkeys *passkey.Desk
}

// New returns the door of a face.
func New(f Face) (*Door, error) {
	desk, err := passkey.New(f.Engine, f.Shell.Sessions, f.PublicURL, f.Shell.Brand.Name)
	return &Door{f, desk}, err
}

// Mount adds the routes: open for everybody, own for those who are signed in.
// Both take paths with Shell.Base.
func (d *Door) Mount(open, own func(method, path string, h echo.HandlerFunc)) {
	base := d.Shell.Base
	open(http.MethodGet, base+"/sign-in", d.signInPage)
	open(http.MethodPost, base+"/sign-in", d.signInDo)
	open(http.MethodPost, base+"/sign-in/passkey/begin", d.signInPasskeyBegin)
	open(http.MethodPost, base+"/sign-in/passkey", d.signInPasskey)
	d.mountPassword(open, own)
	open(http.MethodGet, base+"/sign-in/second", d.secondPage)
	open(http.MethodPost, base+"/sign-in/second", d.secondDo)
	open(http.MethodPost, base+"/sign-in/second/passkey/begin", d.secondPasskeyBegin)
	open(http.MethodPost, base+"/sign-in/second/passkey", d.secondPasskey)

	own(http.MethodPost, base+"/security/totp", d.totpBegin)
	own(http.MethodPost, base+"/security/totp/confirm", d.totpConfirm)
	own(http.MethodPost, base+"/security/totp/remove", d.totpRemove)
	own(http.MethodPost, base+"/security/recovery", d.recoveryRenew)
	own(http.MethodPost, base+"/security/passkeys/new", d.passkeyNew)
	own(http.MethodPost, base+"/security/passkeys/begin", d.passkeyBegin)
	own(http.MethodPost, base+"/security/passkeys", d.passkeyAdd)
	own(http.MethodPost, base+"/security/passkeys/prove", d.proofPasskeyBegin)
	own(http.MethodPost, base+"/security/passkeys/:id/rename", d.passkeyRename)
	own(http.MethodPost, base+"/security/passkeys/:id/remove", d.passkeyRemove)
	own(http.MethodPost, base+"/security/sessions/:id/end", d.sessionEnd)
	own(http.MethodPost, base+"/security/sessions/end-others", d.sessionsEnd)
}

// Security is what the page about one's own security shows at both faces.
type Security struct {
	Factors    registrar.Factors
	Passkeys   []registrar.Passkey
	Passkey    PasskeyForm
	Sessions   []registrar.Session
	Tries      []registrar.FailedTries // within the last thirty days
	Current    string                  // id of this browser's session
	KeepFactor bool                    // a second factor is asked for
	Last       bool                    // the one second factor there is must stay
}

// Security reads it for who is signed in.
func (d *Door) Security(c echo.Context) (Security, error) {
	ctx := c.Request().Context()
	user, session := d.Who(c)
	s := Security{Passkey: d.passkeyForm("", ""), Current: session.ID, KeepFactor: d.KeepFactor}
	var err error
	if s.Factors, err = d.Engine.Factors(ctx, user.ID); err != nil {
		return s, err
	}
	if s.Passkeys, err = d.Engine.Passkeys(ctx, user.ID); err != nil {
		return s, err
	}
	if s.Tries, err = d.Engine.FailedTries(ctx, user.ID); err != nil {
		return s, err
	}
	s.Last = d.KeepFactor && s.Factors.Count() == 1
	s.Sessions, err = d.Engine.Sessions(ctx, user.ID)
	return s, err
}

// SignInPath leads strangers to the sign-in page and back to next.
func (d *Door) SignInPath(next string) string {
	if next == "" || next == d.Shell.Home {
		return d.Shell.Base + "/sign-in"
	}
	return d.Shell.Base + "/sign-in?next=" + url.QueryEscape(next)
}

// ToSignIn sends a stranger to the sign-in page and back afterwards.
func (d *Door) ToSignIn(c echo.Context) error {
	if ui.IsFragment(c) {
		return echo.ErrUnauthorized
	}
	next := ""
	if c.Request().Method == http.MethodGet {
		next = c.Request().URL.RequestURI()
	}
	return d.Shell.Redirect(c, d.SignInPath(next))
}

// toSecurity says a sentence on the page about one's security.
func (d *Door) toSecurity(c echo.Context, part, sentence string) error {
	d.Shell.Sessions.Say(c.Request().Context(), sentence)
	return d.Shell.Redirect(c, d.Shell.Base+"/security"+part)
}
