// Package fossbilling reads customers and domains of a FOSSBilling installation:
// the implementation of registrar.BillingSystem on its MySQL database. It reads
// only, on connections that the server itself holds to that, and only the
// columns named here: passwords, API tokens, transfer codes and the settings of
// registrar modules are not among them.
package fossbilling

import (
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/indera/indera/registrar"
)

// System is this billing system's name in owner systems, rows and addresses.
const System = "fossbilling"

// Options say where the installation is.
type Options struct {
	Address  string // host:port of its database server
	Database string
	User     string
	Password string
	TLS      *tls.Config // nil = none
	// Registrars are the modules (tld_registrar.registrar, for example "Epp") whose
	// names are sponsored by us; names of other modules are left alone.
	Registrars []string
	// Location is the time zone that FOSSBilling is set to; its dates are in it. UTC.
	Location *time.Location
	Timeout  time.Duration // of one query; 30 s
}

// Source reads one installation. Its methods may be called by one goroutine at a
// time.
type Source struct {
	db         *sql.DB
	opt        Options
	registrars []int64 // ids in tld_registrar
	shape      shape
	orders     window
}

var _ registrar.BillingSystem = (*Source)(nil)

// Open prepares a source; nothing is dialled before the first call.
func Open(opt Options) (*Source, error) {
	switch {
	case opt.Address == "" || opt.Database == "" || opt.User == "":
		return nil, errors.New("fossbilling: address, database and user are needed")
	case len(opt.Registrars) == 0:
		return nil, errors.New("fossbilling: no registrar module is named, so no name would be ours")
	}
	if opt.Location == nil {
		opt.Location = time.UTC
	}
	if opt.Timeout <= 0 {
		opt.Timeout = 30 * time.Second
	}
	c := mysql.NewConfig()
	c.User, c.Passwd, c.Net, c.Addr, c.DBName = opt.User, opt.Password, "tcp", opt.Address, opt.Database
	c.TLS = opt.TLS
	c.Collation = "utf8mb4_general_ci" // also the charset: the server converts from whatever a table has
	c.ParseTime = false                // zero dates must be told from dates
	c.Timeout, c.ReadTimeout, c.WriteTimeout = opt.Timeout, opt.Timeout, opt.Timeout
	c.AllowAllFiles, c.MultiStatements = false, false
	c.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, fmt.Errorf("fossbilling: preparing the connection: %w", err)
	}
	db := sql.OpenDB(readOnly{connector})
	db.SetMaxOpenConns(2)
	db.SetConnMaxIdleTime(time.Minute)
	return &Source{db: db, opt: opt}, nil
}

// Close ends all connections.
func (s *Source) Close() error { return s.db.Close() }

// System implements registrar.BillingSystem.
func (s *Source) System() string { return System }

// readOnly makes the server refuse every write of a connection, whatever the
// user may do.
type readOnly struct{ driver.Connector }

// Connect dials and sets the access mode.
func (r readOnly) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := r.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	exec, ok := conn.(driver.ExecerContext)
	if !ok {
		return nil, errors.Join(errors.New("the MySQL driver can not execute directly"), conn.Close())
	}
	if _, err := exec.ExecContext(ctx, "SET SESSION TRANSACTION READ ONLY", nil); err != nil {
		return nil, errors.Join(fmt.Errorf("making the connection read-only: %w", err), conn.Close())
	}
	return conn, nil
}

// MySQL error numbers that say more than "unavailable".
const (
	errAccessDenied   = 1045
	errNoDatabase     = 1049
	errDatabaseDenied = 1044
	errTableDenied    = 1142
	errColumnDenied   = 1143
	errNoColumn       = 1054
	errNoTable        = 1146
)

// failed turns a database error into the engine's kinds. The server's own text
// names objects, never contents, for the errors shown.
func (s *Source) failed(doing string, err error) error {
	var m *mysql.MySQLError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &m):
		switch m.Number {
		case errAccessDenied, errNoDatabase, errDatabaseDenied, errTableDenied, errColumnDenied:
			return registrar.Errorf(registrar.KindForbidden, "billing_access", "FOSSBilling's database refuses its reader: %s", m.Message).Because(fmt.Errorf("%s: MySQL error %d", doing, m.Number))
		case errNoColumn, errNoTable:
			return registrar.Errorf(registrar.KindUnsupported, "billing_schema", "FOSSBilling's database has changed: %s", m.Message).Because(fmt.Errorf("%s: MySQL error %d", doing, m.Number))
		}
		return unavailable(fmt.Errorf("%s: MySQL error %d", doing, m.Number))
	}
	var op *net.OpError
	if errors.As(err, &op) { // without the driver's list of addresses and options
		err = op
	}
	return unavailable(fmt.Errorf("%s: %w", doing, err))
}

func unavailable(cause error) error {
	return registrar.Errorf(registrar.KindUnavailable, "billing_unavailable", "FOSSBilling's database can't be reached or does not answer in time.").Because(cause)
}

// each runs a query and calls scan for every row, within the time limit.
func (s *Source) each(ctx context.Context, doing, query string, args []any, scan func(*sql.Rows) error) (err error) {
	ctx, cancel := context.WithTimeout(ctx, s.opt.Timeout)
	defer cancel()
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return s.failed(doing, err)
	}
	defer func() {
		if closeErr := rows.Close(); err == nil && closeErr != nil {
			err = s.failed(doing, closeErr)
		}
	}()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return s.failed(doing, err)
		}
	}
	return s.failed(doing, rows.Err())
}
