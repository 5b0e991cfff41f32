-- +goose Up
-- What replicas share about a registry account; probe_at is microseconds by the clock of the
-- database.
CREATE TABLE registry_states (
    registry varchar(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    no_funds_since datetime(6) NULL,
    probe_at bigint NOT NULL,
    PRIMARY KEY (registry)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
