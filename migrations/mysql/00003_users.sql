-- +goose Up
-- Logins; customer_id is empty for staff.
CREATE TABLE users (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    customer_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    email varchar(254) NOT NULL,
    name varchar(255) NOT NULL,
    role varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    password_hash varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    disabled_at datetime(6) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_users_email (email),
    KEY ix_users_customer_id_id (customer_id, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
