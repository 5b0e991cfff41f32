-- +goose Up
-- The sides of postings: the truth of the ledger.
CREATE TABLE entries (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    posting_id text NOT NULL CHECK (length(posting_id) <= 40 AND posting_id NOT GLOB '*[^ -~]*'),
    account_id text NOT NULL CHECK (length(account_id) <= 40 AND account_id NOT GLOB '*[^ -~]*'),
    minor integer NOT NULL CHECK (typeof(minor) = 'integer'),
    PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX ix_entries_account_id_id_minor ON entries (account_id, id, minor);
CREATE INDEX ix_entries_posting_id ON entries (posting_id);
