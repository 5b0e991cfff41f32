-- +goose Up
-- The chain of digests: chain_digest = SHA-256(previous chain_digest, digest).
CREATE TABLE audit_chain (
    seq bigint NOT NULL,
    event_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    digest varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    chain_digest varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    chained_at datetime(6) NOT NULL,
    PRIMARY KEY (seq),
    UNIQUE KEY uq_audit_chain_event_id (event_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
