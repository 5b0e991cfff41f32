package registrar

import (
	"net/netip"
	"slices"
	"time"
)

// Customer is the account that pays.
type Customer struct {
	ID        string
	Name      string
	Currency  string // ISO 4217, fixed at sign-up
	Language  string // BCP 47, for mail
	CreatedAt time.Time
	ClosedAt  *time.Time // nobody signs in and nothing is bought any more
}

// Role says what a user may do.
type Role string

// Roles of a customer's users; what each may do stands in access.go.
const (
	RoleOwner     Role = "owner"
	RoleTechnical Role = "technical"
	RoleBills     Role = "billing"
	RoleReadOnly  Role = "read_only"
)

// Roles of staff; what each may do stands in access.go, too.
const (
	RoleStaffOwner      Role = "staff_owner"
	RoleStaffSupport    Role = "staff_support"
	RoleStaffFinance    Role = "staff_finance"
	RoleStaffCompliance Role = "staff_compliance"
	RoleStaffAuditor    Role = "staff_auditor"
)

// User is a login: of a customer, or of our staff when CustomerID is "".
type User struct {
	ID           string
	CustomerID   string
	Email        string // lower case, unique
	Name         string
	Role         Role
	PasswordHash string // argon2id, PHC string
	CreatedAt    time.Time
	DisabledAt   *time.Time

	EmailVerifiedAt *time.Time // when the user proved to read the address's mail; nil = not yet
}

// IsStaff reports whether the user is one of us.
func (u User) IsStaff() bool { return u.CustomerID == "" && slices.Contains(StaffRoles, u.Role) }

// Scope is a right of an API token.
type Scope string

// Scopes.
const (
	ScopeDomainsRead  Scope = "domains:read"
	ScopeDomainsWrite Scope = "domains:write" // changes that cost nothing
	ScopeOrders       Scope = "orders"        // changes that cost money
	ScopeTransfers    Scope = "transfers"     // changes that give a name away: transfer codes, deletions
	ScopeWebhooks     Scope = "webhooks"      // manage webhooks, read and replay their deliveries
)

// AllScopes lists every scope in the order shown to people.
var AllScopes = []Scope{ScopeDomainsRead, ScopeDomainsWrite, ScopeOrders, ScopeTransfers, ScopeWebhooks}

// APIToken is a bearer token of a customer. The token itself is shown once and
// kept only as a SHA-256 digest.
type APIToken struct {
	ID         string
	CustomerID string
	UserID     string
	Name       string
	Digest     string // hex SHA-256 of the token
	Hint       string // last four characters, to tell tokens apart
	Scopes     []Scope
	Networks   []netip.Prefix // from where it may be used; none = anywhere
	CreatedAt  time.Time
	ExpiresAt  *time.Time
	LastUsedAt *time.Time
	RevokedAt  *time.Time
}

// Actor is who caused a change, for the audit trail.
type Actor struct {
	Kind      ActorKind
	ID        string // user id, token id, or the job's name
	IP        string // "" for jobs
	RequestID string
	For       string // user id when staff act for a customer's user, else ""
}

// ActorKind says what kind of hand acted.
type ActorKind string

// Actor kinds.
const (
	ActorCustomer ActorKind = "customer"
	ActorStaff    ActorKind = "staff"
	ActorToken    ActorKind = "token"
	ActorSystem   ActorKind = "system"
)

// System returns the actor of a background job.
func System(job string) Actor { return Actor{Kind: ActorSystem, ID: job} }
