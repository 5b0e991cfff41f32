package store_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/indera/indera/registrar"
	"github.com/indera/indera/registrar/store"
	"github.com/indera/indera/registrar/store/storetest"
	"github.com/indera/indera/test/mariadb"
)

// counting yields i = 1 … 5000, on both databases: so many rows that a plan which
// reads a table, or sorts a range, stands out. MySQL and MariaDB stop recursion
// at 1000, so the numbers are crossed.
const counting = "WITH RECURSIVE d(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM d WHERE n < 99), i(i) AS (SELECT a.n * 100 + b.n + 1 FROM d AS a, d AS b WHERE a.n < 50) "

// fill writes many rows into each table a list reads.
func fill(t testing.TB, s *store.Store) {
	t.Helper()
	at := "'2026-03-29 06:30:00.123456+00:00'"
	if s.Driver() == store.DriverMySQL {
		at = "'2026-03-29 06:30:00.123456'"
	}
	for table, row := range map[string]string{
		"customers":        "CONCAT('cus_', 100000 + i), CONCAT('Name ', i), 'EUR', 'de', " + at + ", NULL, 0",
		"customer_terms":   "CONCAT('name', i), CONCAT('cus_', 100000 + i)",
		"users":            "CONCAT('usr_', i), CONCAT('cus_', 100000 + i), CONCAT(i, '@example.org'), 'n', 'owner', 'x', " + at + ", NULL, NULL, 0",
		"user_sessions":    "CONCAT('ses_', 100000 + i), CONCAT('usr_', i % 500), 'portal', 'password', CONCAT('d', i), 'a', '', " + at + ", " + at + ", " + at + ", " + at + ", NULL, ''",
		"tickets":          "CONCAT('t', i), 'invite', CONCAT('usr_', i), CONCAT('cus_', i), 'e', '', " + at + ", " + at + ", NULL, ''",
		"impersonations":   "CONCAT('ses_', 100000 + i), 'cus_big', 'usr_1', 'usr_2', 'ses_1', 'r', " + at,
		"contacts":         "CONCAT('con_', 100000 + i), 'cus_big', 1, " + at,
		"domain_contacts":  "CONCAT('dom_', 100000 + i), 'tech', 'con_big'",
		"contact_versions": "CONCAT('con_', 100000 + i), 1, 'cus_big', 'n', 'o', '[]', 'c', 's', 'p', 'DE', '+49.1', 'e', " + at,
		"domains": "CONCAT('dom_', 100000 + i), CONCAT('n', 100000 + i, '.shop'), 'u', 'shop', 'mem', 'cus_big', 'engine', CASE WHEN i % 50 = 0 THEN 'failed' ELSE 'active' END, " +
			"'', CONCAT('con_', 100000 + i), 1, '[]', '[]', NULL, " + at + ", '', NULL, " + at + ", 0, 0, CONCAT('n', 100000 + i, '.shop'), NULL",
		"orders":      "CONCAT('ord_', 100000 + i), 'cus_big', 'paid', 1, 'EUR', '', '', '', NULL, " + at + ", '', '', '', ''",
		"order_lines": "CONCAT('lin_', 100000 + i), CONCAT('ord_', 100000 + i), 1, 'register', '', '', 1, 1, 'EUR', 1, 'EUR', 'open', '', '', ''",
		"operations": "CONCAT('op_', 100000 + i), 'renew', 'cus_big', 'd', CONCAT('dom_', 100000 + i % 1000), '', '', CASE WHEN i % 500 = 0 THEN 'running' ELSE 'succeeded' END, '', '', '', '', '', '', " +
			at + ", NULL",
		// Most commands are done; a tenth is billable and waits for funds; a few are due.
		"commands": "CONCAT('cmd_', 100000 + i), CONCAT('op_', 100000 + i), 1, 'mem', 'domain:renew', 'o', CONCAT('dom_', 100000 + i % 1000), CASE WHEN i % 10 = 0 THEN 1 ELSE 0 END, '{}', " +
			"CASE WHEN i % 10 = 0 OR i % 250 = 1 THEN 'queued' ELSE 'done' END, 1, CONCAT('IND-', i), '', '', '', 0, i, NULL, NULL, NULL, 0, 0, '', '', " + at + ", NULL, NULL",
		"postings":       "CONCAT('pst_', 100000 + i), 'sale', CONCAT('r', i), '', " + at,
		"entries":        "CONCAT('ent_', 100000 + i), CONCAT('pst_', 100000 + i), 'acc_big', 1",
		"holds":          "CONCAT('hld_', 100000 + i), 'acc_big', CONCAT('r', i), 1, CASE WHEN i % 100 = 0 THEN 'open' ELSE 'captured' END, " + at + ", NULL",
		"audit_events":   "CONCAT('aud_', 100000 + i), " + at + ", '', '', '', 'a', 'domain', 'dom_big', '', 'operational', 'x', 'x', CASE WHEN i > 4990 THEN i ELSE NULL END, ''",
		"audit_payloads": "CONCAT('aud_', 100000 + i), 'operational', 's', '', NULL, NULL, " + at,
		"events":         "CONCAT('evt_', 100000 + i), 'k', '', '', 'dom_big', '', '', '', " + at,
		"transcripts": "CONCAT('tsc_', 100000 + i), CASE WHEN i % 100 = 0 THEN 'other' ELSE 'mem' END, 's', 'cmd_big', 'IND-big', CONCAT('SV-', i % 500), CASE WHEN i % 50 = 1 THEN 'poll' ELSE 'v' END, 'o.shop', " +
			"CASE WHEN i % 500 = 1 THEN 2303 ELSE 1000 END, '', " + at + ", 1, '', '', 'operational'",
		// Every name was asked for in fifty checks of many.
		"transcript_objects": "CONCAT('many', i % 100, '.shop'), CONCAT('tsc_', 100000 + i), 'mem', 'v', 1000",
		"payments": "CONCAT('pay_', 100000 + i), 'cus_big', 'stripe', CONCAT('cs_', i), 1, 'EUR', CASE WHEN i % 500 = 0 THEN 'started' ELSE 'succeeded' END, 0, '', CONCAT('k', i), " +
			at + ", NULL, " + at + ", NULL",
		"adjustments": "CONCAT('adj_', 100000 + i), 'cus_big', 1, 'EUR', 'r', CASE WHEN i % 500 = 0 THEN 'pending' ELSE 'booked' END, CONCAT('k', i), 'usr_1', " + at + ", '', NULL, ''",
		// A few customers owe something; one of them a lot.
		"receivables": "CONCAT('rcv_', 100000 + i), CASE WHEN i % 500 = 0 THEN 'cus_owes' ELSE 'cus_big' END, 'returned', CONCAT('pay_', i), 'EUR', 5, " +
			"CASE WHEN i % 500 = 0 THEN 5 ELSE 0 END, 0, CASE WHEN i % 500 = 0 THEN 'open' ELSE 'settled' END, " + at + ", NULL, 1",
		"mails": "CONCAT('mail_', 100000 + i), 't', 'n', 's', 'b', 'h', CONCAT('evt_', i), 't', CASE WHEN i % 500 = 0 THEN 'queued' ELSE 'sent' END, 1, i, '', '', 0, '', " +
			at + ", NULL, 'cus_big'",
		// Most duties are done; a tenth is due, an hour apart from each other.
		"duties": "CONCAT('dty_', 100000 + i), 'errp', 'month', CONCAT('c', i), 'domain', CONCAT('dom_', 100000 + i % 1000), CONCAT('n', i % 1000, '.shop'), 'cus_big', '', 'w', " +
			at + ", " + at + ", " + at + ", " + at + ", CASE WHEN i % 10 = 0 THEN 'due' ELSE 'done' END, CASE WHEN i % 10 = 0 THEN " + at + " ELSE NULL END, 0, NULL, NULL, '', " + at + ", 0",
		"notices": "CONCAT('ntc_', 100000 + i), CONCAT('dty_', 100000 + i), 1, CONCAT('mail_', 100000 + i), 't', 'n', 'en', 't', 's', 'b', 'h', 'd', 'sent', '', " + at + ", NULL, 'correspondence'",
		// One endpoint in fifty is off for failing, another one fails; ten have a backlog.
		"webhook_endpoints": "CONCAT('whk_', 100000 + i), CONCAT('cus_', i % 500), 'https://a.example/', '', '[]', 's', '', NULL, 'customer', 'usr_1', " + at + ", " +
			"CASE WHEN i % 50 = 0 THEN " + at + " ELSE NULL END, CASE WHEN i % 50 = 0 THEN 'failing' ELSE '' END, NULL, CASE WHEN i % 50 = 1 THEN 1 ELSE 0 END, NULL, 0, '', '', 0, 0, ''",
		"event_deliveries": "CONCAT('whd_', 100000 + i), CONCAT('whk_', 102500 + i % 10), CONCAT('evt_', 100000 + i), 'k', CASE WHEN i % 10 < 7 THEN 'pending' ELSE 'delivered' END, " +
			"1, i, 0, '', " + at + ", " + at + ", NULL",
		"differences": "CONCAT('dif_', 100000 + i), 'mem', CONCAT('n', i % 1000, '.shop'), '', 'k', CONCAT('k', i), 'o', 't', CASE WHEN i % 10 = 0 THEN 'open' ELSE 'gone' END, " +
			at + ", " + at + ", NULL, '', '', 1",
		"registry_messages": "CONCAT('msg_', 100000 + i), 'mem', CONCAT('q', i), CONCAT('k', i), " + at + ", " + at + ", 't', 's', 'f', CONCAT('n', i % 1000, '.shop'), 'text', '[]', " +
			"CASE WHEN i % 10 = 0 THEN 'new' WHEN i % 10 = 1 THEN 'waiting' ELSE 'applied' END, 0, " + at + ", 'n', 1",
		"delivery_attempts": "CONCAT('wha_', 100000 + i), CONCAT('whd_', 100000 + i % 500), " + at + ", 1, 200, '', '', ''",
	} {
		if _, err := s.SQL().ExecContext(t.Context(), "INSERT INTO "+table+" "+counting+"SELECT "+row+" FROM i"); err != nil {
			t.Fatalf("filling %s: %v", table, err)
		}
		if s.Driver() == store.DriverMySQL {
			if _, err := s.SQL().ExecContext(t.Context(), "ANALYZE TABLE "+table); err != nil {
				t.Fatal(err)
			}
		}
	}
	if s.Driver() == store.DriverSQLite {
		if _, err := s.SQL().ExecContext(t.Context(), "ANALYZE"); err != nil {
			t.Fatal(err)
		}
	}
}

type read struct {
	name string
	run  func(ctx context.Context, s *store.Store) (rows int, err error)
	want int // rows
}

func count[T any](rows []T, err error) (int, error) { return len(rows), err }

func single[T any](_ T, err error) (int, error) { return 1, err }

// hotReads is every read whose cost must not grow with the tables.
var hotReads = []read{
	{"Session", func(ctx context.Context, s *store.Store) (int, error) { return single(s.Session(ctx, "ses_102500")) }, 1},
	{"LiveSessions", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.LiveSessions(ctx, "usr_250", noon.AddDate(-1, 0, 0)))
	}, 10},
	{"DeviceKnown", func(ctx context.Context, s *store.Store) (int, error) {
		_, _, err := s.DeviceKnown(ctx, "usr_250", "d2750")
		return 1, err
	}, 1},
	{"Impersonations", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Impersonations(ctx, "cus_big", registrar.Page{After: "ses_102500", Limit: 10}))
	}, 10},
	{"HoldsNames", func(ctx context.Context, s *store.Store) (int, error) {
		return single(s.HoldsNames(ctx, "con_big"))
	}, 1},
	{"ContactUses", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.ContactUses(ctx, "con_big", registrar.Page{After: "dom_102500 tech", Limit: 10}))
	}, 10},
	{"Impersonation", func(ctx context.Context, s *store.Store) (int, error) {
		return single(s.Impersonation(ctx, "ses_102500"))
	}, 1},
	{"Ticket", func(ctx context.Context, s *store.Store) (int, error) { return single(s.Ticket(ctx, "t2500")) }, 1},
	{"OpenTickets", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.OpenTickets(ctx, "cus_2500", registrar.TicketInvite, noon.AddDate(-1, 0, 0)))
	}, 1},
	{"TicketsMade", func(ctx context.Context, s *store.Store) (int, error) {
		return s.TicketsMade(ctx, "cus_2500", registrar.TicketInvite, noon.AddDate(-10, 0, 0))
	}, 1},
	{"Customer", func(ctx context.Context, s *store.Store) (int, error) { return single(s.Customer(ctx, "cus_102500")) }, 1},
	{"UserByEmail", func(ctx context.Context, s *store.Store) (int, error) {
		return single(s.UserByEmail(ctx, "2500@example.org"))
	}, 1},
	{"PaymentByRef", func(ctx context.Context, s *store.Store) (int, error) {
		return single(s.PaymentByRef(ctx, "stripe", "cs_2500"))
	}, 1},
	{"Payments of a customer", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Payments(ctx, registrar.PaymentFilter{CustomerID: "cus_big"}, registrar.Page{After: "pay_102500", Limit: 10}))
	}, 10},
	{"Payments in review", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Payments(ctx, registrar.PaymentFilter{State: registrar.PaymentNeedsReview}, registrar.Page{}))
	}, 0},
	{"DuePayments", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.DuePayments(ctx, noon.Add(time.Hour), 5))
	}, 5},
	{"ReceivableOf", func(ctx context.Context, s *store.Store) (int, error) {
		return single(s.ReceivableOf(ctx, registrar.ReceivableReturned, "pay_2500"))
	}, 1},
	{"Receivables of a customer", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Receivables(ctx, registrar.ReceivableFilter{CustomerID: "cus_big"}, registrar.Page{After: "rcv_102500", Limit: 10}))
	}, 10},
	{"Receivables open", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Receivables(ctx, registrar.ReceivableFilter{State: registrar.ReceivableOpen}, registrar.Page{Limit: 5}))
	}, 5},
	{"OpenReceivables", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.OpenReceivables(ctx, "cus_owes", 5))
	}, 5},
	{"CountReceivables", func(ctx context.Context, s *store.Store) (int, error) {
		return s.CountReceivables(ctx, registrar.ReceivableOpen, 5)
	}, 5},
	{"Adjustments pending", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Adjustments(ctx, registrar.AdjustmentFilter{State: registrar.AdjustmentPending}, registrar.Page{Limit: 5}))
	}, 5},
	{"Customers", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Customers(ctx, "", registrar.Page{After: "cus_102500", Limit: 10}))
	}, 10},
	{"Customers by name", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Customers(ctx, "name2500", registrar.Page{Limit: 10}))
	}, 1},
	{"Contacts", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Contacts(ctx, "cus_big", registrar.Page{After: "con_102500", Limit: 10}))
	}, 10},
	{"ContactVersion", func(ctx context.Context, s *store.Store) (int, error) {
		return single(s.ContactVersion(ctx, registrar.ContactRef{ContactID: "con_102500"}))
	}, 1},
	{"Registration", func(ctx context.Context, s *store.Store) (int, error) {
		return single(s.Registration(ctx, "n102501.shop"))
	}, 1},
	{"DomainByName", func(ctx context.Context, s *store.Store) (int, error) {
		return single(s.DomainByName(ctx, "n102501.shop"))
	}, 1},
	{"Domains of a customer", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Domains(ctx, registrar.DomainFilter{CustomerID: "cus_big"}, registrar.Page{After: "n102500.shop", Limit: 10}))
	}, 10},
	{"Domains of a customer, from the start", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Domains(ctx, registrar.DomainFilter{CustomerID: "cus_big"}, registrar.Page{Limit: 10}))
	}, 10},
	{"Domains by page key", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Domains(ctx, registrar.DomainFilter{}, registrar.Page{After: "n102500.shop dom_102500", Limit: 10}))
	}, 10},
	{"Domains by prefix", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Domains(ctx, registrar.DomainFilter{Prefix: "n10250"}, registrar.Page{}))
	}, 10},
	{"Domains of a registry, failed", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Domains(ctx, registrar.DomainFilter{Registry: "mem", States: []registrar.DomainState{registrar.DomainFailed}}, registrar.Page{After: "n102500.shop", Limit: 10}))
	}, 10},
	{"Domains of nobody", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Domains(ctx, registrar.DomainFilter{CustomerID: "cus_none"}, registrar.Page{}))
	}, 0},
	{"DomainsNeedingInfo", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.DomainsNeedingInfo(ctx, "mem", 10))
	}, 0},
	{"Orders", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Orders(ctx, "cus_big", registrar.Page{After: "ord_102500", Limit: 10}))
	}, 10},
	{"Operations of a customer", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Operations(ctx, registrar.OperationFilter{CustomerID: "cus_big"}, registrar.Page{After: "op_102500", Limit: 10}))
	}, 10},
	{"Operations running", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Operations(ctx, registrar.OperationFilter{States: []registrar.OperationState{registrar.OpRunning}}, registrar.Page{Limit: 5}))
	}, 5},
	{"Operations of a domain", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Operations(ctx, registrar.OperationFilter{DomainID: "dom_100007"}, registrar.Page{}))
	}, 5},
	{"CommandsOf", func(ctx context.Context, s *store.Store) (int, error) { return count(s.CommandsOf(ctx, "op_102500")) }, 1},
	{"Commands done", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Commands(ctx, registrar.CommandFilter{Registry: "mem", States: []registrar.CommandState{registrar.CommandDone, registrar.CommandFailed}}, registrar.Page{After: "cmd_102500", Limit: 10}))
	}, 10},
	{"Commands of a registry without any", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Commands(ctx, registrar.CommandFilter{Registry: "none"}, registrar.Page{}))
	}, 0},
	{"DueCommands", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.DueCommands(ctx, "mem", registrar.CommandQueued, false, 10))
	}, 10},
	{"DueCommands without billable", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.DueCommands(ctx, "mem", registrar.CommandQueued, true, 10))
	}, 10},
	{"Entries", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Entries(ctx, "acc_big", registrar.Page{After: "ent_102500", Limit: 10}))
	}, 10},
	{"OpenHolds", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.OpenHolds(ctx, "acc_big", registrar.Page{Limit: 10}))
	}, 10},
	{"AuditOf", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.AuditOf(ctx, "domain", "dom_big", registrar.Page{After: "aud_102500", Limit: 10}))
	}, 10},
	{"UnchainedAudit", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.UnchainedAudit(ctx, time.Second, 10))
	}, 10},
	{"EventsOf", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.EventsOf(ctx, "dom_big", registrar.Page{After: "evt_102500", Limit: 10}))
	}, 10},
	{"Transcripts of a command", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Transcripts(ctx, registrar.TranscriptFilter{CommandID: "cmd_big"}, registrar.Page{After: "tsc_102500", Limit: 10}))
	}, 10},
	{"Transcripts of an object", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Transcripts(ctx, registrar.TranscriptFilter{Object: "o.shop"}, registrar.Page{Limit: 10}))
	}, 10},
	{"Transcripts of an object among others", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.TranscriptList(ctx, registrar.TranscriptFilter{Object: "many7.shop"}, registrar.Page{After: "tsc_104000", Limit: 10}))
	}, 10},
	{"Transcripts by svTRID", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.TranscriptList(ctx, registrar.TranscriptFilter{SvTRID: "SV-7", Registry: "mem"}, registrar.Page{}))
	}, 10},
	{"Transcripts of an operation", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.TranscriptList(ctx, registrar.TranscriptFilter{CommandIDs: []string{"cmd_none", "cmd_big"}}, registrar.Page{Limit: 10}))
	}, 10},
	{"Transcripts of a registry", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.TranscriptList(ctx, registrar.TranscriptFilter{Registry: "other"}, registrar.Page{After: "tsc_103000", Limit: 10}))
	}, 10},
	{"Transcripts of a registry's verb", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.TranscriptList(ctx, registrar.TranscriptFilter{Registry: "mem", Verb: "poll"}, registrar.Page{After: "tsc_103000", Limit: 10}))
	}, 10},
	{"Transcripts of a registry's code", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.TranscriptList(ctx, registrar.TranscriptFilter{Registry: "mem", Code: new(2303)}, registrar.Page{Limit: 5}))
	}, 5},
	{"Transcripts of a verb with a code, anywhere", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.TranscriptList(ctx, registrar.TranscriptFilter{Verb: "poll", Code: new(2303)}, registrar.Page{Limit: 5}))
	}, 5},
	{"Transcripts of all, within a time", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.TranscriptList(ctx, registrar.TranscriptFilter{Since: noon}, registrar.Page{After: "tsc_102500", Limit: 10}))
	}, 10},
	{"Differences of a registry", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Differences(ctx, registrar.DifferenceFilter{Registry: "mem", State: registrar.DiffOpen}, registrar.Page{After: "dif_102500", Limit: 10}))
	}, 10},
	{"DifferencesOf", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.DifferencesOf(ctx, "mem", "n10.shop"))
	}, 5},
	{"QueueMessages of a registry that wait", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.QueueMessages(ctx, registrar.QueueMessageFilter{Registry: "mem", State: registrar.MessageWaiting}, registrar.Page{After: "msg_102500", Limit: 10}))
	}, 10},
	{"QueueMessages of a name", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.QueueMessages(ctx, registrar.QueueMessageFilter{Object: "n7.shop"}, registrar.Page{}))
	}, 5},
	{"DueQueueMessages", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.DueQueueMessages(ctx, "mem", noon, 10))
	}, 10},
	{"ServedElsewhere", func(ctx context.Context, s *store.Store) (int, error) { return single(s.ServedElsewhere(ctx, "mem")) }, 1},
	{"CommandByClTRID", func(ctx context.Context, s *store.Store) (int, error) {
		_, err := s.CommandByClTRID(ctx, "nobody")
		if registrar.IsNotFound(err) {
			err = nil
		}
		return 1, err
	}, 1},
	{"Transcript", func(ctx context.Context, s *store.Store) (int, error) { return single(s.Transcript(ctx, "tsc_102500")) }, 1},
	{"Duty", func(ctx context.Context, s *store.Store) (int, error) { return single(s.Duty(ctx, "dty_102500")) }, 1},
	{"Duties done", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Duties(ctx, registrar.DutyFilter{Policy: "errp", States: []registrar.DutyState{registrar.DutyDone}}, registrar.Page{After: "dty_102500", Limit: 10}))
	}, 10},
	{"Duties in any state", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Duties(ctx, registrar.DutyFilter{Policy: "errp"}, registrar.Page{After: "dty_102500", Limit: 10}))
	}, 10},
	{"Duties of a name", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Duties(ctx, registrar.DutyFilter{Name: "n7.shop"}, registrar.Page{}))
	}, 5},
	{"Duties of a domain", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Duties(ctx, registrar.DutyFilter{SubjectID: "dom_100007"}, registrar.Page{}))
	}, 5},
	{"OpenDuties", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.OpenDuties(ctx, "errp", "dom_100007"))
	}, 0},
	{"DutiesToAct", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.DutiesToAct(ctx, "errp", registrar.DutyDue, noon, registrar.Page{Limit: 10}))
	}, 10},
	{"DutiesClosing", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.DutiesClosing(ctx, "errp", registrar.DutyDue, noon.Add(-time.Hour), noon.Add(time.Hour), registrar.Page{Limit: 10}))
	}, 10},
	{"DutiesClosing, none", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.DutiesClosing(ctx, "errp", registrar.DutyDue, noon.Add(time.Hour), noon.Add(2*time.Hour), registrar.Page{Limit: 10}))
	}, 0},
	{"CountDuties, as far as asked", func(ctx context.Context, s *store.Store) (int, error) {
		return s.CountDuties(ctx, "errp", registrar.DutyDone, 10)
	}, 10},
	{"Notices", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Notices(ctx, []string{"dty_102500", "dty_102501"}))
	}, 2},
	{"NoticeByMail", func(ctx context.Context, s *store.Store) (int, error) {
		return single(s.NoticeByMail(ctx, "mail_102500"))
	}, 1},
	{"ExpiringDomains", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.ExpiringDomains(ctx, noon.Add(-time.Hour), noon.Add(time.Hour), registrar.Page{Limit: 10}))
	}, 10},
	{"ExpiringDomains, none", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.ExpiringDomains(ctx, noon.Add(time.Hour), noon.Add(2*time.Hour), registrar.Page{}))
	}, 0},
	{"CountActive, as far as asked", func(ctx context.Context, s *store.Store) (int, error) { return s.CountActive(ctx, 10) }, 10},
	{"Mails", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Mails(ctx, registrar.MailSent, registrar.Page{Limit: 5, After: "2500 mail_102500"}))
	}, 5},
	{"Mails queued", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.Mails(ctx, registrar.MailQueued, registrar.Page{Limit: 5, After: "2500 mail_102500"}))
	}, 5},
	{"DueMails", func(ctx context.Context, s *store.Store) (int, error) { return count(s.DueMails(ctx, 5)) }, 5},
	{"UsersByEmail", func(ctx context.Context, s *store.Store) (int, error) {
		m, err := s.UsersByEmail(ctx, []string{"7@example.org", "2500@example.org", "none@example.org"})
		return len(m), err
	}, 2},
	{"CustomersByID", func(ctx context.Context, s *store.Store) (int, error) {
		m, err := s.CustomersByID(ctx, []string{"cus_100007", "cus_102500", "cus_none"})
		return len(m), err
	}, 2},
	{"LiveDomains", func(ctx context.Context, s *store.Store) (int, error) {
		m, err := s.LiveDomains(ctx, []string{"n100007.shop", "n102500.shop", "none.shop"})
		return len(m), err
	}, 2},
	{"ContactVersions", func(ctx context.Context, s *store.Store) (int, error) {
		m, err := s.ContactVersions(ctx, []registrar.ContactRef{{ContactID: "con_100007", Version: 1}, {ContactID: "con_102500", Version: 1}, {ContactID: "con_100009", Version: 2}})
		return len(m), err
	}, 2},
	{"WebhookEndpoint", func(ctx context.Context, s *store.Store) (int, error) {
		return single(s.WebhookEndpoint(ctx, "whk_102500"))
	}, 1},
	{"WebhookEndpoints", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.WebhookEndpoints(ctx, "cus_250"))
	}, 10},
	{"WebhookEndpoints of nobody", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.WebhookEndpoints(ctx, ""))
	}, 0},
	{"DueWebhookEndpoints", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.DueWebhookEndpoints(ctx, 10))
	}, 6}, // of seven one is off
	{"RemovedWebhookEndpoints", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.RemovedWebhookEndpoints(ctx, 10))
	}, 0},
	{"WebhookBacklog, as far as asked", func(ctx context.Context, s *store.Store) (int, error) {
		b, err := s.WebhookBacklog(ctx, 10)
		return b.Pending + b.Failing + b.Off, err
	}, 30},
	{"DueDeliveries", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.DueDeliveries(ctx, "whk_102501", 10))
	}, 10},
	{"EventDelivery", func(ctx context.Context, s *store.Store) (int, error) {
		return single(s.EventDelivery(ctx, "whd_102500"))
	}, 1},
	{"EventDeliveries of an endpoint", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.EventDeliveries(ctx, registrar.DeliveryFilter{EndpointID: "whk_102501"}, registrar.Page{After: "whd_102500", Limit: 10}))
	}, 10},
	{"EventDeliveries of an endpoint, pending", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.EventDeliveries(ctx, registrar.DeliveryFilter{EndpointID: "whk_102501", State: registrar.DeliveryPending}, registrar.Page{After: "whd_102500", Limit: 10}))
	}, 10},
	{"EventDeliveries given up", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.EventDeliveries(ctx, registrar.DeliveryFilter{State: registrar.DeliveryFailed}, registrar.Page{Limit: 10}))
	}, 0},
	{"EventDeliveries of everybody, pending", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.EventDeliveries(ctx, registrar.DeliveryFilter{State: registrar.DeliveryPending}, registrar.Page{After: "whd_102500", Limit: 10}))
	}, 10},
	{"AgedRows, payloads", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.AgedRows(ctx, registrar.PurgeOperational, noon.AddDate(1, 0, 0), registrar.Page{Limit: 10}))
	}, 10},
	{"AgedRows, payloads of another class", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.AgedRows(ctx, registrar.PurgeRegistration, noon.AddDate(1, 0, 0), registrar.Page{Limit: 10}))
	}, 0},
	{"AgedRows, transcripts", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.AgedRows(ctx, registrar.PurgeTranscripts, noon.AddDate(1, 0, 0), registrar.Page{Limit: 10}))
	}, 10},
	{"AgedRows, too young", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.AgedRows(ctx, registrar.PurgeTranscripts, noon.AddDate(-1, 0, 0), registrar.Page{Limit: 10}))
	}, 0},
	{"AgedRows, mails", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.AgedRows(ctx, registrar.PurgeMails, noon, registrar.Page{After: "mail_102500", Limit: 10}))
	}, 10},
	{"AgedRows, contacts", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.AgedRows(ctx, registrar.PurgeContacts, noon, registrar.Page{After: "con_102500 1", Limit: 10}))
	}, 10},
	{"AgedRows, notices", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.AgedRows(ctx, registrar.PurgeNotices, noon, registrar.Page{After: "ntc_102500", Limit: 10}))
	}, 10},
	{"CountAged, as far as asked", func(ctx context.Context, s *store.Store) (int, error) {
		return s.CountAged(ctx, registrar.PurgeOperational, 10)
	}, 10},
	{"CountAged of contacts", func(ctx context.Context, s *store.Store) (int, error) {
		return s.CountAged(ctx, registrar.PurgeContacts, 10)
	}, 10},
	{"NameNeeded", func(ctx context.Context, s *store.Store) (int, error) {
		return single(s.NameNeeded(ctx, "dom_102501", noon))
	}, 1},
	{"ContactNeeded", func(ctx context.Context, s *store.Store) (int, error) {
		return single(s.ContactNeeded(ctx, "con_102501", noon))
	}, 1},
	{"DeliveryAttempts", func(ctx context.Context, s *store.Store) (int, error) {
		return count(s.DeliveryAttempts(ctx, "whd_100007", registrar.Page{}))
	}, 10},
}

// TestReadsCostTheSameOnMariaDB counts the rows that the server touches.
func TestReadsCostTheSameOnMariaDB(t *testing.T) {
	ctx := t.Context()
	s, err := store.Open(ctx, store.Config{Driver: store.DriverMySQL, DSN: mariadb.Shared(t).NewDatabase(t), MaxOpen: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	fill(t, s)
	touched := func() (n int) {
		query(t, s.SQL(), "SHOW SESSION STATUS LIKE 'Handler_read%'", func(v []string) {
			var one int
			fmt.Sscan(v[1], &one)
			n += one
		})
		return n
	}
	idle := touched()
	idle = touched() - idle // what asking costs
	for _, r := range hotReads {
		before := touched()
		rows, err := r.run(ctx, s)
		if err != nil || rows != r.want {
			t.Errorf("%s: %d rows, want %d; %v", r.name, rows, r.want, err)
		}
		cost := touched() - before - idle
		t.Logf("%-40s %4d rows touched for %d", r.name, cost, rows)
		if limit := 30 + 12*r.want; cost > limit {
			t.Errorf("%s touches %d rows for %d: more than %d", r.name, cost, rows, limit)
		}
	}
}

// wide matches a plan step that reads a whole table. b0, b1 … and k are lists of
// at most a page of ids.
var wide = regexp.MustCompile(`^SCAN (\w+)( USING .*)?$`)

// wholeQueue matches a plan step that reads all that waits in some state, whatever
// endpoint it waits for.
var wholeQueue = regexp.MustCompile(`(event_deliveries|\bd\b) USING .*INDEX \w+ \(state=\?\)$`)

// TestPlansOnSQLite reads the plan of every query behind the hot reads.
func TestPlansOnSQLite(t *testing.T) {
	s := storetest.OpenSQLite(t, nil)
	fill(t, s)
	type captured struct {
		query string
		args  []any
	}
	var queries []captured
	if err := s.Capture(func(q string, args []any) { queries = append(queries, captured{q, args}) }); err != nil {
		t.Fatal(err)
	}
	for _, r := range hotReads {
		queries = nil
		rows, err := r.run(t.Context(), s)
		if err != nil || rows != r.want {
			t.Errorf("%s: %d rows, want %d; %v", r.name, rows, r.want, err)
		}
		if len(queries) == 0 {
			t.Errorf("%s: no query seen", r.name)
		}
		for _, q := range queries {
			steps, parents := map[string]string{}, map[string]string{}
			query(t, s.ReadSQL(), "EXPLAIN QUERY PLAN "+q.query, func(v []string) { steps[v[0]], parents[v[0]] = v[3], v[1] }, q.args...)
			for id, step := range steps {
				m := wide.FindStringSubmatch(step)
				ordered := strings.Contains(step, "USING") // in list order, ended by LIMIT
				inner := m != nil && regexp.MustCompile(`^(b\d+|k|c|e)$`).MatchString(m[1])
				if m != nil && !inner && !ordered {
					t.Errorf("%s reads a whole table (%s): %s", r.name, step, q.query)
				}
				if strings.Contains(q.query, "e.due") && wholeQueue.MatchString(step) {
					t.Errorf("%s reads the whole queue of webhooks (%s): %s", r.name, step, q.query)
				}
				if strings.Contains(step, "TEMP B-TREE") && regexp.MustCompile(`(CO-ROUTINE|MATERIALIZE) (b\d+|c|e)$`).MatchString(steps[parents[id]]) {
					t.Errorf("%s sorts a whole range: %s", r.name, q.query)
				}
			}
		}
	}
}
