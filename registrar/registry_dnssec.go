package registrar

import (
	"context"
	"strings"
)

// Delegations signs delegations (RFC 5910).
type Delegations interface {
	// UpdateSecDNS makes the registry hold Want. The adapter computes what to add
	// and remove from u.Current, which the caller has just read by DomainInfo.
	UpdateSecDNS(ctx context.Context, send Send, u SecDNSUpdate) (Receipt, error)
}

// SecDNSForm says what a registry takes: DS records or keys, never both
// (RFC 5910 §4).
type SecDNSForm string

// The forms.
const (
	SecDNSNone SecDNSForm = ""
	SecDNSDS   SecDNSForm = "ds"
	SecDNSKey  SecDNSForm = "key"
)

// DS is a delegation signer record (RFC 4034 §5).
type DS struct {
	KeyTag     uint16
	Algorithm  uint8
	DigestType uint8
	Digest     string // hexadecimal, upper case
}

// Same reports whether two records are equal in all four values.
func (d DS) Same(o DS) bool {
	return d.KeyTag == o.KeyTag && d.Algorithm == o.Algorithm && d.DigestType == o.DigestType && strings.EqualFold(d.Digest, o.Digest)
}

// DNSKey is a DNSKEY record (RFC 4034 §2).
type DNSKey struct {
	Flags     uint16
	Protocol  uint8 // 3
	Algorithm uint8
	PublicKey string // base64 without blanks
}

// SecDNS is how a delegation is signed: records or keys, never both.
type SecDNS struct {
	DS         []DS
	Keys       []DNSKey
	MaxSigLife int // seconds; 0 = not given
	// Unreadable counts entries of the registry that nobody could read: a
	// difference to them can't be computed, all must be replaced.
	Unreadable int
}

// Signed reports whether there is a record or key.
func (s SecDNS) Signed() bool { return len(s.DS)+len(s.Keys)+s.Unreadable > 0 }

// SecDNSUpdate asks for other records or keys.
type SecDNSUpdate struct {
	Name    string
	Current SecDNS // as the registry has it now
	Want    SecDNS
	Urgent  bool // asks for priority; 2102 where the registry gives none
}
