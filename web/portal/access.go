package portal

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/web/ui"
)

// rule says who may use a page, and whether the person must have proved who
// they are within the last minutes.
type rule struct {
	may   registrar.Permission
	prove bool
}

// rules lists every page of signed-in people. A page that is missing is for
// owners alone; a test keeps the list whole.
var rules = map[string]rule{
	"GET /checkout":                                           {registrar.MayPay, false},
	"POST /checkout":                                          {registrar.MayPay, true},
	"POST /checkout/top-up":                                   {registrar.MayPay, false},
	"GET /orders":                                             {registrar.MayRead, false},
	"GET /orders/:id/agreement":                               {registrar.MayRead, false},
	"GET /basket/holder":                                      {registrar.MayPay, false},
	"POST /basket/holder":                                     {registrar.MayPay, false},
	"GET /orders/:id":                                         {registrar.MayRead, false},
	"GET /orders/:id/live":                                    {registrar.MayRead, false},
	"GET /domains":                                            {registrar.MayRead, false},
	"GET /domains/:name":                                      {registrar.MayRead, false},
	"GET /domains/:name/live":                                 {registrar.MayRead, false},
	"POST /domains/:name/nameservers":                         {registrar.MayChange, true},
	"GET /domains/:name/renew":                                {registrar.MayPay, false},
	"POST /domains/:name/renew":                               {registrar.MayPay, true},
	"GET /wallet":                                             {registrar.MayMoney, false},
	"POST /wallet/top-up":                                     {registrar.MayPay, false},
	"POST /wallet/payments":                                   {registrar.MayPay, false},
	"GET /wallet/payments":                                    {registrar.MayMoney, false},
	"GET /wallet/payments/:id":                                {registrar.MayMoney, false},
	"GET /wallet/payments/:id/live":                           {registrar.MayMoney, false},
	"POST /wallet/payments/:id/resume":                        {registrar.MayPay, false},
	"POST /domains/:name/lock":                                {registrar.MayChange, true},
	"POST /domains/:name/transfer-code":                       {registrar.MayRelease, true},
	"GET /domains/:name/delete":                               {registrar.MayRelease, false},
	"POST /domains/:name/delete":                              {registrar.MayRelease, true},
	"GET /domains/:name/history":                              {registrar.MayRead, false},
	"GET /domains/:name/hosts":                                {registrar.MayRead, false},
	"POST /domains/:name/hosts":                               {registrar.MayChange, true},
	"POST /domains/:name/hosts/delete":                        {registrar.MayChange, true},
	"GET /domains/:name/contacts":                             {registrar.MayRead, false},
	"POST /domains/:name/contacts":                            {registrar.MayChange, true},
	"GET /contacts/:id":                                       {registrar.MayRead, false},
	"POST /contacts/:id":                                      {registrar.MayChange, true},
	"GET /contacts":                                           {registrar.MayRead, false},
	"GET /security":                                           {registrar.MaySelf, false},
	"GET /security/check":                                     {registrar.MaySelf, false},
	"POST /security/tokens":                                   {registrar.MayTokens, true},
	"POST /security/tokens/:id/revoke":                        {registrar.MayTokens, false},
	"POST /security/sessions/:id/end":                         {registrar.MaySelf, false},
	"POST /security/sessions/end-others":                      {registrar.MaySelf, false},
	"GET /security/password":                                  {registrar.MaySelf, false},
	"POST /security/password":                                 {registrar.MaySelf, false}, // asks for the password itself
	"GET /security/email":                                     {registrar.MaySelf, false},
	"POST /security/email":                                    {registrar.MaySelf, true},
	"POST /security/verify":                                   {registrar.MaySelf, false},
	"POST /security/totp":                                     {registrar.MaySelf, true},
	"POST /security/totp/confirm":                             {registrar.MaySelf, false}, // a code of the new app
	"POST /security/totp/remove":                              {registrar.MaySelf, true},
	"POST /security/recovery":                                 {registrar.MaySelf, true},
	"POST /security/passkeys/new":                             {registrar.MaySelf, true},
	"POST /security/passkeys/begin":                           {registrar.MaySelf, true},
	"POST /security/passkeys":                                 {registrar.MaySelf, false}, // an answer to such a challenge
	"POST /security/passkeys/prove":                           {registrar.MaySelf, false}, // a challenge for the proof itself
	"POST /security/passkeys/:id/rename":                      {registrar.MaySelf, false},
	"POST /security/passkeys/:id/remove":                      {registrar.MaySelf, true},
	"GET /security/webhooks":                                  {registrar.MayHooks, false},
	"POST /security/webhooks":                                 {registrar.MayHooks, true},
	"GET /security/webhooks/:id":                              {registrar.MayHooks, false},
	"POST /security/webhooks/:id":                             {registrar.MayHooks, true},
	"POST /security/webhooks/:id/secret":                      {registrar.MayHooks, true},
	"POST /security/webhooks/:id/remove":                      {registrar.MayHooks, true},
	"POST /security/webhooks/:id/test":                        {registrar.MayHooks, false},
	"POST /security/webhooks/:id/replay":                      {registrar.MayHooks, false},
	"GET /security/webhooks/:id/deliveries/:delivery":         {registrar.MayHooks, false},
	"GET /security/webhooks/:id/deliveries/:delivery/live":    {registrar.MayHooks, false},
	"POST /security/webhooks/:id/deliveries/:delivery/replay": {registrar.MayHooks, false},
	"POST /acting/end":                                        {registrar.MayRead, false},
	"GET /users":                                              {registrar.MayUsers, false},
	"POST /users/invite":                                      {registrar.MayUsers, true},
	"POST /users/invitations/cancel":                          {registrar.MayUsers, false},
	"POST /users/:id/role":                                    {registrar.MayUsers, true},
	"POST /users/:id/remove":                                  {registrar.MayUsers, true},
	"POST /account/export":                                    {registrar.MayAccount, true},
	"GET /account/close":                                      {registrar.MayAccount, false},
	"POST /account/close":                                     {registrar.MayAccount, true},
}

// guarded lets a visitor through to a page when the role allows it and, where
// the rule asks for it, the person has proved who they are. Who has not is shown
// a form that asks for it and carries what was sent, so nothing is typed twice.
func (p *Portal) guarded(method, path string, h func(echo.Context, visitor) error) func(echo.Context, visitor) error {
	r, known := rules[method+" "+path]
	if !known {
		r = rule{may: registrar.MayAccount, prove: method != http.MethodGet}
	}
	p.guardedRoutes = append(p.guardedRoutes, method+" "+path)
	return func(c echo.Context, v visitor) error {
		if !v.User.Role.May(r.may) {
			return errRole(v)
		}
		if r.prove && !p.engine.Proved(v.Session) {
			if done, err := p.askProof(c, v); !done || err != nil {
				return err
			}
		}
		return h(c, v)
	}
}

func errRole(v visitor) error {
	return registrar.Errorf(registrar.KindForbidden, "role",
		"Your role (%s) does not allow this. An owner of the account can do it, or give you another role.", registrar.RoleName(v.User.Role))
}

// buying lets visitors without a login fill a basket, and of a customer's users
// those who may order: the basket is shared by all of them.
func (p *Portal) buying(h echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if mayOnlyLook(c) {
			v, _ := visitorOf(c)
			return errRole(v)
		}
		return h(c)
	}
}

func mayOnlyLook(c echo.Context) bool {
	v, signedIn := visitorOf(c)
	return signedIn && !v.User.Role.May(registrar.MayPay)
}

// Fields of the proof form; they begin with "_", which no other form uses.
const (
	proofPassword = "_password"
	proofCode     = "_code"
	proofPasskey  = "_passkey"
)

// proofView is the form that asks for a proof.
type proofView struct {
	To     string
	Fields []formField // what was sent
	Second bool        // asks for a second factor instead of the password
	Field  string

	Factors registrar.Factors
	Passkey passkeyForm
}

type formField struct{ Name, Value string }

// askProof reports whether the proof in the request was good. Otherwise it has
// answered with the form.
func (p *Portal) askProof(c echo.Context, v visitor) (bool, error) {
	ctx, req := c.Request().Context(), c.Request()
	if err := req.ParseForm(); err != nil {
		return false, echo.ErrBadRequest
	}
	factors, err := p.engine.Factors(ctx, v.User.ID)
	if err != nil {
		return false, err
	}
	given, problem := p.takeProof(c, v, req.PostForm)
	if problem == nil && given {
		return true, nil
	}
	if problem != nil && (ui.Mishap(problem) || ui.StatusOf(problem) == http.StatusTooManyRequests) {
		return false, problem
	}
	view := proofView{To: req.URL.RequestURI(), Fields: sent(req.PostForm), Second: factors.Second(), Field: ui.FieldOf(problem), Factors: factors}
	view.Passkey = p.passkeyForm("/security/passkeys/prove", view.To)
	view.Passkey.Field, view.Passkey.Fields = proofPasskey, view.Fields
	page := p.shell.Page(c, "Confirm that it is you", view)
	if problem != nil {
		page.Problem = ui.Problem(problem)
	}
	return false, p.shell.Render(c, http.StatusForbidden, "confirm", page)
}

// takeProof checks the proof in a form, when there is one.
func (p *Portal) takeProof(c echo.Context, v visitor, form url.Values) (given bool, err error) {
	if answer := form.Get(proofPasskey); answer != "" {
		return true, p.proveByPasskey(c, v, answer)
	}
	proof := registrar.Proof{Password: form.Get(proofPassword), Code: form.Get(proofCode)}
	if proof == (registrar.Proof{}) {
		return false, nil
	}
	if err := ui.Charge(p.prove, v.User.ID); err != nil {
		return true, err
	}
	return true, p.engine.Prove(c.Request().Context(), actor(c, v), v.User, v.Session, proof)
}

// sent lists the fields of a form in a fixed order, without those of the proof.
func sent(form url.Values) []formField {
	names := make([]string, 0, len(form))
	for name := range form {
		if !strings.HasPrefix(name, "_") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var out []formField
	for _, name := range names {
		for _, value := range form[name] {
			out = append(out, formField{name, value})
		}
	}
	return out
}

// mountAccess adds the pages about getting in and staying safe.
func (p *Portal) mountAccess(open func(method, path string, h echo.HandlerFunc), own func(method, path string, h func(echo.Context, visitor) error)) {
	open(http.MethodGet, "/sign-in/second", p.secondPage)
	open(http.MethodPost, "/sign-in/second", p.secondDo)
	open(http.MethodPost, "/sign-in/second/passkey/begin", p.secondPasskeyBegin)
	open(http.MethodPost, "/sign-in/second/passkey", p.secondPasskey)
	open(http.MethodPost, "/sign-in/passkey/begin", p.signInPasskeyBegin)
	open(http.MethodPost, "/sign-in/passkey", p.signInPasskey)
	open(http.MethodGet, "/reset", p.resetPage)
	open(http.MethodPost, "/reset", p.resetDo)
	open(http.MethodGet, "/reset/new", p.resetNewPage)
	open(http.MethodPost, "/reset/new", p.resetNewDo)
	open(http.MethodGet, "/verify", p.linkPage(verifyLink, registrar.TicketVerify))
	open(http.MethodPost, "/verify", p.linkDo(verifyLink, "Your e-mail address is confirmed.", p.verifyAct))
	open(http.MethodGet, "/move", p.linkPage(moveLink, registrar.TicketMove))
	open(http.MethodPost, "/move", p.linkDo(moveLink, "Your e-mail address is changed.", p.moveAct))
	open(http.MethodGet, "/not-me", p.linkPage(denyLink, registrar.TicketDeny))
	open(http.MethodPost, "/not-me", p.denyDo)
	open(http.MethodGet, "/invitation", p.invitationPage)
	open(http.MethodPost, "/invitation", p.invitationDo)

	own(http.MethodGet, "/security/check", p.checkPage)
	own(http.MethodPost, "/security/sessions/:id/end", p.sessionEnd)
	own(http.MethodPost, "/security/sessions/end-others", p.sessionsEnd)
	own(http.MethodGet, "/security/password", p.passwordPage)
	own(http.MethodPost, "/security/password", p.passwordDo)
	own(http.MethodGet, "/security/email", p.emailPage)
	own(http.MethodPost, "/security/email", p.emailDo)
	own(http.MethodPost, "/security/verify", p.verifySend)
	own(http.MethodPost, "/security/totp", p.totpBegin)
	own(http.MethodPost, "/security/totp/confirm", p.totpConfirm)
	own(http.MethodPost, "/security/totp/remove", p.totpRemove)
	own(http.MethodPost, "/security/recovery", p.recoveryRenew)
	own(http.MethodPost, "/security/passkeys/new", p.passkeyNew)
	own(http.MethodPost, "/security/passkeys/begin", p.passkeyBegin)
	own(http.MethodPost, "/security/passkeys", p.passkeyAdd)
	own(http.MethodPost, "/security/passkeys/prove", p.proofPasskeyBegin)
	own(http.MethodPost, "/security/passkeys/:id/rename", p.passkeyRename)
	own(http.MethodPost, "/security/passkeys/:id/remove", p.passkeyRemove)

	own(http.MethodPost, actingEnd, p.endActing)
	own(http.MethodGet, "/users", p.usersPage)
	own(http.MethodPost, "/users/invite", p.userInvite)
	own(http.MethodPost, "/users/invitations/cancel", p.invitationCancel)
	own(http.MethodPost, "/users/:id/role", p.userRole)
	own(http.MethodPost, "/users/:id/remove", p.userRemove)
	own(http.MethodPost, "/account/export", p.accountExport)
	own(http.MethodGet, "/account/close", p.closePage)
	own(http.MethodPost, "/account/close", p.closeDo)
}
