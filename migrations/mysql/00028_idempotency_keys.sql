-- +goose Up
-- What a client's key caused.
CREATE TABLE idempotency_keys (
    scope varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    client_key varchar(255) NOT NULL,
    body_digest varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    operation_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    expires_at datetime(6) NOT NULL,
    PRIMARY KEY (scope, client_key),
    KEY ix_idempotency_keys_expires_at (expires_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
