-- +goose Up
-- Money set aside, one hold per order line.
CREATE TABLE holds (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    account_id text NOT NULL CHECK (length(account_id) <= 40 AND account_id NOT GLOB '*[^ -~]*'),
    ref text NOT NULL CHECK (length(ref) <= 64 AND ref NOT GLOB '*[^ -~]*'),
    minor integer NOT NULL CHECK (typeof(minor) = 'integer'),
    state text NOT NULL CHECK (length(state) <= 20 AND state NOT GLOB '*[^ -~]*'),
    created_at datetime NOT NULL,
    ended_at datetime NULL,
    PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX uq_holds_ref ON holds (ref);
CREATE INDEX ix_holds_account_id_state_id_minor ON holds (account_id, state, id, minor);
