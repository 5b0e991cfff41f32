-- +goose Up
-- Runs of reconciliation after the database was restored from a backup; running is 1 while one is
-- under way, else NULL: at most one. settle_at is microseconds by the clock of the database.
CREATE TABLE restores (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    running integer NULL CHECK (running IN (0, 1)),
    started_at datetime NOT NULL,
    settle_at integer NOT NULL CHECK (typeof(settle_at) = 'integer'),
    ended_at datetime NULL,
    ended_by text NOT NULL CHECK (length(ended_by) <= 64 AND ended_by NOT GLOB '*[^ -~]*'),
    reason text NOT NULL CHECK (length(reason) <= 500),
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_restores_running ON restores (running);
