-- +goose Up
-- What happened, by ids, for the rest of the system.
CREATE TABLE events (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    kind varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    domain varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    domain_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    order_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    operation_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    detail varchar(1000) NOT NULL,
    occurred_at datetime(6) NOT NULL,
    PRIMARY KEY (id),
    KEY ix_events_domain_id_id (domain_id, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
