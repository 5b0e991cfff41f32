package epp

// Mapping describes one namespace that the client implements: an object mapping
// or an extension. Each extension package states its own; package ext lists them
// all, for logging in, for choosing by the greeting and for the documentation.
type Mapping struct {
	URI       string
	Prefix    string // customary prefix, for example "secDNS"
	Object    bool   // announced as objURI, otherwise as extURI
	Family    string // versions of one extension share it; "" = there is one version
	Reference string // "RFC 5910", a draft, or whose it is
	Adds      string // what it adds, in a few words for people
}

// ServicesOf returns what a client that implements these mappings logs in with.
// Mappings of one family must follow each other, the best version first.
func ServicesOf(mappings []Mapping) Services {
	var s Services
	families := map[string]int{} // index into s.OneOf
	for _, m := range mappings {
		switch {
		case m.Object:
			s.Objects = append(s.Objects, m.URI)
		case m.Family == "":
			s.Extensions = append(s.Extensions, m.URI)
		default:
			at, ok := families[m.Family]
			if !ok {
				at = len(s.OneOf)
				families[m.Family] = at
				s.OneOf = append(s.OneOf, nil)
			}
			s.OneOf[at] = append(s.OneOf[at], m.URI)
		}
	}
	return s
}

// Core are the mappings of this package.
func Core() []Mapping {
	return []Mapping{
		{URI: Standard.Domain, Prefix: "domain", Object: true, Reference: "RFC 5731", Adds: "domain names: check, info, create, update, renew, transfer, delete"},
		{URI: Standard.Contact, Prefix: "contact", Object: true, Reference: "RFC 5733", Adds: "contacts: check, info, create, update, transfer, delete"},
		{URI: Standard.Host, Prefix: "host", Object: true, Reference: "RFC 5732", Adds: "name servers: check, info, create, update, delete"},
		{URI: UnhandledNamespaces, Prefix: "unhandled-namespaces", Reference: "RFC 9038", Adds: "poll data of namespaces that a session did not log in with"},
	}
}
