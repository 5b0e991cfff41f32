package verisign

import "github.com/indera/indera/eppclient/epp"

// NamestoreNamespace is the URI of the routing extension.
const NamestoreNamespace = "http://www.verisign-grs.com/epp/namestoreExt-1.1"

// NamestoreMapping describes the extension.
var NamestoreMapping = epp.Mapping{
	URI: NamestoreNamespace, Prefix: "namestoreExt", Reference: reference,
	Adds: "the sub-product, such as dotCOM, that every object command goes to",
}

// Namestore goes with every object command, hosts included: it routes the command
// to one of the registries behind a session.
type Namestore struct {
	SubProduct string // "dotCOM", "dotNET", …
}

// EncodeExtension implements epp.Extension.
func (n Namestore) EncodeExtension(e *epp.Encoder) {
	e.Within("namestoreExt", NamestoreNamespace, "namestoreExt", func() {
		e.Token("namestoreExt:subProduct", n.SubProduct, 1, 64)
	})
}

// NamestoreError returns why the routing failed, "" when it did not: the
// sub-product is wrong, which no repetition cures.
func NamestoreError(r *epp.Response) string {
	return r.Extension(NamestoreNamespace, "nsExtErrData").ChildValue(NamestoreNamespace, "msg")
}

// SubProduct returns the sub-product that an answer names, or "".
func SubProduct(r *epp.Response) string {
	return r.Extension(NamestoreNamespace, "namestoreExt").ChildValue(NamestoreNamespace, "subProduct")
}
