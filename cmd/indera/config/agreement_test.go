package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAgreements: files are found beside the configuration, read, and complained
// of by name.
func TestAgreements(t *testing.T) {
	const registrar = "registrar: {name: x, iana_id: 1, url: https://a.example, abuse_email: a@a.example, abuse_phone: '+1.5'"
	dir := t.TempDir()
	for name, body := range map[string]string{"en.md": "# Terms", "de.txt": "Bedingungen", "bad.md": "<b>x</b>"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for what, c := range map[string]struct{ yaml, says string }{
		"none":          {"", ""},
		"two":           {", agreement_version: v1, agreements: [{language: en, file: en.md}, {language: de, file: de.txt}]", ""},
		"no version":    {", agreements: [{language: en, file: en.md}]", "agreement_version is missing"},
		"no text":       {", agreement_version: v1", "names your own text"},
		"twice":         {", agreement_version: v1, agreements: [{language: en, file: en.md}, {language: EN, file: en.md}]", "twice"},
		"no language":   {", agreement_version: v1, agreements: [{language: english text, file: en.md}]", "a language tag like en"},
		"no such file":  {", agreement_version: v1, agreements: [{language: en, file: nowhere.md}]", "nowhere.md"},
		"not showable":  {", agreement_version: v1, agreements: [{language: en, file: en.md}, {language: de, file: bad.md}]", "agreements[1]"},
		"no text again": {", agreement_version: v1, agreements: [{language: en}]", "file is missing"},
	} {
		path := filepath.Join(dir, "c.yaml")
		if err := os.WriteFile(path, []byte("database: {path: x.db}\n"+registrar+c.yaml+"}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := Load(path)
		if err == nil {
			err = cfg.CheckFiles()
		}
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, want %q", what, err, c.says)
		}
		if what == "two" && err == nil {
			texts, err := cfg.Registrar.AgreementTexts()
			if err != nil || len(texts) != 2 || texts[1].Body != "Bedingungen" || texts[0].Version != "v1" {
				t.Errorf("%+v, %v", texts, err)
			}
		}
	}
}
