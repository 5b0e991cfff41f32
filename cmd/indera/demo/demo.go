// Package demo runs a whole registrar on one machine: Indera as serve runs it,
// two sandbox registries it speaks real EPP over TLS with, and a mail server
// that shows what it is given. Everything lives in one folder and survives
// restarts.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/indera/indera/cmd/indera/house"
	"github.com/indera/indera/plugins/mailsink"
	"github.com/indera/indera/registrar"
)

// Options says where and how.
type Options struct {
	Data     string // folder; "" = DefaultData
	Fresh    bool   // empty the folder first
	PortBase int    // see Ports
	Version  string
	Out      io.Writer // the screen
}

// Bounds of the port base: no port needs root, none lies above 65535.
const (
	MinPortBase     = 1000
	MaxPortBase     = 64000
	DefaultPortBase = 8000
)

// Ports are derived from the base.
type Ports struct {
	SMTP, WHOIS, HTTP, RDAP, Ops int
	EPP, Control                 []int // one per sandbox registry
}

// PortsFor returns base+25, +43, +80, +81, +90, and +700… and +750… for the
// registries.
func PortsFor(base int) Ports {
	p := Ports{SMTP: base + 25, WHOIS: base + 43, HTTP: base + 80, RDAP: base + 81, Ops: base + 90}
	for i := range registries {
		p.EPP = append(p.EPP, base+700+i)
		p.Control = append(p.Control, base+750+i)
	}
	return p
}

func local(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// DefaultData is a folder under the user's cache, one per port base, so that
// demos with other bases run side by side.
func DefaultData(base int) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding a place for the data (use --data DIR): %w", err)
	}
	if base == DefaultPortBase {
		return filepath.Join(cache, "indera", "demo"), nil
	}
	return filepath.Join(cache, "indera", fmt.Sprintf("demo-%d", base)), nil
}

// demo is one running demo.
type demo struct {
	opt   Options
	dir   string
	ports Ports
	log   *slog.Logger
	creds *credentials
	up    []*upstream
}

// Run runs until ctx ends. It returns nil after a clean stop.
func Run(ctx context.Context, opt Options) error {
	d, release, err := prepare(opt)
	if err != nil {
		return err
	}
	defer release()
	logFile, err := d.openLog()
	if err != nil {
		return err
	}
	err = d.run(ctx)
	if ctx.Err() != nil && err == nil {
		say(opt.Out, "Stopped. Start again with the same command: everything is kept in %s\n", d.dir)
	}
	return errors.Join(explain(err), logFile.Close())
}

// ErrPortBase says that not all ports fit above the given one.
var ErrPortBase = errors.New("out of range, want")

// prepare takes the folder for this process alone.
func prepare(opt Options) (*demo, func(), error) {
	if opt.PortBase < MinPortBase || opt.PortBase > MaxPortBase {
		return nil, nil, fmt.Errorf("--port-base %d: %w %d to %d", opt.PortBase, ErrPortBase, MinPortBase, MaxPortBase)
	}
	dir := opt.Data
	if dir == "" {
		var err error
		if dir, err = DefaultData(opt.PortBase); err != nil {
			return nil, nil, err
		}
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("finding %s: %w", dir, err)
	}
	lock, err := takeFolder(dir, opt.Fresh)
	if err != nil {
		return nil, nil, err
	}
	// The lock ends with the process in any case.
	release := func() { _ = lock.Close() }
	d := &demo{opt: opt, dir: dir, ports: PortsFor(opt.PortBase)}
	if err := d.forgetAddresses(); err != nil {
		release()
		return nil, nil, err
	}
	if d.creds, err = loadCredentials(d.path(credentialsFile)); err != nil {
		release()
		return nil, nil, err
	}
	return d, release, nil
}

func (d *demo) path(parts ...string) string {
	return filepath.Join(append([]string{d.dir}, parts...)...)
}

// openLog starts a new log and keeps the one before.
func (d *demo) openLog() (*os.File, error) {
	path := d.path("indera.log")
	if err := os.Rename(path, path+".1"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("keeping the old log: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	d.log = slog.New(slog.NewJSONHandler(f, nil))
	return f, nil
}

// stopTimeout bounds the end of the parts around the registrar.
const stopTimeout = 10 * time.Second

func (d *demo) run(ctx context.Context) (err error) {
	// Registries and mail server outlive the registrar's drain.
	around, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	if err := d.startRegistries(around); err != nil {
		return errors.Join(err, d.stopRegistries())
	}
	defer func() { err = errors.Join(err, d.stopRegistries()) }()
	sink, err := mailsink.Open(mailsink.Options{Dir: d.path("mail"), Logger: d.log})
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", local(d.ports.SMTP))
	if err != nil {
		return fmt.Errorf("listening for mail: %w", err)
	}
	mailDone := make(chan error, 1)
	go func() { mailDone <- sink.Serve(around, ln) }()
	defer func() { stop(); err = errors.Join(err, <-mailDone) }()

	cfg, err := d.config()
	if err != nil {
		return err
	}
	err = house.Run(ctx, house.Options{
		Config: cfg, Logger: d.log, Version: d.opt.Version, Alone: true, Migrate: true,
		Mailbox: sink.Handler("/mailbox"), Prepare: d.people, Ready: d.ready,
	})
	return errors.Join(err, d.forgetAddresses())
}

// explain adds what to do about the two mistakes people make.
func explain(err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w; another program has this port: --port-base N moves all ports", err)
	}
	return err
}

// people makes the customer with funds and token, and the staff user, once.
func (d *demo) people(ctx context.Context, e *registrar.Engine) error {
	by := registrar.System("demo")
	user, err := d.customer(ctx, e, by)
	if err != nil {
		return fmt.Errorf("making the demo customer: %w", err)
	}
	if err := d.token(ctx, e, by, user); err != nil {
		return fmt.Errorf("making the API token: %w", err)
	}
	_, err = e.Read().UserByEmail(ctx, d.creds.Staff.Email)
	if registrar.IsNotFound(err) {
		_, err = e.CreateStaff(ctx, by, "Demo Staff", d.creds.Staff.Email, d.creds.Staff.Password, registrar.RoleStaffOwner)
	}
	if err != nil {
		return fmt.Errorf("making the demo staff user: %w", err)
	}
	return nil
}

// openingFunds of the demo customer, in minor units: enough for hundreds of names.
const openingFunds = 10_000_00

func (d *demo) customer(ctx context.Context, e *registrar.Engine, by registrar.Actor) (registrar.User, error) {
	user, err := e.Read().UserByEmail(ctx, d.creds.Customer.Email)
	if err != nil && !registrar.IsNotFound(err) {
		return user, err
	}
	if err != nil {
		_, user, err = e.SignUp(ctx, by, registrar.SignUp{Name: "Demo Customer", Email: d.creds.Customer.Email, Password: d.creds.Customer.Password})
		if err != nil {
			return user, err
		}
	}
	// The reference makes it happen once, whatever crashes in between.
	amount := registrar.Money{Minor: openingFunds, Currency: currency}
	return user, e.TestTopUp(ctx, by, user.CustomerID, amount, "demo-opening-"+user.CustomerID)
}

// token keeps the API token of the first start as long as it is valid.
func (d *demo) token(ctx context.Context, e *registrar.Engine, by registrar.Actor, user registrar.User) error {
	if d.creds.APIToken != "" {
		known, err := e.Token(ctx, d.creds.APIToken)
		if err == nil && known.CustomerID == user.CustomerID {
			return nil
		}
		if err != nil && registrar.KindOf(err) != registrar.KindUnauthenticated {
			return err
		}
	}
	secret, _, err := e.IssueToken(ctx, by, user, "Demo", registrar.AllScopes, nil)
	if err != nil {
		return err
	}
	d.creds.APIToken = secret
	return d.creds.save(d.path(credentialsFile))
}
