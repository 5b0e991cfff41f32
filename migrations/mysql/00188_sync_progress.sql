-- +goose Up
-- How far the comparison with each registry is.
CREATE TABLE sync_progress (
    registry varchar(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    after_key varchar(300) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    compared int NOT NULL,
    skipped int NOT NULL,
    different int NOT NULL,
    started_at datetime(6) NOT NULL,
    finished_at datetime(6) NULL,
    PRIMARY KEY (registry)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
