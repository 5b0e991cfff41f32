package whois

import (
	"errors"
	"strings"
	"testing"
)

// FuzzQuery: a line is refused with one of two texts, or names a clean A-label.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{"a.example", "domain a.example", "=a.example", "-T dn,ace bücher.example", "", "-T", "= =", "nameserver x", "\x00", "a\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		n, err := parseQuery(line)
		if err != nil {
			if !errors.Is(err, errInvalid) && !errors.Is(err, errObject) {
				t.Fatalf("unknown refusal %v", err)
			}
			return
		}
		if n.A == "" || len(n.A) > 253 || n.A != strings.ToLower(n.A) || strings.ContainsAny(n.A, " \r\n\"") {
			t.Fatalf("name %q", n.A)
		}
	})
}
