package registrar

import (
	"context"
	"time"
)

// Claims asks for trademark claims (RFC 8334 §3.1.1).
type Claims interface {
	// CheckClaims asks whether marks stand against names. Answers come in the
	// order of names; one that the registry did not answer has Known = false and
	// never counts as free of claims.
	CheckClaims(ctx context.Context, phase LaunchPhase, names []string) ([]Claim, error)
}

// LaunchPhase is a phase of a TLD's launch (RFC 8334 §2.3).
type LaunchPhase struct {
	Name string // sunrise, landrush, claims, open or custom
	Sub  string // sub-phase, or the name of a custom phase; "" = none
}

// Claim is a registry's answer for one name.
type Claim struct {
	Name  string
	Known bool
	Keys  []ClaimKey // none: no mark stands against the name
}

// ClaimKey opens a claims notice at its validator.
type ClaimKey struct{ Key, Validator string }

// ClaimNotice is a claims notice that the registrant has accepted.
type ClaimNotice struct {
	ID        string
	Validator string // "" = tmch
	NotAfter  string // exactly as the validator wrote it
	Accepted  time.Time
}

// LaunchCreate goes with the create of a name in a launch phase.
type LaunchCreate struct {
	Phase       LaunchPhase
	Application bool          // apply, where the phase has applications and registrations
	SignedMark  []byte        // encoded signed mark data, the file as the holder got it (RFC 7848)
	Notices     []ClaimNotice // claims phase
}

// LaunchApplication is what a registry says of an application (RFC 8334 §2.4).
type LaunchApplication struct {
	Phase  LaunchPhase
	ID     string
	Status string // pendingValidation, validated, invalid, pendingAllocation, allocated, rejected or the registry's own
	Text   string
}
