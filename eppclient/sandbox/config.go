package sandbox

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/jonboulle/clockwork"
)

// Action is something a TLD has a price for.
type Action string

// The priced actions. A restore is priced once, not by the year.
const (
	ActionCreate   Action = "create"
	ActionRenew    Action = "renew"
	ActionRestore  Action = "restore"
	ActionTransfer Action = "transfer"
)

var actions = []Action{ActionCreate, ActionRenew, ActionRestore, ActionTransfer}

// ContactPolicy says whether domains of a TLD carry contacts.
type ContactPolicy string

// The contact policies. The zero value means ContactsOptional.
const (
	ContactsOptional   ContactPolicy = "optional"   // may be given, must exist
	ContactsRequired   ContactPolicy = "required"   // registrant, admin and tech must be there
	ContactsProhibited ContactPolicy = "prohibited" // minimum data set: any contact is 2306
)

// TLD is one zone the registry serves.
type TLD struct {
	Name     string           // "example" or "co.example", lower case A-labels, no dots at the ends
	Currency string           // ISO 4217, three capitals
	Prices   map[Action]int64 // minor units per year; an absent action is free
	MinYears int              // shortest create period; default 1
	MaxYears int              // longest period, and furthest expiry from now; default 10
	Contacts ContactPolicy
	Premium  []string // full names that nobody can register: they are in no tier
	Tiers    []Tier   // premium names with their prices, sold with the fee extension
	Reserved []string // full names that nobody can register

	// IDN are the scripts, by their name in Unicode, that a label beyond a to z
	// may be written in, one script a label; none = ASCII only.
	IDN []string

	HostAttributes    bool              // name servers are attributes of the domain instead of objects
	AutoRenew         bool              // the registry renews at expiry instead of doing nothing
	TransferImmediate bool              // a transfer with the right authInfo is done at once
	SecDNS            string            // "ds" or "key", which interface the zone offers (RFC 5910 §4); default "ds"
	Tokens            map[string]string // allocation tokens by full name: reserved names that can be had (RFC 8495)
	IDNTables         []string          // ids of tables; sessions with idn-1.0 name one of them for an IDN
	Languages         []string          // tags that idnLang may name for an IDN; none = any
	SubProduct        string            // where namestoreExt routes to; default "dot" and the name in capitals
	Launch            *Launch           // launch phase, nil = open to all
}

// Account is one registrar that may log in.
type Account struct {
	ClientID            string    // clID, 3-16 characters
	Password            string    // initial password, 6-16 characters (128 with loginSec); <newPW> replaces it for good
	PasswordExpires     time.Time // told by loginSec, and refused after it; zero = never
	ClientCertCN        string    // subject common name the client certificate must carry
	ClientCertSHA256    string    // hex SHA-256 of the certificate's DER; stricter than the CN
	Contract            string    // .UA: number of the contract, by which the balance is asked; default: the client id
	OpeningBalanceMinor int64     // booked once, when the account is first seen
	Currency            string    // ISO 4217

	// The registry warns by lowbalance-poll when the balance falls below an amount,
	// or below a share of the opening balance; 0 = never.
	WarnBelowMinor int64
	WarnPercent    int
	WhoisServer    string // told by whoisInf; "" = not
	URL            string
}

// String names the account without its password.
func (a Account) String() string { return "account " + a.ClientID }

// LogValue keeps the password out of logs.
func (a Account) LogValue() slog.Value { return slog.StringValue(a.String()) }

// Direction tells a FrameTap which way a frame went.
type Direction string

// The two directions, as the server sees them.
const (
	In  Direction = "in"
	Out Direction = "out"
)

// Config describes one sandbox registry. Only Name, TLDs, Accounts and the TLS
// material are required.
type Config struct {
	Name         string // greeting svID, 3-40 characters of [A-Za-z0-9.-]
	RepositoryID string // ROID suffix, 1-8 of [A-Z0-9]; default: taken from Name
	TLDs         []TLD
	Accounts     []Account
	Extensions   []string // URIs to offer beside the core, of Extensions(); none by default
	Dialect      string   // "" = RFC 5730-5733, DialectFRED or DialectUA

	Listen        string // EPP address, loopback only; ":0" or "" = any free port on 127.0.0.1
	ControlListen string // control port, loopback only; "" = none

	TLS          *tls.Config // needs Certificates and ClientCAs; or give the three files
	CertFile     string
	KeyFile      string
	ClientCAFile string

	DatabasePath string // SQLite file, kept over restarts; "" = temporary, removed at Close

	MaxSessions      int           // sessions per account; default 10; more is 2502
	MaxConnections   int           // TCP connections in all, logged in or not; default 256
	MaxLoginFailures int           // failures on one connection until 2501 and close; default 3
	MaxCheckNames    int           // objects in one check; default 50; more is 2306
	MaxFrame         int           // octets including the 4-octet header; default 65536
	IdleTimeout      time.Duration // from one answer to the end of the next frame; default 10 min
	LoginTimeout     time.Duration // from TCP accept to a successful login; default 30 s
	WriteTimeout     time.Duration // for one frame out; default 10 s

	AddGrace      time.Duration // delete refunds and purges at once; default 5 days (RFC 3915 §3.1)
	PendingDelete time.Duration // from delete to purge after that; default 35 days (30 + 5)
	Redemption    time.Duration // the part of it in which a name can be restored; default 6/7 of it
	RestoreReport time.Duration // from a restore request until its report is due; default 7 days
	Grace         time.Duration // renew and transfer grace periods; default 5 days (RFC 3915 §3.1)
	AutoGrace     time.Duration // auto-renew grace period; default 45 days
	TransferAfter time.Duration // a pending transfer is approved by the server; default 5 days

	AuthInfoTTL    time.Duration // FRED: how long a transfer code is good; default 14 days
	RenewUntil     time.Duration // .UA: how long a name can be renewed after its expiry; default 30 days
	LowCreditMinor int64         // FRED: a message comes when the credit falls below; 0 = never

	Latency map[string]time.Duration // answer delay by verb; key "*" for all others
	Seed    uint64                   // seeds the generator behind fault probabilities

	Clock  clockwork.Clock // business time; default the real clock
	Logger *slog.Logger    // default: nothing is logged

	// FrameTap, when set, is called with the XML of each whole frame read and
	// written, in order within a session, from the session's goroutine. Frames
	// hold passwords: it is for tests only.
	FrameTap func(dir Direction, xml []byte)
}

var (
	serverNamePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{2,39}$`)
	repositoryPattern = regexp.MustCompile(`^[A-Z0-9]{1,8}$`)
	currencyPattern   = regexp.MustCompile(`^[A-Z]{3}$`)
)

// withDefaults returns cfg with every optional field set, or what is wrong with it.
func (cfg Config) withDefaults() (Config, error) {
	if !serverNamePattern.MatchString(cfg.Name) {
		return cfg, fmt.Errorf("name %q: want 3-40 letters, digits, dots or hyphens", cfg.Name)
	}
	if cfg.RepositoryID == "" {
		cfg.RepositoryID = repositoryFromName(cfg.Name)
	}
	if !repositoryPattern.MatchString(cfg.RepositoryID) {
		return cfg, fmt.Errorf("repository id %q: want 1-8 capitals or digits", cfg.RepositoryID)
	}
	setDefault(&cfg.MaxSessions, 10)
	setDefault(&cfg.MaxConnections, 256)
	setDefault(&cfg.MaxLoginFailures, 3)
	setDefault(&cfg.MaxCheckNames, 50)
	setDefault(&cfg.MaxFrame, 64<<10)
	setDefault(&cfg.IdleTimeout, 10*time.Minute)
	setDefault(&cfg.LoginTimeout, 30*time.Second)
	setDefault(&cfg.WriteTimeout, 10*time.Second)
	cfg.uaDefaults()
	setDefault(&cfg.AddGrace, 5*24*time.Hour)
	setDefault(&cfg.PendingDelete, 35*24*time.Hour)
	setDefault(&cfg.Redemption, cfg.PendingDelete/7*6)
	setDefault(&cfg.RestoreReport, 7*24*time.Hour)
	setDefault(&cfg.Grace, 5*24*time.Hour)
	setDefault(&cfg.AutoGrace, 45*24*time.Hour)
	setDefault(&cfg.TransferAfter, 5*24*time.Hour)
	setDefault(&cfg.AuthInfoTTL, 14*24*time.Hour)
	if err := errors.Join(checkExtensions(cfg.Extensions), checkDialect(cfg)); err != nil {
		return cfg, err
	}
	if cfg.Clock == nil {
		cfg.Clock = clockwork.NewRealClock()
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	var err error
	if cfg.Listen, err = loopbackAddr(cfg.Listen); err != nil {
		return cfg, fmt.Errorf("listen: %w", err)
	}
	if cfg.ControlListen != "" {
		if cfg.ControlListen, err = loopbackAddr(cfg.ControlListen); err != nil {
			return cfg, fmt.Errorf("control listen: %w", err)
		}
	}
	if err := checkLatency(cfg.Latency); err != nil {
		return cfg, err
	}
	if cfg.TLDs, err = checkTLDs(cfg.TLDs); err != nil {
		return cfg, err
	}
	longest := cfg.passwordMax()
	if slices.Contains(cfg.Extensions, nsLoginSec) {
		longest = maxPassword
	}
	return cfg, checkAccounts(cfg.Accounts, cfg.TLDs, longest)
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// repositoryFromName gives "SANDBOXA" for "sandbox-a".
func repositoryFromName(name string) string {
	id := strings.Map(func(r rune) rune {
		if r == '-' || r == '.' {
			return -1
		}
		return r
	}, strings.ToUpper(name))
	return id[:min(len(id), 8)]
}

// loopbackAddr refuses every address another machine could reach: the sandbox
// hands out names for nothing and its control port has no password.
func loopbackAddr(addr string) (string, error) {
	if addr == "" {
		return "127.0.0.1:0", nil
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", err
	}
	if host == "" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", fmt.Errorf("%q is not a loopback address", addr)
	}
	return net.JoinHostPort(host, port), nil
}

func checkTLDs(in []TLD) ([]TLD, error) {
	if len(in) == 0 {
		return nil, errors.New("no TLD configured")
	}
	seen := map[string]bool{}
	out := make([]TLD, len(in))
	for i, t := range in {
		if !validHostname(t.Name, 1) || seen[t.Name] {
			return nil, fmt.Errorf("TLD %q: not a lower-case name or listed twice", t.Name)
		}
		seen[t.Name] = true
		setDefault(&t.MinYears, 1)
		setDefault(&t.MaxYears, 10)
		setDefault(&t.Contacts, ContactsOptional)
		setDefault(&t.SecDNS, "ds")
		setDefault(&t.SubProduct, "dot"+strings.ToUpper(t.Name))
		if t.SecDNS != "ds" && t.SecDNS != "key" {
			return nil, fmt.Errorf("TLD %q: secDNS interface %q", t.Name, t.SecDNS)
		}
		if t.MinYears < 1 || t.MaxYears < t.MinYears || t.MaxYears > 99 {
			return nil, fmt.Errorf("TLD %q: years %d-%d", t.Name, t.MinYears, t.MaxYears)
		}
		switch t.Contacts {
		case ContactsOptional, ContactsRequired, ContactsProhibited:
		default:
			return nil, fmt.Errorf("TLD %q: contact policy %q", t.Name, t.Contacts)
		}
		for _, script := range t.IDN {
			if unicode.Scripts[script] == nil {
				return nil, fmt.Errorf("TLD %q: Unicode has no script %q", t.Name, script)
			}
		}
		for action, minor := range t.Prices {
			if minor < 0 || !slices.Contains(actions, action) {
				return nil, fmt.Errorf("TLD %q: price %s %d", t.Name, action, minor)
			}
		}
		if err := t.Launch.check(); err != nil {
			return nil, fmt.Errorf("TLD %q: %w", t.Name, err)
		}
		for _, tier := range t.Tiers {
			if tier.Class == "" || tier.Class == "standard" || len(tier.Names) == 0 {
				return nil, fmt.Errorf("TLD %q: tier %q needs a class of its own and names", t.Name, tier.Class)
			}
		}
		if !currencyPattern.MatchString(t.Currency) {
			return nil, fmt.Errorf("TLD %q: currency %q", t.Name, t.Currency)
		}
		out[i] = t
	}
	return out, nil
}

func checkAccounts(accounts []Account, tlds []TLD, longest int) error {
	if len(accounts) == 0 {
		return errors.New("no account configured")
	}
	seen := map[string]bool{}
	for _, a := range accounts {
		if !isToken(a.ClientID, 3, 16) || seen[a.ClientID] {
			return fmt.Errorf("account %q: client id must be a token of 3-16 characters, once", a.ClientID)
		}
		seen[a.ClientID] = true
		if !isToken(a.Password, 6, longest) {
			return fmt.Errorf("account %q: password must be a token of 6-%d characters", a.ClientID, longest)
		}
		if a.ClientCertCN == "" && a.ClientCertSHA256 == "" {
			return fmt.Errorf("account %q: bound to no client certificate", a.ClientID)
		}
		if a.OpeningBalanceMinor < 0 {
			return fmt.Errorf("account %q: negative opening balance", a.ClientID)
		}
		if a.WarnBelowMinor < 0 || a.WarnPercent < 0 || a.WarnPercent > 100 || a.WarnBelowMinor > 0 && a.WarnPercent > 0 {
			return fmt.Errorf("account %q: warns below %d and %d %%", a.ClientID, a.WarnBelowMinor, a.WarnPercent)
		}
		for _, t := range tlds {
			if t.Currency != a.Currency {
				return fmt.Errorf("account %q holds %q, TLD %q is priced in %q", a.ClientID, a.Currency, t.Name, t.Currency)
			}
		}
	}
	return nil
}

// serverTLS builds the listener's TLS settings: client certificate required and
// verified, time taken from the clock.
func (cfg Config) serverTLS() (*tls.Config, error) {
	base := cfg.TLS
	if base == nil {
		loaded, err := loadTLS(cfg.CertFile, cfg.KeyFile, cfg.ClientCAFile)
		if err != nil {
			return nil, err
		}
		base = loaded
	}
	out := base.Clone()
	if out.ClientCAs == nil {
		return nil, errors.New("tls: no client CA pool")
	}
	if len(out.Certificates) == 0 && out.GetCertificate == nil {
		return nil, errors.New("tls: no server certificate")
	}
	out.ClientAuth = tls.RequireAndVerifyClientCert
	out.MinVersion = max(out.MinVersion, tls.VersionTLS12)
	out.Time = cfg.Clock.Now
	return out, nil
}

func loadTLS(certFile, keyFile, caFile string) (*tls.Config, error) {
	cert, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("loading server certificate: %w", err)
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("reading client CA: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("client CA %s holds no certificate", caFile)
	}
	return &tls.Config{Certificates: []tls.Certificate{cert}, ClientCAs: pool}, nil
}

// matches reports whether the client certificate is the one bound to the account.
func (a Account) matches(cert *x509.Certificate) bool {
	if a.ClientCertSHA256 != "" {
		sum := sha256.Sum256(cert.Raw)
		if !strings.EqualFold(hex.EncodeToString(sum[:]), a.ClientCertSHA256) {
			return false
		}
	}
	return a.ClientCertCN == "" || a.ClientCertCN == cert.Subject.CommonName
}
