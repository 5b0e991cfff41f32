package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// facts is everything that the registrar's database says about one run, read
// by plain SQL that SQLite and MariaDB both know.
type facts struct {
	lines      []line
	orders     []order
	operations []operation
	commands   []command
	domains    []domain
	holds      []hold
	accounts   []account
	postings   []posting
	noFunds    int // answers 2104 that were noted

	mails   []mail
	events  []event
	duties  []duty
	notices []notice
	jobRuns []jobRun // read from the logs, for the verdict only
}

type line struct {
	ID, OrderID, CustomerID, OperationID, HoldID string
	Action, Domain, Registry, State              string
	Years                                        int
	Price, Cost                                  int64 // minor units
}

type order struct{ ID, State string }

type operation struct{ ID, Kind, Domain, State string }

type command struct {
	ID, OperationID, Registry, Verb, Object, State, ClTRID, Spec, Note string
	Seq, Attempt, Code                                                 int
	Billable                                                           bool
	Finished                                                           time.Time // zero while open
}

type domain struct {
	ID, Name, Registry, State, Handle string
	NameServers                       []string
	Expires                           time.Time // zero when unknown
	NeedsInfo                         bool
}

type hold struct{ ID, Ref, State string }

// account carries the cached figures and what they must equal.
type account struct {
	ID, Kind, Owner, Currency       string
	Balance, Held, Entries, Holding int64
}

// posting is one booking with the sum of its entries and its parts by kind of
// account.
type posting struct {
	ID, Kind, Ref  string
	Sum            int64
	Customer, Cost int64
}

// loadFacts reads the registrar's database.
func loadFacts(ctx context.Context, db *sql.DB) (facts, error) {
	var f facts
	for _, load := range []func(context.Context, *sql.DB, *facts) error{
		loadOrders, loadOperations, loadCommands, loadDomains, loadLedger, loadNoFunds, loadMails, loadDuties,
	} {
		if err := load(ctx, db, &f); err != nil {
			return f, fmt.Errorf("reading the registrar's database: %w", err)
		}
	}
	return f, nil
}

func loadOrders(ctx context.Context, db *sql.DB, f *facts) error {
	err := each(ctx, db, `SELECT l.id, l.order_id, o.customer_id, l.operation_id, l.hold_id, l.action, l.domain, d.registry,
		l.state, l.years, l.price_minor, l.cost_minor
		FROM order_lines AS l JOIN orders AS o ON o.id = l.order_id JOIN domains AS d ON d.id = l.domain_id ORDER BY l.id`,
		func(scan func(...any) error) error {
			var l line
			err := scan(&l.ID, &l.OrderID, &l.CustomerID, &l.OperationID, &l.HoldID, &l.Action, &l.Domain, &l.Registry,
				&l.State, &l.Years, &l.Price, &l.Cost)
			f.lines = append(f.lines, l)
			return err
		})
	if err != nil {
		return err
	}
	return each(ctx, db, `SELECT id, state FROM orders ORDER BY id`, func(scan func(...any) error) error {
		var o order
		err := scan(&o.ID, &o.State)
		f.orders = append(f.orders, o)
		return err
	})
}

func loadOperations(ctx context.Context, db *sql.DB, f *facts) error {
	return each(ctx, db, `SELECT id, kind, domain, state FROM operations ORDER BY id`, func(scan func(...any) error) error {
		var o operation
		err := scan(&o.ID, &o.Kind, &o.Domain, &o.State)
		f.operations = append(f.operations, o)
		return err
	})
}

func loadCommands(ctx context.Context, db *sql.DB, f *facts) error {
	return each(ctx, db, `SELECT id, operation_id, registry, verb, object, state, COALESCE(cl_trid, ''), spec, review_note,
		seq, attempt, result_code, billable, finished_at FROM commands ORDER BY id`, func(scan func(...any) error) error {
		var c command
		var finished moment
		err := scan(&c.ID, &c.OperationID, &c.Registry, &c.Verb, &c.Object, &c.State, &c.ClTRID, &c.Spec, &c.Note,
			&c.Seq, &c.Attempt, &c.Code, &c.Billable, &finished)
		c.Finished = finished.Time
		f.commands = append(f.commands, c)
		return err
	})
}

func loadDomains(ctx context.Context, db *sql.DB, f *facts) error {
	return each(ctx, db, `SELECT d.id, d.name, d.registry, d.state, COALESCE(c.handle, ''), d.name_servers, d.expires_at, d.needs_info
		FROM domains AS d LEFT JOIN registry_contacts AS c
		ON c.registry = d.registry AND c.contact_id = d.registrant_id AND c.version = d.registrant_version
		ORDER BY d.id`, func(scan func(...any) error) error {
		var d domain
		var servers string
		var expires moment
		if err := scan(&d.ID, &d.Name, &d.Registry, &d.State, &d.Handle, &servers, &expires, &d.NeedsInfo); err != nil {
			return err
		}
		d.Expires = expires.Time
		if isSown(d.Name) {
			return nil // no registry knows them: they are judged by their notices
		}
		f.domains = append(f.domains, d)
		return json.Unmarshal([]byte(servers), &f.domains[len(f.domains)-1].NameServers)
	})
}

func loadLedger(ctx context.Context, db *sql.DB, f *facts) error {
	err := each(ctx, db, `SELECT a.id, a.kind, a.owner, a.currency, a.balance, a.held,
		(SELECT COALESCE(SUM(e.minor), 0) FROM entries AS e WHERE e.account_id = a.id),
		(SELECT COALESCE(SUM(h.minor), 0) FROM holds AS h WHERE h.account_id = a.id AND h.state = 'open')
		FROM accounts AS a ORDER BY a.id`, func(scan func(...any) error) error {
		var a account
		err := scan(&a.ID, &a.Kind, &a.Owner, &a.Currency, &a.Balance, &a.Held, &a.Entries, &a.Holding)
		f.accounts = append(f.accounts, a)
		return err
	})
	if err != nil {
		return err
	}
	err = each(ctx, db, `SELECT p.id, p.kind, p.ref, COALESCE(SUM(e.minor), 0),
		COALESCE(SUM(CASE WHEN a.kind = 'customer' THEN e.minor ELSE 0 END), 0),
		COALESCE(SUM(CASE WHEN a.kind = 'registry_cost' THEN e.minor ELSE 0 END), 0)
		FROM postings AS p LEFT JOIN entries AS e ON e.posting_id = p.id LEFT JOIN accounts AS a ON a.id = e.account_id
		GROUP BY p.id, p.kind, p.ref ORDER BY p.id`, func(scan func(...any) error) error {
		var p posting
		err := scan(&p.ID, &p.Kind, &p.Ref, &p.Sum, &p.Customer, &p.Cost)
		f.postings = append(f.postings, p)
		return err
	})
	if err != nil {
		return err
	}
	return each(ctx, db, `SELECT id, ref, state FROM holds ORDER BY id`, func(scan func(...any) error) error {
		var h hold
		err := scan(&h.ID, &h.Ref, &h.State)
		f.holds = append(f.holds, h)
		return err
	})
}

func loadNoFunds(ctx context.Context, db *sql.DB, f *facts) error {
	return each(ctx, db, `SELECT COUNT(*) FROM transcripts WHERE code = 2104`, func(scan func(...any) error) error {
		return scan(&f.noFunds)
	})
}

// registryFacts is what one registry's own database says, as far as our
// account is concerned.
type registryFacts struct {
	Name     string // as the registrar calls it
	Account  string // our client id there
	Domains  map[string]registryDomain
	Executed []transform // in the order of execution
	Charges  []charge
}

type registryDomain struct {
	Name, Sponsor, Registrant string
	Created, Expires          time.Time
	Hosts                     []string
}

type transform struct{ ClTRID, SvTRID, Verb, Object, Name string }

type charge struct {
	ClTRID, Verb, Domain string
	Minor                int64 // what it cost us; refunds are negative
}

// loadRegistry reads the database of a sandbox registry.
func loadRegistry(ctx context.Context, db *sql.DB, name, account string) (registryFacts, error) {
	r := registryFacts{Name: name, Account: account, Domains: map[string]registryDomain{}}
	err := each(ctx, db, `SELECT name, sponsor, COALESCE(registrant, ''), cr_date, ex_date FROM domains`, func(scan func(...any) error) error {
		var d registryDomain
		var created, expires moment
		err := scan(&d.Name, &d.Sponsor, &d.Registrant, &created, &expires)
		d.Created, d.Expires = created.Time, expires.Time
		r.Domains[d.Name] = d
		return err
	})
	if err == nil {
		err = each(ctx, db, `SELECT domain, host FROM domain_hosts ORDER BY domain, host`, func(scan func(...any) error) error {
			var name, host string
			err := scan(&name, &host)
			d := r.Domains[name]
			d.Hosts = append(d.Hosts, host)
			r.Domains[name] = d
			return err
		})
	}
	if err == nil {
		err = each(ctx, db, `SELECT cl_trid, sv_trid, verb, object, name FROM transforms WHERE account = ? ORDER BY id`, func(scan func(...any) error) error {
			var t transform
			err := scan(&t.ClTRID, &t.SvTRID, &t.Verb, &t.Object, &t.Name)
			r.Executed = append(r.Executed, t)
			return err
		}, account)
	}
	if err == nil {
		err = each(ctx, db, `SELECT cl_trid, verb, domain, -amount_minor FROM ledger
			WHERE account = ? AND verb IN ('create', 'renew', 'refund') ORDER BY id`, func(scan func(...any) error) error {
			var c charge
			err := scan(&c.ClTRID, &c.Verb, &c.Domain, &c.Minor)
			r.Charges = append(r.Charges, c)
			return err
		}, account)
	}
	if err != nil {
		return r, fmt.Errorf("reading the database of registry %s: %w", name, err)
	}
	return r, nil
}

// each calls row for every row of a query.
func each(ctx context.Context, db *sql.DB, query string, row func(scan func(...any) error) error, args ...any) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("%w in %s", err, query)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return fmt.Errorf("%w in %s", err, query)
		}
	}
	return rows.Err()
}

// moment reads a time from whatever the two drivers give: time.Time, text, NULL.
type moment struct{ time.Time }

var momentLayouts = []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999-07:00", "2006-01-02 15:04:05.999999999"}

// Scan implements sql.Scanner.
func (m *moment) Scan(src any) error {
	var text string
	switch v := src.(type) {
	case nil:
		return nil
	case time.Time:
		m.Time = v.UTC()
		return nil
	case []byte:
		text = string(v)
	case string:
		text = v
	default:
		return fmt.Errorf("a time column holds %T", src)
	}
	for _, layout := range momentLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			m.Time = t.UTC()
			return nil
		}
	}
	return fmt.Errorf("%q is not a time", text)
}
