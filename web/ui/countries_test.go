package ui

import (
	"testing"

	"github.com/indera/indera/registrar"
)

// TestCountries: the list is that of ISO 3166-1, which assigns 249 codes, and
// every entry is one that the engine takes.
func TestCountries(t *testing.T) {
	list := Countries()
	if len(list) != 249 {
		t.Errorf("%d countries", len(list))
	}
	for _, c := range list {
		data := registrar.ContactData{Name: "A", Street: []string{"B"}, City: "C", CountryCode: c.Code, Phone: "+49.30123456", Email: "a@example.org"}
		if _, err := data.Normalize(); err != nil || c.Name == "" || c.Name == c.Code {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
