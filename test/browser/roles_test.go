package browser

import (
	"encoding/json"
	"regexp"
	"testing"

	"github.com/indera/indera/registrar"
)

// staffControls says which permission each form on the staff's pages takes. A
// form that is not listed fails the test: whoever adds one says here who may
// see it.
var staffControls = []struct {
	action *regexp.Regexp
	may    registrar.Permission
}{
	{regexp.MustCompile(`^/admin/domains/[^/]+/(lock|move|delete|end-code|nameservers|hosts|hosts/delete|contacts)$`), registrar.StaffDomains},
	{regexp.MustCompile(`^/admin/contacts/[^/]+$`), registrar.StaffDomains},
	{regexp.MustCompile(`^/admin/mirror/issues/[^/]+/remove$`), registrar.StaffDomains},
	{regexp.MustCompile(`^/admin/mirror/issues/[^/]+/(ignore|resolve)$`), registrar.StaffCommands},
	{regexp.MustCompile(`^/admin/commands/[^/]+/(retry|resolve|cancel)$`), registrar.StaffCommands},
	{regexp.MustCompile(`^/admin/differences/[^/]+/(take|push|case)$`), registrar.StaffDomains},
	{regexp.MustCompile(`^/admin/messages/[^/]+/settle$`), registrar.StaffCommands},
	{regexp.MustCompile(`^/admin/mail/[^/]+/(retry|drop)$`), registrar.StaffCommands},
	{regexp.MustCompile(`^/admin/customers/[^/]+/adjust$`), registrar.StaffMoney},
	{regexp.MustCompile(`^/admin/customers/[^/]+/impersonate$`), registrar.StaffImpersonate},
	{regexp.MustCompile(`^/admin/receivables/[^/]+/write-off$`), registrar.StaffMoney},
	{regexp.MustCompile(`^/admin/payments/[^/]+/(recheck|close)$`), registrar.StaffMoney},
	{regexp.MustCompile(`^/admin/staff/(invite|invitations/cancel|[^/]+/(role|disable))$`), registrar.StaffUsers},
	{regexp.MustCompile(`^/admin/approvals/[^/]+$`), registrar.StaffApprove},
	{regexp.MustCompile(`^/admin/webhooks(/.*)?$`), registrar.StaffHooks},
	{regexp.MustCompile(`^/admin/notices\.csv`), registrar.StaffEvidence},
	{regexp.MustCompile(`^/admin/security/`), registrar.StaffSelf},
	{regexp.MustCompile(`^/admin/sign-out$`), registrar.StaffSelf},
}

// onlyWhatMay checks that the page shows no control that a role can't use, and
// returns the actions of those it shows.
func (c colleague) onlyWhatMay(page string) []string {
	c.t.Helper()
	raw := eval[string](c.tab, `JSON.stringify([...[...document.querySelectorAll('form[method=post]')].map(f => f.getAttribute('action')),
		...[...document.querySelectorAll('main a[href*=".csv"]')].map(a => a.getAttribute('href'))])`)
	var actions []string
	if err := json.Unmarshal([]byte(raw), &actions); err != nil {
		c.t.Fatal(err)
	}
	for _, action := range actions {
		known := false
		for _, control := range staffControls {
			if !control.action.MatchString(action) {
				continue
			}
			known = true
			if !c.user.Role.May(control.may) {
				c.t.Errorf("%s shows %s the control %s", page, c.user.Role, action)
			}
			break
		}
		if !known {
			c.t.Errorf("%s has the control %s, of which nobody has said who may use it", page, action)
		}
	}
	return actions
}

// rolesSee opens the pages as each role.
func rolesSee(t *testing.T, pages map[string]string, staff []colleague) {
	t.Helper()
	for _, c := range staff {
		n := 0
		for path, text := range pages {
			c.visit(path)
			c.sees(text)
			n += len(c.onlyWhatMay(path)) - 1 // but the way out
		}
		if reader := c.user.Role == registrar.RoleStaffAuditor; !reader && n == 0 {
			t.Errorf("%s sees no control at all", c.user.Role)
		}
	}
}
