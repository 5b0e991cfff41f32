package store_test

import (
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func TestCustomersAndUsers(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		c := registrar.Customer{ID: "cus_001", Name: "Bücher Café 株式会社 😀", Currency: "EUR", Language: "de-DE", CreatedAt: noon}
		u := registrar.User{ID: "usr_001", CustomerID: c.ID, Email: "Ada@Example.org", Name: "Ada Ünal", Role: registrar.RoleOwner, PasswordHash: "$argon2id$x", CreatedAt: noon}
		write(t, s, func(tx registrar.Tx) error {
			if err := tx.InsertCustomer(ctx, c); err != nil {
				return err
			}
			if err := tx.InsertUser(ctx, u); err != nil {
				return err
			}
			return tx.InsertUser(ctx, registrar.User{ID: "usr_002", Email: "staff@example.org", Role: registrar.RoleStaffOwner, CreatedAt: noon, DisabledAt: &noon})
		})
		c.CreatedAt, u.CreatedAt, u.Email = c.CreatedAt.UTC(), u.CreatedAt.UTC(), "ada@example.org"
		same(t, must[registrar.Customer](t)(s.Customer(ctx, c.ID)), c)
		same(t, must[registrar.User](t)(s.User(ctx, u.ID)), u)
		same(t, must[registrar.User](t)(s.UserByEmail(ctx, "ADA@example.org")), u)
		same(t, must[[]registrar.User](t)(s.UsersOf(ctx, c.ID)), []registrar.User{u})
		same(t, must[registrar.User](t)(s.User(ctx, "usr_002")).DisabledAt, utc(noon))

		refused(t, s, registrar.KindConflict, "email_taken", func(tx registrar.Tx) error {
			return tx.InsertUser(ctx, registrar.User{ID: "usr_003", Email: "ADA@EXAMPLE.ORG", CreatedAt: noon})
		})
		refused(t, s, registrar.KindConflict, "duplicate", func(tx registrar.Tx) error { return tx.InsertCustomer(ctx, c) })
		for _, id := range []string{"cus_none", "", "cus_0\x0001", "cüs"} {
			_, err := s.Customer(ctx, id)
			wantError(t, err, registrar.KindNotFound, "not_found")
		}
		_, err := s.UserByEmail(ctx, "ädä@example.org")
		wantError(t, err, registrar.KindNotFound, "not_found")
	})
}

func TestCustomerSearch(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		write(t, s, func(tx registrar.Tx) error {
			for i, name := range []string{"Anna Müller", "Müllerei Nord 100%", "O'Brien & Söhne", "anna_b"} {
				c := aCustomer(i + 1)
				c.Name = name
				if err := tx.InsertCustomer(ctx, c); err != nil {
					return err
				}
			}
			return tx.InsertUser(ctx, registrar.User{ID: "usr_1", CustomerID: "cus_003", Email: "anna.two@example.org", CreatedAt: noon})
		})
		for _, c := range []struct {
			query string
			want  []string
		}{
			{"", []string{"cus_004", "cus_003", "cus_002", "cus_001"}},
			{"cus_002", []string{"cus_002"}},
			{"cus_9", []string{}},
			{"MÜLL", []string{"cus_002", "cus_001"}},
			{"müller anna", []string{"cus_001"}},
			{"anna", []string{"cus_004", "cus_003", "cus_001"}},
			{"anna.two@example.org", []string{"cus_003"}},
			{"example", []string{"cus_003"}},
			{"brien", []string{"cus_003"}},
			{"100%", []string{"cus_002"}}, // no wild cards
			{"%", []string{}},
			{"_", []string{}},
			{"muller", []string{}},
		} {
			got := must[[]registrar.Customer](t)(s.Customers(ctx, c.query, registrar.Page{}))
			same(t, ids(got, func(c registrar.Customer) string { return c.ID }), c.want)
		}
		got := walk(t, 2, func(p registrar.Page) ([]registrar.Customer, error) { return s.Customers(ctx, "anna", p) },
			func(c registrar.Customer) string { return c.ID })
		same(t, got, []string{"cus_004", "cus_003", "cus_001"})
		_, err := s.Customers(ctx, "", registrar.Page{After: "ü"})
		wantError(t, err, registrar.KindInvalid, "bad_cursor")
	})
}

func TestTokens(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		tok := registrar.APIToken{ID: "tok_1", CustomerID: "cus_001", UserID: "usr_1", Name: "CI", Digest: "d1", Hint: "abcd",
			Scopes: []registrar.Scope{registrar.ScopeOrders, registrar.ScopeDomainsRead}, CreatedAt: noon.UTC(), ExpiresAt: utc(noon.Add(time.Hour))}
		other := registrar.APIToken{ID: "tok_2", CustomerID: "cus_001", Digest: "d2", CreatedAt: noon.UTC()}
		write(t, s, func(tx registrar.Tx) error {
			if err := tx.InsertToken(ctx, tok); err != nil {
				return err
			}
			return tx.InsertToken(ctx, other)
		})
		same(t, must[registrar.APIToken](t)(s.TokenByDigest(ctx, "d1")), tok)
		same(t, must[[]registrar.APIToken](t)(s.TokensOf(ctx, "cus_001")), []registrar.APIToken{other, tok})

		later := noon.Add(time.Minute)
		write(t, s, func(tx registrar.Tx) error { return tx.TouchToken(ctx, "tok_1", later) })
		write(t, s, func(tx registrar.Tx) error { return tx.TouchToken(ctx, "tok_1", noon) }) // never back
		write(t, s, func(tx registrar.Tx) error { return tx.RevokeToken(ctx, "cus_001", "tok_1", noon) })
		write(t, s, func(tx registrar.Tx) error { return tx.RevokeToken(ctx, "cus_001", "tok_1", later) }) // the first counts
		tok.LastUsedAt, tok.RevokedAt = utc(later), utc(noon)
		same(t, must[registrar.APIToken](t)(s.TokenByDigest(ctx, "d1")), tok)

		refused(t, s, registrar.KindNotFound, "not_found", func(tx registrar.Tx) error { return tx.RevokeToken(ctx, "cus_002", "tok_2", noon) })
		refused(t, s, registrar.KindConflict, "duplicate", func(tx registrar.Tx) error {
			return tx.InsertToken(ctx, registrar.APIToken{ID: "tok_3", Digest: "d1", CreatedAt: noon})
		})
		_, err := s.TokenByDigest(ctx, "D1") // bytes, not letters
		wantError(t, err, registrar.KindNotFound, "not_found")
	})
}
