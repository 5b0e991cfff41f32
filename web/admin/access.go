package admin

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/indera/indera/registrar"
)

// rule says who may use a page, and whether the person must have proved who
// they are within the last minutes.
type rule struct {
	may   registrar.Permission
	prove bool
}

// rules lists every page of staff. A page that is missing is for owners alone; a
// test keeps the list whole.
var rules = map[string]rule{
	"GET /admin":                               {registrar.StaffRead, false},
	"GET /admin/search":                        {registrar.StaffRead, false},
	"GET /admin/domains":                       {registrar.StaffRead, false},
	"GET /admin/domains/:id":                   {registrar.StaffRead, false},
	"POST /admin/domains/:id/lock":             {registrar.StaffDomains, true},
	"GET /admin/domains/:id/history":           {registrar.StaffRead, false},
	"GET /admin/commands":                      {registrar.StaffRead, false},
	"GET /admin/commands/:id":                  {registrar.StaffRead, false},
	"POST /admin/commands/:id/retry":           {registrar.StaffCommands, false},
	"POST /admin/commands/:id/resolve":         {registrar.StaffCommands, true}, // books or gives back money
	"POST /admin/commands/:id/cancel":          {registrar.StaffCommands, true}, // gives back money
	"GET /admin/restore":                       {registrar.StaffRead, false},
	"POST /admin/restore/release":              {registrar.StaffRestore, true},
	"POST /admin/restore/findings/:id/release": {registrar.StaffCommands, false},
	"GET /admin/imports":                       {registrar.StaffRead, false},
	"GET /admin/mirror":                        {registrar.StaffRead, false},
	"GET /admin/mirror/issues/:id":             {registrar.StaffRead, false},
	"POST /admin/mirror/issues/:id/ignore":     {registrar.StaffCommands, false},
	"POST /admin/mirror/issues/:id/resolve":    {registrar.StaffCommands, false},
	"POST /admin/mirror/issues/:id/remove":     {registrar.StaffDomains, true},
	"GET /admin/transcripts":                   {registrar.StaffRead, false},
	"GET /admin/transcripts/:id":               {registrar.StaffRead, false},
	"GET /admin/differences":                   {registrar.StaffRead, false},
	"GET /admin/differences/:id":               {registrar.StaffRead, false},
	"POST /admin/differences/:id/take":         {registrar.StaffDomains, true},
	"POST /admin/differences/:id/push":         {registrar.StaffDomains, true},
	"POST /admin/differences/:id/case":         {registrar.StaffDomains, false},
	"GET /admin/messages":                      {registrar.StaffRead, false},
	"GET /admin/messages/:id":                  {registrar.StaffRead, false},
	"POST /admin/messages/:id/settle":          {registrar.StaffCommands, false},
	"GET /admin/mail":                          {registrar.StaffRead, false},
	"GET /admin/mail/:id":                      {registrar.StaffRead, false},
	"POST /admin/mail/:id/retry":               {registrar.StaffCommands, false},
	"POST /admin/mail/:id/drop":                {registrar.StaffCommands, true}, // somebody never reads what we owe them to say
	"GET /admin/operations/:id":                {registrar.StaffRead, false},
	"GET /admin/customers":                     {registrar.StaffRead, false},
	"GET /admin/customers/:id":                 {registrar.StaffRead, false},
	"GET /admin/customers/:id/audit":           {registrar.StaffRead, false},
	"GET /admin/customers/:id/adjustments":     {registrar.StaffRead, false},
	"GET /admin/ledger/:id/holds":              {registrar.StaffRead, false},
	"POST /admin/customers/:id/adjust":         {registrar.StaffMoney, true},
	"POST /admin/customers/:id/impersonate":    {registrar.StaffImpersonate, true},
	"GET /admin/payments":                      {registrar.StaffRead, false},
	"GET /admin/receivables":                   {registrar.StaffRead, false},
	"GET /admin/receivables/:id":               {registrar.StaffRead, false},
	"POST /admin/receivables/:id/write-off":    {registrar.StaffMoney, true},
	"GET /admin/payments/:id":                  {registrar.StaffRead, false},
	"POST /admin/payments/:id/recheck":         {registrar.StaffMoney, false},
	"POST /admin/payments/:id/close":           {registrar.StaffMoney, true},
	"POST /admin/domains/:id/nameservers":      {registrar.StaffDomains, true},
	"GET /admin/customers/:id/contacts":        {registrar.StaffRead, false},
	"GET /admin/contacts/:id":                  {registrar.StaffRead, false},
	"POST /admin/contacts/:id":                 {registrar.StaffDomains, true},
	"GET /admin/domains/:id/contacts":          {registrar.StaffRead, false},
	"POST /admin/domains/:id/contacts":         {registrar.StaffDomains, true},
	"POST /admin/domains/:id/contacts/page":    {registrar.StaffDomains, false}, // turns a page
	"POST /admin/domains/:id/hosts":            {registrar.StaffDomains, true},
	"POST /admin/domains/:id/hosts/delete":     {registrar.StaffDomains, true},
	"POST /admin/domains/:id/move":             {registrar.StaffDomains, true},
	"POST /admin/domains/:id/delete":           {registrar.StaffDomains, true},
	"POST /admin/domains/:id/end-code":         {registrar.StaffDomains, true},
	"GET /admin/security":                      {registrar.StaffSelf, false},
	"POST /admin/security/totp":                {registrar.StaffSelf, true},
	"POST /admin/security/totp/confirm":        {registrar.StaffSelf, false}, // a code of the new app
	"POST /admin/security/totp/remove":         {registrar.StaffSelf, true},
	"POST /admin/security/recovery":            {registrar.StaffSelf, true},
	"POST /admin/security/sessions/:id/end":    {registrar.StaffSelf, false},
	"POST /admin/security/sessions/end-others": {registrar.StaffSelf, false},
	"POST /admin/security/passkeys/new":        {registrar.StaffSelf, true},
	"POST /admin/security/passkeys/begin":      {registrar.StaffSelf, true},
	"POST /admin/security/passkeys":            {registrar.StaffSelf, false}, // an answer to such a challenge
	"POST /admin/security/passkeys/prove":      {registrar.StaffSelf, false}, // a challenge for the proof itself
	"POST /admin/security/passkeys/:id/rename": {registrar.StaffSelf, false},
	"POST /admin/security/passkeys/:id/remove": {registrar.StaffSelf, true},
	"GET /admin/security/password":             {registrar.StaffSelf, false},
	"POST /admin/security/password":            {registrar.StaffSelf, false}, // asks for the password itself
	"GET /admin/approvals":                     {registrar.StaffRead, false},
	"POST /admin/approvals/:id":                {registrar.StaffApprove, true},
	"GET /admin/staff":                         {registrar.StaffRead, false},
	"POST /admin/staff/invite":                 {registrar.StaffUsers, true},
	"POST /admin/staff/invitations/cancel":     {registrar.StaffUsers, false},
	"POST /admin/staff/:id/role":               {registrar.StaffUsers, true},
	"POST /admin/staff/:id/disable":            {registrar.StaffUsers, true},
	"POST /admin/staff/:id/reset-factor":       {registrar.StaffUsers, true},
	"POST /admin/customers/:id/reset-factor":   {registrar.StaffFactors, true},
	"GET /admin/orders":                        {registrar.StaffRead, false},
	"GET /admin/orders/:id":                    {registrar.StaffRead, false},
	"GET /admin/notices":                       {registrar.StaffRead, false},
	"GET /admin/notices.csv":                   {registrar.StaffEvidence, false},
	"GET /admin/notices/brakes":                {registrar.StaffRead, false},
	"GET /admin/notices/brakes/:id":            {registrar.StaffRead, false},
	"POST /admin/notices/brakes/:id/release":   {registrar.StaffDuties, true},
	"GET /admin/notices/:id":                   {registrar.StaffRead, false},
	"GET /admin/ledger":                        {registrar.StaffRead, false},
	"GET /admin/ledger/:id":                    {registrar.StaffRead, false},

	"GET /admin/webhooks":                                  {registrar.StaffRead, false},
	"POST /admin/webhooks":                                 {registrar.StaffHooks, true},
	"GET /admin/webhooks/:id":                              {registrar.StaffRead, false},
	"POST /admin/webhooks/:id":                             {registrar.StaffHooks, true},
	"POST /admin/webhooks/:id/secret":                      {registrar.StaffHooks, true},
	"POST /admin/webhooks/:id/remove":                      {registrar.StaffHooks, true},
	"POST /admin/webhooks/:id/test":                        {registrar.StaffHooks, false},
	"POST /admin/webhooks/:id/replay":                      {registrar.StaffHooks, false},
	"GET /admin/webhooks/:id/deliveries/:delivery":         {registrar.StaffRead, false},
	"GET /admin/webhooks/:id/deliveries/:delivery/live":    {registrar.StaffRead, false},
	"POST /admin/webhooks/:id/deliveries/:delivery/replay": {registrar.StaffHooks, false},
	"GET /admin/webhooks/deliveries/:delivery":             {registrar.StaffRead, false},
	"GET /admin/webhooks/deliveries/:delivery/live":        {registrar.StaffRead, false},
	"POST /admin/webhooks/deliveries/:delivery/replay":     {registrar.StaffHooks, false},
}

// visitor is a signed-in member of staff.
type visitor struct {
	User    registrar.User
	Session registrar.Session
}

func visitorOf(c echo.Context) (visitor, bool) {
	v, ok := c.Get(visitorKey).(visitor)
	return v, ok
}

// guarded lets staff through to a page when the role allows it and, where the
// rule asks for it, the person has proved who they are. Who has not is shown a
// form that asks for it and carries what was sent, so nothing is typed twice.
func (a *Admin) guarded(method, path string, h echo.HandlerFunc) echo.HandlerFunc {
	r, known := rules[method+" "+path]
	if !known {
		r = rule{may: registrar.StaffUsers, prove: method != http.MethodGet}
	}
	a.guardedRoutes = append(a.guardedRoutes, method+" "+path)
	return func(c echo.Context) error {
		v, ok := visitorOf(c)
		if !ok {
			return a.door.ToSignIn(c)
		}
		if !v.User.Role.May(r.may) {
			return registrar.Errorf(registrar.KindForbidden, "role",
				"Your role (%s) does not allow this. An owner can do it, or ask for another role for you.", registrar.StaffRoleName(v.User.Role))
		}
		if !isSecurity(path) {
			lacks, err := a.lacksFactor(c, v)
			if err != nil {
				return err
			}
			if lacks {
				return a.shell.Redirect(c, "/admin/security")
			}
		}
		if r.prove {
			if done, err := a.door.AskProof(c); !done || err != nil {
				return err
			}
		}
		return h(c)
	}
}

// isSecurity reports whether a page belongs to one's own security, which opens
// before a second factor is there.
func isSecurity(path string) bool { return strings.HasPrefix(path, "/admin/security") }

// lacksFactor reports whether somebody must set a second factor up before
// anything else opens.
func (a *Admin) lacksFactor(c echo.Context, v visitor) (bool, error) {
	if !a.requireFactor {
		return false, nil
	}
	f, err := a.engine.Factors(c.Request().Context(), v.User.ID)
	return err == nil && !f.Second(), err
}
