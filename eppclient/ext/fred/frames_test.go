package fred

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/epptest"
)

var update = flag.Bool("update", false, "write the golden frames anew")

func ptr[T any](v T) *T { return &v }

const pubKey = "mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="

var (
	postalCZ = epp.PostalInfo{
		Name: "Jan Novák", Organization: `R&D <"s.r.o."> ]]>`, Street: []string{"Milešovská 5", "3. patro"}, City: "Praha 3", State: "Praha",
		PostalCode: "130 00", Country: "CZ",
	}
	servers2 = []NameServer{{Name: "ns1.shop.cz", Addresses: []string{"192.0.2.1", "2001:db8::1"}}, {Name: "ns2.example.net"}}
	key      = Key{Flags: 257, Protocol: 3, Algorithm: 13, PublicKey: pubKey}
	code     = epp.Secret("2fooBAR<&>")
)

type golden struct {
	name string
	cmd  epp.Command
	ext  []epp.Extension
}

// goldens lists every command in its smallest and fullest form.
func goldens() []golden {
	least := postalCZ
	least.Organization, least.State, least.Street = "", "", least.Street[:1]
	return []golden{
		{"contact-check", Check{Kind: Contact, IDs: []string{"CID-1", "cid-2"}}, nil},
		{"contact-info", Info{Kind: Contact, ID: "CID-1"}, nil},
		{"contact-info-code", Info{Kind: Contact, ID: "CID-1", AuthInfo: code}, nil},
		{"contact-create-min", ContactCreate{ID: "CID-1", Postal: least, Email: "jan@example.cz"}, nil},
		{"contact-create-full", ContactCreate{
			ID: "CID-1", Postal: postalCZ, Voice: "+420.222745111", Fax: "+420.222745112", Email: "jan@example.cz,eva@example.cz", AuthInfo: code,
			Disclose: &Disclose{Items: []string{"notifyEmail", "voice", "vat"}}, VAT: "CZ12345678", Ident: &Ident{Type: "ico", Value: "12345678"},
			NotifyEmail: "tech@example.cz",
		}, []epp.Extension{MailingCreate{Address: postalCZ}}},
		{"contact-update-full", ContactUpdate{ID: "CID-1", Chg: ContactChange{
			Postal: &least, Voice: ptr("+420.1"), Fax: ptr(""), Email: "jan@example.cz", AuthInfo: &code,
			Disclose: &Disclose{Flag: true, Items: []string{"addr", "email"}}, VAT: ptr(""), Ident: &Ident{}, NotifyEmail: ptr(""),
		}}, []epp.Extension{MailingUpdate{}}},
		{"contact-update-set", ContactUpdate{ID: "CID-1", Chg: ContactChange{
			Voice: ptr(""), Fax: ptr("+420.2"), VAT: ptr("CZ1"), Ident: &Ident{Type: "birthday", Value: "1980-01-01"}, NotifyEmail: ptr("a@example.cz"),
		}}, []epp.Extension{MailingUpdate{Address: &postalCZ}}},
		{"contact-update-none", ContactUpdate{ID: "CID-1"}, nil},
		{"contact-delete", Delete{Kind: Contact, ID: "CID-1"}, nil},
		{"contact-transfer", Transfer{Kind: Contact, ID: "CID-1", AuthInfo: code}, nil},

		{"domain-check", Check{Kind: Domain, IDs: []string{"shop.cz", "b.cz"}}, nil},
		{"domain-info", Info{Kind: Domain, ID: "shop.cz"}, nil},
		{"domain-create-min", DomainCreate{Name: "shop.cz", Registrant: "CID-1"}, nil},
		{"domain-create-full", DomainCreate{
			Name: "1.1.1.7.4.5.2.2.2.0.2.4.e164.arpa", Period: epp.Period{Value: 24, Unit: "m"}, Nsset: "NSS-1", Keyset: "KEY-1", Registrant: "CID-1",
			Admins: []string{"CID-2", "CID-3"}, AuthInfo: code,
		}, []epp.Extension{Validation{Verb: "create", Until: "2027-05-01", Publish: ptr(true)}}},
		{"domain-renew", DomainRenew{Name: "shop.cz", CurExpDate: "2027-02-28", Period: epp.Period{Value: 2, Unit: "y"}}, nil},
		{"domain-renew-validated", DomainRenew{Name: "1.2.0.2.4.e164.arpa", CurExpDate: "2027-02-28"}, []epp.Extension{Validation{Verb: "renew", Publish: ptr(false)}}},
		{"domain-update-full", DomainUpdate{
			Name: "shop.cz", AddAdmins: []string{"CID-4"}, RemAdmins: []string{"CID-2"}, RemTemporary: []string{"CID-9"},
			Chg: DomainChange{Nsset: ptr("NSS-2"), Keyset: ptr(""), Registrant: "CID-5", AuthInfo: &code},
		}, nil},
		{"domain-update-bare", DomainUpdate{Name: "1.2.0.2.4.e164.arpa"}, []epp.Extension{ValidationUpdate{Until: "2027-05-01"}}},
		{"domain-delete", Delete{Kind: Domain, ID: "shop.cz"}, nil},
		{"domain-transfer", Transfer{Kind: Domain, ID: "shop.cz", AuthInfo: code}, nil},

		{"nsset-check", Check{Kind: Nsset, IDs: []string{"NSS-1"}}, nil},
		{"nsset-create-min", NssetCreate{ID: "NSS-1", Servers: servers2[1:], Techs: []string{"CID-1"}}, nil},
		{"nsset-create-full", NssetCreate{ID: "NSS-1", Servers: servers2, Techs: []string{"CID-1", "CID-2"}, AuthInfo: code, ReportLevel: ptr(0)}, nil},
		{"nsset-update-full", NssetUpdate{
			ID: "NSS-1", Add: servers2[:1], AddTechs: []string{"CID-2"}, Rem: []string{"ns9.example.net"}, RemTechs: []string{"CID-1"}, AuthInfo: &code,
			ReportLevel: ptr(10),
		}, nil},
		{"nsset-info", Info{Kind: Nsset, ID: "NSS-1"}, nil},
		{"nsset-delete", Delete{Kind: Nsset, ID: "NSS-1"}, nil},
		{"nsset-transfer", Transfer{Kind: Nsset, ID: "NSS-1", AuthInfo: code}, nil},

		{"keyset-check", Check{Kind: Keyset, IDs: []string{"KEY-1"}}, nil},
		{"keyset-create-min", KeysetCreate{ID: "KEY-1", Techs: []string{"CID-1"}}, nil},
		{"keyset-create-full", KeysetCreate{ID: "KEY-1", Keys: []Key{key, {Flags: 256, Protocol: 3, Algorithm: 8, PublicKey: "AQ=="}}, Techs: []string{"CID-1"}, AuthInfo: code}, nil},
		{"keyset-update-full", KeysetUpdate{ID: "KEY-1", Add: []Key{key}, Rem: []Key{{Flags: 256, Protocol: 3, Algorithm: 8, PublicKey: "AQ=="}}, AddTechs: []string{"CID-2"}, RemTechs: []string{"CID-1"}, AuthInfo: &code}, nil},
		{"keyset-info", Info{Kind: Keyset, ID: "KEY-1"}, nil},
		{"keyset-delete", Delete{Kind: Keyset, ID: "KEY-1"}, nil},
		{"keyset-transfer", Transfer{Kind: Keyset, ID: "KEY-1", AuthInfo: code}, nil},

		{"send-auth-info-domain", SendAuthInfo{Kind: Domain, ID: "shop.cz"}, nil},
		{"send-auth-info-contact", SendAuthInfo{Kind: Contact, ID: "CID-1"}, nil},
		{"test", Test{Nsset: "NSS-1", Level: ptr(5), Names: []string{"shop.cz"}}, nil},
		{"credit", CreditInfo{}, nil},
		{"list-domains", List{Op: ListDomains}, nil},
		{"list-by-nsset", List{Op: DomainsByNsset, Arg: "NSS-1"}, nil},
		{"list-by-host", List{Op: NssetsByNs, Arg: "ns1.shop.cz"}, nil},
		{"get-results", GetResults{}, nil},
	}
}

func TestFrames(t *testing.T) {
	frames := map[string][]byte{}
	for _, g := range goldens() {
		got, err := epp.Codec{Objects: Objects}.Encode(g.cmd, "CL-1", g.ext...)
		if err != nil {
			t.Errorf("%s: %v", g.name, err)
			continue
		}
		frames[g.name] = got
		file := filepath.Join("testdata", "frames", g.name+".xml")
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from its golden frame\n got %s\nwant %s", g.name, got, want)
		}
		if d := g.cmd.Describe(); strings.Contains(d.String(), code.Reveal()) || d.Verb == "" || d.Kind == "" {
			t.Errorf("%s describes itself as %+v", g.name, d)
		}
	}
	kept, err := filepath.Glob("testdata/frames/*.xml")
	if err != nil || len(kept) != len(frames) {
		t.Errorf("%d frames kept, %d made, err %v", len(kept), len(frames), err)
	}
	epptest.ValidFRED(t, frames)
}

// TestRefuses: what a schema forbids never becomes a frame.
func TestRefuses(t *testing.T) {
	nowhere := postalCZ
	nowhere.Street = nil
	contact := func(change func(*ContactCreate)) ContactCreate {
		c := ContactCreate{ID: "CID-1", Postal: postalCZ, Email: "a@example.cz"}
		change(&c)
		return c
	}
	many := make([]NameServer, 11)
	for i := range many {
		many[i].Name = "ns.example.net"
	}
	tests := []struct {
		name, field string
		cmd         epp.Command
		ext         []epp.Extension
	}{
		{"no object", "check", Check{Kind: "host", IDs: []string{"x"}}, nil},
		{"no object to transfer", "transfer", Transfer{Kind: "host", ID: "x"}, nil},
		{"no object to mail", "fred:sendAuthInfo", SendAuthInfo{Kind: "host", ID: "x"}, nil},
		{"check of nothing", "nsset:id", Check{Kind: Nsset}, nil},
		{"empty handle", "keyset:id", Info{Kind: Keyset}, nil},
		{"long handle", "contact:id", Info{Kind: Contact, ID: strings.Repeat("a", 64)}, nil},
		{"long new handle", "contact:id", contact(func(c *ContactCreate) { c.ID = strings.Repeat("a", 31) }), nil},
		{"hyphens in a handle", "contact:id", contact(func(c *ContactCreate) { c.ID = "a--b" }), nil},
		{"long code", "domain:authInfo", Info{Kind: Domain, ID: "a.cz", AuthInfo: epp.Secret(strings.Repeat("x", 301))}, nil},
		{"no street", "contact:street", contact(func(c *ContactCreate) { c.Postal = nowhere }), nil},
		{"blank in addresses", "contact:email", contact(func(c *ContactCreate) { c.Email = "a@example.cz, b@example.cz" }), nil},
		{"phone", "contact:voice", contact(func(c *ContactCreate) { c.Voice = "222" }), nil},
		{"document", "contact:ident@type", contact(func(c *ContactCreate) { c.Ident = &Ident{Type: "licence", Value: "1"} }), nil},
		{"disclosing an address", "contact:disclose", contact(func(c *ContactCreate) { c.Disclose = &Disclose{Items: []string{"addr"}} }), nil},
		{"disclosing a name", "contact:disclose", contact(func(c *ContactCreate) { c.Disclose = &Disclose{Items: []string{"name"}} }), nil},
		{"no registrant", "domain:registrant", DomainCreate{Name: "a.cz"}, nil},
		{"admin twice", "domain:admin", DomainCreate{Name: "a.cz", Registrant: "A", Admins: []string{"b", "B"}}, nil},
		{"period", "domain:period", DomainCreate{Name: "a.cz", Registrant: "A", Period: epp.Period{Value: 1, Unit: "d"}}, nil},
		{"expiry", "domain:curExpDate", DomainRenew{Name: "a.cz", CurExpDate: "2027-02-28T00:00:00Z"}, nil},
		{"validation without words", "enumval:valExDate", DomainUpdate{Name: "a.cz"}, []epp.Extension{ValidationUpdate{}}},
		{"validation of a delete", "enumval", DomainUpdate{Name: "a.cz"}, []epp.Extension{Validation{Verb: "delete", Until: "2027-01-01"}}},
		{"no servers", "nsset:ns", NssetCreate{ID: "N", Techs: []string{"A"}}, nil},
		{"many servers", "nsset:ns", NssetCreate{ID: "N", Techs: []string{"A"}, Servers: many}, nil},
		{"no tech", "nsset:tech", NssetCreate{ID: "N", Servers: servers2}, nil},
		{"report level", "nsset:reportlevel", NssetCreate{ID: "N", Servers: servers2, Techs: []string{"A"}, ReportLevel: ptr(11)}, nil},
		{"removing many", "nsset:name", NssetUpdate{ID: "N", Rem: make([]string, 11)}, nil},
		{"no key", "keyset:pubKey", KeysetCreate{ID: "K", Techs: []string{"A"}, Keys: []Key{{PublicKey: "%"}}}, nil},
		{"many keys", "keyset:dnskey", KeysetCreate{ID: "K", Techs: []string{"A"}, Keys: make([]Key, 11)}, nil},
		{"many techs", "keyset:tech", KeysetCreate{ID: "K", Techs: strings.Split("abcdefghijk", "")}, nil},
		{"list without argument", "fred:domainsByNsset", List{Op: DomainsByNsset}, nil},
		{"list with argument", "fred:listDomains", List{Op: ListDomains, Arg: "x"}, nil},
		{"no list", "fred:listHosts", List{Op: "listHosts"}, nil},
		{"extension of an extension", "extension", CreditInfo{}, []epp.Extension{ValidationUpdate{Until: "2027-01-01"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			frame, err := epp.Codec{Objects: Objects}.Encode(test.cmd, "CL-1", test.ext...)
			var invalid *epp.InvalidError
			if !errors.As(err, &invalid) || invalid.Field != test.field {
				t.Fatalf("got %v, want a refusal of %s\n%s", err, test.field, frame)
			}
		})
	}
	for _, cmd := range []epp.Command{SendAuthInfo{Kind: Domain, ID: "a.cz"}, Test{Nsset: "N"}, CreditInfo{}, List{Op: ListDomains}, GetResults{}} {
		if _, err := (epp.Codec{}).Encode(plain{cmd}, "CL-1"); err == nil {
			t.Errorf("%T passes for a command", cmd)
		}
	}
}

// plain hides that a command is one of a protocol extension.
type plain struct{ epp.Command }

// TestClTRIDOfProtocolCommands: it has the limits of any other.
func TestClTRIDOfProtocolCommands(t *testing.T) {
	for _, bad := range []string{"", "ab", strings.Repeat("x", 65)} {
		if _, err := (epp.Codec{}).Encode(CreditInfo{}, bad); err == nil {
			t.Errorf("clTRID %q passes", bad)
		}
	}
}
