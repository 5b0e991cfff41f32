package verisign

import (
	"regexp"

	"github.com/indera/indera/eppclient/epp"
)

// IDNLangNamespace is the URI of the language tag extension.
const IDNLangNamespace = "http://www.verisign.com/epp/idnLang-1.0"

// IDNLangMapping describes the extension.
var IDNLangMapping = epp.Mapping{
	URI: IDNLangNamespace, Prefix: "idnLang", Reference: reference,
	Adds: "the language tag that every create of an IDN needs",
}

// IDNLang goes with the create of an internationalised name, where it is
// mandatory.
type IDNLang struct {
	Tag string // three letters for Verisign's tables, for example "GER"
}

var languagePattern = regexp.MustCompile(`^[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*$`)

// EncodeExtension implements epp.Extension.
func (i IDNLang) EncodeExtension(e *epp.Encoder) {
	if !languagePattern.MatchString(i.Tag) {
		e.Fail("idnLang:tag", "is no language tag")
	}
	e.Text("idnLang:tag", i.Tag, epp.A("xmlns:idnLang", IDNLangNamespace))
}

// IDNLangInfo returns the tag an answer names, or "".
func IDNLangInfo(r *epp.Response) string { return r.Extension(IDNLangNamespace, "tag").Value() }
