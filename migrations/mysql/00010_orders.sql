-- +goose Up
-- What customers asked and pay for.
CREATE TABLE orders (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    state varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    total_minor bigint NOT NULL,
    currency varchar(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    agreement_version varchar(64) NOT NULL,
    agreement_language varchar(35) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    agreement_ip varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    agreement_at datetime(6) NULL,
    placed_at datetime(6) NOT NULL,
    by_kind varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    by_id varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    by_ip varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    by_request_id varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (id),
    KEY ix_orders_customer_id_id (customer_id, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
