package rdap

import (
	"time"

	"golang.org/x/net/idna"

	"github.com/indera/indera/registrar/publicdata"
)

// conformance lists what an answer follows; "redacted" goes with answers that
// carry that member (RFC 9537 §4.1).
func conformance(redacted bool) []string {
	c := []string{"rdap_level_0", "icann_rdap_response_profile_1", "icann_rdap_technical_implementation_guide_1"}
	if redacted {
		c = append(c, "redacted")
	}
	return c
}

const mediaType = "application/rdap+json"

// terms is demanded in every answer (Response Profile 2.2 §2.6.1).
func (h *handler) terms(asked string) notice {
	return notice{
		Title: "Terms of Service",
		Description: []string{
			"This answer is given for information about the registration of a domain name, as is and without warranty.",
			"It may not be used for unsolicited messages, nor for high-volume automated queries.",
		},
		Links: []link{{Value: asked, Rel: "terms-of-service", Href: h.TermsURL, Type: "text/html"}},
	}
}

// domainNotices carry texts fixed by Response Profile 2.2 §2.6.3 and §2.10.
func (h *handler) domainNotices(asked string) []notice {
	return []notice{
		h.terms(asked),
		{
			Title:       "Status Codes",
			Description: []string{"For more information on domain status codes, please visit https://icann.org/epp"},
			Links:       []link{{Value: asked, Rel: "glossary", Href: "https://icann.org/epp", Type: "text/html"}},
		},
		{
			Title:       "RDDS Inaccuracy Complaint Form",
			Description: []string{"URL of the ICANN RDDS Inaccuracy Complaint Form: https://icann.org/wicf"},
			Links:       []link{{Value: asked, Rel: "help", Href: "https://icann.org/wicf", Type: "text/html"}},
		},
	}
}

// help answers /help (TIG 3.4).
func (h *handler) help(asked string) helpAnswer {
	docs := notice{
		Title:       "About this service",
		Description: []string{"Queries: domain/{name} for names registered through this registrar, entity/" + h.Registrar.IANAID + " for the registrar itself, help."},
		Links:       []link{{Value: asked, Rel: "help", Href: h.DocsURL, Type: "text/html"}},
	}
	return helpAnswer{top{Conformance: conformance(true), Lang: "en", Notices: []notice{h.terms(asked), docs}}}
}

func (h *handler) registrarAnswer(asked string, now time.Time) entityAnswer {
	e := h.registrarEntity()
	e.Events = []event{lastUpdate(now)}
	e.Links = append(e.Links, selfLink(h.PublicBase+"/entity/"+h.Registrar.IANAID))
	return entityAnswer{top{Conformance: conformance(false), Lang: "en", Notices: []notice{h.terms(asked)}}, e}
}

func (h *handler) domain(v publicdata.View, asked string) domainAnswer {
	return domainAnswer{
		top:         top{Conformance: conformance(len(v.Redacted) > 0), Lang: "en", Notices: h.domainNotices(asked)},
		ObjectClass: "domain", Handle: v.Handle, LDHName: v.Name, UnicodeName: unicodeName(v.Name, v.UName),
		Status: rdapStatuses(v.Statuses), Events: events(v),
		Entities:    []entity{h.registrarEntity(), registrantEntity(v.Registrant)},
		Nameservers: nameservers(v.NameServers), SecureDNS: secureDNS{DelegationSigned: v.Signed},
		Links: []link{selfLink(h.PublicBase + "/domain/" + v.Name)}, Port43: h.Port43, Redacted: redactions(v.Redacted),
	}
}

func selfLink(u string) link { return link{Value: u, Rel: "self", Href: u, Type: mediaType} }

// unicodeName is sent for IDNs only.
func unicodeName(ldh, unicode string) string {
	if unicode == ldh {
		return ""
	}
	return unicode
}

// events follow Response Profile 2.2 §2.3.1: the two expirations are the same
// date, because the registrar sells what the registry has.
func events(v publicdata.View) []event {
	var out []event
	add := func(action string, at *time.Time) {
		if at != nil {
			out = append(out, event{action, stamp(*at)})
		}
	}
	add("registration", v.Created)
	add("last changed", v.Changed)
	add("expiration", v.Expires)
	add("registrar expiration", v.Expires)
	return append(out, lastUpdate(v.ReadAt))
}

func lastUpdate(at time.Time) event { return event{"last update of RDAP database", stamp(at)} }

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func nameservers(hosts []string) []nameserver {
	out := make([]nameserver, 0, len(hosts)) // an empty list is demanded, too
	for _, ldh := range hosts {
		ns := nameserver{ObjectClass: "nameserver", LDHName: ldh}
		if u, err := idna.Lookup.ToUnicode(ldh); err == nil {
			ns.UnicodeName = unicodeName(ldh, u)
		}
		out = append(out, ns)
	}
	return out
}

// registrarEntity follows Response Profile 2.2 §2.4. The value of its "about"
// link is the base URL registered at IANA.
func (h *handler) registrarEntity() entity {
	r := h.Registrar
	return entity{
		ObjectClass: "entity", Handle: r.IANAID, Roles: []string{"registrar"},
		PublicIDs: []publicID{{"IANA Registrar ID", r.IANAID}},
		VCard:     card(text("fn", r.Name)),
		Links:     []link{{Value: h.RDAPBase, Rel: "about", Href: r.URL, Type: "text/html"}},
		Entities: []entity{{
			ObjectClass: "entity", Roles: []string{"abuse"},
			VCard: card(text("fn", "Abuse contact of "+r.Name), voice(r.AbusePhone), text("email", r.AbuseEmail)),
		}},
	}
}

// registrantEntity shows country, state and the contact form; the rest is
// empty or absent, as the redactions say.
func registrantEntity(r publicdata.Registrant) entity {
	adr := []any{"adr", map[string]string{"cc": r.CountryCode}, "text", []string{"", "", "", "", r.State, "", ""}}
	form := []any{"contact-uri", map[string]string{}, "uri", r.ContactURI}
	return entity{ObjectClass: "entity", Roles: []string{"registrant"}, VCard: card(text("fn", ""), adr, form)}
}

// card builds a jCard (RFC 7095 §3).
func card(properties ...[]any) []any {
	list := []any{text("version", "4.0")}
	for _, p := range properties {
		list = append(list, p)
	}
	return []any{"vcard", list}
}

func text(name, value string) []any { return []any{name, map[string]string{}, "text", value} }

// voice takes +CC.NUMBER; dots are visual separators in a tel URI (RFC 3966 §3).
func voice(number string) []any {
	return []any{"tel", map[string]string{"type": "voice"}, "uri", "tel:" + number}
}
