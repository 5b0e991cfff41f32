-- +goose Up
-- Where events are sent to; customer_id '' means staff's, for the events of all customers. Secrets are sealed for
-- "webhook_endpoints.sealed/<id>" and "webhook_endpoints.previous_sealed/<id>". A removed row waits for its log to be purged.
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
    revision integer NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX ix_webhook_endpoints_customer_id_id ON webhook_endpoints (customer_id, id);
CREATE INDEX ix_webhook_endpoints_removed_at_id ON webhook_endpoints (removed_at, id);
CREATE INDEX ix_webhook_endpoints_previous_until_id ON webhook_endpoints (previous_until, id);
