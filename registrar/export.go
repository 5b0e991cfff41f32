package registrar

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Export writes the data of a customer as one JSON document
// (GDPR Art. 15 and 20): the account, and one list for each kind of thing that is
// kept about the customer and their users, removed ones included. Secrets are not
// in it: no password hash, no token, no seed. It reads in pages, in constant
// memory.
func (e *Engine) Export(ctx context.Context, by Actor, customerID string, to io.Writer) error {
	cus, err := e.store.Customer(ctx, customerID)
	if err != nil {
		return err
	}
	err = e.store.InTx(ctx, func(tx Tx) error {
		return tx.InsertAudit(ctx, e.sessionAudit(by, by.ID, "customer.export", map[string]string{"customer": customerID}))
	})
	if err != nil {
		return fmt.Errorf("noting an export: %w", err)
	}
	x := &exporter{w: to}
	x.open()
	x.field("made_at", e.Now())
	x.field("account", map[string]any{"id": cus.ID, "name": cus.Name, "currency": cus.Currency, "language": cus.Language, "created_at": cus.CreatedAt, "closed_at": cus.ClosedAt})
	if err := e.exportBalance(ctx, x, cus); err != nil {
		return fmt.Errorf("exporting: %w", err)
	}
	for _, section := range e.store.ExportSections() {
		if err := e.exportSection(ctx, x, section, cus.ID); err != nil {
			return fmt.Errorf("exporting: %w", err)
		}
	}
	x.close()
	if x.err != nil {
		return fmt.Errorf("writing an export: %w", x.err)
	}
	return nil
}

// exporter writes a JSON object field by field and remembers the first error.
type exporter struct {
	w     io.Writer
	count int // of fields, or of items of the open list
	err   error
}

func (x *exporter) text(s string) {
	if x.err == nil {
		_, x.err = io.WriteString(x.w, s)
	}
}

func (x *exporter) value(v any) {
	b, err := json.Marshal(v)
	if x.err == nil {
		x.err = err
	}
	x.text(string(b))
}

func (x *exporter) open()  { x.text("{") }
func (x *exporter) close() { x.text("\n}\n") }

func (x *exporter) key(name string) {
	if x.count > 0 {
		x.text(",")
	}
	x.count++
	x.text("\n")
	x.value(name)
	x.text(": ")
}

func (x *exporter) field(name string, v any) {
	x.key(name)
	x.value(v)
}

// exportSection writes one list, row by row. The link in a mail that carried a
// code was put in at hand-over: the text that is kept has a mark in its place.
func (e *Engine) exportSection(ctx context.Context, x *exporter, section, customerID string) error {
	x.key(section)
	x.text("[")
	first := true
	err := e.store.ExportRows(ctx, section, customerID, func(row ExportRow) error {
		if !first {
			x.text(",")
		}
		first = false
		for i, f := range row {
			if text, ok := f.Value.(string); ok {
				row[i].Value = strings.ReplaceAll(text, secretMark, "[secret]")
			}
		}
		x.text("\n")
		x.value(row)
		return x.err
	})
	if err != nil {
		return err
	}
	x.text("]")
	return x.err
}

func (e *Engine) exportBalance(ctx context.Context, x *exporter, cus Customer) error {
	acc, err := e.store.Account(ctx, AccountKey{AccountCustomer, cus.ID, cus.Currency})
	if IsNotFound(err) {
		return x.err
	}
	if err != nil {
		return err
	}
	x.field("balance", Money{acc.Balance, acc.Currency}.String())
	return x.err
}
