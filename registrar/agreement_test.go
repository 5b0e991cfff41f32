package registrar_test

import (
	"testing"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/agreement"
)

// withAgreements is the world's engine anew, with other texts in force.
func withAgreements(t *testing.T, w *world, texts ...agreement.Text) (*registrar.Engine, error) {
	t.Helper()
	opt := options(w.store, w.registry, "other texts")
	opt.Agreements = texts
	return registrar.New(opt)
}

func textIn(version, language, body string) agreement.Text {
	return agreement.Text{Version: version, Language: language, Format: agreement.Markdown, Body: body}
}

// TestOrderKeepsWhatWasShown: version, language, address and words, whatever is in
// force afterwards.
func TestOrderKeepsWhatWasShown(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	e, err := withAgreements(t, w, textIn("2027-01", "en", "english one"), textIn("2027-01", "pt-BR", "português"))
	if err != nil {
		t.Fatal(err)
	}
	by := registrar.Actor{Kind: registrar.ActorCustomer, ID: w.by.ID, IP: "192.0.2.7"}
	for name, c := range map[string]struct{ said, kept, body string }{
		"unsaid.shop": {"", "en", "english one"}, "said.shop": {"pt-br", "pt-BR", "português"},
	} {
		req := w.registration(name, 1)
		req.Agreement = registrar.Agreement{Version: "2027-01", Language: c.said}
		placed, _, err := e.PlaceOrder(ctx, by, req)
		if err != nil {
			t.Fatal(err)
		}
		o, err := w.store.Order(ctx, placed.ID)
		if err != nil {
			t.Fatal(err)
		}
		if a := o.Agreement; a.Version != "2027-01" || a.Language != c.kept || a.IP != "192.0.2.7" || a.At.IsZero() {
			t.Errorf("%s: %+v", name, a)
		}
		later, err := withAgreements(t, w, textIn("2027-02", "en", "english two"))
		if err != nil {
			t.Fatal(err)
		}
		if err := later.OpenAgreements(ctx); err != nil {
			t.Fatal(err)
		}
		got, err := later.AcceptedAgreement(ctx, o.Agreement)
		if err != nil || got.Body != c.body || got.Format != agreement.Markdown {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	req := w.registration("klingon.shop", 1)
	req.Agreement = registrar.Agreement{Version: "2027-01", Language: "tlh"}
	_, _, err = e.PlaceOrder(ctx, by, req)
	wantKind(t, err, registrar.KindInvalid, "no_such_language")
	_, err = e.AcceptedAgreement(ctx, registrar.Agreement{Version: "v0", Language: "en", At: e.Now()})
	wantKind(t, err, registrar.KindNotFound, "no_such_text")
}

// TestChangedTextNeedsAnotherVersion: nobody is told afterwards that they have
// accepted other words.
func TestChangedTextNeedsAnotherVersion(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	first := textIn("v1", "en", "one")
	for what, c := range map[string]struct {
		texts   []agreement.Text
		refused bool
	}{
		"same":         {[]agreement.Text{first}, false},
		"words":        {[]agreement.Text{textIn("v1", "en", "two")}, true},
		"format":       {[]agreement.Text{{Version: "v1", Language: "en", Format: agreement.Plain, Body: "one"}}, true},
		"new version":  {[]agreement.Text{textIn("v2", "en", "two")}, false},
		"new language": {[]agreement.Text{first, textIn("v1", "de", "eins")}, false},
	} {
		before, err := withAgreements(t, w, first)
		if err != nil {
			t.Fatal(err)
		}
		if err := before.OpenAgreements(ctx); err != nil {
			t.Fatal(err)
		}
		e, err := withAgreements(t, w, c.texts...)
		if err != nil {
			t.Fatal(err)
		}
		err = e.OpenAgreements(ctx)
		if !c.refused {
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
			continue
		}
		wantKind(t, err, registrar.KindConflict, "agreement_changed")
		req := w.registration("late.shop", 1)
		req.Agreement = registrar.Agreement{Version: "v1", Language: "en"}
		_, _, err = e.PlaceOrder(ctx, w.by, req)
		wantKind(t, err, registrar.KindConflict, "agreement_changed")
	}
}

func TestWhichAgreementIsShown(t *testing.T) {
	w := newWorld(t)
	e, err := withAgreements(t, w, textIn("v", "en", "x"), textIn("v", "pt-BR", "x"), textIn("v", "pt", "x"), textIn("v", "de-CH", "x"))
	if err != nil {
		t.Fatal(err)
	}
	for asked, want := range map[string]string{"": "en", "fr": "en", "pt": "pt", "PT-br": "pt-BR", "pt-PT": "pt", "de": "de-CH", "de-AT": "de-CH", "en-GB": "en"} {
		if got := e.AgreementIn(asked).Language; got != want {
			t.Errorf("%q: %s, want %s", asked, got, want)
		}
	}
	for what, texts := range map[string][]agreement.Text{
		"two versions": {textIn("v", "en", "x"), textIn("w", "de", "x")},
		"twice":        {textIn("v", "de", "x"), textIn("v", "DE", "x")},
		"empty":        {textIn("v", "en", " ")},
	} {
		if _, err := withAgreements(t, w, texts...); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
}
