-- +goose Up
-- The texts that people have accepted, by SHA-256, so that each can be shown later.
CREATE TABLE agreements (
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    version text NOT NULL CHECK (length(version) <= 64),
    language text NOT NULL CHECK (length(language) <= 35 AND language NOT GLOB '*[^ -~]*'),
    body text NOT NULL,
    kept_at datetime NOT NULL,
    PRIMARY KEY (digest)
);
CREATE INDEX ix_agreements_version ON agreements (version, language, kept_at);
