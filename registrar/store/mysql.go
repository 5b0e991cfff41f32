package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/go-sql-driver/mysql"
	gormmysql "gorm.io/driver/mysql"
	"gorm.io/gorm"
)

// mysqlDialect: NOW(6) is the time the statement began, in the session's time
// zone, which is always UTC.
var mysqlDialect = dialect{
	name: DriverMySQL,
	now:  "(CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED))",
}

// sqlMode is TRADITIONAL spelled with the words that both MySQL 8 and MariaDB
// know: bad or too long values are errors, never warnings.
const sqlMode = "'STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"

// I/O limits of a connection. readLimit bounds how long one statement may keep
// silent; migrations have none.
const (
	dialLimit = 5 * time.Second
	readLimit = 30 * time.Second
)

type mysqlConfig = mysql.Config

func (s *Store) openMySQL(cfg Config) error {
	c, err := mysqlOptions(cfg)
	if err != nil {
		return err
	}
	s.mysqlCfg = c
	db, err := mysqlPool(c)
	if err != nil {
		return err
	}
	limit := cfg.MaxOpen
	if limit <= 0 {
		limit = 20
	}
	db.SetMaxOpenConns(min(limit, 500))
	db.SetMaxIdleConns(min(limit, 500))
	db.SetConnMaxLifetime(5 * time.Minute) // follow a proxy or a moved address
	db.SetConnMaxIdleTime(time.Minute)
	g, err := gorm.Open(gormmysql.New(gormmysql.Config{Conn: db, SkipInitializeWithVersion: true}), gormConfig())
	if err != nil {
		return mysqlDialect.wrap("opening the database", err)
	}
	s.writeSQL, s.readSQL, s.write = db, db, g
	s.reader = reader{db: g, d: mysqlDialect}
	return nil
}

// mysqlOptions takes address and credentials from the DSN and everything the
// store's correctness rests on from here.
func mysqlOptions(cfg Config) (*mysql.Config, error) {
	c, err := mysql.ParseDSN(cfg.DSN)
	if err != nil {
		return nil, errors.New("the database DSN is not of the form user:password@tcp(host:port)/database")
	}
	if c.DBName == "" {
		return nil, errors.New("the database DSN names no database")
	}
	if cfg.Password != "" {
		c.Passwd = cfg.Password
	}
	if cfg.TLS != nil {
		c.TLS, c.AllowFallbackToPlaintext = cfg.TLS.Clone(), false
		if c.TLS.Time == nil && cfg.Clock != nil {
			c.TLS.Time = cfg.Clock.Now
		}
	}
	c.ParseTime, c.Loc = true, time.UTC
	c.ClientFoundRows = true // an update that changes nothing still found its row
	c.InterpolateParams = true
	c.MultiStatements = false
	c.AllowAllFiles = false
	c.RejectReadOnly = true // a demoted primary: drop the connection, dial again
	c.Collation = "utf8mb4_bin"
	c.Timeout, c.ReadTimeout, c.WriteTimeout = dialLimit, readLimit, readLimit
	c.Logger = &mysql.NopLogger{}
	c.Params = map[string]string{
		"time_zone":                "'+00:00'",
		"sql_mode":                 sqlMode,
		"innodb_lock_wait_timeout": "5",
	}
	for name, value := range cfg.SessionVars {
		c.Params[name] = value
	}
	return c, nil
}

func mysqlPool(c *mysql.Config) (*sql.DB, error) {
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, fmt.Errorf("preparing the database connection: %w", err)
	}
	return sql.OpenDB(readCommitted{connector}), nil
}

// readCommitted sets the isolation level of each new connection. The variable
// has different names in MySQL and MariaDB, the statement is the same.
type readCommitted struct{ driver.Connector }

// Connect dials and sets the level.
func (r readCommitted) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := r.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	exec, ok := conn.(driver.ExecerContext)
	if !ok {
		return nil, errors.Join(errors.New("the MySQL driver can not execute directly"), conn.Close())
	}
	if _, err := exec.ExecContext(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", nil); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}
