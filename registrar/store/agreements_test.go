package store_test

import (
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/agreement"
	"github.com/indera/indera/registrar/store"
)

func TestAgreementTexts(t *testing.T) {
	onBoth(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		text := func(digest, language, body string) registrar.AgreementText {
			return registrar.AgreementText{Digest: digest, KeptAt: noon.UTC(), Text: agreement.Text{Version: "2026-11", Language: language, Format: agreement.Markdown, Body: body}}
		}
		first := text("a1", "en", "ü *1*")
		write(t, s, func(tx registrar.Tx) error {
			for _, c := range []struct {
				text  registrar.AgreementText
				fresh bool
			}{{first, true}, {text("a2", "de", "2"), true}, {first, false}, {text("a3", "en", "other words"), false}} {
				if fresh, err := tx.InsertAgreementText(ctx, c.text); err != nil || fresh != c.fresh {
					t.Errorf("%s: %v, %v", c.text.Digest, fresh, err)
				}
			}
			return nil
		})
		read := func(at time.Time) registrar.AgreementText {
			t.Helper()
			return must[registrar.AgreementText](t)(s.AgreementText(ctx, "2026-11", "en", at))
		}
		same(t, read(noon.UTC().Add(time.Minute)), first)
		same(t, read(noon.UTC().Add(-time.Second)), first) // the clock of another replica
		if _, err := s.AgreementText(ctx, "2026-12", "en", noon.UTC()); !registrar.IsNotFound(err) {
			t.Errorf("no such version: %v", err)
		}

		// What was accepted before the words were kept as written stays what it was.
		write(t, s, func(tx registrar.Tx) error {
			return store.KeepAsBefore(ctx, tx, "old", "2026-11", "en", "<p>0</p>", noon.UTC().Add(-time.Hour))
		})
		if got := read(noon.UTC().Add(-time.Minute)); got.Body != "<p>0</p>" || got.Format != agreement.HTML {
			t.Errorf("%+v", got)
		}
		same(t, read(noon.UTC().Add(time.Minute)), first)
	})
}
