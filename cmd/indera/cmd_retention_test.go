package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

// TestRetention: the dry run changes nothing, a hold keeps, and the proof of the
// chain tells a purge from a theft.
func TestRetention(t *testing.T) {
	conf, database := install(t)
	s, err := store.Open(t.Context(), store.Config{Driver: store.DriverSQLite, Path: database})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	ctx, now := t.Context(), time.Now()
	old := registrar.AuditEvent{ID: "aud_old", At: now.AddDate(-1, 0, 0), Action: "user.sign_in", ObjectKind: "customer", ObjectID: "cus_1", Retention: registrar.RetainOperational, After: "x",
		By: registrar.Actor{Kind: registrar.ActorCustomer, ID: "usr_1", IP: "192.0.2.1"}}
	fresh := old
	fresh.ID, fresh.At = "aud_new", now.AddDate(0, 0, -1)
	err = s.InTx(ctx, func(tx registrar.Tx) error {
		if err := tx.InsertCustomer(ctx, registrar.Customer{ID: "cus_1", Name: "Ada", Currency: "USD", Language: "en", CreatedAt: now}); err != nil {
			return err
		}
		if err := tx.InsertAudit(ctx, old); err != nil {
			return err
		}
		return tx.InsertAudit(ctx, fresh)
	})
	if err != nil {
		t.Fatal(err)
	}
	call := func(want int, args ...string) string {
		t.Helper()
		var out, said bytes.Buffer
		if code := run(append(args, "--config", conf), &out, &said); code != want {
			t.Errorf("%v: exit code %d, want %d: %s%s", args, code, want, &out, &said)
		}
		return strings.Join(strings.Fields(out.String()+said.String()), " ")
	}
	says := func(said, want string) {
		t.Helper()
		if !strings.Contains(said, want) {
			t.Errorf("said %q, want %q", said, want)
		}
	}
	says(call(exitOK, "retention", "dry-run"), "audit/operational 1 1")
	call(exitUsage, "retention", "dry-run", "--rows", "0")
	call(exitUsage, "retention", "hold", "cus_1")
	call(exitUsage, "retention", "hold", "--reason", "x")
	call(exitFailed, "retention", "hold", "cus_none", "--reason", "court")
	call(exitOK, "retention", "hold", "cus_1", "--reason", "court order")
	says(call(exitOK, "retention", "holds"), "cus_1 since "+now.UTC().Format(time.DateOnly))
	says(call(exitOK, "retention", "dry-run"), "audit/operational 1 0 1 (legal hold)")
	call(exitOK, "retention", "lift", "cus_1", "--reason", "settled")
	call(exitFailed, "retention", "lift", "cus_1", "--reason", "again")
	chain := func() {
		t.Helper()
		err := s.InTx(ctx, func(tx registrar.Tx) error {
			events, err := tx.UnchainedAudit(ctx, 0, 100)
			if err != nil {
				return err
			}
			return tx.ChainAudit(ctx, events, now)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	drop := func(id string) {
		t.Helper()
		err := s.InTx(ctx, func(tx registrar.Tx) error {
			_, err := tx.PurgeAged(ctx, registrar.PurgeOperational, []registrar.Aged{{ID: id}})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	chain()
	drop("aud_old")
	says(call(exitOK, "audit", "verify"), "purged: 1 payloads of class operational the audit chain is whole")
	drop("aud_new")
	says(call(exitFindings, "audit", "verify"), "aud_new: the payload is gone before its time")
}
