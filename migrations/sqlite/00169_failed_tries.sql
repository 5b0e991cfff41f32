-- +goose Up
-- Failed sign-ins and proofs: one row for a user, a kind and an hour. user_id is '' for addresses without an account.
CREATE TABLE failed_tries (
    id text NOT NULL CHECK (length(id) <= 80 AND id NOT GLOB '*[^ -~]*'),
    user_id text NOT NULL CHECK (length(user_id) <= 40 AND user_id NOT GLOB '*[^ -~]*'),
    kind text NOT NULL CHECK (length(kind) <= 20 AND kind NOT GLOB '*[^ -~]*'),
    opened_at datetime NOT NULL,
    tries integer NOT NULL CHECK (typeof(tries) = 'integer'),
    last_at datetime NOT NULL,
    last_ip text NOT NULL CHECK (length(last_ip) <= 45 AND last_ip NOT GLOB '*[^ -~]*'),
    recorded_at datetime NULL,
    PRIMARY KEY (id)
);
CREATE INDEX ix_failed_tries_user_id_opened_at ON failed_tries (user_id, opened_at);
CREATE INDEX ix_failed_tries_recorded_at_opened_at ON failed_tries (recorded_at, opened_at);
CREATE INDEX ix_failed_tries_opened_at ON failed_tries (opened_at);
