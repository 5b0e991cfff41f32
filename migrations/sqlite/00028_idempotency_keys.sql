-- +goose Up
-- What a client's key caused.
CREATE TABLE idempotency_keys (
    scope text NOT NULL CHECK (length(scope) <= 64 AND scope NOT GLOB '*[^ -~]*'),
    client_key text NOT NULL CHECK (length(client_key) <= 255),
    body_digest text NOT NULL CHECK (length(body_digest) <= 64 AND body_digest NOT GLOB '*[^ -~]*'),
    operation_id text NOT NULL CHECK (length(operation_id) <= 40 AND operation_id NOT GLOB '*[^ -~]*'),
    created_at datetime NOT NULL,
    expires_at datetime NOT NULL,
    PRIMARY KEY (scope, client_key)
) WITHOUT ROWID;
CREATE INDEX ix_idempotency_keys_expires_at ON idempotency_keys (expires_at);
