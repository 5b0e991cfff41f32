// Package epp maps EPP messages to typed Go values and back: the protocol
// (RFC 5730) and the domain, host and contact objects (RFC 5731-5733).
//
// Outgoing frames come from structs with a fixed element order, so they are
// valid against the schemas or are refused with *InvalidError before anything
// is sent. Incoming frames are read leniently: elements are found by namespace
// and local name whatever the prefix; unknown elements, result codes, statuses
// and extensions are kept, not refused. Document types, processing
// instructions and entities are refused with *SyntaxError.
//
// The package does no I/O.
package epp

import "fmt"

// Namespace is the namespace of the protocol itself (RFC 5730 §4).
const Namespace = "urn:ietf:params:xml:ns:epp-1.0"

// Version is the only protocol version there is (RFC 5730 §2.4).
const Version = "1.0"

// UnhandledNamespaces is the extension by which a server hands over data of
// namespaces that the client did not log in with (RFC 9038 §4).
const UnhandledNamespaces = "urn:ietf:params:xml:ns:epp:unhandled-namespaces-1.0"

// Objects names the namespaces of the three object mappings. Some registries
// use copies of the IETF schemas under their own URI.
type Objects struct {
	Domain  string
	Host    string
	Contact string
	// Copies of the two extensions that go with the objects; "" = those of the RFCs.
	// Packages secdns and rgp need not know: elements are renamed on their way.
	SecDNS string
	RGP    string
}

// Namespaces of the extensions that registries have copies of (RFC 5910, RFC 3915).
const (
	standardSecDNS = "urn:ietf:params:xml:ns:secDNS-1.1"
	standardRGP    = "urn:ietf:params:xml:ns:rgp-1.0"
)

// Own returns the URI that the registry has in the place of an extension's.
func (o Objects) Own(uri string) string {
	switch {
	case uri == standardSecDNS && o.SecDNS != "":
		return o.SecDNS
	case uri == standardRGP && o.RGP != "":
		return o.RGP
	}
	return uri
}

// rename gives the elements of copied extensions the namespace of the RFC.
func (o Objects) rename(root *Element) {
	if o.SecDNS == "" && o.RGP == "" {
		return
	}
	root.Walk(func(el *Element) {
		switch el.Space {
		case "":
		case o.SecDNS:
			el.Space = standardSecDNS
		case o.RGP:
			el.Space = standardRGP
		}
	})
}

// Standard is the set of RFC 5731, 5732 and 5733.
var Standard = Objects{
	Domain:  "urn:ietf:params:xml:ns:domain-1.0",
	Host:    "urn:ietf:params:xml:ns:host-1.0",
	Contact: "urn:ietf:params:xml:ns:contact-1.0",
}

// Secret is text that must never be logged: a password or an authInfo. All
// ways of printing it show a placeholder; Reveal gives the text.
type Secret string

const hidden = "[secret]"

// Reveal returns the text itself, to be sent or compared, never to be logged.
func (s Secret) Reveal() string { return string(s) }

// String hides the text from fmt.
func (Secret) String() string { return hidden }

// GoString hides the text from %#v.
func (Secret) GoString() string { return hidden }

// MarshalText hides the text from encoding/json, encoding/xml and slog.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// InvalidError says that a command cannot be encoded: Field breaks a rule of
// the schema. Nothing was sent. The value is not shown: it may be a secret.
type InvalidError struct {
	Field  string // element, for example "domain:name"
	Reason string
}

func (e *InvalidError) Error() string { return fmt.Sprintf("invalid %s: %s", e.Field, e.Reason) }

// SyntaxError says that a received frame is not acceptable XML.
type SyntaxError struct {
	Reason string
	Err    error // the XML reader's error, or nil
}

func (e *SyntaxError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("received XML: %s: %v", e.Reason, e.Err)
	}
	return "received XML: " + e.Reason
}

// Unwrap returns the XML reader's error.
func (e *SyntaxError) Unwrap() error { return e.Err }

// MissingError says that a received frame lacks an element without which it
// has no meaning, for example a response without any result.
type MissingError struct{ Element string }

func (e *MissingError) Error() string { return "received frame has no " + e.Element }
