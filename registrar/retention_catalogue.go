package registrar

// RetentionEntry says of tables what they keep of people, how long, what ends it
// and which setting says so. docs/retention.md is made from the list, and a test
// compares it with the schema.
type RetentionEntry struct {
	Tables []string
	Class  string // a retention class, or "-" for what has nothing of people
	What   string
	Kept   string // how long
	Key    string // of the configuration; "" = fixed
	By     string // the job, or the act, that ends it; "" = nothing does
}

// RetentionCatalogue covers every table once.
var RetentionCatalogue = []RetentionEntry{
	{[]string{"audit_payloads"}, "operational", "addresses and what was said at sign-ins, tokens, webhooks", "180 days", "retention.operational", "purge-retention"},
	{[]string{"audit_payloads"}, "registration", "before and after of names, contacts, users, accounts", "while the name or the account lives, and two years after it", "retention.registration", "purge-retention"},
	{[]string{"audit_payloads"}, "transaction", "before and after of money and of approvals", "ten years, longer while money is open", "retention.money", "purge-retention"},
	{[]string{"audit_payloads"}, "correspondence", "what was done about notices", "the accreditation and two years after it", "retention.accreditation_ended, retention.after_accreditation", "purge-retention"},
	{[]string{"audit_events", "audit_chain"}, "-", "who did what when, by ids, and digests that prove it", "for good", "", ""},
	{[]string{"transcripts", "transcript_objects"}, "operational", "what was exchanged with registries, secrets masked", "180 days; what was asked for and answered stays with the command", "retention.operational", "purge-retention"},
	{[]string{"notices"}, "correspondence", "policy mails as they were sent: emptied, the digest stays", "the accreditation and two years after it", "retention.accreditation_ended, retention.after_accreditation", "purge-retention"},
	{[]string{"mails", "mail_secrets"}, "registration", "mails to a customer's users", "while the account is open, and two years after it; a secret until the mail is handed over", "retention.registration", "purge-retention"},
	{[]string{"mails"}, "operational", "mails to staff, and mails passed on to holders", "180 days", "retention.operational", "purge-retention"},
	{[]string{"contact_versions"}, "registration", "data of holders and other contacts: emptied, the row stays", "while a name has or had the contact and two years after it; the latest version also while the account is open", "retention.registration", "purge-retention"},
	{[]string{"contacts", "registry_contacts", "import_contacts", "domain_contacts", "domain_contact_history"}, "-", "which contact is where, by ids", "for good", "", ""},
	{[]string{"domains", "staff_locks", "subordinate_hosts", "events", "duties"}, "registration", "names, by ids of people", "the accreditation and two years after it, and longer: nothing ends it", "", ""},
	{[]string{"transfer_codes"}, "registration", "sealed codes", "while their command is open; afterwards until when they are good", "engine.transfer_code_life", "end-transfer-codes"},
	{[]string{"operations", "commands"}, "registration", "what was asked for, from which address, and sent to registries (RAA 3.4.2)", "the accreditation and two years after it, and longer: nothing ends it", "", ""},
	{[]string{"orders", "order_lines", "agreements", "agreement_texts"}, "transaction", "contracts: what was ordered, the accepted text, from which address", "the accreditation and two years after it, and longer: nothing ends it", "", ""},
	{[]string{"accounts", "entries", "postings", "holds", "payments", "adjustments", "receivables"}, "transaction", "money, by ids of people", "for good: the ledger proves itself by all of it", "", ""},
	{[]string{"approvals"}, "transaction", "acts that take two people", "for good", "", ""},
	{[]string{"staff_allowances"}, "transaction", "what a member of staff booked per day", "for good", "", ""},
	{[]string{"customers", "customer_terms", "users"}, "registration", "accounts and logins", "until the account is closed or the user removed: name and address are erased then", "", "closing, removing"},
	{[]string{"user_totp", "user_passkeys", "recovery_codes"}, "operational", "second factors and passkeys", "until they are ended or the user is removed", "", "ending, removing"},
	{[]string{"api_tokens"}, "registration", "names and rights of tokens, digests", "for good, for use that is asked about later", "", ""},
	{[]string{"user_sessions"}, "operational", "sign-ins with browser and address", "180 days after their end", "", "purge-access"},
	{[]string{"failed_tries"}, "operational", "how often a sign-in or a proof failed in an hour, and the last address", "90 days", "", "purge-access"},
	{[]string{"tickets"}, "operational", "codes sent by mail, as digests, and invitations", "30 days after their end", "", "purge-access"},
	{[]string{"impersonations"}, "operational", "who of staff acted for whom", "two years", "", "purge-access"},
	{[]string{"sessions"}, "operational", "the browser's store", "until it runs out", "", "purge-sessions"},
	{[]string{"idempotency_keys"}, "operational", "digests of requests", "60 days", "", "purge-idempotency-keys"},
	{[]string{"registry_messages"}, "operational", "messages of registries, secrets masked", "180 days; one that waits for a person until it is settled", "retention.operational", "purge-messages"},
	{[]string{"basket_lines"}, "operational", "names that somebody wants", "90 days after the last change", "", "purge-baskets"},
	{[]string{"webhook_endpoints"}, "registration", "addresses of customers' systems, sealed secrets", "until they are removed and their log is gone", "", "purge-webhooks"},
	{[]string{"event_deliveries", "delivery_attempts"}, "operational", "the log of webhooks", "30 days", "", "purge-webhooks"},
	{[]string{"mirror_rows", "mirror_issues"}, "registration", "what a billing system says of its customers and names", "while that system is mirrored: it is kept there", "", ""},
	{[]string{"import_runs", "import_findings"}, "-", "files that were brought in, lines that differed", "for good", "", ""},
	{[]string{"legal_holds"}, "registration", "customers of whom purge-retention keeps all it finds", "until it is lifted", "", "indera retention lift"},
	{[]string{"registry_hosts", "tlds", "prices", "registry_states", "leases", "brakes", "policy_marks", "retention_marks", "mirror_runs", "restores", "restore_progress", "restore_names", "restore_findings", "differences", "sync_progress"},
		"-", "nothing of people", "for good", "", ""},
}
