-- +goose Up
-- What customers asked and pay for.
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
