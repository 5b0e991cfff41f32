package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

const minimal = `
database: {path: indera.db}
registrar: {name: R, iana_id: 1, url: "https://r.example", abuse_email: a@r.example, abuse_phone: "+1.5551234"}
`

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "indera.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSampleIsValid(t *testing.T) {
	c, err := Load("../../../docs/indera.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	prices, err := c.Catalogue.PriceList()
	if err != nil {
		t.Fatal(err)
	}
	if len(prices) != 2 || prices[0].Sale.String() != "12.00 USD" || prices[0].Cost.String() != "8.50 USD" {
		t.Errorf("prices = %+v", prices)
	}
	if got := c.HTTP.Proxies[0].String(); got != "127.0.0.1/32" {
		t.Errorf("trusted proxy = %s", got)
	}
}

func TestDefaults(t *testing.T) {
	path := write(t, minimal+`
registries: [{name: a, address: "epp.example:700", client_id: me1}]
catalogue: {tlds: [{name: com, registry: a}], prices: [{tld: com, action: renew, sale: "7", cost: 6, valid_from: 2026-02-03}]}
`)
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if c.Engine.CheckTimeout != 4*time.Second || c.Registry[0].Sessions != 4 || c.Catalogue.TLDs[0].MaxYears != 10 {
		t.Errorf("defaults are missing: %+v %+v", c.Engine, c.Registry[0])
	}
	if want := []Role{RoleWeb, RoleRDDS, RoleWorker, RoleScheduler}; !reflect.DeepEqual(c.Roles, want) {
		t.Errorf("roles = %v, want %v", c.Roles, want)
	}
	if c.Database.Path != filepath.Join(filepath.Dir(path), "indera.db") {
		t.Errorf("database path %q does not count from the file's folder", c.Database.Path)
	}
	if got := c.Catalogue.Prices[0].ValidFrom.Format(time.DateOnly); got != "2026-02-03" {
		t.Errorf("valid_from = %s", got)
	}
}

func TestRefusals(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"typo at the top":   {"databse: {}\n", "unknown key databse: did you mean database?"},
		"typo in a list":    {"registries: [{name: a, adress: 'x:1'}]\n", "unknown key registries[0].adress: did you mean address?"},
		"inline password":   {"database: {password: hunter2}\n", "unknown key database.password: secrets are not written here; use password_file"},
		"nonsense":          {"zzz: 1\n", "unknown key zzz"},
		"two keys":          {"roles: [web]\nroles: [worker]\n", "already defined"},
		"not YAML":          {"a: [\n", "yaml"},
		"wrong type":        {"database: {max_connections: many}\n", "max_connections"},
		"bad duration":      {"drain_timeout: fast\n", "fast"},
		"no unit":           {"drain_timeout: 30\n", "30 has no unit"},
		"bad role":          {minimal + "roles: [web, chef]\n", `roles[1] is "chef": want one of web, rdds, worker, scheduler`},
		"role twice":        {minimal + "roles: [web, web]\n", "roles lists something twice"},
		"mysql without":     {"database: {driver: mysql}\n", "database.address is missing"},
		"no registrar name": {"database: {path: x}\n", "registrar.name is missing"},
		"bad phone":         {strings.Replace(minimal, "+1.5551234", "555", 1), "registrar.abuse_phone"},
		"bad proxy":         {minimal + "http: {trusted_proxies: [10.0.0.0/99]}\n", "neither an address nor a network"},
		"key without cert":  {minimal + "http: {tls: {key_file: k.pem}}\n", "http.tls.cert_file is missing"},
		"orphan TLD":        {minimal + "catalogue: {tlds: [{name: com, registry: nobody}]}\n", `catalogue.tlds[0].registry is "nobody"`},
		"orphan price":      {minimal + "catalogue: {prices: [{tld: com, action: renew, sale: 1, cost: 1}]}\n", `catalogue.prices[0].tld is "com"`},
		"negative price":    {minimal + "catalogue: {prices: [{tld: com, action: renew, sale: -1, cost: 1}]}\n", "catalogue.prices[0].sale"},
		"years reversed":    {minimal + "registries: [{name: a, address: 'e:1', client_id: me1}]\ncatalogue: {tlds: [{name: com, registry: a, min_years: 5, max_years: 2}]}\n", "max_years"},
		"same registry":     {minimal + "registries: [{name: a, address: 'e:1', client_id: me1},{name: a, address: 'e:1', client_id: me1}]\n", "registries lists something twice"},
		"open mail":         {minimal + "smtp: {host: mail.example, tls: none, from: a@b.example}\n", "mail leaves this machine unprotected"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(write(t, tc.text))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("error = %v\nwant it to contain %q", err, tc.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Error("the error shows the secret")
			}
		})
	}
}

// TestPlainPublicAddress: outside of the sandbox passwords never cross a network
// in clear.
func TestPlainPublicAddress(t *testing.T) {
	for address, ok := range map[string]bool{
		"http://portal.example": false, "http://192.0.2.1:8080": false, "https://portal.example": true, "http://localhost:8080": true, "http://127.0.0.1": true, "http://[::1]:80": true,
	} {
		_, err := Load(write(t, minimal+"http: {public_url: '"+address+"'}\n"))
		if (err == nil) != ok || !ok && !strings.Contains(err.Error(), "public_url is http") {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := Load(write(t, minimal+"sandbox: true\nhttp: {public_url: 'http://demo.example'}\n")); err != nil {
		t.Errorf("in the sandbox: %v", err)
	}
}

func TestSecretSources(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pw")
	if err := os.WriteFile(file, []byte("from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("INDERA_REGISTRY_SANDBOX_A_PASSWORD", "from-default-env")
	t.Setenv("OTHER", "from-other-env")
	fallback := EnvRegistryPassword("sandbox-a")
	for _, tc := range []struct {
		s    Secret
		want string
	}{
		{Secret{PasswordFile: file, PasswordEnv: "OTHER"}, "from-file"},
		{Secret{PasswordEnv: "OTHER"}, "from-other-env"},
		{Secret{}, "from-default-env"},
	} {
		got, err := tc.s.Password(fallback)
		if err != nil || got != tc.want {
			t.Errorf("%+v: got %q, %v; want %q", tc.s, got, err, tc.want)
		}
	}
	if _, err := (Secret{PasswordEnv: "NOT_SET_ANYWHERE"}).Password(fallback); err == nil {
		t.Error("a variable that is not set must be an error")
	}
	if err := os.WriteFile(file, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (Secret{PasswordFile: file}).Password(fallback); err == nil {
		t.Error("an empty file must be an error")
	}
}

func TestCheckFilesNamesEveryMissingPart(t *testing.T) {
	c, err := Load(write(t, minimal+`
registries: [{name: a, address: "epp.example:700", client_id: me1, ca_file: no-ca.pem, cert_file: no.pem, key_file: no.key, password_file: no-pw}]
`))
	if err != nil {
		t.Fatal(err)
	}
	err = c.CheckFiles()
	if err == nil {
		t.Fatal("missing files were not noticed")
	}
	for _, want := range []string{"no-ca.pem", "no.pem", "no-pw"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %s", err, want)
		}
	}
}

// TestEveryKeyIsDescribed keeps the generated table whole.
func TestEveryKeyIsDescribed(t *testing.T) {
	for _, line := range strings.Split(strings.TrimSpace(Reference()), "\n") {
		if strings.HasSuffix(line, "|  |") {
			t.Errorf("no meaning given: %s", line)
		}
	}
}

// TestReferenceIsFresh fails when docs/configuration.md lags behind the structs;
// `go run ./cmd/indera config reference` prints the table.
func TestReferenceIsFresh(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(doc), Reference()) {
		t.Error("docs/configuration.md is stale: replace its table by the output of `indera config reference`")
	}
}
