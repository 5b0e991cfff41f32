CREATE TABLE accounts (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    kind varchar(20) COLLATE ascii_bin NOT NULL,
    owner varchar(63) COLLATE ascii_bin NOT NULL,
    currency varchar(3) COLLATE ascii_bin NOT NULL,
    balance bigint NOT NULL,
    held bigint NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_accounts_kind_owner_currency (kind, owner, currency),
    KEY ix_accounts_kind_id (kind, id)
);

CREATE TABLE adjustments (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) COLLATE ascii_bin NOT NULL,
    minor bigint NOT NULL,
    currency varchar(3) COLLATE ascii_bin NOT NULL,
    reason varchar(500) COLLATE utf8mb4_bin NOT NULL,
    state varchar(20) COLLATE ascii_bin NOT NULL,
    client_key varchar(64) COLLATE ascii_bin NOT NULL,
    asked_by varchar(40) COLLATE ascii_bin NOT NULL,
    asked_at datetime(6) NOT NULL,
    decided_by varchar(40) COLLATE ascii_bin NOT NULL,
    decided_at datetime(6),
    decision varchar(500) COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_adjustments_client_key (client_key),
    KEY ix_adjustments_customer_id_id (customer_id, id),
    KEY ix_adjustments_state_id (state, id)
);

CREATE TABLE agreement_texts (
    digest varchar(64) COLLATE ascii_bin NOT NULL,
    version varchar(64) COLLATE utf8mb4_bin NOT NULL,
    language varchar(35) COLLATE ascii_bin NOT NULL,
    format varchar(16) COLLATE ascii_bin NOT NULL,
    body mediumtext COLLATE utf8mb4_bin NOT NULL,
    kept_at datetime(6) NOT NULL,
    PRIMARY KEY (digest),
    UNIQUE KEY ux_agreement_texts_version (version, language)
);

CREATE TABLE agreements (
    digest varchar(64) COLLATE ascii_bin NOT NULL,
    version varchar(64) COLLATE utf8mb4_bin NOT NULL,
    language varchar(35) COLLATE ascii_bin NOT NULL,
    body mediumtext COLLATE utf8mb4_bin NOT NULL,
    kept_at datetime(6) NOT NULL,
    PRIMARY KEY (digest),
    KEY ix_agreements_version (version, language, kept_at)
);

CREATE TABLE api_tokens (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) COLLATE ascii_bin NOT NULL,
    user_id varchar(40) COLLATE ascii_bin NOT NULL,
    name varchar(255) COLLATE utf8mb4_bin NOT NULL,
    digest varchar(64) COLLATE ascii_bin NOT NULL,
    hint varchar(8) COLLATE ascii_bin NOT NULL,
    scopes text COLLATE utf8mb4_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    expires_at datetime(6),
    last_used_at datetime(6),
    revoked_at datetime(6),
    networks text COLLATE utf8mb4_bin,
    PRIMARY KEY (id),
    UNIQUE KEY uq_api_tokens_digest (digest),
    KEY ix_api_tokens_customer_id_id (customer_id, id)
);

CREATE TABLE approvals (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    kind varchar(20) COLLATE ascii_bin NOT NULL,
    subject_id varchar(40) COLLATE ascii_bin NOT NULL,
    wish text COLLATE utf8mb4_bin NOT NULL,
    reason varchar(500) COLLATE utf8mb4_bin NOT NULL,
    state varchar(20) COLLATE ascii_bin NOT NULL,
    pending_key varchar(64) COLLATE ascii_bin,
    asked_by varchar(40) COLLATE ascii_bin NOT NULL,
    asked_at datetime(6) NOT NULL,
    expires_at datetime(6) NOT NULL,
    decided_by varchar(40) COLLATE ascii_bin NOT NULL,
    decided_at datetime(6),
    decision varchar(500) COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_approvals_pending_key (pending_key),
    KEY ix_approvals_state_expires_at (state, expires_at),
    KEY ix_approvals_state_id (state, id),
    KEY ix_approvals_subject_id_id (subject_id, id)
);

CREATE TABLE audit_chain (
    seq bigint NOT NULL,
    event_id varchar(40) COLLATE ascii_bin NOT NULL,
    digest varchar(64) COLLATE ascii_bin NOT NULL,
    chain_digest varchar(64) COLLATE ascii_bin NOT NULL,
    chained_at datetime(6) NOT NULL,
    PRIMARY KEY (seq),
    UNIQUE KEY uq_audit_chain_event_id (event_id)
);

CREATE TABLE audit_events (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    occurred_at datetime(6) NOT NULL,
    by_kind varchar(20) COLLATE ascii_bin NOT NULL,
    by_id varchar(100) COLLATE ascii_bin NOT NULL,
    by_request_id varchar(64) COLLATE ascii_bin NOT NULL,
    action varchar(64) COLLATE ascii_bin NOT NULL,
    object_kind varchar(32) COLLATE ascii_bin NOT NULL,
    object_id varchar(64) COLLATE ascii_bin NOT NULL,
    object_name varchar(255) COLLATE utf8mb4_bin NOT NULL,
    retention varchar(20) COLLATE ascii_bin NOT NULL,
    payload_digest varchar(64) COLLATE ascii_bin NOT NULL,
    digest varchar(64) COLLATE ascii_bin NOT NULL,
    unchained_since bigint,
    by_for varchar(40) COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (id),
    KEY ix_audit_events_object_kind_object_id_id (object_kind, object_id, id),
    KEY ix_audit_events_unchained_since_id (unchained_since, id)
);

CREATE TABLE audit_payloads (
    event_id varchar(40) COLLATE ascii_bin NOT NULL,
    retention varchar(20) COLLATE ascii_bin NOT NULL,
    salt varchar(64) COLLATE ascii_bin NOT NULL,
    ip varchar(64) COLLATE ascii_bin NOT NULL,
    before_json longtext COLLATE utf8mb4_bin,
    after_json longtext COLLATE utf8mb4_bin,
    recorded_at datetime(6) NOT NULL,
    PRIMARY KEY (event_id),
    KEY ix_audit_payloads_retention_recorded_at (retention, recorded_at)
);

CREATE TABLE basket_lines (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    basket varchar(40) COLLATE ascii_bin NOT NULL,
    name varchar(255) COLLATE ascii_bin NOT NULL,
    years int NOT NULL,
    contact_id varchar(40) COLLATE ascii_bin NOT NULL,
    name_servers text COLLATE utf8mb4_bin NOT NULL,
    price_minor bigint NOT NULL,
    currency varchar(3) COLLATE ascii_bin NOT NULL,
    quoted_at datetime(6) NOT NULL,
    changed_at datetime(6) NOT NULL,
    revision int NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY ux_basket_lines_basket_name (basket, name),
    KEY ix_basket_lines_changed_at (changed_at)
);

CREATE TABLE brakes (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    policy varchar(40) COLLATE ascii_bin NOT NULL,
    notices int NOT NULL,
    names int NOT NULL,
    pass_limit int NOT NULL,
    engaged_at datetime(6) NOT NULL,
    released_at datetime(6),
    released_by varchar(40) COLLATE ascii_bin NOT NULL,
    reason varchar(500) COLLATE utf8mb4_bin NOT NULL,
    engaged_key varchar(40) COLLATE ascii_bin,
    PRIMARY KEY (id),
    UNIQUE KEY uq_brakes_engaged_key (engaged_key),
    KEY ix_brakes_policy_released_at (policy, released_at)
);

CREATE TABLE commands (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    operation_id varchar(40) COLLATE ascii_bin NOT NULL,
    seq int NOT NULL,
    registry varchar(63) COLLATE ascii_bin NOT NULL,
    verb varchar(40) COLLATE ascii_bin NOT NULL,
    object varchar(255) COLLATE utf8mb4_bin NOT NULL,
    domain_id varchar(40) COLLATE ascii_bin NOT NULL,
    billable tinyint NOT NULL,
    spec mediumtext COLLATE utf8mb4_bin NOT NULL,
    state varchar(20) COLLATE ascii_bin NOT NULL,
    attempt int NOT NULL,
    cl_trid varchar(64) COLLATE ascii_bin,
    sv_trid varchar(255) COLLATE utf8mb4_bin NOT NULL,
    lease_holder varchar(100) COLLATE ascii_bin NOT NULL,
    lease_token varchar(64) COLLATE ascii_bin NOT NULL,
    lease_until bigint NOT NULL,
    due_at bigint NOT NULL,
    sent_at datetime(6),
    sent_until datetime(6),
    settle_at bigint,
    absent int NOT NULL,
    result_code int NOT NULL,
    result_msg text COLLATE utf8mb4_bin NOT NULL,
    review_note text COLLATE utf8mb4_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    finished_at datetime(6),
    open_key varchar(255) COLLATE utf8mb4_bin,
    PRIMARY KEY (id),
    UNIQUE KEY uq_commands_cl_trid (cl_trid),
    UNIQUE KEY uq_commands_open_key (open_key),
    UNIQUE KEY uq_commands_operation_id_seq (operation_id, seq),
    KEY ix_commands_domain_id_id (domain_id, id),
    KEY ix_commands_registry_state_billable_due_at_id (registry, state, billable, due_at, id),
    KEY ix_commands_registry_state_id (registry, state, id),
    KEY ix_commands_state_id (state, id)
);

CREATE TABLE contact_versions (
    contact_id varchar(40) COLLATE ascii_bin NOT NULL,
    version int NOT NULL,
    customer_id varchar(40) COLLATE ascii_bin NOT NULL,
    name varchar(255) COLLATE utf8mb4_bin NOT NULL,
    organization varchar(255) COLLATE utf8mb4_bin NOT NULL,
    street text COLLATE utf8mb4_bin NOT NULL,
    city varchar(255) COLLATE utf8mb4_bin NOT NULL,
    state varchar(255) COLLATE utf8mb4_bin NOT NULL,
    postal_code varchar(16) COLLATE utf8mb4_bin NOT NULL,
    country_code varchar(2) COLLATE ascii_bin NOT NULL,
    phone varchar(20) COLLATE ascii_bin NOT NULL,
    email varchar(254) COLLATE utf8mb4_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    PRIMARY KEY (contact_id, version)
);

CREATE TABLE contacts (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) COLLATE ascii_bin NOT NULL,
    version int NOT NULL,
    created_at datetime(6) NOT NULL,
    PRIMARY KEY (id),
    KEY ix_contacts_customer_id_id (customer_id, id)
);

CREATE TABLE customer_terms (
    term varchar(64) COLLATE utf8mb4_bin NOT NULL,
    customer_id varchar(40) COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (term, customer_id),
    KEY ix_customer_terms_customer_id (customer_id)
);

CREATE TABLE customers (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    name varchar(255) COLLATE utf8mb4_bin NOT NULL,
    currency varchar(3) COLLATE ascii_bin NOT NULL,
    language varchar(35) COLLATE ascii_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    closed_at datetime(6),
    revision bigint NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE delivery_attempts (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    delivery_id varchar(40) COLLATE ascii_bin NOT NULL,
    started_at datetime(6) NOT NULL,
    duration_us bigint NOT NULL,
    status int NOT NULL,
    error varchar(20) COLLATE ascii_bin NOT NULL,
    note varchar(255) COLLATE utf8mb4_bin NOT NULL,
    answer varchar(1000) COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (id),
    KEY ix_delivery_attempts_delivery_id_id (delivery_id, id)
);

CREATE TABLE differences (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    registry varchar(63) COLLATE ascii_bin NOT NULL,
    name varchar(255) COLLATE ascii_bin NOT NULL,
    domain_id varchar(40) COLLATE ascii_bin NOT NULL,
    kind varchar(20) COLLATE ascii_bin NOT NULL,
    open_key varchar(64) COLLATE ascii_bin,
    ours text COLLATE utf8mb4_bin NOT NULL,
    theirs text COLLATE utf8mb4_bin NOT NULL,
    state varchar(20) COLLATE ascii_bin NOT NULL,
    found_at datetime(6) NOT NULL,
    seen_at datetime(6) NOT NULL,
    ended_at datetime(6),
    ended_by varchar(64) COLLATE ascii_bin NOT NULL,
    note varchar(500) COLLATE utf8mb4_bin NOT NULL,
    revision int NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_differences_open_key (open_key),
    KEY ix_differences_name (name),
    KEY ix_differences_registry_state_id (registry, state, id),
    KEY ix_differences_state_id (state, id)
);

CREATE TABLE domain_contact_history (
    contact_id varchar(40) COLLATE ascii_bin NOT NULL,
    domain_id varchar(40) COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (contact_id, domain_id)
);

CREATE TABLE domain_contacts (
    domain_id varchar(40) COLLATE ascii_bin NOT NULL,
    role varchar(20) COLLATE ascii_bin NOT NULL,
    contact_id varchar(40) COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (domain_id, role),
    KEY ix_domain_contacts_contact_id_domain_id_role (contact_id, domain_id, role),
    KEY ix_domain_contacts_contact_id_role_domain_id (contact_id, role, domain_id)
);

CREATE TABLE domains (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    name varchar(255) COLLATE ascii_bin NOT NULL,
    uname varchar(255) COLLATE utf8mb4_bin NOT NULL,
    tld varchar(255) COLLATE ascii_bin NOT NULL,
    registry varchar(63) COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) COLLATE ascii_bin NOT NULL,
    owner_system varchar(63) COLLATE ascii_bin NOT NULL,
    state varchar(20) COLLATE ascii_bin NOT NULL,
    roid varchar(89) COLLATE utf8mb4_bin NOT NULL,
    registrant_id varchar(40) COLLATE ascii_bin NOT NULL,
    registrant_version int NOT NULL,
    name_servers text COLLATE utf8mb4_bin NOT NULL,
    statuses text COLLATE utf8mb4_bin NOT NULL,
    created_at datetime(6),
    expires_at datetime(6),
    expires_raw varchar(64) COLLATE ascii_bin NOT NULL,
    changed_at datetime(6),
    ordered_at datetime(6) NOT NULL,
    needs_info tinyint NOT NULL,
    revision int NOT NULL,
    live_name varchar(255) COLLATE ascii_bin,
    ended_at datetime(6),
    PRIMARY KEY (id),
    UNIQUE KEY uq_domains_live_name (live_name),
    KEY ix_domains_customer_id_state_name_id (customer_id, state, name, id),
    KEY ix_domains_owner_system_state_expires_at_id (owner_system, state, expires_at, id),
    KEY ix_domains_registry_needs_info_id (registry, needs_info, id),
    KEY ix_domains_registry_owner_system_state (registry, owner_system, state),
    KEY ix_domains_registry_state_name_id (registry, state, name, id),
    KEY ix_domains_state_name_id (state, name, id)
);

CREATE TABLE duties (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    policy varchar(40) COLLATE ascii_bin NOT NULL,
    stage varchar(40) COLLATE ascii_bin NOT NULL,
    cycle varchar(40) COLLATE ascii_bin NOT NULL,
    subject_kind varchar(20) COLLATE ascii_bin NOT NULL,
    subject_id varchar(40) COLLATE ascii_bin NOT NULL,
    subject_name varchar(255) COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) COLLATE ascii_bin NOT NULL,
    contact_id varchar(40) COLLATE ascii_bin NOT NULL,
    why varchar(255) COLLATE utf8mb4_bin NOT NULL,
    opens_at datetime(6) NOT NULL,
    due_at datetime(6) NOT NULL,
    closes_at datetime(6) NOT NULL,
    useful_until datetime(6) NOT NULL,
    state varchar(20) COLLATE ascii_bin NOT NULL,
    act_at datetime(6),
    tries int NOT NULL,
    done_at datetime(6),
    breached_at datetime(6),
    note text COLLATE utf8mb4_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    revision int NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_duties_subject_id_policy_stage_cycle (subject_id, policy, stage, cycle),
    KEY ix_duties_policy_state_act_at_id (policy, state, act_at, id),
    KEY ix_duties_policy_state_closes_at_id (policy, state, closes_at, id),
    KEY ix_duties_policy_state_id (policy, state, id),
    KEY ix_duties_subject_id_id (subject_id, id),
    KEY ix_duties_subject_name_id (subject_name, id)
);

CREATE TABLE entries (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    posting_id varchar(40) COLLATE ascii_bin NOT NULL,
    account_id varchar(40) COLLATE ascii_bin NOT NULL,
    minor bigint NOT NULL,
    PRIMARY KEY (id),
    KEY ix_entries_account_id_id_minor (account_id, id, minor),
    KEY ix_entries_posting_id (posting_id)
);

CREATE TABLE event_deliveries (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    endpoint_id varchar(40) COLLATE ascii_bin NOT NULL,
    event_id varchar(40) COLLATE ascii_bin NOT NULL,
    kind varchar(40) COLLATE ascii_bin NOT NULL,
    state varchar(20) COLLATE ascii_bin NOT NULL,
    attempt int NOT NULL,
    due_at bigint NOT NULL,
    last_status int NOT NULL,
    last_error varchar(20) COLLATE ascii_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    queued_at datetime(6) NOT NULL,
    finished_at datetime(6),
    PRIMARY KEY (id),
    UNIQUE KEY uq_event_deliveries_endpoint_id_event_id (endpoint_id, event_id),
    KEY ix_event_deliveries_endpoint_id_id (endpoint_id, id),
    KEY ix_event_deliveries_endpoint_id_state_id (endpoint_id, state, id),
    KEY ix_event_deliveries_queued_at_id (queued_at, id),
    KEY ix_event_deliveries_state_endpoint_id_due_at_id (state, endpoint_id, due_at, id),
    KEY ix_event_deliveries_state_id (state, id)
);

CREATE TABLE events (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    kind varchar(40) COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) COLLATE ascii_bin NOT NULL,
    domain varchar(255) COLLATE ascii_bin NOT NULL,
    domain_id varchar(40) COLLATE ascii_bin NOT NULL,
    order_id varchar(40) COLLATE ascii_bin NOT NULL,
    operation_id varchar(40) COLLATE ascii_bin NOT NULL,
    detail varchar(1000) COLLATE utf8mb4_bin NOT NULL,
    occurred_at datetime(6) NOT NULL,
    PRIMARY KEY (id),
    KEY ix_events_domain_id_id (domain_id, id)
);

CREATE TABLE failed_tries (
    id varchar(80) COLLATE ascii_bin NOT NULL,
    user_id varchar(40) COLLATE ascii_bin NOT NULL,
    kind varchar(20) COLLATE ascii_bin NOT NULL,
    opened_at datetime(6) NOT NULL,
    tries bigint NOT NULL,
    last_at datetime(6) NOT NULL,
    last_ip varchar(45) COLLATE ascii_bin NOT NULL,
    recorded_at datetime(6),
    PRIMARY KEY (id),
    KEY ix_failed_tries_opened_at (opened_at),
    KEY ix_failed_tries_recorded_at_opened_at (recorded_at, opened_at),
    KEY ix_failed_tries_user_id_opened_at (user_id, opened_at)
);

CREATE TABLE holds (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    account_id varchar(40) COLLATE ascii_bin NOT NULL,
    ref varchar(64) COLLATE ascii_bin NOT NULL,
    minor bigint NOT NULL,
    state varchar(20) COLLATE ascii_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    ended_at datetime(6),
    PRIMARY KEY (id),
    UNIQUE KEY uq_holds_ref (ref),
    KEY ix_holds_account_id_state_id_minor (account_id, state, id, minor)
);

CREATE TABLE idempotency_keys (
    scope varchar(64) COLLATE ascii_bin NOT NULL,
    client_key varchar(255) COLLATE utf8mb4_bin NOT NULL,
    body_digest varchar(64) COLLATE ascii_bin NOT NULL,
    operation_id varchar(40) COLLATE ascii_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    expires_at datetime(6) NOT NULL,
    PRIMARY KEY (scope, client_key),
    KEY ix_idempotency_keys_expires_at (expires_at)
);

CREATE TABLE impersonations (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) COLLATE ascii_bin NOT NULL,
    user_id varchar(40) COLLATE ascii_bin NOT NULL,
    staff_id varchar(40) COLLATE ascii_bin NOT NULL,
    staff_session varchar(40) COLLATE ascii_bin NOT NULL,
    reason varchar(500) COLLATE utf8mb4_bin NOT NULL,
    started_at datetime(6) NOT NULL,
    PRIMARY KEY (id),
    KEY ix_impersonations_customer_id_id (customer_id, id),
    KEY ix_impersonations_started_at (started_at)
);

CREATE TABLE import_contacts (
    customer_id varchar(40) COLLATE ascii_bin NOT NULL,
    digest varchar(64) COLLATE ascii_bin NOT NULL,
    contact_id varchar(40) COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (customer_id, digest)
);

CREATE TABLE import_findings (
    digest varchar(64) COLLATE ascii_bin NOT NULL,
    line int NOT NULL,
    seq int NOT NULL,
    column_name varchar(64) COLLATE ascii_bin NOT NULL,
    code varchar(64) COLLATE ascii_bin NOT NULL,
    detail varchar(2000) COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (digest, line, seq)
);

CREATE TABLE import_runs (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    file varchar(255) COLLATE utf8mb4_bin NOT NULL,
    digest varchar(64) COLLATE ascii_bin NOT NULL,
    verify tinyint NOT NULL,
    started_by varchar(64) COLLATE ascii_bin NOT NULL,
    started_at datetime(6) NOT NULL,
    ended_at datetime(6),
    line int NOT NULL,
    created int NOT NULL,
    changed int NOT NULL,
    verified int NOT NULL,
    unchanged int NOT NULL,
    refused int NOT NULL,
    customers int NOT NULL,
    differing int NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE leases (
    name varchar(128) COLLATE ascii_bin NOT NULL,
    holder varchar(100) COLLATE ascii_bin NOT NULL,
    token varchar(64) COLLATE ascii_bin NOT NULL,
    lease_until bigint NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE legal_holds (
    customer_id varchar(40) COLLATE ascii_bin NOT NULL,
    reason varchar(500) COLLATE utf8mb4_bin NOT NULL,
    set_by varchar(100) COLLATE ascii_bin NOT NULL,
    set_at datetime(6) NOT NULL,
    PRIMARY KEY (customer_id)
);

CREATE TABLE mail_secrets (
    mail_id varchar(40) COLLATE ascii_bin NOT NULL,
    sealed varchar(500) COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (mail_id)
);

CREATE TABLE mails (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    to_address varchar(254) COLLATE utf8mb4_bin NOT NULL,
    to_name varchar(255) COLLATE utf8mb4_bin NOT NULL,
    subject varchar(998) COLLATE utf8mb4_bin NOT NULL,
    text_body mediumtext COLLATE utf8mb4_bin NOT NULL,
    html_body mediumtext COLLATE utf8mb4_bin NOT NULL,
    event_id varchar(40) COLLATE ascii_bin,
    template varchar(64) COLLATE ascii_bin NOT NULL,
    state varchar(20) COLLATE ascii_bin NOT NULL,
    attempt int NOT NULL,
    due_at bigint NOT NULL,
    lease_holder varchar(100) COLLATE ascii_bin NOT NULL,
    lease_token varchar(64) COLLATE ascii_bin NOT NULL,
    lease_until bigint NOT NULL,
    last_error text COLLATE utf8mb4_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    sent_at datetime(6),
    customer_id varchar(40) COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_mails_event_id_template (event_id, template),
    KEY ix_mails_customer_id_id (customer_id, id),
    KEY ix_mails_state_due_at_id (state, due_at, id)
);

CREATE TABLE mirror_issues (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    system varchar(40) COLLATE ascii_bin NOT NULL,
    object varchar(10) COLLATE ascii_bin NOT NULL,
    external_id varchar(320) COLLATE ascii_bin NOT NULL,
    kind varchar(30) COLLATE ascii_bin NOT NULL,
    field varchar(30) COLLATE ascii_bin NOT NULL,
    state varchar(20) COLLATE ascii_bin NOT NULL,
    label varchar(255) COLLATE utf8mb4_bin NOT NULL,
    raw varchar(1000) COLLATE utf8mb4_bin NOT NULL,
    object_id varchar(40) COLLATE ascii_bin NOT NULL,
    found_at datetime(6) NOT NULL,
    ended_at datetime(6),
    ended_by varchar(64) COLLATE ascii_bin NOT NULL,
    reason varchar(500) COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_mirror_issues_row (system, object, external_id, kind, field),
    KEY ix_mirror_issues_system_state_id (system, state, id),
    KEY ix_mirror_issues_system_state_kind_id (system, state, kind, id)
);

CREATE TABLE mirror_rows (
    system varchar(40) COLLATE ascii_bin NOT NULL,
    kind varchar(10) COLLATE ascii_bin NOT NULL,
    external_id varchar(320) COLLATE ascii_bin NOT NULL,
    name varchar(255) COLLATE ascii_bin NOT NULL,
    standing varchar(20) COLLATE ascii_bin NOT NULL,
    owner_external varchar(64) COLLATE ascii_bin NOT NULL,
    object_id varchar(40) COLLATE ascii_bin NOT NULL,
    contact_id varchar(40) COLLATE ascii_bin NOT NULL,
    contact_version int NOT NULL,
    digest varchar(64) COLLATE ascii_bin NOT NULL,
    applied varchar(64) COLLATE ascii_bin NOT NULL,
    facts text COLLATE utf8mb4_bin NOT NULL,
    seen_run varchar(40) COLLATE ascii_bin NOT NULL,
    gone_at datetime(6),
    created_at datetime(6) NOT NULL,
    PRIMARY KEY (system, kind, external_id),
    KEY ix_mirror_rows_contact_id (contact_id),
    KEY ix_mirror_rows_object_id (object_id),
    KEY ix_mirror_rows_system_kind_name_external_id (system, kind, name, external_id)
);

CREATE TABLE mirror_runs (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    system varchar(40) COLLATE ascii_bin NOT NULL,
    running varchar(40) COLLATE ascii_bin,
    token varchar(64) COLLATE ascii_bin NOT NULL,
    version varchar(100) COLLATE utf8mb4_bin NOT NULL,
    dry tinyint NOT NULL,
    phase varchar(20) COLLATE ascii_bin NOT NULL,
    after_key varchar(320) COLLATE ascii_bin NOT NULL,
    outcome varchar(20) COLLATE ascii_bin NOT NULL,
    customers_read int NOT NULL,
    domains_read int NOT NULL,
    created int NOT NULL,
    changed int NOT NULL,
    unchanged int NOT NULL,
    gone int NOT NULL,
    left_out int NOT NULL,
    flaws int NOT NULL,
    brake_id varchar(40) COLLATE ascii_bin NOT NULL,
    problem varchar(500) COLLATE utf8mb4_bin NOT NULL,
    started_by varchar(64) COLLATE ascii_bin NOT NULL,
    started_at datetime(6) NOT NULL,
    ended_at datetime(6),
    PRIMARY KEY (id),
    UNIQUE KEY uq_mirror_runs_running (running),
    KEY ix_mirror_runs_system_id (system, id)
);

CREATE TABLE notices (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    duty_id varchar(40) COLLATE ascii_bin NOT NULL,
    attempt int NOT NULL,
    mail_id varchar(40) COLLATE ascii_bin NOT NULL,
    to_address varchar(254) COLLATE utf8mb4_bin NOT NULL,
    to_name varchar(255) COLLATE utf8mb4_bin NOT NULL,
    language varchar(35) COLLATE ascii_bin NOT NULL,
    template varchar(64) COLLATE ascii_bin NOT NULL,
    subject varchar(998) COLLATE utf8mb4_bin NOT NULL,
    text_body mediumtext COLLATE utf8mb4_bin NOT NULL,
    html_body mediumtext COLLATE utf8mb4_bin NOT NULL,
    digest varchar(64) COLLATE ascii_bin NOT NULL,
    state varchar(20) COLLATE ascii_bin NOT NULL,
    result text COLLATE utf8mb4_bin NOT NULL,
    queued_at datetime(6) NOT NULL,
    ended_at datetime(6),
    retention varchar(20) COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_notices_duty_id_attempt (duty_id, attempt),
    UNIQUE KEY uq_notices_mail_id (mail_id)
);

CREATE TABLE operations (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    kind varchar(20) COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) COLLATE ascii_bin NOT NULL,
    domain varchar(255) COLLATE ascii_bin NOT NULL,
    domain_id varchar(40) COLLATE ascii_bin NOT NULL,
    order_id varchar(40) COLLATE ascii_bin NOT NULL,
    line_id varchar(40) COLLATE ascii_bin NOT NULL,
    state varchar(20) COLLATE ascii_bin NOT NULL,
    failure_code varchar(64) COLLATE ascii_bin NOT NULL,
    failure varchar(1000) COLLATE utf8mb4_bin NOT NULL,
    by_kind varchar(20) COLLATE ascii_bin NOT NULL,
    by_id varchar(100) COLLATE ascii_bin NOT NULL,
    by_ip varchar(64) COLLATE ascii_bin NOT NULL,
    by_request_id varchar(64) COLLATE ascii_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    finished_at datetime(6),
    PRIMARY KEY (id),
    KEY ix_operations_customer_id_state_id (customer_id, state, id),
    KEY ix_operations_domain_id_id (domain_id, id),
    KEY ix_operations_state_id (state, id)
);

CREATE TABLE order_lines (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    order_id varchar(40) COLLATE ascii_bin NOT NULL,
    line_no int NOT NULL,
    action varchar(20) COLLATE ascii_bin NOT NULL,
    domain varchar(255) COLLATE ascii_bin NOT NULL,
    domain_id varchar(40) COLLATE ascii_bin NOT NULL,
    years int NOT NULL,
    price_minor bigint NOT NULL,
    price_currency varchar(3) COLLATE ascii_bin NOT NULL,
    cost_minor bigint NOT NULL,
    cost_currency varchar(3) COLLATE ascii_bin NOT NULL,
    state varchar(20) COLLATE ascii_bin NOT NULL,
    hold_id varchar(40) COLLATE ascii_bin NOT NULL,
    operation_id varchar(40) COLLATE ascii_bin NOT NULL,
    failure varchar(1000) COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_order_lines_order_id_line_no (order_id, line_no)
);

CREATE TABLE orders (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) COLLATE ascii_bin NOT NULL,
    state varchar(20) COLLATE ascii_bin NOT NULL,
    total_minor bigint NOT NULL,
    currency varchar(3) COLLATE ascii_bin NOT NULL,
    agreement_version varchar(64) COLLATE utf8mb4_bin NOT NULL,
    agreement_language varchar(35) COLLATE ascii_bin NOT NULL,
    agreement_ip varchar(64) COLLATE ascii_bin NOT NULL,
    agreement_at datetime(6),
    placed_at datetime(6) NOT NULL,
    by_kind varchar(20) COLLATE ascii_bin NOT NULL,
    by_id varchar(100) COLLATE ascii_bin NOT NULL,
    by_ip varchar(64) COLLATE ascii_bin NOT NULL,
    by_request_id varchar(64) COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (id),
    KEY ix_orders_customer_id_id (customer_id, id)
);

CREATE TABLE payments (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) COLLATE ascii_bin NOT NULL,
    provider varchar(20) COLLATE ascii_bin NOT NULL,
    ref varchar(255) COLLATE ascii_bin,
    minor bigint NOT NULL,
    currency varchar(3) COLLATE ascii_bin NOT NULL,
    state varchar(20) COLLATE ascii_bin NOT NULL,
    processing tinyint NOT NULL,
    note varchar(255) COLLATE utf8mb4_bin NOT NULL,
    client_key varchar(64) COLLATE ascii_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    finished_at datetime(6),
    look_at datetime(6) NOT NULL,
    looked_at datetime(6),
    PRIMARY KEY (id),
    UNIQUE KEY uq_payments_customer_id_client_key (customer_id, client_key),
    UNIQUE KEY uq_payments_provider_ref (provider, ref),
    KEY ix_payments_customer_id_id (customer_id, id),
    KEY ix_payments_state_id (state, id),
    KEY ix_payments_state_look_at_id (state, look_at, id)
);

CREATE TABLE policy_marks (
    policy varchar(40) COLLATE ascii_bin NOT NULL,
    planned_until datetime(6) NOT NULL,
    swept_at datetime(6) NOT NULL,
    PRIMARY KEY (policy)
);

CREATE TABLE postings (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    kind varchar(20) COLLATE ascii_bin NOT NULL,
    ref varchar(64) COLLATE ascii_bin NOT NULL,
    memo varchar(255) COLLATE utf8mb4_bin NOT NULL,
    booked_at datetime(6) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_postings_kind_ref (kind, ref)
);

CREATE TABLE prices (
    tld varchar(255) COLLATE ascii_bin NOT NULL,
    action varchar(20) COLLATE ascii_bin NOT NULL,
    class varchar(32) COLLATE ascii_bin NOT NULL,
    years int NOT NULL,
    currency varchar(3) COLLATE ascii_bin NOT NULL,
    valid_from datetime(6) NOT NULL,
    valid_until datetime(6),
    sale_minor bigint NOT NULL,
    cost_minor bigint NOT NULL,
    cost_currency varchar(3) COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (tld, action, class, years, currency, valid_from)
);

CREATE TABLE receivables (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) COLLATE ascii_bin NOT NULL,
    kind varchar(20) COLLATE ascii_bin NOT NULL,
    ref varchar(64) COLLATE ascii_bin NOT NULL,
    currency varchar(3) COLLATE ascii_bin NOT NULL,
    total_minor bigint NOT NULL,
    open_minor bigint NOT NULL,
    written_off_minor bigint NOT NULL,
    state varchar(20) COLLATE ascii_bin NOT NULL,
    opened_at datetime(6) NOT NULL,
    closed_at datetime(6),
    revision int NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_receivables_kind_ref (kind, ref),
    KEY ix_receivables_customer_id_id (customer_id, id),
    KEY ix_receivables_customer_id_state_id (customer_id, state, id),
    KEY ix_receivables_state_id (state, id)
);

CREATE TABLE recovery_codes (
    digest varchar(64) COLLATE ascii_bin NOT NULL,
    user_id varchar(40) COLLATE ascii_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    used_at datetime(6),
    PRIMARY KEY (digest),
    KEY ix_recovery_codes_user_id (user_id)
);

CREATE TABLE registry_contacts (
    registry varchar(63) COLLATE ascii_bin NOT NULL,
    handle varchar(16) COLLATE ascii_bin NOT NULL,
    contact_id varchar(40) COLLATE ascii_bin NOT NULL,
    version int NOT NULL,
    created tinyint NOT NULL,
    PRIMARY KEY (registry, handle),
    KEY ix_registry_contacts_contact_id_registry_version (contact_id, registry, version)
);

CREATE TABLE registry_hosts (
    registry varchar(63) COLLATE ascii_bin NOT NULL,
    host varchar(255) COLLATE ascii_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    PRIMARY KEY (registry, host)
);

CREATE TABLE registry_messages (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    registry varchar(63) COLLATE ascii_bin NOT NULL,
    message_id varchar(255) COLLATE utf8mb4_bin NOT NULL,
    known_by varchar(64) COLLATE ascii_bin NOT NULL,
    queued_at datetime(6) NOT NULL,
    received_at datetime(6) NOT NULL,
    text varchar(2000) COLLATE utf8mb4_bin NOT NULL,
    sv_trid varchar(64) COLLATE utf8mb4_bin NOT NULL,
    frame mediumblob NOT NULL,
    object varchar(255) COLLATE utf8mb4_bin NOT NULL,
    kinds varchar(255) COLLATE ascii_bin NOT NULL,
    events mediumtext COLLATE utf8mb4_bin NOT NULL,
    state varchar(20) COLLATE ascii_bin NOT NULL,
    attempt int NOT NULL,
    due_at datetime(6) NOT NULL,
    note varchar(1000) COLLATE utf8mb4_bin NOT NULL,
    revision int NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_registry_messages_known_by (known_by),
    KEY ix_registry_messages_object_id (object, id),
    KEY ix_registry_messages_registry_id (registry, id),
    KEY ix_registry_messages_registry_state_due_at_id (registry, state, due_at, id),
    KEY ix_registry_messages_registry_state_id (registry, state, id),
    KEY ix_registry_messages_state_id (state, id)
);

CREATE TABLE registry_states (
    registry varchar(63) COLLATE ascii_bin NOT NULL,
    no_funds_since datetime(6),
    probe_at bigint NOT NULL,
    PRIMARY KEY (registry)
);

CREATE TABLE restore_findings (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    restore_id varchar(40) COLLATE ascii_bin NOT NULL,
    kind varchar(20) COLLATE ascii_bin NOT NULL,
    state varchar(20) COLLATE ascii_bin NOT NULL,
    registry varchar(63) COLLATE ascii_bin NOT NULL,
    object varchar(255) COLLATE ascii_bin NOT NULL,
    domain_id varchar(40) COLLATE ascii_bin NOT NULL,
    held_domain varchar(40) COLLATE ascii_bin,
    command_id varchar(40) COLLATE ascii_bin NOT NULL,
    detail varchar(2000) COLLATE utf8mb4_bin NOT NULL,
    found_at datetime(6) NOT NULL,
    ended_at datetime(6),
    ended_by varchar(64) COLLATE ascii_bin NOT NULL,
    reason varchar(500) COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_restore_findings_restore_id_object_kind_command_id (restore_id, object, kind, command_id),
    KEY ix_restore_findings_held_domain (held_domain),
    KEY ix_restore_findings_state_id (state, id)
);

CREATE TABLE restore_names (
    restore_id varchar(40) COLLATE ascii_bin NOT NULL,
    registry varchar(63) COLLATE ascii_bin NOT NULL,
    checked tinyint NOT NULL,
    name varchar(255) COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (restore_id, name),
    KEY ix_restore_names_restore_id_registry_checked_name (restore_id, registry, checked, name)
);

CREATE TABLE restore_progress (
    restore_id varchar(40) COLLATE ascii_bin NOT NULL,
    registry varchar(63) COLLATE ascii_bin NOT NULL,
    commands_total int NOT NULL,
    commands_checked int NOT NULL,
    commands_at datetime(6),
    domains_total int NOT NULL,
    domains_checked int NOT NULL,
    domains_after varchar(300) COLLATE ascii_bin NOT NULL,
    domains_at datetime(6),
    names_total int NOT NULL,
    names_checked int NOT NULL,
    names_at datetime(6),
    PRIMARY KEY (restore_id, registry)
);

CREATE TABLE restores (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    running tinyint,
    started_at datetime(6) NOT NULL,
    settle_at bigint NOT NULL,
    ended_at datetime(6),
    ended_by varchar(64) COLLATE ascii_bin NOT NULL,
    reason varchar(500) COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_restores_running (running)
);

CREATE TABLE retention_marks (
    rule varchar(64) COLLATE ascii_bin NOT NULL,
    after_key varchar(200) COLLATE ascii_bin NOT NULL,
    looked_at datetime(6) NOT NULL,
    PRIMARY KEY (rule)
);

CREATE TABLE sessions (
    digest varchar(64) COLLATE ascii_bin NOT NULL,
    data mediumblob NOT NULL,
    expires_at datetime(6) NOT NULL,
    PRIMARY KEY (digest),
    KEY ix_sessions_expires_at (expires_at)
);

CREATE TABLE staff_allowances (
    user_id varchar(40) COLLATE ascii_bin NOT NULL,
    currency varchar(3) COLLATE ascii_bin NOT NULL,
    day varchar(10) COLLATE ascii_bin NOT NULL,
    spent bigint NOT NULL,
    PRIMARY KEY (user_id, currency, day)
);

CREATE TABLE staff_locks (
    domain_id varchar(40) COLLATE ascii_bin NOT NULL,
    status varchar(40) COLLATE ascii_bin NOT NULL,
    reason varchar(1000) COLLATE utf8mb4_bin NOT NULL,
    by_kind varchar(20) COLLATE ascii_bin NOT NULL,
    by_id varchar(100) COLLATE ascii_bin NOT NULL,
    by_ip varchar(64) COLLATE ascii_bin NOT NULL,
    by_request_id varchar(64) COLLATE ascii_bin NOT NULL,
    set_at datetime(6) NOT NULL,
    PRIMARY KEY (domain_id, status)
);

CREATE TABLE subordinate_hosts (
    registry varchar(63) COLLATE ascii_bin NOT NULL,
    name varchar(255) COLLATE ascii_bin NOT NULL,
    domain_id varchar(40) COLLATE ascii_bin NOT NULL,
    addresses text COLLATE utf8mb4_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    changed_at datetime(6),
    PRIMARY KEY (registry, name),
    KEY ix_subordinate_hosts_domain_id_name (domain_id, name)
);

CREATE TABLE sync_progress (
    registry varchar(63) COLLATE ascii_bin NOT NULL,
    after_key varchar(300) COLLATE ascii_bin NOT NULL,
    compared int NOT NULL,
    skipped int NOT NULL,
    different int NOT NULL,
    started_at datetime(6) NOT NULL,
    finished_at datetime(6),
    PRIMARY KEY (registry)
);

CREATE TABLE tickets (
    digest varchar(64) COLLATE ascii_bin NOT NULL,
    kind varchar(20) COLLATE ascii_bin NOT NULL,
    user_id varchar(40) COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) COLLATE ascii_bin NOT NULL,
    email varchar(254) COLLATE utf8mb4_bin NOT NULL,
    role varchar(20) COLLATE ascii_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    expires_at datetime(6) NOT NULL,
    used_at datetime(6),
    basket varchar(40) COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (digest),
    KEY ix_tickets_customer_id_kind (customer_id, kind),
    KEY ix_tickets_expires_at (expires_at),
    KEY ix_tickets_user_id_kind (user_id, kind)
);

CREATE TABLE tlds (
    name varchar(255) COLLATE ascii_bin NOT NULL,
    registry varchar(63) COLLATE ascii_bin NOT NULL,
    min_years int NOT NULL,
    max_years int NOT NULL,
    min_name_servers int NOT NULL,
    max_name_servers int NOT NULL,
    active tinyint NOT NULL,
    idn_tables text COLLATE utf8mb4_bin,
    PRIMARY KEY (name)
);

CREATE TABLE transcript_objects (
    object varchar(255) COLLATE utf8mb4_bin NOT NULL,
    id varchar(40) COLLATE ascii_bin NOT NULL,
    registry varchar(63) COLLATE ascii_bin NOT NULL,
    verb varchar(40) COLLATE ascii_bin NOT NULL,
    code int NOT NULL,
    PRIMARY KEY (object, id),
    KEY ix_transcript_objects_id (id)
);

CREATE TABLE transcripts (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    registry varchar(63) COLLATE ascii_bin NOT NULL,
    session_id varchar(64) COLLATE ascii_bin NOT NULL,
    command_id varchar(64) COLLATE utf8mb4_bin NOT NULL,
    cl_trid varchar(64) COLLATE utf8mb4_bin NOT NULL,
    sv_trid varchar(255) COLLATE utf8mb4_bin NOT NULL,
    verb varchar(40) COLLATE ascii_bin NOT NULL,
    object varchar(255) COLLATE utf8mb4_bin NOT NULL,
    code int NOT NULL,
    error text COLLATE utf8mb4_bin NOT NULL,
    started_at datetime(6) NOT NULL,
    duration_us bigint NOT NULL,
    request mediumtext COLLATE utf8mb4_bin NOT NULL,
    response mediumtext COLLATE utf8mb4_bin NOT NULL,
    retention varchar(20) COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (id),
    KEY ix_transcripts_cl_trid_id (cl_trid, id),
    KEY ix_transcripts_command_id_id (command_id, id),
    KEY ix_transcripts_object_id (object, id),
    KEY ix_transcripts_registry_code_id (registry, code, id),
    KEY ix_transcripts_registry_id (registry, id),
    KEY ix_transcripts_registry_verb_code_id (registry, verb, code, id),
    KEY ix_transcripts_registry_verb_id (registry, verb, id),
    KEY ix_transcripts_retention_started_at (retention, started_at),
    KEY ix_transcripts_sv_trid_id (sv_trid, id)
);

CREATE TABLE transfer_codes (
    domain_id varchar(40) COLLATE ascii_bin NOT NULL,
    command_id varchar(40) COLLATE ascii_bin NOT NULL,
    sealed varchar(1000) COLLATE ascii_bin NOT NULL,
    expires_at datetime(6),
    PRIMARY KEY (domain_id),
    KEY ix_transfer_codes_expires_at_domain_id (expires_at, domain_id)
);

CREATE TABLE user_passkeys (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    user_id varchar(40) COLLATE ascii_bin NOT NULL,
    digest varchar(64) COLLATE ascii_bin NOT NULL,
    credential varchar(1400) COLLATE ascii_bin NOT NULL,
    public_key varchar(4000) COLLATE ascii_bin NOT NULL,
    sign_count bigint NOT NULL,
    transports text COLLATE utf8mb4_bin NOT NULL,
    backup_eligible tinyint NOT NULL,
    backed_up tinyint NOT NULL,
    name varchar(100) COLLATE utf8mb4_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    last_used_at datetime(6),
    PRIMARY KEY (id),
    UNIQUE KEY uq_user_passkeys_digest (digest),
    KEY ix_user_passkeys_user_id (user_id)
);

CREATE TABLE user_sessions (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    user_id varchar(40) COLLATE ascii_bin NOT NULL,
    door varchar(20) COLLATE ascii_bin NOT NULL,
    method varchar(20) COLLATE ascii_bin NOT NULL,
    device varchar(64) COLLATE ascii_bin NOT NULL,
    agent varchar(200) COLLATE utf8mb4_bin NOT NULL,
    ip varchar(64) COLLATE ascii_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    seen_at datetime(6) NOT NULL,
    proved_at datetime(6) NOT NULL,
    ends_at datetime(6) NOT NULL,
    ended_at datetime(6),
    end_reason varchar(20) COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (id),
    KEY ix_user_sessions_ends_at (ends_at),
    KEY ix_user_sessions_user_id_device (user_id, device)
);

CREATE TABLE user_totp (
    user_id varchar(40) COLLATE ascii_bin NOT NULL,
    sealed varchar(500) COLLATE ascii_bin NOT NULL,
    last_step bigint NOT NULL,
    created_at datetime(6) NOT NULL,
    confirmed_at datetime(6),
    PRIMARY KEY (user_id)
);

CREATE TABLE users (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) COLLATE ascii_bin NOT NULL,
    email varchar(254) COLLATE utf8mb4_bin NOT NULL,
    name varchar(255) COLLATE utf8mb4_bin NOT NULL,
    role varchar(20) COLLATE ascii_bin NOT NULL,
    password_hash varchar(255) COLLATE ascii_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    disabled_at datetime(6),
    email_verified_at datetime(6),
    revision bigint NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_users_email (email),
    KEY ix_users_customer_id_id (customer_id, id)
);

CREATE TABLE webhook_endpoints (
    id varchar(40) COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) COLLATE ascii_bin NOT NULL,
    url varchar(1000) COLLATE ascii_bin NOT NULL,
    description varchar(255) COLLATE utf8mb4_bin NOT NULL,
    kinds text COLLATE utf8mb4_bin NOT NULL,
    sealed varchar(500) COLLATE ascii_bin NOT NULL,
    previous_sealed varchar(500) COLLATE ascii_bin NOT NULL,
    previous_until datetime(6),
    created_kind varchar(20) COLLATE ascii_bin NOT NULL,
    created_by varchar(40) COLLATE ascii_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    off_at datetime(6),
    off_why varchar(20) COLLATE ascii_bin NOT NULL,
    removed_at datetime(6),
    failures int NOT NULL,
    failing_since datetime(6),
    due_at bigint NOT NULL,
    lease_holder varchar(100) COLLATE ascii_bin NOT NULL,
    lease_token varchar(64) COLLATE ascii_bin NOT NULL,
    lease_until bigint NOT NULL,
    revision bigint NOT NULL,
    address_by varchar(40) COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (id),
    KEY ix_webhook_endpoints_customer_id_id (customer_id, id),
    KEY ix_webhook_endpoints_off_why_failures_id (off_why, failures, id),
    KEY ix_webhook_endpoints_previous_until_id (previous_until, id),
    KEY ix_webhook_endpoints_removed_at_id (removed_at, id)
);

