package csvimport

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/indera/indera/registrar"
)

// report writes findings as CSV, one a row.
type report struct{ out *csv.Writer }

func newReport(w io.Writer) (*report, error) {
	r := &report{csv.NewWriter(w)}
	return r, r.write("line", "column", "verdict", "code", "domain", "detail")
}

func (r *report) write(cells ...string) error {
	for i := range cells {
		cells[i] = harmless(cells[i])
	}
	if err := r.out.Write(cells); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

func (r *report) flush() error {
	r.out.Flush()
	if err := r.out.Error(); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// plan writes the findings about a row.
func (r *report) plan(p *registrar.ImportPlan) error {
	for _, f := range p.Findings {
		verdict := "taken"
		if p.Action == registrar.ImportRefuse {
			verdict = "refused"
		}
		name := p.Name.A
		if name == "" {
			name = shorten(p.Row.Domain)
		}
		if err := r.write(strconv.Itoa(p.Row.Line), f.Column, verdict, f.Code, name, f.Detail); err != nil {
			return err
		}
	}
	return nil
}

// harmless keeps a spreadsheet from taking a cell for a formula.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
