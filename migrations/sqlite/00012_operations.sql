-- +goose Up
-- Accepted requests as their askers see them.
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
