-- +goose Up
-- Who works on what; lease_until is microseconds by the clock of the database.
CREATE TABLE leases (
    name varchar(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    holder varchar(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    token varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    lease_until bigint NOT NULL,
    PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
