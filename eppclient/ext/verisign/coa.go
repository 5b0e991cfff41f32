package verisign

import "github.com/indera/indera/eppclient/epp"

// COANamespace is the URI of the client object attribute extension.
const COANamespace = "urn:ietf:params:xml:ns:coa-1.0"

// COAMapping describes the extension.
var COAMapping = epp.Mapping{
	URI: COANamespace, Prefix: "coa", Reference: reference,
	Adds: "free attributes of a registrar on its objects",
}

// Attribute is one key with its value.
type Attribute struct{ Key, Value string }

// COACreate goes with a create.
type COACreate struct{ Put []Attribute }

// EncodeExtension implements epp.Extension.
func (c COACreate) EncodeExtension(e *epp.Encoder) {
	if len(c.Put) == 0 {
		e.Fail("coa:attr", "required")
	}
	e.Within("coa", COANamespace, "create", func() { encodeAttributes(e, c.Put) })
}

// COAUpdate goes with an update. Remove names keys.
type COAUpdate struct {
	Remove []string
	Put    []Attribute
}

// EncodeExtension implements epp.Extension.
func (u COAUpdate) EncodeExtension(e *epp.Encoder) {
	if len(u.Remove)+len(u.Put) == 0 {
		e.Fail("coa:update", "changes nothing")
	}
	e.Within("coa", COANamespace, "update", func() {
		if len(u.Remove) > 0 {
			e.Start("coa:rem")
			for _, key := range u.Remove {
				e.Token("coa:key", key, 1, 50)
			}
			e.End("coa:rem")
		}
		if len(u.Put) > 0 {
			e.Start("coa:put")
			encodeAttributes(e, u.Put)
			e.End("coa:put")
		}
	})
}

func encodeAttributes(e *epp.Encoder, list []Attribute) {
	for _, a := range list {
		e.Start("coa:attr")
		e.Token("coa:key", a.Key, 1, 50)
		e.Token("coa:value", a.Value, 0, 1000)
		e.End("coa:attr")
	}
}

// COAInfo returns the attributes an info answers.
func COAInfo(r *epp.Response) []Attribute {
	var out []Attribute
	for _, el := range r.Extension(COANamespace, "infData").All(COANamespace, "attr") {
		out = append(out, Attribute{Key: el.ChildValue(COANamespace, "key"), Value: el.ChildValue(COANamespace, "value")})
	}
	return out
}
