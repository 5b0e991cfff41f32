package registrar

import "slices"

// Permission is one kind of act that a role may or may not do.
type Permission string

// Permissions of a customer's users.
const (
	MayRead    Permission = "read"    // see domains, orders and contacts
	MayMoney   Permission = "money"   // see balance, entries and payments
	MayPay     Permission = "pay"     // order, renew, add funds
	MayChange  Permission = "change"  // name servers, contacts, locks: what can be changed back
	MayRelease Permission = "release" // transfer codes, deletion: what gives a name away
	MayTokens  Permission = "tokens"  // make and revoke API tokens
	MayHooks   Permission = "hooks"   // manage webhooks, read their delivery log
	MayUsers   Permission = "users"   // invite, change and remove users
	MayAccount Permission = "account" // export everything, close the account
	MaySelf    Permission = "self"    // one's own password, address, sessions and second factors
)

// Permissions of staff.
const (
	StaffRead     Permission = "staff_read"     // see everything that is kept; no secret is
	StaffDomains  Permission = "staff_domains"  // locks, name servers, hosts, contacts, transfer codes; ask to delete a name or to move it to another customer
	StaffCommands Permission = "staff_commands" // retry and resolve commands, release differences after a restore
	StaffMoney    Permission = "staff_money"    // credits, debits, payments
	StaffDuties   Permission = "staff_duties"   // release brakes
	StaffEvidence Permission = "staff_evidence" // take records out as a file
	StaffRestore  Permission = "staff_restore"  // end the reconciliation after a restore before its end
	StaffHooks    Permission = "staff_hooks"    // webhooks of our own systems, deliveries of all customers
	StaffUsers    Permission = "staff_users"    // staff themselves: invite, change roles, disable
	StaffApprove  Permission = "staff_approve"  // decide what somebody else asked, where one may ask for it oneself
	StaffFactors  Permission = "staff_factors"  // ask that a user's lost second factor ends; that of staff: owners
	StaffSelf     Permission = "staff_self"     // one's own second factor and sessions
	// StaffConsoleWrite sends registries commands with an effect past the journal.
	StaffConsoleWrite Permission = "staff_console_write"
	// StaffImpersonate opens the portal as a customer's user.
	StaffImpersonate Permission = "staff_impersonate"
)

// StaffPermissions lists those of staff.
var StaffPermissions = []Permission{StaffRead, StaffDomains, StaffCommands, StaffMoney, StaffDuties, StaffEvidence, StaffRestore, StaffHooks, StaffUsers, StaffApprove, StaffFactors, StaffSelf, StaffImpersonate, StaffConsoleWrite}

// Permissions lists those of a customer's users.
var Permissions = []Permission{MayRead, MayMoney, MayPay, MayChange, MayRelease, MayTokens, MayHooks, MayUsers, MayAccount, MaySelf}

// permissions is the one table of what roles may do. Everything else, portal,
// admin, API and the engine's own functions for staff, asks it.
var permissions = map[Role][]Permission{
	RoleOwner:     Permissions,
	RoleTechnical: {MayRead, MayChange, MayTokens, MayHooks, MaySelf},
	RoleBills:     {MayRead, MayMoney, MayPay, MaySelf},
	RoleReadOnly:  {MayRead, MaySelf},

	RoleStaffOwner:      StaffPermissions,
	RoleStaffSupport:    {StaffRead, StaffDomains, StaffCommands, StaffApprove, StaffFactors, StaffSelf, StaffImpersonate},
	RoleStaffFinance:    {StaffRead, StaffMoney, StaffApprove, StaffSelf},
	RoleStaffCompliance: {StaffRead, StaffDomains, StaffDuties, StaffEvidence, StaffApprove, StaffSelf},
	RoleStaffAuditor:    {StaffRead, StaffEvidence, StaffSelf},
}

// scopePermission says what a token's user must be allowed for a scope to count.
var scopePermission = map[Scope]Permission{
	ScopeDomainsRead:  MayRead,
	ScopeDomainsWrite: MayChange,
	ScopeOrders:       MayPay,
	ScopeTransfers:    MayRelease,
	ScopeWebhooks:     MayHooks,
}

// CustomerRoles lists the roles of a customer's users, the most powerful first.
var CustomerRoles = []Role{RoleOwner, RoleTechnical, RoleBills, RoleReadOnly}

// StaffRoles lists the roles of staff, the most powerful first.
var StaffRoles = []Role{RoleStaffOwner, RoleStaffSupport, RoleStaffFinance, RoleStaffCompliance, RoleStaffAuditor}

// May reports whether a role allows an act. An unknown role allows nothing.
func (r Role) May(p Permission) bool { return slices.Contains(permissions[r], p) }

// Scopes returns the scopes that tokens of a role may carry.
func (r Role) Scopes() []Scope {
	var out []Scope
	for _, s := range AllScopes {
		if r.May(scopePermission[s]) {
			out = append(out, s)
		}
	}
	return out
}

// AccessReader is the part of Reader about how people get in.
type AccessReader interface {
	SessionReader
	TicketReader
	FactorReader
	PasskeyReader
	FailedTryReader
	ImpersonationReader
}

// AccessTx is the part of Tx about how people get in.
type AccessTx interface {
	SessionWriter
	TicketWriter
	UserWriter
	FactorTx
	PasskeyTx
	FailedTryTx
	TeamTx
	StaffTx
	ImpersonationTx
}
