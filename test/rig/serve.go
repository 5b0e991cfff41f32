package rig

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"text/template"
	"time"
)

// Registry is one upstream account as serve is told of it.
type Registry struct {
	Name, Address                                string
	CAFile, CertFile, KeyFile                    string
	ClientID, PasswordFile                       string
	TLDs                                         []string
	Sessions                                     int
	RegisterCost, RenewCost, Register, RenewSale string // decimals, per year
}

// ServeConfig is what the processes of one deployment share.
type ServeConfig struct {
	Dir, Binary    string
	Driver         string // sqlite or mysql
	Path           string // sqlite
	Address        string // mysql
	Database, User string
	PasswordFile   string
	Registries     []Registry
	Exchange       time.Duration // one EPP exchange
	Settle         time.Duration // how late a registry may still execute
	Confirm        time.Duration
	FundsProbe     time.Duration
	MailPort       int      // of the relay on loopback; 0 = none
	Wrap           []string // put before the command line
}

// Years lists the periods that have a price.
func (ServeConfig) Years() []int { return []int{1, 2} }

var configText = template.Must(template.New("config").Funcs(template.FuncMap{"times": times}).Parse(`sandbox: true
drain_timeout: 20s
database:
  driver: {{.C.Driver}}
{{- if eq .C.Driver "sqlite"}}
  path: {{.C.Path}}
{{- else}}
  address: {{.C.Address}}
  name: {{.C.Database}}
  user: {{.C.User}}
  password_file: {{.C.PasswordFile}}
{{- end}}
registrar:
  name: Rig Registrar Ltd.
  iana_id: 9999
  url: https://registrar.invalid
  abuse_email: abuse@registrar.invalid
  abuse_phone: "+49.301234567"
registries:
{{- range .C.Registries}}
  - name: {{.Name}}
    address: {{.Address}}
    server_name: localhost
    ca_file: {{.CAFile}}
    cert_file: {{.CertFile}}
    key_file: {{.KeyFile}}
    client_id: {{.ClientID}}
    password_file: {{.PasswordFile}}
    sessions: {{.Sessions}}
    settle_after: {{$.C.Settle}}
    connect_timeout: 3s
{{- end}}
catalogue:
  tlds:
{{- range $r := .C.Registries}}{{range .TLDs}}
    - {name: {{.}}, registry: {{$r.Name}}}
{{- end}}{{end}}
  prices:
{{- range $r := .C.Registries}}{{range $tld := .TLDs}}{{range $.C.Years}}
    - {tld: {{$tld}}, action: register, years: {{.}}, sale: "{{times $r.Register .}}", cost: "{{times $r.RegisterCost .}}"}
    - {tld: {{$tld}}, action: renew, years: {{.}}, sale: "{{times $r.RenewSale .}}", cost: "{{times $r.RenewCost .}}"}
{{- end}}{{end}}{{end}}
engine:
  exchange_timeout: {{.C.Exchange}}
  confirm_after: {{.C.Confirm}}
  funds_probe: {{.C.FundsProbe}}
  session_lease: 3s
{{- if .C.MailPort}}
smtp:
  host: 127.0.0.1
  port: {{.C.MailPort}}
  tls: none
  from: registrar@rig.invalid
  timeout: 5s
log:
  level: debug
{{- end}}
http:
  listen: 127.0.0.1:{{.S.HTTP}}
rdap:
  listen: 127.0.0.1:{{.S.RDAP}}
whois:
  listen: 127.0.0.1:{{.S.WHOIS}}
ops:
  listen: 127.0.0.1:{{.S.Ops}}
`))

// times multiplies a decimal with two digits after the point.
func times(amount string, n int) (string, error) {
	var whole, cents int
	if _, err := fmt.Sscanf(amount, "%d.%2d", &whole, &cents); err != nil {
		return "", fmt.Errorf("amount %q: %w", amount, err)
	}
	total := n * (100*whole + cents)
	return fmt.Sprintf("%d.%02d", total/100, total%100), nil
}

// Serve is one replica of indera serve.
type Serve struct {
	HTTP, RDAP, WHOIS, Ops int // ports
	ConfigFile, LogFile    string
	command                []string
	proc                   *Process
	client                 *http.Client
}

// NewServe writes the configuration of a replica and picks its ports, which
// stay the same over restarts.
func NewServe(ctx context.Context, cfg ServeConfig, name string) (*Serve, error) {
	ports, err := FreePorts(ctx, 4)
	if err != nil {
		return nil, err
	}
	s := &Serve{HTTP: ports[0], RDAP: ports[1], WHOIS: ports[2], Ops: ports[3],
		ConfigFile: filepath.Join(cfg.Dir, name+".yaml"), LogFile: filepath.Join(cfg.Dir, name+".log"),
		client: &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}}
	s.command = append(append([]string(nil), cfg.Wrap...), cfg.Binary, "serve", "--config", s.ConfigFile)
	f, err := os.OpenFile(s.ConfigFile, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("writing the configuration of %s: %w", name, err)
	}
	if err := configText.Execute(f, map[string]any{"C": cfg, "S": s}); err != nil {
		_ = f.Close() // the first error is the one to tell
		return nil, fmt.Errorf("writing the configuration of %s: %w", name, err)
	}
	return s, f.Close()
}

// Start runs the replica, with more flags when given; it does not wait for it.
func (s *Serve) Start(flags ...string) error {
	p, err := Run(s.LogFile, s.command[0], append(append([]string(nil), s.command[1:]...), flags...)...)
	if err != nil {
		return err
	}
	s.proc = p
	return nil
}

// Kill ends it as a loss of power would.
func (s *Serve) Kill() error {
	if s.proc == nil {
		return nil
	}
	return s.proc.Kill()
}

// Stop ends it gently.
func (s *Serve) Stop() error { return s.proc.Stop(30 * time.Second) }

// Pause freezes it.
func (s *Serve) Pause() error { return s.proc.Pause() }

// Resume lets it go on.
func (s *Serve) Resume() error { return s.proc.Resume() }

// APIBase is the address of its API.
func (s *Serve) APIBase() string { return fmt.Sprintf("http://127.0.0.1:%d/api/v1", s.HTTP) }

// Listening reports whether it takes connections.
func (s *Serve) Listening(ctx context.Context) bool {
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", s.HTTP))
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

// Ready asks /readyz and returns its status, 0 when there is no answer.
func (s *Serve) Ready(ctx context.Context) int {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/readyz", s.Ops), http.NoBody)
	if err != nil {
		return 0
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return 0
	}
	if err := resp.Body.Close(); err != nil {
		return 0
	}
	return resp.StatusCode
}

// WaitServing waits until it has started, whatever it says of registries: the
// health page then no longer lists the start as a problem.
func (s *Serve) WaitServing(ctx context.Context, api *API, limit time.Duration) error {
	serving := Poll(ctx, limit, func(ctx context.Context) bool {
		answer, err := api.Do(ctx, 2*time.Second, http.MethodGet, "/balance", "", nil)
		return err == nil && answer.Status == http.StatusOK || s.proc.Exited()
	})
	switch {
	case s.proc.Exited():
		return fmt.Errorf("serve has ended by itself; its log is %s", s.LogFile)
	case !serving:
		return fmt.Errorf("serve does not answer after %s (readyz: %d); its log is %s", limit, s.Ready(ctx), s.LogFile)
	}
	return nil
}
