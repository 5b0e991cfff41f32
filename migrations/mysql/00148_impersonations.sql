-- +goose Up
-- Staff who act for a customer's user: id is that of the user_sessions row.
CREATE TABLE impersonations (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    user_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    staff_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    staff_session varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    reason varchar(500) NOT NULL,
    started_at datetime(6) NOT NULL,
    PRIMARY KEY (id),
    KEY ix_impersonations_customer_id_id (customer_id, id),
    KEY ix_impersonations_started_at (started_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
