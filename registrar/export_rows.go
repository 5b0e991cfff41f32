package registrar

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
)

// ExportReader reads everything that is kept about a customer and their users.
type ExportReader interface {
	// ExportSections names the lists of an export in the order they are written.
	ExportSections() []string
	// ExportRows calls show with each row that a section holds of a customer. It
	// reads in pages, in constant memory, and ends with the first error of show.
	// Secrets, digests of secrets and who of staff did something are in no row.
	//
	// Errors: KindNotFound for a section that there is not.
	ExportRows(ctx context.Context, section, customerID string, show func(ExportRow) error) error
}

// ExportField is one value under its name: text, a number, a truth value, a
// time, JSON, or nil where nothing is known.
type ExportField struct {
	Name  string
	Value any
}

// ExportRow is one thing that is kept, its fields in a fixed order.
type ExportRow []ExportField

// MarshalJSON writes an object with the fields in their order.
func (r ExportRow) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range r {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(f.Name)
		if err != nil {
			return nil, fmt.Errorf("writing the name of %s: %w", f.Name, err)
		}
		value, err := json.Marshal(f.Value)
		if err != nil {
			return nil, fmt.Errorf("writing %s: %w", f.Name, err)
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
