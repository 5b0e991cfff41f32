// Package config is the typed configuration of the indera program: its shape,
// its defaults, where secrets come from and what is refused.
//
// The struct tags are the one source: `key` is the YAML name, `default` the
// value of an absent key, `validate` the rule and `doc` the sentence in
// docs/configuration.md, which is generated from here.
package config

import (
	"net/netip"
	"strings"
	"time"

	"github.com/indera/indera/registrar"
)

// Config is the whole configuration of one process.
type Config struct {
	Sandbox   bool       `key:"sandbox" doc:"Test money can be topped up and every page says that nothing is real. Never set this where real registries are connected."`
	Roles     []Role     `key:"roles" default:"web,rdds,worker,scheduler" validate:"required,unique,dive,oneof=web rdds worker scheduler" doc:"What this process does: web (portal, admin, API), rdds (RDAP, WHOIS), worker (registry commands, mail), scheduler (jobs)."`
	Drain     Duration   `key:"drain_timeout" default:"30s" validate:"min=1s" doc:"How long a stopping process may finish what it has begun."`
	Database  Database   `key:"database"`
	Registrar Registrar  `key:"registrar"`
	Registry  []Registry `key:"registries" validate:"unique=Name,dive"`
	Catalogue Catalogue  `key:"catalogue"`
	Engine    Engine     `key:"engine"`
	Payments  Payments   `key:"payments"`
	Policies  Policies   `key:"policies"`
	Mirrors   Mirrors    `key:"mirrors"`
	Retention Retention  `key:"retention"`
	HTTP      HTTP       `key:"http"`
	RDAP      RDAP       `key:"rdap"`
	WHOIS     WHOIS      `key:"whois"`
	Ops       Ops        `key:"ops"`
	SMTP      SMTP       `key:"smtp"`
	Seal      Seal       `key:"seal"`
	Webhooks  Webhooks   `key:"webhooks"`
	Log       Log        `key:"log"`
}

// Role is a share of the work that a process takes.
type Role string

// Roles.
const (
	RoleWeb       Role = "web"
	RoleRDDS      Role = "rdds"
	RoleWorker    Role = "worker"
	RoleScheduler Role = "scheduler"
)

// Has reports whether the process plays a role.
func (c *Config) Has(r Role) bool {
	for _, have := range c.Roles {
		if have == r {
			return true
		}
	}
	return false
}

// Database says where everything is kept.
type Database struct {
	Driver  string `key:"driver" default:"sqlite" validate:"oneof=sqlite mysql" doc:"sqlite (one machine) or mysql (MySQL 8, MariaDB 10.6 and later)."`
	Path    string `key:"path" file:"made" validate:"required_if=Driver sqlite" doc:"sqlite: the file."`
	Address string `key:"address" validate:"required_if=Driver mysql,omitempty,hostname_port" doc:"mysql: host:port."`
	Name    string `key:"name" validate:"required_if=Driver mysql" doc:"mysql: database name."`
	User    string `key:"user" validate:"required_if=Driver mysql" doc:"mysql: user."`
	Secret  `key:",squash"`
	TLS     MySQLTLS `key:"tls"`
	MaxOpen int      `key:"max_connections" default:"20" validate:"min=1,max=1000" doc:"mysql: most connections at once."`
}

// MySQLTLS secures the way to the database.
type MySQLTLS struct {
	Enabled    bool   `key:"enabled" doc:"mysql: speak TLS."`
	CAFile     string `key:"ca_file" file:"yes" doc:"mysql: PEM certificates that sign the server's; absent: the system's."`
	ServerName string `key:"server_name" doc:"mysql: name in the server's certificate; absent: the host of address."`
}

// Registrar says who we are; RDAP, WHOIS, pages and mails show it.
type Registrar struct {
	Name        string   `key:"name" validate:"required" doc:"Legal name of the registrar."`
	Brand       string   `key:"brand" validate:"max=40" doc:"Name shown on pages; absent: the legal name."`
	IANAID      int      `key:"iana_id" validate:"required,min=1" doc:"Number in the IANA registrar id registry."`
	URL         string   `key:"url" validate:"required,http_url" doc:"Web site."`
	AbuseEmail  string   `key:"abuse_email" validate:"required,email" doc:"Abuse contact (RAA 3.18)."`
	AbusePhone  string   `key:"abuse_phone" validate:"required,e164dot" doc:"Abuse contact, +CC.NUMBER."`
	Support     string   `key:"support_email" validate:"omitempty,email" doc:"Where customers ask for help; pages show it."`
	StaffEmail  string   `key:"staff_email" validate:"omitempty,email" doc:"Where alarms go: needs review, no funds at a registry."`
	RDAPBase    string   `key:"rdap_base" validate:"omitempty,http_url" doc:"Public address of our RDAP service; absent: http:// and the RDAP listen address."`
	TermsURL    string   `key:"rdds_terms_url" validate:"omitempty,http_url" doc:"Page with the terms of use of RDAP and WHOIS; absent: the portal's own page."`
	ContactURL  string   `key:"contact_url" validate:"omitempty,http_url,endswith=/" doc:"Start of the address of the form that relays mail to a holder, published in RDAP and WHOIS; the name is appended. Absent: /contact/ of the portal."`
	WHOISHost   string   `key:"whois_host" validate:"omitempty,hostname_rfc1123" doc:"Public host name of our WHOIS service; absent: the WHOIS listen address."`
	Currency    string   `key:"currency" default:"USD" validate:"iso4217" doc:"Currency of new customers."`
	NameServers []string `key:"default_name_servers" validate:"max=13,dive,fqdn" doc:"Offered at checkout."`

	AgreementVersion string      `key:"agreement_version" validate:"max=64" doc:"Name of the version of your registration agreement, for example 2027-01. A changed text needs a new name: what was accepted under a name never changes."`
	Agreements       []Agreement `key:"agreements" validate:"max=50,dive"`
}

// Registry is one upstream registry account.
type Registry struct {
	Name          string   `key:"name" validate:"required,max=40,slug" doc:"Our name of the account; TLDs refer to it."`
	Dialect       string   `key:"dialect" default:"rfc" validate:"slug" doc:"How the registry speaks; docs/capabilities.md lists the dialects."`
	Address       string   `key:"address" validate:"required,hostname_port" doc:"host:port, usually port 700."`
	ServerName    string   `key:"server_name" doc:"Name in the server's certificate; absent: the host of address."`
	ServerID      string   `key:"server_id" doc:"svID the greeting must show; absent: any."`
	RepositoryID  string   `key:"repository_id" validate:"omitempty,alphanum,uppercase,max=8" doc:"Its EPP repository id as IANA lists it, for example VRSN; object ids with another suffix are withheld in RDAP and WHOIS."`
	CAFile        string   `key:"ca_file" file:"yes" doc:"PEM certificates that sign the server's; absent: the system's."`
	CertFile      string   `key:"cert_file" validate:"required_with=KeyFile" file:"yes" doc:"Our client certificate, PEM."`
	KeyFile       string   `key:"key_file" validate:"required_with=CertFile" file:"yes" doc:"Its private key, PEM."`
	Pins          []string `key:"pins" doc:"base64 SHA-256 digests of the server's public keys; when given, one must match."`
	ClientID      string   `key:"client_id" validate:"required,min=3,max=16" doc:"clID (RFC 5730)."`
	Secret        `key:",squash"`
	ChangedFile   string            `key:"changed_password_file" file:"made" doc:"Where indera registry rotate-password keeps a new password, sealed with seal.keys; every process must see the same file. It counts until password_file or password_env gives another one."`
	Sessions      int               `key:"sessions" default:"4" validate:"min=1,max=1000" doc:"Most sessions this deployment may hold open; its processes share them fairly."`
	CommandsPerS  float64           `key:"commands_per_second" validate:"min=0" doc:"Commands a second that the registry grants the account, shared by all processes; customers' come first. 0 = no limit."`
	KeepAlive     Duration          `key:"keep_alive" default:"4m" validate:"min=1s" doc:"Idle time after which a session says hello; well below the registry's idle limit."`
	MaxAge        Duration          `key:"session_age" default:"6h" validate:"min=1m" doc:"A session is replaced after that time; below the registry's limit, if it has one."`
	BackoffMin    Duration          `key:"backoff_min" default:"500ms" validate:"min=10ms" doc:"Wait after the first failed connect; it doubles with each, and up to half of it is added at random."`
	BackoffMax    Duration          `key:"backoff_max" default:"1m" validate:"min=10ms,gtefield=BackoffMin" doc:"Longest such wait."`
	BreakerAfter  int               `key:"breaker_after" default:"3" validate:"min=1,max=100" doc:"Failed connects in a row after which commands fail at once instead of waiting; one probe a wait is made until one succeeds."`
	LimitBackoff  Duration          `key:"limit_backoff" default:"5m" validate:"min=1s" doc:"Longest wait after the registry said that it has too many sessions of ours (2502): its idle limit or more."`
	LoginRetry    Duration          `key:"login_retry" default:"15m" validate:"min=1m" doc:"Wait after a refused login: quick repeats get an account locked."`
	ExpiryWarning Duration          `key:"expiry_warning" default:"720h" validate:"min=24h" doc:"How long before the end of a certificate, the registry's or ours, or of the password the log warns, once a day, and /health shows it."`
	SettleAfter   Duration          `key:"settle_after" default:"5m" validate:"min=1s" doc:"How long after a lost answer the registry may still execute the command."`
	ContactModel  string            `key:"contact_model" default:"optional" validate:"oneof=required optional prohibited" doc:"Whether domains carry contact objects."`
	ContactRoles  []string          `key:"contact_roles" default:"admin,tech" validate:"dive,oneof=admin tech billing" doc:"Roles beside the registrant that a create must carry."`
	Quirks        map[string]string `key:"quirks" doc:"Settings of the dialect, by name."`
	CheckBatch    int               `key:"check_batch" default:"20" validate:"min=1,max=100" doc:"Names in one check command."`
	ConnectWithin Duration          `key:"connect_timeout" default:"15s" validate:"min=100ms" doc:"Connect to login, all together."`
}

// Catalogue is what is sold; the scheduler or the web role writes it at start.
// Rows that are not named stay as they are.
type Catalogue struct {
	TLDs   []TLD   `key:"tlds" validate:"unique=Name,dive"`
	Prices []Price `key:"prices" validate:"dive"`
}

// TLD is one ending.
type TLD struct {
	Name           string   `key:"name" validate:"required,fqdnlabel" doc:"A-label without leading dot."`
	Registry       string   `key:"registry" validate:"required" doc:"Which registry account serves it."`
	MinYears       int      `key:"min_years" default:"1" validate:"min=1,max=99" doc:"Shortest period."`
	MaxYears       int      `key:"max_years" default:"10" validate:"min=1,max=99,gtefield=MinYears" doc:"Longest period."`
	MinNameServers int      `key:"min_name_servers" validate:"min=0,max=13" doc:"Fewest name servers."`
	MaxNameServers int      `key:"max_name_servers" default:"13" validate:"min=1,max=13,gtefield=MinNameServers" doc:"Most name servers."`
	IDNTables      []string `key:"idn_tables" validate:"dive,idntable" doc:"Characters beyond a to z that labels may have, one table a label: an ISO 15924 script such as Latn or Cyrl, Zsye for emoji, or a language with its own, such as de=äöüß. None: ASCII only."`
	Closed         bool     `key:"closed" doc:"No new registrations; existing names go on."`
}

// Price is one dated row of the price list.
type Price struct {
	TLD        string  `key:"tld" validate:"required" doc:"The ending."`
	Action     string  `key:"action" validate:"oneof=register renew transfer restore" doc:"register, renew, transfer or restore."`
	Years      int     `key:"years" default:"1" validate:"min=1,max=99" doc:"The period this row prices."`
	Currency   string  `key:"currency" default:"USD" validate:"iso4217" doc:"Of both amounts unless cost_currency is given."`
	Sale       Decimal `key:"sale" validate:"required,decimal" doc:"What the customer pays, as a decimal."`
	Cost       Decimal `key:"cost" validate:"required,decimal" doc:"What the registry takes."`
	CostIn     string  `key:"cost_currency" validate:"omitempty,iso4217" doc:"Currency of cost when it is another."`
	ValidFrom  Date    `key:"valid_from" default:"2000-01-01" doc:"First day, UTC."`
	ValidUntil Date    `key:"valid_until" doc:"First day on which it is no longer valid; absent: open."`
}

// Engine holds the engine's time limits.
type Engine struct {
	CheckTimeout    Duration `key:"check_timeout" default:"4s" validate:"min=100ms" doc:"A name not answered by then is unknown."`
	LeaseMargin     Duration `key:"lease_margin" default:"10s" validate:"min=100ms,max=10m" doc:"How long the end of an exchange and what is written of it may lie apart: added to the lease of a command that is sent."`
	ExchangeTimeout Duration `key:"exchange_timeout" default:"30s" validate:"min=100ms" doc:"One EPP exchange; the session is closed by then."`
	ConfirmAfter    Duration `key:"confirm_after" default:"10s" validate:"min=100ms" doc:"Between the two info commands that prove a missing effect."`
	ClockSkew       Duration `key:"clock_skew" default:"2m" validate:"min=0s" doc:"Tolerated between our clock and a registry's."`
	FundsProbe      Duration `key:"funds_probe" default:"30s" validate:"min=100ms" doc:"One billable try per that long while a registry says it has no funds of ours."`
	SessionLease    Duration `key:"session_lease" default:"15s" validate:"min=1s,max=10m" doc:"How long the registry sessions of a process that died stay counted."`
	RestoreRate     float64  `key:"restore_commands_per_second" default:"10" validate:"gt=0" doc:"Info commands to one registry while everything is reconciled after a restore, or while names of a file are proved."`
	CodeLife        Duration `key:"transfer_code_life" default:"336h" validate:"min=1h" doc:"How long a transfer code is good; then it is unset at the registry."`
	CatalogueTTL    Duration `key:"catalogue_ttl" default:"5s" validate:"min=100ms" doc:"How stale prices may be on another replica."`
	PublicTTL       Duration `key:"public_data_ttl" default:"5s" validate:"min=100ms,max=5s" doc:"How stale RDAP and WHOIS may be on another replica."`
}

// Policies are the settings of each policy's duties.
type Policies struct {
	ERRP ERRP `key:"errp"`
}

// ERRP is the Expired Registration Recovery Policy.
type ERRP struct {
	BrakeShare float64  `key:"brake_share" default:"0.02" validate:"gt=0,max=1" doc:"Share of the names with us whose expiry notices may become due between two runs; more waits for release by staff."`
	BrakeFloor int      `key:"brake_floor" default:"50" validate:"min=1" doc:"So many notices pass in any case."`
	Exempt     []string `key:"exempt_endings" validate:"dive,fqdnlabel" doc:"Endings outside ICANN's policies beside those of two letters, for example xn--p1ai."`
}

// HTTP is portal, admin and API.
type HTTP struct {
	Listen    string         `key:"listen" default:"127.0.0.1:8080" validate:"hostname_port" doc:"Address of portal, admin and API."`
	PublicURL string         `key:"public_url" validate:"omitempty,http_url" doc:"How people reach it; absent: http:// and the listen address. Cookies are secure when it is https."`
	Proxies   []netip.Prefix `key:"trusted_proxies" doc:"Networks whose X-Forwarded-For is believed."`
	TLS       ServerTLS      `key:"tls"`

	StaffPasswordAlone bool `key:"staff_password_alone" doc:"Staff may use the admin pages without a second factor. Absent: who has none sets one up before anything else opens. Outside the sandbox it is also what serve needs to start without seal.keys, where there can be no second factor; a warning is logged then."`
}

// ServerTLS holds a server certificate.
type ServerTLS struct {
	CertFile string `key:"cert_file" validate:"required_with=KeyFile" file:"yes" doc:"Server certificate, PEM; absent: plain HTTP, for use behind a proxy."`
	KeyFile  string `key:"key_file" validate:"required_with=CertFile" file:"yes" doc:"Its private key, PEM."`
}

// RDAP is the public lookup over HTTP (RFC 9082).
type RDAP struct {
	Listen  string         `key:"listen" default:"127.0.0.1:8081" validate:"hostname_port" doc:"Address of RDAP."`
	Proxies []netip.Prefix `key:"trusted_proxies" doc:"Networks whose X-Forwarded-For is believed."`
	TLS     ServerTLS      `key:"tls"`
	Rate    float64        `key:"queries_per_second" default:"10" validate:"gt=0" doc:"Sustained queries from one address."`
	Burst   int            `key:"burst" default:"50" validate:"min=1" doc:"Queries from one address at once."`
}

// WHOIS is the public lookup on port 43 (RFC 3912).
type WHOIS struct {
	Listen string  `key:"listen" default:"127.0.0.1:8043" validate:"hostname_port" doc:"Address of WHOIS."`
	Rate   float64 `key:"queries_per_second" default:"10" validate:"gt=0" doc:"Sustained queries from one address."`
	Burst  int     `key:"burst" default:"50" validate:"min=1" doc:"Queries from one address at once."`
}

// Ops is for the operator's machines, never for the public.
type Ops struct {
	Listen string `key:"listen" default:"127.0.0.1:8090" validate:"hostname_port" doc:"Address of /metrics, /healthz, /readyz and /health."`
}

// SMTP is the next hop of outgoing mail.
type SMTP struct {
	Host     string `key:"host" validate:"omitempty,hostname_rfc1123|ip" doc:"Mail relay; absent: mails wait in the queue."`
	Port     int    `key:"port" default:"587" validate:"min=1,max=65535" doc:"Its port."`
	TLS      string `key:"tls" default:"starttls" validate:"oneof=starttls implicit none" doc:"starttls (required), implicit, or none (loopback only)."`
	User     string `key:"user" doc:"Login name; absent: no login."`
	Secret   `key:",squash"`
	From     string   `key:"from" validate:"required_with=Host,omitempty,email" doc:"Sender address."`
	FromName string   `key:"from_name" doc:"Sender name; absent: the registrar's."`
	Timeout  Duration `key:"timeout" default:"30s" validate:"min=100ms" doc:"One delivery, all together."`
}

// Webhooks carry events to customers' systems.
type Webhooks struct {
	AllowPrivate []netip.Prefix `key:"allow_private" doc:"Networks that are no public ones and may be sent to all the same: systems of your own. Every customer could name an address in them."`
	CAFile       string         `key:"ca_file" file:"yes" doc:"PEM certificates that sign those of endpoints; absent: the system's."`
}

// Log is where a process says what it does.
type Log struct {
	Level  string `key:"level" default:"info" validate:"oneof=debug info warn error" doc:"debug, info, warn or error."`
	Format string `key:"format" default:"json" validate:"oneof=json text" doc:"json or text."`
}

// Duration is a time.Duration written as "30s", "5m", "1h30m".
type Duration = time.Duration

// Decimal is an amount as written, for example 12.00.
type Decimal string

// Date is a day in UTC, written as 2026-11-23. The zero value is "no date".
type Date struct{ time.Time }

// UnmarshalText reads YYYY-MM-DD.
func (d *Date) UnmarshalText(b []byte) error {
	t, err := time.Parse(time.DateOnly, string(b))
	if err != nil {
		return err
	}
	d.Time = t
	return nil
}

// TLDList and PriceList translate the catalogue into the engine's words.
func (c Catalogue) TLDList() []registrar.TLD {
	out := make([]registrar.TLD, 0, len(c.TLDs))
	for _, t := range c.TLDs {
		out = append(out, registrar.TLD{
			Name: t.Name, Registry: t.Registry, MinYears: t.MinYears, MaxYears: t.MaxYears,
			MinNameServers: t.MinNameServers, MaxNameServers: t.MaxNameServers, Active: !t.Closed,
			IDNTables: strings.Join(t.IDNTables, " "),
		})
	}
	return out
}

// PriceList translates the prices; amounts were validated when loaded.
func (c Catalogue) PriceList() ([]registrar.Price, error) {
	out := make([]registrar.Price, 0, len(c.Prices))
	for _, p := range c.Prices {
		sale, err := registrar.ParseMoney(string(p.Sale), p.Currency)
		if err != nil {
			return nil, err
		}
		costIn := p.CostIn
		if costIn == "" {
			costIn = p.Currency
		}
		cost, err := registrar.ParseMoney(string(p.Cost), costIn)
		if err != nil {
			return nil, err
		}
		row := registrar.Price{
			TLD: p.TLD, Action: registrar.Action(p.Action), Class: registrar.ClassStandard, Years: p.Years,
			Sale: sale, Cost: cost, ValidFrom: p.ValidFrom.Time,
		}
		if !p.ValidUntil.IsZero() {
			until := p.ValidUntil.Time
			row.ValidUntil = &until
		}
		out = append(out, row)
	}
	return out, nil
}
