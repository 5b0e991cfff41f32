-- +goose Up
-- The outgoing queue; one mail per event and template.
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
    sent_at datetime NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_mails_event_id_template ON mails (event_id, template);
CREATE INDEX ix_mails_state_due_at_id ON mails (state, due_at, id);
