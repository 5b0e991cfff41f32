package registrar

import (
	"net/mail"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/language"
)

// ContactData is what a person or organisation tells of itself. Limits are
// those of RFC 5733 §2 and §4.
type ContactData struct {
	Name         string   // 1-255 characters
	Organization string   // may be ""
	Street       []string // 1-3 lines
	City         string
	State        string // may be ""
	PostalCode   string // at most 16; may be "" where the country has none
	CountryCode  string // ISO 3166-1 alpha-2, upper case
	Phone        string // E.164 in EPP form: +CC.NUMBER
	Email        string
}

// SameContact reports whether two contacts say the same.
func SameContact(a, b ContactData) bool {
	street := slices.Equal(a.Street, b.Street)
	a.Street, b.Street = nil, nil
	return street && reflect.DeepEqual(a, b)
}

// ContactVersion is one immutable state of a contact.
type ContactVersion struct {
	ContactID  string
	Version    int
	CustomerID string
	ContactData
	CreatedAt time.Time
}

// ContactRef names a version.
type ContactRef struct {
	ContactID string
	Version   int
}

var eppPhone = regexp.MustCompile(`^\+[0-9]{1,3}\.[0-9]{1,14}$`)

// Normalize trims and checks the data and returns the form that is kept.
// Errors are KindInvalid and name the field; the first carries all others.
func (c ContactData) Normalize() (ContactData, error) {
	c.Name, c.Organization = tidy(c.Name), tidy(c.Organization)
	c.City, c.State = tidy(c.City), tidy(c.State)
	c.PostalCode = strings.ToUpper(tidy(c.PostalCode))
	c.CountryCode = strings.ToUpper(tidy(c.CountryCode))
	c.Email = tidy(c.Email)
	var street []string
	for _, line := range c.Street {
		if line = tidy(line); line != "" {
			street = append(street, line)
		}
	}
	c.Street = street
	found := c.checkText()
	if err := found.add(c.checkCountry()); err != nil {
		return ContactData{}, err
	}
	phone, err := NormalizePhone(c.Phone, c.CountryCode)
	if err := found.add(err); err != nil {
		return ContactData{}, err
	}
	email, err := NormalizeEmail(c.Email)
	if err := found.add(err); err != nil {
		return ContactData{}, err
	}
	if err := found.err(); err != nil {
		return ContactData{}, err
	}
	c.Phone, c.Email = phone, email
	return c, nil
}

// checkText notes one finding for each field.
func (c ContactData) checkText() findings {
	var found findings
	note := func(field, code, format string, args ...any) {
		found = append(found, InvalidField(field, code, format, args...))
	}
	texts := []struct {
		field, value string
		required     bool
	}{{"name", c.Name, true}, {"organization", c.Organization, false}, {"street", longest(c.Street), true}, {"city", c.City, true}, {"state", c.State, false}}
	for _, f := range texts {
		switch {
		case f.value == "" && f.field == "street":
			note(f.field, "required", "Please give the street address.")
		case f.value == "" && f.required:
			note(f.field, "required", "Please give the %s.", f.field)
		case f.field == "street" && len(c.Street) > 3:
			note(f.field, "too_many_lines", "A street address has at most three lines.")
		case len([]rune(f.value)) > 255:
			note(f.field, "too_long", "At most 255 characters are possible here.")
		case hasControl(f.value), f.field == "street" && slices.ContainsFunc(c.Street, hasControl):
			note(f.field, "control_character", "Control characters are not possible here.")
		}
	}
	if len(c.PostalCode) > 16 || hasControl(c.PostalCode) {
		note("postal_code", "too_long", "A postal code has at most 16 characters.")
	}
	return found
}

// longest returns the line with the most characters, "" of none.
func longest(lines []string) string {
	out := ""
	for _, l := range lines {
		if len([]rune(l)) > len([]rune(out)) {
			out = l
		}
	}
	return out
}

func (c ContactData) checkCountry() error {
	region, err := language.ParseRegion(c.CountryCode)
	if err != nil || len(c.CountryCode) != 2 || !region.IsCountry() {
		return InvalidField("country_code", "bad_country", "Please give the country as two letters (ISO 3166), for example DE.")
	}
	return nil
}

// tidy trims and folds runs of white space, as XML schema token does.
func tidy(s string) string { return strings.Join(strings.Fields(s), " ") }

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f || r == 0xFFFD })
}

// NormalizePhone reads a number as a person types it and returns +CC.NUMBER
// (RFC 5733 §2.5). Numbers without a country code are read in country.
func NormalizePhone(input, country string) (string, error) {
	s := strings.TrimSpace(input)
	if eppPhone.MatchString(s) {
		s = strings.Replace(s, ".", "", 1)
	}
	n, err := phonenumbers.Parse(s, country)
	if err != nil || !phonenumbers.IsPossibleNumber(n) {
		return "", InvalidField("phone", "bad_phone", "Please give a phone number with its country code, for example +49 30 123456.")
	}
	e164 := phonenumbers.Format(n, phonenumbers.E164)
	cc := strconv.Itoa(int(n.GetCountryCode()))
	out := "+" + cc + "." + strings.TrimPrefix(e164, "+"+cc)
	if !eppPhone.MatchString(out) {
		return "", InvalidField("phone", "bad_phone", "Please give a phone number with its country code, for example +49 30 123456.")
	}
	return out, nil
}

// NormalizeEmail checks an address and lower-cases its domain.
func NormalizeEmail(input string) (string, error) {
	s := strings.TrimSpace(input)
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 {
		return "", InvalidField("email", "bad_email", "Please give an e-mail address such as name@example.com.")
	}
	at := strings.LastIndexByte(s, '@')
	host, err := ParseHostName(s[at+1:])
	if err != nil {
		return "", InvalidField("email", "bad_email", "Please give an e-mail address such as name@example.com.")
	}
	return s[:at] + "@" + host, nil
}
