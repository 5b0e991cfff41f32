package guess_test

import (
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar/guess"
)

var known = []string{"Ada Lovelace", "ada@engine.example", "Indera"}

func bits(t *testing.T, password string) float64 {
	t.Helper()
	b, err := guess.Bits(password, known...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSoonGuessed(t *testing.T) {
	for _, p := range []string{
		"passwordpassword", "Password1234", "P@ssw0rd1234", "password12345", "pa55word2024", "letmeinletmein", "iloveyou1234", "administrator",
		"123456789012", "111111111111", "aaaaaaaaaaaa", "abcabcabcabc", "abcdefghijkl", "lkjihgfedcba",
		"qwertyuiop12", "qwerty123456", "qwertyuiopasdf", "1qaz2wsx3edc", "1q2w3e4r5t6y", "zaq12wsxcde3", "azertyuiop123",
		"sunshine2024", "football1999", "jennifer1985", "unbelievable",
		"adalovelace1815", "ada@engine.example", "lovelace-ada", "indera123456", "Engine.Example",
	} {
		if b := bits(t, p); b >= 25 {
			t.Errorf("%q takes %.1f bits", p, b)
		}
	}
}

func TestHardToGuess(t *testing.T) {
	for _, p := range []string{
		"correct horse battery", "wine cellar door", "kx9wq2mz7vbn", "Tr0ub4dour&3xy", "correcthorsebatterystaple", "смешной жираф", "猫が好きですか今日も",
		"ecalevol-ada1", "m7xk-29fqzp-wd",
	} {
		if b := bits(t, p); b < 30 {
			t.Errorf("%q takes only %.1f bits", p, b)
		}
	}
}

// TestLonger: what is added never makes a password weaker than a bound, and the
// longest costs little time.
func TestLonger(t *testing.T) {
	began := time.Now()
	for _, p := range []string{strings.Repeat("4@5$1", 51), strings.Repeat("password1", 28), strings.Repeat("ü", 256), strings.Repeat("aB3$", 64)} {
		bits(t, p)
	}
	if d := time.Since(began); d > 5*time.Second {
		t.Errorf("four long passwords took %v", d)
	}
	if b := bits(t, ""); b != 0 {
		t.Errorf("nothing takes %.1f bits", b)
	}
	if short, long := bits(t, "kx9wq2mz"), bits(t, "kx9wq2mz7vbn"); long <= short {
		t.Errorf("%.1f bits, longer %.1f", short, long)
	}
}

func FuzzBits(f *testing.F) {
	for _, p := range []string{"", "ü", "a\x00b", "\xff\xfe", "ſKİ", "passwordpassword"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p string) {
		if b, err := guess.Bits(p, p); err != nil || b < 0 {
			t.Errorf("%q: %f, %v", p, b, err)
		}
	})
}
