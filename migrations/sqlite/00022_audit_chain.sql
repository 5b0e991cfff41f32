-- +goose Up
-- The chain of digests: chain_digest = SHA-256(previous chain_digest, digest).
CREATE TABLE audit_chain (
    seq integer NOT NULL CHECK (typeof(seq) = 'integer'),
    event_id text NOT NULL CHECK (length(event_id) <= 40 AND event_id NOT GLOB '*[^ -~]*'),
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    chain_digest text NOT NULL CHECK (length(chain_digest) <= 64 AND chain_digest NOT GLOB '*[^ -~]*'),
    chained_at datetime NOT NULL,
    PRIMARY KEY (seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX uq_audit_chain_event_id ON audit_chain (event_id);
