-- +goose Up
-- Bearer tokens, kept as SHA-256 digests only.
CREATE TABLE api_tokens (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    user_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name varchar(255) NOT NULL,
    digest varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    hint varchar(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    scopes text NOT NULL,
    created_at datetime(6) NOT NULL,
    expires_at datetime(6) NULL,
    last_used_at datetime(6) NULL,
    revoked_at datetime(6) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_api_tokens_digest (digest),
    KEY ix_api_tokens_customer_id_id (customer_id, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
