package publicdata

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/indera/indera/registrar"
)

// Registrar is what every public face says of ourselves (RDAP Response Profile
// 2.2 §2.4).
type Registrar struct {
	Name       string // legal name as accredited
	IANAID     string // positive integer, from IANA's Registrar IDs registry
	URL        string // web site
	AbuseEmail string
	AbusePhone string // +CC.NUMBER
}

var (
	positive = regexp.MustCompile(`^[1-9][0-9]{0,9}$`)
	phone    = regexp.MustCompile(`^\+[0-9]{1,3}\.[0-9]{1,14}$`)
)

// Check refuses what a directory may not publish.
func (r Registrar) Check() error {
	if strings.TrimSpace(r.Name) == "" {
		return errors.New("registrar: a name is needed")
	}
	if !positive.MatchString(r.IANAID) {
		return fmt.Errorf("registrar: IANA id %q is not a positive integer", r.IANAID)
	}
	if err := CheckURL(r.URL); err != nil {
		return fmt.Errorf("registrar: web site: %w", err)
	}
	if _, err := registrar.NormalizeEmail(r.AbuseEmail); err != nil {
		return fmt.Errorf("registrar: abuse e-mail: %w", err)
	}
	if !phone.MatchString(r.AbusePhone) {
		return fmt.Errorf("registrar: abuse phone %q is not of the form +CC.NUMBER", r.AbusePhone)
	}
	return nil
}

// CheckURL accepts absolute http and https URLs.
func CheckURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("%q is not an absolute http(s) URL", s)
	}
	return nil
}
