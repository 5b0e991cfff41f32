package epp

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden frames anew")

const (
	awkward = `R&D <"Київ'> ]]>` // characters that templates corrupt
	secret  = Secret(`p<&>"'$1\ä`)
)

func ptr[T any](v T) *T { return &v }

type testExtension struct{}

func (testExtension) EncodeExtension(e *Encoder) {
	e.Start("rgp:update", Attr{"xmlns:rgp", "urn:ietf:params:xml:ns:rgp-1.0"})
	e.Empty("rgp:restore", Attr{"op", "request"})
	e.End("rgp:update")
}

var postal = PostalInfo{
	Type: PostalLoc, Name: awkward, Organization: "Zürich AG", Street: []string{"Вулиця 1", "", "поверх 2"},
	City: "Київ", State: "Kyiv", PostalCode: "01001", Country: "UA",
}

// golden lists every command in its smallest and fullest form.
var golden = []struct {
	name string
	cmd  Command
	ext  []Extension
}{
	{"login-min", Login{ClientID: "reg", Password: "secret-1", Version: "1.0", Lang: "en", Services: Services{Objects: []string{Standard.Domain}}}, nil},
	{"login-full", Login{
		ClientID: "registrar-123456", Password: Secret(`pw<&>"'01`), NewPassword: "new-password-16c", Version: "1.0", Lang: "en-US",
		Services: Services{Objects: []string{Standard.Domain, Standard.Host, Standard.Contact}, Extensions: []string{UnhandledNamespaces, "urn:ietf:params:xml:ns:rgp-1.0"}},
	}, nil},
	{"logout", Logout{}, nil},
	{"domain-check", DomainCheck{Names: []string{"example.test", "xn--e1afmkfd.test"}}, nil},
	{"domain-info-min", DomainInfo{Name: "example.test"}, nil},
	{"domain-info-full", DomainInfo{Name: "example.test", Hosts: "del", AuthInfo: secret}, nil},
	{"domain-create-min", DomainCreate{Name: "example.test"}, nil},
	{"domain-create-full", DomainCreate{
		Name: "example.test", Period: Period{2, "y"}, NameServers: NameServers{Objects: []string{"ns1.example.net", "ns2.example.net"}},
		Registrant: "c-1", Contacts: []DomainContact{{"admin", "c-1"}, {"tech", "c-2"}, {"billing", "c-3"}}, AuthInfo: secret,
	}, nil},
	{"domain-create-hostattr", DomainCreate{
		Name: "example.test", Period: Period{24, "m"}, NameServers: NameServers{Attrs: []HostAttr{
			{Name: "ns1.example.test", Addresses: []Address{{"v4", "192.0.2.1"}, {"v6", "2001:db8::1"}}}, {Name: "ns.example.net"},
		}},
	}, nil},
	{"domain-renew", DomainRenew{Name: "example.test", CurExpDate: "2027-02-28", Period: Period{1, "y"}}, nil},
	{"domain-renew-min", DomainRenew{Name: "example.test", CurExpDate: "2027-02-28"}, nil},
	{"domain-update-ns", DomainUpdate{
		Name: "example.test",
		Add:  DomainItems{NameServers: NameServers{Objects: []string{"ns3.example.net"}}},
		Rem:  DomainItems{NameServers: NameServers{Objects: []string{"ns1.example.net"}}},
	}, nil},
	{"domain-update-full", DomainUpdate{
		Name: "example.test",
		Add:  DomainItems{Contacts: []DomainContact{{"tech", "c-9"}}, Statuses: []Status{{"clientHold", awkward}, {"clientTransferProhibited", ""}}},
		Rem:  DomainItems{Contacts: []DomainContact{{"tech", "c-2"}}, Statuses: []Status{{"clientUpdateProhibited", ""}}},
		Chg:  &DomainChange{Registrant: ptr("c-5"), AuthInfo: ptr(secret)},
	}, nil},
	{"domain-update-unset", DomainUpdate{Name: "example.test", Chg: &DomainChange{Registrant: ptr(""), NullAuth: true}}, nil},
	{"domain-update-restore", DomainUpdate{Name: "example.test", Chg: &DomainChange{}}, []Extension{testExtension{}}},
	{"domain-delete", DomainDelete{Name: "example.test"}, nil},
	{"host-check", HostCheck{Names: []string{"ns1.example.test", "ns2.example.test"}}, nil},
	{"host-info", HostInfo{Name: "ns1.example.test"}, nil},
	{"host-create-external", HostCreate{Name: "ns1.example.net"}, nil},
	{"host-create-internal", HostCreate{Name: "ns1.example.test", Addresses: []Address{{"v4", "192.0.2.1"}, {"v6", "2001:db8::1"}}}, nil},
	{"host-update", HostUpdate{
		Name: "ns1.example.test", NewName: "ns9.example.test",
		Add: HostItems{Addresses: []Address{{"v6", "2001:db8::2"}}, Statuses: []Status{{"clientUpdateProhibited", ""}}},
		Rem: HostItems{Addresses: []Address{{"v4", "192.0.2.1"}}},
	}, nil},
	{"host-delete", HostDelete{Name: "ns1.example.test"}, nil},
	{"contact-check", ContactCheck{IDs: []string{"c-1", "c-2"}}, nil},
	{"contact-info-min", ContactInfo{ID: "c-1"}, nil},
	{"contact-info-full", ContactInfo{ID: "c-1", AuthInfo: secret}, nil},
	{"contact-create-min", ContactCreate{
		ID: "c-1", Postal: []PostalInfo{{Type: PostalInt, Name: "A", City: "B", Country: "DE"}}, Email: "a@example.test",
	}, nil},
	{"contact-create-full", ContactCreate{
		ID: "c-1234567890123", Postal: []PostalInfo{{Type: PostalInt, Name: "R&D", Organization: "AG", Street: []string{"1 Street"}, City: "Kyiv", PostalCode: "01001", Country: "UA"}, postal},
		Voice: "+380.441234567", Fax: "+1.7035555555", Email: "o'neil+x&y@example.test", AuthInfo: secret,
		Disclose: &Disclose{Flag: false, Name: []string{"int", "loc"}, Organization: []string{"loc"}, Address: []string{"int"}, Voice: true, Fax: true, Email: true},
	}, nil},
	{"contact-update-full", ContactUpdate{
		ID: "c-1", Add: []Status{{"clientDeleteProhibited", ""}}, Rem: []Status{{"clientUpdateProhibited", ""}},
		Chg: &ContactChange{Postal: []PostalInfo{postal}, Voice: "+380.441234567", Email: "b@example.test", AuthInfo: ptr(Secret("")), Disclose: &Disclose{Flag: true, Email: true}},
	}, nil},
	{"contact-update-no-org", ContactUpdate{ID: "c-1", Chg: &ContactChange{Postal: []PostalInfo{{Type: PostalInt, Name: "A", City: "B", Country: "DE"}}}}, nil},
	{"contact-delete", ContactDelete{ID: "c-1"}, nil},
	{"poll-req", PollRequest{}, nil},
	{"poll-ack", PollAck{MessageID: `m-<"77">`}, nil},
	{"domain-info-contact-auth", DomainInfo{Name: "example.test", AuthInfo: secret, AuthInfoROID: "C1-REP"}, nil},
	{"domain-transfer-request", DomainTransfer{Op: TransferRequest, Name: "example.test", Period: Period{1, "y"}, AuthInfo: secret}, nil},
	{"domain-transfer-contact-auth", DomainTransfer{Op: TransferRequest, Name: "example.test", AuthInfo: secret, AuthInfoROID: "C1-REP"}, nil},
	{"domain-transfer-query", DomainTransfer{Op: TransferQuery, Name: "example.test"}, nil},
	{"domain-transfer-approve", DomainTransfer{Op: TransferApprove, Name: "example.test"}, nil},
	{"domain-transfer-reject", DomainTransfer{Op: TransferReject, Name: "example.test"}, nil},
	{"domain-transfer-cancel", DomainTransfer{Op: TransferCancel, Name: "example.test", AuthInfo: secret}, nil},
	{"contact-transfer-request", ContactTransfer{Op: TransferRequest, ID: "c-1", AuthInfo: secret}, nil},
	{"contact-transfer-query", ContactTransfer{Op: TransferQuery, ID: "c-1"}, nil},
	{"contact-create-extensions", ContactCreate{ID: "c-1", Postal: []PostalInfo{postal}, Voice: "+380.441234567", VoiceExt: "12", Fax: "+1.7035555555", FaxExt: "0", Email: "a@example.test"}, nil},
	{"contact-update-no-phones", ContactUpdate{ID: "c-1", Chg: &ContactChange{NoVoice: true, NoFax: true}}, nil},
}

func goldenFrame(t *testing.T, i int) []byte {
	t.Helper()
	frame, err := Codec{}.Encode(golden[i].cmd, "CL-0001-x", golden[i].ext...)
	if err != nil {
		t.Fatalf("%s: %v", golden[i].name, err)
	}
	return frame
}

func TestGoldenFrames(t *testing.T) {
	hello, err := EncodeHello()
	if err != nil {
		t.Fatal(err)
	}
	compareGolden(t, "hello", hello)
	for i, g := range golden {
		compareGolden(t, g.name, goldenFrame(t, i))
	}
}

func compareGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name+".xml")
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
		t.Errorf("%s differs from its golden frame\n got %s\nwant %s", name, got, want)
	}
}

// TestFramesAreValid checks every golden frame against the schemas.
func TestFramesAreValid(t *testing.T) {
	schema := schemaFile(t)
	files, err := filepath.Glob("testdata/*.xml")
	if err != nil || len(files) < len(golden) {
		t.Fatalf("%d frames, err %v", len(files), err)
	}
	out, err := exec.Command("xmllint", append([]string{"--nonet", "--noout", "--schema", schema}, files...)...).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	// A frame with swapped elements must not pass, or the check proves nothing.
	bad := filepath.Join(t.TempDir(), "bad.xml")
	frame := strings.Replace(string(goldenFrame(t, 0)), "<clID>reg</clID>", "", 1)
	if err := os.WriteFile(bad, []byte(frame), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command("xmllint", "--nonet", "--noout", "--schema", schema, bad).Run(); err == nil {
		t.Error("a frame without clID is found valid")
	}
}

// schemaFile finds the schemas beside the repository.
func schemaFile(t *testing.T) string {
	t.Helper()
	shared := os.Getenv("INDERA_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	file := filepath.Join(shared, "epp", "xsd", "all.xsd")
	_, err := os.Stat(file)
	if err == nil {
		_, err = exec.LookPath("xmllint")
	}
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("schemas cannot be checked: %v", err)
		}
		t.Skipf("schemas cannot be checked: %v", err)
	}
	return file
}

// TestValuesSurvive: what goes into an element comes out of an XML reader
// unchanged, whatever characters it has.
func TestValuesSurvive(t *testing.T) {
	frame, err := Codec{}.Encode(ContactCreate{ID: "c-1", Postal: []PostalInfo{postal}, Email: "a@b.test", AuthInfo: secret}, "CL-1")
	if err != nil {
		t.Fatal(err)
	}
	root, err := parse(frame)
	if err != nil {
		t.Fatal(err)
	}
	c := root.Child(Namespace, "command").Child(Namespace, "create").Child(Standard.Contact, "create")
	if got := c.Child(Standard.Contact, "postalInfo").ChildValue(Standard.Contact, "name"); got != awkward {
		t.Errorf("name = %q", got)
	}
	if got := c.Child(Standard.Contact, "authInfo").ChildValue(Standard.Contact, "pw"); got != secret.Reveal() {
		t.Errorf("pw = %q", got)
	}
}

func TestOwnNamespaces(t *testing.T) {
	codec := Codec{Objects: Objects{Domain: "http://own.example/domain-1.1", Host: "h", Contact: "c"}}
	frame, err := codec.Encode(DomainInfo{Name: "a.test"}, "CL-1")
	if err != nil || !strings.Contains(string(frame), `xmlns:domain="http://own.example/domain-1.1"`) {
		t.Errorf("%s, %v", frame, err)
	}
}

func TestEncodeRefuses(t *testing.T) {
	long := strings.Repeat("x", 256)
	goodLogin := Login{ClientID: "reg", Password: "secret-1", Version: "1.0", Lang: "en", Services: Services{Objects: []string{"urn:x"}}}
	login := func(f func(*Login)) Login { l := goodLogin; f(&l); return l }
	goodContact := ContactCreate{ID: "c-1", Postal: []PostalInfo{{Type: "loc", Name: "A", City: "B", Country: "DE"}}, Email: "a@b.test"}
	contact := func(f func(*ContactCreate)) ContactCreate {
		c := goodContact
		c.Postal = append([]PostalInfo(nil), c.Postal...)
		f(&c)
		return c
	}
	tests := []struct {
		name, field string
		cmd         Command
	}{
		{"clID short", "clID", login(func(l *Login) { l.ClientID = "ab" })},
		{"clID long", "clID", login(func(l *Login) { l.ClientID = long[:17] })},
		{"pw short", "pw", login(func(l *Login) { l.Password = "12345" })},
		{"pw longer than the schema", "pw", login(func(l *Login) { l.Password = "12345678901234567" })},
		{"pw with blanks that a token loses", "pw", login(func(l *Login) { l.Password = " secret" })},
		{"pw with doubled blanks", "pw", login(func(l *Login) { l.Password = "sec  ret" })},
		{"newPW long", "newPW", login(func(l *Login) { l.NewPassword = "12345678901234567" })},
		{"no objects", "objURI", login(func(l *Login) { l.Services.Objects = nil })},
		{"no names", "domain:name", DomainCheck{}},
		{"empty name", "domain:name", DomainCheck{Names: []string{"a.test", ""}}},
		{"long name", "domain:name", DomainInfo{Name: long}},
		{"control character", "domain:name", DomainDelete{Name: "a\x01.test"}},
		{"no character", "domain:name", DomainDelete{Name: "a\ufffe.test"}},
		{"not UTF-8", "domain:name", DomainDelete{Name: "a\xff.test"}},
		{"period 0 y", "domain:period", DomainCreate{Name: "a.test", Period: Period{0, "y"}}},
		{"period 100", "domain:period", DomainCreate{Name: "a.test", Period: Period{100, "y"}}},
		{"period in days", "domain:period", DomainCreate{Name: "a.test", Period: Period{1, "d"}}},
		{"ns mixed", "domain:ns", DomainCreate{Name: "a.test", NameServers: NameServers{Objects: []string{"n.test"}, Attrs: []HostAttr{{Name: "m.test"}}}}},
		{"contact type", "domain:contact@type", DomainCreate{Name: "a.test", Contacts: []DomainContact{{"owner", "c-1"}}}},
		{"contact id", "domain:contact", DomainCreate{Name: "a.test", Contacts: []DomainContact{{"tech", "c"}}}},
		{"registrant", "domain:registrant", DomainCreate{Name: "a.test", Registrant: "c"}},
		{"curExpDate with time", "domain:curExpDate", DomainRenew{Name: "a.test", CurExpDate: "2027-01-01T00:00:00Z"}},
		{"curExpDate impossible", "domain:curExpDate", DomainRenew{Name: "a.test", CurExpDate: "2027-02-30"}},
		{"curExpDate missing", "domain:curExpDate", DomainRenew{Name: "a.test"}},
		{"12 statuses", "domain:status", DomainUpdate{Name: "a.test", Add: DomainItems{Statuses: make([]Status, 12)}}},
		{"status without value", "domain:status@s", DomainUpdate{Name: "a.test", Rem: DomainItems{Statuses: []Status{{"", "x"}}}}},
		{"address version", "host:addr@ip", HostCreate{Name: "a.test", Addresses: []Address{{"", "192.0.2.1"}}}},
		{"address short", "host:addr", HostCreate{Name: "a.test", Addresses: []Address{{"v6", "::"}}}},
		{"no postal", "contact:postalInfo", contact(func(c *ContactCreate) { c.Postal = nil })},
		{"two of one type", "contact:postalInfo", contact(func(c *ContactCreate) { c.Postal = append(c.Postal, c.Postal[0]) })},
		{"postal type", "contact:postalInfo@type", contact(func(c *ContactCreate) { c.Postal[0].Type = "x" })},
		{"int not ASCII", "contact:postalInfo", contact(func(c *ContactCreate) { c.Postal[0].Type, c.Postal[0].City = "int", "Köln" })},
		{"name missing", "contact:name", contact(func(c *ContactCreate) { c.Postal[0].Name = "" })},
		{"four streets", "contact:street", contact(func(c *ContactCreate) { c.Postal[0].Street = make([]string, 4) })},
		{"pc long", "contact:pc", contact(func(c *ContactCreate) { c.Postal[0].PostalCode = long[:17] })},
		{"cc long", "contact:cc", contact(func(c *ContactCreate) { c.Postal[0].Country = "DEU" })},
		{"phone without dot", "contact:voice", contact(func(c *ContactCreate) { c.Voice = "+49301234" })},
		{"phone long", "contact:fax", contact(func(c *ContactCreate) { c.Fax = "+491.123456789012345" })},
		{"no email", "contact:email", contact(func(c *ContactCreate) { c.Email = "" })},
		{"empty disclose", "contact:disclose", contact(func(c *ContactCreate) { c.Disclose = &Disclose{} })},
		{"ack without id", "poll@msgID", PollAck{}},
		{"transfer op", "transfer@op", DomainTransfer{Name: "a.test"}},
		{"transfer op of a contact", "transfer@op", ContactTransfer{Op: "steal", ID: "c-1"}},
		{"period without request", "domain:period", DomainTransfer{Op: TransferApprove, Name: "a.test", Period: Period{1, "y"}}},
		{"roid", "domain:pw@roid", DomainTransfer{Op: TransferRequest, Name: "a.test", AuthInfo: "x", AuthInfoROID: "C1"}},
		{"registrant with blanks", "domain:registrant", DomainCreate{Name: "a.test", Registrant: "c 1 "}},
		{"phone set and removed", "contact:fax", ContactUpdate{ID: "c-1", Chg: &ContactChange{Fax: "+1.2", NoFax: true}}},
		{"disclose type", "contact:name@type", contact(func(c *ContactCreate) { c.Disclose = &Disclose{Name: []string{"x"}} })},
		{"disclose three", "contact:addr", contact(func(c *ContactCreate) { c.Disclose = &Disclose{Address: []string{"int", "loc", "int"}} })},
		{"id short", "contact:id", ContactInfo{ID: "c"}},
		{"id with blanks", "contact:id", ContactInfo{ID: "c 1 "}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			frame, err := Codec{}.Encode(tt.cmd, "CL-1")
			var ie *InvalidError
			if frame != nil || !errors.As(err, &ie) || ie.Field != tt.field {
				t.Errorf("frame %s\nerr %v, want field %s", frame, err, tt.field)
			}
		})
	}
	for _, id := range []string{"", "ab", strings.Repeat("x", 65), " ab1"} {
		if _, err := (Codec{}).Encode(Logout{}, id); err == nil {
			t.Errorf("clTRID %q accepted", id)
		}
	}
	if _, err := (Codec{}).Encode(login(func(l *Login) { l.Password, l.PasswordMax = "123456789012345678901234567890", 30 }), "CL-1"); err != nil {
		t.Errorf("a registry's own password length: %v", err)
	}
}

// FuzzEncode: arbitrary text either is refused or comes out as it went in.
func FuzzEncode(f *testing.F) {
	f.Add("a.test", "text")
	f.Add("<&>\"'", "]]>")
	f.Add("\x00", "\ufffe\r\n\t")
	f.Fuzz(func(t *testing.T, name, text string) {
		frame, err := Codec{}.Encode(DomainUpdate{
			Name: name, Add: DomainItems{Statuses: []Status{{Value: "clientHold", Text: text}}},
		}, "CL-1")
		if err != nil {
			var ie *InvalidError
			if !errors.As(err, &ie) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		root, err := parse(frame)
		if err != nil {
			t.Fatalf("own frame unreadable: %v\n%s", err, frame)
		}
		u := root.Child(Namespace, "command").Child(Namespace, "update").Child(Standard.Domain, "update")
		if got := u.Child(Standard.Domain, "name").Text; got != name {
			t.Errorf("name %q came out as %q", name, got)
		}
		if text == "" {
			return
		}
		if got := u.Child(Standard.Domain, "add").Child(Standard.Domain, "status").Text; got != text {
			t.Errorf("text %q came out as %q", text, got)
		}
	})
}
