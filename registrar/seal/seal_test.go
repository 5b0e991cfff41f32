package seal_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/indera/indera/registrar/seal"
)

func key(id string, fill byte) seal.Key {
	return seal.Key{ID: id, Bytes: bytes.Repeat([]byte{fill}, seal.KeySize)}
}

func ring(t *testing.T, keys ...seal.Key) *seal.Ring {
	t.Helper()
	r, err := seal.New(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const place = "user_totp.sealed/usr_1"

func sealed(t *testing.T, r *seal.Ring, text string) string {
	t.Helper()
	s, err := r.Seal(place, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSealAndOpen(t *testing.T) {
	r := ring(t, key("2026-11", 1))
	for _, text := range []string{"", "a", strings.Repeat("seed", 1000), "\x00\xff"} {
		s := sealed(t, r, text)
		if len(text) > 8 && strings.Contains(s, text) || !strings.HasPrefix(s, "v1.2026-11.") {
			t.Errorf("sealed %q", s)
		}
		if got, err := r.Open(place, s); err != nil || string(got) != text {
			t.Errorf("opened %q, %v", got, err)
		}
	}
	if first, second := sealed(t, r, "same"), sealed(t, r, "same"); first == second {
		t.Error("the same secret seals to the same text: its equality shows")
	}
}

func TestDoesNotOpen(t *testing.T) {
	r := ring(t, key("a", 1), key("b", 2))
	s := sealed(t, r, "secret")
	flipped := s[:len(s)-2] + map[bool]string{true: "B", false: "A"}[s[len(s)-2] == 'A'] + s[len(s)-1:]
	for name, c := range map[string]struct {
		place, value string
		want         error
	}{
		"another row":    {"user_totp.sealed/usr_2", s, seal.ErrBroken},
		"another column": {"mail_secrets.sealed/usr_1", s, seal.ErrBroken},
		"changed":        {place, flipped, seal.ErrBroken},
		"other key id":   {place, strings.Replace(s, "v1.a.", "v1.b.", 1), seal.ErrBroken},
		"unknown key":    {place, strings.Replace(s, "v1.a.", "v1.c.", 1), seal.ErrUnknownKey},
		"cut":            {place, s[:12], seal.ErrBroken},
		"empty":          {place, "", seal.ErrBroken},
		"plain":          {place, "JBSWY3DPEHPK3PXP", seal.ErrBroken},
		"other version":  {place, strings.Replace(s, "v1.", "v2.", 1), seal.ErrBroken},
	} {
		got, err := r.Open(c.place, c.value)
		if !errors.Is(err, c.want) || got != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestRotation(t *testing.T) {
	old := ring(t, key("old", 1))
	s := sealed(t, old, "secret")
	both := ring(t, key("new", 2), key("old", 1))
	if got, err := both.Open(place, s); err != nil || string(got) != "secret" {
		t.Fatalf("opened %q, %v", got, err)
	}
	fresh, changed, err := both.Reseal(place, s)
	if err != nil || !changed || seal.KeyOf(fresh) != "new" {
		t.Fatalf("resealed %q, %v, %v", fresh, changed, err)
	}
	if _, changed, err = both.Reseal(place, fresh); err != nil || changed {
		t.Errorf("a current value was sealed again: %v, %v", changed, err)
	}
	alone := ring(t, key("new", 2))
	if got, err := alone.Open(place, fresh); err != nil || string(got) != "secret" {
		t.Errorf("without the old key: %q, %v", got, err)
	}
	if _, _, err := alone.Reseal(place, s); !errors.Is(err, seal.ErrUnknownKey) {
		t.Errorf("resealed without its key: %v", err)
	}
}

func TestKeys(t *testing.T) {
	text, err := seal.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	k, err := seal.ParseKey("k1", " "+text+"\n")
	if err != nil || len(k.Bytes) != seal.KeySize {
		t.Fatalf("%v, %v", k, err)
	}
	if _, err := seal.ParseKey("k1", text[:20]); err == nil || strings.Contains(err.Error(), text[:10]) {
		t.Errorf("short key: %v", err)
	}
	for name, keys := range map[string][]seal.Key{
		"none": nil, "no id": {key("", 1)}, "dot in id": {key("a.b", 1)}, "short": {{ID: "a", Bytes: []byte("x")}}, "twice": {key("a", 1), key("a", 2)},
	} {
		if _, err := seal.New(keys...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzOpen(f *testing.F) {
	r, err := seal.New(key("a", 1))
	if err != nil {
		f.Fatal(err)
	}
	s, err := r.Seal(place, []byte("x"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s)
	f.Add("v1.a.")
	f.Fuzz(func(t *testing.T, in string) {
		if got, err := r.Open(place, in); err == nil && string(got) != "x" {
			t.Errorf("%q opened as %q", in, got)
		}
	})
}
