package rdap

// top holds the members that stand only at the top of an answer (RFC 9083
// §4.1, §4.3).
type top struct {
	Conformance []string `json:"rdapConformance"`
	Lang        string   `json:"lang"`
	Notices     []notice `json:"notices"`
}

type errorAnswer struct {
	top
	ErrorCode   int      `json:"errorCode"`
	Title       string   `json:"title"`
	Description []string `json:"description"`
}

type helpAnswer struct{ top }

type entityAnswer struct {
	top
	entity
}

type domainAnswer struct {
	top
	ObjectClass string       `json:"objectClassName"`
	Handle      string       `json:"handle,omitempty"`
	LDHName     string       `json:"ldhName"`
	UnicodeName string       `json:"unicodeName,omitempty"`
	Status      []string     `json:"status"`
	Events      []event      `json:"events"`
	Entities    []entity     `json:"entities"`
	Nameservers []nameserver `json:"nameservers"`
	SecureDNS   secureDNS    `json:"secureDNS"`
	Links       []link       `json:"links"`
	Port43      string       `json:"port43,omitempty"`
	Redacted    []redaction  `json:"redacted,omitempty"`
}

type entity struct {
	ObjectClass string     `json:"objectClassName"`
	Handle      string     `json:"handle,omitempty"`
	VCard       []any      `json:"vcardArray"`
	Roles       []string   `json:"roles"`
	PublicIDs   []publicID `json:"publicIds,omitempty"`
	Entities    []entity   `json:"entities,omitempty"`
	Links       []link     `json:"links,omitempty"`
	Events      []event    `json:"events,omitempty"`
}

type publicID struct {
	Type       string `json:"type"`
	Identifier string `json:"identifier"`
}

type nameserver struct {
	ObjectClass string `json:"objectClassName"`
	LDHName     string `json:"ldhName"`
	UnicodeName string `json:"unicodeName,omitempty"`
}

type secureDNS struct {
	DelegationSigned bool `json:"delegationSigned"`
}

type event struct {
	Action string `json:"eventAction"`
	Date   string `json:"eventDate"` // RFC 3339, UTC
}

type link struct {
	Value string `json:"value"`
	Rel   string `json:"rel"`
	Href  string `json:"href"`
	Type  string `json:"type,omitempty"`
}

type notice struct {
	Title       string   `json:"title"`
	Description []string `json:"description"`
	Links       []link   `json:"links"`
}

// redaction is one entry of RFC 9537 §4.2.
type redaction struct {
	Name            redactionName `json:"name"`
	PrePath         string        `json:"prePath,omitempty"`
	PostPath        string        `json:"postPath,omitempty"`
	ReplacementPath string        `json:"replacementPath,omitempty"`
	PathLang        string        `json:"pathLang"`
	Method          string        `json:"method"`
}

type redactionName struct {
	Type string `json:"type"`
}
