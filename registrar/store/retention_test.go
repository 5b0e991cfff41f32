package store_test

import (
	"database/sql"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/migrations"
	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

// TestPurgedTranscriptsLeaveNothing: what was made from them for the search goes, too.
func TestPurgedTranscriptsLeaveNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		write(t, s, func(tx registrar.Tx) error {
			for _, id := range []string{"tsc_1", "tsc_2"} {
				x := registrar.Transcript{ID: id, Registry: "mem", Verb: "domain:check", StartedAt: noon, Objects: []string{"a.shop", "b.shop"}}
				if err := tx.InsertTranscript(ctx, x); err != nil {
					return err
				}
			}
			n, err := tx.PurgeAged(ctx, registrar.PurgeTranscripts, []registrar.Aged{{ID: "tsc_1"}})
			if n != 1 {
				t.Errorf("%d transcripts purged", n)
			}
			return err
		})
		for table, want := range map[string]string{"transcripts": "1", "transcript_objects": "2"} {
			query(t, s.SQL(), "SELECT COUNT(*) FROM "+table, func(v []string) {
				if v[0] != want {
					t.Errorf("%s has %s rows, want %s", table, v[0], want)
				}
			})
		}
	})
}

// TestFormerContactsAreFound: what commands and the trail tell of names from
// before their contacts were remembered, and when those that ended did.
func TestFormerContactsAreFound(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		wanted := []string{"con_admin", "con_created", "con_held", "con_mirrored", "con_now", "con_row"}
		write(t, s, func(tx registrar.Tx) error {
			for _, id := range append([]string{"con_wish", "con_other"}, wanted...) {
				if err := tx.InsertContactVersion(ctx, registrar.ContactVersion{ContactID: id, Version: 1, CustomerID: "cus_001", CreatedAt: noon}); err != nil {
					return err
				}
			}
			d, over := aDomain(1, "a.shop", registrar.DomainActive), aDomain(2, "b.shop", registrar.DomainTransferred)
			d.Registrant = registrar.ContactRef{ContactID: "con_row", Version: 1}
			over.ChangedAt = utc(noon.Add(-9000 * time.Hour))
			over.OrderedAt = noon.Add(-9999 * time.Hour)
			create, change, failed := aCommand(1, registrar.VerbDomainCreate, "a.shop", registrar.CommandDone), aCommand(2, registrar.VerbDomainUpdate, "a.shop", registrar.CommandDone),
				aCommand(3, registrar.VerbDomainUpdate, "a.shop", registrar.CommandFailed)
			create.Spec = []byte(`{"Name":"a.shop","Registrant":"h1"}`)
			change.Spec = []byte(`{"Kind":"contacts","Name":"a.shop","Registrant":{"Ref":{"ContactID":"con_now","Version":1},"Handle":"h2"},"Roles":{"admin":{"Ref":{"ContactID":"con_admin","Version":1},"Handle":"h3"}}}`)
			failed.Spec = []byte(`{"Kind":"contacts","Name":"a.shop","Registrant":{"Ref":{"ContactID":"con_wish","Version":1},"Handle":"h4"}}`)
			trail := func(id, domain string, at time.Time, before, after any) error {
				return tx.InsertAudit(ctx, registrar.AuditEvent{ID: id, At: at, Action: "t", ObjectKind: "domain", ObjectID: domain, Retention: registrar.RetainRegistration, Before: before, After: after})
			}
			was := d
			was.Registrant.ContactID = "con_held"
			mirrored := d
			mirrored.Registrant.ContactID = "con_mirrored"
			return errors.Join(tx.InsertDomain(ctx, d), tx.InsertDomain(ctx, over), tx.InsertCommands(ctx, []registrar.Command{create, change, failed}),
				tx.InsertRegistryContact(ctx, registrar.RegistryContact{Registry: "mem", Handle: "h1", Ref: registrar.ContactRef{ContactID: "con_created", Version: 1}}),
				trail("aud_1", "dom_001", noon, was, "text"), trail("aud_2", "dom_001", noon, nil, map[string]any{"Domain": mirrored}), trail("aud_3", "dom_002", noon.Add(time.Hour), nil, nil))
		})
		for _, forget := range []string{"DELETE FROM domain_contact_history", "UPDATE domains SET ended_at = NULL"} {
			must[sql.Result](t)(s.SQL().ExecContext(ctx, forget))
		}
		for _, file := range []string{"00191_domain_contact_history_known", "00193_domain_ended_known"} {
			text := string(must[[]byte](t)(fs.ReadFile(migrations.FS, string(s.Driver())+"/"+file+".sql")))
			for _, statement := range strings.Split(text, ";\n") {
				if strings.TrimSpace(statement) != "" {
					must[sql.Result](t)(s.SQL().ExecContext(ctx, statement))
				}
			}
		}
		var got []string
		query(t, s.SQL(), "SELECT contact_id FROM domain_contact_history WHERE domain_id = 'dom_001' ORDER BY contact_id", func(v []string) { got = append(got, v[0]) })
		same(t, got, wanted)
		for since, want := range map[time.Duration]bool{30 * time.Minute: true, 90 * time.Minute: false} {
			same(t, must[bool](t)(s.NameNeeded(ctx, "dom_002", noon.Add(since))), want)
		}
		query(t, s.SQL(), "SELECT COUNT(*) FROM domains WHERE ended_at IS NOT NULL", func(v []string) { same(t, v[0], "1") })
	})
}
