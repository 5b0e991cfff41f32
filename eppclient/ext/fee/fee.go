// Package fee is the registry fee extension of EPP (RFC 8748) and the drafts
// before it that registries still speak: what a command costs, and the consent to
// pay it. One set of types serves all versions; a Version, chosen by the greeting,
// says how they are written.
package fee

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"github.com/indera/indera/eppclient/epp"
)

// Version is the namespace of one version.
type Version string

// The versions. The schema of 0.21 was never published with the draft's
// successors; it is written like 0.23, which differs from it in wording only as
// far as servers show.
const (
	V1   Version = "urn:ietf:params:xml:ns:epp:fee-1.0" // RFC 8748; mind the "epp:"
	V023 Version = "urn:ietf:params:xml:ns:fee-0.23"
	V021 Version = "urn:ietf:params:xml:ns:fee-0.21"
	V012 Version = "urn:ietf:params:xml:ns:fee-0.12"
	V011 Version = "urn:ietf:params:xml:ns:fee-0.11"
	V010 Version = "urn:ietf:params:xml:ns:fee-0.10"
	V09  Version = "urn:ietf:params:xml:ns:fee-0.9"
	V08  Version = "urn:ietf:params:xml:ns:fee-0.8"
	V07  Version = "urn:ietf:params:xml:ns:fee-0.7"
	V06  Version = "urn:ietf:params:xml:ns:fee-0.6"
	V05  Version = "urn:ietf:params:xml:ns:fee-0.5"
)

// Versions are all of them, the best first.
var Versions = []Version{V1, V023, V021, V012, V011, V010, V09, V08, V07, V06, V05}

// Family is the name the versions share in their mappings.
const Family = "fee"

// Mappings describes the versions, the best first.
func Mappings() []epp.Mapping {
	out := make([]epp.Mapping, 0, len(Versions))
	for _, v := range Versions {
		m := epp.Mapping{
			URI: string(v), Prefix: "fee", Family: Family, Reference: "draft " + v.number(),
			Adds: "prices at check, fees with create, renew, transfer and restore, account balance",
		}
		switch v {
		case V1:
			m.Reference = "RFC 8748"
		case V021:
			m.Reference = "draft 0.21, written like 0.23"
		}
		out = append(out, m)
	}
	return out
}

// Choose returns the version a session uses, "" when it uses none.
func Choose(s epp.Services) Version {
	for _, v := range Versions {
		if s.Has(string(v)) {
			return v
		}
	}
	return ""
}

func (v Version) number() string {
	_, n, _ := strings.Cut(string(v), "fee-")
	return n
}

// PerName reports whether a check names each name with its command (up to 0.10)
// instead of asking for all names of the domain check.
func (v Version) PerName() bool {
	switch v {
	case V05, V06, V07, V08, V09, V010:
		return true
	}
	return false
}

// OneCommand reports whether a check asks for one command only (0.11).
func (v Version) OneCommand() bool { return v == V011 }

func (v Version) known() bool {
	for _, k := range Versions {
		if v == k {
			return true
		}
	}
	return false
}

// Amount is a decimal as the registry wrote it, for example "10.50". It is sent
// back in the same words.
type Amount string

var amountPattern = regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$`)

// maxDigits keeps arithmetic on what a server sends small.
const maxDigits = 40

func (a Amount) rat() (*big.Rat, bool) {
	s := strings.TrimSpace(string(a))
	if len(s) > maxDigits || !amountPattern.MatchString(s) {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// Minor returns the amount in minor units of a currency with so many decimals:
// 1050 for "10.50" and 2. Error: not a decimal, finer than the minor unit, or too
// large.
func (a Amount) Minor(decimals int) (int64, error) {
	r, ok := a.rat()
	if !ok {
		return 0, fmt.Errorf("amount %q is no decimal", string(a))
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
	r.Mul(r, new(big.Rat).SetInt(scale))
	if !r.IsInt() || !r.Num().IsInt64() {
		return 0, fmt.Errorf("amount %q does not fit a minor unit with %d decimals", string(a), decimals)
	}
	return r.Num().Int64(), nil
}

// FromMinor is the opposite of Minor: "10.50" for 1050 and 2.
func FromMinor(minor int64, decimals int) Amount {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
	return Amount(new(big.Rat).SetFrac(big.NewInt(minor), scale).FloatString(decimals))
}

// Fee is one part of a price.
type Fee struct {
	Amount      Amount
	Description string
	Refundable  *bool  // nil = not said
	GracePeriod string // xs:duration within which it is refunded; "" = not said
	Applied     string // "immediate", "delayed" or ""
}

// Credit is a part that is given back; its amount is zero or less.
type Credit struct {
	Amount      Amount
	Description string
}

// Total is the sum of fees and credits in minor units. Error: an amount is no
// decimal of that currency.
func Total(fees []Fee, credits []Credit, decimals int) (int64, error) {
	var sum int64
	for _, f := range fees {
		n, err := f.Amount.Minor(decimals)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	for _, c := range credits {
		n, err := c.Amount.Minor(decimals)
		if err != nil {
			return 0, err
		}
		if n > 0 {
			return 0, fmt.Errorf("credit %q is above zero", string(c.Amount))
		}
		sum += n
	}
	return sum, nil
}

// Operation is a priced command.
type Operation string

// The operations.
const (
	Create   Operation = "create"
	Renew    Operation = "renew"
	Transfer Operation = "transfer"
	Restore  Operation = "restore"
	Update   Operation = "update"
	Delete   Operation = "delete"
	Custom   Operation = "custom" // 1.0 and 0.23; with CustomName
)

// Command is what a price is asked for.
type Command struct {
	Operation  Operation
	CustomName string
	Phase      string // launch phase, "" = the server's
	SubPhase   string
	Period     epp.Period // zero = the server's default; none for a restore
}

// Charge consents to a price. It goes with the domain command of the same name;
// a restore is paid with Update on the frame of the restore request.
type Charge struct {
	Version  Version
	Command  Operation // Create, Renew, Transfer or Update
	Currency string    // ISO 4217
	Fees     []Fee
	Credits  []Credit
}

// EncodeExtension implements epp.Extension.
func (c Charge) EncodeExtension(e *epp.Encoder) {
	if !c.Version.known() {
		e.Fail("fee", "unknown version %q", c.Version)
	}
	e.OneOf("fee command", string(c.Command), string(Create), string(Renew), string(Transfer), string(Update))
	if len(c.Fees) == 0 {
		e.Fail("fee:fee", "required")
	}
	if len(c.Credits) > 0 && (c.Version == V05 || c.Version == V06) {
		e.Fail("fee:credit", "version %s knows none", c.Version.number())
	}
	e.Within("fee", string(c.Version), string(c.Command), func() {
		switch {
		case c.Currency != "":
			currency(e, c.Currency)
		case c.Version == V05:
			e.Fail("fee:currency", "required")
		}
		for _, f := range c.Fees {
			encodeFee(e, c.Version, f)
		}
		for _, cr := range c.Credits {
			if r, ok := cr.Amount.rat(); !ok || r.Sign() > 0 {
				e.Fail("fee:credit", "must be a decimal of zero or less")
			}
			e.Text("fee:credit", string(cr.Amount), epp.A("description", cr.Description))
		}
	})
}

var currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)

func currency(e *epp.Encoder, code string) {
	if !currencyPattern.MatchString(code) {
		e.Fail("fee:currency", "must be three capitals")
	}
	e.Text("fee:currency", code)
}

func encodeFee(e *epp.Encoder, v Version, f Fee) {
	if r, ok := f.Amount.rat(); !ok || r.Sign() < 0 {
		e.Fail("fee:fee", "must be a decimal of zero or more")
	}
	refundable := ""
	if f.Refundable != nil {
		refundable = epp.Bool(*f.Refundable)
	}
	applied := f.Applied
	if v == V05 {
		applied = "" // came with 0.6
	}
	if applied != "" {
		e.OneOf("fee:fee@applied", applied, "immediate", "delayed")
	}
	e.Text("fee:fee", string(f.Amount), epp.A("description", f.Description), epp.A("refundable", refundable),
		epp.A("grace-period", f.GracePeriod), epp.A("applied", applied))
}
