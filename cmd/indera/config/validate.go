package config

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"strings"

	"github.com/go-playground/validator/v10"

	"github.com/indera/indera/registrar"
)

var (
	slugPattern  = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	labelPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)
	phonePattern = regexp.MustCompile(`^\+[0-9]{1,3}\.[0-9]{1,14}$`) // RFC 5733 e164StringType
)

func newValidator() (*validator.Validate, error) {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string { return f.Tag.Get("key") })
	rules := map[string]func(string) bool{
		"slug":      slugPattern.MatchString,
		"fqdnlabel": labelPattern.MatchString,
		"e164dot":   phonePattern.MatchString,
		"decimal":   func(s string) bool { _, err := registrar.ParseMoney(s, "USD"); return err == nil && s[0] != '-' },
		"iso4217":   registrar.ValidCurrency,
		"idntable":  func(s string) bool { _, err := registrar.ParseIDNTables([]string{s}); return err == nil },
	}
	for name, rule := range rules {
		err := v.RegisterValidation(name, func(fl validator.FieldLevel) bool { return rule(fl.Field().String()) })
		if err != nil {
			return nil, fmt.Errorf("rule %s: %w", name, err)
		}
	}
	return v, nil
}

// problems checks every rule and returns one line per broken one.
func (c *Config) problems() []string {
	v, err := newValidator()
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	var broken validator.ValidationErrors
	err = v.Struct(c)
	switch {
	case errors.As(err, &broken):
		for _, f := range broken {
			out = append(out, sentence(f))
		}
	case err != nil:
		out = append(out, err.Error())
	}
	return append(out, c.crossProblems()...)
}

// sentence says in words what is wrong with one field.
func sentence(f validator.FieldError) string {
	path := strings.ReplaceAll(strings.TrimPrefix(f.Namespace(), "Config."), ",squash.", "")
	switch f.Tag() {
	case "required", "required_if", "required_with":
		return path + " is missing"
	case "oneof":
		return fmt.Sprintf("%s is %q: want one of %s", path, f.Value(), strings.ReplaceAll(f.Param(), " ", ", "))
	case "min", "gt":
		return fmt.Sprintf("%s is %v: too small (least %s)", path, f.Value(), f.Param())
	case "max":
		return fmt.Sprintf("%s is %v: too large (most %s)", path, f.Value(), f.Param())
	case "unique":
		return path + " lists something twice"
	case "gtefield":
		return fmt.Sprintf("%s is %v: smaller than its lower bound", path, f.Value())
	}
	want := map[string]string{
		"hostname_port": "host:port", "http_url": "an http or https address", "email": "an e-mail address",
		"e164dot": "a telephone number like +49.301234567", "iso4217": "an ISO 4217 currency code", "decimal": "an amount like 12.00",
		"slug": "lower-case letters, digits and hyphens", "fqdn": "a host name", "fqdnlabel": "an ending like com or co.uk",
		"hostname_rfc1123": "a host name", "endswith": "an address that ends in /", "uppercase": "capitals and digits", "alphanum": "capitals and digits",
		"bcp47_language_tag":  "a language tag like en or pt-BR",
		"hostname_rfc1123|ip": "a host name or address",
	}[f.Tag()]
	if want == "" {
		want = f.Tag()
	}
	return fmt.Sprintf("%s is %q: want %s", path, fmt.Sprint(f.Value()), want)
}

// crossProblems checks what no single field can tell.
func (c *Config) crossProblems() []string {
	var out []string
	for i, r := range c.Registry {
		if r.ChangedFile != "" && len(c.Seal.Keys) == 0 {
			out = append(out, fmt.Sprintf("registries[%d].changed_password_file needs seal.keys", i))
		}
	}
	out = append(out, c.Registrar.agreementProblems()...)
	registries, tlds := map[string]bool{}, map[string]bool{}
	for _, r := range c.Registry {
		registries[r.Name] = true
	}
	for i, t := range c.Catalogue.TLDs {
		tlds[t.Name] = true
		if !registries[t.Registry] {
			out = append(out, fmt.Sprintf("catalogue.tlds[%d].registry is %q: no registry has that name", i, t.Registry))
		}
	}
	for i, p := range c.Catalogue.Prices {
		if !tlds[p.TLD] {
			out = append(out, fmt.Sprintf("catalogue.prices[%d].tld is %q: not among catalogue.tlds", i, p.TLD))
		}
	}
	if _, err := c.Catalogue.PriceList(); err != nil {
		out = append(out, "catalogue.prices: "+err.Error())
	}
	if _, err := c.Payments.MoneyLimits(); err != nil {
		out = append(out, "payments.limits: "+err.Error())
	}
	if c.SMTP.Host != "" && c.SMTP.TLS == "none" && !isLoopback(c.SMTP.Host) {
		out = append(out, "smtp.tls is \"none\": mail leaves this machine unprotected; use starttls or implicit")
	}
	if c.HTTP.TLS.CertFile != "" && strings.HasPrefix(c.HTTP.PublicURL, "http://") {
		out = append(out, "http.public_url is http although http.tls is set")
	} else if !c.Sandbox && c.Has(RoleWeb) && plainAndPublic(c.HTTP.PublicURL) {
		out = append(out, "http.public_url is http: passwords would leave this machine in clear; use https, of a proxy or by http.tls")
	}
	return out
}

// plainAndPublic reports an address without TLS that others could reach.
func plainAndPublic(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "http" && !isLoopback(u.Hostname())
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// CheckFiles opens what the configuration points to: certificates, keys and
// secrets. It returns one line per problem and never shows a secret.
func (c *Config) CheckFiles() error {
	var out problemList
	note := func(path string, err error) {
		if err != nil {
			out = append(out, path+": "+err.Error())
		}
	}
	if c.Database.Driver == "mysql" {
		_, err := c.Database.Password(EnvDatabasePassword)
		note("database", err)
		note("database.tls.ca_file", checkCA(c.Database.TLS.CAFile))
	}
	for i, r := range c.Registry {
		at := fmt.Sprintf("registries[%d]", i)
		_, err := r.Password(EnvRegistryPassword(r.Name))
		note(at, err)
		note(at+".ca_file", checkCA(r.CAFile))
		note(at+".cert_file", checkPair(r.CertFile, r.KeyFile))
	}
	note("http.tls", checkPair(c.HTTP.TLS.CertFile, c.HTTP.TLS.KeyFile))
	note("rdap.tls", checkPair(c.RDAP.TLS.CertFile, c.RDAP.TLS.KeyFile))
	_, err := c.Registrar.AgreementTexts()
	note("registrar", err)
	if c.Has(RoleWeb) || c.Has(RoleScheduler) {
		_, err := c.Payments.Stripe.Open(c.Sandbox)
		note("payments.stripe", err)
	}
	_, err = c.Seal.Ring()
	note("seal", err)
	note("webhooks.ca_file", checkCA(c.Webhooks.CAFile))
	if c.SMTP.Host != "" && c.SMTP.User != "" {
		_, err := c.SMTP.Password(EnvSMTPPassword)
		note("smtp", err)
	}
	if len(out) > 0 {
		return out
	}
	return nil
}

func checkCA(path string) error {
	if path == "" {
		return nil
	}
	_, err := ReadCA(path)
	return err
}

// ReadCA reads PEM certificates into a pool.
func ReadCA(path string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", path)
	}
	return pool, nil
}

func checkPair(cert, key string) error {
	if cert == "" {
		return nil
	}
	_, err := tls.LoadX509KeyPair(cert, key)
	return err
}
