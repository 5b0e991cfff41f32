package rdap

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/indera/indera/registrar"
)

// query is one understood request path (RFC 9082 §3.1).
type query struct {
	kind   string         // "domain", "entity", "help"; "other" when not understood
	name   registrar.Name // of a domain query
	handle string         // of an entity query
}

// unsupported are the query types of RFC 9082 and RFC 9536 that a registrar
// need not serve; they must be answered 501 (RFC 9082 §1).
var unsupported = []string{"ip", "autnum", "nameserver", "nameservers", "domains", "entities", "reverse_search"}

// parsePath reads an escaped path. One trailing slash is accepted; an escaped
// slash is data.
func parsePath(escaped string) (query, *failure) {
	other := query{kind: "other"}
	segments := strings.Split(strings.TrimPrefix(escaped, "/"), "/")
	if n := len(segments); n > 1 && segments[n-1] == "" {
		segments = segments[:n-1]
	}
	kind, rest := segments[0], segments[1:]
	switch {
	case slices.Contains(unsupported, kind):
		return query{kind: kind}, &failure{http.StatusNotImplemented, "This server answers queries for domains, its own entity and help only."}
	case kind == "help" && len(rest) == 0:
		return query{kind: kind}, nil
	case kind != "domain" && kind != "entity":
		return other, &failure{http.StatusNotFound, "There is no such path. Please see /help."}
	case len(rest) != 1 || rest[0] == "":
		return query{kind: kind}, &failure{http.StatusBadRequest, "The path must be /" + kind + "/ and one object."}
	}
	value, err := url.PathUnescape(rest[0])
	if err != nil || !utf8.ValidString(value) {
		return query{kind: kind}, &failure{http.StatusBadRequest, "The object is not valid UTF-8, percent-encoded."}
	}
	if kind == "entity" {
		return query{kind: kind, handle: value}, nil
	}
	name, fail := parseName(value)
	return query{kind: kind, name: name}, fail
}

// parseName reads a domain name in A-labels or U-labels, not both mixed (TIG
// 3.1).
func parseName(value string) (registrar.Name, *failure) {
	bad := &failure{http.StatusBadRequest, "This is not a domain name."}
	if value != strings.TrimSpace(value) {
		return registrar.Name{}, bad
	}
	if mixesLabels(value) {
		return registrar.Name{}, &failure{http.StatusBadRequest, "Please write the name in A-labels or in U-labels, not in both."}
	}
	name, err := registrar.ParseName(value)
	if err == nil {
		return name, nil
	}
	if isLabel(strings.TrimSuffix(value, ".")) {
		return name, &failure{http.StatusNotFound, "This object is not registered through this registrar."}
	}
	return registrar.Name{}, bad
}

// isLabel reports whether s is one well-formed label, such as a TLD.
func isLabel(s string) bool {
	_, err := registrar.ParseName(s + ".invalid")
	return err == nil && !strings.Contains(s, ".")
}

// mixesLabels looks for an A-label beside a label that is not ASCII. The dots
// are those of UTS #46 §2.3.
func mixesLabels(name string) bool {
	var a, u bool
	for _, label := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(".。．｡", r) }) {
		if strings.ContainsFunc(label, func(r rune) bool { return r > 127 }) {
			u = true
		} else if len(label) >= 4 && strings.EqualFold(label[:4], "xn--") {
			a = true
		}
	}
	return a && u
}
