package store_test

import (
	"fmt"
	"testing"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func aContact(id string, version int) registrar.ContactVersion {
	return registrar.ContactVersion{ContactID: id, Version: version, CustomerID: "cus_001", CreatedAt: noon.UTC(),
		ContactData: registrar.ContactData{Name: "Žofie Ørsted", Street: []string{"Hauptstraße 1", "2. Stock"}, City: "München", PostalCode: "80331",
			CountryCode: "DE", Phone: "+49.8912345", Email: "zofie@example.org"}}
}

func TestContactVersions(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		one, two := aContact("con_1", 1), aContact("con_1", 2)
		two.Organization, two.State = "株式会社", "BY"
		insert := func(v registrar.ContactVersion) func(registrar.Tx) error {
			return func(tx registrar.Tx) error { return tx.InsertContactVersion(ctx, v) }
		}
		write(t, s, insert(one))
		write(t, s, insert(two))
		same(t, must[registrar.ContactVersion](t)(s.ContactVersion(ctx, registrar.ContactRef{ContactID: "con_1", Version: 1})), one)
		same(t, must[registrar.ContactVersion](t)(s.ContactVersion(ctx, registrar.ContactRef{ContactID: "con_1", Version: 2})), two)
		same(t, must[registrar.ContactVersion](t)(s.ContactVersion(ctx, registrar.ContactRef{ContactID: "con_1"})), two)
		_, err := s.ContactVersion(ctx, registrar.ContactRef{ContactID: "con_1", Version: 3})
		wantError(t, err, registrar.KindNotFound, "not_found")

		refused(t, s, registrar.KindConflict, "contact_changed", insert(aContact("con_1", 2)))
		refused(t, s, registrar.KindConflict, "contact_changed", insert(aContact("con_1", 4)))
		refused(t, s, registrar.KindConflict, "duplicate", insert(aContact("con_1", 1)))
		refused(t, s, registrar.KindInvalid, "bad_version", insert(aContact("con_2", 0)))
		stranger := aContact("con_1", 3)
		stranger.CustomerID = "cus_002"
		refused(t, s, registrar.KindConflict, "contact_changed", insert(stranger))

		for i := 2; i <= 5; i++ {
			write(t, s, insert(aContact(fmt.Sprintf("con_%d", i), 1)))
		}
		key := func(v registrar.ContactVersion) string { return v.ContactID }
		got := walk(t, 2, func(p registrar.Page) ([]registrar.ContactVersion, error) { return s.Contacts(ctx, "cus_001", p) }, key)
		same(t, got, []string{"con_5", "con_4", "con_3", "con_2", "con_1"})
		last := must[[]registrar.ContactVersion](t)(s.Contacts(ctx, "cus_001", registrar.Page{After: "con_2"}))
		same(t, last, []registrar.ContactVersion{two})
	})
}

func TestRegistryObjects(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		ref := registrar.ContactRef{ContactID: "con_1", Version: 1}
		rc := registrar.RegistryContact{Registry: "mem", Ref: ref, Handle: "IND-1"}
		write(t, s, func(tx registrar.Tx) error {
			if err := tx.InsertRegistryContact(ctx, rc); err != nil {
				return err
			}
			return tx.MarkRegistryContactCreated(ctx, "mem", "IND-1")
		})
		rc.Created = true
		same(t, must[registrar.RegistryContact](t)(s.RegistryContact(ctx, "mem", ref)), rc)
		_, err := s.RegistryContact(ctx, "other", ref)
		wantError(t, err, registrar.KindNotFound, "not_found")
		for _, again := range []registrar.RegistryContact{
			{Registry: "mem", Ref: registrar.ContactRef{ContactID: "con_2", Version: 1}, Handle: "IND-1"},
		} {
			refused(t, s, registrar.KindConflict, "duplicate", func(tx registrar.Tx) error { return tx.InsertRegistryContact(ctx, again) })
		}
		refused(t, s, registrar.KindNotFound, "not_found", func(tx registrar.Tx) error { return tx.MarkRegistryContactCreated(ctx, "mem", "IND-9") })

		for range 2 { // twice is no error
			write(t, s, func(tx registrar.Tx) error { return tx.InsertRegistryHost(ctx, "mem", "ns1.example.net", noon) })
		}
		has := func(registry string) bool {
			return must[bool](t)(s.HasRegistryHost(ctx, registry, "ns1.example.net"))
		}
		if !has("mem") || has("other") {
			t.Error("a host exists at the registry that has it, and nowhere else")
		}
		write(t, s, func(tx registrar.Tx) error {
			return tx.ForgetRegistryObjects(ctx, "mem", []string{"IND-1"}, []string{"ns1.example.net", "ns9.example.net"})
		})
		rc.Created = false
		same(t, must[registrar.RegistryContact](t)(s.RegistryContact(ctx, "mem", ref)), rc)
		if has("mem") {
			t.Error("the host is still known")
		}
		write(t, s, func(tx registrar.Tx) error { return tx.ForgetRegistryObjects(ctx, "mem", nil, nil) })
	})
}
