-- +goose Up
-- Bearer tokens, kept as SHA-256 digests only.
CREATE TABLE api_tokens (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    customer_id text NOT NULL CHECK (length(customer_id) <= 40 AND customer_id NOT GLOB '*[^ -~]*'),
    user_id text NOT NULL CHECK (length(user_id) <= 40 AND user_id NOT GLOB '*[^ -~]*'),
    name text NOT NULL CHECK (length(name) <= 255),
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    hint text NOT NULL CHECK (length(hint) <= 8 AND hint NOT GLOB '*[^ -~]*'),
    scopes text NOT NULL,
    created_at datetime NOT NULL,
    expires_at datetime NULL,
    last_used_at datetime NULL,
    revoked_at datetime NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_api_tokens_digest ON api_tokens (digest);
CREATE INDEX ix_api_tokens_customer_id_id ON api_tokens (customer_id, id);
