-- +goose Up
-- Imports from billing systems; running equals system while one is under way, else NULL: at most one
-- per system. token belongs to the process that works on it. after_key is where its phase goes on.
CREATE TABLE mirror_runs (
    id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    system varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    running varchar(40) CHARACTER SET ascii COLLATE ascii_bin NULL,
    token varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version varchar(100) NOT NULL,
    dry tinyint NOT NULL,
    phase varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    after_key varchar(320) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    outcome varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    customers_read int NOT NULL,
    domains_read int NOT NULL,
    created int NOT NULL,
    changed int NOT NULL,
    unchanged int NOT NULL,
    gone int NOT NULL,
    left_out int NOT NULL,
    flaws int NOT NULL,
    brake_id varchar(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    problem varchar(500) NOT NULL,
    started_by varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    started_at datetime(6) NOT NULL,
    ended_at datetime(6) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_mirror_runs_running (running),
    KEY ix_mirror_runs_system_id (system, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
