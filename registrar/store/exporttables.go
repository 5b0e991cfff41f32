package store

// exportTable says which rows of a table an export of one's data holds, how they
// are found from the customer, and which columns are shown. Every table of the
// schema is in exportTables or in notExported, and every column of one that is
// exported is in show or in hide: a test compares both with the schema.
type exportTable struct {
	section string // its list in the document; several tables may share one
	table   string
	of      string // the section whose ids lead here; "" = the customer's own id
	by      string // column that holds that id
	where   string // what else must hold, over constants only
	key     string // columns, comma-separated, that order the rows under one id by an index
	id      string // column whose value leads to other sections; "" = id
	join    string // SQL; columns of the joined table are written with its alias
	index   string // which one MySQL and MariaDB must read by; "" = they see it
	// since is the column that tells when a row of a name was written; what is not
	// behind the name's last move is the former customer's. Either id, of an audit
	// event, or a time.
	since string
	// show lists fields: column, column:kind, or name=column:kind. Kinds: n number,
	// b truth value, j JSON; text and times need none.
	show string
	hide map[string]string // column → why it is not shown
}

// Reasons that hold for many columns.
const (
	whySelf    = "the customer or the row above, the same for all"
	whySecret  = "a secret, or what one could be tried against"
	whyStaff   = "names a member of staff"
	whyMachine = "bookkeeping of the program"
	whySearch  = "made from other columns for looking things up"
)

// auditShow is how all histories are shown: neither address nor id of staff.
const auditShow = "id, at=occurred_at, action, object=object_id, name=object_name, by=by_kind, " +
	"by_id=CASE WHEN t.by_kind = 'staff' THEN '' ELSE t.by_id END, acting_for=by_for, " +
	"address=CASE WHEN t.by_kind = 'staff' THEN '' ELSE p.ip END, before=p.before_json:j, after=p.after_json:j"

var auditHide = map[string]string{
	"by_request_id": whyMachine, "object_kind": whySelf, "retention": whyMachine, "payload_digest": whySecret, "digest": whyMachine, "unchained_since": whyMachine,
}

func historyOf(section, kind, of string) exportTable {
	return exportTable{section: section, table: "audit_events", of: of, by: "object_id", where: "t.object_kind = '" + kind + "'", key: "id",
		join: "LEFT JOIN audit_payloads AS p ON p.event_id = t.id", index: "ix_audit_events_object_kind_object_id_id", show: auditShow, hide: auditHide, since: ofNames(of, "id")}
}

// withoutHolds leaves out that there is or was a legal hold, and why.
func withoutHolds(t exportTable) exportTable {
	t.where += " AND t.action <> 'customer.legal_hold' AND t.action <> 'customer.legal_hold_lifted'"
	return t
}

// ofNames is the column where rows are found through names, which may have had
// another customer before.
func ofNames(of, column string) string {
	if of != "domains" {
		return ""
	}
	return column
}

// exportTables is the one list of what an export holds, in the order of the
// document. A section comes after the one that leads to it.
var exportTables = []exportTable{
	{section: "users", table: "users", by: "customer_id", key: "id",
		show: "id, email, name, role, created_at, email_verified_at, removed_at=disabled_at",
		hide: map[string]string{"customer_id": whySelf, "password_hash": whySecret, "revision": whyMachine}},
	{section: "sessions", table: "user_sessions", of: "users", by: "user_id", key: "id",
		show: "id, user_id, door, method, agent, address=ip, created_at, last_seen=seen_at, proved_at, ends_at, ended_at, end_reason",
		hide: map[string]string{"device": whySecret}},
	{section: "authenticator_apps", table: "user_totp", of: "users", by: "user_id", id: "user_id", show: "user_id, created_at, confirmed_at",
		hide: map[string]string{"sealed": whySecret, "last_step": whyMachine}},
	{section: "passkeys", table: "user_passkeys", of: "users", by: "user_id", key: "id",
		show: "id, user_id, name, created_at, last_used_at, backup_eligible:b, backed_up:b, transports:j, sign_count:n",
		hide: map[string]string{"digest": whySecret, "credential": whySecret, "public_key": whySecret}},
	{section: "failed_tries", table: "failed_tries", of: "users", by: "user_id", key: "id",
		show: "user_id, kind, hour=opened_at, tries:n, last_at, last_address=last_ip", hide: map[string]string{"id": whyMachine, "recorded_at": whyMachine}},
	{section: "recovery_codes", table: "recovery_codes", of: "users", by: "user_id", key: "digest", id: "user_id", show: "user_id, created_at, used_at",
		hide: map[string]string{"digest": whySecret}},
	{section: "invitations", table: "tickets", by: "customer_id", key: "digest", id: "email", show: "kind, email, role, invited_by=user_id, created_at, expires_at, ended_at=used_at",
		hide: map[string]string{"digest": whySecret, "customer_id": whySelf, "basket": "for sign-ups only"}},
	{section: "mailed_codes", table: "tickets", of: "users", by: "user_id", where: "t.kind <> 'invite'", key: "digest", id: "email",
		show: "user_id, kind, email, created_at, expires_at, ended_at=used_at",
		hide: map[string]string{"digest": whySecret, "role": "for invitations only", "basket": "for sign-ups only", "customer_id": whySelf}},
	{section: "impersonations", table: "impersonations", by: "customer_id", key: "id", show: "id, user_id, reason, started_at",
		hide: map[string]string{"customer_id": whySelf, "staff_id": whyStaff, "staff_session": whyStaff}},
	{section: "api_tokens", table: "api_tokens", by: "customer_id", key: "id",
		show: "id, user_id, name, scopes:j, networks:j, created_at, expires_at, last_used_at, revoked_at",
		hide: map[string]string{"customer_id": whySelf, "digest": whySecret, "hint": whySecret}},
	{section: "webhooks", table: "webhook_endpoints", by: "customer_id", key: "id",
		show: "id, url, description, events=kinds:j, created_at, created_by, address_by, off_at, off_reason=off_why, removed_at, previous_secret_until=previous_until, failures:n, failing_since",
		hide: map[string]string{"customer_id": whySelf, "sealed": whySecret, "previous_sealed": whySecret, "created_kind": whyMachine, "due_at": whyMachine,
			"lease_holder": whyMachine, "lease_token": whyMachine, "lease_until": whyMachine, "revision": whyMachine}},
	{section: "webhook_deliveries", table: "event_deliveries", of: "webhooks", by: "endpoint_id", key: "id",
		show: "id, endpoint_id, event_id, kind, state, attempt:n, last_status:n, last_error, created_at, queued_at, finished_at", hide: map[string]string{"due_at": whyMachine}},
	{section: "webhook_attempts", table: "delivery_attempts", of: "webhook_deliveries", by: "delivery_id", key: "id",
		show: "id, delivery_id, started_at, duration_us:n, status:n, error, note, answer"},
	{section: "contact_ids", table: "contacts", by: "customer_id", key: "id", show: "id, version:n, created_at", hide: map[string]string{"customer_id": whySelf}},
	{section: "contacts", table: "contact_versions", of: "contact_ids", by: "contact_id", key: "version", id: "contact_id",
		show: "id=contact_id, version:n, name, organization, street:j, city, state, postal_code, country_code, phone, email, created_at",
		hide: map[string]string{"customer_id": whySelf}},
	{section: "registry_contacts", table: "registry_contacts", of: "contact_ids", by: "contact_id", key: "registry, version, handle", id: "handle",
		show: "registry, handle, contact_id, version:n, created:b"},
	{section: "imported_contacts", table: "import_contacts", by: "customer_id", key: "digest", id: "contact_id", show: "contact_id",
		hide: map[string]string{"customer_id": whySelf, "digest": whySearch}},
	{section: "basket", table: "basket_lines", by: "basket", key: "name",
		show: "name, years:n, contact_id, name_servers:j, price_minor:n, currency, quoted_at, changed_at, position:n",
		hide: map[string]string{"id": whyMachine, "basket": whySelf, "revision": whyMachine}},
	{section: "domains", table: "domains", by: "customer_id", key: "state, name, id", index: "ix_domains_customer_id_state_name_id",
		show: "id, name, unicode_name=uname, tld, registry, registry_object_id=roid, owner_system, state, registrant_id, registrant_version:n, name_servers:j, statuses:j, " +
			"created_at, expires_at, expires_as_given=expires_raw, changed_at, ordered_at, ended_at",
		hide: map[string]string{"customer_id": whySelf, "needs_info": whyMachine, "revision": whyMachine, "live_name": whySearch}},
	{section: "domain_contacts", table: "domain_contacts", of: "domains", by: "domain_id", key: "role", id: "contact_id", show: "domain_id, role, contact_id"},
	{section: "hosts", table: "subordinate_hosts", of: "domains", by: "domain_id", key: "name", id: "name", show: "domain_id, registry, name, addresses:j, created_at, changed_at"},
	{section: "staff_locks", table: "staff_locks", of: "domains", by: "domain_id", key: "status", id: "status", since: "set_at", show: "domain_id, status, set_at",
		hide: map[string]string{"reason": "may be a dispute or an order that must not be told", "by_kind": whyStaff, "by_id": whyStaff, "by_ip": whyStaff, "by_request_id": whyStaff}},
	{section: "transfer_codes", table: "transfer_codes", of: "domains", by: "domain_id", id: "domain_id", show: "domain_id, command_id, expires_at", hide: map[string]string{"sealed": whySecret}},
	{section: "events", table: "events", of: "domains", by: "domain_id", key: "id", where: "t.customer_id = ?",
		show: "id, kind, domain, domain_id, order_id, operation_id, detail, occurred_at", hide: map[string]string{"customer_id": whySelf}},
	{section: "duties", table: "duties", of: "domains", by: "subject_id", key: "id", where: "t.customer_id = ?",
		show: "id, policy, stage, cycle, subject_kind, subject_id, name=subject_name, contact_id, why, opens_at, due_at, closes_at, useful_until, state, act_at, tries:n, done_at, breached_at, note, created_at",
		hide: map[string]string{"customer_id": whySelf, "revision": whyMachine}},
	{section: "notices", table: "notices", of: "duties", by: "duty_id", key: "attempt",
		show: "id, duty_id, attempt:n, mail_id, to_address, to_name, language, template, subject, text_body, digest, state, result, queued_at, ended_at",
		hide: map[string]string{"html_body": "the words of text_body again", "retention": whyMachine}},
	{section: "mails", table: "mails", by: "customer_id", key: "id",
		show: "id, to_address, to_name, subject, text_body, template, state, attempt:n, last_error, created_at, sent_at",
		hide: map[string]string{"customer_id": whySelf, "html_body": "the words of text_body again", "event_id": whyMachine, "due_at": whyMachine, "lease_holder": whyMachine,
			"lease_token": whyMachine, "lease_until": whyMachine}},
	{section: "orders", table: "orders", by: "customer_id", key: "id",
		show: "id, state, total_minor:n, currency, agreement_version, agreement_language, agreement_address=agreement_ip, agreement_at, placed_at, by=by_kind, " +
			"by_id=CASE WHEN t.by_kind = 'staff' THEN '' ELSE t.by_id END, address=CASE WHEN t.by_kind = 'staff' THEN '' ELSE t.by_ip END",
		hide: map[string]string{"customer_id": whySelf, "by_request_id": whyMachine}},
	{section: "order_lines", table: "order_lines", of: "orders", by: "order_id", key: "line_no",
		show: "id, order_id, line_no:n, action, name=domain, domain_id, years:n, price_minor:n, currency=price_currency, state, operation_id, failure",
		hide: map[string]string{"cost_minor": "what a registry takes from us", "cost_currency": "what a registry takes from us", "hold_id": whyMachine}},
	{section: "operations", table: "operations", by: "customer_id", key: "state, id", index: "ix_operations_customer_id_state_id",
		show: "id, kind, name=domain, domain_id, order_id, state, failure_code, failure, by=by_kind, by_id=CASE WHEN t.by_kind = 'staff' THEN '' ELSE t.by_id END, " +
			"address=CASE WHEN t.by_kind = 'staff' THEN '' ELSE t.by_ip END, created_at, finished_at",
		hide: map[string]string{"customer_id": whySelf, "line_id": whyMachine, "by_request_id": whyMachine}},
	{section: "commands", table: "commands", of: "operations", by: "operation_id", key: "seq",
		show: "id, operation_id, seq:n, registry, verb, object, domain_id, billable:b, state, client_transaction=cl_trid, server_transaction=sv_trid, sent_at, result_code:n, result_msg, created_at, finished_at",
		hide: map[string]string{"spec": "told by contacts, names and transcripts; may hold a sealed code", "attempt": whyMachine, "lease_holder": whyMachine, "lease_token": whyMachine,
			"lease_until": whyMachine, "due_at": whyMachine, "sent_until": whyMachine, "settle_at": whyMachine, "absent": whyMachine, "review_note": whyStaff, "open_key": whyMachine}},
	{section: "transcripts", table: "transcripts", of: "commands", by: "command_id", key: "id", index: "ix_transcripts_command_id_id",
		show: "id, command_id, registry, verb, object, code:n, error, started_at, duration_us:n, request, response",
		hide: map[string]string{"session_id": whyMachine, "cl_trid": "stands with the command", "sv_trid": "stands with the command", "retention": whyMachine}},
	{section: "accounts", table: "accounts", by: "owner", where: "t.kind = 'customer'", key: "currency", index: "uq_accounts_kind_owner_currency",
		show: "id, currency, balance_minor=balance:n, held_minor=held:n", hide: map[string]string{"kind": whySelf, "owner": whySelf}},
	{section: "entries", table: "entries", of: "accounts", by: "account_id", key: "id", join: "JOIN postings AS p ON p.id = t.posting_id",
		show: "id, account_id, minor:n, posting_id, at=p.booked_at, kind=p.kind, memo=p.memo, ref=p.ref"},
	{section: "holds", table: "holds", of: "accounts", by: "account_id", key: "state, id", index: "ix_holds_account_id_state_id_minor",
		show: "id, account_id, minor:n, state, for=ref, created_at, ended_at"},
	{section: "payments", table: "payments", by: "customer_id", key: "id", index: "ix_payments_customer_id_id",
		show: "id, provider, ref, minor:n, currency, state, processing:b, note, created_at, finished_at, looked_at",
		hide: map[string]string{"customer_id": whySelf, "client_key": whyMachine, "look_at": whyMachine}},
	{section: "adjustments", table: "adjustments", by: "customer_id", key: "id",
		show: "id, minor:n, currency, reason, state, asked_at, decided_at, decision", hide: map[string]string{"customer_id": whySelf, "client_key": whyMachine, "asked_by": whyStaff, "decided_by": whyStaff}},
	{section: "receivables", table: "receivables", by: "customer_id", key: "id", index: "ix_receivables_customer_id_id",
		show: "id, kind, ref, currency, total_minor:n, open_minor:n, written_off_minor:n, state, opened_at, closed_at",
		hide: map[string]string{"customer_id": whySelf, "revision": whyMachine}},
	approvalsOf(""), approvalsOf("users"), approvalsOf("domains"), approvalsOf("adjustments"),
	mirrorOf(""), mirrorOf("domains"), mirrorIssuesOf(""), mirrorIssuesOf("domains"),
	withoutHolds(historyOf("account_history", "customer", "")), historyOf("user_history", "user", "users"), historyOf("token_history", "token", "api_tokens"),
	historyOf("contact_history", "contact", "contact_ids"), historyOf("domain_history", "domain", "domains"), historyOf("order_history", "order", "orders"),
}

func approvalsOf(section string) exportTable {
	return exportTable{section: "approvals", table: "approvals", of: section, by: "subject_id", key: "id", index: "ix_approvals_subject_id_id", since: ofNames(section, "asked_at"),
		show: "id, kind, subject=subject_id, reason, state, asked_at, expires_at, decided_at, decision",
		hide: map[string]string{"wish": "may name another customer or staff", "pending_key": whyMachine, "asked_by": whyStaff, "decided_by": whyStaff}}
}

func mirrorOf(section string) exportTable {
	return exportTable{section: "mirror_rows", table: "mirror_rows", of: section, by: "object_id", key: "system, kind, external_id", id: "external_id", index: "ix_mirror_rows_object_id", since: ofNames(section, "created_at"),
		show: "system, kind, external_id, name, standing, owner=owner_external, object_id, contact_id, contact_version:n, facts:j, gone_at, created_at",
		hide: map[string]string{"digest": whySearch, "applied": whySearch, "seen_run": whyMachine}}
}

// mirrorIssuesOf finds issues through the row that they are about.
func mirrorIssuesOf(section string) exportTable {
	return exportTable{section: "mirror_issues", table: "mirror_rows", of: section, by: "object_id", key: "system, kind, external_id, i.kind, i.field", id: "external_id", index: "ix_mirror_rows_object_id", since: ofNames(section, "created_at"),
		join: "JOIN mirror_issues AS i ON i.system = t.system AND i.object = t.kind AND i.external_id = t.external_id",
		show: "id=i.id, system, object=i.object, external_id, kind=i.kind, field=i.field, state=i.state, label=i.label, raw=i.raw, found_at=i.found_at, ended_at=i.ended_at, reason=i.reason",
		hide: mirrorOf("").withheldIn("kind, name, standing, owner_external, object_id, contact_id, contact_version, facts, gone_at, created_at")}
}

// notExported says of every other table why no export holds it.
var notExported = map[string]string{
	"customers":          "the account itself: the field account of the document",
	"customer_terms":     whySearch,
	"registry_hosts":     "which host objects a registry has, whoever uses them",
	"tlds":               "the catalogue, the same for all",
	"prices":             "the catalogue, the same for all",
	"agreements":         "the texts, the same for all; which was accepted when stands with the orders",
	"agreement_texts":    "the texts, the same for all; which was accepted when stands with the orders",
	"audit_payloads":     "joined to audit_events in the histories",
	"audit_chain":        "digests only",
	"postings":           "joined to entries",
	"mirror_issues":      "joined to mirror_rows",
	"mirror_runs":        "runs over all customers",
	"import_runs":        "runs over all customers",
	"import_findings":    "lines of a file of ours, by the number of the line",
	"registry_states":    "about a registry",
	"leases":             "bookkeeping of the processes",
	"idempotency_keys":   "digests of requests of the last 60 days; what they caused is in operations and orders",
	"sessions":           "the browser's own store under the digest of its secret; who is signed in where is in sessions of the document",
	"mail_secrets":       whySecret,
	"legal_holds":        "may be an order that must not be told",
	"retention_marks":    "bookkeeping of the purge",
	"transcript_objects": "made from transcripts for looking things up",
	"brakes":             "runs over all customers",
	"policy_marks":       "runs over all customers",
	"staff_allowances":   "what staff booked per day; user_id is a member of staff",
	"restores":           "runs over all customers",
	"restore_progress":   "runs over all customers",
	"restore_names":      "what a registry lists, for the time of a restore",
	"restore_findings":   "where a registry and a restored database disagreed; what came of it is in the histories",
	"differences":        "where a registry and we disagreed; what came of it is in the histories",
	"sync_progress":      "runs over all names of a registry",
	"registry_messages":  "what registries wrote, about any name of the account; what came of it is in the histories",

	"domain_contact_history": "what keeps former contacts from the purge; may name a contact of whoever had the name before",
}
