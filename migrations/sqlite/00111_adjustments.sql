-- +goose Up
-- Credits (positive) and debits (negative) by staff; decided_by is the second person, if one was needed.
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
CREATE UNIQUE INDEX uq_adjustments_client_key ON adjustments (client_key);
CREATE INDEX ix_adjustments_customer_id_id ON adjustments (customer_id, id);
CREATE INDEX ix_adjustments_state_id ON adjustments (state, id);
