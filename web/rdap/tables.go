package rdap

import "github.com/indera/indera/registrar/publicdata"

// statusWords maps EPP and RGP statuses to RDAP words (RFC 8056 §2).
var statusWords = map[string]string{
	"ok":                       "active",
	"linked":                   "associated",
	"inactive":                 "inactive",
	"pendingCreate":            "pending create",
	"pendingDelete":            "pending delete",
	"pendingRenew":             "pending renew",
	"pendingRestore":           "pending restore",
	"pendingTransfer":          "pending transfer",
	"pendingUpdate":            "pending update",
	"redemptionPeriod":         "redemption period",
	"addPeriod":                "add period",
	"autoRenewPeriod":          "auto renew period",
	"renewPeriod":              "renew period",
	"transferPeriod":           "transfer period",
	"clientHold":               "client hold",
	"clientDeleteProhibited":   "client delete prohibited",
	"clientRenewProhibited":    "client renew prohibited",
	"clientTransferProhibited": "client transfer prohibited",
	"clientUpdateProhibited":   "client update prohibited",
	"serverHold":               "server hold",
	"serverDeleteProhibited":   "server delete prohibited",
	"serverRenewProhibited":    "server renew prohibited",
	"serverTransferProhibited": "server transfer prohibited",
	"serverUpdateProhibited":   "server update prohibited",
}

// rdapStatuses translates. publicdata lets only statuses through that have a
// word; a test holds both lists together.
func rdapStatuses(epp []string) []string {
	out := make([]string, 0, len(epp))
	for _, s := range epp {
		if word, ok := statusWords[s]; ok {
			out = append(out, word)
		}
	}
	return out
}

// registrantPath selects the registrant as Response Profile 2.2 appendix E
// writes it; tests compare the text.
const registrantPath = "$.entities[?(@.roles[0]=='registrant')]"

// redactionRules say how each field is withheld (Response Profile 2.2 appendix
// E): prePath selects nothing any more, postPath what stands empty now.
var redactionRules = map[publicdata.Field]redaction{
	publicdata.RegistryDomainID:       {Method: "removal", PrePath: "$.handle"},
	publicdata.RegistryRegistrantID:   {Method: "removal", PrePath: registrantPath + ".handle"},
	publicdata.RegistrantName:         {Method: "emptyValue", PostPath: registrantPath + ".vcardArray[1][?(@[0]=='fn')][3]"},
	publicdata.RegistrantOrganization: {Method: "removal", PrePath: registrantPath + ".vcardArray[1][?(@[0]=='org')]"},
	publicdata.RegistrantStreet:       {Method: "emptyValue", PostPath: registrantPath + ".vcardArray[1][?(@[0]=='adr')][3][:3]"},
	publicdata.RegistrantCity:         {Method: "emptyValue", PostPath: registrantPath + ".vcardArray[1][?(@[0]=='adr')][3][3]"},
	publicdata.RegistrantPostalCode:   {Method: "emptyValue", PostPath: registrantPath + ".vcardArray[1][?(@[0]=='adr')][3][5]"},
	publicdata.RegistrantPhone:        {Method: "removal", PrePath: registrantPath + ".vcardArray[1][?(@[1].type=='voice')]"},
	publicdata.RegistrantEmail: {Method: "replacementValue", PrePath: registrantPath + ".vcardArray[1][?(@[0]=='email')]",
		ReplacementPath: registrantPath + ".vcardArray[1][?(@[0]=='contact-uri')]"},
}

func redactions(fields []publicdata.Field) []redaction {
	var out []redaction
	for _, f := range fields {
		r := redactionRules[f]
		r.Name.Type, r.PathLang = string(f), "jsonpath"
		out = append(out, r)
	}
	return out
}
