-- +goose Up
-- Files of domains that were brought in; one row for each time that one was applied.
CREATE TABLE import_runs (
    id text NOT NULL CHECK (length(id) <= 40 AND id NOT GLOB '*[^ -~]*'),
    file text NOT NULL CHECK (length(file) <= 255),
    digest text NOT NULL CHECK (length(digest) <= 64 AND digest NOT GLOB '*[^ -~]*'),
    verify integer NOT NULL CHECK (verify IN (0, 1)),
    started_by text NOT NULL CHECK (length(started_by) <= 64 AND started_by NOT GLOB '*[^ -~]*'),
    started_at datetime NOT NULL,
    ended_at datetime NULL,
    line integer NOT NULL CHECK (typeof(line) = 'integer'),
    created integer NOT NULL CHECK (typeof(created) = 'integer'),
    changed integer NOT NULL CHECK (typeof(changed) = 'integer'),
    verified integer NOT NULL CHECK (typeof(verified) = 'integer'),
    unchanged integer NOT NULL CHECK (typeof(unchanged) = 'integer'),
    refused integer NOT NULL CHECK (typeof(refused) = 'integer'),
    customers integer NOT NULL CHECK (typeof(customers) = 'integer'),
    differing integer NOT NULL CHECK (typeof(differing) = 'integer'),
    PRIMARY KEY (id)
);
