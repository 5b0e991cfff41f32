package verisign

import "github.com/indera/indera/eppclient/epp"

// RelatedNamespace is the URI of the related domain extension.
const RelatedNamespace = "http://www.verisign.com/epp/relatedDomain-1.0"

// RelatedMapping describes the extension.
var RelatedMapping = epp.Mapping{
	URI: RelatedNamespace, Prefix: "relDom", Reference: reference,
	Adds: "variants and the same label in related TLDs: info and commands on all at once",
}

// RelatedInfo goes with a domain info. With All the answer is about the whole
// group even when the name itself does not exist.
type RelatedInfo struct{ All bool }

// EncodeExtension implements epp.Extension.
func (i RelatedInfo) EncodeExtension(e *epp.Encoder) {
	kind := "domain"
	if i.All {
		kind = "related"
	}
	e.Within("relDom", RelatedNamespace, "info", nil, epp.A("type", kind))
}

// RelatedDomain is one further name of a create, renew or transfer.
type RelatedDomain struct {
	Name       string
	AuthInfo   epp.Secret // create and transfer
	CurExpDate string     // renew: YYYY-MM-DD
	Period     epp.Period
	Lang       string // create of an IDN
}

// RelatedCreate goes with a domain create and creates further names with it.
type RelatedCreate struct{ Domains []RelatedDomain }

// EncodeExtension implements epp.Extension.
func (c RelatedCreate) EncodeExtension(e *epp.Encoder) {
	encodeRelated(e, "create", c.Domains, func(d RelatedDomain) {
		encodeRelatedAuth(e, d.AuthInfo)
		e.Period("relDom:period", d.Period)
		if d.Lang != "" && !languagePattern.MatchString(d.Lang) {
			e.Fail("relDom:lang", "is no language tag")
		}
		e.Optional("relDom:lang", d.Lang)
	})
}

// RelatedRenew goes with a domain renew.
type RelatedRenew struct{ Domains []RelatedDomain }

// EncodeExtension implements epp.Extension.
func (c RelatedRenew) EncodeExtension(e *epp.Encoder) {
	encodeRelated(e, "renew", c.Domains, func(d RelatedDomain) {
		if len(d.CurExpDate) != 10 || epp.ParseTime(d.CurExpDate).Time.IsZero() {
			e.Fail("relDom:curExpDate", "must be YYYY-MM-DD")
		}
		e.Text("relDom:curExpDate", d.CurExpDate)
		e.Period("relDom:period", d.Period)
	})
}

// RelatedTransfer goes with a domain transfer.
type RelatedTransfer struct{ Domains []RelatedDomain }

// EncodeExtension implements epp.Extension.
func (c RelatedTransfer) EncodeExtension(e *epp.Encoder) {
	encodeRelated(e, "transfer", c.Domains, func(d RelatedDomain) {
		if d.AuthInfo != "" {
			encodeRelatedAuth(e, d.AuthInfo)
		}
		e.Period("relDom:period", d.Period)
	})
}

// RelatedUpdate goes with a domain update, which then holds for all names.
type RelatedUpdate struct{ Names []string }

// EncodeExtension implements epp.Extension.
func (u RelatedUpdate) EncodeExtension(e *epp.Encoder) { encodeNames(e, "update", u.Names) }

// RelatedDelete goes with a domain delete, which then deletes all names.
type RelatedDelete struct{ Names []string }

// EncodeExtension implements epp.Extension.
func (d RelatedDelete) EncodeExtension(e *epp.Encoder) { encodeNames(e, "delete", d.Names) }

func encodeRelated(e *epp.Encoder, local string, domains []RelatedDomain, rest func(RelatedDomain)) {
	if len(domains) == 0 {
		e.Fail("relDom:domain", "required")
	}
	e.Within("relDom", RelatedNamespace, local, func() {
		for _, d := range domains {
			e.Start("relDom:domain")
			e.Token("relDom:name", d.Name, 1, 255)
			rest(d)
			e.End("relDom:domain")
		}
	})
}

func encodeRelatedAuth(e *epp.Encoder, pw epp.Secret) {
	e.Start("relDom:authInfo")
	e.Text("relDom:pw", pw.Reveal())
	e.End("relDom:authInfo")
}

func encodeNames(e *epp.Encoder, local string, names []string) {
	if len(names) == 0 {
		e.Fail("relDom:name", "required")
	}
	e.Within("relDom", RelatedNamespace, local, func() {
		for _, name := range names {
			e.Token("relDom:name", name, 1, 255)
		}
	})
}

// RelatedGroup is a set of related names.
type RelatedGroup struct {
	Type       string // "tld" or "variant"
	InSync     bool
	Fields     map[string]bool // field → the same in all names
	Registered []string
	Available  []string
}

// RelatedInfoData reads the groups that an info answers.
func RelatedInfoData(r *epp.Response) []RelatedGroup {
	var out []RelatedGroup
	for _, el := range r.Extension(RelatedNamespace, "infData").All(RelatedNamespace, "group") {
		fields := el.Child(RelatedNamespace, "fields")
		g := RelatedGroup{
			Type:       el.Attr("type"),
			Fields:     map[string]bool{},
			Registered: el.Child(RelatedNamespace, "registered").ChildValues(RelatedNamespace, "name"),
			Available:  el.Child(RelatedNamespace, "available").ChildValues(RelatedNamespace, "name"),
		}
		g.InSync, _ = epp.ParseBool(fields.Attr("inSync"))
		for _, f := range fields.All(RelatedNamespace, "field") {
			if same, ok := epp.ParseBool(f.Attr("inSync")); ok {
				g.Fields[f.Attr("name")] = same
			}
		}
		out = append(out, g)
	}
	return out
}

// RelatedResult is what a transform did to one of the further names.
type RelatedResult struct {
	Name     string
	Created  epp.Time
	Expires  epp.Time
	Deleted  string           // of a delete: "deleted" or "pendingDelete"
	Transfer epp.TransferData // of a transfer
}

// RelatedResults reads the answer to a transform.
func RelatedResults(r *epp.Response) []RelatedResult {
	var out []RelatedResult
	for _, local := range []string{"creData", "renData", "trnData", "delData"} {
		for _, el := range r.Extension(RelatedNamespace, local).All(RelatedNamespace, "domain") {
			text := func(local string) string { return el.ChildValue(RelatedNamespace, local) }
			res := RelatedResult{
				Name: text("name"), Created: epp.ParseTime(text("crDate")),
				Expires: epp.ParseTime(text("exDate")), Deleted: text("result"),
			}
			if local == "trnData" {
				res.Transfer = epp.TransferData{
					Name: text("name"), Status: epp.TransferStatus(text("trStatus")),
					Gaining: text("reID"), Requested: epp.ParseTime(text("reDate")),
					Losing: text("acID"), Acted: epp.ParseTime(text("acDate")), Expires: res.Expires,
				}
			}
			out = append(out, res)
		}
	}
	return out
}
