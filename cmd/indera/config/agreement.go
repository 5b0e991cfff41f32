package config

import (
	"fmt"
	"strings"

	"github.com/indera/indera/registrar/agreement"
)

// Agreement is the registration agreement in one language.
type Agreement struct {
	Language string `key:"language" validate:"required,max=35,bcp47_language_tag" doc:"Language tag such as en or pt-BR. Customers are shown the text in their language, else the first of the list. No list: the English sample that comes with the program, which is no legal advice."`
	File     string `key:"file" validate:"required" file:"yes" doc:"The text in UTF-8: .md (Markdown without HTML and images) or .txt."`
}

// AgreementTexts reads and checks the files; nil when none is configured.
func (r Registrar) AgreementTexts() ([]agreement.Text, error) {
	var out []agreement.Text
	for i, a := range r.Agreements {
		t, err := agreement.Read(a.File, r.AgreementVersion, a.Language)
		if err != nil {
			return nil, fmt.Errorf("agreements[%d]: %w", i, err)
		}
		out = append(out, t)
	}
	return out, nil
}

// agreementProblems checks that version and texts come together, each language once.
func (r Registrar) agreementProblems() []string {
	var out []string
	if len(r.Agreements) > 0 && r.AgreementVersion == "" {
		out = append(out, "registrar.agreement_version is missing: it names the texts in registrar.agreements")
	}
	if len(r.Agreements) == 0 && r.AgreementVersion != "" {
		out = append(out, "registrar.agreement_version names your own text: give the files in registrar.agreements, or leave it out for the sample")
	}
	seen := map[string]bool{}
	for _, a := range r.Agreements {
		key := strings.ToLower(a.Language)
		if seen[key] {
			out = append(out, fmt.Sprintf("registrar.agreements lists %q twice", a.Language))
		}
		seen[key] = true
	}
	return out
}
