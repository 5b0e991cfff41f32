-- +goose Up
-- The sides of postings: the truth of the ledger.
CREATE TABLE entries (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    posting_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    account_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    minor bigint NOT NULL,
    PRIMARY KEY (id),
    KEY ix_entries_account_id_id_minor (account_id, id, minor),
    KEY ix_entries_posting_id (posting_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
