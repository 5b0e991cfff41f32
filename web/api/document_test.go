package api_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/indera/indera/web/api"
)

// TestDocumentWithoutServer: what is printed is what is served.
func TestDocumentWithoutServer(t *testing.T) {
	w := newWorld(t, nil)
	raw, err := api.Document("https://portal.example")
	if err != nil {
		t.Fatal(err)
	}
	var printed, served any
	w.call("GET", "/openapi.json", nil).want(200, &served)
	if err := json.Unmarshal(raw, &printed); err != nil || !reflect.DeepEqual(printed, served) {
		t.Errorf("printed and served documents differ (%v)", err)
	}
	for _, bad := range []string{"", "portal.example", "https://portal.example/"} {
		if _, err := api.Document(bad); err == nil {
			t.Errorf("%q was taken for an address", bad)
		}
	}
}

// TestErrorsHaveExamples: each documented error shows what its problem looks
// like, and each group says what it is for.
func TestErrorsHaveExamples(t *testing.T) {
	doc := describe(t, newWorld(t, nil))
	seen := 0
	for path, item := range doc.Paths {
		for method, op := range map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "DELETE": item.Delete} {
			if op == nil {
				continue
			}
			for status, r := range op.Responses {
				if status < "400" {
					continue
				}
				seen++
				media := r.Content["application/problem+json"]
				if media == nil || media.Example == nil {
					t.Errorf("%s %s: %s has no example", method, path, status)
					continue
				}
				raw, err := json.Marshal(media.Example)
				var p struct{ Code, Detail string }
				var body any
				if err != nil || json.Unmarshal(raw, &p) != nil || json.Unmarshal(raw, &body) != nil || p.Code == "" || p.Detail == "" {
					t.Fatalf("%s %s %s: %s %v", method, path, status, raw, err)
				}
				validate(t, doc, media.Schema, strings.Join([]string{method, path, status}, " "), body)
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d errors are documented", seen)
	}
	for _, tag := range doc.Tags {
		if tag.Description == "" {
			t.Errorf("group %s says nothing", tag.Name)
		}
	}
}
