-- +goose Up
-- Ledger accounts; balance and held are caches of entries and open holds, changed in the same
-- transaction.
CREATE TABLE accounts (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    kind text NOT NULL CHECK (length(kind) <= 20 AND kind NOT GLOB '*[^ -~]*'),
    owner text NOT NULL CHECK (length(owner) <= 63 AND owner NOT GLOB '*[^ -~]*'),
    currency text NOT NULL CHECK (length(currency) <= 3 AND currency NOT GLOB '*[^ -~]*'),
    balance integer NOT NULL CHECK (typeof(balance) = 'integer'),
    held integer NOT NULL CHECK (typeof(held) = 'integer'),
    PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX uq_accounts_kind_owner_currency ON accounts (kind, owner, currency);
CREATE INDEX ix_accounts_kind_id ON accounts (kind, id);
