-- +goose Up
-- Recovery codes, by the SHA-256 of user and code.
CREATE TABLE recovery_codes (
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    user_id text NOT NULL CHECK (length(user_id) <= 40 AND user_id NOT GLOB '*[^ -~]*'),
    created_at datetime NOT NULL,
    used_at datetime NULL,
    PRIMARY KEY (digest)
);
CREATE INDEX ix_recovery_codes_user_id ON recovery_codes (user_id);
