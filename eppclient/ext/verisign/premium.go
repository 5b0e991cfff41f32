package verisign

import (
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/ext/fee"
)

// PremiumNamespace is the URI of the premium domain extension.
const PremiumNamespace = "http://www.verisign.com/epp/premiumdomain-1.0"

// PremiumMapping describes the extension.
var PremiumMapping = epp.Mapping{
	URI: PremiumNamespace, Prefix: "premiumdomain", Reference: reference,
	Adds: "premium flag and prices at check, reassignment of premium names",
}

// PremiumCheck goes with a domain check.
type PremiumCheck struct{}

// EncodeExtension implements epp.Extension.
func (PremiumCheck) EncodeExtension(e *epp.Encoder) {
	e.Within("premiumdomain", PremiumNamespace, "check", func() { e.Text("premiumdomain:flag", "true") })
}

// PremiumReassign goes with a domain update: another registrar gets the name.
type PremiumReassign struct{ ShortName string }

// EncodeExtension implements epp.Extension.
func (p PremiumReassign) EncodeExtension(e *epp.Encoder) {
	e.Within("premiumdomain", PremiumNamespace, "reassign", func() {
		e.Token("premiumdomain:shortName", p.ShortName, 1, 255)
	})
}

// PremiumName is the answer for one name.
type PremiumName struct {
	Name     string
	Premium  bool
	Currency string     // of both prices; "" without prices
	Price    fee.Amount // "" = not said
	Renewal  fee.Amount
}

// PremiumData reads the answer to a check. Names with an unreadable flag are left
// out: they are unanswered.
func PremiumData(r *epp.Response) []PremiumName {
	var out []PremiumName
	for _, cd := range r.Extension(PremiumNamespace, "chkData").All(PremiumNamespace, "cd") {
		name := cd.Child(PremiumNamespace, "name")
		premium, ok := epp.ParseBool(name.Attr("premium"))
		if !ok {
			continue
		}
		price, renewal := cd.Child(PremiumNamespace, "price"), cd.Child(PremiumNamespace, "renewalPrice")
		p := PremiumName{
			Name: name.Value(), Premium: premium, Currency: price.Attr("unit"),
			Price: fee.Amount(price.Value()), Renewal: fee.Amount(renewal.Value()),
		}
		if p.Currency == "" {
			p.Currency = renewal.Attr("unit")
		}
		out = append(out, p)
	}
	return out
}
