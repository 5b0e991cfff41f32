-- +goose Up
-- The accounts that pay.
CREATE TABLE customers (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name varchar(255) NOT NULL,
    currency varchar(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    language varchar(35) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
