-- +goose Up
-- The journal of EPP transforms. due_at, settle_at and lease_until are microseconds of Unix time
-- by the clock of the database; open_key is the name while a domain transform is open, else NULL:
-- one open transform per name.
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
CREATE UNIQUE INDEX uq_commands_cl_trid ON commands (cl_trid);
CREATE UNIQUE INDEX uq_commands_open_key ON commands (open_key);
CREATE UNIQUE INDEX uq_commands_operation_id_seq ON commands (operation_id, seq);
CREATE INDEX ix_commands_registry_state_billable_due_at_id ON commands (registry, state, billable, due_at, id);
CREATE INDEX ix_commands_registry_state_id ON commands (registry, state, id);
CREATE INDEX ix_commands_state_id ON commands (state, id);
CREATE INDEX ix_commands_domain_id_id ON commands (domain_id, id);
