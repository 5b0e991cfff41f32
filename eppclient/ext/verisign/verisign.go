// Package verisign holds the extensions and mappings of Verisign's registries
// (.com, .net and those that run on the same platform), a file for each. The
// schemas are those of its software development kit.
package verisign

import "github.com/indera/indera/eppclient/epp"

// Mappings describes everything in the package.
func Mappings() []epp.Mapping {
	return []epp.Mapping{
		NamestoreMapping, IDNLangMapping, SyncMapping, WhoisInfoMapping, COAMapping, PremiumMapping, RelatedMapping,
		BalanceMapping, LowBalanceMapping, RGPPollMapping,
	}
}

const reference = "Verisign"
