-- +goose Up
-- Money set aside, one hold per order line.
CREATE TABLE holds (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    account_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    ref varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    minor bigint NOT NULL,
    state varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    ended_at datetime(6) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_holds_ref (ref),
    KEY ix_holds_account_id_state_id_minor (account_id, state, id, minor)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
