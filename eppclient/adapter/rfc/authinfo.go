package rfc

import (
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/secureauth"
)

const (
	// minAuthInfoLength gives 132 bits; RFC 9154 §4.1 asks for 128 at least.
	minAuthInfoLength     = 22
	defaultAuthInfoLength = 24
)

// newAuthInfo returns a transfer code, for example "q7R_…". It is made when the
// frame is built and kept nowhere.
func newAuthInfo(length int) (epp.Secret, error) {
	policy := secureauth.Default
	policy.Length = length
	return policy.New()
}

// authInfo returns what a create carries.
func (a *Adapter) authInfo() (epp.Secret, error) {
	if a.cfg.Quirks.EmptyAuthInfo {
		return "", nil
	}
	return newAuthInfo(a.cfg.Quirks.AuthInfoLength)
}
