-- +goose Up
-- Tries of customers to bring money in. ref is the provider's, NULL until its answer is known.
CREATE TABLE payments (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    provider varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    ref varchar(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
    minor bigint NOT NULL,
    currency varchar(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    state varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    processing tinyint NOT NULL,
    note varchar(255) NOT NULL,
    client_key varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    finished_at datetime(6) NULL,
    look_at datetime(6) NOT NULL,
    looked_at datetime(6) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_payments_customer_id_client_key (customer_id, client_key),
    UNIQUE KEY uq_payments_provider_ref (provider, ref),
    KEY ix_payments_customer_id_id (customer_id, id),
    KEY ix_payments_state_id (state, id),
    KEY ix_payments_state_look_at_id (state, look_at, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
