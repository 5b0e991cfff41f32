package verisign

import "github.com/indera/indera/eppclient/epp"

// WhoisInfoNamespace is the URI of the WHOIS information extension.
const WhoisInfoNamespace = "http://www.verisign.com/epp/whoisInf-1.0"

// WhoisInfoMapping describes the extension.
var WhoisInfoMapping = epp.Mapping{
	URI: WhoisInfoNamespace, Prefix: "whoisInf", Reference: reference,
	Adds: "name, WHOIS server and site of a name's registrar at info",
}

// WhoisRequest goes with a domain info.
type WhoisRequest struct{}

// EncodeExtension implements epp.Extension.
func (WhoisRequest) EncodeExtension(e *epp.Encoder) {
	e.Within("whoisInf", WhoisInfoNamespace, "whoisInf", func() { e.Text("whoisInf:flag", "true") })
}

// WhoisData is the answer to it.
type WhoisData struct{ Registrar, WhoisServer, URL, IRISServer string }

// WhoisInfo reads the answer; ok is false when there is none.
func WhoisInfo(r *epp.Response) (data WhoisData, ok bool) {
	el := r.Extension(WhoisInfoNamespace, "whoisInfData")
	text := func(local string) string { return el.ChildValue(WhoisInfoNamespace, local) }
	return WhoisData{
		Registrar: text("registrar"), WhoisServer: text("whoisServer"), URL: text("url"), IRISServer: text("irisServer"),
	}, el != nil
}
