package registrar

import (
	"html"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// cleaner turns what stands in a billing system into what is kept here and notes
// what it could not. Nothing is ever made up: a field that can't be read stays
// empty.
type cleaner struct {
	flaws []MirrorFlaw
}

const maxRaw = 1000 // characters of a raw value that an issue shows

func (c *cleaner) flaw(kind FlawKind, field, raw string) {
	for _, f := range c.flaws {
		if f.Kind == kind && f.Field == field {
			return
		}
	}
	c.flaws = append(c.flaws, MirrorFlaw{Kind: kind, Field: field, Raw: printable(raw)})
}

// printable makes raw text safe to keep and show: valid UTF-8, no control
// characters, bounded.
func printable(raw string) string {
	raw = strings.ToValidUTF8(raw, "�")
	raw = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		if r < 0x20 || r == 0x7f {
			return -1
		}
		return r
	}, raw)
	if r := []rune(raw); len(r) > maxRaw {
		raw = string(r[:maxRaw])
	}
	return raw
}

// text decodes HTML (twice at most: some systems escape what is escaped), drops
// control characters, keeps line breaks as blanks and composes characters (NFC).
func (c *cleaner) text(field, raw string) string {
	s := raw
	for range 2 {
		s = html.UnescapeString(s)
	}
	if s != raw {
		c.flaw(FlawHTML, field, raw)
	}
	if !utf8.ValidString(s) || strings.ContainsRune(s, utf8.RuneError) || mojibake(s) {
		c.flaw(FlawEncoding, field, raw)
		s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "�", "")
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == 0x85 || r == 0x2028 || r == 0x2029:
			return ' '
		case r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0:
			return -1
		}
		return r
	}, s)
	s = tidy(norm.NFC.String(s))
	if r := []rune(s); len(r) > 255 {
		c.flaw(FlawTooLong, field, raw)
		s = strings.TrimSpace(string(r[:255]))
	}
	return s
}

// mojibake reports whether s reads as UTF-8 when taken as bytes of Windows-1252:
// the trace of a damaged import.
func mojibake(s string) bool {
	ascii := true
	for i := range len(s) {
		ascii = ascii && s[i] < 0x80
	}
	if ascii {
		return false
	}
	b, err := charmap.Windows1252.NewEncoder().Bytes([]byte(s))
	return err == nil && utf8.Valid(b)
}

// countries are spellings that mean one country and no other.
var countries = map[string]string{"UK": "GB", "EL": "GR"}

// contact cleans a contact. ok is false when nothing is known of it at all.
func (c *cleaner) contact(in MirrorContact) (out ContactData, ok bool) {
	out = ContactData{
		Name: c.text("name", in.Name), Organization: c.text("organization", in.Organization), City: c.text("city", in.City),
		State: c.text("state", in.State), PostalCode: strings.ToUpper(c.text("postal_code", in.PostalCode)),
		CountryCode: strings.ToUpper(tidy(in.Country)), Street: c.street(in.Street),
	}
	if out.Name+out.Organization+out.City+out.State+out.PostalCode+strings.Join(out.Street, "")+tidy(in.Email)+tidy(in.Phone) == "" {
		c.flaws = append(c.flaws, MirrorFlaw{Kind: FlawNoContact})
		return ContactData{}, false
	}
	if out.Name == "" && out.Organization == "" {
		c.flaw(FlawNoName, "name", in.Name)
	}
	if out.Name == "" {
		out.Name = out.Organization
	}
	if len(out.Street) == 0 || out.City == "" {
		c.flaw(FlawNoAddress, "street", strings.Join(append(in.Street, in.City), ", "))
	}
	if len(out.PostalCode) > 16 {
		c.flaw(FlawTooLong, "postal_code", in.PostalCode)
		out.PostalCode = ""
	}
	if known := countries[out.CountryCode]; known != "" {
		out.CountryCode = known
	}
	if out.checkCountry() != nil {
		c.flaw(FlawBadCountry, "country_code", in.Country)
		out.CountryCode = ""
	}
	out.Phone, out.Email = c.phone(in, out.CountryCode), c.email(in.Email)
	return out, true
}

// street splits lines and folds what is beyond the third into it (RFC 5733 §2.4
// has three).
func (c *cleaner) street(in []string) []string {
	var lines []string
	for _, s := range in {
		for _, line := range strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }) {
			if line = c.text("street", line); line != "" {
				lines = append(lines, line)
			}
		}
	}
	if len(lines) <= 3 {
		return lines
	}
	return append(lines[:2:2], c.text("street", strings.Join(lines[2:], ", ")))
}

// phone joins a calling code that is kept apart to its number. A number that
// carries a code of its own is left alone.
func (c *cleaner) phone(in MirrorContact, country string) string {
	raw := tidy(in.PhoneCC + " " + in.Phone)
	s := tidy(in.Phone)
	digits := func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}
	switch cc := strings.Map(digits, in.PhoneCC); {
	case s == "":
		c.flaw(FlawBadPhone, "phone", raw)
		return ""
	case strings.HasPrefix(s, "+"):
	case strings.HasPrefix(s, "00"):
		s = "+" + s[2:]
	case cc != "":
		s = "+" + cc + " " + s
	}
	out, err := NormalizePhone(s, country)
	if err != nil {
		c.flaw(FlawBadPhone, "phone", raw)
		return ""
	}
	return out
}

func (c *cleaner) email(raw string) string {
	list := strings.FieldsFunc(raw, func(r rune) bool { return r == ';' || r == ',' })
	if len(list) > 1 {
		c.flaw(FlawManyEmails, "email", raw)
	}
	first := ""
	if len(list) > 0 {
		first = strings.TrimSpace(list[0])
	}
	if len(first) > 7 && strings.EqualFold(first[:7], "mailto:") {
		first = strings.TrimSpace(first[7:])
	}
	if first == "" {
		c.flaw(FlawNoEmail, "email", raw)
		return ""
	}
	out, err := NormalizeEmail(first)
	if err != nil {
		c.flaw(FlawBadEmail, "email", raw)
		return ""
	}
	return out
}

// name reads a domain name through what people put around it: blanks, a scheme,
// "www." before a name that is whole without it, a path, a trailing dot.
func (c *cleaner) name(raw string, cat *Catalogue) (Name, bool) {
	parts := strings.Split(raw, ".")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i]) // beside a dot; within a label it would be a guess at another name
	}
	s := strings.Join(parts, ".")
	if _, rest, ok := strings.Cut(s, "://"); ok {
		s = rest
	}
	s, _, _ = strings.Cut(s, "/")
	n, err := ParseName(s)
	if err != nil {
		c.flaw(FlawBadName, "name", raw)
		return Name{}, false
	}
	if rest, ok := strings.CutPrefix(n.A, "www."); ok {
		if _, own := cat.Find(n.A); !own {
			if _, own = cat.Find(rest); own {
				n.A, n.U = rest, strings.TrimPrefix(n.U, "www.")
			}
		}
	}
	return n, true
}

// hosts keeps the name servers that can be used, each once.
func (c *cleaner) hosts(in []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, raw := range in {
		if strings.TrimSpace(raw) == "" {
			continue
		}
		host, err := ParseHostName(raw)
		if err != nil {
			c.flaw(FlawBadHost, "nameservers", raw)
			continue
		}
		if !seen[host] && len(out) < 13 {
			seen[host] = true
			out = append(out, host)
		}
	}
	return out
}
