-- +goose Up
-- How far the purge by retention class has looked, by rule; '' = it begins at the oldest again.
CREATE TABLE retention_marks (
    rule varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    after_key varchar(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    looked_at datetime(6) NOT NULL,
    PRIMARY KEY (rule)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
