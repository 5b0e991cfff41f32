-- +goose Up
-- What happened, by ids, for the rest of the system.
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
