-- +goose Up
-- Files of domains that were brought in; one row for each time that one was applied.
CREATE TABLE import_runs (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    file varchar(255) NOT NULL,
    digest varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    verify tinyint NOT NULL,
    started_by varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    started_at datetime(6) NOT NULL,
    ended_at datetime(6) NULL,
    line int NOT NULL,
    created int NOT NULL,
    changed int NOT NULL,
    verified int NOT NULL,
    unchanged int NOT NULL,
    refused int NOT NULL,
    customers int NOT NULL,
    differing int NOT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
