package registrar

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func goodContact() ContactData {
	return ContactData{
		Name: "Ada Lovelace", Street: []string{"12 St James's Square"}, City: "London", PostalCode: "SW1Y 4JH",
		CountryCode: "GB", Phone: "+44.2079460123", Email: "ada@example.org",
	}
}

func TestContactNormalize(t *testing.T) {
	c := goodContact()
	c.Name, c.CountryCode, c.PostalCode = "  Ada \t Lovelace ", "gb", "sw1y 4jh"
	c.Street = []string{" 12 St James's  Square ", "", " "}
	c.Phone, c.Email = "020 7946 0123", "ada@EXAMPLE.org"
	got, err := c.Normalize()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(goodContact(), got); diff != "" {
		t.Error(diff)
	}
}

func TestContactRefused(t *testing.T) {
	for _, c := range []struct {
		field  string
		change func(*ContactData)
	}{
		{"name", func(c *ContactData) { c.Name = " " }},
		{"name", func(c *ContactData) { c.Name = strings.Repeat("ä", 256) }},
		{"name", func(c *ContactData) { c.Name = "a\x07b" }},
		{"organization", func(c *ContactData) { c.Organization = "a\x00" }},
		{"street", func(c *ContactData) { c.Street = nil }},
		{"street", func(c *ContactData) { c.Street = []string{"1", "2", "3", "4"} }},
		{"city", func(c *ContactData) { c.City = "" }},
		{"postal_code", func(c *ContactData) { c.PostalCode = strings.Repeat("1", 17) }},
		{"country_code", func(c *ContactData) { c.CountryCode = "XX" }},
		{"country_code", func(c *ContactData) { c.CountryCode = "GBR" }},
		{"country_code", func(c *ContactData) { c.CountryCode = "EU" }}, // no country
		{"phone", func(c *ContactData) { c.Phone = "call me" }},
		{"phone", func(c *ContactData) { c.Phone = "" }},
		{"email", func(c *ContactData) { c.Email = "ada" }},
		{"email", func(c *ContactData) { c.Email = "Ada <ada@example.org>" }},
		{"email", func(c *ContactData) { c.Email = "ada@localhost" }},
	} {
		data := goodContact()
		c.change(&data)
		_, err := data.Normalize()
		var e *Error
		if !errors.As(err, &e) || e.Kind != KindInvalid || e.Field != c.field {
			t.Errorf("wrong %s: got %v", c.field, err)
		}
	}
}

func TestNormalizePhone(t *testing.T) {
	for _, c := range []struct{ in, country, want string }{
		{"+49 30 123456", "", "+49.30123456"},
		{"030 123456", "DE", "+49.30123456"},
		{"+1.2125550123", "DE", "+1.2125550123"},
		{"+1 (212) 555-0123", "", "+1.2125550123"},
		{"+380.441234567", "UA", "+380.441234567"},
	} {
		if got, err := NormalizePhone(c.in, c.country); err != nil || got != c.want {
			t.Errorf("NormalizePhone(%q, %q) = %q, %v; want %q", c.in, c.country, got, err, c.want)
		}
	}
}
