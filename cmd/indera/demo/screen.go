package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/indera/indera/cmd/indera/house"
	"github.com/indera/indera/registrar/agreement"
)

// AddressFile is written into the data folder when everything listens, and
// removed at a clean stop and before a start.
const AddressFile = "demo.json"

// Addresses is the content of demo.json: what a program needs to use the demo.
type Addresses struct {
	Portal     string            `json:"portal"`
	Admin      string            `json:"admin"`
	API        string            `json:"api"` // with /api/v1
	APIToken   string            `json:"api_token"`
	RDAP       string            `json:"rdap"`
	WHOIS      string            `json:"whois"` // host:port
	Mailbox    string            `json:"mailbox"`
	Metrics    string            `json:"metrics"`
	Health     string            `json:"health"`
	Customer   login             `json:"customer"`
	Staff      login             `json:"staff"`
	Registries []RegistryAddress `json:"registries"`
}

// RegistryAddress is one sandbox registry in demo.json.
type RegistryAddress struct {
	Name    string   `json:"name"`
	EPP     string   `json:"epp"`     // host:port
	Control string   `json:"control"` // URL: state, faults, funds
	TLDs    []string `json:"tlds"`
}

func (d *demo) forgetAddresses() error {
	if err := os.Remove(d.path(AddressFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("removing old addresses: %w", err)
	}
	return nil
}

// ready tells programs and people where everything is.
func (d *demo) ready(a house.Addresses) error {
	out := Addresses{
		Portal: a.Portal, Admin: a.Portal + "/admin", API: a.Portal + "/api/v1", APIToken: d.creds.APIToken,
		RDAP: a.RDAP, WHOIS: a.WHOIS, Mailbox: a.Portal + "/mailbox/", Metrics: a.Ops + "/metrics", Health: a.Ops + "/health",
		Customer: d.creds.Customer, Staff: d.creds.Staff,
	}
	for _, u := range d.up {
		out.Registries = append(out.Registries, RegistryAddress{
			Name: u.spec.name, EPP: u.server.Addr(), Control: "http://" + u.server.ControlAddr(), TLDs: u.spec.tlds(),
		})
	}
	raw, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding %s: %w", AddressFile, err)
	}
	if err := writeFile(d.path(AddressFile), append(raw, '\n')); err != nil {
		return err
	}
	say(d.opt.Out, "%s", screen(out, d.dir))
	return nil
}

// say writes to the screen; a closed terminal must not stop a registrar.
func say(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }

// screen is what people see: addresses, credentials, three things to try.
func screen(a Addresses, dir string) string {
	var b strings.Builder
	rule := strings.Repeat("=", 78)
	row := func(name, value string) { fmt.Fprintf(&b, "  %-10s %s\n", name, value) }
	fmt.Fprintf(&b, "%s\n  INDERA DEMO · SANDBOX: nothing here is real, nothing leaves this machine\n%s\n", rule, rule)
	row("Portal", a.Portal)
	row("", a.Customer.Email+"   password "+a.Customer.Password)
	row("Admin", a.Admin)
	row("", a.Staff.Email+"   password "+a.Staff.Password)
	row("API", a.API+"   (description: "+a.API+"/docs)")
	row("", "token "+a.APIToken)
	row("RDAP", a.RDAP)
	row("WHOIS", a.WHOIS)
	row("Mailbox", a.Mailbox)
	row("Health", a.Health+"   metrics "+a.Metrics)
	for _, r := range a.Registries {
		row("Registry", fmt.Sprintf("%s  EPP %s  .%s  control %s", r.Name, r.EPP, strings.Join(r.TLDs, " ."), r.Control))
	}
	row("Data", dir+"   (log: indera.log; addresses: "+AddressFile+")")
	b.WriteString(things(a))
	fmt.Fprintf(&b, "%s\n  Ctrl+C stops; the same command starts again with everything kept.\n", rule)
	return b.String()
}

// things are the three to try.
func things(a Addresses) string {
	host, port, _ := strings.Cut(a.WHOIS, ":")
	name := "my-first-name." + a.Registries[0].TLDs[0]
	return fmt.Sprintf(`
Three things to try
  1. Buy a domain in the browser: open %s, search a name, sign in as the
     customer above, pay from the balance. The confirmation is in the mailbox.
  2. Buy one by the API:
     curl -s -X POST %s/domains -H 'Authorization: Bearer %s' \
       -H 'Content-Type: application/json' -H 'Idempotency-Key: first' -d '{
       "name": "%s", "period_years": 1, "agreement_version": "%s", "nameservers": [],
       "registrant": {"name": "Ada Example", "street": ["1 Main Street"], "city": "Springfield",
       "postal_code": "12345", "country_code": "US", "phone": "+1.5555550123", "email": "ada@example.com"}}'
  3. Look it up as the public does, and at the registry:
     curl -s %s/domain/%s
     whois -h %s -p %s %s
     curl -s %s/domains/%s
`, a.Portal, a.API, a.APIToken, name, agreement.Sample().Version, a.RDAP, name, host, port, name, a.Registries[0].Control, name)
}
