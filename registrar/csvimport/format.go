// Package csvimport brings domains of a registrar that moves to Indera from a
// file of comma separated values: it reads the file row by row, tells what would
// be done, does it in bounded transactions, and writes what is wrong or differs
// into a report of the same kind. The format is described in docs/import.md.
package csvimport

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"github.com/indera/indera/registrar"
)

// Column is one column of the file.
type Column struct {
	Name     string
	Required bool // the column must be there; its cells may still be checked
	Meaning  string
	Example  string
}

// Columns lists all of them in the order of the template.
var Columns = []Column{
	{"domain", true, "The name, as A-label or U-label.", "brand.example"},
	{"customer_email", true, "Address that the customer signs in with. One address is one customer.", "ada@example.org"},
	{"customer_name", false, "Name of a new customer; by default the registrant's organisation or name.", "Analytical Engines Ltd"},
	{"language", false, "Language of mail to a new customer (BCP 47); en by default.", "en"},
	{"registrant_name", true, "Who holds the name: a person.", "Ada Lovelace"},
	{"registrant_organization", false, "When given, the organisation is the holder.", "Analytical Engines Ltd"},
	{"registrant_street1", true, "First line of the street address.", "12 St James's Square"},
	{"registrant_street2", false, "Second line.", ""},
	{"registrant_street3", false, "Third line.", ""},
	{"registrant_city", true, "City.", "London"},
	{"registrant_state", false, "State or province, where addresses have one.", ""},
	{"registrant_postal_code", false, "Where addresses have one.", "SW1Y 4JH"},
	{"registrant_country", true, "ISO 3166-1 alpha-2.", "GB"},
	{"registrant_phone", true, "With country code, preferably +CC.NUMBER.", "+44.2079460123"},
	{"registrant_email", true, "Address of the holder, to which expiry notices go.", "ada@example.org"},
	{"nameservers", false, "Separated by spaces.", "ns1.example.net ns2.example.net"},
	{"expires", false, "YYYY-MM-DD; compared with the registry's.", "2027-11-23"},
}

// WriteTemplate writes the header and one example row.
func WriteTemplate(w io.Writer) error {
	header, example := make([]string, len(Columns)), make([]string, len(Columns))
	for i, c := range Columns {
		header[i], example[i] = c.Name, c.Example
	}
	out := csv.NewWriter(w)
	out.WriteAll([][]string{header, example}) //nolint:errcheck // Error tells it
	if err := out.Error(); err != nil {
		return fmt.Errorf("writing the template: %w", err)
	}
	return nil
}

// positions says in which field of a record each column stands.
type positions map[string]int

// readHeader finds the columns. Names are compared without case, with spaces and
// hyphens as underscores; renamed maps names of the file to ours.
func readHeader(header []string, renamed map[string]string) (positions, error) {
	known := make(map[string]bool, len(Columns))
	for _, c := range Columns {
		known[c.Name] = true
	}
	plain := make(map[string]string, len(renamed))
	for from, to := range renamed {
		if to != "" && !known[to] {
			return nil, fmt.Errorf("there is no column %q to map to", to)
		}
		plain[plainName(from)] = to
	}
	out := make(positions, len(header))
	used := make(map[string]bool, len(plain))
	for i, h := range header {
		name := plainName(h)
		if to, ok := plain[name]; ok {
			used[name] = true
			if to == "" {
				continue
			}
			name = to
		}
		if !known[name] {
			return nil, fmt.Errorf("column %d, %q, is not known; leave it out by --ignore, or map it to one that is", i+1, shorten(h))
		}
		if _, twice := out[name]; twice {
			return nil, fmt.Errorf("column %q stands there twice", name)
		}
		out[name] = i
	}
	for name := range plain {
		if !used[name] {
			return nil, fmt.Errorf("the file has no column %q", shorten(name))
		}
	}
	for _, c := range Columns {
		if _, ok := out[c.Name]; c.Required && !ok {
			return nil, fmt.Errorf("the column %q is missing", c.Name)
		}
	}
	return out, nil
}

func plainName(s string) string {
	return strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(s)))
}

// shorten bounds what of a file a message repeats.
func shorten(s string) string {
	r := []rune(strings.ToValidUTF8(s, "?"))
	if len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return string(r)
}

// row makes a row of a record.
func (p positions) row(line int, record []string) registrar.ImportRow {
	cell := func(name string) string {
		if i, ok := p[name]; ok {
			return strings.TrimSpace(record[i])
		}
		return ""
	}
	return registrar.ImportRow{
		Line: line, Domain: cell("domain"), CustomerEmail: cell("customer_email"), CustomerName: cell("customer_name"), Language: cell("language"),
		Registrant: registrar.ContactData{
			Name: cell("registrant_name"), Organization: cell("registrant_organization"),
			Street: []string{cell("registrant_street1"), cell("registrant_street2"), cell("registrant_street3")},
			City:   cell("registrant_city"), State: cell("registrant_state"), PostalCode: cell("registrant_postal_code"),
			CountryCode: cell("registrant_country"), Phone: cell("registrant_phone"), Email: cell("registrant_email"),
		},
		NameServers: strings.Fields(cell("nameservers")), Expires: cell("expires"),
	}
}
