package rdap

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/indera/indera/registrar/publicdata"
)

// FuzzPath: whatever is asked, the answer is one of the documented statuses, and
// a name that passes is a clean A-label.
func FuzzPath(f *testing.F) {
	for _, s := range []string{"/domain/a.example", "/domain/b%C3%BCcher.example/", "/help", "/entity/1", "/domain/%zz", "/domain/%ff", "//", "",
		"/domain/xn--a.ü", "/domain/a%2fb", "/ip/::1", "/domain/a。example"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		q, fail := parsePath(path)
		if fail != nil {
			switch fail.status {
			case 400, 404, 501:
			default:
				t.Fatalf("status %d", fail.status)
			}
			return
		}
		switch q.kind {
		case "help":
		case "entity":
			if !utf8.ValidString(q.handle) {
				t.Fatal("handle is not UTF-8")
			}
		case "domain":
			a := q.name.A
			if a == "" || len(a) > 253 || a != strings.ToLower(a) || !strings.Contains(a, ".") || url.PathEscape(a) != a {
				t.Fatalf("name %q", a)
			}
		default:
			t.Fatalf("kind %q without failure", q.kind)
		}
	})
}

// TestEveryStatusHasAWord and every field a rule: a missing row would silently
// drop a status or send an empty redaction.
func TestTablesAreWhole(t *testing.T) {
	for _, s := range publicdata.KnownStatuses {
		if statusWords[s] == "" {
			t.Errorf("status %s has no RDAP word", s)
		}
	}
	if len(statusWords) != len(publicdata.KnownStatuses) {
		t.Errorf("%d words for %d statuses", len(statusWords), len(publicdata.KnownStatuses))
	}
	for _, f := range []publicdata.Field{publicdata.RegistryDomainID, publicdata.RegistryRegistrantID, publicdata.RegistrantName,
		publicdata.RegistrantOrganization, publicdata.RegistrantStreet, publicdata.RegistrantCity, publicdata.RegistrantPostalCode,
		publicdata.RegistrantPhone, publicdata.RegistrantEmail} {
		r := redactionRules[f]
		if r.Method == "" || (r.PrePath == "") == (r.PostPath == "") {
			t.Errorf("%s: rule %+v", f, r)
		}
	}
}
