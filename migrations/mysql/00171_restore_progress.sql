-- +goose Up
-- How far the reconciliation after a restore is at each registry; the times say when a part was done.
CREATE TABLE restore_progress (
    restore_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    registry varchar(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    commands_total int NOT NULL,
    commands_checked int NOT NULL,
    commands_at datetime(6) NULL,
    domains_total int NOT NULL,
    domains_checked int NOT NULL,
    domains_after varchar(300) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    domains_at datetime(6) NULL,
    names_total int NOT NULL,
    names_checked int NOT NULL,
    names_at datetime(6) NULL,
    PRIMARY KEY (restore_id, registry)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
