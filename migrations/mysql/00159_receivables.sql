-- +goose Up
-- What customers owe because money for work done is gone: one row per cause.
CREATE TABLE receivables (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    kind varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    ref varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    currency varchar(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    total_minor bigint NOT NULL,
    open_minor bigint NOT NULL,
    written_off_minor bigint NOT NULL,
    state varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    opened_at datetime(6) NOT NULL,
    closed_at datetime(6) NULL,
    revision int NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_receivables_kind_ref (kind, ref),
    KEY ix_receivables_customer_id_id (customer_id, id),
    KEY ix_receivables_customer_id_state_id (customer_id, state, id),
    KEY ix_receivables_state_id (state, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
