// Package alloctoken is the allocation token extension of EPP (RFC 8495): a code
// that unlocks a reserved name or a price.
package alloctoken

import "github.com/indera/indera/eppclient/epp"

// Namespace is the extension's URI.
const Namespace = "urn:ietf:params:xml:ns:allocationToken-1.0"

// Mapping describes the extension.
var Mapping = epp.Mapping{
	URI: Namespace, Prefix: "allocationToken", Reference: "RFC 8495",
	Adds: "a token with check, create, transfer and other commands",
}

// Token goes with a check, where it applies to all names, a create, a transfer
// request and whatever else the registry takes it for. Who knows it can use it.
type Token struct{ Value epp.Secret }

// EncodeExtension implements epp.Extension.
func (t Token) EncodeExtension(e *epp.Encoder) {
	e.Token("allocationToken:allocationToken", t.Value.Reveal(), 1, -1, epp.A("xmlns:allocationToken", Namespace))
}

// Request goes with a domain info and asks for the token of the name: 2201 when
// we may not know it, 2303 when there is none.
type Request struct{}

// EncodeExtension implements epp.Extension.
func (Request) EncodeExtension(e *epp.Encoder) {
	e.Within("allocationToken", Namespace, "info", nil)
}

// Info returns the token an info answers; "" when it answers none.
func Info(r *epp.Response) epp.Secret {
	return epp.Secret(r.Extension(Namespace, "allocationToken").Value())
}
