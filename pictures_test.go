package indera

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

var pictureInDocs = regexp.MustCompile(`screenshots/([a-z0-9-]+\.png)`)

// TestPictures: the documents show pictures that are there, and none is kept that
// no document shows. scripts/screenshots makes them.
func TestPictures(t *testing.T) {
	docs, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var shown, kept []string
	for _, doc := range append(docs, "README.md") {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range pictureInDocs.FindAllStringSubmatch(string(text), -1) {
			shown = append(shown, m[1])
		}
	}
	files, err := os.ReadDir("docs/screenshots")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		kept = append(kept, f.Name())
	}
	slices.Sort(shown)
	shown = slices.Compact(shown)
	if !slices.Equal(shown, kept) {
		t.Errorf("shown are\n%q\nkept are\n%q", shown, kept)
	}
	if len(shown) < 5 {
		t.Errorf("only %d pictures are shown", len(shown))
	}
}
