-- +goose Up
-- Transfer codes: sealed while the command that carries one is open, afterwards only until when it
-- is good.
CREATE TABLE transfer_codes (
    domain_id text NOT NULL CHECK (length(domain_id) <= 40 AND domain_id NOT GLOB '*[^ -~]*'),
    command_id text NOT NULL CHECK (length(command_id) <= 40 AND command_id NOT GLOB '*[^ -~]*'),
    sealed text NOT NULL CHECK (length(sealed) <= 1000 AND sealed NOT GLOB '*[^ -~]*'),
    expires_at datetime NULL,
    PRIMARY KEY (domain_id)
) WITHOUT ROWID;
CREATE INDEX ix_transfer_codes_expires_at_domain_id ON transfer_codes (expires_at, domain_id);
