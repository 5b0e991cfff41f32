package rdap_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/indera/indera/registrar/publicdata/publicdatatest"
)

// schemaFolder finds ICANN's JSON schemas for RDAP answers, which the project
// carries no copy of.
func schemaFolder(t *testing.T) string {
	t.Helper()
	shared := os.Getenv("INDERA_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	dir := filepath.Join(shared, "rdds", "json-schema")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the RDAP schemas are missing: %v", err)
		}
		t.Skipf("no RDAP schemas at %s; set INDERA_SHARED to the folder that holds rdds/json-schema", dir)
	}
	return dir
}

// compile loads a schema and all it refers to.
func compile(t *testing.T, dir, name string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft7)
	err := fs.WalkDir(os.DirFS(dir), ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(file) != ".json" {
			return err
		}
		raw, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			return err
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			return err
		}
		return c.AddResource("https://schemas.invalid/"+file, standard(doc, true))
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("https://schemas.invalid/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// standard drops what is not JSON Schema: a keyword "links", and ids, which
// would give a file a second address.
func standard(v any, schema bool) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = standard(v[i], schema)
		}
	case map[string]any:
		if _, isList := v["links"].([]any); isList && schema {
			delete(v, "links")
		}
		if _, isText := v["$id"].(string); isText && schema {
			delete(v, "$id")
		}
		for k, e := range v {
			v[k] = standard(e, k != "properties" && k != "definitions" || !schema)
		}
	}
	return v
}

// TestAnswersFitICANNsSchemas checks the structure; -12201 for the member
// "redacted" is on the stock ignore list of ICANN's tool, so it is taken out.
func TestAnswersFitICANNsSchemas(t *testing.T) {
	dir := schemaFolder(t)
	reg := publicdatatest.Example("bücher.example")
	changed := reg.Domain.CreatedAt.AddDate(0, 1, 0)
	reg.Domain.ChangedAt = &changed
	bare := publicdatatest.Example("a.example")
	bare.Domain.NameServers, bare.Domain.Statuses, bare.Registrant.State = nil, nil, ""
	h := handler(t, reg, bare)
	for target, schema := range map[string]string{
		"/domain/xn--bcher-kva.example": "rdap_domain.json",
		"/domain/a.example":             "rdap_domain.json",
		"/help":                         "rdap_help.json",
		"/entity/1234":                  "rdap_entity.json",
		"/domain/b.example":             "rdap_error.json",
		"/ip/192.0.2.1":                 "rdap_error.json",
	} {
		body := ask(t, h, "GET", target).Body.String()
		var tree map[string]any
		decode(t, []byte(body), &tree)
		delete(tree, "redacted")
		if err := valid(t, compile(t, dir, schema), tree); err != nil {
			t.Errorf("%s: %v\n%s", target, err, body)
		}
		// The schema must be able to refuse: one broken part at a time.
		for member := range tree {
			guarded := "rdapConformance notices events entities vcardArray secureDNS"
			if schema == "rdap_error.json" {
				guarded = "errorCode" // it leaves the rest open
			}
			if !strings.Contains(guarded, member) {
				continue
			}
			broken := map[string]any{}
			for k, v := range tree {
				broken[k] = v
			}
			broken[member] = map[string]any{"x": "y"}
			if valid(t, compile(t, dir, schema), broken) == nil {
				t.Errorf("%s: a broken %s passes", target, member)
			}
		}
	}
}

func valid(t *testing.T, s *jsonschema.Schema, tree map[string]any) error {
	t.Helper()
	raw, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(v)
}
