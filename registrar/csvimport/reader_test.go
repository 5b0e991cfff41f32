package csvimport

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/indera/indera/registrar"
)

const header = "domain,customer_email,registrant_name,registrant_street1,registrant_city,registrant_country,registrant_phone,registrant_email\n"

func line(domain string) string {
	return domain + ",ada@example.org,Ada Lovelace,12 St James's Square,London,GB,+44.2079460123,ada@example.org\n"
}

// all reads a whole file.
func all(text string, f Format) (rows []registrar.ImportRow, flaws []Flaw, err error) {
	r, err := NewReader(strings.NewReader(text), f)
	if err != nil {
		return nil, nil, err
	}
	for {
		row, flaw, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return rows, flaws, nil
		case err != nil:
			return rows, flaws, err
		case flaw != nil:
			flaws = append(flaws, *flaw)
		default:
			rows = append(rows, row)
		}
	}
}

func TestTemplateCanBeRead(t *testing.T) {
	var b strings.Builder
	if err := WriteTemplate(&b); err != nil {
		t.Fatal(err)
	}
	rows, flaws, err := all(b.String(), Format{})
	if err != nil || len(flaws) > 0 || len(rows) != 1 {
		t.Fatalf("%v %v %v", rows, flaws, err)
	}
	r := rows[0]
	if r.Line != 2 || r.Domain != "brand.example" || r.Registrant.City != "London" || !slices.Equal(r.NameServers, []string{"ns1.example.net", "ns2.example.net"}) || r.Expires != "2027-11-23" {
		t.Errorf("%+v", r)
	}
	if _, err := r.Registrant.Normalize(); err != nil {
		t.Error(err)
	}
}

func TestHeaders(t *testing.T) {
	good := header + line("a.shop")
	for name, c := range map[string]struct {
		text   string
		format Format
		wrong  string // part of the reason, "" = it can be read
	}{
		"plain":           {good, Format{}, ""},
		"byte order mark": {"\xef\xbb\xbf" + good, Format{}, ""},
		"other spelling":  {strings.Replace(good, "customer_email", " Customer-Email", 1), Format{}, ""},
		"semicolons":      {strings.ReplaceAll(good, ",", ";"), Format{Comma: ';'}, ""},
		"wrong delimiter": {strings.ReplaceAll(good, ",", ";"), Format{}, "--delimiter"},
		"renamed":         {strings.Replace(good, "domain", "fqdn", 1), Format{Rename: map[string]string{"FQDN": "domain"}}, ""},
		"left out":        {"notes," + strings.Replace(good, "\n", "\nx,", 1), Format{Rename: map[string]string{"notes": ""}}, ""},
		"unknown":         {"notes," + strings.Replace(good, "\n", "\nx,", 1), Format{}, "not known"},
		"mapped nowhere":  {good, Format{Rename: map[string]string{"fqdn": "domain"}}, "no column"},
		"mapped wrongly":  {good, Format{Rename: map[string]string{"domain": "fqdn"}}, "no column"},
		"twice":           {"domain," + good, Format{}, "twice"},
		"missing":         {strings.Replace(good, "registrant_city", "registrant_state", 1), Format{}, "missing"},
		"empty":           {"", Format{}, "empty"},
		"UTF-16":          {"\xff\xfed\x00o\x00", Format{}, "UTF-16"},
		"Latin-1":         {"dom\xe4in," + good, Format{}, "UTF-8"},
		"never ends":      {`"` + strings.Repeat("x", 200_000), Format{}, "never closed"},
	} {
		rows, _, err := all(c.text, c.format)
		var broken *Broken
		switch {
		case c.wrong == "" && (err != nil || len(rows) != 1 || rows[0].Domain != "a.shop"):
			t.Errorf("%s: %v, %v", name, rows, err)
		case c.wrong != "" && (!errors.As(err, &broken) || !strings.Contains(broken.Reason, c.wrong)):
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestFlaws: what is wrong with one row holds up no other, and its line is told.
func TestFlaws(t *testing.T) {
	text := header + line("a.shop") + "too,few\n" + line("b\xe4.shop") + `x"y` + line("q.shop") + line(`"c.shop"`) +
		line("\"two\nlines.shop\"") + strings.Repeat("x", MaxRecord) + line("") + line("d.shop")
	rows, flaws, err := all(text, Format{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range flaws {
		got = append(got, fmt.Sprint(f.Line, f.Code))
	}
	if want := []string{"3bad_width", "4bad_encoding", "5bad_quotes", "9too_long"}; !slices.Equal(got, want) {
		t.Errorf("flaws %v, want %v", got, want)
	}
	var names []string
	for _, r := range rows {
		names = append(names, fmt.Sprint(r.Line, r.Domain))
	}
	if want := []string{"2a.shop", "6c.shop", "7two\nlines.shop", "10d.shop"}; !slices.Equal(names, want) {
		t.Errorf("rows %v, want %v", names, want)
	}
}

// TestQuoteThatIsNeverClosed ends the file there instead of filling the memory.
func TestQuoteThatIsNeverClosed(t *testing.T) {
	r, err := NewReader(io.MultiReader(strings.NewReader(header+line("a.shop")+`"`), endless{}), Format{})
	if err != nil {
		t.Fatal(err)
	}
	if row, flaw, err := r.Next(); row.Domain != "a.shop" || flaw != nil || err != nil {
		t.Fatal(row, flaw, err)
	}
	var broken *Broken
	if _, _, err := r.Next(); !errors.As(err, &broken) || broken.Line != 2 {
		t.Errorf("%v", err)
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > 64<<20 {
		t.Errorf("%d bytes in use", m.HeapAlloc)
	}
}

type endless struct{}

// Read implements io.Reader.
func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestHarmless(t *testing.T) {
	for in, want := range map[string]string{"=1+1": "'=1+1", "@x": "'@x", "brand.shop": "brand.shop", "": ""} {
		if got := harmless(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

// FuzzReader: whatever stands in a file, it is read to its end or refused, and no
// row carries what is no text.
func FuzzReader(f *testing.F) {
	f.Add(line("a.shop"))
	f.Add("\"a\"\"b\",x\r\n,,,,,,,\n\x00,\n")
	f.Add(`"`)
	f.Add("\xef\xbb\xbf,\xff\n")
	f.Fuzz(func(t *testing.T, body string) {
		rows, flaws, err := all(header+body, Format{})
		var broken *Broken
		if err != nil && !errors.As(err, &broken) {
			t.Fatal(err)
		}
		last := 1
		for _, r := range rows {
			if r.Line <= last {
				t.Errorf("line %d after %d", r.Line, last)
			}
			last = r.Line
			if !utf8.ValidString(r.Domain + r.CustomerEmail + r.Registrant.Name + r.Registrant.City) {
				t.Errorf("%q", r.Domain)
			}
		}
		if err == nil && len(rows)+len(flaws) > strings.Count(body, "\n")+1 {
			t.Errorf("%d rows of %d lines", len(rows)+len(flaws), strings.Count(body, "\n")+1)
		}
	})
}
