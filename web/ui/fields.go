package ui

import (
	"net/url"
	"slices"
	"strings"

	"github.com/indera/indera/registrar"
)

// ContactOf returns the fields of a contact as they were typed.
func ContactOf(form url.Values) registrar.ContactData {
	return registrar.ContactData{
		Name: form.Get("name"), Organization: form.Get("organization"), Street: form["street"], City: form.Get("city"), State: form.Get("state"),
		PostalCode: form.Get("postal_code"), CountryCode: form.Get("country_code"), Phone: form.Get("phone"), Email: form.Get("email"),
	}
}

// WithRoom offers two empty fields after the name servers of a form, four fields
// at least.
func WithRoom(hosts []string) []string {
	out := slices.Clone(hosts)
	for len(out) < len(hosts)+2 || len(out) < 4 {
		out = append(out, "")
	}
	return out
}

// Trimmed returns what was typed into fields of one name, without the empty ones.
func Trimmed(in []string) []string {
	var out []string
	for _, s := range in {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// Addresses returns IP addresses that were typed into one field.
func Addresses(typed string) []string {
	return strings.FieldsFunc(typed, func(r rune) bool { return strings.ContainsRune(" \t\r\n,;", r) })
}

// HostName completes a label to a name below domain.
func HostName(typed, domain string) string {
	typed = strings.ToLower(strings.TrimSpace(typed))
	if typed == "" || strings.Contains(typed, ".") {
		return typed
	}
	return typed + "." + domain
}
