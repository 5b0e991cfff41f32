-- +goose Up
-- Tries of customers to bring money in. ref is the provider's, NULL until its answer is known.
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
CREATE UNIQUE INDEX uq_payments_customer_id_client_key ON payments (customer_id, client_key);
CREATE UNIQUE INDEX uq_payments_provider_ref ON payments (provider, ref);
CREATE INDEX ix_payments_customer_id_id ON payments (customer_id, id);
CREATE INDEX ix_payments_state_id ON payments (state, id);
CREATE INDEX ix_payments_state_look_at_id ON payments (state, look_at, id);
