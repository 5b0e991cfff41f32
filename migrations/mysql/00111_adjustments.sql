-- +goose Up
-- Credits (positive) and debits (negative) by staff; decided_by is the second person, if one was needed.
CREATE TABLE adjustments (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    minor bigint NOT NULL,
    currency varchar(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    reason varchar(500) NOT NULL,
    state varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    client_key varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    asked_by varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    asked_at datetime(6) NOT NULL,
    decided_by varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    decided_at datetime(6) NULL,
    decision varchar(500) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_adjustments_client_key (client_key),
    KEY ix_adjustments_customer_id_id (customer_id, id),
    KEY ix_adjustments_state_id (state, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
