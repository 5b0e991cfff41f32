package whois

import (
	"strings"
	"time"
	"unicode"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/publicdata"
)

// redacted stands for each withheld field.
const redacted = "REDACTED FOR PRIVACY"

// record writes the registrar form of ICANN's WHOIS output: keys and their
// order are fixed. Fields without data are left out, withheld ones say so.
func (s *Server) record(v publicdata.View) string {
	var t text
	r := s.opt.Registrar
	t.line("Domain Name", v.Name)
	if v.UName != v.Name {
		t.line("Internationalized Domain Name", v.UName)
	}
	t.field(v, publicdata.RegistryDomainID, v.Handle)
	t.some("Registrar WHOIS Server", s.opt.Host)
	t.line("Registrar URL", r.URL)
	t.date("Updated Date", v.Changed)
	t.date("Creation Date", v.Created)
	t.date("Registrar Registration Expiration Date", v.Expires)
	t.line("Registrar", r.Name)
	t.line("Registrar IANA ID", r.IANAID)
	t.line("Registrar Abuse Contact Email", r.AbuseEmail)
	t.line("Registrar Abuse Contact Phone", r.AbusePhone)
	for _, st := range v.Statuses {
		t.line("Domain Status", st+" https://icann.org/epp#"+st)
	}
	t.registrant(v)
	for _, host := range v.NameServers {
		t.line("Name Server", host)
	}
	signed := "unsigned"
	if v.Signed {
		signed = "signedDelegation"
	}
	t.line("DNSSEC", signed)
	t.line("URL of the ICANN Whois Inaccuracy Complaint Form", "https://www.icann.org/wicf/")
	s.tail(&t, v.ReadAt)
	return t.String()
}

func (t *text) registrant(v publicdata.View) {
	t.field(v, publicdata.RegistryRegistrantID, "")
	t.field(v, publicdata.RegistrantName, "")
	t.field(v, publicdata.RegistrantOrganization, "")
	t.field(v, publicdata.RegistrantStreet, "")
	t.field(v, publicdata.RegistrantCity, "")
	t.some("Registrant State/Province", v.Registrant.State)
	t.field(v, publicdata.RegistrantPostalCode, "")
	t.some("Registrant Country", v.Registrant.CountryCode)
	t.field(v, publicdata.RegistrantPhone, "")
	t.some(string(publicdata.RegistrantEmail), v.Registrant.ContactURI) // the form replaces the address
}

// missing answers for names that are not ours, which says nothing about whether
// they can be had.
func (s *Server) missing(n registrar.Name) string {
	var t text
	t.raw(`No match for "` + strings.ToUpper(n.A) + `".`)
	s.tail(&t, s.opt.Clock.Now())
	return t.String()
}

// tail ends every answer about a name.
func (s *Server) tail(t *text, at time.Time) {
	t.raw(">>> Last update of WHOIS database: " + stamp(at) + " <<<")
	t.raw("")
	t.raw("For more information on Whois status codes, please visit https://icann.org/epp")
	t.raw("")
	t.raw("This answer is given for information about the registration of a domain name,")
	t.raw("as is and without warranty. It may not be used for unsolicited messages, nor")
	t.raw("for high-volume automated queries. Terms of use: " + s.opt.TermsURL)
}

// text collects lines, each with the line end of RFC 3912.
type text struct{ strings.Builder }

func (t *text) raw(line string) {
	t.WriteString(line)
	t.WriteString("\r\n")
}

// line writes one key and value. The value can't end the line or start another.
func (t *text) line(key, value string) { t.raw(key + ": " + oneLine(value)) }

// some leaves a line without value out.
func (t *text) some(key, value string) {
	if value != "" {
		t.line(key, value)
	}
}

func (t *text) date(key string, at *time.Time) {
	if at != nil {
		t.line(key, stamp(*at))
	}
}

// field writes a field that may be withheld; its RFC 9537 name is its key.
func (t *text) field(v publicdata.View, f publicdata.Field, value string) {
	if v.Withholds(f) {
		value = redacted
	}
	t.some(string(f), value)
}

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05Z") }

// oneLine replaces line ends and control characters by spaces.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s))
}
