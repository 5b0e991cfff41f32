package portal

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
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
		if r.prove {
			if done, err := p.door.AskProof(c); !done || err != nil {
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

// mountAccess adds the pages about getting in and staying safe.
func (p *Portal) mountAccess(open func(method, path string, h echo.HandlerFunc), own func(method, path string, h func(echo.Context, visitor) error)) {
	p.door.Mount(open, func(method, path string, h echo.HandlerFunc) {
		own(method, path, func(c echo.Context, _ visitor) error { return h(c) })
	})
	open(http.MethodGet, "/verify", p.linkPage(verifyLink, registrar.TicketVerify))
	open(http.MethodPost, "/verify", p.linkDo(verifyLink, "Your e-mail address is confirmed.", p.verifyAct))
	open(http.MethodGet, "/move", p.linkPage(moveLink, registrar.TicketMove))
	open(http.MethodPost, "/move", p.linkDo(moveLink, "Your e-mail address is changed.", p.moveAct))
	open(http.MethodGet, "/not-me", p.linkPage(denyLink, registrar.TicketDeny))
	open(http.MethodPost, "/not-me", p.denyDo)
	open(http.MethodGet, "/invitation", p.invitationPage)
	open(http.MethodPost, "/invitation", p.invitationDo)

	own(http.MethodGet, "/security/check", p.checkPage)
	own(http.MethodGet, "/security/email", p.emailPage)
	own(http.MethodPost, "/security/email", p.emailDo)
	own(http.MethodPost, "/security/verify", p.verifySend)

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
