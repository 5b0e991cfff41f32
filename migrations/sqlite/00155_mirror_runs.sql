-- +goose Up
-- Imports from billing systems; running equals system while one is under way, else NULL: at most one
-- per system. token belongs to the process that works on it. after_key is where its phase goes on.
CREATE TABLE mirror_runs (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    system text NOT NULL CHECK (length(system) <= 40 AND system NOT GLOB '*[^ -~]*'),
    running text NULL CHECK (length(running) <= 40 AND running NOT GLOB '*[^ -~]*'),
    token text NOT NULL CHECK (length(token) <= 64 AND token NOT GLOB '*[^ -~]*'),
    version text NOT NULL CHECK (length(version) <= 100),
    dry integer NOT NULL CHECK (dry IN (0, 1)),
    phase text NOT NULL CHECK (length(phase) <= 20 AND phase NOT GLOB '*[^ -~]*'),
    after_key text NOT NULL CHECK (length(after_key) <= 320 AND after_key NOT GLOB '*[^ -~]*'),
    outcome text NOT NULL CHECK (length(outcome) <= 20 AND outcome NOT GLOB '*[^ -~]*'),
    customers_read integer NOT NULL CHECK (typeof(customers_read) = 'integer'),
    domains_read integer NOT NULL CHECK (typeof(domains_read) = 'integer'),
    created integer NOT NULL CHECK (typeof(created) = 'integer'),
    changed integer NOT NULL CHECK (typeof(changed) = 'integer'),
    unchanged integer NOT NULL CHECK (typeof(unchanged) = 'integer'),
    gone integer NOT NULL CHECK (typeof(gone) = 'integer'),
    left_out integer NOT NULL CHECK (typeof(left_out) = 'integer'),
    flaws integer NOT NULL CHECK (typeof(flaws) = 'integer'),
    brake_id text NOT NULL CHECK (length(brake_id) <= 40 AND brake_id NOT GLOB '*[^ -~]*'),
    problem text NOT NULL CHECK (length(problem) <= 500),
    started_by text NOT NULL CHECK (length(started_by) <= 64 AND started_by NOT GLOB '*[^ -~]*'),
    started_at datetime NOT NULL,
    ended_at datetime NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_mirror_runs_running ON mirror_runs (running);
CREATE INDEX ix_mirror_runs_system_id ON mirror_runs (system, id);
