-- +goose Up
-- Ledger accounts; balance and held are caches of entries and open holds, changed in the same
-- transaction.
CREATE TABLE accounts (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    kind varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    owner varchar(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    currency varchar(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    balance bigint NOT NULL,
    held bigint NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_accounts_kind_owner_currency (kind, owner, currency),
    KEY ix_accounts_kind_id (kind, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
