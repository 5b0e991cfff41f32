package api

import "testing"

// FuzzCursor: what is accepted is a name that would give the same cursor.
func FuzzCursor(f *testing.F) {
	for _, s := range []string{"", encodeCursor("a.shop"), "ZDE6", "!", encodeCursor("a"), encodeCursor("../x")} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, err := decodeCursor(s)
		if err == nil && s != "" && encodeCursor(name) != s {
			t.Fatalf("%q gives %q, which gives %q", s, name, encodeCursor(name))
		}
	})
}
