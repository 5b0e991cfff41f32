-- +goose Up
-- Runs of reconciliation after the database was restored from a backup; running is 1 while one is
-- under way, else NULL: at most one. settle_at is microseconds by the clock of the database.
CREATE TABLE restores (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    running tinyint NULL,
    started_at datetime(6) NOT NULL,
    settle_at bigint NOT NULL,
    ended_at datetime(6) NULL,
    ended_by varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    reason varchar(500) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_restores_running (running)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
