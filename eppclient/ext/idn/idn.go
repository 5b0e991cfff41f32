// Package idn is the IDN table extension of EPP (idn-1.0): by which table the
// registry shall judge an internationalised name.
package idn

import "github.com/indera/indera/eppclient/epp"

// Namespace is the extension's URI.
const Namespace = "urn:ietf:params:xml:ns:idn-1.0"

// Mapping describes the extension.
var Mapping = epp.Mapping{
	URI: Namespace, Prefix: "idn", Reference: "draft-ietf-eppext-idnmap-02",
	Adds: "the IDN table of a name at create and info",
}

// Data goes with a create and comes with an info.
type Data struct {
	Table string // id of the registry's table, for example "uk" or "Cyrl"
	UName string // the name in Unicode; "" = none
}

// EncodeExtension implements epp.Extension.
func (d Data) EncodeExtension(e *epp.Encoder) {
	e.Within("idn", Namespace, "data", func() {
		e.Token("idn:table", d.Table, 1, -1)
		e.OptionalToken("idn:uname", d.UName, 1, 255)
	})
}

// Info reads what an info answers; ok is false when the name has no table.
func Info(r *epp.Response) (data Data, ok bool) {
	el := r.Extension(Namespace, "data")
	if el == nil {
		return Data{}, false
	}
	return Data{Table: el.ChildValue(Namespace, "table"), UName: el.ChildValue(Namespace, "uname")}, true
}
