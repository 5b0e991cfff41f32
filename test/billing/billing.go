// Package billing makes FOSSBilling databases for tests and benchmarks: the
// tables that are read, rows in any number, and a reader with the documented
// rights and no other.
package billing

import (
	"context"
	"database/sql"
	_ "embed" // schema.sql
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/indera/indera/plugins/fossbilling"
	"github.com/indera/indera/test/mariadb"
)

//go:embed schema.sql
var schema string

// Password is the reader's.
const Password = "read only"

// Install is one FOSSBilling database. DB is the administrator's connection.
type Install struct {
	DB                      *sql.DB
	Address, Database, User string
}

// New makes an empty installation on a server: two endings (.shop and .de), and
// the registrar module Epp, which is ours, beside another.
func New(ctx context.Context, server *mariadb.Server, database string) (in *Install, err error) {
	if err := server.CreateDatabase(ctx, database); err != nil {
		return nil, err
	}
	dsn, err := mysql.ParseDSN(server.DSN(database))
	if err != nil {
		return nil, fmt.Errorf("reading the DSN: %w", err)
	}
	dsn.MultiStatements, dsn.Timeout, dsn.Logger = true, 10*time.Second, &mysql.NopLogger{}
	connector, err := mysql.NewConnector(dsn)
	if err != nil {
		return nil, fmt.Errorf("preparing the connection: %w", err)
	}
	in = &Install{DB: sql.OpenDB(connector), Address: server.Addr(), Database: database, User: "reader_" + database}
	statements := []string{schema, fmt.Sprintf("CREATE USER %s IDENTIFIED BY '%s'", in.User, Password)}
	for _, q := range append(statements, fossbilling.Grants(database, in.User, "after 0.8.5")...) {
		if err := in.Exec(ctx, q); err != nil {
			return nil, errors.Join(err, in.Close())
		}
	}
	return in, nil
}

// Exec runs statements as the administrator.
func (in *Install) Exec(ctx context.Context, query string) error {
	if _, err := in.DB.ExecContext(ctx, query); err != nil {
		return fmt.Errorf("%.120s: %w", query, err)
	}
	return nil
}

// Fill adds clean customers and names of them: n1.shop, n2.shop and so on. Each
// third name has a registrant of its own, the others have their customer.
func (in *Install) Fill(ctx context.Context, customers, domains int) error {
	for _, q := range []string{
		fmt.Sprintf(`INSERT INTO client (id, email, pass, first_name, last_name, phone_cc, phone, address_1, city, state, postcode, country, currency, lang, created_at)
			SELECT seq, CONCAT('ada', seq, '@example.org'), '$2y$secret', 'Ada', CONCAT('Customer ', seq), '44', '2079460123',
			CONCAT(seq, ' St James''s Square'), 'London', 'Greater London', 'SW1Y 4JH', 'GB', 'EUR', 'en_US', '2024-01-01 00:00:00' FROM seq_1_to_%d`, customers),
		fmt.Sprintf(`INSERT INTO service_domain (id, client_id, tld_registrar_id, sld, tld, ns1, ns2, locked, transfer_code, contact_email, contact_first_name, contact_last_name,
			contact_address1, contact_city, contact_postcode, contact_country, contact_phone_cc, contact_phone, registered_at, expires_at)
			SELECT seq, 1 + seq %% %d, 1, CONCAT('n', seq), '.shop', 'ns1.example.net', 'ns2.example.net', 1, 'secret-code', IF(seq %% 3 = 0, CONCAT('holder', seq, '@example.org'), NULL),
			IF(seq %% 3 = 0, 'Grace', NULL), IF(seq %% 3 = 0, CONCAT('Holder ', seq), NULL), IF(seq %% 3 = 0, '1 Road', NULL), IF(seq %% 3 = 0, 'Leeds', NULL), IF(seq %% 3 = 0, 'LS1 4AP', NULL),
			IF(seq %% 3 = 0, 'GB', NULL), IF(seq %% 3 = 0, '44', NULL), IF(seq %% 3 = 0, '1134960000', NULL), '2024-05-05 10:00:00', '2027-05-05 10:00:00' FROM seq_1_to_%d`, customers, domains),
		"INSERT INTO client_order (client_id, service_id, service_type, status) SELECT client_id, id, 'domain', 'active' FROM service_domain",
	} {
		if err := in.Exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// Options say how the plugin reaches it.
func (in *Install) Options() fossbilling.Options {
	return fossbilling.Options{Address: in.Address, Database: in.Database, User: in.User, Password: Password, Registrars: []string{"Epp"}}
}

// Section writes the reader's password to a file and returns the part of the
// configuration that names the installation.
func (in *Install) Section(passwordFile string) (string, error) {
	if err := os.WriteFile(passwordFile, []byte(Password+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("writing the reader's password: %w", err)
	}
	return fmt.Sprintf("mirrors:\n  fossbilling: {address: %q, name: %s, user: %s, password_file: %s, registrars: [Epp], timeout: 5s}\n",
		in.Address, in.Database, in.User, passwordFile), nil
}

// Close ends the administrator's connections; the database stays.
func (in *Install) Close() error { return in.DB.Close() }
