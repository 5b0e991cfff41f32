package registrar_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/indera/indera/registrar"
)

// exported returns a customer's export, as text and by section.
func (b *board) exported(by registrar.Actor, customerID string) (string, map[string][]map[string]any) {
	b.t.Helper()
	var out bytes.Buffer
	b.must(b.engine.Export(b.t.Context(), by, customerID, &out))
	var whole map[string]json.RawMessage
	b.must(json.Unmarshal(out.Bytes(), &whole))
	doc := map[string][]map[string]any{}
	for _, section := range b.store.ExportSections() {
		var rows []map[string]any
		b.must(json.Unmarshal(whole[section], &rows))
		doc[section] = rows
	}
	return out.String(), doc
}

// TestExportOfAMovedName: who gets a name gets nothing of who had it before, and
// who had it keeps what was theirs.
func TestExportOfAMovedName(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	ctx := t.Context()
	b.by.IP = "192.0.2.77"
	req := b.registration("garden.shop", 1)
	req.Lines[0].Registrant.Data.Email = "holder@example.net" // the holder stays who it is
	b.work(b.engine)
	op := b.finish(b.place(req).ID)
	d, err := b.store.DomainByName(ctx, "garden.shop")
	b.must(err)
	bob := b.other()
	change, err := b.engine.ChangeNameServers(ctx, b.by, b.customer.ID, "garden.shop", []string{"ns3.example.net", "ns4.example.net"}, nil)
	b.must(err)
	b.finish(change.ID)
	locked, err := b.engine.ChangeStaffLocks(ctx, b.support, d.ID, []registrar.Lock{registrar.LockTransfer}, true, "dispute UDRP-7")
	b.must(err)
	b.finish(locked.ID)
	early, err := b.engine.AskDomainDelete(ctx, b.support, d.ID, "old request about Ada")
	b.must(err)
	b.must(second(b.engine.Refuse(ctx, b.hedy, early.ID, "no, Ada pays")))
	_, before := b.exported(b.by, b.customer.ID)
	if len(before["domain_history"]) == 0 || len(before["approvals"]) != 1 || len(before["staff_locks"]) != 1 {
		t.Errorf("the export before the move: %v", before)
	}
	a, err := b.engine.AskDomainMove(ctx, b.support, d.ID, bob.ID, "sold, contract of 3 May")
	b.must(err)
	b.must(second(b.engine.Approve(ctx, b.hedy, a.ID, "seen the contract")))
	ops, err := b.store.Operations(ctx, registrar.OperationFilter{DomainID: d.ID}, registrar.Page{Limit: 1})
	b.must(err)
	b.finish(ops[0].ID)
	users, err := b.store.UsersOf(ctx, bob.ID)
	b.must(err)
	byBob := registrar.Actor{Kind: registrar.ActorCustomer, ID: users[0].ID, IP: "192.0.2.88"}
	_, err = b.engine.ChangeNameServers(ctx, byBob, bob.ID, "garden.shop", []string{"ns5.example.net", "ns6.example.net"}, nil)
	b.must(err)

	text, got := b.exported(byBob, bob.ID)
	for _, of := range []string{b.customer.ID, b.by.ID, b.by.IP, "ada@example.org", d.Registrant.ContactID, op.ID, early.ID, "about Ada", "UDRP-7", b.hedy.ID, b.support.ID} {
		if strings.Contains(text, of) {
			i := strings.Index(text, of)
			t.Errorf("the new customer's export holds %s: %s", of, text[max(0, i-900):i+50])
		}
	}
	if len(got["domains"]) != 1 || len(got["domain_history"]) == 0 || len(got["approvals"]) != 0 || len(got["staff_locks"]) != 0 {
		t.Errorf("the new customer's own is missing: %v", got)
	}
	kept, left := b.exported(b.by, b.customer.ID)
	for _, section := range []string{"orders", "operations", "commands", "contacts", "registry_contacts"} {
		if len(left[section]) < len(before[section]) || len(left[section]) == 0 {
			t.Errorf("the former customer's %s: %d rows, %d before the move", section, len(left[section]), len(before[section]))
		}
	}
	if !strings.Contains(kept, b.by.IP) || strings.Contains(kept, "UDRP-7") || strings.Contains(kept, bob.ID) {
		t.Errorf("the former customer's export: %s", kept)
	}
}

// TestExportTellsNoHold: a hold may be an order that must not be told.
func TestExportTellsNoHold(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	b.must(b.engine.HoldCustomer(t.Context(), b.grace, b.customer.ID, "sealed order 9"))
	b.must(b.engine.LiftHold(t.Context(), b.grace, b.customer.ID, "sealed order 10"))
	b.must(b.engine.HoldCustomer(t.Context(), b.grace, b.customer.ID, "sealed order 11"))
	if text, _ := b.exported(b.by, b.customer.ID); strings.Contains(text, "sealed") || strings.Contains(text, "hold\"") || strings.Contains(text, "legal") {
		t.Errorf("the export tells of the hold: %s", text)
	}
}
