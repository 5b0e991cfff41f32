-- +goose Up
-- Failed sign-ins and proofs: one row for a user, a kind and an hour. user_id is '' for addresses without an account.
CREATE TABLE failed_tries (
    id varchar(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    user_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    kind varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    opened_at datetime(6) NOT NULL,
    tries bigint NOT NULL,
    last_at datetime(6) NOT NULL,
    last_ip varchar(45) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    recorded_at datetime(6) NULL,
    PRIMARY KEY (id),
    KEY ix_failed_tries_user_id_opened_at (user_id, opened_at),
    KEY ix_failed_tries_recorded_at_opened_at (recorded_at, opened_at),
    KEY ix_failed_tries_opened_at (opened_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
