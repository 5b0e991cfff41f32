-- +goose Up
-- Web sessions, by the SHA-256 of their token.
CREATE TABLE sessions (
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    data blob NOT NULL,
    expires_at datetime NOT NULL,
    PRIMARY KEY (digest)
);
CREATE INDEX ix_sessions_expires_at ON sessions (expires_at);
