package epp

import (
	"slices"
	"strings"
)

// Greeting is a server's opening word and its answer to hello (RFC 5730 §2.4).
type Greeting struct {
	ServerID   string // svID
	ServerDate Time   // svDate
	Versions   []string
	Langs      []string
	Objects    []string // objURI offered
	Extensions []string // extURI offered
	DCP        *Element // data collection policy, nil when absent
	Raw        []byte   // the frame as received; a greeting holds no secret
}

// DecodeGreeting reads a greeting frame. Errors: *SyntaxError, *MissingError.
func DecodeGreeting(frame []byte) (Greeting, error) {
	root, err := parse(frame)
	if err != nil {
		return Greeting{}, err
	}
	g := root.Child(Namespace, "greeting")
	if !root.Is(Namespace, "epp") || g == nil {
		return Greeting{}, &MissingError{Element: "greeting"}
	}
	menu := g.Child(Namespace, "svcMenu")
	if menu == nil {
		return Greeting{}, &MissingError{Element: "svcMenu"}
	}
	return Greeting{
		ServerID:   g.ChildValue(Namespace, "svID"),
		ServerDate: ParseTime(g.ChildValue(Namespace, "svDate")),
		Versions:   menu.ChildValues(Namespace, "version"),
		Langs:      menu.ChildValues(Namespace, "lang"),
		Objects:    menu.ChildValues(Namespace, "objURI"),
		Extensions: menu.Child(Namespace, "svcExtension").ChildValues(Namespace, "extURI"),
		DCP:        g.Child(Namespace, "dcp"),
		Raw:        frame,
	}, nil
}

// Select returns what of wanted the server offers, in the order of wanted:
// URIs that a server does not list make many servers refuse the login.
func (g Greeting) Select(wanted Services) Services {
	extensions := wanted.Extensions
	for _, versions := range wanted.OneOf {
		if offered := both(versions, g.Extensions); len(offered) > 0 {
			extensions = append(slices.Clip(extensions), offered[0])
		}
	}
	return Services{
		Objects:    both(wanted.Objects, g.Objects),
		Extensions: both(extensions, g.Extensions),
	}
}

// Lang returns the wanted language when offered, else one that shares its
// primary tag ("en-GB" for "en"), else the server's first, else wanted.
func (g Greeting) Lang(wanted string) string {
	for _, l := range g.Langs {
		if strings.EqualFold(l, wanted) {
			return l
		}
	}
	primary, _, _ := strings.Cut(wanted, "-")
	for _, l := range g.Langs {
		if p, _, _ := strings.Cut(l, "-"); strings.EqualFold(p, primary) {
			return l
		}
	}
	if len(g.Langs) > 0 {
		return g.Langs[0]
	}
	return wanted
}

func both(wanted, offered []string) []string {
	var out []string
	for _, uri := range wanted {
		if slices.Contains(offered, uri) && !slices.Contains(out, uri) {
			out = append(out, uri)
		}
	}
	return out
}
