-- +goose Up
-- Accepted requests as their askers see them.
CREATE TABLE operations (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    kind varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    domain varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    domain_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    order_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    line_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    state varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    failure_code varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    failure varchar(1000) NOT NULL,
    by_kind varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    by_id varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    by_ip varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    by_request_id varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    finished_at datetime(6) NULL,
    PRIMARY KEY (id),
    KEY ix_operations_customer_id_state_id (customer_id, state, id),
    KEY ix_operations_domain_id_id (domain_id, id),
    KEY ix_operations_state_id (state, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
