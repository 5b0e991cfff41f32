package registrar

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// A registrar that moves to Indera brings its names as rows of a file. A row is
// only a claim: what it says becomes the engine's to act upon when the registry
// itself has shown the name, by <info>, as sponsored by our account. Until then
// the name's owner system is OwnerImport: customers see it, but no duty, no
// command, no mail and no directory takes notice of it.

// OwnerImport is the owner system of a name that came from a file and was not
// yet proved at the registry.
const OwnerImport = "import"

// Prefix of ids.
const PrefixImport = "imp"

// ImportRow is what one row of a file says, as it stands there.
type ImportRow struct {
	Line          int // where it begins in the file, from 1
	Domain        string
	CustomerEmail string
	CustomerName  string // "" = the registrant's
	Language      string // BCP 47, of mail; "" = en
	Registrant    ContactData
	NameServers   []string
	Expires       string // YYYY-MM-DD, or ""
}

// ImportAction is what becomes of a row.
type ImportAction string

// Actions.
const (
	ImportCreate ImportAction = "create" // the name is new here
	ImportChange ImportAction = "change" // it came from a file before, and the file says something else now
	ImportVerify ImportAction = "verify" // it came from a file before, and is to be proved now
	ImportSame   ImportAction = "same"   // nothing to do
	ImportRefuse ImportAction = "refuse" // see the findings
)

// ImportActions lists all of them in the order shown to people.
var ImportActions = []ImportAction{ImportCreate, ImportChange, ImportVerify, ImportSame, ImportRefuse}

// ImportFinding is something that a person should know of a row.
type ImportFinding struct {
	Column  string // of the file; "" = the whole row
	Code    string // stable word for programs
	Detail  string // never repeats personal data
	Refuses bool   // false: the row is taken nevertheless
}

// ImportPlan is a row with what is to be done about it.
type ImportPlan struct {
	Row         ImportRow
	Action      ImportAction
	Name        Name
	Findings    []ImportFinding
	NewCustomer bool // the customer is made by this row
	Email       string

	tld     TLD
	hosts   []string
	expires *time.Time
	holder  ContactData
	found   *Domain     // the live row here
	info    *DomainInfo // proof, once it was asked for
	holds   *ContactInfo
	hosted  []HostInfo // hosts below the name
	asked   bool
}

// Proved reports whether the registry has shown the name as ours.
func (p *ImportPlan) Proved() bool { return p.info != nil && p.Action != ImportRefuse }

func (p *ImportPlan) refuse(column, code, format string, args ...any) {
	p.Action = ImportRefuse
	p.Findings = append(p.Findings, ImportFinding{Column: column, Code: code, Detail: fmt.Sprintf(format, args...), Refuses: true})
}

func (p *ImportPlan) note(column, code, format string, args ...any) {
	p.Findings = append(p.Findings, ImportFinding{Column: column, Code: code, Detail: fmt.Sprintf(format, args...)})
}

// ImportRun is one time that a file was applied. One without EndedAt was cut off
// or is under way; the same file again goes on where it stopped.
type ImportRun struct {
	ID        string
	File      string // base name
	Digest    string // hex SHA-256 of the file
	Verify    bool
	StartedBy string
	StartedAt time.Time
	EndedAt   *time.Time
	Line      int // of the last row that was done
	Created   int
	Changed   int
	Verified  int // names that became the engine's; those created and proved at once count twice
	Same      int
	Refused   int
	Customers int // made
	Differing int // rows that were taken although something differs

	// Lease is the token under which this process imports; it is not kept.
	Lease string `json:"-"`
}

// count notes a row.
func (r *ImportRun) count(p *ImportPlan) {
	r.Line = max(r.Line, p.Row.Line)
	switch p.Action {
	case ImportCreate:
		r.Created++
	case ImportChange:
		r.Changed++
	case ImportSame:
		r.Same++
	case ImportRefuse:
		r.Refused++
	}
	if p.Proved() {
		r.Verified++
	}
	if p.Action != ImportRefuse && len(p.Findings) > 0 {
		r.Differing++
	}
}

// ImportReader reads what imports left.
type ImportReader interface {
	ImportLookups
	// ImportRuns lists runs, newest first.
	ImportRuns(ctx context.Context, page Page) ([]ImportRun, error)
	// LeaseHeld reports whether somebody holds the lease now.
	LeaseHeld(ctx context.Context, name string) (bool, error)
	// ImportFindings lists what was found in rows of the file with this digest that
	// were taken, from line first to line last, in order.
	ImportFindings(ctx context.Context, digest string, first, last int) ([]ImportNoted, error)
	// ImportContact returns the contact that was made of data with this digest;
	// KindNotFound when none was.
	ImportContact(ctx context.Context, customerID, digest string) (contactID string, err error)
	// RegistryContactByHandle returns what a contact object of a registry stands
	// for; KindNotFound when it is unknown here.
	RegistryContactByHandle(ctx context.Context, registry, handle string) (RegistryContact, error)
}

// ImportWriter writes it.
type ImportWriter interface {
	InsertImportRun(ctx context.Context, r ImportRun) error
	// SaveImportRun writes figures and end.
	SaveImportRun(ctx context.Context, r ImportRun) error
	// HoldLease prolongs a lease that is still ours, and keeps others from taking it
	// until the transaction ends; false when it is lost.
	HoldLease(ctx context.Context, name, token string, ttl time.Duration) (bool, error)
	// WriteImportFindings puts noted in place of what is kept of these lines.
	WriteImportFindings(ctx context.Context, digest string, lines []int, noted []ImportNoted) error
	InsertImportContact(ctx context.Context, customerID, digest, contactID string) error
}

// contactDigest names data by its content.
func contactDigest(c ContactData) (string, error) {
	raw, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("encoding contact: %w", err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}
