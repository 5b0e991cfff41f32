-- +goose Up
-- What customers owe because money for work done is gone: one row per cause.
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
CREATE UNIQUE INDEX uq_receivables_kind_ref ON receivables (kind, ref);
CREATE INDEX ix_receivables_customer_id_id ON receivables (customer_id, id);
CREATE INDEX ix_receivables_customer_id_state_id ON receivables (customer_id, state, id);
CREATE INDEX ix_receivables_state_id ON receivables (state, id);
