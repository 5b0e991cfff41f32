CREATE TABLE accounts (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    kind text NOT NULL CHECK (length(kind) <= 20 AND kind NOT GLOB '*[^ -~]*'),
    owner text NOT NULL CHECK (length(owner) <= 63 AND owner NOT GLOB '*[^ -~]*'),
    currency text NOT NULL CHECK (length(currency) <= 3 AND currency NOT GLOB '*[^ -~]*'),
    balance integer NOT NULL CHECK (typeof(balance) = 'integer'),
    held integer NOT NULL CHECK (typeof(held) = 'integer'),
    PRIMARY KEY (id)
) WITHOUT ROWID;

CREATE INDEX ix_accounts_kind_id ON accounts (kind, id);

CREATE UNIQUE INDEX uq_accounts_kind_owner_currency ON accounts (kind, owner, currency);

CREATE TABLE adjustments (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    minor integer NOT NULL CHECK (typeof(minor) = 'integer'),
    currency text NOT NULL CHECK (length(currency) <= 3 AND currency NOT GLOB '*[^ -~]*'),
    reason text NOT NULL CHECK (length(reason) <= 500),
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    client_key text NOT NULL CHECK (length(client_key) <= 64 AND client_key NOT GLOB '*[^ -~]*'),
    asked_by text NOT NULL CHECK (length(asked_by) <= 40 AND asked_by NOT GLOB '*[^ -~]*'),
    asked_at datetime NOT NULL,
    decided_by text NOT NULL CHECK (length(decided_by) <= 40 AND decided_by NOT GLOB '*[^ -~]*'),
    decided_at datetime NULL,
    decision text NOT NULL CHECK (length(decision) <= 500),
    PRIMARY KEY (id)
);

CREATE INDEX ix_adjustments_customer_id_id ON adjustments (customer_id, id);

CREATE INDEX ix_adjustments_state_id ON adjustments (state, id);

CREATE UNIQUE INDEX uq_adjustments_client_key ON adjustments (client_key);

CREATE TABLE agreement_texts (
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    version text NOT NULL CHECK (length(version) <= 64),
    language text NOT NULL CHECK (length(language) <= 35 AND language NOT GLOB '*[^ -~]*'),
    format text NOT NULL CHECK (length(format) <= 16 AND format NOT GLOB '*[^ -~]*'),
    body text NOT NULL,
    kept_at datetime NOT NULL,
    PRIMARY KEY (digest)
);

CREATE UNIQUE INDEX ux_agreement_texts_version ON agreement_texts (version, language);

CREATE TABLE agreements (
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    version text NOT NULL CHECK (length(version) <= 64),
    language text NOT NULL CHECK (length(language) <= 35 AND language NOT GLOB '*[^ -~]*'),
    body text NOT NULL,
    kept_at datetime NOT NULL,
    PRIMARY KEY (digest)
);

CREATE INDEX ix_agreements_version ON agreements (version, language, kept_at);

CREATE TABLE api_tokens (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    user_id text NOT NULL CHECK (length(user_id) <= 40 AND user_id NOT GLOB '*[^ -~]*'),
    name text NOT NULL CHECK (length(name) <= 255),
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    hint text NOT NULL CHECK (length(hint) <= 8 AND hint NOT GLOB '*[^ -~]*'),
    scopes text NOT NULL,
    created_at datetime NOT NULL,
    expires_at datetime NULL,
    last_used_at datetime NULL,
    revoked_at datetime NULL, networks text NULL,
    PRIMARY KEY (id)
);

CREATE INDEX ix_api_tokens_customer_id_id ON api_tokens (customer_id, id);

CREATE UNIQUE INDEX uq_api_tokens_digest ON api_tokens (digest);

CREATE TABLE approvals (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    kind text NOT NULL CHECK (length(kind) <= 20 AND kind NOT GLOB '*[^ -~]*'),
    subject_id text NOT NULL CHECK (length(subject_id) <= 40 AND subject_id NOT GLOB '*[^ -~]*'),
    wish text NOT NULL,
    reason text NOT NULL CHECK (length(reason) <= 500),
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    pending_key text NULL CHECK (length(pending_key) <= 64 AND pending_key NOT GLOB '*[^ -~]*'),
    asked_by text NOT NULL CHECK (length(asked_by) <= 40 AND asked_by NOT GLOB '*[^ -~]*'),
    asked_at datetime NOT NULL,
    expires_at datetime NOT NULL,
    decided_by text NOT NULL CHECK (length(decided_by) <= 40 AND decided_by NOT GLOB '*[^ -~]*'),
    decided_at datetime NULL,
    decision text NOT NULL CHECK (length(decision) <= 500),
    PRIMARY KEY (id)
);

CREATE INDEX ix_approvals_state_expires_at ON approvals (state, expires_at);

CREATE INDEX ix_approvals_state_id ON approvals (state, id);

CREATE INDEX ix_approvals_subject_id_id ON approvals (subject_id, id);

CREATE UNIQUE INDEX uq_approvals_pending_key ON approvals (pending_key);

CREATE TABLE audit_chain (
    seq integer NOT NULL CHECK (typeof(seq) = 'integer'),
    event_id text NOT NULL CHECK (length(event_id) <= 40 AND event_id NOT GLOB '*[^ -~]*'),
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    chain_digest text NOT NULL CHECK (length(chain_digest) <= 64 AND chain_digest NOT GLOB '*[^ -~]*'),
    chained_at datetime NOT NULL,
    PRIMARY KEY (seq)
) WITHOUT ROWID;

CREATE UNIQUE INDEX uq_audit_chain_event_id ON audit_chain (event_id);

CREATE TABLE audit_events (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    occurred_at datetime NOT NULL,
    by_kind text NOT NULL CHECK (length(by_kind) <= 20 AND by_kind NOT GLOB '*[^ -~]*'),
    by_id text NOT NULL CHECK (length(by_id) <= 100 AND by_id NOT GLOB '*[^ -~]*'),
    by_request_id text NOT NULL CHECK (length(by_request_id) <= 64 AND by_request_id NOT GLOB '*[^ -~]*'),
    action text NOT NULL CHECK (length(action) <= 64 AND action NOT GLOB '*[^ -~]*'),
    object_kind text NOT NULL CHECK (length(object_kind) <= 32 AND object_kind NOT GLOB '*[^ -~]*'),
    object_id text NOT NULL CHECK (length(object_id) <= 64 AND object_id NOT GLOB '*[^ -~]*'),
    object_name text NOT NULL CHECK (length(object_name) <= 255),
    retention text NOT NULL CHECK (length(retention) <= 20 AND retention NOT GLOB '*[^ -~]*'),
    payload_digest text NOT NULL CHECK (length(payload_digest) <= 64 AND payload_digest NOT GLOB '*[^ -~]*'),
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    unchained_since integer NULL, by_for text NOT NULL DEFAULT '' CHECK (length(by_for) <= 40 AND by_for NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (id)
);

CREATE INDEX ix_audit_events_object_kind_object_id_id ON audit_events (object_kind, object_id, id);

CREATE INDEX ix_audit_events_unchained_since_id ON audit_events (unchained_since, id);

CREATE TABLE audit_payloads (
    event_id text NOT NULL CHECK (length(event_id) <= 40 AND event_id NOT GLOB '*[^ -~]*'),
    retention text NOT NULL CHECK (length(retention) <= 20 AND retention NOT GLOB '*[^ -~]*'),
    salt text NOT NULL CHECK (length(salt) <= 64 AND salt NOT GLOB '*[^ -~]*'),
    ip text NOT NULL CHECK (length(ip) <= 64 AND ip NOT GLOB '*[^ -~]*'),
    before_json text NULL,
    after_json text NULL,
    recorded_at datetime NOT NULL,
    PRIMARY KEY (event_id)
);

CREATE INDEX ix_audit_payloads_retention_recorded_at ON audit_payloads (retention, recorded_at);

CREATE TABLE basket_lines (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    basket text NOT NULL CHECK (length(basket) <= 40 AND basket NOT GLOB '*[^ -~]*'),
    name text NOT NULL CHECK (length(name) <= 255 AND name NOT GLOB '*[^ -~]*'),
    years integer NOT NULL CHECK (typeof(years) = 'integer'),
    contact_id text NOT NULL CHECK (length(contact_id) <= 40 AND contact_id NOT GLOB '*[^ -~]*'),
    name_servers text NOT NULL,
    price_minor integer NOT NULL CHECK (typeof(price_minor) = 'integer'),
    currency text NOT NULL CHECK (length(currency) <= 3 AND currency NOT GLOB '*[^ -~]*'),
    quoted_at datetime NOT NULL,
    changed_at datetime NOT NULL,
    revision integer NOT NULL CHECK (typeof(revision) = 'integer'), position integer NOT NULL DEFAULT 0 CHECK (typeof(position) = 'integer'),
    PRIMARY KEY (id)
);

CREATE INDEX ix_basket_lines_changed_at ON basket_lines (changed_at);

CREATE UNIQUE INDEX ux_basket_lines_basket_name ON basket_lines (basket, name);

CREATE TABLE brakes (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    policy text NOT NULL CHECK (length(policy) <= 40 AND policy NOT GLOB '*[^ -~]*'),
    notices integer NOT NULL CHECK (typeof(notices) = 'integer'),
    names integer NOT NULL CHECK (typeof(names) = 'integer'),
    pass_limit integer NOT NULL CHECK (typeof(pass_limit) = 'integer'),
    engaged_at datetime NOT NULL,
    released_at datetime NULL,
    released_by text NOT NULL CHECK (length(released_by) <= 40 AND released_by NOT GLOB '*[^ -~]*'),
    reason text NOT NULL CHECK (length(reason) <= 500),
    engaged_key text NULL CHECK (length(engaged_key) <= 40 AND engaged_key NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (id)
);

CREATE INDEX ix_brakes_policy_released_at ON brakes (policy, released_at);

CREATE UNIQUE INDEX uq_brakes_engaged_key ON brakes (engaged_key);

CREATE TABLE commands (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    operation_id text NOT NULL CHECK (length(operation_id) <= 40 AND operation_id NOT GLOB '*[^ -~]*'),
    seq integer NOT NULL CHECK (typeof(seq) = 'integer'),
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    verb text NOT NULL CHECK (length(verb) <= 40 AND verb NOT GLOB '*[^ -~]*'),
    object text NOT NULL CHECK (length(object) <= 255),
    domain_id text NOT NULL CHECK (length(domain_id) <= 40 AND domain_id NOT GLOB '*[^ -~]*'),
    billable integer NOT NULL CHECK (billable IN (0, 1)),
    spec text NOT NULL,
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    attempt integer NOT NULL CHECK (typeof(attempt) = 'integer'),
    cl_trid text NULL CHECK (length(cl_trid) <= 64 AND cl_trid NOT GLOB '*[^ -~]*'),
    sv_trid text NOT NULL CHECK (length(sv_trid) <= 255),
    lease_holder text NOT NULL CHECK (length(lease_holder) <= 100 AND lease_holder NOT GLOB '*[^ -~]*'),
    lease_token text NOT NULL CHECK (length(lease_token) <= 64 AND lease_token NOT GLOB '*[^ -~]*'),
    lease_until integer NOT NULL CHECK (typeof(lease_until) = 'integer'),
    due_at integer NOT NULL CHECK (typeof(due_at) = 'integer'),
    sent_at datetime NULL,
    sent_until datetime NULL,
    settle_at integer NULL,
    absent integer NOT NULL CHECK (typeof(absent) = 'integer'),
    result_code integer NOT NULL CHECK (typeof(result_code) = 'integer'),
    result_msg text NOT NULL,
    review_note text NOT NULL,
    created_at datetime NOT NULL,
    finished_at datetime NULL,
    open_key text NULL CHECK (length(open_key) <= 255),
    PRIMARY KEY (id)
);

CREATE INDEX ix_commands_domain_id_id ON commands (domain_id, id);

CREATE INDEX ix_commands_registry_state_billable_due_at_id ON commands (registry, state, billable, due_at, id);

CREATE INDEX ix_commands_registry_state_id ON commands (registry, state, id);

CREATE INDEX ix_commands_state_id ON commands (state, id);

CREATE UNIQUE INDEX uq_commands_cl_trid ON commands (cl_trid);

CREATE UNIQUE INDEX uq_commands_open_key ON commands (open_key);

CREATE UNIQUE INDEX uq_commands_operation_id_seq ON commands (operation_id, seq);

CREATE TABLE contact_versions (
    contact_id text NOT NULL CHECK (length(contact_id) <= 40 AND contact_id NOT GLOB '*[^ -~]*'),
    version integer NOT NULL CHECK (typeof(version) = 'integer'),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    name text NOT NULL CHECK (length(name) <= 255),
    organization text NOT NULL CHECK (length(organization) <= 255),
    street text NOT NULL,
    city text NOT NULL CHECK (length(city) <= 255),
    state text NOT NULL CHECK (length(state) <= 255),
    postal_code text NOT NULL CHECK (length(postal_code) <= 16),
    country_code text NOT NULL CHECK (length(country_code) <= 2 AND country_code NOT GLOB '*[^ -~]*'),
    phone text NOT NULL CHECK (length(phone) <= 20 AND phone NOT GLOB '*[^ -~]*'),
    email text NOT NULL CHECK (length(email) <= 254),
    created_at datetime NOT NULL,
    PRIMARY KEY (contact_id, version)
);

CREATE TABLE contacts (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    version integer NOT NULL CHECK (typeof(version) = 'integer'),
    created_at datetime NOT NULL,
    PRIMARY KEY (id)
) WITHOUT ROWID;

CREATE INDEX ix_contacts_customer_id_id ON contacts (customer_id, id);

CREATE TABLE customer_terms (
    term text NOT NULL CHECK (length(term) <= 64),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (term, customer_id)
) WITHOUT ROWID;

CREATE INDEX ix_customer_terms_customer_id ON customer_terms (customer_id);

CREATE TABLE customers (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    name text NOT NULL CHECK (length(name) <= 255),
    currency text NOT NULL CHECK (length(currency) <= 3 AND currency NOT GLOB '*[^ -~]*'),
    language text NOT NULL CHECK (length(language) <= 35 AND language NOT GLOB '*[^ -~]*'),
    created_at datetime NOT NULL, closed_at datetime NULL, revision integer NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
);

CREATE TABLE delivery_attempts (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    delivery_id text NOT NULL CHECK (length(delivery_id) <= 40 AND delivery_id NOT GLOB '*[^ -~]*'),
    started_at datetime NOT NULL,
    duration_us integer NOT NULL,
    status integer NOT NULL,
    error text NOT NULL CHECK (length(error) <= 20 AND error NOT GLOB '*[^ -~]*'),
    note text NOT NULL CHECK (length(note) <= 255),
    answer text NOT NULL CHECK (length(answer) <= 1000),
    PRIMARY KEY (id)
);

CREATE INDEX ix_delivery_attempts_delivery_id_id ON delivery_attempts (delivery_id, id);

CREATE TABLE differences (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    name text NOT NULL CHECK (length(name) <= 255 AND name NOT GLOB '*[^ -~]*'),
    domain_id text NOT NULL CHECK (length(domain_id) <= 40 AND domain_id NOT GLOB '*[^ -~]*'),
    kind text NOT NULL CHECK (length(kind) <= 20 AND kind NOT GLOB '*[^ -~]*'),
    open_key text NULL CHECK (length(open_key) <= 64 AND open_key NOT GLOB '*[^ -~]*'),
    ours text NOT NULL,
    theirs text NOT NULL,
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    found_at datetime NOT NULL,
    seen_at datetime NOT NULL,
    ended_at datetime NULL,
    ended_by text NOT NULL CHECK (length(ended_by) <= 64 AND ended_by NOT GLOB '*[^ -~]*'),
    note text NOT NULL CHECK (length(note) <= 500),
    revision integer NOT NULL CHECK (typeof(revision) = 'integer'),
    PRIMARY KEY (id)
);

CREATE INDEX ix_differences_name ON differences (name);

CREATE INDEX ix_differences_registry_state_id ON differences (registry, state, id);

CREATE INDEX ix_differences_state_id ON differences (state, id);

CREATE UNIQUE INDEX uq_differences_open_key ON differences (open_key);

CREATE TABLE domain_contact_history (
    contact_id text NOT NULL CHECK (length(contact_id) <= 40 AND contact_id NOT GLOB '*[^ -~]*'),
    domain_id text NOT NULL CHECK (length(domain_id) <= 40 AND domain_id NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (contact_id, domain_id)
) WITHOUT ROWID;

CREATE TABLE domain_contacts (
    domain_id text NOT NULL CHECK (length(domain_id) <= 40 AND domain_id NOT GLOB '*[^ -~]*'),
    role text NOT NULL CHECK (length(role) <= 20 AND role NOT GLOB '*[^ -~]*'),
    contact_id text NOT NULL CHECK (length(contact_id) <= 40 AND contact_id NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (domain_id, role)
) WITHOUT ROWID;

CREATE INDEX ix_domain_contacts_contact_id_domain_id_role ON domain_contacts (contact_id, domain_id, role);

CREATE INDEX ix_domain_contacts_contact_id_role_domain_id ON domain_contacts (contact_id, role, domain_id);

CREATE TABLE domains (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    name text NOT NULL CHECK (length(name) <= 255 AND name NOT GLOB '*[^ -~]*'),
    uname text NOT NULL CHECK (length(uname) <= 255),
    tld text NOT NULL CHECK (length(tld) <= 255 AND tld NOT GLOB '*[^ -~]*'),
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    owner_system text NOT NULL CHECK (length(owner_system) <= 63 AND owner_system NOT GLOB '*[^ -~]*'),
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    roid text NOT NULL CHECK (length(roid) <= 89),
    registrant_id text NOT NULL CHECK (length(registrant_id) <= 40 AND registrant_id NOT GLOB '*[^ -~]*'),
    registrant_version integer NOT NULL CHECK (typeof(registrant_version) = 'integer'),
    name_servers text NOT NULL,
    statuses text NOT NULL,
    created_at datetime NULL,
    expires_at datetime NULL,
    expires_raw text NOT NULL CHECK (length(expires_raw) <= 64 AND expires_raw NOT GLOB '*[^ -~]*'),
    changed_at datetime NULL,
    ordered_at datetime NOT NULL,
    needs_info integer NOT NULL CHECK (needs_info IN (0, 1)),
    revision integer NOT NULL CHECK (typeof(revision) = 'integer'),
    live_name text NULL CHECK (length(live_name) <= 255 AND live_name NOT GLOB '*[^ -~]*'), ended_at datetime NULL,
    PRIMARY KEY (id)
);

CREATE INDEX ix_domains_customer_id_state_name_id ON domains (customer_id, state, name, id);

CREATE INDEX ix_domains_owner_system_state_expires_at_id ON domains (owner_system, state, expires_at, id);

CREATE INDEX ix_domains_registry_needs_info_id ON domains (registry, needs_info, id);

CREATE INDEX ix_domains_registry_owner_system_state ON domains (registry, owner_system, state);

CREATE INDEX ix_domains_registry_state_name_id ON domains (registry, state, name, id);

CREATE INDEX ix_domains_state_name_id ON domains (state, name, id);

CREATE UNIQUE INDEX uq_domains_live_name ON domains (live_name);

CREATE TABLE duties (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    policy text NOT NULL CHECK (length(policy) <= 40 AND policy NOT GLOB '*[^ -~]*'),
    stage text NOT NULL CHECK (length(stage) <= 40 AND stage NOT GLOB '*[^ -~]*'),
    cycle text NOT NULL CHECK (length(cycle) <= 40 AND cycle NOT GLOB '*[^ -~]*'),
    subject_kind text NOT NULL CHECK (length(subject_kind) <= 20 AND subject_kind NOT GLOB '*[^ -~]*'),
    subject_id text NOT NULL CHECK (length(subject_id) <= 40 AND subject_id NOT GLOB '*[^ -~]*'),
    subject_name text NOT NULL CHECK (length(subject_name) <= 255 AND subject_name NOT GLOB '*[^ -~]*'),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    contact_id text NOT NULL CHECK (length(contact_id) <= 40 AND contact_id NOT GLOB '*[^ -~]*'),
    why text NOT NULL CHECK (length(why) <= 255),
    opens_at datetime NOT NULL,
    due_at datetime NOT NULL,
    closes_at datetime NOT NULL,
    useful_until datetime NOT NULL,
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    act_at datetime NULL,
    tries integer NOT NULL CHECK (typeof(tries) = 'integer'),
    done_at datetime NULL,
    breached_at datetime NULL,
    note text NOT NULL,
    created_at datetime NOT NULL,
    revision integer NOT NULL CHECK (typeof(revision) = 'integer'),
    PRIMARY KEY (id)
);

CREATE INDEX ix_duties_policy_state_act_at_id ON duties (policy, state, act_at, id);

CREATE INDEX ix_duties_policy_state_closes_at_id ON duties (policy, state, closes_at, id);

CREATE INDEX ix_duties_policy_state_id ON duties (policy, state, id);

CREATE INDEX ix_duties_subject_id_id ON duties (subject_id, id);

CREATE INDEX ix_duties_subject_name_id ON duties (subject_name, id);

CREATE UNIQUE INDEX uq_duties_subject_id_policy_stage_cycle ON duties (subject_id, policy, stage, cycle);

CREATE TABLE entries (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    posting_id text NOT NULL CHECK (length(posting_id) <= 40 AND posting_id NOT GLOB '*[^ -~]*'),
    account_id text NOT NULL CHECK (length(account_id) <= 40 AND account_id NOT GLOB '*[^ -~]*'),
    minor integer NOT NULL CHECK (typeof(minor) = 'integer'),
    PRIMARY KEY (id)
) WITHOUT ROWID;

CREATE INDEX ix_entries_account_id_id_minor ON entries (account_id, id, minor);

CREATE INDEX ix_entries_posting_id ON entries (posting_id);

CREATE TABLE event_deliveries (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    endpoint_id text NOT NULL CHECK (length(endpoint_id) <= 40 AND endpoint_id NOT GLOB '*[^ -~]*'),
    event_id text NOT NULL CHECK (length(event_id) <= 40 AND event_id NOT GLOB '*[^ -~]*'),
    kind text NOT NULL CHECK (length(kind) <= 40 AND kind NOT GLOB '*[^ -~]*'),
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    attempt integer NOT NULL,
    due_at integer NOT NULL CHECK (typeof(due_at) = 'integer'),
    last_status integer NOT NULL,
    last_error text NOT NULL CHECK (length(last_error) <= 20 AND last_error NOT GLOB '*[^ -~]*'),
    created_at datetime NOT NULL,
    queued_at datetime NOT NULL,
    finished_at datetime NULL,
    PRIMARY KEY (id)
);

CREATE INDEX ix_event_deliveries_endpoint_id_id ON event_deliveries (endpoint_id, id);

CREATE INDEX ix_event_deliveries_endpoint_id_state_id ON event_deliveries (endpoint_id, state, id);

CREATE INDEX ix_event_deliveries_queued_at_id ON event_deliveries (queued_at, id);

CREATE INDEX ix_event_deliveries_state_endpoint_id_due_at_id ON event_deliveries (state, endpoint_id, due_at, id);

CREATE INDEX ix_event_deliveries_state_id ON event_deliveries (state, id);

CREATE UNIQUE INDEX uq_event_deliveries_endpoint_id_event_id ON event_deliveries (endpoint_id, event_id);

CREATE TABLE events (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    kind text NOT NULL CHECK (length(kind) <= 40 AND kind NOT GLOB '*[^ -~]*'),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    domain text NOT NULL CHECK (length(domain) <= 255 AND domain NOT GLOB '*[^ -~]*'),
    domain_id text NOT NULL CHECK (length(domain_id) <= 40 AND domain_id NOT GLOB '*[^ -~]*'),
    order_id text NOT NULL CHECK (length(order_id) <= 40 AND order_id NOT GLOB '*[^ -~]*'),
    operation_id text NOT NULL CHECK (length(operation_id) <= 40 AND operation_id NOT GLOB '*[^ -~]*'),
    detail text NOT NULL CHECK (length(detail) <= 1000),
    occurred_at datetime NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX ix_events_domain_id_id ON events (domain_id, id);

CREATE TABLE failed_tries (
    id text NOT NULL CHECK (length(id) <= 80 AND id NOT GLOB '*[^ -~]*'),
    user_id text NOT NULL CHECK (length(user_id) <= 40 AND user_id NOT GLOB '*[^ -~]*'),
    kind text NOT NULL CHECK (length(kind) <= 20 AND kind NOT GLOB '*[^ -~]*'),
    opened_at datetime NOT NULL,
    tries integer NOT NULL CHECK (typeof(tries) = 'integer'),
    last_at datetime NOT NULL,
    last_ip text NOT NULL CHECK (length(last_ip) <= 45 AND last_ip NOT GLOB '*[^ -~]*'),
    recorded_at datetime NULL,
    PRIMARY KEY (id)
);

CREATE INDEX ix_failed_tries_opened_at ON failed_tries (opened_at);

CREATE INDEX ix_failed_tries_recorded_at_opened_at ON failed_tries (recorded_at, opened_at);

CREATE INDEX ix_failed_tries_user_id_opened_at ON failed_tries (user_id, opened_at);

CREATE TABLE holds (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    account_id text NOT NULL CHECK (length(account_id) <= 40 AND account_id NOT GLOB '*[^ -~]*'),
    ref text NOT NULL CHECK (length(ref) <= 64 AND ref NOT GLOB '*[^ -~]*'),
    minor integer NOT NULL CHECK (typeof(minor) = 'integer'),
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    created_at datetime NOT NULL,
    ended_at datetime NULL,
    PRIMARY KEY (id)
) WITHOUT ROWID;

CREATE INDEX ix_holds_account_id_state_id_minor ON holds (account_id, state, id, minor);

CREATE UNIQUE INDEX uq_holds_ref ON holds (ref);

CREATE TABLE idempotency_keys (
    scope text NOT NULL CHECK (length(scope) <= 64 AND scope NOT GLOB '*[^ -~]*'),
    client_key text NOT NULL CHECK (length(client_key) <= 255),
    body_digest text NOT NULL CHECK (length(body_digest) <= 64 AND body_digest NOT GLOB '*[^ -~]*'),
    operation_id text NOT NULL CHECK (length(operation_id) <= 40 AND operation_id NOT GLOB '*[^ -~]*'),
    created_at datetime NOT NULL,
    expires_at datetime NOT NULL,
    PRIMARY KEY (scope, client_key)
) WITHOUT ROWID;

CREATE INDEX ix_idempotency_keys_expires_at ON idempotency_keys (expires_at);

CREATE TABLE impersonations (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    user_id text NOT NULL CHECK (length(user_id) <= 40 AND user_id NOT GLOB '*[^ -~]*'),
    staff_id text NOT NULL CHECK (length(staff_id) <= 40 AND staff_id NOT GLOB '*[^ -~]*'),
    staff_session text NOT NULL CHECK (length(staff_session) <= 40 AND staff_session NOT GLOB '*[^ -~]*'),
    reason text NOT NULL CHECK (length(reason) <= 500),
    started_at datetime NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX ix_impersonations_customer_id_id ON impersonations (customer_id, id);

CREATE INDEX ix_impersonations_started_at ON impersonations (started_at);

CREATE TABLE import_contacts (
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    contact_id text NOT NULL CHECK (length(contact_id) <= 40 AND contact_id NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (customer_id, digest)
);

CREATE TABLE import_findings (
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    line integer NOT NULL CHECK (typeof(line) = 'integer'),
    seq integer NOT NULL CHECK (typeof(seq) = 'integer'),
    column_name text NOT NULL CHECK (length(column_name) <= 64 AND column_name NOT GLOB '*[^ -~]*'),
    code text NOT NULL CHECK (length(code) <= 64 AND code NOT GLOB '*[^ -~]*'),
    detail text NOT NULL CHECK (length(detail) <= 2000),
    PRIMARY KEY (digest, line, seq)
);

CREATE TABLE import_runs (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    file text NOT NULL CHECK (length(file) <= 255),
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    verify integer NOT NULL CHECK (verify IN (0, 1)),
    started_by text NOT NULL CHECK (length(started_by) <= 64 AND started_by NOT GLOB '*[^ -~]*'),
    started_at datetime NOT NULL,
    ended_at datetime NULL,
    line integer NOT NULL CHECK (typeof(line) = 'integer'),
    created integer NOT NULL CHECK (typeof(created) = 'integer'),
    changed integer NOT NULL CHECK (typeof(changed) = 'integer'),
    verified integer NOT NULL CHECK (typeof(verified) = 'integer'),
    unchanged integer NOT NULL CHECK (typeof(unchanged) = 'integer'),
    refused integer NOT NULL CHECK (typeof(refused) = 'integer'),
    customers integer NOT NULL CHECK (typeof(customers) = 'integer'),
    differing integer NOT NULL CHECK (typeof(differing) = 'integer'),
    PRIMARY KEY (id)
);

CREATE TABLE leases (
    name text NOT NULL CHECK (length(name) <= 128 AND name NOT GLOB '*[^ -~]*'),
    holder text NOT NULL CHECK (length(holder) <= 100 AND holder NOT GLOB '*[^ -~]*'),
    token text NOT NULL CHECK (length(token) <= 64 AND token NOT GLOB '*[^ -~]*'),
    lease_until integer NOT NULL CHECK (typeof(lease_until) = 'integer'),
    PRIMARY KEY (name)
) WITHOUT ROWID;

CREATE TABLE legal_holds (
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    reason text NOT NULL CHECK (length(reason) <= 500),
    set_by text NOT NULL CHECK (length(set_by) <= 100 AND set_by NOT GLOB '*[^ -~]*'),
    set_at datetime NOT NULL,
    PRIMARY KEY (customer_id)
);

CREATE TABLE mail_secrets (
    mail_id text NOT NULL CHECK (length(mail_id) <= 40 AND mail_id NOT GLOB '*[^ -~]*'),
    sealed text NOT NULL CHECK (length(sealed) <= 500 AND sealed NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (mail_id)
);

CREATE TABLE mails (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    to_address text NOT NULL CHECK (length(to_address) <= 254),
    to_name text NOT NULL CHECK (length(to_name) <= 255),
    subject text NOT NULL CHECK (length(subject) <= 998),
    text_body text NOT NULL,
    html_body text NOT NULL,
    event_id text NULL CHECK (length(event_id) <= 40 AND event_id NOT GLOB '*[^ -~]*'),
    template text NOT NULL CHECK (length(template) <= 64 AND template NOT GLOB '*[^ -~]*'),
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    attempt integer NOT NULL CHECK (typeof(attempt) = 'integer'),
    due_at integer NOT NULL CHECK (typeof(due_at) = 'integer'),
    lease_holder text NOT NULL CHECK (length(lease_holder) <= 100 AND lease_holder NOT GLOB '*[^ -~]*'),
    lease_token text NOT NULL CHECK (length(lease_token) <= 64 AND lease_token NOT GLOB '*[^ -~]*'),
    lease_until integer NOT NULL CHECK (typeof(lease_until) = 'integer'),
    last_error text NOT NULL,
    created_at datetime NOT NULL,
    sent_at datetime NULL, customer_id text NOT NULL DEFAULT '' CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (id)
);

CREATE INDEX ix_mails_customer_id_id ON mails (customer_id, id);

CREATE INDEX ix_mails_state_due_at_id ON mails (state, due_at, id);

CREATE UNIQUE INDEX uq_mails_event_id_template ON mails (event_id, template);

CREATE TABLE mirror_issues (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    system text NOT NULL CHECK (length(system) <= 40 AND system NOT GLOB '*[^ -~]*'),
    object text NOT NULL CHECK (length(object) <= 10 AND object NOT GLOB '*[^ -~]*'),
    external_id text NOT NULL CHECK (length(external_id) <= 320 AND external_id NOT GLOB '*[^ -~]*'),
    kind text NOT NULL CHECK (length(kind) <= 30 AND kind NOT GLOB '*[^ -~]*'),
    field text NOT NULL CHECK (length(field) <= 30 AND field NOT GLOB '*[^ -~]*'),
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    label text NOT NULL CHECK (length(label) <= 255),
    raw text NOT NULL CHECK (length(raw) <= 1000),
    object_id text NOT NULL CHECK (length(object_id) <= 40 AND object_id NOT GLOB '*[^ -~]*'),
    found_at datetime NOT NULL,
    ended_at datetime NULL,
    ended_by text NOT NULL CHECK (length(ended_by) <= 64 AND ended_by NOT GLOB '*[^ -~]*'),
    reason text NOT NULL CHECK (length(reason) <= 500),
    PRIMARY KEY (id)
);

CREATE INDEX ix_mirror_issues_system_state_id ON mirror_issues (system, state, id);

CREATE INDEX ix_mirror_issues_system_state_kind_id ON mirror_issues (system, state, kind, id);

CREATE UNIQUE INDEX uq_mirror_issues_row ON mirror_issues (system, object, external_id, kind, field);

CREATE TABLE mirror_rows (
    system text NOT NULL CHECK (length(system) <= 40 AND system NOT GLOB '*[^ -~]*'),
    kind text NOT NULL CHECK (length(kind) <= 10 AND kind NOT GLOB '*[^ -~]*'),
    external_id text NOT NULL CHECK (length(external_id) <= 320 AND external_id NOT GLOB '*[^ -~]*'),
    name text NOT NULL CHECK (length(name) <= 255 AND name NOT GLOB '*[^ -~]*'),
    standing text NOT NULL CHECK (length(standing) <= 20 AND standing NOT GLOB '*[^ -~]*'),
    owner_external text NOT NULL CHECK (length(owner_external) <= 64 AND owner_external NOT GLOB '*[^ -~]*'),
    object_id text NOT NULL CHECK (length(object_id) <= 40 AND object_id NOT GLOB '*[^ -~]*'),
    contact_id text NOT NULL CHECK (length(contact_id) <= 40 AND contact_id NOT GLOB '*[^ -~]*'),
    contact_version integer NOT NULL CHECK (typeof(contact_version) = 'integer'),
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    applied text NOT NULL CHECK (length(applied) <= 64 AND applied NOT GLOB '*[^ -~]*'),
    facts text NOT NULL,
    seen_run text NOT NULL CHECK (length(seen_run) <= 40 AND seen_run NOT GLOB '*[^ -~]*'),
    gone_at datetime NULL,
    created_at datetime NOT NULL,
    PRIMARY KEY (system, kind, external_id)
);

CREATE INDEX ix_mirror_rows_contact_id ON mirror_rows (contact_id);

CREATE INDEX ix_mirror_rows_object_id ON mirror_rows (object_id);

CREATE INDEX ix_mirror_rows_system_kind_name_external_id ON mirror_rows (system, kind, name, external_id);

CREATE TABLE mirror_runs (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    system text NOT NULL CHECK (length(system) <= 40 AND system NOT GLOB '*[^ -~]*'),
    running text NULL CHECK (length(running) <= 40 AND running NOT GLOB '*[^ -~]*'),
    token text NOT NULL CHECK (length(token) <= 64 AND token NOT GLOB '*[^ -~]*'),
    version text NOT NULL CHECK (length(version) <= 100),
    dry integer NOT NULL CHECK (dry IN (0, 1)),
    phase text NOT NULL CHECK (length(phase) <= 20 AND phase NOT GLOB '*[^ -~]*'),
    after_key text NOT NULL CHECK (length(after_key) <= 320 AND after_key NOT GLOB '*[^ -~]*'),
    outcome text NOT NULL CHECK (length(outcome) <= 20 AND outcome NOT GLOB '*[^ -~]*'),
    customers_read integer NOT NULL CHECK (typeof(customers_read) = 'integer'),
    domains_read integer NOT NULL CHECK (typeof(domains_read) = 'integer'),
    created integer NOT NULL CHECK (typeof(created) = 'integer'),
    changed integer NOT NULL CHECK (typeof(changed) = 'integer'),
    unchanged integer NOT NULL CHECK (typeof(unchanged) = 'integer'),
    gone integer NOT NULL CHECK (typeof(gone) = 'integer'),
    left_out integer NOT NULL CHECK (typeof(left_out) = 'integer'),
    flaws integer NOT NULL CHECK (typeof(flaws) = 'integer'),
    brake_id text NOT NULL CHECK (length(brake_id) <= 40 AND brake_id NOT GLOB '*[^ -~]*'),
    problem text NOT NULL CHECK (length(problem) <= 500),
    started_by text NOT NULL CHECK (length(started_by) <= 64 AND started_by NOT GLOB '*[^ -~]*'),
    started_at datetime NOT NULL,
    ended_at datetime NULL,
    PRIMARY KEY (id)
);

CREATE INDEX ix_mirror_runs_system_id ON mirror_runs (system, id);

CREATE UNIQUE INDEX uq_mirror_runs_running ON mirror_runs (running);

CREATE TABLE notices (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    duty_id text NOT NULL CHECK (length(duty_id) <= 40 AND duty_id NOT GLOB '*[^ -~]*'),
    attempt integer NOT NULL CHECK (typeof(attempt) = 'integer'),
    mail_id text NOT NULL CHECK (length(mail_id) <= 40 AND mail_id NOT GLOB '*[^ -~]*'),
    to_address text NOT NULL CHECK (length(to_address) <= 254),
    to_name text NOT NULL CHECK (length(to_name) <= 255),
    language text NOT NULL CHECK (length(language) <= 35 AND language NOT GLOB '*[^ -~]*'),
    template text NOT NULL CHECK (length(template) <= 64 AND template NOT GLOB '*[^ -~]*'),
    subject text NOT NULL CHECK (length(subject) <= 998),
    text_body text NOT NULL,
    html_body text NOT NULL,
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    result text NOT NULL,
    queued_at datetime NOT NULL,
    ended_at datetime NULL,
    retention text NOT NULL CHECK (length(retention) <= 20 AND retention NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX uq_notices_duty_id_attempt ON notices (duty_id, attempt);

CREATE UNIQUE INDEX uq_notices_mail_id ON notices (mail_id);

CREATE TABLE operations (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    kind text NOT NULL CHECK (length(kind) <= 20 AND kind NOT GLOB '*[^ -~]*'),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    domain text NOT NULL CHECK (length(domain) <= 255 AND domain NOT GLOB '*[^ -~]*'),
    domain_id text NOT NULL CHECK (length(domain_id) <= 40 AND domain_id NOT GLOB '*[^ -~]*'),
    order_id text NOT NULL CHECK (length(order_id) <= 40 AND order_id NOT GLOB '*[^ -~]*'),
    line_id text NOT NULL CHECK (length(line_id) <= 40 AND line_id NOT GLOB '*[^ -~]*'),
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    failure_code text NOT NULL CHECK (length(failure_code) <= 64 AND failure_code NOT GLOB '*[^ -~]*'),
    failure text NOT NULL CHECK (length(failure) <= 1000),
    by_kind text NOT NULL CHECK (length(by_kind) <= 20 AND by_kind NOT GLOB '*[^ -~]*'),
    by_id text NOT NULL CHECK (length(by_id) <= 100 AND by_id NOT GLOB '*[^ -~]*'),
    by_ip text NOT NULL CHECK (length(by_ip) <= 64 AND by_ip NOT GLOB '*[^ -~]*'),
    by_request_id text NOT NULL CHECK (length(by_request_id) <= 64 AND by_request_id NOT GLOB '*[^ -~]*'),
    created_at datetime NOT NULL,
    finished_at datetime NULL,
    PRIMARY KEY (id)
);

CREATE INDEX ix_operations_customer_id_state_id ON operations (customer_id, state, id);

CREATE INDEX ix_operations_domain_id_id ON operations (domain_id, id);

CREATE INDEX ix_operations_state_id ON operations (state, id);

CREATE TABLE order_lines (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    order_id text NOT NULL CHECK (length(order_id) <= 40 AND order_id NOT GLOB '*[^ -~]*'),
    line_no integer NOT NULL CHECK (typeof(line_no) = 'integer'),
    action text NOT NULL CHECK (length(action) <= 20 AND action NOT GLOB '*[^ -~]*'),
    domain text NOT NULL CHECK (length(domain) <= 255 AND domain NOT GLOB '*[^ -~]*'),
    domain_id text NOT NULL CHECK (length(domain_id) <= 40 AND domain_id NOT GLOB '*[^ -~]*'),
    years integer NOT NULL CHECK (typeof(years) = 'integer'),
    price_minor integer NOT NULL CHECK (typeof(price_minor) = 'integer'),
    price_currency text NOT NULL CHECK (length(price_currency) <= 3 AND price_currency NOT GLOB '*[^ -~]*'),
    cost_minor integer NOT NULL CHECK (typeof(cost_minor) = 'integer'),
    cost_currency text NOT NULL CHECK (length(cost_currency) <= 3 AND cost_currency NOT GLOB '*[^ -~]*'),
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    hold_id text NOT NULL CHECK (length(hold_id) <= 40 AND hold_id NOT GLOB '*[^ -~]*'),
    operation_id text NOT NULL CHECK (length(operation_id) <= 40 AND operation_id NOT GLOB '*[^ -~]*'),
    failure text NOT NULL CHECK (length(failure) <= 1000),
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX uq_order_lines_order_id_line_no ON order_lines (order_id, line_no);

CREATE TABLE orders (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    total_minor integer NOT NULL CHECK (typeof(total_minor) = 'integer'),
    currency text NOT NULL CHECK (length(currency) <= 3 AND currency NOT GLOB '*[^ -~]*'),
    agreement_version text NOT NULL CHECK (length(agreement_version) <= 64),
    agreement_language text NOT NULL CHECK (length(agreement_language) <= 35 AND agreement_language NOT GLOB '*[^ -~]*'),
    agreement_ip text NOT NULL CHECK (length(agreement_ip) <= 64 AND agreement_ip NOT GLOB '*[^ -~]*'),
    agreement_at datetime NULL,
    placed_at datetime NOT NULL,
    by_kind text NOT NULL CHECK (length(by_kind) <= 20 AND by_kind NOT GLOB '*[^ -~]*'),
    by_id text NOT NULL CHECK (length(by_id) <= 100 AND by_id NOT GLOB '*[^ -~]*'),
    by_ip text NOT NULL CHECK (length(by_ip) <= 64 AND by_ip NOT GLOB '*[^ -~]*'),
    by_request_id text NOT NULL CHECK (length(by_request_id) <= 64 AND by_request_id NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (id)
);

CREATE INDEX ix_orders_customer_id_id ON orders (customer_id, id);

CREATE TABLE payments (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    provider text NOT NULL CHECK (length(provider) <= 20 AND provider NOT GLOB '*[^ -~]*'),
    ref text NULL CHECK (length(ref) <= 255 AND ref NOT GLOB '*[^ -~]*'),
    minor integer NOT NULL CHECK (typeof(minor) = 'integer'),
    currency text NOT NULL CHECK (length(currency) <= 3 AND currency NOT GLOB '*[^ -~]*'),
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    processing integer NOT NULL CHECK (processing IN (0, 1)),
    note text NOT NULL CHECK (length(note) <= 255),
    client_key text NOT NULL CHECK (length(client_key) <= 64 AND client_key NOT GLOB '*[^ -~]*'),
    created_at datetime NOT NULL,
    finished_at datetime NULL,
    look_at datetime NOT NULL,
    looked_at datetime NULL,
    PRIMARY KEY (id)
);

CREATE INDEX ix_payments_customer_id_id ON payments (customer_id, id);

CREATE INDEX ix_payments_state_id ON payments (state, id);

CREATE INDEX ix_payments_state_look_at_id ON payments (state, look_at, id);

CREATE UNIQUE INDEX uq_payments_customer_id_client_key ON payments (customer_id, client_key);

CREATE UNIQUE INDEX uq_payments_provider_ref ON payments (provider, ref);

CREATE TABLE policy_marks (
    policy text NOT NULL CHECK (length(policy) <= 40 AND policy NOT GLOB '*[^ -~]*'),
    planned_until datetime NOT NULL,
    swept_at datetime NOT NULL,
    PRIMARY KEY (policy)
);

CREATE TABLE postings (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    kind text NOT NULL CHECK (length(kind) <= 20 AND kind NOT GLOB '*[^ -~]*'),
    ref text NOT NULL CHECK (length(ref) <= 64 AND ref NOT GLOB '*[^ -~]*'),
    memo text NOT NULL CHECK (length(memo) <= 255),
    booked_at datetime NOT NULL,
    PRIMARY KEY (id)
) WITHOUT ROWID;

CREATE UNIQUE INDEX uq_postings_kind_ref ON postings (kind, ref);

CREATE TABLE prices (
    tld text NOT NULL CHECK (length(tld) <= 255 AND tld NOT GLOB '*[^ -~]*'),
    action text NOT NULL CHECK (length(action) <= 20 AND action NOT GLOB '*[^ -~]*'),
    class text NOT NULL CHECK (length(class) <= 32 AND class NOT GLOB '*[^ -~]*'),
    years integer NOT NULL CHECK (typeof(years) = 'integer'),
    currency text NOT NULL CHECK (length(currency) <= 3 AND currency NOT GLOB '*[^ -~]*'),
    valid_from datetime NOT NULL,
    valid_until datetime NULL,
    sale_minor integer NOT NULL CHECK (typeof(sale_minor) = 'integer'),
    cost_minor integer NOT NULL CHECK (typeof(cost_minor) = 'integer'),
    cost_currency text NOT NULL CHECK (length(cost_currency) <= 3 AND cost_currency NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (tld, action, class, years, currency, valid_from)
) WITHOUT ROWID;

CREATE TABLE receivables (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    kind text NOT NULL CHECK (length(kind) <= 20 AND kind NOT GLOB '*[^ -~]*'),
    ref text NOT NULL CHECK (length(ref) <= 64 AND ref NOT GLOB '*[^ -~]*'),
    currency text NOT NULL CHECK (length(currency) <= 3 AND currency NOT GLOB '*[^ -~]*'),
    total_minor integer NOT NULL CHECK (typeof(total_minor) = 'integer'),
    open_minor integer NOT NULL CHECK (typeof(open_minor) = 'integer'),
    written_off_minor integer NOT NULL CHECK (typeof(written_off_minor) = 'integer'),
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    opened_at datetime NOT NULL,
    closed_at datetime NULL,
    revision integer NOT NULL CHECK (typeof(revision) = 'integer'),
    PRIMARY KEY (id)
);

CREATE INDEX ix_receivables_customer_id_id ON receivables (customer_id, id);

CREATE INDEX ix_receivables_customer_id_state_id ON receivables (customer_id, state, id);

CREATE INDEX ix_receivables_state_id ON receivables (state, id);

CREATE UNIQUE INDEX uq_receivables_kind_ref ON receivables (kind, ref);

CREATE TABLE recovery_codes (
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    user_id text NOT NULL CHECK (length(user_id) <= 40 AND user_id NOT GLOB '*[^ -~]*'),
    created_at datetime NOT NULL,
    used_at datetime NULL,
    PRIMARY KEY (digest)
);

CREATE INDEX ix_recovery_codes_user_id ON recovery_codes (user_id);

CREATE TABLE registry_contacts (
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    handle text NOT NULL CHECK (length(handle) <= 16 AND handle NOT GLOB '*[^ -~]*'),
    contact_id text NOT NULL CHECK (length(contact_id) <= 40 AND contact_id NOT GLOB '*[^ -~]*'),
    version integer NOT NULL CHECK (typeof(version) = 'integer'),
    created integer NOT NULL CHECK (created IN (0, 1)),
    PRIMARY KEY (registry, handle)
) WITHOUT ROWID;

CREATE INDEX ix_registry_contacts_contact_id_registry_version ON registry_contacts (contact_id, registry, version);

CREATE TABLE registry_hosts (
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    host text NOT NULL CHECK (length(host) <= 255 AND host NOT GLOB '*[^ -~]*'),
    created_at datetime NOT NULL,
    PRIMARY KEY (registry, host)
) WITHOUT ROWID;

CREATE TABLE registry_messages (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    message_id text NOT NULL CHECK (length(message_id) <= 255),
    known_by text NOT NULL CHECK (length(known_by) <= 64 AND known_by NOT GLOB '*[^ -~]*'),
    queued_at datetime NOT NULL,
    received_at datetime NOT NULL,
    text text NOT NULL CHECK (length(text) <= 2000),
    sv_trid text NOT NULL CHECK (length(sv_trid) <= 64),
    frame blob NOT NULL,
    object text NOT NULL CHECK (length(object) <= 255),
    kinds text NOT NULL CHECK (length(kinds) <= 255 AND kinds NOT GLOB '*[^ -~]*'),
    events text NOT NULL,
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    attempt integer NOT NULL CHECK (typeof(attempt) = 'integer'),
    due_at datetime NOT NULL,
    note text NOT NULL CHECK (length(note) <= 1000),
    revision integer NOT NULL CHECK (typeof(revision) = 'integer'),
    PRIMARY KEY (id)
);

CREATE INDEX ix_registry_messages_object_id ON registry_messages (object, id);

CREATE INDEX ix_registry_messages_registry_id ON registry_messages (registry, id);

CREATE INDEX ix_registry_messages_registry_state_due_at_id ON registry_messages (registry, state, due_at, id);

CREATE INDEX ix_registry_messages_registry_state_id ON registry_messages (registry, state, id);

CREATE INDEX ix_registry_messages_state_id ON registry_messages (state, id);

CREATE UNIQUE INDEX uq_registry_messages_known_by ON registry_messages (known_by);

CREATE TABLE registry_states (
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    no_funds_since datetime NULL,
    probe_at integer NOT NULL CHECK (typeof(probe_at) = 'integer'),
    PRIMARY KEY (registry)
) WITHOUT ROWID;

CREATE TABLE restore_findings (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    restore_id text NOT NULL CHECK (length(restore_id) <= 40 AND restore_id NOT GLOB '*[^ -~]*'),
    kind text NOT NULL CHECK (length(kind) <= 20 AND kind NOT GLOB '*[^ -~]*'),
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    object text NOT NULL CHECK (length(object) <= 255 AND object NOT GLOB '*[^ -~]*'),
    domain_id text NOT NULL CHECK (length(domain_id) <= 40 AND domain_id NOT GLOB '*[^ -~]*'),
    held_domain text NULL CHECK (length(held_domain) <= 40 AND held_domain NOT GLOB '*[^ -~]*'),
    command_id text NOT NULL CHECK (length(command_id) <= 40 AND command_id NOT GLOB '*[^ -~]*'),
    detail text NOT NULL CHECK (length(detail) <= 2000),
    found_at datetime NOT NULL,
    ended_at datetime NULL,
    ended_by text NOT NULL CHECK (length(ended_by) <= 64 AND ended_by NOT GLOB '*[^ -~]*'),
    reason text NOT NULL CHECK (length(reason) <= 500),
    PRIMARY KEY (id)
);

CREATE INDEX ix_restore_findings_held_domain ON restore_findings (held_domain);

CREATE INDEX ix_restore_findings_state_id ON restore_findings (state, id);

CREATE UNIQUE INDEX uq_restore_findings_restore_id_object_kind_command_id ON restore_findings (restore_id, object, kind, command_id);

CREATE TABLE restore_names (
    restore_id text NOT NULL CHECK (length(restore_id) <= 40 AND restore_id NOT GLOB '*[^ -~]*'),
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    checked integer NOT NULL CHECK (checked IN (0, 1)),
    name text NOT NULL CHECK (length(name) <= 255 AND name NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (restore_id, name)
);

CREATE INDEX ix_restore_names_restore_id_registry_checked_name ON restore_names (restore_id, registry, checked, name);

CREATE TABLE restore_progress (
    restore_id text NOT NULL CHECK (length(restore_id) <= 40 AND restore_id NOT GLOB '*[^ -~]*'),
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    commands_total integer NOT NULL CHECK (typeof(commands_total) = 'integer'),
    commands_checked integer NOT NULL CHECK (typeof(commands_checked) = 'integer'),
    commands_at datetime NULL,
    domains_total integer NOT NULL CHECK (typeof(domains_total) = 'integer'),
    domains_checked integer NOT NULL CHECK (typeof(domains_checked) = 'integer'),
    domains_after text NOT NULL CHECK (length(domains_after) <= 300 AND domains_after NOT GLOB '*[^ -~]*'),
    domains_at datetime NULL,
    names_total integer NOT NULL CHECK (typeof(names_total) = 'integer'),
    names_checked integer NOT NULL CHECK (typeof(names_checked) = 'integer'),
    names_at datetime NULL,
    PRIMARY KEY (restore_id, registry)
);

CREATE TABLE restores (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    running integer NULL CHECK (running IN (0, 1)),
    started_at datetime NOT NULL,
    settle_at integer NOT NULL CHECK (typeof(settle_at) = 'integer'),
    ended_at datetime NULL,
    ended_by text NOT NULL CHECK (length(ended_by) <= 64 AND ended_by NOT GLOB '*[^ -~]*'),
    reason text NOT NULL CHECK (length(reason) <= 500),
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX uq_restores_running ON restores (running);

CREATE TABLE retention_marks (
    rule text NOT NULL CHECK (length(rule) <= 64 AND rule NOT GLOB '*[^ -~]*'),
    after_key text NOT NULL CHECK (length(after_key) <= 200 AND after_key NOT GLOB '*[^ -~]*'),
    looked_at datetime NOT NULL,
    PRIMARY KEY (rule)
);

CREATE TABLE sessions (
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    data blob NOT NULL,
    expires_at datetime NOT NULL,
    PRIMARY KEY (digest)
);

CREATE INDEX ix_sessions_expires_at ON sessions (expires_at);

CREATE TABLE staff_allowances (
    user_id text NOT NULL CHECK (length(user_id) <= 40 AND user_id NOT GLOB '*[^ -~]*'),
    currency text NOT NULL CHECK (length(currency) <= 3 AND currency NOT GLOB '*[^ -~]*'),
    day text NOT NULL CHECK (length(day) <= 10 AND day NOT GLOB '*[^ -~]*'),
    spent integer NOT NULL CHECK (typeof(spent) = 'integer'),
    PRIMARY KEY (user_id, currency, day)
);

CREATE TABLE staff_locks (
    domain_id text NOT NULL CHECK (length(domain_id) <= 40 AND domain_id NOT GLOB '*[^ -~]*'),
    status text NOT NULL CHECK (length(status) <= 40 AND status NOT GLOB '*[^ -~]*'),
    reason text NOT NULL CHECK (length(reason) <= 1000),
    by_kind text NOT NULL CHECK (length(by_kind) <= 20 AND by_kind NOT GLOB '*[^ -~]*'),
    by_id text NOT NULL CHECK (length(by_id) <= 100 AND by_id NOT GLOB '*[^ -~]*'),
    by_ip text NOT NULL CHECK (length(by_ip) <= 64 AND by_ip NOT GLOB '*[^ -~]*'),
    by_request_id text NOT NULL CHECK (length(by_request_id) <= 64 AND by_request_id NOT GLOB '*[^ -~]*'),
    set_at datetime NOT NULL,
    PRIMARY KEY (domain_id, status)
) WITHOUT ROWID;

CREATE TABLE subordinate_hosts (
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    name text NOT NULL CHECK (length(name) <= 255 AND name NOT GLOB '*[^ -~]*'),
    domain_id text NOT NULL CHECK (length(domain_id) <= 40 AND domain_id NOT GLOB '*[^ -~]*'),
    addresses text NOT NULL,
    created_at datetime NOT NULL,
    changed_at datetime NULL,
    PRIMARY KEY (registry, name)
) WITHOUT ROWID;

CREATE INDEX ix_subordinate_hosts_domain_id_name ON subordinate_hosts (domain_id, name);

CREATE TABLE sync_progress (
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    after_key text NOT NULL CHECK (length(after_key) <= 300 AND after_key NOT GLOB '*[^ -~]*'),
    compared integer NOT NULL CHECK (typeof(compared) = 'integer'),
    skipped integer NOT NULL CHECK (typeof(skipped) = 'integer'),
    different integer NOT NULL CHECK (typeof(different) = 'integer'),
    started_at datetime NOT NULL,
    finished_at datetime NULL,
    PRIMARY KEY (registry)
);

CREATE TABLE tickets (
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    kind text NOT NULL CHECK (length(kind) <= 20 AND kind NOT GLOB '*[^ -~]*'),
    user_id text NOT NULL CHECK (length(user_id) <= 40 AND user_id NOT GLOB '*[^ -~]*'),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    email text NOT NULL CHECK (length(email) <= 254),
    role text NOT NULL CHECK (length(role) <= 20 AND role NOT GLOB '*[^ -~]*'),
    created_at datetime NOT NULL,
    expires_at datetime NOT NULL,
    used_at datetime NULL, basket text NOT NULL DEFAULT '' CHECK (length(basket) <= 40 AND basket NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (digest)
);

CREATE INDEX ix_tickets_customer_id_kind ON tickets (customer_id, kind);

CREATE INDEX ix_tickets_expires_at ON tickets (expires_at);

CREATE INDEX ix_tickets_user_id_kind ON tickets (user_id, kind);

CREATE TABLE tlds (
    name text NOT NULL CHECK (length(name) <= 255 AND name NOT GLOB '*[^ -~]*'),
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    min_years integer NOT NULL CHECK (typeof(min_years) = 'integer'),
    max_years integer NOT NULL CHECK (typeof(max_years) = 'integer'),
    min_name_servers integer NOT NULL CHECK (typeof(min_name_servers) = 'integer'),
    max_name_servers integer NOT NULL CHECK (typeof(max_name_servers) = 'integer'),
    active integer NOT NULL CHECK (active IN (0, 1)), idn_tables text NULL,
    PRIMARY KEY (name)
) WITHOUT ROWID;

CREATE TABLE transcript_objects (
    object text NOT NULL CHECK (length(object) <= 255),
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    verb text NOT NULL CHECK (length(verb) <= 40 AND verb NOT GLOB '*[^ -~]*'),
    code integer NOT NULL CHECK (typeof(code) = 'integer'),
    PRIMARY KEY (object, id)
);

CREATE INDEX ix_transcript_objects_id ON transcript_objects (id);

CREATE TABLE transcripts (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    registry text NOT NULL CHECK (length(registry) <= 63 AND registry NOT GLOB '*[^ -~]*'),
    session_id text NOT NULL CHECK (length(session_id) <= 64 AND session_id NOT GLOB '*[^ -~]*'),
    command_id text NOT NULL CHECK (length(command_id) <= 64),
    cl_trid text NOT NULL CHECK (length(cl_trid) <= 64),
    sv_trid text NOT NULL CHECK (length(sv_trid) <= 255),
    verb text NOT NULL CHECK (length(verb) <= 40 AND verb NOT GLOB '*[^ -~]*'),
    object text NOT NULL CHECK (length(object) <= 255),
    code integer NOT NULL CHECK (typeof(code) = 'integer'),
    error text NOT NULL,
    started_at datetime NOT NULL,
    duration_us integer NOT NULL CHECK (typeof(duration_us) = 'integer'),
    request text NOT NULL,
    response text NOT NULL,
    retention text NOT NULL CHECK (length(retention) <= 20 AND retention NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (id)
);

CREATE INDEX ix_transcripts_cl_trid_id ON transcripts (cl_trid, id);

CREATE INDEX ix_transcripts_command_id_id ON transcripts (command_id, id);

CREATE INDEX ix_transcripts_object_id ON transcripts (object, id);

CREATE INDEX ix_transcripts_registry_code_id ON transcripts (registry, code, id);

CREATE INDEX ix_transcripts_registry_id ON transcripts (registry, id);

CREATE INDEX ix_transcripts_registry_verb_code_id ON transcripts (registry, verb, code, id);

CREATE INDEX ix_transcripts_registry_verb_id ON transcripts (registry, verb, id);

CREATE INDEX ix_transcripts_retention_started_at ON transcripts (retention, started_at);

CREATE INDEX ix_transcripts_sv_trid_id ON transcripts (sv_trid, id);

CREATE TABLE transfer_codes (
    domain_id text NOT NULL CHECK (length(domain_id) <= 40 AND domain_id NOT GLOB '*[^ -~]*'),
    command_id text NOT NULL CHECK (length(command_id) <= 40 AND command_id NOT GLOB '*[^ -~]*'),
    sealed text NOT NULL CHECK (length(sealed) <= 1000 AND sealed NOT GLOB '*[^ -~]*'),
    expires_at datetime NULL,
    PRIMARY KEY (domain_id)
) WITHOUT ROWID;

CREATE INDEX ix_transfer_codes_expires_at_domain_id ON transfer_codes (expires_at, domain_id);

CREATE TABLE user_passkeys (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    user_id text NOT NULL CHECK (length(user_id) <= 40 AND user_id NOT GLOB '*[^ -~]*'),
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    credential text NOT NULL CHECK (length(credential) <= 1400 AND credential NOT GLOB '*[^ -~]*'),
    public_key text NOT NULL CHECK (length(public_key) <= 4000 AND public_key NOT GLOB '*[^ -~]*'),
    sign_count integer NOT NULL CHECK (typeof(sign_count) = 'integer'),
    transports text NOT NULL,
    backup_eligible integer NOT NULL CHECK (backup_eligible IN (0, 1)),
    backed_up integer NOT NULL CHECK (backed_up IN (0, 1)),
    name text NOT NULL CHECK (length(name) <= 100),
    created_at datetime NOT NULL,
    last_used_at datetime NULL,
    PRIMARY KEY (id)
);

CREATE INDEX ix_user_passkeys_user_id ON user_passkeys (user_id);

CREATE UNIQUE INDEX uq_user_passkeys_digest ON user_passkeys (digest);

CREATE TABLE user_sessions (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    user_id text NOT NULL CHECK (length(user_id) <= 40 AND user_id NOT GLOB '*[^ -~]*'),
    door text NOT NULL CHECK (length(door) <= 20 AND door NOT GLOB '*[^ -~]*'),
    method text NOT NULL CHECK (length(method) <= 20 AND method NOT GLOB '*[^ -~]*'),
    device text NOT NULL CHECK (length(device) <= 64 AND device NOT GLOB '*[^ -~]*'),
    agent text NOT NULL CHECK (length(agent) <= 200),
    ip text NOT NULL CHECK (length(ip) <= 64 AND ip NOT GLOB '*[^ -~]*'),
    created_at datetime NOT NULL,
    seen_at datetime NOT NULL,
    proved_at datetime NOT NULL,
    ends_at datetime NOT NULL,
    ended_at datetime NULL,
    end_reason text NOT NULL CHECK (length(end_reason) <= 20 AND end_reason NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (id)
);

CREATE INDEX ix_user_sessions_ends_at ON user_sessions (ends_at);

CREATE INDEX ix_user_sessions_user_id_device ON user_sessions (user_id, device);

CREATE TABLE user_totp (
    user_id text NOT NULL CHECK (length(user_id) <= 40 AND user_id NOT GLOB '*[^ -~]*'),
    sealed text NOT NULL CHECK (length(sealed) <= 500 AND sealed NOT GLOB '*[^ -~]*'),
    last_step integer NOT NULL,
    created_at datetime NOT NULL,
    confirmed_at datetime NULL,
    PRIMARY KEY (user_id)
);

CREATE TABLE users (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    email text NOT NULL CHECK (length(email) <= 254),
    name text NOT NULL CHECK (length(name) <= 255),
    role text NOT NULL CHECK (length(role) <= 20 AND role NOT GLOB '*[^ -~]*'),
    password_hash text NOT NULL CHECK (length(password_hash) <= 255 AND password_hash NOT GLOB '*[^ -~]*'),
    created_at datetime NOT NULL,
    disabled_at datetime NULL, email_verified_at datetime NULL, revision bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
);

CREATE INDEX ix_users_customer_id_id ON users (customer_id, id);

CREATE UNIQUE INDEX uq_users_email ON users (email);

CREATE TABLE webhook_endpoints (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    url text NOT NULL CHECK (length(url) <= 1000 AND url NOT GLOB '*[^ -~]*'),
    description text NOT NULL CHECK (length(description) <= 255),
    kinds text NOT NULL,
    sealed text NOT NULL CHECK (length(sealed) <= 500 AND sealed NOT GLOB '*[^ -~]*'),
    previous_sealed text NOT NULL CHECK (length(previous_sealed) <= 500 AND previous_sealed NOT GLOB '*[^ -~]*'),
    previous_until datetime NULL,
    created_kind text NOT NULL CHECK (length(created_kind) <= 20 AND created_kind NOT GLOB '*[^ -~]*'),
    created_by text NOT NULL CHECK (length(created_by) <= 40 AND created_by NOT GLOB '*[^ -~]*'),
    created_at datetime NOT NULL,
    off_at datetime NULL,
    off_why text NOT NULL CHECK (length(off_why) <= 20 AND off_why NOT GLOB '*[^ -~]*'),
    removed_at datetime NULL,
    failures integer NOT NULL,
    failing_since datetime NULL,
    due_at integer NOT NULL CHECK (typeof(due_at) = 'integer'),
    lease_holder text NOT NULL CHECK (length(lease_holder) <= 100 AND lease_holder NOT GLOB '*[^ -~]*'),
    lease_token text NOT NULL CHECK (length(lease_token) <= 64 AND lease_token NOT GLOB '*[^ -~]*'),
    lease_until integer NOT NULL CHECK (typeof(lease_until) = 'integer'),
    revision integer NOT NULL, address_by text NOT NULL DEFAULT '' CHECK (length(address_by) <= 40 AND address_by NOT GLOB '*[^ -~]*'),
    PRIMARY KEY (id)
);

CREATE INDEX ix_webhook_endpoints_customer_id_id ON webhook_endpoints (customer_id, id);

CREATE INDEX ix_webhook_endpoints_off_why_failures_id ON webhook_endpoints (off_why, failures, id);

CREATE INDEX ix_webhook_endpoints_previous_until_id ON webhook_endpoints (previous_until, id);

CREATE INDEX ix_webhook_endpoints_removed_at_id ON webhook_endpoints (removed_at, id);

