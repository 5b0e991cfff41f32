package secureauth

import (
	"strings"
	"testing"
)

func TestNew(t *testing.T) {
	seen := map[string]bool{}
	for range 200 {
		code, err := Default.New()
		if err != nil {
			t.Fatal(err)
		}
		s := code.Reveal()
		if len(s) != 24 || seen[s] || !Default.mixed(s) || strings.Trim(s, Plain) != "" {
			t.Fatalf("%q", s)
		}
		seen[s] = true
	}
}

// TestBits: the lengths that RFC 9154 §4.1 names.
func TestBits(t *testing.T) {
	if len(Printable) != 94 {
		t.Errorf("%d printable characters", len(Printable))
	}
	for name, tt := range map[string]struct {
		p    Policy
		good bool
	}{
		"94 printable": {Policy{Alphabet: Printable, Length: 20}, true}, "94 printable, short": {Policy{Alphabet: Printable, Length: 19}, false},
		"case-insensitive": {Policy{Alphabet: Lower + Digits, Length: 25}, true}, "case-insensitive, short": {Policy{Alphabet: Lower + Digits, Length: 24}, false},
		"none": {Policy{}, false}, "double": {Policy{Alphabet: Plain + "a", Length: 30}, false}, "umlaut": {Policy{Alphabet: Plain + "ä", Length: 30}, false},
		"foreign class": {Policy{Alphabet: Lower, Length: 40, Classes: []string{Digits}}, false}, "default": {Default, true},
	} {
		if err := tt.p.Check(); (err == nil) != tt.good {
			t.Errorf("%s: %v, %.1f bits", name, err, tt.p.Bits())
		}
	}
	if _, err := (Policy{Alphabet: Digits, Length: 8}).New(); err == nil {
		t.Error("a weak authInfo was made")
	}
}
