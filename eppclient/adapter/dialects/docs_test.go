package dialects_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/indera/indera/eppclient/adapter/dialects"
	"github.com/indera/indera/eppclient/adapter/rfc"
	"github.com/indera/indera/eppclient/epp"
	"github.com/indera/indera/eppclient/pool"
	"github.com/indera/indera/eppclient/session"
	"github.com/indera/indera/registrar"
)

// everything is a registry that offers all that a dialect can use.
type everything struct{ rfc.Dialect }

func (e everything) Exchange(context.Context, pool.Priority, session.Request) (*epp.Response, error) {
	return nil, fmt.Errorf("no registry is behind the documentation")
}

func (e everything) Greeting() (epp.Greeting, bool) {
	s := e.Services()
	g := epp.Greeting{Objects: s.Objects, Extensions: s.Extensions}
	for _, versions := range s.OneOf {
		g.Extensions = append(g.Extensions, versions...)
	}
	return g, true
}

func (e everything) Greet(context.Context, pool.Priority) (epp.Greeting, error) {
	g, _ := e.Greeting()
	return g, nil
}

const page = "../../../docs/capabilities.md"

// TestCapabilitiesPage keeps docs/capabilities.md what the adapters state. With
// INDERA_UPDATE_DOCS=1 it writes the page.
func TestCapabilitiesPage(t *testing.T) {
	want := render(t)
	if os.Getenv("INDERA_UPDATE_DOCS") == "1" {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(page)
	if err != nil || string(have) != want {
		t.Errorf("docs/capabilities.md is stale (%v): run INDERA_UPDATE_DOCS=1 go test ./eppclient/adapter/dialects", err)
	}
}

func render(t *testing.T) string {
	t.Helper()
	all := dialects.All()
	var caps []registrar.Capabilities
	for _, d := range all {
		open, err := d.Prepare(nil)
		if err != nil {
			t.Fatal(err)
		}
		reg, err := open(rfc.Config{Pool: everything{d}, ClientID: "docs", ContactModel: registrar.ContactsOptional, ContactRoles: []string{"admin", "tech"}})
		if err != nil {
			t.Fatal(err)
		}
		caps = append(caps, reg.Capabilities())
	}
	var b strings.Builder
	b.WriteString("# What each dialect can do\n\n`registries[].dialect` names how a registry speaks. This page is made from what the adapters state of a registry that\n" +
		"offers everything they know; a session uses what the greeting offers, and engine and portal go by that.\n\n")
	for _, d := range all {
		fmt.Fprintf(&b, "- `%s`: %s\n", d.Name, d.About)
	}
	b.WriteString("\n## Capabilities\n\n|")
	for _, d := range all {
		fmt.Fprintf(&b, " | `%s`", d.Name)
	}
	b.WriteString(" |\n|---" + strings.Repeat("|---", len(all)) + "|\n")
	for _, row := range rows {
		b.WriteString("| " + row.title)
		for _, c := range caps {
			b.WriteString(" | " + row.of(c))
		}
		b.WriteString(" |\n")
	}
	b.WriteString("\n## Mappings and extensions\n")
	for _, d := range all {
		fmt.Fprintf(&b, "\n### `%s`\n\n| prefix | namespace | after | adds |\n|---|---|---|---|\n", d.Name)
		for _, m := range d.Mappings {
			fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", m.Prefix, m.URI, m.Reference, m.Adds)
		}
	}
	return b.String()
}

var rows = []struct {
	title string
	of    func(registrar.Capabilities) string
}{
	{"contacts", func(c registrar.Capabilities) string { return string(c.ContactModel) }},
	{"name servers", func(c registrar.Capabilities) string { return string(c.HostModel) }},
	{"years", func(c registrar.Capabilities) string { return fmt.Sprintf("%d to %d", c.MinYears, c.MaxYears) }},
	{"transfers of names", func(c registrar.Capabilities) string {
		if c.Transfer && c.TransferImmediate {
			return "at once"
		}
		return yes(c.Transfer)
	}},
	{"transfers of contacts", func(c registrar.Capabilities) string { return yes(c.TransferContacts) }},
	{"restore", func(c registrar.Capabilities) string {
		return map[registrar.RestoreStyle]string{registrar.RestoreReports: "request and report", registrar.RestoreRequest: "request"}[c.Restore]
	}},
	{"locks", func(c registrar.Capabilities) string { return yes(!c.NoLocks) }},
	{"DNSSEC", func(c registrar.Capabilities) string {
		return map[registrar.SecDNSForm]string{registrar.SecDNSDS: "DS, or keys by a quirk", registrar.SecDNSKey: "keys"}[c.SecDNS]
	}},
	{"message queue", func(c registrar.Capabilities) string { return yes(c.Messages) }},
	{"prices", func(c registrar.Capabilities) string { return yes(c.Prices) }},
	{"balance", func(c registrar.Capabilities) string { return yes(c.Balance) }},
	{"launch phases and claims", func(c registrar.Capabilities) string { return yes(c.Launch) }},
	{"allocation tokens", func(c registrar.Capabilities) string { return yes(c.Tokens) }},
	{"IDN tables", func(c registrar.Capabilities) string { return yes(c.IDNTables) }},
	{"fields of its own", func(c registrar.Capabilities) string { return strings.Join(c.Fields, ", ") }},
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}
