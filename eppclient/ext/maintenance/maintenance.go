// Package maintenance is the registry maintenance notification mapping of EPP
// (RFC 9167): when which system of a registry will be down. It is an object
// mapping with info only, and comes by poll.
package maintenance

import "github.com/indera/indera/eppclient/epp"

// Namespace is the mapping's URI, announced as objURI.
const Namespace = "urn:ietf:params:xml:ns:epp:maintenance-1.0"

// Mapping describes the mapping.
var Mapping = epp.Mapping{
	URI: Namespace, Prefix: "maint", Object: true, Reference: "RFC 9167",
	Adds: "announcements of maintenance, by info and by poll",
}

// List asks for all announcements.
type List struct{}

// Describe names the command.
func (List) Describe() epp.Description { return epp.Description{Verb: "info", Kind: "maintenance"} }

// EncodeCommand writes <info>.
func (List) EncodeCommand(e *epp.Encoder) {
	e.Object("info", "maint", Namespace, func() { e.Empty("maint:list") })
}

// Info asks for one announcement.
type Info struct{ ID string }

// Describe names the command.
func (i Info) Describe() epp.Description {
	return epp.Description{Verb: "info", Kind: "maintenance", Object: i.ID}
}

// EncodeCommand writes <info>.
func (i Info) EncodeCommand(e *epp.Encoder) {
	e.Object("info", "maint", Namespace, func() { e.Token("maint:id", i.ID, 1, -1) })
}

// Impact says how much of a system is affected. Unknown values are kept.
type Impact string

// The impacts.
const (
	None    Impact = "none"
	Partial Impact = "partial"
	Full    Impact = "full"
)

// System is one affected system.
type System struct {
	Name   string
	Host   string // or IP address; "" = not said
	Impact Impact
}

// Description is a text for people. One of type "html" is foreign markup: never
// to be shown unescaped.
type Description struct{ Lang, Type, Text string }

// Item is one announcement. Of a list only ID, Start, End, Created and Updated
// are known.
type Item struct {
	ID              string // stable over updates
	Name            string
	Types           []string
	PollType        string // "create", "update", "delete", "courtesy", "end"; "" outside of poll
	Systems         []System
	Environment     string // "production", "ote", …
	EnvironmentName string // of a custom one
	Start, End      epp.Time
	Reason          string // "planned" or "emergency"
	Detail          string // URI
	Descriptions    []Description
	TLDs            []string // empty = the whole system
	Connection      bool     // we must do something about connections
	Implementation  bool     // or about our implementation
	Created         epp.Time
	Updated         epp.Time
}

// Data reads the answer to Info or a poll message, one item, or the answer to
// List. Error: *epp.MissingError.
func Data(r *epp.Response) ([]Item, error) {
	el, err := r.Data(Namespace, "infData")
	if err != nil {
		return nil, err
	}
	list := el.Child(Namespace, "list")
	if list != nil {
		var out []Item
		for _, li := range list.All(Namespace, "listItem") {
			out = append(out, item(li))
		}
		return out, nil
	}
	one := el.Child(Namespace, "item")
	if one == nil {
		return nil, &epp.MissingError{Element: "maint:item"}
	}
	return []Item{item(one)}, nil
}

func item(el *epp.Element) Item {
	text := func(local string) string { return el.ChildValue(Namespace, local) }
	env := el.Child(Namespace, "environment")
	out := Item{
		ID: text("id"), Name: el.Child(Namespace, "id").Attr("name"),
		Types: el.ChildValues(Namespace, "type"), PollType: text("pollType"),
		Environment: env.Attr("type"), EnvironmentName: env.Attr("name"),
		Start: epp.ParseTime(text("start")), End: epp.ParseTime(text("end")),
		Reason: text("reason"), Detail: text("detail"),
		TLDs:    el.Child(Namespace, "tlds").ChildValues(Namespace, "tld"),
		Created: epp.ParseTime(text("crDate")), Updated: epp.ParseTime(text("upDate")),
	}
	for _, s := range el.Child(Namespace, "systems").All(Namespace, "system") {
		out.Systems = append(out.Systems, System{
			Name: s.ChildValue(Namespace, "name"), Host: s.ChildValue(Namespace, "host"),
			Impact: Impact(s.ChildValue(Namespace, "impact")),
		})
	}
	for _, d := range el.All(Namespace, "description") {
		kind := d.Attr("type")
		if kind == "" {
			kind = "plain"
		}
		out.Descriptions = append(out.Descriptions, Description{Lang: d.Attr("lang"), Type: kind, Text: d.Value()})
	}
	i := el.Child(Namespace, "intervention")
	out.Connection, _ = epp.ParseBool(i.ChildValue(Namespace, "connection"))
	out.Implementation, _ = epp.ParseBool(i.ChildValue(Namespace, "implementation"))
	return out
}
