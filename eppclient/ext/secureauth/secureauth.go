// Package secureauth is secure authorization information for transfers in EPP
// (RFC 9154): an authInfo is random, set only while a transfer is wanted, shown
// once and unset again.
package secureauth

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/indera/indera/eppclient/epp"
)

// Namespace signals that a server follows the RFC; it has no schema and no
// elements.
const Namespace = "urn:ietf:params:xml:ns:epp:secure-authinfo-transfer-1.0"

// Mapping describes the extension.
var Mapping = epp.Mapping{
	URI: Namespace, Prefix: "secure-authinfo-transfer", Reference: "RFC 9154",
	Adds: "empty authInfo at create, set on request, unset after use",
}

// MinBits is what an authInfo must have of randomness (RFC 9154 §4.1).
const MinBits = 128

// Alphabets. Printable is what RFC 9154 §4.1 names; Plain leaves out what
// registries, shells and people get wrong.
const (
	Lower     = "abcdefghijklmnopqrstuvwxyz"
	Upper     = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	Digits    = "0123456789"
	Plain     = Lower + Upper + Digits + "!-=_"
	Printable = "!\"#$%&'()*+,-./" + Digits + ":;<=>?@" + Upper + "[\\]^_`" + Lower + "{|}~"
)

// Policy is what a registry takes as authInfo.
type Policy struct {
	Alphabet string
	Length   int
	// Classes are sets of characters of which each must occur at least once.
	Classes []string
}

// Default fits every registry known to us.
var Default = Policy{Alphabet: Plain, Length: 24, Classes: []string{Lower, Upper, Digits, "!-=_"}}

// Bits is the randomness of one authInfo, before the classes are asked for.
func (p Policy) Bits() float64 {
	if len(p.Alphabet) == 0 {
		return 0
	}
	return float64(p.Length) * math.Log2(float64(len(p.Alphabet)))
}

// Check says what is wrong with a policy.
func (p Policy) Check() error {
	if p.Bits() < MinBits {
		return fmt.Errorf("authInfo of %d characters out of %d has %.0f bits, want %d", p.Length, len(p.Alphabet), p.Bits(), MinBits)
	}
	if len(p.Classes) > p.Length {
		return errors.New("authInfo is shorter than its classes")
	}
	for i, r := range p.Alphabet {
		if r > 0x7E || r < 0x20 || strings.ContainsRune(p.Alphabet[i+1:], r) {
			return fmt.Errorf("alphabet: %q is not printable ASCII or occurs twice", r)
		}
	}
	for _, c := range p.Classes {
		if !strings.ContainsAny(p.Alphabet, c) {
			return errors.New("a class is not in the alphabet")
		}
	}
	return nil
}

// maxDraws bounds New: with sensible classes a draw fits more often than not.
const maxDraws = 10_000

// New makes an authInfo. Every draw is uniform; one that misses a class is thrown
// away as a whole, so that what is left stays uniform among those allowed.
func (p Policy) New() (epp.Secret, error) {
	if err := p.Check(); err != nil {
		return "", err
	}
	size := big.NewInt(int64(len(p.Alphabet)))
	for range maxDraws {
		var b strings.Builder
		for range p.Length {
			n, err := rand.Int(rand.Reader, size)
			if err != nil {
				return "", fmt.Errorf("making an authInfo: %w", err)
			}
			b.WriteByte(p.Alphabet[n.Int64()])
		}
		if p.mixed(b.String()) {
			return epp.Secret(b.String()), nil
		}
	}
	return "", errors.New("no authInfo of all classes in reasonable time")
}

func (p Policy) mixed(code string) bool {
	for _, c := range p.Classes {
		if !strings.ContainsAny(code, c) {
			return false
		}
	}
	return true
}

const transferLock = "clientTransferProhibited"

// Release is the update that lets a name go (RFC 9154 §5.2): the lock is lifted,
// if there is one, and the authInfo set, in one command.
func Release(name string, code epp.Secret, locked bool) epp.DomainUpdate {
	u := epp.DomainUpdate{Name: name, Chg: &epp.DomainChange{AuthInfo: &code}}
	if locked {
		u.Rem.Statuses = []epp.Status{{Value: transferLock}}
	}
	return u
}

// Withdraw is the update after the time is over, or the holder changed his mind:
// the authInfo is unset and the lock set, unless it is there.
func Withdraw(name string, locked bool) epp.DomainUpdate {
	u := epp.DomainUpdate{Name: name, Chg: &epp.DomainChange{NullAuth: true}}
	if !locked {
		u.Add.Statuses = []epp.Status{{Value: transferLock}}
	}
	return u
}
