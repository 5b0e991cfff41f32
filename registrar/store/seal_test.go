package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/seal"
	"github.com/indera/indera/registrar/store"
)

func TestReseal(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		key := func(id string, b byte) seal.Key {
			return seal.Key{ID: id, Bytes: bytes.Repeat([]byte{b}, seal.KeySize)}
		}
		old := must[*seal.Ring](t)(seal.New(key("old", 1)))
		both := must[*seal.Ring](t)(seal.New(key("new", 2), key("old", 1)))
		const n = 450 // more than two pages
		write(t, s, func(tx registrar.Tx) error {
			for i := range n {
				id := fmt.Sprintf("mail_%04d", i)
				if err := tx.InsertMailSecret(ctx, id, must[string](t)(old.Seal("mail_secrets.sealed/"+id, []byte(id)))); err != nil {
					return err
				}
			}
			if err := tx.InsertMailSecret(ctx, "mail_lost", must[string](t)(must[*seal.Ring](t)(seal.New(key("lost", 3))).Seal("mail_secrets.sealed/mail_lost", nil))); err != nil {
				return err
			}
			// A value that was copied to another row opens nowhere.
			return tx.InsertMailSecret(ctx, "mail_moved", must[string](t)(old.Seal("mail_secrets.sealed/mail_0001", nil)))
		})
		for round, want := range []store.Resealed{{Changed: n, Broken: 2}, {Current: n, Broken: 2}} {
			var broken []error
			got := must[[]store.Resealed](t)(s.Reseal(ctx, both, func(_ string, err error) { broken = append(broken, err) }))
			want.Column = "mail_secrets.sealed"
			if len(broken) != 2 || !errors.Is(broken[0], seal.ErrUnknownKey) || !errors.Is(broken[1], seal.ErrBroken) {
				t.Errorf("round %d: broken %v", round, broken)
			}
			found := false
			for _, c := range got {
				if c.Column == want.Column {
					found = true
					same(t, c, want)
				}
			}
			if !found {
				t.Errorf("round %d: %+v lacks %s", round, got, want.Column)
			}
		}
		alone := must[*seal.Ring](t)(seal.New(key("new", 2)))
		v := must[string](t)(s.MailSecret(ctx, "mail_0449"))
		same(t, string(must[[]byte](t)(alone.Open("mail_secrets.sealed/mail_0449", v))), "mail_0449")
	})
}
