-- +goose Up
-- Host objects known to exist at a registry.
CREATE TABLE registry_hosts (
    registry varchar(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    host varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at datetime(6) NOT NULL,
    PRIMARY KEY (registry, host)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
