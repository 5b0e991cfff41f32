package store_test

import (
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
)

func TestPasskeys(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		one := registrar.Passkey{ID: "pky_1", UserID: "usr_1", Name: "Schlüssel 😀", CredentialID: []byte{0, 255, 1}, PublicKey: []byte{9, 0, 8}, SignCount: 4_294_967_295,
			Transports: []string{"usb", "nfc"}, BackupEligible: true, BackedUp: true, CreatedAt: noon.UTC()}
		two := registrar.Passkey{ID: "pky_0", UserID: "usr_1", Name: "Phone", CredentialID: make([]byte, 1023), PublicKey: make([]byte, 2900),
			CreatedAt: noon.Add(time.Minute).UTC()}
		write(t, s, func(tx registrar.Tx) error {
			if err := tx.InsertPasskey(ctx, two); err != nil {
				return err
			}
			return tx.InsertPasskey(ctx, one)
		})
		same(t, must[[]registrar.Passkey](t)(s.PasskeysOf(ctx, "usr_1")), []registrar.Passkey{one, two})
		same(t, len(must[[]registrar.Passkey](t)(s.PasskeysOf(ctx, "usr_ü"))), 0)
		same(t, must[registrar.Passkey](t)(s.PasskeyByCredential(ctx, one.CredentialID)), one)
		if _, err := s.PasskeyByCredential(ctx, []byte{0, 255}); !registrar.IsNotFound(err) {
			t.Errorf("found a credential by a part of its id: %v", err)
		}
		twice := one
		twice.ID, twice.UserID = "pky_2", "usr_2"
		refused(t, s, registrar.KindConflict, "passkey_there", func(tx registrar.Tx) error { return tx.InsertPasskey(ctx, twice) })

		done := func(fn func(tx registrar.Tx) (bool, error)) (ok bool) {
			write(t, s, func(tx registrar.Tx) (err error) { ok, err = fn(tx); return err })
			return ok
		}
		for i, c := range []struct {
			was, now uint32
			want     bool
		}{{1, 2, false}, {0, 7, true}, {0, 8, false}, {7, 8, true}} {
			if got := done(func(tx registrar.Tx) (bool, error) { return tx.UsePasskey(ctx, "pky_0", c.was, c.now, true, noon) }); got != c.want {
				t.Errorf("use %d: %v", i, got)
			}
		}
		two.SignCount, two.BackedUp, two.LastUsedAt = 8, true, utc(noon)
		for i, c := range []struct {
			user, id string
			want     bool
		}{{"usr_2", "pky_0", false}, {"usr_1", "pky_9", false}, {"usr_1", "pky_ü", false}, {"usr_1", "pky_0", true}, {"usr_1", "pky_0", true}} {
			if got := done(func(tx registrar.Tx) (bool, error) { return tx.RenamePasskey(ctx, c.user, c.id, "Téléphone") }); got != c.want {
				t.Errorf("rename %d: %v", i, got)
			}
		}
		two.Name = "Téléphone"
		same(t, must[registrar.Passkey](t)(s.PasskeyByCredential(ctx, two.CredentialID)), two)
		for i, c := range []struct {
			user, id string
			want     bool
		}{{"usr_2", "pky_0", false}, {"usr_1", "pky_ü", false}, {"usr_1", "pky_0", true}, {"usr_1", "pky_0", false}} {
			if got := done(func(tx registrar.Tx) (bool, error) { return tx.DropPasskey(ctx, c.user, c.id) }); got != c.want {
				t.Errorf("drop %d: %v", i, got)
			}
		}
		write(t, s, func(tx registrar.Tx) error { return tx.DropPasskeys(ctx, "usr_2") })
		same(t, must[[]registrar.Passkey](t)(s.PasskeysOf(ctx, "usr_1")), []registrar.Passkey{one})
		write(t, s, func(tx registrar.Tx) error { return tx.DropPasskeys(ctx, "usr_1") })
		same(t, len(must[[]registrar.Passkey](t)(s.PasskeysOf(ctx, "usr_1"))), 0)
	})
}
