package rfc

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"

	"github.com/indera/indera/eppclient/epp"
)

// authAlphabet holds characters that every registry known to us takes and that
// no template, shell or XML layer changes: 66 of them, 6.04 bits each.
const (
	authLower    = "abcdefghijklmnopqrstuvwxyz"
	authUpper    = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	authDigits   = "0123456789"
	authSigns    = "!-=_"
	authAlphabet = authLower + authUpper + authDigits + authSigns
)

const (
	// minAuthInfoLength gives 132 bits; RFC 9154 §4.1 asks for 128 at least.
	minAuthInfoLength     = 22
	defaultAuthInfoLength = 24
)

// newAuthInfo returns a transfer code, for example "q7R_…". It is made when the
// frame is built and kept nowhere. All four kinds of characters occur, because
// some registries insist on that; the draw is repeated until they do, which
// costs less than one bit.
func newAuthInfo(length int) (epp.Secret, error) {
	for {
		var b strings.Builder
		for range length {
			n, err := rand.Int(rand.Reader, big.NewInt(int64(len(authAlphabet))))
			if err != nil {
				return "", fmt.Errorf("making a transfer code: %w", err)
			}
			b.WriteByte(authAlphabet[n.Int64()])
		}
		if code := b.String(); mixed(code) {
			return epp.Secret(code), nil
		}
	}
}

func mixed(code string) bool {
	for _, kind := range []string{authLower, authUpper, authDigits, authSigns} {
		if !strings.ContainsAny(code, kind) {
			return false
		}
	}
	return true
}

// authInfo returns what a create carries.
func (a *Adapter) authInfo() (epp.Secret, error) {
	if a.cfg.Quirks.EmptyAuthInfo {
		return "", nil
	}
	return newAuthInfo(a.cfg.Quirks.AuthInfoLength)
}
